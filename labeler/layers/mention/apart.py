"""What lies outside of the programme (slate, bars, black): looked at, so that nothing is shown there, and told.

That it is no programme is the statement of whoever labelled; no reader can tell bars from a work that shows bars.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from labeler.language import decimal, say
from labeler.layers.mention.evidence import Look, Sample
from labeler.layers.mention.sampling import MOST, Frames, between, first_from
from labeler.rules.plan import MentionPlan


def frames_apart(frames: Frames, plan: MentionPlan) -> tuple[int, ...]:
    """The frames to look at before and after the programme; none where all is programme, or where it is not believed
    and the whole video is to be labelled."""
    if plan.programme is None or not plan.is_programme_respected:
        return ()
    keys = [frames.index_at(seconds) for seconds in frames.keyframes]
    first, after = first_from(frames, plan.programme.start), first_from(frames, plan.programme.end)
    parts = ((0, first - 1), (after, frames.frame_count - 1))
    return tuple(index for begin, end in parts if begin <= end for index in between(frames, begin, end, keys, MOST))


def shown_apart(look: Look, samples: Sequence[Sample], plan: MentionPlan, apart: Sequence[int]) -> Iterator[int]:
    """The frames outside of the programme that show the mention, as does one beside it out there (to one frame)."""
    programme = plan.programme
    shows = {sample.index for sample in samples if sample.shows}
    for index in apart:
        if programme is None or index not in shows:
            continue
        beside = [near for near in (index - 1, index + 1) if 0 <= near < look.frames.frame_count]
        if any(not programme.holds(look.frames.time_of(near)) and look.shows(near) for near in beside):
            yield index


def told(plan: MentionPlan, duration: Fraction) -> str:
    """What a person must know of a programme that is stated, as a sentence; empty where all is programme."""
    programme = plan.programme
    if programme is None:
        return ""
    begin, end, left = float(programme.start), float(programme.end), duration - (programme.end - programme.start)
    stated = say(
        f" The programme is stated to be {decimal(begin, 2)}-{decimal(end, 2)} s",
        f" Le programme serait {decimal(begin, 2)}-{decimal(end, 2)} s",
    )
    share = f"{decimal(float(left), 2)} s ({round(100 * left / duration)} %)"
    if plan.is_programme_respected:
        return stated + say(
            f"; the other {share} carry no mention, and no machine can tell that they are slate, bars or black.",
            f" ; le reste, {share}, ne porte pas de mention, et aucune machine ne peut dire que c'est amorce, mire ou "
            "noir.",
        )
    return stated + say(
        f"; that would leave {share} without a mention, so it counts only where a listed signer says so.",
        f" ; {share} resteraient sans mention : cela ne compte que si un signataire de confiance le dit.",
    )
