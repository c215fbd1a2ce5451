"""Make the ledger again from the records: read every record below some folders, drop those that went away."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from labeler.errors import SourceMissing
from labeler.language import say
from labeler.ledger.database import AT_ONCE
from labeler.ledger.entry import NoRecord, read_entry
from labeler.ledger.failures import Damaged
from labeler.ledger.place import Place
from labeler.ledger.store import Ledger, opened
from labeler.release import PART
from labeler.rules.ledger import LedgerEntry
from labeler.rules.record import RECORD_SUFFIX

Tell = Callable[[Path, str], None]
"""Hears what could not be read, and why, one sentence each."""
Stamp = tuple[int, int, int] | None
ASIDE = ".damaged"


@dataclass(frozen=True)
class Rebuilt:
    """indexed: records that are in the ledger now. dropped: those that went away. unread: told one by one.
    aside: where a damaged ledger was put, whose place a new one took."""

    indexed: int
    dropped: int
    unread: int
    aside: Path | None = None


def rebuild(
    place: Place, folders: Sequence[Path], tell: Tell, tick: Callable[[int], None] = lambda done: None
) -> Rebuilt:
    """tick: hears how many records were read so far; may raise Interrupted.

    Raises SourceMissing (before any work), and what `opened` raises, a damaged file excepted.
    """
    roots = [Path(os.path.abspath(folder)) for folder in folders]  # noqa: PTH100 - links are kept as they are
    for root in roots:
        if not root.is_dir():
            raise SourceMissing(
                say(f"{root}: there is no such folder.", f"{root} : ce dossier n'existe pas."),
                remedy=say(
                    "Check that it is mounted; to drop what lay there, name the folder above it.",
                    "Vérifiez qu'il est monté ; pour oublier ce qui s'y trouvait, indiquez le dossier au-dessus.",
                ),
                file=str(root),
            )
    aside = None
    try:
        return walked(place, roots, tell, tick, None)
    except Damaged:
        if place.path is None:
            raise
        aside = put_aside(place.path)
    return walked(place, roots, tell, tick, aside)


def walked(place: Place, roots: Sequence[Path], tell: Tell, tick: Callable[[int], None], aside: Path | None) -> Rebuilt:
    indexed = dropped = unread = 0
    with opened(place, to_write=True) as ledger:
        for root in roots:
            walk = Walk(ledger, ledger.begin_walk(), tell)
            for batch in batches(walk.records(root)):
                indexed += walk.index(batch)
                tick(indexed)
            dropped += ledger.drop_unmet(str(root), walk.number)
            unread += walk.unread
    return Rebuilt(indexed, dropped, unread, aside)


def put_aside(path: Path) -> Path:
    """Out of the way, and not lost: it may be no ledger at all. Its journals belong to it."""
    number = 0
    while (aside := path.with_name(f"{path.name}{ASIDE}{number or ''}")).exists():
        number += 1
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(aside.with_name(aside.name + suffix))
    return aside


def batches(paths: Iterable[Path]) -> Iterator[list[Path]]:
    waiting = iter(paths)
    while batch := list(islice(waiting, AT_ONCE)):
        yield batch


class Walk:
    """One walk through one folder. unread: how much could not be read."""

    def __init__(self, ledger: Ledger, number: int, tell: Tell) -> None:
        self.ledger = ledger
        self.number = number
        self.tell = tell
        self.unread = 0

    def records(self, root: Path) -> Iterator[Path]:
        """Every record below a folder, in no order. Links to folders are not followed, so that none is walked twice;
        what is private to a run is not looked at."""
        waiting = [str(root)]
        while waiting:
            folder = waiting.pop()
            try:
                with os.scandir(folder) as entries:
                    for entry in entries:
                        if entry.is_dir(follow_symlinks=False):
                            waiting += [] if entry.name.endswith(PART) else [entry.path]
                        elif entry.name.endswith(RECORD_SUFFIX) and entry.is_file():
                            yield Path(entry.path)
            except OSError as error:
                self.told(Path(folder), error.strerror or str(error))
                self.ledger.keep_below(folder, self.number)

    def index(self, batch: Sequence[Path]) -> int:
        """Read these records into the ledger; again, where one changed meanwhile. How many are in it."""
        stamps = {path: stamp_of(path) for path in batch}
        entries = [entry for path in batch if (entry := self.read(path)) is not None]
        self.ledger.add(entries, self.number)
        changed = [path for path, stamp in stamps.items() if stamp_of(path) != stamp]
        if not changed:
            return len(entries)
        self.ledger.remove([str(path) for path in changed])
        return len(entries) - len(changed) + self.index([path for path in changed if path.exists()])

    def read(self, path: Path) -> LedgerEntry | None:
        try:
            str(path).encode()
            return read_entry(path)
        except FileNotFoundError:
            return None  # it went away since it was seen
        except UnicodeEncodeError:
            self.told(path, say("the name is not valid UTF-8 text.", "ce nom n'est pas du texte UTF-8 valide."))
        except NoRecord as error:
            self.told(path, str(error))
        except OSError as error:
            self.told(path, error.strerror or str(error))
            self.ledger.keep_below(str(path), self.number)
        return None

    def told(self, path: Path, why: str) -> None:
        self.unread += 1
        self.tell(path, why)


def stamp_of(path: Path) -> Stamp:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
