"""What is said of a machine, from facts that are put in: nothing here reads a clock, a disk or a font of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from labeler.doctor import codecs, libraries, machine, parts, signing, wording
from labeler.doctor.examine import examined
from labeler.layers.credentials import identity as identities
from labeler.layers.credentials.trust import Trust
from labeler.layers.mention.font import FONT_NAME
from labeler.media import trial
from labeler.media.encoders.table import ENCODERS
from labeler.media.trial import Trial
from labeler.rules.examination import Examination, Finding, note, ok, problem
from labeler.rules.presets import load_preset

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
PROJECT = Path(__file__).parents[2] / "pyproject.toml"


def by_id(findings: Iterable[Finding]) -> dict[str, Finding]:
    return {finding.id: finding for finding in findings}


# --- the exit code ----------------------------------------------------------------------------------------------------


def test_only_what_the_install_promises_is_exit_6() -> None:
    mine = Examination.of([ok("a", "A", "is"), problem("b", "B", "expired", "renew"), note("c", "C", "soon")])
    assert (mine.outcome, mine.exit_code) == ("problem", 0)
    (lacking,) = codecs.judge([Trial("av1", "libsvtav1", "yuv420p", "encoder", "Encoder not found")])
    assert Examination.of([lacking]).exit_code == 6
    assert (Examination.of([ok("a", "A", "is")]).outcome, Examination.of([note("c", "C", "soon")]).outcome) == (
        "ok",
        "note",
    )


# --- codecs -----------------------------------------------------------------------------------------------------------


def test_a_missing_encoder_is_named_with_what_to_do() -> None:
    made = [
        Trial("h264", "libx264", "yuv420p"),
        Trial("hevc", "libx265", "yuv420p"),
        Trial("hevc", "libx265", "yuv420p12le", "encoder", "Invalid argument"),
    ]
    found = by_id(codecs.judge(made))
    assert found["codec.h264"].mark == "ok"
    hevc = found["codec.hevc"]
    assert hevc.mark == "problem" and hevc.is_promised and hevc.remedy
    assert "libx265" in hevc.detail and "yuv420p12le" in hevc.detail and "yuv420p," not in hevc.detail


def test_each_codec_of_the_table_is_really_tried() -> None:
    made = list(trial.trials())
    assert {(one.codec, one.samples) for one in made} == {
        (codec, samples) for codec, encoder in ENCODERS.items() for samples in encoder.samples
    }
    assert [one for one in made if one.failed] == []


def test_a_trial_of_what_is_not_there_fails() -> None:
    missing = replace(ENCODERS["h264"], name="libnotthere")
    assert trial.attempt("h264", missing, "yuv420p").failed == "encoder"
    refused = trial.attempt("vp8", ENCODERS["vp8"], "yuv444p")
    assert refused.failed == "encoder" and refused.reason
    assert trial.attempt("nocodec", ENCODERS["h264"], "yuv420p").failed == "decoder"


def test_another_picture_is_no_success(monkeypatch: pytest.MonkeyPatch) -> None:
    real = trial.decoded

    def inverted(*given: object) -> object:
        frame = real(*given)  # type: ignore[arg-type]
        assert frame is not None
        frame.make_writable()
        (luma, *_) = trial.planes(frame, writable=True)
        luma[:] = 255 - luma
        return frame

    monkeypatch.setattr(trial, "decoded", inverted)
    assert "another picture" in trial.attempt("h264", ENCODERS["h264"], "yuv420p").reason


# --- parts ------------------------------------------------------------------------------------------------------------


def whole() -> parts.Parts:
    return parts.Parts((3, 11, 7), "Linux x86_64", {name: "1.0" for name in parts.PACKAGES})


def test_packages_are_those_of_the_project() -> None:
    text = PROJECT.read_text(encoding="utf-8").partition("dependencies = [")[2].partition("\n]")[0]
    assert set(re.findall(r'^    "([a-z0-9-]+)', text, re.MULTILINE)) == set(parts.PACKAGES)


def test_parts() -> None:
    assert {finding.mark for finding in parts.judge(whole())} == {"ok"}
    old = by_id(parts.judge(replace(whole(), python=(3, 10, 2))))["python"]
    assert old.mark == "problem" and old.is_promised
    without = by_id(parts.judge(replace(whole(), packages={**whole().packages, "av": None})))["packages"]
    assert without.mark == "problem" and without.is_promised and "av" in without.detail
    twice = by_id(parts.judge(replace(whole(), packages={**whole().packages, "opencv-python": "4.11"})))["opencv"]
    assert twice.mark == "note"


def test_a_library_that_does_not_load() -> None:
    def broken() -> str:
        raise OSError("libc2pa_c.so: wrong ELF class")

    found = libraries.loaded("C2PA", broken)
    assert found.mark == "problem" and found.is_promised and "wrong ELF class" in found.detail
    assert {libraries.loaded(name, version).mark for name, version in libraries.LIBRARIES.items()} == {"ok"}


# --- presets and fonts ------------------------------------------------------------------------------------------------


def test_a_broken_font(tmp_path: Path) -> None:
    def damaged(name: str) -> object:
        from io import BytesIO

        from fontTools.ttLib import TTFont

        return TTFont(BytesIO(b"OTTO" + bytes(40)))

    fact = wording.font_fact(FONT_NAME, damaged)  # type: ignore[arg-type]
    assert fact.fault
    found = wording.judge_fonts((wording.FontFact("good.otf"), fact))
    assert found.mark == "problem" and found.is_promised
    assert FONT_NAME in found.detail and "good.otf" not in found.detail
    assert wording.judge_fonts((wording.font_fact(FONT_NAME),)).mark == "ok"


def test_letters_that_no_font_has() -> None:
    preset = load_preset("eu-standard").preset
    assert wording.letters_missing(preset) == ""
    mention = preset.mention.model_copy(update={"text": {"th": "เนื้อหา"}})
    missing = wording.letters_missing(preset.model_copy(update={"mention": mention}))
    found = wording.judge_letters(("", missing))
    assert found.mark == "problem" and found.is_promised and "eu-standard" in found.detail


def test_numbers_out_of_date_are_a_note() -> None:
    fact = wording.PresetFact("eu-standard", True, load_preset("eu-standard").preset)
    assert [one.mark for one in wording.judge_presets((fact,), NOW.date())] == ["ok"]
    later = by_id(wording.judge_presets((fact,), NOW.date() + timedelta(days=3000)))["preset.eu-standard"]
    assert later.mark == "note" and re.match(r"\d+ of its numbers", later.detail)


def test_whose_preset_is_broken_decides_whose_problem_it_is() -> None:
    ours, theirs = (wording.PresetFact("x", is_ours, None, "line 3: no.", "Mend it.") for is_ours in (True, False))
    for fact in (ours, theirs):
        found = by_id(wording.judge_presets((fact,), NOW.date()))["preset.x"]
        assert found.mark == "problem" and found.is_promised is fact.is_ours and found.detail == "line 3: no."


def test_a_folder_of_presets_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELER_PRESETS", "/no/such/folder")
    (found,) = examined("wording", NOW)
    assert found.mark == "problem" and not found.is_promised and "LABELER_PRESETS" in found.detail


# --- signing ----------------------------------------------------------------------------------------------------------


def signing_of(home: Path, wanted: str | None = None) -> signing.Signing:
    return replace(signing.gathered(home), wanted=wanted)


def test_no_identity_is_a_note_with_the_command(tmp_path: Path) -> None:
    found = by_id(signing.judge(signing_of(tmp_path), NOW))
    assert found["signer"].mark == "note"
    assert "labeler identity new" in (found["signer"].remedy or "")
    assert found["trust"].mark == "ok"


@pytest.mark.parametrize(("days", "mark"), [(-2, "problem"), (0, "ok"), (334, "ok"), (336, "note"), (366, "problem")])
def test_an_identity_by_its_dates(tmp_path: Path, days: int, mark: str) -> None:
    identities.create("studio", home=tmp_path, now=NOW)
    found = by_id(signing.judge(signing_of(tmp_path), NOW + timedelta(days=days)))
    assert found["signer"].mark == "ok"
    assert found["identity.studio"].mark == mark
    assert not found["identity.studio"].is_promised
    if mark == "ok":
        assert "0600" in found["identity.studio"].detail


@pytest.mark.parametrize(("answer", "mark"), [("http://two/", "ok"), (None, "note")])
def test_time_servers_are_asked(tmp_path: Path, answer: str | None, mark: str) -> None:
    identities.create("studio", home=tmp_path, now=NOW)
    folder = tmp_path / "identities" / "studio"
    (folder / "identity.toml").write_text('tsa = ["http://one/", "http://two/"]')
    asked: list[tuple[str, ...]] = []

    def first(servers: tuple[str, ...]) -> str | None:
        asked.append(servers)
        return answer

    facts = signing.Signing(tmp_path, (signing.identity_fact(folder, first),), None, None)
    found = by_id(signing.judge(facts, NOW))["identity.studio.time"]
    assert asked == [("http://one/", "http://two/")]
    assert found.mark == mark and not found.is_promised and "http://two/" in found.detail


def test_no_time_server_is_asked_where_none_is_named(tmp_path: Path) -> None:
    identities.create("studio", home=tmp_path, now=NOW)
    assert "identity.studio.time" not in by_id(signing.judge(signing_of(tmp_path), NOW))


def test_a_key_that_others_may_read(tmp_path: Path) -> None:
    identities.create("studio", home=tmp_path, now=NOW)
    (tmp_path / "identities" / "studio" / "key.pem").chmod(0o644)
    found = by_id(signing.judge(signing_of(tmp_path), NOW))["identity.studio"]
    assert found.mark == "problem" and "chmod 600" in (found.remedy or "")


def test_which_of_several_identities_signs(tmp_path: Path) -> None:
    for name in ("one", "two"):
        identities.create(name, home=tmp_path, now=NOW)
    assert by_id(signing.judge(signing_of(tmp_path), NOW))["signer"].mark == "note"
    assert by_id(signing.judge(signing_of(tmp_path, "two"), NOW))["signer"].detail == "two"
    assert by_id(signing.judge(signing_of(tmp_path, "three"), NOW))["signer"].mark == "problem"


def test_trust_lists(tmp_path: Path) -> None:
    trusted = Trust("PEM", ("A root", "B root"), ("studio.pem",), NOW.date())
    facts = signing.Signing(tmp_path, (), None, trusted)
    assert "2 certificates in studio.pem" in by_id(signing.judge(facts, NOW))["trust"].detail
    (tmp_path / "trust").mkdir()
    (tmp_path / "trust" / "bad.pem").write_text("no certificate")
    found = by_id(signing.judge(signing.gathered(tmp_path), NOW))["trust"]
    assert found.mark == "problem" and "bad.pem" in found.detail


@pytest.mark.parametrize(("year", "mark"), [(1970, "problem"), (2026, "ok"), (2035, "ok"), (2038, "problem")])
def test_clock(year: int, mark: str) -> None:
    assert signing.judge_clock(NOW.replace(year=year)).mark == mark


# --- the machine ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "mark"),
    [
        (machine.Place("temporary", "/t", 80_000_000_000, True), "ok"),
        (machine.Place("temporary", "/t", 4_900_000_000, True), "note"),
        (machine.Place("temporary", "/t", 0, True), "problem"),
        (machine.Place("temporary", "/t", 80_000_000_000, False), "problem"),
        (machine.Place("current", "/c", 80_000_000_000, False), "note"),
        (machine.Place("current", "", None, False), "problem"),
    ],
)
def test_room(place: machine.Place, mark: str) -> None:
    found = machine.judge_place(place)
    assert (found.mark, found.is_promised) == (mark, False)
    assert (found.remedy is None) is (mark == "ok")


def test_a_folder_that_was_removed() -> None:
    def gone() -> str:
        raise FileNotFoundError

    assert machine.place_of("current", gone).free is None


def test_processors() -> None:
    assert machine.judge_processors(machine.Processors(8, 8, 1.5)).mark == "note"
    assert machine.judge_processors(machine.Processors(8, 2, 2.0)).mark == "ok"


def test_tools_are_optional(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert machine.judge_tool(machine.tool("ffprobe")).mark == "ok"
    script = tmp_path / "ffprobe"
    script.write_text("#!/bin/sh\nexit 1\n")
    script.chmod(0o755)
    assert machine.judge_tool(machine.tool("ffprobe")).mark == "note"
    script.write_text("#!/bin/sh\necho 'ffprobe version 7.1 Copyright (c)'\n")
    found = machine.judge_tool(machine.tool("ffprobe"))
    assert found.mark == "ok" and found.detail.startswith("ffprobe version 7.1 (")


# --- what cannot be looked at -----------------------------------------------------------------------------------------


def test_a_part_that_breaks_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(now: datetime) -> Iterable[Finding]:
        raise ImportError("libavcodec.so: cannot open shared object file")

    monkeypatch.setattr(codecs, "examine", broken)
    (found,) = examined("codecs", NOW)
    assert found.mark == "problem" and found.is_promised and "libavcodec.so" in found.detail
