"""A line of text, taken apart into pieces that one language knows, and those that it does not.

Readers of pictures lose spaces, accents and single letters, and mix up l, I and 1: words are compared folded, known
with one letter wrong, and found in text that is glued together. Acronyms are looked for in the letters as they stand.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from labeler.layers.mention.lexicon import SHORTEST_FUZZY, Lexicon, Role, folded, near, without_accents

Strength = Literal["sure", "twin", "weak", "cut"]
"""sure: the acronym in capitals, or with a small l for I. twin: `Al`, `A1`, which may be a name. weak: `ai`, `Ai`.
cut: its first letter at the end of a line, the rest of which the reader of the picture lost; and a participle
without its last letter."""

SMALL_ACRONYMS = ("ai", "al", "a1")
"""AI among ideographs, in small letters, as readers of pictures give it."""
LONGEST_GLUED = 90
"""Letters of a run without spaces that is taken apart; a longer one is unknown, so that time is bounded."""
SHORTEST_GLUED_FUZZY = 12
"""Letters of such a run in which single words may have a letter wrong."""
SHORTEST_TAIL = 4
"""Letters of a noun that others are joined before."""
SHORTEST_MAKER = 3
"""Letters of a short word for with or by that is known with one of them wrong."""
BESIDE_GLUED = ("generated", "made", "agents", "authors", "labels", "works")
"""What an acronym may be glued to: `parIA`, `AIgenerated`; not `AIDES`."""
FUZZY_GLUED = 7
"""Letters of a word that is known with one letter wrong inside glued text."""
# A stroke inside a word is an l or an I that was read badly, as is one before a capital A: `|A`.
WORD = re.compile(r"[^\W_]+(?:(?<=[^\W\d_])[|](?=[^\W\d_])[^\W_]*)*|(?<![^\W_])[|](?=A\b)A")
MISREAD_ELISION = re.compile(r"(?<![^\W_])[I|]'(?=[AEIOUYHaeiouyhàâéèêîôù])")
"""`avec I'IA`: readers of pictures see a capital there; no English word of `I'` goes on with a vowel."""
NO_SHARE = re.compile(r"(?<![A-Za-z\d.,])[0O]\s?%")
NONE = "zeropercent"
"""What `0 %` is taken for: a word that no language has."""
LOST_APOSTROPHE = re.compile(r"(?<=\s)[Il|](?=IA\b)")
"""`avec IIA`: the same, and the sign itself is lost."""
DOTTED = re.compile(r"\b([AIK])\.([AIl1])\.?(?!\w)")
CATALAN = re.compile(r"(?<=[lL])[·•](?=[lL])")
IDEOGRAPHS = "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af\u3005-\u3007"
CJK = re.compile(f"[{IDEOGRAPHS}]")


@dataclass(frozen=True)
class Chunk:
    """A run of letters and digits, as it stands and folded."""

    text: str
    key: str


@dataclass(frozen=True)
class Piece:
    """What a language knows of a stretch of text.

    letters: how many. wrong: letters that differ from the entry. glued: no space at one of its sides at least.
    """

    role: Role | Literal["acronym", "tool", "unknown"]
    key: str
    letters: int
    strength: Strength = "sure"
    wrong: int = 0
    glued: bool = False


def normal(text: str) -> str:
    """NFKC, and one form of the marks that come in many."""
    plain = unicodedata.normalize("NFKC", text).replace("’", "'").replace("`", "'")
    plain = LOST_APOSTROPHE.sub("l'", MISREAD_ELISION.sub("l'", plain))
    return DOTTED.sub(r"\1\2", CATALAN.sub("", plain))


def chunks_of(clause: str) -> tuple[Chunk, ...]:
    """The words of a clause; numbers are left out, but for `0 %`, which denies in every language."""
    found = (Chunk(word, folded(word)) for word in WORD.findall(NO_SHARE.sub(f" {NONE} ", clause)))
    return tuple(chunk for chunk in found if chunk.key and not chunk.text.isdigit())


def strength_of(text: str, acronyms: Sequence[str]) -> Strength | None:
    """What a word is as an acronym of AI. None where it is none."""
    for acronym in acronyms:
        if len(text) != len(acronym):
            continue
        if text == acronym or (acronym == "IA" and text in ("lA", "|A")):
            return "sure"
        if all(mine == its or (its == "I" and mine in "l1|") for mine, its in zip(text, acronym, strict=True)):
            return "twin"
        if text.upper() == acronym:
            return "weak"
    return None


def strength_in(text: str, lexicon: Lexicon) -> Strength | None:
    """As `strength_of`, in one language: an acronym that it shares with other words is never sure."""
    strength = strength_of(text, lexicon.acronyms)
    return strength or ("twin" if text in lexicon.elsewhere else None)


def pieces_of(chunks: Sequence[Chunk], lexicon: Lexicon) -> tuple[Piece, ...]:
    """The clause in pieces, in order. What the language does not know is a piece of its own for each word."""
    found: list[Piece] = []
    at = 0
    while at < len(chunks):
        pieces, taken = next_pieces(chunks, at, lexicon, found)
        found += pieces
        at += taken
    return tuple(found)


def next_pieces(
    chunks: Sequence[Chunk], at: int, lexicon: Lexicon, before: Sequence[Piece]
) -> tuple[Sequence[Piece], int]:
    """The pieces that begin at one word, and how many words they take."""
    several = of_several_words(chunks, at, lexicon)
    if several is not None:
        return several
    chunk = chunks[at]
    if chunk.text == NONE:
        return [Piece("not", chunk.key, 1)], 1
    strength = strength_in(chunk.text, lexicon)
    is_listed = without_accents(chunk.text) in lexicon.plain
    if strength == "sure" or (strength and not is_listed):
        return [Piece("acronym", chunk.text, len(chunk.text), strength)], 1
    if strength == "twin" and (not before or before[-1].role in ("agents", "authors", "labels")):
        return [Piece("acronym", chunk.text, len(chunk.text), strength)], 1
    is_last = at + 1 == len(chunks)
    if is_last and chunk.text in {acronym[0] for acronym in lexicon.acronyms[:1]}:
        return [Piece("acronym", chunk.text, 1, "cut")], 1
    role = lexicon.roles.get(chunk.key)
    if is_last and role == "infinitives" and chunk.key in lexicon.cut:  # `AI generate`: the last letter was lost
        role = None
    if role == "near":
        return [Piece("unknown", chunk.key, len(chunk.key))], 1
    if role is not None and (len(chunk.key) > 2 or is_listed):
        return [Piece(role, chunk.key, len(chunk.key))], 1
    entry = near(chunk.key).get(lexicon.language)
    if entry is None and is_last:
        entry = lexicon.cut.get(chunk.key)
    if entry is not None:
        is_cut = chunk.key == entry[:-1] and lexicon.roles[entry] in ("generated", "made")
        return [Piece(lexicon.roles[entry], entry, len(chunk.key), "cut" if is_cut else "sure", wrong=1)], 1
    if (maker := damaged_maker(chunks, at, lexicon)) is not None:
        return [maker], 1
    for taken in (3, 2, 1):
        text = "".join(word.text for word in chunks[at : at + taken])
        if at + taken <= len(chunks) and (glued := unglued(text, lexicon)):
            return glued, taken
    return [compound(chunk.key, lexicon) or Piece("unknown", chunk.key, len(chunk.key))], 1


def damaged_maker(chunks: Sequence[Chunk], at: int, lexicon: Lexicon) -> Piece | None:
    """A short `with` or `by` before the acronym, one letter of which was read otherwise: `générée pqr IA`."""
    following = chunks[at + 1 : at + 2]
    if not following or len(chunks[at].key) < SHORTEST_MAKER or strength_in(following[0].text, lexicon) != "sure":
        return None
    found = process.extractOne(chunks[at].key, lexicon.makers, scorer=Levenshtein.distance, score_cutoff=1)
    return Piece(lexicon.roles[found[0]], found[0], len(found[0]), wrong=2) if found else None


@lru_cache(maxsize=16384)
def compound(key: str, lexicon: Lexicon) -> Piece | None:
    """A noun whose end tells what it is, in a language that joins nouns: `Archivbilder` are pictures."""
    for start in range(1, len(key) - SHORTEST_TAIL + 1) if lexicon.compounds else ():
        role = lexicon.roles.get(key[start:])
        if role in ("labels", "works"):
            return Piece(role, key, len(key))
    return None


def of_several_words(chunks: Sequence[Chunk], at: int, lexicon: Lexicon) -> tuple[list[Piece], int] | None:
    """An entry of several words that begins here, the longest first."""
    most = min(lexicon.most_words, len(chunks) - at)
    first = chunks[at].key
    if first not in lexicon.begins and (lexicon.language not in near(first) and len(first) < FUZZY_GLUED):
        return None
    for taken in range(most, 1, -1):
        key = "".join(chunk.key for chunk in chunks[at : at + taken])
        role = lexicon.roles.get(key)
        if role is not None and role != "near" and (first in lexicon.begins or len(key) >= 8):
            return [Piece(role, key, len(key))], taken
        if role == "near":
            return [Piece("unknown", key, len(key))], taken
        entry = near(key).get(lexicon.language) if len(key) >= 12 else None
        if entry is not None:
            return [Piece(lexicon.roles[entry], entry, len(key), wrong=1)], taken
    return name_glued_to_more(chunks, at, lexicon) if first in lexicon.begins else None


def name_glued_to_more(chunks: Sequence[Chunk], at: int, lexicon: Lexicon) -> tuple[list[Piece], int] | None:
    """A name of AI of several words, the last of which the next word is glued to: `künstlicher Intelligenzerstellt`."""
    for taken in range(min(3, len(chunks) - at), 1, -1):
        pieces = unglued("".join(chunk.text for chunk in chunks[at : at + taken]), lexicon)
        if pieces and pieces[0].role == "names" and pieces[0].letters > len(chunks[at].key):
            return list(pieces), taken
    return None


@lru_cache(maxsize=16384)
def unglued(text: str, lexicon: Lexicon) -> tuple[Piece, ...]:
    """A word without spaces as pieces that explain all of it at little cost; nothing where there are none."""
    if not SHORTEST_FUZZY <= len(text) <= LONGEST_GLUED:
        return ()
    way = cheapest(text, lexicon, fuzzy=False)
    if way is None and len(text) >= SHORTEST_GLUED_FUZZY:
        way = cheapest(text, lexicon, fuzzy=True)
    if way is None or len(way[1]) < 2 or way[0] > 0.1 * len(text) + 0.3:
        return ()
    return way[1] if not text.isupper() or all(is_held(way[1], at) for at in range(len(way[1]))) else ()


def is_held(pieces: Sequence[Piece], at: int) -> bool:
    """Whether an acronym that nothing sets off in glued capitals stands beside what it belongs to: not in `AIDES`."""
    beside = pieces[at - 1] if at else pieces[1]
    return pieces[at].role != "acronym" or beside.role in BESIDE_GLUED


@lru_cache(maxsize=1024)
def folded_letters(text: str) -> tuple[str, ...]:
    return tuple(folded(letter) for letter in text)


def cheapest(text: str, lexicon: Lexicon, *, fuzzy: bool) -> tuple[float, tuple[Piece, ...]] | None:
    """The pieces that explain a whole run of letters at the least cost, and that cost: short pieces cost more, since
    chance makes them, and so does a letter that is wrong."""
    keys = folded_letters(text)
    best: list[tuple[float, tuple[Piece, ...]] | None] = [(0.0, ()), *([None] * len(text))]
    for start in range(len(text)):
        so_far = best[start]
        if so_far is None:
            continue
        for end, piece, cost in pieces_at(text, keys, start, lexicon, fuzzy):
            there = best[end]
            if there is None or so_far[0] + cost < there[0]:
                best[end] = so_far[0] + cost, (*so_far[1], piece)
    return best[-1]


def pieces_at(
    text: str, keys: Sequence[str], start: int, lexicon: Lexicon, fuzzy: bool
) -> Iterator[tuple[int, Piece, float]]:
    """Where pieces that begin at a letter end, and what each costs."""
    for length in (2, 3):
        end = start + length
        strength = strength_in(text[start:end], lexicon) if end <= len(text) else None
        if strength in ("sure", "twin") and stands_out(text, start, end):
            yield end, Piece("acronym", text[start:end], length, strength, glued=True), 0.1
    key = ""
    for end in range(start + 1, min(len(text), start + lexicon.longest + 1) + 1):
        key += keys[end - 1]
        role = lexicon.roles.get(key)
        if role is not None and role != "near":
            yield end, Piece(role, key, len(key), glued=True), {1: 1.0, 2: 0.6, 3: 0.3}.get(len(key), 0.1)
        elif fuzzy and len(key) >= FUZZY_GLUED and (entry := near(key).get(lexicon.language)) is not None:
            yield end, Piece(lexicon.roles[entry], entry, len(key), wrong=1, glued=True), 1.0


@lru_cache(maxsize=16384)
def pieces_without_spaces(text: str, lexicon: Lexicon) -> tuple[Piece, ...]:
    """A clause of a language that writes no spaces in pieces, few and long ones first; letters that none of them
    explains are each an unknown piece."""
    letters = "".join(without_accents(text).split())
    best: list[tuple[float, tuple[Piece, ...]]] = [(0.0, ())]
    for end in range(1, len(letters) + 1):
        ways = [(best[end - 1][0] + 1.0, (*best[end - 1][1], Piece("unknown", letters[end - 1], 1)))]
        for start in range(max(0, end - lexicon.longest), end):
            key = letters[start:end]
            role = lexicon.roles.get(folded(key))
            if key in SMALL_ACRONYMS:
                ways.append((best[start][0] + 0.1, (*best[start][1], Piece("acronym", key, len(key)))))
            elif role == "near":
                ways.append((best[start][0] + 0.1, (*best[start][1], Piece("unknown", key, len(key)))))
            elif role is None and end == len(letters) and (cut := lexicon.cut.get(key)):
                piece = Piece(lexicon.roles[cut], cut, len(key), wrong=1)
                ways.append((best[start][0] + 0.5, (*best[start][1], piece)))
            elif role is not None:
                ways.append((best[start][0] + 0.1, (*best[start][1], Piece(role, key, len(key)))))
        best.append(min(ways, key=lambda way: way[0]))
    return best[-1][1]


def stands_out(text: str, start: int, end: int) -> bool:
    """Whether capitals in the middle of a word are a word of their own: `parIA`, `AIgenerated`, `GENERATEDBYAI`."""
    if text.isupper():
        return start == 0 or end == len(text)
    begins = start == 0 or text[start - 1].islower()
    ends = end == len(text) or text[end].islower() or (end + 1 < len(text) and text[end + 1].islower())
    return begins and ends
