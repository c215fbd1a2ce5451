"""A source opened for a look: the mention planned and painted by the very code that labels, one picture at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from labeler.errors import UsageError
from labeler.language import say
from labeler.layers.registry import Paint, painter
from labeler.media.glance import Glance
from labeler.media.picture import Picture
from labeler.planning import DEFAULT_LANGUAGE, about, plan_mention
from labeler.rules.plan import FileReference, Interval, MentionPlan, PlanItem, PresetReference
from labeler.rules.preset import Preset
from labeler.rules.presets import LoadedPreset, load_preset
from labeler.rules.programme import Programme, StartCode, asked, resolve

AT = "--at"


@dataclass(frozen=True)
class Question:
    """What is to be looked at: a source under one preset."""

    source: Path
    preset: str
    language: str | None = None
    program_in: str | None = None
    program_out: str | None = None


@dataclass(frozen=True)
class Shot:
    """One picture as it would be encoded. is_shown: it bears the mention."""

    picture: Picture
    is_shown: bool


@dataclass(frozen=True)
class Scene:
    """A source that is open, and what its preset asks for. mention: None where the preset has none."""

    glance: Glance
    preset: Preset
    mention: MentionPlan | None
    paint: Paint

    @property
    def intervals(self) -> tuple[Interval, ...]:
        return () if self.mention is None else self.mention.intervals

    def at(self, seconds: Fraction) -> Shot:
        """The picture shown at this time, painted. Raises SourceUnreadable where none decodes."""
        picture = self.glance.picture_at(seconds)
        self.paint(picture)
        return Shot(picture, any(interval.holds(picture.seconds) for interval in self.intervals))

    def first_shown(self) -> Fraction:
        """A moment at which the mention is surely seen: the middle of its first interval; of the video without one."""
        first = next(iter(self.intervals), None)
        return self.glance.duration / 2 if first is None else (first.start + first.end) / 2

    def require_inside(self, seconds: Fraction) -> None:
        """Raises UsageError for a moment that the video does not have."""
        if 0 <= seconds < self.glance.duration:
            return
        path, length = self.glance.path, f"{float(self.glance.duration):.3f}"
        raise UsageError(
            say(
                f"{AT} {float(seconds):.3f} lies outside of the video: {path} lasts {length} s.",
                f"{AT} {float(seconds):.3f} est hors de la vidéo : {path} dure {length} s.",
            ),
            remedy=say(
                f"Choose a moment from 0 up to, but not including, {length}.",
                f"Choisissez un instant à partir de 0 et avant {length}.",
            ),
            file=str(path),
        )


@contextmanager
def opened(question: Question) -> Iterator[Scene]:
    """Open the source and plan its mention from the file's head alone.

    Raises PresetError, UsageError (a time that can be none), SourceRejected and its kin (not a video, no layout for
    its shape, too small, a programme that does not fit it).
    """
    programme, loaded = asked(question.program_in, question.program_out), load_preset(question.preset)
    with Glance(question.source) as glance:
        with about(question.source):
            mention = planned(glance, loaded.preset, question.language or DEFAULT_LANGUAGE, programme)
        item = stand_in(question.source, loaded, mention)
        yield Scene(glance, loaded.preset, mention, painter(item, glance.format))


def planned(glance: Glance, preset: Preset, language: str, programme: Programme | None) -> MentionPlan | None:
    if preset.layers.mention == "off":
        return None
    within = None
    if programme is not None:
        within = resolve(programme, glance, StartCode.of(*glance.start_timecode()))
    return plan_mention(glance, glance.track, preset.mention, language, within)


def stand_in(source: Path, loaded: LoadedPreset, mention: MentionPlan | None) -> PlanItem:
    """A plan as far as painters need one: nothing is declared in it, and nothing will be written by it."""
    preset = loaded.preset
    return PlanItem(
        id="",
        source=FileReference(file=str(source)),
        preset=PresetReference(id=preset.id, version=preset.version, sha256=loaded.sha256),
        declaration_sha256="",
        output="",
        layers={"media": "required", **preset.layers.model_dump()},
        mention=() if mention is None else (mention,),
    )
