"""What a file is judged by: the plan from its record, else from its signed assertion, else from the preset.

A plan says where to look; what is measured there is judged against the preset that was asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Literal

from labeler.errors import SourceMissing, SourceRejected, SourceUnreadable, SourceUnsupported
from labeler.layers.credentials import manifest
from labeler.layers.credentials.read import Sealed, is_vouched_for, mention_assertion_of
from labeler.layers.mention import overlay, typeset
from labeler.layers.mention import read as mention_reader
from labeler.layers.mention.evidence import PRESENT
from labeler.layers.mention.sampling import Frames
from labeler.layers.metadata import vocabulary
from labeler.media.fragments import Gap
from labeler.media.inventory import Inventory
from labeler.media.moving import moving_tracks
from labeler.media.tracks import Tracks
from labeler.release import hash_file, read_record
from labeler.rules import schedule
from labeler.rules.declarations import LoadedDeclaration
from labeler.rules.plan import (
    AigcPlan,
    CredentialsPlan,
    FileReference,
    Interval,
    MentionPlan,
    MetadataPlan,
    PlanItem,
    PresetReference,
    round_up,
)
from labeler.rules.presets import LoadedPreset
from labeler.rules.source_types import Involvement
from labeler.verdict import LayerName, LayerState, Status

Origin = Literal["record", "manifest", "derived", "none"]
Opened = Callable[[int], AbstractContextManager[Frames]]
"""Opens the pictures of one video track."""
LEAST_PROGRAMME = Fraction(1, 2)
"""Least share of a video that its programme fills, to be believed on anyone's word (choice of labeler)."""
BEST_FIRST = (LayerState.PASS, LayerState.WARN, LayerState.FAIL, LayerState.NOT_CHECKED, LayerState.ABSENT)


@dataclass(frozen=True)
class Unplaced:
    """A video track in which the preset has no place for its mention, or which cannot be read, and why."""

    track: int
    reason: str


@dataclass(frozen=True)
class Expectation:
    """`preset` is None when nobody asked for one: then the verdict is what the file discloses. `involvement`: the one
    that the preset is for, None for any. `unplaced`: the tracks that cannot be judged by it."""

    origin: Origin
    item: PlanItem | None
    preset: PresetReference | None
    layers: Mapping[LayerName, str]
    involvement: Involvement | None = None
    unplaced: tuple[Unplaced, ...] = ()

    @property
    def source(self) -> Inventory | None:
        """What the file is compared with: the inventory of its source, from the record of its very bytes."""
        return source_of(self.origin, self.item)


def source_of(origin: Origin, item: PlanItem | None) -> Inventory | None:
    return item.inventory if origin == "record" and item is not None else None


def of_plan(item: PlanItem) -> Expectation:
    """What the gate of `label` expects of its own candidate: the plan that its record will hold."""
    return Expectation("record", item, item.preset, item.layers)


@dataclass(frozen=True)
class Known:
    """The plan that a file's record, or else its intact signed assertion, holds; None where neither does. hashed: the
    file's sha256 and byte count, where there is a record that they had to be compared with."""

    origin: Origin
    item: PlanItem | None
    hashed: tuple[str, int] | None = None


@dataclass(frozen=True)
class Grounds:
    """What is known of a finished file whatever it is judged by, read once. moving: the indexes of its video tracks.
    gaps: what is missing of a film in pieces."""

    path: Path
    sealed: Sealed
    known: Known
    moving: tuple[int, ...]
    tracks: Tracks
    gaps: tuple[Gap, ...] = ()


def grounds_of(sealed: Sealed, records: Path | None = None, gaps: tuple[Gap, ...] = ()) -> Grounds:
    """Raises SourceMissing, SourceUnreadable when the file cannot be opened, and as `Tracks.inventory`."""
    path = sealed.path
    moving, tracks = moving_tracks(path), Tracks(path)  # first: what is no video is an error, and nothing to judge
    known = known_plan(sealed, records)
    if source_of(known.origin, known.item) is not None:
        tracks.survey()
    return Grounds(path, sealed, known, moving, tracks, gaps)


