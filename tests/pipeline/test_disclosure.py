"""What a file says of AI, from what its readers found: each kind of mark, alone and beside others."""

from __future__ import annotations

from typing import Any

import pytest

from labeler import judge
from labeler.rules.source_types import SOURCE_TYPE_PREFIX, Involvement
from labeler.verdict import (
    Check,
    Disclosure,
    Found,
    FoundCredentials,
    FoundMention,
    FoundMetadata,
    FoundStatement,
    FoundTrace,
    FoundWords,
    Integrity,
    LayerName,
    LayerReading,
    LayerState,
    Status,
)

SEVEN = {
    "Label": "1",
    "ContentProducer": "001191110000000000000X00001",
    "ProduceID": "1",
    "ReservedCode1": "",
    "ContentPropagator": "",
    "PropagateID": "",
    "ReservedCode2": "",
}
READ: judge.Readings = {
    "mention": LayerReading(layer="mention", state=LayerState.PASS),
    "metadata": LayerReading(layer="metadata", state=LayerState.PASS),
    "credentials": LayerReading(layer="credentials", state=LayerState.ABSENT),
}


def found(kind: str | None, *types: str, aigc: Any = None) -> Found:
    mention = {"class": kind, "text": "AI", "language": "en", "from": 0.0, "to": 1.0}
    return Found(
        mention=() if kind is None else (FoundMention.model_validate(mention),),
        metadata=FoundMetadata(
            digitalSourceType=tuple(SOURCE_TYPE_PREFIX + code for code in types),
            fields={} if aigc is None else {"AIGC": aigc},
        ),
    )


@pytest.mark.parametrize(
    ("stated", "disclosure"),
    [
        (found("phrase", aigc=SEVEN), "declared"),
        (found("phrase", "trainedAlgorithmicMedia", aigc=SEVEN), "declared"),
        (found("phrase", aigc="{"), "partial"),
        (found("phrase", aigc=[SEVEN, "{"]), "declared"),
        (found("mention", aigc=SEVEN), "partial"),
        (found(None, aigc=SEVEN), "partial"),
        (found(None, aigc=SEVEN | {"Label": "3"}), "partial"),
        (found(None, aigc="{"), "undeclared"),
        (found("negated", aigc=SEVEN), "contradictory"),
        (found(None, "digitalCapture", aigc=SEVEN), "contradictory"),
        (found("phrase", "digitalCapture"), "contradictory"),
        (found("phrase"), "partial"),
        (found(None, "trainedAlgorithmicMedia"), "partial"),
        (found(None), "undeclared"),
    ],
)
def test_the_key_aigc_is_a_mark_that_machines_read(stated: Found, disclosure: str) -> None:
    assert judge.disclosure_of(stated, READ, Integrity.UNSIGNED) == disclosure


def stating(*values: str, traces: tuple[FoundTrace, ...] = ()) -> Found:
    return Found(metadata=FoundMetadata(digitalSourceType=values, traces=traces))


@pytest.mark.parametrize(
    ("values", "disclosure"),
    [
        (("trainedAlgorithmicMedia",), "partial"),
        ((f"{SOURCE_TYPE_PREFIX}trainedAlgorithmicMedia/".replace("http:", "https:"),), "partial"),
        (("Made with AI",), "undeclared"),
        (("Made with AI", "trainedAlgorithmicMedia"), "partial"),
        (("digitalCapture",), "undeclared"),
        (("digitalCapture", "trainedAlgorithmicMedia"), "contradictory"),
        (("compositeWithTrainedAlgorithmicMedia", "trainedAlgorithmicMedia"), "partial"),
    ],
)
def test_source_types_count_by_the_term_that_they_mean(values: tuple[str, ...], disclosure: str) -> None:
    assert judge.disclosure_of(stating(*values), READ, Integrity.UNSIGNED) == disclosure


@pytest.mark.parametrize(
    ("name", "value", "disclosure"),
    [
        ("Iptc4xmpExt:AISystemUsed", "Veo", "partial"),
        ("AI_SYSTEM_USED", "Veo", "partial"),
        ("com.example.aiSystemUsed", "Veo", "partial"),
        ("Iptc4xmpExt:AISystemUsed", " None. ", "undeclared"),
        ("Iptc4xmpExt:AISystemUsed", "", "undeclared"),
        ("Iptc4xmpExt:AISystemVersionUsed", "3", "undeclared"),
    ],
)
def test_a_named_ai_system_says_that_ai_made_it(name: str, value: str, disclosure: str) -> None:
    stated = FoundMetadata(statements=(FoundStatement(name=name, value=value, place="uuid"),))
    assert judge.disclosure_of(Found(metadata=stated), READ, Integrity.UNSIGNED) == disclosure


