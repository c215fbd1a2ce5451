"""Read the mention back from the pixels of a finished file, and judge it by its plan.

Finding it leans on `typeset`; height, contrast, extent and difference of the letters are measured without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from labeler.errors import UsageError
from labeler.language import say
from labeler.layers.mention import alone, colour, extent, matching, measure
from labeler.layers.mention.apart import frames_apart
from labeler.layers.mention.checks import NAMES, Judge, names_for, unread
from labeler.layers.mention.evidence import WINDOW, Look, Sample, look_for, offset_of, spread
from labeler.layers.mention.image_checks import ImageJudge
from labeler.layers.mention.measure import LEAST_CONTRAST, Measured
from labeler.layers.mention.opaque import opaque
from labeler.layers.mention.sampling import Frames, spans
from labeler.rules.plan import MentionPlan, SizeOf
from labeler.verdict import Check, FoundMention, LayerReading, LayerState, Status, state_of

GLANCES = (Fraction(1, 2), Fraction(3, 2))
"""Seconds after the beginning of an interval at which a glance looks; at its middle where it is shorter."""
LEGIBLE_X_HEIGHT = 8.0
"""Pixels below which no viewer can be expected to read (with LEAST_CONTRAST; from our own set of 240 labels)."""


def glance(frames: Frames, plan: MentionPlan) -> float:
    """How well (correlation, -1 to 1) two pictures show the mention where the plan places it. 0 where this labeler
    cannot set the plan's text, or no picture decodes."""
    is_alone = plan.overlay is not None and not plan.lines
    try:
        template = (alone if is_alone else matching).template_of(plan, frames.format)
    except UsageError:
        return 0.0
    look = Look(frames, template, matching.Location(*plan.box[:2]), matching.radius_for(frames.format))
    if not plan.intervals:
        return 0.0
    begun, length = plan.intervals[0].start, plan.intervals[0].end - plan.intervals[0].start
    indexes = [frames.index_at(begun + min(seconds, length / 2)) for seconds in GLANCES]
    return max((sample.score for sample in look.at(indexes)), default=0.0)


def read(frames: Frames, plan: MentionPlan) -> LayerReading:
    """Judge one track's mention by its plan.

    A mention seen in no frame makes the layer `absent`, and so does another text. What could not be measured is
    `not_checked`.
    So is everything where this labeler cannot set the plan's text, or the plan is for another picture.
    """
    looked, elsewhere = spans(frames, plan.intervals), frames_apart(frames, plan)
    is_alone = plan.overlay is not None and not plan.lines
    names: tuple[str, ...] = names_for(frames.format)
    names = tuple(name for name in names if name != "second_reading") if is_alone else names
    try:
        template = (alone if is_alone else matching).template_of(plan, frames.format)
    except UsageError as error:
        checks = tuple(unread(plan, name, error.message) for name in names)
        return LayerReading(layer="mention", state=LayerState.NOT_CHECKED, checks=checks, found=())
    look, samples = look_for(frames, template, plan.box[:2], looked, elsewhere)
    inside = {index for span in looked for index in span.inside}
    shown = [sample for sample in samples if sample.index in inside and sample.shows]
    judge = judge_of(plan)(plan, look, looked, tuple(samples), tuple(shown), elsewhere)
    if shown and not is_alone and judge.is_another_text():
        judge, shown = replace(judge, shown=()), []
    if not shown:
        nothing = say("Not measured: no mention was found.", "Non mesuré : aucune mention n'a été trouvée.")
        checks = (judge.presence(), *(unread(plan, name, nothing) for name in names if name != "presence"))
        state = LayerState.ABSENT if checks[0].status is Status.FAIL else LayerState.NOT_CHECKED
        return LayerReading(layer="mention", state=state, checks=checks, found=())
    measured = measured_in(judge)
    checks = (
        judge.presence(),
        judge.timing(),
        judge.wording(measured),
        *([] if is_alone else [judge.second_reading()]),
        judge.size(measured),
        judge.contrast(measured),
        judge.placement(measured),
        judge.reading_time(),
        *([judge.white(measured)] if "white" in names else []),
        *([opaque(judge)] if "opaque" in names else []),
    )
    return LayerReading(layer="mention", state=state_of(checks), checks=checks, found=found_in(judge, checks, measured))


