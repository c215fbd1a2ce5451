"""ProRes 4444 with alpha through `labeler label`, looked at by another program: its alpha, and laid over a colour."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Studio, record_of
from tests.clips import make_alpha_clip

pytestmark = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="no ffmpeg on this machine")
WIDTH, HEIGHT, FRAMES = 640, 360, 10
GENERATED = ("--involvement", "generated")


def clear_below(number: int) -> np.ndarray:
    """Opaque in the upper half, where the mention stands; of all values in the lower one."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    return np.where(rows < HEIGHT // 2, 1023, (rows * 37 + columns * 11 + number * 101) % 1024)


def clear_above(number: int) -> np.ndarray:
    return np.flipud(clear_below(number))


def asked(*arguments: str | Path) -> bytes:
    command = ["ffmpeg", "-nostdin", "-v", "error", "-xerror", *map(str, arguments), "-"]
    done = subprocess.run(command, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout


def alpha_of(path: Path) -> bytes:
    return asked("-i", path, "-vf", "alphaextract", "-f", "framemd5")


def over(path: Path, colour: str) -> np.ndarray:
    """Its pictures laid over a colour: shape (frames, height, width, 3)."""
    ground = f"color={colour}:s={WIDTH}x{HEIGHT}:r=25"
    overlay = "[0:v][1:v]overlay=format=gbrp:shortest=1,format=rgb24"
    raw = asked("-f", "lavfi", "-i", ground, "-i", path, "-filter_complex", overlay, "-f", "rawvideo")
    return np.frombuffer(raw, np.uint8).reshape(-1, HEIGHT, WIDTH, 3)


def test_alpha_is_kept_and_the_mention_seen(studio: Studio, tmp_path: Path) -> None:
    source = make_alpha_clip(tmp_path / "film.mov", clear_below, seconds=FRAMES / 25)
    dry = studio.labeler("label", source, *GENERATED, "-o", f"{tmp_path}/out/", "--dry-run")
    assert dry.code == 0 and f"splice: a part of {FRAMES} of {FRAMES} frames" in dry.out
    done = studio.labeler("label", source, *GENERATED, "-o", f"{tmp_path}/out/")
    assert done.code == 0, done.err
    output = Path(done.out.strip())
    assert alpha_of(source) == alpha_of(output) and alpha_of(output).count(b"\n") > FRAMES
    record = json.loads(record_of(output).read_text(encoding="utf-8"))
    checks = {check["id"]: check for check in record["verdict"]["checks"]}
    assert checks["mention.opaque"]["status"] == "pass" and checks["mention.opaque"]["measured"] == 1.0
    assert checks["media.outside"]["measured"] == {"same": FRAMES, "different": 0, "transparency": 0}
    assert record["verdict"]["rendered"]["way"] == "splice"
    # Nothing shines through the mention, whatever it is laid over; all around it looks as the source does.
    magenta, green = over(output, "magenta"), over(output, "green")
    x, y, width, height = record["plan"]["mention"][0]["box"]
    box = (slice(None), slice(y, y + height), slice(x, x + width))
    assert magenta.shape == (FRAMES, HEIGHT, WIDTH, 3)
    assert np.array_equal(magenta[box], green[box]) and not np.array_equal(magenta, green)
    assert np.array_equal(magenta[:, HEIGHT // 2 :], over(source, "magenta")[:, HEIGHT // 2 :])
    moved = studio.labeler(
        "verify", shutil.copyfile(output, tmp_path / "moved.mov"), "--preset", "eu-standard", "--json"
    )
    (verdict,) = moved.objects()
    assert moved.code == 0 and "mention.opaque" in {check["id"] for check in verdict["checks"]}


def test_a_mention_that_would_be_seen_through_is_refused(studio: Studio, tmp_path: Path) -> None:
    source = make_alpha_clip(tmp_path / "film.mov", clear_above, seconds=FRAMES / 25)
    flags = (source, *GENERATED, "-o", f"{tmp_path}/out/")
    for more in ((), ("--dry-run",), ("--render", "smart")):
        done = studio.labeler("label", *flags, *more)
        assert (done.code, done.out) == (3, "") and "not opaque under the mention" in done.err
        assert "frame 0 (0.000 s)" in done.err and "preset with another place" in done.err
    french = studio.labeler("label", *flags, LABELER_LANG="fr")
    assert french.code == 3 and "n'est pas opaque sous la mention" in french.err and "image 0 (0,000 s)" in french.err
    assert not list((tmp_path / "out").glob("*"))


def test_every_picture_coded_again_would_lose_it(studio: Studio, tmp_path: Path) -> None:
    source = make_alpha_clip(tmp_path / "film.mov", clear_below, seconds=FRAMES / 25)
    done = studio.labeler("label", source, *GENERATED, "-o", f"{tmp_path}/out/", "--render", "full")
    assert (done.code, done.out) == (3, "") and "transparency (alpha)" in done.err and "--render auto" in done.err


@pytest.mark.parametrize(
    ("name", "coding"),
    [
        ("film.webm", "-pix_fmt yuva420p -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -auto-alt-ref 0"),
        ("qtrle.mov", "-pix_fmt argb -c:v qtrle"),
        ("png.mov", "-pix_fmt rgba -c:v png"),
        ("film.mkv", "-pix_fmt yuva444p10le -c:v prores_ks -profile:v 4"),
    ],
)
def test_other_alpha_is_refused_by_name(name: str, coding: str, studio: Studio, tmp_path: Path) -> None:
    source = make_alpha_clip(tmp_path / "master.mov", clear_below, seconds=0.2)
    subprocess.run(
        ["ffmpeg", "-v", "error", "-i", source, *coding.split(), str(tmp_path / name)],
        check=True,
        stdin=subprocess.DEVNULL,
    )
    done = studio.labeler("label", tmp_path / name, *GENERATED, "-o", f"{tmp_path}/out/")
    assert (done.code, done.out) == (3, "") and "transparency (alpha)" in done.err, done.err
