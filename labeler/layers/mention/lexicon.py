"""The words of disclosures, one file a language (`wordings/XX.toml`), loaded, validated and indexed.

A word is written as people write it, with braces for its endings: `génér{é,ée,és,ées}`. In a language a word has one
role; two roles, or a key that this version does not know, make the file invalid.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from itertools import product
from typing import Annotated, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from labeler.errors import MachineLacks
from labeler.language import say

Role = Literal[
    "names", "artificially", "fakes", "synthetic", "phrases", "related", "generated", "made", "labels", "works",
    "deeds", "agents", "authors", "uses", "purposes", "infinitives", "glue", "not", "lacks", "real", "talk", "near",
]  # fmt: skip
Model = TypeVar("Model", bound=BaseModel)
ROLES: tuple[Role, ...] = get_args(Role)
TOOLS = "tools.toml"
SHORTEST_FUZZY = 5
"""Letters that a word must have to be known with a letter more or less."""
SHORTEST_CHANGED = 7
"""Letters that it must have to be known with another letter in the place of one: `moines` is not `montés`."""
SHORTEST_CUT = 3
LEAST_LEFT = 3
"""Letters that an entry must have left where readers of pictures leave some out."""
NEVER_DAMAGED = ("near", "talk", "not", "lacks", "tool")
LETTERS = {"ß": "ss", "œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "þ": "th", "ð": "d"}
TWINS = {"l": "i", "1": "i", "|": "i", "0": "o", "5": "s"}
"""What readers of pictures take for one another: both become the same letter, in the lexicon and in the text."""

Entry = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Acronym = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,3}$")]


class Words(BaseModel):
    """One file.

    unread: small letters that readers of pictures do not know and leave out. spaced: words are written apart.
    acronym_first: the acronym stands before its noun (`AI image`), not after (`image IA`). compounds: nouns are joined,
    and the last one says what it is. cased: endings say what other languages say by `with` and `by`. attributive:
    endings of a participle that a noun comes after, or before. acronyms: of AI, in capitals, those that can stand
    alone; elsewhere: those that are words of their own as well, so that they count beside a making-verb only.
    The roles:

    names: AI in full. artificially: says so of a verb. fakes: a deepfake. synthetic: says so of a work.
    phrases: a disclosure as a whole. related: near a disclosure, shown and never one. generated, made: participles,
    telling and plain. labels: what is disclosed, enough beside an acronym; works: the same, not enough.
    deeds: nouns of making. agents: with, using; authors: by, which names persons as well. uses: says that AI was used.
    purposes: begins to say what for, which the rest of the clause then does. infinitives: to make. glue: words
    without weight. not: denies; lacks: the same, right after the name only (`AI-free`); real: what is denied without
    denying AI (`no real person`). talk: speaks about AI, news. near: looks like a word of another role and is none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
    unread: str = ""
    spaced: bool = True
    acronym_first: bool = False
    compounds: bool = False
    cased: bool = False
    attributive: tuple[Entry, ...] = ()
    acronyms: tuple[Acronym, ...] = ()
    elsewhere: tuple[Acronym, ...] = ()
    names: tuple[Entry, ...] = Field(min_length=1)
    artificially: tuple[Entry, ...] = ()
    fakes: tuple[Entry, ...] = ()
    synthetic: tuple[Entry, ...] = ()
    phrases: tuple[Entry, ...] = ()
    related: tuple[Entry, ...] = ()
    generated: tuple[Entry, ...] = Field(min_length=1)
    made: tuple[Entry, ...] = Field(min_length=1)
    labels: tuple[Entry, ...] = Field(min_length=1)
    works: tuple[Entry, ...] = ()
    deeds: tuple[Entry, ...] = ()
    agents: tuple[Entry, ...] = ()
    authors: tuple[Entry, ...] = ()
    uses: tuple[Entry, ...] = ()
    purposes: tuple[Entry, ...] = ()
    infinitives: tuple[Entry, ...] = ()
    glue: tuple[Entry, ...] = ()
    not_: tuple[Entry, ...] = Field(min_length=1, alias="not")
    lacks: tuple[Entry, ...] = ()
    real: tuple[Entry, ...] = ()
    talk: tuple[Entry, ...] = ()
    near: tuple[Entry, ...] = ()

    @model_validator(mode="after")
    def one_role_each(self) -> Words:
        seen: dict[str, str] = {}
        for role, word in self.entries():
            key = folded(word)
            if not key:
                raise ValueError(f"{role}: «{word}» has no letters")
            if seen.setdefault(key, role) != role:
                raise ValueError(f"«{word}» is among {seen[key]} and among {role}")
            if role not in ("names", "related") and {*word.split()} & {*self.acronyms, *self.elsewhere}:
                raise ValueError(f"{role}: «{word}» would hide the acronym in it")
        return self

    def entries(self) -> Iterator[tuple[Role, str]]:
        """Role and word, endings written out."""
        for role in ROLES:
            for written in getattr(self, "not_" if role == "not" else role):
                for word in spelt(written):
                    yield role, word

    def as_read(self) -> Iterator[tuple[Role, str]]:
        """Entries without the letters that are left out, in any of their words, unless too little is left of them."""
        for role, word in self.entries() if self.unread else ():
            choices = [{part, "".join(c for c in part if c not in self.unread)} for part in word.split()]
            for parts in product(*map(sorted, choices)):
                if all(parts) and len("".join(parts)) >= LEAST_LEFT:
                    yield role, " ".join(parts)


