"""A batch on the machines of a Dask cluster, where no farm is at hand: `--engine dask://host:8786`.

Planned here, carried out there: each item goes to a worker as text, which starts one `labeler step` for it, with the
same folders mounted at the same places. Dask may start an item again, or twice at once, when a worker is lost; that
each output is released once is the step's own duty. Where an item is cut into segments, its plan and they wait in a
private folder beside its output, and the step that joins them is started once all are there.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from labeler.batch import names
from labeler.batch.children import search_path
from labeler.batch.cutting import CORES_AN_ENCODER
from labeler.batch.forked import leave_with_parent
from labeler.batch.listener import Item, Listener
from labeler.batch.outcome import failure
from labeler.batch.plan_file import open_plan
from labeler.batch.pool import BEAT
from labeler.batch.request import Batch
from labeler.batch.results import read_result
from labeler.batch.run import forecast, is_enough, not_started
from labeler.errors import LabelerError, MachineLacks, Temporary, UsageError
from labeler.language import say
from labeler.lock import is_alive
from labeler.release import PART, glob_escape, private_stem, translated
from labeler.rules.plan import FileReference, PlanItem
from labeler.rules.record import Result
from labeler.shelf import runs_of

SCHEME = "dask"
RETRIES = 2
"""How often an item is given to another worker when the one that had it is lost."""
PATIENCE = 30.0
"""Seconds to wait for the scheduler."""
PLAN, WAITING = "plan.jsonl", ".segments"
KEPT = ("LABELER_LANG", "LABELER_PRESETS")
"""What of this machine's environment holds on the others too; who signs and where data lie is each machine's own."""
Ended = subprocess.CompletedProcess[bytes]


def carry_out_on(engine: str, batch: Batch, listener: Listener) -> tuple[Result, ...]:
    """Plan every job here, and let the workers of a cluster carry them out. One result each, in order.

    Raises UsageError (not an engine that this version knows), MachineLacks (the extra is not installed), Temporary (no
    scheduler there), Interrupted.
    """
    with connected(address_of(engine)) as client:
        return Cluster(client, batch, listener).run()


def address_of(engine: str) -> str:
    """`dask://host:8786` as Dask names it. Raises UsageError."""
    with contextlib.suppress(ValueError):
        parts = urlsplit(engine)
        if parts.scheme == SCHEME and parts.hostname and parts.port:
            return f"tcp://{parts.netloc}"
    raise UsageError(
        say(f"--engine {engine}: this is no engine.", f"--engine {engine} : moteur inconnu."),
        remedy=say("Write --engine dask://HOST:8786.", "Écrivez --engine dask://HÔTE:8786."),
    )


@contextlib.contextmanager
def connected(address: str) -> Iterator[Any]:
    try:
        distributed: Any = import_module("distributed")
    except ImportError as error:
        raise MachineLacks(
            say("--engine needs Dask, which is not installed here.", "--engine demande Dask, absent de cette machine."),
            remedy=say("Install it: pip install 'labeler[dask]'.", "Installez-le : pip install 'labeler[dask]'."),
        ) from error
    try:
        client = distributed.Client(address, timeout=PATIENCE, set_as_default=False)
    except OSError as error:
        raise Temporary(
            say(f"No Dask scheduler answers at {address}.", f"Aucun ordonnanceur Dask ne répond à {address}."),
            remedy=say("Start it with `dask scheduler`.", "Lancez-le avec `dask scheduler`."),
        ) from error
    with client:
        yield client


@dataclass
class Cluster:
    """One batch while it runs on a cluster."""

    client: Any
    batch: Batch
    heard: Listener
    running: dict[Any, Item] = field(default_factory=dict)
    folders: dict[int, Path] = field(default_factory=dict)
    results: dict[int, Result] = field(default_factory=dict)

    def run(self) -> tuple[Result, ...]:
        try:
            self.hand_out()
            while self.running:
                self.hear(wait=True)
        finally:
            self.client.cancel(list(self.running), force=True)
            for folder in self.folders.values():
                shutil.rmtree(folder, ignore_errors=True)
        return tuple(self.results[number] for number in sorted(self.results))

    def hand_out(self) -> None:
        """Plan one job after the other; each is on its way as soon as it is planned."""
        items = [Item(number, refused.path) for number, refused in enumerate(self.batch.refused)]
        items += [job.item for job in self.batch.jobs]
        for item, planned in zip(items, forecast(self.as_planned(), self.heard), strict=True):
            if isinstance(planned, Result):
                self.finish(item, planned)
            elif is_enough(self.results.values(), self.batch):
                self.finish(item, not_started(item.source))
            else:
                self.submit(item, planned)
            self.hear(wait=False)

    def as_planned(self) -> Batch:
        """The batch with its threads as far as planning goes: an encoder's worth for each worker that an item has."""
        workers = len(self.client.scheduler_info()["workers"])
        threads = CORES_AN_ENCODER * max(1, workers // max(1, len(self.batch.jobs)))
        return replace(self.batch, request=replace(self.batch.request, threads=threads))

    def submit(self, item: Item, planned: PlanItem) -> None:
        environment = {name: os.environ[name] for name in KEPT if name in os.environ}
        self.heard.planned(item, planned)
        text, threads = planned.model_dump_json(by_alias=True), self.batch.request.threads
        # Not pure: the answer to the same text is another one once the output is there.
        key = f"labeler-{item.number}-{planned.id[:12]}"
        asked = {"pure": False, "retries": RETRIES}
        if not runs_of(planned):
            future = self.client.submit(run_item, text, environment, threads, key=key, **asked)
        else:
            plan = self.shared_plan(item, planned, text)
            parts = [
                self.client.submit(run_segment, plan, number, environment, threads, key=f"{key}-{number}", **asked)
                for number in range(len(runs_of(planned)))
            ]
            future = self.client.submit(join_segments, plan, environment, threads, parts, key=key, **asked)
        self.running[future] = item

    def shared_plan(self, item: Item, planned: PlanItem, text: str) -> str:
        """The path of a plan with this item alone, in a folder that every worker sees; segments wait beside it."""
        names.prepare_folder(Path(planned.output), root=planned.delivery.root)
        output = Path(planned.output)
        head, tail = f".{private_stem(output)}.{socket.gethostname()}.", WAITING + PART
        with translated(output.parent):
            for left in output.parent.glob(f"{glob_escape(head)}*{tail}"):
                pid = left.name[len(head) : -len(tail)]
                if pid.isdigit() and not is_alive(int(pid)):
                    shutil.rmtree(left, ignore_errors=True)
            folder = self.folders[item.number] = output.parent / f"{head}{os.getpid()}{tail}"
            folder.mkdir(exist_ok=True)
            (folder / PLAN).write_text(text + "\n", encoding="utf-8")
        return str(folder / PLAN)

    def hear(self, *, wait: bool) -> None:
        """Tell what has come back. Raises Interrupted where the listener does."""
        self.heard.beat()
        done = [future for future in self.running if future.done()]
        for future in done:
            item = self.running.pop(future)
            self.finish(item, outcome_of(future, item))
        if wait and not done:
            time.sleep(BEAT)

    def finish(self, item: Item, result: Result) -> None:
        self.results[item.number] = result
        if (folder := self.folders.pop(item.number, None)) is not None:
            shutil.rmtree(folder, ignore_errors=True)
        self.heard.finished(item, result)


def outcome_of(future: Any, item: Item) -> Result:
    error = future.exception()
    if error is None:
        return Result.model_validate_json(future.result())
    path = item.source
    lost = Temporary(
        say(
            f"{path}: the workers that had this file were lost ({type(error).__name__}: {error}).",
            f"{path} : les machines qui traitaient ce fichier ont été perdues ({type(error).__name__} : {error}).",
        ),
        file=str(path),
    )
    return failure(lost, FileReference(file=str(path)))


def run_item(text: str, environment: Mapping[str, str], threads: int | None) -> str:
    """On a worker: carry out one item in a process of its own, which does not outlive the worker. Its result as JSON.

    The worker's own environment says who signs here and where presets and data lie.
    """
    with tempfile.TemporaryDirectory(prefix="labeler-") as folder:
        path = Path(folder) / PLAN
        path.write_text(text + "\n", encoding="utf-8")
        return told_by(path, step(path, environment, threads))


def run_segment(path: str, number: int, environment: Mapping[str, str], threads: int | None) -> None:
    """On a worker: render one segment of the item of this plan, beside it. Where that fails, whoever joins them renders
    it once more, and tells why it cannot be."""
    step(Path(path), environment, threads, "--segment", str(number))


def join_segments(path: str, environment: Mapping[str, str], threads: int | None, _: Sequence[None]) -> str:
    """On a worker, once its segments are there: carry out the item of this plan. Its result as JSON."""
    return told_by(Path(path), step(Path(path), environment, threads))


def step(path: Path, environment: Mapping[str, str], threads: int | None, *flags: str) -> Ended:
    command = [sys.executable, "-P", "-m", "labeler", "step", str(path), "--item", "0", "--json", *flags]
    return subprocess.run(
        command + (["--threads", str(threads)] if threads else []),
        env={**os.environ, **environment, "PYTHONPATH": search_path()},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        preexec_fn=leave_with_parent() if sys.platform == "linux" else None,
    )


def told_by(path: Path, ended: Ended) -> str:
    plan = open_plan(path)
    item = plan.item(0)
    result = read_result(plan, 0, item)
    if result is None:
        told = ended.stderr.decode(errors="replace").strip().splitlines()
        result = failure(crashed(item, ended.returncode, told[-1] if told else ""), item.source, item.id)
    return result.model_dump_json(by_alias=True)


def crashed(item: PlanItem, code: int, last: str) -> LabelerError:
    how = signal.Signals(-code).name if code < 0 else str(code)
    path = item.source.file
    return LabelerError(
        say(
            f"{path}: the step that labelled this file broke down ({how}). {last}",
            f"{path} : l'étape qui traitait ce fichier s'est effondrée ({how}). {last}",
        ),
        file=path,
    )
