"""An encoder matched to the source: same codec, profile, level, samples, colour, shape, clock and tag."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

import av.error
from av.codec import Codec
from av.codec.context import Flags
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from labeler.errors import MachineLacks, SourceUnsupported
from labeler.language import say
from labeler.media.inventory import PictureFacts, Track
from labeler.media.levels import Limits, h264_limits, h265_limits

ENCODERS: Mapping[str, str] = MappingProxyType({"h264": "libx264", "hevc": "libx265"})
# FFmpeg's names of profiles -> x264's. x264 writes Constrained Baseline for both, a subset of Baseline.
H264_PROFILES: Mapping[str, str] = MappingProxyType(
    {
        "Baseline": "baseline",
        "Constrained Baseline": "baseline",
        "Main": "main",
        "High": "high",
        "High 10": "high10",
        "High 4:2:2": "high422",
        "High 4:4:4 Predictive": "high444",
    }
)
# (FFmpeg's name, chroma and depth) -> x265's; «Rext» is a family, told apart by its samples.
H265_PROFILES: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("Main", "yuv420p"): "main",
        ("Main 10", "yuv420p"): "main10",
        ("Main 10", "yuv420p10le"): "main10",
        ("Rext", "yuv422p"): "main422-10",
        ("Rext", "yuv422p10le"): "main422-10",
        ("Rext", "yuv444p"): "main444-8",
        ("Rext", "yuv444p10le"): "main444-10",
    }
)
# ISO/IEC 14496-15, hvcC: general_tier_flag is bit 5 of the second byte.
TIER_FLAG = 0x20
HVCC_VERSION = 1
# Frames after which an encoder may make a scene cut a keyframe by itself.
NEVER = 500_000_000


@dataclass(frozen=True)
class Quality:
    """Constant rate factor and speed of the encoder. CRF 16 leaves 42 dB and more outside the mention (measured)."""

    crf: float = 16.0
    preset: str = "medium"


STANDARD = Quality()


def add_encoder(
    output: OutputContainer,
    source: VideoStream,
    first: VideoFrame,
    track: Track,
    *,
    path: Path,
    quality: Quality = STANDARD,
    threads: int | None = None,
) -> VideoStream:
    """Add the encoded video track to `output`, matched to the stream it replaces and to its first decoded frame.

    Raises MachineLacks (no such encoder in this install), SourceUnsupported (it cannot write this kind of picture).
    """
    name = available(track.codec, first.format.name, path)
    # The template carries what PyAV has no setter for: chroma location, display matrix, other coded side data.
    stream = output.add_stream_from_template(source, opaque=False)
    context = stream.codec_context
    if context.name != name:
        raise _lacks(name, path)
    context.extradata = None
    context.options = options_for(track, source, first, path, quality, threads)
    context.pix_fmt = first.format.name
    context.framerate = frame_rate(source) or Fraction(0)
    if source.sample_aspect_ratio:
        context.sample_aspect_ratio = source.sample_aspect_ratio
    # PyAV's own default is SLICE, with which x264 cuts each frame into slices: worse pictures at the same size.
    context.thread_type = "FRAME"
    context.thread_count = threads or 0
    # Without `frame_duration` every frame gets the length that the mean rate would have: wrong for the last one.
    context.flags = Flags.frame_duration | Flags.global_header
    if len(track.codec_tag) == 4 and track.codec_tag.isascii():
        context.codec_tag = track.codec_tag
    return stream


def open_encoder(stream: VideoStream, path: Path) -> None:
    """Start the encoder before the header is written, so that its refusal can be told from the muxer's.

    Raises SourceUnsupported naming the kind of picture.
    """
    context = stream.codec_context
    try:
        context.open()
    except (av.error.FFmpegError, ValueError) as error:
        fact = f"{context.name} {context.width}x{context.height} {context.pix_fmt}"
        raise _unsupported(path, fact, "cannot be encoded again", "ne peut pas être encodé de nouveau") from error


def available(codec: str, pixel_format: str, path: Path) -> str:
    """The encoder's name. Raises SourceUnsupported (codec or samples of no encoder of ours), MachineLacks."""
    name = ENCODERS.get(codec)
    if name is None:
        raise _unsupported(path, codec, "is not written by this version", "n'est pas écrit par cette version")
    try:
        formats = {candidate.name for candidate in Codec(name, "w").video_formats or ()}
    except av.error.FFmpegError as error:
        raise _lacks(name, path) from error
    if pixel_format not in formats:
        raise _unsupported(path, f"{codec} {pixel_format}", "cannot be encoded", "ne peut pas être encodé")
    return name


def frame_rate(source: VideoStream) -> Fraction | None:
    """The source's mean rate; None where the demuxer only echoes its clock (Matroska without a default duration)."""
    rate = source.average_rate
    if not rate or (source.time_base and rate >= 1 / source.time_base):
        return None
    return rate


