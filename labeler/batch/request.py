"""What a batch was asked, and the jobs that follow: checked before any video is decoded."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from labeler import planning
from labeler.batch import names
from labeler.batch.listener import Item
from labeler.batch.sources import Named, OwnOutputs, Refused, Search, expand
from labeler.batch.step import Bench
from labeler.errors import SourceMissing, UsageError
from labeler.language import say
from labeler.layers.credentials import identity as identities
from labeler.layers.credentials.identity import Identity
from labeler.layers.credentials.trust import Trust, load_trust
from labeler.media.rendering import Mode
from labeler.rules.declarations import LoadedDeclaration, declaration_from, load_declaration
from labeler.rules.plan import Delivery, Overwrite
from labeler.rules.presets import LoadedPreset, load_preset
from labeler.rules.programme import Programme, asked
from labeler.rules.source_types import Involvement

DEFAULT_PRESET = "eu-standard"


@dataclass(frozen=True)
class Request:
    """All that `labeler label` and `labeler plan` can be asked, resolved by `prepare` into jobs.

    threads: of each encoder; None: as many as there are cores for it. max_failures: after so many, nothing new is
    started; None: everything is. scratch: a folder on a disk of this machine to work on; None: beside each output.
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
    now: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True)
class Job:
    """One output to make. `number`: its place in the batch, after everything that was refused by name."""

    number: int
    source: Named
    preset: LoadedPreset
    output: Path

    @property
    def item(self) -> Item:
        return Item(self.number, self.source.path, self.output, self.preset.preset.id)


@dataclass(frozen=True)
class Batch:
    """What was asked, resolved: nothing has been decoded or written yet."""

    request: Request
    jobs: tuple[Job, ...]
    refused: tuple[Refused, ...]
    declaration: LoadedDeclaration
    identity: Identity | None
    trust: Trust
    programme: Programme | None = None

    def delivery(self) -> Delivery:
        """How each of its items is carried out."""
        asked, signer = self.request, self.identity
        return Delivery(
            identity=signer.name if signer else None,
            signer=hashlib.sha256(signer.chain_pem).hexdigest() if signer else None,
            records=str(asked.records) if asked.records else None,
            root=asked.output,
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
    programme = asked(request.program_in, request.program_out)
    presets = [load_preset(name) for name in dict.fromkeys(request.presets)]
    declaration = declared(request, presets)
    for preset in presets:
        planning.agree(preset, declaration)
    home = identities.home()
    signs = any(preset.preset.layers.credentials != "off" for preset in presets)
    identity = identities.load(request.identity, home=home, now=request.now) if signs else None
    if entries is None:
        entries = find_sources(request)
    sources = [entry for entry in entries if isinstance(entry, Named)]
    refused = tuple(entry for entry in entries if isinstance(entry, Refused))
    jobs = tuple(name_jobs(request, sources, presets, declaration, first=len(refused)))
    return Batch(request, jobs, refused, declaration, identity, load_trust(None, home), programme)


def find_sources(request: Request) -> list[Named | Refused]:
    own_outputs: OwnOutputs = "named" if request.overwrite == "always" else "refused"
    entries = expand(request.sources, Search(request.recursive, own_outputs, request.records))
    if not entries:
        raise SourceMissing(
            say("No source was named: the list is empty.", "Aucune source n'est nommée : la liste est vide."),
            remedy=say("Name at least one file or folder.", "Nommez au moins un fichier ou un dossier."),
        )
    return entries


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


def name_jobs(
    request: Request,
    sources: Sequence[Named],
    presets: Sequence[LoadedPreset],
    declaration: LoadedDeclaration,
    *,
    first: int,
) -> Iterable[Job]:
    """A job for each source and preset, numbered from `first`. Raises OutputCollision, UsageError."""
    language = request.language or declaration.declaration.work.language or planning.DEFAULT_LANGUAGE
    several = len(sources) * len(presets) > 1
    pairs = [(source, preset) for source in sources for preset in presets]
    jobs = [
        Job(
            number,
            source,
            preset,
            names.output_path(
                source,
                preset.preset.id,
                output=request.output,
                template=request.name,
                language=language,
                several=several,
            ),
        )
        for number, (source, preset) in enumerate(pairs, first)
    ]
    names.refuse_collisions((job.output for job in jobs), (source.path for source in sources), request.records)
    return jobs
