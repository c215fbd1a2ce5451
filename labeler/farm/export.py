"""Write a farm's texts into a folder. Nothing is submitted, and nothing that is not ours is replaced.

`labeler-export.sha256` lists what was written, as `sha256sum` does: a text that is in it and still the same is ours;
one that a person has changed since is theirs.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from labeler.errors import OutputRefused, UsageError
from labeler.farm.job import FarmJob, is_windows, read_plan, refuse_unspeakable, sources_of
from labeler.farm.quoting import shell
from labeler.farm.rejects import OnReject
from labeler.farm.rounds import least_size, whole_runs
from labeler.farm.target import Target
from labeler.farm.targets import targets
from labeler.language import say
from labeler.release import place_error

LIST = "labeler-export.sha256"
CHUNK = 1 << 20
Owned = set[tuple[str, str]]
"""Pairs of sha256 and name."""


@dataclass(frozen=True)
class Order:
    """What `labeler export` is asked. chunk, on_reject: None for what suits the farm."""

    to: str
    plan: Path
    folder: Path
    chunk: int | None = None
    on_reject: OnReject | None = None
    signers: bool = False
    path_map: Path | None = None


@dataclass(frozen=True)
class Exported:
    """files: what was written, in order. submit: what a person does next. uncut: items that the plan cuts into
    segments, and that are one task each on this farm."""

    target: Target
    job: FarmJob
    files: tuple[Path, ...]
    submit: str
    uncut: int = 0


def export(order: Order) -> Exported:
    """Raises UsageError, PlanError (2), SourceRejected, OutputRefused (3), DiskFull (75)."""
    target = targets()[order.to]
    planned = farm_job(order, target)
    job = as_farm_takes_it(planned, order, target)
    if order.folder.exists() and not order.folder.is_dir():
        raise taken(order.folder)
    try:
        order.folder.mkdir(exist_ok=True)
        files = put_all(order.folder, target, job)
    except OSError as error:
        raise place_error(error, order.folder) from error
    told = target.submit_cut if job.plan.cuts and target.submit_cut else target.submit
    submit = say(*told).replace("{folder}", shell(job.folder))
    return Exported(target, job, files, submit, len(planned.plan.cuts) - len(job.plan.cuts))


def farm_job(order: Order, target: Target) -> FarmJob:
    if order.signers and not target.has_signers:
        raise UsageError(
            say(
                f"{target.title} cannot hold back part of a job for the machines that sign.",
                f"{target.title} ne peut réserver une partie d'un travail aux machines qui signent.",
            ),
            remedy=say("Leave out --signers.", "Retirez --signers."),
        )
    if order.path_map and target.has_own_path_map:
        raise UsageError(
            say(
                f"{target.title}: each session brings its own path mapping, and the job reads that.",
                f"{target.title} : chaque session apporte ses règles de chemins, que le travail lit.",
            ),
            remedy=say("Leave out --path-map.", "Retirez --path-map."),
        )
    plan = read_plan(order.plan)
    if is_windows(plan.path) and not target.has_windows:
        raise UsageError(
            say(
                f"{target.title} does not run on Windows, and {plan.path} is a path of Windows.",
                f"{target.title} ne tourne pas sous Windows, or {plan.path} est un chemin de Windows.",
            ),
            remedy=say("Choose another farm.", "Choisissez une autre ferme."),
        )
    folder = os.path.abspath(order.folder)  # noqa: PTH100 - links are kept
    refuse_unspeakable(folder)
    path_map = os.path.abspath(order.path_map) if order.path_map else None  # noqa: PTH100
    refuse_unspeakable(path_map or "")
    return FarmJob(plan, folder, 1, target.on_reject, order.signers, path_map, lambda: sources_of(order.plan))


def as_farm_takes_it(job: FarmJob, order: Order, target: Target) -> FarmJob:
    """The job with as many things a task as keep its rounds within what the farm takes; with each item whole where even
    that is too many segments, or the farm knows no rounds that wait for others."""
    cuts = job.plan.cuts
    segment_chunk = least_size([cut.segments for cut in cuts], target.most_segments)
    if segment_chunk is None:
        cuts, segment_chunk = (), 1
    rounds = ([len(run) for run in whole_runs(job.plan.items, cuts)], [job.plan.items])
    chunk = order.chunk or max(least_size(runs, target.most_tasks) or max(runs) for runs in rounds)
    # In a task of several items one that is bad would hide, in the one exit code, those worth another try.
    on_reject = order.on_reject or ("record" if chunk > 1 else target.on_reject)
    plan = replace(job.plan, cuts=cuts)
    return replace(job, plan=plan, chunk=chunk, segment_chunk=segment_chunk, on_reject=on_reject)


def put_all(folder: Path, target: Target, job: FarmJob) -> tuple[Path, ...]:
    """All texts or none: each is written under a private name first."""
    texts = target.write(job)
    before = owned(folder)
    for name in texts:
        if os.path.lexists(folder / name) and (hash_of(folder / name), name) not in before:
            raise taken(folder / name)
    waiting: list[tuple[Path, Path]] = []
    try:
        now: Owned = set()
        for name, pieces in texts.items():
            waiting.append((private(folder / name), folder / name))
            now.add((write(waiting[-1][0], pieces), name))
        put_list(folder, before | now)  # so that what a kill leaves behind in the next lines is still known as ours
        for part, path in waiting:
            part.replace(path)
        remove_old(folder, before, set(texts))
        put_list(folder, now)
    finally:
        for part, _ in waiting:
            part.unlink(missing_ok=True)
    return tuple(path for _, path in waiting)


def remove_old(folder: Path, before: Owned, names: set[str]) -> None:
    """What an earlier export wrote and this one does not need would be submitted by mistake."""
    for digest, name in before:
        path = folder / name
        if name not in names and path.is_file() and hash_of(path) == digest:
            path.unlink()


def owned(folder: Path) -> Owned:
    found: Owned = set()
    with contextlib.suppress(OSError, UnicodeDecodeError):
        for line in (folder / LIST).read_text(encoding="utf-8").splitlines():
            digest, _, name = line.partition("  ")
            if name == Path(name).name:  # a list that somebody changed must not reach into other folders
                found.add((digest, name))
    return found


def put_list(folder: Path, files: Owned) -> None:
    part = private(folder / LIST)
    write(part, (f"{digest}  {name}\n" for digest, name in sorted(files, key=lambda pair: pair[::-1])))
    part.replace(folder / LIST)


def private(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.part")


def write(path: Path, pieces: Iterable[str]) -> str:
    """Write a text, synced; its sha256."""
    digest = hashlib.sha256()
    with path.open("wb") as stream:
        for piece in pieces:
            data = piece.encode("utf-8")
            digest.update(data)
            stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    return digest.hexdigest()


def hash_of(path: Path) -> str | None:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:  # a folder of that name, or a file that is closed to us: not ours
        return None


def taken(path: Path) -> OutputRefused:
    return OutputRefused(
        say(
            f"{path} is there already, and labeler did not write it, or somebody has changed it since.",
            f"{path} existe déjà, et labeler ne l'a pas écrit, ou quelqu'un l'a modifié depuis.",
        ),
        remedy=say(
            "Choose another folder with -o, or move it away.", "Choisissez un autre dossier avec -o, ou déplacez-le."
        ),
        file=str(path),
    )
