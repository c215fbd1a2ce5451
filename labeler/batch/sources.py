"""From what a person names (files, folders, globs) to the videos that are meant."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from labeler.batch import packages
from labeler.errors import LabelerError, SourceMissing, SourceRejected, SourceUnreadable, SourceUnsupported
from labeler.language import say
from labeler.layers.credentials.read import is_made_by_labeler
from labeler.media.probe import OTHER_CONTAINERS, is_video_name
from labeler.release import PART, QUARANTINE, read_record

STILL_IMAGES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".exr", ".dpx", ".bmp", ".webp", ".gif", ".heic", ".avif")

OwnOutputs = Literal["refused", "named", "all"]
"""What labeler itself made: refused where it is named; taken where it is named; or taken from folders too."""


@dataclass(frozen=True)
class Named:
    """One video to work on; `reldir` is its folder below the folder that was named, for `{reldir}` and -o."""

    path: Path
    reldir: Path = Path()


@dataclass(frozen=True)
class Refused:
    """One name that leads to no video, and why. It never stops the others."""

    path: Path
    error: LabelerError


@dataclass(frozen=True)
class Search:
    """How names are followed. `records`: where the records of outputs are, None for beside each."""

    recursive: bool = False
    own_outputs: OwnOutputs = "refused"
    records: Path | None = None


Entries = Iterator[Named | Refused]


def expand(names: Iterable[str], search: Search = Search()) -> list[Named | Refused]:
    """Every video meant by `names`, in the order named, each file once."""
    found: dict[str, Named | Refused] = {}
    for name in names:
        for entry in expand_one(name, search):
            checked = entry if is_text(str(entry.path)) else Refused(entry.path, no_text(entry.path))
            found.setdefault(os.path.abspath(entry.path), checked)  # noqa: PTH100 - links are kept as they are
    return list(found.values())


def expand_one(name: str, search: Search) -> Entries:
    path = Path(name)
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        yield from expand_glob(name, error, search)
        return
    if stat.S_ISDIR(mode):
        yield from expand_folder(path, search)
    else:
        yield check_named(path, mode, search)


def expand_glob(name: str, error: OSError | ValueError, search: Search) -> Entries:
    """A pattern stands for what it matches as a folder does: what is no video, or our own output, is passed over."""
    matches = sorted(glob.glob(name, recursive=search.recursive)) if glob.has_magic(name) else []  # noqa: PTH207
    count = 0
    for match in map(Path, matches):
        if match.is_dir():
            count += 1
            yield from expand_folder(match, search)
        elif is_video(match) and not is_passed_over(match, search):
            count += 1
            yield Named(match)
    if count == 0:
        yield Refused(Path(name), missing(name, error))


def is_video(path: Path) -> bool:
    """A video by its name, be it one that this version refuses: a pattern that asks for it must hear so."""
    return is_video_name(path) or path.suffix.lower() in OTHER_CONTAINERS


def missing(name: str, error: OSError | ValueError) -> SourceMissing | SourceUnreadable:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return SourceMissing(say(f"{name}: there is no such file.", f"{name} : ce fichier n'existe pas."), file=name)
    reason = getattr(error, "strerror", None) or str(error)
    return SourceUnreadable(
        say(f"{name}: cannot be read: {reason}.", f"{name} : lecture impossible : {reason}."), file=name
    )


def expand_folder(folder: Path, search: Search) -> Entries:
    """The videos of a folder by name; a folder without any is refused."""
    count = 0
    for entry in walk(folder, search.recursive):
        if isinstance(entry, Refused):
            yield entry
        elif is_passed_over(entry, search):
            continue
        else:
            yield Named(entry, entry.parent.relative_to(folder))
        count += 1
    if count == 0:
        yield Refused(
            folder,
            SourceMissing(
                say(f"{folder}: no video in this folder.", f"{folder} : aucune vidéo dans ce dossier."),
                remedy=say("Add -r to look in the folders below.", "Ajoutez -r pour chercher dans les sous-dossiers.")
                if not search.recursive
                else say("Name another folder.", "Indiquez un autre dossier."),
                file=str(folder),
            ),
        )


def walk(folder: Path, recursive: bool) -> Iterator[Path | Refused]:
    """Video files in name order; never quarantine, dotfiles or private folders. Links to folders are not followed,
    so that none is walked twice. A folder that cannot be read, or is part of a package, is refused."""
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        yield Refused(folder, missing(str(folder), error))
        return
    if package := packages.refusal_of_folder(folder, entries):
        yield Refused(folder, package)
        return
    for entry in entries:
        if entry.name.startswith(".") or entry.name.endswith(PART) or entry.name == QUARANTINE:
            continue
        if entry.is_dir():
            if recursive and not entry.is_symlink():
                yield from walk(entry, recursive)
        elif is_video_name(entry):
            yield from [entry] if entry.is_file() else [Refused(entry, irregular(entry))]


def check_named(path: Path, mode: int, search: Search) -> Named | Refused:
    """A file named on the command line is taken, or refused by name; its content is judged later."""
    if not stat.S_ISREG(mode):
        return Refused(path, irregular(path))
    if path.suffix.lower() in STILL_IMAGES:
        return Refused(path, still_image(path))
    if package := packages.refusal_of_file(path):
        return Refused(path, package)
    if search.own_outputs == "refused" and is_own_output(path, search.records):
        return Refused(path, own_output(path))
    return Named(path)


def is_passed_over(path: Path, search: Search) -> bool:
    return search.own_outputs != "all" and is_own_output(path, search.records)


def is_own_output(path: Path, records: Path | None) -> bool:
    """The output of a record, or a file whose own active manifest says that labeler made it."""
    if read_record(path, records) is not None:
        return True
    try:
        return is_made_by_labeler(path)
    except LabelerError:
        return False  # what cannot be read is told when it is the file's turn


def irregular(path: Path) -> SourceUnreadable:
    return SourceUnreadable(
        say(f"{path}: this is not a regular file.", f"{path} : ce n'est pas un fichier ordinaire."), file=str(path)
    )


def own_output(path: Path) -> SourceRejected:
    return SourceRejected(
        say(f"{path}: labeler made this file.", f"{path} : ce fichier a été produit par labeler."),
        remedy=say(
            "Label its source again, or add --overwrite always.",
            "Étiquetez de nouveau sa source, ou ajoutez --overwrite always.",
        ),
        file=str(path),
    )


def still_image(path: Path) -> SourceUnsupported:
    return SourceUnsupported(
        say(
            f"{path}: this is a still image, not a video; an image sequence is not handled.",
            f"{path} : image fixe et non vidéo ; une suite d'images n'est pas prise en charge.",
        ),
        remedy=say("Encode the sequence to a video first.", "Encodez d'abord la suite en vidéo."),
        file=str(path),
    )


def is_text(name: str) -> bool:
    """False for a name that holds bytes which are no UTF-8: plans, records and JSON could not name such a file."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def no_text(path: Path) -> SourceRejected:
    return SourceRejected(
        say(f"{path}: the name is not valid UTF-8 text.", f"{path} : ce nom n'est pas du texte UTF-8 valide."),
        remedy=say("Rename the file.", "Renommez le fichier."),
        file=str(path),
    )
