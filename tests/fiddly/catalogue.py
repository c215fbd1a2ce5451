"""The collection: one clip for each trait that a render of a part could trip over. Data only.

What nothing here can make: field pictures of their own (PAFF) beside `h264-fields.mp4`, whose head allows for them and
whose pictures are all frames; and mixed streams of cameras.
"""

from __future__ import annotations

from fractions import Fraction

from tests.fiddly import surgery
from tests.fiddly.film import TICKS, Film
from tests.hostile.atoms import box, full, numbers

FRONT = {"movflags": "+faststart"}
FRAGMENTS = {"movflags": "+frag_keyframe+empty_moov+default_base_moof"}
CHROMIUM = frozenset({"chromium"})
"""It stops where it has sought to a recovery point, or where parameter sets change (measured: 156)."""
STOPPING_AT_PIECES = frozenset({"chromium", "avdec_h264"})
"""GStreamer leaves out what is left of a group of pictures that two pieces share; Chromium seeks to the wrong place in
it (measured: 1.22 and 156)."""
TOO_MANY = "pictures.most"
"""Up to the next picture that nothing reaches across, most would be coded again."""
PQ = (9, 16, 9, 1)
MASTERING = "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400"


APERTURE = box(b"clap", numbers(320, 1, 164, 1, 0, 1, 4, 1))
MONOSCOPIC, SIDE_BY_SIDE = (full(b"st3d", bytes([mode])) for mode in (0, 2))
PROJECTION = box(b"proj", full(b"prhd", bytes(12)) + full(b"equi", bytes(16)))
SPHERICAL = MONOSCOPIC + box(b"sv3d", full(b"svhd", b"a test\0") + PROJECTION)


def varying(number: int) -> int:
    return number * TICKS + number % 3 * 150


def hidden(number: int) -> int:
    """Ten pictures before time zero: the muxer writes an edit list that begins behind them."""
    return (number - 10) * TICKS


def late(number: int) -> int:
    return (number + 10) * TICKS


H264: tuple[Film, ...] = (
    Film("h264-closed.mp4", "closed groups, moov last", is_quick=True),
    Film("h264-front.mp4", "closed groups, moov first", muxer=FRONT),
    Film("h264-closed.mov", "closed groups in MOV"),
    Film(
        "h264-recovery.mp4",
        "open groups: keyframes that are recovery points",
        params="open-gop=1",
        way="full",
        declined=TOO_MANY,
        is_quick=True,
    ),
    Film(
        "h264-recovery-cut.mp4", "open groups between closed ones", params="open-gop=1", cuts=(50, 100), fails=CHROMIUM
    ),
    Film("h264-plain.mp4", "no B pictures", params="bframes=0"),
    Film("h264-pyramid.mp4", "B pictures that others lean on", params="bframes=5:b-adapt=0:b-pyramid=normal:ref=4"),
    Film("h264-baseline.mp4", "Constrained Baseline, CAVLC", options={"profile": "baseline", "bf": "0"}),
    Film("h264-main.mp4", "Main: CABAC without 8x8", options={"profile": "main"}),
    Film("h264-cavlc.mp4", "High with CAVLC, 4 slices a picture", params="cabac=0:slices=4", is_quick=True),
    Film("h264-weights.mp4", "weighted prediction, 6 references", params="weightp=2:ref=6:bframes=3"),
    Film("h264-scaling.mp4", "scaling lists (JVT)", params="cqm=jvt"),
    Film("h264-intra.mp4", "keyframes only", params="keyint=1:min-keyint=1"),
    Film(
        "h264-refresh.mp4",
        "intra refresh: one keyframe in all",
        params="intra-refresh=1",
        way="full",
        declined=TOO_MANY,
    ),
    Film(
        "h264-refresh-many.mp4",
        "recovery points in periodic intra refresh",
        params="intra-refresh=1:bframes=0",
        way="full",
        declined=TOO_MANY,
    ),
    Film(
        "h264-delimiters.mp4",
        "access unit delimiters, picture timing",
        params="aud=1:nal-hrd=vbr:vbv-maxrate=4000:vbv-bufsize=4000",
    ),
    Film("h264-high10.mp4", "High 10", samples="yuv420p10le"),
    Film("h264-422.mov", "High 4:2:2, 10 bit", samples="yuv422p10le"),
    Film("h264-444.mp4", "High 4:4:4", samples="yuv444p"),
    Film("h264-full-range.mp4", "full range", samples="yuvj420p", colour=(1, 1, 1, 2)),
    Film("h264-uneven.mp4", "varying lengths of pictures", times=varying, is_quick=True),
    Film("h264-shape.mp4", "samples of 64:45", shape=Fraction(64, 45)),
    Film("h264-turned.mp4", "display matrix of 180°", rotation=180),
    Film("h264-hidden.mp4", "an edit list hides ten pictures", times=hidden, is_quick=True),
    Film(
        "h264-pieces.mp4",
        "an edit list of two pieces that follow each other",
        finish=surgery.with_two_pieces(),
        fails=STOPPING_AT_PIECES,
        is_quick=True,
    ),
    Film(
        "h264-cut.mp4",
        "an edit list of two pieces that leave pictures out",
        finish=surgery.with_two_pieces(gap=10 * TICKS),
        refused="do not follow each other",
    ),
    Film("h264-aperture.mov", "a clean aperture of 320x164", finish=surgery.with_in_entry(APERTURE), is_quick=True),
    Film("h264-flat.mp4", "a statement that pictures are not stereo", finish=surgery.with_in_entry(MONOSCOPIC)),
    Film(
        "h264-stereo.mp4",
        "stereo side by side",
        finish=surgery.with_in_entry(SIDE_BY_SIDE),
        refused="in one eye only",
    ),
    Film("h264-spherical.mp4", "a 360° projection", finish=surgery.with_in_entry(SPHERICAL), refused="bent by the"),
    Film("h264-late.mp4", "pictures begin 0.4 s after the sound", times=late),
    Film(
        "h264-rich.mov",
        "two sounds, forced subtitle, chapters, time code",
        sounds=("fra", "eng"),
        has_subtitle=True,
        has_chapters=True,
        timecode="01:00:00:00",
        is_quick=True,
    ),
    Film("h264-captions.mp4", "CEA-608 in every picture", has_captions=True),
    Film(
        "h264-mbaff.mp4",
        "interlaced, top first (MBAFF)",
        params="tff=1",
        field_order="tff",
        way="full",
        declined="pictures.fields",
    ),
    Film(
        "h264-mbaff-bff.mov",
        "interlaced, bottom first (MBAFF)",
        params="bff=1",
        field_order="bff",
        way="full",
        declined="pictures.fields",
    ),
    Film(
        "h264-fields.mp4",
        "frames in a sequence that allows for fields",
        params="fake-interlaced=1",
        field_order="tff",
        has_fields=False,
    ),
    Film("h264-unrestricted.mp4", "no bitstream_restriction", sounds=(), finish=surgery.without_restriction),
    Film("h264-moof.mp4", "fragmented", muxer=FRAGMENTS),
    Film("h264-junk.mp4", "free space at the end", finish=surgery.with_junk),
    Film("h264-wide.mp4", "64-bit offsets (co64)", finish=surgery.with_wide_offsets),
    Film(
        "h264-two-entries.mp4",
        "two sample descriptions",
        sounds=(),
        again="cabac=0:ref=1",
        finish=surgery.with_two_descriptions,
        refused="change in mid-stream",
    ),
    Film("h264-changed.mp4", "other parameter sets in mid-stream (avc1)", again="cabac=0:ref=1", fails=CHROMIUM),
    Film(
        "h264-changed-avc3.mp4",
        "other parameter sets in mid-stream (avc3)",
        tag="avc3",
        again="cabac=0:ref=1",
        fails=CHROMIUM,
    ),
    Film("h264-changed.ts", "other parameter sets in mid-stream", again="cabac=0:ref=1"),
    Film("h264-closed.mkv", "closed groups in MKV", is_quick=True),
    Film("h264-recovery.mkv", "open groups in MKV", params="open-gop=1", way="full", declined=TOO_MANY),
    Film("h264-closed.ts", "closed groups in TS"),
    Film("h264-recovery.ts", "open groups in TS", params="open-gop=1", way="full", declined=TOO_MANY),
)

