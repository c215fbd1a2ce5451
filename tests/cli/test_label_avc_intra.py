"""AVC-Intra as a person labels it: in place, or refused by name; and what another program finds in it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.avc_intra import CHANGING, I50, I100, S100, Kind, make, packets, without_sets
from tests.cli.conftest import Studio, record_of

NEEDS_FFMPEG = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="no ffmpeg here: another program's view")
WIDE = pytest.mark.wide
FLAGS = ("--involvement", "generated", "--program-in", "0.2", "--program-out", "0.4")


def pictures(path: Path) -> list[str]:
    """A digest of each decoded picture, by the ffmpeg command line, which has nothing to say about the file."""
    command = ["ffmpeg", "-v", "warning", "-i", str(path), "-map", "0:v", "-f", "framemd5", "-"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert [line for line in done.stderr.splitlines() if "estimate rate" not in line] == []
    return [line.split(",")[-1] for line in done.stdout.splitlines() if not line.startswith("#")]


@NEEDS_FFMPEG
@pytest.mark.parametrize(
    ("name", "kind", "sets"),
    [
        ("camera.mxf", I50, "nowhere"),
        pytest.param("film.mxf", I100, "everywhere", marks=WIDE),
        pytest.param("camera.mov", I100, "nowhere", marks=WIDE),
        pytest.param("film.mov", S100, "in the first", marks=WIDE),
        pytest.param("avc1.mov", I50, "everywhere", marks=WIDE),
    ],
)
def test_avc_intra_is_labelled_in_place(name: str, kind: Kind, sets: str, studio: Studio, tmp_path: Path) -> None:
    source = make(tmp_path / name, kind, picked=range(kind.rate // 2))
    if sets != "everywhere":
        without_sets(source, in_first=sets == "in the first")
    done = studio.labeler("label", source, *FLAGS, "-o", f"{tmp_path}/out/")
    assert done.code == 0, done.err
    output = Path(done.out.strip())
    rendered = json.loads(record_of(output).read_text())["verdict"]["rendered"]
    shown = list(range(kind.rate // 5, kind.rate * 2 // 5))
    assert (rendered["way"], rendered["frames"]) == ("in_place", len(shown))
    old, new = packets(source), packets(output)
    assert [*map(len, old)] == [*map(len, new)]
    assert [at for at in range(len(old)) if old[at] != new[at]] == shown
    before, after = pictures(source), pictures(output)
    assert [at for at in range(len(old)) if before[at] != after[at]] == shown
    if source.suffix == ".mxf":
        assert len(output.read_bytes()) == len(source.read_bytes())


def test_what_cannot_be_written_over_is_refused_by_name(studio: Studio, tmp_path: Path) -> None:
    source = make(tmp_path / "film.mxf", CHANGING)
    done = studio.labeler("label", source, *FLAGS, "-o", f"{tmp_path}/out/")
    assert done.code == 3 and "parameter sets are not such as the encoder writes" in done.err
    french = studio.labeler("label", source, *FLAGS, "-o", f"{tmp_path}/out/", LABELER_LANG="fr")
    assert french.code == 3 and "n'écrit pas de tels jeux de paramètres" in french.err
    assert not list((tmp_path / "out").glob("*"))
