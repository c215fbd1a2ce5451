"""What manifests state, held against the plan: source types, history, systems and the mention. Pure.

Reads the SDK's JSON of a store; every shape in it may be a stranger's, so nothing is taken for granted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Literal, NamedTuple

from labeler.layers.credentials import manifest
from labeler.layers.credentials.codes import as_dict, as_list
from labeler.layers.credentials.manifest import Region
from labeler.letters import shortened
from labeler.rules.plan import Box, PlanItem
from labeler.rules.source_types import AI_SOURCE_TYPES, SOURCE_TYPE_PREFIX, is_ai, meant
from labeler.verdict import FoundAI, FoundIdentity, FoundModel

GENERATED = SOURCE_TYPE_PREFIX + "trainedAlgorithmicMedia"
CAPTURED = frozenset({SOURCE_TYPE_PREFIX + "digitalCapture", SOURCE_TYPE_PREFIX + "computationalCapture"})
METADATA_LABELS = ("c2pa.metadata", "cawg.metadata", "stds.iptc")
FIRST = ("c2pa.opened", "c2pa.created")
IDENTITY = "cawg.identity"
LONGEST = 500
"""Letters of one text that a stranger's manifest holds."""
MOST_FOUND = 200
"""Statements of one kind that are told of one file."""
DEEPEST = 8
"""Actions below one another that are read."""
OVERLAP = 0.5
"""Least share of intersection over union at which a region is that of a mention's box."""


class Statement(NamedTuple):
    """One source type: which manifest (label) states it, and where in it. `whole`: it speaks of the whole work."""

    manifest: str
    where: str
    type: str
    whole: bool


def source_types(manifests: Mapping[str, Any]) -> Iterator[Statement]:
    """Every digital source type in every manifest: of its actions, of its metadata, and of each ingredient, which has
    one where it has no manifest of its own. That of an added text is the text's own, and left out."""
    for label, entry in manifests.items():
        yield from ingredient_types(label, as_dict(entry))
        for assertion in assertions(entry):
            name = assertion["label"]
            if name.startswith("c2pa.actions"):
                yield from action_types(label, as_dict(assertion.get("data")))
            elif name.startswith(METADATA_LABELS):
                for kind in metadata_types(as_dict(assertion.get("data"))):
                    yield Statement(label, name, kind, whole=True)


def ingredient_types(label: str, entry: dict[str, Any]) -> Iterator[Statement]:
    """What was said of an ingredient is said of a part, or of an earlier version: never of the whole."""
    for ingredient in map(as_dict, as_list(entry.get("ingredients"))):
        kind = ingredient.get("digitalSourceType")
        if isinstance(kind, str):
            name = text(ingredient.get("label")) or "c2pa.ingredient"
            yield Statement(label, name, kind, whole=False)


def action_types(label: str, data: dict[str, Any]) -> Iterator[Statement]:
    """Of each action, of the steps that stand for it (`related`), and of the templates that actions follow (C2PA 2.4,
    chapter 18.15)."""
    steps = [(template, 1) for template in reversed(as_list(data.get("templates")))]
    steps += [(action, 0) for action in reversed(as_list(data.get("actions")))]
    while steps:
        step, depth = steps.pop()
        action = as_dict(step)
        kind, name = action.get("digitalSourceType"), str(action.get("action"))
        if isinstance(kind, str) and name != "c2pa.addedText":
            yield Statement(label, name, kind, whole=name == "c2pa.created" and depth == 0)
        if depth < DEEPEST:
            steps += [(one, depth + 1) for one in reversed(as_list(action.get("related")))]


def metadata_types(data: dict[str, Any]) -> Iterator[str]:
    """JSON-LD: the name with its prefix or as a whole address, the value a text or an object that holds it."""
    for name, value in data.items():
        if re.split("[:/]", name)[-1].lower() == "digitalsourcetype":
            for one in value if isinstance(value, list) else [value]:
                kind = one.get("@id", one.get("@value")) if isinstance(one, dict) else one
                if isinstance(kind, str):
                    yield kind


