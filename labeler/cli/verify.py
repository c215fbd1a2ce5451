"""`labeler verify`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from labeler.cli import anyone
from labeler.cli.printing import as_json, as_object, guarded_output, report_error
from labeler.cli.reporting import report_option, verify_report
from labeler.cli.stopping import stoppable
from labeler.cli.summaries import summary
from labeler.cli.usage import Command
from labeler.errors import ExitCode
from labeler.language import say
from labeler.verdict import Disclosure, Verdict

if TYPE_CHECKING:
    from labeler.batch.verifying import Unjudged


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
@anyone.TRUST
@click.option(
    "--records", type=click.Path(path_type=Path), metavar="DIR", help=say("Where records are.", "Où sont les fiches.")
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif"]),
    default="text",
    help=say(
        "For people; one verdict a line; or one SARIF log of all (standard output).",
        "Pour les personnes ; un verdict par ligne ; ou un journal SARIF de tous (sortie standard).",
    ),
)
@click.option(
    "--json",
    "json_lines",
    is_flag=True,
    help=say("The same as --format json.", "Identique à --format json."),
)
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help=say("Of many files, also tell those that pass.", "De plusieurs fichiers, détailler aussi ceux qui passent."),
)
@click.option(
    "--budget",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help=say(
        "Longest search for a mention in one file; what was not read is told.",
        "Durée maximale de la recherche de mention par fichier ; ce qui n'a pas été lu est dit.",
    ),
)
@anyone.INIT
@anyone.ONLINE
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
    files: tuple[str, ...],
    recursive: bool,
    form: str,
    json_lines: bool,
    everything: bool,
    fail_on: tuple[str, ...],
    page: Path | None,
    **asked: Any,
) -> int:
    from labeler.batch.outcome import exit_code_of
    from labeler.batch.verifying import Question, Unjudged, verify_all
    from labeler.cli.verdicts import is_failure, tell_answer, tell_line, tell_many

    form = "json" if json_lines else form
    codes: list[int] = []
    kept: list[tuple[Verdict | Unjudged, bool]] = []
    question = Question(**asked)
    is_one = ((len(files) == 1 and not Path(files[0]).is_dir()) or question.init is not None) and len(
        question.presets
    ) < 2
    with guarded_output() as output, stoppable() as check, verify_report(page, files, question, check) as report:
        for answer in verify_all(files, question, recursive=recursive, check=check):
            failed = is_failure(answer, fail_on)
            codes.append(code_of(answer, failed))
            if form == "json":
                output.line(as_json(answer.verdict() if isinstance(answer, Unjudged) else answer))
            else:
                kept.append((answer, failed))
            if form != "text" and isinstance(answer, Unjudged):
                report_error(answer.error)
            if form == "text" and not is_one:
                tell_line(answer)
            report(answer)
        code = int(exit_code_of(codes))
        if form == "sarif":
            from labeler.report.sarif import sarif_log

            output.line(as_object(sarif_log([answer for answer, _ in kept], code)))
        elif form == "text" and is_one:
            for answer, _ in kept:
                tell_answer(answer)
        elif form == "text":
            tell_many(kept, everything=everything)
    return code


def code_of(answer: Verdict | Unjudged, failed: bool) -> int:
    """The exit code of one file."""
    error = getattr(answer, "error", None)
    if error is not None:
        return int(error.exit_code)
    return int(ExitCode.NOT_ALL if failed else ExitCode.DONE)
