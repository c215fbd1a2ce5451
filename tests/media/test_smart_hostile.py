"""Files that lie to smart render: a clear error, a fallback, or a right file, and nothing else."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from labeler.errors import LabelerError
from labeler.media.accept import accept
from labeler.media.changes import Changes
from labeler.media.compare import allowed_for, differences
from labeler.media.encoders.task import Quality
from labeler.media.mp4.tree import Node, read_moov
from labeler.media.picture import Picture
from labeler.media.render import render
from labeler.media.rendering import Rendering
from labeler.media.survey import survey
from tests.clips import make_clip

FAST = Quality(preset="ultrafast")
CHANGES = Changes(((Fraction(1), Fraction(5, 4)),))
TABLE = (b"trak", b"mdia", b"minf", b"stbl")


def darken(picture: Picture) -> None:
    picture.planes[0][:16, :16] = 16


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("good")
    return make_clip(
        folder / "good.mp4", width=128, height=80, seconds=2.4,
        options={"x264-params": "keyint=12:min-keyint=12:scenecut=0", "bf": "2"},
    )  # fmt: skip


def attempt(source: Path, work: Path) -> Rendering | None:
    """Through the whole of it; None where the file is refused by name. What is rendered in part is held to lose nothing
    (a file whose boxes and pictures contradict each other, rendered in full, is for the gate)."""
    try:
        before = survey(source)
        accept(before, source)
        rendering = render(
            source, work, before, paint=darken, container_tags={}, changes=CHANGES, quality=FAST, threads=1
        )  # fmt: skip
    except LabelerError:
        assert not work.exists() and not list(work.parent.glob("pictures*"))
        return None
    lost = [str(found) for found in differences(before, survey(work), allowed=allowed_for(rendering))]
    assert lost == [] or rendering.way == "full"
    return rendering


def with_moov(source: Path, target: Path, change: Callable[[Node], None]) -> Path:
    moov = read_moov(source)
    change(moov)
    target.write_bytes(source.read_bytes().replace(b"moov", b"free", 1) + bytes(moov))
    return target


def entry(kind: bytes, number: int, value: int, *, skip: int = 8) -> Callable[[Node], None]:
    """Another value for the n-th 32-bit number of a table."""

    def change(moov: Node) -> None:
        node = moov.need(*TABLE, kind)
        body = bytearray(node.body)
        struct.pack_into(">I", body, skip + 4 * number, value)
        node.body = bytes(body)

    return change


def without(kind: bytes) -> Callable[[Node], None]:
    return lambda moov: moov.need(*TABLE).replace(kind, None, after=b"")


def twice(moov: Node) -> None:
    stsd = moov.need(*TABLE, b"stsd")
    stsd.body = stsd.body[:4] + struct.pack(">I", 2) + stsd.body[8:] * 2


def nested(moov: Node) -> None:
    node = Node(b"trak", b"")
    for _ in range(200):
        node = Node(b"trak", children=[node])
    moov.children.append(node)


LIES: dict[str, Callable[[Node], None]] = {
    "a size that is too small": entry(b"stsz", 30, 5, skip=12),
    "a size past the end": entry(b"stsz", 30, 1 << 30, skip=12),
    "2^32 sizes": entry(b"stsz", 2, 0xFFFFFFFF, skip=0),
    "an offset past the end": entry(b"stco", 0, 1 << 31),
    "2^32 offsets": entry(b"stco", 1, 0xFFFFFFFF, skip=0),
    "a key that is not there": entry(b"stss", 1, 5000),
    "a key that is none": entry(b"stss", 1, 15),
    "no keys told": without(b"stss"),
    "no order told": without(b"ctts"),
    "negative composition": entry(b"ctts", 1, 0xFFFF_0000),
    "two descriptions": twice,
    "a nesting bomb": nested,
    "no chunk table": without(b"stsc"),
}


@pytest.mark.parametrize("name", LIES)
def test_tables_that_lie(name: str, good: Path, tmp_path: Path) -> None:
    source = with_moov(good, tmp_path / "lie.mp4", LIES[name])
    attempt(source, tmp_path / "work.mp4")


def test_the_harness_itself_tells_no_lie(good: Path, tmp_path: Path) -> None:
    rendering = attempt(with_moov(good, tmp_path / "same.mp4", lambda _: None), tmp_path / "work.mp4")
    assert rendering is not None and rendering.way == "smart" and rendering.frames == 12


@pytest.mark.parametrize("seed", [*range(12), *(pytest.param(seed, marks=pytest.mark.wide) for seed in range(12, 150))])
def test_bytes_that_flipped(seed: int, good: Path, tmp_path: Path) -> None:
    """A few bytes of the index, or of the pictures, are others."""
    numbers = random.Random(seed)
    data = bytearray(good.read_bytes())
    moov = data.index(b"moov")
    size = struct.unpack_from(">I", data, moov - 4)[0]
    low, high = (moov, moov + size) if seed % 2 else (moov + size, len(data))
    for _ in range(numbers.randint(1, 4)):
        data[numbers.randrange(low, min(high, len(data)))] = numbers.randrange(256)
    source = tmp_path / "flipped.mp4"
    source.write_bytes(data)
    attempt(source, tmp_path / "work.mp4")