def expect(
    grounds: Grounds,
    preset: LoadedPreset | None,
    declaration: LoadedDeclaration | None = None,
    *,
    opened: Opened | None = None,
    may_be_elsewhere: Callable[[MentionPlan], bool] = lambda plan: True,
) -> Expectation:
    """What this file is judged by, in the order of CONTRACTS section 2. A preset that has no place for its mention in
    these pictures is no fault of the file's that would keep it from being judged: the mention is not checked then.

    opened: where pictures come from; None: from the file. may_be_elsewhere: in a file without a plan, whether a mention
    that is not seen at a glance where the preset would place it is worth looking for all over the pictures.
    """
    origin, item = grounds.known.origin, grounds.known.item
    if preset is None:
        return Expectation(origin, item, None, {})
    opened = opened or grounds.tracks.frames
    reference = PresetReference(id=preset.preset.id, version=preset.preset.version, sha256=preset.sha256)
    layers: dict[LayerName, str] = preset.preset.layers.model_dump()  # type: ignore[assignment]
    places: list[MentionPlan | Unplaced] = []
    planned = item.mention if item is not None else ()
    if item is not None:
        is_vouched = partial(is_vouched_for, grounds.sealed, item)
        places += [measured_against(opened, one, preset, is_vouched) for one in planned]
    if preset.preset.layers.mention != "off":
        # A plan that names fewer tracks than there are asks nothing of the others: the preset does.
        others = [track for track in grounds.moving if all(one.track != track for one in planned)]
        places += [likeliest(opened, track, preset, may_be_elsewhere) for track in others]
    mentions = tuple(place for place in places if isinstance(place, MentionPlan))
    unplaced = tuple(place for place in places if isinstance(place, Unplaced))
    if item is None:
        origin, item = "derived", derived_plan(grounds, preset, reference, mentions)
    else:
        item = judged_by_preset(item, preset, reference, mentions)
    if origin == "record":
        layers["media"] = "required"
    item = item.model_copy(update=declared(item, preset, declaration))
    return Expectation(origin, item, reference, layers, preset.preset.involvement, unplaced)


def known_plan(sealed: Sealed, records: Path | None) -> Known:
    """The plan of these bytes: from their record, else from their intact signed assertion."""
    path = sealed.path
    record = read_record(path, records)
    hashed = hash_file(path) if record is not None and record.output is not None else None
    if record is not None and record.output is not None and hashed is not None and record.output.sha256 == hashed[0]:
        return Known("record", record.plan, hashed)
    assertion = mention_assertion_of(sealed)
    if assertion is None:
        return Known("none", None, hashed)
    return Known("manifest", manifest.plan_from_assertion(assertion, FileReference(file=path.name)), hashed)


def derived_plan(
    grounds: Grounds,
    preset: LoadedPreset,
    reference: PresetReference,
    mention: tuple[MentionPlan, ...],
) -> PlanItem:
    """A plan for a stranger's file."""
    rules = preset.preset
    return PlanItem(
        id="",
        source=FileReference(file=grounds.path.name),
        preset=reference,
        declaration_sha256="",
        output=grounds.path.name,
        layers=rules.layers.model_dump(),
        mention=mention,
        metadata=MetadataPlan(digital_source_type=None, description={}, aigc=any_aigc(preset)),
        credentials=CredentialsPlan(source_type=None, tsa=rules.credentials.tsa, trust=rules.credentials.trust),
    )


def likeliest(
    opened: Opened, track: int, preset: LoadedPreset, may_be_elsewhere: Callable[[MentionPlan], bool]
) -> MentionPlan | Unplaced:
    """The plan in the language whose text reads best where the preset would place it.

    Where none is seen at a glance: of those that may be elsewhere the one that reads best there, else the first.
    """
    try:
        with opened(track) as frames:
            plans = plans_in(preset, track, frames)
            if isinstance(plans, Unplaced):
                return plans
            seen = [mention_reader.glance(frames, plan) for plan in plans]
            best = max(range(len(plans)), key=seen.__getitem__)
            if seen[best] >= PRESENT:
                return plans[best]
            chosen = tuple(filter(may_be_elsewhere, plans)) or plans[:1]
            return min(chosen, key=lambda plan: standing(frames, plan)) if len(chosen) > 1 else chosen[0]
    except (SourceUnsupported, SourceUnreadable) as error:
        return Unplaced(track, error.message)


def standing(frames: Frames, plan: MentionPlan) -> tuple[int, int]:
    """How well this plan's mention reads, wherever it is: the least is best. Of two that are there and wrong, that with
    fewer faults: letters of one language may look a little like those of another."""
    reading = mention_reader.read(frames, plan)
    return BEST_FIRST.index(reading.state), sum(check.status is Status.FAIL for check in reading.checks)


def plans_in(preset: LoadedPreset, track: int, frames: Frames) -> tuple[MentionPlan, ...] | Unplaced:
    """A plan for each language of the preset whose text fits the frame: another cannot be what the file shows. One at
    least; where none fits, why the first does not."""
    plans: list[MentionPlan] = []
    reasons: list[str] = []
    for language in preset.preset.mention.words:
        try:
            plans.append(plan_in(language, preset, track, frames))
        except SourceRejected as error:
            reasons.append(error.message)
    return tuple(plans) or Unplaced(track, next(iter(reasons), ""))


