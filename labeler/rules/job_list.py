"""Loading a job list, `@FILE` of `label` and `plan`: CSV, JSON, JSONL, YAML or TOML, each mistake with its place."""

from __future__ import annotations

import glob
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from labeler.errors import JobListError
from labeler.language import say
from labeler.rules.csv_text import Cell, CsvMistake, delimiter_of, rows
from labeler.rules.document import (
    MOST_LEVELS,
    Document,
    Mistake,
    dotted,
    expect_schema,
    parse_document,
    read_text,
    refusal,
    why_unspeakable,
)
from labeler.rules.jobs import SCHEMA, ListedJob
from labeler.rules.json_places import JsonPlaces
from labeler.rules.positions import KeyPath, Position
from labeler.rules.sentences import sentence, unknown_key
from labeler.rules.yaml_rows import YamlMistake, read_yaml

MOST_BYTES = 32_000_000
MOST_BYTES_SLOW = 4_000_000
"""Of YAML and TOML, whose readers are ten times as slow."""
MOST_JOBS = 100_000
MOST_TOLD = 50
"""Mistakes; whoever has more has one of them a thousand times."""
COLUMNS = tuple(ListedJob.model_fields)


Places = Callable[[], dict[KeyPath, Position]]
"""Where every key stands, looked for only when it is asked."""


@dataclass(frozen=True)
class Row:
    """One job as it was read. place: where it stands (None), or one of its keys. wrong: why it cannot be read."""

    value: Any
    place: Callable[[str | None], Position]
    wrong: str | None = None


@dataclass(frozen=True)
class Listed:
    """One job of a list, its paths from where labeler runs. line: where it begins in the list, from 1."""

    job: ListedJob
    line: int


def load_job_list(path: Path) -> tuple[Listed, ...]:
    """Every job of a list, in its order. Raises JobListError: not readable, no format that is known, too large, empty,
    or wrong; then every mistake is told with its line."""
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        known = " ".join(READERS)
        raise JobListError(
            say(f"{path}: what kind of list this is cannot be told.", f"{path} : sorte de liste inconnue."),
            remedy=say(
                f"Name it with one of {known}; a video of such a name is meant by ./@…",
                f"Donnez-lui une de ces extensions : {known} ; une vidéo de ce nom s'écrit ./@…",
            ),
            file=str(path),
        )
    most = MOST_BYTES_SLOW if reader in (toml_rows, yaml_rows) else MOST_BYTES
    text = read_text(path, JobListError, most).replace("\r\n", "\n").replace("\r", "\n")
    jobs = tuple(from_folder(listed, path.parent) for listed in checked(reader(text, str(path)), str(path)))
    if not jobs:
        raise JobListError(say(f"{path}: this list is empty.", f"{path} : cette liste est vide."), file=str(path))
    return jobs


def checked(found: Iterable[Row], name: str) -> list[Listed]:
    """Each row as its type. Raises JobListError."""
    jobs: list[Listed] = []
    mistakes: list[Mistake] = []
    seen: dict[ListedJob, int] = {}
    for row in found:
        if len(jobs) == MOST_JOBS:
            told = say(f"more than {MOST_JOBS} jobs.", f"plus de {MOST_JOBS} lignes.")
            raise refused([Mistake(name, row.place(None), "", told)], name)
        wrong = mistakes_of(row, name)
        if not wrong:
            job = ListedJob.model_validate(row.value, strict=True)
            line, same = row.place(None).line, job.model_copy(update={"item_id": None})
            if same in seen:
                told = say(f"the same job as in line {seen[same]}.", f"la même chose qu'à la ligne {seen[same]}.")
                wrong = [Mistake(name, row.place(None), "", told)]
            seen.setdefault(same, line)
            jobs.append(Listed(job, line))
        mistakes += wrong
        if len(mistakes) >= MOST_TOLD:
            break
    if mistakes:
        raise refused(mistakes, name)
    return jobs


def mistakes_of(row: Row, name: str) -> list[Mistake]:
    if row.wrong is not None:
        return [Mistake(name, row.place(None), "", row.wrong)]
    if not isinstance(row.value, dict):
        told = say("must be a table with the key «source».", "doit être une table avec la clé « source ».")
        return [Mistake(name, row.place(None), "", told)]
    mistakes = [
        Mistake(name, row.place(key), dotted((key,)), reason)
        for key, value in row.value.items()
        if (reason := why_unspeakable(value)) is not None
    ]
    try:
        ListedJob.model_validate(row.value, strict=True)
    except ValidationError as wrong:
        for detail in wrong.errors(include_url=False):
            path: KeyPath = detail["loc"]
            place = row.place(str(path[0]) if path else None)
            mistakes.append(Mistake(name, place, dotted(path), sentence(ListedJob, path, detail)))
    return mistakes


