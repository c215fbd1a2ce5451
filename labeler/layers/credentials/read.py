"""Read the credentials of a finished file and judge them by codes (the reader).

Integrity, trust and what is stated are three answers. Nothing is fetched from a network unless a person asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

from labeler import verdict
from labeler.errors import SourceUnreadable
from labeler.language import say
from labeler.layers.credentials import belonging, choice, codes, covered, manifest, sdk, seal, statements
from labeler.layers.credentials.choice import Own
from labeler.layers.credentials.codes import Codes
from labeler.layers.credentials.remote import Network
from labeler.layers.credentials.sdk import Store, Unreadable
from labeler.layers.credentials.seal import check, listed
from labeler.layers.credentials.trust import Trust
from labeler.media import boxes, isobmff, probe
from labeler.media.fragments import Film
from labeler.rules.plan import PlanItem
from labeler.verdict import Check, FoundCredentials, Integrity, LayerReading, LayerState, Status, state_of

HEAD = 1 << 16
MOST_SIDECAR_BYTES = 1 << 22
ALWAYS = ("present", "integrity", "ancestors", "signer", "expiry")


class Sealed:
    """The credentials of one file, found and validated when they are first asked for, and once.

    sidecars: the manifests beside the file. network: the way to one elsewhere; None fetches nothing. film: the pieces
    that the file was put together from; None where it is as it came.
    """

    film: Film | None = None

    def __init__(self, path: Path, sidecars: Iterable[Path], trust: Trust, network: Network | None = None) -> None:
        self.path, self.sidecars, self.trust, self.network = path, tuple(sidecars), trust, network

    @cached_property
    def own(self) -> Own:
        """Raises SourceMissing, SourceUnreadable, Temporary when the file itself cannot be read."""
        return choice.choose(self.path, self.sidecars, self.trust, self.network)

    @property
    def store(self) -> Store | Unreadable | None:
        """Raises as `own`."""
        return self.own.store

    @cached_property
    def plays_unhashed(self) -> bool | None:
        """Whether something plays that the seal does not cover; None where the file cannot be read for that."""
        store = self.store
        if not isinstance(store, Store):
            return None
        binding = belonging.binding_of(store)
        return covered.plays_unhashed(self.path, binding) if binding else None

    def integrity(self, found: Codes) -> Check:
        if self.own.is_first_piece:
            return seal.of_segments()
        return seal.integrity(found, lambda: self.plays_unhashed, self.own.of_another)


class SealedInPieces(Sealed):
    """The credentials of a film that is streamed in pieces: in the first one, and they bind each of the others.

    path: all pieces one after another.
    """

    def __init__(self, path: Path, film: Film, trust: Trust) -> None:
        super().__init__(path, (), trust)
        self.film = self.pieces = film

    @cached_property
    def own(self) -> Own:
        return Own(sdk.read_fragments(self.pieces.init, self.pieces.segments, self.trust.anchors))


def beside(path: Path, trust: Trust, network: Network | None = None) -> Sealed:
    """The credentials of a file that is judged where it lies, with all that stands beside it."""
    return Sealed(path, sdk.sidecars_of(path), trust, network)


def read(sealed: Sealed, plan: PlanItem | None) -> LayerReading:
    """The layer `credentials` of one file. plan: None judges the seal only.

    A damaged or missing seal is a verdict, never an error. Raises SourceMissing, SourceUnreadable, Temporary when
    the file itself cannot be read.
    """
    path, own, store = sealed.path, sealed.own, sealed.store
    strays = seal.strays(own.beside)
    if store is None:
        return absent(plan, own, strays)
    if isinstance(store, Unreadable):
        return unreadable(path, store, plan, own, strays)
    found = codes.gather(store.manifests, store.results)
    certificate = seal.certificate_of(store)
    checks = (
        seal.present(store, path, own.remote if own.is_fetched else None),
        sealed.integrity(found),
        seal.ancestors(found, statements.strays(store.active, store.manifests)),
        seal.signer(store, found, certificate, plan),
        seal.expiry(found, certificate),
        *content(store, found, plan),
        *strays,
    )
    return LayerReading(
        layer="credentials",
        state=state_of(checks),
        checks=checks,
        found=FoundCredentials(
            codes=found.failures,
            signer=seal.signer_name(store, certificate),
            ai=statements.disclosed(store.active, store.manifests),
            models=statements.models(store.manifests),
            cawg=statements.identities(store.active, store.manifests, store.results),
            embedded=store.embedded,
            manifests=len(store.manifests),
            of_another=own.of_another,
            sidecars=own.beside,
            remote=own.remote,
        ),
    )


def integrity_of(reading: LayerReading) -> Integrity:
    """Whether the bytes are those that were signed."""
    if reading.state is LayerState.ABSENT:
        return Integrity.UNSIGNED
    measured = {check.id.partition(".")[2]: check.measured for check in reading.checks}
    if measured.get("integrity") in ("altered", "foreign") or measured.get("ancestors") == "altered":
        return Integrity.ALTERED
    return Integrity.INTACT if measured.get("integrity") == "intact" else Integrity.UNREADABLE


def trust_of(reading: LayerReading) -> verdict.Trust:
    """Whether whoever signed is known here; `none` where nobody's signature could be told."""
    measured = {check.id.partition(".")[2]: check for check in reading.checks}
    if "signer" not in measured or measured["signer"].measured not in ("listed", "unlisted"):
        return verdict.Trust.NONE
    if measured["expiry"].status is Status.FAIL:
        return verdict.Trust.EXPIRED
    return verdict.Trust(measured["signer"].measured)


