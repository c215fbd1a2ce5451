"""Lines of text in parts of a picture, each read whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from labeler.layers.mention.blind.standing import WHOLE, Part, place_of, size_of
from labeler.layers.mention.recogniser import Recogniser
from labeler.layers.mention.wording import Line

SMALL = 0.15
"""Share of a picture up to which a part is read at full size, since that costs no more than all of it reduced."""
LEAST_LETTERS = 2
"""Of a line that may go on; a letter alone is what the models see in a face or a window."""
EDGE = 2
"""Pixels from the edge of what was read, within which a line may have been cut."""


def lines_in(
    pixels: np.ndarray, parts: tuple[Part, ...], reader: Recogniser
) -> tuple[tuple[Part, ...], tuple[Line, ...], tuple[Line, ...]]:
    """The parts of a picture that were read: more than these, where a line went on beyond; their lines; and the lines
    in them whose letters are unknown."""
    for asked in (parts, bands(parts)):
        lines = uncut_in(pixels, asked, reader)
        if lines is not None:
            return asked, *apart(lines)
    return WHOLE, *apart(reader.lines(pixels))


def apart(lines: Sequence[Line]) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """Those that were read, and those whose letters are unknown."""
    return tuple(line for line in lines if line.text), tuple(line for line in lines if not line.text)


def bands(parts: Sequence[Part]) -> tuple[Part, ...]:
    """The same rows from edge to edge, those that touch joined."""
    found: list[Part] = []
    for _, top, _, bottom in sorted(parts, key=lambda part: part[1]):
        if found and top <= found[-1][3]:
            top, bottom = found[-1][1], max(bottom, found[-1][3])
            found.pop()
        found.append((0.0, top, 1.0, bottom))
    return tuple(found)


def uncut_in(pixels: np.ndarray, parts: Sequence[Part], reader: Recogniser) -> tuple[Line, ...] | None:
    """The lines of these parts; None where one of them may go on beyond."""
    found: list[Line] = []
    for part in parts:
        lines = lines_of(pixels, part, reader)
        if any(is_cut(line, part, pixels.shape) for line in lines):
            return None
        found += lines
    return tuple(found)


def lines_of(pixels: np.ndarray, part: Part, reader: Recogniser) -> list[Line]:
    """The lines of one part, in pixels of the whole."""
    rows, columns = place_of(part, pixels.shape)
    piece = np.ascontiguousarray(pixels[rows, columns])
    share = 1.0 if size_of(part) <= SMALL else max(piece.shape[:2]) / max(pixels.shape[:2])
    return [moved(line, columns.start, rows.start) for line in reader.lines(piece, share=share)]


def moved(line: Line, right: int, down: int) -> Line:
    x, y, width, height = line.box
    return replace(line, box=(x + right, y + down, width, height))


def is_cut(line: Line, part: Part, shape: Sequence[int]) -> bool:
    """Whether a line may go on beyond the part that was read. shape: of the whole picture."""
    rows, columns = place_of(part, shape)
    (x, y, width, height), (left, top, right, bottom) = line.box, part
    return len(line.text) >= LEAST_LETTERS and (
        (left > 0 and x <= columns.start + EDGE)
        or (top > 0 and y <= rows.start + EDGE)
        or (right < 1 and x + width >= columns.stop - EDGE)
        or (bottom < 1 and y + height >= rows.stop - EDGE)
    )
