"""Hostile names, and what is no regular file."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from tests.hostile.registry import OPENING, REFUSED, WHOLE, add, hostile
from tests.hostile.sources import good

LONG = 255
NAMES = {
    "a line break": "clip\n.mp4",
    "a carriage return": "clip\rgone.mp4",
    "an escape sequence": "\x1b[2J\x1b]0;owned\x07clip.mp4",
    "a tab and a bell": "clip\t\a.mp4",
    "letters from right to left": "\u202eclip\u202d.mp4",
    "Hebrew and Arabic": "סרט فيلم.mp4",
    "letters of no width": "cl\u200bi\u2060p\ufeff.mp4",
    "line and paragraph separators": "cl\u2028i\u2029p.mp4",
    "a private letter": "clip\ue000\U000f0000.mp4",
    "a leading dash": "-clip.mp4",
    "a flag": "--overwrite=always.mp4",
    "a template": "{stem}{preset}{ext}{0}.mp4",
    "percent signs": "%s%n%00.mp4",
    "a pattern": "*[!a]?.mp4",
    "quotes": "c'l\"i`p.mp4",
    "a shell's letters": "$(touch x);|&>clip.mp4",
    "a backslash": "..\\..\\clip.mp4",
    "a protocol": "concat:a.mp4|b.mp4",
    "another protocol": "file:clip.mp4",
    "a page": "<img src=x onerror=alert(1)>.mp4",
    "letters in two forms": "e\u0301te\u0301.mp4",
    "pictures": "🎬👩‍👩‍👧.mp4",
    "a name of Windows": "CON.mp4",
    "two dots": "..clip.mp4",
    "spaces at its ends": " clip .mp4",
    "capitals": "CLIP.MP4",
    "255 bytes": "a" * (LONG - 4) + ".mp4",
    "255 bytes of wide letters": "\u00e9" * ((LONG - 5) // 2) + "x.mp4",
}
DELIVERED = (
    *("a line break", "an escape sequence", "letters from right to left", "a leading dash", "a template", "a pattern"),
    *("a protocol", "a backslash", "255 bytes of wide letters"),
)
"""Those that are labelled; of the others it is enough to see how they are planned and told."""
REFUSED_NAMES = {
    "bytes that are no text": os.fsdecode(b"clip\xff\xfe.mp4"),
    "half a pair of bytes": os.fsdecode(b"clip\xed\xa0\x80.mp4"),
    "no ending": "clip",
    "another ending": "clip.txt",
    "a picture's ending": "clip.png",
    "another container's ending": "clip.mkv",
}


def add_name(title: str, name: str, codes: frozenset[int], commands: tuple[str, ...]) -> None:
    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(good("mp4"))
        return path

    add(f"a name with {title}", make, codes, commands)


for title, name in NAMES.items():
    add_name(title, name, WHOLE, ("label",) if title in DELIVERED else ("dry run",))
for title, name in REFUSED_NAMES.items():
    add_name(title, name, REFUSED, ("label", "verify", "inspect"))


@hostile("a pipe")
def _(folder: Path) -> Path:
    path = folder / "clip.mp4"
    os.mkfifo(path)
    return path


@hostile("a folder named as a video")
def _(folder: Path) -> Path:
    path = folder / "clip.mp4"
    path.mkdir()
    return path


@hostile("a link to itself")
def _(folder: Path) -> Path:
    return linked(folder, "clip.mp4")


@hostile("two links to each other")
def _(folder: Path) -> Path:
    (folder / "other.mp4").symlink_to("clip.mp4")
    return linked(folder, "other.mp4")


@hostile("a link to nothing")
def _(folder: Path) -> Path:
    return linked(folder, "gone.mp4")


@hostile("a link to endless zeros")
def _(folder: Path) -> Path:
    return linked(folder, "/dev/zero")


@hostile("a link to endless noise")
def _(folder: Path) -> Path:
    return linked(folder, "/dev/urandom")


@hostile("a link to a video", WHOLE, OPENING)
def _(folder: Path) -> Path:
    (folder / "true.mp4").write_bytes(good("mp4"))
    return linked(folder, "true.mp4")


@hostile("a folder that holds a link to itself")
def _(folder: Path) -> Path:
    path = folder / "films"
    path.mkdir()
    (path / "films.mp4").symlink_to(".")
    (path / "again").symlink_to(".")
    return path


@hostile("a folder of pipes and loops")
def _(folder: Path) -> Path:
    path = folder / "films"
    path.mkdir()
    os.mkfifo(path / "pipe.mp4")
    return path


@hostile("a socket")
def _(folder: Path) -> Path:
    path = folder / "clip.mp4"
    here = Path.cwd()
    try:
        os.chdir(folder)  # the address of a socket may not be long
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path.name)
    finally:
        os.chdir(here)
    return path


@hostile("nothing there")
def _(folder: Path) -> Path:
    return folder / "gone\x1b[2J.mp4"


def linked(folder: Path, target: str) -> Path:
    path = folder / "clip.mp4"
    path.symlink_to(target)
    return path