HEVC: tuple[Film, ...] = (
    Film("hevc-closed.mp4", "closed groups, hvc1", codec="libx265", tag="hvc1", is_quick=True),
    Film("hevc-closed.mov", "closed groups in MOV", codec="libx265", tag="hvc1"),
    Film("hevc-hev1.mp4", "hev1", codec="libx265", tag="hev1"),
    Film("hevc-10.mp4", "Main 10", codec="libx265", tag="hvc1", samples="yuv420p10le"),
    Film("hevc-422.mov", "4:2:2, 10 bit", codec="libx265", tag="hvc1", samples="yuv422p10le"),
    Film("hevc-open.mp4", "CRA with RASL", codec="libx265", tag="hvc1", params="open-gop=1", is_quick=True),
    Film(
        "hevc-open-10.mp4",
        "CRA with RASL, 10 bit",
        codec="libx265",
        tag="hvc1",
        samples="yuv420p10le",
        params="open-gop=1",
    ),
    Film("hevc-leading.mp4", "IDR with RADL", codec="libx265", tag="hvc1", params="radl=2"),
    Film("hevc-slices.mp4", "4 slices a picture", codec="libx265", tag="hvc1", params="slices=4"),
    Film("hevc-wavefront.mp4", "no wavefronts, SAO off", codec="libx265", tag="hvc1", params="wpp=0:sao=0"),
    Film(
        "hevc-10-repeated.mp4",
        "HDR10, parameter sets in every keyframe",
        codec="libx265",
        tag="hvc1",
        samples="yuv420p10le",
        colour=PQ,
        params=f"hdr10=1:repeat-headers=1:{MASTERING}",
    ),
    Film("hevc-closed.mkv", "closed groups in MKV", codec="libx265"),
    Film("hevc-open.mkv", "CRA with RASL in MKV", codec="libx265", params="open-gop=1"),
    Film("hevc-closed.ts", "closed groups in TS", codec="libx265"),
    Film("hevc-open.ts", "CRA with RASL in TS", codec="libx265", params="open-gop=1"),
)

OTHERS: tuple[Film, ...] = (
    Film("av1-groups.mp4", "AV1", codec="libsvtav1", is_quick=True),
    Film("av1-10.mkv", "AV1, 10 bit", codec="libsvtav1", samples="yuv420p10le"),
    Film("av1-groups.webm", "AV1 in WebM", codec="libsvtav1"),
    Film("vp9-groups.mp4", "VP9", codec="libvpx-vp9"),
    Film("vp9-groups.mkv", "VP9 in MKV", codec="libvpx-vp9"),
    Film("vp9-groups.webm", "VP9 in WebM", codec="libvpx-vp9"),
    Film("prores.mov", "ProRes 422 HQ", codec="prores_ks", samples="yuv422p10le", way="splice"),
)

FILMS: tuple[Film, ...] = (*H264, *HEVC, *OTHERS)
