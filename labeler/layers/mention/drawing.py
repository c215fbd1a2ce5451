"""How a mention looks: white letters on a black plate with round corners, framed capitals or an image beside them.

Measures are in em of the text, in square pixels. They are choices of ours; what rules ask for (the height of the
letters, the contrast) is decided in `typeset`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageDraw

from labeler.layers.mention.font import Font

PLATE_OPACITY = 0.70  # 60 % is the least that gives white text 4.5:1 over white (5.7:1); 70 % gives 8.6:1
PAD_ACROSS = 0.62
PAD_DOWN = 0.46  # from the top of the capitals, and from the last base line
PLATE_RADIUS = 0.36
LEADING = 1.34
MARK_GAP = 0.46
MARK_MARGIN = 0.24  # between the frame of the mark and the edge of the plate
MARK_HEIGHTS = {1: 1.30, 2: 1.78}  # outer height of the frame, by lines of text
MARK_LETTERS = 0.54  # height of its capitals, of its outer height
MARK_STROKE = 0.075
MARK_RADIUS = 0.22
OVERSAMPLING = 4  # of letters that are squeezed


@dataclass(frozen=True)
class Glyph:
    """One printed character. box: [x, y, width, height] of its ink in pixels of the drawing, rounded outwards."""

    character: str
    box: tuple[int, int, int, int]
    is_mark: bool


@dataclass(frozen=True)
class Drawing:
    """rgba: shape (height, width, 4), uint8, straight alpha. baselines: y of each line. mark: box of the frame.
    overlay: that of the image."""

    rgba: np.ndarray
    glyphs: tuple[Glyph, ...]
    baselines: tuple[int, ...]
    mark: tuple[int, int, int, int] | None
    overlay: tuple[int, int, int, int] | None = None


@dataclass(frozen=True)
class Layout:
    """Sizes in square pixels, before any rounding: of the whole, of the mark's frame or the image in its place, of the
    text block."""

    lines: tuple[str, ...]
    mark: str | None
    size: int
    width: float
    height: float
    text_width: float
    mark_width: float
    mark_height: float


@dataclass(frozen=True)
class Placed:
    """A character to print with its base line's left end, in square pixels, at an em of `size`."""

    character: str
    x: float
    baseline: float
    size: float
    is_mark: bool


def lay_out(
    font: Font, lines: tuple[str, ...], mark: str | None, size: int, image: tuple[float, float] | None = None
) -> Layout:
    """Measure the mark for these lines at an em of `size` pixels. image: width and height of one in its place."""
    text_width = max(font.width(line) for line in lines)
    text_height = font.cap_height + (len(lines) - 1) * LEADING
    mark_height = MARK_HEIGHTS[min(len(lines), 2)] if mark else 0.0
    mark_width = 0.0
    if image:
        mark_width, mark_height = image[0] / size, image[1] / size
    elif mark:
        letters = mark_letters(font, mark_height)
        mark_width = max(mark_height, font.width(mark) * letters + 0.40 * mark_height)
    return Layout(
        lines=lines,
        mark=mark,
        size=size,
        width=(2 * PAD_ACROSS + text_width + (mark_width + MARK_GAP if mark_width else 0)) * size,
        height=max(text_height + 2 * PAD_DOWN, mark_height + 2 * MARK_MARGIN if mark_width else 0) * size,
        text_width=text_width * size,
        mark_width=mark_width * size,
        mark_height=mark_height * size,
    )


def mark_letters(font: Font, mark_height: float) -> float:
    """The em of the mark's capitals, in em of the text."""
    return mark_height * MARK_LETTERS / font.cap_height


def plate_opacity(white: float) -> float:
    """How opaque the plate is where white letters stand at this share of the range of codes (1 in SDR; in HDR less).

    The picture may use the whole range, so what shines through is held to the same share of the letters' own height in
    codes: 83 % in PQ, 78 % in HLG. With 70 % the ground under small letters moved by half of it (measured on bars).
    """
    return 1 - (1 - PLATE_OPACITY) * white


