"""The contract of the mention: from a preset's rules to exact lines, sizes and a box, and to the drawing of it.

The writer burns what `draw` gives; the reader uses it only to find the text and to know its letters.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from labeler.errors import FrameTooSmall, PlanError, PresetError, SourceRejected
from labeler.language import decimal, say
from labeler.layers.mention import overlay as images
from labeler.layers.mention.drawing import PLATE_OPACITY, Drawing, Layout, lay_out, plate_opacity, render, softened
from labeler.layers.mention.font import Font, font_for, require_glyphs
from labeler.layers.mention.hdr import WHITE_SIGNAL
from labeler.layers.mention.overlay_colour import in_colours_of
from labeler.media.picture import PictureFormat
from labeler.rules.plan import Box, Interval, MentionPlan, OverlayPlan, SizeOf, round_up
from labeler.rules.preset import KeepOut, MentionRules, Number, Size
from labeler.rules.preset import Layout as Place

GRID = 4
"""Boxes begin and end on multiples of this, so that no chroma sample lies half in (4:2:0) where it can be kept."""
LEAST_FONT_SIZE = 8
SMALL_INK = 0.5
"""Share of the tallest ink below which a letter's height is not what the size of a text is measured by."""
MEASURED = 1024
"""Letters by font and size whose heights are kept: a batch sets the same few again and again."""
SIZE_MARGIN = 0.8
"""Pixels by which the letters are set taller than asked: measured from pixels they read up to 0.5 px lower."""
PLATE_CONTRAST = 8.6
"""White on 70 % black over white, WCAG 2.2 relative luminance: the worst case of the plate."""
CONTRAST_MARGIN = 5.5 / 4.5
"""What is aimed at before encoding, over what is asked: CRF 28 keeps 0.85 of it in the worst 5 % (measured)."""


@dataclass(frozen=True)
class Frame:
    """What players show of a display-oriented frame: width and height in its own pixels, the width / height of one of
    them, and where it begins in the whole frame (a clean aperture)."""

    width: int
    height: int
    pixel_aspect: Fraction
    x: int = 0
    y: int = 0

    @property
    def aspect(self) -> Fraction:
        return self.width * self.pixel_aspect / self.height

    @property
    def short_side(self) -> float:
        """In pixel heights: what the x-height is a share of, where the preset does not name the height."""
        return min(float(self.width * self.pixel_aspect), float(self.height))


def display_aspect_of_pixels(format: PictureFormat) -> Fraction:
    """Width / height of a pixel once the display matrix has turned the frame."""
    return 1 / format.sar if format.rotation in (90, 270) else format.sar


def frame_of(format: PictureFormat) -> Frame:
    x, y, width, height = format.shown_area
    return Frame(width, height, display_aspect_of_pixels(format), x, y)


def plan_mention(
    rules: MentionRules,
    *,
    language: str,
    track: int,
    format: PictureFormat,
    duration: Fraction,
    intervals: tuple[Interval, ...],
    programme: Interval | None = None,
) -> MentionPlan:
    """Resolve a preset's mention for one video track: text, wrapping, size, box.

    Raises PresetError (no text in this language, a character without glyph, a contrast that no plate reaches, an
    overlay that promises too little), SourceRejected (no layout for this shape of frame), FrameTooSmall (saying by how
    much).
    """
    text, frame = text_in(rules, language), frame_of(format)
    place = place_for(rules.layout, frame)
    safe = safe_area(place.keep_out, frame)
    times = {"intervals": intervals, "programme": programme}
    common = {"track": track, "text": text, "language": language, "safe_area": safe, **times}
    overlay = None
    if rules.overlay is not None:
        needed = images.ICON_CONTRAST if rules.text else rules.contrast.value
        overlay = images.plan_overlay(rules, frame.short_side, needed)
    if overlay is not None and not rules.text:
        plan = plan_image(rules, common, frame, place.anchor, overlay)
    else:
        plan = plan_text(rules, common, frame, place.anchor, overlay)
    if overlay is not None:
        images.require_contrast(draw(plan, frame.pixel_aspect), overlay, CONTRAST_MARGIN)
    return plan


