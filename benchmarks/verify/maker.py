"""Makes the clips of the set: real footage, scaled and repeated, with the text laid over by ffmpeg."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from PIL import Image

from benchmarks.verify.drawing import Drawn, contrast_of, drawn
from benchmarks.verify.items import CODECS, Item

RATE = 10
STEP = 3
"""Every third picture of the footage, ten a second."""
LEGIBLE_X_HEIGHT, LEGIBLE_CONTRAST = 8.0, 3.0
"""What a viewer can be expected to read: pixels in the frame, and WCAG ratio in the decoded picture."""


@dataclass(frozen=True)
class Made:
    """contrast: as decoded, the median of three pictures of those that show it."""

    path: Path
    drawn: Drawn | None
    contrast: float

    @property
    def is_legible(self) -> bool:
        tall = self.drawn is not None and self.drawn.x_height >= LEGIBLE_X_HEIGHT
        return tall and self.contrast >= LEGIBLE_CONTRAST


def clip_of(item: Item, folder: Path) -> Path:
    return folder / f"{item.name}.mkv"


def make(item: Item, footage: Path, folder: Path) -> Made:
    """The clip of an item, or the one that was made before. Raises CalledProcessError where ffmpeg fails."""
    path = clip_of(item, folder)
    what = None if item.mention is None else drawn(item.mention, item.size)
    if not path.exists():
        part = path.with_suffix(".part.mkv")
        draw(item, what, footage, part)
        part.rename(path)
    if item.mention is None or what is None:
        return Made(path, None, 1.0)
    shares = (0.2, 0.5, 0.8)
    length = item.mention.end - item.mention.start
    looks = pictures(path, [item.mention.start + share * length for share in shares])
    return Made(path, what, float(np.median([contrast_of(look, what) for look in looks])))


def draw(item: Item, what: Drawn | None, footage: Path, path: Path) -> None:
    if item.mention is None or what is None:
        film(footage, path, item.size, item.seconds, CODECS[item.codec])
        return
    plate = path.with_suffix(".png")
    Image.fromarray(what.rgba, "RGBA").save(plate)
    x, y = what.corner
    # The end is excluded: the last picture that shows it begins before.
    when = f"between(t,{item.mention.start},{item.mention.end - 0.5 / RATE})"
    film(footage, path, item.size, item.seconds, CODECS[item.codec], plate, f"overlay={x}:{y}:enable='{when}'")
    plate.unlink()


def film(
    footage: Path,
    path: Path,
    size: tuple[int, int],
    seconds: float,
    codec: Sequence[str],
    plate: Path | None = None,
    over: str = "null",
) -> None:
    """The footage over and over, filling the frame, in 8 bits. over: a filter, of the film and, if any, the plate."""
    width, height = size
    fill = f"scale={width}:{height}:force_original_aspect_ratio=increase,crop={width}:{height},setsar=1"
    chain = f"[0:v]framestep={STEP},setpts=N/({RATE}*TB),{fill},format=yuv420p[film];[film]"
    laid = f"{chain}[1:v]{over}[out]" if plate is not None else f"{chain}{over}[out]"
    command = ["ffmpeg", "-v", "error", "-y", "-threads", "2", "-stream_loop", "-1", "-i", str(footage)]
    command += ["-i", str(plate)] if plate is not None else []
    command += ["-filter_complex", laid, "-map", "[out]", "-r", str(RATE), "-frames:v", str(round(seconds * RATE))]
    mark = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"]
    rate = ["-r", "25"] if codec[0] == "mpeg2video" else []  # it knows no 10 pictures a second
    frames = ["-frames:v", str(round(seconds * 25))] if rate else []
    keys = [] if codec[0] == "mpeg2video" else ["-g", "100"]
    subprocess.run([*command, *rate, *frames, "-c:v", *codec, *keys, *mark, "-an", str(path)], check=True)


def pictures(path: Path, times: Sequence[float]) -> list[np.ndarray]:
    """RGB of the pictures that show at these seconds, in order; the last one where the film is over."""
    found: list[np.ndarray] = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if len(found) == len(times):
                break
            if frame.time is not None and frame.time >= times[len(found)]:
                found.append(frame.to_ndarray(format="rgb24"))
    return found
