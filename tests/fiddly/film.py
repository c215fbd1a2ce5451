"""One clip of the collection: what it is, and how PyAV makes it. Every picture of it carries its number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
from av.stream import Disposition
from av.video.frame import PictureType

from tests.barcode import frame
from tests.clips import add_sine, with_caption

WIDTH, HEIGHT = 320, 180
RATE = 25
GROUP = 25
"""Pictures from keyframe to keyframe."""
FRAMES = 150
TICKS = 512
"""Of the clock of the pictures, in one of them."""
CLOCK = Fraction(1, RATE * TICKS)
SUITED_SOUND = {".webm": "libopus", ".ts": "mp2"}
X264 = {"preset": "veryfast", "crf": "18", "bf": "2", "x264-params": "scenecut=0:rc-lookahead=10"}
X265 = {
    "preset": "ultrafast",
    "crf": "20",
    "x265-params": "scenecut=0:bframes=2:open-gop=0:log-level=error:rc-lookahead=10",
}
SVT = {"preset": "9", "crf": "30", "svtav1-params": "scd=0"}
VPX = {"crf": "20", "b": "2M", "deadline": "realtime", "cpu-used": "8", "auto-alt-ref": "1", "lag-in-frames": "12"}
SETTINGS: Mapping[str, Mapping[str, str]] = {
    "libx264": X264,
    "libx265": X265,
    "libsvtav1": SVT,
    "libvpx-vp9": VPX,
    "prores_ks": {"profile": "hq"},
}
PARAMETERS = {"libx264": "x264-params", "libx265": "x265-params", "libsvtav1": "svtav1-params"}


def even(number: int) -> int:
    return number * TICKS


@dataclass(frozen=True)
class Film:
    """One clip of 6 s, 320x180, a keyframe each second, with one sound.

    params: more for the encoder in its own spelling (x264-params and the like). options: more for it in FFmpeg's.
    again: where given, the second half is coded by an encoder of its own with these params. cuts: pictures that begin a
    closed group among open ones. field_order: `tff` or `bff`; has_fields: such pictures are coded as fields. muxer:
    options of the container. sounds: languages. times: the tick of each picture. finish: what is done to the file's
    bytes in the end.

    declined: the code of the reason why this clip is not rendered in part; None where it is. refused: what a refusal
    must say, None where the clip must be rendered. fails: the players that do not show the clip itself right, so that
    nothing can be learnt from them. is_quick: whether `make test` renders it.
    """

    name: str
    traits: str
    codec: str = "libx264"
    samples: str = "yuv420p"
    params: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    again: str | None = None
    muxer: Mapping[str, str] = field(default_factory=dict)
    tag: str = ""
    colour: tuple[int, int, int, int] = (1, 1, 1, 1)
    shape: Fraction | None = None
    rotation: int = 0
    cuts: tuple[int, ...] = ()
    field_order: str = ""
    has_fields: bool = True
    sounds: tuple[str, ...] = ("fra",)
    has_subtitle: bool = False
    has_chapters: bool = False
    has_captions: bool = False
    timecode: str = ""
    times: Callable[[int], int] = even
    finish: Callable[[Path], None] | None = None
    declined: str | None = None
    refused: str | None = None
    fails: frozenset[str] = frozenset()
    is_quick: bool = False

    @property
    def shown(self) -> tuple[int, ...]:
        """The numbers of the pictures that are shown: those before time zero are hidden by an edit list."""
        return tuple(number for number in range(FRAMES) if self.times(number) >= 0)

    @property
    def is_in_order(self) -> bool:
        """Whether no picture is decoded before one that is shown earlier (H.264)."""
        return self.options.get("bf") == "0" or "bframes=0" in self.params or "keyint=1:" in self.params

    def make(self, folder: Path) -> Path:
        path = folder / self.name
        with av.open(str(path), "w", options=dict(self.muxer)) as container:
            container.metadata["title"] = self.name
            if self.has_chapters:
                container.set_chapters([chapter(1, 0, 2500), chapter(2, 2500, 6000)])
            video = self._pictures(container)
            sounds = [self._sound(container, language) for language in self.sounds]
            subtitle = forced(container) if self.has_subtitle else None
            container.mux([self._placed(packet, video) for packet in self._packets(video)])
            for sound in sounds:
                add_sine(container, sound, FRAMES / RATE)
            if subtitle is not None:
                container.mux(words(subtitle))
        if self.finish is not None:
            self.finish(path)
        return path

    def _pictures(self, container: av.container.OutputContainer) -> av.VideoStream:
        video = container.add_stream(self.codec, rate=RATE)
        if self.rotation:
            video.set_display_rotation(self.rotation)
        if self.timecode:
            video.metadata["timecode"] = self.timecode
        video.time_base = CLOCK
        self._set(video.codec_context, self.params)
        return video

    def _set(self, coder: av.VideoCodecContext, params: str) -> None:
        coder.width, coder.height, coder.pix_fmt = WIDTH, HEIGHT, self.samples
        coder.time_base, coder.framerate = Fraction(1, RATE), Fraction(RATE)
        coder.gop_size = GROUP
        options = dict(SETTINGS.get(self.codec, {})) | dict(self.options)
        if self.cuts:
            options["forced-idr"] = "1"
        own = PARAMETERS.get(self.codec)
        if own is not None:
            given = [options.get(own, ""), "" if self.codec == "libsvtav1" else f"keyint={GROUP}:min-keyint={GROUP}"]
            options[own] = ":".join(part for part in (*given, params) if part)
        coder.options = options
        if self.tag:
            coder.codec_tag = self.tag
        if self.shape is not None:
            coder.sample_aspect_ratio = self.shape
        if self.field_order and self.has_fields:
            coder.flags |= av.codec.context.Flags.interlaced_dct | av.codec.context.Flags.interlaced_me
        names = ("color_primaries", "color_trc", "colorspace", "color_range")
        for name, value in zip(names, self.colour, strict=True):
            setattr(coder, name, value)

    def _packets(self, video: av.VideoStream) -> Iterator[av.Packet]:
        if self.again is None:
            yield from self._coded(video.codec_context, range(FRAMES))
            return
        yield from self._coded(video.codec_context, range(FRAMES // 2))
        second = av.CodecContext.create(self.codec, "w")
        self._set(second, self.again)
        yield from self._coded(second, range(FRAMES // 2, FRAMES))

    def _coded(self, coder: av.VideoCodecContext, numbers: range) -> Iterator[av.Packet]:
        """Encoders are told even times, whatever the film's: they plan by none other."""
        marks = marking(self.field_order, self.samples) if self.field_order else None
        for number in numbers:
            picture = frame(number, WIDTH, HEIGHT, self.samples)
            picture.pts, picture.time_base = number, Fraction(1, RATE)
            picture.pict_type = PictureType.I if number in self.cuts else PictureType.NONE
            yield from coder.encode(picture if marks is None else marked(picture, marks))
        yield from coder.encode()

    def _placed(self, packet: av.Packet, video: av.VideoStream) -> av.Packet:
        """A packet of an encoder, whose clock counts pictures, at the film's own times. It is decoded when the picture
        is shown that the encoder's clock names, so never later than it is shown itself."""
        packet.stream, packet.time_base = video, CLOCK
        number = packet.pts
        packet.pts, packet.dts = self.times(number), self.times(packet.dts)
        packet.duration = self.times(number + 1) - packet.pts
        return with_caption(packet) if self.has_captions else packet

    def _sound(self, container: av.container.OutputContainer, language: str) -> av.AudioStream:
        sound = container.add_stream(SUITED_SOUND.get(Path(self.name).suffix, "aac"), rate=48000, layout="stereo")
        sound.metadata["language"] = language
        return sound


