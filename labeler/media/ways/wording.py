"""How a video is rendered, and why not in a better way, in the words of people."""

from __future__ import annotations

from collections.abc import Iterable

from labeler.language import say
from labeler.media.rendering import Declined, Rendering

LEAST_TOLD = frozenset(
    {"codec", "container.not_rewritable", "container.rewritable", "container", "changes.everywhere", "changes.some"}
)
"""Why a way is none for this kind of file at all: of interest to machines alone."""


def how(rendering: Rendering) -> str:
    """«smart: 147 of 1500 frames»; for a full render also why."""
    frames, total = rendering.frames, rendering.total
    if rendering.way == "copy":
        return say("copy: no frame changes", "copy : aucune image ne change")
    if rendering.way == "splice":
        return say(
            f"splice: a part of {frames} of {total} frames, their other pixels bit for bit",
            f"splice : une partie de {frames} images sur {total}, leurs autres pixels au bit près",
        )
    if rendering.way in ("smart", "in_place"):
        return say(
            f"{rendering.way}: {frames} of {total} frames", f"{rendering.way} : {frames} images sur {total}"
        )  # fmt: skip
    reasons = [why(one) for one in rendering.declined if one.code not in LEAST_TOLD]
    because = f" ({'; '.join(dict.fromkeys(reasons))})" if reasons else ""
    cut = len(rendering.segments)
    parts = say(f" in {cut} segments", f" en {cut} segments") if cut else ""
    return say(f"full: {total} frames{parts}{because}", f"full : {total} images{parts}{because}")


def not_in_place(declined: Iterable[Declined]) -> str:
    """Why pictures cannot be written over the old ones, where that could be asked of this kind of file; else empty."""
    reasons = [why(one) for one in declined if one.way == "in_place" and one.code not in LEAST_TOLD]
    told = "; ".join(dict.fromkeys(reasons))
    if not told:
        return ""
    return say(
        f"Nor can new pictures be written over the old ones: {told}.",
        f"De nouvelles images ne peuvent pas non plus prendre la place des anciennes : {told}.",
    )


def why(declined: Declined) -> str:
    """One reason. What has no sentence of its own is told by its kind and code."""
    about = declined.about
    sentences = {
        "pictures.most": say(f"most frames change: {about}", f"la plupart des images changent : {about}"),
        "pictures.fields": say("it is interlaced", "elle est entrelacée"),
        "pictures.damaged": say("a frame does not decode whole", "une image ne se décode pas entièrement"),
        "groups.no_key_at_start": say("it does not begin with a keyframe", "elle ne commence pas par une image clé"),
        "groups.open_at_start": say("no closed group of pictures", "aucun groupe d'images fermé"),
        "parameters.differ": say(
            "its parameter sets are not such as the encoder writes", "l'encodeur n'écrit pas de tels jeux de paramètres"
        ),
        "parameters.sets": say(
            "its parameter sets are not one of a sequence and one of a picture, the same for all pictures",
            "ses jeux de paramètres ne sont pas un de séquence et un d'image, les mêmes pour toutes les images",
        ),
        "encoder.slices": say(
            f"the encoder cuts its pictures into other slices: {about}",
            f"l'encodeur découpe ses images en d'autres tranches : {about}",
        ),
        "encoder.size": say(
            f"the encoder's pictures do not have the size of the old ones: {about} bytes",
            f"les images de l'encodeur n'ont pas la taille des anciennes : {about} octets",
        ),
        "fields.apart": say("its fields are coded apart", "ses trames sont codées séparément"),
        "post_check": say(f"what was made did not pass: {about}", f"ce qui fut fait n'est pas passé : {about}"),
        "alpha.under_mention": say(
            f"the picture is not opaque under the mention: frame {about}",
            f"l'image n'est pas opaque sous la mention : image {about}",
        ),
        "segments.parameters": say(
            f"segment {about} has other parameter sets than the first",
            f"le segment {about} a d'autres jeux de paramètres que le premier",
        ),
        "segments.times": say(
            f"segment {about} is of other pictures or times than the source's",
            f"le segment {about} a d'autres images ou instants que ceux de la source",
        ),
        "segments.keys": say(
            f"segment {about} does not begin with a keyframe, or has others than were told",
            f"le segment {about} ne commence pas par une image clé, ou en a d'autres qu'annoncé",
        ),
        "segments.runs": say(
            "the plan's segments are none of this source", "les segments du plan ne sont pas de cette source"
        ),
        "segments.missing": say(f"segment {about} is missing", f"le segment {about} manque"),
        "segments.cut_off": say(f"segment {about} is cut off", f"le segment {about} est coupé"),
        "loses": say("something would be lost", "quelque chose serait perdu"),
    }
    if declined.code in sentences:
        return f"{declined.way}: {sentences[declined.code]}" if declined.code == "loses" else sentences[declined.code]
    return f"{declined.way}: {declined.code} {about}".strip()
