"""Source types of ingredients, of templates and of related actions: found wherever they stand, with who says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from labeler.layers.credentials import sdk, statements
from labeler.layers.credentials.read import Sealed, read
from labeler.layers.credentials.sdk import Store, with_types
from labeler.layers.credentials.tree import read_tree
from labeler.layers.credentials.trust import Trust
from labeler.rules.source_types import SOURCE_TYPE_PREFIX
from tests import pki
from tests.clips import make_clip

GENERATED = SOURCE_TYPE_PREFIX + "trainedAlgorithmicMedia"
SYNTHETIC = SOURCE_TYPE_PREFIX + "compositeSynthetic"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("ingredients") / "clip.mp4", width=320, height=180, seconds=1)


def ingredient(title: str, kind: str | None) -> dict[str, Any]:
    """An ingredient as its signer writes it. Those that the SDK makes have no type; this one it hands through."""
    data = {
        "relationship": "componentOf",
        "dc:title": title,
        "dc:format": "video/mp4",
        "instanceID": f"xmp:iid:{title}",
    }
    stated = {} if kind is None else {"digitalSourceType": kind}
    return {"label": "c2pa.ingredient", "created": True, "kind": "Cbor", "data": data | stated}


def sealed(clip: Path, target: Path, *added: dict[str, Any]) -> Sealed:
    signer = pki.make_signer("Editor", pki.today())
    definition = pki.created("digitalCreation")
    definition["assertions"] += added
    return Sealed(pki.plain_seal(clip, target, definition, signer), (), Trust(anchors=signer.root.decode()))


def test_the_type_of_an_ingredient_is_found(clip: Path, tmp_path: Path) -> None:
    parts = [ingredient("plain.mp4", None), ingredient("ai.mp4", GENERATED)]
    one = sealed(clip, tmp_path / "film.mp4", *parts)
    (told,) = [ai for ai in read(one, None).found.ai if ai.type == GENERATED]
    assert "c2pa.ingredient" in told.where
    assert (told.signer, told.generator) == ("Editor (Tests)", "another tool 1")
    (manifest,) = read_tree(one).manifests
    assert [(part.title, part.source_type) for part in manifest.ingredients] == [
        ("plain.mp4", None),
        ("ai.mp4", GENERATED),
    ]
    assert manifest.source_types == (SOURCE_TYPE_PREFIX + "digitalCreation",), "an ingredient's type is its own"


def test_that_of_an_ingredient_deep_in_the_tree(clip: Path, tmp_path: Path) -> None:
    first = sealed(clip, tmp_path / "first.mp4", ingredient("ai.mp4", GENERATED)).path
    signer = pki.make_signer("Publisher", pki.today())
    opened = {"action": "c2pa.opened", "parameters": {"ingredientIds": ["master"]}}
    definition = {
        "claim_generator_info": [{"name": "another tool", "version": "2"}],
        "assertions": [{"label": "c2pa.actions.v2", "created": True, "data": {"actions": [opened]}}],
    }
    path = pki.plain_seal(clip, tmp_path / "second.mp4", definition, signer, parent=first)
    found = read(Sealed(path, (), Trust()), None).found
    (told,) = [ai for ai in found.ai if ai.type == GENERATED]
    assert (told.signer, told.generator) == ("Editor (Tests)", "another tool 1")


def test_those_of_templates_and_related_actions(clip: Path, tmp_path: Path) -> None:
    signer = pki.make_signer("Editor", pki.today())
    definition = pki.created("digitalCreation")
    history = definition["assertions"][0]["data"]
    history["templates"] = [{"action": "c2pa.edited", "digitalSourceType": GENERATED}]
    related = [{"action": "c2pa.drawing", "digitalSourceType": SYNTHETIC}]
    history["actions"].append({"action": "c2pa.edited", "related": related})
    path = pki.plain_seal(clip, tmp_path / "film.mp4", definition, signer)
    found = read(Sealed(path, (), Trust()), None).found
    assert {(ai.type, ai.where.rpartition(" ")[2]) for ai in found.ai} == {
        (SOURCE_TYPE_PREFIX + "digitalCreation", "c2pa.created"),
        (SYNTHETIC, "c2pa.drawing"),
        (GENERATED, "c2pa.edited"),
    }
    store = sdk.read_store(path)
    assert isinstance(store, Store)
    assert [one.whole for one in statements.source_types(store.manifests)] == [True, False, False]


def test_labels_with_a_number_keep_apart() -> None:
    names = ("c2pa.ingredient.v3", "c2pa.ingredient.v3__1", "c2pa.ingredient.v3__2")
    entry = {"ingredients": [{"label": name} for name in names]}
    held = {names[1]: {"digitalSourceType": GENERATED}, names[2]: {"digitalSourceType": SYNTHETIC}}
    types = [one.type for one in statements.source_types({"m": with_types(entry, held)})]
    assert types == [GENERATED, SYNTHETIC]


@pytest.mark.parametrize("wrong", [None, 3, "x", [], [3], {"x": 1}, [[1]]])
def test_any_shape_is_a_strangers(wrong: Any) -> None:
    for entry in (wrong, {"ingredients": wrong}, {"ingredients": [{"label": wrong}]}):
        changed = with_types(entry, {"x": wrong, "None": {"digitalSourceType": wrong}})
        assert list(statements.source_types({"m": changed})) == []
    deep: dict[str, Any] = {}
    for _ in range(100):
        deep = {"action": "c2pa.edited", "related": [deep, wrong]}
    shapes = ({"actions": wrong, "templates": wrong}, {"actions": [{"related": wrong}]}, {"actions": [deep]})
    for data in shapes:
        assert list(statements.action_types("m", data)) == []
