"""What the sequence parameter set of H.264 and HEVC says of the pictures, and PyAV does not show.

Read from the bytes up to the usability information and no further (ITU-T H.264, 7.3.2.1.1 and E.1.1; H.265, 7.3.2.2 and
E.2.1). What cannot be read is None: then nothing is known, and nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from labeler.media.bits import Bits, Ended

CHROMA_LOCATIONS = ("left", "center", "topleft", "top", "bottomleft", "bottom")
"""FFmpeg's names of chroma_sample_loc_type; without one, it is the first."""
VIDEO_FORMATS = ("component", "pal", "ntsc", "secam", "mac", "undef")
OVERSCAN: Mapping[int | None, str] = MappingProxyType({None: "undef", 0: "show", 1: "crop"})
EXTENDED_SAR = 255
ASPECTS = (
    (0, 0), (1, 1), (12, 11), (10, 11), (16, 11), (40, 33), (24, 11), (20, 11), (32, 11), (80, 33), (18, 11), (15, 11),
    (64, 33), (160, 99), (4, 3), (3, 2), (2, 1),
)  # fmt: skip
"""Shapes of a sample by aspect_ratio_idc (tables E-1 of both standards)."""
UNCROPPED = (0, 0, 0, 0)
UNDESCRIBED = (0, 0, 0, 2, 2)
"""What `_signals` says of a stream that says nothing."""
# H.264 7.3.2.1.1: the profiles whose parameter sets tell of chroma and depth.
HIGH_PROFILES = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})


@dataclass(frozen=True)
class Vui:
    """chroma_location, video_format, overscan: by the names that x264 and x265 take. transfer: number of H.273 table 3.
    display_window: left, right, top, bottom in chroma units (HEVC). delays: bits before `pic_struct` in a picture
    timing message, None where that is not sent. is_frames_only: the sequence has no fields; slice_bits: how many bits
    of a slice's head lie between its third number and what tells of fields (H.264). is_lossless: pictures may be coded
    without any loss (H.264; HEVC says so elsewhere). shape: chroma, depth, size, crop, aspect and colours."""

    chroma_location: str = "left"
    video_format: str = "undef"
    overscan: str = "undef"
    transfer: int = 2
    display_window: tuple[int, int, int, int] | None = None
    delays: int | None = None
    is_frames_only: bool = True
    slice_bits: int = 4
    is_lossless: bool = False
    shape: tuple[int, ...] = ()

    @property
    def picture(self) -> tuple[object, ...]:
        """What pictures are and how they are to be shown: all of it that a player would notice a change of."""
        signals = self.chroma_location, self.video_format, self.overscan, self.transfer, self.display_window
        return (*signals, self.is_frames_only, *self.shape)


def of_h264(unit: bytes) -> Vui | None:
    """From a sequence parameter set with its one-byte head."""
    try:
        return _h264(Bits(unit[1:]))
    except Ended:
        return None


def is_lossless_hevc(unit: bytes) -> bool:
    """Whether a picture parameter set with its two-byte head lets blocks be coded without any loss:
    transquant_bypass_enabled_flag (H.265, 7.3.2.3.1). x265 says so of what is lossless alone."""
    bits = Bits(unit[2:])
    try:
        bits.ue(), bits.ue(), bits.take(7), bits.ue(), bits.ue(), bits.se(), bits.take(2)
        if bits.flag():
            bits.ue()
        bits.se(), bits.se(), bits.take(3)
        return bits.flag()
    except Ended:
        return False


def field_of(unit: bytes, vui: Vui) -> str | None:
    """`top` or `bottom` for a slice of a field that is coded apart (H.264, 7.3.3); None for one of a frame."""
    if vui.is_frames_only:
        return None
    bits = Bits(unit[1:33])
    try:
        bits.ue(), bits.ue(), bits.ue(), bits.take(vui.slice_bits)
        return ("bottom" if bits.flag() else "top") if bits.flag() else None
    except Ended:
        return None


def of_hevc(unit: bytes) -> Vui | None:
    """From a sequence parameter set with its two-byte head."""
    try:
        return _hevc(Bits(unit[2:]))
    except Ended:
        return None


# --- H.264 ------------------------------------------------------------------------------------------------------------


def _h264(bits: Bits) -> Vui:
    profile = bits.take(8)
    bits.take(16)
    bits.ue()
    chroma, planes, depths, is_lossless = 1, 0, (0, 0), False
    if profile in HIGH_PROFILES:
        chroma, planes, depths, is_lossless = read_chroma(bits)
    slice_bits = planes + bits.ue() + 4
    read_picture_order(bits)
    bits.ue(), bits.flag()
    size = bits.ue(), bits.ue()
    frames_only = bits.flag()
    if not frames_only:
        bits.flag()
    bits.flag()
    crop = (bits.ue(), bits.ue(), bits.ue(), bits.ue()) if bits.flag() else UNCROPPED
    shape = (chroma, *depths, *size, *crop)
    if not bits.flag():
        undescribed = (*shape, *UNDESCRIBED)
        return Vui(is_frames_only=frames_only, slice_bits=slice_bits, is_lossless=is_lossless, shape=undescribed)
    overscan, video_format, transfer, chroma_location, described = _signals(bits)
    if bits.flag():
        bits.take(65)
    delays = None
    for _ in range(2):
        if bits.flag():
            delays = _hrd(bits)
    if delays is not None:
        bits.flag()
    return Vui(
        chroma_location=chroma_location,
        video_format=video_format,
        overscan=overscan,
        transfer=transfer,
        delays=(delays or 0) if bits.flag() else None,
        is_frames_only=frames_only,
        slice_bits=slice_bits,
        is_lossless=is_lossless,
        shape=(*shape, *described),
    )


