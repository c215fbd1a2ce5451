"""What labeler's manifests state: the contract that the signer writes by and the reader reads by. Pure.

Two manifests (facts of C2PA 2.4 and its conformance program 0.2): the master's, `c2pa.created` with the declared
source type, and the deliverable's, which opens the master and adds the mention. Where the container cannot hold the
master's, one manifest states all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from pydantic import ValidationError

from labeler import __version__
from labeler.rules.plan import (
    Box,
    CredentialsPlan,
    FileReference,
    MentionPlan,
    MetadataPlan,
    PlanItem,
    PresetReference,
)
from labeler.rules.source_types import SOURCE_TYPE_PREFIX
from labeler.verdict import Frozen, LayerName

ACTIONS = "c2pa.actions.v2"
DISCLOSURE = "c2pa.ai-disclosure"
METADATA = "c2pa.metadata"
MENTION = "org.labeler.mention"
MENTION_SCHEMA = "labeler.mention/1"
PARENT = "master"
"""The label by which the action `c2pa.opened` names its one ingredient."""

MENTION_TYPE = SOURCE_TYPE_PREFIX + "digitalCreation"
"""The source type of the mention itself: a text that a machine set, by a person's wish."""

SOURCE_TYPE_NAME = "Iptc4xmpExt:DigitalSourceType"
CONTEXT = {"dc": "http://purl.org/dc/elements/1.1/", "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"}
GENERATOR = "labeler"
SPECIFICATION = "2.4.0"


FRAME_NAMES = ("width", "height")
BOX_NAMES = ("x", "y", *FRAME_NAMES)
BOXES = ("box", "safe_area")
"""The fields of a mention that are boxes."""


class Region(NamedTuple):
    """A rectangle in percent of the shown frame."""

    x: float
    y: float
    width: float
    height: float


class MentionStatement(Frozen):
    """`labeler.mention/1`: what a deliverable carries of its plan. No path, no file name, no person (CONTRACTS)."""

    preset: PresetReference
    frame: tuple[int, int] | None = None
    layers: tuple[LayerName, ...]
    mention: tuple[MentionPlan, ...]


def master_manifest(item: PlanItem, mime: str) -> dict[str, Any]:
    """For a master without credentials: made as the person declared, and nothing else. Needs `item.credentials`."""
    created = {"action": "c2pa.created", "digitalSourceType": declared_type(item), "softwareAgent": agent()}
    return definition(item, mime, [actions([created])])


def label_manifest(item: PlanItem, mime: str, when: datetime, *, has_parent: bool) -> dict[str, Any]:
    """For the deliverable. has_parent: the master is added as the ingredient `PARENT`; else one manifest states all."""
    if has_parent:
        first = {"action": "c2pa.opened", "parameters": {"ingredientIds": [PARENT]}}
    else:
        first = {"action": "c2pa.created", "digitalSourceType": declared_type(item), "softwareAgent": agent()}
    listed = [first]
    if item.mention:
        listed.append(added_text(item, when))
    listed += [{"action": "c2pa.transcoded", "softwareAgent": agent()}, {"action": "c2pa.published"}]
    return definition(item, mime, [actions(listed), *disclosures(item), metadata(item), mention_assertion(item)])


def definition(item: PlanItem, mime: str, assertions: list[dict[str, Any]]) -> dict[str, Any]:
    title = item.credentials.title if item.credentials else None
    generator = {"name": GENERATOR, "version": __version__, "specVersion": SPECIFICATION}
    return {
        "claim_generator_info": [generator],
        "format": mime,
        "assertions": assertions,
        **({"title": title} if title else {}),
    }


def agent() -> dict[str, str]:
    return {"name": GENERATOR, "version": __version__}


def declared_type(item: PlanItem) -> str:
    if item.credentials is None or item.credentials.source_type is None:
        raise ValueError("credentials are signed only with a declared source type")
    return item.credentials.source_type


def created(label: str, data: dict[str, Any], *, json: bool = False) -> dict[str, Any]:
    """An assertion of the signer's own (`created`), not merely gathered by it. json: kept as JSON, not as CBOR."""
    return {"label": label, "created": True, "data": data, **({"kind": "Json"} if json else {})}


def actions(listed: list[dict[str, Any]]) -> dict[str, Any]:
    return created(ACTIONS, {"allActionsIncluded": True, "actions": listed})


def added_text(item: PlanItem, when: datetime) -> dict[str, Any]:
    """The visible mention, with one region for each (facts: `c2pa.addedText`, since spec 2.2)."""
    frame = frame_of(item)
    if frame is None:
        raise ValueError("a plan that is executed holds the inventory of its source")
    regions = [region_of(mention.box, frame) for mention in item.mention]
    return {
        "action": "c2pa.addedText",
        "digitalSourceType": MENTION_TYPE,
        "softwareAgent": agent(),
        "when": when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "description": "Visible AI-disclosure mention",
        "changes": [{"description": "mention", "region": [spatial(region)]} for region in regions],
    }


