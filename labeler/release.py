"""The ritual of release: a private folder, fsync, sidecars, record, media last, each by rename (CONTRACTS section 3).

Nothing of labeler's is ever at the delivery path before its verdict is a pass. A process that is killed leaves
only a private folder, `.NAME.HOST.PID.part/`, which the next run sweeps away once that process is dead.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from labeler.errors import DiskFull, LabelerError, OutputRefused
from labeler.language import say
from labeler.lock import Lock, busy, held, is_alive
from labeler.rules.record import RECORD_SUFFIX, Record
from labeler.verdict import Verdict

PART = ".part"
LOCK = ".lock"
QUARANTINE = "quarantine"
NAME_BYTES = 200
CHUNK = 1 << 20


@dataclass(frozen=True)
class Workspace:
    """A private folder to work in. `candidate` has the name of the output, so its sidecars are found.

    folder: in the target folder, or on a scratch disk. home: in the target folder, from where a rename delivers.
    """

    folder: Path
    home: Path
    output: Path
    lock: Lock

    @property
    def work(self) -> Path:
        return self.folder / ("work" + self.output.suffix)

    @property
    def candidate(self) -> Path:
        return self.folder / "out" / self.output.name

    @property
    def scratch(self) -> Path:
        return self.folder / "scratch"


@contextlib.contextmanager
def workspace(
    output: Path, records: Path | None = None, tick: Callable[[], None] = lambda: None, scratch: Path | None = None
) -> Iterator[Workspace]:
    """Hold the output's lock and a private folder beside it; both are gone afterwards, whatever happens.

    scratch: a folder on a disk of this machine, to work there instead. tick: called while a lock is watched whose
    holder may be dead; may raise Interrupted.
    Raises OutputBusy when another process holds the output, OutputRefused when the folder cannot be written,
    DiskFull.
    """
    folder = output.parent
    name = f".{private_stem(output)}.{socket.gethostname()}.{os.getpid()}{PART}"
    home = folder / name
    private = home if scratch is None else scratch / name
    with contextlib.ExitStack() as holding:
        with translated(folder):
            lock = holding.enter_context(held(folder / f".{private_stem(output)}{LOCK}", output, tick))
        for place in {home, private}:
            holding.callback(shutil.rmtree, place, ignore_errors=True)
        with translated(folder):
            sweep_parts(output, folder)
            if not output.exists():
                remove_ours(output, records)
        with translated(private.parent):
            sweep_parts(output, private.parent)
            (private / "out").mkdir(parents=True)
            (private / "scratch").mkdir()
        yield Workspace(private, home, output, lock)


def sweep(output: Path, records: Path | None, scratch: Path | None) -> None:
    """Clear away the lock and the private folders that a dead process of this host left of an output. Never waits;
    what another process holds is its own, and what cannot be reached is left to the next run."""

    def leave() -> None:
        raise busy(output)

    with contextlib.suppress(LabelerError), workspace(output, records, leave, scratch):
        pass


def private_stem(output: Path) -> str:
    """The output's name, shortened where the private names made from it would pass 255 bytes."""
    encoded = output.name.encode(errors="surrogateescape")
    if len(encoded) <= NAME_BYTES:
        return output.name
    return encoded[:100].decode(errors="ignore") + hashlib.sha256(encoded).hexdigest()[:16]


def private_beside(output: Path) -> Path:
    """A name in the output's folder that only this process writes, until it is renamed."""
    return output.with_name(f".{private_stem(output)}.{os.getpid()}{PART}")


def sweep_parts(output: Path, folder: Path) -> None:
    """Remove what dead processes of this host left of this output in a folder; the caller holds its lock."""
    host = socket.gethostname()
    for left in folder.glob(f".{glob_escape(private_stem(output))}.{glob_escape(host)}.*{PART}"):
        pid = left.name[: -len(PART)].rpartition(".")[2]
        if pid.isdigit() and not is_alive(int(pid)):
            shutil.rmtree(left, ignore_errors=True)


