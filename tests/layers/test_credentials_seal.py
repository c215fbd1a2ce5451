"""Sign and read round trips on every container, and what each kind of harm does to the verdict."""

from __future__ import annotations

import copy
import errno
import shutil
import struct
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from c2pa import C2paError

from labeler.errors import DiskFull, IdentityMissing, Interrupted, SigningFailed, SourceRejected, SourceUnsupported
from labeler.layers.credentials import identity as identities
from labeler.layers.credentials import manifest, masters, sdk
from labeler.layers.credentials import read as reader
from labeler.layers.credentials.identity import Identity
from labeler.layers.credentials.read import Sealed, integrity_of, is_made_by_labeler, trust_of
from labeler.layers.credentials.sign import sign, translated
from labeler.layers.credentials.tree import read_tree
from labeler.layers.credentials.trust import Trust, load_trust
from labeler.media import survey
from labeler.media.boxes import XMP_UUID
from labeler.rules.plan import (
    AISystem,
    CredentialsPlan,
    FileReference,
    Interval,
    MentionPlan,
    MetadataPlan,
    PlanItem,
    PresetReference,
)
from labeler.rules.source_types import SOURCE_TYPE_PREFIX
from labeler.verdict import Integrity, LayerReading, LayerState
from labeler.verdict import Trust as Trusted
from tests import pki
from tests.clips import make_clip

GENERATED = SOURCE_TYPE_PREFIX + "trainedAlgorithmicMedia"
COMPOSITE = SOURCE_TYPE_PREFIX + "compositeWithTrainedAlgorithmicMedia"
TEXT = "Contenu généré ou assisté par IA"
WHEN = datetime(2026, 11, 23, 10, tzinfo=UTC)
NOBODY = Trust()
WIDTH, HEIGHT = 320, 180
BOX = (200, 8, 112, 30)


def read(path: Path, *, sidecar: Path | None, plan: PlanItem | None, trust: Trust) -> LayerReading:
    return reader.read(Sealed(path, filter(None, [sidecar]), trust), plan)


def mention_assertion_of(path: Path, sidecar: Path | None, trust: Trust) -> dict[str, Any] | None:
    return reader.mention_assertion_of(Sealed(path, filter(None, [sidecar]), trust))


class Case:
    """One master, its render (here: a copy), a plan, and an identity; `seal` does what `label` does."""

    def __init__(self, master: Path, folder: Path, identity: Identity, home: Path) -> None:
        self.master, self.folder, self.identity, self.home = master, folder, identity, home
        self.work = folder / f"work{master.suffix}"
        self.scratch = folder / "scratch"
        self.scratch.mkdir(parents=True)
        shutil.copyfile(master, self.work)
        self.item = item_for(master)

    def seal(self, name: str = "out", **changes: Any) -> tuple[Path, Path | None]:
        signed = self.folder / f"{name}{self.master.suffix}"
        given = {"master": self.master, "item": self.item, "identity": self.identity} | changes
        sidecar = sign(self.work, signed, scratch=self.scratch, when=WHEN, **given)
        return signed, sidecar

    def read(self, path: Path, sidecar: Path | None = None, trust: Trust = NOBODY, **changes: Any) -> LayerReading:
        return read(path, sidecar=sidecar, plan=changes.get("plan", self.item), trust=trust)

    @property
    def listing(self) -> Trust:
        return load_trust(self.home / "identities" / "studio" / "root.pem", self.home)


def item_for(master: Path) -> PlanItem:
    mention = MentionPlan(
        track=0,
        text=TEXT,
        lines=(TEXT,),
        language="fr",
        mark=None,
        font_sha256="ab" * 32,
        font_size=22,
        x_height=12.5,
        box=BOX,
        safe_area=(9, 9, 302, 162),
        intervals=(Interval.model_validate({"from": 0, "to": "1/3"}),),
        reading_time="10/3",  # type: ignore[arg-type]
    )
    return PlanItem(
        id="1",
        source=FileReference(file=str(master)),
        preset=PresetReference(id="eu-standard", version=1, sha256="cd" * 32),
        declaration_sha256="ef" * 32,
        output="somewhere/private/out.mp4",
        layers={"media": "required", "mention": "required", "metadata": "required", "credentials": "required"},
        mention=(mention,),
        metadata=MetadataPlan(digital_source_type=GENERATED, description={"fr": TEXT, "en": "AI-generated"}),
        credentials=CredentialsPlan(
            source_type=GENERATED,
            systems=(AISystem(name="Example Model", version="3"), AISystem(name="Other Model")),
            oversight="human_validated",
        ),
        inventory=survey.survey(master),
    )