def frame_of(item: PlanItem) -> tuple[int, int] | None:
    """Width and height of the shown frame in pixels, before SAR: the space of every box."""
    tracks = item.inventory.of_kind("video") if item.inventory else ()
    picture = tracks[0].picture if tracks else None
    if picture is None:
        return None
    turned = picture.rotation in (90, 270)
    return (picture.height, picture.width) if turned else (picture.width, picture.height)


def region_of(box: Box, frame: tuple[int, int]) -> Region:
    x, y, width, height = box
    across, down = 100 / frame[0], 100 / frame[1]
    return Region(round(x * across, 4), round(y * down, 4), round(width * across, 4), round(height * down, 4))


def spatial(region: Region) -> dict[str, Any]:
    shape = {"type": "rectangle", "unit": "percent", "origin": {"x": region.x, "y": region.y}}
    return {"type": "spatial", "shape": {**shape, "width": region.width, "height": region.height}}


def disclosures(item: PlanItem) -> list[dict[str, Any]]:
    """One for each system that a person declared, none where none: nobody's statement is made up."""
    plan = item.credentials
    return [created(DISCLOSURE, data) for data in expected_disclosures(plan)] if plan else []


def expected_disclosures(plan: CredentialsPlan) -> tuple[dict[str, Any], ...]:
    """The data of each `c2pa.ai-disclosure` that this `CredentialsPlan` calls for, in its order."""
    profile = {"contentProfile": {"humanOversightLevel": plan.oversight}} if plan.oversight else {}
    return tuple(
        {"modelType": "c2pa.types.model", "modelName": " ".join(filter(None, (system.name, system.version))), **profile}
        for system in plan.systems
    )


def metadata(item: PlanItem) -> dict[str, Any]:
    texts: Mapping[str, str] = (
        item.metadata.description if item.metadata else {m.language: m.text for m in item.mention}
    )
    data: dict[str, Any] = {"@context": CONTEXT, SOURCE_TYPE_NAME: declared_type(item)}
    if texts:
        data["dc:description"] = [{"@language": language, "@value": text} for language, text in texts.items()]
    return created(METADATA, data, json=True)


def mention_assertion(item: PlanItem) -> dict[str, Any]:
    """The assertion `org.labeler.mention`: enough to judge the deliverable again without its record."""
    return created(MENTION, mention_data(item), json=True)


def mention_data(item: PlanItem) -> dict[str, Any]:
    """The assertion's data. Boxes are objects {x, y, width, height}: the SDK tells a list of numbers as bytes, each
    cut to 8 bits (measured), so what was signed could not be read back."""
    statement = MentionStatement(
        preset=item.preset,
        frame=frame_of(item),
        layers=tuple(name for name, asked in item.layers.items() if asked == "required"),
        mention=item.mention,
    )
    data = {"schema": MENTION_SCHEMA, **statement.model_dump(mode="json", by_alias=True)}
    return replaced(data, lambda value, names: dict(zip(names, value, strict=True)))


def parse_mention(data: Any) -> MentionStatement | None:
    """The statement of an assertion's data; None for another schema, or for what is no such statement."""
    if not isinstance(data, dict) or data.get("schema") != MENTION_SCHEMA:
        return None
    try:
        told = replaced(data, lambda value, names: [value[name] for name in names])
        return MentionStatement.model_validate({name: value for name, value in told.items() if name != "schema"})
    except (ValidationError, ValueError, TypeError, KeyError, AttributeError, ZeroDivisionError):
        return None


def replaced(data: dict[str, Any], change: Callable[[Any, tuple[str, ...]], Any]) -> dict[str, Any]:
    """The data with the value of each list of numbers changed; `change` is given the value and its names."""
    mention = [
        {name: change(value, BOX_NAMES) if name in BOXES else value for name, value in entry.items()}
        for entry in data["mention"]
    ]
    frame = {"frame": change(data["frame"], FRAME_NAMES)} if data.get("frame") else {}
    return {**data, **frame, "mention": mention}


def plan_from_assertion(data: Any, source: FileReference) -> PlanItem:
    """What the assertion tells of the plan. It states neither declaration nor source type: any AI type will do.

    Raises ValueError when `data` is no such statement (`parse_mention` tells beforehand).
    """
    statement = parse_mention(data)
    if statement is None:
        raise ValueError("not a statement of this version of labeler")
    return PlanItem(
        id="",
        source=source,
        preset=statement.preset,
        declaration_sha256="",
        output=source.file,
        layers=dict.fromkeys(statement.layers, "required"),
        mention=statement.mention,
        metadata=MetadataPlan(digital_source_type=None, description={}),
        credentials=CredentialsPlan(source_type=None),
    )
