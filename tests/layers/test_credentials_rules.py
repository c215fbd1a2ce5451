"""The pure parts: judging by codes, the lint of our own manifests, what manifests state, and the layout of boxes."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest

from labeler.errors import SigningFailed
from labeler.layers.credentials import codes, layout, lint, manifest, seal, statements, timeserver
from labeler.rules.source_types import SOURCE_TYPE_PREFIX

GENERATED = SOURCE_TYPE_PREFIX + "trainedAlgorithmicMedia"


def entries(*names: str) -> list[dict[str, str]]:
    return [{"code": name, "url": "", "explanation": ""} for name in names]


def test_codes_come_from_everywhere() -> None:
    manifests = {
        "a": {
            "ingredients": [
                {
                    "validation_results": {
                        "activeManifest": {"failure": entries("assertion.bmffHash.mismatch")},
                        "ingredientDeltas": [{"validationDeltas": {"failure": entries("claimSignature.mismatch")}}],
                    }
                }
            ]
        },
        "b": {"ingredients": [{"validation_status": entries("assertion.dataHash.mismatch")}]},
    }
    results = {
        "activeManifest": {
            "failure": entries("signingCredential.untrusted"),
            "success": entries("claimSignature.validated"),
            "informational": entries("timeStamp.untrusted"),
        },
        "ingredientDeltas": [{"validationDeltas": {"failure": entries("ingredient.manifest.mismatch")}}],
    }
    found = codes.gather(manifests, results)
    assert found.active == ("signingCredential.untrusted",)
    assert set(found.ancestors) == {
        "ingredient.manifest.mismatch",
        "assertion.bmffHash.mismatch",
        "claimSignature.mismatch",
        "assertion.dataHash.mismatch",
    }
    assert codes.altered(found.active) == () and set(codes.altered(found.ancestors)) == set(found.ancestors)
    assert found.passed == ("claimSignature.validated", "timeStamp.untrusted")
    assert codes.has_signature(found)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("assertion.bmffHash.mismatch", "altered"),
        ("assertion.hashedURI.mismatch", "altered"),
        ("claimSignature.mismatch", "altered"),
        ("claimSignature.missing", "altered"),
        ("signingCredential.expired", "expired"),
        ("claimSignature.outsideValidity", "expired"),
        ("assertion.action.malformed", "unsound"),
        ("assertion.action.ingredientMismatch", "unsound"),
        ("signingCredential.invalid", "unsound"),
        ("signingCredential.ocsp.revoked", "unsound"),
        ("something.new", "unsound"),
        ("signingCredential.untrusted", "harmless"),
        ("cawg.x509.signature.mismatch", "harmless"),
        ("timeStamp.mismatch", "harmless"),
    ],
)
def test_each_code_has_one_meaning(code: str, kind: str) -> None:
    meanings = {"altered": codes.altered, "expired": codes.expired, "unsound": codes.unsound}
    assert [name for name, meaning in meanings.items() if meaning((code,))] == ([] if kind == "harmless" else [kind])


@pytest.mark.parametrize("store", [{}, {"a": None}, {"a": {"ingredients": "x"}}, {"a": {"ingredients": [1, None]}}])
def test_a_strangers_store_is_no_crash(store: dict[str, Any]) -> None:
    found = codes.gather(store, {"activeManifest": {"failure": [None, 1, {"code": 2}]}, "ingredientDeltas": "x"})
    assert found.failures == ()
    assert statements.disclosed("a", store) == ()
    assert statements.parents("a", store) == ("a",)


def good() -> dict[str, Any]:
    """A manifest of ours, by hand."""
    region = {"type": "spatial", "shape": {"type": "rectangle", "unit": "percent"}}
    region["shape"] |= {"origin": {"x": 60.0, "y": 80.0}, "width": 40.0, "height": 20.0}  # type: ignore[operator]
    listed = [
        {"action": "c2pa.opened", "parameters": {"ingredientIds": ["master"]}},
        {
            "action": "c2pa.addedText",
            "digitalSourceType": manifest.MENTION_TYPE,
            "changes": [{"description": "mention", "region": [region]}],
        },
        {"action": "c2pa.published"},
    ]
    return {
        "claim_generator_info": [{"name": "labeler", "version": "1", "specVersion": "2.4.0"}],
        "format": "video/mp4",
        "assertions": [
            manifest.actions(listed),
            manifest.created("c2pa.ai-disclosure", {"modelType": "c2pa.types.model", "modelName": "M"}),
            manifest.created("c2pa.metadata", {"Iptc4xmpExt:DigitalSourceType": GENERATED}, json=True),
        ],
    }


def test_lint_passes_what_is_right() -> None:
    lint.check(good())


def action(number: int) -> Any:
    return lambda m: m["assertions"][0]["data"]["actions"][number]


BREAKAGES: dict[str, Any] = {
    "misspelt key": lambda m: m.update(asertions=[]),
    "no spec version": lambda m: m["claim_generator_info"][0].pop("specVersion"),
    "no actions": lambda m: m["assertions"].pop(0),
    "gathered only": lambda m: m["assertions"][0].pop("created"),
    "not all actions said": lambda m: m["assertions"][0]["data"].pop("allActionsIncluded"),
    "empty actions": lambda m: m["assertions"][0]["data"]["actions"].clear(),
    "opened not first": lambda m: m["assertions"][0]["data"]["actions"].reverse(),
    "opened and created": lambda m: action(2)(m).update(action="c2pa.created", digitalSourceType=GENERATED),
    "opened without ingredient": lambda m: action(0)(m).pop("parameters"),
    "type on opened": lambda m: action(0)(m).update(digitalSourceType=GENERATED),
    "text without type": lambda m: action(1)(m).pop("digitalSourceType"),
    "text of bogus type": lambda m: action(1)(m).update(digitalSourceType=SOURCE_TYPE_PREFIX + "bogus"),
    "text without region": lambda m: action(1)(m).pop("changes"),
    "region outside": lambda m: action(1)(m)["changes"][0]["region"][0]["shape"].update(width=60.0),
    "unknown action": lambda m: action(2)(m).update(action="c2pa.foo"),
    "misspelt action key": lambda m: action(2)(m).update(wehn="now"),
    "unknown assertion": lambda m: m["assertions"].append(manifest.created("stds.exif", {})),
    "empty disclosure": lambda m: m["assertions"][1].update(data={"foo": 1}),
    "bogus oversight": lambda m: m["assertions"][1]["data"].update(contentProfile={"humanOversightLevel": "none"}),
    "bogus metadata type": lambda m: m["assertions"][2]["data"].update({"Iptc4xmpExt:DigitalSourceType": "AI"}),
}


@pytest.mark.parametrize("name", BREAKAGES)
def test_lint_stops_what_is_wrong(name: str) -> None:
    broken = good()
    BREAKAGES[name](broken)
    with pytest.raises(SigningFailed):
        lint.check(broken)


def test_the_line_of_parents_ends_even_in_a_circle() -> None:
    entry = {"ingredients": [{"relationship": "parentOf", "active_manifest": "b"}]}
    back = {"ingredients": [{"relationship": "parentOf", "active_manifest": "a"}]}
    assert statements.parents("a", {"a": entry, "b": back}) == ("a", "b")


def test_ai_deep_in_the_tree_is_found_and_the_text_is_not() -> None:
    def with_action(name: str, kind: str) -> dict[str, Any]:
        data = {"actions": [{"action": name, "digitalSourceType": SOURCE_TYPE_PREFIX + kind}]}
        return {"assertions": [{"label": "c2pa.actions", "data": data}]}

    store = {
        "top": with_action("c2pa.addedText", "trainedAlgorithmicMedia"),
        "deep": with_action("c2pa.edited", "compositeWithTrainedAlgorithmicMedia"),
        "camera": with_action("c2pa.created", "digitalCapture"),
    }
    (found,) = statements.disclosed("top", store)
    assert found.type.endswith("compositeWithTrainedAlgorithmicMedia") and found.where == "deep c2pa.edited"


def box(kind: bytes, *content: bytes) -> bytes:
    data = b"".join(content)
    return struct.pack(">I4s", 8 + len(data), kind) + data


def film(last: int) -> bytes:
    table = box(b"stco", struct.pack(">IIII", 0, 2, 48, last))
    return box(b"ftyp", b"isom\0\0\0\0") + box(b"moov", box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", table)))))


@pytest.mark.parametrize(("last", "room"), [((1 << 32) - (5 << 20), True), ((1 << 32) - (3 << 20), False)])
def test_offsets_near_their_limit(tmp_path: Path, last: int, room: bool) -> None:
    path = tmp_path / "large.mp4"
    path.write_bytes(film(last))
    with path.open("r+b") as file:
        start = file.seek(0, 2)
        file.write(struct.pack(">I4sQ", 1, b"mdat", (1 << 32) - start))
        file.truncate(1 << 32)  # a hole: the file takes no room on the disk
    assert layout.has_room(path) is room


def test_a_small_file_has_room_whatever_it_says(tmp_path: Path) -> None:
    path = tmp_path / "small.mp4"
    path.write_bytes(film((1 << 32) - 1) + box(b"mdat", b"x"))
    assert layout.has_room(path)


@pytest.mark.parametrize(
    ("boxes", "one"), [((b"mdat",), True), ((b"mdat", b"mdat"), False), ((b"moof", b"mdat"), False), ((), False)]
)
def test_media_in_one_piece(tmp_path: Path, boxes: tuple[bytes, ...], one: bool) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(box(b"ftyp", b"isom") + b"".join(box(kind, b"x") for kind in boxes))
    assert layout.is_in_one_piece(path) is one


@pytest.mark.parametrize(
    ("reply", "granted"),
    [
        (bytes.fromhex("30 09 30 03 02 01 00 30 02 05 00"), True),
        (bytes.fromhex("30 09 30 03 02 01 01 30 02 05 00"), True),
        (bytes.fromhex("30 05 30 03 02 01 02"), False),
        (bytes.fromhex("30 82 00 09 30 03 02 01 00 30 02 05 00"), True),
        (b"<html>", False),
        (b"", False),
    ],
)
def test_replies_of_time_servers(reply: bytes, granted: bool) -> None:
    assert timeserver.is_granted(reply) is granted


def test_nobody_answers_at_a_closed_door() -> None:
    assert not timeserver.answers("http://127.0.0.1:9/")
    assert timeserver.first_that_answers(()) is None


def test_who_says_that_ai_made_it() -> None:
    """A type in any spelling that leaves no doubt, wherever in the tree, with its signer and the claim's program."""
    early = {
        "claim_generator": "Old/1",
        "signature_info": {"common_name": "Maker", "issuer": "CA"},
        "assertions": [
            {"label": "c2pa.actions", "data": {"actions": [{"action": "c2pa.created", "digitalSourceType": SECURE}]}},
            {"label": "cawg.metadata", "data": {f"{IPTC}DigitalSourceType": {"@id": GENERATED}}},
            {"label": "stds.iptc", "data": {"Iptc4xmpExt:DigitalSourceType": [GENERATED, 3, None]}},
            {"label": "c2pa.ai-disclosure__1", "data": {"modelType": "c2pa.types.model", "modelName": "M"}},
            {"label": "c2pa.ai-disclosure", "data": {"foo": 1}},
        ],
    }
    found = statements.disclosed("own", {"own": good(), "early": early})
    told = [(one.type, one.where, one.signer, one.generator) for one in found if one.where.startswith("early")]
    places = ("c2pa.created", "cawg.metadata", "stds.iptc")
    assert told == [(GENERATED, f"early {place}", "Maker (CA)", "Old/1") for place in places]
    (model,) = statements.models({"early": early})
    assert (model.name, model.where, model.signer) == ("M", "early c2pa.ai-disclosure__1", "Maker (CA)")


