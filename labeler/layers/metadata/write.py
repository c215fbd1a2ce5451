"""Write the planned fields: one XMP packet in MP4 and MOV, tags in Matroska, else an XMP file beside the video.

The packet goes into a top-level `uuid` box at the end of the file (XMP Specification Part 3, MPEG-4), so
that no byte of media moves and no offset changes. It is written before sealing: C2PA covers it.
"""

from __future__ import annotations

import errno
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from labeler.errors import DiskFull, OutputRefused, SourceUnsupported
from labeler.language import say
from labeler.layers.metadata.packet import TOOLKIT, cannot_keep, make_packet
from labeler.layers.metadata.vocabulary import (
    AI_FIELDS,
    AIGC_TAGS,
    HOMES,
    MAXIMUM_PACKET_BYTES,
    SIDECAR,
    SOURCE_TYPE_FIELD,
    description_tag,
)
from labeler.media.inventory import Container
from labeler.rules.plan import MetadataPlan

XMP_UUID = bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC")


class Box(NamedTuple):
    """One ISO BMFF box. Byte positions in the file: its header, its payload (after a uuid), and its end."""

    start: int
    payload: int
    end: int
    kind: bytes
    uuid: bytes | None
    reaches_end: bool


def write(
    work: Path,
    plan: MetadataPlan,
    container: Container,
    existing_xmp: bytes | None = None,
    *,
    source: Path | None = None,
) -> None:
    """Append the packet to `work`, a private MP4 or MOV; Matroska gets its tags from the muxer (`container_tags`).

    The packet of the source, given as bytes or read from the file `source`, is merged: every property that is not
    ours stays. Raises SourceUnsupported when a packet of the source cannot be kept, DiskFull, OutputRefused.
    """
    if HOMES[container] != "packet":
        return
    if existing_xmp is None and source is not None:
        existing_xmp = packet_of(source)
    packet = make_packet(plan, existing_xmp, source or work)
    try:
        with work.open("r+b") as stream:
            replace_packet(stream, packet, work)
    except OSError as error:
        raise write_error(error, work) from error


def write_beside(deliverable: Path, plan: MetadataPlan, container: Container, *, source: Path) -> Path | None:
    """Write `STEM.xmp` beside the deliverable where its container holds no fields; return it, or None.

    What stands in the sidecar of the source is merged. Raises SourceUnsupported when it cannot be kept, DiskFull,
    OutputRefused.
    """
    if HOMES[container] != "sidecar":
        return None
    sidecar, old = deliverable.with_suffix(SIDECAR), source.with_suffix(SIDECAR)
    packet = make_packet(plan, read_sidecar(old) if old.is_file() else None, source)
    try:
        sidecar.write_bytes(packet)
    except OSError as error:
        sidecar.unlink(missing_ok=True)
        raise write_error(error, sidecar) from error
    return sidecar


def is_sidecar_of_labeler(sidecar: Path) -> bool:
    """Whether labeler was the last to write this XMP file."""
    with sidecar.open("rb") as stream:
        return TOOLKIT in stream.read(MAXIMUM_PACKET_BYTES)


