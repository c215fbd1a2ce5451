"""A container that cannot hold a layer gets it in files beside the video: released with a warning, and read back."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import av
import pytest

from labeler import label, verify
from labeler.errors import OutputCollision
from labeler.layers.credentials import identity
from labeler.layers.credentials.identity import home
from labeler.verdict import Disclosure, Outcome, Status
from tests.clips import picture

CODECS = {"ts": "libx264", "avi": "mpeg4", "webm": "libvpx"}


def make(path: Path) -> Path:
    with av.open(str(path), "w") as container:
        video = container.add_stream(CODECS[path.suffix[1:]], rate=25, options={"b": "2000000", "bf": "0"})
        video.width, video.height, video.pix_fmt = 640, 360, "yuv420p"
        for number in range(25):
            frame = av.VideoFrame.from_ndarray(picture(number, 640, 360), format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(video.encode(frame))
        container.mux(video.encode())
    return path


@pytest.fixture
def studio(private_home: Path) -> None:
    identity.create("studio", home=home(), now=datetime.now(UTC))


@pytest.mark.parametrize("suffix", ["ts", "avi"])
def test_both_layers_in_sidecars(suffix: str, tmp_path: Path, studio: None) -> None:
    source = make(tmp_path / f"film.{suffix}")
    (tmp_path / "film.xmp").write_text(
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<r:Description xmlns:d="http://purl.org/dc/elements/1.1/" d:title="Nuit"/></r:RDF></x:xmpmeta>'
    )
    (result,) = label(source, involvement="generated", output=f"{tmp_path}/out/")
    assert result.status == "released" and sorted(result.sidecars) == [
        "film.eu-standard.c2pa",
        "film.eu-standard.xmp",
    ]
    assert result.verdict is not None
    told = {check.id: check for check in result.verdict.checks}
    assert told["metadata.source_type"].status is Status.WARN and "beside" in told["metadata.source_type"].message
    assert told["credentials.present"].status is Status.WARN
    output = tmp_path / "out" / f"film.eu-standard.{suffix}"
    assert 'title="Nuit"' in output.with_suffix(".xmp").read_text()
    (again,) = label(source, involvement="generated", output=f"{tmp_path}/out/")
    assert again.status == "skipped"
    verdict = verify(output, preset="eu-standard")
    assert (verdict.outcome, verdict.disclosure) == (Outcome.PASS, Disclosure.DECLARED)
    output.with_suffix(".xmp").unlink()
    alone = verify(output, preset="eu-standard")
    assert alone.outcome is Outcome.FAIL
    (third,) = label(source, involvement="generated", output=f"{tmp_path}/out/")
    assert third.status == "released" and output.with_suffix(".xmp").is_file(), "a lost sidecar is not done"


def test_a_sidecar_left_by_a_run_that_was_killed_is_in_nobodys_way(tmp_path: Path, studio: None) -> None:
    source = make(tmp_path / "film.ts")
    (result,) = label(source, involvement="generated")
    output = tmp_path / "film.eu-standard.ts"
    for path in (output, tmp_path / f"{output.name}.labeler.json"):
        path.unlink()
    (again,) = label(source, involvement="generated")
    assert (result.status, again.status) == ("released", "released")


def test_someone_elses_xmp_is_not_replaced(tmp_path: Path, studio: None) -> None:
    source = make(tmp_path / "film.ts")
    (tmp_path / "film.eu-standard.xmp").write_text("somebody else's")
    (result,) = label(source, involvement="generated")
    assert (result.status, result.exit_code) == ("rejected", 3)
    assert (tmp_path / "film.eu-standard.xmp").read_text() == "somebody else's"


def test_two_sidecars_of_one_name_are_refused_before_any_work(tmp_path: Path, studio: None) -> None:
    sources = [make(tmp_path / "film.ts"), make(tmp_path / "film.avi")]
    with pytest.raises(OutputCollision, match=r"\.c2pa"):
        label(*sources, involvement="generated")


def test_a_later_run_leaves_the_sidecar_of_another_delivered_file(tmp_path: Path, studio: None) -> None:
    (first,) = label(make(tmp_path / "film.ts"), involvement="generated", output=f"{tmp_path}/out/")
    (second,) = label(make(tmp_path / "film.webm"), involvement="generated", output=f"{tmp_path}/out/")
    assert (first.status, second.status, second.exit_code) == ("released", "rejected", 3)
    verdict = verify(tmp_path / "out" / "film.eu-standard.ts", preset="eu-standard")
    assert verdict.outcome is Outcome.PASS


def test_webm_carries_its_fields_and_not_its_seal(tmp_path: Path, studio: None) -> None:
    (result,) = label(make(tmp_path / "film.webm"), involvement="generated")
    assert result.status == "released" and result.sidecars == ("film.eu-standard.c2pa",)
    assert result.verdict is not None
    told = {check.id: check.status for check in result.verdict.checks}
    assert told["metadata.source_type"] is Status.PASS and told["credentials.present"] is Status.WARN
