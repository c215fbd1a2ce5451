"""What is measured of one track while its packets go by: bytes, hash, times, keyframes, what rides along."""

from __future__ import annotations

import hashlib
from array import array
from fractions import Fraction
from typing import Any

import av.error
import numpy as np
from av import Packet, VideoFrame
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from labeler.media.av1_units import Av1Track
from labeler.media.coded import Codec, CodedTrack
from labeler.media.inventory import Timestamps
from labeler.media.jpeg2000 import Jpeg2000Track
from labeler.media.light import Light
from labeler.media.mpeg2_video import Mpeg2Track
from labeler.media.timeline import Scan
from labeler.media.vpx_frames import is_shown

FIRST_PICTURES = 3
"""How many pictures are decoded to see what libavcodec attaches to them."""
UNFILTERED = {"skip_loop_filter": "all"}
"""Nobody looks at the samples of these pictures: a tenth of the time."""
MAX_TRIED_PACKETS = 240
HARMLESS_SIDE_DATA = frozenset(
    {
        "skip_samples",
        "webvtt_identifier",
        "webvtt_settings",
        "quality_stats",
        "cpb_properties",
        "fallback_track",
        "mpegts_stream_id",
        "metadata_update",
    }
)
"""Of packets: what tells players how to trim or find, which the muxers write again, or what carries nothing."""
ENCRYPTED = "encrypted"
PACKET_FACTS = {
    "new_extradata": "parameter change in mid-stream",
    "param_change": "parameter change in mid-stream",
    "encryption_info": ENCRYPTED,
    "encryption_init_info": ENCRYPTED,
    "dynamic_hdr10_plus": "HDR10+",
}
BLOCK_ADDITION = "matroska_block_additional"
WITH_ALPHA_BESIDE = frozenset({"vp8", "vp9"})
"""Codecs whose alpha is a picture of its own beside each packet. That a track says it has some means nothing: browsers
say so of all that they record."""
STEADY = Fraction(1, 500)
"""Seconds by which the lengths of pictures differ at a constant rate: Matroska rounds their times to milliseconds."""


