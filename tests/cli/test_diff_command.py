"""`labeler diff`: what a step of a pipeline destroyed, for people and for machines."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import av
import pytest

from tests.cli.conftest import Studio
from tests.clips import make_clip


def remuxed(source: Path, target: Path) -> Path:
    """A plain remux by libavformat: every packet and tag, and nothing else."""
    with av.open(str(source)) as opened, av.open(str(target), "w", options={"movflags": "+faststart"}) as written:
        written.metadata.update(opened.metadata)
        streams = {stream.index: written.add_stream_from_template(stream) for stream in opened.streams}
        for index, stream in streams.items():
            stream.metadata.update(opened.streams[index].metadata)
        for packet in opened.demux():
            if packet.size:
                packet.stream = streams[packet.stream_index]
                written.mux(packet)
    return target


def labels(comparison: dict[str, Any]) -> dict[str, str]:
    return {label["label"]: label["state"] for label in comparison["labels"]}


def test_a_file_and_itself(studio: Studio) -> None:
    done = studio.labeler("diff", studio.labelled, studio.labelled, "--json")
    assert done.code == 0 and done.err == ""
    (found,) = done.objects()
    assert found["schema"] == "labeler.diff/1" and found["is_same"] and found["facts"] == []
    assert labels(found) == {"credentials": "kept", "xmp": "kept", "aigc": "absent", "mention": "kept"}
    assert all(track["state"] == "same" for track in found["tracks"]) and len(found["tracks"]) == 2
    assert studio.labeler("diff", studio.labelled, studio.labelled).out.splitlines()[1] == "Nothing differs."


def test_a_plain_remux(studio: Studio, tmp_path: Path) -> None:
    """Every packet is there, and the labels that machines read are not; what people read stays."""
    file = studio.copy_labelled(tmp_path, record=False)
    other = remuxed(file, tmp_path / "remux.mp4")
    done = studio.labeler("diff", file, other, "--json")
    assert done.code == 1
    (found,) = done.objects()
    assert labels(found) == {"credentials": "lost", "xmp": "lost", "aigc": "absent", "mention": "kept"}
    assert [track["packets"]["differing"] for track in found["tracks"]] == [[], []]
    (pictures,) = found["pictures"]
    assert (pictures["identical"], pictures["is_decoded"]) == (25, False)
    credentials = found["labels"][0]
    assert credentials["before"]["integrity"] == "intact" and "studio" in credentials["before"]["signer"]
    assert credentials["before"]["digitalSourceType"] and credentials["after"] is None
    assert {"has_credentials", "has_xmp"} <= {fact["fact"] for fact in found["facts"]}


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            ("A step that left every packet as it is (a plain remux does) dropped the credentials.", "LOST", "kept"),
        ),
        pytest.param(
            "fr",
            ("a fait perdre les identifiants de contenu.", "PERDU", "paquets identiques sur 25", "avant"),
            marks=pytest.mark.wide,
        ),
    ],
)
def test_the_table(studio: Studio, tmp_path: Path, language: str, words: tuple[str, ...]) -> None:
    file = studio.copy_labelled(tmp_path, record=False)
    done = studio.labeler("diff", file, remuxed(file, tmp_path / "remux.mp4"), LABELER_LANG=language)
    assert (done.code, done.err) == (1, "")
    for word in words:
        assert word in done.out


def test_one_field_breaks_the_credentials(studio: Studio, tmp_path: Path) -> None:
    """By exiftool where there is one; else by an edit of bytes in the XMP."""
    file, other = studio.copy_labelled(tmp_path, record=False), tmp_path / "touched.mp4"
    shutil.copyfile(file, other)
    if shutil.which("exiftool"):
        subprocess.run(["exiftool", "-q", "-overwrite_original", "-XMP-dc:Title=Spot", other], check=True)
    else:
        content = other.read_bytes()
        other.write_bytes(content.replace(b"<?xpacket end", b"<?xpacket enD"))
    done = studio.labeler("diff", file, other, "--json")
    assert done.code == 1
    (found,) = done.objects()
    assert labels(found)["credentials"] == "broken" and labels(found)["mention"] == "kept"
    assert all(track["state"] == "same" for track in found["tracks"])
    assert "no longer fit the file" in studio.labeler("diff", file, other).out


def test_what_labeler_itself_did(studio: Studio) -> None:
    """From the source to what was delivered: labels came, nothing went, and every picture under the mention changed."""
    done = studio.labeler("diff", studio.clip, studio.labelled, "--json")
    assert done.code == 1
    (found,) = done.objects()
    assert labels(found) == {"credentials": "gained", "xmp": "gained", "aigc": "absent", "mention": "gained"}
    box = ",".join(map(str, found["labels"][3]["after"][0]["box"]))
    (outside,) = studio.labeler("diff", studio.clip, studio.labelled, "--json", "--box", box).objects()
    assert outside["boxes"] == [[int(number) for number in box.split(",")]]
    assert outside["pictures"][0]["psnr"]["min"] >= 38 > found["pictures"][0]["psnr"]["min"]
    assert outside["pictures"][0]["ssim"]["min"] > found["pictures"][0]["ssim"]["min"]


def test_tracks_that_went_and_came(studio: Studio, tmp_path: Path) -> None:
    silent = make_clip(tmp_path / "silent.mp4", width=480, height=270, seconds=1, sound=False)
    (found,) = studio.labeler("diff", studio.clip, silent, "--json").objects()
    assert [(track["kind"], track["state"]) for track in found["tracks"]] == [("video", "same"), ("audio", "lost")]
    (found,) = studio.labeler("diff", silent, studio.clip, "--json").objects()
    assert [(track["kind"], track["before"], track["after"], track["state"]) for track in found["tracks"]] == [
        ("video", 0, 0, "same"),
        ("audio", None, 1, "added"),
    ]


def test_strangers_files(studio: Studio, tmp_path: Path) -> None:
    """No plan tells where a mention would be; a hostile name steers no terminal."""
    hostile = tmp_path / "a\x1b[31m\u202eb\n.mp4"
    make_clip(hostile, width=160, height=90, seconds=1, tags={"title": "\x1b[2J\u202etitle"})
    done = studio.labeler("diff", hostile, studio.clip)
    assert done.code == 1 and "not checked: nothing tells where" in done.out
    assert "\x1b" not in done.out and "\u202e" not in done.out and "\\x1b[2J\\u202etitle" in done.out
    data = json.loads(studio.labeler("diff", hostile, studio.clip, "--json").out)
    assert data["before"]["file"] == str(hostile) and labels(data)["mention"] == "not_checked"


@pytest.mark.parametrize("place", [0, 1])
def test_what_is_no_video(studio: Studio, tmp_path: Path, place: int) -> None:
    text = tmp_path / "notes.mp4"
    text.write_text("not a video")
    files = [studio.clip, studio.clip]
    files[place] = text
    done = studio.labeler("diff", *files)
    assert (done.code, done.out) == (3, "") and "notes.mp4" in done.err
    files[place] = tmp_path / "nothing.mp4"
    assert studio.labeler("diff", *files).code == 3


@pytest.mark.parametrize("box", ["1,2,3", "a,b,c,d", "0,0,0,4", ""])
def test_a_box_that_is_none(studio: Studio, box: str) -> None:
    done = studio.labeler("diff", studio.clip, studio.clip, "--box", box)
    assert done.code == 2 and "→" in done.err and done.out == ""
