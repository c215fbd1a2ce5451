"""Media where no hash looks: found by the sample tables and by the seal's own exclusions."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest

from labeler.layers.credentials import covered, sdk
from labeler.layers.credentials.read import Sealed, integrity_of, mention_assertion_of, read
from labeler.layers.credentials.sdk import Store
from labeler.layers.credentials.trust import Trust
from labeler.verdict import Integrity
from tests import pki
from tests.clips import make_clip
from tests.faults.harness import ffmpeg
from tests.unhashed import media_into_free

HASH = "c2pa.hash.bmff.v3"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("covered") / "clip.mp4", width=320, height=180, seconds=1)


def sealed(clip: Path, target: Path) -> Sealed:
    signer = pki.make_signer("S", pki.today())
    path = pki.plain_seal(clip, target, pki.created("trainedAlgorithmicMedia"), signer)
    return Sealed(path, (), Trust(anchors=signer.root.decode()))


def test_media_in_a_free_box_is_not_sealed(clip: Path, tmp_path: Path) -> None:
    """The SDK trusts the file, before and after a byte of what plays is changed."""
    one = sealed(media_into_free(clip, tmp_path / "free.mp4"), tmp_path / "sealed.mp4")
    data = bytearray(one.path.read_bytes())
    data[data.rindex(b"free") + 5000] ^= 0xFF
    changed = tmp_path / "changed.mp4"
    changed.write_bytes(data)
    for path in (one.path, changed):
        store = sdk.read_store(path, one.trust.anchors)
        assert isinstance(store, Store) and store.results["activeManifest"]["failure"] == []
        reading = read(Sealed(path, (), one.trust), None)
        told = {check.id: check for check in reading.checks}["credentials.integrity"]
        assert (told.status, told.measured) == ("fail", "uncovered")
        assert integrity_of(reading) is Integrity.UNREADABLE
        assert mention_assertion_of(Sealed(path, (), one.trust)) is None


@pytest.mark.parametrize("flags", ["", "+faststart", "+frag_keyframe+empty_moov+default_base_moof"])
def test_media_where_they_belong_are_sealed(flags: str, clip: Path, tmp_path: Path) -> None:
    arguments = ("-movflags", flags) if flags else ()
    plain = ffmpeg(clip, tmp_path / "plain.mp4", "-c", "copy", *arguments)
    with plain.open("ab") as file:
        file.write(struct.pack(">I4s", 4096, b"free") + bytes(4088))
    one = sealed(plain, tmp_path / "sealed.mp4")
    assert one.plays_unhashed is False
    assert integrity_of(read(one, None)) is Integrity.INTACT


@pytest.mark.parametrize(
    ("exclusion", "expected"),
    [
        ({"xpath": "/mdat"}, True),
        ({"xpath": "/mdat", "subset": [{"offset": 8, "length": 1}]}, True),
        ({"xpath": "/mdat", "subset": [{"offset": 8, "length": 0}]}, True),
        ({"xpath": "/mdat", "subset": [{"offset": 0, "length": 4}]}, False),
        ({"xpath": "/mdat", "data": [{"offset": 4, "value": "bWRhdA=="}]}, True),
        ({"xpath": "/mdat", "data": [{"offset": 4, "value": "bWRhdQ=="}]}, False),
        ({"xpath": "/free"}, False),
        ({"xpath": 3, "subset": "x"}, False),
    ],
)
def test_a_seal_that_leaves_media_out(exclusion: dict[str, Any], expected: bool, clip: Path) -> None:
    """Whoever signs chooses the exclusions, and could leave out the film."""
    binding = {HASH: {"exclusions": [exclusion, None]}}
    assert covered.plays_unhashed(clip, binding) is expected


def test_a_tree_of_hashes_covers_what_is_left_to_it(clip: Path) -> None:
    exclusions = [{"xpath": "/mdat", "subset": [{"offset": 16, "length": 0}]}]
    for tree, expected in (([{"count": 1}], False), ([], True), (None, True)):
        binding = {HASH: {"exclusions": exclusions, "merkle": tree}}
        assert covered.plays_unhashed(clip, binding) is expected


def test_a_range_that_a_hash_of_data_leaves_out(clip: Path) -> None:
    size = clip.stat().st_size
    for spot, expected in (((size - 100, 50), True), ((0, 8), False)):
        left_out = [{"start": spot[0], "length": spot[1]}]
        binding = {"c2pa.hash.data": {"exclusions": left_out}}
        assert covered.plays_unhashed(clip, binding) is expected
