"""Which MP4/MOV boxes are safe: what libavformat keeps, writes again, or may drop without any loss. A table, no code.

`KNOWN` names the children that each box may hold. Whatever stands in no list is reported by its path and refused
(DESIGN section 4.2): libavformat would drop it without a word. Sources: ISO/IEC 14496-12 and -14 and -15, QuickTime
File Format, and libavformat's mov demuxer and muxer (what they read into tags and write back).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

PADDING = "free skip wide"


def _named(*lists: str) -> frozenset[str]:
    return frozenset(f"{name:<4}" for part in lists for name in part.split())


# Text atoms that libavformat reads into tags (mov_read_udta_string); whether a tag survives is the business of the
# comparison of tags. `\xa9` stands for ©.
_COPYRIGHT = "ART PRD alb aut chp cmt com cpy day dir dis ed1 enc fmt gen grp hst inf lyr mak mod nam ope prd prf req"
_COPYRIGHT += " src st3 swr too trk url wrn wrt xyz"
_READ_AS_TAG = "@PRM @PRQ aART akID apID catg cpil cprt desc disk egid FIRM gnre hdvd keyw ldes loci manu modl pcst"
_READ_AS_TAG += " pgap purd rtng soaa soal soar soco sonm sosn stik trkn tven tves tvnn tvsh tvsn"
TEXTS = _named(_READ_AS_TAG) | frozenset("\xa9" + name for name in _COPYRIGHT.split())

KNOWN: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        # `mfra`, `sidx` and `ssix` are indexes, `pdin` a hint for downloads, `pnot` points to a preview of Mac OS 9.
        "": _named(PADDING, "ftyp styp moov mdat moof mfra sidx ssix pdin uuid"),
        "moov": _named(PADDING, "mvhd iods trak udta meta mvex"),
        "mvex": _named(PADDING, "mehd trex"),
        "trak": _named(PADDING, "tkhd edts mdia tref udta tapt load"),
        "tapt": _named("clef prof enof"),
        "edts": _named("elst"),
        # The muxer writes references to chapters and time codes again, and no others.
        "tref": _named("chap tmcd"),
        "mdia": _named(PADDING, "mdhd hdlr minf"),
        "minf": _named(PADDING, "vmhd smhd nmhd sthd gmhd hdlr dinf stbl"),
        "gmhd": _named("gmin text tmcd"),
        "dinf": _named("dref"),
        # `subs`, `padb`, `stdp` and auxiliary information (`saiz`, `saio`) are missing here on purpose.
        "stbl": _named(PADDING, "stsd stts ctts cslg stss stps sdtp stsz stz2 stsc stco co64 stsh sgpd sbgp"),
        "moof": _named(PADDING, "mfhd traf"),
        "traf": _named(PADDING, "tfhd tfdt trun sdtp sbgp sgpd"),
        "udta": _named(PADDING, "meta name chpl kind XMP_") | TEXTS,
        "meta": _named(PADDING, "hdlr ilst keys"),
        # What describes the coded pictures; `ctab`, `gama` and the like are missing here on purpose.
        "vide": _named(
            PADDING,
            "avcC hvcC pasp colr btrt fiel chrm esds av1C vpcC mdcv clli SmDm CoLL ACLR APRG ARES ADHR FIEL clap st3d "
            "glbl",
        ),
        "soun": _named(PADDING, "esds wave chan chnl btrt srat dac3 dec3 dOps dfLa alac pcmC damr frma enda glbl"),
        # Codec set-up inside QuickTime's `wave`; it ends with a box of type zero.
        "wave": _named("frma esds enda mp4a chan alac dac3 dec3 srat \0\0\0\0"),
        "text": _named(PADDING, "ftab btrt"),
        "tmcd": _named(PADDING, "name"),
    }
)

CONTAINERS = frozenset({"moov", "mvex", "trak", "tapt", "edts", "tref", "mdia", "minf", "gmhd", "dinf", "stbl"}) | {
    "moof",
    "traf",
    "udta",
    "meta",
    "wave",
}
"""Boxes that the walker goes into; `stsd` and its entries are read by their own rules."""

HARMLESS: Mapping[tuple[str, str], tuple[bytes, ...]] = MappingProxyType(
    {
        # A camera's constant marks, accepted by their exact bytes only: they say the same in every file (measured).
        ("udta", "SDLN"): (b"SEQ_PLAY",),
        ("udta", "smrd"): (b"TRUEBLUE",),
        ("udta", "smta"): (b"\0\0\0\0",),
        ("trak", "tgas"): (b"\0\0\0\0\0\0",),
        # QuickTime Player's window, loop and selection settings at their defaults.
        ("udta", "WLOC"): (b"\0\0\0\0",),
        ("udta", "AllF"): (b"\0",),
        ("udta", "SelO"): (b"\0",),
        # No more than the empty list that ends QuickTime user data.
        ("udta", "\0\0\0\0"): (b"",),
    }
)

FACTS: Mapping[str, str] = MappingProxyType(
    {
        "hvcE": "Dolby Vision enhancement layer",
        "avcE": "Dolby Vision enhancement layer",
        "amve": "ambient viewing environment",
        "vexu": "stereo 3D",
        "lhvC": "stereo 3D",
        "hfov": "field of view",
        "sv3d": "spherical",
        "SA3D": "spatial audio",
        "sinf": "encrypted",
        "senc": "encrypted",
        "pssh": "encrypted",
        "auxi": "alpha",
    }
)
"""Boxes that say what this version refuses, by the name that the refusal gives them."""

DOLBY_VISION = frozenset({"dvcC", "dvvC", "dvwC"})
"""Boxes that tell which profile of Dolby Vision it is."""
PLAIN_DOLBY_VISION = "Dolby Vision over a plain layer"
"""The profile whose pictures are HDR10, HLG or SDR by themselves."""

SPHERICAL_UUID = bytes.fromhex("ffcc8263f8554a938814587a02521fdd")
XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
CREDENTIALS_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