def with_credentials(item: PlanItem, **changes: Any) -> PlanItem:
    assert item.credentials is not None
    return item.model_copy(update={"credentials": item.credentials.model_copy(update=changes)})


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("credentials-home")
    identities.create("studio", home=folder, now=pki.today())
    return folder


@pytest.fixture(scope="session")
def identity(home: Path) -> Identity:
    return identities.load("studio", home=home, now=pki.today())


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("credentials-clips")
    for suffix in ("mp4", "mov", "mkv"):
        make_clip(folder / f"clip.{suffix}", width=WIDTH, height=HEIGHT, seconds=1, tags={"title": "T"})
    return folder


@pytest.fixture
def case(clips: Path, tmp_path: Path, identity: Identity, home: Path) -> Case:
    return Case(clips / "clip.mp4", tmp_path, identity, home)


def statuses(reading: LayerReading) -> dict[str, str]:
    return {check.id.removeprefix("credentials."): str(check.status) for check in reading.checks}


GOOD = {
    "present": "pass",
    "integrity": "pass",
    "ancestors": "pass",
    "signer": "warn",
    "expiry": "pass",
    "timestamp": "warn",
    "source_type": "pass",
    "actions": "pass",
    "mention": "pass",
}


# --- round trips --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["mp4", "mov"])
def test_embedded_round_trip(clips: Path, tmp_path: Path, identity: Identity, home: Path, suffix: str) -> None:
    case = Case(clips / f"clip.{suffix}", tmp_path, identity, home)
    signed, sidecar = case.seal()
    reading = case.read(signed)
    assert sidecar is None
    assert statuses(reading) == GOOD, [check.message for check in reading.checks]
    assert reading.state is LayerState.WARN
    assert integrity_of(reading) is Integrity.INTACT
    assert trust_of(reading) is Trusted.UNLISTED
    assert reading.found.manifests == 2 and reading.found.embedded
    assert reading.found.signer == "studio (studio issuing)"
    assert {ai.type for ai in reading.found.ai} == {GENERATED}
    assert list(case.scratch.iterdir()) == []
    assert case.work.read_bytes() == case.master.read_bytes()


def test_history_of_the_two_manifests(case: Case) -> None:
    signed, _ = case.seal()
    store = pki.store_of(signed)
    label, master = store["manifests"].pop(store["active_manifest"]), *store["manifests"].values()
    names = [action["action"] for action in actions_of(label)]
    assert names == ["c2pa.opened", "c2pa.addedText", "c2pa.transcoded", "c2pa.published"]
    assert [(a["action"], a["digitalSourceType"]) for a in actions_of(master)] == [("c2pa.created", GENERATED)]
    shape = actions_of(label)[1]["changes"][0]["region"][0]["shape"]
    assert shape["origin"] == {"x": 62.5, "y": 4.4444}
    assert (shape["width"], shape["height"]) == (35.0, 16.6667)
    models = [a["data"]["modelName"] for a in label["assertions"] if a["label"].startswith("c2pa.ai-disclosure")]
    assert models == ["Example Model 3", "Other Model"]
    assert all(one.get("created") for one in label["assertions"] if not one["label"].startswith("c2pa.hash"))


def test_matroska_gets_one_manifest_in_a_sidecar(clips: Path, tmp_path: Path, identity: Identity, home: Path) -> None:
    case = Case(clips / "clip.mkv", tmp_path, identity, home)
    signed, sidecar = case.seal()
    assert sidecar == tmp_path / "out.c2pa" and sidecar.is_file()
    assert signed.read_bytes() == case.work.read_bytes()
    reading = case.read(signed, sidecar)
    assert statuses(reading) == GOOD | {"present": "warn"}, [check.message for check in reading.checks]
    assert reading.found.manifests == 1 and reading.found.embedded is False
    store = pki.store_of(signed, sidecar)
    names = [action["action"] for action in actions_of(store["manifests"][store["active_manifest"]])]
    assert names == ["c2pa.created", "c2pa.addedText", "c2pa.transcoded", "c2pa.published"]
    alone = case.read(signed)
    assert alone.state is LayerState.ABSENT and integrity_of(alone) is Integrity.UNSIGNED
    assert is_made_by_labeler(signed)


def test_nothing_is_disclosed_that_nobody_declared(case: Case) -> None:
    case.item = with_credentials(case.item, systems=(), oversight=None)
    signed, _ = case.seal()
    store = pki.store_of(signed)
    labels = [one["label"] for one in store["manifests"][store["active_manifest"]]["assertions"]]
    assert not any(label.startswith("c2pa.ai-disclosure") for label in labels)
    assert statuses(case.read(signed)) == GOOD