def glob_escape(name: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def record_path(output: Path, records: Path | None = None) -> Path:
    return (records or output.parent) / (output.name + RECORD_SUFFIX)


def read_record(output: Path, records: Path | None = None) -> Record | None:
    """The record beside an output; None where there is none that this version can read."""
    path = record_path(output, records)
    try:
        return Record.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def hash_file(path: Path, tick: Callable[[int], None] = lambda done: None) -> tuple[str, int]:
    """sha256 and byte count of a file, in flat memory."""
    digest, count = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            count += len(chunk)
            tick(count)
    return digest.hexdigest(), count


def brought_home(work: Workspace, files: tuple[tuple[Path, str], ...]) -> tuple[Path, ...]:
    """Files of a scratch disk in the private folder beside the output, on the disk that they are delivered on.

    files: each with its sha256, which the copy must have too when it is read back. Raises OutputRefused, DiskFull.
    """
    if work.folder == work.home:
        return tuple(path for path, _ in files)
    home = work.home / "out"
    with translated(work.output.parent):
        home.mkdir(parents=True)
        for path, digest in files:
            shutil.copyfile(path, home / path.name)
            sync_file(home / path.name)
            if hash_file(home / path.name)[0] != digest:
                raise OSError(errno.EIO, say("a copy differs from its original", "une copie diffère de son original"))
    return tuple(home / path.name for path, _ in files)


def publish(candidate: Path, sidecars: tuple[Path, ...], record: Record, output: Path, records: Path | None) -> None:
    """Move a candidate that passed to where it is delivered: old output, sidecars, record, then media.

    The candidate's folder is on the same file system, so each step is one rename.
    """
    with translated(output.parent):
        for path in (candidate, *sidecars):
            sync_file(path)
        # Media first: a record without media is harmless, media without its record is not.
        output.unlink(missing_ok=True)
        remove_ours(output, records)
        for sidecar in sidecars:
            sidecar.replace(output.with_suffix(sidecar.suffix))
        write_record(record, record_path(output, records), candidate.parent)
        candidate.replace(output)
        sync_folder(output.parent)


def remove_ours(output: Path, records: Path | None) -> None:
    """Remove the record of an output and the sidecars that it names; someone else's files stay."""
    old = read_record(output, records)
    if old is None:
        return
    for name in old.sidecars:
        (output.parent / Path(name).name).unlink(missing_ok=True)
    record_path(output, records).unlink(missing_ok=True)


def write_record(record: Record, path: Path, private: Path) -> None:
    """Written privately, synced, then renamed. A records folder elsewhere gets its private file there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = private / path.name if path.parent == private.parent.parent else path.with_name(f".{path.name}{PART}")
    part.write_text(record.model_dump_json(by_alias=True, indent=1) + "\n", encoding="utf-8")
    sync_file(part)
    part.replace(path)
    sync_folder(path.parent)


def quarantine(candidate: Path, sidecars: tuple[Path, ...], verdict: Verdict, output: Path) -> Path:
    """Move a candidate that failed into `quarantine/` beside the target, with its verdict. Returns its new path."""
    with translated(output.parent):
        folder = output.parent / QUARANTINE
        folder.mkdir(exist_ok=True)
        kept = folder / output.name
        for path in (*sidecars, candidate):
            sync_file(path)
        (folder / (output.name + ".verdict.json")).write_text(
            verdict.model_dump_json(by_alias=True, indent=1) + "\n", encoding="utf-8"
        )
        for sidecar in sidecars:
            sidecar.replace(kept.with_suffix(sidecar.suffix))
        candidate.replace(kept)
        sync_folder(folder)
    return kept


def sync_file(path: Path) -> None:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some network file systems cannot sync a folder; the renames stand, in the order they were made.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def translated(folder: Path) -> Iterator[None]:
    """Errors of the file system at the delivery place, as errors for people."""
    try:
        yield
    except OSError as error:
        raise place_error(error, folder) from error


def disk_full(folder: Path, missing: int) -> DiskFull:
    megabytes = -(-missing // 1_000_000)
    return DiskFull(
        say(
            f"{folder}: {megabytes} MB more are needed on this disk.",
            f"{folder} : il manque {megabytes} Mo sur ce disque.",
        ),
        file=str(folder),
    )


def place_error(error: OSError, folder: Path) -> DiskFull | OutputRefused:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(say(f"{folder}: the disk is full.", f"{folder} : le disque est plein."), file=str(folder))
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return OutputRefused(
            say(f"{folder}: this folder cannot be written.", f"{folder} : impossible d'écrire dans ce dossier."),
            remedy=say("Add -o FOLDER to deliver elsewhere.", "Ajoutez -o DOSSIER pour livrer ailleurs."),
            file=str(folder),
        )
    reason = error.strerror or str(error)
    return OutputRefused(
        say(f"{folder}: cannot deliver there: {reason}.", f"{folder} : livraison impossible : {reason}."),
        file=str(folder),
    )
