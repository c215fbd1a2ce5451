"""Clips that the tests make themselves, with PyAV alone: every value in them follows from arithmetic."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from fractions import Fraction
from functools import cache, wraps
from hashlib import sha256
from pathlib import Path
from typing import Concatenate, ParamSpec

import av
import numpy as np

P = ParamSpec("P")


def picture(number: int, width: int, height: int, *, noise: float = 6.0) -> np.ndarray:
    """Frame `number` as RGB, shape (height, width, 3): a slow gradient that drifts, with fixed-seed grain."""
    across = np.linspace(40, 170, width)[None, :] + number * 0.7
    down = np.linspace(0, 60, height)[:, None]
    grain = np.random.default_rng(number).normal(0, noise, (height, width))
    luma = np.clip(across + down + grain, 0, 255)
    return np.stack([luma, np.roll(luma, 31, axis=1), 255 - luma], axis=2).astype(np.uint8)


@cache
def made_clips() -> tempfile.TemporaryDirectory[str]:
    """The folder of the clips that this process has made; it goes when the process does."""
    return tempfile.TemporaryDirectory(prefix="clips-")


def made_once(make: Callable[Concatenate[Path, P], Path]) -> Callable[Concatenate[Path, P], Path]:
    """The first clip of each process with the same arguments is made; the others are copies of it, byte for byte."""

    @wraps(make)
    def copied(path: Path, *arguments: P.args, **named: P.kwargs) -> Path:
        asked = repr((make.__name__, arguments, sorted(named.items())))
        kept = Path(made_clips().name, sha256(asked.encode()).hexdigest()).with_suffix(path.suffix)
        if not kept.exists():
            make(kept.with_stem("unfinished"), *arguments, **named).rename(kept)
        return Path(shutil.copyfile(kept, path))

    return copied


@made_once
def make_clip(
    path: Path,
    *,
    width: int = 640,
    height: int = 360,
    seconds: float = 2.0,
    rate: int = 25,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    sound: bool = True,
    tags: dict[str, str] | None = None,
    chapters: bool = False,
    captions: bool = False,
    options: dict[str, str] | None = None,
    colour: tuple[int, int, int, int] = (1, 1, 1, 1),
) -> Path:
    """A short clip whose sound is a 440 Hz sine at 48 kHz and whose pictures are `picture(n)`.

    colour: primaries, transfer, matrix (numbers of ITU-T H.273) and range that the stream says; the codes stay as they
    are, so that in PQ the brightest of them stand for 10 000 cd/m2.
    """
    frames = round(seconds * rate)
    with av.open(str(path), "w", options={"movflags": "+faststart"} if path.suffix != ".mkv" else {}) as container:
        container.metadata.update({"title": "A clip", "comment": "made by a test"} | (tags or {}))
        video = container.add_stream(codec, rate=rate)
        video.width, video.height, video.pix_fmt = width, height, pixel_format
        video.options = {"crf": "14", "preset": "ultrafast", "g": str(rate), "bf": "2"} | (options or {})
        video.time_base = Fraction(1, rate * 512)
        for field, value in zip(("color_primaries", "color_trc", "colorspace", "color_range"), colour, strict=True):
            setattr(video.codec_context, field, value)
        audio = container.add_stream("aac", rate=48000, layout="stereo") if sound else None
        if audio is not None:
            audio.metadata["language"] = "fra"
        if chapters:
            half = round(seconds * 500)
            container.set_chapters(
                [
                    {"id": 1, "start": 0, "end": half, "time_base": Fraction(1, 1000), "metadata": {"title": "One"}},
                    {
                        "id": 2,
                        "start": half,
                        "end": 2 * half,
                        "time_base": Fraction(1, 1000),
                        "metadata": {"title": "Two"},
                    },
                ]
            )
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(picture(number, width, height), format="rgb24")
            frame = frame.reformat(format=pixel_format, dst_colorspace="ITU709")
            frame.pts, frame.time_base = number, Fraction(1, rate)
            container.mux([with_caption(packet) if captions else packet for packet in video.encode(frame)])
        container.mux([with_caption(packet) if captions else packet for packet in video.encode()])
        if audio is not None:
            add_sine(container, audio, seconds)
    return path


def copy_packets(source: Path, target: Path) -> None:
    """Write a file with the packets of another as they are, by libavformat alone."""
    with av.open(str(source)) as given, av.open(str(target), "w") as copy:
        streams = [copy.add_stream_from_template(stream, opaque=True) for stream in given.streams]
        for packet in given.demux():
            if packet.size:
                packet.stream = streams[packet.stream_index]
                copy.mux(packet)


def make_alpha_clip(
    path: Path,
    alpha: Callable[[int], np.ndarray],
    *,
    width: int = 640,
    height: int = 360,
    seconds: float = 1.0,
    codec: str = "prores_ks",
    options: dict[str, str] | None = None,
) -> Path:
    """Pictures as `picture` has them at 25 a second, in ProRes 4444. alpha: of each, shape (height, width), 0-1023."""
    with av.open(str(path), "w") as container:
        video = container.add_stream(codec, rate=25)
        video.width, video.height, video.pix_fmt = width, height, "yuva444p10le"
        video.options = {"profile": "4444", "vendor": "apl0"} | (options or {})
        for number in range(round(seconds * 25)):
            frame = av.VideoFrame.from_ndarray(picture(number, width, height), format="rgb24")
            frame = frame.reformat(format="yuva444p10le", dst_colorspace="ITU709")
            plane = frame.planes[3]
            rows = np.frombuffer(plane, "<u2").reshape(height, plane.line_size // 2).copy()
            rows[:, :width] = alpha(number)
            plane.update(rows)
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(video.encode(frame))
        container.mux(video.encode())
    return path


def with_caption(packet: av.Packet) -> av.Packet:
    """The packet with one CEA-608 pair in an A/53 SEI of its own (ITU-T T.35, ATSC A/53 part 4, 6.2.3)."""
    pair = bytes([0x80 | (0x20 + (packet.pts or 0) // 512 % 64), 0x80])
    payload = b"\xb5\x00\x31GA94\x03" + bytes([0x40 | 1, 0xFF, 0xFC]) + pair + b"\xff"
    changed = av.Packet(b"\x00\x00\x00\x01\x06\x04" + bytes([len(payload)]) + payload + b"\x80" + bytes(packet))
    changed.stream, changed.time_base = packet.stream, packet.time_base
    changed.pts, changed.dts, changed.duration = packet.pts, packet.dts, packet.duration
    changed.is_keyframe = packet.is_keyframe
    return changed


def add_sine(container: av.container.OutputContainer, stream: av.AudioStream, seconds: float) -> None:
    total, block = int(seconds * 48000), 1024
    for start in range(0, total, block):
        times = np.arange(start, min(start + block, total)) / 48000
        wave = (0.2 * np.sin(2 * np.pi * 440 * times)).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(np.stack([wave, wave]), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = 48000, start, Fraction(1, 48000)
        container.mux(stream.encode(frame))
    container.mux(stream.encode())
