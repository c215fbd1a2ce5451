"""`@FILE` among the sources: what each row changes, and what it takes from the command line."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from labeler.batch.request import Job, Request, prepare
from labeler.batch.sources import Refused
from labeler.errors import JobListError, OutputCollision, SourceMissing, UsageError

NOW = datetime(2026, 11, 26, tzinfo=UTC)
DECLARATION = 'schema = "labeler.declaration/1"\n[work]\nlanguage = "en"\n[ai]\ninvolvement = "assisted"\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three files with names of videos, which nothing here decodes, in a folder that nobody stands in."""
    monkeypatch.setattr("labeler.batch.sources.is_own_output", lambda path, records: False)
    monkeypatch.setattr("labeler.layers.credentials.identity.load", lambda *names, **asked: None)
    (tmp_path / "in").mkdir()
    for name in ("a.mp4", "b.mov", "c.mkv"):
        (tmp_path / "in" / name).write_bytes(name.encode())
    (tmp_path / "d.toml").write_text(DECLARATION)
    return tmp_path


def jobs(folder: Path, text: str, *more: str, **asked: object) -> tuple[Job, ...]:
    (folder / "list.csv").write_text(text)
    asked = {"involvement": "generated", "output": f"{folder}/out/", "now": NOW} | asked
    return prepare(Request(sources=(f"@{folder}/list.csv", *more), **asked)).jobs  # type: ignore[arg-type]


def test_a_row_says_what_differs(folder: Path) -> None:
    first, second, third = jobs(
        folder,
        "source,preset,language,declaration,involvement,output,program_in\n"
        "in/a.mp4,,,,,,\n"
        "in/b.mov,youtube-16x9,de,d.toml,,sub/,10\n"
        "in/c.mkv,,,,modified,film.mkv,\n",
    )
    assert (first.preset.preset.id, first.output) == ("eu-standard", folder / "out/a.eu-standard.mp4")
    assert first.terms.declaration.declaration.ai.involvement == "generated"
    assert (second.preset.preset.id, second.output) == ("youtube-16x9", folder / "sub/b.youtube-16x9.mov")
    assert second.terms.declaration.declaration.ai.involvement == "assisted"
    assert (second.terms.language, second.terms.output) == ("de", f"{folder}/sub/")
    assert second.terms.programme is not None and first.terms.programme is None
    assert third.terms.declaration.declaration.ai.involvement == "modified"
    assert third.output == folder / "film.mkv"


def test_the_presets_of_the_command_line_are_for_rows_without_one(folder: Path) -> None:
    text = "source;preset\nin/a.mp4;\nin/b.mov;youtube-16x9\n"
    made = jobs(folder, text, presets=("eu-standard", "youtube-16x9"))
    assert [job.source.path.name for job in made] == ["a.mp4", "a.mp4", "b.mov"]


def test_lists_and_names_mix_in_the_order_named(folder: Path) -> None:
    made = jobs(folder, "source\nin/b.mov\n", f"{folder}/in/a.mp4")
    assert [(job.number, job.source.path.name) for job in made] == [(0, "b.mov"), (1, "a.mp4")]
    with pytest.raises(OutputCollision):
        jobs(folder, "source\nin/a.mp4\n", f"{folder}/in/a.mp4")


def test_a_row_may_be_a_folder_or_a_pattern(folder: Path) -> None:
    made = jobs(folder, "source,output\nin,one/\nin/*.mov,two/\n")
    assert [str(job.output.relative_to(folder)) for job in made] == [
        *("one/a.eu-standard.mp4", "one/b.eu-standard.mov", "one/c.eu-standard.mkv"),
        "two/b.eu-standard.mov",
    ]


def test_what_is_missing_is_refused_by_name_and_stops_nothing(folder: Path) -> None:
    (folder / "list.csv").write_text("source\nin/x.mp4\nin/a.mp4\n")
    batch = prepare(Request(sources=(f"@{folder}/list.csv",), involvement="generated", now=NOW))
    assert [job.number for job in batch.jobs] == [1]
    (refused,) = batch.refused
    assert isinstance(refused, Refused) and isinstance(refused.error, SourceMissing)


def test_rows_that_cannot_be_carried_out_are_told_with_their_lines(folder: Path) -> None:
    text = "source,preset,declaration\nin/a.mp4,eu-standart,\nin/b.mov,,\nin/c.mkv,,none.toml\n"
    with pytest.raises(JobListError) as refused:
        jobs(folder, text)
    told = refused.value.message.split("\n")
    assert told[0].endswith("list.csv: 2 mistakes.")
    assert "list.csv:2:1 There is no preset «eu-standart». Did you mean «eu-standard»?" in told[1]
    assert "list.csv:4:1 " in told[2] and "none.toml: there is no such file." in told[2]


def test_nobody_has_said_how_ai_was_involved(folder: Path) -> None:
    with pytest.raises(JobListError, match=r"list\.csv:2:1 Nobody has said how AI was involved"):
        jobs(folder, "source\nin/a.mp4\n", involvement=None)


def test_templates_of_rows(folder: Path) -> None:
    text = "source,item_id,language\nin/a.mp4,0012,en\n"
    (job,) = jobs(folder, text, name="{id}_{date}_{lang}_{sha8}")
    digest = hashlib.sha256(b"a.mp4").hexdigest()[:8]
    assert job.output == folder / "out" / f"0012_2026-11-26_en_{digest}.mp4"
    with pytest.raises(UsageError, match=r"\{id\} is the item_id of a job list, and a\.mp4 has none"):
        jobs(folder, "source\nin/a.mp4\n", name="{id}")


def test_the_same_source_for_two_languages(folder: Path) -> None:
    text = "source,language\nin/a.mp4,fr\nin/a.mp4,en\n"
    with pytest.raises(OutputCollision):
        jobs(folder, text)
    made = jobs(folder, text, name="{stem}.{lang}")
    assert [job.output.name for job in made] == ["a.fr.mp4", "a.en.mp4"]
