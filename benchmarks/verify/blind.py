"""The blind reader on the labelled set: does it find what was burnt in, and nothing else?"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.verify.bars import Count
from benchmarks.verify.footage import Half
from benchmarks.verify.items import PARTS, Item, Part, items
from benchmarks.verify.maker import Made, make
from labeler.layers.mention.blind.read import BlindReading, read_blind
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
    counts: Mapping[Part, int], footage: Mapping[str, Path], half: Half, folder: Path, keep: bool
) -> list[Count]:
    """One count for each part, one for what nobody can be expected to read, and some by condition."""
    found: list[Count] = []
    for part in PARTS:
        bar = Count(NAMES[part], BARS[part], part == "negative", NEGATIVES if part == "negative" else 50)
        below = Count(f"{part}, below legibility")
        by: dict[str, Count] = {}
        for item in items(part, counts[part], list(footage), half):
            made = make(item, footage[item.footage], folder)
            began = time.process_time()
            reading = read(made.path)
            cost = time.process_time() - began
            hit = is_false(reading) if part == "negative" else is_found(reading.found, item, made)
            count = bar if made.is_legible or part == "negative" else below
            count.add(hit, line(item, made, reading.found))
            if count is bar and part == "anywhere" and item.mention is not None:
                shown = item.mention.end - item.mention.start
                key = f"of these, {shown:g} s in a file of {item.seconds:g} s"
                by.setdefault(key, Count(key)).add(hit)
            print(f"{item.name}: {'found' if hit else 'nothing'}, {cost:.1f} CPU s", file=sys.stderr, flush=True)
            if not keep:
                made.path.unlink()
        found += [bar, *(by[key] for key in sorted(by)), *([below] if below.of else [])]
    return found


def read(path: Path) -> BlindReading:
    with FrameReader(path, 0, converts=True) as frames:
        return read_blind(frames, 0)


def is_false(reading: BlindReading) -> bool:
    return any(one.kind == "phrase" for one in reading.found)


def is_found(found: Sequence[FoundMention], item: Item, made: Made) -> bool:
    """Whether a phrase was found where and when the text shows: not another one that happens to be there."""
    mention, what = item.mention, made.drawn
    if mention is None or what is None:
        return False
    then = (one for one in found if one.kind == "phrase" and one.start < mention.end and mention.start < one.end)
    return any(one.box is not None and touched(one.box, what.box) >= TOUCHED for one in then)


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
