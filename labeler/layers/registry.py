"""The layers, in the order in which they write: pixels, then container, then the seal.

A layer is a folder with a writer and a reader. Here each tells what it does at which stage; the pipeline and
the verifier walk this table and name no layer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from labeler.errors import SourceUnreadable, SourceUnsupported
from labeler.layers.credentials import read as credentials_reader
from labeler.layers.credentials import sign as credentials_writer
from labeler.layers.credentials.read import Sealed
from labeler.layers.mention import anyone, ungiven
from labeler.layers.mention import burn as mention_writer
from labeler.layers.mention import read as mention_reader
from labeler.layers.mention.blind.read import BlindReading, read_blind
from labeler.layers.mention.sampling import Frames
from labeler.layers.mention.wording import classify
from labeler.layers.metadata import read as metadata_reader
from labeler.layers.metadata import write as metadata_writer
from labeler.media.changes import Changes
from labeler.media.fragments import Gap
from labeler.media.picture import Picture, PictureFormat
from labeler.progress import Progress
from labeler.rules.plan import PlanItem
from labeler.verdict import FoundMention, LayerName, LayerReading, LayerState, MentionCoverage

if TYPE_CHECKING:
    from labeler.layers.credentials.identity import Identity

PLAIN = 84.0
"""Score of a wording (0 to 100) from which it is a plain disclosure or denial (`layers/mention/grammar.py`)."""
Stage = Literal["pixels", "container", "seal"]
Paint = Callable[[Picture], None]


@dataclass(frozen=True)
class Sealing:
    """What a seal needs beside the file: the master it came from, who signs, when, and room to work."""

    master: Path
    identity: Identity | None
    when: datetime
    scratch: Path
    progress: Progress


@dataclass(frozen=True)
class Search:
    """To look for labels that no plan leads to. tracks: of the video, by index. budget: seconds that it may take, None
    for as many as it needs."""

    tracks: tuple[int, ...]
    budget: float | None = None


@dataclass(frozen=True)
class Evidence:
    """What a reader is handed: the finished file, the plan to judge it by (or none), and its seal.

    `frames` opens one video track's pictures; the caller closes it. `search`: also look for what nobody planned.
    `gaps`: what is missing of a film in pieces.
    """

    path: Path
    item: PlanItem | None
    sealed: Sealed
    frames: Callable[[int], AbstractContextManager[Frames]]
    search: Search | None = None
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True)
class Layer:
    """One way of disclosing. A layer gives the writers of its stage, and one reader.

    write: into the rendered file, or, where its container cannot hold the layer, into a sidecar beside the candidate,
    whose path it returns. changes: when and where `paint` changes pictures. seal: the same as write, from the rendered
    file to the candidate.
    """

    name: LayerName
    stage: Stage
    read: Callable[[Evidence], LayerReading]
    paint: Callable[[PlanItem, PictureFormat], Paint] | None = None
    changes: Callable[[PlanItem, PictureFormat], Changes] | None = None
    tags: Callable[[PlanItem], Mapping[str, str]] | None = None
    write: Callable[[Path, Path, PlanItem], Path | None] | None = None
    seal: Callable[[Path, Path, PlanItem, Sealing], Path | None] | None = None


def mention_changes(item: PlanItem, format: PictureFormat) -> Changes:
    return mention_writer.changes(item.mention, format)


def paint_mention(item: PlanItem, format: PictureFormat) -> Paint:
    return mention_writer.painter(item.mention, format)


def read_mention(evidence: Evidence) -> LayerReading:
    planned = read_planned(evidence)
    if evidence.search is None or (planned is not None and planned.state in (LayerState.PASS, LayerState.WARN)):
        return planned or LayerReading(layer="mention", state=LayerState.NOT_CHECKED)
    found: list[FoundMention] = []
    coverage: list[MentionCoverage] = []
    for track in evidence.search.tracks:
        looked = search_track(evidence, track, evidence.search.budget)
        found.extend(ungiven.cut(looked.found, evidence.gaps))
        coverage.append(ungiven.covered(looked.coverage, evidence.gaps))
    return anyone.merged(planned, found, anyone.together(coverage))


def read_planned(evidence: Evidence) -> LayerReading | None:
    """What the reader says that knows the plan; None where there is none."""
    item = evidence.item
    if item is None or not item.mention:
        return None
    readings = []
    for plan in item.mention:
        try:
            with evidence.frames(plan.track) as frames:
                readings.append(ungiven.read_beside(mention_reader.read(frames, plan), plan, evidence.gaps))
        except (SourceUnsupported, SourceUnreadable) as error:  # a stranger's plan may name a track that is not there
            readings.append(mention_reader.unreadable(plan, error.message))
    return merge(tuple(readings))


def search_track(evidence: Evidence, track: int, budget: float | None) -> BlindReading:
    """All mentions of one track. Of pictures that this version cannot read, or nobody, none was read."""
    try:
        with evidence.frames(track) as frames:
            return read_blind(frames, track, budget=budget)
    except (SourceUnsupported, SourceUnreadable):
        return BlindReading((), MentionCoverage(frames=0, longest_gap=0.0, smallest_text=0.0, is_whole=False))


def merge(readings: tuple[LayerReading, ...]) -> LayerReading:
    """One reading of a layer that was read on several tracks: all checks, and the worst state."""
    order = (LayerState.FAIL, LayerState.ABSENT, LayerState.NOT_CHECKED, LayerState.WARN, LayerState.PASS)
    worst = min((reading.state for reading in readings), key=order.index)
    found = tuple(mention for reading in readings for mention in reading.found or ())
    checks = tuple(check for reading in readings for check in reading.checks)
    return LayerReading(layer=readings[0].layer, state=worst, checks=checks, found=found)


def metadata_tags(item: PlanItem) -> Mapping[str, str]:
    if item.metadata is None or item.inventory is None:
        return {}
    return metadata_writer.container_tags(item.metadata, item.inventory.container)


def write_metadata(work: Path, candidate: Path, item: PlanItem) -> Path | None:
    if item.metadata is None or item.inventory is None:
        return None
    source, container = Path(item.source.file), item.inventory.container
    metadata_writer.write(work, item.metadata, container, source=source)
    return metadata_writer.write_beside(candidate, item.metadata, container, source=source)


def read_metadata(evidence: Evidence) -> LayerReading:
    return metadata_reader.read(evidence.path, evidence.item.metadata if evidence.item else None, said_of_ai)


def said_of_ai(line: str) -> tuple[str, str | None]:
    """What a line of the metadata says, by the grammar that mentions are judged by."""
    wording = classify(line)
    return (wording.kind if wording.score >= PLAIN else "mention"), wording.language


def seal_credentials(work: Path, signed: Path, item: PlanItem, sealing: Sealing) -> Path | None:
    return credentials_writer.sign(
        work,
        signed,
        master=sealing.master,
        item=item,
        identity=sealing.identity,
        scratch=sealing.scratch,
        when=sealing.when,
        progress=sealing.progress,
    )


def read_credentials(evidence: Evidence) -> LayerReading:
    return credentials_reader.read(evidence.sealed, evidence.item)


LAYERS: tuple[Layer, ...] = (
    Layer("mention", "pixels", read_mention, paint=paint_mention, changes=mention_changes),
    Layer("metadata", "container", read_metadata, tags=metadata_tags, write=write_metadata),
    Layer("credentials", "seal", read_credentials, seal=seal_credentials),
)


def changes_of(item: PlanItem, format: PictureFormat) -> Changes:
    """When and where all layers together change pictures."""
    found = [layer.changes(item, format) for layer in LAYERS if layer.changes is not None]
    return Changes(
        tuple(interval for one in found for interval in one.intervals), tuple(box for one in found for box in one.boxes)
    )


def painter(item: PlanItem, format: PictureFormat) -> Paint:
    """What all layers that change pixels do to a picture, one after the other. Raises as each of them does."""
    painters = [layer.paint(item, format) for layer in LAYERS if layer.paint is not None]

    def paint(picture: Picture) -> None:
        for one in painters:
            one(picture)

    return paint
