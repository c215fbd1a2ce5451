"""Which way a video is rendered: the one that changes least, of those that fit the source and lose nothing of it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

from labeler.errors import SourceUnsupported
from labeler.language import say
from labeler.media.accept import accept, keeps_alpha, reasons_to_refuse
from labeler.media.inventory import Inventory
from labeler.media.job import Job
from labeler.media.rendering import Declined, Mode, NotThisWay, Rendering, Way
from labeler.media.splice.alpha import UNDER_MENTION
from labeler.media.ways import wording
from labeler.media.ways.table import ways_for
from labeler.media.ways.way import Prepared

logger = logging.getLogger("labeler")
MOST = 0.6
"""Share of the pictures above which coding them all again costs little more, and is plainer (a choice of labeler)."""
ALLOWED: dict[Mode, frozenset[Way]] = {
    "auto": frozenset({"copy", "splice", "in_place", "smart", "full"}),
    "smart": frozenset({"copy", "splice", "in_place", "smart"}),
    "full": frozenset({"full"}),
}


def choose(job: Job) -> Rendering:
    """How this job would be rendered, without rendering it. Raises SourceUnsupported where no way is left."""
    declined: list[Declined] = []
    for prepared in prepared_ways(job, declined):
        return told(prepared, job, declined)
    raise AssertionError("`prepared_ways` ends with an error")


def told(prepared: Prepared, job: Job, declined: list[Declined]) -> Rendering:
    return prepared.rendering.model_copy(update={"mode": job.mode, "declined": tuple(dict.fromkeys(declined))})


def prepared_ways(job: Job, declined: list[Declined]) -> Iterator[Prepared]:
    """Each way that fits, best first; why the others do not is added to `declined`, by whoever tries one in vain too.

    Raises SourceUnsupported after the last.
    """
    for way, keeps_boxes, prepare in ways_for(job):
        if way not in ALLOWED[job.mode]:
            continue
        try:
            prepared = prepare(job)
            refuse_most(prepared.rendering, job)
            refuse_loss(job, way, keeps_boxes=keeps_boxes)
        except NotThisWay as reason:
            declined.append(Declined(way=way, code=reason.code, about=reason.about))
            continue
        yield prepared
    logger.debug("%s: no way left: %s", job.source, ", ".join(map(str, declined)))
    raise nothing_left(job, declined)


def refuse_most(rendering: Rendering, job: Job) -> None:
    """Raises NotThisWay where so many pictures change that all may as well, if that loses nothing."""
    share = rendering.frames / max(1, rendering.total)
    if rendering.way != "smart" or job.mode == "smart" or share <= MOST:
        return
    if is_whole_in_full(job.inventory, job.source):
        raise NotThisWay("pictures.most", f"{rendering.frames}/{rendering.total}")


def refuse_loss(job: Job, way: Way, *, keeps_boxes: bool) -> None:
    """Raises NotThisWay where this way would lose something that the file carries."""
    if reasons_to_refuse(seen_as(job.inventory, keeps_boxes=keeps_boxes), job.source, way):
        raise NotThisWay("loses")


def is_whole_in_full(inventory: Inventory, source: Path) -> bool:
    """Whether nothing would be lost if every picture were coded again."""
    return not reasons_to_refuse(inventory, source, "full")


def seen_as(inventory: Inventory, *, keeps_boxes: bool) -> Inventory:
    """What a way has to keep by itself: without the old boxes around it, more."""
    if keeps_boxes or not inventory.is_rewritable:
        return inventory
    return inventory.model_copy(update={"is_rewritable": False})


def nothing_left(job: Job, declined: list[Declined]) -> SourceUnsupported:
    """Why no way is left: what a full render would lose; else what stands in the way of the one that was asked for."""
    if keeps_alpha(job.track, job.inventory) and not reasons_to_refuse(job.inventory, job.source, "splice"):
        return alpha_lost(job, declined)
    if job.mode != "smart":
        try:
            accept(job.inventory, job.source, ways=("full",))
            accept(seen_as(job.inventory, keeps_boxes=False), job.source, ways=("full",))
        except SourceUnsupported as error:
            message = f"{error} {wording.not_in_place(declined)}".rstrip()
            return SourceUnsupported(message, facts=error.facts, remedy=error.remedy, file=error.file)
    reasons = ", ".join(dict.fromkeys(map(str, declined)))
    return SourceUnsupported(
        say(
            f"{job.source} cannot be rendered in the way that was asked for ({job.mode}): {reasons}.",
            f"{job.source} ne peut pas être rendue de la façon demandée ({job.mode}) : {reasons}.",
        ),
        facts=tuple(one.code for one in declined),
        remedy=say("Use --render auto.", "Utilisez --render auto.") if job.mode != "auto" else "",
        file=str(job.source),
    )


def alpha_lost(job: Job, declined: list[Declined]) -> SourceUnsupported:
    """Of pictures with alpha, which a splice alone could keep: why it cannot be taken."""
    hidden = next((one.about for one in declined if one.code == UNDER_MENTION), None)
    if hidden is not None:
        return SourceUnsupported(
            say(
                f"{job.source} cannot be labelled: the picture is not opaque under the mention, which would not be "
                f"wholly seen once it is laid over others. Seen at frame {hidden}.",
                f"{job.source} ne peut pas être étiquetée : l'image n'est pas opaque sous la mention, qui ne se "
                f"verrait pas entièrement une fois posée sur d'autres. Constaté à l'image {hidden}.",
            ),
            facts=(UNDER_MENTION,),
            remedy=say(
                "Label the composited film, or make the picture opaque where the mention stands (labeler preview shows "
                "where), or use a preset with another place or time for it.",
                "Étiquetez le film composité, ou rendez l'image opaque là où se tient la mention (labeler preview "
                "montre où), ou prenez un préréglage qui la place ailleurs ou à un autre moment.",
            ),
            file=str(job.source),
        )
    reasons = ", ".join(dict.fromkeys(str(one) for one in declined if one.way == "splice"))
    asked = say("--render full was asked for", "--render full a été demandé")
    because = asked if job.mode == "full" else reasons
    return SourceUnsupported(
        say(
            f"{job.source} cannot be labelled without a loss. Track {job.track.index} carries transparency (alpha), "
            f"which only a splice keeps, and it cannot be taken here: {because}.",
            f"{job.source} ne peut pas être étiquetée sans perte. La piste {job.track.index} porte de la transparence "
            f"(alpha), que seul un splice conserve, et il n'est pas possible ici : {because}.",
        ),
        facts=("alpha", *dict.fromkeys(one.code for one in declined if one.way == "splice")),
        remedy=say("Use --render auto.", "Utilisez --render auto.")
        if job.mode == "full"
        else say(
            "Export it without transparency, or as ProRes 4444 by another program.",
            "Exportez-la sans transparence, ou en ProRes 4444 par un autre programme.",
        ),
        file=str(job.source),
    )
