"""The blind reader on the labelled set: does it find what was burnt in, and nothing else?"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.verify.bars import Count, Try
from benchmarks.verify.items import PARTS, Item, Part, items
from benchmarks.verify.maker import Made, clip_of, make
from benchmarks.verify.results import Results, Row
from labeler.layers.mention.blind.read import BlindReading, read_blind
from labeler.layers.mention.recogniser import Recogniser, quick, thorough
from labeler.layers.mention.wording import Line
from labeler.media.frames import FrameReader
from labeler.verdict import FoundMention

Box = tuple[int, int, int, int]
TOUCHED = 0.3
"""Share of the letters' box that a find must cover to be the one that was burnt in."""
NAMES: dict[Part, str] = {
    "start": "legible, ≥ 2 s at the start",
    "anywhere": "legible, 2 to 10 s anywhere in 12 to 60 s",
    "unlisted": "legible, unlisted wording",
    "negative": "false `phrase`, files without a mention",
}
BARS: dict[Part, float] = {"start": 0.98, "anywhere": 0.95, "unlisted": 0.80, "negative": 0.0}
NEGATIVES = 300


def measured(
    counts: Mapping[Part, int], footage: Mapping[str, Path], folder: Path, results: Results, *, keep: bool
) -> list[Count]:
    """One count for each part, one for what nobody can be expected to read, and some by condition. keep: the clips."""
    found: list[Count] = []
    for part in PARTS:
        by = {NAMES[part]: Count(NAMES[part], BARS[part], part == "negative", NEGATIVES if part == "negative" else 50)}
        for item in items(part, counts[part], list(footage), results.half):
            row = results.take(item.name, partial(row_of, item, footage[item.footage], folder))
            if not keep:
                clip_of(item, folder).unlink(missing_ok=True)
            for tried in row.tries:
                by.setdefault(tried.count, Count(tried.count)).add(tried)
        first = by.pop(NAMES[part])
        found += [first, *(by[name] for name in sorted(by))]
    return found


def row_of(item: Item, footage: Path, folder: Path) -> Row:
    """Make one clip and read it."""
    made = make(item, footage, folder)
    reader = Counting(quick()), Counting(thorough())
    began = time.process_time()
    with FrameReader(made.path, 0, converts=True) as frames:
        reading = read_blind(frames, 0, quick=reader[0], thorough=reader[1])
    cost, readings = time.process_time() - began, sum(one.count for one in reader)
    hit = is_false(reading) if item.part == "negative" else is_found(reading.found, item, made)
    print(
        f"{item.name}: {'found' if hit else 'nothing'}, {cost:.1f} CPU s, {readings} readings",
        file=sys.stderr,
        flush=True,
    )
    told = line(item, made, reading.found)
    tries = tuple(Try(name, int(hit), told=told) for name in counts_of(item, made))
    found = tuple({**one.model_dump(by_alias=True), "is_right": is_right(one, item, made)} for one in reading.found)
    return Row(item.name, tries, cpu=round(cost, 2), readings=readings, found=found)


class Counting:
    """A recogniser that counts in how many pictures it looks for text."""

    def __init__(self, reader: Recogniser) -> None:
        self.reader, self.count = reader, 0

    def lines(self, picture: np.ndarray, *, share: float = 1.0) -> tuple[Line, ...]:
        self.count += 1
        return self.reader.lines(picture, share=share)

    def line(self, picture: np.ndarray) -> str:
        return self.reader.line(picture)


def counts_of(item: Item, made: Made) -> tuple[str, ...]:
    """The names of the counts that an item goes into."""
    if item.part != "negative" and not made.is_legible:
        return (f"{item.part}, below legibility",)
    if item.part != "anywhere" or item.mention is None:
        return (NAMES[item.part],)
    shown = item.mention.end - item.mention.start
    return NAMES[item.part], f"{item.part}: {shown:g} s in a file of {item.seconds:g} s"


def is_false(reading: BlindReading) -> bool:
    return any(one.kind == "phrase" for one in reading.found)


def is_found(found: Sequence[FoundMention], item: Item, made: Made) -> bool:
    """Whether a phrase was found where and when the text shows: not another one that happens to be there."""
    return any(one.kind == "phrase" and is_there(one, item, made) for one in found)


def is_right(one: FoundMention, item: Item, made: Made) -> bool:
    """Whether a text that was told of is the disclosure that was drawn."""
    return item.part != "negative" and is_there(one, item, made)


def is_there(one: FoundMention, item: Item, made: Made) -> bool:
    mention, what = item.mention, made.drawn
    if mention is None or what is None or one.box is None:
        return False
    return one.start < mention.end and mention.start < one.end and touched(one.box, what.box) >= TOUCHED


def touched(one: Box, letters: Box) -> float:
    """Share of the letters' box that lies in the other."""
    across = min(one[0] + one[2], letters[0] + letters[2]) - max(one[0], letters[0])
    down = min(one[1] + one[3], letters[1] + letters[3]) - max(one[1], letters[1])
    return max(0, across) * max(0, down) / (letters[2] * letters[3])


def line(item: Item, made: Made, found: Sequence[FoundMention]) -> str:
    """What a person needs to see why."""
    told = ", ".join(f"{one.kind} «{one.text}» {one.start:g} to {one.end:g} s" for one in found[:4]) or "nothing"
    width, height = item.size
    where = f"{item.name}, {item.footage}, {width}x{height}, {item.codec}"
    if item.mention is None or made.drawn is None:
        return f"{where}, as it is: {told}"
    mention = item.mention
    looks = f"{mention.font}, {mention.style}, {mention.colour} {mention.opacity:g}, {mention.place}"
    sizes = f"x-height {made.drawn.x_height:.0f}, contrast {made.contrast:.1f}"
    return f"{where}: «{mention.text}» {mention.start:g} to {mention.end:g} s, {looks}, {sizes}: {told}"
