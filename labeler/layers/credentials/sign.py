"""Seal a finished file: what the person declared and what labeler did, signed by an identity (the writer).

MP4 and MOV carry their manifests; for Matroska they stand in a sidecar. A master without credentials is first signed
in a temporary copy, which becomes the parent of the deliverable; one that has them is verified and kept as it is.
"""

from __future__ import annotations

import io
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

import c2pa

from labeler.errors import IdentityError, IdentityMissing, LabelerError, SigningFailed, SourceUnsupported, Temporary
from labeler.language import say
from labeler.layers.credentials import layout, lint, manifest, masters, sdk, timeserver
from labeler.layers.credentials.identity import Identity
from labeler.layers.credentials.place import place_error
from labeler.layers.credentials.sdk import Echo, Watched
from labeler.media import probe
from labeler.progress import Progress, silent
from labeler.rules.plan import CredentialsPlan, PlanItem

PASSES = 3
"""How often the SDK reads a file while it signs it (measured)."""

Tick = Callable[[int], None]


@dataclass(frozen=True)
class Seal:
    """Who signs, with which time server (or none), and where the SDK may keep its temporary files."""

    identity: Identity
    tsa: str | None
    scratch: Path
    progress: Progress


@dataclass(frozen=True)
class Sheet:
    """One manifest to sign: into `target`, or beside it where `target` is None. `parent`: the file that it opens."""

    definition: dict[str, Any]
    source: Path
    target: Path | None
    parent: Path | None
    share: tuple[float, float]


def sign(
    work: Path,
    signed: Path,
    *,
    master: Path,
    item: PlanItem,
    identity: Identity | None,
    scratch: Path,
    when: datetime,
    progress: Progress = silent,
) -> Path | None:
    """Write `signed`, the bytes of `work` with their seal; return the sidecar beside it (Matroska), else None.

    scratch: a private folder on the volume of `signed`; nothing stays in it. when: an aware time, stated in the
    manifest. `work` is left as it is. Whatever goes wrong, neither `signed` nor a sidecar is left.

    Raises IdentityMissing, IdentityError (time server required, none named), SigningFailed; SourceRejected and
    SourceUnsupported (the master's credentials are altered or cannot be kept); DiskFull, Temporary (time server).
    """
    if identity is None:
        raise IdentityMissing(say(f"{signed}: there is nobody to sign.", f"{signed} : il n'y a personne pour signer."))
    if item.credentials is None:
        raise ValueError("a plan whose credentials are not off says what they state")
    sidecar = signed.with_suffix(sdk.SIDECAR)
    try:
        with translated(signed, master), sdk.temporary_files_in(scratch):
            try_identity(identity, item, when)
            seal = Seal(identity, time_server(identity, item.credentials), scratch, progress)
            with parent_of(master, item, seal) as parent:
                if probe.container_of(work) in sdk.EMBEDDING:
                    embed(work, signed, parent, item, seal, when)
                    return None
                write_beside(work, signed, sidecar, item, seal, when)
                return sidecar
    except BaseException:
        signed.unlink(missing_ok=True)
        sidecar.unlink(missing_ok=True)
        raise


def embed(work: Path, signed: Path, parent: Path | None, item: PlanItem, seal: Seal, when: datetime) -> None:
    masters.check_room(work)
    definition = manifest.label_manifest(item, mime_of(work), when, has_parent=parent is not None)
    press(Sheet(definition, work, signed, parent, (0.5, 1.0)), item, seal)


def write_beside(work: Path, signed: Path, sidecar: Path, item: PlanItem, seal: Seal, when: datetime) -> None:
    """One manifest that states all, in a sidecar; the media is taken over without copying where that is possible."""
    definition = manifest.label_manifest(item, mime_of(work), when, has_parent=False)
    sidecar.write_bytes(press(Sheet(definition, work, None, None, (0.0, 1.0)), item, seal))
    try:
        os.link(work, signed)
    except OSError:
        shutil.copyfile(work, signed)


# --- the master ---------------------------------------------------------------------------------------------------


@contextmanager
def parent_of(master: Path, item: PlanItem, seal: Seal) -> Iterator[Path | None]:
    """The file that the deliverable's manifest opens; None where the master cannot carry a manifest.

    A master without credentials is signed in a copy that is gone afterwards.
    """
    state = masters.examine(master)
    if state != "unsigned":
        yield master if state == "signed" else None
        return
    copy = seal.scratch / f"master{master.suffix.lower()}"
    try:
        masters.check_room(master)
        yield copy if sign_master(master, copy, item, seal) else None
    finally:
        copy.unlink(missing_ok=True)


def sign_master(master: Path, copy: Path, item: PlanItem, seal: Seal) -> bool:
    """Whether the master could be signed; its boxes may be such that the SDK finds no place for a manifest in them."""
    definition = manifest.master_manifest(item, mime_of(master))
    try:
        press(Sheet(definition, master, copy, None, (0.0, 0.5)), item, seal)
    except c2pa.C2paError as error:
        if isinstance(error, c2pa.C2paError.Signature) or sdk.system_error(error) is not None:
            raise
        return False
    return True


# --- one signature ------------------------------------------------------------------------------------------------


