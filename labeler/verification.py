"""Verify one finished file: run the readers, gather the verdict. The release gate and `labeler verify` are this path.

Nothing of a writer's memory comes in: a verdict is a function of the file's bytes, the sidecars and record
beside it, the trust lists, the preset and this version (and, in the gate, of the source that it is compared with).
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from labeler import __version__, judge
from labeler.expectation import Expectation, expect, grounds_of
from labeler.layers.credentials.identity import home
from labeler.layers.credentials.read import Sealed, SealedInPieces, beside, bound_pieces, integrity_of, trust_of
from labeler.layers.credentials.remote import Network
from labeler.layers.credentials.trust import Trust, load_trust
from labeler.layers.registry import LAYERS, Evidence, Search
from labeler.media import compare
from labeler.media.fragments import Film, in_order, joined
from labeler.media.frames import FrameReader
from labeler.media.inventory import Inventory
from labeler.media.post_check import partial_checks
from labeler.media.quality import QualityMeter, check_decodes
from labeler.media.tracks import Tracks
from labeler.planning import agree
from labeler.presets_met import meets_each
from labeler.progress import Progress, silent
from labeler.release import hash_file
from labeler.rules.declarations import LoadedDeclaration, load_declaration
from labeler.rules.plan import PlanItem
from labeler.rules.presets import LoadedPreset, load_preset
from labeler.verdict import (
    LAYERS as LAYER_NAMES,
)
from labeler.verdict import (
    Check,
    Disclosure,
    JudgedBy,
    LayerName,
    LayerReading,
    LayerState,
    Outcome,
    Rendered,
    Status,
    Verdict,
    state_of,
)


@dataclass(frozen=True)
class Subject:
    """The file under judgement: its tracks, the name to call it by, in the gate what it was made from, and, of a film
    in pieces, those."""

    tracks: Tracks
    name: str
    source: Path | None = None
    film: Film | None = None

    @property
    def path(self) -> Path:
        return self.tracks.path


def judge_file(
    subject: Subject,
    expectation: Expectation,
    *,
    sealed: Sealed,
    search: Search | None = None,
    hashed: tuple[str, int] | None = None,
    progress: Progress = silent,
) -> Verdict:
    """Read every layer of the file and judge it. search: also look for what no plan leads to. hashed: its sha256 and
    byte count, where they have just been taken.

    Raises SourceMissing, SourceUnreadable when it cannot be opened.
    """
    started = time.perf_counter()
    digest, count = hashed or hash_file(subject.path, lambda done: progress("verify", 0.0))
    if expectation.source is not None:
        subject.tracks.survey()
    readings: dict[LayerName, LayerReading] = {}
    with contextlib.ExitStack() as opened:
        watch = Watch(subject, expectation.item, opened)
        gaps = subject.film.gaps if subject.film is not None else ()
        evidence = Evidence(subject.path, expectation.item, sealed, watch.frames, search, gaps)
        for number, layer in enumerate(LAYERS, 1):
            readings[layer.name] = layer.read(evidence)
            progress("verify", number / (len(LAYERS) + 1))
        share = len(LAYERS) / (len(LAYERS) + 1)
        readings["media"] = read_media(subject, expectation, watch, lambda phase, _: progress(phase, share))
    progress("verify", 1.0)
    return conclude(subject, expectation, readings, digest, count, time.perf_counter() - started)


class Watch:
    """A door to the pictures of each track, where every decoded picture is also measured against the source's.

    `frames` gives one reader a track; what was decoded, and how close it came, stays here when the reader is closed.
    """

    def __init__(self, subject: Subject, item: PlanItem | None, opened: contextlib.ExitStack) -> None:
        self.subject, self.item, self.opened = subject, item, opened
        self.readers: list[FrameReader] = []
        self.meters: dict[int, QualityMeter] = {}

    def frames(self, track: int) -> FrameReader:
        reader = self.subject.tracks.frames(track)
        self.readers.append(reader)
        if self.subject.source is not None and self.item is not None:
            if track not in self.meters:
                boxes = tuple(mention.box for mention in self.item.mention if mention.track == track)
                original = self.opened.enter_context(FrameReader(self.subject.source, track))
                self.meters[track] = QualityMeter(original, boxes)
            reader.on_picture = self.meters[track].see
        return reader

    def checks(self) -> tuple[Check, ...]:
        decoded = tuple(check_decodes(reader) for reader in self.readers)
        return (*decoded, *(meter.check() for meter in self.meters.values()))


def read_media(subject: Subject, expectation: Expectation, watch: Watch, progress: Progress) -> LayerReading:
    """Layer `media`: nothing lost. Without a record of these bytes nobody knows what the source held."""
    item, source = expectation.item, expectation.source
    if item is None or source is None:
        told = (subject.film.check(),) if subject.film is not None else ()
        return LayerReading(layer="media", state=LayerState.NOT_CHECKED, checks=told)
    output = subject.tracks.inventory
    checks = (
        *compare.compare(source, output, allowed=item.allowed),
        *partial(subject, item, (source, output), progress),
        *watch.checks(),
    )
    return LayerReading(layer="media", state=state_of(checks), checks=checks)


def partial(
    subject: Subject, item: PlanItem, inventories: tuple[Inventory, Inventory], progress: Progress
) -> tuple[Check, ...]:
    """What only the gate can tell, which has the source: that no more was coded again than the rendering says.

    inventories: of the source and of the output.
    """
    if subject.source is None or item.rendering is None:
        return ()
    boxes = tuple(mention.box for mention in item.mention)
    return partial_checks(subject.source, subject.path, inventories, item.rendering, boxes, progress=progress)


def conclude(
    subject: Subject,
    expectation: Expectation,
    readings: dict[LayerName, LayerReading],
    digest: str,
    count: int,
    seconds: float,
) -> Verdict:
    layers = expectation.layers
    found = judge.found_in(readings)
    integrity, trust = integrity_of(readings["credentials"]), trust_of(readings["credentials"])
    disclosure = judge.disclosure_of(found, readings, integrity)
    extra = judge.agreement(found, expectation.involvement)
    unplaced = (judge.unplaced(one.track, one.reason) for one in expectation.unplaced)
    told = (judge.undeclared_traces(found, disclosure), judge.words_alone(found))
    across = (extra, *told, *unplaced)
    checks = tuple(
        judge.with_mandate(check, layers)
        for check in (*(c for name in readings for c in readings[name].checks), *across)
        if check is not None
    )
    if expectation.preset is None:
        outcome = Outcome.PASS if disclosure is Disclosure.DECLARED else Outcome.FAIL
    else:
        outcome = judge.outcome_by_checks(checks, readings, layers)
    return Verdict(
        file=subject.name,
        sha256=digest,
        bytes=count,
        outcome=outcome,
        disclosure=disclosure,
        integrity=integrity,
        trust=trust,
        judged_by=judged_by(expectation),
        layers=layer_states(readings, checks, layers),
        checks=checks,
        found=found,
        meets=meets(expectation, checks, readings),
        rendered=rendered(expectation),
        labeler=__version__,
        seconds={"verify": round(seconds, 3)},
    )


def rendered(expectation: Expectation) -> Rendered | None:
    item = expectation.item if expectation.origin == "record" else None
    return None if item is None or item.rendering is None else item.rendering.told()


def layer_states(
    readings: judge.Readings, checks: tuple[Check, ...], layers: Mapping[LayerName, str]
) -> dict[LayerName, LayerState]:
    """The state of each layer, beside the checks of it; one that failed across layers (`metadata.agreement`) counts
    whatever the preset asks."""
    states = {name: readings[name].state if name in readings else LayerState.NOT_CHECKED for name in LAYER_NAMES}
    for name in states:
        states[name] = judge.state_beside(states[name], tuple(c for c in checks if c.layer == name), layers.get(name))
    if any(check.id == "metadata.agreement" and check.status is Status.FAIL for check in checks):
        states["metadata"] = LayerState.FAIL
    return states


def judged_by(expectation: Expectation) -> JudgedBy | None:
    preset = expectation.preset
    if preset is None:
        return None
    return JudgedBy(preset=preset.id, version=preset.version, sha256=preset.sha256, plan=expectation.origin)


def meets(expectation: Expectation, checks: tuple[Check, ...], readings: judge.Readings) -> dict[str, tuple[str, ...]]:
    """For the preset asked for: what stands in the way, nothing where it is met."""
    if expectation.preset is None:
        return {}
    return {expectation.preset.id: judge.in_the_way(checks, readings, expectation.layers)}


def verify(
    file: str | Path,
    *,
    preset: str | Path | None = None,
    declaration: str | Path | None = None,
    trust: str | Path | None = None,
    records: str | Path | None = None,
    budget: float | None = None,
    online: bool = False,
    segments: Sequence[str | Path] = (),
    scratch: str | Path | None = None,
    progress: Progress = silent,
) -> Verdict:
    """Judge one finished file, made by anyone: the library's `labeler verify`.

    With a preset, `outcome` says whether the file meets it; without one, whether its `disclosure` is `declared`, and
    `meets` tells of every preset that can be named by its id. budget: seconds for the search for a mention
    that no plan leads to; what was left unread is told.
    trust: a PEM file of certificates to trust besides those of `LABELER_HOME`. online: also fetch credentials that the
    file only tells the address of; nothing else ever uses a network. segments: of a film that is streamed in pieces, of
    which `file` is the first (`init.mp4`), those that are judged with it, as the one film that they make; it is put
    together in the folder `scratch`, or in a temporary one.
    Raises SourceMissing and SourceUnreadable (3), PresetError and DeclarationError (2), IdentityError (5).
    """
    path = Path(file)
    asked = load_preset(str(preset)) if preset is not None else None
    said = load_declaration(Path(declaration)) if declaration is not None else None
    if asked is not None and said is not None:
        agree(asked, said)
    trusted = load_trust(Path(trust) if trust is not None else None, home())
    asked_of: dict[str, Any] = {
        "preset": asked,
        "declaration": said,
        "records": Path(records) if records is not None else None,
        "budget": budget,
        "progress": progress,
    }
    with sealed_of(path, trusted, Network() if online else None, segments, scratch) as sealed:
        return verify_sealed(sealed, name=str(path), **asked_of)


@contextlib.contextmanager
def sealed_of(
    path: Path,
    trusted: Trust,
    network: Network | None = None,
    segments: Sequence[str | Path] = (),
    scratch: str | Path | None = None,
) -> Iterator[Sealed]:
    """A file that anyone made, with its credentials. segments: of the film in pieces of which it is the first; they are
    put together in the folder `scratch` (None: a temporary one).

    Raises SourceMissing, SourceUnreadable, UsageError, DiskFull, of a film in pieces.
    """
    if not segments:
        yield beside(path, trusted, network)
        return
    with contextlib.ExitStack() as made:
        folder = Path(scratch) if scratch is not None else Path(made.enter_context(TemporaryDirectory()))
        film = in_order(path, [Path(segment) for segment in segments])
        yield SealedInPieces(joined(film, folder), film, trusted)


def verify_sealed(
    sealed: Sealed,
    *,
    name: str | None = None,
    preset: LoadedPreset | None = None,
    declaration: LoadedDeclaration | None = None,
    records: Path | None = None,
    budget: float | None = None,
    progress: Progress = silent,
) -> Verdict:
    """The same, of a file whose credentials are at hand, by a preset and a declaration that were read and agree. name:
    what to call it by, where that is not its path."""
    film = sealed.film
    if film is not None:
        film = film.bound_as(bound_pieces(sealed))
    grounds = grounds_of(sealed, records, film.gaps if film is not None else ())
    expectation, search = expect(grounds, preset, declaration), Search(grounds.moving, budget)
    subject = Subject(grounds.tracks, name or str(sealed.path), film=film)
    hashed = grounds.known.hashed
    verdict = judge_file(subject, expectation, sealed=sealed, search=search, hashed=hashed, progress=progress)
    if preset is not None:
        return verdict
    return meets_each(grounds, verdict)
