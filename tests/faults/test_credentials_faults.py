"""Sabotage of layer `credentials`: the seal removed, broken, laundered, or made to state something else."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import c2pa
import pytest

from labeler.layers.credentials import identity as identities
from labeler.layers.credentials.trust import load_trust
from labeler.pipeline import Order
from tests import pki
from tests.faults.harness import MIME, Good, assert_caught, hand_to_gate, reseal, signed_master, signer_of
from tests.unhashed import media_into_free

DIGITAL_CAPTURE = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"


def sealed(good: Good, folder: Path, **how: Any) -> Path:
    return reseal(good, good.unsealed, folder / "sealed" / good.released.name, **how)


def with_credentials(order: Order, **changes: Any) -> Order:
    assert order.item.credentials is not None
    credentials = order.item.credentials.model_copy(update=changes)
    return replace(order, item=order.item.model_copy(update={"credentials": credentials}))


def test_plain_c2pa_may_seal(good: Good, tmp_path: Path) -> None:
    """The harness itself is neutral."""
    result = hand_to_gate(good, sealed(good, tmp_path), tmp_path)
    assert result.status == "released", result.problems


def test_no_seal_is_caught(good: Good, tmp_path: Path) -> None:
    result = hand_to_gate(good, good.unsealed, tmp_path)
    related = (*tuple({check.id for check in good.checks if check.layer == "credentials"}), "metadata.agreement")
    gone = tuple(check for check in good.checks if check.id not in related)
    assert_caught(replace(good, checks=gone), result, tmp_path, "credentials.present", related=related)


def test_altered_bytes_are_caught(good: Good, tmp_path: Path) -> None:
    """One space of the XMP packet's padding, after the seal: no other layer reads it."""
    content = bytearray(good.released.read_bytes())
    at = content.rindex(b"<?xpacket end") - 40
    assert content[at] in b" \n"
    content[at] = ord("\t")
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(content)
    result = hand_to_gate(good, broken, tmp_path)
    assert_caught(good, result, tmp_path, "credentials.integrity")
    assert result.verdict is not None and result.verdict.integrity == "altered"


def test_media_outside_of_the_seal_are_caught(good: Good, tmp_path: Path) -> None:
    """The film plays from a `free` box, any byte of which may change: the SDK still trusts it."""
    broken = media_into_free(good.unsealed, tmp_path / "free.mp4")
    result = hand_to_gate(good, reseal(good, broken, tmp_path / "sealed" / good.released.name), tmp_path)
    assert_caught(good, result, tmp_path, "credentials.integrity")


def test_altered_ancestor_is_caught(good: Good, tmp_path: Path) -> None:
    """A master altered after it was signed, laundered by a fresh seal: the SDK's own state does not say so."""
    master = tmp_path / "master.mp4"
    content = bytearray(signed_master(good).read_bytes())
    at = content.index(b"mdat") + 5000
    content[at] ^= 0xFF
    master.write_bytes(content)
    result = hand_to_gate(good, sealed(good, tmp_path, parent=master), tmp_path)
    assert_caught(good, result, tmp_path, "credentials.ancestors")


@pytest.fixture
def listed(good: Good, tmp_path: Path) -> Order:
    """An order whose plan asks for a listed signer, with the studio's own root as the list."""
    assert good.order.identity is not None
    anchors = tmp_path / "anchors.pem"
    anchors.write_bytes(good.order.identity.chain_pem)
    order = with_credentials(good.order, trust="listed")
    return replace(order, trust=load_trust(anchors, tmp_path / "nobody"))


def test_unlisted_signer_is_caught_where_a_listed_one_is_asked_for(good: Good, listed: Order, tmp_path: Path) -> None:
    passing = hand_to_gate(good, good.released, tmp_path / "fine", order=listed)
    assert passing.status == "released", passing.problems
    home = tmp_path / "stranger"
    identities.create("stranger", home=home, now=datetime.now(UTC))
    stranger = identities.load("stranger", home=home, now=datetime.now(UTC))
    signer = signer_of(good, stranger.chain_pem, stranger.key_pem)
    result = hand_to_gate(good, sealed(good, tmp_path, signer=signer), tmp_path, order=listed)
    assert_caught(good, result, tmp_path, "credentials.signer")


def test_missing_time_stamp_is_caught_where_one_is_required(good: Good, tmp_path: Path) -> None:
    result = hand_to_gate(good, good.released, tmp_path, order=with_credentials(good.order, tsa="required"))
    assert_caught(good, result, tmp_path, "credentials.timestamp")


