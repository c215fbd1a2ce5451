"""A film in pieces, as it is streamed: one `init.mp4` and its `.m4s`, sealed with plain c2pa-python.

The SDK signs no pieces from Python, but takes a binding that it is given: a tree of hashes over the pieces, computed
here as C2PA 2.4 (18.7, BMFF-based hash, version 3) has it.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import pki
from tests.faults.harness import run
from tests.pki import Signer
from tests.transplant import CREDENTIALS, boxes

EXCLUSIONS: list[dict[str, Any]] = [
    {"xpath": "/uuid", "data": [{"offset": 8, "value": list(CREDENTIALS)}]},
    {"xpath": "/ftyp"},
    {"xpath": "/mfra"},
    {"xpath": "/free"},
    {"xpath": "/skip"},
]
LEFT_OUT = (b"ftyp", b"mfra", b"free", b"skip")


@dataclass(frozen=True)
class Pieces:
    init: Path
    segments: tuple[Path, ...]


def in_pieces(clip: Path, folder: Path) -> Pieces:
    """A clip as ffmpeg makes it for HLS: nothing is coded again. Segments begin with key frames."""
    folder.mkdir()
    form = ("-f", "hls", "-hls_time", "1", "-hls_segment_type", "fmp4", "-hls_playlist_type", "vod")
    names = ("-hls_fmp4_init_filename", "init.mp4", "-hls_segment_filename", str(folder / "%d.m4s"))
    run("ffmpeg", "-nostdin", "-v", "error", "-i", clip, "-c", "copy", *form, *names, folder / "list.m3u8")
    return Pieces(folder / "init.mp4", tuple(sorted(folder.glob("*.m4s"), key=lambda path: int(path.stem))))


def sealed(pieces: Pieces, folder: Path, definition: dict[str, Any], signer: Signer) -> Pieces:
    """The same pieces, sealed: a manifest in the first, and in each other one the number of its hash."""
    folder.mkdir()
    segments = []
    for number, path in enumerate(pieces.segments):
        target = folder / path.name
        target.write_bytes(located(number) + path.read_bytes())
        segments.append(target)
    leaves = [digest(path) for path in segments]
    # The first hash only keeps the place of the second: where the other boxes lie is hashed too.
    init, first = folder / "init.mp4", bytes(32)
    for _ in range(2):
        tree = {"uniqueId": 0, "localId": 1, "count": len(leaves), "alg": "sha256"}
        tree |= {"initHash": list(first), "hashes": [list(leaf) for leaf in leaves]}
        binding = {"exclusions": EXCLUSIONS, "alg": "sha256", "name": "jumbf manifest", "merkle": [tree]}
        stated = {"label": "c2pa.hash.bmff.v3", "data": binding, "created": True}
        bound = definition | {"assertions": [*definition["assertions"], stated]}
        pki.plain_seal(pieces.init, init, bound, signer, verify=False)
        first = digest(init)
    return Pieces(init, tuple(segments))


def located(number: int) -> bytes:
    """The box that tells which hash is this segment's: a map in CBOR."""
    told = b"\xa3" + text("uniqueId") + b"\x00" + text("localId") + b"\x01" + text("location") + bytes([number])
    body = CREDENTIALS + bytes(4) + b"merkle\0" + told
    return struct.pack(">I4s", len(body) + 8, b"uuid") + body


def text(word: str) -> bytes:
    return bytes([0x60 + len(word)]) + word.encode()


def digest(path: Path) -> bytes:
    """Of every box that is not left out: where it lies, and all its bytes."""
    data, found = path.read_bytes(), hashlib.sha256()
    for kind, first, last in boxes(data):
        if kind not in LEFT_OUT and not (kind == b"uuid" and data[first + 8 : first + 24] == CREDENTIALS):
            found.update(struct.pack(">Q", first) + data[first:last])
    return found.digest()