def disclosed(active: str, manifests: Mapping[str, Any]) -> tuple[FoundAI, ...]:
    """What the credentials say of AI: AI types anywhere, and whatever the active manifest says of the whole work.

    A captured or composed ancestor is no statement on the deliverable: AI may have come after it. A type is told by
    the term that it means beyond doubt (`source_types.meant`), and so are those who say it.
    """
    stated = (one._replace(type=meant(one.type)) for one in source_types(manifests))
    told = (one for one in stated if is_ai(one.type) or (one.whole and one.manifest == active))
    return tuple(
        FoundAI(
            type=shortened(one.type, LONGEST),
            where=f"{one.manifest} {one.where}",
            signer=signer_of(manifests[one.manifest]),
            generator=generator_of(as_dict(manifests[one.manifest])),
        )
        for one in islice(told, MOST_FOUND)
    )


def models(manifests: Mapping[str, Any]) -> tuple[FoundModel, ...]:
    """Every AI model that a `c2pa.ai-disclosure` anywhere in the tree names, and who says so. Its fields are those of
    C2PA 2.4; the SDK checks none of them."""
    found = (
        FoundModel(
            name=text(data.get("modelName")),
            identifier=text(data.get("modelIdentifier")),
            oversight=text(as_dict(data.get("contentProfile")).get("humanOversightLevel")),
            where=f"{label} {shortened(assertion['label'], LONGEST)}",
            signer=signer_of(entry),
            generator=generator_of(as_dict(entry)),
        )
        for label, entry in manifests.items()
        for assertion in assertions(entry)
        if base(assertion["label"]) == manifest.DISCLOSURE and (data := as_dict(assertion.get("data"))).get("modelType")
    )
    return tuple(islice(found, MOST_FOUND))


def identities(active: str, manifests: Mapping[str, Any], results: Mapping[str, Any]) -> tuple[FoundIdentity, ...]:
    """Every `cawg.identity` (CAWG Identity 1.2) in the tree. Those of an earlier manifest were not validated now."""
    found = (
        identity_of(label, assertion, results if label == active else {})
        for label, entry in manifests.items()
        for assertion in assertions(entry)
        if base(assertion["label"]) == IDENTITY
    )
    return tuple(islice(found, MOST_FOUND))


def identity_of(label: str, assertion: dict[str, Any], results: Mapping[str, Any]) -> FoundIdentity:
    data = as_dict(assertion.get("data"))
    payload = as_dict(data.get("signer_payload"))
    verified = [as_dict(one) for one in as_list(data.get("verifiedIdentities"))]
    name = signer_of(data) or next((text(one.get("name")) or text(one.get("username")) for one in verified), None)
    told = {kind: identity_codes(assertion["label"], results, kind) for kind in ("failure", "informational", "success")}
    return FoundIdentity(
        name=name,
        kind=text(payload.get("sig_type")) or text(data.get("type")),
        roles=tuple(filter(None, map(text, as_list(payload.get("role"))[:MOST_FOUND]))),
        where=f"{label} {shortened(assertion['label'], LONGEST)}",
        codes=tuple(dict.fromkeys(code for codes in told.values() for code in codes)),
        standing=standing_of(told),
    )


def standing_of(told: Mapping[str, list[str]]) -> Literal["listed", "unlisted", "failed", "not_checked"]:
    if any(not code.endswith(".untrusted") for code in told["failure"]):
        return "failed"
    if not told["success"]:
        return "not_checked"
    return "unlisted" if told["failure"] or not any(code.endswith(".trusted") for code in told["success"]) else "listed"


def identity_codes(name: str, results: Mapping[str, Any], kind: str) -> list[str]:
    """The CAWG codes of the assertion with this name: validation tells its address, whose last part is the name."""
    entries = map(as_dict, as_list(as_dict(results.get("activeManifest")).get(kind)))
    found = [(str(one.get("code")), str(one.get("url") or "").rpartition("/")[2]) for one in entries]
    return [shortened(code, LONGEST) for code, where in found if code.startswith("cawg.") and where in (name, "")]