def plan_image(
    rules: MentionRules, common: dict[str, Any], frame: Frame, anchor: str, overlay: OverlayPlan
) -> MentionPlan:
    """A mention that is an image alone: it has no lines, no letters and no plate but its own."""
    image = images.standing(overlay, float(frame.pixel_aspect))
    width, height = images.box_around(image, float(frame.pixel_aspect), GRID)
    require_room((width, height), common["safe_area"], frame)
    return MentionPlan(
        **common,
        lines=(),
        mark=None,
        font_sha256="",
        font_size=0,
        x_height=0.0,
        box=placed(anchor, width, height, common["safe_area"]),
        reading_time=images.ICON_SECONDS if rules.reading_time is None else seconds_of(rules.reading_time),
        contrast=rules.contrast.value,
        overlay=overlay,
    )


def plan_text(
    rules: MentionRules, common: dict[str, Any], frame: Frame, anchor: str, overlay: OverlayPlan | None
) -> MentionPlan:
    """A mention that is set: on its plate, with the preset's mark or image before it."""
    text: str = common["text"]
    font = font_for(text + (rules.mark or ""))
    require_glyphs(font, text + (rules.mark or ""))
    require_reachable(rules)
    if rules.size is None:
        raise PresetError(say("The preset gives its text no size.", "Le préréglage ne donne pas de taille au texte."))
    asked = asked_height(rules.size, frame)
    by_ink = measured_as(rules.size) == "ink"
    size = font_size_by_ink(font, text, asked) if by_ink else font_size_for(font, asked)
    image = size_of(overlay, frame.pixel_aspect)
    layout, (width, height) = fitting(font, text, rules.mark, size, common["safe_area"], frame, image)
    return MentionPlan(
        **common,
        lines=layout.lines,
        mark=rules.mark,
        font_sha256=font.sha256,
        font_size=size,
        x_height=round(asked, 3),
        size_of=measured_as(rules.size),
        box=placed(anchor, width, height, common["safe_area"]),
        reading_time=reading_time(text) if rules.reading_time is None else seconds_of(rules.reading_time),
        contrast=rules.contrast.value,
        overlay=overlay,
    )


def asked_height(size: Size, frame: Frame) -> float:
    """Pixels that the preset asks the letters to be tall, by the unit of its size."""
    whole = float(frame.height) if size.unit == "% of height, x-height" else frame.short_side
    return max(size.value / 100 * whole, float(size.min_px))


def measured_as(size: Size) -> SizeOf:
    """What of the letters the preset's unit measures."""
    return "ink" if size.unit.endswith("ink height") else "x-height"


def seconds_of(number: Number) -> Fraction:
    return Fraction(str(number.value))


def size_of(overlay: OverlayPlan | None, pixel_aspect: Fraction) -> tuple[float, float] | None:
    """Width and height of the plan's image in square pixels."""
    if overlay is None:
        return None
    image = images.standing(overlay, float(pixel_aspect))
    return image.width, float(image.height)


def text_in(rules: MentionRules, language: str) -> str:
    """The preset's text in this language, composed (NFC); no-break spaces are kept."""
    if language not in rules.words:
        known = ", ".join(sorted(rules.words))
        raise PresetError(
            say(
                f"The preset has no text in «{language}»; it has: {known}.",
                f"Le préréglage n'a pas de texte en « {language} » ; il a : {known}.",
            ),
            remedy=say("Choose one of these with --language.", "Choisissez l'une de ces langues avec --language."),
        )
    text = unicodedata.normalize("NFC", rules.words[language]).strip(" ")
    if not text:
        raise PresetError(
            say(f"The preset's text in «{language}» is empty.", f"Le texte du préréglage en « {language} » est vide.")
        )
    return text


def require_reachable(rules: MentionRules) -> None:
    """Refuse at planning what could only fail at the gate."""
    if rules.contrast.value * CONTRAST_MARGIN > PLATE_CONTRAST:
        most = f"{decimal(PLATE_CONTRAST / CONTRAST_MARGIN, 1)}:1"
        raise PresetError(
            say(
                f"The preset asks for a contrast of {rules.contrast.value:g}:1; the plate promises {most}.",
                f"Le préréglage demande un contraste de {rules.contrast.value:g}:1 ; le cartouche promet {most}.",
            )
        )


def place_for(places: Iterable[Place], frame: Frame) -> Place:
    """The first layout whose range of aspects holds the frame as shown (after SAR)."""
    ranges = []
    for place in places:
        if place.aspect[0] <= frame.aspect <= place.aspect[1]:
            return place
        ranges.append(f"{place.aspect[0]:g}-{place.aspect[1]:g}")
    shape = f"{frame.width}x{frame.height}, {decimal(float(frame.aspect), 2)}:1"
    raise SourceRejected(
        say(
            f"The preset has no layout for this shape of picture ({shape}); it holds {', '.join(ranges)}.",
            f"Le préréglage n'a pas de mise en page pour cette image ({shape}) ; il prévoit {', '.join(ranges)}.",
        ),
        remedy=say("Choose a preset for this shape.", "Choisissez un préréglage prévu pour ce format d'image."),
    )


