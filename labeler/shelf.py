"""Segments of a file that wait to be joined: rendered wherever a core was free, each with a note of what it is."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from labeler import release
from labeler.media.rendering import Run
from labeler.media.segment import Segment
from labeler.media.ways.segmented import segment_path
from labeler.pipeline import Order, render_run
from labeler.rules.plan import FileReference, PlanItem
from labeler.verdict import Frozen


class Shelved(Frozen):
    """`labeler.segment/1`: a rendered segment. id, fingerprint: of the item that it was rendered for. file: its name on
    the shelf. times, keys: as `media.segment.Segment` has them."""

    schema_: Literal["labeler.segment/1"] = Field("labeler.segment/1", alias="schema")
    id: str
    fingerprint: str | None
    run: Run
    file: FileReference
    times: tuple[int, ...]
    keys: tuple[int, ...]


def runs_of(item: PlanItem) -> tuple[Run, ...]:
    """The segments that an item is planned in; none where it is one piece."""
    return item.rendering.segments if item.rendering is not None else ()


def shelve_segment(order: Order, number: int, shelf: Path) -> None:
    """Render one segment and leave it on the shelf; one that is there already stays. Its note is written last, so that
    none speaks of other bytes. Raises LabelerError; nothing half-written is left."""
    item = order.item
    run = runs_of(item)[number]
    if shelved(item, number, run, shelf) is not None:
        order.progress("render", 1.0)
        return
    target = segment_path(shelf, number, Path(item.source.file).suffix)
    private, note = private_name(target), private_name(note_path(target))
    with release.translated(shelf):
        shelf.mkdir(parents=True, exist_ok=True)
    try:
        made = render_run(item, run, private, threads=order.threads, progress=order.progress)
        with release.translated(shelf):
            digest, count = release.hash_file(private)
            told = Shelved(
                id=item.id,
                fingerprint=item.fingerprint,
                run=run,
                file=FileReference(file=target.name, sha256=digest, bytes=count),
                times=made.times,
                keys=made.keys,
            )
            note.write_text(told.model_dump_json(by_alias=True) + "\n", encoding="utf-8")
            for path in (private, note):
                release.sync_file(path)
            note_path(target).unlink(missing_ok=True)
            private.replace(target)
            note.replace(note_path(target))
    finally:
        private.unlink(missing_ok=True)
        note.unlink(missing_ok=True)


def shelved(item: PlanItem, number: int, run: Run, shelf: Path) -> Segment | None:
    """What waits there of this very segment, byte for byte as it was noted; None where nothing does."""
    target = segment_path(shelf, number, Path(item.source.file).suffix)
    try:
        told = Shelved.model_validate_json(note_path(target).read_bytes())
        if (told.id, told.fingerprint, told.run) != (item.id, item.fingerprint, run):
            return None
        if release.hash_file(target) != (told.file.sha256, told.file.bytes):
            return None
    except (OSError, ValidationError):
        return None
    return Segment(run, target, told.times, told.keys, is_kept=True)


def private_name(target: Path) -> Path:
    """That only this process writes, on all machines that share the shelf."""
    return target.with_name(f".{target.name}.{socket.gethostname()}.{os.getpid()}{release.PART}")


def note_path(target: Path) -> Path:
    return target.with_name(target.name + ".json")
