"""The SARIF log, held against what the schema of OASIS SARIF 2.1.0 (errata 01) allows of each object that we write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from labeler.batch.verifying import Unjudged
from labeler.errors import SourceUnreadable
from labeler.report.sarif import address, sarif_log
from labeler.verdict import Check, Disclosure, Found, Integrity, JudgedBy, LayerState, Outcome, Status, Trust, Verdict

LEVELS = {"none", "note", "warning", "error"}
# Object: what it must have, what it may have, and what its own members are (the schema forbids all other names).
SHAPES: dict[str, tuple[set[str], set[str], dict[str, str]]] = {
    "sarifLog": ({"version", "runs"}, {"$schema", "inlineExternalProperties", "properties"}, {"runs": "run"}),
    "run": (
        {"tool"},
        {"invocations", "artifacts", "results", "originalUriBaseIds", "columnKind", "language", "properties"},
        {"tool": "tool", "invocations": "invocation", "artifacts": "artifact", "results": "result"},
    ),
    "tool": ({"driver"}, {"extensions", "properties"}, {"driver": "toolComponent"}),
    "toolComponent": (
        {"name"},
        {"version", "semanticVersion", "informationUri", "organization", "rules", "language", "properties"},
        {"rules": "reportingDescriptor"},
    ),
    "reportingDescriptor": (
        {"id"},
        {"name", "shortDescription", "fullDescription", "help", "helpUri", "defaultConfiguration", "properties"},
        {"shortDescription": "multiformatMessageString", "help": "multiformatMessageString"},
    ),
    "multiformatMessageString": ({"text"}, {"markdown", "properties"}, {}),
    "invocation": (
        {"executionSuccessful"},
        {"exitCode", "commandLine", "toolExecutionNotifications", "properties"},
        {"toolExecutionNotifications": "notification"},
    ),
    "notification": (
        {"message"},
        {"level", "locations", "descriptor", "timeUtc", "exception", "associatedRule", "properties"},
        {"message": "message", "locations": "location", "descriptor": "reportingDescriptorReference"},
    ),
    "reportingDescriptorReference": (set(), {"id", "index", "guid", "toolComponent", "properties"}, {}),
    "artifact": (
        set(),
        {"location", "length", "hashes", "roles", "mimeType", "properties"},
        {"location": "artifactLocation"},
    ),
    "artifactLocation": (set(), {"uri", "uriBaseId", "index", "description", "properties"}, {}),
    "result": (
        {"message"},
        {"ruleId", "ruleIndex", "kind", "level", "locations", "partialFingerprints", "fingerprints", "properties"},
        {"message": "message", "locations": "location"},
    ),
    "message": (set(), {"text", "markdown", "id", "arguments", "properties"}, {}),
    "location": (set(), {"id", "physicalLocation", "message", "properties"}, {"physicalLocation": "physicalLocation"}),
    "physicalLocation": (
        set(),
        {"artifactLocation", "region", "contextRegion", "address", "properties"},
        {"artifactLocation": "artifactLocation"},
    ),
}


def hold(thing: Any, kind: str) -> None:
    """Fails where an object lacks what the schema asks for, or has what it does not know."""
    must, may, members = SHAPES[kind]
    assert must <= thing.keys() <= must | may, (kind, sorted(thing))
    for name, below in members.items():
        inner = thing.get(name, [])
        for one in inner if isinstance(inner, list) else [inner]:
            hold(one, below)
    if "level" in thing:
        assert thing["level"] in LEVELS


def verdict_of(
    file: str, *checks: Check, preset: str | None = "eu-standard", outcome: Outcome = Outcome.FAIL
) -> Verdict:
    return Verdict(
        file=file,
        sha256="ab" * 32,
        bytes=12,
        outcome=outcome,
        disclosure=Disclosure.UNDECLARED,
        integrity=Integrity.UNSIGNED,
        trust=Trust.NONE,
        judged_by=None if preset is None else JudgedBy(preset=preset, version=1, sha256="00", plan="derived"),
        layers={"mention": LayerState.ABSENT},
        checks=checks,
        found=Found(),
        labeler="0",
    )


def check(id: str, status: Status, *, mandatory: bool = True) -> Check:
    return Check(id=id, layer="mention", status=status, message=f"about {id}\x1b[31m", mandatory=mandatory, track=0)


LEVEL_CASES = [
    (Status.FAIL, True, "error"),
    (Status.NOT_CHECKED, True, "error"),
    (Status.WARN, True, "warning"),
    (Status.FAIL, False, "note"),
]


@pytest.mark.parametrize(("status", "mandatory", "level"), LEVEL_CASES)
def test_each_check_that_is_no_pass_is_a_result(status: Status, mandatory: bool, level: str) -> None:
    made = verdict_of("a.mp4", check("mention.presence", status, mandatory=mandatory), check("x.y", Status.PASS))
    log = sarif_log([made], 1)
    hold(log, "sarifLog")
    (result,) = log["runs"][0]["results"]
    assert (result["ruleId"], result["level"], result["ruleIndex"]) == ("mention.presence", level, 0)
    assert "\x1b" not in result["message"]["text"]


def test_a_file_that_declares_nothing_breaks_a_rule_of_its_own() -> None:
    log = sarif_log([verdict_of("a.mp4", preset=None)], 1)
    hold(log, "sarifLog")
    assert [result["ruleId"] for result in log["runs"][0]["results"]] == ["disclosure"]
    passed = verdict_of("a.mp4", preset=None, outcome=Outcome.PASS)
    assert sarif_log([passed], 0)["runs"][0]["results"] == []


def test_a_required_layer_of_which_nothing_was_measured_is_a_result() -> None:
    """No check tells why the preset is not met; a log without a result would read as a pass."""
    made = verdict_of("a.mp4").model_copy(update={"meets": {"eu-standard": ("mention",)}})
    log = sarif_log([made], 1)
    hold(log, "sarifLog")
    (result,) = log["runs"][0]["results"]
    assert (result["ruleId"], result["level"]) == ("mention", "error")
    assert not verdict_of("a.mp4", preset=None).model_copy(update={"meets": {"p": ("mention",)}}).unmeasured


def test_a_file_that_did_not_open_is_a_notification() -> None:
    log = sarif_log([Unjudged(Path("b.mp4"), SourceUnreadable("b.mp4: no", file="b.mp4"))], 3)
    hold(log, "sarifLog")
    (invocation,) = log["runs"][0]["invocations"]
    assert not invocation["executionSuccessful"] and invocation["exitCode"] == 3
    assert invocation["toolExecutionNotifications"][0]["descriptor"]["id"] == "source-unreadable"


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("out/été 1.mp4", "out/%C3%A9t%C3%A9%201.mp4"),
        ("/srv/a#b?.mp4", "file:///srv/a%23b%3F.mp4"),
        ("c:d.mp4", "c%3Ad.mp4"),
        ("bad\udcff.mp4", "bad%FF.mp4"),
    ],
)
def test_names_are_uri_references(file: str, uri: str) -> None:
    assert address(file) == uri
    json.dumps(sarif_log([verdict_of(file)], 1)).encode("ascii")
