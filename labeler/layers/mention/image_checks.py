"""What the reader says of an overlay image: alone, or with the text that stands beside it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np

from labeler.language import decimal, say
from labeler.layers.mention import colour, extent, likeness, typeset
from labeler.layers.mention import overlay as images
from labeler.layers.mention.checks import GLYPH, STROKE_LOST, TIME_RULE, WHITE_RULE, Judge
from labeler.layers.mention.evidence import WINDOW, offset_of, spread, windows
from labeler.layers.mention.extent import Seen
from labeler.layers.mention.hdr import REFERENCE_WHITE, WHITE_TOLERANCE
from labeler.layers.mention.likeness import Likeness
from labeler.layers.mention.measure import LEAST_CONTRAST, Measured
from labeler.rules.plan import OverlayPlan
from labeler.verdict import Check, Status

OURS = "labeler: the image is compared, part by part, with decoded pixels (in luma)"
SIZE_RULE = "the preset's overlay_size; proportions kept on resize (EU Code of Practice 2026-06-10, Annex 1)"
CONTRAST_RULE = "WCAG 2.2 SC 1.4.11: 3:1 for graphics"
ICON_TIME_RULE = "2 s (GB 45438-2025)"
LEGIBLE_HEIGHT = 16.0
"""Pixels below which nobody can be expected to know an image."""
STRETCHED = 0.05
"""Share by which the width may differ from the file's proportions; of small images, a pixel and a half."""
WORST_FIRST = (Status.FAIL, Status.NOT_CHECKED, Status.WARN, Status.PASS)


