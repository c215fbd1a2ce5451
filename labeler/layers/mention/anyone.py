"""The mention of a file that anyone made: what was found by looking everywhere, beside what a plan leads to."""

from __future__ import annotations

from collections.abc import Sequence

from labeler.verdict import FoundMention, LayerReading, LayerState, MentionCoverage

SAME = 0.3
"""Share of the smaller of two boxes that both cover, from which two readers saw one and the same thing."""


def merged(known: LayerReading | None, found: Sequence[FoundMention], coverage: MentionCoverage) -> LayerReading:
    """One reading of both. known: what the reader that had a plan said; None where there was no plan.

    Where there was a plan its judgement stands; a disclosure that it does not lead to makes the layer there and wrong.
    """
    ours: tuple[FoundMention, ...] = known.found or () if known is not None else ()
    both = (*ours, *(one for one in found if not any(is_same(one, other) for other in ours)))
    state = state_without_plan(found, coverage)
    if known is not None:
        is_elsewhere = known.state is LayerState.ABSENT and state is not LayerState.ABSENT
        state = (LayerState.FAIL if state is LayerState.PASS else state) if is_elsewhere else known.state
    return LayerReading(
        layer="mention", state=state, checks=known.checks if known else (), found=both, coverage=coverage
    )


def state_without_plan(found: Sequence[FoundMention], coverage: MentionCoverage) -> LayerState:
    """A phrase is there; a bare icon is worth a look; none at all counts as absent only where all could be read."""
    kinds = {one.kind for one in found}
    if "phrase" in kinds:
        return LayerState.PASS
    if "icon" in kinds:
        return LayerState.WARN
    return LayerState.ABSENT if coverage.is_whole else LayerState.NOT_CHECKED


def together(parts: Sequence[MentionCoverage]) -> MentionCoverage:
    """How much was read of all tracks: the frames of all, and the worst of everything else."""
    return MentionCoverage(
        frames=sum(one.frames for one in parts),
        whole=sum(one.whole for one in parts),
        longest_gap=max((one.longest_gap for one in parts), default=0.0),
        smallest_text=max((one.smallest_text for one in parts), default=0.0),
        not_assessed=tuple(sorted({script for one in parts for script in one.not_assessed})),
        missing=max((one.missing for one in parts), default=0.0),
        is_whole=bool(parts) and all(one.is_whole for one in parts),
    )


def is_same(one: FoundMention, other: FoundMention) -> bool:
    """Whether two readers saw the same text: on one track, at one place, at a common time."""
    if one.track != other.track or one.box is None or other.box is None:
        return False
    if min(one.end, other.end) < max(one.start, other.start):
        return False
    left, top = max(one.box[0], other.box[0]), max(one.box[1], other.box[1])
    right = min(one.box[0] + one.box[2], other.box[0] + other.box[2])
    bottom = min(one.box[1] + one.box[3], other.box[1] + other.box[3])
    least = min(one.box[2] * one.box[3], other.box[2] * other.box[3])
    return right > left and bottom > top and (right - left) * (bottom - top) >= SAME * least
