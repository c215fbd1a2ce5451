"""Planning: source + preset + declaration -> a plan item. Reads the source; writes nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from labeler.errors import DeclarationError, PresetError, SourceRejected
from labeler.language import say
from labeler.layers.credentials import masters
from labeler.layers.mention import typeset
from labeler.layers.metadata import aigc, elsewhere, vocabulary
from labeler.layers.registry import LAYERS, changes_of
from labeler.media import accept, planner, survey
from labeler.media.compare import allowed_for
from labeler.media.inventory import Inventory
from labeler.media.job import Job
from labeler.media.open import expect_name
from labeler.media.picture import PictureFormat
from labeler.media.rendering import Mode, Rendering
from labeler.media.survey import Surveyed
from labeler.media.video import Video
from labeler.media.ways import segmented
from labeler.progress import Progress, silent
from labeler.release import hash_file
from labeler.rules import record, schedule
from labeler.rules.declaration import Declaration
from labeler.rules.declarations import LoadedDeclaration
from labeler.rules.plan import (
    AISystem,
    CredentialsPlan,
    FileReference,
    Interval,
    MentionPlan,
    MetadataPlan,
    PlanItem,
    PresetReference,
)
from labeler.rules.preset import MentionRules, Preset
from labeler.rules.presets import LoadedPreset
from labeler.rules.programme import Programme, StartCode, resolve
from labeler.rules.source_types import SOURCE_TYPE_PREFIX, suits

DEFAULT_LANGUAGE = "fr"
WRITTEN = frozenset(layer.name for layer in LAYERS)


@dataclass(frozen=True)
class Source:
    """A source that was read and accepted: its facts, its hash, and nothing of a preset. surveyed: what was learnt of
    it on the way, so that it is opened once."""

    path: Path
    surveyed: Surveyed
    reference: FileReference

    @property
    def inventory(self) -> Inventory:
        return self.surveyed.inventory


def read_source(path: Path, *, progress: Progress = silent, may_copy: bool = False) -> Source:
    """Survey, accept and hash a source once, for all its presets. may_copy: one of them changes no picture, so that it
    is too early to refuse what a copy keeps (see `plan`).

    Raises SourceMissing, SourceUnreadable, SourceUnsupported, SourceRejected (its own credentials say it was altered).
    """
    surveyed = survey.read(path, progress=progress)
    inventory = surveyed.inventory
    expect_name(path, inventory.format)
    accept.accept(inventory, path, ways=accept.ANY_WAY if may_copy else accept.EVERY_WAY)
    masters.refuse(path)
    digest, count = hash_file(path, lambda done: progress("probe", min(1.0, done / max(1, inventory.bytes))))
    return Source(path, surveyed, FileReference(file=str(path), sha256=digest, bytes=count))


def plan(
    source: Source,
    preset: LoadedPreset,
    declaration: LoadedDeclaration,
    output: Path,
    *,
    language: str | None = None,
    programme: Programme | None = None,
    mode: Mode = "auto",
    segments: int = 1,
) -> PlanItem:
    """Resolve one output to exact pixels, times and fields. programme: the part that is to be labelled, None for all.
    mode: how it may be rendered. segments: into how many a full render is cut, where it can be.

    Raises PresetError (no text in that language, a glyph missing), SourceRejected (no layout holds this frame, or
    the programme does not fit it), FrameTooSmall, DeclarationError (preset and declaration disagree), SourceUnsupported
    (no way of rendering that is left keeps all of it).
    """
    agree(preset, declaration)
    refuse_unwritten_layers(preset)
    rules = preset.preset
    if changes_pictures(rules):
        accept.accept(source.inventory, source.path)
    wanted = language or declaration.declaration.work.language or DEFAULT_LANGUAGE
    metadata = plan_metadata(source, rules, declaration.declaration, wanted)
    videos = source.surveyed.videos
    formats = {track: video.format for track, video in videos.items()}
    mention = (
        plan_mentions(videos, source.path, source.inventory, rules.mention, wanted, programme)
        if rules.layers.mention != "off"
        else ()
    )
    item = PlanItem(
        id=record.item_id(str(source.path), rules.id, str(output)),
        source=source.reference,
        preset=PresetReference(id=rules.id, version=rules.version, sha256=preset.sha256),
        declaration_sha256=declaration.sha256,
        output=str(output),
        layers={"media": "required", **rules.layers.model_dump()},
        mention=mention,
        metadata=metadata if rules.layers.metadata != "off" else None,
        credentials=plan_credentials(preset, declaration, metadata) if rules.layers.credentials != "off" else None,
        inventory=source.inventory,
    )
    rendering = plan_rendering(source, item, mode, formats, segments)
    return item.model_copy(update={"rendering": rendering, "allowed": allowed_for(rendering)})


def changes_pictures(rules: Preset) -> bool:
    """Whether a preset asks for a layer that this version writes into the pictures."""
    return any(layer.stage == "pixels" and getattr(rules.layers, layer.name) != "off" for layer in LAYERS)


def plan_rendering(
    source: Source, item: PlanItem, mode: Mode, formats: Mapping[int, PictureFormat], segments: int = 1
) -> Rendering:
    """Which packets of the video will be new. Raises SourceUnsupported."""
    (track,) = source.inventory.of_kind("video")
    changes = changes_of(item, formats[track.index])
    job = Job.planned(source.path, source.inventory, track, changes, mode, source.surveyed.boxes)
    return segmented.cut(job, planner.choose(job), segments)


def agree(preset: LoadedPreset, declaration: LoadedDeclaration) -> None:
    """A preset may fix the involvement; a declaration that says otherwise is a mistake of one of the two."""
    fixed, ai = preset.preset.involvement, declaration.declaration.ai
    if fixed is None:
        return
    stated = vocabulary.source_type_of(ai.involvement, ai.source_type)
    if fixed == ai.involvement and suits(fixed, stated):
        return
    said = ai.involvement if fixed != ai.involvement else stated.removeprefix(SOURCE_TYPE_PREFIX)
    raise DeclarationError(
        say(
            f"The preset {preset.preset.id} is for AI involvement «{fixed}», the declaration says «{said}».",
            f"Le préréglage {preset.preset.id} vaut pour « {fixed} », la déclaration dit « {said} ».",
        ),
        remedy=say("Choose a preset that fits the declaration.", "Choisissez un préréglage conforme à la déclaration."),
    )


def refuse_unwritten_layers(preset: LoadedPreset) -> None:
    """A layer that a preset requires and this version cannot write would only fail at the gate."""
    for name, asked in preset.preset.layers.model_dump().items():
        if asked == "required" and name not in WRITTEN:
            raise PresetError(
                say(
                    f"The preset {preset.preset.id} requires the layer {name}, which this version cannot write.",
                    f"Le préréglage {preset.preset.id} exige la couche {name}, que cette version ne sait pas écrire.",
                )
            )


def plan_metadata(source: Source, rules: Preset, declaration: Declaration, language: str) -> MetadataPlan:
    metadata = vocabulary.plan_metadata(declaration, rules.mention.words, language)
    form = rules.metadata.aigc
    if rules.layers.metadata != "off":
        elsewhere.refuse_contradiction(metadata, source.inventory, str(source.path))
    if form is None or rules.layers.metadata == "off":
        return metadata
    key = aigc.plan_aigc(form, declaration, source.inventory, source.reference.sha256 or "", str(source.path))
    return metadata.model_copy(update={"aigc": key})


def plan_mentions(
    videos: Mapping[int, Video],
    path: Path,
    inventory: Inventory,
    rules: MentionRules,
    language: str,
    programme: Programme | None,
) -> tuple[MentionPlan, ...]:
    """One mention for each video track, by its index; attached pictures carry none (DESIGN section 4.4)."""
    mentions = []
    start = StartCode.of(inventory.timecode, inventory.timecode_rate)
    for track, video in videos.items():
        with about(path):
            within = resolve(programme, video, start) if programme is not None else None
            mentions.append(plan_mention(video, track, rules, language, within))
    return tuple(mentions)


class Film(Protocol):
    """What is needed to know of a video track, from whoever read it: all its packets, or its head alone."""

    @property
    def format(self) -> PictureFormat: ...
    @property
    def duration(self) -> Fraction: ...


def plan_mention(film: Film, track: int, rules: MentionRules, language: str, programme: Interval | None) -> MentionPlan:
    """The mention of one video track. Raises as `plan` does, without the file's name (see `about`)."""
    return typeset.plan_mention(
        rules,
        language=language,
        track=track,
        format=film.format,
        duration=film.duration,
        intervals=schedule.intervals_within(rules.timing, film.duration, programme),
        programme=programme,
    )


@contextlib.contextmanager
def about(path: Path) -> Iterator[None]:
    """Put the file's name into what a layer, which knows no files, says of its picture."""
    try:
        yield
    except SourceRejected as error:
        if error.file is None:
            error.message, error.file = say(f"{path}: {error.message}", f"{path} : {error.message}"), str(path)
        raise


def plan_credentials(preset: LoadedPreset, declaration: LoadedDeclaration, metadata: MetadataPlan) -> CredentialsPlan:
    ai = declaration.declaration.ai
    return CredentialsPlan(
        source_type=metadata.digital_source_type,
        systems=tuple(
            AISystem(name=system.name, version=system.version, provider=system.provider, task=system.task)
            for system in ai.system
        ),
        oversight=ai.oversight,
        tsa=preset.preset.credentials.tsa,
        trust=preset.preset.credentials.trust,
    )