def signer_of(entry: Any) -> str | None:
    """Whom a manifest's certificate names, and who vouches for it; whether that holds is for the codes to say."""
    info = as_dict(as_dict(entry).get("signature_info"))
    name, issuer = text(info.get("common_name")), text(info.get("issuer"))
    return f"{name} ({issuer})" if name and issuer else name or issuer


def generator_of(entry: Mapping[str, Any]) -> str | None:
    """The programs that made the claim; older manifests have one text for them."""
    names = [named(as_dict(info)) for info in as_list(entry.get("claim_generator_info"))[:MOST_FOUND]]
    told = ", ".join(name for name in names if name)
    return shortened(told, LONGEST) if told else text(entry.get("claim_generator"))


def named(program: Mapping[str, Any]) -> str | None:
    words = [text(program.get(key)) for key in ("name", "version")]
    return " ".join(word for word in words if word) or None


def text(value: Any) -> str | None:
    return shortened(value, LONGEST) if isinstance(value, str) and value else None


def type_faults(expected: str | None, active: str, manifests: Mapping[str, Any]) -> tuple[str, ...]:
    """Why the credentials do not state the declared type; none when they do. expected: None for any AI type."""
    stated = tuple(source_types(manifests))
    if expected is None:
        return () if any(one.type in AI_SOURCE_TYPES for one in stated) else ("-",)
    faults = [] if any(one.type == expected for one in stated) else ["-"]
    line = parents(active, manifests)
    for one in stated:
        own = one.manifest == active and one.whole and one.type != expected
        above = one.manifest in line[1:] and one.whole and contradicts(expected, one.type)
        if own or above:
            faults.append(f"{one.where}: {one.type}")
    return tuple(faults)


def contradicts(declared: str, stated: str) -> bool:
    """Whether a master's own type denies the declared one. A composite may hold anything; what AI generated as a
    whole is neither captured nor composed. Other types (a new work, an edit) leave it open."""
    return declared == GENERATED and stated != GENERATED and (stated in AI_SOURCE_TYPES or stated in CAPTURED)


def parents(active: str, manifests: Mapping[str, Any]) -> tuple[str, ...]:
    """The labels from the active manifest up its line of `parentOf` ingredients."""
    line = [active]
    while True:
        entries = map(as_dict, as_list(as_dict(manifests.get(line[-1])).get("ingredients")))
        above = [str(entry.get("active_manifest")) for entry in entries if entry.get("relationship") == "parentOf"]
        if not above or above[0] not in manifests or above[0] in line:
            return tuple(line)
        line.append(above[0])


def strays(active: str, manifests: Mapping[str, Any]) -> tuple[str, ...]:
    """The labels of the manifests that the active one does not lead to through ingredients."""
    reached, waiting = {active}, [active]
    while waiting:
        for entry in map(as_dict, as_list(as_dict(manifests.get(waiting.pop())).get("ingredients"))):
            label = entry.get("active_manifest")
            if isinstance(label, str) and label not in reached:
                reached.add(label)
                waiting.append(label)
    return tuple(label for label in manifests if label not in reached)


def history_faults(plan: PlanItem, active: Mapping[str, Any]) -> tuple[str, ...]:
    """Which parts of the history are not those of this plan, in C2PA's own terms; none when all are."""
    listed = actions(active)
    names = [str(action.get("action")) for action in listed]
    if not names or names[0] not in FIRST:
        return ("c2pa.opened",)
    if not plan.declaration_sha256:
        return ()  # a stranger's file, or one whose record is lost: nobody knows what was declared and done
    expected = ["c2pa.addedText"] if plan.mention else []
    expected += ["c2pa.transcoded", "c2pa.published"]
    faults = [name for name in expected if name not in names]
    faults += [f"{name} (?)" for name in names[1:] if name not in expected]
    faults += region_faults(plan, listed)
    faults += disclosure_faults(plan, active)
    return tuple(dict.fromkeys(faults))


def region_faults(plan: PlanItem, listed: list[dict[str, Any]]) -> list[str]:
    frame = manifest.frame_of(plan)
    if frame is None or not plan.mention:
        return []
    added = [action for action in listed if action.get("action") == "c2pa.addedText"]
    regions = [region for action in added for region in regions_of(action)]
    missing = [m.box for m in plan.mention if not any(overlaps(m.box, region, frame) for region in regions)]
    return [f"c2pa.addedText: region {list(box)}" for box in missing]


