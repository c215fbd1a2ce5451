"""IMF, DCP and streaming packages: their files belong together, and labelling one of them would break the whole."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from labeler.errors import SourceUnsupported
from labeler.language import say

MARKS = ("ASSETMAP", "ASSETMAP.xml", "VOLINDEX", "VOLINDEX.xml")
PLAYLISTS = (".m3u8", ".mpd")
PLAYLIST_BYTES = 1 << 20
"""How much of a playlist is read to see whether it names a file."""


def refusal_of_folder(folder: Path, entries: Iterable[Path]) -> SourceUnsupported | None:
    """Why a folder is not walked, where one of its `entries` marks it as a package; None where none does."""
    for entry in entries:
        if entry.name in MARKS or entry.suffix.lower() in PLAYLISTS:
            return refusal(folder, entry.name)
    return None


def refusal_of_file(path: Path) -> SourceUnsupported | None:
    """Why a file is refused that is part of a package: an asset map lies beside it, or a playlist there names it."""
    for mark in MARKS:
        if (path.parent / mark).is_file():
            return refusal(path, mark)
    for playlist in playlists_beside(path):
        if playlist == path or names(playlist, path.name):
            return refusal(path, playlist.name)
    return None


def playlists_beside(path: Path) -> list[Path]:
    try:
        return sorted(entry for entry in path.parent.iterdir() if entry.suffix.lower() in PLAYLISTS)
    except OSError:
        return []  # a folder that may be passed through but not listed


def names(playlist: Path, name: str) -> bool:
    try:
        with playlist.open("rb") as stream:
            return name.encode(errors="surrogateescape") in stream.read(PLAYLIST_BYTES)
    except OSError:
        return False


def refusal(path: Path, mark: str) -> SourceUnsupported:
    return SourceUnsupported(
        say(
            f"{path}: this is part of an IMF, DCP or streaming package ({mark}).",
            f"{path} : ceci fait partie d'un paquet IMF, DCP ou de diffusion ({mark}).",
        ),
        remedy=say(
            "Label the master file, then make the package from the labelled file.",
            "Étiquetez le fichier maître, puis fabriquez le paquet à partir du fichier étiqueté.",
        ),
        file=str(path),
    )