def test_listed_signer(case: Case) -> None:
    signed, _ = case.seal()
    reading = case.read(signed, trust=case.listing)
    assert statuses(reading) == GOOD | {"signer": "pass"}
    assert trust_of(reading) is Trusted.LISTED
    strict = with_credentials(case.item, trust="listed")
    assert statuses(case.read(signed, plan=strict))["signer"] == "fail"
    assert statuses(case.read(signed, plan=strict, trust=case.listing))["signer"] == "pass"


def test_without_a_plan_only_the_seal_is_judged(case: Case) -> None:
    signed, _ = case.seal()
    reading = case.read(signed, plan=None)
    assert list(statuses(reading)) == ["present", "integrity", "ancestors", "signer", "expiry"]
    assert case.read(case.master, plan=None).state is LayerState.ABSENT


def test_the_signed_plan_comes_back(case: Case) -> None:
    signed, _ = case.seal()
    data = mention_assertion_of(signed, None, NOBODY)
    assert data is not None
    plan = manifest.plan_from_assertion(data, FileReference(file="x"))
    expected, found = case.item.mention[0], plan.mention[0]
    assert found.model_dump(mode="json") == expected.model_dump(mode="json")
    assert plan.preset == case.item.preset
    assert plan.layers == {name: "required" for name in ("media", "mention", "metadata", "credentials")}
    assert "somewhere" not in str(data) and str(case.master) not in str(data)
    again = case.read(signed, plan=plan)
    assert statuses(again) == {name: status for name, status in GOOD.items() if name != "mention"}


def test_who_made_it(case: Case, tmp_path: Path) -> None:
    signed, _ = case.seal()
    assert is_made_by_labeler(signed) and not is_made_by_labeler(case.master)
    other = pki.plain_seal(
        case.master, tmp_path / "other.mp4", pki.created("digitalCapture"), pki.make_signer("B", pki.today())
    )
    assert not is_made_by_labeler(other)
    assert mention_assertion_of(other, None, NOBODY) is None


def actions_of(entry: dict[str, Any]) -> list[dict[str, Any]]:
    return [a for one in entry["assertions"] if one["label"].startswith("c2pa.actions") for a in one["data"]["actions"]]


# --- masters ------------------------------------------------------------------------------------------------------


def test_a_signed_master_is_kept_as_the_parent(case: Case, tmp_path: Path) -> None:
    master = pki.plain_seal(
        case.master,
        tmp_path / "master.mp4",
        pki.created("trainedAlgorithmicMedia"),
        pki.make_signer("Maker", pki.today()),
    )
    before = master.read_bytes()
    (kept,) = pki.store_of(master)["manifests"]
    signed, _ = case.seal(master=master)
    store = pki.store_of(signed)
    assert set(store["manifests"]) == {kept, store["active_manifest"]}
    assert statuses(case.read(signed)) == GOOD
    assert master.read_bytes() == before


def test_an_altered_master_is_refused(case: Case, tmp_path: Path) -> None:
    master = pki.plain_seal(
        case.master, tmp_path / "master.mp4", pki.created("trainedAlgorithmicMedia"), pki.make_signer("M", pki.today())
    )
    flip(master, inside(master, b"mdat"))
    with pytest.raises(SourceRejected) as told:
        case.seal(master=master)
    assert "master.mp4" in told.value.message and "bmffHash.mismatch" in told.value.message
    assert not (tmp_path / "out.mp4").exists() and list(case.scratch.iterdir()) == []


def test_a_master_with_an_altered_ancestor_is_refused(case: Case, tmp_path: Path) -> None:
    with pytest.raises(SourceRejected):
        case.seal(master=laundered(case, tmp_path, pki.make_signer("Launderer", pki.today())))


def test_a_master_whose_credentials_stand_in_a_sidecar_is_refused(
    clips: Path, tmp_path: Path, identity: Identity, home: Path
) -> None:
    case = Case(clips / "clip.mkv", tmp_path, identity, home)
    signed, sidecar = case.seal()
    with pytest.raises(SourceUnsupported) as told:
        masters.examine(signed)
    assert "out.c2pa" in told.value.message and told.value.facts == ("credentials",)
    # Beside an MP4 of the same stem, that sidecar is another file's and no obstacle.
    shutil.copyfile(clips / "clip.mp4", tmp_path / "out.mp4")
    assert masters.examine(tmp_path / "out.mp4") == "unsigned"
    assert case.read(tmp_path / "out.mp4", sidecar).state is LayerState.ABSENT
    assert not is_made_by_labeler(tmp_path / "out.mp4")


