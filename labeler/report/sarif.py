"""Verdicts as a SARIF log, for pipelines of code-hosting sites that gate on one (OASIS SARIF 2.1.0).

One result for each check that is not a pass, one for each required layer of which nothing could be checked, and one for
a disclosure that does not let a file pass; a file that could not be opened is a notification of the run.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from labeler import __version__
from labeler.batch.verifying import Unjudged
from labeler.letters import safe
from labeler.rules.checks import EXPLAINED, mend_of, name_of
from labeler.verdict import Check, Outcome, Status, Verdict
from labeler.words import disclosure_name, no_proof, unmeasured_told

VERSION = "2.1.0"
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
DISCLOSURE = "disclosure"
"""The rule that a file breaks which was judged by no preset and is not declared."""
FINGERPRINT = "labeler/1"
LEVELS: Mapping[Status, str] = MappingProxyType(
    {Status.FAIL: "error", Status.NOT_CHECKED: "error", Status.WARN: "warning"}
)
"""Of a mandatory check; any other is a note (SARIF 2.1.0, 3.27.10)."""

Answer = Verdict | Unjudged


def sarif_log(answers: Sequence[Answer], exit_code: int) -> dict[str, Any]:
    """One run over all these files, as an object for JSON. exit_code: of the command, for the run's invocation."""
    verdicts = [answer for answer in answers if isinstance(answer, Verdict)]
    results = [result for verdict in verdicts for result in results_of(verdict)]
    rules = sorted({str(result["ruleId"]) for result in results})
    for result in results:
        result["ruleIndex"] = rules.index(str(result["ruleId"]))
    notifications = [unopened(answer) for answer in answers if isinstance(answer, Unjudged)]
    run = {
        "tool": {
            "driver": {
                "name": "labeler",
                "version": __version__,
                "rules": [rule_of(id) for id in rules],
            }
        },
        "invocations": [
            {
                "executionSuccessful": not notifications,
                "exitCode": exit_code,
                "toolExecutionNotifications": notifications,
            }
        ],
        "artifacts": [artifact_of(verdict) for verdict in verdicts],
        "results": results,
    }
    return {"$schema": SCHEMA, "version": VERSION, "runs": [run]}


def rule_of(id: str) -> dict[str, Any]:
    """What a rule is about, from the one catalogue of checks."""
    known = EXPLAINED.get(id)
    rule: dict[str, Any] = {"id": id, "shortDescription": {"text": name_of(id)}}
    if known is not None:
        rule["help"] = {"text": mend_of(id)}
    return rule


def results_of(verdict: Verdict) -> Iterator[dict[str, Any]]:
    if verdict.judged_by is None and verdict.outcome is Outcome.FAIL:
        text = f"{disclosure_name(verdict.disclosure)}. {no_proof()}"
        yield result_of(verdict, DISCLOSURE, "error", text)
    for check in verdict.checks:
        if check.status is not Status.PASS:
            yield result_of(verdict, check.id, level_of(check), check.message, track=check.track)
    for layer in verdict.unmeasured:
        yield result_of(verdict, layer, "error", unmeasured_told())


def level_of(check: Check) -> str:
    return LEVELS[check.status] if check.mandatory else "note"


def result_of(verdict: Verdict, id: str, level: str, text: str, *, track: int | None = None) -> dict[str, Any]:
    preset = verdict.judged_by.preset if verdict.judged_by else None
    about = (verdict.sha256 or "", id, preset or "", "" if track is None else str(track))
    return {
        "ruleId": id,
        "level": level,
        "message": {"text": safe(text)},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": address(verdict.file)}}}],
        "partialFingerprints": {FINGERPRINT: ":".join(about)},
        "properties": {"preset": preset, "disclosure": verdict.disclosure.value, "track": track},
    }


def artifact_of(verdict: Verdict) -> dict[str, Any]:
    artifact: dict[str, Any] = {"location": {"uri": address(verdict.file)}, "roles": ["analysisTarget"]}
    if verdict.sha256 is not None and verdict.bytes is not None:
        artifact |= {"length": verdict.bytes, "hashes": {"sha-256": verdict.sha256}}
    return artifact


def unopened(answer: Unjudged) -> dict[str, Any]:
    return {
        "level": "error",
        "message": {"text": safe(answer.error.message)},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": address(str(answer.path))}}}],
        "descriptor": {"id": answer.error.code},
    }


def address(file: str) -> str:
    """A file's name as a URI reference: relative ones stay so; bytes that are no text are escaped (RFC 3986)."""
    path = Path(file)
    name = quote(os.fsencode(path.as_posix()), safe="/")
    return f"file://{name}" if path.is_absolute() else name
