"""What this version refuses, by name: every fact of a source that it could not keep whole (DESIGN section 4).

Each reason is one sentence that names the fact, the track, and what to do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from labeler.errors import SourceUnsupported
from labeler.language import say
from labeler.media.boxes import PLAIN_DOLBY_VISION
from labeler.media.coded import MANY_CAPTIONS
from labeler.media.containers.table import FORMS
from labeler.media.encoders.table import ENCODERS
from labeler.media.fact_names import told_as_lost
from labeler.media.frames import WITH_ALPHA
from labeler.media.inventory import Container, Inventory, PictureFacts, Track
from labeler.media.rendering import Way

INTERLACED = frozenset({"h264", "mpeg2video", "prores", "dnxhd", "ffv1"})
"""Codecs whose encoders here write fields as fields."""
UNCOMPRESSED = frozenset({"v210", "rawvideo"})
"""Codecs whose lines stay where they are: what says which field they are of stays too."""
OP1A = "060e2b34040101010d01020101010100"
OP_ATOM = "10"
"""Byte 12 of the label of an operational pattern, as hexadecimal text."""
BLU_RAY_MAP = "256"
"""The PID of the only programme's map."""
COPIED_WHOLE = frozenset({"ts", "avi", "mxf"})
"""Containers that nothing is written into where no picture changes: the file is copied byte by byte."""
LEAVING_OUT = frozenset({"mp4", "mov"})
"""Containers in which libavformat writes no track of which it was handed no packet."""
CARRYING = frozenset({"h264", "hevc", "av1"})
CARRIED = frozenset(
    {
        "HDR10+",
        "active format description",
        "bar data",
        "pan-scan rectangle",
        "time code in the pictures",
        "film grain",
        "knee function",
        "colour remapping",
        "ambient viewing environment",
        "content colour volume",
        "alternative transfer",
        "HDR Vivid",
        MANY_CAPTIONS,
    }
)
"""What rides in the packets of a picture and goes on to the new packet as it is."""
CARRIED_KINDS = ("user data ", "SEI message ", "AV1 metadata ")

XDCAM_CODING = "04010202010403"
"""MPEG-2 4:2:2 profile at high level in groups of pictures: bytes 8 to 14 of the coding's label (SMPTE RP 224)."""
OTHER_TAGS = ("hdv", "mx3", "mx4", "mx5", "xdh", "xdv")
"""How MOV names MPEG-2 of other rates: HDV, IMX, XDCAM HD and EX."""
REPLACING: frozenset[Way] = frozenset({"copy", "splice", "in_place", "smart"})
"""Ways in which libavformat writes no picture where the old boxes stay: what it knows of a codec does not matter."""
PATCHED: Mapping[Container, frozenset[str]] = MappingProxyType(
    {"mxf": frozenset({"dnxhd", "h264"}), "avi": frozenset({"v210", "rawvideo"})}
)
"""Codecs of which pictures in MXF and AVI are written over the old ones."""
BY_PICTURE: Mapping[str, frozenset[Container]] = MappingProxyType(
    dict.fromkeys(("jpeg2000", "rawvideo"), frozenset({"mkv"}))
)
"""Codecs that are written one picture at a time, beside the source's, and never as a whole track: in these containers
besides MP4 and MOV."""
HEADS = frozenset({"parameter change in mid-stream"})
"""What the heads of AVC-Intra pictures tell, which stay as they are."""
SPLICED_WITH_ALPHA = frozenset({("prores", "ap4h"), ("prores", "ap4x")})
"""Codecs and their four characters of which a splice keeps the alpha."""
CHAPTER_TEXT = frozenset({"text", "tx3g", "mov_text", "bin_data"})
UNOPENED = frozenset({"encrypted", "media in another file"})
KEPT_IN_BOXES = frozenset(
    {"ICC profile", "ambient viewing environment", "field of view", "clean aperture", "monoscopic"}
)
FOREIGN_DISPOSITIONS = frozenset({"timed_thumbnails", "dependent", "still_image", "multilayer"})

MOST_TOLD = 8
"""Reasons, and numbers of tracks, that one message holds."""


EVERY_WAY: tuple[Way, ...] = ("full", "smart", "splice", "in_place")
"""Of a deliverable whose pictures change, as they do for nearly every preset: a mere copy keeps everything."""
ANY_WAY: tuple[Way, ...] = (*EVERY_WAY, "copy")