def safe_area(keep_out: KeepOut, frame: Frame) -> Box:
    """The part of what is shown that the margins leave, in whole display pixels of the frame, rounded inwards."""
    top, right, bottom, left = keep_out.value
    x, y = math.ceil(frame.width * left / 100), math.ceil(frame.height * top / 100)
    return (
        frame.x + x,
        frame.y + y,
        math.floor(frame.width * (1 - right / 100)) - x,
        math.floor(frame.height * (1 - bottom / 100)) - y,
    )


def font_size_for(font: Font, x_height: float) -> int:
    """The least whole em whose flat letters stand at least `x_height` + SIZE_MARGIN pixels tall, as rendered.

    Rendering may snap heights to whole pixels (hinting), so the rendered letter is asked, not the font's table alone.
    """
    size = math.ceil(x_height / font.x_height)
    while min(rendered_x_height(font, size), size * font.x_height) < x_height + SIZE_MARGIN:
        size += 1
    return size


def font_size_by_ink(font: Font, text: str, height: float) -> int:
    """The least whole em at which the ink of every letter of `text` stands at least `height` + SIZE_MARGIN pixels tall.

    Of letters and digits: a hyphen or a point is meant to be small, and so is what is less than half as tall as the
    tallest (the «一» of Chinese).
    """
    size = math.ceil(height)
    while True:
        tall = [rendered_ink(font, size, character) for character in set(text) if character.isalnum()]
        least = min((one for one in tall if one >= max(tall) * SMALL_INK), default=float(size))
        if least >= height + SIZE_MARGIN:
            return size
        size += 1


@lru_cache(maxsize=MEASURED)
def rendered_ink(font: Font, size: int, character: str) -> float:
    """Pixels from the top to the bottom of a character's ink, grey edges counted in part."""
    mask, _ = font.at(size, character).getmask2(character, mode="L")
    rows = np.asarray(mask, dtype=np.float64).reshape(mask.size[::-1]).max(axis=1) / 255
    inked = np.nonzero(rows)[0]
    return float(rows[inked[0]] + rows[inked[-1]] + inked[-1] - inked[0] - 1) if inked.size > 1 else float(inked.size)


@lru_cache(maxsize=MEASURED)
def rendered_x_height(font: Font, size: int) -> float:
    """Pixels from the base line to the flat top of the «r»: what its stem covers, grey edges counted in part."""
    mask, _ = font.at(size).getmask2("r", mode="L")
    return float((np.asarray(mask, dtype=np.float64).reshape(mask.size[::-1]).sum(axis=0) / 255).max())


def require_room(box: tuple[int, int], safe: Box, frame: Frame) -> None:
    """Raise FrameTooSmall where the safe area does not hold an image alone."""
    room = snapped(safe)[2:]
    if box[0] > room[0] or box[1] > room[1]:
        raise FrameTooSmall(
            say(
                f"The overlay needs {box[0]}x{box[1]} px; "
                f"this {frame.width}x{frame.height} frame leaves {room[0]}x{room[1]} px for it.",
                f"L'image incrustée demande {box[0]}x{box[1]} px ; "
                f"cette image de {frame.width}x{frame.height} lui laisse {room[0]}x{room[1]} px.",
            )
        )


def fitting(
    font: Font,
    text: str,
    mark: str | None,
    size: int,
    safe: Box,
    frame: Frame,
    image: tuple[float, float] | None = None,
) -> tuple[Layout, tuple[int, int]]:
    """The text on one line, else on two, with the size of its box. Raises FrameTooSmall."""
    room = snapped(safe)[2:]
    tried = []
    for lines in wrappings(text, font):
        layout = lay_out(font, lines, mark, size, image)
        box = box_size(layout, frame)
        if box[0] <= room[0] and box[1] <= room[1]:
            return layout, box
        tried.append(box)
    width, height = min(tried)
    raise FrameTooSmall(
        say(
            f"The mention «{text}» needs {width}x{height} px to be legible; "
            f"this {frame.width}x{frame.height} frame leaves {room[0]}x{room[1]} px for it.",
            f"La mention « {text} » demande {width}x{height} px pour être lisible ; "
            f"cette image de {frame.width}x{frame.height} lui laisse {room[0]}x{room[1]} px.",
        )
    )