def refused(mistakes: Iterable[Mistake], name: str) -> JobListError:
    error = refusal(Document(name, {}, {}), mistakes, JobListError)
    assert isinstance(error, JobListError)
    return error


def from_folder(listed: Listed, folder: Path) -> Listed:
    """The same job for whoever stands elsewhere: its relative paths start at the folder of the list."""

    def whole(name: str | None) -> str | None:
        # Not pathlib: a folder is told by the last letter of its name.
        return name if name is None else os.path.join(folder, name)  # noqa: PTH118

    job = listed.job
    preset = job.preset
    if preset is not None and (preset.endswith(".toml") or "/" in preset or os.sep in preset):
        preset = whole(preset)
    changes = {"source": source_from(job.source, folder), "preset": preset}
    return Listed(
        job.model_copy(update=changes | {"output": whole(job.output), "declaration": whole(job.declaration)}),
        listed.line,
    )


def source_from(source: str, folder: Path) -> str:
    joined = os.path.join(folder, source)  # noqa: PTH118
    if not glob.has_magic(source) or os.path.isabs(source) or os.path.lexists(joined):  # noqa: PTH117
        return joined
    return os.path.join(glob.escape(str(folder)), source)  # noqa: PTH118 - the folder's own brackets are no pattern


def csv_rows(text: str, name: str) -> Iterator[Row]:
    try:
        found = rows(text, delimiter_of(text, COLUMNS))
        header = next(found, ())
        if header:
            check_header(header, name)
        for cells in found:
            yield csv_row(cells, header)
    except CsvMistake as wrong:
        told = (
            say("a quotation mark is missing at the end of a text.", "un guillemet manque à la fin d'un texte.")
            if wrong.reason == "open_quote"
            else say("something stands after the quotation mark.", "il y a quelque chose après le guillemet.")
        )
        raise refused([Mistake(name, wrong.position, "", told)], name) from wrong


def check_header(header: tuple[Cell, ...], name: str) -> None:
    """Raises JobListError."""
    mistakes = [
        Mistake(name, cell.position, dotted((cell.text,)) if cell.text else "", unknown_key(cell.text, COLUMNS))
        for cell in header
        if cell.text not in COLUMNS
    ]
    names = [cell.text for cell in header]
    mistakes += [
        Mistake(name, cell.position, cell.text, say("this column stands here twice.", "cette colonne est en double."))
        for number, cell in enumerate(header)
        if cell.text in COLUMNS and cell.text in names[:number]
    ]
    if "source" not in names:
        told = say(
            f"the first line names the columns ({', '.join(COLUMNS)}), and «source» is not among them.",
            f"la première ligne nomme les colonnes ({', '.join(COLUMNS)}), et « source » n'y est pas.",
        )
        mistakes.append(Mistake(name, header[0].position, "", told))
    if mistakes:
        raise refused(mistakes, name)


def csv_row(cells: tuple[Cell, ...], header: tuple[Cell, ...]) -> Row:
    """An empty cell says nothing."""
    if len(cells) != len(header):
        told = say(
            f"{len(cells)} cells, under {len(header)} columns; a text that holds what stands between cells is quoted.",
            f"{len(cells)} cases, pour {len(header)} colonnes ; un texte qui contient le séparateur se met entre "
            "guillemets.",
        )
        return Row({}, lambda key: cells[0].position, told)
    places = {column.text: cell.position for column, cell in zip(header, cells, strict=True)}
    value = {column.text: cell.text for column, cell in zip(header, cells, strict=True) if cell.text}
    return Row(value, lambda key: places.get(key or "", cells[0].position))