def options_for(
    track: Track, source: VideoStream, first: VideoFrame, path: Path, quality: Quality, threads: int | None
) -> dict[str, str]:
    """All options of the encoder, as FFmpeg's libx264 and libx265 wrappers name them."""
    if track.picture is None:
        raise ValueError("a video track of an inventory holds its picture facts")
    build: Callable[..., dict[str, str]] = x264_options if track.codec == "h264" else x265_options
    samples = first.format.name.replace("yuvj", "yuv")
    is_constant = source.average_rate is not None and source.average_rate == source.base_rate
    extradata = source.codec_context.extradata
    specific = build(
        track.picture,
        samples,
        path,
        is_constant=is_constant,
        extradata=extradata,
        own_rate=mean_rate(track),
        threads=threads,
    )
    return {
        "crf": f"{quality.crf:g}",
        "preset": quality.preset,
        # A frame that is asked for as I becomes a place to seek to; captions ride along. Notes of the old encoder
        # about itself (unregistered user data) would be false here; any other such data the survey refuses.
        "forced-idr": "1",
        "a53cc": "1",
        "udu_sei": "0",
        **specific,
    }


def x264_options(
    facts: PictureFacts, samples: str, path: Path, *, is_constant: bool = True, own_rate: int = 0, **_: object
) -> dict[str, str]:
    """is_constant: every frame lasts as long as the others, so the stream may say its rate (VUI timing).

    own_rate: the source's mean rate in bits per second, see `_buffer`.
    """
    profile = H264_PROFILES.get(facts.profile or "")
    if profile is None:
        raise _unsupported(path, f"H.264 profile {facts.profile}", "cannot be written", "ne peut pas être écrit")
    options = {
        "profile": profile,
        # Written out, since the fastest presets leave them off and so fall to a lower profile.
        **({} if profile == "baseline" else {"coder": "cabac"}),
        **({} if profile in ("baseline", "main") else {"8x8dct": "1"}),
        **_buffer(h264_limits(facts.level, profile), own_rate),
        **_reorder(facts.reorder),
        # No keyframe of our own: those of the source are asked for one by one, and scene cuts become I pictures.
        "x264-params": f"keyint=infinite:min-keyint={NEVER}:force-cfr={int(is_constant)}",
    }
    if facts.level is not None and facts.level > 0:
        options["level"] = "1b" if facts.level == 9 else f"{facts.level // 10}.{facts.level % 10}"
    return options


def x265_options(
    facts: PictureFacts,
    samples: str,
    path: Path,
    *,
    extradata: bytes | None = None,
    own_rate: int = 0,
    threads: int | None = None,
    **_: object,
) -> dict[str, str]:
    """extradata: the source's hvcC, which says its tier. own_rate: as in `x264_options`. threads: of x265's pool."""
    profile = H265_PROFILES.get((facts.profile or "", samples))
    if profile is None:
        fact = f"HEVC profile {facts.profile} {samples}"
        raise _unsupported(path, fact, "cannot be written", "ne peut pas être écrit")
    high_tier = is_high_tier(extradata)
    limits = h265_limits(facts.level, high_tier=high_tier)
    pyramid = int(facts.reorder > 1)
    own = [
        "log-level=error",
        "keyint=-1",
        f"min-keyint={NEVER}",
        "open-gop=0",
        f"b-pyramid={pyramid}",
        f"high-tier={int(high_tier)}",
    ]
    if limits is not None and facts.level is not None:
        own.append(f"level-idc={Fraction(facts.level, 30).limit_denominator(10).__float__():g}")
    if threads is not None:
        own.append(f"pools={threads}")
    if facts.reorder == 0:
        own.append("bframes=0")
    return {"profile": profile, "x265-params": ":".join(own), **_buffer(limits, own_rate)}


def is_high_tier(extradata: bytes | None) -> bool:
    """Whether an hvcC record says High tier; without one (Annex B), Main tier is the narrower and safe answer."""
    return bool(
        extradata and len(extradata) > 1 and extradata[0] == HVCC_VERSION and extradata[1] & TIER_FLAG == TIER_FLAG
    )


def mean_rate(track: Track) -> int:
    """Bits per second of the track over its whole duration, rounded up."""
    duration = Fraction(track.timestamps.duration or 0)
    return -(-track.bytes * 8 // duration) if duration > 0 else 0


def _buffer(limits: Limits | None, own_rate: int) -> dict[str, str]:
    """The level's cap; but a source may itself break its level (x264 states the least that fits size and rate), and
    then its own mean rate is the cap: 37 dB instead of 42 with the stated one (measured)."""
    if limits is None:
        return {}
    return {"maxrate": str(max(limits.rate, own_rate)), "bufsize": str(max(limits.buffer, own_rate))}


def _reorder(depth: int) -> dict[str, str]:
    """B pictures such that a player never has to hold back more frames than it does for the source."""
    if depth == 0:
        return {"bf": "0"}
    return {"b-pyramid": "none" if depth == 1 else "normal"}


def _unsupported(path: Path, fact: str, why: str, pourquoi: str) -> SourceUnsupported:
    return SourceUnsupported(
        say(f"{path}: {fact} {why}.", f"{path} : {fact} {pourquoi}."), facts=(fact,), file=str(path)
    )


def _lacks(name: str, path: Path) -> MachineLacks:
    return MachineLacks(
        say(
            f"The encoder {name}, which {path} needs, is missing from this install of PyAV.",
            f"L'encodeur {name}, nécessaire pour {path}, manque à cette installation de PyAV.",
        ),
        file=str(path),
    )
