"""Job lists: what is to be made of each source, as types (`labeler.jobs/1`)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from labeler.language import say
from labeler.rules.preset import Filled, LanguageCode, Written
from labeler.rules.source_types import Involvement

SCHEMA = "labeler.jobs/1"
LONGEST_PATH = 4096
"""Letters; no system that labeler runs on opens a longer path."""

Place = Annotated[str, Field(min_length=1, max_length=LONGEST_PATH)]


class ListedJob(Written):
    """One row. Whatever it leaves out is as the command line says; what it says holds for this row instead.

    source: as SOURCE of the command line, a file, a folder or a pattern. preset, output, language, involvement,
    declaration, program_in, program_out: as the flags of these names. item_id: what `{id}` stands for in a template of
    names. Relative paths (source, output, declaration, a preset's file) start at the folder of the list.
    """

    source: Place
    preset: Filled | None = None
    output: Place | None = None
    language: LanguageCode | None = None
    involvement: Involvement | None = None
    declaration: Place | None = None
    program_in: Filled | None = None
    program_out: Filled | None = None
    item_id: Annotated[Filled, Field(max_length=200)] | None = None

    @model_validator(mode="after")
    def says_once_how_ai_was_involved(self) -> ListedJob:
        if self.involvement is not None and self.declaration is not None:
            raise ValueError(
                say("involvement and declaration exclude each other.", "involvement et declaration s'excluent.")
            )
        return self


class JobList(Written):
    """A whole list, as JSON, YAML and TOML hold it; in CSV each row is a job, in JSONL each line."""

    schema_: Literal["labeler.jobs/1"] = Field(alias="schema")
    job: Annotated[tuple[ListedJob, ...], Field(min_length=1)]
