"""What an `stbl` tells of how pictures lean on each other (ISO/IEC 14496-12, 8.6.1.4, 8.6.4, 8.9; QuickTime `stps`):
untrue of pictures that are coded again, kept for all others."""

from __future__ import annotations

import struct

import numpy as np

from labeler.media.mp4.tables import Flags, Numbers
from labeler.media.mp4.tree import CannotRewrite, Node

TELLING = (b"sdtp", b"stps", b"cslg", b"sbgp", b"sgpd")


def renew(table: Node, is_new: Flags, composition: Numbers) -> None:
    """Take back what these boxes say of the new samples; all of it where every sample is new. Raises CannotRewrite."""
    if is_new.all():
        table.children = [child for child in table.children if child.kind not in TELLING]
        return
    for node in table.children:
        if node.kind == b"sdtp":
            node.body = _dependence(node.body, is_new)
        elif node.kind == b"stps":
            node.body = _partial_sync(node.body, is_new)
        elif node.kind == b"sbgp":
            node.body = _groups(node.body, is_new)
        elif node.kind == b"cslg":
            node.body = _bounds(node.body, composition)


def _dependence(body: bytes, is_new: Flags) -> bytes:
    """One byte a sample; zero says that nothing is known."""
    if len(body) != 4 + len(is_new):
        raise CannotRewrite("sdtp is for another number of samples")
    flags = np.frombuffer(body, np.uint8, offset=4).copy()
    flags[is_new] = 0
    return body[:4] + flags.tobytes()


def _partial_sync(body: bytes, is_new: Flags) -> bytes:
    numbers = np.frombuffer(body, ">u4", offset=8).astype(np.int64)
    if len(numbers) and (int(numbers.min()) < 1 or int(numbers.max()) > len(is_new)):
        raise CannotRewrite("stps names samples that are not there")
    kept = numbers[~is_new[numbers - 1]]
    return body[:4] + struct.pack(">I", len(kept)) + kept.astype(">u4").tobytes()


def _groups(body: bytes, is_new: Flags) -> bytes:
    """Runs of samples in one group; group 0 is none. What the runs do not reach is in none either."""
    at = 12 if body[:1] == b"\1" else 8
    count = struct.unpack_from(">I", body, at)[0] if len(body) >= at + 4 else 0
    if len(body) < at + 4 + 8 * count:
        raise CannotRewrite("sbgp is cut off")
    pairs = np.frombuffer(body, ">u4", 2 * count, at + 4).astype(np.int64).reshape(-1, 2)
    if int(pairs[:, 0].sum()) > len(is_new):
        raise CannotRewrite("sbgp is for more samples than there are")
    groups = np.zeros(len(is_new), np.int64)
    groups[: int(pairs[:, 0].sum())] = np.repeat(pairs[:, 1], pairs[:, 0])
    groups[is_new] = 0
    starts = np.flatnonzero(np.concatenate([[True], np.diff(groups) != 0]))
    runs = np.stack([np.diff(np.append(starts, len(groups))), groups[starts]], axis=1)
    return body[:at] + struct.pack(">I", len(runs)) + runs.astype(">u4").tobytes()


def _bounds(body: bytes, composition: Numbers) -> bytes:
    """The least and greatest offset of composition; when the first and last picture are shown has not changed."""
    width = 8 if body[:1] == b"\1" else 4
    if len(body) < 4 + 5 * width:
        raise CannotRewrite("cslg is cut off")
    layout = ">3q" if width == 8 else ">3i"
    shift = struct.unpack_from(layout, body, 4)[0]
    least, greatest = int(composition.min(initial=0)), int(composition.max(initial=0))
    return body[:4] + struct.pack(layout, max(shift, -least), least, greatest) + body[4 + 3 * width :]