def test_a_master_that_cannot_hold_a_manifest_gets_one_for_all(
    clips: Path, tmp_path: Path, identity: Identity, home: Path
) -> None:
    """A QuickTime film without `ftyp`: players do not mind, the SDK can neither sign nor read it (measured)."""
    case = Case(clips / "clip.mov", tmp_path, identity, home)
    data = case.master.read_bytes()
    master = tmp_path / "old.mov"
    master.write_bytes(data[struct.unpack(">I", data[:4])[0] :])
    assert masters.examine(master) == "closed"
    signed, _ = case.seal(master=master)
    reading = case.read(signed)
    assert statuses(reading) == GOOD and reading.found.manifests == 1
    unread = case.read(master)
    assert unread.state is LayerState.NOT_CHECKED
    assert set(statuses(unread).values()) == {"not_checked"}
    assert integrity_of(unread) is Integrity.UNREADABLE


def test_a_master_with_credentials_that_cannot_be_read_is_refused(case: Case) -> None:
    signed, _ = case.seal()
    garble(signed)
    with pytest.raises(SourceRejected):
        masters.examine(signed)


# --- harm ---------------------------------------------------------------------------------------------------------


def flip(path: Path, offset: int) -> None:
    data = bytearray(path.read_bytes())
    data[offset] ^= 0xFF
    path.write_bytes(data)


def inside(path: Path, kind: bytes) -> int:
    """An offset inside the last top-level box of this kind."""
    data, offset, found = path.read_bytes(), 0, 0
    while offset < len(data):
        size, name = struct.unpack(">I4s", data[offset : offset + 8])
        found = offset + size // 2 if name == kind else found
        offset += size
    assert found
    return found


def definition_of(signed: Path) -> dict[str, Any]:
    """The active manifest as a definition that plain c2pa-python can sign again."""
    store = pki.store_of(signed)
    active = copy.deepcopy(store["manifests"][store["active_manifest"]])
    kept = [one for one in active["assertions"] if not one["label"].startswith("c2pa.hash")]
    listed = [
        {"label": one["label"], "created": True, "data": one["data"]} | ({"kind": one["kind"]} if "kind" in one else {})
        for one in kept
    ]
    actions_of(active)[0]["parameters"] = {"ingredientIds": ["master"]}
    return {"claim_generator_info": active["claim_generator_info"], "assertions": listed}


def reseal(case: Case, signed: Path, definition: dict[str, Any], *, kind: str = "trainedAlgorithmicMedia") -> Path:
    """The render sealed again by plain c2pa-python, over a master that it seals too."""
    signer = pki.Signer(case.identity.chain_pem, case.identity.key_pem, b"", case.identity.not_after)
    master = pki.plain_seal(case.master, signed.with_name("plain-master.mp4"), pki.created(kind), signer)
    return pki.plain_seal(case.work, signed.with_name("resealed.mp4"), definition, signer, parent=master)


def laundered(case: Case, folder: Path, signer: pki.Signer) -> Path:
    """A parent whose media was altered after signing, taken in and signed over by somebody who did not mind."""
    parent = pki.plain_seal(case.master, folder / "parent.mp4", pki.created("trainedAlgorithmicMedia"), signer)
    flip(parent, inside(parent, b"mdat"))
    opened = {"action": "c2pa.opened", "parameters": {"ingredientIds": ["master"]}}
    definition = pki.created("x") | {
        "assertions": [{"label": "c2pa.actions.v2", "created": True, "data": {"actions": [opened]}}]
    }
    return pki.plain_seal(case.work, folder / "laundered.mp4", definition, signer, parent=parent)


def test_one_altered_byte_of_media(case: Case) -> None:
    signed, _ = case.seal()
    flip(signed, inside(signed, b"mdat"))
    reading = case.read(signed, trust=case.listing)
    assert statuses(reading) == GOOD | {"integrity": "fail", "signer": "pass"}
    assert integrity_of(reading) is Integrity.ALTERED
    assert "assertion.bmffHash.mismatch" in reading.found.codes
    assert mention_assertion_of(signed, None, case.listing) is None


