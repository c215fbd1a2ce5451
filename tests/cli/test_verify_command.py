"""`labeler verify` and `labeler inspect` on good, broken, stripped and strange files."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Studio, record_of


def test_good(studio: Studio) -> None:
    done = studio.labeler("verify", studio.labelled, "--preset", "eu-standard", "--json")
    assert done.code == 0, done.err
    (verdict,) = done.objects()
    assert verdict["schema"] == "labeler.verdict/1" and verdict["outcome"] == "pass"
    assert (verdict["disclosure"], verdict["integrity"], verdict["trust"]) == ("declared", "intact", "unlisted")
    assert verdict["judged_by"]["plan"] == "record" and verdict["meets"] == {"eu-standard": []}
    assert verdict["found"]["mention"][0]["class"] == "phrase"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("PASS", "declared", "intact since it was signed", "on no trust list", "its record")),
        ("fr", ("CONFORME", "déclarée", "intacte depuis la signature", "aucune liste de confiance", "sa fiche")),
    ],
)
def test_text(language: str, words: tuple[str, ...], studio: Studio) -> None:
    done = studio.labeler("verify", studio.labelled, "--preset", "eu-standard", LABELER_LANG=language)
    assert (done.code, done.out) == (0, "")
    for word in words:
        assert word in done.err
    assert "! credentials.signer" in done.err


def test_without_a_preset(studio: Studio, tmp_path: Path) -> None:
    for record, plan in ((True, "record"), (False, "manifest")):
        file = studio.copy_labelled(tmp_path / plan, record=record)
        done = studio.labeler("verify", file, "--json")
        assert done.code == 0, done.err
        (verdict,) = done.objects()
        assert verdict["judged_by"] is None and verdict["disclosure"] == "declared"


def test_away_from_its_record(studio: Studio, tmp_path: Path) -> None:
    renamed = studio.copy_labelled(tmp_path, record=False).rename(tmp_path / "renamed.mp4")
    done = studio.labeler("verify", renamed, "--preset", "eu-standard", "--json")
    assert done.code == 0, done.err
    (verdict,) = done.objects()
    assert verdict["judged_by"]["plan"] == "manifest"
    assert verdict["layers"]["media"] == "not_checked"


def test_one_byte_altered(studio: Studio, tmp_path: Path) -> None:
    file = studio.copy_labelled(tmp_path)
    content = bytearray(file.read_bytes())
    at = content.rindex(b"<?xpacket end") - 40
    assert content[at] in b" \n"
    content[at] = ord("\t")
    file.write_bytes(content)
    done = studio.labeler("verify", file, "--preset", "eu-standard", "--json")
    assert done.code == 1
    (verdict,) = done.objects()
    assert (verdict["outcome"], verdict["integrity"]) == ("fail", "altered")
    assert "credentials.integrity" in verdict["meets"]["eu-standard"]
    assert "ALTERED" in studio.labeler("verify", file).err


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not on this machine: nothing strips the file")
def test_stripped(studio: Studio, tmp_path: Path) -> None:
    """A remux that keeps the pictures and drops all else, as platforms do: the mention is still found."""
    stripped = tmp_path / "stripped.mp4"
    command = [
        "ffmpeg",
        "-nostdin",
        "-v",
        "error",
        "-i",
        studio.labelled,
        "-map_metadata",
        "-1",
        "-c",
        "copy",
        stripped,
    ]
    subprocess.run([str(part) for part in command], check=True)
    done = studio.labeler("verify", stripped, "--preset", "eu-standard", "--json")
    assert done.code == 1
    (verdict,) = done.objects()
    assert (verdict["judged_by"]["plan"], verdict["integrity"], verdict["disclosure"]) == (
        "derived",
        "unsigned",
        "partial",
    )
    assert verdict["layers"]["mention"] == "warn", "the clip is shorter than its reading time"
    assert verdict["layers"]["metadata"] == verdict["layers"]["credentials"] == "absent"


def test_the_unlabelled_master(studio: Studio) -> None:
    done = studio.labeler("verify", studio.clip, "--json")
    assert done.code == 1
    (verdict,) = done.objects()
    assert verdict["disclosure"] == "undeclared", "it was looked for everywhere, and found nowhere"
    assert verdict["layers"]["mention"] == "absent" and verdict["found"]["coverage"]["frames"] > 0
    assert "mention.presence" in verdict["meets"]["eu-standard"]
    asked = studio.labeler("verify", studio.clip, "--preset", "eu-standard")
    assert asked.code == 1 and "does not prove" in asked.err


def test_a_declaration(studio: Studio, tmp_path: Path) -> None:
    for involvement, code in (("generated", 0), ("assisted", 1)):
        declared = tmp_path / f"{involvement}.toml"
        declared.write_text(f'schema = "labeler.declaration/1"\n[ai]\ninvolvement = "{involvement}"\n')
        done = studio.labeler("verify", studio.labelled, "--preset", "eu-standard", "--declaration", declared, "--json")
        assert done.code == code, done.err
        failed = {check["id"] for check in done.objects()[0]["checks"] if check["status"] == "fail"}
        assert failed == (set() if code == 0 else {"metadata.source_type", "credentials.source_type"})


def test_trusted_root(studio: Studio) -> None:
    root = studio.home / "identities" / "studio" / "root.pem"
    done = studio.labeler("verify", studio.labelled, "--preset", "eu-standard", "--trust", root, "--json")
    assert (done.code, done.objects()[0]["trust"]) == (0, "listed")


@pytest.mark.wide
def test_a_folder(studio: Studio, tmp_path: Path) -> None:
    studio.copy_labelled(tmp_path)
    studio.copy_clip(tmp_path / "below" / "plain.mp4")
    (tmp_path / "broken.mp4").write_bytes(b"")
    flat = studio.labeler("verify", tmp_path, "--preset", "eu-standard", "--json")
    assert flat.code == 1
    assert [verdict["outcome"] for verdict in flat.objects()] == ["error", "pass"]
    error = flat.objects()[0]
    assert error["sha256"] is None and error["problems"][0]["code"] == "source-unreadable"
    deep = studio.labeler("verify", tmp_path, "-r", "--json")
    names = [Path(verdict["file"]).name for verdict in deep.objects()]
    assert names == ["plain.mp4", "broken.mp4", "film.eu-standard.mp4"]


@pytest.mark.parametrize(
    ("kinds", "code"), [(["contradictory"], 0), (["undeclared"], 1), (["contradictory", "undeclared"], 1)]
)
def test_fail_on(kinds: list[str], code: int, studio: Studio) -> None:
    flags = [part for kind in kinds for part in ("--fail-on", kind)]
    assert studio.labeler("verify", studio.clip, *flags).code == code


def test_several_presets(studio: Studio) -> None:
    done = studio.labeler(
        "verify", studio.labelled, "--preset", "eu-standard", "--preset", "vertical-universal", "--json"
    )
    assert done.code == 1
    assert [verdict["outcome"] for verdict in done.objects()] == ["pass", "fail"], "no layout of the second holds it"


def test_inspect(studio: Studio) -> None:
    done = studio.labeler("inspect", studio.labelled)
    assert done.code == 0
    for part in ("Contenu généré", "trainedAlgorithmicMedia", "studio", "intact"):
        assert part in done.out
    assert "conforme" in studio.labeler("inspect", studio.labelled, LABELER_LANG="fr").out
    data = studio.labeler("inspect", studio.labelled, "--json")
    (inspection,) = data.objects()
    assert inspection["schema"] == "labeler.inspection/1" and "outcome" not in inspection
    assert inspection["found"]["metadata"]["digitalSourceType"]
    assert record_of(studio.labelled).is_file()


@pytest.mark.wide
def test_of_many_files_those_that_fail_are_told_and_the_rest_on_request(studio: Studio, tmp_path: Path) -> None:
    studio.copy_labelled(tmp_path)
    studio.copy_clip(tmp_path / "plain.mp4")
    told = studio.labeler("verify", tmp_path)
    assert told.code == 1
    assert "2 verdicts: 1 declared, 1 with none found; 1 fail." in told.err
    assert told.err.count("disclosure: declared") == 0
    assert studio.labeler("verify", tmp_path, "--all").err.count("disclosure: declared") == 1


@pytest.mark.wide
def test_a_log_for_pipelines(studio: Studio, tmp_path: Path) -> None:
    studio.copy_clip(tmp_path / "plain.mp4")
    done = studio.labeler("verify", tmp_path, "--preset", "eu-standard", "--format", "sarif")
    (log,) = done.objects()
    assert done.code == 1 and log["version"] == "2.1.0"
    results = {result["ruleId"]: result["level"] for result in log["runs"][0]["results"]}
    assert results["mention.presence"] == "error"


@pytest.mark.wide
def test_the_same_answer_always(studio: Studio, tmp_path: Path) -> None:
    """In another place and another process, with another order of Python's sets."""
    answers = []
    for number, folder in enumerate(("here", "là bas")):
        copy = studio.copy_labelled(tmp_path / folder, record=False)
        done = studio.labeler("verify", copy, "--json", PYTHONHASHSEED=str(number))
        (verdict,) = done.objects()
        answers.append({name: told for name, told in verdict.items() if name not in ("file", "seconds")})
    assert answers[0] == answers[1]
    assert answers[0]["found"]["mention"][0]["text"] == "Contenu généré ou assisté par IA"
