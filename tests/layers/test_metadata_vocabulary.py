"""The vocabulary: which type states which involvement, and what may stand beside what."""

import pytest

from labeler.errors import DeclarationError
from labeler.layers.metadata import vocabulary
from labeler.layers.metadata.vocabulary import plan_metadata, source_type_of
from labeler.rules.declaration import Declaration
from labeler.rules.source_types import (
    C2PA_SOURCE_TYPE_PREFIX,
    CURRENT_CODES,
    RETIRED_CODES,
    SOURCE_TYPE_PREFIX,
    SOURCE_TYPES,
    is_ai,
    is_consistent,
)

TEXTS = {"en": "AI-generated or AI-assisted content", "fr": "Contenu généré ou assisté par IA"}
GENERATED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
CAPTURED = SOURCE_TYPE_PREFIX + "digitalCapture"


def declare(**ai: object) -> Declaration:
    return Declaration.model_validate(
        {"schema": "labeler.declaration/1", "ai": {"involvement": "generated", **ai}, "work": {}}
    )


def test_the_vocabulary_holds_17_current_terms_3_retired_and_2_of_c2pa() -> None:
    assert len(set(CURRENT_CODES)) == 17
    assert not set(CURRENT_CODES) & set(RETIRED_CODES)
    assert len(SOURCE_TYPES) == 22
    assert all(uri.startswith(("http://cv.iptc.org/", "http://c2pa.org/")) for uri in SOURCE_TYPES)


@pytest.mark.parametrize(
    ("involvement", "uri"), [("generated", GENERATED), ("modified", COMPOSITE), ("assisted", COMPOSITE)]
)
def test_each_involvement_has_its_type(involvement: vocabulary.Involvement, uri: str) -> None:
    assert source_type_of(involvement) == uri


@pytest.mark.parametrize("override", ["compositeSynthetic", SOURCE_TYPE_PREFIX + "compositeSynthetic"])
def test_an_override_may_be_a_code_or_a_full_uri(override: str) -> None:
    assert source_type_of("modified", override) == SOURCE_TYPE_PREFIX + "compositeSynthetic"


@pytest.mark.parametrize(
    ("override", "named"),
    [
        ("trainedAlgoritmicMedia", "trainedAlgorithmicMedia"),
        ("TrainedAlgorithmicMedia", "trainedAlgorithmicMedia"),
        ("https://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic", "compositeSynthetic"),
        ("digsrctype:compositeWithTrainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia"),
        ("minorHumanEdits", "humanEdits"),
    ],
)
def test_a_wrong_override_names_the_term_that_was_meant(override: str, named: str) -> None:
    with pytest.raises(DeclarationError) as error:
        source_type_of("modified", override)
    assert f"«{named}»" in error.value.message or f"« {named} »" in error.value.message


def test_an_override_that_denies_the_declared_ai_is_refused() -> None:
    with pytest.raises(DeclarationError, match="digitalCapture"):
        source_type_of("generated", "digitalCapture")


def test_only_types_that_state_generative_ai_count_as_ai() -> None:
    assert is_ai(GENERATED)
    assert is_ai(COMPOSITE)
    assert is_ai(C2PA_SOURCE_TYPE_PREFIX + "trainedAlgorithmicData")
    assert not is_ai(SOURCE_TYPE_PREFIX + "algorithmicMedia")
    assert not is_ai("trainedAlgorithmicMedia")


def test_layers_agree_on_one_term_and_on_a_composite_with_its_part() -> None:
    assert is_consistent(GENERATED, GENERATED)
    assert is_consistent(COMPOSITE, GENERATED)
    assert is_consistent(GENERATED, COMPOSITE)
    assert is_consistent(SOURCE_TYPE_PREFIX + "minorHumanEdits", SOURCE_TYPE_PREFIX + "humanEdits")


def test_layers_disagree_on_ai_and_capture_and_on_words_of_no_vocabulary() -> None:
    assert not is_consistent(GENERATED, CAPTURED)
    assert not is_consistent(COMPOSITE, CAPTURED)
    assert not is_consistent(GENERATED, "trainedAlgorithmicMedia")
    assert not is_consistent("x", "x")


def test_the_plan_holds_both_texts_with_the_default_language_first() -> None:
    assert list(plan_metadata(declare(), TEXTS).description) == ["fr", "en"]
    assert list(plan_metadata(declare(), TEXTS, "en").description) == ["en", "fr"]
    assert plan_metadata(declare(), TEXTS).description == TEXTS


def test_without_systems_no_ai_field_is_made_up() -> None:
    plan = plan_metadata(declare(), TEXTS)
    assert (plan.ai_system, plan.ai_system_version, plan.ai_prompt, plan.ai_prompt_writer) == (None,) * 4


def test_systems_are_joined_in_the_order_declared() -> None:
    systems = [
        {"name": "Veo", "provider": "Google", "version": "3.1"},
        {"name": "Runway Gen-4", "provider": "Runway"},
        {"name": "Voice", "version": "2"},
    ]
    plan = plan_metadata(declare(system=systems), TEXTS)
    assert plan.ai_system == "Google Veo; Runway Gen-4; Voice"
    assert plan.ai_system_version == "Veo 3.1; Voice 2"


def test_one_system_has_its_bare_version() -> None:
    assert plan_metadata(declare(system=[{"name": "Veo", "version": "3.1"}]), TEXTS).ai_system_version == "3.1"


def test_prompts_are_private_unless_the_declaration_publishes_them() -> None:
    systems = [{"name": "Veo", "prompt": "a dog\r\nin the rain", "prompt_writer": "A. Martin"}]
    hidden = plan_metadata(declare(system=systems), TEXTS)
    assert hidden.ai_prompt is None
    assert hidden.ai_prompt_writer is None
    shown = plan_metadata(declare(system=systems, publish_prompts=True), TEXTS)
    assert shown.ai_prompt == "a dog\nin the rain"
    assert shown.ai_prompt_writer == "A. Martin"


def test_a_character_that_xml_cannot_hold_is_refused_by_number() -> None:
    with pytest.raises(DeclarationError, match=r"U\+0007"):
        plan_metadata(declare(system=[{"name": "Veo\x07"}]), TEXTS)