def test_altered_matroska(clips: Path, tmp_path: Path, identity: Identity, home: Path) -> None:
    case = Case(clips / "clip.mkv", tmp_path, identity, home)
    signed, sidecar = case.seal()
    copy_ = tmp_path / "copy.mkv"
    copy_.write_bytes(signed.read_bytes())
    flip(copy_, copy_.stat().st_size // 2)
    reading = case.read(copy_, sidecar)
    assert statuses(reading)["integrity"] == "fail" and integrity_of(reading) is Integrity.ALTERED


def test_an_altered_assertion(case: Case) -> None:
    signed, _ = case.seal()
    flip(signed, signed.read_bytes().rindex(b"Example Model") + 1)
    reading = case.read(signed)
    assert statuses(reading)["integrity"] == "fail"
    assert integrity_of(reading) is Integrity.ALTERED
    assert "assertion.hashedURI.mismatch" in reading.found.codes


def test_an_altered_signature(case: Case) -> None:
    signed, _ = case.seal()
    flip(signed, signed.read_bytes().rindex(b"org.contentauth.c2pa_rs") + 5)
    reading = case.read(signed, trust=case.listing)
    assert statuses(reading)["integrity"] == "fail"
    assert integrity_of(reading) is not Integrity.INTACT
    assert trust_of(reading) is not Trusted.LISTED


def test_a_store_that_cannot_be_parsed(case: Case) -> None:
    signed, _ = case.seal()
    garble(signed)
    reading = case.read(signed)
    assert statuses(reading)["integrity"] == "fail"
    assert integrity_of(reading) is Integrity.UNREADABLE and trust_of(reading) is Trusted.NONE
    assert set(statuses(reading)) == set(GOOD)


def garble(signed: Path) -> None:
    data = signed.read_bytes()
    start = data.index(b"jumdc2pa")
    signed.write_bytes(data[: start - 8] + b"\xff" * 64 + data[start + 56 :])


def test_a_file_cut_off(case: Case) -> None:
    signed, _ = case.seal()
    data = signed.read_bytes()
    signed.write_bytes(data[: len(data) - 1000])
    reading = case.read(signed, trust=case.listing)
    assert statuses(reading)["integrity"] == "fail" and integrity_of(reading) is not Integrity.INTACT


def test_stripped(case: Case) -> None:
    signed, _ = case.seal()
    data = signed.read_bytes()
    start = struct.unpack(">I", data[:4])[0]
    size = struct.unpack(">I4s", data[start : start + 8])[0]
    signed.write_bytes(data[:start] + data[start + size :])
    reading = case.read(signed)
    assert reading.state is LayerState.ABSENT
    assert statuses(reading) == dict.fromkeys(GOOD, "not_checked") | {"present": "fail"}
    assert integrity_of(reading) is Integrity.UNSIGNED and trust_of(reading) is Trusted.NONE


def test_a_laundered_parent_is_seen_although_the_sdk_trusts_the_file(case: Case, tmp_path: Path) -> None:
    signer = pki.make_signer("Launderer", pki.today())
    path = laundered(case, tmp_path, signer)
    trust = Trust(anchors=signer.root.decode())
    store = sdk.read_store(path, trust.anchors)
    assert isinstance(store, sdk.Store) and store.results["activeManifest"]["failure"] == []
    reading = case.read(path, trust=trust, plan=None)
    assert statuses(reading) == {
        "present": "pass",
        "integrity": "pass",
        "ancestors": "fail",
        "signer": "pass",
        "expiry": "pass",
    }
    assert integrity_of(reading) is Integrity.ALTERED


def test_a_certificate_of_a_time_server_is_no_listed_signer(case: Case, tmp_path: Path) -> None:
    signer = pki.make_signer("Time server", pki.today(), uses=(pki.TIME,))
    path = pki.plain_seal(case.work, tmp_path / "by-tsa.mp4", pki.created("trainedAlgorithmicMedia"), signer)
    trust = Trust(anchors=signer.root.decode())
    store = sdk.read_store(path, trust.anchors)
    assert isinstance(store, sdk.Store)
    assert "signingCredential.trusted" in {entry["code"] for entry in store.results["activeManifest"]["success"]}
    reading = case.read(path, trust=trust, plan=None)
    assert statuses(reading)["signer"] == "warn" and trust_of(reading) is Trusted.UNLISTED


def test_resealed_as_it_was_is_good(case: Case) -> None:
    """What the next tests break one by one passes unbroken, so each failure is that breakage's."""
    signed, _ = case.seal()
    assert statuses(case.read(reseal(case, signed, definition_of(signed)))) == GOOD


def test_another_source_type(case: Case) -> None:
    signed, _ = case.seal()
    definition = definition_of(signed)
    data_of(definition, "c2pa.metadata")["Iptc4xmpExt:DigitalSourceType"] = COMPOSITE
    reading = case.read(reseal(case, signed, definition))
    assert statuses(reading) == GOOD | {"source_type": "fail"}
    assert COMPOSITE in {ai.type for ai in reading.found.ai}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("trainedAlgorithmicMedia", "pass"),
        ("compositeWithTrainedAlgorithmicMedia", "fail"),
        ("digitalCapture", "fail"),
        ("digitalCreation", "pass"),
    ],
)
def test_a_master_of_another_type(case: Case, kind: str, expected: str) -> None:
    """«Made by AI» beside a master that says captured, or composed; a new work leaves it open."""
    signed, _ = case.seal()
    reading = case.read(reseal(case, signed, definition_of(signed), kind=kind))
    assert statuses(reading) == GOOD | {"source_type": expected}