def wrappings(text: str, font: Font) -> tuple[tuple[str, ...], ...]:
    """One line, then the most even cut in two at an ordinary space (a no-break space is never cut)."""
    cuts = [(text[:at], text[at + 1 :]) for at, character in enumerate(text) if character == " "]
    if not cuts:
        return ((text,),)
    return (text,), min(cuts, key=lambda lines: max(font.width(line) for line in lines))


def box_size(layout: Layout, frame: Frame) -> tuple[int, int]:
    """Width and height of the plate in display pixels, each a multiple of GRID."""
    width = math.ceil(layout.width / float(frame.pixel_aspect))
    return -(-width // GRID) * GRID, -(-math.ceil(layout.height) // GRID) * GRID


def snapped(safe: Box) -> Box:
    """The safe area drawn in to the grid on every side."""
    x, y = -(-safe[0] // GRID) * GRID, -(-safe[1] // GRID) * GRID
    right, bottom = (safe[0] + safe[2]) // GRID * GRID, (safe[1] + safe[3]) // GRID * GRID
    return x, y, right - x, bottom - y


def placed(anchor: str, width: int, height: int, safe: Box) -> Box:
    """The box at its anchor: on the grid, and inside the safe area."""
    x, y, across, down = snapped(safe)
    if "right" in anchor:
        left = x + across - width
    elif "left" in anchor:
        left = x
    else:
        left = x + (across - width) // 2 // GRID * GRID
    return left, (y + down - height if "bottom" in anchor else y), width, height


def reading_time(text: str) -> Fraction:
    """Seconds that a viewer needs: the longest of three rules, to the microsecond.

    2 s: GB 45438-2025. 2 s + 0.2 s a word: BCAP / Clearcast, for fewer than ten words. A fifteenth of a second a
    character: limit of French subtitles (15 characters a second).
    """
    words = sum(any(character.isalnum() for character in word) for word in text.split())
    return round_up(max(Fraction(2), 2 + Fraction(words, 5), Fraction(len(text), 15)))


def draw_for(plan: MentionPlan, format: PictureFormat) -> Drawing:
    """The drawing as it is burned into pictures of this format. Raises PlanError as `draw` does."""
    opacity = plate_opacity(WHITE_SIGNAL[format.transfer])
    drawing = in_colours_of(draw(plan, display_aspect_of_pixels(format), opacity), format)
    return softened(drawing, rotation=format.rotation) if format.is_interlaced else drawing


def draw(plan: MentionPlan, sar: Fraction, opacity: float = PLATE_OPACITY) -> Drawing:
    """The mark as it is burned: RGBA of the plan's box in display orientation.

    sar: width / height of a pixel in display orientation (`display_aspect_of_pixels`); the mark is laid out in
    square pixels and squeezed by it. opacity: of the plate, 0 to 1. Raises PlanError where the plan was made with
    another font, does not fit, or its image is not at hand.
    """
    if plan.overlay is not None and not plan.lines:
        return images.draw_alone(plan, plan.overlay, float(sar))
    image = images.standing(plan.overlay, float(sar)) if plan.overlay is not None else None
    font = font_for("".join(plan.lines) + (plan.mark or ""))
    if plan.font_sha256 != font.sha256:
        raise PlanError(
            say(
                f"The plan was made with another font ({plan.font_sha256[:12]}) than this labeler has.",
                f"Le plan a été fait avec une autre police ({plan.font_sha256[:12]}) que celle de ce labeler.",
            )
        )
    if not 1 <= len(plan.lines) <= 2 or " ".join(plan.lines) != plan.text or plan.font_size < LEAST_FONT_SIZE:
        raise PlanError(
            say(
                f"The lines or the size of the plan's mention «{plan.text}» make no sense.",
                f"Les lignes ou le corps de la mention « {plan.text} » du plan n'ont pas de sens.",
            )
        )
    require_glyphs(font, "".join(plan.lines) + (plan.mark or ""))
    layout = lay_out(font, plan.lines, plan.mark, plan.font_size, (image.width, image.height) if image else None)
    width, height = plan.box[2:]
    if layout.width > width * float(sar) + 0.01 or layout.height > height + 0.01:
        raise PlanError(
            say(
                f"The plan's box of {width}x{height} px does not hold its text «{plan.text}».",
                f"Le cadre de {width}x{height} px du plan ne contient pas son texte « {plan.text} ».",
            )
        )
    return render(font, layout, (width, height), float(sar), image.rgba if image else None, opacity)