@dataclass(frozen=True)
class ImageJudge(Judge):
    """Judges the text as ever, and the image beside it; or the image alone."""

    @property
    def image(self) -> Likeness:
        image = self.look.template.image
        if image is None:
            raise ValueError("an ImageJudge judges a template with an image")
        return image

    @property
    def overlay(self) -> OverlayPlan:
        if self.plan.overlay is None:
            raise ValueError("an ImageJudge judges a plan with an overlay")
        return self.plan.overlay

    @property
    def corner(self) -> tuple[int, int]:
        """Where the mention's box begins in a sample's region."""
        x, y = offset_of(self.shown)
        return self.look.margin + x, self.look.margin + y

    @cached_property
    def seen(self) -> Seen | None:
        """The image as measured; None where it could not be."""
        format = self.look.frames.format
        found = extent.measure(
            self.look.median(spread(self.shown, 2 * WINDOW)),
            self.image,
            self.overlay,
            self.corner,
            float(typeset.display_aspect_of_pixels(format)),
            plate=bool(self.plan.lines),
        )
        if found is None:
            return None
        ratios = [
            extent.contrast(colour.relative_luminance(sample.parts, format), self.image, self.corner)
            for sample in self.shown
        ]
        x, y = self.look.region[:2]
        return Seen(found, found.box(x, y), tuple(ratio for ratio in ratios if ratio is not None))

    @property
    def is_legible(self) -> bool:
        seen = self.seen
        if seen is None or not seen.contrasts:
            return False
        return seen.extent.height >= LEGIBLE_HEIGHT and float(np.median(seen.contrasts)) >= LEAST_CONTRAST

    def differences(self, luma: np.ndarray) -> list[float]:
        letters = self.letter_differences(luma) if self.plan.lines else []
        return [*letters, *likeness.tile_differences(luma, self.image, *self.corner)]

    def both(self, text: Check, image: Check) -> Check:
        """One check of text and image: the worse of the two, saying what was measured of each."""
        status = min(text.status, image.status, key=WORST_FIRST.index)
        said = [check.message for check in (text, image) if check.status is status]
        return text.model_copy(
            update={
                "status": status,
                "message": " ".join(said),
                "measured": {"text": text.measured, "overlay": image.measured},
                "expected": {"text": text.expected, "overlay": image.expected},
                "source": f"{text.source}; {image.source}",
            }
        )

    def wording(self, measured: Measured | None) -> Check:
        image = self.image_wording()
        return self.both(super().wording(measured), image) if self.plan.lines else image

    def image_wording(self) -> Check:
        """Every part of the image is there and is itself, in each of several windows of time."""
        stills = [self.look.median(window) for window in windows(self.shown)]
        scored = [likeness.tile_scores(still, self.image, *self.corner) for still in stills]
        differing = [likeness.tile_differences(still, self.image, *self.corner) for still in stills]
        weakest = min(chain.from_iterable(scored), default=1.0)
        lost = max(chain.from_iterable(differing))
        facts = {
            "measured": {"correlation": round(weakest, 2), "difference": round(lost, 2)},
            "expected": {"correlation": f">= {GLYPH}", "difference": f"<= {STROKE_LOST}"},
            "source": OURS,
        }
        if weakest < GLYPH or lost > STROKE_LOST:
            worst = np.max(differing, axis=0)
            tile = self.image.tiles[int(np.argmax(worst))].name
            message = say(
                f"The overlay image does not look as planned, most at row/column {tile}: covered, altered or another.",
                f"L'image incrustée n'est pas celle prévue, surtout en ligne/colonne {tile} : "
                "masquée, altérée ou autre.",
            )
            return self.check("wording", Status.FAIL, message, **facts)
        message = say(
            f"Every part of the overlay image looks as planned ({len(self.shown)} frames).",
            f"Chaque partie de l'image incrustée est comme prévu ({len(self.shown)} images).",
        )
        return self.check("wording", Status.PASS, message, **facts)

    def size(self, measured: Measured | None) -> Check:
        image = self.image_size()
        return self.both(super().size(measured), image) if self.plan.lines else image

    def image_size(self) -> Check:
        """The image stands at least as tall as asked, in real pixels, and in its proportions."""
        least = self.overlay.least_height
        facts = {"expected": f">= {least:g}", "unit": "px, height", "source": SIZE_RULE}
        if self.seen is None:
            message = say("The overlay image could not be measured.", "L'image incrustée n'a pas pu être mesurée.")
            return self.check("size", Status.NOT_CHECKED, message, **facts)
        found = self.seen.extent
        facts["measured"] = round(found.height, 1)  # type: ignore[assignment]
        if abs(found.stretch - 1) > max(STRETCHED, 1.5 / min(found.width, found.height)):
            message = say(
                f"The overlay image stands {decimal(found.stretch, 2)} times as wide as its proportions ask.",
                f"L'image incrustée est {decimal(found.stretch, 2)} fois aussi large que ses proportions le veulent.",
            )
            return self.check("size", Status.FAIL, message, **facts)
        message = say(
            f"The overlay image is {decimal(found.height, 1)} px tall; {decimal(least, 1)} px are asked.",
            f"L'image incrustée fait {decimal(found.height, 1)} px de haut ; {decimal(least, 1)} px sont demandés.",
        )
        return self.check("size", Status.PASS if found.height >= least else Status.FAIL, message, **facts)

    def contrast(self, measured: Measured | None) -> Check:
        image = self.image_contrast()
        return self.both(super().contrast(measured), image) if self.plan.lines else image

    def image_contrast(self) -> Check:
        """The image's light parts against its dark ones: the median of all frames, and the worst."""
        least = self.overlay.contrast
        facts = {"expected": f">= {least:g}", "unit": "ratio", "source": CONTRAST_RULE}
        ratios = self.seen.contrasts if self.seen else ()
        if len(ratios) < len(self.shown):
            message = say(
                "The contrast of the overlay image could not be measured.",
                "Le contraste de l'image incrustée n'a pas pu être mesuré.",
            )
            return self.check("contrast", Status.NOT_CHECKED, message, **facts)
        usual, worst = float(np.median(ratios)), min(ratios)
        good = usual >= least and worst >= min(LEAST_CONTRAST, least)
        message = say(
            f"The contrast inside the overlay image is {decimal(usual, 1)}:1 (median of {len(ratios)} frames), "
            f"{decimal(worst, 1)}:1 at worst.",
            f"Le contraste dans l'image incrustée est de {decimal(usual, 1)}:1 (médiane de {len(ratios)} images), "
            f"{decimal(worst, 1)}:1 au pire.",
        )
        status = Status.PASS if good else Status.FAIL
        return self.check("contrast", status, message, measured=round(usual, 1), **facts)

    def white(self, measured: Measured | None) -> Check:
        """In HDR: the light parts shine as bright as their colour should beside a white of graphics."""
        if self.plan.lines:
            return super().white(measured)
        expected, brightest = self.light_asked(), brightest_of(self.image.luma, self.image.tones[0])
        shone = [
            float(np.median(self.image.cut(light, *self.corner)[brightest]))
            for light in (colour.relative_luminance(sample.parts, sample.format) for sample in self.shown)
            if brightest.any()
        ]
        facts = {"expected": f"{expected * REFERENCE_WHITE:.0f}", "unit": "cd/m2", "source": WHITE_RULE}
        if self.seen is None or not shone or expected <= 0:
            message = say("The white could not be measured.", "Le blanc n'a pas pu être mesuré.")
            return self.check("white", Status.NOT_CHECKED, message, **facts)
        usual = float(np.median(shone))
        message = say(
            f"The light parts of the overlay image shine at {usual * REFERENCE_WHITE:.0f} cd/m2; "
            f"{expected * REFERENCE_WHITE:.0f} are asked in HDR.",
            f"Les parties claires de l'image incrustée brillent à {usual * REFERENCE_WHITE:.0f} cd/m2 ; "
            f"{expected * REFERENCE_WHITE:.0f} sont demandés en HDR.",
        )
        status = Status.PASS if abs(usual / expected - 1) <= WHITE_TOLERANCE else Status.FAIL
        return self.check("white", status, message, measured=round(usual * REFERENCE_WHITE, 1), **facts)

    def light_asked(self) -> float:
        """What the brightest parts should shine at by the image's own file, 1 for a white of graphics: the median."""
        drawing = typeset.draw(self.plan, typeset.display_aspect_of_pixels(self.look.frames.format))
        rgba = images.part_of(drawing) / 255
        light = images.luminance(rgba[..., :3] * rgba[..., 3:])
        brightest = brightest_of(light, images.two_tones(rgba)[0])
        return float(np.median(light[brightest])) if brightest.any() else 0.0

    def reading_time(self) -> Check:
        found = super().reading_time()
        return found.model_copy(update={"source": TIME_RULE if self.plan.lines else ICON_TIME_RULE})


def brightest_of(light: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The brighter half inside a mask: the edges of thin strokes are dimmer than their colour."""
    if not mask.any():
        return mask
    return np.asarray(mask & (light >= np.median(light[mask]) - 1e-6))