def accept(inventory: Inventory, source: Path, *, ways: tuple[Way, ...] = EVERY_WAY) -> None:
    """Raises SourceUnsupported, naming every fact that this version would lose, if each of these ways loses something.

    What the first of them loses is told; what smart render does where the codec is written in no other way.
    """
    all_reasons = [reasons_to_refuse(inventory, source, way) for way in ways]
    if all(all_reasons):
        reasons = all_reasons[ways.index("smart") if "smart" in ways and _is_by_picture(inventory) else 0]
        told = " ".join(as_told(reasons))
        raise SourceUnsupported(
            say(
                f"{source} cannot be labelled without a loss. {told}",
                f"{source} ne peut pas être étiquetée sans perte. {told}",
            ),
            facts=reasons,
            remedy=say(
                "Deliver the file in a form that labeler can keep whole.",
                "Livrez le fichier sous une forme que labeler peut conserver entière.",
            ),
            file=str(source),
        )


def _is_by_picture(inventory: Inventory) -> bool:
    return any(track.codec in BY_PICTURE for track in inventory.of_kind("video"))


def as_told(reasons: tuple[str, ...]) -> tuple[str, ...]:
    """The first of them: a file made to be tiresome has thousands, and nobody would read on."""
    more = len(reasons) - MOST_TOLD
    if more <= 0:
        return reasons
    return *reasons[:MOST_TOLD], say(f"And {more} more.", f"Et {more} autres.")


def reasons_to_refuse(inventory: Inventory, source: Path, way: Way = "full") -> tuple[str, ...]:
    """One sentence for each fact that this version could not keep, in the order of the tracks; none: accepted."""
    tracks = (reason for track in inventory.tracks for reason in _track(track, inventory, way))
    reasons = [*_film(inventory, way), *tracks]
    return tuple(dict.fromkeys(reasons))


# --- the film ---------------------------------------------------------------------------------------------------------


def _film(inventory: Inventory, way: Way) -> Iterator[str]:
    videos = inventory.of_kind("video")
    if not videos:
        yield say(
            "It has no video track. Name a file with moving pictures.",
            "Il n'y a pas de piste vidéo. Indiquez un fichier avec des images animées.",
        )
    if len(videos) > 1:
        names = ", ".join(str(track.index) for track in videos[:MOST_TOLD]) + (", …" if videos[MOST_TOLD:] else "")
        yield say(
            f"It has {len(videos)} video tracks ({names}). Deliver one video track in each file.",
            f"Il y a {len(videos)} pistes vidéo ({names}). Livrez une piste vidéo par fichier.",
        )
    told = {fact for track in inventory.tracks for fact in track.side_data}
    for fact in (fact for fact in inventory.facts if fact not in told and not _is_patched(inventory, way)):
        yield told_as_lost(say("The file", "Le fichier"), fact)
    for box in () if inventory.is_rewritable else inventory.boxes:
        yield say(
            f"The box {box} is not known to this version and would be lost. Export the file without it.",
            f"La boîte {box} est inconnue de cette version et serait perdue. Exportez le fichier sans elle.",
        )
    if not _is_patched(inventory, way):
        yield from _timecodes(inventory)
    yield from _pattern(inventory, way)
    yield from _blu_ray(inventory, way)


def _blu_ray(inventory: Inventory, way: Way) -> Iterator[str]:
    """libavformat puts the programme's map of a stream with packets of 192 bytes where Blu-ray has it."""
    structure = inventory.structure
    if way != "copy" and structure.get("packet_size") == "192" and structure.get("pmt_pid") != BLU_RAY_MAP:
        yield say(
            f"Its packets are those of Blu-ray (192 bytes), and the map of its programme is not in PID {BLU_RAY_MAP}. "
            "Put its tracks into an ordinary MPEG-TS without encoding them again.",
            f"Ses paquets sont ceux du Blu-ray (192 octets), et la table de son programme n'est pas dans le PID "
            f"{BLU_RAY_MAP}. Mettez ses pistes dans un MPEG-TS ordinaire sans les réencoder.",
        )


def _pattern(inventory: Inventory, way: Way) -> Iterator[str]:
    """MXF: one item in one package (OP1a, SMPTE ST 378) is all that libavformat writes. One track of it (OP-Atom, ST
    390) is shown in the same order, and stays as it is where pictures are written over."""
    label = inventory.tags.get("operational_pattern_ul", OP1A).replace(".", "")
    is_kept = label[24:26] == OP_ATOM and _is_patched(inventory, way)
    if label[24:28] != OP1A[24:28] and not is_kept:
        yield say(
            f"Its operational pattern is not OP1a ({label[24:28]}). Export it as MXF OP1a.",
            f"Son modèle opérationnel n'est pas OP1a ({label[24:28]}). Exportez-la en MXF OP1a.",
        )


def _timecodes(inventory: Inventory) -> Iterator[str]:
    if inventory.is_rewritable:
        return
    tracks = inventory.of_kind("timecode")
    starts = {track.tags.get("timecode") for track in tracks}
    if len(starts) > 1 or any(track.packets > 1 for track in tracks):
        yield say(
            "It has several time codes, and only one start could be kept. Export it with one continuous time code.",
            "Il y a plusieurs codes temporels et un seul début pourrait être conservé. Exportez avec un seul code "
            "temporel continu.",
        )


