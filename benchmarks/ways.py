"""The ways that are compared, each in a process of its own: `python -m benchmarks.ways WAY SOURCE WORK`."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import av
import numpy as np
from PIL import Image

from labeler import label, verify
from labeler.layers.credentials import identity
from labeler.layers.mention import burn
from labeler.media.changes import Changes
from labeler.media.encoder import add_encoder, task_for
from labeler.media.encoders.table import ENCODERS
from labeler.media.frames import FrameReader
from labeler.media.render import render
from labeler.media.rendering import Mode
from labeler.media.survey import survey
from labeler.planning import plan_mention
from labeler.rules.plan import Interval, MentionPlan
from labeler.rules.presets import load_preset

TEXT = "Contenu généré ou assisté par IA"
PRESET = "eu-standard"
PRESET_WAY = "labeler preset "


@dataclass(frozen=True)
class Cost:
    """Of one process with its children: CPU seconds (user and system), wall seconds, peak memory in MiB."""

    cpu: float
    wall: float
    memory: float


def decode(source: Path, work: Path) -> None:
    """Decode every frame, and keep none."""
    with av.open(str(source)) as container:
        container.streams.video[0].thread_type = "AUTO"
        for _ in container.decode(video=0):
            pass


def decode_and_encode(source: Path, work: Path) -> None:
    """Encode each frame with the very options that labeler takes, and write nothing else."""
    track = survey(source).of_kind("video")[0]
    with av.open(str(source)) as container, av.open(str(work), "w") as output:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        encoder = None
        for frame in container.decode(stream):
            if encoder is None:
                encoder = add_encoder(output, stream, frame, track, path=source)
                encoder.context.open()
            frame.pict_type = av.video.frame.PictureType.I if frame.key_frame else av.video.frame.PictureType.NONE
            output.mux(list(encoder.encode(frame)))
        if encoder is not None:
            output.mux(list(encoder.encode(None)))


def labeler_render(source: Path, work: Path) -> None:
    """Inventory, decode, the mention's real painter, encode, and the rewritten file."""
    with FrameReader(source, 0) as frames:
        paint = burn.painter((planned(source),), frames.format)
    render(source, work, survey(source), paint=paint, container_tags={})


def labeler_smart(source: Path, work: Path) -> None:
    """The same with a mention of five seconds: only what it touches is coded again, or an error."""
    in_part(source, work, (Interval.model_validate({"from": 0, "to": 5}),), "smart")


def labeler_full(source: Path, work: Path) -> None:
    """The same mention, every picture coded again."""
    in_part(source, work, (Interval.model_validate({"from": 0, "to": 5}),), "full")


def labeler_whole(source: Path, work: Path) -> None:
    """A mention from the first picture to the last: only a part of each is coded again, or an error."""
    in_part(source, work, (Interval.model_validate({"from": 0, "to": 24 * 3600}),), "smart")


def in_part(source: Path, work: Path, intervals: tuple[Interval, ...], mode: Mode) -> None:
    plan = planned(source).model_copy(update={"intervals": intervals})
    with FrameReader(source, 0) as frames:
        paint, changes = burn.painter((plan,), frames.format), burn.changes((plan,), frames.format)
    render(source, work, survey(source), paint=paint, container_tags={}, changes=changes, mode=mode)


def labeler_preset(preset: str, source: Path, work: Path) -> None:
    """The way that the planner chooses for a preset."""
    plan, changes = planned_for(source, preset)
    with FrameReader(source, 0) as frames:
        paint = burn.painter((plan,), frames.format)
    render(source, work, survey(source), paint=paint, container_tags={}, changes=changes)


def labeler_label(source: Path, work: Path) -> None:
    """Everything: inventory, render, metadata, credentials, the gate and the release."""
    os.environ["LABELER_HOME"] = str(home(work))
    (result,) = label(source, involvement="generated", output=work, overwrite="always", resume=False)
    if result.status != "released":
        raise SystemExit(f"{source}: {result.problems}")


def labeler_verify(source: Path, work: Path) -> None:
    """The gate's own reading, on a released file."""
    os.environ["LABELER_HOME"] = str(home(work))
    verdict = verify(work, preset=PRESET)
    if verdict.outcome != "pass":
        raise SystemExit(f"{work}: {[check.message for check in verdict.checks if check.status == 'fail']}")