def mention_assertion_of(sealed: Sealed) -> dict[str, Any] | None:
    """The data of the signed assertion `org.labeler.mention`, only where signature, media and ancestors are intact."""
    store = sealed.store
    if not isinstance(store, Store):
        return None
    found = codes.gather(store.manifests, store.results)
    if sealed.integrity(found).status is not Status.PASS or seal.ancestors(found).status is Status.FAIL:
        return None
    data = statements.mention_of(store.manifests.get(store.active, {}))
    return data if manifest.parse_mention(data) is not None else None


def is_vouched_for(sealed: Sealed, plan: PlanItem) -> bool:
    """Whether an intact signature by a listed signer states the programmes of this plan."""
    store, statement = sealed.store, manifest.parse_mention(mention_assertion_of(sealed))
    if statement is None or not isinstance(store, Store):
        return False
    found = codes.gather(store.manifests, store.results)
    who = seal.signer(store, found, seal.certificate_of(store), plan)
    stated = {mention.track: mention.programme for mention in statement.mention}
    return who.measured == "listed" and stated == {mention.track: mention.programme for mention in plan.mention}


def bound_pieces(sealed: Sealed) -> int | None:
    """How many pieces the seal of a film in pieces binds; None where it does not say, or binds several tracks."""
    store = sealed.store
    binding = belonging.binding_of(store) if isinstance(store, Store) else {}
    trees = [
        codes.as_dict(tree) for data in binding.values() for tree in codes.as_list(codes.as_dict(data).get("merkle"))
    ]
    count = trees[0].get("count") if len(trees) == 1 else None
    return count if isinstance(count, int) else None


def is_made_by_labeler(path: Path) -> bool:
    """Whether the file's own active manifest says that labeler made it. Quick: embedded credentials are not verified.

    Raises SourceMissing, SourceUnreadable when the file cannot be read.
    """
    store = None if sdk.surely_holds_none(path) else sdk.read_store(path, validate=False)
    if isinstance(store, Store):
        return statements.is_labelers(store.manifests.get(store.active))
    for sidecar in sdk.sidecars_of(path):
        store = sdk.read_beside(path, sidecar)
        if isinstance(store, Store) and statements.is_labelers(store.manifests.get(store.active)):
            # A sidecar that does not fit is that of another file with this stem.
            return not codes.altered(codes.gather(store.manifests, store.results).active)
    return False


def is_sidecar_of_labeler(sidecar: Path) -> bool:
    """Whether a lone `.c2pa` holds labeler's own assertion. Without its media it cannot be verified, only known."""
    with sidecar.open("rb") as stream:
        return manifest.MENTION.encode() in stream.read(MOST_SIDECAR_BYTES)


# --- no credentials, or none that can be read ---------------------------------------------------------------------


def absent(plan: PlanItem | None, own: Own, strays: tuple[Check, ...]) -> LayerReading:
    message = say("The file carries no credentials.", "Le fichier ne porte pas d'identifiants de contenu.")
    checks = (check("present", Status.FAIL, message, measured="none"), *not_made(plan, message), *strays)
    found = FoundCredentials(sidecars=own.beside) if own.beside else None
    return LayerReading(layer="credentials", state=LayerState.ABSENT, checks=checks, found=found)


def unreadable(
    path: Path, store: Unreadable, plan: PlanItem | None, own: Own, strays: tuple[Check, ...]
) -> LayerReading:
    """Credentials that are elsewhere were not looked for; those that are here and damaged are a failure; a container
    that the SDK cannot read, and that holds none as far as we see, was not checked."""
    if store.kind == "remote":
        message = seal.elsewhere(own.remote)
    else:
        message = say(
            f"The credentials cannot be read ({store.reason}).",
            f"Les identifiants de contenu sont illisibles ({store.reason}).",
        )
    damaged = store.kind == "damaged" and not own.is_fetched and holds_a_seal(path)
    status = Status.FAIL if damaged else Status.NOT_CHECKED
    told = (
        check("present", Status.PASS if damaged else status, message, measured=store.kind),
        check("integrity", status, message, measured="unreadable", expected="intact"),
    )
    checks = (*told, *(one for one in not_made(plan, message) if one.id != "credentials.integrity"), *strays)
    found = FoundCredentials(sidecars=own.beside, remote=own.remote)
    return LayerReading(layer="credentials", state=state_of(checks), checks=checks, found=found)


