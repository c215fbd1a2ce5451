"""MXF OP1a (SMPTE ST 377-1, ST 378) as libavformat writes it."""

from __future__ import annotations

from labeler.media.containers.form import Form, named

# Identities of the file and of its packages, and who wrote it: a new file has its own (ST 377-1 annex B.4).
OWN_TAGS = named(
    "encoder uid generation_uid company_name product_name product_version product_version_num product_uid"
    " toolkit_version_num application_platform modification_date material_package_umid file_package_umid"
    " operational_pattern_ul"
)

MXF = Form(
    name="MXF",
    format="mxf",
    video=frozenset({"mpeg2video", "dnxhd"}),
    sound=frozenset({"pcm_s16le", "pcm_s24le"}),
    own_tags=OWN_TAGS,
)
