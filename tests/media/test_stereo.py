"""Boxes of Spatial Media: what says that pictures are flat is kept; what says that they are not is refused by name."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from labeler import label
from labeler.layers.credentials import identity
from labeler.media.accept import ANY_WAY, accept, reasons_to_refuse
from labeler.media.survey import survey
from labeler.rules.presets import built_in_folder
from labeler.rules.record import Result
from tests.fiddly import surgery
from tests.hostile.atoms import box, full
from tests.media.moving import moving_clip

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
V1 = bytes.fromhex("ffcc8263f8554a938814587a02521fdd")
RDF = b"<rdf:SphericalVideo><GSpherical:Spherical>true</GSpherical:Spherical></rdf:SphericalVideo>"
SV3D = box(b"sv3d", full(b"svhd", b"a test\0") + box(b"proj", full(b"prhd", bytes(12)) + full(b"equi", bytes(16))))


def st3d(mode: int) -> bytes:
    return full(b"st3d", bytes([mode]))


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return moving_clip(tmp_path / "film.mp4", seconds=0.4)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    identity.create("studio", home=home, now=NOW)
    monkeypatch.setenv("LABELER_HOME", str(home))
    return home


def without_mention(folder: Path) -> str:
    text = (built_in_folder() / "eu-standard.toml").read_text(encoding="utf-8")
    path = folder / "silent.toml"
    path.write_text(text.replace('"eu-standard"', '"silent"').replace('mention = "required"', 'mention = "off"'))
    return str(path)


def labelled(source: Path, *presets: str) -> tuple[Result, ...]:
    return label(
        source,
        involvement="generated",
        output=f"{source.parent}/out/",
        presets=list(presets) or ["eu-standard"],
        now=lambda: NOW,
    )


@pytest.mark.parametrize(
    ("mode", "fact"), [(0, "monoscopic"), (1, "stereo 3D"), (2, "stereo 3D"), (3, "stereo 3D"), (200, "stereo 3D")]
)
def test_what_st3d_says(clip: Path, mode: int, fact: str) -> None:
    surgery.with_in_entry(st3d(mode))(clip)
    inventory = survey(clip)
    assert inventory.tracks[0].side_data == inventory.tracks[0].in_container == (fact,)
    reasons = reasons_to_refuse(inventory, clip)
    assert (reasons == ()) == (mode == 0)
    assert all("one eye" in reason for reason in reasons)
    remuxed = inventory.model_copy(update={"is_rewritable": False})
    assert len(reasons_to_refuse(remuxed, clip)) == 1


@pytest.mark.usefixtures("home")
def test_flat_pictures_are_labelled_and_the_box_stays(clip: Path) -> None:
    surgery.with_in_entry(st3d(0))(clip)
    (result,) = labelled(clip)
    assert result.status == "released", result.problems
    assert st3d(0) in (clip.parent / "out" / "film.eu-standard.mp4").read_bytes()


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("more", "is_in_entry", "said"),
    [
        (st3d(2), True, "in one eye only: export one eye"),
        (st3d(0) + SV3D, True, "bent by the projection: export it as a flat video"),
        (box(b"uuid", V1 + RDF), False, "bent by the projection: export it as a flat video"),
    ],
)
def test_what_a_mention_would_be_wrong_in_is_kept_where_no_picture_changes(
    clip: Path, more: bytes, is_in_entry: bool, said: str
) -> None:
    (surgery.with_in_entry if is_in_entry else surgery.with_in_track)(more)(clip)
    (refused,) = labelled(clip)
    assert refused.status == "rejected" and refused.exit_code == 3
    assert said in refused.problems[0].message
    assert refused.problems[0].message.count("which this version could not keep") == 1
    silent, loud = labelled(clip, without_mention(clip.parent), "eu-standard")
    assert silent.status == "released", silent.problems
    assert silent.verdict is not None and silent.verdict.rendered is not None
    assert silent.verdict.rendered.way == "copy"
    assert more in (clip.parent / "out" / "film.silent.mp4").read_bytes()
    assert loud.status == "rejected" and said in loud.problems[0].message


def test_a_copy_is_no_reason_to_accept_what_changes(clip: Path) -> None:
    surgery.with_in_entry(st3d(1))(clip)
    accept(survey(clip), clip, ways=ANY_WAY)