def render(
    font: Font,
    layout: Layout,
    box: tuple[int, int],
    aspect: float,
    image: np.ndarray | None = None,
    opacity: float = PLATE_OPACITY,
) -> Drawing:
    """Draw into a box of (width, height) display pixels, each `aspect` times as wide as high.

    image: RGBA 0-1 of what stands in place of the mark, at its size in display pixels.
    """
    width, height = box
    square = width * aspect
    left = (square - layout.width) / 2 + PAD_ACROSS * layout.size
    frame = (left, (height - layout.mark_height) / 2, layout.mark_width, layout.mark_height)
    printed, baselines = place(font, layout, left, height)
    ink = letters(font, printed, box, aspect)
    ink = np.maximum(ink, ring(frame, layout, box, aspect)) if layout.mark else ink
    plate = rounded(0, 0, square, height, PLATE_RADIUS * layout.size, box, aspect) * opacity
    alpha = ink + (1 - ink) * plate
    grey = np.divide(ink, alpha, out=np.ones_like(ink), where=alpha > 0)
    rgba = np.repeat(grey[..., None], 4, axis=2)
    rgba[..., 3] = alpha
    overlay = None
    if image is not None:
        overlay = (round(frame[0] / aspect), round(frame[1]), image.shape[1], image.shape[0])
        rgba = laid_over(rgba, image, *overlay[:2])
    return Drawing(
        rgba=as_bytes(rgba),
        glyphs=tuple(glyph_of(font, item, box, aspect) for item in printed if not item.character.isspace()),
        baselines=tuple(baselines),
        mark=outwards(frame[0], frame[1], *ends(frame), box, aspect) if layout.mark else None,
        overlay=overlay,
    )


def softened(drawing: Drawing, *, rotation: int) -> Drawing:
    """The drawing for interlaced pictures: its horizontal edges spread over three rows of the stored frame.

    An edge that stands in one field alone flickers at half the frame rate («twitter»). Columns of ink stay as sharp as
    they are; nothing grows beyond the box.
    """
    rgba = drawing.rgba.astype(np.float64)
    premultiplied = np.concatenate([rgba[..., :3] * rgba[..., 3:] / 255, rgba[..., 3:]], axis=2)
    axis = 1 if rotation in (90, 270) else 0
    padded = np.pad(premultiplied, [(1, 1) if number == axis else (0, 0) for number in range(3)])
    length = premultiplied.shape[axis]
    before, here, after = (np.take(padded, range(start, start + length), axis=axis) for start in range(3))
    soft = (before + 2 * here + after) / 4
    alpha = soft[..., 3:]
    soft[..., :3] = np.divide(soft[..., :3] * 255, alpha, out=np.zeros_like(soft[..., :3]), where=alpha > 0)
    return replace(drawing, rgba=np.rint(np.clip(soft, 0, 255)).astype(np.uint8))


def laid_over(under: np.ndarray, image: np.ndarray, left: int, top: int) -> np.ndarray:
    """`image` over a part of `under`; both straight alpha, 0-1."""
    down, across = image.shape[:2]
    result = under.copy()
    part = result[top : top + down, left : left + across]
    image = image[: part.shape[0], : part.shape[1]]
    alpha, below = image[..., 3:], part[..., 3:] * (1 - image[..., 3:])
    whole = alpha + below
    colour = image[..., :3] * alpha + part[..., :3] * below
    part[..., :3] = np.divide(colour, whole, out=np.ones_like(colour), where=whole > 0)
    part[..., 3:] = whole
    return result


def as_bytes(rgba: np.ndarray) -> np.ndarray:
    return np.asarray(np.rint(np.clip(rgba, 0, 1) * 255), dtype=np.uint8)


def ends(frame: tuple[float, float, float, float]) -> tuple[float, float]:
    return frame[0] + frame[2], frame[1] + frame[3]


