"""Do the pictures of the output still show the source, and do they decode? Both checks of layer `media`."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import log10

import cv2
import numpy as np

from labeler.language import decimal, say
from labeler.media.frames import Fault, FrameReader
from labeler.media.picture import Picture, PictureFormat
from labeler.verdict import Check, Status

Box = tuple[int, int, int, int]
GOOD_DB = 40.0
"""Below this a picture is worth a look: only hard grain comes out so at the default quality (measured: 39.9)."""
LEAST_DB = 38.0
"""Below this it is another picture, or a spoilt one, whatever its grain."""
PADDING = 16
"""Pixels around a box where deblocking and motion vectors carry its edges outward (measured)."""
IDENTICAL_DB = 100.0
"""What equal pictures count as, so that a mean can be taken."""
BATCH = 8
"""Pictures that wait until the source is asked for theirs: one seek for each group of pictures, memory flat."""
RULE = "labeler: PSNR-Y outside the mention, padded by 16 px"


class QualityMeter:
    """Measures each output picture against the source's picture of the same time, outside the boxes.

    source: an open reader of the original track. boxes: `[x, y, width, height]` in display pixels.
    """

    def __init__(self, source: FrameReader, boxes: Iterable[Box]) -> None:
        self._source = source
        self._boxes = tuple(boxes)
        self._mask: np.ndarray | None = None
        self._waiting: dict[Fraction, Picture] = {}
        self._levels = array("d")
        self._worst = Fraction(0)
        self._unmatched: list[Fraction] = []
        self._is_other_format = False

    def see(self, picture: Picture) -> None:
        """Take one decoded picture of the output; the hook of its `FrameReader.on_picture`."""
        self._waiting[picture.seconds] = picture
        if len(self._waiting) >= BATCH:
            self._measure()

    def check(self) -> Check:
        """`media.quality`: warns below 40 dB; fails below 38 dB, or where the source has no such picture.

        Never a pass on nothing.
        """
        self._measure()
        if self._is_other_format or self._unmatched:
            return self._incomparable()
        if not self._levels:
            return self._result(
                Status.NOT_CHECKED, say("No picture was measured.", "Aucune image n'a été mesurée."), None
            )
        figures = summary(self._levels)
        least = figures["min"]
        status = Status.PASS if least >= GOOD_DB else Status.WARN if least >= LEAST_DB else Status.FAIL
        at = f"{decimal(float(self._worst), 3)} s"
        lowest, count = figures["min"], figures["frames"]
        message = say(
            f"Outside the mention, {count} pictures are at least {lowest} dB from the source's (worst at {at}).",
            f"Hors de la mention, {count} images sont à {lowest} dB au moins de celles de la source (pire à {at}).",
        )
        return self._result(status, message, figures)

    def _measure(self) -> None:
        waiting, self._waiting = self._waiting, {}
        if not waiting:
            return
        times = [seconds for seconds in waiting if seconds < self._source.duration]
        self._unmatched.extend(seconds for seconds in waiting if seconds not in times)
        for original in self._source.pictures(times):
            picture = waiting.pop(original.seconds, None)
            if picture is not None:
                self._compare(picture, original)
        self._unmatched.extend(seconds for seconds in times if seconds in waiting)

    def _compare(self, picture: Picture, original: Picture) -> None:
        if not is_comparable(picture.format, original.format):
            self._is_other_format = True
            return
        if self._mask is None:
            self._mask = mask_outside(self._boxes, picture.format)
        level = psnr(picture, original, self._mask)
        if level is None:
            return
        if not self._levels or level < min(self._levels):
            self._worst = picture.seconds
        self._levels.append(level)

    def _incomparable(self) -> Check:
        if self._is_other_format:
            message = say(
                "The output's pictures have another size, depth or transparency than the source's.",
                "Les images de la sortie n'ont pas la taille, la profondeur ou la transparence de celles de la source.",
            )
        else:
            at = ", ".join(f"{decimal(float(seconds), 3)} s" for seconds in self._unmatched[:3])
            message = say(
                f"The source has no picture at the time of {len(self._unmatched)} pictures of the output ({at}).",
                f"La source n'a pas d'image à l'instant de {len(self._unmatched)} images de la sortie ({at}).",
            )
        return self._result(Status.FAIL, message, None)

    def _result(self, status: Status, message: str, measured: dict[str, float] | None) -> Check:
        return Check(
            id="media.quality",
            layer="media",
            status=status,
            message=message,
            track=self._source.track,
            measured=measured,
            expected=f">= {GOOD_DB:g}",
            unit="dB",
            source=RULE,
        )


def check_decodes(reader: FrameReader) -> Check:
    """`media.decodes`: every picture that was asked of this reader came out whole. Nothing asked: not checked."""
    return decodes(reader.decoded, reader.faults, reader.track)


def decodes(decoded: int, faults: Sequence[Fault], track: int) -> Check:
    if faults:
        first = faults[0]
        at = "?" if first.seconds is None else f"{decimal(float(first.seconds), 3)} s"
        status, message = (
            Status.FAIL,
            say(
                f"The video does not decode whole: {len(faults)} faults, the first at {at} ({first.reason}).",
                f"La vidéo ne se décode pas entièrement : {len(faults)} défauts, le premier à {at} ({first.reason}).",
            ),
        )
    elif not decoded:
        status, message = Status.NOT_CHECKED, say("No picture was decoded.", "Aucune image n'a été décodée.")
    else:
        status, message = (
            Status.PASS,
            say(f"{decoded} pictures were decoded without a fault.", f"{decoded} images décodées sans défaut."),
        )
    return Check(
        id="media.decodes",
        layer="media",
        status=status,
        message=message,
        track=track,
        measured={"pictures": decoded, "faults": len(faults)},
        expected="no fault",
        source="labeler: what is released decodes",
    )


def is_comparable(one: PictureFormat, other: PictureFormat) -> bool:
    ours, theirs = ((it.width, it.height, it.bits, it.rotation, it.has_alpha) for it in (one, other))
    return ours == theirs


def mask_outside(boxes: Iterable[Box], format: PictureFormat) -> np.ndarray:
    """255 where pictures are compared, 0 inside the padded boxes: uint8 of the stored frame's shape."""
    width, height = format.display_size
    mask = np.full((height, width), 255, np.uint8)
    for x, y, w, h in boxes:
        mask[max(0, y - PADDING) : max(0, y + h + PADDING), max(0, x - PADDING) : max(0, x + w + PADDING)] = 0
    # Picture.luma() turns the stored frame clockwise; the mask goes the other way.
    return np.ascontiguousarray(np.rot90(mask, k=format.rotation // 90))


def psnr(picture: Picture, original: Picture, mask: np.ndarray) -> float | None:
    """PSNR of the Y planes in dB where the mask is set; None where it is set nowhere."""
    count = int(np.count_nonzero(mask))
    if count == 0:
        return None
    squares = float(cv2.norm(picture.planes[0], original.planes[0], cv2.NORM_L2SQR, mask=mask))
    if squares == 0.0:
        return IDENTICAL_DB
    peak = (1 << picture.format.bits) - 1
    return min(IDENTICAL_DB, 10 * log10(peak * peak * count / squares))


def summary(levels: Sequence[float]) -> dict[str, float]:
    """Count, minimum, 1st percentile (the lower neighbour) and mean, in dB; never rounded up over the bar."""
    values = np.asarray(levels, dtype=np.float64)
    figures = {
        "min": values.min(),
        "p1": np.percentile(values, 1, method="lower"),
        "mean": values.mean(),
    }
    return {"frames": len(values), **{name: float(np.floor(value * 100) / 100) for name, value in figures.items()}}
