"""`labeler verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from labeler.cli.printing import as_json, guarded_output, report_error, tell
from labeler.cli.stopping import stoppable
from labeler.cli.usage import Command
from labeler.errors import ExitCode
from labeler.language import say
from labeler.verdict import Check, Disclosure, Integrity, LayerName, LayerState, Outcome, Status, Trust, Verdict


def summary() -> str:
    return say(
        "Verify the labels of finished videos, made by anyone.",
        "Vérifier les étiquettes de vidéos finies, d'où qu'elles viennent.",
    )


@click.command("verify", cls=Command, help=summary())
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
def command(files: tuple[str, ...], recursive: bool, json_lines: bool, fail_on: tuple[str, ...], **asked: Any) -> int:
    from labeler.batch.outcome import exit_code_of
    from labeler.batch.verifying import Question, Unjudged, verify_all

    codes: list[int] = []
    with guarded_output() as output, stoppable() as check:
        for answer in verify_all(files, Question(**asked), recursive=recursive, progress=lambda phase, share: check()):
            if isinstance(answer, Unjudged):
                report_error(answer.error)
                codes.append(answer.error.exit_code)
            else:
                codes.append(ExitCode.NOT_ALL if is_failure(answer, fail_on) else ExitCode.DONE)
            verdict = answer.verdict() if isinstance(answer, Unjudged) else answer
            if json_lines:
                output.line(as_json(verdict))
            elif not isinstance(answer, Unjudged):
                print_verdict(verdict)
    return int(exit_code_of(codes))


def is_failure(verdict: Verdict, fail_on: tuple[str, ...]) -> bool:
    if fail_on and verdict.judged_by is None:
        return verdict.disclosure in fail_on
    return verdict.outcome is not Outcome.PASS


def print_verdict(verdict: Verdict) -> None:
    """The verdict for people: the three answers, each layer, and every check that is not a pass."""
    tell(f"{outcome_name(verdict)}  {verdict.file}{judged_by(verdict)}")
    tell(field(say("disclosure", "déclaration"), disclosure_name(verdict.disclosure)))
    tell(field(say("integrity", "intégrité"), integrity_name(verdict.integrity)))
    tell(field(say("signer", "signataire"), trust_name(verdict.trust)))
    tell("  " + " · ".join(f"{layer_name(layer)} {state_name(state)}" for layer, state in verdict.layers.items()))
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


def field(name: str, value: str) -> str:
    return say(f"  {name}: {value}", f"  {name} : {value}")


PLANS = {
    "record": ("its record", "sa fiche"),
    "manifest": ("its signed plan", "son plan signé"),
    "derived": ("a plan made from the preset", "un plan tiré du préréglage"),
    "none": ("no plan", "aucun plan"),
}


def judged_by(verdict: Verdict) -> str:
    judge = verdict.judged_by
    if judge is None:
        return ""
    by = say(*PLANS[judge.plan])
    return say(f" · {judge.preset} v{judge.version}, by {by}", f" · {judge.preset} v{judge.version}, d'après {by}")


def layer_name(layer: LayerName) -> str:
    return {
        "media": say("media", "média"),
        "mention": "mention",
        "watermark": say("watermark", "filigrane"),
        "metadata": say("metadata", "métadonnées"),
        "credentials": say("credentials", "identifiants de contenu"),
    }[layer]


def state_name(state: LayerState) -> str:
    return {
        LayerState.PASS: say("pass", "conforme"),
        LayerState.WARN: say("warn", "à noter"),
        LayerState.FAIL: say("FAIL", "NON CONFORME"),
        LayerState.ABSENT: "absent",
        LayerState.NOT_CHECKED: say("not checked", "non vérifié"),
    }[state]


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
