"""From what a person names (files, folders, globs, a list on standard input) to the videos that are meant."""

from __future__ import annotations

import glob
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from labeler.errors import LabelerError, SourceMissing, SourceRejected, SourceUnreadable, SourceUnsupported
from labeler.language import say
from labeler.media.probe import is_video_name
from labeler.release import PART, QUARANTINE, read_record
from labeler.rules.record import RECORD_SUFFIX

PACKAGE_MARKS = ("ASSETMAP", "ASSETMAP.xml", "VOLINDEX", "VOLINDEX.xml")
PLAYLISTS = (".m3u8", ".mpd")
STILL_IMAGES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".exr", ".dpx", ".bmp", ".webp", ".gif", ".heic", ".avif")


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


def expand(names: Iterable[str], *, recursive: bool = False, own_outputs: bool = False) -> list[Named | Refused]:
    """Every video meant by `names`, in the order named, each path once.

    own_outputs: also take files that labeler itself made (verify and inspect do; label only on demand).
    """
    found: dict[Path, Named | Refused] = {}
    for name in names:
        for entry in expand_one(name, recursive, own_outputs):
            found.setdefault(entry.path, entry)
    return list(found.values())


def expand_one(name: str, recursive: bool, own_outputs: bool) -> Iterator[Named | Refused]:
    path = Path(name)
    try:
        mode = path.stat().st_mode
    except OSError as error:
        yield from expand_glob(name, error, recursive, own_outputs)
        return
    if stat.S_ISDIR(mode):
        yield from expand_folder(path, recursive, own_outputs)
    else:
        yield check_named(path, mode, own_outputs)


def expand_glob(name: str, error: OSError, recursive: bool, own_outputs: bool) -> Iterator[Named | Refused]:
    matches = sorted(glob.glob(name, recursive=recursive)) if glob.has_magic(name) else []  # noqa: PTH207 - any root
    if not matches:
        yield Refused(Path(name), missing(name, error))
    for match in matches:
        yield from expand_one(match, recursive, own_outputs)


def missing(name: str, error: OSError) -> SourceMissing | SourceUnreadable:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return SourceMissing(say(f"{name}: there is no such file.", f"{name} : ce fichier n'existe pas."), file=name)
    reason = error.strerror or str(error)
    return SourceUnreadable(
        say(f"{name}: cannot be read: {reason}.", f"{name} : lecture impossible : {reason}."), file=name
    )


def expand_folder(folder: Path, recursive: bool, own_outputs: bool) -> Iterator[Named | Refused]:
    """The videos of a folder by name; a folder without any is refused, and so is a package that only looks like one."""
    package = package_of(folder)
    if package is not None:
        yield Refused(folder, package)
        return
    count = 0
    for path in walk(folder, recursive):
        if not own_outputs and is_own_output(path):
            continue
        count += 1
        yield Named(path, path.parent.relative_to(folder))
    if count == 0:
        yield Refused(
            folder,
            SourceMissing(
                say(f"{folder}: no video in this folder.", f"{folder} : aucune vidéo dans ce dossier."),
                remedy=say("Add -r to look in the folders below.", "Ajoutez -r pour chercher dans les sous-dossiers."),
                file=str(folder),
            ),
        )


def walk(folder: Path, recursive: bool) -> Iterator[Path]:
    """Video files in name order; never quarantine, dotfiles or private folders, and no folder twice by symlinks."""
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith(".") or entry.name.endswith(PART) or entry.name == QUARANTINE:
            continue
        if entry.is_dir():
            if recursive and not entry.is_symlink():
                yield from walk(entry, recursive)
        elif is_video_name(entry) and entry.is_file():
            yield entry


def package_of(folder: Path) -> SourceUnsupported | None:
    """An IMF, DCP or HLS tree: its files belong together, and labelling one would break the whole."""
    marks = [mark for mark in PACKAGE_MARKS if (folder / mark).is_file()]
    marks += [entry.name for entry in folder.iterdir() if entry.suffix.lower() in PLAYLISTS] if not marks else []
    if not marks:
        return None
    return SourceUnsupported(
        say(
            f"{folder}: this is part of an IMF, DCP or streaming package ({marks[0]}).",
            f"{folder} : ce dossier fait partie d'un paquet IMF, DCP ou de diffusion ({marks[0]}).",
        ),
        remedy=say(
            "Label the master file, then make the package from the labelled file.",
            "Étiquetez le fichier maître, puis fabriquez le paquet à partir du fichier étiqueté.",
        ),
        file=str(folder),
    )


def check_named(path: Path, mode: int, own_outputs: bool) -> Named | Refused:
    """A file named on the command line is taken, or refused by name; its content is judged later."""
    if not stat.S_ISREG(mode):
        return Refused(
            path,
            SourceUnreadable(
                say(f"{path}: this is not a regular file.", f"{path} : ce n'est pas un fichier ordinaire."),
                file=str(path),
            ),
        )
    if path.suffix.lower() in STILL_IMAGES:
        return Refused(path, still_image(path))
    if not own_outputs and is_own_output(path):
        return Refused(
            path,
            SourceRejected(
                say(f"{path}: labeler made this file.", f"{path} : ce fichier a été produit par labeler."),
                remedy=say(
                    "Label its source again, or add --overwrite always.",
                    "Étiquetez de nouveau sa source, ou ajoutez --overwrite always.",
                ),
                file=str(path),
            ),
        )
    return Named(path)


def still_image(path: Path) -> SourceUnsupported:
    return SourceUnsupported(
        say(
            f"{path}: this is a still image, not a video; an image sequence is not handled.",
            f"{path} : image fixe et non vidéo ; une suite d'images n'est pas prise en charge.",
        ),
        remedy=say("Encode the sequence to a video first.", "Encodez d'abord la suite en vidéo."),
        file=str(path),
    )


def is_own_output(path: Path) -> bool:
    """An output of a record that stands beside it. (Its own manifest is looked at when the source is read.)"""
    return path.with_name(path.name + RECORD_SUFFIX).is_file() and read_record(path) is not None
