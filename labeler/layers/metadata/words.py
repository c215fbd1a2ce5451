"""What a text of the metadata says of AI in a person's words: `comment = Made with AI`.

No program reads that as a mark, and no standard asks for it; a person who looks at the file's properties can. What the
words say is judged by whoever knows how mentions are worded: the caller hands that in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from labeler.layers.metadata.names import plain
from labeler.layers.metadata.traces import Clue
from labeler.letters import shortened
from labeler.verdict import FoundWords

TITLES = frozenset({"title", "nam", "inam", "name", "album", "alb", "artist", "art", "show", "headline", "objectname"})
"""Names of works, which say nothing of how they were made: a film may be called «Made with AI»."""
LONGEST_SHOWN = 300
LONGEST_LINE = 400
"""Letters of a line that is judged; what says that AI made a film says it in fewer."""
MOST_LINES = 200
"""Of all values of one file that are judged."""
MOST_WORDS = 100
SAYING = ("phrase", "negated")


Says = Callable[[str], tuple[str, str | None]]
"""What a line says of AI: `phrase` where it discloses, `negated` where it denies, else another word; its language."""


def silent(line: str) -> tuple[str, str | None]:
    """Of a reader that knows no language."""
    return "none", None


def words_in(clues: Iterable[Clue], says: Says) -> tuple[FoundWords, ...]:
    """The lines that disclose or deny, in the order of the file, the same at one place once."""
    found: dict[tuple[str, str, str], FoundWords] = {}
    for number, (clue, line) in enumerate(lines_of(clues)):
        if number >= MOST_LINES or len(found) >= MOST_WORDS:
            break
        kind, language = says(line)
        if kind in SAYING:
            told = {"class": kind, "text": shortened(line, LONGEST_SHOWN), "language": language}
            words = FoundWords.model_validate({**told, "name": clue.name, "place": clue.place})
            found.setdefault((clue.name, clue.place, line), words)
    return tuple(found.values())


def lines_of(clues: Iterable[Clue]) -> Iterator[tuple[Clue, str]]:
    for clue in clues:
        if plain(clue.name) not in TITLES:
            yield from (
                (clue, line.strip()) for line in clue.value.splitlines() if 0 < len(line.strip()) <= LONGEST_LINE
            )
