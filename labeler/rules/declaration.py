"""Declarations: what a person states about the work (`labeler.declaration/1`), as types."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator

from labeler.language import say
from labeler.rules.preset import Filled, LanguageCode, Written
from labeler.rules.source_types import AI_CODES, SOURCE_TYPE_PREFIX, Involvement


class Work(Written):
    title: str | None = None
    purpose: Literal["commercial", "institutional", "advertising", "editorial", "artistic", "internal"] | None = None
    language: LanguageCode | None = None
    producer: str | None = None


class System(Written):
    name: Filled
    version: str | None = None
    provider: str | None = None
    task: str | None = None
    prompt: str | None = None
    prompt_writer: str | None = None


class ArtificialIntelligence(Written):
    """`source_type` names another IPTC Digital Source Type than the one that follows from `involvement`."""

    involvement: Involvement
    source_type: str | None = None
    oversight: Literal["fully_autonomous", "prompt_guided", "human_validated"] | None = None
    system: tuple[System, ...] = ()
    publish_prompts: bool = False

    @field_validator("source_type")
    @classmethod
    def tells_of_ai(cls, source_type: str | None) -> str | None:
        if source_type is not None and source_type.removeprefix(SOURCE_TYPE_PREFIX) not in AI_CODES:
            names = ", ".join(AI_CODES)
            raise ValueError(
                say(
                    f"must be an IPTC type that tells of AI ({names}), or be left out.",
                    f"doit être un type de l'IPTC qui dit l'IA ({names}), ou être retiré.",
                )
            )
        return source_type


class Human(Written):
    summary: str | None = None


class Declaration(Written):
    """The names after `human` are kept for the dossier: accepted, and not yet read."""

    schema_: Literal["labeler.declaration/1"] = Field(alias="schema")
    work: Work = Field(default_factory=Work)
    ai: ArtificialIntelligence
    human: Human = Field(default_factory=Human)
    risk: dict[str, Any] | None = None
    role: dict[str, Any] | None = None
    element: tuple[dict[str, Any], ...] = ()
    input: tuple[dict[str, Any], ...] = ()
    person: tuple[dict[str, Any], ...] = ()
    approval: tuple[dict[str, Any], ...] = ()
