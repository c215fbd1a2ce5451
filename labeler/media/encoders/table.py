"""Which encoder writes which codec (FFmpeg's names)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from labeler.media.encoders import (
    av1,
    dnxhd,
    ffv1,
    h264,
    hevc,
    jpeg2000,
    mjpeg,
    mpeg2,
    mpeg4,
    prores,
    uncompressed,
    vpx,
)
from labeler.media.encoders.task import Encoder

ENCODERS: Mapping[str, Encoder] = MappingProxyType(
    {
        "h264": h264.ENCODER,
        "hevc": hevc.ENCODER,
        "av1": av1.ENCODER,
        "vp8": vpx.VP8,
        "vp9": vpx.VP9,
        "mpeg2video": mpeg2.ENCODER,
        "mpeg4": mpeg4.ENCODER,
        "mjpeg": mjpeg.ENCODER,
        "jpeg2000": jpeg2000.ENCODER,
        "prores": prores.ENCODER,
        "dnxhd": dnxhd.ENCODER,
        "ffv1": ffv1.ENCODER,
        "v210": uncompressed.V210,
        "rawvideo": uncompressed.RAW,
    }
)
