"""Presets: what one channel or jurisdiction asks for (`labeler.preset/1`), as types. `presets.py` loads them."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from labeler.language import say
from labeler.rules.overlay import Overlay

Requirement = Literal["required", "optional", "off"]


class Written(BaseModel):
    """Base of what people write: immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, allow_inf_nan=False)


def filled(text: str) -> str:
    """A text that says something, on one line."""
    if not text.strip():
        raise ValueError(say("must not be empty.", "ne doit pas être vide."))
    if len(text.splitlines()) > 1 or text != text.strip():
        raise ValueError(
            say("must be one line without blanks around it.", "doit tenir en une ligne, sans blancs autour.")
        )
    return text


def language_code(text: str) -> str:
    """BCP 47, as far as labeler needs it: `fr`, `pt-BR`, `zh-Hant`."""
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", text):
        raise ValueError(
            say(f'"{text}" is no language such as "fr" or "en".', f'"{text}" n\'est pas une langue comme "fr" ou "en".')
        )
    return text


Filled = Annotated[str, AfterValidator(filled)]
LanguageCode = Annotated[str, AfterValidator(language_code)]
Text = Annotated[dict[LanguageCode, Filled], Field(min_length=1)]


class Ruled(Written):
    """A value with the rule that it comes from. `choice` marks a default of ours that no source gives."""

    unit: str | None = None
    source: Filled
    checked_at: date
    expires: date | None = None
    confidence: Literal["high", "medium", "low", "choice"]

    @field_validator("expires")
    @classmethod
    def later_than_checked(cls, expires: date | None, info: ValidationInfo) -> date | None:
        checked = info.data.get("checked_at")
        if expires is not None and checked is not None and expires <= checked:
            raise ValueError(say("must be later than checked_at.", "doit être postérieur à checked_at."))
        return expires


class Number(Ruled):
    value: float = Field(gt=0)


SizeUnit = Literal["% of short side, x-height", "% of height, x-height", "% of short side, ink height"]


class Size(Number):
    """x-height of the mention, or the ink of its least tall letter; `value` in % of the short side or of the height of
    the picture as displayed, and never below `min_px` real pixels."""

    value: float = Field(gt=0, le=50)
    unit: SizeUnit = "% of short side, x-height"
    min_px: int = Field(12, ge=12, le=1000)


class OverlaySize(Number):
    """Height of the overlay image without its transparent edges; never below `min_px` real pixels."""

    value: float = Field(gt=0, le=50)
    unit: Literal["% of short side"] = "% of short side"
    min_px: int = Field(24, ge=16, le=1000)


