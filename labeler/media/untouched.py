"""`media.untouched`: every packet that a rendering does not name as new is the source's, at its place, to the byte."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from labeler.language import say
from labeler.media import packets
from labeler.media.open import NO_OPTIONS
from labeler.media.packets import Flags, PacketList
from labeler.media.rendering import Rendering
from labeler.media.timeline import UNKNOWN
from labeler.progress import Progress, silent
from labeler.verdict import Check, Status

RULE = "labeler: what a partial rendering does not name as new is the source's, byte for byte"
# ITU-T H.265 table 7-1: types of the coded slice segments of pictures at which a decoder may start.
CRA = 21
BLA = frozenset({16, 17, 18})
LAST_VCL = 31
TYPE_BITS = 0b0111_1110
"""Of the first byte of a unit's head (H.265, 7.3.1.2)."""
MOST_TOLD = 5


@dataclass(frozen=True)
class Units:
    """An HEVC packet: the types of its VCL units, and a digest of all its bytes but the bits that tell these types."""

    types: frozenset[int]
    rest: bytes


@dataclass(frozen=True)
class Walked:
    """The packets of one file, and the units of those whose type may have been changed, by number."""

    packets: PacketList
    units: Mapping[int, Units]


def check_untouched(
    source: Path, output: Path, tracks: tuple[int, int], rendering: Rendering, *, progress: Progress = silent
) -> Check:
    """Compare every packet of the video. tracks: its index in the source and in the output.

    Raises as `open_media` does.
    """
    before = _walk(source, tracks[0], rendering, frozenset(), progress)
    after = _walk(output, tracks[1], rendering, frozenset(rendering.retyped), progress)
    faults = list(claim_faults(rendering, len(before.packets)))
    if not faults:
        faults = [*_faults(before.packets, after.packets, rendering), *_retyped_faults(before, after, rendering)]
    return _check(tracks[1], before.packets, after.packets, rendering, faults)


def options_of(rendering: Rendering) -> Mapping[str, str]:
    """Under these the packets have the numbers that the rendering counts by: where the boxes are kept, all samples;
    where libavformat wrote the file, those that it hands out."""
    return packets.ALL_PACKETS if rendering.keeps_boxes else NO_OPTIONS


def renewed(rendering: Rendering, count: int) -> Flags:
    """Which of so many packets are new."""
    flags = np.zeros(count, bool)
    for run in rendering.renewed:
        flags[run.start : run.stop] = True
    return flags


def claim_faults(rendering: Rendering, count: int) -> Iterator[str]:
    """What is wrong with what a rendering says of itself, of a track with so many packets."""
    runs, new = rendering.renewed, sum(run.stop - run.start for run in rendering.renewed)
    if any(run.start < 0 or run.start >= run.stop or run.stop > count for run in runs):
        yield say("runs that lie outside of the track", "des suites hors de la piste")
    if any(one.stop >= next_one.start for one, next_one in pairwise(runs)):
        yield say("runs out of order or not apart", "des suites en désordre ou non séparées")
    if not all(rendering.is_renewed(place) for place in rendering.retyped):
        yield say("retyped packets that are not among the new", "des paquets retypés qui ne sont pas des nouveaux")
    if not 0 <= rendering.frames <= min(rendering.total, new) or (
        new > len(rendering.retyped) and not rendering.frames
    ):
        yield say(
            f"{rendering.frames} pictures in {new} new packets",
            f"{rendering.frames} images dans {new} nouveaux paquets",
        )


def _walk(path: Path, track: int, rendering: Rendering, places: frozenset[int], progress: Progress) -> Walked:
    """places: whose units are needed; in the source it is not known which those are, so of every key."""
    units: dict[int, Units] = {}

    def see(number: int, data: bytes, is_key: bool) -> None:
        if number in places or (not places and is_key):
            units[number] = units_of(data)

    looks = see if rendering.retyped else None
    found = packets.walk(path, [track], options=options_of(rendering), see=looks, progress=progress)
    return Walked(found[track], units)


