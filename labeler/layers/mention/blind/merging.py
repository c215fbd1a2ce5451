"""What was found of one track, with what was read as several texts made one."""

from __future__ import annotations

from collections.abc import Sequence

from labeler.layers.mention.blind.tracks import SAME_PLACE, SAME_TEXT, inside, likeness, overlap
from labeler.verdict import FoundMention

KINDS = ("phrase", "negated", "icon", "mention")
"""The best first: what a piece of another text is left out for."""
INSIDE = 0.8
"""Share of a text's box that lies in another's, from which it is a part of that."""


def whole_texts(found: Sequence[FoundMention]) -> list[FoundMention]:
    """In order of time, with what was read as two texts made one, and pieces of a better text left out."""
    whole: list[FoundMention] = []
    for text in sorted(found, key=lambda one: one.start):
        before = next((other for other in reversed(whole) if goes_on(other, text)), None)
        if before is None:
            whole.append(text)
        else:
            whole[whole.index(before)] = joined(before, text)
    return [one for one in whole if not any(is_part_of(one, other) for other in whole)]


def is_part_of(one: FoundMention, other: FoundMention) -> bool:
    """Whether a text is a piece of a better one that was read apart in a picture or two: the mark beside it."""
    if KINDS.index(one.kind) <= KINDS.index(other.kind) or one.box is None or other.box is None:
        return False
    is_then = one.start < other.end and other.start < one.end
    return is_then and inside(one.box, other.box) >= INSIDE


def goes_on(before: FoundMention, after: FoundMention) -> bool:
    """Whether what was read as two texts is one that was missed in between."""
    is_same = before.kind == after.kind and before.box is not None and after.box is not None
    return (
        is_same
        and after.start <= before.end
        and overlap(before.box, after.box) >= SAME_PLACE  # type: ignore[arg-type]
        and likeness(before.text, after.text) >= SAME_TEXT
    )


def joined(before: FoundMention, after: FoundMention) -> FoundMention:
    better = before if (before.samples or 0) >= (after.samples or 0) else after
    samples = (before.samples or 0) + (after.samples or 0)
    ends = {"start": min(before.start, after.start), "end": max(before.end, after.end), "samples": samples}
    return better.model_copy(update=ends)
