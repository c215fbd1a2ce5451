"""The master's credentials: read before anything is signed over them, and refused where they are broken.

An altered file that is signed again as a parent would read as trusted (measured), so it is never made a parent.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from labeler.errors import SourceRejected, SourceUnsupported
from labeler.language import say
from labeler.layers.credentials import codes, layout, sdk
from labeler.media import isobmff, probe

Master = Literal["signed", "unsigned", "closed"]


def refuse(master: Path) -> None:
    """Raises what `examine` raises, and asks the SDK only where there may be something to find."""
    if sdk.surely_holds_none(master):
        refuse_sidecars(master)
    else:
        examine(master)


def examine(master: Path) -> Master:
    """What credentials a master carries: `signed` and intact, `unsigned`, or `closed`: it cannot hold any.

    Reads the whole file once when it is signed. Raises SourceRejected when they, the media or an ancestor were
    altered, SourceUnsupported when they cannot be kept (elsewhere on the network, or in a sidecar).
    """
    container = probe.container_of(master)
    found = sdk.read_store(master)
    if isinstance(found, sdk.Store):
        refuse_altered(master, found)
        return "signed"
    refuse_sidecars(master)
    if container not in sdk.EMBEDDING:
        return "closed"
    if found is None:
        return "unsigned"
    if found.kind == "remote":
        raise cannot_keep(master, "are elsewhere on the network", "se trouvent ailleurs sur le réseau")
    if isobmff.walk(master).has_credentials:
        raise SourceRejected(
            say(
                f"{master} carries credentials that cannot be read.",
                f"{master} porte des identifiants de contenu illisibles.",
            ),
            remedy=say("Deliver the original file again.", "Livrez de nouveau le fichier d'origine."),
            file=str(master),
        )
    return "closed"


def refuse_altered(master: Path, store: sdk.Store) -> None:
    found = codes.gather(store.manifests, store.results)
    if codes.altered(found.active):
        reason = (
            "it was changed after its credentials were signed",
            "il a été modifié après la signature de ses identifiants de contenu",
        )
    elif codes.altered(found.ancestors):
        reason = (
            "what it was made from had been changed after signing, as its credentials tell",
            "ce dont il est issu avait été modifié après signature, d'après ses identifiants de contenu",
        )
    else:
        return
    raise SourceRejected(
        f"{master}: {say(*reason)} ({', '.join(dict.fromkeys(codes.altered(found.failures)))}).",
        remedy=say(
            "Deliver the file as it was signed, or one without credentials.",
            "Livrez le fichier tel qu'il a été signé, ou un fichier sans identifiants de contenu.",
        ),
        file=str(master),
    )


def refuse_sidecars(master: Path) -> None:
    """Credentials in a sidecar cannot become a parent (measured: they read as altered), so they would be lost."""
    for sidecar in sdk.sidecars_of(master):
        found = sdk.read_beside(master, sidecar)
        if isinstance(found, sdk.Store):
            if not codes.altered(codes.gather(found.manifests, found.results).failures):
                raise cannot_keep(master, f"stand in the sidecar {sidecar.name}", f"sont dans {sidecar.name}")
            if probe.container_of(master) not in sdk.EMBEDDING:
                refuse_altered(master, found)
            # Else the sidecar of another file with the same stem, whose container cannot hold its manifest.


def cannot_keep(master: Path, en: str, fr: str) -> SourceUnsupported:
    return SourceUnsupported(
        say(
            f"The credentials of {master} {en}; this version could not keep them.",
            f"Les identifiants de contenu de {master} {fr} ; cette version ne peut pas les conserver.",
        ),
        facts=("credentials",),
        remedy=say(
            "Deliver a file that carries its credentials, or none.",
            "Livrez un fichier qui porte ses identifiants de contenu, ou n'en a pas.",
        ),
        file=str(master),
    )


def check_room(path: Path) -> None:
    if not layout.has_room(path):
        raise SourceUnsupported(
            say(
                f"{path} is so large that a manifest would push its 32-bit chunk offsets over their limit.",
                f"{path} est si grand qu'un manifeste ferait déborder ses décalages de 32 bits.",
            ),
            facts=("stco",),
            remedy=say(
                "Remux it with 64-bit offsets (co64).", "Remultiplexez-le avec des décalages de 64 bits (co64)."
            ),
            file=str(path),
        )
