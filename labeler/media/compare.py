"""Nothing lost: the inventory of an output against that of its source, difference by difference.

An inventory becomes a flat list of facts, each with a path (`audio.1.tags.language`). Two lists are compared, and every
difference that is not allowed is told by its path, with the value before and after. Each check owns some paths.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from fractions import Fraction
from types import MappingProxyType

from labeler.language import say
from labeler.media.inventory import Container, Inventory, Track
from labeler.media.rendering import Rendering
from labeler.verdict import Check, Status

RULE = "labeler: nothing that the source carries is lost or changed (layer media)"

ALLOWED_BY_RENDER: tuple[str, ...] = (
    # The pictures are coded again: other bytes, and the encoder's own choice of keyframes and of reordering.
    "video.*.payload_sha256",
    "video.*.bytes",
    "video.*.picture.keyframe_interval",
    "video.*.picture.reorder",
    # The muxer's own resolution of a clock; that no time moved is proved by the exact times (measured: 1/600 becomes
    # 1/19200 in MP4).
    "*.*.time_base",
    # What a container says of it by itself is rounded, or nothing; the packets' own times are compared, and that what
    # it says is about that long (`is_length_true`).
    "*.*.length",
    # Sound before the first and after the last edit is never heard; the muxer drops the end of it (measured).
    "audio.*.hidden",
    "subtitle.*.hidden",
    # Who wrote the file last, and in which dialect of its format, is told by the muxer in its own name.
    "tags.encoder",
    "tags.software",
    # MXF: the identities of a file and of its packages are those of these very bytes (SMPTE ST 377-1, annex B.4).
    "tags.*uid",
    "*.*umid",
    "tags.company_name",
    "tags.product_*",
    "tags.toolkit_version*",
    "tags.application_platform",
    "tags.modification_date",
    # Its qualifiers say how the file is laid out; that it is OP1a is asked of the source.
    "tags.operational_pattern_ul",
    "tags.major_brand",
    "tags.minor_version",
    "tags.compatible_brands",
    "video.*.tags.vendor_id",
    "video.*.tags.encoder",
    # MP4/MOV: the muxer has one creation time for the film and writes it to every track (measured: one second apart).
    "*.*.tags.creation_time",
    # The Matroska muxer counts a track's duration anew, and rounds it to its own clock.
    "*.*.tags.duration",
    # Statistics that mkvmerge counted over the old bytes would be untrue of the new ones.
    "video.*.tags._statistics_*",
    "video.*.tags.bps*",
    "video.*.tags.number_of_bytes*",
    # A fragmented file is written as a plain one: all tracks, times and tags are compared all the same.
    "is_fragmented",
)
"""The differences between a source and its labelled output that are no loss, each with its reason."""

ALLOWED_BY_REWRITE: tuple[str, ...] = (
    "video.*.payload_sha256",
    "video.*.bytes",
    "video.*.picture.keyframe_interval",
    "video.*.picture.reorder",
    # Who wrote the file last: after us another muxer may.
    "tags.encoder",
)
"""Where the boxes of the source are kept, the pictures alone are others."""
ALLOWED_IN_PICTURES: tuple[str, ...] = ("video.*.payload_sha256", "video.*.bytes", "tags.encoder")
"""Where pictures are replaced one by one, nothing changes in how they follow each other."""
ALLOWED_BY_COPY: tuple[str, ...] = ("tags.encoder",)


def allowed_for(rendering: Rendering) -> tuple[str, ...]:
    """The patterns of facts that may differ in an output that came to be in this way."""
    if not rendering.keeps_boxes:
        return ALLOWED_BY_RENDER
    if rendering.way in ("splice", "in_place"):
        return ALLOWED_IN_PICTURES
    return ALLOWED_BY_COPY if rendering.way == "copy" else ALLOWED_BY_REWRITE


# Which check answers for which facts: the first pattern that fits decides.
CHECKS: tuple[tuple[str, str], ...] = (
    ("*.tags.timecode", "media.timecode"),
    ("*.coded_timecode", "media.timecode"),
    ("timecode*", "media.timecode"),
    ("chapters*", "media.chapters"),
    ("structure.chapters", "media.chapters"),
    ("structure.tags.*", "media.tags"),
    ("tags.*", "media.tags"),
    ("*.*.tags.*", "media.tags"),
    ("*.captions.*", "media.captions"),
    ("*.dynamic_metadata.*", "media.side_data"),
    ("*.side_data.*", "media.side_data"),
    ("*.hidden", "media.side_data"),
    ("facts.*", "media.side_data"),
    ("boxes.*", "media.side_data"),
    ("has_*", "media.side_data"),
    ("*.picture.colour_*", "media.colour"),
    ("*.picture.*mastering_display", "media.colour"),
    ("*.picture.*content_light", "media.colour"),
    ("*.picture.chroma_location", "media.colour"),
    ("*.picture.alternative_transfer", "media.colour"),
    ("*.picture.frame_rate", "media.timestamps"),
    ("*.picture.keyframe_interval", "media.timestamps"),
    ("*.picture.*", "media.picture"),
    ("*.timestamps.*", "media.timestamps"),
    ("*.time_base", "media.timestamps"),
    ("*.length", "media.timestamps"),
    ("*.is_length_true", "media.timestamps"),
    ("duration", "media.timestamps"),
    ("start", "media.timestamps"),
    ("*.packets", "media.packets"),
    ("*.bytes", "media.packets"),
    ("*.payload_sha256", "media.packets"),
    ("*", "media.tracks"),
)
SUBJECTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "media.tracks": ("Tracks, their codecs and dispositions", "Pistes, codecs et dispositions"),
        "media.packets": ("Packets", "Paquets"),
        "media.timestamps": ("Timestamps", "Horodatages"),
        "media.picture": ("Picture size, format and orientation", "Taille, format et orientation de l'image"),
        "media.colour": ("Colour tags", "Étiquettes de couleur"),
        "media.tags": ("Tags", "Étiquettes"),
        "media.chapters": ("Chapters", "Chapitres"),
        "media.timecode": ("Time code", "Code temporel"),
        "media.captions": ("Closed captions", "Sous-titres codés"),
        "media.side_data": ("Side data and boxes", "Données annexes et boîtes"),
    }
)
MADE_AGAIN = ("chapters", "timecode")
"""Kinds of tracks that muxers make again from the chapters and the time code, which are compared themselves."""
MAY_COME = ("is_faststart", "has_xmp", "has_credentials", "*.is_length_true")
"""Facts of yes and no that a label may add, and must not take away."""
GUESSED = 2
"""Pictures of the mean length."""
OFF_BY = Fraction(1, 4), Fraction(1, 20)
"""Seconds, and part of the time that a track's packets take, from which what its container says is another length:
beyond any rounding, and what an encoder puts before its sound."""
NARROWER_PROFILES = frozenset({("Baseline", "Constrained Baseline")})
"""Every decoder of the first plays the second; x264 has no other name for it (measured)."""
NARROW_UNLESS_TOLD = frozenset({"h264", "hevc", "mpeg4"})
"""Codecs whose pictures are of the narrow range where none is told (ITU-T H.264 E.2.1, H.265 E.3.1; 14496-2, 6.3.2)."""
MOST_TOLD = 8

Value = str | int | bool | None
Facts = dict[str, Value]


@dataclass(frozen=True)
class Difference:
    """One fact that differs. None stands for «not there»."""

    path: str
    before: Value
    after: Value

    def __str__(self) -> str:
        return f"{self.path}: {_shown(self.before)} -> {_shown(self.after)}"


def compare(source: Inventory, output: Inventory, *, allowed: tuple[str, ...]) -> tuple[Check, ...]:
    """One check for each subject: `media.tracks`, `media.packets`, … (all of `SUBJECTS`, in that order).

    allowed: patterns (fnmatch) of fact paths that may differ, such as `ALLOWED_BY_RENDER`. Tags that the output has and
    the source has not are no loss. Times must be equal exactly; durations to one tick of the coarser clock, and where
    libavformat guesses how long the last picture lasts to GUESSED pictures (measured: it guesses otherwise, or does
    not, of another file with the same times).
    """
    found: dict[str, list[Difference]] = {name: [] for name in SUBJECTS}
    for difference in differences(source, output, allowed=allowed):
        found[check_of(difference.path)].append(difference)
    return tuple(_check(name, tuple(found[name])) for name in SUBJECTS)


def differences(source: Inventory, output: Inventory, *, allowed: tuple[str, ...]) -> Iterator[Difference]:
    """Every difference that is neither allowed nor an addition of the label's own."""
    seconds = {f"{old.kind}.{old.index}": _tolerance(old, new, source.container) for old, new in paired(source, output)}
    for difference in every_difference(source, output):
        is_allowed = any(fnmatchcase(difference.path, pattern) for pattern in allowed)
        if not is_allowed and not _is_harmless(difference, seconds):
            yield difference


