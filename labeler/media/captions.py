"""Closed captions (CEA-608 and 708) as they ride in pictures: the triplets, counted and hashed by time."""

from __future__ import annotations

import hashlib
from fractions import Fraction

from labeler.media.inventory import Payloads

CAPTIONS = frozenset({"A53_CC"})
"""libavcodec's name of them on a decoded frame."""
CAPTION_CODECS = frozenset({"h264", "hevc", "mpeg2video"})
"""The codecs whose encoders write them again from the frame; the others drop them without a word (measured)."""


class TimedBytes:
    """What rides in the pictures of one track (captions, dynamic metadata), one entry a picture, in whatever order they
    come. Counted and hashed by time."""

    def __init__(self) -> None:
        self._found: list[tuple[Fraction, bytes]] = []

    def add(self, time: Fraction | None, data: bytes) -> None:
        """data: that of the picture shown at `time` (seconds); none is no entry."""
        if data:
            self._found.append((time if time is not None else Fraction(-1), data))

    def payloads(self) -> Payloads | None:
        """Count and hash in the order of their times; None where there are none."""
        if not self._found:
            return None
        digest = hashlib.sha256()
        for time, data in sorted(self._found, key=lambda item: item[0]):
            digest.update(f"{time.numerator}/{time.denominator} {len(data)} ".encode())
            digest.update(data)
        return Payloads(count=len(self._found), digest=digest.hexdigest())


def caption_triplets(data: bytes) -> bytes:
    """The `cc_data` triplets of one A/53 message (ATSC A/53 part 4, table 6.9); the framing round them is every
    encoder's own."""
    if not data or not data[0] & 0x40:
        return b""
    return data[2 : 2 + 3 * (data[0] & 0x1F)]
