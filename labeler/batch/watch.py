"""A folder that is watched: what is put into it is labelled, once it is whole.

The folder is looked through every few seconds; events of the file system are not asked for, since on a share they do
not tell what other machines write. A file is ready when it has been still for a while by this process's own clock, and
opens. What is done is not remembered anywhere: after a restart every file is planned again, and its record says that
it is done. Of several watchers of one folder, the lock of each output lets one at a time work on it.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from labeler.batch.jobs import carry_out
from labeler.batch.listener import Item, Listener, Relaying
from labeler.batch.outcome import failure
from labeler.batch.request import Request, prepare
from labeler.batch.sources import Named, Refused, is_own_output, walk
from labeler.errors import ExitCode, LabelerError, OutputCollision, SourceMissing, UsageError
from labeler.language import say
from labeler.media.open import open_media
from labeler.progress import Phase
from labeler.release import private_beside, translated
from labeler.rules.plan import FileReference
from labeler.rules.record import Result

DONE, FAILED = "done", "failed"
LOOK_EVERY = 2.0
"""Seconds between two looks through the folder."""
AGAIN_AFTER = 60.0
"""Seconds until a file is tried again that failed for a passing reason: an output in use, a full disk."""
CLOSED_FOR = 10
"""How many times as long as another a file must be still that does not open: then it is not a copy that pauses."""
ROUND = 8
"""Files of one round, for each job: what comes in meanwhile waits for the next one."""

Signature = tuple[int, int]
"""Bytes and time of the last change in ns, by the clock of the disk: only ever compared for being equal."""


@dataclass(frozen=True)
class Watch:
    """What to watch, and how. request: of `label`, its sources being the folder. settle: seconds that a file must be
    still. move: whether sources go to `done/` or `failed/` afterwards. status: a file that tells how it stands."""

    folder: Path
    request: Request
    jobs: int = 1
    settle: float = 10.0
    move: bool = False
    status: Path | None = None


@dataclass
class Sight:
    """A file as it was last seen. since: when it was first seen like that. tried: when it was last worked on."""

    signature: Signature
    since: float
    tried: float | None = None
    is_settled: bool = False


@dataclass
class Counts:
    released: int = 0
    skipped: int = 0
    failed: int = 0


@dataclass
class Watcher:
    """One watched folder while it is watched. clock, sleep: of seconds that never go back."""

    watch: Watch
    heard: Listener
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    seen: dict[Path, Sight] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)

    def run(self) -> None:
        """Until it is stopped. Raises Interrupted; UsageError, IdentityError where nothing can be labelled as asked;
        SourceMissing where the folder has gone."""
        check(self.watch)
        self.tell("watching")
        try:
            while True:
                self.heard.beat()
                if not self.round():
                    self.sleep(LOOK_EVERY)
        finally:
            self.tell("stopped")

    def round(self) -> bool:
        """Look once, and work on what is ready. Whether there was anything."""
        found = {named.path: named for named in videos_in(self.watch)}
        ready = self.ready(found)[: ROUND * max(1, self.watch.jobs)]
        self.tell("working" if ready else "watching")
        if ready:
            self.work(ready)
        return bool(ready)

    def ready(self, found: dict[Path, Named]) -> list[Named]:
        """Which of the files that are there can be worked on now."""
        now = self.clock()
        for gone in self.seen.keys() - found.keys():
            del self.seen[gone]
        ready = []
        for path, named in found.items():
            signature = signature_of(path)
            if signature is None:
                continue
            sight = self.seen.get(path)
            if sight is None or sight.signature != signature:
                self.seen[path] = Sight(signature, now)
            elif self.is_due(path, sight, now):
                ready.append(named)
        return ready

    def is_due(self, path: Path, sight: Sight, now: float) -> bool:
        if sight.is_settled:
            return False
        if sight.tried is not None:
            return now - sight.tried >= AGAIN_AFTER
        still = now - sight.since
        if still < self.watch.settle or (still < self.watch.settle * CLOSED_FOR and not opens(path)):
            return False
        sight.is_settled = is_own_output(path, self.watch.request.records)
        return not sight.is_settled

    def work(self, ready: Sequence[Named]) -> None:
        """Label these files. What fails for a passing reason is tried again later, everything else is settled."""
        for named in ready:
            self.seen[named.path].tried = self.clock()
        told = Told(self.heard, lambda: self.tell("working"))
        try:
            batch = prepare(replace(self.watch.request, now=datetime.now(UTC)), ready)
        except OutputCollision as error:
            self.work_apart(ready, error)
            return
        # In processes of their own even where there is one: what breaks a decoder must not end the watch.
        for path, results in by_source(carry_out(batch, self.watch.jobs, told)).items():
            self.settle(path, results)

    def work_apart(self, ready: Sequence[Named], error: OutputCollision) -> None:
        """Files whose outputs would have one name are worked on one by one; where one is enough for that, it fails."""
        for named in ready:
            if len(ready) > 1:
                self.work([named])
                continue
            result = failure(error, FileReference(file=str(named.path)))
            self.heard.finished(Item(0, named.path), result)
            self.settle(named.path, [result])

    def settle(self, path: Path, results: Sequence[Result]) -> None:
        for result in results:
            self.counts.released += result.status == "released"
            self.counts.skipped += result.status == "skipped"
        failed = [result for result in results if result.exit_code != ExitCode.DONE]
        if any(result.exit_code == ExitCode.TEMPORARY for result in failed) or is_gone(failed):
            return
        self.counts.failed += len(failed)
        sight = self.seen.get(path)
        if sight is not None:
            sight.is_settled = True
        if self.watch.move:
            move(path, self.watch.folder / (FAILED if failed else DONE))

    def tell(self, state: str) -> None:
        """Write the status file, whole; one that cannot be written is no reason to stop."""
        if self.watch.status is None:
            return
        told = {
            "schema": "labeler.watch/1",
            "state": state,
            "folder": str(self.watch.folder),
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "looked": datetime.now(UTC).isoformat(timespec="seconds"),
            "waiting": sum(not sight.is_settled for sight in self.seen.values()),
            "released": self.counts.released,
            "skipped": self.counts.skipped,
            "failed": self.counts.failed,
        }
        private = private_beside(self.watch.status)
        try:
            private.write_text(json.dumps(told) + "\n", encoding="ascii")
            private.replace(self.watch.status)
        except OSError:
            private.unlink(missing_ok=True)


class Told(Relaying):
    """Keeps the status fresh while a long file is worked on."""

    def __init__(self, heard: Listener, tell: Callable[[], None]) -> None:
        super().__init__(heard)
        self.tell = tell
        self.last = time.monotonic()

    def progress(self, item: Item, phase: Phase, share: float) -> None:
        self.refresh()
        super().progress(item, phase, share)

    def beat(self) -> None:
        self.refresh()
        super().beat()

    def refresh(self) -> None:
        if time.monotonic() - self.last >= LOOK_EVERY:
            self.last = time.monotonic()
            self.tell()


def check(watch: Watch) -> None:
    """What would go wrong with every file goes wrong at once. Raises UsageError, IdentityError, SourceMissing."""
    if not watch.folder.is_dir():
        raise SourceMissing(
            say(f"{watch.folder}: there is no such folder.", f"{watch.folder} : ce dossier n'existe pas."),
            file=str(watch.folder),
        )
    if watch.request.output is None:
        raise UsageError(
            say("watch needs -o: where to deliver.", "watch demande -o : où livrer."),
            remedy=say("Add -o FOLDER/.", "Ajoutez -o DOSSIER/."),
        )
    prepare(watch.request, ())
    if watch.move:
        for name in (DONE, FAILED):
            with translated(watch.folder):
                (watch.folder / name).mkdir(exist_ok=True)


def videos_in(watch: Watch) -> Iterator[Named]:
    """The videos to label: not what labeler made, not what was moved away, nothing below the folder of outputs."""
    output = Path(os.path.abspath(watch.request.output or ""))  # noqa: PTH100 - links are kept as they are
    apart = {watch.folder / DONE, watch.folder / FAILED}
    for entry in walk(watch.folder, watch.request.recursive):
        if isinstance(entry, Refused) or apart & set(entry.parents):
            continue
        if output in Path(os.path.abspath(entry)).parents and output != watch.folder.absolute():  # noqa: PTH100
            continue
        yield Named(entry, entry.parent.relative_to(watch.folder))


def signature_of(path: Path) -> Signature | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def opens(path: Path) -> bool:
    try:
        with open_media(path, takes_any_text=True):
            return True
    except LabelerError:
        return False


def by_source(results: Iterable[Result]) -> dict[Path, list[Result]]:
    found: dict[Path, list[Result]] = {}
    for result in results:
        found.setdefault(Path(result.source.file), []).append(result)
    return found


def is_gone(failed: Sequence[Result]) -> bool:
    """Another watcher was there before us, and has moved it."""
    return any(problem.code == "source-missing" for result in failed for problem in result.problems)


def move(path: Path, folder: Path) -> None:
    """Into the folder, beside what is there under the same name. A file that cannot be moved stays where it is."""
    for number in range(1, 10_000):
        target = folder / (path.name if number == 1 else f"{path.stem} ({number}){path.suffix}")
        try:
            os.link(path, target)  # never over a file that is there
        except FileExistsError:
            continue
        except OSError:
            if not target.exists():
                path.replace(target)  # a file system without hard links
            return
        path.unlink(missing_ok=True)
        return