def read_chroma(bits: Bits) -> tuple[int, int, tuple[int, int], bool]:
    """What only the high profiles tell, to the end of the scaling lists: chroma_format_idc, bits of a slice's head that
    name its plane, both depths less 8, and qpprime_y_zero_transform_bypass_flag (7.4.2.1.1: what is quantized by 0 is
    coded without loss)."""
    chroma = bits.ue()
    planes = 2 * bits.flag() if chroma == 3 else 0
    depths = bits.ue(), bits.ue()
    is_lossless = bits.flag()
    if bits.flag():
        for number in range(8 if chroma != 3 else 12):
            if bits.flag():
                _scaling_list(bits, 16 if number < 6 else 64)
    return chroma, planes, depths, is_lossless


def read_picture_order(bits: Bits) -> None:
    """pic_order_cnt_type and what belongs to it."""
    order = bits.ue()
    if order == 0:
        bits.ue()
    elif order == 1:
        bits.flag(), bits.se(), bits.se()
        for _ in range(bits.ue()):
            bits.se()


def _scaling_list(bits: Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.se()) % 256
        last = following or last


def _hrd(bits: Bits) -> int:
    """The bits of both delays of a picture timing message (E.1.2)."""
    count = bits.ue() + 1
    bits.take(8)
    for _ in range(count):
        bits.ue(), bits.ue(), bits.flag()
    bits.take(5)
    delays = bits.take(5) + 1 + bits.take(5) + 1
    bits.take(5)
    return delays


def _signals(bits: Bits) -> tuple[str, str, int, str, tuple[int, ...]]:
    """The beginning of both standards' usability information: overscan, signal type, transfer, chroma location; and by
    their numbers sample aspect ratio, range, primaries and matrix."""
    number = bits.take(8) if bits.flag() else 0
    aspect = (bits.take(16), bits.take(16)) if number == EXTENDED_SAR else ASPECTS[number if number < 17 else 0]
    overscan = OVERSCAN[bits.take(1) if bits.flag() else None]
    video_format, transfer, full, primaries, matrix = 5, 2, 0, 2, 2
    if bits.flag():
        video_format = bits.take(3)
        full = bits.take(1)
        if bits.flag():
            primaries, transfer, matrix = bits.take(8), bits.take(8), bits.take(8)
    top = bottom = 0
    if bits.flag():
        top, bottom = bits.ue(), bits.ue()
    name = CHROMA_LOCATIONS[top] if top < len(CHROMA_LOCATIONS) else str(top)
    location = name if top == bottom else f"{name} and {bottom}"
    return overscan, VIDEO_FORMATS[min(video_format, 5)], transfer, location, (*aspect, full, primaries, matrix)


# --- HEVC -------------------------------------------------------------------------------------------------------------


def _hevc(bits: Bits) -> Vui:
    bits.take(4)
    layers = bits.take(3)
    bits.flag()
    _profile_tier_level(bits, layers)
    bits.ue()
    chroma = bits.ue()
    if chroma == 3:
        bits.flag()
    size = bits.ue(), bits.ue()
    crop = (bits.ue(), bits.ue(), bits.ue(), bits.ue()) if bits.flag() else UNCROPPED
    shape = (chroma, bits.ue(), bits.ue(), *size, *crop)
    order_bits = bits.ue() + 4
    for _ in range(layers + 1 if bits.flag() else 1):
        bits.ue(), bits.ue(), bits.ue()
    for _ in range(6):
        bits.ue()
    if bits.flag() and bits.flag():
        _scaling_list_data(bits)
    bits.flag(), bits.flag()
    if bits.flag():
        bits.take(8), bits.ue(), bits.ue(), bits.flag()
    _reference_sets(bits)
    if bits.flag():
        for _ in range(bits.ue()):
            bits.take(order_bits + 1)
    bits.flag(), bits.flag()
    if not bits.flag():
        return Vui(shape=(*shape, *UNDESCRIBED))
    overscan, video_format, transfer, chroma_location, described = _signals(bits)
    bits.flag(), bits.flag()
    # frame_field_info_present_flag: then pic_struct comes first in a picture timing message.
    delays = 0 if bits.flag() else None
    window = (bits.ue(), bits.ue(), bits.ue(), bits.ue()) if bits.flag() else None
    return Vui(
        chroma_location, video_format, overscan, transfer, window, delays, shape=(*shape, *described)
    )  # fmt: skip


def _profile_tier_level(bits: Bits, layers: int) -> None:
    bits.take(96)
    present = [(bits.flag(), bits.flag()) for _ in range(layers)]
    if layers:
        bits.take(2 * (8 - layers))
    for has_profile, has_level in present:
        bits.take(88 * has_profile + 8 * has_level)


def _scaling_list_data(bits: Bits) -> None:
    for size in range(4):
        for _ in range(2 if size == 3 else 6):
            if not bits.flag():
                bits.ue()
                continue
            if size > 1:
                bits.se()
            for _ in range(min(64, 1 << (4 + (size << 1)))):
                bits.se()


def _reference_sets(bits: Bits) -> None:
    """The short-term reference picture sets (7.3.7): only their lengths matter here."""
    sizes: list[int] = []
    for number in range(bits.ue()):
        if number and bits.flag():
            bits.flag(), bits.ue()
            used = 0
            for _ in range(sizes[-1] + 1):
                is_used = bits.flag()
                used += is_used or bits.flag()
            sizes.append(used)
            continue
        before, after = bits.ue(), bits.ue()
        for _ in range(before + after):
            bits.ue(), bits.flag()
        sizes.append(before + after)
