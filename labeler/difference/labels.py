"""Which labels a file carries in each layer, and what became of them in another."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from labeler.errors import SourceRejected
from labeler.expectation import Expectation, known_plan
from labeler.layers.credentials.identity import home
from labeler.layers.credentials.read import Sealed, beside
from labeler.layers.credentials.trust import Trust, load_trust
from labeler.layers.metadata.vocabulary import AIGC
from labeler.layers.registry import Evidence, read_mention
from labeler.media.frames import FrameReader
from labeler.media.tracks import Tracks
from labeler.progress import Progress
from labeler.rules.difference import ComparedLabel, LabelName, LabelState
from labeler.rules.plan import PlanItem
from labeler.verdict import FoundMention, Integrity, LayerReading, LayerState, Verdict
from labeler.verification import Subject, judge_file


@dataclass(frozen=True)
class Labels:
    """What one file discloses. mention: None where nothing tells where it would be."""

    verdict: Verdict
    mention: LayerReading | None

    @property
    def credentials(self) -> dict[str, Any] | None:
        found, verdict = self.verdict.found.credentials, self.verdict
        if verdict.integrity is Integrity.UNSIGNED:
            return None
        return {
            "integrity": verdict.integrity.value,
            "trust": verdict.trust.value,
            "signer": found.signer,
            "embedded": found.embedded,
            "manifests": found.manifests,
            "digitalSourceType": sorted({stated.type for stated in found.ai}),
        }

    @property
    def xmp(self) -> dict[str, Any] | None:
        """What XMP and tags state but for the key AIGC."""
        found = self.verdict.found.metadata
        fields = {name: stated for name, stated in found.fields.items() if name != AIGC}
        stated = {"digitalSourceType": list(found.digital_source_type), "fields": fields}
        return stated if found.digital_source_type or fields else None

    @property
    def aigc(self) -> Any:
        return self.verdict.found.metadata.fields.get(AIGC)


def read_labels(before: Path, after: Path, *, progress: Progress) -> tuple[Labels, Labels]:
    """The labels of two files. Where the plan of one of them tells where its mention is, the other is looked at there
    too. Raises SourceMissing, SourceUnreadable."""
    trust = load_trust(None, home())
    ours, theirs = plan_of(before, trust), plan_of(after, trust)
    return (
        labels_of(before, ours or theirs, trust, progress),
        labels_of(after, theirs or ours, trust, progress),
    )


def compare_labels(ours: Labels, theirs: Labels) -> tuple[ComparedLabel, ...]:
    return (
        credentials_label(ours.credentials, theirs.credentials),
        label("xmp", ours.xmp, theirs.xmp),
        label("aigc", ours.aigc, theirs.aigc),
        mention_label(ours.mention, theirs.mention),
    )


def plan_of(path: Path, trust: Trust) -> PlanItem | None:
    """The plan with which a file was labelled, from its record or from what it signed."""
    item = known_plan(beside(path, trust), None).item
    return item if item is not None and item.mention else None


def labels_of(path: Path, plan: PlanItem | None, trust: Trust, progress: Progress) -> Labels:
    sealed = beside(path, trust)
    nothing = Expectation("none", None, None, {})
    verdict = judge_file(Subject(Tracks(path), str(path)), nothing, sealed=sealed, progress=progress)
    return Labels(verdict, None if plan is None else mention_of(path, plan, trust))


def mention_of(path: Path, plan: PlanItem, trust: Trust) -> LayerReading | None:
    """What is read where the plan has the mention; None where this file has no such pictures."""
    try:
        return read_mention(Evidence(path, plan, Sealed(path, (), trust), partial(FrameReader, path)))
    except SourceRejected:
        return None


def label(name: LabelName, before: Any, after: Any) -> ComparedLabel:
    return ComparedLabel(label=name, state=state_of(before, after), before=before, after=after)


def state_of(before: Any, after: Any) -> LabelState:
    if before is None:
        return "absent" if after is None else "gained"
    if after is None:
        return "lost"
    return "kept" if before == after else "changed"


def credentials_label(before: dict[str, Any] | None, after: dict[str, Any] | None) -> ComparedLabel:
    found = label("credentials", before, after)
    if before is None or after is None or before["integrity"] != Integrity.INTACT.value:
        return found
    return found if after["integrity"] == Integrity.INTACT.value else found.model_copy(update={"state": "broken"})


def mention_label(before: LayerReading | None, after: LayerReading | None) -> ComparedLabel:
    if before is None or after is None or LayerState.NOT_CHECKED in (before.state, after.state):
        return ComparedLabel(label="mention", state="not_checked", before=seen(before), after=seen(after))
    state = state_of(said(before), said(after))
    return ComparedLabel(label="mention", state=state, before=seen(before), after=seen(after))


def said(reading: LayerReading) -> tuple[object, ...] | None:
    """What people read, and whether it is as planned: a pixel or a frame more or less is no other mention."""
    if not reading.found:
        return None
    return (reading.state, *((mention.kind, mention.text, mention.track) for mention in reading.found))


def seen(reading: LayerReading | None) -> list[dict[str, Any]] | None:
    """The mentions that were found, as a verdict has them, and whether they are as planned."""
    if reading is None or not reading.found:
        return None
    mentions: tuple[FoundMention, ...] = reading.found
    return [mention.model_dump(mode="json", by_alias=True) | {"state": reading.state.value} for mention in mentions]