def plan_in(
    language: str, preset: LoadedPreset, track: int, frames: Frames, programme: Interval | None = None
) -> MentionPlan:
    rules = preset.preset.mention
    return typeset.plan_mention(
        rules,
        language=language,
        track=track,
        format=frames.format,
        duration=frames.duration,
        intervals=schedule.intervals_within(rules.timing, frames.duration, programme),
    )


def judged_by_preset(
    item: PlanItem, preset: LoadedPreset, reference: PresetReference, mentions: tuple[MentionPlan, ...]
) -> PlanItem:
    """The plan, with the sizes, places and times of the preset that was asked for, as `mentions` has them.

    Anyone may write a record or sign an assertion that names a preset and asks for less: what counts is the preset.
    A plan of another preset, of other tracks, or one whose programme is not taken for true, is not what the signed
    assertion says, so the two are no longer compared.
    """
    is_whole = [one.track for one in mentions] == [one.track for one in item.mention]
    is_same = item.preset.sha256 == preset.sha256 and all(mention.is_programme_respected for mention in mentions)
    return item.model_copy(
        update={
            "preset": reference,
            "declaration_sha256": item.declaration_sha256 if is_same and is_whole else "",
            "mention": mentions,
            "metadata": with_aigc(item.metadata, item.metadata, preset),
        }
    )


def any_aigc(preset: LoadedPreset) -> AigcPlan | None:
    """What is asked of the key AIGC where nobody says what it held when it was written."""
    return None if preset.preset.metadata.aigc is None else AigcPlan(value=None)


def with_aigc(metadata: MetadataPlan | None, known: MetadataPlan | None, preset: LoadedPreset) -> MetadataPlan | None:
    """The key AIGC as `known` says that it was written; where it says nothing, what the preset asks still counts."""
    if metadata is None:
        return None
    key = known.aigc if known is not None else None
    return metadata.model_copy(update={"aigc": key or any_aigc(preset)})


def measured_against(
    opened: Opened, mention: MentionPlan, preset: LoadedPreset, is_vouched: Callable[[], bool]
) -> MentionPlan | Unplaced:
    """As the preset has it. Of a track that is not there, or that cannot be read, nothing can be measured."""
    languages = [code for code, text in preset.preset.mention.words.items() if text == mention.text]
    try:
        with opened(mention.track) as frames:
            within = believed(mention.programme, frames.duration, is_vouched)
            asked = plan_in((languages or list(preset.preset.mention.words))[0], preset, mention.track, frames, within)
    except SourceMissing:
        raise
    except SourceRejected as error:
        return Unplaced(mention.track, error.message)
    if not languages or not overlay.is_same_kind(mention, asked):
        # Another wording or image than the preset's: what is looked for is the preset's, and it will not be found.
        return asked.model_copy(update={"programme": mention.programme})
    kept = {"safe_area": asked.safe_area, "x_height": asked.x_height, "contrast": asked.contrast}
    kept["size_of"] = asked.size_of
    kept["overlay"] = overlay.judged_by(mention, asked)
    return mention.model_copy(update={**kept, "intervals": asked.intervals, "reading_time": asked.reading_time})


def believed(programme: Interval | None, duration: Fraction, is_vouched: Callable[[], bool]) -> Interval | None:
    """The programme to judge by; None for the whole video.

    No machine can tell that bars are bars: a programme is a statement, and a short one would evade the mention. Up to
    half of a video may be left out on the word of whoever wrote the record or signed; more than that, only where a
    listed signer says so. A programme that lies outside of the video is none.
    """
    if programme is None or not 0 <= programme.start < programme.end <= round_up(duration):
        return None
    is_short = programme.end - programme.start < duration * LEAST_PROGRAMME
    return None if is_short and not is_vouched() else programme


def declared(item: PlanItem, preset: LoadedPreset, declaration: LoadedDeclaration | None) -> dict[str, object]:
    """What a declaration at hand adds to what the metadata and credentials must say."""
    if declaration is None:
        return {}
    metadata = vocabulary.plan_metadata(declaration.declaration, preset.preset.mention.words)
    old = item.credentials or CredentialsPlan(source_type=None)
    return {
        "metadata": with_aigc(metadata, item.metadata, preset),
        "credentials": old.model_copy(update={"source_type": metadata.digital_source_type}),
    }
