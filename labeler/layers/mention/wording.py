"""What a line of text that was read in a picture discloses: a grammar, with its words as data (`wordings/XX.toml`).

Two things make a disclosure: AI is named, and something is said to be made by it; and nothing else is said. News about
AI, names of firms and people, and «made without AI» name it too. In doubt a line is a `mention`, which is shown to a
person and proves nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from labeler.layers.mention.grammar import ORDER, Clause, Kind, judge
from labeler.layers.mention.lexicon import Lexicon, folded, lexicons
from labeler.layers.mention.neighbours import Box, Group, Line, around, groups
from labeler.layers.mention.parsing import (
    CJK,
    IDEOGRAPHS,
    NO_SHARE,
    NONE,
    Piece,
    chunks_of,
    normal,
    pieces_of,
    pieces_without_spaces,
    strength_of,
)

__all__ = ["Box", "Kind", "Line", "Text", "Wording", "best_of", "classify", "texts_in", "unread_scripts"]

LONGEST = 400
"""Letters of a line that is judged; a longer one is no disclosure, whatever it says."""
ALONE = ("AI", "IA", "KI")
"""Acronyms that make an icon by themselves; those of other languages are words too (`SI`, `MI`)."""
ICON_LETTERS = 8
"""Letters of a line that may be an icon, marks and blanks around it included."""
SENTENCE_ENDS = re.compile(r"(?<=[^\W\d_]{2})[.!…]+\s+|[。！]|\s[-–—/]+\s|[|•·©®;\n]|\s*\((?=[^()]*\)?\W*$)")
CJK_RUN = re.compile(f"[{IDEOGRAPHS}]+")
LATIN_WORD = re.compile(r"(?<![A-Za-z])(?!AIGC)[A-Za-zÀ-ɏ]{3,}")


@dataclass(frozen=True)
class Wording:
    """What a text is. language: ISO 639, None where several fit as well or none does. score: 0 to 100, the share of
    trust in the class that the reader's own confidence leaves. text: as it was given, lines joined by a space."""

    kind: Kind
    language: str | None
    score: float
    text: str


@dataclass(frozen=True)
class Judgement:
    """What one language makes of a line. explained: letters that it knows, less those that were read otherwise."""

    kind: Kind
    score: float
    explained: int = 0


NOTHING = Judgement("none", 0)


def classify(text: str, *, confidence: float = 1.0) -> Wording:
    """Judge one line. Never raises; bounded in time, whatever the text."""
    line = normal(text[: 4 * LONGEST])
    if not names_ai(line):
        return Wording("none", None, 0.0, text)
    if len(text) > LONGEST or len(line) > LONGEST:
        return Wording("mention", None, 20 * confidence, text)
    if is_icon(line):
        return Wording("icon", None, 60 * confidence, text)
    judged = {lexicon.language: judge_line(line, lexicon) for lexicon in likely(line)}
    best = best_languages(judged)
    winner = judged[best[0]]
    return Wording(winner.kind, best[0] if len(best) == 1 else None, winner.score * confidence, text)


def best_languages(judged: Mapping[str, Judgement]) -> list[str]:
    """Those that know most of a line, with the best judgement among them; a denial goes before all else."""
    saying = {code: one for code, one in judged.items() if one.kind != "none"} or judged
    most = max(one.explained for one in saying.values())
    knowing = [code for code, one in saying.items() if one.explained == most]
    denying = [code for code in knowing if saying[code].kind == "negated"]
    best = max((saying[code] for code in denying or knowing), key=lambda one: (ORDER[one.kind], one.score))
    return [code for code in denying or knowing if saying[code] == best]


@cache
def every_acronym() -> tuple[str, ...]:
    return tuple(sorted({name for lexicon in lexicons() for name in (*lexicon.acronyms, *lexicon.elsewhere)}))


@cache
def acronym_pattern() -> re.Pattern[str]:
    forms = "|".join("".join("[Il1|]" if letter == "I" else letter for letter in name) for name in every_acronym())
    alone = "|".join(name.lower() + "|" + name.title() for name in ALONE)
    return re.compile(rf"(?<![A-Z])(?:{forms})|(?:{forms})(?![A-Z])|\b(?:{alone})\b|\b[AIK]\W*$")


