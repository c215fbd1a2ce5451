"""Job lists: five formats, one meaning; every mistake with its line and column."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeler.errors import JobListError
from labeler.rules.csv_text import rows
from labeler.rules.job_list import MOST_TOLD, READERS, load_job_list
from labeler.rules.jobs import ListedJob

TABLE = {
    "a.csv": "source,preset,language\nfilm.mp4,eu-standard,fr\n\nsub/zwei.mov,,no\n",
    "b.csv": "\ufeffsource;preset;language\r\nfilm.mp4;eu-standard;fr\r\nsub/zwei.mov;;no\r\n",
    "c.tsv": "preset\tsource\tlanguage\neu-standard\tfilm.mp4\tfr\n\tsub/zwei.mov\tno",
    "d.json": '[{"source": "film.mp4", "preset": "eu-standard", "language": "fr"}, '
    '{"source": "sub/zwei.mov", "language": "no"}]',
    "e.json": '{"schema": "labeler.jobs/1", "job": [{"source": "film.mp4", "preset": "eu-standard", "language": "fr"},'
    '\n {"source": "sub\\/zwei.mov", "language": "no"}]}',
    "f.jsonl": '{"schema": "labeler.jobs/1", "source": "film.mp4", "preset": "eu-standard", "language": "fr"}\n\n'
    '{"source": "sub/zwei.mov", "language": "no"}\n',
    "g.yaml": "schema: labeler.jobs/1\njob:\n- source: film.mp4\n  preset: eu-standard\n  language: fr\n"
    "- {source: sub/zwei.mov, language: no, output: ~}\n",
    "h.toml": 'schema = "labeler.jobs/1"\n[[job]]\nsource = "film.mp4"\npreset = "eu-standard"\nlanguage = "fr"\n'
    '[[job]]\nsource = "sub/zwei.mov"\nlanguage = "no"\n',
}


def refusal(folder: Path, name: str, text: str | bytes) -> str:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(JobListError) as caught:
        load_job_list(path)
    return caught.value.message.replace(f"{folder}/", "")


@pytest.mark.parametrize("name", TABLE)
def test_every_format_means_the_same(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(TABLE[name], encoding="utf-8")
    jobs = [listed.job for listed in load_job_list(tmp_path / name)]
    assert jobs == [
        ListedJob(source=f"{tmp_path}/film.mp4", preset="eu-standard", language="fr"),
        ListedJob(source=f"{tmp_path}/sub/zwei.mov", language="no"),
    ]


def test_each_format_is_in_the_table() -> None:
    assert {Path(name).suffix for name in TABLE} | {".ndjson", ".yml"} == set(READERS)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.csv", "source,langage\nx.mp4,fr\n", "a.csv:1:8 langage: unknown key; did you mean «language»?"),
        ("a.csv", "source,preset\nx.mp4,eu-standard,fr\n", "a.csv:2:1 3 cells, under 2 columns"),
        ("a.csv", 'source,item_id\n"two\nlines.mp4",1\nx.mp4, "a""b" c\n', "a.csv:4:15 something stands after"),
        ("a.csv", 'source\n"x.mp4\n', "a.csv:2:1 a quotation mark is missing"),
        ("a.csv", "source,involvement\nx.mp4,\ny.mp4,genrated\n", "a.csv:3:7 involvement: "),
        ("a.csv", "source,source\nx.mp4,y.mp4\n", "a.csv:1:8 source: this column stands here twice."),
        ("a.csv", "film.mp4\nx.mp4\n", "and «source» is not among them."),
        ("a.csv", "source,preset\n,eu-standard\n", "a.csv:2:1 source: missing."),
        ("a.csv", "source\nx.mp4\ny.mp4\nx.mp4\n", "a.csv:4:1 the same job as in line 2."),
        ("a.csv", "source,involvement,declaration\nx,generated,d.toml\n", "a.csv:2:1 involvement and declaration"),
        ("a.csv", "source\nx\x07.mp4\n", "a.csv:2:1 source: holds the control character U+0007."),
        ("a.csv", "source\n", "a.csv: this list is empty."),
        ("a.csv", "", "a.csv: this list is empty."),
        ("a.csv", "source\n\u00e9.mp4\n".encode("cp1252"), "a.csv:2: not UTF-8 text."),
        ("a.csv", "source\nx.mp4\n".encode("utf-16"), "a.csv:1: not UTF-8 text."),
        ("a.txt", "x.mp4\n", "a.txt: what kind of list this is cannot be told."),
        ("a.json", '[{"source": "x"},\n {"source": "y", "presset": "z"}]', "a.json:2:18 presset: unknown key; did you"),
        ("a.json", '[{"source": "x"},\n {"source": 3}]', "a.json:2:3 source: must be a text in quotes."),
        ("a.json", '[{"source": "x",\n "source": "y"}]', "a.json:2:2 [0].source: this key stands here twice."),
        ("a.json", '{"schema": "labeler.jobs/2", "job": []}', "a.json:1:2 schema: labeler.jobs/2 is newer than"),
        ("a.json", '{"schema": "labeler.plan/1", "job": []}', "this file is a labeler.plan/1, not a labeler.jobs/1."),
        ("a.json", '{"schema": "labeler.jobs/1", "jobs": []}', "jobs: unknown key; did you mean «job»?"),
        ("a.json", '{"job": [{"source": "x"}]}', "schema: missing."),
        ("a.json", '{"schema": "labeler.jobs/1", "job": []}', "a.json: this list is empty."),
        ("a.json", '{"schema": "labeler.jobs/1", "job": 3}', "a.json:1:30 job: must be a list of jobs."),
        ("a.json", '["x.mp4"]', "a.json:1:2 must be a table with the key «source»."),
        ("a.json", '[{"source": "x"}', "a.json:1:17 not valid JSON"),
        ("a.json", "[" * 5000, "nested too deeply."),
        ("a.json", "[" * 50 + "]" * 50, "nested too deeply."),
        ("a.json", '[{"source": ' + "9" * 9000 + "}]", "a number has too many digits."),
        ("a.jsonl", '{"source": "x"}\n{"source": "y", "schema": "labeler.jobs/9"}', "a.jsonl:2:17 schema: labeler"),
        ("a.jsonl", '{"source": "x"}\n{"source": "y"', "a.jsonl:2:15 not valid JSON"),
        ("a.jsonl", '{"source": "x"}\n\n{"source": "y", "output": ""}', "a.jsonl:3:17 output: must not be empty."),
        ("a.yaml", "- source: x\n- source: y\n  lang: fr\n", "a.yaml:3:3 lang: unknown key; did you mean «language»?"),
        ("a.yaml", "- &a {source: x}\n- *a\n", "a.yaml:2:3 aliases (*name) have no place in a job list."),
        ("a.yaml", "- source: x\n  source: y\n", "a.yaml:2:3 this key stands here twice."),
        ("a.yaml", "- source: !!python/object:os.system x\n", "the tag tag:yaml.org,2002:python/object:os.system is"),
        ("a.yaml", "- source: [x\n", "not valid YAML"),
        ("a.yaml", "[" * 40, "a.yaml:1:33 nested too deeply."),
        ("a.yaml", "- source: x\n---\n- source: y\n", "not valid YAML"),
        ("a.yaml", "", "a.yaml: this list is empty."),
        (
            "a.toml",
            'schema = "labeler.jobs/1"\n[[job]]\nsource = "x"\nouput = "y"\n',
            "a.toml:4:1 ouput: unknown key; did",
        ),
        ("a.toml", 'schema = "labeler.jobs/1"\n[[job]]\nsource = x\n', "a.toml:3:10 "),
    ],
)
def test_mistakes_are_told_with_their_place(name: str, text: str | bytes, told: str, tmp_path: Path) -> None:
    assert told in refusal(tmp_path, name, text)


def test_all_mistakes_are_told_at_once_but_not_without_end(tmp_path: Path) -> None:
    lines = [f"x{number}.mp4,sideways" for number in range(3 * MOST_TOLD)]
    told = refusal(tmp_path, "a.csv", "\n".join(["source,involvement", *lines])).split("\n")
    assert len(told) == 1 + MOST_TOLD
    assert told[1].startswith("a.csv:2:8 ") and told[-1].startswith(f"a.csv:{MOST_TOLD + 1}:")


def test_a_list_too_large_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "a.csv").open("wb") as file:
        file.truncate(100_000_000)
    with pytest.raises(JobListError, match="larger than 32 MB"):
        load_job_list(tmp_path / "a.csv")


def test_too_many_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labeler.rules.job_list.MOST_JOBS", 3)
    assert "a.csv:5:1 more than 3 jobs." in refusal(tmp_path, "a.csv", "source\n1\n2\n3\n4\n")


def test_paths_start_at_the_folder_of_the_list(tmp_path: Path) -> None:
    folder = tmp_path / "lists [1]"
    folder.mkdir()
    row = {"source": "in/", "preset": "own.toml", "output": "out/", "declaration": "d.toml"}
    plain = {"source": "/abs/x.mp4", "preset": "eu-standard", "output": "/abs/out"}
    pattern = {"source": "*.mp4"}
    (folder / "a.json").write_text(json.dumps([row, plain, pattern]), encoding="utf-8")
    first, second, third = (listed.job for listed in load_job_list(folder / "a.json"))
    assert (first.source, first.output) == (f"{folder}/in/", f"{folder}/out/")
    assert (first.preset, first.declaration) == (f"{folder}/own.toml", f"{folder}/d.toml")
    assert (second.source, second.preset, second.output) == ("/abs/x.mp4", "eu-standard", "/abs/out")
    assert third.source == f"{tmp_path}/lists [[]1]/*.mp4"


def test_yaml_stays_as_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("- {source: x, item_id: 0012, program_in: 10:00:00:00, language: no}\n")
    (listed,) = load_job_list(tmp_path / "a.yaml")
    assert (listed.job.item_id, listed.job.program_in, listed.job.language) == ("0012", "10:00:00:00", "no")


def test_the_same_source_twice_for_two_languages_is_two_jobs(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("source,language\nx.mp4,fr\nx.mp4,en\n")
    assert [listed.line for listed in load_job_list(tmp_path / "a.csv")] == [2, 3]


CELLS = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r"), min_size=1, max_size=8)


@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), min_size=1, max_size=5), st.sampled_from(",;\t"))
def test_what_is_quoted_comes_back(table: list[list[str]], delimiter: str) -> None:
    quoted = ["".join(['"', cell.replace('"', '""'), '"']) for row in table for cell in row]
    cells = iter(quoted)
    text = "\n".join(delimiter.join(next(cells) for _ in row) for row in table)
    assert [[cell.text for cell in row] for row in rows(text, delimiter)] == table


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    for reader in READERS.values():
        try:
            for row in reader(text.replace("\r", "\n"), "x"):
                row.place(None)
        except JobListError as error:
            assert error.message.startswith("x")
