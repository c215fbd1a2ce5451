"""What a Matroska or WebM may ask for before libavformat is let at it.

libavformat looks through all tags (chapters, attachments) that it has for each new one, so its time grows with the
square of their number: 100,000 tags in 3 MB take it many minutes (measured). They are counted first; whether the file
is sound is not judged here.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from labeler.errors import SourceUnreadable
from labeler.language import say

MOST_NAMED = 10_000
"""Tags, chapters, attachments and tracks together; so many take libavformat about a second."""
MAX_DEPTH = 8
TAGS, TAG, SIMPLE_TAG = 0x1254C367, 0x7373, 0x67C8
CHAPTERS, EDITION, ATOM, DISPLAY = 0x1043A770, 0x45B9, 0xB6, 0x80
ATTACHMENTS, ATTACHED = 0x1941A469, 0x61A7
SEGMENT, TRACKS, TRACK = 0x18538067, 0x1654AE6B, 0xAE
NAMED = frozenset({TAG, SIMPLE_TAG, EDITION, ATOM, DISPLAY, ATTACHED, TRACK})
HOLDERS = frozenset({SEGMENT, TAGS, TAG, SIMPLE_TAG, CHAPTERS, EDITION, ATOM, ATTACHMENTS, TRACKS})


def examine(file: BinaryIO, path: Path) -> None:
    """Raises SourceUnreadable where the file names more than any film needs. `path` is how people know it."""
    end = file.seek(0, 2)
    _Look(file, path).descend(0, end, 0)
    file.seek(0)


class _Look:
    def __init__(self, file: BinaryIO, path: Path) -> None:
        self.file = file
        self.path = path
        self.named = 0

    def descend(self, offset: int, end: int, depth: int) -> None:
        """Look at the elements between two places, and into those that may hold what is counted."""
        while offset < end:
            self.file.seek(offset)
            head = self.file.read(12)
            width = 9 - head[0].bit_length() if head else 9
            length = 9 - head[width].bit_length() if width < len(head) else 9
            if width > 4 or length > 8 or len(head) < width + length:
                return  # no element: the walk and libavformat tell what is wrong
            name = int.from_bytes(head[:width], "big")
            size = int.from_bytes(head[width : width + length], "big") & ((1 << 7 * length) - 1)
            start = offset + width + length
            is_endless = size == (1 << 7 * length) - 1
            offset = end if is_endless else min(start + size, end)
            self.count(name)
            if name in HOLDERS and depth < MAX_DEPTH:
                self.descend(start, offset, depth + 1)
            elif is_endless:
                offset = start  # a live cluster: what follows stands among its blocks

    def count(self, name: int) -> None:
        self.named += name in NAMED
        if self.named > MOST_NAMED:
            raise SourceUnreadable(
                say(
                    f"{self.path} holds more than {MOST_NAMED} tags, chapters, attachments and tracks.",
                    f"{self.path} contient plus de {MOST_NAMED} étiquettes, chapitres, fichiers joints et pistes.",
                ),
                remedy=say("Export the film again without them.", "Exportez de nouveau le film sans eux."),
                file=str(self.path),
            )
