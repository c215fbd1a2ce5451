"""The width, end to end: clips as studios deliver them are labelled, and another program finds nothing lost."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from labeler import label
from labeler.layers.credentials import identity
from labeler.layers.credentials.identity import home
from tests.fiddly.catalogue import FILMS
from tests.matrix.__main__ import PAGE
from tests.matrix.recipes import RECIPES, prepare

pytestmark = pytest.mark.wide
BY_NAME = {recipe.name: recipe for recipe in RECIPES}
TRIED = (
    "h264-drop.mov",
    "h264-tff.mp4",
    "hevc-hdr10.mp4",
    "prores-hq.mov",
    "h264-srt.mkv",
    "h264-tff.mkv",
    "h264-named.ts",
    "h264-latm.ts",
    "mpeg4-b.avi",
    "dnxhd.mxf",
    "prores-4444.mov",
)
NEEDS_FFMPEG = pytest.mark.skipif(shutil.which("ffprobe") is None, reason="no ffmpeg here: another program's view")
# Of the pictures themselves, which are coded again, and of who wrote the file.
OTHER = {
    "bit_rate",
    "max_bit_rate",
    "extradata_size",
    "refs",
    "has_b_frames",
    "nal_length_size",
    "is_avc",
    "profile",
    "level",
}
OTHER |= {"codec_long_name", "start_pts", "duration_ts", "nb_frames", "nb_read_packets", "id", "time_base", "duration"}
OTHER |= {"mime_codec_string", "initial_padding", "codec_tag", "codec_tag_string", "view_ids_available"}
OTHER |= {"coded_width", "coded_height"}  # whole blocks of the coder, or not
OTHER_TAGS = {"encoder", "DURATION", "file_package_umid", "vendor_id", "creation_time"}


def probed(path: Path, *show: str) -> dict[str, Any]:
    command = ["ffprobe", "-v", "error", *show, "-of", "json", str(path)]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)  # type: ignore[no-any-return]


def streams_of(path: Path) -> list[dict[str, Any]]:
    """What ffprobe says of each stream, without what another encoder must change."""
    found = []
    for stream in probed(path, "-show_streams")["streams"]:
        stream["tags"] = {key: value for key, value in stream.get("tags", {}).items() if key not in OTHER_TAGS}
        dropped = OTHER if stream["codec_type"] == "video" else {"bit_rate", "nb_frames", "duration_ts", "duration"}
        found.append({key: value for key, value in stream.items() if key not in dropped})
    return found


def times_of(path: Path) -> dict[int, list[str]]:
    """The times of showing of each stream, in order; in AVI, which has none, the places of its packets."""
    name = "dts_time" if path.suffix == ".avi" else "pts_time"
    times: dict[int, list[str]] = {}
    for packet in probed(path, "-show_entries", f"packet=stream_index,{name}")["packets"]:
        times.setdefault(packet["stream_index"], []).append(packet.get(name, ""))
    return {index: sorted(each) for index, each in times.items()}


def copied(path: Path) -> dict[str, str]:
    """A hash over the payload of every sound."""
    hashes = {}
    for stream in probed(path, "-show_streams")["streams"]:
        if stream["codec_type"] == "audio":
            number = str(stream["index"])
            command = ["ffmpeg", "-v", "error", "-i", str(path), "-map", f"0:{number}", "-c", "copy", "-f", "data", "-"]
            hashes[number] = hashlib.sha256(subprocess.run(command, check=True, capture_output=True).stdout).hexdigest()
    return hashes


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("matrix")
    prepare(folder)
    yield folder


@NEEDS_FFMPEG
@pytest.mark.parametrize("name", TRIED)
def test_another_program_finds_nothing_lost(name: str, stage: Path) -> None:
    identity.create("studio", home=home(), now=datetime.now(UTC))
    recipe = BY_NAME[name]
    source = recipe.make(stage)
    (result,) = label(source, involvement="generated", output=f"{stage}/out/")
    if recipe.refused is not None:
        assert (result.status, result.exit_code) == ("rejected", 3)
        assert recipe.refused in result.problems[0].message
        return
    assert result.status == "released", result.problems
    output = stage / "out" / f"{source.stem}.eu-standard{source.suffix}"
    assert streams_of(output) == streams_of(source)
    assert times_of(output) == times_of(source)
    assert copied(output) == copied(source)
    assert probed(output, "-show_chapters") == probed(source, "-show_chapters")


def test_the_page_tells_of_every_clip() -> None:
    told = re.findall(r"^\| (\S+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    made = [clip.name for clip in (*RECIPES, *FILMS)]
    assert [name for name in told if name in made] == made
    outcomes = re.findall(r"^\| \S+ \| .* \| (released|refused|exit code \d+) \|", PAGE.read_text(), re.MULTILINE)
    assert set(outcomes) == {"released", "refused"}
    assert outcomes.count("released") >= 0.8 * len(outcomes)
