"""The writer: what stands in the file afterwards, seen with eyes other than labeler's reader where it can be."""

import errno
import hashlib
import json
import shutil
import struct
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import av
import pytest

from labeler.errors import DiskFull, SourceUnsupported
from labeler.layers.metadata import write as writer
from labeler.layers.metadata.packet import make_packet
from labeler.rules.plan import MetadataPlan
from tests.clips import make_clip

UUID = bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC")
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
DC = "{http://purl.org/dc/elements/1.1/}"
IPTC = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"
XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
GENERATED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
PLAN = MetadataPlan(
    digital_source_type=GENERATED,
    description={"fr": "Contenu généré ou assisté par IA", "en": "AI-generated or AI-assisted content"},
    ai_system="Studio & Co <Veo>",
    ai_system_version="3.1",
)
SOURCE_PACKET = (
    b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><!-- by hand --><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<r:Description r:about="urn:film" xmlns:xmpDM="http://ns.adobe.com/xmp/1.0/DynamicMedia/" '
    b'xmlns:I="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" I:DigitalSourceType="http://example.org/old" '
    b'xmpDM:scene="Nuit&#xA;2 &quot;A&quot;"><xmpDM:Tracks><r:Bag><r:li r:parseType="Resource"><xmpDM:frameRate>f25'
    b"</xmpDM:frameRate></r:li></r:Bag></xmpDM:Tracks>"
    b'<d:description xmlns:d="http://purl.org/dc/elements/1.1/"><r:Alt>'
    b'<r:li xml:lang="x-default">Bread &amp; salt</r:li><r:li xml:lang="de">Brot</r:li></r:Alt></d:description>'
    b"</r:Description></r:RDF></x:xmpmeta>   <?xpacket end='w'?>\0"
)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    for suffix in ("mp4", "mov"):
        make_clip(folder / f"clip.{suffix}", width=64, height=48, seconds=0.4)
    return folder


@pytest.fixture
def clip(clips: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(clips / "clip.mp4", tmp_path / "clip.mp4"))


def packet_hash(path: Path) -> str:
    digest = hashlib.sha256()
    with av.open(str(path)) as container:
        for packet in container.demux():
            digest.update(f"{packet.stream.index} {packet.pts} {packet.dts}".encode() + bytes(packet))
    return digest.hexdigest()


def packets_in(path: Path) -> list[bytes]:
    """The payload of every XMP uuid box, found by its bytes."""
    data, found, at = path.read_bytes(), [], 0
    while (at := data.find(b"uuid" + UUID, at)) >= 0:
        (size,) = struct.unpack(">I", data[at - 4 : at])
        found.append(data[at + 20 : at - 4 + size])
        at += 20
    return found


def the_packet(path: Path) -> ElementTree.Element:
    (packet,) = packets_in(path)
    return ElementTree.fromstring(packet)


def values(root: ElementTree.Element, name: str) -> list[str | None]:
    return [node.text for node in root.iter(name)]


def descriptions(root: ElementTree.Element) -> dict[str | None, str | None]:
    return {item.get(XML_LANGUAGE): item.text for item in root.findall(f".//{DC}description/{RDF}Alt/{RDF}li")}


@pytest.mark.parametrize("suffix", ["mp4", "mov"])
def test_the_packet_is_appended_and_nothing_before_it_moves(clips: Path, tmp_path: Path, suffix: str) -> None:
    before = clips / f"clip.{suffix}"
    work = Path(shutil.copy(before, tmp_path / before.name))
    writer.write(work, PLAN, "mp4" if suffix == "mp4" else "mov")
    assert work.read_bytes().startswith(before.read_bytes())
    assert packet_hash(work) == packet_hash(before)
    root = the_packet(work)
    assert values(root, f"{IPTC}DigitalSourceType") == [GENERATED]
    assert values(root, f"{IPTC}AISystemUsed") == ["Studio & Co <Veo>"]
    assert values(root, f"{IPTC}AIPromptInformation") == []
    assert descriptions(root) == {"x-default": PLAN.description["fr"], **PLAN.description}


