"""All containers, by the name that an inventory gives them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from labeler.media.containers import avi, isobmff, matroska, mpegts, mxf
from labeler.media.containers.form import Form
from labeler.media.inventory import Container

FORMS: Mapping[Container, Form] = MappingProxyType(
    {
        "mp4": isobmff.MP4,
        "mov": isobmff.MOV,
        "mkv": matroska.MKV,
        "webm": matroska.WEBM,
        "ts": mpegts.TS,
        "avi": avi.AVI,
        "mxf": mxf.MXF,
    }
)
NAMES = ", ".join(form.name for form in FORMS.values())
