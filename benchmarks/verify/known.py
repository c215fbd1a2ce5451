"""The reader of a planned mention: presence frame by frame, and what it makes of covers and of other words."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.verify.bars import Count
from benchmarks.verify.footage import SEED, Half
from benchmarks.verify.items import CODECS
from benchmarks.verify.maker import film
from benchmarks.verify.wordings import LISTED
from labeler.layers.mention import burn, matching
from labeler.layers.mention.evidence import Look
from labeler.layers.mention.matching import Location
from labeler.layers.mention.read import read
from labeler.media.frames import FrameReader
from labeler.media.render import render
from labeler.media.survey import survey
from labeler.planning import plan_mention
from labeler.rules.plan import MentionPlan
from labeler.rules.preset import MentionRules
from labeler.rules.presets import load_preset
from labeler.verdict import Status

PRESET = "eu-standard"
SECONDS = 6.0
LOOKED_AT = 24
"""Frames of each clip, with and without the mention."""
ABSENT = 1400
SIZES = ((640, 360), (854, 480), (1280, 720), (1280, 720), (1920, 1080), (1080, 1920))
AFTER = ("h264 crf 18", "h264 crf 23", "h264 crf 28", "h264 crf 35")
"""Coded once more so, as a platform would."""
COVERS = (0.15, 0.2, 0.3, 0.5)
"""Of the text's width."""
COVER_COLOURS = ("black", "0x404040", "gray", "white")
TOLD = ("mention.presence", "mention.wording", "mention.second_reading")
"""The checks that speak of what stands there; size, contrast and time are not in question here."""
LETTERS = "abcdefghiklmnoprstuvz"
MASTER = ("libx264", "-crf", "12", "-preset", "veryfast")


@dataclass(frozen=True)
class Tally:
    present: Count
    absent: Count
    clean: Count
    covered: Count
    other: Count
    letter: Count

    @property
    def counts(self) -> list[Count]:
        return [self.present, self.absent, self.clean, self.covered, self.other, self.letter]


def tally() -> Tally:
    return Tally(
        present=Count("known: frames with the mention that show it", 0.995),
        absent=Count("known: frames without it that show it", 0.0, at_most=True, enough=ABSENT),
        clean=Count("known: untouched mentions that read as planned"),
        covered=Count("known: a cover of 15 to 50 % of its width, caught", 0.98),
        other=Count("known: another wording, accepted", 0.01, at_most=True),
        letter=Count("known: one letter changed, accepted", 0.02, at_most=True),
    )


def measured(count: int, footage: Mapping[str, Path], half: Half, folder: Path) -> list[Count]:
    """Each clip gives LOOKED_AT frames of either kind, and one try of every alteration."""
    dice, found = random.Random(f"{SEED} {half} known"), tally()
    for number in range(count):
        name, size, after = dice.choice(list(footage)), dice.choice(SIZES), dice.choice(AFTER)
        wording, other = dice.sample([text for _, text in LISTED], 2)
        told = f"known{number:03}, {name}, {size[0]}x{size[1]}, {after}, «{wording}»"
        source = folder / "source.mp4"
        film(footage[name], source, size, SECONDS, MASTER)
        one(found, Case(source, wording, other, after, told), dice)
        print(told, file=sys.stderr, flush=True)
    return found.counts


@dataclass(frozen=True)
class Case:
    """source: without a mention. after: the codec of the copy that is read. told: what it is, for people."""

    source: Path
    wording: str
    other: str
    after: str
    told: str


def one(found: Tally, case: Case, dice: random.Random) -> None:
    plan = planned(case.source, case.wording)
    plain = copied(case.source, case.after)
    for shows in presence(plain, plan):
        found.absent.add(shows, case.told)
    burnt = painted(case.source, plan)
    copy = copied(burnt, case.after)
    for shows in presence(copy, plan):
        found.present.add(shows, case.told)
    found.clean.add(not wrong(copy, plan), f"{case.told}: {', '.join(wrong(copy, plan))}")
    share, colour = dice.choice(COVERS), dice.choice(COVER_COLOURS)
    cover = copied(burnt, case.after, covering(plan, burnt, share, colour, dice.random()))
    found.covered.add(bool(wrong(cover, plan)), f"{case.told}: {share:.0%} {colour}")
    for count, text in ((found.other, case.other), (found.letter, changed(case.wording, dice))):
        mine = copied(painted(case.source, planned(case.source, text)), case.after)
        count.add(not wrong(mine, plan), f"{case.told} accepts «{text}»")


def rules_for(text: str) -> MentionRules:
    return load_preset(PRESET).preset.mention.model_copy(update={"text": {"fr": text}})


def planned(source: Path, text: str) -> MentionPlan:
    with FrameReader(source, 0) as frames:
        return plan_mention(frames, 0, rules_for(text), "fr", None)


def painted(source: Path, plan: MentionPlan) -> Path:
    """By labeler's own painter."""
    work = source.with_name("burnt.mp4")
    with FrameReader(source, 0) as frames:
        paint = burn.painter((plan,), frames.format)
    render(source, work, survey(source), paint=paint, container_tags={})
    return work


def copied(path: Path, codec: str, over: str = "null") -> Path:
    """Decoded, filtered and coded anew by ffmpeg."""
    copy = path.with_name("copy.mp4")
    command = ["ffmpeg", "-v", "error", "-y", "-i", str(path), "-vf", over, "-c:v", *CODECS[codec], "-an", str(copy)]
    subprocess.run(command, check=True)
    return copy


def presence(path: Path, plan: MentionPlan) -> list[bool]:
    """Whether each of LOOKED_AT frames, evenly spread, shows it where the plan says."""
    with FrameReader(path, 0) as frames:
        template, radius = matching.template_of(plan, frames.format), matching.radius_for(frames.format)
        look = Look(frames, template, Location(*plan.box[:2]), radius)
        step = max(1, frames.frame_count // LOOKED_AT)
        return [sample.shows for sample in look.at(range(0, frames.frame_count, step))][:LOOKED_AT]


def wrong(path: Path, plan: MentionPlan) -> Sequence[str]:
    """The checks that say that it is not there, or not as planned."""
    with FrameReader(path, 0) as frames:
        checks = read(frames, plan).checks
    return [check.id for check in checks if check.id in TOLD and check.status is Status.FAIL]


def covering(plan: MentionPlan, path: Path, share: float, colour: str, at: float) -> str:
    """A filter that lays an even rectangle over a share of the text's width. at: 0 at its left, 1 at its right end."""
    with FrameReader(path, 0) as frames:
        left, top, right, bottom = matching.template_of(plan, frames.format).inner
    width = round((right - left) * share)
    x = plan.box[0] + left + round((right - left - width) * at)
    return f"drawbox=x={x}:y={plan.box[1] + top}:w={width}:h={bottom - top}:c={colour}:t=fill"


def changed(text: str, dice: random.Random) -> str:
    """One small letter is another one; of ideographs, one of them stands twice in place of its neighbour."""
    places = [at for at, letter in enumerate(text) if letter in LETTERS]
    if not places:
        at = dice.randrange(1, len(text))
        return text[:at] + text[at - 1 if text[at - 1] != text[at] else at - 2] + text[at + 1 :]
    at = dice.choice(places)
    return text[:at] + dice.choice([letter for letter in LETTERS if letter != text[at]]) + text[at + 1 :]
