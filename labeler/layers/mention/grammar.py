"""What a clause says of AI, by the roles of its pieces.

Something is made (a participle) and AI is named as what made it (`par IA`, `mit KI`, `AI-generated`); or a picture is
called one of AI (`Image IA`); or AI is said to be used in a work. A word that nobody listed makes a clause a mention,
except what is made itself, and what it is for. Facts of our own measurements; the numbers are choices that a consumer
can set a bar by: 84 and more is a plain disclosure, 70 to 80 one that lacks something.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from labeler.layers.mention.lexicon import Lexicon
from labeler.layers.mention.parsing import Piece

Kind = Literal["phrase", "icon", "mention", "negated", "none"]
ORDER: dict[Kind, int] = {"phrase": 4, "icon": 3, "mention": 2, "negated": 1, "none": 0}
"""Which class speaks for a text that holds several, the greatest first."""

MOST_PIECES = 32
MOST_BESIDE_LABEL = 6
"""Pieces of a clause that is no more than the name of a picture and of AI."""
LONG_VERB = 7
"""Letters of a participle that is no name: `Al MODIFIED` is an icon that was read badly, `Al Made` is somebody."""
MOST_DETAILS = 2
"""Unknown words that may tell which picture is meant."""
UNKNOWN_WITHOUT_SPACES = 0.25
"""Part of the letters that may be unknown where words are not written apart."""

CUT_OFF, OF_ONE_UNKNOWN, OF_LABEL, OF_DOUBT = 70.0, 76.0, 76.0, 80.0
OF = ("de", "d", "di")
GOVERNING = (*OF, "of", "du", "des", "von", "der", "dei", "dos", "da", "das", "van", "av", "af")
"""Words by which what stands before them speaks of what follows: `the rise of AI-generated video`. Folded."""


@dataclass(frozen=True)
class Clause:
    """pieces: of one language, in order. has_colon: a colon stands in it, as in `Image : IA`."""

    pieces: tuple[Piece, ...]
    lexicon: Lexicon
    has_colon: bool = False

    @cached_property
    def roles(self) -> tuple[str, ...]:
        return tuple(piece.role for piece in self.pieces)

    @cached_property
    def named(self) -> tuple[int, ...]:
        """Where AI is named."""
        return tuple(at for at, role in enumerate(self.roles) if role in ("acronym", "names"))

    @cached_property
    def made(self) -> tuple[int, ...]:
        """Where something is said to be made."""
        return tuple(at for at, role in enumerate(self.roles) if role in ("generated", "made"))

    @cached_property
    def makers(self) -> frozenset[str]:
        """How AI is named as what makes: `agents` (with), `authors` (by). Empty where it is not."""
        if self.lexicon.cased and "names" in self.roles:
            return frozenset({"agents"})
        return frozenset(role for at in self.named if (role := self.before(at)) in ("agents", "authors"))

    @cached_property
    def is_twin(self) -> bool:
        return bool(self.named) and all(self.pieces[at].strength == "twin" for at in self.named)

    def before(self, at: int) -> str:
        """The role of the nearest piece with weight before one."""
        return next((role for role in reversed(self.roles[:at]) if role != "glue"), "")

    def after(self, at: int) -> str:
        return self.roles[at + 1] if at + 1 < len(self.roles) else ""

    def has(self, *roles: str) -> bool:
        return not set(roles).isdisjoint(self.roles)

    def without_purpose(self) -> Clause:
        """The clause up to what it says the making was for: `par IA | pour préserver l'anonymat`."""
        if not self.makers or not self.made or "purposes" not in self.roles[max(*self.named, *self.made) :]:
            return self
        end = self.roles.index("purposes", max(*self.named, *self.made))
        return Clause(self.pieces[:end], self.lexicon, self.has_colon)

    def unknown(self) -> list[int]:
        """Pieces that nothing explains: unlisted words, denials of something else, makers of tools as subjects."""
        first = min((*self.named, *self.made), default=0)
        return [
            at
            for at, role in enumerate(self.roles)
            if role in ("unknown", "talk", "lacks")
            or (role == "not" and not self.has("real"))
            or (role == "tool" and at + 1 < first and self.before(at) not in ("agents", "authors"))
        ]


def judge(whole: Clause) -> tuple[Kind, float]:
    """The class of a clause and its score, 0 to 100."""
    speaks = whole.has("phrases", "fakes", "artificially", "synthetic")
    if not whole.named and not speaks:
        return ("mention", 30) if whole.has("related") else ("none", 0)
    is_sure = speaks or any(whole.pieces[at].strength == "sure" for at in whole.named)
    if not is_sure and not is_likely(whole) and not is_plain_denial(whole):
        return ("mention", 30) if whole.made and whole.makers else ("none", 0)
    if denies(whole.pieces):
        return "negated", 85
    if whole.has("talk") or len(whole.pieces) > MOST_PIECES:
        return "mention", 40
    clause = whole.without_purpose()
    score = disclosure(clause)
    if score:
        return "phrase", min(score, trust(clause))
    return ("mention", 40) if whole.named or whole.has("fakes", "phrases") else ("none", 0)


def trust(clause: Clause) -> float:
    """100, less for letters that were read otherwise, spaces that were lost, and an acronym that may be a name."""
    lost = 4 * sum(piece.wrong for piece in clause.pieces) + 4 * any(piece.glued for piece in clause.pieces)
    return 100 - lost - 8 * clause.is_twin


def disclosure(clause: Clause) -> float:
    if lacks_noun(clause):
        return 0
    unknown = clause.unknown()
    letters = sum(piece.letters for piece in clause.pieces)
    if not clause.lexicon.spaced and len(unknown) <= UNKNOWN_WITHOUT_SPACES * letters and not ends_unknown(clause):
        unknown = []
    if not unknown:
        return said(clause)
    is_made = bool(clause.named) and bool(clause.made)
    return OF_ONE_UNKNOWN if is_made and (is_head(clause, unknown) or is_detail(clause, unknown)) else 0


def lacks_noun(clause: Clause) -> bool:
    """Whether a clause ends in a participle that a noun belongs to, and has none: `KI-generierte` is the beginning of
    anything. So is the participle without its last letter, where endings may follow it, right after what makes:
    `KI-generier`, not `mit KI erstell`."""
    last = next((piece for piece in reversed(clause.pieces) if piece.role != "glue"), None)
    if last is None or last.role not in ("generated", "made") or clause.has("labels", "works", "phrases"):
        return False
    is_cut = last.strength == "cut" and bool(clause.lexicon.attributive) and not clause.makers
    return last.key in clause.lexicon.attributive or is_cut


def ends_unknown(clause: Clause) -> bool:
    """Whether an unlisted letter comes last, and makes another thing of it all: an `AI翻訳機` is a machine."""
    return clause.roles[-1] == "unknown"


def said(clause: Clause) -> float:
    """How surely a clause without an unknown word says that something is made by AI: 0 where it does not."""
    if clause.has("phrases"):
        return 100
    if clause.has("fakes"):
        return 88
    if clause.named and clause.made and (frame := framed(clause)):
        return frame
    if clause.has("artificially") and (clause.has("generated") or (clause.made and clause.has("labels"))):
        return 92
    if clause.has("synthetic") and clause.has("labels"):
        return 88
    if not clause.named or all(clause.pieces[at].strength == "weak" for at in clause.named):
        return 0
    if clause.has("uses"):
        return 88 if clause.has("labels", "works", "infinitives", "deeds") else OF_LABEL
    if clause.has("infinitives", "made", "generated"):
        return 0
    if clause.has("deeds") and clause.makers and clause.roles.index("deeds") < max(clause.named):
        return 82
    return OF_LABEL if is_label(clause) else 0


def framed(clause: Clause) -> float:
    """How surely AI is what makes: 100 for `créé avec l'IA` and `AI-generated`, 0 for `AI made for you`."""
    first = clause.pieces[clause.named[0]]
    if first.strength == "cut":
        return CUT_OFF
    if not clause.lexicon.spaced:
        return 100
    if clause.makers:
        is_doubtful = first.strength != "sure" and clause.makers == {"authors"} and not clause.has("generated")
        return OF_DOUBT if is_doubtful else 90 if first.strength == "weak" else 100
    names_work = clause.has("labels", "works", "generated")
    last = next((role for role in reversed(clause.roles) if role not in ("acronym", "names")), "")
    follows = any(clause.after(at) in ("made", "generated") for at in clause.named)
    if follows and clause.lexicon.acronym_first and (names_work or last in ("made", "generated")):
        return 100
    if follows and len(clause.pieces) == 2 and first.strength == "sure":
        return 88
    return 92 if names_work else 0


def is_label(clause: Clause) -> bool:
    """Whether a clause does no more than call a picture one of AI: `Image IA`, `KI-Bild`, `Voice: AI`."""
    allowed = {"labels", "works", "glue", "acronym", "names", "tool", "agents", "authors"}
    is_plain = set(clause.roles) <= allowed and not any(piece.wrong for piece in clause.pieces)
    last = clause.named[-1]
    if clause.is_twin and clause.has_colon:  # `Photo: Al` is a credit
        return False
    if not is_plain or not clause.has("labels", "works") or len(clause.pieces) > MOST_BESIDE_LABEL:
        return False
    if clause.makers and not clause.is_twin and last + 1 == len(clause.pieces):
        return True
    if not clause.has("labels"):
        return False
    if (clause.has_colon or not clause.lexicon.spaced) and last + 1 == len(clause.pieces):
        return True
    if not clause.lexicon.spaced:
        return any("labels" in (clause.before(at), clause.after(at)) for at in clause.named)
    if clause.lexicon.acronym_first:
        rest = clause.roles[last + 1 :]
        return not clause.makers and rest[:1] == ("labels",) and set(rest) <= {"labels", "works", "tool"}
    is_of = (
        clause.pieces[last - 1].key in OF and clause.roles[last - 2 : last - 1] == ("labels",) and not clause.is_twin
    )
    return last + 1 == len(clause.pieces) and (clause.roles[last - 1] == "labels" or is_of)


def is_likely(clause: Clause) -> bool:
    """Whether what may be a name, or a word of another sense, is AI: by what stands beside it, letter by letter."""
    exact = [at for at in clause.made if clause.pieces[at].wrong == 0]
    strengths = {clause.pieces[at].strength for at in clause.named}
    if strengths == {"cut"}:
        return not clause.has("not") and is_cut_off(clause)
    if not clause.made:
        return clause.has("uses", "labels")
    beside = [at for at in exact if at - 1 in clause.named and clause.pieces[at].letters >= LONG_VERB]
    tells = any(clause.roles[at] == "generated" for at in exact)
    return tells or bool(beside) or (bool(exact) and (clause.has("labels") or "agents" in clause.makers))


def is_plain_denial(clause: Clause) -> bool:
    """Whether what may be a name is AI since it is denied, in words that are all known: `Made without Al`."""
    return clause.is_twin and not clause.has("unknown") and denies(clause.pieces)


def is_cut_off(clause: Clause) -> bool:
    """Whether an acronym that lost its second letter can be believed: `Contenu généré par I`."""
    last = clause.named[-1]
    told = clause.has("generated") or (clause.has("labels", "works") and bool(clause.made))
    return told and last + 1 == len(clause.pieces) and clause.before(last) in ("agents", "authors")


def is_head(clause: Clause, unknown: Sequence[int]) -> bool:
    """Whether one unknown word is what is made, and no more: `Chorégraphie générée par IA`."""
    at, first = unknown[0], min(*clause.named, *clause.made)
    before, until = set(clause.roles[:at]), set(clause.roles[at + 1 : first])
    around = before <= {"glue", "labels", "works"} and until <= {"glue", "artificially"}
    governs = any(piece.key in GOVERNING for piece in clause.pieces[at + 1 : first])
    is_alone = len(unknown) == 1 and at < first and clause.roles[at] == "unknown" and not governs
    return is_alone and around and clause.has("generated")


def is_detail(clause: Clause, unknown: Sequence[int]) -> bool:
    """Whether one unknown word, or two, tell which picture is made by AI: `Immagini d'archivio colorizzate con IA`.
    It stands first; `le scandale des images` has it after. Where qualities go before, one may: `Historical footage`."""
    if not clause.makers or len(unknown) > MOST_DETAILS or any(clause.roles[at] != "unknown" for at in unknown):
        return False
    first = min(*clause.named, *clause.made)
    head = next((role for role in clause.roles if role != "glue"), "")
    until = set(clause.roles[:first]) <= {"glue", "labels", "works", "unknown", "artificially", "agents", "authors"}
    is_quality = clause.lexicon.acronym_first and len(unknown) == 1 and clause.after(unknown[0]) == "labels"
    stands_first = head in ("labels", "works") or (is_quality and head == "unknown")
    return stands_first and max(unknown) < first and until and not clause.is_twin


def denies(pieces: Sequence[Piece]) -> bool:
    """Whether AI is denied: `sans IA`, `not made with AI`, `AI-free`; not `no real persons`."""
    heavy = [piece.role for piece in pieces if piece.role not in ("glue", "agents", "authors")]
    speaks = {"acronym", "names", "generated", "made", "uses", "artificially", "fakes", "phrases", "synthetic"}
    for at, role in enumerate(heavy):
        if role == "lacks" and at and heavy[at - 1] in ("acronym", "names"):
            return True
        before, after = heavy[max(0, at - 2) : at], heavy[at + 1 : at + 4]
        is_second = {"not", "real"} <= set(before)  # n'existe | pas
        is_last = not after and before[-1:] == ["real"]  # existieren | nicht
        if role != "not" or "real" in after or is_second or is_last:
            continue
        if speaks & set(after) or not after or (at and heavy[at - 1] in ("acronym", "names")):
            return True
    return False
