"""`labeler label` as a person types it: exit codes, dry runs, usage, both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Studio

GENERATED = ("--involvement", "generated")


def test_a_dry_run_writes_nothing(studio: Studio, tmp_path: Path) -> None:
    clip = studio.copy_clip(tmp_path / "in" / "spot.mp4")
    before = sorted(tmp_path.rglob("*"))
    done = studio.labeler("label", clip.parent, *GENERATED, "-o", f"{tmp_path}/out/", "--dry-run", "--json")
    assert done.code == 0, done.err
    (item,) = done.objects()
    assert item["schema"] == "labeler.plan/1"
    assert item["output"] == str(tmp_path / "out" / "spot.eu-standard.mp4")
    assert item["preset"]["id"] == "eu-standard" and item["mention"][0]["box"]
    text = studio.labeler("label", clip, *GENERATED, "-o", f"{tmp_path}/out/", "--dry-run")
    assert text.code == 0 and "Contenu généré" in text.out and "spot.eu-standard.mp4" in text.out
    assert sorted(tmp_path.rglob("*")) == before


def test_a_dry_run_tells_the_programme(studio: Studio, tmp_path: Path) -> None:
    """A clip of 1 s at 25 pictures a second, without a time code."""
    flags = (*GENERATED, "-o", f"{tmp_path}/", "--dry-run", "--program-in", "00:00:00:05")
    done = studio.labeler("label", studio.clip, *flags, "--program-out", "0.8")
    assert done.code == 0 and "programme 0.200-0.800 s" in done.out, done.err
    (item,) = studio.labeler("label", studio.clip, *flags, "--json").objects()
    assert item["mention"][0]["programme"] == {"from": 0.2, "to": 1.0} == item["mention"][0]["intervals"][0]
    beyond = studio.labeler("label", studio.clip, *flags, "--program-out", "00:00:01:01")
    assert beyond.code == 3 and str(studio.clip) in beyond.err and "00:00:01:00" in beyond.err


def test_a_dry_run_tells_what_would_be_refused(studio: Studio, tmp_path: Path) -> None:
    taken = tmp_path / "film.eu-standard.mp4"
    taken.write_bytes(b"someone's work")
    done = studio.labeler("label", studio.clip, *GENERATED, "-o", f"{tmp_path}/", "--dry-run")
    assert (done.code, done.out) == (3, "") and taken.name in done.err
    both = studio.labeler(
        "label",
        studio.clip,
        *GENERATED,
        "-o",
        f"{tmp_path}/",
        "--dry-run",
        "--json",
        "--preset",
        "eu-standard",
        "--preset",
        "youtube-16x9",
    )
    assert both.code == 1
    assert [item["preset"]["id"] for item in both.objects()] == ["youtube-16x9"]
    nowhere = studio.labeler("label", studio.clip, *GENERATED, "-o", f"{tmp_path}/a/b/", "--dry-run")
    assert nowhere.code == 3 and f"{tmp_path}/a/b" in nowhere.err


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["label"], 2, "SOURCE"),
        (["lable"], 2, "«label»"),
        (["label", "x.mp4", "--preest", "a"], 2, "--preset"),
        (["label", "x.mp4", "--involvement", "created"], 2, "generated, modified, assisted"),
        (["label", "x.mp4", "--preset"], 2, "--preset"),
        (["label", "x.mp4"], 2, "--declaration"),
        (["label", "x.mp4", "--involvement", "generated", "--declaration", "y.toml"], 2, "exclude"),
        (["label", "x.mp4", "--declaration", "y.toml"], 2, "y.toml"),
        (["label", "x.mp4", "--involvement", "generated", "--records", "nowhere"], 2, "nowhere"),
        (["label", "x.mp4", "--involvement", "generated", "--program-in", "01:00:00"], 2, "--program-in 01:00:00"),
        (
            ["label", "x.mp4", "--involvement", "generated", "--program-in", "9", "--program-out", "8"],
            2,
            "--program-out 8",
        ),
        (["label", "x.mp4", "--involvement", "generated", "--identity", "nobody"], 5, "labeler identity new nobody"),
        (["label", "x.mp4", "--involvement", "generated"], 3, "x.mp4"),
        (["verify", "x.mp4"], 3, "x.mp4"),
        (["verify", "x.mp4", "--preset", "nothing"], 2, "nothing"),
        (["verify", "x.mp4", "--trust", "gone.pem"], 5, "gone.pem"),
        (["inspect", "x.mp4"], 3, "x.mp4"),
        (["presets", "show", "eu"], 2, "eu-standard"),
        (["presets", "check", "gone.toml"], 2, "gone.toml"),
        (["declare", "check", "gone.toml"], 2, "gone.toml"),
        (["identity", "show", "nobody"], 5, "nobody"),
    ],
)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_errors(
    arguments: list[str],
    code: int,
    told: str,
    language: str,
    tmp_path: Path,
    studio: Studio,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """One sentence, what to do, and the exit code; the words are in the language asked for."""
    from labeler.cli.main import run

    monkeypatch.setenv("LABELER_HOME", str(studio.home))
    monkeypatch.setenv("LABELER_LANG", language)
    monkeypatch.chdir(tmp_path)
    assert int(run(arguments)) == code
    out, err = capfd.readouterr()
    assert out == "" and "→" in err and "Traceback" not in err
    french = {"«label»": "« label »", "exclude": "excluent"}
    assert (french.get(told, told) if language == "fr" else told) in err
    assert not list(tmp_path.iterdir())


def test_output_rules(studio: Studio, tmp_path: Path) -> None:
    for name in ("out.mkv", "out"):
        done = studio.labeler("label", studio.clip, *GENERATED, "-o", tmp_path / name)
        assert done.code == 2 and name in done.err and not list(tmp_path.iterdir())
    done = studio.labeler("label", studio.clip, *GENERATED, "-o", tmp_path / "new" / "out.mp4")
    assert done.code == 3 and not list(tmp_path.iterdir())


def test_withheld(studio: Studio, tmp_path: Path) -> None:
    """A preset that asks for a listed signer: the test identity is on no list, so the gate keeps the file."""
    strict = tmp_path / "strict.toml"
    text = (Path(__file__).parents[2] / "presets" / "eu-standard.toml").read_text(encoding="utf-8")
    strict.write_text(text.replace('id = "eu-standard"', 'id = "strict"').replace('trust = "any"', 'trust = "listed"'))
    done = studio.labeler("label", studio.clip, *GENERATED, "--preset", strict, "-o", f"{tmp_path}/out/", "--json")
    assert done.code == 4, done.err
    (result,) = done.objects()
    assert result["status"] == "withheld" and result["output"] is None
    assert [problem["code"] for problem in result["problems"]] == ["credentials.signer"]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["quarantine"]
    kept = sorted(path.name for path in (tmp_path / "out" / "quarantine").iterdir())
    assert kept == ["film.strict.mp4", "film.strict.mp4.verdict.json"]


def test_in_french(studio: Studio, tmp_path: Path) -> None:
    done = studio.labeler("label", studio.clip, *GENERATED, "-o", f"{tmp_path}/", LABELER_LANG="fr")
    assert done.code == 0 and "livré" in done.err and "rendu" in done.err and "released" not in done.err
