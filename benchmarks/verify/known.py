"""The reader of a planned mention: presence frame by frame, and what it makes of covers and of other words."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.verify.bars import Count, Try
from benchmarks.verify.footage import SEED, Half
from benchmarks.verify.items import CODECS
from benchmarks.verify.maker import film
from benchmarks.verify.results import Results, Row
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
ABSENT_FRAMES = 1400
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


PRESENT = "known: frames with the mention that show it"
ABSENT = "known: frames without it that show it"
CLEAN = "known: untouched mentions that read as planned"
COVERED = "known: a cover of 15 to 50 % of its width, caught"
OTHER = "known: another wording, accepted"
LETTER = "known: one letter changed, accepted"


def tally() -> dict[str, Count]:
    counts = (
        Count(PRESENT, 0.995),
        Count(ABSENT, 0.0, at_most=True, enough=ABSENT_FRAMES),
        Count(CLEAN),
        Count(COVERED, 0.98),
        Count(OTHER, 0.01, at_most=True),
        Count(LETTER, 0.02, at_most=True),
    )
    return {count.name: count for count in counts}


@dataclass(frozen=True)
class Case:
    """One clip of SECONDS and what is done to it. letter: `wording` with one letter changed. after: the codec of the
    copy that is read. share, colour, at: of the cover (see `covering`)."""

    name: str
    footage: str
    size: tuple[int, int]
    after: str
    wording: str
    other: str
    letter: str
    share: float
    colour: str
    at: float

    @property
    def told(self) -> str:
        return f"{self.name}, {self.footage}, {self.size[0]}x{self.size[1]}, {self.after}, «{self.wording}»"


def cases(count: int, footage: Sequence[str], half: Half) -> tuple[Case, ...]:
    """The first so many: a smaller count gives the beginning of a larger one."""
    dice = random.Random(f"{SEED} {half} known")
    return tuple(case(f"known{number:03}", footage, dice) for number in range(count))


def case(name: str, footage: Sequence[str], dice: random.Random) -> Case:
    clip, size, after = dice.choice(footage), dice.choice(SIZES), dice.choice(AFTER)
    wording, other = dice.sample([text for _, text in LISTED], 2)
    share, colour, at = dice.choice(COVERS), dice.choice(COVER_COLOURS), dice.random()
    return Case(name, clip, size, after, wording, other, changed(wording, dice), share, colour, at)


def measured(count: int, footage: Mapping[str, Path], folder: Path, results: Results) -> list[Count]:
    """Each clip gives LOOKED_AT frames of either kind, and one try of every alteration."""
    found = tally()
    for one in cases(count, list(footage), results.half):
        row = results.take(one.name, partial(row_of, one, footage[one.footage], folder))
        for tried in row.tries:
            found[tried.count].add(tried)
    return list(found.values())


def row_of(case: Case, footage: Path, folder: Path) -> Row:
    source = folder / "source.mp4"
    film(footage, source, case.size, SECONDS, MASTER)
    began = time.process_time()
    tries = tuple(tries_of(case, source))
    cost = time.process_time() - began
    print(f"{case.told}: {cost:.1f} CPU s", file=sys.stderr, flush=True)
    return Row(case.name, tries, cpu=round(cost, 2))


def tries_of(case: Case, source: Path) -> Iterator[Try]:
    """source: the clip, without a mention."""
    plan = planned(source, case.wording)
    yield frames_that_show(ABSENT, presence(copied(source, case.after), plan), case)
    burnt = painted(source, plan)
    copy = copied(burnt, case.after)
    yield frames_that_show(PRESENT, presence(copy, plan), case)
    said = wrong(copy, plan)
    yield Try(CLEAN, not said, told=f"{case.told}: {', '.join(said)}")
    cover = copied(burnt, case.after, covering(plan, burnt, case))
    yield Try(COVERED, bool(wrong(cover, plan)), told=f"{case.told}: {case.share:.0%} {case.colour}")
    for name, text in ((OTHER, case.other), (LETTER, case.letter)):
        mine = copied(painted(source, planned(source, text)), case.after)
        yield Try(name, not wrong(mine, plan), told=f"{case.told} accepts «{text}»")


def frames_that_show(name: str, shows: Sequence[bool], case: Case) -> Try:
    return Try(name, sum(shows), len(shows), f"{case.told}: {sum(shows)} of {len(shows)}")


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


def covering(plan: MentionPlan, path: Path, case: Case) -> str:
    """A filter that lays an even rectangle over a share of the text's width, from its left (0) to its right end (1)."""
    with FrameReader(path, 0) as frames:
        left, top, right, bottom = matching.template_of(plan, frames.format).inner
    width = round((right - left) * case.share)
    x = plan.box[0] + left + round((right - left - width) * case.at)
    return f"drawbox=x={x}:y={plan.box[1] + top}:w={width}:h={bottom - top}:c={case.colour}:t=fill"


def changed(text: str, dice: random.Random) -> str:
    """One small letter is another one; of ideographs, one of them stands twice in place of its neighbour."""
    places = [at for at, letter in enumerate(text) if letter in LETTERS]
    if not places:
        at = dice.randrange(1, len(text))
        return text[:at] + text[at - 1 if text[at - 1] != text[at] else at - 2] + text[at + 1 :]
    at = dice.choice(places)
    return text[:at] + dice.choice([letter for letter in LETTERS if letter != text[at]]) + text[at + 1 :]
