"""Look for a mention that nobody planned, on one track of any video; and tell how much was looked at."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from labeler.layers.mention import recogniser
from labeler.layers.mention.blind.changes import Change
from labeler.layers.mention.blind.ends import as_read, ends_of
from labeler.layers.mention.blind.glances import Glance, glances, longest_gap
from labeler.layers.mention.blind.legible import legibility_of, margins_of
from labeler.layers.mention.blind.merging import whole_texts
from labeler.layers.mention.blind.reader import Reader
from labeler.layers.mention.blind.screen import screen_of
from labeler.layers.mention.blind.sightings import Sighting
from labeler.layers.mention.blind.tracks import Track, confidence_of, kind_of, tracks_of, voted
from labeler.layers.mention.recogniser import Recogniser
from labeler.layers.mention.sampling import Frames
from labeler.media.picture import Picture
from labeler.verdict import FoundMention, MentionCoverage

NATIVE, FIRST = 3, 2
"""Pictures that are read at full size where nothing was found, spread over the film; and one more, so many looks after
the first, since a mention is due at the beginning."""
MOST_CHANGES = 12
"""Changes that are looked at closely: a second of processor time each, at most."""
HEAD, STILL = 20, 5
"""Of the first so many pictures, which lie close together, so many are looked at for a bare mark that stands still."""
MOST_FOUND = 100
"""Texts that are told of one track: a film about AI has hundreds."""
DISCLOSING = ("phrase", "icon")
Work = TypeVar("Work")


@dataclass(frozen=True)
class BlindReading:
    """What was found on one track, in order of time, and how much was read."""

    found: tuple[FoundMention, ...]
    coverage: MentionCoverage


def read_blind(
    frames: Frames,
    track: int,
    *,
    budget: float | None = None,
    exact: bool = False,
    quick: Recogniser | None = None,
    thorough: Recogniser | None = None,
) -> BlindReading:
    """budget: seconds that may be spent, None for as many as it takes. exact: ends to one frame, wherever they lie.

    quick, thorough: who reads; None: `recogniser`. Raises MachineLacks where it cannot be loaded.
    """
    reader = Reader(screen_of(frames.format), quick or recogniser.quick(), thorough or recogniser.thorough())
    wanted = glances(frames)
    deadline = None if budget is None else time.monotonic() + budget
    seen = seen_until(reader, frames, wanted, deadline)
    found = told(tracks_of(seen), frames, track, len(seen), exact=exact)
    is_whole = len(seen) == len(wanted)
    if is_whole and not any(one.kind in DISCLOSING for one in found):
        found += looked_at_closely(reader, frames, track, [glance.index for glance in wanted], deadline, exact=exact)
        is_whole = not is_over(deadline)
    coverage = MentionCoverage(
        frames=len(reader.seconds),
        whole=reader.whole,
        longest_gap=longest_gap(reader.seconds, frames.duration),
        smallest_text=reader.screen.smallest_text,
        not_assessed=tuple(sorted(reader.scripts)),
        is_whole=is_whole and not reader.scripts,
    )
    return BlindReading(tuple(whole_texts(found)[:MOST_FOUND]), coverage)


def seen_until(
    reader: Reader, frames: Frames, wanted: Sequence[Glance], deadline: float | None
) -> list[tuple[Sighting, ...]]:
    """The sightings of each picture, until time is up."""
    whole = {glance.index for glance in wanted if glance.is_whole}
    looks = pictures(frames, [glance.index for glance in wanted])
    return [reader.see(picture, is_whole=picture.index in whole) for picture in until(deadline, looks)]


def until(deadline: float | None, work: Iterable[Work]) -> Iterator[Work]:
    """As much of this as there is time for, but something."""
    for one in work:
        yield one
        if is_over(deadline):
            return


def is_over(deadline: float | None) -> bool:
    return deadline is not None and time.monotonic() > deadline


def looked_at_closely(
    reader: Reader, frames: Frames, track: int, wanted: Sequence[int], deadline: float | None, *, exact: bool
) -> list[FoundMention]:
    """What is too small for the first reading or hidden in what is around it, and bare marks."""
    native = [reader.read_thoroughly(picture) for picture in until(deadline, pictures(frames, at_full_size(wanted)))]
    found = told(tracks_of(native), frames, track, len(native), exact=exact)
    if not any(one.kind == "phrase" for one in found):
        changes = until(deadline, reader.changes.likeliest(MOST_CHANGES))
        changed = [read for change in changes for read in seen_in(reader, frames, change)]
        found += told(tracks_of(changed), frames, track, len(wanted), exact=exact)
    marked = reader.marks(list(pictures(frames, wanted[: HEAD : HEAD // STILL])))
    return [*found, *told(tracks_of(marked), frames, track, len(marked), exact=exact)]


def seen_in(reader: Reader, frames: Frames, change: Change) -> Iterator[tuple[Sighting, ...]]:
    """What came or went; nothing where one of its two pictures does not decode."""
    both = {picture.index: picture for picture in pictures(frames, sorted((change.index, change.without)))}
    if {change.index, change.without} <= both.keys():
        yield reader.read_change(change, both[change.index], both[change.without])


def pictures(frames: Frames, indexes: Iterable[int]) -> Iterable[Picture]:
    return frames.pictures([frames.time_of(index) for index in indexes])


def at_full_size(wanted: Sequence[int]) -> list[int]:
    """Pictures in the beginning, the middle and the end of what was read, and one soon after the first."""
    count = min(NATIVE, len(wanted))
    spread = {wanted[round(at)] for at in np.linspace(0, len(wanted) - 1, 2 * count + 1)[1::2]}
    return sorted(spread | {wanted[min(FIRST, len(wanted) - 1)]})


def told(tracks: Sequence[Track], frames: Frames, track: int, pictures: int, *, exact: bool) -> list[FoundMention]:
    return [found_on(one, frames, track, pictures, exact=exact) for one in tracks]


def found_on(one: Track, frames: Frames, track: int, pictures: int, *, exact: bool) -> FoundMention:
    wording = voted(one)
    ends = as_read(one, frames) if wording.kind == "mention" else ends_of(one, frames, exact=exact)
    legible = legibility_of(one.sightings)
    best = next((seen for seen in one.sightings if seen.wording == wording), one.last)
    return FoundMention.model_validate(
        {
            "class": kind_of(one, wording, frames.format, pictures, ends.end - ends.start),
            "text": wording.text,
            "language": wording.language,
            "track": track,
            "box": best.box,
            "from": ends.start,
            "to": ends.end,
            "within": ends.within,
            "x_height": legible.x_height,
            "contrast": legible.contrast,
            "margins": margins_of(best.box, frames.format),
            "samples": len(one.sightings),
            "confidence": confidence_of(one, wording),
        }
    )