def time_server(identity: Identity, plan: CredentialsPlan) -> str | None:
    """The time server to use: none when the preset wants none, or none is named; asked before, so that a silent one
    costs seconds and not a whole signature."""
    if plan.tsa == "off" or (plan.tsa == "best_effort" and not identity.tsa):
        return None
    if not identity.tsa:
        raise IdentityError(
            say(
                f"The preset requires a trusted time, but the identity «{identity.name}» names no time server.",
                f"Le préréglage exige un horodatage, mais l'identité « {identity.name} » ne nomme aucun serveur.",
            ),
            remedy=say(
                'Add tsa = ["http://…"] to its identity.toml.', 'Ajoutez tsa = ["http://…"] à son identity.toml.'
            ),
        )
    found = timeserver.first_that_answers(identity.tsa)
    if found is None and plan.tsa == "required":
        raise no_time(identity)
    return found


def no_time(identity: Identity) -> Temporary:
    servers = ", ".join(identity.tsa)
    return Temporary(
        say(f"No time server answers: {servers}.", f"Aucun serveur d'horodatage ne répond : {servers}."),
        remedy=say("Try again later, or name another one.", "Réessayez plus tard, ou nommez-en un autre."),
    )


def try_identity(identity: Identity, item: PlanItem, when: datetime) -> None:
    """Sign one byte, beside it: an identity that the SDK refuses is told before any large work."""
    with c2pa.Context.from_dict(sdk.signing_settings(merkle=False)) as context, signer(identity, None) as hand:
        definition = manifest.master_manifest(item, probe.mime_type("mkv"))
        lint.check(definition)
        with c2pa.Builder(definition, context=context) as builder:
            builder.set_no_embed()
            builder.sign(hand, probe.mime_type("mkv"), io.BytesIO(b"\0"), Echo(io.BytesIO(b"\0")))


def press(sheet: Sheet, item: PlanItem, seal: Seal) -> bytes:
    """Sign one sheet; without time where the time server fails after all and the preset bears that."""
    lint.check(sheet.definition)
    try:
        return press_once(sheet, seal, seal.tsa)
    except c2pa.C2paError.Signature as error:
        if seal.tsa is None or item.credentials is None:
            raise
        if item.credentials.tsa == "required":
            raise no_time(seal.identity) from error
        return press_once(sheet, seal, None)


def press_once(sheet: Sheet, seal: Seal, tsa: str | None) -> bytes:
    mime = mime_of(sheet.source)
    merkle = sheet.target is not None and layout.is_in_one_piece(sheet.source)
    with ExitStack() as stack:
        context = stack.enter_context(c2pa.Context.from_dict(sdk.signing_settings(merkle=merkle)))
        hand = stack.enter_context(signer(seal.identity, tsa))
        builder = stack.enter_context(c2pa.Builder(sheet.definition, context=context))
        source = Watched(stack.enter_context(sheet.source.open("rb")), ticking(sheet, seal.progress))
        if sheet.parent is not None:
            add_parent(builder, sheet.parent)
        if sheet.target is None:
            builder.set_no_embed()
            original = stack.enter_context(sheet.source.open("rb"))
            target = Watched(cast(BinaryIO, Echo(original)))
        else:
            target = Watched(stack.enter_context(sheet.target.open("w+b")))
        with sdk.crossing(source, target):
            return bytes(builder.sign(hand, mime, source, target))


def add_parent(builder: Any, parent: Path) -> None:
    with parent.open("rb") as file:
        stream = Watched(file)
        named = {"title": "master", "relationship": "parentOf", "label": manifest.PARENT}
        with sdk.crossing(stream):
            builder.add_ingredient(json.dumps(named), mime_of(parent), stream)


@contextmanager
def signer(identity: Identity, tsa: str | None) -> Iterator[Any]:
    info = c2pa.C2paSignerInfo(identity.alg, identity.chain_pem, identity.key_pem, tsa)
    with c2pa.Signer.from_info(info) as hand:
        yield hand


def ticking(sheet: Sheet, progress: Progress) -> Tick:
    first, last = sheet.share
    total = PASSES * max(1, sheet.source.stat().st_size)

    def tick(done: int) -> None:
        progress("sign", first + (last - first) * min(1.0, done / total))

    return tick


def mime_of(path: Path) -> str:
    container = probe.container_of(path)
    if container is None:
        raise ValueError(f"{path.name} has no container of this version")
    return probe.mime_type(container)


@contextmanager
def translated(path: Path, master: Path) -> Iterator[None]:
    """Errors of the SDK and of the file system while `path`, made from `master`, is sealed, by type."""
    try:
        yield
    except LabelerError:
        raise
    except OSError as error:
        raise place_error(error, path) from error
    except c2pa.C2paError as error:
        system = sdk.system_error(error)
        if system is not None:
            raise place_error(system, path) from error
        raise refused(error, path, master) from error


def refused(error: c2pa.C2paError, path: Path, master: Path) -> SigningFailed | SourceUnsupported:
    """The SDK's own words stand at the end: they name what it did not like. The identity was tried before, so what is
    neither the signature nor the seal is a file in which the SDK does not find its way."""
    if isinstance(error, c2pa.C2paError.Signature | c2pa.C2paError.Verify):
        why = (
            say("the certificate or key was refused", "le certificat ou la clé a été refusé")
            if isinstance(error, c2pa.C2paError.Signature)
            else say("the seal did not verify", "le sceau ne se vérifie pas")
        )
        return SigningFailed(f"{path}: {why} ({error}).", file=str(path))
    return SourceUnsupported(
        say(
            f"{master}: a file built like this cannot be sealed ({error}).",
            f"{master} : un fichier ainsi construit ne peut pas être scellé ({error}).",
        ),
        facts=("structure",),
        remedy=say(
            "Export the film again as a plain file, without unusual boxes.",
            "Exportez de nouveau le film en un fichier simple, sans boîtes inhabituelles.",
        ),
        file=str(master),
    )
