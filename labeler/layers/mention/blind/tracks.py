"""The same text over time: sightings at one place become one track, and tracks become what was found."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from rapidfuzz import fuzz

from labeler.layers.mention.blind.sightings import Sighting
from labeler.layers.mention.wording import Kind, Wording
from labeler.media.picture import PictureFormat
from labeler.rules.plan import Box

SAME_TEXT = 80
SAME_PLACE = 0.5
"""Fuzzy ratio (0 to 100) of two readings, and share of the union of their boxes, from which they are one text that
stands still (measured: readings of a mention differ by a letter or two)."""
TWINS = str.maketrans({"l": "I", "|": "I", "1": "I", "0": "O"})
LEAST_SCORE = 60.0
"""Of a disclosure (0 to 100, the recogniser's trust times the grammar's)."""
LEAST_SHOWN = Fraction(2)
LEAST_SAMPLES = 2
ICON_SAMPLES = 3
CORNER = 0.3
"""A bare icon counts in the outer part of the frame, both across and down."""
GAP = Fraction(3, 2)
"""Seconds for which a text may be missed between two sightings, and still be shown all along."""

Confidence = Literal["low", "medium", "high"]


@dataclass
class Track:
    """Sightings of one text at one place, in order; `missed`: pictures since the last one that did not show it."""

    sightings: list[Sighting] = field(default_factory=list)
    missed: int = 0

    @property
    def last(self) -> Sighting:
        return self.sightings[-1]

    @property
    def start(self) -> Fraction:
        return self.sightings[0].seconds

    @property
    def end(self) -> Fraction:
        return self.last.seconds

    def holds(self, sighting: Sighting) -> bool:
        """Whether this sighting goes on from the last one."""
        same = likeness(self.last.wording.text, sighting.wording.text) >= SAME_TEXT
        is_near = sighting.seconds - self.last.seconds <= GAP or self.missed == 0
        return same and is_near and overlap(self.last.box, sighting.box) >= SAME_PLACE


def likeness(one: str, other: str) -> float:
    """0 to 100: how much two readings have in common, letters that a face draws alike taken for the same."""
    return fuzz.ratio(without_twins(one), without_twins(other))


def without_twins(text: str) -> str:
    """A text to compare with another, letters that a face draws alike made the same."""
    return text.translate(TWINS).casefold()


def common(one: Box, other: Box) -> int:
    """Pixels that two boxes share."""
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return max(0, across) * max(0, down)


def overlap(one: Box, other: Box) -> float:
    """Share of the union of two boxes that both cover."""
    both = common(one, other)
    return both / (one[2] * one[3] + other[2] * other[3] - both)


def inside(one: Box, other: Box) -> float:
    """Share of the first box that lies in the second."""
    return common(one, other) / (one[2] * one[3])


def tracks_of(pictures: Iterable[Sequence[Sighting]]) -> tuple[Track, ...]:
    """pictures: the sightings of each picture that was read, in order of time."""
    done: list[Track] = []
    open_tracks: list[Track] = []
    for seen in pictures:
        rest = list(seen)
        for track in open_tracks:
            found = next((sighting for sighting in rest if track.holds(sighting)), None)
            if found is None:
                track.missed += 1
                continue
            rest.remove(found)
            track.sightings.append(found)
            track.missed = 0
        done += [track for track in open_tracks if track.missed > 1]
        open_tracks = [track for track in open_tracks if track.missed <= 1] + [Track([one]) for one in rest]
    return tuple(sorted((*done, *open_tracks), key=lambda track: (track.start, track.sightings[0].box)))


def voted(track: Track) -> Wording:
    """The reading that the pictures trust most, all their scores for it added; the first of equals."""
    scores: defaultdict[Wording, float] = defaultdict(float)
    kinds: Counter[Kind] = Counter()
    by_text: dict[str, Wording] = {}
    for sighting in track.sightings:
        wording = sighting.wording
        kinds[wording.kind] += 1
        known = by_text.setdefault(wording.text, wording)
        scores[known] += wording.score
        if wording.score > known.score:
            scores[wording] = scores.pop(known)
            by_text[wording.text] = wording
    return max(scores, key=lambda wording: (scores[wording], wording.score))


def kind_of(track: Track, wording: Wording, format: PictureFormat, pictures: int, shown: float) -> Kind:
    """What the text is worth: a disclosure only where it stands, an icon only where it stands in a corner.

    pictures: how many were read in all, since a clip of half a second has no second one. shown: for how many seconds.
    """
    count = len(track.sightings)
    stands = count >= min(LEAST_SAMPLES, pictures) or shown >= LEAST_SHOWN
    if wording.kind in ("phrase", "negated"):
        return wording.kind if stands and wording.score >= LEAST_SCORE else "mention"
    if wording.kind == "icon":
        letters = [letter for letter in wording.text if letter.isalpha()]
        is_capital = all(letter.isupper() or letter == "l" for letter in letters)
        stands = count >= min(ICON_SAMPLES, pictures)
        return "icon" if stands and is_capital and in_corner(track.last.box, format) else "mention"
    return wording.kind


def in_corner(box: Box, format: PictureFormat) -> bool:
    width, height = format.display_size
    across, down = (box[0] + box[2] / 2) / width, (box[1] + box[3] / 2) / height
    return min(across, 1 - across) <= CORNER and min(down, 1 - down) <= CORNER


def confidence_of(track: Track, wording: Wording) -> Confidence:
    """How sure the reading is: calibrated on nothing yet, so it is no number."""
    count = len(track.sightings)
    if count >= 3 and wording.score >= 84:
        return "high"
    return "medium" if count >= LEAST_SAMPLES else "low"
