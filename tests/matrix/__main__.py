"""Make every clip of the matrix, label it and the real clips, and write docs/formats.md: `python -m tests.matrix`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from labeler import label
from labeler.layers.credentials import identity
from labeler.media.survey import survey
from labeler.rules.record import Result
from tests.fiddly.catalogue import FILMS
from tests.fiddly.film import Film
from tests.matrix.recipes import Recipe, prepare, recipes

Clip = Recipe | Film
PAGE = Path(__file__).parent.parent.parent / "docs" / "formats.md"
HEAD = """# Formats

What becomes of a file, tried: `make formats` makes these clips, labels each with `eu-standard`, and writes this page.

- **Released** means that the output passed the gate: every other track, chapter, tag, caption, time code, colour tag,
  HDR value and timestamp is as in the source. **Refused** is exit code 3, and nothing was written.
- In **MP4 and MOV** the boxes of the source stay as they are, byte for byte; only the pictures are others. In the other
  containers, and in fragmented MP4, libavformat writes the file anew, and its inventory must equal that of the source.
  In **MKV and WebM** chapters, tags and attachments are put back byte for byte, and so is what their tracks say of
  themselves, and how long the last packet of a sound track lasts.
- **Credentials** are embedded in MP4 and MOV. For the other containers they stand in `NAME.c2pa` beside the file.
- **Metadata** are XMP in MP4 and MOV, and tags in MKV and WebM. For MPEG-TS, AVI and MXF they stand in `NAME.xmp`.
- **Pictures** are coded again in their own codec, profile, depth, sampling, colour, shape and scan. In HDR the mention
  stands at 203 cd/m² (ITU-R BT.2408).
"""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    traits: str
    outcome: str
    said: str

    def __str__(self) -> str:
        return f"| {self.name} | {self.traits} | {self.outcome} | {self.said} |"


def row_of(name: str, traits: str, result: Result) -> Row:
    if result.status == "released":
        beside = ", ".join(sorted({Path(sidecar).suffix for sidecar in result.sidecars}))
        return Row(name, traits, "released", f"with {beside}" if beside else "")
    said = " ".join(problem.message for problem in result.problems)
    for path in (result.source.file, str(Path(result.source.file).parent)):
        said = said.replace(path, "it")
    said = said.removeprefix("it cannot be labelled without a loss. ")
    return Row(name, traits, "refused" if result.exit_code == 3 else f"exit code {result.exit_code}", said)


def labelled(path: Path, traits: str, folder: Path) -> Row:
    (result,) = label(path, involvement="generated", output=f"{folder}/out/", overwrite="always")
    for left in (folder / "out").glob("*") if (folder / "out").is_dir() else ():
        if left.is_file():
            left.unlink()
    return row_of(path.name, traits, result)


def made(folder: Path, clips: Sequence[Clip]) -> list[tuple[Clip, Row]]:
    """Each clip, with what became of it."""
    rows: list[tuple[Clip, Row]] = []
    for recipe in clips:
        path = recipe.make(folder)
        rows.append((recipe, labelled(path, recipe.traits, folder)))
        print(rows[-1][1], flush=True)
        path.unlink()
    return rows


def traits_of(path: Path) -> str:
    picture = next(track for track in survey(path).of_kind("video"))
    return f"{picture.codec}, {len(survey(path).tracks)} tracks"


def real(media: Path | None, folder: Path) -> list[Row]:
    rows = []
    for path in sorted(media.iterdir()) if media is not None else ():
        if path.suffix != ".tsv":
            rows.append(labelled(path, traits_of(path), folder))
            print(rows[-1], flush=True)
    return rows


def table(title: str, rows: list[Row]) -> str:
    count = sum(row.outcome == "released" for row in rows)
    lines = [
        f"## {title}",
        "",
        f"{count} of {len(rows)} released.",
        "",
        "| clip | what it is | outcome | |",
        "|---|---|---|---|",
    ]
    return "\n".join([*lines, *map(str, rows)])


def main() -> int:
    """Exit code 1 where a clip came out otherwise than its recipe says, or neither released nor refused."""
    media = os.environ.get("LABELER_MEDIA")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ |= {"LABELER_HOME": str(folder / "home"), "LABELER_LANG": "en"}
        identity.create("matrix", home=folder / "home", now=datetime.now(UTC))
        prepare(folder)
        clips, hard = made(folder, recipes()), made(folder, FILMS)
        films = real(Path(media) if media else None, folder)
    wrong = [recipe.name for recipe, row in (*clips, *hard) if not is_as_told(recipe, row)]
    wrong += [row.name for row in films if row.outcome not in ("released", "refused")]
    page = [HEAD, table("Clips that are made", [row for _, row in clips])]
    page.append(table("Clips that are hard to render in part", [row for _, row in hard]))
    if films:
        page.append(table("Real clips", films))
        PAGE.write_text("\n".join(page) + "\n", encoding="utf-8")
    else:
        print("LABELER_MEDIA is not set: docs/formats.md, which also holds the real clips, is left as it is")
    print(f"otherwise than told: {', '.join(wrong) or 'none'}")
    return 1 if wrong else 0


def is_as_told(recipe: Clip, row: Row) -> bool:
    if recipe.refused is None:
        return row.outcome == "released"
    return row.outcome == "refused" and recipe.refused in row.said


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(f"{' '.join(error.cmd)}\n{error.stderr.decode(errors='replace')}")
