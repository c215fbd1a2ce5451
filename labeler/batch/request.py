"""What a batch was asked, and the jobs that follow: checked before any video is decoded."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby, product
from pathlib import Path
from typing import Any

from labeler import planning
from labeler.batch import names
from labeler.batch.cutting import Segments
from labeler.batch.listener import Item
from labeler.batch.lists import Wish, is_list, wishes
from labeler.batch.sources import Named, OwnOutputs, Refused, Search, expand
from labeler.batch.step import Bench
from labeler.batch.templates import keys_in
from labeler.errors import LabelerError, SourceMissing, UsageError
from labeler.language import say
from labeler.layers.credentials import identity as identities
from labeler.layers.credentials.identity import Identity
from labeler.layers.credentials.trust import Trust, load_trust
from labeler.media.open import reading
from labeler.media.rendering import Mode
from labeler.release import hash_file
from labeler.rules.declarations import LoadedDeclaration, declaration_from, load_declaration
from labeler.rules.document import Mistake
from labeler.rules.job_list import MOST_TOLD
from labeler.rules.job_list import refused as refused_rows
from labeler.rules.plan import Delivery, Overwrite
from labeler.rules.positions import Position
from labeler.rules.presets import LoadedPreset, load_preset
from labeler.rules.programme import Programme, asked
from labeler.rules.source_types import Involvement

DEFAULT_PRESET = "eu-standard"


@dataclass(frozen=True)
class Request:
    """All that `labeler label` and `labeler plan` can be asked, resolved by `prepare` into jobs.

    threads: of each encoder; None: as many as there are cores for it. max_failures: after so many, nothing new is
    started; None: everything is. scratch: a folder on a disk of this machine to work on; None: beside each output.
    segments: into how many a full render is cut (`cutting.how_many`).
    """

    sources: Sequence[str]
    presets: Sequence[str] = (DEFAULT_PRESET,)
    declaration: Path | None = None
    involvement: Involvement | None = None
    output: str | None = None
    identity: str | None = None
    language: str | None = None
    name: str | None = None
    records: Path | None = None
    program_in: str | None = None
    program_out: str | None = None
    overwrite: Overwrite = "ours"
    render: Mode = "auto"
    recursive: bool = False
    resume: bool = True
    threads: int | None = None
    max_failures: int | None = None
    scratch: Path | None = None
    segments: Segments = "auto"
    now: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True)
class Terms:
    """What a source is labelled by: the same for a whole request, but for the rows of a job list.

    output: what -o names, or the row.
    """

    presets: tuple[LoadedPreset, ...]
    declaration: LoadedDeclaration
    language: str | None
    output: str | None
    programme: Programme | None


@dataclass(frozen=True)
class Part:
    """Sources with the terms that hold for them. is_row: one row of a job list, with its item_id."""

    terms: Terms
    entries: tuple[Named | Refused, ...]
    is_row: bool = False
    item_id: str | None = None

    @property
    def sources(self) -> tuple[Named, ...]:
        return tuple(entry for entry in self.entries if isinstance(entry, Named))


@dataclass(frozen=True)
class Job:
    """One output to make. `number`: its place in the batch, after everything that was refused by name."""

    number: int
    source: Named
    preset: LoadedPreset
    output: Path
    terms: Terms

    @property
    def item(self) -> Item:
        return Item(self.number, self.source.path, self.output, self.preset.preset.id)


@dataclass(frozen=True)
class Batch:
    """What was asked, resolved: nothing has been decoded or written yet."""

    request: Request
    jobs: tuple[Job, ...]
    refused: tuple[Refused, ...]
    identity: Identity | None
    trust: Trust

    def delivery(self, job: Job) -> Delivery:
        """How one of its items is carried out."""
        asked, signer = self.request, self.identity
        return Delivery(
            identity=signer.name if signer else None,
            signer=hashlib.sha256(signer.chain_pem).hexdigest() if signer else None,
            records=str(asked.records) if asked.records else None,
            root=job.terms.output,
            overwrite=asked.overwrite,
            resume=asked.resume,
        )

    def bench(self) -> Bench:
        """Where they are carried out: here."""
        return Bench(self.identity, self.trust, self.request.now, self.request.threads, self.request.scratch)

    def for_worker(self) -> Batch:
        """What holds for every job, without the jobs."""
        return replace(self, jobs=(), refused=())


def prepare(request: Request, entries: Sequence[Named | Refused] | None = None) -> Batch:
    """Check everything that needs no video: presets, declaration, identity, names.

    entries: what the request's sources were found to be, where someone has looked already.
    Raises UsageError and its kin (2), SourceMissing where nothing is named at all (3), IdentityError (5).
    """
    known: KnownTerms = {}
    parts = parts_of(request, known) if entries is None else [Part(terms_of(request, known), tuple(entries))]
    home = identities.home()
    signs = any(preset.preset.layers.credentials != "off" for part in parts for preset in part.terms.presets)
    identity = identities.load(request.identity, home=home, now=request.now) if signs else None
    parts, hashes = with_hashes(request, parts)
    refused = tuple(entry for part in parts for entry in part.entries if isinstance(entry, Refused))
    jobs = tuple(name_jobs(request, parts, hashes, first=len(refused)))
    return Batch(request, jobs, refused, identity, load_trust(None, home))


KnownTerms = dict[tuple[Any, ...], Terms]
"""By what was asked: ten thousand rows of a list ask for few different things."""


def terms_of(request: Request, known: KnownTerms) -> Terms:
    """Raises UsageError and its kin."""
    statement, programme_of = (request.declaration, request.involvement), (request.program_in, request.program_out)
    key = (tuple(request.presets), statement, request.language, request.output, programme_of)
    if key not in known:
        programme = asked(request.program_in, request.program_out)
        presets = tuple(load_preset(name) for name in dict.fromkeys(request.presets))
        declaration = declared(request, presets)
        for preset in presets:
            planning.agree(preset, declaration)
        known[key] = Terms(presets, declaration, request.language, request.output, programme)
    return known[key]


def parts_of(request: Request, known: KnownTerms) -> list[Part]:
    """All that is named, with the terms of each, in the order named. Raises UsageError and its kin, SourceMissing."""
    own_outputs: OwnOutputs = "named" if request.overwrite == "always" else "refused"
    search = Search(request.recursive, own_outputs, request.records)
    parts: list[Part] = []
    for are_lists, group in groupby(request.sources, key=is_list):
        if not are_lists:
            parts.append(Part(terms_of(request, known), tuple(expand(group, search))))
            continue
        for name in group:
            parts += [
                Part(terms, tuple(expand(wish.changes["sources"], search)), True, wish.item_id)
                for wish, terms in agreed(request, name, known)
            ]
    if not any(part.entries for part in parts):
        raise SourceMissing(
            say("No source was named: the list is empty.", "Aucune source n'est nommée : la liste est vide."),
            remedy=say("Name at least one file or folder.", "Nommez au moins un fichier ou un dossier."),
        )
    return parts


def agreed(request: Request, name: str, known: KnownTerms) -> list[tuple[Wish, Terms]]:
    """Each row of a list with its terms. Raises JobListError telling the rows that have none."""
    found: list[tuple[Wish, Terms]] = []
    mistakes: list[Mistake] = []
    for wish in wishes(name):
        try:
            found.append((wish, terms_of(replace(request, **wish.changes), known)))
        except UsageError as error:
            mistakes.append(Mistake(wish.path, Position(wish.line, 1), "", error.message))
        if len(mistakes) == MOST_TOLD:
            break
    if mistakes:
        raise refused_rows(mistakes, mistakes[0].file)
    return found


def with_hashes(request: Request, parts: list[Part]) -> tuple[list[Part], dict[Path, str]]:
    """The sha256 of every source, where the names of the outputs hold some of it. Raises UsageError."""
    hashes: dict[Path, str] = {}
    if "sha8" not in keys_in(request.name or ""):
        return parts, hashes

    def hashed(entry: Named | Refused) -> Named | Refused:
        if isinstance(entry, Named) and entry.path not in hashes:
            try:
                with reading(entry.path):
                    hashes[entry.path] = hash_file(entry.path)[0]
            except LabelerError as error:
                return Refused(entry.path, error)
        return entry

    return [replace(part, entries=tuple(map(hashed, part.entries))) for part in parts], hashes


def declared(request: Request, presets: Sequence[LoadedPreset]) -> LoadedDeclaration:
    """A person's statement: the declaration file, or the involvement named by flag or fixed by the preset."""
    if request.declaration is not None and request.involvement is not None:
        raise UsageError(
            say(
                "--declaration and --involvement exclude each other.",
                "--declaration et --involvement s'excluent l'un l'autre.",
            )
        )
    if request.declaration is not None:
        return load_declaration(request.declaration)
    fixed = {preset.preset.involvement for preset in presets}
    involvement = request.involvement or (fixed.pop() if len(fixed) == 1 else None)
    if involvement is None:
        raise UsageError(
            say(
                "Nobody has said how AI was involved, and labeler does not guess it.",
                "Personne n'a dit comment l'IA est intervenue, et labeler ne le devine pas.",
            ),
            remedy=say(
                "Add --involvement generated|modified|assisted, or --declaration FILE.",
                "Ajoutez --involvement generated|modified|assisted, ou --declaration FICHIER.",
            ),
        )
    return declaration_from(involvement)


def name_jobs(request: Request, parts: Sequence[Part], hashes: Mapping[Path, str], *, first: int) -> Iterable[Job]:
    """A job for each source and preset, numbered from `first`. Raises OutputCollision, UsageError."""
    jobs: list[Job] = []
    total = sum(len(part.sources) * len(part.terms.presets) for part in parts)
    for part in parts:
        terms = part.terms
        language = terms.language or terms.declaration.declaration.work.language or planning.DEFAULT_LANGUAGE
        # What a row names is for its own outputs alone; what -o names, for all of them.
        is_own = part.is_row and terms.output != request.output
        several = (len(part.sources) * len(terms.presets) if is_own else total) > 1
        for source, preset in product(part.sources, terms.presets):
            output = names.output_path(
                source,
                preset.preset.id,
                output=terms.output,
                template=request.name,
                language=language,
                several=several,
                day=request.now.date(),
                item_id=part.item_id,
                sha8=hashes[source.path][:8] if source.path in hashes else None,
            )
            jobs.append(Job(first + len(jobs), source, preset, output, terms))
    sources = [source.path for part in parts for source in part.sources]
    names.refuse_collisions((job.output for job in jobs), sources, request.records)
    return jobs
