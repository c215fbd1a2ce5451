"""A closer look at what came or went: at more pixels, and with what was there without it taken away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from labeler.layers.mention.blind.beyond import Beyond
from labeler.layers.mention.blind.ends import agreement
from labeler.layers.mention.blind.parts import LEAST_LETTERS, apart, lines_in, lines_of
from labeler.layers.mention.blind.screen import Screen, shown
from labeler.layers.mention.blind.sightings import Sighting, sightings, with_bare
from labeler.layers.mention.blind.standing import Part, place_of
from labeler.layers.mention.blind.tracks import SAME_TEXT, inside, likeness
from labeler.layers.mention.recogniser import Recogniser
from labeler.layers.mention.wording import Box, Line, classify, takes_back, texts_in
from labeler.media.picture import Picture

MID_GREY = 128
DIFFERS = 24
BESIDE = np.ones((9, 9), dtype=np.uint8)
"""Codes from which a pixel of two pictures is not the same, and what is kept around it."""
GROUND = (81, 81)
LEAST_GROUND = 0.02
"""Pixels around a place that its ground is the mean of, and their share that must be ground."""
SAME_LINE = 0.5
"""Share of a line's box in another's, from which they are the same line."""


def changed_texts(
    picture: Picture,
    without: Picture,
    parts: tuple[Part, ...],
    screen: Screen,
    reader: Recogniser,
    beyond: Beyond,
) -> tuple[Sighting, ...]:
    """The texts about AI in these parts of a picture, `without` being one that does not show what changed there."""
    here, there = shown(picture, screen), shown(without, screen)
    lines = changed_lines(here, there, parts, reader, beyond)
    return tuple(
        seen if reads_alike(there, seen, screen, reader) else with_bare(seen, without)
        for seen in sightings(lines, picture, screen)
    )


def changed_lines(
    here: np.ndarray, there: np.ndarray, parts: tuple[Part, ...], reader: Recogniser, beyond: Beyond
) -> tuple[Line, ...]:
    """The lines of these parts; where none of them discloses, with those that do once the other picture's are taken
    away."""
    parts, lines, _ = lines_in(here, parts, reader)
    lines = beyond.completed(lines, here, reader, every=True)
    if any(text.wording.kind == "phrase" for text in texts_in(lines)):
        return lines
    for view in views(here, there, parts, is_among_text=any(len(line.text) >= LEAST_LETTERS for line in lines)):
        new, _ = apart([line for part in parts for line in lines_of(view, part, reader)])
        believed = [line for line in disclosing(new, lines) if is_drawn_on(here, there, view, line.box)]
        if believed:
            rest = [line for line in lines if not any(is_same_line(line, other) for other in believed)]
            return beyond.completed((*rest, *believed), here, reader)
    return lines


def reads_alike(there: np.ndarray, seen: Sighting, screen: Screen, reader: Recogniser) -> bool:
    """Whether the other picture shows a text as well, and only its ground changed. A text of several lines does not
    read as one: it is taken to be gone."""
    x, y, width, height = screen.to_screen(seen.box)
    # Where samples are far from square, a box at the edge is rounded to one beyond it.
    left, top = min(x, there.shape[1] - 1), min(y, there.shape[0] - 1)
    text = reader.line(np.ascontiguousarray(there[top : y + height, left : x + width]))
    return likeness(text, seen.wording.text) >= SAME_TEXT


def views(here: np.ndarray, there: np.ndarray, parts: Sequence[Part], *, is_among_text: bool) -> Iterator[np.ndarray]:
    """A picture, uint8, (rows, columns, 3), without what another shows as well: the difference of the two; and, where
    other text stands, what differs on a ground without that."""
    yield difference(here, there)
    if is_among_text:
        yield on_plain_ground(here, there, parts)


def difference(picture: np.ndarray, without: np.ndarray) -> np.ndarray:
    """What a picture has more than another, on grey."""
    more = picture.astype(np.int16) - without + MID_GREY
    return np.asarray(np.clip(more, 0, 255), dtype=np.uint8)


def on_plain_ground(picture: np.ndarray, without: np.ndarray, parts: Sequence[Part]) -> np.ndarray:
    """These parts of a picture where it differs from another, the rest of them blurred."""
    plain = picture.copy()
    for part in parts:
        place = place_of(part, picture.shape)
        here = picture[place]
        differs = np.abs(here.astype(np.int16) - without[place]).max(axis=2).astype(np.uint8)
        is_new = cv2.dilate((cv2.GaussianBlur(differs, (0, 0), 1.0) >= DIFFERS).astype(np.uint8), BESIDE) > 0
        is_ground = np.where(is_new, np.float32(0), np.float32(1))
        share = cv2.blur(is_ground, GROUND)
        ground = cv2.blur(here * is_ground[..., None], GROUND) / np.maximum(share, 1e-3)[..., None]
        plain[place] = np.where((is_new | (share < LEAST_GROUND))[..., None], here, ground).astype(np.uint8)
    return plain


def disclosing(new: Sequence[Line], lines: Sequence[Line]) -> list[Line]:
    """The new lines that disclose, alone or together, unless the lines of the picture itself say otherwise."""
    found = [[new[at] for at in text.members] for text in texts_in(new) if text.wording.kind == "phrase"]
    return list(dict.fromkeys(line for members in found if not is_contrary(members, lines) for line in members))


def is_contrary(disclosure: Sequence[Line], lines: Sequence[Line]) -> bool:
    """Whether what is read in the picture itself, where only the difference discloses, takes that back: it may be the
    part of a sentence that was added last."""
    there = [classify(line.text) for line in lines if any(is_same_line(line, member) for member in disclosure)]
    is_end = disclosure[0].text[:1].islower()
    return any(takes_back(other) or (is_end and other.kind == "mention") for other in there)


def is_drawn_on(picture: np.ndarray, without: np.ndarray, view: np.ndarray, box: Box) -> bool:
    """Whether what a view of two pictures shows in a place is in the first of them, rather than in the other with light
    and dark changed."""
    x, y, width, height = box
    here, there, seen = (
        pixels[y : y + height, x : x + width].mean(axis=2, dtype=np.float32) for pixels in (picture, without, view)
    )
    return agreement(seen, here) >= agreement(-seen, there)


def is_same_line(one: Line, other: Line) -> bool:
    return max(inside(one.box, other.box), inside(other.box, one.box)) >= SAME_LINE