def test_what_a_composite_is_made_of_is_no_conflict(case: Case) -> None:
    case.item = with_credentials(case.item, source_type=COMPOSITE)
    signed, _ = case.seal()
    reading = case.read(reseal(case, signed, definition_of(signed), kind="digitalCapture"))
    assert statuses(reading) == GOOD
    assert [ai for ai in reading.found.ai if ai.type != COMPOSITE] == []


def test_a_disclosure_that_nobody_declared(case: Case) -> None:
    signed, _ = case.seal()
    definition = definition_of(signed)
    made_up = {"modelType": "c2pa.types.model", "modelName": "Made Up"}
    definition["assertions"].append({"label": "c2pa.ai-disclosure", "created": True, "data": made_up})
    reading = case.read(reseal(case, signed, definition))
    assert statuses(reading) == GOOD | {"actions": "fail"}
    assert "Made Up" in messages(reading)["actions"]


@pytest.mark.parametrize("gone", ["c2pa.addedText", "c2pa.transcoded", "c2pa.published"])
def test_a_missing_action(case: Case, gone: str) -> None:
    signed, _ = case.seal()
    definition = definition_of(signed)
    data = data_of(definition, "c2pa.actions.v2")
    data["actions"] = [action for action in data["actions"] if action["action"] != gone]
    assert statuses(case.read(reseal(case, signed, definition))) == GOOD | {"actions": "fail"}


def test_a_mention_stated_elsewhere_in_the_frame(case: Case) -> None:
    signed, _ = case.seal()
    definition = definition_of(signed)
    shape = data_of(definition, "c2pa.actions.v2")["actions"][1]["changes"][0]["region"][0]["shape"]
    shape["origin"] = {"x": 2.0, "y": 80.0}
    reading = case.read(reseal(case, signed, definition))
    assert statuses(reading) == GOOD | {"actions": "fail"}
    assert "region" in messages(reading)["actions"]


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ("text", "Autre texte"),
        ("box", {"x": 0, "y": 0, "width": 10, "height": 10}),
        ("intervals", [{"from": 0.0, "to": 0.2}]),
    ],
)
def test_another_mention_than_planned(case: Case, where: str, value: Any) -> None:
    signed, _ = case.seal()
    definition = definition_of(signed)
    data_of(definition, "org.labeler.mention")["mention"][0][where] = value
    reading = case.read(reseal(case, signed, definition))
    assert statuses(reading) == GOOD | {"mention": "fail"}
    assert f"mention[0].{where}" in messages(reading)["mention"]


def test_another_preset_than_planned(case: Case) -> None:
    signed, _ = case.seal()
    definition = definition_of(signed)
    data_of(definition, "org.labeler.mention")["preset"]["sha256"] = "00" * 32
    assert statuses(case.read(reseal(case, signed, definition))) == GOOD | {"mention": "fail"}


def test_a_statement_that_is_none(case: Case) -> None:
    signed, _ = case.seal()
    definition = definition_of(signed)
    data_of(definition, "org.labeler.mention")["mention"] = "nonsense"
    path = reseal(case, signed, definition)
    assert statuses(case.read(path)) == GOOD | {"mention": "fail"}
    assert mention_assertion_of(path, None, NOBODY) is None


def data_of(definition: dict[str, Any], label: str) -> dict[str, Any]:
    return next(one["data"] for one in definition["assertions"] if one["label"] == label)


def messages(reading: LayerReading) -> dict[str, str]:
    return {check.id.removeprefix("credentials."): check.message for check in reading.checks}


def test_a_strangers_file_says_what_it_says(case: Case, tmp_path: Path) -> None:
    path = pki.plain_seal(
        case.work, tmp_path / "s.mp4", pki.created("digitalCapture"), pki.make_signer("S", pki.today())
    )
    reading = case.read(path, plan=None)
    (label,) = pki.store_of(path)["manifests"]
    capture = SOURCE_TYPE_PREFIX + "digitalCapture"
    (told,) = reading.found.ai
    assert (told.type, told.where, told.signer) == (capture, f"{label} c2pa.created", "S (Tests)")
    assert told.generator is not None and told.generator.startswith("another tool 1")
    derived = case.item.model_copy(
        update={"declaration_sha256": "", "inventory": None, "credentials": CredentialsPlan(source_type=None)}
    )
    judged = statuses(case.read(path, plan=derived))
    assert judged["source_type"] == "fail" and judged["actions"] == "pass" and "mention" not in judged


