"""`labeler verify`."""

from __future__ import annotations

from pathlib import Path

import click

from labeler.cli.printing import as_json, guarded_output, report_error, tell
from labeler.cli.stopping import stoppable
from labeler.errors import ExitCode, LabelerError
from labeler.language import say
from labeler.verdict import Check, Disclosure, Integrity, Outcome, Status, Trust, Verdict


def summary() -> str:
    return say(
        "Verify the labels of finished videos, made by anyone.",
        "Vérifier les étiquettes de vidéos finies, d'où qu'elles viennent.",
    )


@click.command("verify", help=summary())
@click.argument("files", nargs=-1, required=True, metavar="FILE|DIR...")
@click.option("-r", "--recursive", is_flag=True, help=say("Also the folders below.", "Aussi les sous-dossiers."))
@click.option(
    "--preset",
    "presets",
    multiple=True,
    metavar="ID",
    help=say("Judge by this preset; can be repeated.", "Juger selon ce préréglage ; répétable."),
)
@click.option(
    "--declaration",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help=say("What the file must state (TOML).", "Ce que le fichier doit déclarer (TOML)."),
)
@click.option(
    "--trust",
    type=click.Path(path_type=Path),
    metavar="FILE.pem",
    help=say("Certificates to trust for this run.", "Certificats de confiance pour cette exécution."),
)
@click.option(
    "--records", type=click.Path(path_type=Path), metavar="DIR", help=say("Where records are.", "Où sont les fiches.")
)
@click.option(
    "--json",
    "json_lines",
    is_flag=True,
    help=say("One verdict a line on standard output.", "Un verdict par ligne sur la sortie standard."),
)
@click.option(
    "--fail-on",
    multiple=True,
    type=click.Choice([kind.value for kind in Disclosure]),
    help=say(
        "Without a preset: fail only on these disclosures.", "Sans préréglage : n'échouer que sur ces déclarations."
    ),
)
def command(
    files: tuple[str, ...],
    recursive: bool,
    presets: tuple[str, ...],
    declaration: Path | None,
    trust: Path | None,
    records: Path | None,
    json_lines: bool,
    fail_on: tuple[str, ...],
) -> int:
    from labeler.batch.sources import Refused, expand
    from labeler.verification import verify

    codes: list[int] = []
    with guarded_output() as output, stoppable() as check:
        for entry in expand(files, recursive=recursive, own_outputs=True):
            if isinstance(entry, Refused):
                report_error(entry.error)
                codes.append(entry.error.exit_code)
                continue
            for preset in presets or (None,):
                check()
                try:
                    verdict = verify(
                        entry.path,
                        preset=preset,
                        declaration=declaration,
                        trust=trust,
                        records=records,
                        progress=lambda phase, share: check(),
                    )
                except LabelerError as error:
                    if error.exit_code in (ExitCode.USAGE, ExitCode.IDENTITY, ExitCode.INTERRUPTED):
                        raise
                    report_error(error)
                    codes.append(error.exit_code)
                    continue
                if json_lines:
                    print(as_json(verdict), file=output, flush=True)
                else:
                    print_verdict(verdict)
                codes.append(ExitCode.NOT_ALL if is_failure(verdict, fail_on) else ExitCode.DONE)
    return exit_code_of(codes)


def is_failure(verdict: Verdict, fail_on: tuple[str, ...]) -> bool:
    if fail_on and verdict.judged_by is None:
        return verdict.disclosure in fail_on
    return verdict.outcome is not Outcome.PASS


def exit_code_of(codes: list[int]) -> int:
    if len(codes) == 1:
        return codes[0]
    failed = {code for code in codes if code != ExitCode.DONE}
    if failed == {ExitCode.TEMPORARY}:
        return ExitCode.TEMPORARY
    return ExitCode.NOT_ALL if failed else ExitCode.DONE


def print_verdict(verdict: Verdict) -> None:
    """The verdict for people: the three answers, each layer, and every check that is not a pass."""
    judged = (
        f" · {verdict.judged_by.preset} v{verdict.judged_by.version} ({verdict.judged_by.plan})"
        if verdict.judged_by
        else ""
    )
    tell(f"{outcome_name(verdict)}  {verdict.file}{judged}")
    tell(f"  {say('disclosure', 'déclaration')}: {disclosure_name(verdict.disclosure)}")
    tell(f"  {say('integrity', 'intégrité')}: {integrity_name(verdict.integrity)}")
    tell(f"  {say('signer', 'signataire')}: {trust_name(verdict.trust)}")
    tell("  " + " · ".join(f"{layer} {state}" for layer, state in verdict.layers.items()))
    for check in verdict.checks:
        if check.status is not Status.PASS:
            tell(f"  {mark(check)} {check.id}: {check.message}")
    if verdict.disclosure in (Disclosure.UNDECLARED, Disclosure.UNDETERMINED):
        tell(
            say(
                "  Finding no mark does not prove that a video was made without AI.",
                "  L'absence de marque ne prouve pas qu'une vidéo a été faite sans IA.",
            )
        )


def outcome_name(verdict: Verdict) -> str:
    return {"pass": say("PASS", "CONFORME"), "fail": say("FAIL", "NON CONFORME"), "error": say("ERROR", "ERREUR")}[
        verdict.outcome
    ]


def mark(check: Check) -> str:
    return {Status.WARN: "!", Status.FAIL: "✗", Status.NOT_CHECKED: "?"}[check.status]


def disclosure_name(value: Disclosure) -> str:
    return {
        Disclosure.DECLARED: say(
            "declared: people and machines can read it", "déclarée : lisible par les personnes et les machines"
        ),
        Disclosure.PARTIAL: say(
            "partial: only people, or only machines, can read it",
            "partielle : lisible par les personnes ou par les machines seulement",
        ),
        Disclosure.CONTRADICTORY: say("contradictory: layers disagree", "contradictoire : les couches se contredisent"),
        Disclosure.UNDECLARED: say("none found", "aucune trouvée"),
        Disclosure.UNDETERMINED: say("could not be determined", "n'a pas pu être établie"),
    }[value]


def integrity_name(value: Integrity) -> str:
    return {
        Integrity.INTACT: say("intact since it was signed", "intacte depuis la signature"),
        Integrity.ALTERED: say("ALTERED after it was signed", "MODIFIÉE après la signature"),
        Integrity.UNSIGNED: say("not signed", "non signée"),
        Integrity.UNREADABLE: say("could not be read", "n'a pas pu être lue"),
    }[value]


def trust_name(value: Trust) -> str:
    return {
        Trust.LISTED: say("on a trust list", "sur une liste de confiance"),
        Trust.UNLISTED: say("on no trust list", "sur aucune liste de confiance"),
        Trust.EXPIRED: say("certificate expired", "certificat expiré"),
        Trust.NONE: say("none", "aucun"),
    }[value]
