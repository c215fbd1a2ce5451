"""Where a preview is written: a PNG, whole or not at all, over nothing but an older PNG."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from PIL import Image, PngImagePlugin

from labeler import __version__
from labeler.errors import OutputRefused, UsageError
from labeler.language import say
from labeler.release import private_beside, translated

SUFFIX = ".png"
MAGIC = b"\x89PNG\r\n\x1a\n"
EFFORT = 1
"""Of zlib, 0 to 9: more takes twice as long and saves a tenth of camera pictures (measured)."""


def check(output: Path, source: Path) -> None:
    """Before any work. Raises UsageError (a name that is none of a PNG, the source itself), OutputRefused."""
    if output.suffix.lower() != SUFFIX:
        raise UsageError(
            say(f"-o {output}: a preview is a PNG picture.", f"-o {output} : un aperçu est une image PNG."),
            remedy=say("Give it a name that ends in .png.", "Donnez-lui un nom qui finit par .png."),
            file=str(output),
        )
    if is_same(output, source):
        raise UsageError(
            say(f"-o {output} is the source itself.", f"-o {output} est la source elle-même."),
            remedy=say("Choose another name.", "Choisissez un autre nom."),
            file=str(output),
        )
    if not output.parent.is_dir():
        raise OutputRefused(
            say(f"{output.parent}: there is no such folder.", f"{output.parent} : ce dossier n'existe pas."),
            file=str(output.parent),
        )
    if os.path.lexists(output) and not is_png(output):
        raise OutputRefused(
            say(
                f"{output} is there already and is no PNG: it is not overwritten.",
                f"{output} existe déjà et n'est pas un PNG : il n'est pas remplacé.",
            ),
            remedy=say("Choose another name with -o.", "Choisissez un autre nom avec -o."),
            file=str(output),
        )


def is_same(output: Path, source: Path) -> bool:
    try:
        return output.samefile(source)
    except OSError:
        return os.path.realpath(output) == os.path.realpath(source)


def is_png(path: Path) -> bool:
    """By its bytes; a folder, a pipe or a link to nowhere is none."""
    if not path.is_file():
        return False
    with translated(path.parent), path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def write(image: np.ndarray, output: Path, source: Path) -> None:
    """Write RGB (uint8) under a private name, then rename. Raises as `check` does, and DiskFull."""
    check(output, source)
    note = PngImagePlugin.PngInfo()
    note.add_text("Software", f"labeler {__version__}")
    private = private_beside(output)
    with translated(output.parent):
        try:
            Image.fromarray(image).save(private, "PNG", compress_level=EFFORT, pnginfo=note)
            private.replace(output)
        finally:
            private.unlink(missing_ok=True)
