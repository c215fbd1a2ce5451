"""The ledger with a million entries: how long it takes to find one, and how much memory a walk and an export take."""

from __future__ import annotations

import argparse
import hashlib
import os
import resource
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from labeler.ledger.place import place_named
from labeler.ledger.store import Wanted, opened
from labeler.rules.ledger import LedgerEntry

ENTRIES = int(os.environ.get("LABELER_BENCH_ENTRIES", "1000000"))
BATCH = 10_000
ASKED = 200
BAR = 10.0  # milliseconds


def ledger(folder: Path, asked: argparse.Namespace) -> None:
    """On SQLite; and on PostgreSQL, where LABELER_TEST_POSTGRESQL names an empty database."""
    print(f"\n## The ledger: {ENTRIES:,} entries\n")
    print(f"| where | by | ms, median (range) of {ASKED} | bar {BAR:g} ms |\n|---|---|---|---|")
    for name in filter(None, (str(folder / "ledger.sqlite"), os.environ.get("LABELER_TEST_POSTGRESQL"))):
        measure(name)


def measure(name: str) -> None:
    place = place_named(name)
    assert place is not None
    kind = "SQLite" if place.path is not None else "PostgreSQL"
    started = time.perf_counter()
    with opened(place, to_write=True) as ledger:
        for batch in batches():
            ledger.add(batch)
    filled = time.perf_counter() - started
    step = max(1, ENTRIES // ASKED)
    asks = {
        "output hash": lambda one: one.output_sha256,
        "source hash, 12 digits": lambda one: one.source_sha256[:12],
        "watermark": lambda one: one.watermark,
        "name": lambda one: one.output.rpartition("/")[2],
        "nothing there": lambda one: digest("nothing", one.record),
    }
    with opened(place) as ledger:
        for by, ask in asks.items():
            times = []
            for number in range(0, ENTRIES, step):
                what = ask(entry(number))
                before = time.perf_counter()
                found = list(ledger.find(Wanted(what)))
                times.append(1000 * (time.perf_counter() - before))
                assert len(found) == (by != "nothing there"), (by, what)
            median, most = statistics.median(times), max(times)
            verdict = "met" if median <= BAR else "missed"
            print(f"| {kind} | {by} | {median:.2f} ({min(times):.2f} to {most:.2f}) | {verdict} |")
        count = sum(1 for _ in ledger.find())
    assert count == ENTRIES
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nFilled in {filled:.0f} s. Peak memory of all this, an export of every entry included: {peak:.0f} MiB.\n")


def batches() -> Iterator[list[LedgerEntry]]:
    for first in range(0, ENTRIES, BATCH):
        yield [entry(number) for number in range(first, min(first + BATCH, ENTRIES))]


def entry(number: int) -> LedgerEntry:
    output = f"/share/out/{number % 1000:03}/film-{number}.eu-standard.mp4"
    return LedgerEntry(
        id=digest("id", number),
        record=f"{output}.labeler.json",
        output=output,
        output_sha256=digest("output", number),
        source=f"/share/in/{number % 1000:03}/film-{number}.mp4",
        source_sha256=digest("source", number),
        fingerprint=digest("fingerprint", number),
        preset="eu-standard",
        preset_version=1,
        status="released",
        signer="Studio",
        watermark=f"mark-{number}",
        labeler="0.1.0",
    )


def digest(kind: str, what: object) -> str:
    return hashlib.sha256(f"{kind} {what}".encode()).hexdigest()