@cache
def heads() -> frozenset[str]:
    return frozenset(folded(head) for lexicon in lexicons() for head in lexicon.heads)


@cache
def damaged_heads() -> frozenset[str]:
    return frozenset(head[:at] + head[at + 1 :] for head in heads() if len(head) > 6 for at in range(len(head)))


def names_ai(line: str) -> bool:
    """Whether anything in a line may name AI: cheap, and far too ready to say so."""
    if acronym_pattern().search(line):
        return True
    if CJK.search(line):
        return any(head in line for head in heads() if CJK.search(head))
    keys = {folded(word) for word in re.findall(r"[^\W_]+", line)}
    if not keys.isdisjoint(heads()):
        return True
    return any(is_near_head(key) for key in keys if len(key) > 5)


def is_near_head(key: str) -> bool:
    if len(key) > 12 and any(head in key for head in heads() if len(head) > 5):
        return True
    near = (key, *(key[:at] + key[at + 1 :] for at in range(min(len(key), 40))))
    return any(form in heads() or form in damaged_heads() for form in near)


def is_icon(line: str) -> bool:
    letters = re.sub(r"[\W_]+", "", line.replace("|A", "lA"))
    return len(line.strip()) <= ICON_LETTERS and strength_of(letters, ALONE) in ("sure", "twin")


def likely(line: str) -> tuple[Lexicon, ...]:
    """The languages that know most of a line's words as they stand; all of them, where it has too few to tell."""
    if CJK.search(line):
        return lexicons()
    spaced = tuple(lexicon for lexicon in lexicons() if lexicon.spaced)
    keys = [chunk.key for chunk in chunks_of(line)]
    known = [sum(len(key) for key in keys if key in lexicon.words) for lexicon in spaced]
    if max(known) < 10:
        return spaced
    return tuple(lexicon for lexicon, letters in zip(spaced, known, strict=True) if 2 * letters >= max(known))


def judge_line(line: str, lexicon: Lexicon) -> Judgement:
    """The best clause of a line, unless another denies, asks or talks."""
    parts = [(part, taken_apart(part, lexicon)) for part in SENTENCE_ENDS.split(line)]
    clauses = [Clause(pieces, lexicon, ":" in part) for part, pieces in parts if pieces]
    if not clauses:
        return NOTHING
    judged = [judge(clause) for clause in clauses]
    pieces = [piece for clause in clauses for piece in clause.pieces]
    explained = sum(piece.letters - 2 * piece.wrong for piece in pieces if piece.role != "unknown")
    denied = [one for one in judged if one[0] == "negated"]
    kind, score = denied[0] if denied else max(judged, key=lambda one: (ORDER[one[0]], one[1]))
    if kind == "phrase" and (goes_on(line) or any(piece.role == "talk" for piece in pieces)):
        kind, score = "mention", 40
    return Judgement(kind, max(0.0, score), explained)


def goes_on(line: str) -> bool:
    """Whether a line asks, or announces what it does not say itself: `KI-generierte Bilder:`."""
    return "?" in line or line.rstrip().endswith(":")


def taken_apart(clause: str, lexicon: Lexicon) -> tuple[Piece, ...]:
    """A clause in pieces of one language: only what is in that language's kind of script."""
    if lexicon.spaced:
        return without_stray_letters(pieces_of(chunks_of(CJK_RUN.sub(" ", clause)), lexicon))
    if not CJK.search(clause):
        return ()
    denied = (Piece("not", NONE, 1),) if NO_SHARE.search(clause) else ()
    letters = "".join(letter for letter in LATIN_WORD.sub("", clause) if letter.isalpha())
    return (*denied, *pieces_without_spaces(letters, lexicon))


