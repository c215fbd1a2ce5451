"""The plan: declaration + preset + source, resolved to exact pixels, times and fields (`labeler.plan/1`).

Only a frozen `PlanItem` reaches a writer; everything after planning executes it.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Annotated, Any, Literal

from pydantic import Field, PlainSerializer, PlainValidator

from labeler.media.inventory import Inventory
from labeler.media.rendering import Rendering
from labeler.verdict import Frozen, LayerName

MICROSECOND = Decimal("0.000001")
MICROSECONDS = 1_000_000
EXACT = 1 << 53
"""Up to here the digits of a whole float are those of its value."""


def to_fraction(value: Any) -> Fraction:
    """Exact seconds from a number, a decimal or fraction in text, or a Fraction."""
    if isinstance(value, Fraction):
        return value
    if type(value) is float and value.is_integer() and abs(value) < EXACT:
        return Fraction(int(value))  # what its digits say, without reading them
    return Fraction(str(value))


def to_decimal_seconds(value: Fraction) -> float:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return float(exact.quantize(MICROSECOND, ROUND_HALF_EVEN))


def round_up(value: Fraction) -> Fraction:
    """The next whole microsecond: what JSON can say exactly and still covers `value`."""
    return Fraction(ceil(value * MICROSECONDS), MICROSECONDS)


def round_down(value: Fraction) -> Fraction:
    """The whole microsecond at or before `value`: what JSON can say exactly of when a frame begins."""
    return Fraction(floor(value * MICROSECONDS), MICROSECONDS)


Seconds = Annotated[
    Fraction, PlainValidator(to_fraction), PlainSerializer(to_decimal_seconds, return_type=float, when_used="json")
]
Box = tuple[int, int, int, int]


class Interval(Frozen):
    """Shown from `start` (included) to `end` (excluded), in seconds from the first shown frame."""

    start: Seconds = Field(alias="from")
    end: Seconds = Field(alias="to")

    def holds(self, seconds: Fraction) -> bool:
        return self.start <= seconds < self.end


class OverlayPlan(Frozen):
    """The image of a mention, whole, so that it can be drawn and judged wherever the plan is.

    png: its file in base64, without the remarks in it; sha256 is that of those bytes. height: what it is drawn at
    without its transparent edges, in pixels; least_height: what a reader must measure. contrast: least ratio of its
    light parts to its dark ones.
    """

    sha256: str
    png: str
    height: int
    least_height: float
    contrast: float


SizeOf = Literal["x-height", "ink"]
Overwrite = Literal["never", "ours", "always"]


class MentionPlan(Frozen):
    """One mention on one video track.

    lines: the text as wrapped. box: the whole mark (plate included) as [x, y, width, height] in pixels of the
    decoded frame after the display matrix and before SAR. font_size: em in pixels. x_height: least height in
    pixels of the flat lower-case letters that a reader must measure; with `size_of` ink, of the least tall letter.
    safe_area: the box inside which `box` must lie. mark: framed capitals beside the text, or None. overlay: an image
    in place of the mark; where it stands alone, `text` is what people read in it, and there are no lines. programme:
    what a person said is the programme, nothing is shown outside of it; None: the whole video.
    """

    track: int
    text: str
    lines: tuple[str, ...]
    language: str
    mark: str | None
    font_sha256: str
    font_size: int
    x_height: float
    size_of: SizeOf = "x-height"
    box: Box
    safe_area: Box
    intervals: tuple[Interval, ...]
    reading_time: Seconds
    contrast: float = 4.5
    overlay: OverlayPlan | None = None
    programme: Interval | None = None

    @property
    def is_programme_respected(self) -> bool:
        """Whether nothing is to be shown outside of it: not so where a verifier does not take it for true."""
        within = self.programme
        return within is None or all(within.start <= one.start and one.end <= within.end for one in self.intervals)


class AigcPlan(Frozen):
    """The value of the key `AIGC` (GB 45438-2025) to the letter; None only in a plan derived to read someone else's
    file: any well-formed value will do."""

    value: str | None


class MetadataPlan(Frozen):
    """The fields to write. `description` by language. AI fields (IPTC 2025.1) as declared, None where not.

    `digital_source_type` is None only in a plan derived to read someone else's file: any AI type will do.
    """

    digital_source_type: str | None
    description: dict[str, str]
    ai_system: str | None = None
    ai_system_version: str | None = None
    ai_prompt: str | None = None
    ai_prompt_writer: str | None = None
    aigc: AigcPlan | None = None


class AISystem(Frozen):
    name: str
    version: str | None = None
    provider: str | None = None
    task: str | None = None


class CredentialsPlan(Frozen):
    """What the signed manifests state: the declared type, the systems, and how strictly trust and time count.

    `source_type` is None only in a plan derived to read someone else's file: any AI type will do.
    """

    source_type: str | None
    systems: tuple[AISystem, ...] = ()
    oversight: Literal["fully_autonomous", "prompt_guided", "human_validated"] | None = None
    tsa: Literal["required", "best_effort", "off"] = "best_effort"
    trust: Literal["any", "listed"] = "any"
    title: str | None = None


class PresetReference(Frozen):
    id: str
    version: int
    sha256: str


class FileReference(Frozen):
    file: str
    sha256: str | None = None
    bytes: int | None = None


class Delivery(Frozen):
    """How an item is carried out, wherever that is; nothing in the bytes of the output depends on it.

    identity: the name of who signs, signer: sha256 of its certificate chain; None where nothing is signed. records: the
    folder of records, None: beside the output. root: the folder that -o names, which may be made. overwrite: which
    files may be replaced. resume: what is done already is skipped.
    """

    identity: str | None = None
    signer: str | None = None
    records: str | None = None
    root: str | None = None
    overwrite: Overwrite = "ours"
    resume: bool = True


class PlanItem(Frozen):
    """One source, one preset, one output: a line of `labeler.plan/1`.

    `inventory` holds the source's facts, `allowed` the fact paths that may differ in the output (see
    `media/compare.py`). `layers`: what the preset asks of each. `rendering`: which packets of the video are new.
    """

    schema_: Literal["labeler.plan/1"] = Field("labeler.plan/1", alias="schema")
    id: str
    source: FileReference
    preset: PresetReference
    declaration_sha256: str
    output: str
    layers: dict[LayerName, Literal["required", "optional", "off"]]
    mention: tuple[MentionPlan, ...] = ()
    metadata: MetadataPlan | None = None
    credentials: CredentialsPlan | None = None
    inventory: Inventory | None = None
    allowed: tuple[str, ...] = ()
    rendering: Rendering | None = None
    fingerprint: str | None = None
    delivery: Delivery = Delivery()
