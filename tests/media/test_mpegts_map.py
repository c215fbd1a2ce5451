"""The map of a programme comes out of a render as its source has it, whatever libavformat makes of its descriptors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from labeler.media import compare, mpegts
from labeler.media.containers.mpegts_map import checksum
from labeler.media.survey import survey
from tests.media.test_walkers import kept, make

COMPONENT, CAPTIONS, REGISTRATION = bytes.fromhex("520107"), bytes.fromhex("8609c1656e677e3fff7fff"), b"\x05\x04ABCD"
"""stream_identifier (EN 300 468), caption_service (A/65), and a registration (13818-1)."""


def with_descriptors(path: Path) -> None:
    """In each map: one descriptor of the programme, and two at the end of those of its last stream."""
    data, old = bytearray(path.read_bytes()), mpegts.programme_map(path)
    body = bytearray(old[:-4] + COMPONENT + CAPTIONS)
    last = at = 12
    while at < len(old) - 4:
        last, at = at, at + 5 + (int.from_bytes(old[at + 3 : at + 5], "big") & 0xFFF)
    body[last + 3 : last + 5] = longer(body[last + 3 : last + 5], len(COMPONENT + CAPTIONS))
    body[12:12] = REGISTRATION
    body[10:12] = longer(body[10:12], len(REGISTRATION))
    body[1:3] = longer(body[1:3], len(body) + 4 - len(old))
    section = bytes(body) + checksum(bytes(body)).to_bytes(4, "big")
    for packet in range(0, len(data), 188):
        if data[packet + 5 : packet + 5 + len(old)] == old:
            data[packet + 5 : packet + 5 + len(section)] = section
    path.write_bytes(data)


def longer(length: bytes, more: int) -> bytes:
    return (int.from_bytes(length, "big") + more).to_bytes(2, "big")


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("ts") / "film.ts", "mpeg2video", sound="mp2", options={"b": "2000000"})


@pytest.fixture(scope="module")
def film(bare: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ts") / "film.ts"
    path.write_bytes(bare.read_bytes())
    with_descriptors(path)
    return path


def test_it_is_read_with_all_that_it_says(film: Path) -> None:
    found = mpegts.walk(film)
    assert found.facts == ()
    assert found.structure["descriptors"] == "05:41424344"
    assert found.structure["descriptors_1"].endswith("52:07 86:c1656e677e3fff7fff")


def test_every_map_of_the_output_is_the_source_s(film: Path) -> None:
    kept(film)
    output = film.with_stem("out")
    whole = mpegts.programme_map(film)
    assert REGISTRATION in whole and COMPONENT + CAPTIONS in whole
    data, pid = output.read_bytes(), mpegts.layout(output).map_pid
    packets = [data[at : at + 188] for at in range(0, len(data), 188)]
    maps = [one[5:] for one in packets if (one[1] & 0x1F) << 8 | one[2] == pid]
    assert len(maps) > 2
    assert {one[: len(whole)] for one in maps} == {whole}
    assert {one[len(whole) :] for one in maps} == {b"\xff" * (183 - len(whole))}


def test_no_service_is_made_up(bare: Path, tmp_path: Path) -> None:
    """Other muxers write no description of the service: here, null packets stand in its place."""
    film = tmp_path / "film.ts"
    packets = [bare.read_bytes()[at : at + 188] for at in range(0, bare.stat().st_size, 188)]
    nothing = b"\x47\x1f\xff\x10" + b"\xff" * 184
    film.write_bytes(b"".join(nothing if pid_of(one) == mpegts.SDT else one for one in packets))
    assert "service_name" not in survey(film).structure
    kept(film)
    output = film.with_stem("out").read_bytes()
    assert b"FFmpeg" in bare.read_bytes()
    assert all(pid_of(output[at : at + 188]) != mpegts.SDT for at in range(0, len(output), 188))
    assert survey(film.with_stem("out")).structure == survey(film).structure


def pid_of(packet: bytes) -> int:
    return (packet[1] & 0x1F) << 8 | packet[2]


def test_a_bouquet_is_told_since_it_would_be_lost(bare: Path, tmp_path: Path) -> None:
    """A table of it under the PID of the service's description."""
    section = bytes.fromhex("4af00f0001c10000f000f002") + bytes(2)
    section += checksum(section).to_bytes(4, "big")
    packet = b"\x47\x40\x11\x10\0" + section
    film = tmp_path / "film.ts"
    film.write_bytes(bare.read_bytes() + packet + b"\xff" * (188 - len(packet)))
    assert mpegts.walk(film).facts == ("service information (PID 17, table 0x4a)",)
    assert mpegts.walk(bare).facts == ()


def test_what_is_lost_is_seen(film: Path, bare: Path) -> None:
    found = {one.path for one in compare.differences(survey(film), survey(bare), allowed=())}
    assert found == {"structure.descriptors", "structure.descriptors_1"}


@pytest.mark.parametrize("is_first", [True, False])
def test_streams_that_are_listed_while_they_last(is_first: bool, bare: Path, tmp_path: Path) -> None:
    """As VLC does: the first map, or the last, knows the pictures alone."""
    path = tmp_path / "grown.ts"
    path.write_bytes(with_another_map(bare.read_bytes(), mpegts.programme_map(bare), listing_one, is_first=is_first))
    assert path.read_bytes() != bare.read_bytes() and mpegts.walk(path).facts == ()
    kept(path)


def test_a_map_is_looked_for_that_lists_enough(bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "grown.ts"
    path.write_bytes(with_another_map(bare.read_bytes(), mpegts.programme_map(bare), listing_one))
    monkeypatch.setattr(mpegts, "PACKETS_A_BLOCK", 1)
    found = [mpegts.stream_count(mpegts.programme_map(path, streams=count)) for count in (0, 1, 2, 3)]
    assert found == [1, 1, 2, 2]


def test_a_map_that_takes_something_back_is_refused(bare: Path, tmp_path: Path) -> None:
    path = tmp_path / "other.ts"
    path.write_bytes(with_another_map(bare.read_bytes(), mpegts.programme_map(bare), of_another_type))
    assert mpegts.walk(path).facts == ("a programme table that changes",)


def with_another_map(data: bytes, old: bytes, change: Callable[[bytes], bytes], *, is_first: bool = True) -> bytes:
    """The file with another first or last map of its programme. change: gives its body, without the checksum."""
    body = change(old[:-4])
    section = body + checksum(body).to_bytes(4, "big")
    at = data.index(old) if is_first else data.rindex(old)
    return data[:at] + section.ljust(len(old), b"\xff") + data[at + len(old) :]


def listing_one(body: bytes) -> bytes:
    """Of two streams without descriptors the first."""
    short = body[: 12 + 5 + (int.from_bytes(body[15:17], "big") & 0xFFF)]
    return short[:1] + longer(short[1:3], len(short) - len(body)) + short[3:]


def of_another_type(body: bytes) -> bytes:
    return body[:12] + b"\x01" + body[13:]
