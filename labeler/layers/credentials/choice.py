"""Which manifest store is a file's: the one inside it, one beside it, or the one that it names on the network.

What lies beside a file and is not its store is told, never passed over: another file may own it, or this one was
changed since it was signed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from labeler.layers.credentials import belonging, codes, sdk, seal
from labeler.layers.credentials.belonging import Reason
from labeler.layers.credentials.remote import Network, NotFetched
from labeler.layers.credentials.sdk import Store, Unreadable
from labeler.layers.credentials.statements import LONGEST
from labeler.layers.credentials.trust import Trust
from labeler.letters import shortened
from labeler.media import probe
from labeler.verdict import FoundRemote, FoundSidecar


@dataclass(frozen=True)
class Own:
    """What counts as a file's credentials, and what else there is. beside: the sidecars that do not count, all that do
    not fit among them. remote: where the file says that they are, where they are not in it. is_first_piece: of a film
    whose segments are not here."""

    store: Store | Unreadable | None
    beside: tuple[FoundSidecar, ...] = ()
    remote: FoundRemote | None = None
    of_another: Reason | None = None
    is_first_piece: bool = False

    @property
    def is_fetched(self) -> bool:
        """Whether the store came from the network."""
        return self.remote is not None and self.remote.fetched


def choose(path: Path, sidecars: Iterable[Path], trust: Trust, network: Network | None = None) -> Own:
    """The one embedded; else a sidecar that fits; else the one that the file names on the network; else a sidecar that
    must be this file's.

    network: None fetches nothing. Raises SourceMissing, SourceUnreadable, Temporary when a file cannot be read.
    """
    embedded = sdk.read_store(path, trust.anchors)
    beside = [(sidecar, sdk.read_beside(path, sidecar, trust.anchors)) for sidecar in sidecars]
    elsewhere = embedded if isinstance(embedded, Unreadable) and embedded.kind == "remote" else None
    if embedded is not None and elsewhere is None:
        return told(path, embedded, beside)
    own = next((one for one in beside if fits(one[1])), None)
    if own is None and elsewhere is not None:
        return fetched(path, elsewhere, trust, network, beside)
    own = own or likeliest(path, beside)
    others = [one for one in beside if one != own]
    return told(path, own[1] if own is not None else None, others, address_of(elsewhere))


def likeliest(path: Path, beside: list[tuple[Path, Store | Unreadable]]) -> tuple[Path, Store | Unreadable] | None:
    """Of sidecars none of which fits, the one that counts: the one that is named after this file alone; else, where the
    container can hold no manifest, any. `STEM.c2pa` may be of another file with that stem: beside a container that
    holds its manifest itself, or bound to a file of another kind, it does not count."""
    for sidecar, store in beside:
        is_named = sidecar.name == path.name + sdk.SIDECAR
        if is_named or isinstance(store, Unreadable):
            return sidecar, store
        if probe.container_of(path) not in sdk.EMBEDDING and belonging.of_another(path, store) is None:
            return sidecar, store
    return None


def fits(store: Store | Unreadable) -> bool:
    return isinstance(store, Store) and not codes.altered(codes.gather(store.manifests, store.results).active)


def fetched(
    path: Path,
    named: Unreadable,
    trust: Trust,
    network: Network | None,
    beside: list[tuple[Path, Store | Unreadable]],
) -> Own:
    """named: what the file says instead of holding its credentials."""
    remote = address_of(named)
    if network is None or named.address is None or remote is None:
        return told(path, named, beside, remote)
    try:
        data = network.fetch(named.address)
    except NotFetched as error:
        return told(path, named, beside, remote.model_copy(update={"problem": str(error)}))
    came = {"fetched": True, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    return told(path, sdk.read_with(path, data, trust.anchors), beside, remote.model_copy(update=came))


def address_of(named: Unreadable | None) -> FoundRemote | None:
    return None if named is None else FoundRemote(address=shortened(named.address or "?", LONGEST), fetched=False)


def told(
    path: Path,
    store: Store | Unreadable | None,
    others: list[tuple[Path, Store | Unreadable]],
    remote: FoundRemote | None = None,
) -> Own:
    listed = tuple(sidecar_of(*one) for one in others)
    if not isinstance(store, Store):
        return Own(store, listed, remote)
    return Own(store, listed, remote, belonging.of_another(path, store), belonging.is_first_piece(path, store))


def sidecar_of(sidecar: Path, store: Store | Unreadable) -> FoundSidecar:
    if isinstance(store, Unreadable):
        return FoundSidecar(name=sidecar.name, fits=None)
    found = codes.gather(store.manifests, store.results)
    signer = seal.signer_name(store, seal.certificate_of(store))
    return FoundSidecar(name=sidecar.name, fits=fits(store), codes=found.failures, signer=signer)
