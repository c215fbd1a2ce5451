"""Presets: what one channel or jurisdiction asks for (`labeler.preset/1`), as types. `presets.py` loads them."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Requirement = Literal["required", "optional", "off"]
Text = dict[str, str]


class Written(BaseModel):
    """Base of what people write: immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Ruled(Written):
    """A value with the rule that it comes from. `choice` marks a default of ours that no source gives."""

    unit: str | None = None
    source: str
    checked_at: date
    expires: date | None = None
    confidence: Literal["high", "medium", "low", "choice"]


class Number(Ruled):
    value: float = Field(gt=0)


class Size(Number):
    """x-height of the mention; `value` in % of the short side, and never below `min_px` real pixels."""

    unit: Literal["% of short side, x-height"] = "% of short side, x-height"
    min_px: int = Field(12, ge=12)


class KeepOut(Ruled):
    """Margins that the mention stays out of: top, right, bottom, left, in % of height, width, height, width."""

    value: tuple[float, float, float, float]
    unit: Literal["% top right bottom left"] = "% top right bottom left"


class Layout(Written):
    """Where the mention stands in frames whose display aspect (width / height, after SAR) lies in `aspect`."""

    aspect: tuple[float, float]
    anchor: Literal["top-left", "top-right", "bottom-left", "bottom-right", "top", "bottom"]
    keep_out: KeepOut


class Timing(Written):
    """Seconds. `persistent_up_to`: up to this duration the mention is shown throughout; above it, `hold`
    seconds from `start` and again every `repeat_every` seconds."""

    start: float = 0.0
    persistent_up_to: Number
    hold: Number
    repeat_every: Number


class MentionRules(Written):
    text: Text
    mark: str | None = None
    overlay: str | None = None
    size: Size
    contrast: Number
    reading_time: Number | None = None
    layout: tuple[Layout, ...] = Field(min_length=1)
    timing: Timing


class CredentialRules(Written):
    tsa: Literal["required", "best_effort", "off"] = "best_effort"
    trust: Literal["any", "listed"] = "any"


class LayerRules(Written):
    mention: Requirement
    metadata: Requirement
    credentials: Requirement
    watermark: Requirement


class Preset(Written):
    schema_: Literal["labeler.preset/1"] = Field(alias="schema")
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")
    version: int = Field(ge=1)
    title: Text
    involvement: Literal["generated", "modified", "assisted"] | None = None
    layers: LayerRules
    mention: MentionRules
    credentials: CredentialRules = Field(default_factory=CredentialRules)