@pytest.mark.parametrize("standing", ["unlisted", "failed"])
def test_an_identity_is_told_and_alters_nothing(standing: str, case: Case, tmp_path: Path) -> None:
    """Failed: whoever signed had another key than that of the certificate."""
    signer, newsroom, other = (pki.make_signer(name, pki.today()) for name in ("S", "N", "O"))
    named = replace(newsroom, key=other.key) if standing == "failed" else newsroom
    path = pki.identified_seal(case.work, tmp_path / "n.mp4", pki.created("digitalCapture"), signer, named)
    reading = case.read(path, plan=None)
    (found,) = reading.found.cawg
    name = None if standing == "failed" else "N (Tests)"
    assert (found.name, found.standing, found.roles) == (name, standing, ("cawg.publisher",))
    assert found.codes and all(code.startswith("cawg.") for code in found.codes)
    assert statuses(reading)["integrity"] == "pass" and integrity_of(reading) is Integrity.INTACT


@pytest.mark.parametrize("what", ["update", "redaction"])
def test_what_was_updated_or_redacted_is_intact(what: str, case: Case, tmp_path: Path) -> None:
    """And whose media are altered is altered, although an update holds no hash of its own."""
    signer = pki.make_signer("S", pki.today())
    definition = pki.created("trainedAlgorithmicMedia")
    definition["assertions"].append({"label": "org.x.secret", "created": True, "data": {"name": "someone"}})
    first = pki.plain_seal(case.work, tmp_path / "first.mp4", definition, signer)
    secret = f"self#jumbf=/c2pa/{pki.store_of(first)['active_manifest']}/c2pa.assertions/org.x.secret"
    path = pki.followed(first, tmp_path / "next.mp4", signer, redactions=[] if what == "update" else [secret])
    trust = Trust(anchors=signer.root.decode())
    reading = case.read(path, plan=None, trust=trust)
    assert integrity_of(reading) is Integrity.INTACT and trust_of(reading) is Trusted.LISTED
    assert {check.status for check in reading.checks} == {"pass"}
    assert [ai.type for ai in reading.found.ai] == [GENERATED]
    (told,) = read_tree(Sealed(path, (), trust)).manifests
    assert (told.is_update, told.redactions) == (what == "update", () if what == "update" else (secret,))
    flip(path, inside(path, b"mdat"))
    assert integrity_of(case.read(path, plan=None, trust=trust)) is Integrity.ALTERED


# --- signing that fails -------------------------------------------------------------------------------------------


def test_nobody_signs(case: Case) -> None:
    with pytest.raises(IdentityMissing):
        case.seal(identity=None)


def test_a_certificate_that_the_sdk_refuses(case: Case) -> None:
    other = pki.make_signer("Other", pki.today())
    broken = Identity(
        "studio", other.chain, case.identity.key_pem, "es256", (), WHEN, WHEN, subject="Other"
    )  # a key that is another's
    with pytest.raises(SigningFailed) as told:
        case.seal(identity=broken)
    assert "out.mp4" in told.value.message
    assert not (case.folder / "out.mp4").exists() and list(case.scratch.iterdir()) == []


def test_a_full_disk_leaves_nothing(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: sdk.Watched, data: bytes) -> int:
        self.error = OSError(errno.ENOSPC, "No space left on device")
        raise RuntimeError("the stream failed")

    monkeypatch.setattr(sdk.Watched, "write", full)
    with pytest.raises(DiskFull):
        case.seal()
    assert not (case.folder / "out.mp4").exists() and list(case.scratch.iterdir()) == []


def test_a_full_disk_of_the_sdk_itself(case: Case) -> None:
    """The SDK's own temporary files stand in `scratch`: without that folder it cannot work, and says so by type."""
    case.scratch.rmdir()
    with pytest.raises(Exception) as told:
        case.seal()
    assert type(told.value).__name__ == "IdentityError" and "No such file" in str(told.value)
    assert not (case.folder / "out.mp4").exists()


def test_errors_of_the_sdk_have_their_type(tmp_path: Path) -> None:
    with pytest.raises(DiskFull), translated(tmp_path / "out.mp4", tmp_path / "in.mp4"):
        raise C2paError.Io("Io: No space left on device (os error 28)")
    with pytest.raises(SigningFailed, match="refused"), translated(tmp_path / "out.mp4", tmp_path / "in.mp4"):
        raise C2paError.Signature("Signature: the certificate is invalid")
    with pytest.raises(Interrupted), translated(tmp_path / "out.mp4", tmp_path / "in.mp4"):
        raise Interrupted("stopped")


def test_a_sidecar_that_is_none(clips: Path, tmp_path: Path) -> None:
    path = tmp_path / "clip.mkv"
    shutil.copyfile(clips / "clip.mkv", path)
    sidecar = tmp_path / "clip.c2pa"
    sidecar.write_bytes(b"not a manifest store")
    reading = read(path, sidecar=sidecar, plan=None, trust=NOBODY)
    assert statuses(reading)["integrity"] == "fail" and integrity_of(reading) is Integrity.UNREADABLE
    with sidecar.open("r+b") as file:
        file.truncate(sdk.LARGEST_SIDECAR + 1)
    assert statuses(read(path, sidecar=sidecar, plan=None, trust=NOBODY))["integrity"] == "fail"


