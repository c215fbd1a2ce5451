"""Which packets of VP8 and VP9 show a picture: both send reference pictures that are never shown (RFC 6386, 9.1; VP9
bitstream specification, 6.2 and annex B)."""

from __future__ import annotations

HIDING_CODECS = frozenset({"vp8", "vp9"})
VP8_SHOWN = 0x10
SUPERFRAME = 0b110


def is_shown(codec: str, packet: bytes) -> bool:
    """False for a packet that holds only a picture to refer to. codec: `vp8` or `vp9`; any other shows all."""
    if not packet:
        return True
    if codec == "vp8":
        return bool(packet[0] & VP8_SHOWN)
    if codec == "vp9" and packet[-1] >> 5 != SUPERFRAME:
        return _vp9_shown(packet[0], packet[1] if len(packet) > 1 else 0)
    return True


def _vp9_shown(first: int, second: int) -> bool:
    """Bits: marker 10, profile (2, and a reserved one in profile 3), show_existing_frame, frame_type, show_frame."""
    bits = first << 8 | second
    profile = bits >> 13 & 1 | (bits >> 12 & 1) << 1
    at = 10 if profile == 3 else 11  # the place of show_existing_frame, counted from the right
    return bool(bits >> at & 1) or bool(bits >> (at - 2) & 1)