def jsonl_rows(text: str, name: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        value, places = parse_json(line, name, number)
        if isinstance(value, dict) and "schema" in value:
            check_schema(Document(name, value, shifted({("schema",): places().get(("schema",))}, number)))
            value = {key: entry for key, entry in value.items() if key != "schema"}

        yield Row(value, partial(place_in_line, places, number))


def place_in_line(places: Places, line: int, key: str | None) -> Position:
    found = places().get((key,)) if key is not None else None
    return Position(line, found.column if found else 1)


def shifted(positions: dict[KeyPath, Position | None], line: int) -> dict[KeyPath, Position]:
    return {path: Position(line, found.column) for path, found in positions.items() if found is not None}


def json_rows(text: str, name: str) -> Iterator[Row]:
    value, places = parse_json(text, name, 1)
    yield from rows_of(value, name, places)


def parse_json(text: str, name: str, line: int) -> tuple[Any, Places]:
    """The value, and where its keys stand, which is looked for only where something is wrong. Raises JobListError."""
    doubled = False

    def table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal doubled
        made = dict(pairs)
        doubled = doubled or len(made) < len(pairs)
        return made

    twice: list[tuple[KeyPath, Position]] = []
    try:
        value = json.loads(text, object_pairs_hook=table)
        if doubled:
            twice = JsonPlaces(text).doubled[:MOST_TOLD]
    except json.JSONDecodeError as wrong:
        told = say(f"not valid JSON: {wrong.msg}.", f"JSON incorrect : {wrong.msg}.")
        position = Position(line + wrong.lineno - 1, wrong.colno)
        raise refused([Mistake(name, position, "", told)], name) from wrong
    except (RecursionError, ValueError) as wrong:  # ValueError: a number of thousands of digits
        too = say("nested too deeply.", "trop de niveaux imbriqués.")
        long = say("a number has too many digits.", "un nombre a trop de chiffres.")
        told = too if isinstance(wrong, RecursionError) else long
        raise refused([Mistake(name, Position(line, 1), "", told)], name) from wrong
    if depth_of(value) > MOST_LEVELS:
        told = say("nested too deeply.", "trop de niveaux imbriqués.")
        raise refused([Mistake(name, Position(line, 1), "", told)], name)
    if twice:
        told = say("this key stands here twice.", "cette clé est écrite deux fois.")
        places_of = [(path, Position(at.line + line - 1, at.column)) for path, at in twice]
        raise refused([Mistake(name, position, dotted(path), told) for path, position in places_of], name)
    kept: list[dict[KeyPath, Position]] = []

    def places() -> dict[KeyPath, Position]:
        if not kept:
            kept.append(JsonPlaces(text).positions)
        return kept[0]

    return value, places


def depth_of(value: Any) -> int:
    """How deep tables and lists lie in each other; counted no further than one too many."""
    depth, level = 0, [value]
    while level and depth <= MOST_LEVELS + 1:
        level = [
            entry
            for part in level
            if isinstance(part, dict | list)
            for entry in (part.values() if isinstance(part, dict) else part)
        ]
        depth += 1
    return depth - 1


def yaml_rows(text: str, name: str) -> Iterator[Row]:
    try:
        value, positions = read_yaml(text)
    except YamlMistake as wrong:
        raise refused([Mistake(name, wrong.position, "", wrong.message)], name) from wrong
    yield from rows_of(without_nothing(value), name, lambda: positions)


def without_nothing(value: Any) -> Any:
    """Keys with nothing behind them say nothing, as an empty cell does."""
    if isinstance(value, dict):
        return {key: without_nothing(entry) for key, entry in value.items() if entry is not None}
    return [without_nothing(entry) for entry in value] if isinstance(value, list) else value


def toml_rows(text: str, name: str) -> Iterator[Row]:
    document = parse_document(text, name, JobListError)
    yield from rows_of(document.value, name, lambda: document.positions)


def rows_of(value: Any, name: str, places: Places) -> Iterator[Row]:
    """The jobs of a whole document: `{schema, job: [...]}`, or the list alone. Raises JobListError."""
    inside: KeyPath = ()
    if isinstance(value, dict):
        check_document(Document(name, value, places()))
        value, inside = value["job"], ("job",)
    if value is None:
        return
    if not isinstance(value, list):
        told = say("must be a list of jobs.", "doit être une liste.")
        raise refused([Mistake(name, places().get(inside, Position(1, 1)), dotted(inside), told)], name)
    for number, entry in enumerate(value):
        yield Row(entry, partial(place_below, places, (*inside, number)))


def place_below(places: Places, path: KeyPath, key: str | None) -> Position:
    found = places()
    return found.get((*path, key) if key is not None else path) or found.get(path) or Position(1, 1)


def check_document(document: Document) -> None:
    """The keys around the jobs. Raises JobListError."""
    check_schema(document)
    mistakes = [
        document.mistake((key,), unknown_key(key, ("schema", "job")))
        for key in document.value
        if key not in ("schema", "job")
    ]
    missing = say("missing.", "manque.")
    lacking = [key for key in ("schema", "job") if key not in document.value]
    mistakes += [Mistake(document.name, Position(1, 1), key, missing) for key in lacking]
    if mistakes:
        raise refused(mistakes, document.name)


def check_schema(document: Document) -> None:
    expect_schema(document, SCHEMA, JobListError)
    if document.value.get("schema", SCHEMA) != SCHEMA:
        told = say(f'must be "{SCHEMA}".', f'doit être "{SCHEMA}".')
        raise refused([document.mistake(("schema",), told)], document.name)


READERS: dict[str, Callable[[str, str], Iterator[Row]]] = {
    ".csv": csv_rows,
    ".tsv": csv_rows,
    ".json": json_rows,
    ".jsonl": jsonl_rows,
    ".ndjson": jsonl_rows,
    ".yaml": yaml_rows,
    ".yml": yaml_rows,
    ".toml": toml_rows,
}