def every_difference(source: Inventory, output: Inventory) -> Iterator[Difference]:
    """All facts that differ, of the files and of the tracks that both have, named by the source's numbers."""
    pairs = paired(source, output)
    before, after = _film(source), _film(output)
    before["order"] = ", ".join(track.kind for track in source.tracks if track.kind not in MADE_AGAIN)
    after["order"] = _order(source, output, pairs)
    for old, new in pairs:
        name = f"{old.kind}.{old.index}"
        before |= {f"{name}.{path}": value for path, value in _track(old, source.container).items()}
        after |= {f"{name}.{path}": value for path, value in _track(new, output.container).items()}
    for path in dict.fromkeys((*before, *after)):
        difference = Difference(path, before.get(path), after.get(path))
        if difference.before != difference.after:
            yield difference


def _is_harmless(difference: Difference, seconds: Mapping[str, Fraction]) -> bool:
    path, before, after = difference.path, difference.before, difference.after
    if ".tags." in f".{path}" and before is None:
        return True
    if path.startswith("structure.") and before is None:
        return True
    if any(fnmatchcase(path, pattern) for pattern in MAY_COME):
        return after is True
    if path.endswith("picture.level"):
        # A lower level plays wherever the stated one does; a higher one may not.
        return isinstance(before, int) and isinstance(after, int) and after <= before
    if path.endswith("picture.profile"):
        return (before, after) in NARROWER_PROFILES
    if path.endswith("duration") and isinstance(before, str) and isinstance(after, str) and ".tags." not in path:
        most = seconds.get(path.removesuffix(".timestamps.duration"), max(seconds.values(), default=Fraction(0)))
        return abs(Fraction(before) - Fraction(after)) <= most
    return False