def holds_a_seal(path: Path) -> bool:
    """Whether a manifest store is there at all, in a file that the SDK cannot read. A sidecar always holds one."""
    if probe.container_of(path) not in sdk.EMBEDDING:
        return True
    try:
        return isobmff.walk(path).has_credentials
    except SourceUnreadable:
        # A broken box tree: the store stands right behind the first box, where anyone writes it.
        with path.open("rb") as file:
            return boxes.CREDENTIALS_UUID in file.read(HEAD)


def not_made(plan: PlanItem | None, why: str) -> tuple[Check, ...]:
    return tuple(check(name, Status.NOT_CHECKED, why) for name in expected_checks(plan) if name != "present")


def expected_checks(plan: PlanItem | None) -> tuple[str, ...]:
    """The checks that are made of a file whose plan this is."""
    if plan is None or plan.credentials is None:
        return ALWAYS
    time = ("timestamp",) if plan.credentials.tsa != "off" else ()
    return (*ALWAYS, *time, "source_type", "actions", *(("mention",) if plan.declaration_sha256 else ()))


# --- what it states -----------------------------------------------------------------------------------------------


def content(store: Store, found: Codes, plan: PlanItem | None) -> tuple[Check, ...]:
    """The checks that need a plan."""
    if plan is None or plan.credentials is None:
        return ()
    makers = {
        "timestamp": lambda: timestamp(found, plan.credentials.tsa if plan.credentials else "off"),
        "source_type": lambda: source_type(store, plan),
        "actions": lambda: actions(store, plan),
        "mention": lambda: mention(store, plan),
    }
    return tuple(makers[name]() for name in expected_checks(plan) if name in makers)


def timestamp(found: Codes, asked: str) -> Check:
    if codes.TRUSTED_TIME in found.passed:
        message = say("A trusted time-stamp is there.", "Un horodatage de confiance est présent.")
        return check("timestamp", Status.PASS, message, measured="trusted")
    present = any(code.startswith("timeStamp.") for code in (*found.passed, *found.active))
    message = (
        say(
            "There is a time-stamp, by an authority that is on no trust list here.",
            "Un horodatage est présent, d'une autorité qui n'est sur aucune liste de confiance ici.",
        )
        if present
        else say(
            "There is no trusted time-stamp: the signature ends with its certificate.",
            "Pas d'horodatage de confiance : la signature prend fin avec son certificat.",
        )
    )
    status = Status.FAIL if asked == "required" else Status.WARN
    return check("timestamp", status, message, measured="untrusted" if present else "none", expected="trusted")


def source_type(store: Store, plan: PlanItem) -> Check:
    expected = plan.credentials.source_type if plan.credentials else None
    faults = statements.type_faults(expected, store.active, store.manifests)
    stated = sorted({one.type for one in statements.source_types(store.manifests)})
    message = (
        say(
            f"The credentials do not state the declared source type alone: {listed(stated) or 'none'}.",
            f"Les identifiants ne déclarent pas le seul type de source déclaré : {listed(stated) or 'aucun'}.",
        )
        if faults
        else say("They state how the video was made.", "Ils disent comment la vidéo a été faite.")
    )
    return check(
        "source_type", Status.FAIL if faults else Status.PASS, message, measured=stated, expected=expected or "AI"
    )


def actions(store: Store, plan: PlanItem) -> Check:
    faults = statements.history_faults(plan, store.manifests.get(store.active, {}))
    message = (
        say(
            f"The history that they tell is not what was declared and done: {listed(faults)}.",
            f"L'historique qu'ils racontent n'est pas ce qui a été déclaré et fait : {listed(faults)}.",
        )
        if faults
        else say("They tell what was done, and nothing made up.", "Ils disent ce qui a été fait, sans rien inventer.")
    )
    return check("actions", Status.FAIL if faults else Status.PASS, message, measured=list(faults), expected=[])


def mention(store: Store, plan: PlanItem) -> Check:
    faults = statements.mention_faults(plan, store.manifests.get(store.active, {}))
    message = (
        say(
            f"The signed mention is not that of the plan: {listed(faults)}.",
            f"La mention signée n'est pas celle du plan : {listed(faults)}.",
        )
        if faults
        else say("The signed mention is that of the plan.", "La mention signée est celle du plan.")
    )
    return check("mention", Status.FAIL if faults else Status.PASS, message, measured=list(faults), expected=[])
