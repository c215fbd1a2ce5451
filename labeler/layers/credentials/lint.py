"""The rules that a manifest of ours must keep, looked at before it is signed.

The SDK signs misspelt keys, unknown actions and empty disclosures without a word (measured). Rules: C2PA 2.2 section
18 on actions, and the 2.4 rubric of the C2PA conformance program 0.2. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labeler.errors import SigningFailed
from labeler.language import say
from labeler.layers.credentials.manifest import ACTIONS, DISCLOSURE, MENTION, METADATA, PARENT
from labeler.rules.source_types import CURRENT_TYPES

MANIFEST_KEYS = {"claim_generator_info", "title", "format", "assertions"}
ASSERTION_KEYS = {"label", "created", "data", "kind"}
ASSERTIONS = {ACTIONS, DISCLOSURE, METADATA, MENTION}
NEEDS_TYPE = {"c2pa.created", "c2pa.addedText"}
BARE = {"c2pa.opened", "c2pa.transcoded", "c2pa.published"}
ACTION_KEYS = {"action", "digitalSourceType", "softwareAgent", "parameters", "when", "description", "changes"}
OVERSIGHT = {"fully_autonomous", "prompt_guided", "human_validated"}


def check(manifest: dict[str, Any]) -> None:
    """Raise SigningFailed, naming every rule that this manifest definition breaks."""
    faults = tuple(faults_of(manifest))
    if faults:
        raise SigningFailed(
            say(
                f"The manifest to be signed breaks rules of C2PA: {'; '.join(faults)}.",
                f"Le manifeste à signer enfreint des règles de C2PA : {'; '.join(faults)}.",
            ),
            remedy=say(
                "Check the declaration; if it is right, report this as a bug in labeler.",
                "Vérifiez la déclaration ; si elle est juste, signalez un défaut de labeler.",
            ),
        )


def faults_of(manifest: dict[str, Any]) -> Iterator[str]:
    """Each broken rule in a few words (English: they name C2PA's own terms)."""
    yield from (f"unknown key {key}" for key in sorted(set(manifest) - MANIFEST_KEYS))
    info = manifest.get("claim_generator_info") or [{}]
    if len(info) != 1 or not {"name", "version", "specVersion"} <= set(info[0]):
        yield "claim_generator_info must hold one name, version and specVersion"
    assertions = manifest.get("assertions", [])
    if [entry.get("label") for entry in assertions].count(ACTIONS) != 1:
        yield f"exactly one {ACTIONS} is needed"
    for entry in assertions:
        yield from assertion_faults(entry)


def assertion_faults(entry: dict[str, Any]) -> Iterator[str]:
    label, data = entry.get("label", ""), entry.get("data", {})
    if label not in ASSERTIONS:
        yield f"unknown assertion {label}"
    if set(entry) - ASSERTION_KEYS or entry.get("created") is not True:
        yield f"{label} must be a created assertion, with no unknown key"
    if label == ACTIONS:
        yield from action_faults(data)
    elif label == DISCLOSURE:
        yield from disclosure_faults(data)
    elif label == METADATA and data.get("Iptc4xmpExt:DigitalSourceType") not in CURRENT_TYPES:
        yield f"{METADATA} needs a known digital source type"


def action_faults(data: dict[str, Any]) -> Iterator[str]:
    if set(data) != {"allActionsIncluded", "actions"} or not isinstance(data["allActionsIncluded"], bool):
        yield "actions need allActionsIncluded"
    listed = data.get("actions", [])
    names = [action.get("action") for action in listed]
    if not names or names[0] not in ("c2pa.created", "c2pa.opened"):
        yield "the first action must be c2pa.created or c2pa.opened"
    if sum(name in ("c2pa.created", "c2pa.opened") for name in names) != 1:
        yield "c2pa.created and c2pa.opened exclude each other and come once"
    for action in listed:
        yield from one_action_faults(action)


def one_action_faults(action: dict[str, Any]) -> Iterator[str]:
    name, kind = action.get("action"), action.get("digitalSourceType")
    if name not in NEEDS_TYPE | BARE or set(action) - ACTION_KEYS:
        yield f"unknown action or key in {name}"
    if name in NEEDS_TYPE and kind not in CURRENT_TYPES:
        yield f"{name} needs a known digital source type, not {kind}"
    if name in BARE and kind is not None:
        yield f"{name} has no digital source type"
    if name == "c2pa.opened" and action.get("parameters") != {"ingredientIds": [PARENT]}:
        yield "c2pa.opened must name its one ingredient"
    if name == "c2pa.addedText":
        yield from region_faults(action.get("changes", []))


def region_faults(changes: list[dict[str, Any]]) -> Iterator[str]:
    shapes = [place["shape"] for change in changes for place in change.get("region", [])]
    if not shapes:
        yield "c2pa.addedText needs its region"
    for shape in shapes:
        x, y, width, height = shape["origin"]["x"], shape["origin"]["y"], shape["width"], shape["height"]
        # Percentages are rounded to four places, so a box at the edge may pass it by as little.
        if min(x, y) < 0 or min(width, height) <= 0 or max(x + width, y + height) > 100.001:
            yield "a region lies outside the frame"


def disclosure_faults(data: dict[str, Any]) -> Iterator[str]:
    if not str(data.get("modelType", "")).startswith("c2pa.types.model") or not data.get("modelName"):
        yield f"{DISCLOSURE} needs modelType and modelName"
    profile = data.get("contentProfile", {"humanOversightLevel": "human_validated"})
    if set(data) - {"modelType", "modelName", "contentProfile"} or profile.get("humanOversightLevel") not in OVERSIGHT:
        yield f"{DISCLOSURE} holds an unknown key or value"