def marking(order: str, samples: str) -> av.filter.Graph:
    """Says of each picture which of its fields is first (`tff`, `bff`); its pixels stay."""
    graph = av.filter.Graph()
    source = graph.add_buffer(width=WIDTH, height=HEIGHT, format=samples, time_base=Fraction(1, RATE))
    graph.link_nodes(source, graph.add("setfield", f"mode={order}"), graph.add("buffersink")).configure()
    return graph


def marked(picture: av.VideoFrame, marks: av.filter.Graph) -> av.VideoFrame:
    marks.push(picture)
    return marks.vpull()


def chapter(number: int, start: int, end: int) -> dict[str, object]:
    return {
        "id": number,
        "start": start,
        "end": end,
        "time_base": Fraction(1, 1000),
        "metadata": {"title": f"Part {number}"},
    }


def forced(container: av.container.OutputContainer) -> av.subtitles.stream.SubtitleStream:
    stream = container.add_mux_stream("mov_text")
    stream.time_base = Fraction(1, 1000)
    stream.metadata["language"] = "eng"
    stream.disposition = Disposition.forced
    return stream


def words(stream: av.subtitles.stream.SubtitleStream) -> list[av.Packet]:
    """Two lines of 3GPP timed text: each its length and its letters (3GPP TS 26.245, 5.17)."""
    packets = []
    for number, text in enumerate((b"Bonjour", b"Au revoir")):
        packet = av.Packet(len(text).to_bytes(2, "big") + text)
        packet.stream, packet.time_base = stream, Fraction(1, 1000)
        packet.pts = packet.dts = 1000 + 2000 * number
        packet.duration, packet.is_keyframe = 1500, True
        packets.append(packet)
    return packets
