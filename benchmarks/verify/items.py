"""The labelled set, drawn from a seed: which clip, which words, how they are drawn, when they show. Nothing is made
here, and one half of the footage and its seed give the same items for ever."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from benchmarks.verify.drawing import CJK, COLOURS, FONTS, PLACES, STYLES, Mention
from benchmarks.verify.footage import SEED, Half
from benchmarks.verify.wordings import CONFUSERS, LISTED, Wording, unlisted

DRAW = 8
"""Raised whenever the readers were changed for what the items before had shown: the table is of others."""
Part = Literal["start", "anywhere", "unlisted", "negative"]
PARTS: tuple[Part, ...] = ("start", "anywhere", "unlisted", "negative")
SIZES = ((640, 360), (854, 480), (1280, 720), (1280, 720), (1920, 1080), (1920, 1080), (1080, 1920), (3840, 2160))
"""Width and height; as often as they stand here."""
PERCENTS = (2.5, 3.5, 5.0, 8.0)
"""Em of the letters, of the short side."""
OPACITIES = (0.5, 0.7, 0.85, 1.0, 1.0)
SHOWN = (2.0, 3.0, 5.0, 10.0)
"""Seconds."""
LENGTHS = (12.0, 30.0, 60.0)
CODECS: Mapping[str, tuple[str, ...]] = {
    "h264 crf 18": ("libx264", "-crf", "18", "-preset", "veryfast"),
    "h264 crf 23": ("libx264", "-crf", "23", "-preset", "veryfast"),
    "h264 crf 28": ("libx264", "-crf", "28", "-preset", "veryfast"),
    "h264 crf 35": ("libx264", "-crf", "35", "-preset", "veryfast"),
    "hevc crf 28": ("libx265", "-crf", "28", "-preset", "ultrafast", "-x265-params", "log-level=error"),
    "vp9 crf 34": ("libvpx-vp9", "-crf", "34", "-b:v", "0", "-deadline", "realtime", "-cpu-used", "8"),
    "mpeg2 q 5": ("mpeg2video", "-q:v", "5", "-g", "12"),
}
"""Options of ffmpeg. A keyframe at the latest every 10 s, as the encoders have it, but for mpeg2."""
NATURAL = 0.2
"""Share of the negatives that nothing is burnt into: the clips as they are."""


@dataclass(frozen=True)
class Item:
    """One clip to be made. mention: what is drawn on it, which is no disclosure where `part` is negative."""

    name: str
    part: Part
    footage: str
    size: tuple[int, int]
    seconds: float
    codec: str
    mention: Mention | None


def items(part: Part, count: int, footage: Sequence[str], half: Half) -> tuple[Item, ...]:
    """The first so many of a part: a smaller count gives the beginning of a larger one."""
    dice = random.Random(f"{SEED} {DRAW} {half} {part}")
    words: tuple[Wording, ...] = {
        "start": LISTED,
        "anywhere": LISTED,
        "unlisted": unlisted(),
        "negative": CONFUSERS,
    }[part]
    deal = list(words)
    dice.shuffle(deal)
    return tuple(item(f"{part}{number:03}", part, deal[number % len(deal)], footage, dice) for number in range(count))


def item(name: str, part: Part, wording: Wording, footage: Sequence[str], dice: random.Random) -> Item:
    clip, size, codec = dice.choice(footage), dice.choice(SIZES), dice.choice(list(CODECS))
    seconds = dice.choice(LENGTHS) if part == "anywhere" and size != (3840, 2160) else LENGTHS[0]
    shown = dice.choice(SHOWN)
    start = 0.0 if part != "anywhere" else round(dice.uniform(0, seconds - shown), 1)
    mention = mention_of(wording, start, start + shown, dice)
    is_bare = part == "negative" and dice.random() < NATURAL
    return Item(name, part, clip, size, seconds, codec, None if is_bare else mention)


def mention_of(wording: Wording, start: float, end: float, dice: random.Random) -> Mention:
    language, text = wording
    return Mention(
        text=text,
        language=language,
        font=dice.choice([CJK] if language == "zh" else FONTS),
        percent=dice.choice(PERCENTS),
        style=dice.choice(STYLES),
        colour=dice.choice(list(COLOURS)),
        opacity=dice.choice(OPACITIES),
        place=dice.choice(list(PLACES)),
        start=start,
        end=end,
    )
