"""Results and records: the truth about what was done to one item (`labeler.result/1`, `labeler.record/1`)."""

from __future__ import annotations

import hashlib
from typing import Literal

from pydantic import Field

from labeler.errors import LabelerError, Retry
from labeler.rules.canonical import dumps
from labeler.rules.plan import FileReference, PlanItem, PresetReference
from labeler.verdict import Frozen, Verdict

OUTPUT_FORMAT = 5
"""Raised by a developer when a new version would make other bytes from the same plan."""

RECORD_SUFFIX = ".labeler.json"

ItemStatus = Literal["released", "skipped", "rejected", "withheld", "error", "interrupted"]


class Problem(Frozen):
    code: str
    severity: Literal["error", "warning"]
    message: str
    remedy: str
    retry: Retry = "no"

    @classmethod
    def of(cls, error: LabelerError) -> Problem:
        return cls(code=error.code, severity="error", message=error.message, remedy=error.remedy, retry=error.retry)


class Result(Frozen):
    """What became of one item. `exit_code` is the one that the item alone would give."""

    schema_: Literal["labeler.result/1"] = Field("labeler.result/1", alias="schema")
    id: str | None
    status: ItemStatus
    exit_code: int
    source: FileReference
    output: FileReference | None = None
    sidecars: tuple[str, ...] = ()
    preset: PresetReference | None = None
    fingerprint: str | None = None
    problems: tuple[Problem, ...] = ()
    verdict: Verdict | None = None
    seconds: dict[str, float] = Field(default_factory=dict)
    labeler: str


class Record(Result):
    """Result + plan: `NAME.EXT.labeler.json` beside a released output."""

    schema_: Literal["labeler.record/1"] = Field("labeler.record/1", alias="schema")  # type: ignore[assignment]
    plan: PlanItem

    @classmethod
    def of(cls, result: Result, plan: PlanItem) -> Record:
        return cls(**{name: getattr(result, name) for name in Result.model_fields if name != "schema_"}, plan=plan)

    def result(self) -> Result:
        return Result(**{name: getattr(self, name) for name in Result.model_fields if name != "schema_"})


def item_id(source: str, preset: str, output: str) -> str:
    """The id of a plan item: sha256 of its source path, preset and output path (CONTRACTS section 2)."""
    return hashlib.sha256(dumps([source, preset, output])).hexdigest()


def fingerprint(item: PlanItem) -> str:
    """What decides whether an output is done: everything that would change its bytes, and no path.

    Raises nothing; two items with one fingerprint would make equivalent outputs.
    """
    paths_and_ways = {"id", "output", "fingerprint", "rendering", "delivery"}
    facts = item.model_dump(mode="json", by_alias=True, exclude=paths_and_ways)
    facts["render"] = item.rendering.mode if item.rendering is not None else None
    facts["source"] = {"sha256": item.source.sha256}
    facts["signer"] = item.delivery.signer
    facts["output_format"] = OUTPUT_FORMAT
    return hashlib.sha256(dumps(facts)).hexdigest()
