"""Which packets have to be new so that some pictures can change: whole groups of pictures, and what leans on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from labeler.media.mp4.tables import Flags, Numbers
from labeler.media.rendering import NotThisWay, Run
from labeler.media.smart.coding import Coding, Leading, Opening

MOST_LEADING = 32
"""Pictures that a key may lead: more than any decoder can hold back (ITU-T H.265, A.4.2: 16)."""


@dataclass(frozen=True)
class Stretch:
    """Neighbouring groups of pictures that are coded again together. Numbers count packets in order of decoding.

    feed: packets to decode, from the first key that is needed. pictures: packets of the source that are coded again;
    the new ones take as many places from `start`. moved: the key after them, which goes to the place after, cut loose
    from the pictures that it led and that are among the new ones now. leads: it still leads others.
    """

    feed: range
    pictures: Numbers
    start: int
    moved: int | None = None
    leads: bool = False

    @property
    def stop(self) -> int:
        return self.start + len(self.pictures) + (self.moved is not None)

    @property
    def run(self) -> Run:
        return Run(start=self.start, stop=self.stop)

    @property
    def retyped(self) -> tuple[int, ...]:
        """The place of the moved key."""
        return () if self.moved is None else (self.stop - 1,)


def stretches(
    pts: Numbers, is_key: Flags, changes: Flags, coding: Coding, read: Callable[[int], bytes]
) -> tuple[Stretch, ...]:
    """The stretches to code again. changes: which pictures change. read: the bytes of a packet.

    Only keys beside what changes are read, and what they lead. Raises NotThisWay.
    """
    keys = np.flatnonzero(is_key)
    if not len(keys) or int(keys[0]) != 0:
        raise NotThisWay("groups.no_key_at_start")
    edges = np.append(keys, len(pts))
    known: dict[int, Opening] = {}

    def opening(group: int) -> Opening:
        if group not in known:
            known[group] = coding.opening(read(int(keys[group])))
        return known[group]

    def leads_skipped(group: int) -> bool:
        led, kept = _led(int(keys[group]), pts, coding, read) if opening(group) is Opening.LEADING else (0, 0)
        return led > 0 and not kept

    touched = _touched(pts, keys, changes, leads_skipped)
    _widen(touched, opening)
    return tuple(_stretch(first, after, edges, pts, opening, coding, read) for first, after in _runs(touched))


def _touched(pts: Numbers, keys: Numbers, changes: Flags, leads_skipped: Callable[[int], bool]) -> Flags:
    """Which groups hold a picture that changes. Pictures that are skipped without the group before are coded again with
    that one, so they count for it and not for the key that leads them."""
    group_of = np.searchsorted(keys, np.arange(len(pts)), side="right") - 1
    is_led = pts < pts[keys[group_of]]
    touched = np.zeros(len(keys), bool)
    touched[group_of[changes & ~is_led]] = True
    for group in np.unique(group_of[changes & is_led]).tolist():
        touched[group - 1 if group and leads_skipped(group) else group] = True
    return touched


def _widen(touched: Flags, opening: Callable[[int], Opening]) -> None:
    """Add the groups without which others would lean on pictures that are gone: as far as the next closed one."""
    for first, after in list(_runs(touched)):
        while first > 0 and opening(first) is Opening.OPEN:
            first -= 1
        if opening(first) is Opening.OPEN:
            raise NotThisWay("groups.open_at_start")
        while after < len(touched) and opening(after) is Opening.OPEN:
            after += 1
        touched[first:after] = True


def _runs(touched: Flags) -> Iterator[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], touched, [False]])))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _stretch(
    first: int,
    after: int,
    edges: Numbers,
    pts: Numbers,
    opening: Callable[[int], Opening],
    coding: Coding,
    read: Callable[[int], bytes],
) -> Stretch:
    start, stop = int(edges[first]), int(edges[after])
    feed_from = start
    if opening(first) is Opening.LEADING and _led(start, pts, coding, read)[0]:
        if first == 0:
            raise NotThisWay("groups.leads_at_start")
        feed_from = int(edges[first - 1])
    if after == len(edges) - 1 or opening(after) is Opening.CLOSED:
        return Stretch(range(feed_from, stop), np.arange(start, stop), start)
    led, kept = _led(stop, pts, coding, read)
    if led and kept:
        raise NotThisWay("groups.leads_both")
    pictures = np.concatenate([np.arange(start, stop), np.arange(stop + 1, stop + 1 + led)])
    return Stretch(range(feed_from, stop + 1 + led if led else stop), pictures, start, stop, kept > 0)


def _led(key: int, pts: Numbers, coding: Coding, read: Callable[[int], bytes]) -> tuple[int, int]:
    """How many pictures follow this key that are shown before it: those that lean on the group before, and others."""
    counts = {Leading.SKIPPED: 0, Leading.KEPT: 0}
    for position in range(key + 1, min(len(pts), key + 1 + MOST_LEADING)):
        if pts[position] > pts[key]:
            break
        kind = coding.leading(read(position))
        if kind is Leading.NO:
            raise NotThisWay("groups.leads_unknown", position)
        counts[kind] += 1
    return counts[Leading.SKIPPED], counts[Leading.KEPT]
