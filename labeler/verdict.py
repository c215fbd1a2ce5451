"""What was found in one file, what was measured, and what follows: types only, no I/O.

A reader of a layer returns a `LayerReading`; `labeler.verify` gathers the readings into a `Verdict`
(format `labeler.verdict/1`, CONTRACTS section 2).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Frozen(BaseModel):
    """Base of what programs write: immutable; unknown keys are kept and ignored."""

    model_config = ConfigDict(frozen=True, extra="allow", populate_by_name=True)


class Status(StrEnum):
    """The state of one check."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    NOT_CHECKED = "not_checked"


class LayerState(StrEnum):
    """The state of one layer: `fail` = there and wrong, `absent` = looked for and not there."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    ABSENT = "absent"
    NOT_CHECKED = "not_checked"


class Outcome(StrEnum):
    PASS = "pass"
    FAIL = "fail"
    ERROR = "error"


class Disclosure(StrEnum):
    """What a file says about AI, whatever its integrity. Absence of marks never proves absence of AI."""

    DECLARED = "declared"
    PARTIAL = "partial"
    CONTRADICTORY = "contradictory"
    UNDECLARED = "undeclared"
    UNDETERMINED = "undetermined"


class Integrity(StrEnum):
    INTACT = "intact"
    ALTERED = "altered"
    UNSIGNED = "unsigned"
    UNREADABLE = "unreadable"


class Trust(StrEnum):
    LISTED = "listed"
    UNLISTED = "unlisted"
    EXPIRED = "expired"
    NONE = "none"


LayerName = Literal["media", "mention", "watermark", "metadata", "credentials"]
LAYERS: tuple[LayerName, ...] = ("media", "mention", "watermark", "metadata", "credentials")


class Check(Frozen):
    """One verified statement on one file: what was measured, what was expected, by which rule."""

    id: str
    layer: LayerName
    status: Status
    message: str
    track: int | None = None
    mandatory: bool = True
    measured: Any = None
    expected: Any = None
    unit: str | None = None
    source: str | None = None


class FoundMention(Frozen):
    """A text that people can read, whatever a preset thinks of it. `box` in display pixels, times in seconds.

    Where nothing planned it: `within`: seconds by which its ends may be off. x_height: in pixels; contrast: ratio, both
    None where they could not be measured. margins: top, right, bottom, left in per cent of the frame. samples: pictures
    in which it was read. confidence: how sure the reading is.
    """

    kind: Literal["phrase", "icon", "mention", "negated"] = Field(alias="class")
    text: str
    language: str | None = None
    track: int | None = None
    box: tuple[int, int, int, int] | None = None
    start: float = Field(alias="from")
    end: float = Field(alias="to")
    within: float | None = None
    x_height: float | None = None
    contrast: float | None = None
    margins: tuple[float, float, float, float] | None = None
    samples: int | None = None
    confidence: Literal["low", "medium", "high"] | None = None


class FoundStatement(Frozen):
    """One value that discloses, as it stands, and where: `moov/udta/XMP_`, `Tags/track 1`, `sidecar clip.xmp`.

    name: the XMP property's or the tag's, as it is spelt there. value: at most its first 4096 letters; then, and where
    bytes of it are no text, `bytes` and `sha256` are those of the whole. is_escaped: bytes that are no text stand as
    `\\xNN`, and a backslash as two. means: the term that it means beyond doubt, where it is spelt otherwise.
    faults: the rules that it breaks, by name; `unreadable` where its place could not be read at all.
    """

    name: str
    value: str
    place: str
    bytes: int | None = None
    sha256: str | None = None
    is_escaped: bool = False
    means: str | None = None
    faults: tuple[str, ...] = ()


class FoundTrace(Frozen):
    """Something that betrays a known AI generator. It is no statement and never counts as a disclosure.

    source: where it is known from. confidence: high where the generator's maker writes it."""

    generator: str
    name: str
    value: str
    place: str
    confidence: Literal["low", "medium", "high"]
    source: str


class FoundWords(Frozen):
    """A line of the metadata that says in a person's words that AI made the film, or denies it. No program reads it as
    a mark. name, place: of the tag or property that it stands in. language: ISO 639, None where several fit as well."""

    kind: Literal["phrase", "negated"] = Field(alias="class")
    text: str
    language: str | None = None
    name: str
    place: str


class FoundMetadata(Frozen):
    """`digitalSourceType`: every value found, as found. `fields`: what else discloses, by its XMP or tag name.

    statements: each of these values with its place. words: what other texts say of AI. traces: what betrays a
    generator. looked_at: the places of this container that were read, and the sidecars; a container with no place for
    words has none. left_out: statements and tags beyond what is told.
    """

    digital_source_type: tuple[str, ...] = Field((), alias="digitalSourceType")
    fields: dict[str, Any] = Field(default_factory=dict)
    statements: tuple[FoundStatement, ...] = ()
    words: tuple[FoundWords, ...] = ()
    traces: tuple[FoundTrace, ...] = ()
    looked_at: tuple[str, ...] = ()
    left_out: int = 0


class FoundAI(Frozen):
    """One source type stated by credentials, where (manifest label, and action or assertion), and who says so: the
    name in that manifest's certificate, with its issuer, and the program that made its claim."""

    type: str
    where: str
    signer: str | None = None
    generator: str | None = None


class FoundModel(Frozen):
    """An AI model that credentials name (`c2pa.ai-disclosure`), where, and who says so. oversight: how far a person led
    it (`humanOversightLevel`)."""

    name: str | None
    identifier: str | None
    oversight: str | None
    where: str
    signer: str | None = None
    generator: str | None = None


