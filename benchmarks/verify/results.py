"""Each row of the table as it is measured, in a JSON Lines file from which a run that was cut off goes on."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.verify.bars import Cost, Try
from benchmarks.verify.footage import Half

HERE = Path(__file__).parent
MEASURED = Path(__file__).parents[2] / "labeler" / "layers" / "mention"
SOURCES = (".py", ".toml", ".tsv", ".otf")


@dataclass(frozen=True)
class Row:
    """What one item of the set gave. item: its name. cpu: seconds that reading it took. readings: pictures, or parts
    of them, that text was looked for in. found: what was told of it, as in a verdict, with `is_right`: whether it is
    what was drawn there."""

    item: str
    tries: tuple[Try, ...] = ()
    costs: tuple[Cost, ...] = ()
    cpu: float = 0.0
    readings: int = 0
    found: tuple[dict[str, Any], ...] = ()


class Results:
    """The rows of one half, as one state of the readers gave them. path: where they are kept; None: nowhere.

    Rows of another state of `labeler/layers/mention` or of this set stay in the file and count for nothing.
    """

    def __init__(self, path: Path | None, half: Half, state: str | None = None) -> None:
        self.path, self.half, self.state = path, half, state or state_of_readers()
        self.rows = {row.item: row for row in saved(path, half, self.state)} if path and path.exists() else {}

    def take(self, item: str, measure: Callable[[], Row]) -> Row:
        """The row of an item: the one that is kept, else a new one, which is on the disk before this returns."""
        if item not in self.rows:
            self.rows[item] = measure()
            if self.path is not None:
                append(self.path, {"half": self.half, "state": self.state, **asdict(self.rows[item])})
        return self.rows[item]


def saved(path: Path, half: Half, state: str) -> list[Row]:
    """A last line that was cut off is no row."""
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            told = json.loads(line)
        except ValueError:
            continue
        if (told.pop("half"), told.pop("state")) == (half, state):
            tries, costs = (
                tuple(Try(**one) for one in told.pop("tries")),
                tuple(Cost(**one) for one in told.pop("costs")),
            )
            rows.append(Row(tries=tries, costs=costs, found=tuple(told.pop("found")), **told))
    return rows


def append(path: Path, told: dict[str, Any]) -> None:
    with path.open("a+b") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\n")
        file.write((json.dumps(told, ensure_ascii=False) + "\n").encode())
        file.flush()
        os.fsync(file.fileno())


def state_of_readers() -> str:
    """A hash of the layer that is measured, and of the set."""
    total = hashlib.sha256()
    for folder in (MEASURED, HERE):
        for path in sorted(path for path in folder.rglob("*") if path.suffix in SOURCES):
            total.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()[:16]
