"""`labeler doctor`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from labeler.cli.printing import as_json, guarded_output, safe
from labeler.cli.summaries import summary
from labeler.cli.usage import Command
from labeler.language import say

if TYPE_CHECKING:
    from labeler.rules.examination import Examination, Mark


@click.command("doctor", cls=Command, help=summary("doctor"))
@click.option("--json", "as_data", is_flag=True, help=say("JSON on standard output.", "JSON sur la sortie standard."))
def command(as_data: bool) -> int:
    from labeler.doctor.examine import examine

    with guarded_output() as output:
        examination = examine(datetime.now(UTC))
        for line in [as_json(examination)] if as_data else page(examination):
            output.line(safe(line))
    return examination.exit_code


def page(examination: Examination) -> Iterator[str]:
    """The report is this command's data: one line a finding, and below it what to do."""
    wide = max((len(finding.what) for finding in examination.findings), default=0)
    for finding in examination.findings:
        yield f"{mark_name(finding.mark):<{MARK_WIDTH}}  {finding.what:<{wide}}  {finding.detail}"
        if finding.remedy:
            yield f"{'':<{MARK_WIDTH}}  {'':<{wide}}  → {finding.remedy}"
    yield conclusion(examination)


MARK_WIDTH = 8


def mark_name(mark: Mark) -> str:
    return {"ok": "ok", "note": "note", "problem": say("PROBLEM", "PROBLÈME")}[mark]


def conclusion(examination: Examination) -> str:
    problems = sum(finding.mark == "problem" for finding in examination.findings)
    notes = sum(finding.mark == "note" for finding in examination.findings)
    if examination.exit_code:
        return say(
            f"This machine lacks what labeler's install promises (problems: {problems}, notes: {notes}).",
            f"Il manque à cette machine ce que promet l'installation de labeler "
            f"(problèmes : {problems}, notes : {notes}).",
        )
    return say(
        f"This install of labeler is whole (problems: {problems}, notes: {notes}).",
        f"Cette installation de labeler est complète (problèmes : {problems}, notes : {notes}).",
    )