class TrackMeter:
    """Sees every packet of one track, in file order. Memory: 8 bytes and a bit for each packet, and the captions."""

    def __init__(
        self,
        stream: Stream,
        *,
        is_moving: bool,
        by_place: bool = False,
        is_encrypted: bool = False,
        from_zero: bool = False,
    ) -> None:
        """is_moving: a video track that is no attached picture, so its first pictures are decoded. by_place: the
        container tells no times but the packets' places (AVI), and pictures are shown in these, in their order.
        is_encrypted: what packets hold is noise to whoever has no key, so nothing is read in it. from_zero: what is
        over at time 0 is never heard, and libavformat does not say so (sound before the edits of a fragmented MP4)."""
        self.stream = stream
        self.time_base = stream.time_base or Fraction(1)
        self.packets = 0
        self.bytes = 0
        self.hidden = 0
        self.first_pictures: list[VideoFrame] = []
        self._digest = hashlib.sha256()
        self._times = array("q")
        self._key_times = array("q")
        self._last_end: int | None = None
        self._facts: dict[str, None] = {}
        self._damaged = 0
        self._first_damaged = 0
        self._is_moving = is_moving
        self.is_encrypted = is_encrypted
        self.by_place = by_place and is_moving
        self.from_zero = from_zero
        self._guessed = array("q")
        self.coded = _coded_track(stream) if is_moving else None
        self.unshown = 0
        self.scan = Scan() if is_moving else None
        self._codec = _codec_name(stream)
        context = stream.codec_context
        if is_moving and isinstance(context, VideoCodecContext):
            context.options = {**context.options, **UNFILTERED}
            context.thread_count = 1  # three pictures are not worth the start of threads

    def see(self, packet: Packet[Any]) -> None:
        data = bytes(packet)
        self.bytes += len(data)
        self._digest.update(data)
        is_seen = not self._is_moving or self.is_encrypted or is_shown(self._codec, data)
        if self.scan is not None:
            self.scan.see(packet, is_shown=is_seen)
        if not is_seen:
            # A picture that others refer to and nobody sees: an encoder has its own ones, or none.
            self.unshown += 1
            self._decode(packet)
            return
        self.packets += 1
        for side in packet.iter_sidedata():
            kind = str(side.data_type)
            if kind == BLOCK_ADDITION:
                self._facts["alpha" if self._codec in WITH_ALPHA_BESIDE else "block additions"] = None
            elif kind not in HARMLESS_SIDE_DATA:
                self._facts[PACKET_FACTS.get(kind, f"packet data {kind}")] = None
        if packet.is_corrupt:
            self._first_damaged = self._first_damaged if self._damaged else self.packets - 1
            self._damaged += 1
        self._see_time(packet)
        if self.is_encrypted:
            return
        if self.coded is not None:
            self.coded.see(data, None if packet.pts is None else packet.pts * self.time_base)
        if self._is_moving:
            self._decode(packet)

    def finish(self) -> None:
        """No packet follows: hand out the pictures that the decoder still holds."""
        if self._is_moving and not self.is_encrypted and len(self.first_pictures) < FIRST_PICTURES:
            self._decode(None)

    def ticks(self) -> np.ndarray:
        """The sorted times of all shown packets, int64 in ticks of the track's time base."""
        return np.sort(np.frombuffer(self._times, dtype=np.int64)) if self._times else np.empty(0, np.int64)

    def payload_sha256(self) -> str:
        return self._digest.hexdigest()

    def facts(self) -> tuple[str, ...]:
        facts = dict(self._facts)
        if self._damaged:
            more = f" and {self._damaged - 1} more" if self._damaged > 1 else ""
            facts[f"damaged packet {self._first_damaged}{more}"] = None
        if self._is_moving:
            facts.update(dict.fromkeys(self._collisions()))
        if self.coded is not None:
            facts.update(dict.fromkeys(self.coded.facts()))
        return tuple(facts)

    def light(self) -> Light:
        """Static HDR metadata in the coded pictures."""
        return Light() if self.coded is None else self.coded.light

    def timestamps(self) -> Timestamps:
        times = self.ticks()
        if not len(times):
            return Timestamps(count=0, first=None, last=None, duration=None, digest=hashlib.sha256().hexdigest())
        first, last = int(times[0]), int(times[-1])
        end = max(last, self._last_end if self._last_end is not None else last)
        return Timestamps(
            count=len(times),
            first=fraction(first * self.time_base),
            last=fraction(last * self.time_base),
            duration=fraction((end - first) * self.time_base),
            digest=_digest_of(times, self.time_base),
            is_steady=not self._is_moving or _spread(times) * self.time_base <= STEADY,
        )

    def end(self) -> Fraction | None:
        """When the last packet ends, in seconds."""
        return None if self._last_end is None else self._last_end * self.time_base

    def start(self) -> Fraction | None:
        return None if not self._times else min(self._times) * self.time_base

    def frame_rate(self) -> str | None:
        """Pictures a second over the whole track, exact; None with fewer than two."""
        times = self.ticks()
        span = int(times[-1] - times[0]) if len(times) > 1 else 0
        return fraction((len(times) - 1) / (span * self.time_base)) if span else None

    def keyframe_interval(self) -> str | None:
        """The longest distance between keyframes, or from the last one to the end, in seconds."""
        if not self._key_times or self._last_end is None:
            return None
        keys = np.sort(np.frombuffer(self._key_times, dtype=np.int64))
        edges = np.append(keys, max(self._last_end, int(keys[-1])))
        return fraction(int(np.diff(edges).max()) * self.time_base)

    def reorder(self) -> int:
        """How many pictures are at most sent before one that is shown ahead of them."""
        times = np.frombuffer(self._guessed if self.by_place else self._times, dtype=np.int64)
        if not len(times):
            return 0
        rank = np.empty(len(times), np.int64)
        rank[np.argsort(times, kind="stable")] = np.arange(len(times))
        return int(max(0, (np.arange(len(times)) - rank).max()))

    def _is_still(self) -> bool:
        return isinstance(self.stream, VideoStream) and not self._is_moving

    def _see_time(self, packet: Packet[Any]) -> None:
        if packet.is_discard or (self.from_zero and _is_over_at_zero(packet)):
            self.hidden += 1
            return
        if packet.pts is None:
            if self._is_still():
                return  # a cover is shown beside the film, at no time of its own
            self._facts[f"no time on packet {self.packets - 1}"] = None
            return
        time = packet.pts
        if self.by_place:
            self._guessed.append(packet.pts)
            time = packet.dts if packet.dts is not None else packet.pts
        self._times.append(time)
        if packet.is_keyframe:
            self._key_times.append(time)
        end = time + (packet.duration or 0)
        self._last_end = end if self._last_end is None else max(self._last_end, end)

    def _collisions(self) -> tuple[str, ...]:
        times = np.sort(np.frombuffer(self._guessed, dtype=np.int64)) if self._guessed else self.ticks()
        equal = np.flatnonzero(np.diff(times) == 0).tolist() if len(times) > 1 else []
        if self.by_place and (equal or (isinstance(self.coded, CodedTrack) and self.coded.has_b_pictures)):
            return ("an order of pictures that AVI does not tell",)
        return (f"two pictures at one time (picture {equal[0] + 1})",) if equal else ()

    def _decode(self, packet: Packet[Any] | None) -> None:
        if len(self.first_pictures) >= FIRST_PICTURES or self.packets > MAX_TRIED_PACKETS:
            return
        context = self.stream.codec_context
        if not isinstance(context, VideoCodecContext):
            return
        try:
            pictures = context.decode(packet)
        except av.error.InvalidDataError:
            # A damaged first picture shows as fewer first pictures; none at all is refused by name.
            return
        room = FIRST_PICTURES - len(self.first_pictures)
        self.first_pictures.extend(picture for picture in pictures[:room] if isinstance(picture, VideoFrame))