def _faults(before: PacketList, after: PacketList, rendering: Rendering) -> Iterator[str]:
    if len(before) != len(after):
        yield say(f"{len(after)} packets instead of {len(before)}", f"{len(after)} paquets au lieu de {len(before)}")
        return
    same = ~renewed(rendering, len(before))
    pts = packets.same_times(before, after, before.pts, after.pts)
    yield from _told(same & (before.digests != after.digests), "other bytes", "d'autres octets")
    yield from _told(same & ~pts, "another time of showing", "un autre instant d'affichage")
    yield from _told(same & (before.is_key != after.is_key), "a key or no longer one", "devenu clé ou ne l'étant plus")
    if before.stores_dts and after.stores_dts:
        dts = packets.same_times(before, after, before.dts, after.dts)
        yield from _told(
            ~dts & (not is_shifted(before, after, rendering)),
            "another time of decoding",
            "un autre instant de décodage",
        )
    if np.all(pts[same]) and not np.all(packets.same_times(before, after, np.sort(before.pts), np.sort(after.pts))):
        yield say(
            "new packets at times that the source has not", "de nouveaux paquets à des instants que la source n'a pas"
        )


def is_shifted(before: PacketList, after: PacketList, rendering: Rendering) -> bool:
    """Whether all packets are decoded by one and the same time earlier or later. MP4 holds how long each takes, and
    where the first begins libavformat tells by the most negative offset of composition (ISO/IEC 14496-12, 8.6.1.3):
    where that picture is a new one, its guess is another, and no packet has moved among the others."""
    if (
        not rendering.keeps_boxes
        or before.time_base != after.time_base
        or UNKNOWN in before.dts
        or UNKNOWN in after.dts
    ):
        return False
    return bool(np.ptp(after.dts - before.dts) == 0)


def _told(flags: Flags, fault: str, faute: str) -> Iterator[str]:
    places = np.flatnonzero(flags).tolist()
    if places:
        numbers = ", ".join(map(str, places[:MOST_TOLD])) + ("…" if len(places) > MOST_TOLD else "")
        yield say(f"{fault} (packet {numbers})", f"{faute} (paquet {numbers})")


def _retyped_faults(before: Walked, after: Walked, rendering: Rendering) -> Iterator[str]:
    """A retyped packet is the source's of the same PTS, CRA there and BLA here, and equal in all other bits."""
    if len(before.packets) != len(after.packets):
        return
    wrong = np.zeros(len(after.packets), bool)
    for place in rendering.retyped:
        origin = np.flatnonzero(
            packets.same_times(
                before.packets,
                after.packets,
                before.packets.pts,
                np.full_like(before.packets.pts, after.packets.pts[place]),
            )
        )
        ours = before.units.get(int(origin[0])) if len(origin) else None
        theirs = after.units[place]
        wrong[place] = ours is None or ours.types != {CRA} or not theirs.types <= BLA or ours.rest != theirs.rest
    yield from _told(wrong, "more than its type is changed", "plus que le type a changé")


def units_of(packet: bytes) -> Units:
    """Split an HEVC packet, with lengths of four bytes or with start codes, and take the types out of it."""
    data, types = bytearray(packet), set()
    for at in _heads(packet):
        kind = data[at] >> 1 & 0x3F
        if kind <= LAST_VCL:
            types.add(kind)
            data[at] &= ~TYPE_BITS & 0xFF
    return Units(frozenset(types), hashlib.sha256(data).digest())


def _heads(packet: bytes) -> list[int]:
    """Where the head of each unit is."""
    heads, at = [], 0
    while at + 4 < len(packet):
        heads.append(at + 4)
        at += 4 + int.from_bytes(packet[at : at + 4], "big")
    if at == len(packet):
        return heads
    heads, at = [], packet.find(b"\0\0\1")
    while 0 <= at < len(packet) - 3:
        heads.append(at + 3)
        at = packet.find(b"\0\0\1", at + 3)
    return heads


def _check(track: int, before: PacketList, after: PacketList, rendering: Rendering, faults: list[str]) -> Check:
    count = len(before)
    new = int(np.count_nonzero(renewed(rendering, count)))
    kept, retyped = count - new, len(rendering.retyped)
    beside = say(f", {retyped} more but for the type of its picture", f", {retyped} de plus au type d'image près")
    more = beside if retyped else ""
    told = "; ".join(faults)
    message = (
        say(f"What was to stay as it is has changed: {told}.", f"Ce qui devait rester tel quel a changé : {told}.")
        if faults
        else say(
            f"{kept} of {count} packets are the source's, byte for byte{more}.",
            f"{kept} paquets sur {count} sont ceux de la source, octet pour octet{more}.",
        )
    )
    common = min(count, len(after))
    identical = int(np.count_nonzero(before.digests[:common] == after.digests[:common]))
    return Check(
        id="media.untouched",
        layer="media",
        status=Status.FAIL if faults else Status.PASS,
        message=message,
        track=track,
        measured={"packets": len(after), "identical": identical, "renewed": new, "retyped": retyped},
        expected={"packets": count, "identical": kept},
        unit="packets",
        source=RULE,
    )
