"""What rendering costs: `python -m benchmarks.render [--seconds 10] [--repeats 3] [--skip speed memory quality]`.

Prints Markdown. Speed is CPU seconds (user and system) of child processes, paired: every repeat runs all ways one
after the other, and a ratio is taken within its repeat. Real clips come from the folder that LABELER_MEDIA names.
Run it on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from labeler import label
from labeler.layers.credentials import identity
from labeler.media.encoder import add_encoder, task_for
from labeler.media.encoders.table import ENCODERS
from labeler.media.encoders.task import STANDARD
from labeler.media.frames import FrameReader
from labeler.media.picture import Picture
from labeler.media.quality import mask_outside, psnr, summary
from labeler.media.render import render
from labeler.media.survey import survey

PLATE = (1180, 54, 680, 72)
MOUNT = "bunny_1080p60.mp4"
MEASURED = ("green_screen.mp4", "talking_head.mp4", "car_park.mp4")
TEXT = "Contenu assiste par IA"
LABEL = "labeler label, with gate and credentials"


def box_in(width: int, height: int) -> tuple[int, int, int, int]:
    """The plate, scaled from 1080p to a frame, on even pixels."""
    x, y, w, h = (
        int(value * scale) // 2 * 2 for value, scale in zip(PLATE, (width / 1920, height / 1080) * 2, strict=True)
    )
    return x, y, max(2, w), max(2, h)


def painter(width: int, height: int) -> Callable[[Picture], None]:
    """Blends a static plate of 65 % with lighter stripes into the three planes: what a mention costs."""
    x, y, w, h = box_in(width, height)
    luma = np.where(np.arange(w) // 8 % 2 == 0, 16, 235).astype(np.uint32)[None, :].repeat(h, 0)

    def paint(picture: Picture) -> None:
        scale = 1 << (picture.format.bits - 8)
        across, down = picture.format.subsampling
        for number, plane in enumerate(picture.planes):
            sx, sy = (1, 1) if number == 0 else (across, down)
            part = plane[y // sy : (y + h) // sy, x // sx : (x + w) // sx]
            colour = luma * scale if number == 0 else 128 * scale
            part[...] = (part * np.uint32(90) + np.uint32(166) * colour + 128) >> 8

    return paint


def make_clip(path: Path, *, width: int, height: int, seconds: float, rate: int, base: Path | None) -> Path:
    """A clip of moving pictures and grain: `base` played forth and back where there is one, else a drifting scene."""
    count = round(seconds * rate)
    scenes = _scenes(base, width, height)
    grain = np.random.default_rng(7).normal(0, 5, (height + 64, width + 64)).astype(np.int16)
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=rate, options={"crf": "14", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.thread_type = "FRAME"
        for number in range(count):
            image = scenes[abs((number + len(scenes)) % (2 * len(scenes)) - len(scenes)) - 1].copy()
            dy, dx = number * 29 % 64, number * 17 % 64
            luma = image[:height].astype(np.int16) + grain[dy : dy + height, dx : dx + width]
            image[:height] = np.clip(luma, 16, 235).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(image, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def _scenes(base: Path | None, width: int, height: int) -> list[np.ndarray]:
    if base is not None and base.exists():
        with av.open(str(base)) as container:
            frames = (
                frame.reformat(width=width, height=height, format="yuv420p") for frame in container.decode(video=0)
            )
            return [frame.to_ndarray() for _, frame in zip(range(60), frames, strict=False)]
    made = []
    for number in range(30):
        image = np.full((height * 3 // 2, width), 128, np.uint8)
        ramp = np.linspace(40, 200, width + 600)[number * 20 : number * 20 + width]
        image[:height] = ramp[None, :].astype(np.uint8)
        made.append(image)
    return made


# --- the ways, each run in a process of its own -----------------------------------------------------------------------


def pure_encode(source: Path, work: Path, *, only_decode: bool = False) -> None:
    """Encode the source's frames from memory with labeler's own options; `only_decode` stops before that."""
    inventory = survey(source)
    track = inventory.tracks[0]
    with av.open(str(source)) as container, av.open(str(work), "w", format="mp4") as output:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        frames = list(container.decode(stream))
        if only_decode:
            return
        encoder = add_encoder(output, stream, frames[0], track, path=source)
        encoder.context.open()
        for frame in frames:
            frame.pict_type = av.video.frame.PictureType.I if frame.key_frame else av.video.frame.PictureType.NONE
            output.mux(list(encoder.encode(frame)))
        output.mux(list(encoder.encode(None)))


def labeler_render(source: Path, work: Path) -> None:
    inventory = survey(source)
    facts = inventory.tracks[0].picture
    assert facts is not None
    render(source, work, inventory, paint=painter(facts.width, facts.height), container_tags={})


def labeler_label(source: Path, work: Path) -> None:
    """Everything: inventory, render, metadata, credentials, the gate and the release."""
    home = work.parent / "home"
    os.environ["LABELER_HOME"] = str(home)
    if not home.exists():
        identity.create("bench", home=home, now=datetime.now(UTC))
    (result,) = label(source, involvement="generated", output=work, overwrite="always", resume=False)
    if result.status != "released":
        raise SystemExit(f"{source}: {result.problems}")


def ffmpeg_drawtext(source: Path, work: Path) -> list[str]:
    """The yardstick as a command: ffmpeg's own text filter, same encoder and options."""
    inventory = survey(source)
    with av.open(str(source)) as container:
        stream = container.streams.video[0]
        task = task_for(inventory.tracks[0], stream, next(container.decode(stream)), source)
        options = ENCODERS[task.track.codec].options(task)
    facts = inventory.tracks[0].picture
    assert facts is not None
    x, y, _, h = box_in(facts.width, facts.height)
    text = (
        f"drawtext=text='{TEXT}':x={x}:y={y}:fontsize={h // 2}:fontcolor=white:box=1:boxcolor=black@0.65:boxborderw=8"
    )
    given = [part for name, value in options.items() for part in (f"-{name}", value)]
    return ["ffmpeg", "-v", "error", "-y", "-i", str(source), "-vf", text, "-c:v", "libx264", *given, str(work)]


