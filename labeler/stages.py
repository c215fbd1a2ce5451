"""Label one file in two halves: rendered where the cores are, signed where the key is.

The first half leaves the unsigned file on a shelf, with a note of what it is (`labeler.unsealed/1`); the second takes
it from there, signs, judges and releases as `pipeline` does.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from labeler import release
from labeler.errors import PlanError, SourceRejected, Temporary
from labeler.language import say
from labeler.media.rendering import Rendering
from labeler.pipeline import Order, as_rendered, check_room, conclude, render_marks, seal, timed, write_fields
from labeler.release import Workspace, hash_file
from labeler.rules.plan import FileReference, PlanItem
from labeler.rules.record import Result
from labeler.verdict import Frozen

NOTE = "unsealed.json"


class Unsealed(Frozen):
    """A rendered file that waits for its seal. id, fingerprint: of the item that it was rendered for; what that asks
    for is read from the plan alone. rendering: the way that was taken. file: its name on the shelf; sidecars: the names
    of those that go with it."""

    schema_: Literal["labeler.unsealed/1"] = Field("labeler.unsealed/1", alias="schema")
    id: str
    fingerprint: str | None
    rendering: Rendering
    file: FileReference
    sidecars: tuple[FileReference, ...] = ()
    seconds: dict[str, float] = Field(default_factory=dict)


def render_file(order: Order, shelf: Path) -> Unsealed:
    """Everything but the seal. What is on the shelf afterwards is whole: its note is written last.

    Raises LabelerError; whatever happens, no half-written file is left.
    """
    source, seconds = Path(order.item.source.file), dict[str, float]()
    with release.translated(shelf):
        shelf.mkdir(parents=True, exist_ok=True)
    with release.workspace(shelf / Path(order.item.output).name, None, order.tick) as work:
        check_room(source, work)
        with timed(seconds, "render"):
            rendering = render_marks(order, source, work)
        with timed(seconds, "metadata"):
            sidecars = write_fields(order, work)
        with release.translated(shelf):
            work.work.replace(work.candidate)
            files = [release.hash_file(path) for path in (work.candidate, *sidecars)]
            first, *others = (
                FileReference(file=path.name, sha256=digest, bytes=count)
                for path, (digest, count) in zip((work.candidate, *sidecars), files, strict=True)
            )
            unsealed = Unsealed(
                id=order.item.id,
                fingerprint=order.item.fingerprint,
                rendering=rendering,
                file=first,
                sidecars=tuple(others),
                seconds=seconds,
            )
            shelve(work, (work.candidate, *sidecars), unsealed, shelf)
        return unsealed


def shelve(work: Workspace, files: tuple[Path, ...], unsealed: Unsealed, shelf: Path) -> None:
    """The old note goes first and the new one comes last, so that no note speaks of other bytes."""
    (shelf / NOTE).unlink(missing_ok=True)
    for path in files:
        release.sync_file(path)
        path.replace(shelf / path.name)
    note = work.folder / NOTE
    note.write_text(unsealed.model_dump_json(by_alias=True) + "\n", encoding="utf-8")
    release.sync_file(note)
    note.replace(shelf / NOTE)
    release.sync_folder(shelf)


def read_unsealed(shelf: Path, item: PlanItem) -> Unsealed:
    """The note of what `render_file` left for this item.

    Raises Temporary where there is nothing yet, PlanError where it was rendered for another plan.
    """
    try:
        unsealed = Unsealed.model_validate_json((shelf / NOTE).read_bytes())
    except FileNotFoundError as error:
        raise Temporary(
            say(f"{item.output}: it is not rendered yet.", f"{item.output} : le rendu n'est pas encore fait."),
            remedy=say(
                "Run `labeler step` with --stage render first.", "Lancez d'abord `labeler step` avec --stage render."
            ),
            file=item.output,
        ) from error
    except (OSError, ValidationError) as error:
        raise unusable(item) from error
    if (unsealed.id, unsealed.fingerprint) != (item.id, item.fingerprint):
        raise unusable(item)
    return unsealed


def unusable(item: PlanItem) -> PlanError:
    return PlanError(
        say(
            f"{item.output}: what was rendered belongs to another plan.",
            f"{item.output} : le rendu appartient à un autre plan.",
        ),
        remedy=say("Run `labeler step` with --stage render again.", "Relancez `labeler step` avec --stage render."),
        file=item.output,
    )


def seal_file(order: Order, unsealed: Unsealed, shelf: Path) -> Result:
    """The rest of the way, from the very bytes that the note names. Empties the shelf once they are released.

    order: of the planned item, by which the file is judged. Raises LabelerError.
    """
    order = as_rendered(order, unsealed.rendering)
    source, output, seconds = Path(order.item.source.file), Path(order.item.output), dict(unsealed.seconds)
    with release.workspace(output, order.records, order.tick, order.scratch) as work:
        check_room(source, work)
        beside = tuple(work.candidate.with_suffix(Path(one.file).suffix) for one in unsealed.sidecars)
        with timed(seconds, "copy"):
            for one, target in zip((unsealed.file, *unsealed.sidecars), (work.work, *beside), strict=True):
                take(shelf / Path(one.file).name, target, one)
        with timed(seconds, "sign"):
            sidecars = beside + seal(order, source, work)
        result = conclude(order, work, sidecars, seconds)
    if result.status == "released":
        shutil.rmtree(shelf, ignore_errors=True)
    return result


def take(shelved: Path, target: Path, expected: FileReference) -> None:
    """Copy one file from the shelf. Raises SourceRejected where it is gone, or not the bytes that were rendered."""
    try:
        shutil.copyfile(shelved, target)
    except FileNotFoundError:
        digest = None
    else:
        digest, _ = hash_file(target)
    if digest != expected.sha256:
        raise SourceRejected(
            say(
                f"{shelved}: this is not the file that was rendered.",
                f"{shelved} : ce n'est pas le fichier qui avait été rendu.",
            ),
            remedy=say("Run `labeler step` with --stage render again.", "Relancez `labeler step` avec --stage render."),
            file=str(shelved),
        )
