"""The libraries in machine code that packages bundle: each loaded for real, which a wrong wheel does not survive."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from importlib import metadata

from labeler.language import say
from labeler.rules.examination import Finding, lack, ok


def ffmpeg() -> str:
    from labeler.media.trial import library_versions

    return ", ".join(f"{name} {version}" for name, version in sorted(library_versions().items()))


def c2pa() -> str:
    from labeler.layers.credentials.sdk import sdk_version

    return f"c2pa-rs {sdk_version()}"


def opencv() -> str:
    import cv2

    return str(cv2.__version__)


def freetype() -> str:
    from PIL import features

    version = features.version("freetype2")
    if version is None:
        raise ImportError("Pillow has no FreeType")
    return version


def rapidocr() -> str:
    """The reader of texts, with its models: it reads a line that is drawn here."""
    import numpy as np
    from PIL import Image, ImageDraw, ImageFont

    from labeler.layers.mention.recogniser import quick

    page = Image.new("RGB", (640, 120), "black")
    ImageDraw.Draw(page).text((30, 30), DRAWN, fill="white", font=ImageFont.load_default(size=48))
    read = " ".join(line.text for line in quick().lines(np.asarray(page)))
    if DRAWN.lower() not in read.lower():
        raise RuntimeError(f"it reads «{read}» where «{DRAWN}» is drawn")
    return metadata.version("rapidocr")


DRAWN = "labeler"
LIBRARIES: Mapping[str, Callable[[], str]] = {
    "FFmpeg": ffmpeg,
    "C2PA": c2pa,
    "OpenCV": opencv,
    "FreeType": freetype,
    "RapidOCR": rapidocr,
}


def examine(now: datetime) -> Iterator[Finding]:
    for name, version in LIBRARIES.items():
        yield loaded(name, version)


def loaded(name: str, version: Callable[[], str]) -> Finding:
    id = f"library.{name.lower()}"
    try:
        return ok(id, name, version())
    except Exception as error:  # a library that does not fit this machine may fail in any way
        return lack(
            id,
            name,
            say(
                f"does not load: {type(error).__name__}: {error}",
                f"ne se charge pas : {type(error).__name__} : {error}",
            ),
            say("Install labeler again.", "Réinstallez labeler."),
        )