SECURE = GENERATED.replace("http:", "https:") + "/"
IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"


@pytest.mark.parametrize(
    ("failure", "success", "standing"),
    [
        (["cawg.x509.credential.untrusted"], ["cawg.identity.well-formed"], "unlisted"),
        ([], ["cawg.identity.trusted"], "listed"),
        (["cawg.x509.signature.mismatch"], ["cawg.identity.well-formed"], "failed"),
        ([], [], "not_checked"),
    ],
)
def test_the_standing_of_an_identity(failure: list[str], success: list[str], standing: str) -> None:
    manifests = {"own": {"assertions": [{"label": "cawg.identity", "data": {"signer_payload": {"role": [1, "r"]}}}]}}
    results = {"activeManifest": {"failure": entries(*failure), "success": entries(*success)}}
    (found,) = statements.identities("own", manifests, results)
    assert (found.standing, found.roles, found.name) == (standing, ("r",), None)
    assert found.codes == (*failure, *success)


def test_manifests_that_nothing_leads_to() -> None:
    below = {"ingredients": [{"active_manifest": "b"}, {"active_manifest": "a"}, None, {"active_manifest": 3}]}
    assert statements.strays("a", {"a": below, "b": {"ingredients": "x"}}) == ()
    assert statements.strays("a", {"a": below, "b": {}, "c": below}) == ("c",)
    found = codes.gather({}, {})
    assert seal.ancestors(found, ("c",)).status == "warn" and seal.ancestors(found).status == "pass"
