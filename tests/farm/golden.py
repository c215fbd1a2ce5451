"""The texts of every farm, as they were looked at: `python -m tests.farm.golden` writes them anew, to be looked at."""

from __future__ import annotations

from pathlib import Path

from labeler.farm.job import FarmJob
from labeler.farm.targets import targets
from tests.farm.jobs import CHUNKED, PLAIN, UNSIGNED, cut

FOLDER = Path(__file__).parents[1] / "golden" / "farm"
"""Each text with `.txt` after its name: linters must not take them for the project's own."""


def cases() -> dict[str, FarmJob]:
    """By the name of their folder below FOLDER."""
    found = {}
    for name, target in targets().items():
        found[name] = PLAIN
        found[f"{name}.chunked"] = CHUNKED if target.has_signers else UNSIGNED
        found[f"{name}.cut"] = cut(PLAIN)
        found[f"{name}.cut.chunked"] = cut(found[f"{name}.chunked"])
    return found


def texts(name: str) -> dict[str, str]:
    written = targets()[name.partition(".")[0]].write(cases()[name])
    return {file: "".join(pieces) for file, pieces in written.items()}


if __name__ == "__main__":
    for case in cases():
        (FOLDER / case).mkdir(parents=True, exist_ok=True)
        for file, text in texts(case).items():
            (FOLDER / case / f"{file}.txt").write_text(text, encoding="utf-8")
