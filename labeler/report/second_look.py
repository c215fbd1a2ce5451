"""The second look at one finished file, for its page: what a verdict does not hold, read again from the bytes.

It is taken in a process apart (`looking.py`), since the file may be made to break its readers. What cannot be read in
there is a note in its place.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from labeler import words
from labeler.errors import LabelerError
from labeler.expectation import known_plan
from labeler.language import say
from labeler.layers.credentials.read import Sealed
from labeler.layers.credentials.remote import Network
from labeler.layers.credentials.tree import FoundStore, read_tree
from labeler.layers.credentials.trust import Trust
from labeler.media.fragments import Gap
from labeler.media.outline import Outline, outline
from labeler.media.survey import survey
from labeler.release import read_record
from labeler.report.strip import Strip, strip_of
from labeler.rules.plan import PlanItem
from labeler.verdict import FoundMention, LayerState, Verdict
from labeler.verification import sealed_of

logger = logging.getLogger("labeler")

Read = TypeVar("Read")


@dataclass(frozen=True)
class Reading:
    """How files are read again: whom to trust, where records are, with credentials from the network or without.
    segments: of the film in pieces of which the file is the first; empty where it is whole."""

    trust: Trust
    records: Path | None = None
    network: Network | None = None
    segments: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Facts:
    """What was read again of a file but its pictures; None what could not be. pictures: the file that these lie in,
    None where there is none. notes: what could not be read, and why."""

    pictures: Path | None
    outline: Outline | None = None
    store: FoundStore | None = None
    plan: PlanItem | None = None
    gaps: tuple[Gap, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pictures:
    """What was decoded again of one track. note: why it could not be."""

    strip: Strip | None
    note: str | None = None


def read_facts(file: Path, reading: Reading, verdict: Verdict | None, scratch: Path | None) -> Facts:
    """scratch: the folder in which a film in pieces is put together, and stays.

    Raises SourceMissing, SourceUnreadable, DiskFull where its pieces cannot be put together.
    """
    notes: list[str] = []
    with sealed_of(file, reading.trust, reading.network, reading.segments, scratch) as sealed:
        return Facts(
            pictures=sealed.path,
            outline=attempt(say("Tracks", "Pistes"), lambda: outline(survey(sealed.path)), notes),
            store=attempt(say("Credentials", "Identifiants de contenu"), lambda: read_tree(sealed), notes),
            plan=attempt(say("Plan", "Plan"), lambda: find_plan(sealed, reading.records, verdict), notes),
            gaps=sealed.film.gaps if sealed.film is not None else (),
            notes=tuple(notes),
        )


def decode_pictures(file: Path, track: int, found: tuple[FoundMention, ...]) -> Pictures:
    notes: list[str] = []
    strip = attempt(say("Pictures", "Images"), lambda: strip_of(file, track, found), notes)
    return Pictures(strip, next(iter(notes), None))


def find_plan(sealed: Sealed, records: Path | None, verdict: Verdict | None) -> PlanItem | None:
    """From the record of these very bytes, which the verdict has hashed; else from what is signed."""
    record = read_record(sealed.path, records)
    released = record.verdict if record is not None else None
    if record is not None and released is not None and verdict is not None and released.sha256 == verdict.sha256:
        return record.plan
    if verdict is not None and verdict.layers.get("credentials") is LayerState.ABSENT:
        return None
    return known_plan(sealed, records).item


def attempt(what: str, read: Callable[[], Read], notes: list[str]) -> Read | None:
    try:
        return read()
    except LabelerError as error:
        notes.append(words.field(what, error.message))
    except Exception as error:
        logger.debug("a bug", exc_info=error)
        notes.append(words.field(what, say("could not be shown.", "n'ont pas pu être montrés.")))
    return None
