"""Clips with a burned mention for the tests of layer `mention`: every picture follows from arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

from labeler.layers.mention import typeset
from labeler.layers.mention.burn import painter
from labeler.layers.mention.read import read
from labeler.media.frames import FrameReader, Learnt, planes
from labeler.media.picture import Picture, PictureFormat, Transfer
from labeler.rules.plan import Interval, MentionPlan
from labeler.rules.preset import KeepOut, Layout, MentionRules, Number, OverlaySize, Size, Timing
from labeler.verdict import LayerReading, Status
from tests.overlays import overlay

FONT = Path(__file__).parents[2] / "labeler" / "layers" / "mention" / "fonts" / "Inter-SemiBold.otf"
FR = "Contenu généré ou assisté par IA"
EN = "AI-generated or AI-assisted content"
RATE = 5
FRAMES = 20
RULE = {"source": "a test", "checked_at": date(2026, 11, 23), "confidence": "choice"}

Spoil = Callable[[Picture], None]


def rules(
    *,
    anchor: str = "top-right",
    keep_out: tuple[float, float, float, float] = (5, 5, 5, 5),
    mark: str | None = "AI",
    percent: float = 2.2,
    text: dict[str, str] | None = None,
    aspect: tuple[float, float] = (0.2, 5),
    contrast: float = 4.5,
    unit: str = "% of short side, x-height",
) -> MentionRules:
    return MentionRules.model_validate(
        {
            "text": text or {"fr": FR, "en": EN},
            "mark": mark,
            "size": Size(value=percent, unit=unit, **RULE),
            "contrast": Number(value=contrast, **RULE),
            "layout": (Layout(aspect=aspect, anchor=anchor, keep_out=KeepOut(value=keep_out, **RULE)),),
            "timing": Timing(
                persistent_up_to=Number(value=180, **RULE),
                hold=Number(value=10, **RULE),
                repeat_every=Number(value=300, **RULE),
            ),
        }
    )


VERTICAL = rules(anchor="top-left", keep_out=(15, 17.8, 35, 6.1))
"""The union of the platforms' safe zones on 1080x1920: [288, 192, 672, 65] px."""


def overlay_rules(
    image: Image.Image | None = None, *, text: str | None = None, percent: float = 6.0, anchor: str = "top-right"
) -> MentionRules:
    """An overlay alone, or beside a text."""
    beside = {"text": {"fr": text}, "size": Size(value=2.2, **RULE)}
    given = rules(anchor=anchor)
    return MentionRules.model_validate(
        {
            "overlay": overlay(image),
            "overlay_size": OverlaySize(value=percent, **RULE),
            "contrast": Number(value=4.5 if text else 3.0, **RULE),
            "layout": given.layout,
            "timing": given.timing,
            **(beside if text else {"overlay_text": {"fr": "Généré par IA", "en": "AI-generated"}}),
        }
    )


def shape(
    width: int,
    height: int,
    *,
    bits: int = 8,
    subsampling: tuple[int, int] = (2, 2),
    matrix: str = "bt709",
    full_range: bool = False,
    rotation: int = 0,
    sar: Fraction = Fraction(1),
    transfer: Transfer = "sdr",
    is_interlaced: bool = False,
) -> PictureFormat:
    return PictureFormat(width, height, bits, subsampling, matrix, full_range, rotation, sar, transfer, is_interlaced)


def interval(start: Fraction | int, end: Fraction | int) -> Interval:
    return Interval.model_validate({"from": Fraction(start), "to": Fraction(end)})


def planned(
    format: PictureFormat,
    given: MentionRules | None = None,
    *,
    language: str = "fr",
    intervals: tuple[Interval, ...] | None = None,
    duration: Fraction = Fraction(FRAMES, RATE),
) -> MentionPlan:
    return typeset.plan_mention(
        given or rules(),
        language=language,
        track=0,
        format=format,
        duration=duration,
        intervals=intervals or (interval(0, duration),),
    )


def scene(number: int, format: PictureFormat) -> tuple[np.ndarray, ...]:
    """Stored planes of picture `number`: a bright gradient that drifts by 5 pixels, bars, and grain of fixed seed."""
    across, down = np.meshgrid(np.arange(format.width) + 5 * number, np.arange(format.height))
    grain = np.random.default_rng(number).normal(0, 4, across.shape)
    luma = (
        60 + 140 * np.abs(np.sin(across / 97)) * (down / format.height * 0.5 + 0.5) + 25 * ((across // 40) % 2) + grain
    )
    step = 2 ** (format.bits - 8)
    kind = np.uint8 if format.bits == 8 else np.uint16
    small = np.s_[:: format.subsampling[1], :: format.subsampling[0]]
    blue, red = 118 + 20 * np.sin(down[small] / 61), 134 + 12 * np.cos(across[small] / 83)
    return tuple((np.clip(plane, 16, 235) * step).astype(kind) for plane in (luma, blue, red))


def burned_picture(number: int, format: PictureFormat, paint: Spoil | None = None, rate: int = RATE) -> Picture:
    picture = Picture(scene(number, format), format, Fraction(number, rate), number, number == 0)
    if paint is not None:
        paint(picture)
    return picture


PIXEL_FORMATS = {(8, (2, 2)): "yuv420p", (8, (2, 1)): "yuv422p", (8, (1, 1)): "yuv444p", (10, (2, 2)): "yuv420p10le"}


def make(
    path: Path,
    plans: tuple[MentionPlan, ...],
    format: PictureFormat,
    *,
    crf: int = 18,
    frames: int = FRAMES,
    spoil: Spoil | None = None,
    codec: str = "libx264",
    gop: int = 8,
) -> Path:
    """Encode the scene with its mentions burned, and then spoiled where a test asks for it."""
    paint = painter(plans, format)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=RATE)
        stream.width, stream.height = format.width, format.height
        stream.pix_fmt = PIXEL_FORMATS[format.bits, format.subsampling]
        stream.options = {"crf": str(crf), "preset": "ultrafast", "g": str(gop)}
        if codec == "libx265":
            stream.options |= {"x265-params": "log-level=none"}
        for number in range(frames):
            picture = burned_picture(number, format, paint)
            if spoil is not None:
                spoil(picture)
            frame = av.VideoFrame(format.width, format.height, stream.pix_fmt)
            for target, plane in zip(planes(frame, writable=True), picture.planes, strict=True):
                target[...] = plane
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def read_clip(path: Path, plan: MentionPlan, format: PictureFormat) -> LayerReading:
    with FrameReader(path, 0, Learnt(format), threads=1) as frames:
        return read(frames, plan)


def statuses(reading: LayerReading) -> dict[str, Status]:
    return {check.id.removeprefix("mention."): check.status for check in reading.checks}


def failed(reading: LayerReading) -> set[str]:
    """The checks that are no pass, with their messages in the report of a failing test."""
    for check in reading.checks:
        print(check.id, check.status, check.measured, check.message)
    return {name for name, status in statuses(reading).items() if status is not Status.PASS}