WAYS: dict[str, Callable[[Path, Path], None]] = {
    "decode to memory": lambda source, work: pure_encode(source, work, only_decode=True),
    "decode to memory, then pure encode": pure_encode,
    "labeler render": labeler_render,
    LABEL: labeler_label,
}
YARDSTICK = "ffmpeg drawtext"


def measured(way: str, source: Path, work: Path) -> tuple[float, float]:
    """CPU seconds, and peak memory in MiB, of one way in a process of its own."""
    own = [sys.executable, "-m", "benchmarks.render", "--way", way, str(source), str(work)]
    command = ffmpeg_drawtext(source, work) if way == YARDSTICK else own
    with subprocess.Popen(command) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{way} failed on {source}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


# --- the tables -------------------------------------------------------------------------------------------------------


def speed(folder: Path, media: Path | None, *, size: tuple[int, int], seconds: float, repeats: int) -> None:
    base = media / MOUNT if media else None
    source = make_clip(folder / "speed.mp4", width=size[0], height=size[1], seconds=seconds, rate=30, base=base)
    ways = [*WAYS, *([YARDSTICK] if shutil.which("ffmpeg") else [])]
    rounds = [{way: measured(way, source, folder / "work.mp4")[0] for way in ways} for _ in range(repeats)]
    print(f"\n## Speed: {size[0]}x{size[1]}, {seconds:g} s, x264 {STANDARD.preset} CRF {STANDARD.crf:g}\n")
    print(f"CPU seconds, median of {repeats} paired repeats (range). labeler pays start-up and survey too.\n")
    print("| way | CPU s |\n|---|---|")
    for way in ways:
        print(f"| {way} | {_spread([each[way] for each in rounds])} |")
    pure = [each["decode to memory, then pure encode"] - each["decode to memory"] for each in rounds]
    mine = [each["labeler render"] for each in rounds]
    print(f"| pure encode (the difference) | {_spread(pure)} |\n\n| ratio | median (range) | bar |\n|---|---|---|")
    whole = [each[LABEL] for each in rounds]
    print(f"| render / pure encode | {_spread([a / b for a, b in zip(mine, pure, strict=True)])} | <= 1.20 |")
    print(f"| whole label / pure encode | {_spread([a / b for a, b in zip(whole, pure, strict=True)])} | |")
    if YARDSTICK in ways:
        ratios = [each["labeler render"] / each[YARDSTICK] for each in rounds]
        print(f"| render / ffmpeg drawtext | {_spread(ratios)} | <= 1.05 |")
        print(f"| whole label / ffmpeg drawtext | {_spread([each[LABEL] / each[YARDSTICK] for each in rounds])} | |")


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def memory(folder: Path, *, minutes: tuple[float, float]) -> None:
    print("\n## Peak memory of a whole label: 640x360, 25 frames a second\n\n| length | peak MiB |\n|---|---|")
    peaks = []
    for length in minutes:
        source = make_clip(folder / "long.mp4", width=640, height=360, seconds=length * 60, rate=25, base=None)
        peaks.append(measured(LABEL, source, folder / "work.mp4")[1])
        print(f"| {length:g} min | {peaks[-1]:.0f} |")
    print(f"| ratio (bar <= 1.10) | {peaks[1] / peaks[0]:.3f} |")


