"""Whether what plays lies in the bytes that the seal hashes.

A hash of C2PA leaves boxes and ranges out, `free` and `skip` among them (C2PA 2.4, A.5; measured: any byte there may
change and the file still reads as trusted). A sample table that points into them plays what nobody signed.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from labeler.layers.credentials import layout
from labeler.layers.credentials.codes import as_dict, as_list
from labeler.layers.credentials.statements import base
from labeler.media import packet_places
from labeler.media.packet_places import Span

MOST_SPANS = 4096
LONGEST_VALUE = 64


def plays_unhashed(path: Path, binding: Mapping[str, Any]) -> bool | None:
    """Whether a packet of the file lies, in part or whole, where the hashes do not look; None where the packets cannot
    be found. binding: the assertions `c2pa.hash.*` of a manifest by label. Fragmented files are read to their end.

    Raises SourceMissing, SourceUnreadable when the file itself cannot be read.
    """
    spans = tuple(unhashed(path, binding))
    return packet_places.any_within(path, spans) if spans else False


def unhashed(path: Path, binding: Mapping[str, Any]) -> Iterator[Span]:
    """The bytes that the hashes of a manifest leave out. Unknown ways to leave out leave out the whole box."""
    for label, stated in binding.items():
        data = as_dict(stated)
        left_out = [as_dict(one) for one in as_list(data.get("exclusions"))]
        if base(label).startswith("c2pa.hash.bmff"):
            # The one hash leaves `mdat` to the tree of hashes, where there is one.
            has_tree = bool(as_list(data.get("merkle")))
            yield from boxes_left_out(path, [one for one in left_out if not (has_tree and one.get("xpath") == "/mdat")])
        elif base(label) == "c2pa.hash.data":
            for one in left_out[:MOST_SPANS]:
                start, length = one.get("start"), one.get("length")
                if isinstance(start, int) and isinstance(length, int):
                    yield start, start + length


def boxes_left_out(path: Path, exclusions: list[dict[str, Any]]) -> Iterator[Span]:
    """Of an exclusion of a box inside another, too: none of those that C2PA names holds media."""
    with path.open("rb") as file:
        start = 0
        for kind, _, last in list(layout.boxes(file, 0, file.seek(0, 2))):
            for one in exclusions[:MOST_SPANS]:
                asked = map(as_dict, as_list(one.get("data")))
                if one.get("xpath") == f"/{kind.decode('latin-1')}" and all(holds(file, start, each) for each in asked):
                    yield from parts(start, last, as_list(one.get("subset")))
            start = last


def parts(start: int, end: int, subset: list[Any]) -> Iterator[Span]:
    """A subset tells which bytes of the box are left out, from its head on; a length of 0 goes to its end."""
    if not subset:
        yield start, end
    for one in map(as_dict, subset[:MOST_SPANS]):
        offset, length = one.get("offset"), one.get("length")
        if isinstance(offset, int) and isinstance(length, int):
            yield start + offset, (min(end, start + offset + length) if length else end)


def holds(file: BinaryIO, start: int, condition: dict[str, Any]) -> bool:
    """Whether a box has these bytes at this place of it, as an exclusion asks."""
    offset, value = condition.get("offset"), condition.get("value")
    if not isinstance(offset, int) or not isinstance(value, str):
        return True
    try:
        wanted = base64.b64decode(value, validate=True)
    except (ValueError, binascii.Error):
        return True
    file.seek(start + offset)
    return bool(file.read(min(len(wanted), LONGEST_VALUE)) == wanted[:LONGEST_VALUE])
