"""The overlay image of a preset: read once, with its preset, and checked before anything draws it.

The file itself, as it is, goes from the preset into each plan, so that whoever verifies a deliverable has the image at
hand on any machine. That bounds it: a plan is signed into every file that it made.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Iterator
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from labeler.language import say
from labeler.verdict import Frozen

MOST_BYTES = 64 * 1024
"""An icon in flat colours of 1000 pixels has 5 to 30 kB; in base64 the signed copy stays below 100 kB."""
MOST_SIDE = 2048
"""Pixels; above it a small file may unpack to gigabytes, and no mention is that tall."""
LEAST_SIDE = 16
SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOUR_TYPES = {4, 6}
"""PNG (ISO/IEC 15948) 11.2.2: grey with alpha, colour with alpha."""

PIXELS = {b"IHDR", b"IDAT", b"IEND"}


class OverlayError(ValueError):
    """What is wrong with an image, in a sentence for people without its file's name."""


class OverlayImage(Frozen):
    """An image as its preset names it, with its bytes. sha256: that of the file."""

    model_config = ConfigDict(extra="forbid")

    file: str
    sha256: str
    data: bytes = Field(exclude=True, repr=False)

    @cached_property
    def bare(self) -> bytes:
        """The file with its pixels alone: what a plan carries, since remarks may tell of persons and places."""
        return bare(self.data)


def read_image(name: str, folder: Path) -> OverlayImage:
    """The image that a preset names, relative to the folder of the preset's own file. Raises OverlayError."""
    path = folder / name
    try:
        if not path.is_file():  # opening a pipe would wait for ever
            raise FileNotFoundError(str(path))
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except (OSError, ValueError) as wrong:
        raise OverlayError(
            say(
                f"the image {name} cannot be read beside the preset.",
                f"l'image {name} est illisible à côté du préréglage.",
            )
        ) from wrong
    check_png(data)
    return OverlayImage(file=name, sha256=hashlib.sha256(data).hexdigest(), data=data)


def image_in(encoded: str, sha256: str) -> bytes:
    """The image out of a plan, which anyone may have written. Raises OverlayError."""
    if len(encoded) > 2 * MOST_BYTES:
        raise OverlayError(too_big())
    try:
        data = base64.b64decode(encoded, validate=True)
    except ValueError as wrong:
        raise OverlayError(say("the plan's image is not at hand.", "l'image du plan n'est pas disponible.")) from wrong
    if hashlib.sha256(data).hexdigest() != sha256:
        raise OverlayError(
            say("the plan's image is not the one that it names.", "l'image du plan n'est pas celle qu'il désigne.")
        )
    check_png(data)
    return data


def check_png(data: bytes) -> None:
    """Refuse what is no still PNG of 8 bits with an alpha channel, before it is unpacked. Raises OverlayError."""
    if len(data) > MOST_BYTES:
        raise OverlayError(too_big())
    if not data.startswith(SIGNATURE) or data[12:16] != b"IHDR" or len(data) < 33:
        raise OverlayError(say("the image is not a PNG file.", "l'image n'est pas un fichier PNG."))
    width, height, bits, colour = struct.unpack(">IIBB", data[16:26])
    if max(width, height) > MOST_SIDE or min(width, height) < LEAST_SIDE:
        raise OverlayError(
            say(
                f"the image has {width}x{height} pixels; each side must have {LEAST_SIDE} to {MOST_SIDE}.",
                f"l'image fait {width}x{height} pixels ; chaque côté doit en avoir {LEAST_SIDE} à {MOST_SIDE}.",
            )
        )
    if bits != 8 or colour not in COLOUR_TYPES:
        raise OverlayError(
            say(
                "the image must have 8 bits a channel and an alpha channel, without a palette (RGBA).",
                "l'image doit avoir 8 bits par canal et un canal alpha, sans palette (RGBA).",
            )
        )
    if b"acTL" in {name for name, _ in chunks(data)}:
        raise OverlayError(say("the image is animated.", "l'image est animée."))
    check_alpha(data)


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each chunk of a PNG: its name, and all its bytes."""
    at = len(SIGNATURE)
    while at + 8 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], data[at:end]
        at = end


def bare(data: bytes) -> bytes:
    """A PNG without its remarks (text, EXIF, time, profile): its pixels are those they were."""
    return SIGNATURE + b"".join(whole for name, whole in chunks(data) if name in PIXELS)


def check_alpha(data: bytes) -> None:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(BytesIO(data), formats=["PNG"]) as image:
            image.load()
            _, most = image.getchannel("A").getextrema()
    except (OSError, ValueError, SyntaxError, struct.error, UnidentifiedImageError) as wrong:
        raise OverlayError(say("the image is damaged.", "l'image est endommagée.")) from wrong
    if most == 0:
        raise OverlayError(say("the image is wholly transparent.", "l'image est entièrement transparente."))


def too_big() -> str:
    return say(
        f"the image is larger than {MOST_BYTES // 1024} KiB, and every deliverable carries it; "
        "reduce it to some 500 pixels, in flat colours.",
        f"l'image dépasse {MOST_BYTES // 1024} Kio, et chaque livrable l'emporte ; "
        "réduisez-la à quelque 500 pixels, en aplats.",
    )


def taken(value: Any) -> Any:
    """What stands in a preset once its image was looked for; a mere name means that nobody did."""
    if isinstance(value, OverlayError):
        raise ValueError(str(value))
    if isinstance(value, str):
        raise ValueError(say("the image was not read.", "l'image n'a pas été lue."))
    return value


Overlay = Annotated[OverlayImage, BeforeValidator(taken), WithJsonSchema({"type": "string"}, mode="validation")]


def with_image(value: dict[str, Any], folder: Path) -> dict[str, Any]:
    """A preset's document with the name of its overlay replaced by the image, or by what is wrong with it.

    `folder` is that of the file which names it: a preset that builds on another is read before the two are joined.
    """
    mention = value.get("mention")
    name = mention.get("overlay") if isinstance(mention, dict) else None
    if not isinstance(name, str):
        return value
    found: OverlayImage | OverlayError
    try:
        found = read_image(name, folder)
    except OverlayError as wrong:
        found = wrong
    return {**value, "mention": {**mention, "overlay": found}}  # type: ignore[dict-item]
