"""`@FILE` among the sources: each row of a job list as what it changes of the request, and where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labeler.rules.job_list import load_job_list

MARK = "@"
AS_THEY_ARE = ("output", "language", "program_in", "program_out")


@dataclass(frozen=True)
class Wish:
    """One row. changes: fields of a `Request`, those that the row names. path, line: where the row is."""

    changes: dict[str, Any]
    item_id: str | None
    path: str
    line: int


def is_list(name: str) -> bool:
    """A file of such a name is meant by `./@…`."""
    return name.startswith(MARK)


def wishes(name: str) -> Iterator[Wish]:
    """Every row of the list that `@FILE` names. Raises JobListError."""
    path = Path(name.removeprefix(MARK))
    for listed in load_job_list(path):
        job = listed.job
        changes: dict[str, Any] = {"sources": (job.source,)}
        changes |= {field: value for field in AS_THEY_ARE if (value := getattr(job, field)) is not None}
        if job.preset is not None:
            changes["presets"] = (job.preset,)
        if job.declaration is not None:
            changes |= {"declaration": Path(job.declaration), "involvement": None}
        if job.involvement is not None:
            changes |= {"involvement": job.involvement, "declaration": None}
        yield Wish(changes, job.item_id, str(path), listed.line)