def _tolerance(old: Track, new: Track, container: Container) -> Fraction:
    """Seconds by which durations of a track may differ. Matroska tells the length of all pictures or of none, and what
    it tells is kept byte for byte; of pictures that last unequally, libavformat hands on no container's word."""
    tick = max(Fraction(old.time_base), Fraction(new.time_base))
    times = old.timestamps
    is_told = times.is_steady and container not in ("mkv", "webm")
    if old.kind != "video" or is_told or times.count < 2 or times.first is None or times.last is None:
        return tick
    return max(tick, GUESSED * (Fraction(times.last) - Fraction(times.first)) / (times.count - 1))


# --- facts with paths -------------------------------------------------------------------------------------------------


def _film(inventory: Inventory) -> Facts:
    facts: Facts = {
        "container": inventory.container,
        "duration": inventory.duration,
        "start": inventory.start,
        "timecode": inventory.timecode,
        "timecode_rate": inventory.timecode_rate,
        "has_xmp": inventory.has_xmp,
        "has_credentials": inventory.has_credentials,
        "is_fragmented": inventory.is_fragmented,
        "is_faststart": inventory.is_faststart,
        "chapters": len(inventory.chapters),
    }
    facts |= _tags(inventory.tags, "")
    facts |= {f"structure.{name}": value for name, value in inventory.structure.items()}
    facts |= {f"boxes.{box}": True for box in inventory.boxes} | {f"facts.{fact}": True for fact in inventory.facts}
    for number, chapter in enumerate(inventory.chapters):
        facts |= {f"chapters.{number}.start": chapter.start, f"chapters.{number}.end": chapter.end}
        facts |= _tags(chapter.tags, f"chapters.{number}.")
    return facts


def _track(track: Track, container: Container) -> Facts:
    """Matroska has names for codecs and needs no four characters; old files keep those of AVI there (measured)."""
    facts: Facts = {
        "codec": track.codec,
        "codec_tag": track.codec_tag if container not in ("mkv", "webm") else "",
        "time_base": track.time_base,
        "packets": track.packets,
        "bytes": track.bytes,
        "payload_sha256": track.payload_sha256,
        "dispositions": ", ".join(sorted(track.dispositions)),
        "hidden": track.hidden,
        "length": track.length,
        "is_length_true": is_length_true(track),
        "coded_timecode": track.coded_timecode,
    }
    for name, part in (
        ("timestamps", track.timestamps),
        ("picture", track.picture),
        ("sound", track.sound),
        ("captions", track.captions),
        ("dynamic_metadata", track.dynamic_metadata),
    ):
        if part is not None:
            facts |= {f"{name}.{key}": value for key, value in part.model_dump().items()}
    if facts.get("picture.colour_range") == "unknown" and track.codec in NARROW_UNLESS_TOLD:
        facts["picture.colour_range"] = "tv"
    facts |= {f"side_data.{name}": True for name in track.side_data}
    return facts | _tags(track.tags, "")