def unreadable(plan: MentionPlan, why: str) -> LayerReading:
    """Of a track that is not there, or whose pictures nobody here can read."""
    checks = tuple(unread(plan, name, why) for name in NAMES)
    return LayerReading(layer="mention", state=LayerState.NOT_CHECKED, checks=checks)


def judge_of(plan: MentionPlan) -> type[Judge]:
    return Judge if plan.overlay is None else ImageJudge


def measured_in(judge: Judge) -> Measured | None:
    """Measure the mention inside the place that was found. None where no part of it stands out there."""
    if not isinstance(judge, ImageJudge):
        return measured_text(judge.look, judge.shown, len(judge.plan.lines), judge.plan.size_of)
    lines, size_of = len(judge.plan.lines), judge.plan.size_of
    text = measured_text(judge.look, judge.shown, lines, size_of) if lines else None
    if judge.seen is None or (text is None and judge.plan.lines):
        return text
    if text is None:
        return Measured(judge.seen.box, None, judge.seen.contrasts, 0)
    return replace(text, box=extent.joined(text.box, judge.seen.box))


def measured_text(look: Look, shown: Sequence[Sample], lines: int, size_of: SizeOf = "x-height") -> Measured | None:
    """Measure the text inside the place that was found. None where no ink stands out there."""
    margin, format = look.margin, look.frames.format
    height, width = look.template.luma.shape
    x, y = offset_of(shown)
    inner = (slice(margin + y, margin + y + height), slice(margin + x, margin + x + width))
    still = look.median(spread(shown, 2 * WINDOW))[inner]
    ink = measure.find_ink(still if look.template.image is None else extent.without(still, look.template.image))
    if ink is None:
        return None
    tall = (measure.ink_height if size_of == "ink" else measure.x_height)(ink, lines)
    grounds = measure.grounds_of(ink, tall or 12.0)
    contrasts, whites = [], []
    for sample in shown:
        luminance = colour.relative_luminance(tuple(part[inner] for part in sample.parts), format)
        ratio = measure.contrast(luminance, grounds)
        if ratio is not None:
            contrasts.append(ratio)
        white = measure.white_of(luminance, grounds)
        if white is not None and format.transfer != "sdr":
            whites.append(white)
    left, top = look.location.x + x + ink.box[0], look.location.y + y + ink.box[1]
    return Measured(
        (left, top, *ink.box[2:]),
        tall,
        tuple(contrasts),
        measure.shapes(ink, lines),
        float(np.median(whites)) if whites else None,
    )


def found_in(judge: Judge, checks: Sequence[Check], measured: Measured | None) -> tuple[FoundMention, ...]:
    """One for each stretch of time. A text that does not read as planned, that nobody can read or that may be seen
    through is no disclosure: it is told as a `mention`, for a person to look at."""
    status = {check.id: check.status for check in checks}
    is_read = (
        status["mention.wording"] is Status.PASS
        and status.get("mention.second_reading") is not Status.FAIL
        and status.get("mention.opaque") in (None, Status.PASS)
    )
    tall = measured.x_height if measured and measured.x_height else 0.0
    ratio = float(np.median(measured.contrasts)) if measured and measured.contrasts else 0.0
    is_legible = tall >= LEGIBLE_X_HEIGHT and ratio >= LEAST_CONTRAST
    kind = "phrase"
    if isinstance(judge, ImageJudge) and not judge.plan.lines:
        kind, is_legible = "icon", judge.is_legible
    return tuple(
        FoundMention.model_validate(
            {
                "class": kind if is_read and is_legible else "mention",
                "text": judge.plan.text,
                "language": judge.plan.language,
                "track": judge.plan.track,
                "box": measured.box if measured else judge.box_found(),
                "from": round(float(start), 6),
                "to": round(float(end), 6),
            }
        )
        for start, end in judge.times
    )