def quality(folder: Path, media: Path | None, *, first: float | None) -> None:
    """PSNR-Y outside the padded box, on every frame."""
    print("\n## PSNR-Y outside the padded box, every frame, dB (bar: min >= 42)\n")
    print("| clip | frames | min | 1st percentile | mean |\n|---|---|---|---|---|")
    for name in MEASURED if media else ():
        source, work = Path(str(media)) / name, folder / "work.mp4"
        labeler_render(source, work)
        figures = _psnr_of(source, work, first)
        print(f"| {name} | {' | '.join(str(figures[key]) for key in ('frames', 'min', 'p1', 'mean'))} |")


def _psnr_of(source: Path, work: Path, first: float | None) -> dict[str, float]:
    track = survey(source).of_kind("video")[0].index
    with FrameReader(source, track) as original, FrameReader(work, track) as output:
        mask = mask_outside([box_in(*original.format.display_size)], original.format)
        times = [original.time_of(index) for index in range(original.frame_count)]
        times = [time for time in times if first is None or time < first]
        pairs = zip(output.pictures(times), original.pictures(times), strict=True)
        levels = [psnr(picture, source_picture, mask) for picture, source_picture in pairs]
    return summary([level for level in levels if level is not None])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0, help="length of the clip for speed")
    parser.add_argument("--size", type=int, nargs=2, default=(1920, 1080))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--minutes", type=float, nargs=2, default=(1.0, 10.0), help="lengths for memory")
    parser.add_argument("--first", type=float, help="measure quality on the first seconds only")
    parser.add_argument("--skip", nargs="*", default=(), choices=("speed", "memory", "quality"))
    parser.add_argument("--way", nargs=3, metavar=("WAY", "SOURCE", "WORK"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.way:
        WAYS[given.way[0]](Path(given.way[1]), Path(given.way[2]))
        return
    named = os.environ.get("LABELER_MEDIA")
    media = Path(named) if named else None
    print(f"# Render benchmark\n\n{os.cpu_count()} cores, PyAV {av.__version__}, load {os.getloadavg()[0]:.1f} before.")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        if "speed" not in given.skip:
            speed(folder, media, size=tuple(given.size), seconds=given.seconds, repeats=given.repeats)
        if "memory" not in given.skip:
            memory(folder, minutes=tuple(given.minutes))
        if "quality" not in given.skip:
            quality(folder, media, first=given.first)


if __name__ == "__main__":
    main()