def without_stray_letters(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """A clause without letters at its ends that are no words: holes and rings beside a text are read as `O`, and so
    are its icons."""
    stray = [piece.role == "unknown" and len(set(piece.key)) == 1 for piece in pieces]
    if all(stray):
        return pieces
    return pieces[stray.index(False) : len(pieces) - stray[::-1].index(False)]


@dataclass(frozen=True)
class Text:
    """Lines of one picture that were read as one. members: their numbers. box: around them."""

    wording: Wording
    members: tuple[int, ...]
    box: Box

    @property
    def rank(self) -> tuple[int, float, int]:
        """What makes one text better than another of the same lines."""
        return ORDER[self.wording.kind], self.wording.score, -len(self.members)


def texts_in(lines: Sequence[Line]) -> Iterator[Text]:
    """Every text among the lines of one picture that is not `none`: lines alone, stacked, and side by side.

    A line is not believed against the paragraph that it stands in: `les contenus générés par IA` under `Bruxelles veut
    étiqueter` is a mention, and `généré par IA` under `Ce film n'a pas été` denies.
    """
    read = [(group, wording_of([lines[at] for at in group.members])) for group in groups(lines)]
    taken_back = dict(disclosures_taken_back(read))
    for group, wording in read:
        if wording.kind == "phrase":
            contrary = [other for members, other in taken_back.items() if members <= set(group.members)]
            wording = min(contrary, key=lambda other: ORDER[other.kind], default=wording)
        if wording.kind != "none":
            yield Text(wording, group.members, around([lines[at].box for at in group.members]))


def disclosures_taken_back(read: Sequence[tuple[Group, Wording]]) -> Iterator[tuple[frozenset[int], Wording]]:
    """The lines that disclose by themselves and not in the paragraph that they stand in, with what that says."""
    for group, wording in read:
        if wording.kind != "phrase":
            continue
        members = frozenset(group.members)
        contrary = [
            other
            for around_it, other in read
            if around_it.close
            and members < set(around_it.members)
            and (takes_back(other) or (around_it.tight and contradicts(other, wording)))
        ]
        if contrary:
            yield members, min(contrary, key=lambda other: ORDER[other.kind])


def best_of(lines: Sequence[Line]) -> tuple[Wording, Box] | None:
    """The best text among the lines of one picture; None where all are `none`."""
    best = max(texts_in(lines), key=lambda text: text.rank, default=None)
    return None if best is None else (best.wording, best.box)


def wording_of(lines: Sequence[Line]) -> Wording:
    confidence = min(line.confidence for line in lines)
    return classify(" ".join(line.text for line in lines), confidence=confidence)


def takes_back(wording: Wording) -> bool:
    """Whether a text denies, asks or tells news, so that no part of it discloses anything."""
    return wording.kind == "negated" or (wording.kind == "mention" and talks(wording.text, wording.language))


def contradicts(paragraph: Wording, line: Wording) -> bool:
    """Whether a paragraph says otherwise than a line of it, which it does not merely follow or precede."""
    if paragraph.kind != "mention":
        return False
    before, _, after = paragraph.text.partition(line.text)
    is_within = line.text[:1].islower() or after.lstrip()[:1].islower()
    return is_within or talks(before + " " + after, line.language)


def talks(text: str, language: str | None) -> bool:
    """Whether a text asks, or tells news, in one language; in any that is likely where that is not known."""
    line = normal(text)
    asked = [lexicon for lexicon in lexicons() if lexicon.language == language] or likely(line)
    return "?" in line or any(piece.role == "talk" for lexicon in asked for piece in taken_apart(line, lexicon))


READ = ("LATIN", "CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL", "IDEOGRAPHIC", "BOPOMOFO")
FEWEST_LETTERS = 2
"""Letters of one word that a script needs to name AI: `ИИ`; one is a symbol, as `Ω`."""


def unread_scripts(text: str) -> tuple[str, ...]:
    """Scripts of a text that no lexicon is written in, by their names in Unicode: `Arabic`, `Cyrillic`.

    What is written in them is not assessed, whatever `classify` says: it speaks of the rest of the text alone.
    """
    found: set[str] = set()
    for word in re.findall(r"[^\W\d_]+", unicodedata.normalize("NFKC", text)):
        letters = [letter for letter in word if unicodedata.category(letter) != "Lm"]
        scripts = [unicodedata.name(letter, "UNKNOWN").split()[0] for letter in letters]
        found |= {script for script in scripts if script not in READ and scripts.count(script) >= FEWEST_LETTERS}
    return tuple(sorted(script.capitalize() for script in found))
