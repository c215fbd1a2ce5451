"""`labeler inspect`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from labeler.cli.printing import as_json, guarded_output, safe
from labeler.cli.usage import Command
from labeler.words import disclosure_name, field, integrity_name, layer_name, state_name, trust_name
from labeler.language import say

if TYPE_CHECKING:
    from labeler.inspection import Inspection
    from labeler.verdict import LayerName


def summary() -> str:
    return say(
        "Show everything that a file discloses, without judging it.",
        "Montrer tout ce qu'un fichier déclare, sans le juger.",
    )


@click.command("inspect", cls=Command, help=summary())
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option(
    "--trust",
    type=click.Path(path_type=Path),
    metavar="FILE.pem",
    help=say("Certificates to trust for this run.", "Certificats de confiance pour cette exécution."),
)
@click.option("--json", "as_data", is_flag=True, help=say("JSON on standard output.", "JSON sur la sortie standard."))
def command(file: Path, trust: Path | None, as_data: bool) -> int:
    from labeler.inspection import inspect

    with guarded_output() as output:
        inspection = inspect(file, trust=trust)
        for line in [as_json(inspection)] if as_data else page(inspection):
            output.line(safe(line))
    return 0


def page(inspection: Inspection) -> Iterator[str]:
    """What was found, for people: the three answers, then layer by layer."""
    yield inspection.file
    yield field(say("disclosure", "déclaration"), disclosure_name(inspection.disclosure))
    yield field(say("integrity", "intégrité"), integrity_name(inspection.integrity))
    yield field(say("signer", "signataire"), trust_name(inspection.trust))
    found = inspection.found
    yield heading(inspection, "mention")
    for text in found.mention:
        yield f"    «{text.text}» {text.language or ''} {text.start:.2f}–{text.end:.2f} s {list(text.box or ())}"
    yield heading(inspection, "metadata")
    yield from (f"    digitalSourceType: {kind}" for kind in found.metadata.digital_source_type)
    yield from (f"    {name}: {value}" for name, value in found.metadata.fields.items())
    yield heading(inspection, "credentials")
    if found.credentials.signer:
        yield "  " + field(say("signer", "signataire"), found.credentials.signer)
    yield from (f"    {ai.type} ({ai.where})" for ai in found.credentials.ai)
    yield from (f"    {code}" for code in found.credentials.codes)


def heading(inspection: Inspection, layer: LayerName) -> str:
    return f"  {layer_name(layer)} ({state_name(inspection.layers[layer])})"
