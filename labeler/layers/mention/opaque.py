"""Whether pictures with alpha are opaque under the mention: else it may not be seen once they are laid over others."""

from __future__ import annotations

from math import floor

from labeler.language import decimal, say
from labeler.layers.mention.checks import Judge
from labeler.layers.mention.evidence import offset_of
from labeler.media.picture import PictureFormat, least_opaque
from labeler.verdict import Check, Status

RULE = "labeler: nothing may shine through the mention once the picture is laid over others (to 10 bits)"
DIGITS = 10_000


def opaque(judge: Judge) -> Check:
    """Every frame looked at that shows the mention is opaque all over its box (`least_opaque`)."""
    format = judge.look.frames.format
    x, y = offset_of(judge.shown)
    height, width = judge.look.template.luma.shape
    top, left = judge.look.margin + y, judge.look.margin + x
    lowest = [
        (int(sample.alpha[top : top + height, left : left + width].min()), sample.seconds)
        for sample in judge.shown
        if sample.alpha is not None
    ]
    asked = least_opaque(format.bits)
    facts = {"expected": f">= {share(asked, format)}", "unit": "share", "source": RULE}
    if len(lowest) < len(judge.shown):
        message = say("The transparency could not be read.", "La transparence n'a pas pu être lue.")
        return judge.check("opaque", Status.NOT_CHECKED, message, **facts)
    through = [seconds for code, seconds in lowest if code < asked]
    if through:
        first = f"{decimal(float(min(through)), 2)} s"
        message = say(
            f"{len(through)} of {len(lowest)} frames looked at are not opaque under the mention, from {first} on: it "
            "is not wholly seen once they are laid over others.",
            f"{len(through)} des {len(lowest)} images vues ne sont pas opaques sous la mention, dès {first} : elle ne "
            "se voit pas entièrement une fois qu'elles sont posées sur d'autres.",
        )
    else:
        message = say(
            f"All {len(lowest)} frames looked at are opaque under the mention.",
            f"Les {len(lowest)} images vues sont toutes opaques sous la mention.",
        )
    status = Status.FAIL if through else Status.PASS
    least = share(min(code for code, _ in lowest), format)
    return judge.check("opaque", status, message, measured=least, **facts)


def share(code: int, format: PictureFormat) -> float:
    """Of all of the light that comes from this pixel; never rounded up."""
    return floor(DIGITS * code / ((1 << format.bits) - 1)) / DIGITS