def read_sidecar(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAXIMUM_PACKET_BYTES:
            raise cannot_keep(path, say("it is larger than 8 MB", "il dépasse 8 Mo"))
        return path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> SourceUnsupported:
    return SourceUnsupported(
        say(f"{path}: cannot be read: {error.strerror}.", f"{path} : lecture impossible : {error.strerror}."),
        file=str(path),
    )


def container_tags(plan: MetadataPlan, container: Container) -> dict[str, str]:
    """The Matroska tags that state the plan, and the key AIGC in every container that holds it."""
    aigc = {} if plan.aigc is None or plan.aigc.value is None else {AIGC_TAGS[container]: plan.aigc.value}
    if HOMES[container] != "tags":
        return aigc
    fields = {field.tag: getattr(plan, field.attribute) for field in (SOURCE_TYPE_FIELD, *AI_FIELDS)}
    texts = {description_tag(language): text for language, text in plan.description.items()}
    return {name: value for name, value in (fields | texts).items() if value} | aigc


def packet_of(source: Path) -> bytes | None:
    """The XMP packet of an MP4 or MOV. Raises SourceUnsupported when there are several that differ."""
    try:
        with source.open("rb") as stream:
            packets = {read_payload(stream, box, source) for box in packet_boxes(stream)}
    except OSError as error:
        raise unreadable(source, error) from error
    if len(packets) > 1:
        raise cannot_keep(source, say("it holds several that differ", "il y en a plusieurs, différents"))
    return packets.pop() if packets else None


def packet_boxes(stream: BinaryIO) -> Iterator[Box]:
    """Where XMP stands: a `uuid` at the top or in `moov`, or QuickTime's `moov/udta/XMP_`."""
    for box in boxes(stream, 0, stream.seek(0, 2)):
        if box.uuid == XMP_UUID:
            yield box
        if box.kind != b"moov":
            continue
        for child in boxes(stream, box.payload, box.end):
            if child.uuid == XMP_UUID:
                yield child
            if child.kind == b"udta":
                yield from (leaf for leaf in boxes(stream, child.payload, child.end) if leaf.kind == b"XMP_")


def boxes(stream: BinaryIO, start: int, end: int) -> Iterator[Box]:
    """The boxes between two positions. Stops where no whole box header is left (QuickTime ends `udta` with zeros)."""
    while start + 8 <= end:
        stream.seek(start)
        head = stream.read(16)
        size, kind = struct.unpack_from(">I4s", head)
        header = 8
        if size == 1 and len(head) == 16:
            size, header = struct.unpack_from(">Q", head, 8)[0], 16
        reaches_end = size == 0
        stop = end if reaches_end else start + size
        if stop < start + header or stop > end:
            return
        stream.seek(start + header)
        uuid = stream.read(16) if kind == b"uuid" and stop - start >= header + 16 else None
        yield Box(start, start + header + (16 if uuid else 0), stop, kind, uuid, reaches_end)
        start = stop


def read_payload(stream: BinaryIO, box: Box, source: Path) -> bytes:
    if box.end - box.payload > MAXIMUM_PACKET_BYTES:
        raise cannot_keep(source, say("it is larger than 8 MB", "il dépasse 8 Mo"))
    stream.seek(box.payload)
    return stream.read(box.end - box.payload)


def replace_packet(stream: BinaryIO, packet: bytes, work: Path) -> None:
    """Append the packet as the only one: an older one at the end is cut off, one further up becomes a free box."""
    last: Box | None = None
    for box in boxes(stream, 0, stream.seek(0, 2)):
        last = box
    for old in list(packet_boxes(stream)):
        if last is None or old.start != last.start:
            blank(stream, old)
    end = stream.seek(0, 2)
    if last is None or last.reaches_end or last.end != end:
        raise SourceUnsupported(
            say(
                f"{work}: its last box has no end of its own, so no metadata can be appended.",
                f"{work} : sa dernière boîte n'a pas de fin propre ; impossible d'y ajouter des métadonnées.",
            ),
            file=str(work),
        )
    if last.uuid == XMP_UUID:
        stream.truncate(last.start)
    stream.seek(0, 2)
    stream.write(struct.pack(">I4s", 24 + len(packet), b"uuid") + XMP_UUID + packet)


def blank(stream: BinaryIO, box: Box) -> None:
    """Make a box an empty `free` box of the same size: nothing after it moves."""
    stream.seek(box.start + 4)
    stream.write(b"free")
    header = box.payload - box.start - (16 if box.uuid else 0)
    stream.seek(box.start + header)
    stream.write(b"\0" * (box.end - box.start - header))


def write_error(error: OSError, work: Path) -> DiskFull | OutputRefused:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(say(f"{work}: the disk is full.", f"{work} : le disque est plein."), file=str(work))
    reason = error.strerror or str(error)
    return OutputRefused(
        say(f"{work}: cannot write metadata: {reason}.", f"{work} : écriture des métadonnées impossible : {reason}."),
        file=str(work),
    )
