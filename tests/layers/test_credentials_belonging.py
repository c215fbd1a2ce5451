"""Credentials of another file and credentials of a changed one: both read as altered, and only one contradicts."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import c2pa
import pytest
from PIL import Image

from labeler import judge
from labeler.layers.credentials import sdk
from labeler.layers.credentials.belonging import LEAST_BLOCKS, Tree, of_another, tree_of
from labeler.layers.credentials.read import Sealed, beside, integrity_of, read
from labeler.layers.credentials.sdk import Store
from labeler.layers.credentials.trust import Trust
from labeler.verdict import Check, Disclosure, Found, Integrity, LayerReading, LayerState
from tests import pki
from tests.clips import make_clip
from tests.faults.harness import ffmpeg
from tests.pki import Signer
from tests.transplant import boxes, transplanted

NOBODY = Trust()
GENERATED = pki.created("trainedAlgorithmicMedia")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("belonging")


@pytest.fixture(scope="module")
def signer() -> Signer:
    return pki.make_signer("S", pki.today())


@pytest.fixture(scope="module")
def clip(folder: Path) -> Path:
    return make_clip(folder / "clip.mp4", width=320, height=180, seconds=2)


@pytest.fixture(scope="module")
def other(folder: Path) -> Path:
    return make_clip(folder / "other.mp4", width=480, height=270, seconds=3)


@pytest.fixture(scope="module")
def signed(clip: Path, folder: Path, signer: Signer) -> Path:
    """The clip with a tree of hashes over blocks of 16 kB, as labeler and others seal large films."""
    return pki.plain_seal(clip, folder / "signed.mp4", GENERATED, signer, block=16)


@pytest.fixture(scope="module")
def flat(clip: Path, folder: Path, signer: Signer) -> Path:
    """The clip with one hash over all."""
    return pki.plain_seal(clip, folder / "flat.mp4", GENERATED, signer)


def manifest_beside(source: Path, signer: Signer, *, block: int | None = None) -> bytes:
    """The manifest of a file that stays as it is, by plain c2pa-python. block: as in `pki.plain_seal`."""
    settings = {"core": {"merkle_tree_chunk_size_in_kb": block, "merkle_tree_max_proofs": 0}} if block else {}
    with c2pa.Context.from_dict(settings) as context, signer.for_c2pa() as hand, source.open("rb") as stream:
        builder = c2pa.Builder(GENERATED, context=context)
        builder.set_no_embed()
        return bytes(builder.sign(hand, pki.MIME[source.suffix], stream, io.BytesIO()))


def manifest_of_a_picture(signer: Signer) -> bytes:
    """Of the first version, whose claim tells the format of what it is of."""
    picture = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(picture, "PNG")
    with c2pa.Context.from_dict({}) as context, signer.for_c2pa() as hand:
        builder = c2pa.Builder(GENERATED | {"format": "image/png", "claim_version": 1}, context=context)
        return bytes(builder.sign(hand, "image/png", io.BytesIO(picture.getvalue()), io.BytesIO()))


def disclosure(reading: LayerReading) -> Disclosure:
    found = Found(credentials=reading.found)
    return judge.disclosure_of(found, {"credentials": reading}, integrity_of(reading))


def told(reading: LayerReading) -> dict[str, Check]:
    return {check.id.partition(".")[2]: check for check in reading.checks}


def test_a_manifest_carried_over_from_another_film(signed: Path, other: Path, tmp_path: Path) -> None:
    reading = read(Sealed(transplanted(signed, other, tmp_path / "film.mp4"), (), NOBODY), None)
    check = told(reading)["integrity"]
    assert (check.status, check.measured) == ("fail", "foreign") and "another file" in check.message
    assert integrity_of(reading) is Integrity.ALTERED
    assert reading.found.of_another == "media" and disclosure(reading) is Disclosure.CONTRADICTORY


def flipped(data: bytearray, first: int, last: int) -> None:
    data[(first + last) // 2] ^= 0xFF


def all_flipped(data: bytearray, first: int, last: int) -> None:
    """As another order of the packets would have it: no block is the same, and the size is."""
    data[first + 16 : last] = bytes(byte ^ 0xFF for byte in data[first + 16 : last])


def cut(data: bytearray, first: int, last: int) -> None:
    del data[(first + last) // 2 :]
    data[first : first + 4] = (len(data) - first).to_bytes(4, "big")


@pytest.mark.parametrize("change", [flipped, all_flipped, cut])
def test_a_changed_film_is_no_other(
    change: Callable[[bytearray, int, int], None], signed: Path, tmp_path: Path
) -> None:
    data = bytearray(signed.read_bytes())
    ((first, last),) = [(first, last) for kind, first, last in boxes(bytes(data)) if kind == b"mdat"]
    change(data, first, last)
    path = tmp_path / "changed.mp4"
    path.write_bytes(data)
    reading = read(Sealed(path, (), NOBODY), None)
    assert told(reading)["integrity"].measured == "altered" and reading.found.of_another is None
    assert disclosure(reading) is Disclosure.PARTIAL


def test_one_hash_over_all_tells_no_difference(flat: Path, other: Path, tmp_path: Path) -> None:
    reading = read(Sealed(transplanted(flat, other, tmp_path / "film.mp4"), (), NOBODY), None)
    assert told(reading)["integrity"].measured == "altered" and disclosure(reading) is Disclosure.PARTIAL


def test_what_fits_belongs_here(signed: Path) -> None:
    store = sdk.read_store(signed)
    assert isinstance(store, Store) and of_another(signed, store) is None
    (binding,) = (held for held in store.bindings.values() if held)
    (tree,) = filter(None, map(tree_of, binding.values()))
    assert isinstance(tree, Tree) and len(tree.hashes) >= LEAST_BLOCKS


# --- what lies beside ---------------------------------------------------------------------------------------------


def test_a_sidecar_of_another_film_beside_an_mp4_is_told(
    clip: Path, other: Path, tmp_path: Path, signer: Signer
) -> None:
    """`STEM.c2pa` may belong to another file with that stem: a warning, and no credentials of this one."""
    path = tmp_path / "film.mp4"
    path.write_bytes(clip.read_bytes())
    path.with_suffix(".c2pa").write_bytes(manifest_beside(other, signer))
    reading = read(beside(path, NOBODY), None)
    assert reading.state is LayerState.ABSENT and integrity_of(reading) is Integrity.UNSIGNED
    check = told(reading)["sidecar"]
    assert (check.status, check.mandatory) == ("warn", False) and "film.c2pa" in check.message
    (one,) = reading.found.sidecars
    assert (one.name, one.fits) == ("film.c2pa", False) and "assertion.bmffHash.mismatch" in one.codes
    assert one.signer is not None and disclosure(reading) is Disclosure.UNDECLARED


@pytest.mark.parametrize("block", [None, 16])
def test_a_sidecar_named_after_the_file_counts(
    block: int | None, clip: Path, other: Path, tmp_path: Path, signer: Signer
) -> None:
    """Of another film, or of an earlier one of this name: nobody can tell, so it counts as changed."""
    path = tmp_path / "film.mp4"
    path.write_bytes(clip.read_bytes())
    (tmp_path / "film.mp4.c2pa").write_bytes(manifest_beside(other, signer, block=block))
    reading = read(beside(path, NOBODY), None)
    assert told(reading)["integrity"].measured == "altered" and "sidecar" not in told(reading)
    assert disclosure(reading) is Disclosure.PARTIAL


def test_of_two_sidecars_the_one_that_fits_counts(clip: Path, other: Path, tmp_path: Path, signer: Signer) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(clip.read_bytes())
    path.with_suffix(".c2pa").write_bytes(manifest_beside(path, signer))
    (tmp_path / "film.mp4.c2pa").write_bytes(manifest_beside(other, signer))
    reading = read(beside(path, NOBODY), None)
    assert integrity_of(reading) is Integrity.INTACT and told(reading)["present"].measured == "sidecar"
    assert [(one.name, one.fits) for one in reading.found.sidecars] == [("film.mp4.c2pa", False)]
    assert told(reading)["sidecar"].status == "warn"


def test_beside_embedded_credentials(flat: Path, other: Path, tmp_path: Path, signer: Signer) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(flat.read_bytes())
    for content, fits in ((manifest_beside(other, signer), False), (b"not a manifest store", None)):
        path.with_suffix(".c2pa").write_bytes(content)
        reading = read(beside(path, NOBODY), None)
        assert integrity_of(reading) is Integrity.INTACT and told(reading)["present"].measured == "embedded"
        assert [one.fits for one in reading.found.sidecars] == [fits]
        assert told(reading)["sidecar"].status == "warn"


@pytest.mark.parametrize(("name", "counts"), [("film.mkv.c2pa", True), ("film.c2pa", False)])
def test_a_binding_that_this_container_cannot_have(
    name: str, counts: bool, clip: Path, tmp_path: Path, signer: Signer
) -> None:
    """The sidecar of the MP4 that this Matroska was made from: told by its stem, contradictory by its whole name."""
    path = ffmpeg(clip, tmp_path / "film.mkv", "-c", "copy")
    (tmp_path / name).write_bytes(manifest_beside(clip, signer))
    reading = read(beside(path, NOBODY), None)
    if counts:
        assert reading.found.of_another == "container" and disclosure(reading) is Disclosure.CONTRADICTORY
        assert integrity_of(reading) is Integrity.ALTERED
    else:
        assert reading.state is LayerState.ABSENT and told(reading)["sidecar"].status == "warn"


def test_the_manifest_of_a_picture(clip: Path, tmp_path: Path, signer: Signer) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(clip.read_bytes())
    (tmp_path / "film.mp4.c2pa").write_bytes(manifest_of_a_picture(signer))
    reading = read(beside(path, NOBODY), None)
    assert reading.found.of_another == "format" and disclosure(reading) is Disclosure.CONTRADICTORY


def test_a_sidecar_of_a_changed_matroska_stays_altered(clip: Path, tmp_path: Path, signer: Signer) -> None:
    path = ffmpeg(clip, tmp_path / "film.mkv", "-c", "copy")
    path.with_suffix(".c2pa").write_bytes(manifest_beside(path, signer))
    assert integrity_of(read(beside(path, NOBODY), None)) is Integrity.INTACT
    with path.open("ab") as file:
        file.write(b"\xec\x81\x00")
    reading = read(beside(path, NOBODY), None)
    assert told(reading)["integrity"].measured == "altered" and disclosure(reading) is Disclosure.PARTIAL


@pytest.mark.parametrize(
    "binding",
    [
        {},
        {"merkle": None},
        {"merkle": [3]},
        {"merkle": [{"count": 1, "fixedBlockSize": 0, "hashes": ["AA=="]}]},
        {"merkle": [{"count": 2, "fixedBlockSize": 4, "hashes": ["AA=="]}], "exclusions": [{"xpath": "/mdat"}]},
        {"merkle": [{"count": 1, "fixedBlockSize": 4, "hashes": [3], "alg": "md5"}], "exclusions": 3},
    ],
)
def test_trees_of_any_shape_are_a_strangers(binding: dict[str, Any]) -> None:
    assert tree_of(binding) is None