@pytest.mark.parametrize("disclosure", list(Disclosure))
def test_a_trace_warns_only_where_nothing_is_declared(disclosure: Disclosure) -> None:
    trace = FoundTrace(generator="G", name="prompt", value="x", place="Tags/film", confidence="high", source="s")
    check = judge.undeclared_traces(stating(traces=(trace,)), disclosure)
    assert judge.disclosure_of(stating(traces=(trace,)), READ, Integrity.UNSIGNED) == "undeclared"
    assert (check is not None) is (disclosure in ("undeclared", "undetermined"))
    assert judge.undeclared_traces(stating(), disclosure) is None


def in_words(kind: str, *types: str) -> Found:
    told = {"class": kind, "text": "Made with AI", "name": "comment", "place": "Tags/film"}
    stated = tuple(SOURCE_TYPE_PREFIX + code for code in types)
    return Found(metadata=FoundMetadata(digitalSourceType=stated, words=(FoundWords.model_validate(told),)))


@pytest.mark.parametrize(
    ("stated", "disclosure", "is_told"),
    [
        (in_words("phrase"), "partial", True),
        (in_words("phrase", "trainedAlgorithmicMedia"), "partial", False),
        (in_words("phrase", "digitalCapture"), "contradictory", True),
        (in_words("negated"), "undeclared", False),
        (in_words("negated", "trainedAlgorithmicMedia"), "partial", False),
    ],
)
def test_words_of_the_metadata_are_no_mark_and_not_nothing(stated: Found, disclosure: str, is_told: bool) -> None:
    assert judge.disclosure_of(stated, READ, Integrity.UNSIGNED) == disclosure
    assert (judge.words_alone(stated) is not None) is is_told


def test_a_key_in_altered_bytes_is_no_intact_mark() -> None:
    assert judge.disclosure_of(found("phrase", aigc=SEVEN), READ, Integrity.ALTERED) == "partial"


@pytest.mark.parametrize(
    ("involvement", "stated", "status"),
    [
        ("generated", "trainedAlgorithmicMedia", "pass"),
        ("generated", "compositeSynthetic", "pass"),
        ("generated", "compositeWithTrainedAlgorithmicMedia", "fail"),
        ("modified", "compositeWithTrainedAlgorithmicMedia", "pass"),
        ("modified", "trainedAlgorithmicMedia", "fail"),
        ("assisted", "compositeWithTrainedAlgorithmicMedia", "pass"),
        ("generated", "digitalCapture", "fail"),
    ],
)
def test_metadata_must_suit_what_the_preset_is_for(involvement: Involvement, stated: str, status: str) -> None:
    check = judge.agreement(found("phrase", stated), involvement)
    assert check is not None and check.status == status
    assert judge.agreement(found("phrase", stated)) is None and judge.agreement(found("phrase"), involvement) is None


@pytest.mark.parametrize(
    ("state", "statuses", "asked", "expected"),
    [
        ("pass", (), "required", "not_checked"),
        ("pass", (), None, "pass"),
        ("pass", (), "optional", "pass"),
        ("warn", (), "required", "not_checked"),
        ("pass", ("pass", "not_checked"), "required", "not_checked"),
        ("pass", ("not_checked", "fail"), "required", "fail"),
        ("warn", ("fail",), "required", "fail"),
        ("pass", ("pass", "warn"), "required", "pass"),
        ("absent", ("fail",), "required", "absent"),
        ("pass", ("not_checked",), "optional", "pass"),
    ],
)
def test_a_layer_is_no_better_than_its_mandatory_checks(
    state: str, statuses: tuple[str, ...], asked: str | None, expected: str
) -> None:
    """A text that was found, or an icon, is no pass of what was asked for and could not be measured, or failed."""
    made = (Check(id="mention.size", layer="mention", status=Status(one), message="") for one in statuses)
    checks = tuple(judge.with_mandate(check, {"mention": asked or "off"}) for check in made)
    assert judge.state_beside(LayerState(state), checks, asked) == expected


def test_credentials_of_another_file_contradict() -> None:
    """Whatever they state, and however much else is declared."""
    for stated in (found(None), found("phrase", aigc=SEVEN), found("phrase", "trainedAlgorithmicMedia")):
        moved = FoundCredentials(codes=("assertion.bmffHash.mismatch",), of_another="media")
        told = stated.model_copy(update={"credentials": moved})
        assert judge.disclosure_of(told, READ, Integrity.ALTERED) == "contradictory"
    kept = Found(credentials=FoundCredentials(codes=("assertion.bmffHash.mismatch",)))
    assert judge.disclosure_of(kept, READ, Integrity.ALTERED) == "undeclared"


def test_a_required_layer_of_which_nothing_was_checked_is_no_pass() -> None:
    """A text found by looking everywhere, under a preset that has no layout for this shape: nothing measured it."""
    layers: dict[LayerName, str] = {"mention": "required"}
    assert judge.in_the_way((), READ, layers) == ("mention",)
    assert judge.outcome_by_checks((), READ, layers) == "fail"
    measured = Check(id="mention.size", layer="mention", status=Status.PASS, message="")
    assert judge.outcome_by_checks((measured,), READ, layers) == "pass"
