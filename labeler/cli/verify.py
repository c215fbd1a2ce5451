"""`labeler verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from labeler.cli.printing import as_json, guarded_output, report_error, tell
from labeler.cli.reporting import report_option, verify_report
from labeler.cli.stopping import stoppable
from labeler.cli.summaries import summary
from labeler.cli.usage import Command
from labeler.errors import ExitCode
from labeler.language import say
from labeler.verdict import Disclosure, Outcome, Status, Verdict
from labeler.words import (
    PLANS,
    disclosure_name,
    field,
    integrity_name,
    layer_name,
    mark,
    no_proof,
    outcome_name,
    state_name,
    trust_name,
)


@click.command("verify", cls=Command, help=summary("verify"))
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
@report_option
def command(
    files: tuple[str, ...], recursive: bool, json_lines: bool, fail_on: tuple[str, ...], page: Path | None, **asked: Any
) -> int:
    from labeler.batch.outcome import exit_code_of
    from labeler.batch.verifying import Question, Unjudged, verify_all

    codes: list[int] = []
    question = Question(**asked)
    with guarded_output() as output, stoppable() as check, verify_report(page, files, question, check) as report:
        for answer in verify_all(files, question, recursive=recursive, progress=lambda phase, share: check()):
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
            report(answer)
    return int(exit_code_of(codes))


def is_failure(verdict: Verdict, fail_on: tuple[str, ...]) -> bool:
    if fail_on and verdict.judged_by is None:
        return verdict.disclosure in fail_on
    return verdict.outcome is not Outcome.PASS


def print_verdict(verdict: Verdict) -> None:
    """The verdict for people: the three answers, each layer, and every check that is not a pass."""
    tell(f"{outcome_name(verdict.outcome)}  {verdict.file}{judged_by(verdict)}")
    tell("  " + field(say("disclosure", "déclaration"), disclosure_name(verdict.disclosure)))
    tell("  " + field(say("integrity", "intégrité"), integrity_name(verdict.integrity)))
    tell("  " + field(say("signer", "signataire"), trust_name(verdict.trust)))
    tell("  " + " · ".join(f"{layer_name(layer)} {state_name(state)}" for layer, state in verdict.layers.items()))
    for check in verdict.checks:
        if check.status is not Status.PASS:
            tell(f"  {mark(check.status)} {check.id}: {check.message}")
    if verdict.disclosure in (Disclosure.UNDECLARED, Disclosure.UNDETERMINED):
        tell("  " + no_proof())


def judged_by(verdict: Verdict) -> str:
    judge = verdict.judged_by
    if judge is None:
        return ""
    by = say(*PLANS[judge.plan])
    return say(f" · {judge.preset} v{judge.version}, by {by}", f" · {judge.preset} v{judge.version}, d'après {by}")
