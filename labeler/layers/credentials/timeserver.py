"""Time servers (RFC 3161): whether one answers, asked before a large file is sealed with it.

The SDK asks in the middle of signing, gives up the whole signature when nobody answers, and tells no type of error
for it (measured). So one small question goes first, with a time limit; it carries random bytes, not the work's hash.
"""

from __future__ import annotations

import http.client
import secrets
import urllib.error
import urllib.request
from collections.abc import Iterable

SECONDS = 10
HEAD = bytes.fromhex("30390201013031300d060960864801650304020105000420")
"""TimeStampReq of 57 bytes: version 1, messageImprint { sha256, 32 bytes that follow }, certReq TRUE at its end."""
TAIL = bytes.fromhex("0101ff")
GRANTED = (0, 1)


def first_that_answers(addresses: Iterable[str], *, tries: int = 2) -> str | None:
    """The first server that grants a time-stamp, each asked at most `tries` times; None where none does."""
    for address in addresses:
        if any(answers(address) for _ in range(tries)):
            return address
    return None


def answers(address: str) -> bool:
    """True when the server grants a time-stamp for random bytes within the time limit."""
    query = HEAD + secrets.token_bytes(32) + TAIL
    request = urllib.request.Request(address, query, {"Content-Type": "application/timestamp-query"})
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as reply:
            return is_granted(reply.read(1 << 16))
    except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError):
        return False


def is_granted(reply: bytes) -> bool:
    """TimeStampResp: SEQUENCE { PKIStatusInfo SEQUENCE { status INTEGER, … }, … } with status granted (0, 1)."""
    if reply[:1] != b"\x30" or len(reply) < 9:
        return False
    start = 2 + (reply[1] & 0x7F if reply[1] & 0x80 else 0)
    status = reply[start:]
    return len(status) > 4 and status[0] == 0x30 and status[2:4] == b"\x02\x01" and status[4] in GRANTED
