"""Everything that a file discloses, in any layer, without judging it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from labeler import __version__
from labeler.progress import Progress, silent
from labeler.verdict import Disclosure, Found, Frozen, Integrity, LayerName, LayerState, Trust
from labeler.verification import verify


class Inspection(Frozen):
    """`labeler.inspection/1`: what was found, and how far it can be believed; no outcome and no checks."""

    schema_: Literal["labeler.inspection/1"] = Field("labeler.inspection/1", alias="schema")
    file: str
    sha256: str | None
    bytes: int | None
    disclosure: Disclosure
    integrity: Integrity
    trust: Trust
    layers: dict[LayerName, LayerState]
    found: Found
    labeler: str = __version__


def inspect(file: str | Path, *, trust: str | Path | None = None, progress: Progress = silent) -> Inspection:
    """Read every layer of a file made by anyone. Raises SourceMissing and SourceUnreadable (3), IdentityError (5)."""
    verdict = verify(file, trust=None if trust is None else Path(trust), progress=progress)
    return Inspection(
        file=verdict.file,
        sha256=verdict.sha256,
        bytes=verdict.bytes,
        disclosure=verdict.disclosure,
        integrity=verdict.integrity,
        trust=verdict.trust,
        layers=verdict.layers,
        found=verdict.found,
    )
