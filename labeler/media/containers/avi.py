"""AVI (RIFF with OpenDML) as libavformat writes it."""

from __future__ import annotations

from labeler.media.containers.form import Form, named

AVI = Form(
    name="AVI",
    format="avi",
    video=named("h264 mjpeg mpeg4 ffv1"),
    sound=named("mp3 mp2 ac3 pcm_s16le pcm_s24le pcm_s32le pcm_u8 pcm_alaw pcm_mulaw"),
    own_tags=frozenset({"encoder", "software"}),
)
