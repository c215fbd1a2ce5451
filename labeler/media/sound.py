"""How the sound of a track is coded, as the head of its file says."""

from __future__ import annotations

import ctypes

from av.audio.layout import AudioLayout
from av.audio.stream import AudioStream

from labeler.media.inventory import SoundFacts


def sound_of(stream: AudioStream) -> SoundFacts | None:
    """None for a codec that libavcodec does not know."""
    context = stream.codec_context
    if context is None:  # which PyAV's types do not say
        return None
    layout = never_freed(context.layout)  # `context.channels` would ask for it, too, and free it
    return SoundFacts(
        rate=context.sample_rate,
        channels=layout.nb_channels,
        layout=layout.name,
        format=context.format.name if context.format is not None else "unknown",
    )


def never_freed(layout: AudioLayout) -> AudioLayout:
    """PyAV's object of a layout with an order of its own (QuickTime's `chan`) shares its memory with the codec context,
    and frees it a second time: the process breaks down (PyAV 18.1, measured). A few bytes a track stay instead."""
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(layout))
    return layout