def home(work: Path) -> Path:
    folder = work.parent / "home"
    if not folder.exists():
        identity.create("bench", home=folder, now=datetime.now(UTC))
    return folder


WAYS: dict[str, Callable[[Path, Path], None]] = {
    "decode": decode,
    "decode and pure encode": decode_and_encode,
    "labeler render": labeler_render,
    "labeler smart": labeler_smart,
    "labeler full": labeler_full,
    "labeler whole": labeler_whole,
    "labeler label": labeler_label,
    "labeler verify": labeler_verify,
}


def ffmpeg(source: Path, work: Path, filters: Sequence[str]) -> list[str]:
    """The yardstick: the same encoder with the same options, and the filters given; the source is the first input."""
    track = survey(source).of_kind("video")[0]
    with av.open(str(source)) as container:
        stream = container.streams.video[0]
        first = next(container.decode(stream))
        options = ENCODERS[track.codec].options(task_for(track, stream, first, source))
    given = [part for name, value in options.items() for part in (f"-{name}", value)]
    encoder = ["-c:v", ENCODERS[track.codec].name, "-pix_fmt", first.format.name, *given]
    return ["ffmpeg", "-v", "error", "-y", "-i", str(source), *filters, *encoder, str(work)]


def ffmpeg_drawtext(source: Path, work: Path) -> list[str]:
    x, y, _, height = box_of(source)
    text = f"drawtext=text='{TEXT}':x={x}:y={y}:fontsize={height // 2}:fontcolor=white:box=1:boxcolor=black@0.65"
    return ffmpeg(source, work, ["-vf", f"{text}:boxborderw=8"])


def ffmpeg_overlay(source: Path, work: Path) -> list[str]:
    """A picture of the size of the mention, with alpha, over every frame."""
    x, y, width, height = box_of(source)
    plate = work.with_name("plate.png")
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[..., 3], pixels[:, ::8, :3] = 166, 255
    Image.fromarray(pixels, "RGBA").save(plate)
    return ffmpeg(source, work, ["-i", str(plate), "-filter_complex", f"[0:v][1:v]overlay={x}:{y}"])


YARDSTICKS = {"ffmpeg drawtext": ffmpeg_drawtext, "ffmpeg overlay": ffmpeg_overlay}


def box_of(source: Path) -> tuple[int, int, int, int]:
    return planned(source).box


def planned(source: Path) -> MentionPlan:
    with FrameReader(source, 0) as frames:
        return plan_mention(frames, 0, load_preset(PRESET).preset.mention, "fr", None)


def planned_for(source: Path, preset: str) -> tuple[MentionPlan, Changes]:
    """The mention of a preset, in the first language of its text, and when and where it changes pictures."""
    rules = load_preset(preset).preset.mention
    with FrameReader(source, 0) as frames:
        plan = plan_mention(frames, 0, rules, next(iter(rules.words)), None)
        return plan, burn.changes((plan,), frames.format)


def measured(way: str, source: Path, work: Path) -> Cost:
    own = [sys.executable, "-m", "benchmarks.ways", way, str(source), str(work)]
    return cost_of(YARDSTICKS[way](source, work) if way in YARDSTICKS else own)


def cost_of(command: Sequence[str], environment: dict[str, str] | None = None, fine: Collection[int] = (0,)) -> Cost:
    """Run a command to its end. fine: the exit codes that it may end with. Raises SystemExit where it fails."""
    started = time.perf_counter()
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        told = process.stderr.read().decode(errors="replace")
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in fine:
        raise SystemExit(f"{' '.join(command)}: left with {process.returncode}\n{told}")
    return Cost(usage.ru_utime + usage.ru_stime, time.perf_counter() - started, usage.ru_maxrss / 1024)


def run(way: str, source: Path, work: Path) -> None:
    if way.startswith(PRESET_WAY):
        labeler_preset(way.removeprefix(PRESET_WAY), source, work)
    else:
        WAYS[way](source, work)


if __name__ == "__main__":
    run(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
