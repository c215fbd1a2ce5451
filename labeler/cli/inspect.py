"""`labeler inspect`."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.tree import Tree

from labeler.cli.printing import as_json, guarded_output, safe
from labeler.cli.verify import disclosure_name, integrity_name, trust_name
from labeler.language import say


def summary() -> str:
    return say(
        "Show everything that a file discloses, without judging it.",
        "Montrer tout ce qu'un fichier déclare, sans le juger.",
    )


@click.command("inspect", help=summary())
@click.argument("file", type=click.Path(path_type=Path))
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
        if as_data:
            print(as_json(inspection), file=output)
            return 0
        found = inspection.found
        tree = Tree(line(inspection.file))
        tree.add(line(f"{say('disclosure', 'déclaration')}: {disclosure_name(inspection.disclosure)}"))
        tree.add(line(f"{say('integrity', 'intégrité')}: {integrity_name(inspection.integrity)}"))
        tree.add(line(f"{say('signer', 'signataire')}: {trust_name(inspection.trust)}"))
        mention = tree.add(line(f"mention ({inspection.layers['mention']})"))
        for text in found.mention:
            mention.add(line(f"«{text.text}» {text.language or ''} {text.start:.2f}–{text.end:.2f} s, {text.box}"))
        metadata = tree.add(line(f"{say('metadata', 'métadonnées')} ({inspection.layers['metadata']})"))
        for kind in found.metadata.digital_source_type:
            metadata.add(line(f"digitalSourceType: {kind}"))
        for name, value in found.metadata.fields.items():
            metadata.add(line(f"{name}: {value}"))
        credentials = tree.add(
            line(f"{say('credentials', 'identifiants de contenu')} ({inspection.layers['credentials']})")
        )
        if found.credentials.signer:
            credentials.add(line(f"{say('signer', 'signataire')}: {found.credentials.signer}"))
        for ai in found.credentials.ai:
            credentials.add(line(f"{ai.type} ({ai.where})"))
        for code in found.credentials.codes:
            credentials.add(line(code))
        Console(file=output, highlight=False).print(tree)
    return 0


def line(text: str) -> str:
    return escape(safe(text))
