"""Where a report is written: looked at before any work, so that hours are not spent on a page that nobody gets."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

from labeler.batch.names import canonical
from labeler.errors import OutputRefused, UsageError
from labeler.language import say
from labeler.release import translated

ENDINGS = (".html", ".htm")
OURS = b'<meta name="generator" content="labeler'
HEAD = 4096


def check_place(path: Path, taken: Iterable[Path]) -> None:
    """Whether a report can be written there. taken: sources and outputs, which it must not replace.

    Raises UsageError for another ending, or a place that is taken; OutputRefused where there is no such folder, it
    cannot be written, or another page stands there; DiskFull.
    """
    if path.suffix.lower() not in ENDINGS:
        raise UsageError(
            say(f"--report {path}: a report ends in .html.", f"--report {path} : un rapport finit par .html."),
            remedy=say("Name it FILE.html.", "Nommez-le FICHIER.html."),
            file=str(path),
        )
    if any(is_same(path, other) for other in taken):
        raise UsageError(
            say(
                f"--report {path}: this is a source or an output of the same command.",
                f"--report {path} : c'est une source ou une sortie de la même commande.",
            ),
            remedy=say("Give the report another name.", "Donnez un autre nom au rapport."),
            file=str(path),
        )
    check_folder(path)
    check_standing(path)


def is_same(one: Path, other: Path) -> bool:
    try:
        return canonical(one) == canonical(other) or (one.exists() and other.exists() and one.samefile(other))
    except (OSError, ValueError):  # a name that no file can have
        return False


def check_folder(path: Path) -> None:
    folder = path.parent
    if not folder.is_dir():
        raise refused(
            path,
            say(f"{folder}: there is no such folder.", f"{folder} : ce dossier n'existe pas."),
            say("Make it, or choose another one for --report.", "Créez-le, ou choisissez-en un autre pour --report."),
        )
    try:
        with translated(folder), tempfile.TemporaryFile(dir=folder) as trial:
            trial.write(b"\0")
    except OutputRefused as error:
        remedy = say("Choose another folder for --report.", "Choisissez un autre dossier pour --report.")
        raise refused(path, error.message, remedy) from error


def check_standing(path: Path) -> None:
    """What stands there already may only be an older report."""
    with translated(path.parent):
        is_there = path.exists() or path.is_symlink()
        if not is_there or (path.is_file() and is_report(path)):
            return
    raise refused(
        path,
        say(
            f"{path} is there already, and is no report of labeler.",
            f"{path} existe déjà, et n'est pas un rapport de labeler.",
        ),
        say("Give the report another name.", "Donnez un autre nom au rapport."),
    )


def is_report(path: Path) -> bool:
    with path.open("rb") as page:
        return OURS in page.read(HEAD)


def refused(path: Path, message: str, remedy: str) -> OutputRefused:
    return OutputRefused(message, remedy=remedy, file=str(path))