def test_stopping_leaves_nothing(case: Case) -> None:
    def stop(phase: str, share: float) -> None:
        assert phase == "sign" and 0 <= share <= 1
        if share > 0.5:
            raise Interrupted("stopped")

    with pytest.raises(Interrupted):
        case.seal(progress=stop)
    assert not (case.folder / "out.mp4").exists() and list(case.scratch.iterdir()) == []


def test_progress_grows(case: Case) -> None:
    shares: list[float] = []
    case.seal(progress=lambda phase, share: shares.append(share))
    assert shares == sorted(shares) and shares[-1] <= 1.0 and len(shares) > 4


# --- without the SDK ----------------------------------------------------------------------------------------------


def wrapped(signed: Path, holder: bytes, target: Path) -> Path:
    """The film with its `uuid` boxes inside a box of another kind at the end."""
    data, kept, moved, at = signed.read_bytes(), b"", b"", 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"uuid":
            moved += data[at : at + size]
        else:
            kept += data[at : at + size]
        at += size
    target.write_bytes(kept + struct.pack(">I4s", 8 + len(moved), holder) + moved)
    assert b"c2pa" in moved
    return target


@pytest.mark.parametrize("holder", [b"free", b"skip", b"mdat", b"moov"])
def test_where_no_box_at_the_top_can_hold_credentials_the_sdk_finds_none(
    case: Case, tmp_path: Path, holder: bytes
) -> None:
    signed, _ = case.seal()
    assert not sdk.surely_holds_none(signed)
    hidden = wrapped(signed, holder, tmp_path / f"hidden{signed.suffix}")
    assert sdk.surely_holds_none(hidden) and sdk.surely_holds_none(case.master)
    assert sdk.read_store(hidden) is None and sdk.read_store(case.master) is None


XMP = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dcterms="http://purl.org/dc/terms/" dcterms:provenance="https://example.com/a.c2pa"/>
</rdf:RDF></x:xmpmeta>"""


def boxed(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(payload), kind) + payload


def test_an_address_of_credentials_is_found_at_the_top_and_nowhere_else(case: Case, tmp_path: Path) -> None:
    at_top = boxed(b"uuid", XMP_UUID + XMP)
    inside = {"udta": boxed(b"udta", boxed(b"XMP_", XMP)), "uuid": at_top}
    for name, data in {"top": at_top, **{name: boxed(b"moov", data) for name, data in inside.items()}}.items():
        path = tmp_path / f"{name}{case.master.suffix}"
        path.write_bytes(case.master.read_bytes() + data)
        found = sdk.read_store(path)
        assert isinstance(found, sdk.Unreadable) == (name == "top") == (not sdk.surely_holds_none(path)), name


def test_what_is_no_plain_row_of_boxes_is_left_to_the_sdk(case: Case, tmp_path: Path) -> None:
    film = case.master.read_bytes()
    for name, data in {
        "loose": film + b"\0" * 7,
        "open": film + struct.pack(">I4s", 0, b"free"),
        "beyond": film + struct.pack(">I4s", 9, b"free"),
        "small": film + struct.pack(">I4sQ", 1, b"free", 8) + bytes(64),
        "strange": film + struct.pack(">I4s", 8, b"uuid"),
        "cut": film[:-1],
        "empty": b"",
    }.items():
        path = tmp_path / f"{name}{case.master.suffix}"
        path.write_bytes(data)
        assert not sdk.surely_holds_none(path), name
    large = tmp_path / f"large{case.master.suffix}"
    large.write_bytes(film + struct.pack(">I4sQ", 1, b"free", 24) + bytes(8))
    assert sdk.surely_holds_none(large) and sdk.read_store(large) is None


# --- real clips ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["nasa_13013.mp4", "bt601.mov", "fragmented.mp4", "gesture_book.mkv", "chapters.mp4", "captions_608.mp4"]
)
def test_real_clips(media_folder: Path, tmp_path: Path, identity: Identity, home: Path, name: str) -> None:
    case = Case(media_folder / name, tmp_path, identity, home)
    width, height = manifest.frame_of(case.item) or (0, 0)
    mention = case.item.mention[0].model_copy(update={"box": (0, 0, width // 2, height // 4)})
    case.item = case.item.model_copy(update={"mention": (mention,)})
    signed, sidecar = case.seal()
    reading = case.read(signed, sidecar, trust=case.listing)
    wanted = GOOD | {"signer": "pass", "present": "warn" if sidecar else "pass"}
    assert statuses(reading) == wanted, [check.message for check in reading.checks]
