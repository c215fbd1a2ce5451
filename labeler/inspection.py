"""Everything that a file discloses, in any layer, without judging it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field

from labeler import __version__
from labeler.errors import LabelerError
from labeler.layers.credentials.identity import home
from labeler.layers.credentials.read import Sealed
from labeler.layers.credentials.remote import Network
from labeler.layers.credentials.tree import FoundManifest, read_tree
from labeler.layers.credentials.trust import load_trust
from labeler.media.outline import Outline, outline
from labeler.media.survey import survey
from labeler.progress import Progress, silent
from labeler.verdict import Disclosure, Found, Frozen, Integrity, LayerName, LayerState, Trust
from labeler.verification import sealed_of, verify_sealed


class Inspection(Frozen):
    """`labeler.inspection/1`: what was found, and how far it can be believed; no outcome and no checks.

    `outline`: the container and its tracks, None where they could not be told. `manifests`: the active one first, each
    with what it was made from below it; then those that it does not lead to.
    """

    schema_: Literal["labeler.inspection/1"] = Field("labeler.inspection/1", alias="schema")
    file: str
    sha256: str | None
    bytes: int | None
    disclosure: Disclosure
    integrity: Integrity
    trust: Trust
    layers: dict[LayerName, LayerState]
    found: Found
    outline: Outline | None = None
    manifests: tuple[FoundManifest, ...] = ()
    labeler: str = __version__


def inspect(
    file: str | Path,
    *,
    trust: str | Path | None = None,
    online: bool = False,
    segments: Sequence[str | Path] = (),
    scratch: str | Path | None = None,
    progress: Progress = silent,
) -> Inspection:
    """Read every layer of a file made by anyone. online: also fetch credentials that it only tells the address of.
    segments, scratch: of a film in pieces, of which `file` is the first, as in `verify`.

    Raises SourceMissing and SourceUnreadable (3), IdentityError (5), UsageError (2) for a piece that is named twice.
    """
    path, trusted = Path(file), load_trust(None if trust is None else Path(trust), home())
    with sealed_of(path, trusted, Network() if online else None, segments, scratch) as sealed:
        return inspect_sealed(sealed, str(path), progress)


def inspect_sealed(sealed: Sealed, name: str, progress: Progress) -> Inspection:
    verdict = verify_sealed(sealed, name=name, progress=progress)
    return Inspection(
        file=verdict.file,
        sha256=verdict.sha256,
        bytes=verdict.bytes,
        disclosure=verdict.disclosure,
        integrity=verdict.integrity,
        trust=verdict.trust,
        layers=verdict.layers,
        found=verdict.found,
        outline=outline_of(sealed.path, progress),
        manifests=read_tree(sealed).manifests,
    )


def outline_of(path: Path, progress: Progress = silent) -> Outline | None:
    """The container and tracks of a file; None where this version cannot tell them whole."""
    try:
        return outline(survey(path, progress=progress))
    except LabelerError as error:
        if error.retry != "no":  # it was stopped, or the disk went away: no fact about the file
            raise
        return None
