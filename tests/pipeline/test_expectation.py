"""What a file is judged by: its plan says where to look, the preset that is asked for says what is enough."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import av
import pytest

from labeler import verify
from labeler.cli.main import run
from labeler.errors import DeclarationError
from labeler.layers.credentials import identity as identities
from labeler.release import record_path
from labeler.rules.presets import built_in_folder
from labeler.verdict import Verdict
from tests.clips import make_clip

BUILT_IN = "eu-standard"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("expectation")


@pytest.fixture(scope="module")
def lax(folder: Path) -> Path:
    """A preset of the studio's own, under a built-in's id, whose margins are too narrow."""
    text = (built_in_folder() / f"{BUILT_IN}.toml").read_text(encoding="utf-8")
    path = folder / f"{BUILT_IN}.toml"
    path.write_text(text.replace("value = [5, 5, 5, 5]", "value = [1, 1, 1, 1]"), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def outputs(folder: Path, lax: Path) -> dict[str, Path]:
    """One clip labelled by the built-in preset, by the lax one, and in English."""
    home = folder / "home"
    clip = make_clip(folder / "clip.mp4", seconds=4)
    made = {}
    identities.create("studio", home=home, now=datetime.now(UTC))
    for name, flags in (
        ("built-in", ["--preset", BUILT_IN]),
        ("lax", ["--preset", str(lax)]),
        ("english", ["--preset", BUILT_IN, "--language", "en"]),
    ):
        made[name] = folder / f"{name}.mp4"
        arguments = ["label", str(clip), "-o", str(made[name]), "--involvement", "generated", *flags]
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LABELER_HOME", str(home))
            assert run(arguments) == 0
    return made


def copy_without_record(path: Path, target: Path) -> Path:
    target.write_bytes(path.read_bytes())
    return target


def failed(verdict: Verdict) -> set[str]:
    return {check.id for check in verdict.checks if check.status == "fail"}


def test_the_record_of_these_bytes(outputs: dict[str, Path]) -> None:
    verdict = verify(outputs["built-in"], preset=BUILT_IN)
    assert verdict.outcome == "pass" and verdict.judged_by is not None
    assert verdict.judged_by.plan == "record" and verdict.layers["media"] == "pass"


@pytest.mark.parametrize("name", ["built-in", "english"])
def test_the_signed_assertion_where_there_is_no_record(name: str, outputs: dict[str, Path], tmp_path: Path) -> None:
    verdict = verify(copy_without_record(outputs[name], tmp_path / "moved.mp4"), preset=BUILT_IN)
    assert verdict.outcome == "pass" and verdict.judged_by is not None
    assert verdict.judged_by.plan == "manifest" and verdict.layers["media"] == "not_checked"


def strip(path: Path, target: Path) -> Path:
    """The video alone: every seal and packet of metadata gone."""
    with av.open(str(path)) as source, av.open(str(target), "w") as file:
        stream = file.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                file.mux(packet)
    return target


@pytest.mark.parametrize("name", ["built-in", "english"])
def test_a_stripped_copy_is_judged_by_the_preset_alone(name: str, outputs: dict[str, Path], tmp_path: Path) -> None:
    """Every seal and packet gone, the pixels still speak: the mention is found in its own language."""
    verdict = verify(strip(outputs[name], tmp_path / "stripped.mp4"), preset=BUILT_IN)
    assert verdict.judged_by is not None and verdict.judged_by.plan == "derived"
    assert verdict.layers["mention"] == "pass" and verdict.integrity == "unsigned"
    assert verdict.layers["credentials"] == verdict.layers["metadata"] == "absent"
    assert verdict.outcome == "fail" and verdict.disclosure == "partial"
    assert verdict.found.mention[0].language == ("en" if name == "english" else "fr")


def test_another_preset_judges_by_its_own_margins(outputs: dict[str, Path]) -> None:
    verdict = verify(outputs["lax"], preset=BUILT_IN)
    assert "mention.placement" in failed(verdict) and verdict.outcome == "fail"
    assert verdict.meets == {BUILT_IN: tuple(sorted(failed(verdict)))}


@pytest.mark.wide
def test_what_is_in_the_way_is_told_alike_with_a_preset_and_without(outputs: dict[str, Path], tmp_path: Path) -> None:
    """A mention off its place that no plan leads to is found all over the pictures, and only its place is wrong. Where
    a preset has no layout for the shape of the picture, nothing of it was measured, and that is said."""
    stripped = strip(outputs["lax"], tmp_path / "stripped.mp4")
    every = verify(stripped)
    assert {BUILT_IN, "vertical-universal", "eu-generated", "cn-gb45438"} <= every.meets.keys()
    for preset, reasons in every.meets.items():
        asked = verify(stripped, preset=preset)
        assert reasons == asked.meets[preset]
        if preset == BUILT_IN:
            assert {id for id in asked.meets[preset] if id.startswith("mention")} == {"mention.placement"}
        if preset == "vertical-universal":
            assert (asked.layers["mention"], asked.unmeasured) == ("not_checked", ())
            assert "mention.placement" in asked.meets[preset] and every.layers["mention"] == "pass"


def test_a_record_cannot_ask_for_less_than_the_preset(outputs: dict[str, Path], tmp_path: Path) -> None:
    """A record that claims the built-in preset for what the lax one made."""
    forged = copy_without_record(outputs["lax"], tmp_path / "forged.mp4")
    honest = json.loads(record_path(outputs["built-in"]).read_text())
    record = json.loads(record_path(outputs["lax"]).read_text())
    record["plan"]["preset"] = record["preset"] = honest["preset"]
    record_path(forged).write_text(json.dumps(record))
    verdict = verify(forged, preset=BUILT_IN)
    assert verdict.judged_by is not None and verdict.judged_by.plan == "record"
    assert "mention.placement" in failed(verdict)


def test_without_a_preset_the_answer_is_the_disclosure(outputs: dict[str, Path], tmp_path: Path) -> None:
    verdict = verify(copy_without_record(outputs["built-in"], tmp_path / "moved.mp4"))
    assert (verdict.outcome, verdict.disclosure, verdict.judged_by) == ("pass", "declared", None)
    assert verdict.meets[BUILT_IN] == () and verdict.meets["vertical-universal"] == ("mention.placement",)
    assert "metadata.aigc" in verdict.meets["cn-gb45438"]


@pytest.mark.parametrize("has_record", [True, False])
def test_a_preset_without_a_layout_for_the_shape(has_record: bool, outputs: dict[str, Path], tmp_path: Path) -> None:
    """Of a file with a plan as of any other: it is judged (1), and the sentence says which shapes the preset holds."""
    path = outputs["built-in"] if has_record else copy_without_record(outputs["built-in"], tmp_path / "moved.mp4")
    verdict = verify(path, preset="vertical-universal")
    assert verdict.outcome == "fail" and verdict.meets["vertical-universal"] == ("mention.placement",)
    assert verdict.layers["mention"] == "not_checked" and verdict.integrity == "intact"
    (check,) = [check for check in verdict.checks if check.layer == "mention"]
    assert check.status == "not_checked" and check.mandatory and "(640x360, 1.78:1); it holds 0.5-0.65" in check.message


def test_altered_bytes_disclose_less(outputs: dict[str, Path], tmp_path: Path) -> None:
    """The mention is still there for people; what machines read can no longer be relied on."""
    content = bytearray(outputs["built-in"].read_bytes())
    content[content.rindex(b"<?xpacket end") - 40] = ord("\t")
    altered = tmp_path / "altered.mp4"
    altered.write_bytes(content)
    verdict = verify(altered, preset=BUILT_IN)
    assert verdict.integrity == "altered" and verdict.outcome == "fail"
    assert verdict.disclosure == "partial"


def test_a_declaration_at_hand_is_held_against_the_file(
    outputs: dict[str, Path], tmp_path: Path, private_home: Path
) -> None:
    path = tmp_path / "declared.toml"
    for involvement, expected in (
        ("generated", set()),
        ("modified", {"metadata.source_type", "credentials.source_type"}),
    ):
        path.write_text(f'schema = "labeler.declaration/1"\n[ai]\ninvolvement = "{involvement}"\n')
        verdict = verify(outputs["built-in"], preset=BUILT_IN, declaration=path)
        assert expected <= failed(verdict)
        assert bool(expected) == bool(failed(verdict)), failed(verdict)


@pytest.mark.parametrize(("involvement", "expected"), [("generated", set()), ("modified", {"metadata.agreement"})])
@pytest.mark.parametrize("has_record", [True, False])
def test_what_a_preset_is_for_is_held_against_the_metadata(
    has_record: bool, involvement: str, expected: set[str], outputs: dict[str, Path], tmp_path: Path, private_home: Path
) -> None:
    """The same words on the picture, under a preset for one involvement: the metadata must not tell of another."""
    path = tmp_path / "fixed.toml"
    head = 'schema = "labeler.preset/1"\nid = "fixed"\nversion = 1\ntitle = {en = "Fixed"}\n'
    path.write_text(f'{head}extends = "{BUILT_IN}"\ninvolvement = "{involvement}"\n')
    film = outputs["built-in"] if has_record else copy_without_record(outputs["built-in"], tmp_path / "moved.mp4")
    verdict = verify(film, preset=path)
    assert failed(verdict) == expected
    assert verdict.meets == {"fixed": tuple(sorted(expected))}
    other = tmp_path / "declared.toml"
    other.write_text('schema = "labeler.declaration/1"\n[ai]\ninvolvement = "assisted"\n')
    with pytest.raises(DeclarationError, match="«assisted»"):
        verify(film, preset=path, declaration=other)


def test_an_untouched_clip_discloses_nothing(folder: Path, outputs: dict[str, Path]) -> None:
    verdict = verify(folder / "clip.mp4", preset=BUILT_IN)
    assert verdict.disclosure == "undeclared" and verdict.outcome == "fail"
    plain = verify(folder / "clip.mp4")
    assert plain.disclosure == "undeclared" and plain.layers["mention"] == "absent"
    assert plain.found.coverage is not None and plain.found.coverage.is_whole