class Tools(BaseModel):
    """`wordings/tools.toml`: names of generators, which say no more than the words around them."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    tools: tuple[Entry, ...]


@dataclass(frozen=True, eq=False)
class Lexicon:
    """A language, indexed. Keys are folded (see `folded`), and the words of an entry are joined.

    roles: role of each entry. plain: entries of one word as they are written, in small letters without accents.
    cut: an entry without its last letter -> the entry. begins: first words of entries of several words.
    attributive: participles that a noun belongs to. makers: short words for with and by. longest: letters of the
    longest entry. most_words: words of the one with most. words: every word of every entry. heads: the longest word
    of each entry that discloses by itself, as it is written.
    """

    language: str
    spaced: bool
    acronym_first: bool
    compounds: bool
    cased: bool
    acronyms: tuple[str, ...]
    elsewhere: tuple[str, ...]
    roles: Mapping[str, Role | Literal["tool"]]
    plain: frozenset[str]
    cut: Mapping[str, str]
    begins: frozenset[str]
    attributive: frozenset[str]
    makers: tuple[str, ...]
    longest: int
    most_words: int
    words: frozenset[str]
    heads: frozenset[str]


def spelt(written: str) -> Iterator[str]:
    """`cré{é,ée}` -> créé, créée."""
    parts = re.split(r"\{([^{}]*)\}", written)
    choices = [part.split(",") if number % 2 else [part] for number, part in enumerate(parts)]
    return ("".join(chosen) for chosen in product(*choices))


def without_accents(text: str) -> str:
    """Small letters without accents; kana keep their marks, and Hangul stays whole."""
    small = "".join(LETTERS.get(letter, letter) for letter in unicodedata.normalize("NFKC", text).lower())
    apart = unicodedata.normalize("NFD", small)
    return unicodedata.normalize("NFC", "".join(c for c in apart if not unicodedata.combining(c) or ord(c) > 0x3000))


def folded(text: str) -> str:
    """Letters alone, small, without accents, those that readers mix up made one (`TWINS`)."""
    return "".join(TWINS.get(c, c) for c in without_accents(text) if c.isalnum() and (not c.isdigit() or c in TWINS))


@cache
def lexicons() -> tuple[Lexicon, ...]:
    """All languages that are packaged, by the names of their files. Raises MachineLacks where one is damaged."""
    folder = resources.files("labeler.layers.mention").joinpath("wordings")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    tools = [file for file in files if file.name == TOOLS]
    names = [name for file in tools for name in read(file, Tools).tools]
    return tuple(indexed(read(file, Words), names) for file in files if file.name != TOOLS)


def read(file: Traversable, model: type[Model]) -> Model:
    try:
        return model.model_validate(tupled(tomllib.loads(file.read_text(encoding="utf-8"))))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as wrong:
        raise MachineLacks(
            say(
                f"labeler's own wordings are damaged: {file.name}: {wrong}",
                f"Les formules fournies avec labeler sont abîmées : {file.name} : {wrong}",
            )
        ) from wrong


def tupled(table: dict[str, object]) -> dict[str, object]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}


def indexed(words: Words, tools: Iterable[str]) -> Lexicon:
    roles: dict[str, Role | Literal["tool"]] = {folded(name): "tool" for name in tools}
    begins: set[str] = set()
    entries = list(words.entries())
    known = {folded(word) for _, word in entries}
    entries += [(role, word) for role, word in words.as_read() if folded(word) not in known]
    for role, word in entries:
        roles[folded(word)] = role
        first, *rest = re.findall(r"\w+", without_accents(word))
        if rest:
            begins.add(folded(first))
    return Lexicon(
        language=words.language,
        spaced=words.spaced,
        acronym_first=words.acronym_first,
        compounds=words.compounds,
        cased=words.cased,
        acronyms=words.acronyms,
        elsewhere=words.elsewhere,
        roles=roles,
        plain=frozenset(without_accents(word) for _, word in entries),
        cut={key[:-1]: key for key, role in roles.items() if is_cut(key, role, spaced=words.spaced)},
        begins=frozenset(begins),
        attributive=frozenset(
            folded(word)
            for role, word in entries
            for ending in words.attributive
            if role in ("generated", "made")
            and word.endswith(ending)
            and roles.get(folded(word.removesuffix(ending))) == role
        ),
        makers=tuple(key for key, role in roles.items() if role in ("agents", "authors") and 2 < len(key) < 8),
        longest=max(map(len, roles)),
        most_words=max(len(re.findall(r"\w+", word)) for _, word in entries),
        words=frozenset(folded(part) for _, word in entries for part in re.findall(r"\w+", without_accents(word))),
        heads=frozenset(
            max(re.findall(r"\w+", without_accents(word)), key=len)
            for role, word in entries
            if role in ("names", "artificially", "fakes", "synthetic", "phrases", "related")
        ),
    )


def is_cut(key: str, role: str, *, spaced: bool) -> bool:
    """Whether an entry without its last letter can still be told, where readers of pictures lost that."""
    if not spaced:
        return len(key) > (1 if role == "generated" else 2) and role not in NEVER_DAMAGED
    return role in ("labels", "works", "generated", "made") and len(key) > SHORTEST_CUT


@cache
def damaged() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Entries of more than SHORTEST_FUZZY letters with one of them left out -> language and entry."""
    found: dict[str, dict[tuple[str, str], None]] = {}
    for lexicon in lexicons():
        for key, role in lexicon.roles.items():
            if len(key) > SHORTEST_FUZZY and role not in NEVER_DAMAGED:
                for at in range(len(key)):
                    found.setdefault(key[:at] + key[at + 1 :], {})[lexicon.language, key] = None
    return {key: tuple(entries) for key, entries in found.items()}


@cache
def whole() -> Mapping[str, tuple[str, ...]]:
    """Entries that a text may have with a letter too many -> their languages."""
    found: dict[str, list[str]] = {}
    for lexicon in lexicons():
        for key, role in lexicon.roles.items():
            if len(key) >= SHORTEST_FUZZY and role not in NEVER_DAMAGED:
                found.setdefault(key, []).append(lexicon.language)
    return {key: tuple(languages) for key, languages in found.items()}


@lru_cache(maxsize=65536)
def near(word: str) -> Mapping[str, str]:
    """By language, the entry that differs from a folded word by one letter: one less, one more, or another."""
    if len(word) < SHORTEST_FUZZY:
        return {}
    found = {language: entry for language, entry in reversed(damaged().get(word, ()))}
    for at in range(len(word)):
        without = word[:at] + word[at + 1 :]
        for language in whole().get(without, ()):
            found.setdefault(language, without)
        for language, entry in damaged().get(without, ()) if len(word) >= SHORTEST_CHANGED else ():
            if len(entry) == len(word) and entry[:at] + entry[at + 1 :] == without:
                found.setdefault(language, entry)
    return found
