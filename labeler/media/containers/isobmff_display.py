"""How large the pictures of an MP4 or MOV are shown, as its source says, in a file that libavformat wrote.

It is not told the shape of samples for the header of a track (`tkhd`), by which QuickTime goes, and writes the coded
size there.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from labeler.media.mp4.tree import CannotRewrite, Node, parse, read_moov, spans

SIZE = 8
"""Bytes of width and height, at the end of a `tkhd`."""


def put_back(work: Path, source: Path) -> None:
    """Write the sizes of the source's tracks of pictures over the output's. Raises OSError."""
    with suppress(CannotRewrite):  # whoever compares sees what is left as it was
        old = headers(read_moov(source))
        with work.open("r+b") as file:
            span = next(span for span in spans(file) if span.kind == b"moov")
            file.seek(span.payload)
            moov = parse(b"moov", file.read(span.end - span.payload))
            pairs = tuple(zip(headers(moov), old, strict=False))
            if all(mine.body[-SIZE:] == theirs.body[-SIZE:] for mine, theirs in pairs):
                return
            for mine, theirs in pairs:
                mine.body = mine.body[:-SIZE] + theirs.body[-SIZE:]
            file.seek(span.start)
            file.write(bytes(moov))


def headers(moov: Node) -> list[Node]:
    """The `tkhd` of each track of pictures."""
    tracks = ((track.need(b"tkhd"), track.need(b"mdia", b"hdlr")) for track in moov.all(b"trak"))
    return [header for header, handler in tracks if handler.body[8:12] == b"vide"]