def test_the_packet_is_wrapped_as_writable_utf_8_with_2_kb_of_room(clip: Path) -> None:
    writer.write(clip, PLAN, "mp4")
    (packet,) = packets_in(clip)
    assert packet.startswith(b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>')
    assert packet.endswith(b'<?xpacket end="w"?>')
    room = packet.removesuffix(b'<?xpacket end="w"?>')
    assert len(room) - len(room.rstrip()) >= 2048


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not on this machine")
@pytest.mark.parametrize("suffix", ["mp4", "mov"])
def test_exiftool_reads_it(clips: Path, tmp_path: Path, suffix: str) -> None:
    work = Path(shutil.copy(clips / f"clip.{suffix}", tmp_path / f"clip.{suffix}"))
    writer.write(work, PLAN, "mp4")
    said = subprocess.run(
        ["exiftool", "-json", "-n", "-XMP:all", "-Warning", str(work)], capture_output=True, check=True
    )
    (tags,) = json.loads(said.stdout)
    assert tags["DigitalSourceType"] == GENERATED
    assert tags["Description"] == PLAN.description["fr"]
    assert tags["Description-en"] == PLAN.description["en"]
    assert tags["AISystemVersionUsed"] in ("3.1", 3.1)
    assert "Warning" not in tags


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe is not on this machine")
@pytest.mark.parametrize("suffix", ["mp4", "mov"])
def test_ffprobe_reads_it(clips: Path, tmp_path: Path, suffix: str) -> None:
    work = Path(shutil.copy(clips / f"clip.{suffix}", tmp_path / f"clip.{suffix}"))
    writer.write(work, PLAN, "mov")
    command = [
        "ffprobe",
        "-v",
        "error",
        "-export_xmp",
        "1",
        "-show_entries",
        "format_tags=xmp",
        "-of",
        "json",
        str(work),
    ]
    said = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert f"<Iptc4xmpExt:DigitalSourceType>{GENERATED}<" in said["format"]["tags"]["xmp"]


def test_the_packet_of_the_source_is_merged_and_its_other_properties_stay(clip: Path) -> None:
    writer.write(clip, PLAN, "mp4", SOURCE_PACKET)
    root = the_packet(clip)
    (theirs,) = [
        node for node in root.iter(f"{RDF}Description") if node.find("*") is not None and len(node.attrib) == 2
    ]
    assert theirs.get("{http://ns.adobe.com/xmp/1.0/DynamicMedia/}scene") == 'Nuit\n2 "A"'
    assert values(root, "{http://ns.adobe.com/xmp/1.0/DynamicMedia/}frameRate") == ["f25"]
    assert values(root, f"{IPTC}DigitalSourceType") == [GENERATED]
    assert b"http://example.org/old" not in clip.read_bytes()
    assert {node.get(f"{RDF}about") for node in root.findall(f"{RDF}RDF/{RDF}Description")} == {"urn:film"}
    assert b"<!-- by hand -->" in clip.read_bytes()


def test_the_words_of_the_studio_stay_below_ours(clip: Path) -> None:
    writer.write(clip, PLAN, "mp4", SOURCE_PACKET)
    assert descriptions(the_packet(clip)) == {
        "x-default": f"{PLAN.description['fr']}\nBread & salt",
        **PLAN.description,
        "de": "Brot",
    }


def test_writing_twice_leaves_one_packet_and_says_nothing_twice(clip: Path) -> None:
    writer.write(clip, PLAN, "mp4", SOURCE_PACKET)
    once = descriptions(the_packet(clip))
    writer.write(clip, PLAN, "mp4", source=clip)
    assert descriptions(the_packet(clip)) == once


def test_an_older_packet_in_the_middle_of_the_work_file_becomes_free_space(clip: Path) -> None:
    older = make_packet(PLAN, None, clip)
    filler = struct.pack(">I4s", 16, b"free") + b"\0" * 8
    with clip.open("ab") as stream:
        stream.write(struct.pack(">I4s", 24 + len(older), b"uuid") + UUID + older + filler)
    before = packet_hash(clip)
    writer.write(clip, PLAN.model_copy(update={"ai_system": "Another"}), "mp4")
    assert values(the_packet(clip), f"{IPTC}AISystemUsed") == ["Another"]
    assert b"Veo" not in clip.read_bytes()
    assert packet_hash(clip) == before


@pytest.mark.parametrize("where", ["uuid", "XMP_"])
def test_the_packet_is_taken_from_where_it_stands_in_the_source(clip: Path, tmp_path: Path, where: str) -> None:
    source = tmp_path / "source.mov"
    payload = SOURCE_PACKET if where == "XMP_" else UUID + SOURCE_PACKET
    box = struct.pack(">I4s", 8 + len(payload), where.encode()) + payload
    if where == "XMP_":
        box = struct.pack(">I4s", 8 + len(box) + 4, b"udta") + box + b"\0" * 4
        box = struct.pack(">I4s", 8 + len(box), b"moov") + box
    source.write_bytes(struct.pack(">I4s", 8, b"wide") + box)
    writer.write(clip, PLAN, "mp4", source=source)
    assert descriptions(the_packet(clip))["de"] == "Brot"


def test_a_source_with_two_packets_that_differ_is_refused(clip: Path, tmp_path: Path) -> None:
    boxes = [struct.pack(">I4s", 24 + len(p), b"uuid") + UUID + p for p in (SOURCE_PACKET, SOURCE_PACKET + b" ")]
    (tmp_path / "two.mp4").write_bytes(b"".join(boxes))
    with pytest.raises(SourceUnsupported, match=r"two\.mp4"):
        writer.write(clip, PLAN, "mp4", source=tmp_path / "two.mp4")


@pytest.mark.parametrize(
    "packet",
    [
        b"not xml at all",
        b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        b"\xff\xfe\xff",
    ],
)
def test_a_packet_that_cannot_be_kept_is_refused_and_the_work_file_stays(clip: Path, packet: bytes) -> None:
    before = clip.read_bytes()
    with pytest.raises(SourceUnsupported, match=r"clip\.mp4"):
        writer.write(clip, PLAN, "mp4", packet)
    assert clip.read_bytes() == before


def test_a_last_box_without_end_is_refused(clip: Path) -> None:
    with clip.open("ab") as stream:
        stream.write(struct.pack(">I4s", 0, b"mdat") + b"bytes")
    before = clip.read_bytes()
    with pytest.raises(SourceUnsupported, match=r"last box|dernière boîte"):
        writer.write(clip, PLAN, "mp4")
    assert clip.read_bytes() == before


def test_a_full_disk_says_so(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(writer, "replace_packet", full)
    with pytest.raises(DiskFull, match=r"clip\.mp4"):
        writer.write(clip, PLAN, "mp4")


@pytest.mark.parametrize("name", ["car_park.mp4", "bt601.mov"])
def test_a_real_clip_keeps_every_packet(media_folder: Path, tmp_path: Path, name: str) -> None:
    work = tmp_path / name
    work.write_bytes((media_folder / name).read_bytes())
    writer.write(work, PLAN, "mov" if work.suffix == ".mov" else "mp4", source=media_folder / name)
    assert packet_hash(work) == packet_hash(media_folder / name)
    assert values(the_packet(work), f"{IPTC}DigitalSourceType") == [GENERATED]


def test_matroska_gets_tags_that_libavformat_gives_back_to_the_letter(tmp_path: Path) -> None:
    tags = writer.container_tags(PLAN, "mkv")
    assert tags["DIGITAL_SOURCE_TYPE"] == GENERATED
    path = make_clip(tmp_path / "a.mkv", width=64, height=48, seconds=0.2, sound=False, tags=tags)
    with av.open(str(path)) as container:
        assert {name: container.metadata.get(name) for name in tags} == tags
        assert container.metadata["COMMENT"] == "made by a test"


def test_mp4_and_mov_get_no_tags() -> None:
    assert writer.container_tags(PLAN, "mp4") == {}
    assert writer.container_tags(PLAN, "mov") == {}


@pytest.mark.parametrize("inner", ["<a>" * 5_000 + "</a>" * 5_000, "<a/>" * 300_000])
def test_a_packet_that_would_take_the_stack_or_the_memory_is_refused(inner: str) -> None:
    bomb = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF xmlns:r="{RDF[1:-1]}">{inner}</r:RDF></x:xmpmeta>'.encode()
    with pytest.raises(SourceUnsupported, match="XMP"):
        make_packet(PLAN, bomb, Path("film.mp4"))