def place(font: Font, layout: Layout, left: float, height: int) -> tuple[list[Placed], list[int]]:
    """Every character of the mark and of the lines with its place; base lines lie on whole pixels."""
    size = layout.size
    printed: list[Placed] = []
    if layout.mark:
        em = mark_letters(font, layout.mark_height / size) * size
        start = left + (layout.mark_width - font.width(layout.mark) * em) / 2
        baseline = round(height / 2 + font.cap_height * em / 2)
        printed += run(font, layout.mark, start, baseline, em, is_mark=True)
    if layout.mark_width:
        left += layout.mark_width + MARK_GAP * size
    block = (font.cap_height + (len(layout.lines) - 1) * LEADING) * size
    first = (height - block) / 2 + font.cap_height * size
    baselines = [round(first + number * LEADING * size) for number in range(len(layout.lines))]
    for line, baseline in zip(layout.lines, baselines, strict=True):
        printed += run(font, line, left, baseline, size, is_mark=False)
    return printed, baselines


def run(font: Font, text: str, x: float, baseline: float, size: float, *, is_mark: bool) -> list[Placed]:
    printed = []
    for character in text:
        printed.append(Placed(character, x, baseline, size, is_mark))
        x += font.advances[ord(character)] * size
    return printed


def letters(font: Font, printed: list[Placed], box: tuple[int, int], aspect: float) -> np.ndarray:
    """Coverage 0-1 of the characters, shape (height, width). Squeezed letters are drawn larger and averaged down."""
    width, height = box
    scale = 1 if aspect == 1 else OVERSAMPLING
    image = Image.new("L", (math.ceil(width * aspect * scale), height * scale))
    pen = ImageDraw.Draw(image)
    for item in printed:
        pen.text(
            (item.x * scale, item.baseline * scale),
            item.character,
            fill=255,
            font=font.at(item.size * scale, item.character),
            anchor="ls",
        )
    if scale > 1:
        image = image.resize(box, Image.Resampling.BOX, box=(0, 0, width * aspect * scale, height * scale))
    return np.asarray(image, dtype=np.float64) / 255


def rounded(
    x: float, y: float, width: float, height: float, radius: float, box: tuple[int, int], aspect: float
) -> np.ndarray:
    """Coverage 0-1 of a rectangle with round corners, from the distance to its edge; shape (rows, columns)."""
    across = np.abs((np.arange(box[0]) + 0.5) * aspect - x - width / 2) - width / 2 + radius
    down = np.abs(np.arange(box[1]) + 0.5 - y - height / 2) - height / 2 + radius
    outside = np.hypot(np.maximum(across, 0)[None, :], np.maximum(down, 0)[:, None])
    inside = np.minimum(np.maximum(across[None, :], down[:, None]), 0)
    return np.asarray(np.clip(0.5 - (outside + inside - radius), 0, 1))


def ring(frame: tuple[float, float, float, float], layout: Layout, box: tuple[int, int], aspect: float) -> np.ndarray:
    """Coverage of the mark's frame: an outline of even width."""
    x, y, width, height = frame
    stroke = max(MARK_STROKE * height, 1.5)
    radius = MARK_RADIUS * height
    outer = rounded(x, y, width, height, radius, box, aspect)
    inner = rounded(
        x + stroke, y + stroke, width - 2 * stroke, height - 2 * stroke, max(radius - stroke, 0), box, aspect
    )
    return np.asarray(outer - inner)


def glyph_of(font: Font, item: Placed, box: tuple[int, int], aspect: float) -> Glyph:
    left, top, right, bottom = font.at(item.size, item.character).getbbox(item.character, anchor="ls")
    edges = (item.x + left, item.baseline + top, item.x + right, item.baseline + bottom)
    return Glyph(item.character, outwards(*edges, box, aspect), item.is_mark)


def outwards(
    left: float, top: float, right: float, bottom: float, box: tuple[int, int], aspect: float
) -> tuple[int, int, int, int]:
    """Edges in square pixels as a whole box [x, y, width, height] in the drawing's pixels, not beyond it."""
    x, y = max(math.floor(left / aspect), 0), max(math.floor(top), 0)
    return x, y, min(math.ceil(right / aspect), box[0]) - x, min(math.ceil(bottom), box[1]) - y