class FoundIdentity(Frozen):
    """Someone who put their name to a manifest besides its signer (`cawg.identity`), and where. codes: what validation
    found of it, failures first. standing: `unlisted`, their signature is good, and nobody listed vouches for the
    name; `failed`, it is not good; `not_checked`, in an earlier manifest. None of them alters the file."""

    name: str | None
    kind: str | None
    roles: tuple[str, ...] = ()
    where: str
    codes: tuple[str, ...] = ()
    standing: Literal["listed", "unlisted", "failed", "not_checked"] = "not_checked"


class FoundSidecar(Frozen):
    """A manifest that lies beside the file, and that its credentials were not read from. fits: whether it is of these
    very bytes; None where it could not be read. codes: failures that validation found in it."""

    name: str
    fits: bool | None
    codes: tuple[str, ...] = ()
    signer: str | None = None


class FoundRemote(Frozen):
    """Where the file says that its credentials are on the network. fetched: whether they were; only where a person asks
    for it. sha256, bytes: of what was fetched. problem: why it could not be."""

    address: str
    fetched: bool
    sha256: str | None = None
    bytes: int | None = None
    problem: str | None = None


class FoundCredentials(Frozen):
    """`of_another`: how it is known that they belong to another file: `container`, they are bound to a file of another
    kind; `format`, they are of a still image; `media`, nothing of the media that they hash is here. None where that
    is not known: they fit, or this file may have been changed. `sidecars`: those beside the file that were not used."""

    codes: tuple[str, ...] = ()
    signer: str | None = None
    ai: tuple[FoundAI, ...] = ()
    models: tuple[FoundModel, ...] = ()
    cawg: tuple[FoundIdentity, ...] = ()
    embedded: bool | None = None
    manifests: int = 0
    of_another: Literal["container", "format", "media"] | None = None
    sidecars: tuple[FoundSidecar, ...] = ()
    remote: FoundRemote | None = None


UNKNOWN_SCRIPT = "Unknown"


class MentionCoverage(Frozen):
    """How much was looked at in search of a mention that nobody planned; without it «none found» misleads.

    frames: pictures looked at: all text that stands still in them was read. whole: of these, the pictures in which text
    that moves was, too. longest_gap: seconds between two that were looked at. smallest_text: x-height in pixels of the
    decoded frame below which text could not be read. not_assessed: scripts that were seen and that this version cannot
    judge, by their names in Unicode; `Unknown` where it cannot read their letters. missing: seconds of a film in
    pieces that were not given. is_whole: the search went to its end, no script was left out, and no piece is missing.
    """

    frames: int
    whole: int = 0
    longest_gap: float
    smallest_text: float
    not_assessed: tuple[str, ...] = ()
    missing: float = 0.0
    is_whole: bool = True


class Found(Frozen):
    """`coverage`: None where nobody looked beyond the plan."""

    mention: tuple[FoundMention, ...] = ()
    coverage: MentionCoverage | None = None
    metadata: FoundMetadata = Field(default_factory=FoundMetadata)
    credentials: FoundCredentials = Field(default_factory=FoundCredentials)
    watermark: dict[str, Any] | None = None


class LayerReading(Frozen):
    """What one reader says of one layer. `found` is one of the Found* values, or None where nothing was found.
    `coverage`: how much a search without a plan looked at."""

    layer: LayerName
    state: LayerState
    checks: tuple[Check, ...] = ()
    found: Any = None
    coverage: MentionCoverage | None = None


class JudgedBy(Frozen):
    preset: str
    version: int
    sha256: str
    plan: Literal["record", "manifest", "derived", "none"]


class Rendered(Frozen):
    """How the video came to be, where a plan of these bytes tells: `frames` pictures of `total` were coded again.
    `declined`: better ways, each with why it could not be taken (`way: code`, and what that is about)."""

    way: str
    frames: int
    total: int
    declined: tuple[str, ...] = ()


class Verdict(Frozen):
    """`labeler.verdict/1`: all checks on one file, what was found in it, and what follows."""

    schema_: Literal["labeler.verdict/1"] = Field("labeler.verdict/1", alias="schema")
    file: str
    sha256: str | None
    bytes: int | None
    outcome: Outcome
    disclosure: Disclosure
    integrity: Integrity
    trust: Trust
    judged_by: JudgedBy | None
    layers: dict[LayerName, LayerState]
    checks: tuple[Check, ...]
    found: Found
    meets: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    rendered: Rendered | None = None
    labeler: str
    seconds: dict[str, float] = Field(default_factory=dict)

    @property
    def unmeasured(self) -> tuple[LayerName, ...]:
        """The layers that the preset requires and of which nothing was checked: no check tells why it is not met."""
        reasons = self.meets.get(self.judged_by.preset, ()) if self.judged_by is not None else ()
        return tuple(name for name in LAYERS if name in reasons)

    def is_judged_in_part(self, preset: str) -> bool:
        """Whether all that keeps the file from meeting a preset is a video track that could not be read."""
        looked_for = {check.track for check in self.checks if check.layer == "mention" and check.track is not None}
        read = {check.track for check in self.checks if check.layer == "mention" and check.status != Status.NOT_CHECKED}
        return bool(looked_for - read) and self.meets.get(preset) == ("mention.placement",)


def state_of(checks: tuple[Check, ...]) -> LayerState:
    """The state that follows from a layer's checks when the layer is there: the worst of them."""
    statuses = {check.status for check in checks}
    if Status.FAIL in statuses:
        return LayerState.FAIL
    if Status.NOT_CHECKED in statuses:
        return LayerState.NOT_CHECKED
    if Status.WARN in statuses:
        return LayerState.WARN
    return LayerState.PASS if checks else LayerState.NOT_CHECKED