def test_another_source_type_is_caught(good: Good, tmp_path: Path) -> None:
    """A parent whose signed manifest says that a camera took it."""
    master = tmp_path / "captured.mp4"
    definition = {
        "claim_generator_info": [{"name": "camera", "version": "1"}],
        "assertions": [
            {
                "label": "c2pa.actions.v2",
                "created": True,
                "data": {"actions": [{"action": "c2pa.created", "digitalSourceType": DIGITAL_CAPTURE}]},
            }
        ],
    }
    with c2pa.Context.from_dict({}) as context:
        builder = c2pa.Builder(definition, context=context)
        with Path(good.order.item.source.file).open("rb") as source, master.open("w+b") as target:
            builder.sign(signer_of(good), MIME[".mp4"], source, target)

    def silent(definition: dict[str, Any]) -> dict[str, Any]:
        for entry in definition["assertions"]:
            if entry["label"].startswith("c2pa.metadata"):
                entry["data"]["Iptc4xmpExt:DigitalSourceType"] = DIGITAL_CAPTURE
        return definition

    result = hand_to_gate(good, sealed(good, tmp_path, parent=master, change=silent), tmp_path)
    assert_caught(good, result, tmp_path, "credentials.source_type", related=("metadata.agreement",))


def without_text(definition: dict[str, Any]) -> dict[str, Any]:
    for entry in definition["assertions"]:
        if entry["label"].startswith("c2pa.actions"):
            actions = entry["data"]["actions"]
            entry["data"]["actions"] = [one for one in actions if one["action"] != "c2pa.addedText"]
    return definition


def made_up(definition: dict[str, Any]) -> dict[str, Any]:
    """A model that nobody declared."""
    data = {"modelType": "c2pa.types.model", "modelName": "Nobody's Model"}
    definition["assertions"].append({"label": "c2pa.ai-disclosure", "created": True, "data": data})
    return definition


@pytest.mark.parametrize("change", [without_text, made_up])
def test_other_actions_are_caught(change: Any, good: Good, tmp_path: Path) -> None:
    result = hand_to_gate(good, sealed(good, tmp_path, change=change), tmp_path)
    assert_caught(good, result, tmp_path, "credentials.actions")


def test_another_mention_in_the_manifest_is_caught(good: Good, tmp_path: Path) -> None:
    def change(definition: dict[str, Any]) -> dict[str, Any]:
        for entry in definition["assertions"]:
            if entry["label"] == "org.labeler.mention":
                entry["data"] = json.loads(json.dumps(entry["data"]).replace("assist", "arrang"))
        return definition

    result = hand_to_gate(good, sealed(good, tmp_path, change=change), tmp_path)
    assert_caught(good, result, tmp_path, "credentials.mention")


def test_an_expired_signature_is_caught(good: Good, tmp_path: Path) -> None:
    """Sealed while its certificate was valid, handed in after."""
    sealings: list[Path] = []
    pki.expired("Brief", lambda one: sealings.append(sealed(good, tmp_path, signer=one.for_c2pa())))
    result = hand_to_gate(good, sealings[-1], tmp_path)
    assert_caught(good, result, tmp_path, "credentials.expiry")
    assert result.verdict is not None and result.verdict.trust == "expired"


def test_a_manifest_beside_that_does_not_fit_is_told(good: Good, tmp_path: Path) -> None:
    """A sidecar of another film beside a good one: a warning, since another file may share its stem, and no more."""
    stray = tmp_path / "stray.c2pa"
    with c2pa.Context.from_dict({}) as context, good.rendered.open("rb") as stream:
        builder = c2pa.Builder(pki.created("digitalCapture"), context=context)
        builder.set_no_embed()
        stray.write_bytes(builder.sign(signer_of(good), MIME[".mp4"], stream, io.BytesIO()))
    result = hand_to_gate(good, good.released, tmp_path, sidecar=stray)
    assert result.status == "released" and result.verdict is not None
    (check,) = [check for check in result.verdict.checks if check.id == "credentials.sidecar"]
    assert (check.status, check.mandatory) == ("warn", False)
    assert not any(check.id == "credentials.sidecar" for check in good.checks)
    before = {check.id: check.status for check in good.checks}
    assert {one.id: one.status for one in result.verdict.checks if one.id != "credentials.sidecar"} == before
    assert result.verdict.disclosure == "declared", "what lies beside says nothing of this file"