# --- one track --------------------------------------------------------------------------------------------------------


def _track(track: Track, inventory: Inventory, way: Way) -> Iterator[str]:
    where = say(f"Track {track.index}", f"La piste {track.index}")
    if way == "copy" and (inventory.is_rewritable or inventory.container in COPIED_WHOLE):
        return
    for fact in track.side_data:
        if not _is_kept(track, fact, inventory, way):
            yield told_as_lost(where, fact)
    if track.kind != "video" and (inventory.is_rewritable or _is_patched(inventory, way)):
        return
    foreign = () if inventory.is_rewritable else FOREIGN_DISPOSITIONS.intersection(track.dispositions)
    if foreign:
        yield say(
            f"{where} is marked {', '.join(sorted(foreign))}, which could not be kept. Export the file without it.",
            f"{where} est marquée {', '.join(sorted(foreign))}, ce qui ne pourrait pas être conservé. Exportez sans.",
        )
    if track.kind == "video":
        yield from _video(track, inventory, where, way)
    elif track.kind in ("audio", "subtitle"):
        yield from _copied(track, inventory.container, where)
        if track.packets == 0 and inventory.container in LEAVING_OUT:
            yield say(
                f"{where} is empty, and would be left out where the file is written anew. Export it without.",
                f"{where} est vide, et serait omise là où le fichier est réécrit. Exportez-le sans elle.",
            )
    elif track.kind == "data" or (track.kind == "chapters" and track.codec not in CHAPTER_TEXT):
        yield say(
            f"{where} holds data ({track.codec or 'unknown'}) that would be lost. Export the file without this track.",
            f"{where} contient des données ({track.codec or 'inconnues'}) qui seraient perdues. Exportez le fichier "
            "sans cette piste.",
        )


def _is_kept(track: Track, fact: str, inventory: Inventory, way: Way) -> bool:
    """Smart render carries over what the packets tell of pictures. A rewrite of the boxes keeps all of other tracks but
    what nobody can open, and of the pictures what boxes alone tell and a mention does no harm to."""
    if way == "smart" and track.codec in CARRYING and (fact in CARRIED or fact.startswith(CARRIED_KINDS)):
        return True
    if way == "smart" and inventory.is_rewritable and fact in ("Dolby Vision", PLAIN_DOLBY_VISION):
        return track.codec == "hevc" and PLAIN_DOLBY_VISION in track.side_data
    if way == "in_place" and track.kind == "video" and track.codec == "h264":
        return fact in HEADS or fact in CARRIED or fact.startswith(CARRIED_KINDS)
    if not inventory.is_rewritable and not _is_patched(inventory, way):
        return False
    if track.kind != "video":
        return fact not in UNOPENED
    return fact in KEPT_IN_BOXES and fact in track.in_container


def _is_patched(inventory: Inventory, way: Way) -> bool:
    """Whether all stays byte for byte but the values of pictures: the file is copied, and these written over."""
    return inventory.container in ("mxf", "avi") and way == "in_place"


def _copied(track: Track, container: Container, where: str) -> Iterator[str]:
    form = FORMS[container]
    codecs = form.sound if track.kind == "audio" else form.subtitles
    if not codecs:
        yield say(
            f"{where} is a subtitle, which this version does not write in {form.name}. Deliver it beside the file.",
            f"{where} est un sous-titre, que cette version n'écrit pas en {form.name}. Livrez-le à côté du fichier.",
        )
    elif track.codec not in codecs:
        yield say(
            f"{where} is coded in {track.codec}, which could not be copied into {form.name}. "
            f"Export it in {_some(codecs)}.",
            f"{where} est codée en {track.codec}, qui ne peut pas être copié en {form.name}. "
            f"Exportez-la en {_some(codecs)}.",
        )


