"""A file in a few lines, for people: its container, its tracks, its chapters. `inventory.py` holds the exact facts."""

from __future__ import annotations

from fractions import Fraction

from pydantic import Field

from labeler.letters import shortened
from labeler.media.inventory import Inventory, PictureFacts, SoundFacts, Track
from labeler.verdict import Frozen

LONGEST = 200
MOST_LISTED = 100
MATRIX_UNSET = "unknown"


class OutlinedTrack(Frozen):
    """One track. `facts`: what matters of its pictures or sound, each short. `seconds`: how long it lasts."""

    index: int
    kind: str
    codec: str
    language: str | None = None
    title: str | None = None
    facts: tuple[str, ...] = ()
    seconds: float | None = None
    captions: int = 0


class OutlinedChapter(Frozen):
    start: float
    end: float
    title: str | None = None


class Outline(Frozen):
    """`left_out`: how many tracks and chapters are not told."""

    container: str
    bytes: int
    seconds: float | None
    timecode: str | None = None
    tags: dict[str, str] = Field(default_factory=dict)
    tracks: tuple[OutlinedTrack, ...] = ()
    chapters: tuple[OutlinedChapter, ...] = ()
    left_out: int = 0


def outline(inventory: Inventory) -> Outline:
    """The short form of an inventory; every text and list in it is bounded."""
    tags = list(inventory.tags.items())
    tracks, chapters = inventory.tracks, inventory.chapters
    return Outline(
        container=inventory.container,
        bytes=inventory.bytes,
        seconds=seconds(inventory.duration),
        timecode=inventory.timecode,
        tags={shortened(name, LONGEST): shortened(value, LONGEST) for name, value in tags[:MOST_LISTED]},
        tracks=tuple(map(outlined, tracks[:MOST_LISTED])),
        chapters=tuple(
            OutlinedChapter(
                start=seconds(one.start) or 0.0, end=seconds(one.end) or 0.0, title=shown(one.tags.get("title"))
            )
            for one in chapters[:MOST_LISTED]
        ),
        left_out=sum(max(0, len(listed) - MOST_LISTED) for listed in (tracks, chapters, tags)),
    )


def outlined(track: Track) -> OutlinedTrack:
    facts = picture_facts(track.picture) if track.picture else sound_facts(track.sound) if track.sound else ()
    return OutlinedTrack(
        index=track.index,
        kind=track.kind,
        codec=track.codec,
        language=shown(track.tags.get("language")),
        title=shown(track.tags.get("title")),
        facts=facts,
        seconds=seconds(track.timestamps.duration),
        captions=track.captions.count if track.captions else 0,
    )


def picture_facts(picture: PictureFacts) -> tuple[str, ...]:
    rate = seconds(picture.frame_rate)
    turned = f"↻ {picture.rotation}°" if picture.rotation else None
    aspect = picture.sample_aspect_ratio
    uneven = f"SAR {aspect}" if aspect != "1:1" else None
    colours = (picture.colour_primaries, picture.colour_transfer, picture.colour_matrix)
    colour = "/".join(dict.fromkeys(colours))
    facts = (
        f"{picture.width} × {picture.height}",
        f"{rate:.5g} fps" if rate else None,
        picture.pixel_format,
        colour if MATRIX_UNSET not in colour else None,
        turned,
        uneven,
    )
    return tuple(fact for fact in facts if fact)


def sound_facts(sound: SoundFacts) -> tuple[str, ...]:
    return f"{sound.rate / 1000:g} kHz", sound.layout or str(sound.channels)


def seconds(fraction: str | None) -> float | None:
    """Seconds from an exact fraction in text, rounded to the microsecond; None for none, or one that is no number."""
    try:
        return round(float(Fraction(fraction)), 6) if fraction else None
    except (ValueError, ZeroDivisionError, OverflowError):
        return None


def shown(text: str | None) -> str | None:
    return shortened(text, LONGEST) if text else None