class KeepOut(Ruled):
    """Margins that the mention stays out of: top, right, bottom, left, in % of height, width, height, width."""

    value: tuple[float, float, float, float]
    unit: Literal["% top right bottom left"] = "% top right bottom left"

    @field_validator("value")
    @classmethod
    def leaves_room(cls, value: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        top, right, bottom, left = value
        if min(value) < 0 or top + bottom >= 100 or left + right >= 100:
            raise ValueError(
                say(
                    "margins are 0 or more, and opposite ones together less than 100 %.",
                    "les marges valent 0 ou plus, et deux marges opposées moins de 100 %.",
                )
            )
        return value


class Layout(Written):
    """Where the mention stands in frames whose display aspect (width / height, after SAR) lies in `aspect`."""

    aspect: tuple[float, float]
    anchor: Literal["top-left", "top-right", "bottom-left", "bottom-right", "top", "bottom"]
    keep_out: KeepOut

    @field_validator("aspect")
    @classmethod
    def rises(cls, aspect: tuple[float, float]) -> tuple[float, float]:
        if not 0 < aspect[0] < aspect[1]:
            raise ValueError(
                say("must be two numbers above 0 that rise.", "doit être deux nombres croissants au-dessus de 0.")
            )
        return aspect


def in_unit(number: Number, unit: str) -> Number:
    """Refuse another unit: «3 min» must not be taken for three seconds."""
    if number.unit not in (None, unit):
        raise ValueError(say(f'unit must be "{unit}".', f'unit doit valoir "{unit}".'))
    return number


class Timing(Written):
    """Seconds. `persistent_up_to`: up to this duration the mention is shown throughout; above it, `hold`
    seconds from `start` and again every `repeat_every` seconds."""

    start: float = Field(0.0, ge=0)
    persistent_up_to: Number
    hold: Number
    repeat_every: Number

    @field_validator("persistent_up_to", "hold", "repeat_every")
    @classmethod
    def seconds(cls, number: Number) -> Number:
        return in_unit(number, "s")

    @field_validator("hold")
    @classmethod
    def long_enough_to_see(cls, hold: Number) -> Number:
        if hold.value < 1:
            raise ValueError(say("must be at least 1 second.", "doit valoir au moins 1 seconde."))
        return hold

    @field_validator("repeat_every")
    @classmethod
    def at_least_hold(cls, repeat_every: Number, info: ValidationInfo) -> Number:
        hold = info.data.get("hold")
        if hold is not None and repeat_every.value < hold.value:
            raise ValueError(say("must not be less than hold.", "ne doit pas être inférieur à hold."))
        return repeat_every


class MentionRules(Written):
    """What people read: a text, alone or with a mark or an overlay image before it; or an overlay alone, whose words
    `overlay_text` tells."""

    text: Text = Field(default_factory=dict)
    mark: Filled | None = None
    overlay: Overlay | None = None
    overlay_text: Text | None = None
    overlay_size: OverlaySize | None = None
    size: Size | None = None
    contrast: Number
    reading_time: Number | None = None
    layout: tuple[Layout, ...] = Field(min_length=1)
    timing: Timing

    @property
    def words(self) -> dict[str, str]:
        """What people read, by language."""
        return self.text or self.overlay_text or {}

    @model_validator(mode="after")
    def belong_together(self) -> MentionRules:
        missing = [*self.missing_for_text(), *self.missing_for_overlay()]
        if missing:
            names = ", ".join(missing)
            raise ValueError(say(f"missing: {names}.", f"il manque : {names}."))
        if self.text and self.overlay_text:
            raise ValueError(
                say(
                    "overlay_text is for an overlay without text.",
                    "overlay_text ne vaut que pour une image sans texte.",
                )
            )
        if self.mark and (self.overlay or not self.text):
            raise ValueError(
                say("a mark stands beside a text, in place of an overlay.", "mark accompagne un texte, sans overlay.")
            )
        return self

    def missing_for_text(self) -> list[str]:
        if not self.text and self.overlay is None:
            return ["text"]
        return ["size"] if self.text and self.size is None else []

    def missing_for_overlay(self) -> list[str]:
        """An image of no known height, or one whose words nobody tells, cannot be judged."""
        if self.overlay is None:
            return ["overlay"] if self.overlay_text or self.overlay_size else []
        absent = {"overlay_size": self.overlay_size, "overlay_text": self.overlay_text or self.text}
        return [name for name, value in absent.items() if not value]

    @field_validator("contrast")
    @classmethod
    def ratio(cls, contrast: Number) -> Number:
        if not 1 < contrast.value <= 21:
            raise ValueError(say("a contrast lies between 1 and 21.", "un contraste se situe entre 1 et 21."))
        return in_unit(contrast, "ratio")

    @field_validator("reading_time")
    @classmethod
    def seconds(cls, reading_time: Number | None) -> Number | None:
        return None if reading_time is None else in_unit(reading_time, "s")


class CredentialRules(Written):
    tsa: Literal["required", "best_effort", "off"] = "best_effort"
    trust: Literal["any", "listed"] = "any"


class MetadataRules(Written):
    """`aigc`: also the key that GB 45438-2025 asks for: its JSON object alone, or as the one value of another."""

    aigc: Literal["bare", "wrapped"] | None = None


class LayerRules(Written):
    """What is asked of each layer. A preset that requires none would pass a file that discloses nothing."""

    mention: Requirement
    metadata: Requirement
    credentials: Requirement
    watermark: Requirement

    @field_validator("watermark")
    @classmethod
    def can_be_kept(cls, watermark: Requirement) -> Requirement:
        if watermark == "required":
            raise ValueError(
                say(
                    'this version writes no watermark: "optional" or "off".',
                    'cette version n\'écrit pas de filigrane : "optional" ou "off".',
                )
            )
        return watermark

    @model_validator(mode="after")
    def asks_for_one(self) -> LayerRules:
        if "required" not in (self.mention, self.metadata, self.credentials):
            raise ValueError(say('at least one layer must be "required".', 'au moins une couche doit être "required".'))
        return self


class Preset(Written):
    """A whole preset. `extends` names what its file builds on: what it took from there is in it, so its hash is
    that of a preset which says the same in one file."""

    schema_: Literal["labeler.preset/1"] = Field(alias="schema")
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")
    version: int = Field(ge=1)
    title: Text
    extends: Filled | None = Field(None, exclude=True)
    involvement: Literal["generated", "modified", "assisted"] | None = None
    layers: LayerRules
    mention: MentionRules
    metadata: MetadataRules = Field(default_factory=MetadataRules)
    credentials: CredentialRules = Field(default_factory=CredentialRules)

    @field_validator("metadata")
    @classmethod
    def has_its_layer(cls, metadata: MetadataRules, info: ValidationInfo) -> MetadataRules:
        layers = info.data.get("layers")
        if metadata.aigc is not None and layers is not None and layers.metadata == "off":
            raise ValueError(
                say(
                    'aigc is written with the layer metadata, which is "off".',
                    'aigc est écrit avec la couche metadata, qui est "off".',
                )
            )
        return metadata