def _video(track: Track, inventory: Inventory, where: str, way: Way) -> Iterator[str]:
    picture, form = track.picture, FORMS[inventory.container]
    is_replaced = (
        (inventory.is_rewritable and way in REPLACING and track.codec in ENCODERS)
        or (_is_patched(inventory, way) and track.codec in PATCHED[inventory.container])
        or (way == "smart" and inventory.container in BY_PICTURE.get(track.codec, ()))
    )
    is_written = track.codec in form.video or is_replaced
    if not is_written:
        known = ", ".join(sorted(form.video))
        yield say(
            f"{where} is coded in {track.codec}, which this version does not write in {form.name}. "
            f"Export it in one of these: {known}.",
            f"{where} est codée en {track.codec}, que cette version n'écrit pas en {form.name}. "
            f"Exportez-la dans l'un de ceux-ci : {known}.",
        )
    elif picture is not None and not _has_alpha(picture.pixel_format) and not _is_spliced(track, way):
        yield from _samples(track.codec, picture.pixel_format, where)
    if way == "full" and track.codec == "mpeg2video" and not _is_written_kind(track, inventory):
        yield say(
            f"{where} is MPEG-2 of a kind with a rate of its own (IMX, HDV, XDCAM but HD422 at 50 Mbit/s), which "
            "this version does not write. Export it as XDCAM HD422 at 50 Mbit/s, DNxHD or ProRes.",
            f"{where} est en MPEG-2 d'un type à débit imposé (IMX, HDV, XDCAM autre que HD422 à 50 Mbit/s), que cette "
            "version n'écrit pas. Exportez-la en XDCAM HD422 à 50 Mbit/s, DNxHD ou ProRes.",
        )
    if track.timestamps.count == 0:
        yield say(f"{where} has no pictures. Export it again.", f"{where} n'a pas d'images. Exportez-la de nouveau.")
    if track.hidden and not inventory.is_rewritable and "several edits" not in track.side_data:
        yield say(
            f"{where} hides {track.hidden} pictures behind an edit list, and they would be lost. "
            "Export it trimmed to what is shown.",
            f"{where} cache {track.hidden} images derrière une liste d'édition, et elles seraient perdues. "
            "Exportez-la coupée à ce qui est montré.",
        )
    if picture is not None:
        yield from _picture(picture, track, where, way)
        if _has_alpha(picture.pixel_format) and not (way == "splice" and keeps_alpha(track, inventory)):
            yield told_as_lost(where, "alpha")


def keeps_alpha(track: Track, inventory: Inventory) -> bool:
    """Whether a splice, and no other way in which pictures change, may keep the alpha of these pictures: ProRes 4444 in
    MOV or MP4."""
    picture = track.picture
    return (
        inventory.is_rewritable
        and (track.codec, track.codec_tag) in SPLICED_WITH_ALPHA
        and picture is not None
        and picture.pixel_format in WITH_ALPHA
    )


def _is_written_kind(track: Track, inventory: Inventory) -> bool:
    """Whether the encoder here writes MPEG-2 of this kind, as a label (MXF) or four characters (MOV) name it: pictures
    of another rate or size would stand under a name that they do not have."""
    if inventory.container == "mxf":
        return inventory.structure.get("picture_coding", "")[16:30] == XDCAM_CODING
    return not track.codec_tag.startswith(OTHER_TAGS)


def _is_spliced(track: Track, way: Way) -> bool:
    """Slices of ProRes are written in samples in which no whole picture is."""
    return way == "splice" and track.codec == "prores"


def _picture(picture: PictureFacts, track: Track, where: str, way: Way) -> Iterator[str]:
    if picture.width <= 0 or picture.height <= 0:
        yield say(
            f"{where} has no picture size. Export it again.", f"{where} n'a pas de taille d'image. Exportez-la encore."
        )
    has_fields = track.codec in INTERLACED or (way == "in_place" and track.codec in UNCOMPRESSED)
    if picture.field_order != "progressive" and not has_fields:
        yield say(
            f"{where} is interlaced {track.codec} ({picture.field_order}), which this version does not write. "
            f"Deinterlace it, or export it in one of these: {', '.join(sorted(INTERLACED))}.",
            f"{where} est en {track.codec} entrelacé ({picture.field_order}), que cette version n'écrit pas. "
            f"Désentrelacez-la, ou exportez-la dans l'un de ceux-ci : {', '.join(sorted(INTERLACED))}.",
        )


def _samples(codec: str, pixel_format: str, where: str) -> Iterator[str]:
    known = ENCODERS[codec].samples
    if pixel_format not in known:
        listed = ", ".join(sorted(known))
        yield say(
            f"{where} has the pixel format {pixel_format}, which no encoder of this version writes in {codec} "
            f"(only {listed}). Export it in one of these, or in another codec.",
            f"{where} est au format de pixel {pixel_format}, qu'aucun encodeur de cette version n'écrit en {codec} "
            f"(seulement {listed}). Exportez-la dans l'un d'eux, ou dans un autre codec.",
        )


def _has_alpha(pixel_format: str) -> bool:
    return pixel_format.startswith(("yuva", "gbra", "rgba", "bgra", "argb", "abgr", "ya", "gray8a"))


def _some(codecs: frozenset[str]) -> str:
    usual = ("aac", "ac3", "opus", "pcm_s24le", "mov_text", "subrip", "ass", "webvtt", "dvb_subtitle")
    return ", ".join([codec for codec in usual if codec in codecs] or sorted(codecs))