def regions_of(action: dict[str, Any]) -> Iterator[Region]:
    """The rectangles in percent of an action's changes; whatever has another form is left out."""
    for change in map(as_dict, as_list(action.get("changes"))):
        for place in map(as_dict, as_list(change.get("region"))):
            shape = as_dict(place.get("shape"))
            origin = as_dict(shape.get("origin"))
            values = (origin.get("x"), origin.get("y"), shape.get("width"), shape.get("height"))
            if shape.get("unit") == "percent" and all(isinstance(value, int | float) for value in values):
                yield Region(*(float(str(value)) for value in values))


def overlaps(box: Box, region: Region, frame: tuple[int, int]) -> bool:
    wanted = manifest.region_of(box, frame)
    across = min(wanted.x + wanted.width, region.x + region.width) - max(wanted.x, region.x)
    down = min(wanted.y + wanted.height, region.y + region.height) - max(wanted.y, region.y)
    if across <= 0 or down <= 0:
        return False
    both = across * down
    return both / (wanted.width * wanted.height + region.width * region.height - both) >= OVERLAP


def disclosure_faults(plan: PlanItem, active: Mapping[str, Any]) -> list[str]:
    """Systems that were declared and are not disclosed, and those that are disclosed and nobody declared."""
    expected = list(manifest.expected_disclosures(plan.credentials)) if plan.credentials else []
    found = [as_dict(one.get("data")) for one in assertions(active) if base(one["label"]) == manifest.DISCLOSURE]
    faults = []
    for data in found:
        if data in expected:
            expected.remove(data)
        else:
            faults.append(f"{manifest.DISCLOSURE} (?): {data.get('modelName')}")
    return faults + [f"{manifest.DISCLOSURE}: {data['modelName']}" for data in expected]


def mention_of(active: Mapping[str, Any]) -> dict[str, Any] | None:
    """The data of the one `org.labeler.mention` assertion; None where there is none, or more than one."""
    found = [one.get("data") for one in assertions(active) if base(one["label"]) == manifest.MENTION]
    return found[0] if len(found) == 1 and isinstance(found[0], dict) else None


def mention_faults(plan: PlanItem, active: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields of the assertion that are not those of the plan; none when it is the plan."""
    found, expected = mention_of(active), manifest.mention_data(plan)
    if found is None or manifest.parse_mention(found) is None:
        return (manifest.MENTION,)
    return tuple(differences(expected, found, ""))


def differences(expected: Any, found: Any, where: str) -> Iterator[str]:
    """The paths at which two JSON values differ."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for name in sorted({*expected, *found}):
            yield from differences(expected.get(name), found.get(name), f"{where}.{name}".lstrip("."))
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for number, (one, other) in enumerate(zip(expected, found, strict=True)):
            yield from differences(one, other, f"{where}[{number}]")
    elif expected != found:
        yield where


def actions(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = [as_dict(one.get("data")) for one in assertions(entry) if one["label"].startswith("c2pa.actions")]
    return [as_dict(action) for data in found for action in as_list(data.get("actions"))]


def assertions(entry: Any) -> list[dict[str, Any]]:
    """The assertions of a manifest that have a label."""
    listed = map(as_dict, as_list(as_dict(entry).get("assertions")))
    return [one for one in listed if isinstance(one.get("label"), str)]


def base(label: str) -> str:
    """A label without the number that a second assertion of the same kind has (`…__1`)."""
    return label.partition("__")[0]


def is_of_an_image(entry: Any) -> bool:
    """Whether a manifest says that it is of a still image (`dc:format` of its claim)."""
    format = as_dict(entry).get("format")
    return isinstance(format, str) and format.lower().startswith("image/")


def is_labelers(entry: Any) -> bool:
    """Whether labeler says that it made this manifest."""
    info = as_list(as_dict(entry).get("claim_generator_info"))
    return bool(info) and as_dict(info[0]).get("name") == manifest.GENERATOR