def fraction(value: Fraction | int) -> str:
    """Exact seconds as text: `p/q`, or `p` for a whole number."""
    return str(Fraction(value))


def _is_over_at_zero(packet: Packet[Any]) -> bool:
    return packet.pts is not None and bool(packet.duration) and packet.pts + (packet.duration or 0) <= 0


def _codec_name(stream: Stream) -> str:
    context = stream.codec_context
    return context.codec.canonical_name if context is not None else ""


def _coded_track(stream: Stream) -> CodedTrack | Mpeg2Track | Av1Track | Jpeg2000Track | None:
    context = stream.codec_context
    if context is None:
        return None
    setup, name = bytes(context.extradata or b""), _codec_name(stream)
    if name == "mpeg2video":
        return Mpeg2Track(setup)
    if name == "av1":
        return Av1Track(setup)
    if name == "jpeg2000":
        return Jpeg2000Track()
    kind: dict[str, Codec] = {"h264": "h264", "hevc": "hevc"}
    return CodedTrack(kind[name], setup) if name in kind else None


def _spread(times: np.ndarray) -> int:
    """Ticks between the shortest and the longest distance of these sorted times."""
    return int(np.ptp(np.diff(times))) if len(times) > 2 else 0


def _digest_of(times: np.ndarray, time_base: Fraction) -> str:
    """sha256 over the times as numerator and denominator in lowest terms, so that equal times hash equal."""
    digest = hashlib.sha256()
    for begin in range(0, len(times), 1 << 16):
        numerators = times[begin : begin + (1 << 16)] * time_base.numerator
        common = np.gcd(numerators, time_base.denominator)
        pairs = np.stack((numerators // common, time_base.denominator // common), axis=1)
        digest.update(pairs.astype("<i8").tobytes())
    return digest.hexdigest()
