"""What an encoder is asked to match, and the shape of an entry in the table of encoders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from labeler.errors import SourceUnsupported
from labeler.language import say
from labeler.media.inventory import Container, PictureFacts, Track

NO_FLAGS = 0


def planar(*samplings: str, bits: tuple[int, ...] = (8,)) -> frozenset[str]:
    """FFmpeg's names of planar YUV: samplings such as `420`, in these depths."""
    return frozenset(f"yuv{sampling}p{'' if depth == 8 else f'{depth}le'}" for sampling in samplings for depth in bits)


NEVER = 500_000_000
"""Frames after which an encoder may make a scene cut a keyframe by itself: those of the source are asked for."""


@dataclass(frozen=True)
class Quality:
    """Constant rate factor (x264's scale) and speed of the encoder. CRF 16 leaves 42 dB and more outside the mention
    (measured); codecs with another scale take the step of their own that comes out like it."""

    crf: float = 16.0
    preset: str = "medium"


STANDARD = Quality()


@dataclass(frozen=True)
class Task:
    """One video track to encode again.

    samples: FFmpeg's name of the pixel format, without the `yuvj` spelling. rate: frames a second, None where the
    container does not tell. is_constant: every frame lasts as long as the others. extradata: the source's decoder
    configuration. threads: None for all cores. side_data: what libavcodec attached to the first frame, by name.
    """

    track: Track
    samples: str
    path: Path
    container: Container = "mp4"
    quality: Quality = STANDARD
    rate: Fraction | None = None
    is_constant: bool = True
    extradata: bytes | None = None
    threads: int | None = None
    side_data: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def facts(self) -> PictureFacts:
        if self.track.picture is None:
            raise ValueError("a video track of an inventory holds its picture facts")
        return self.track.picture

    @property
    def is_interlaced(self) -> bool:
        return self.facts.field_order != "progressive"

    @property
    def own_rate(self) -> int:
        """Bits per second of the source's track over its whole duration, rounded up; 0 where it has none."""
        duration = Fraction(self.track.timestamps.duration or 0)
        return -(-self.track.bytes * 8 // duration) if duration > 0 else 0

    @property
    def keyframe_distance(self) -> int:
        """Frames between the source's keyframes at most, as an upper bound for an encoder that must have one."""
        interval, rate = self.facts.keyframe_interval, self.rate or Fraction(self.facts.frame_rate or 25)
        return max(1, round(Fraction(interval) * rate)) if interval is not None else 1

    def refuse(self, fact: str, why: tuple[str, str] = ("cannot be written", "ne peut pas être écrit")) -> None:
        """Raise SourceUnsupported: this kind of picture is none that the encoder writes."""
        raise SourceUnsupported(
            say(f"{self.path}: {fact} {why[0]}.", f"{self.path} : {fact} {why[1]}."),
            facts=(fact,),
            file=str(self.path),
        )


def no_flags(_task: Task) -> int:
    return NO_FLAGS


@dataclass(frozen=True)
class Encoder:
    """How one codec is written: libavcodec's encoder, the pixel formats that it takes (in this wheel of PyAV, without
    the `yuvj` spelling), its options (as FFmpeg names them), and its flags.

    options raise SourceUnsupported for a kind of picture that the encoder does not write. has_global_header: the
    decoder configuration goes into the container where that wants it. counts_frames: its clock must tick once a frame
    (`stamping`). is_templated: PyAV finds this encoder from the source's stream by itself, and takes over from it what
    it has no setter for (chroma location, coded side data). most_frames: frames a second that it takes at the most, and
    it takes its clock for them where nothing else is told; None where any will do.
    """

    name: str
    samples: frozenset[str]
    options: Callable[[Task], dict[str, str]]
    flags: Callable[[Task], int] = no_flags
    has_global_header: bool = True
    counts_frames: bool = False
    is_templated: bool = False
    most_frames: int | None = None
