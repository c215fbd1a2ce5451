"""What was found of one track, with what was read as several texts made one."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz import fuzz

from labeler.layers.mention.blind.tracks import GAP, SAME_PLACE, SAME_TEXT, inside, likeness, overlap, without_twins
from labeler.layers.mention.wording import talks
from labeler.verdict import FoundMention

KINDS = ("phrase", "negated", "icon", "mention")
"""The best first: what a piece of another text is left out for."""
INSIDE = 0.8
"""Share of a text's box that lies in another's, from which it is a part of that."""


def whole_texts(found: Sequence[FoundMention]) -> list[FoundMention]:
    """In order of time, with what was read as two texts made one, pieces of a better text left out, and no disclosure
    that a fuller reading of the same text takes back."""
    whole: list[FoundMention] = []
    for text in sorted(found, key=lambda one: one.start):
        before = next((other for other in reversed(whole) if goes_on(other, text)), None)
        if before is None:
            whole.append(text)
        else:
            whole[whole.index(before)] = joined(before, text)
    whole = [one.model_copy(update={"kind": "mention"}) if is_taken_back(one, whole) else one for one in whole]
    return [one for one in whole if not any(is_part_of(one, other) for other in whole)]


def is_taken_back(one: FoundMention, found: Sequence[FoundMention]) -> bool:
    """Whether what was read as a disclosure goes on in a question, news or a denial, in another picture that showed
    more of it: `KI-generierte Bilder` of `KI-generierte Bilder: was ist erlaubt?`."""
    return one.kind == "phrase" and any(
        is_within(one, other) and (other.kind == "negated" or talks(other.text, other.language or one.language))
        for other in found
    )


def is_within(one: FoundMention, other: FoundMention) -> bool:
    """Whether a text is a part of a longer one that was read at least as often."""
    if other is one or len(other.text) <= len(one.text) or (other.samples or 0) < (one.samples or 0):
        return False
    is_held = fuzz.partial_ratio(without_twins(one.text), without_twins(other.text)) >= SAME_TEXT
    return is_held and covers(one, other, within=float(GAP))


def covers(one: FoundMention, other: FoundMention, *, within: float = 0.0) -> bool:
    """Whether the other stands where this one does, at the same time or so many seconds before or after."""
    if one.box is None or other.box is None:
        return False
    is_then = one.start < other.end + within and other.start < one.end + within
    return is_then and inside(one.box, other.box) >= INSIDE


def is_part_of(one: FoundMention, other: FoundMention) -> bool:
    """Whether a text is a piece of a better one that was read apart in a picture or two: the mark beside it."""
    return KINDS.index(one.kind) > KINDS.index(other.kind) and covers(one, other)


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
