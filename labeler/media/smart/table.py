"""Which codecs smart render knows, and how each is told from its decoder configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from labeler.media.smart.av1 import Av1
from labeler.media.smart.avc import Avc
from labeler.media.smart.coding import Coding
from labeler.media.smart.hevc import Hevc
from labeler.media.smart.vpx import Vp8, Vp9

START_CODES = (b"\0\0\1", b"\0\0\0\1")


def is_record(setup: bytes, least: int) -> bool:
    """Whether it is a record of ISO/IEC 14496-15 and not units between start codes."""
    return len(setup) >= least and not setup.startswith(START_CODES)


CODINGS: Mapping[str, Callable[[bytes], Coding]] = MappingProxyType(
    {
        "h264": lambda setup: Avc(setup, is_record=is_record(setup, 7)),
        "hevc": lambda setup: Hevc(setup, is_record=is_record(setup, 23)),
        "av1": Av1,
        "vp9": Vp9,
        "vp8": Vp8,
    }
)