def is_length_true(track: Track) -> bool:
    """Whether the length that the container tells, if it does, is about that of the packets: players show it."""
    if track.length is None or track.timestamps.duration is None:
        return True
    taken = Fraction(track.timestamps.duration)
    return abs(Fraction(track.length) - taken) <= max(OFF_BY[0], OFF_BY[1] * taken)


def _tags(tags: Mapping[str, str], prefix: str) -> Facts:
    """Tags by lower-case name (Matroska shouts). «und» and no language are one; times are compared as times."""
    facts: Facts = {}
    for key, value in tags.items():
        name = key.lower()
        if name == "timecode" or (name == "language" and value == "und"):
            continue
        facts[f"{prefix}tags.{name}"] = _as_time(value) if name == "creation_time" else value
    return facts


def _as_time(value: str) -> str:
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        return value
    return (time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)).isoformat()


# --- which track is which ---------------------------------------------------------------------------------------------


def paired(
    source: Inventory, output: Inventory, *, leaving_out: tuple[str, ...] = MADE_AGAIN
) -> tuple[tuple[Track, Track], ...]:
    """Each track of the source with its copy: the one with the same bytes, else the next one of its kind.

    leaving_out: kinds of tracks that are not asked for.
    """
    left = [track for track in output.tracks if track.kind not in leaving_out]
    pairs: dict[int, Track] = {}
    wanted = [track for track in source.tracks if track.kind not in leaving_out]
    for by_bytes in (True, False):
        for track in wanted:
            if track.index in pairs:
                continue
            copy = next((new for new in left if _fits(track, new, by_bytes=by_bytes)), None)
            if copy is not None:
                pairs[track.index] = copy
                left.remove(copy)
    return tuple((track, pairs[track.index]) for track in wanted if track.index in pairs)


def _fits(old: Track, new: Track, *, by_bytes: bool) -> bool:
    if old.kind != new.kind:
        return False
    return not by_bytes or (old.payload_sha256 == new.payload_sha256 and old.codec == new.codec)


def _order(source: Inventory, output: Inventory, pairs: tuple[tuple[Track, Track], ...]) -> str:
    """The kinds of the output's tracks in their order; where two of one kind changed places, with their numbers."""
    numbers = [new.index for _, new in pairs]
    kinds = ", ".join(track.kind for track in output.tracks if track.kind not in MADE_AGAIN)
    return kinds if numbers == sorted(numbers) else f"{kinds} ({', '.join(map(str, numbers))})"


# --- checks -----------------------------------------------------------------------------------------------------------


def check_of(path: str) -> str:
    return next(check for pattern, check in CHECKS if fnmatchcase(path, pattern))


def _check(name: str, found: tuple[Difference, ...]) -> Check:
    subject_en, subject_fr = SUBJECTS[name]
    tracks = {
        int(part[1])
        for part in (difference.path.split(".") for difference in found)
        if part[1:2] and _is_number(part[1])
    }
    told = "; ".join(str(difference) for difference in found[:MOST_TOLD])
    more = f" (+{len(found) - MOST_TOLD})" if len(found) > MOST_TOLD else ""
    return Check(
        id=name,
        layer="media",
        status=Status.FAIL if found else Status.PASS,
        track=tracks.pop() if len(tracks) == 1 else None,
        measured=[str(difference) for difference in found] if found else 0,
        expected=0,
        unit="differences",
        source=RULE,
        message=say(
            f"{subject_en} differ from the source: {told}{more}." if found else f"{subject_en}: as in the source.",
            f"{subject_fr} : différences avec la source : {told}{more}."
            if found
            else f"{subject_fr} : comme dans la source.",
        ),
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _shown(value: Value) -> str:
    if value is None:
        return say("(none)", "(rien)")
    text = str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
