"""The tree of manifests: each told once, bounded in depth, number and length, whatever a stranger's store holds."""

from __future__ import annotations

from typing import Any

import pytest

from labeler.layers.credentials import tree
from labeler.layers.credentials.sdk import Store
from labeler.layers.credentials.tree import DEEPEST, LONGEST, MOST_LISTED, MOST_MANIFESTS, FoundManifest, tree_of

FAILED = {"code": "assertion.dataHash.mismatch", "url": "self#jumbf=/c2pa/parent/c2pa.hash.data"}


def store(manifests: dict[str, Any], results: dict[str, Any] | None = None, active: str = "own") -> Store:
    return Store(active, manifests, results or {}, b"", True)


def made_from(label: str, **more: Any) -> dict[str, Any]:
    return {"title": f"file of {label}", "relationship": "parentOf", "active_manifest": label, **more}


def depth_of(manifest: FoundManifest) -> int:
    return 1 + max((depth_of(one.manifest) for one in manifest.ingredients if one.manifest), default=0)


def test_what_a_manifest_says() -> None:
    action = {
        "action": "c2pa.created",
        "when": "2026-01-01T00:00:00Z",
        "softwareAgent": {"name": "Maker", "version": "3"},
        "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
        "description": "made",
    }
    own = {
        "title": "film.mp4",
        "format": "video/mp4",
        "claim_generator_info": [{"name": "labeler", "version": "9"}, {"name": "lib"}],
        "signature_info": {"common_name": "Studio", "issuer": "CA", "alg": "Es256", "time": "2026-01-02"},
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [action]}}, {"label": "org.x", "data": 3}],
        "ingredients": [made_from("parent", validation_status=[{"code": "stored.failure"}])],
    }
    results = {
        "activeManifest": {"success": [{"code": "ok"}, {"code": "ok"}], "failure": [{"code": "bad"}]},
        "ingredientDeltas": [{"validationDeltas": {"failure": [FAILED]}}],
    }
    (found,) = tree_of(store({"own": own, "parent": {"claim_generator": "Old/1"}}, results)).manifests
    assert (found.title, found.generator, found.is_active) == ("film.mp4", "labeler 9, lib", True)
    assert (found.signer, found.issuer, found.algorithm, found.time) == ("Studio", "CA", "Es256", "2026-01-02")
    (step,) = found.actions
    assert (step.action, step.agent, step.when, step.description) == ("c2pa.created", "Maker 3", action["when"], "made")
    assert step.source_type == action["digitalSourceType"] and found.source_types == (action["digitalSourceType"],)
    assert found.assertions == ("c2pa.actions.v2", "org.x")
    assert [(code.kind, code.code) for code in found.codes] == [("failure", "bad"), ("success", "ok")]
    (ingredient,) = found.ingredients
    assert ingredient.codes == ("stored.failure", FAILED["code"])
    assert ingredient.manifest is not None and ingredient.manifest.generator == "Old/1"


def test_a_circle_is_told_once() -> None:
    circle = {
        "own": {"ingredients": [made_from("other"), made_from("own")]},
        "other": {"ingredients": [made_from("own"), made_from("other")]},
    }
    (found,) = tree_of(store(circle)).manifests
    assert depth_of(found) == 2
    assert [one.manifest is None for one in found.ingredients] == [False, True]


def test_what_the_active_one_does_not_lead_to_stands_beside_it() -> None:
    found = tree_of(store({"lone": {}, "own": {}}))
    assert [(one.label, one.is_active) for one in found.manifests] == [("own", True), ("lone", False)]


def test_a_long_line_is_told_in_part() -> None:
    line = {f"m{n}": {"ingredients": [made_from(f"m{n + 1}")]} for n in range(60)}
    found = tree_of(store(line, active="m0"))
    assert depth_of(found.manifests[0]) == DEEPEST
    assert max(map(depth_of, found.manifests)) == DEEPEST
    found.model_dump_json()


def test_counts_and_lengths_are_bounded() -> None:
    many = MOST_LISTED + 7
    own = {
        "title": "x" * 10_000,
        "assertions": [{"label": "a" * 10_000}] * many,
        "ingredients": [made_from(f"m{n}") for n in range(many)],
    }
    manifests = {"own": own} | {f"m{n}": {} for n in range(many)}
    found = tree_of(store(manifests))
    own_found = found.manifests[0]
    assert len(own_found.title or "") == LONGEST and len(own_found.assertions[0]) == LONGEST
    assert len(own_found.assertions) == len(own_found.ingredients) == MOST_LISTED
    assert own_found.left_out == 2 * 7
    told = [own_found, *(one.manifest for one in own_found.ingredients if one.manifest), *found.manifests[1:]]
    assert len(told) == MOST_MANIFESTS
    assert found.problem is not None and str(len(manifests) - MOST_MANIFESTS) in found.problem


@pytest.mark.parametrize("wrong", [None, 3, "x", [], [3], {"x": 1}, [[1]], [{"label": 3, "code": 4, "action": []}]])
def test_any_shape_is_a_strangers(wrong: Any) -> None:
    keys = ("title", "format", "claim_generator", "claim_generator_info", "signature_info", "assertions", "ingredients")
    results = {"activeManifest": wrong, "ingredientDeltas": wrong}
    tree_of(store({"own": dict.fromkeys(keys, wrong)}, results)).model_dump_json()
    tree_of(store({"own": wrong}, {"activeManifest": {"failure": wrong, "success": wrong}}))
    own = {
        "ingredients": [dict.fromkeys(("active_manifest", "title", "validation_results", "validation_status"), wrong)],
        "assertions": [{"label": "c2pa.actions", "data": {"actions": wrong}}, {"label": "c2pa.actions", "data": wrong}],
    }
    tree_of(store({"own": own})).model_dump_json()


def test_names() -> None:
    assert tree.named({"name": "a", "version": 3}) == "a" and tree.named({}) is None
