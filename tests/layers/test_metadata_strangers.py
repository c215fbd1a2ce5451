"""Metadata of any origin: each value is found as it stands, with its place; spellings, rules and traces are told."""

from __future__ import annotations

import json
import re
import struct
import tomllib
from contextlib import nullcontext
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeler.errors import SourceUnsupported
from labeler.layers.metadata import traces
from labeler.layers.metadata.aigc import parsed
from labeler.layers.metadata.aigc_rules import examine
from labeler.layers.metadata.elsewhere import refuse_contradiction
from labeler.layers.metadata.names import told_by
from labeler.layers.metadata.read import read
from labeler.layers.metadata.traces import Clue, known_traces, traces_in
from labeler.layers.metadata.xmp import NotXmp, properties_of
from labeler.media.survey import survey
from labeler.rules.source_types import SOURCE_TYPES, meant
from labeler.verdict import FoundMetadata, LayerState, Status
from tests.clips import make_clip
from tests.layers.test_metadata_read import CAPTURED, GENERATED, PLAN, put, xmp
from tests.media.test_tags import XMP, box, chunk, data, freeform, keys, meta

COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
CODE = "001191110108335469089C10100"
SEVEN = {
    "Label": "1",
    "ContentProducer": CODE,
    "ProduceID": "p",
    "ReservedCode1": "",
    "ContentPropagator": "",
    "PropagateID": "",
    "ReservedCode2": "",
}
KLING = SEVEN | {
    "ReservedCode1": None,
    "ReservedCode2": None,
    "ProduceID": "KLingMuse_3d917354-4294-47ff-a48e-53f09b0ffee0",
}


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("bare") / "clip.mp4"
    return make_clip(path, width=64, height=48, seconds=0.2, sound=False).read_bytes()


@pytest.fixture
def clip(bare: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    path.write_bytes(bare)
    return path


def with_boxes(path: Path, inside: bytes) -> Path:
    """The film with more boxes at the end of `moov`, which stands in front of the media: every offset moves along."""
    film = path.read_bytes()
    at = film.index(b"moov") - 4
    (size,) = struct.unpack(">I", film[at : at + 4])
    moov = bytearray(film[at : at + size] + inside)
    moov[:4] = struct.pack(">I", len(moov))
    for table in re.finditer(b"stco\\0\\0\\0\\0", moov):
        (count,) = struct.unpack(">I", moov[table.end() : table.end() + 4])
        for entry in range(table.end() + 4, table.end() + 4 + 4 * count, 4):
            moved = struct.unpack(">I", moov[entry : entry + 4])[0] + len(inside)
            moov[entry : entry + 4] = struct.pack(">I", moved)
    path.write_bytes(film[:at] + bytes(moov) + film[at + size :])
    return path


def found_in(path: Path) -> FoundMetadata:
    found = read(path, None).found
    assert isinstance(found, FoundMetadata)
    return found


def key_of(value: str) -> bytes:
    return meta(keys(b"AIGC"), box(b"ilst", box(b"\0\0\0\1", data(value.encode()))))


# --- places -----------------------------------------------------------------------------------------------------------


def test_two_packets_that_differ_are_told_with_their_places(clip: Path) -> None:
    found = found_in(put(with_boxes(clip, box(b"udta", box(b"XMP_", xmp(CAPTURED, {}, "")))), xmp(GENERATED, {}, "")))
    assert set(found.digital_source_type) == {CAPTURED, GENERATED}
    assert {(one.value, one.place) for one in found.statements} == {(CAPTURED, "moov/udta/XMP_"), (GENERATED, "uuid")}


def test_a_last_box_that_reaches_the_end_is_read(clip: Path) -> None:
    uuid = bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC")
    clip.write_bytes(clip.read_bytes() + struct.pack(">I4s", 0, b"uuid") + uuid + xmp())
    assert found_in(clip).digital_source_type == (GENERATED,)


def test_freeform_tags_and_keys_of_a_track(clip: Path) -> None:
    ilst = box(b"ilst", freeform(b"com.apple.iTunes", b"AIGC", json.dumps(SEVEN).encode()))
    found = found_in(
        with_boxes(
            clip,
            box(b"udta", meta(ilst))
            + meta(keys(b"x.DigitalSourceType"), box(b"ilst", box(b"\0\0\0\1", data(b"digitalCapture")))),
        )
    )
    assert found.fields["AIGC"] == SEVEN
    assert [(one.name, one.place) for one in found.statements] == [
        ("AIGC", "moov/udta/meta/ilst/----:com.apple.iTunes:AIGC"),
        ("x.DigitalSourceType", "moov/meta/keys"),
    ]


def test_the_key_aigc_in_xmp(clip: Path) -> None:
    stated = json.dumps({"AIGC": SEVEN}).replace('"', "&quot;")
    more = f'<T:AIGC xmlns:T="http://www.tc260.org.cn/ns/AIGC/1.0/">{stated}</T:AIGC>'
    found = found_in(put(clip, xmp(None, {}, more)))
    assert found.fields["AIGC"] == SEVEN
    assert [(one.name, one.place, one.faults) for one in found.statements] == [("T:AIGC", "uuid", ())]


def test_xmp_of_an_avi_is_read(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "clip.avi", width=64, height=48, seconds=0.2, sound=False, codec="mpeg4", options={})
    film = bytearray(path.read_bytes())
    added = chunk(b"_PMX", xmp())
    film[4:8] = struct.pack("<I", struct.unpack("<I", film[4:8])[0] + len(added))
    path.write_bytes(bytes(film) + added)
    found = found_in(path)
    assert found.digital_source_type == (GENERATED,)
    assert {one.place for one in found.statements} == {"AVI/_PMX"}


def test_both_names_of_a_sidecar(clip: Path) -> None:
    clip.with_suffix(".xmp").write_bytes(xmp(CAPTURED, {}, ""))
    clip.with_name("clip.mp4.xmp").write_bytes(xmp(GENERATED, {}, "").decode().encode("utf-16"))
    places = {one.place: one.value for one in found_in(clip).statements}
    assert places == {"sidecar clip.xmp": CAPTURED, "sidecar clip.mp4.xmp": GENERATED}


def test_a_structure_speaks_of_another_thing(clip: Path) -> None:
    """The source type of an ingredient is not that of the film."""
    inner = f'<M:Ingredients xmlns:M="urn:m"><r:Bag><r:li r:parseType="Resource"><I:DigitalSourceType>{GENERATED}'
    more = inner + "</I:DigitalSourceType></r:li></r:Bag></M:Ingredients>"
    assert found_in(put(clip, xmp(CAPTURED, {}, more))).digital_source_type == (CAPTURED,)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("DigitalSourceType", "source_type"),
        ("DIGITAL_SOURCE_TYPE", "source_type"),
        ("XMP-iptcExt:DigitalSourceType", "source_type"),
        ("com.example.digitalsourcetype", "source_type"),
        ("DigitalSourceFileType", "source_type"),
        ("AISystemUsed", "field"),
        ("AI_PROMPT_WRITER_NAME-eng", "field"),
        ("comment_AIGC", "AIGC"),
        ("aigc", "AIGC"),
        ("AI_DISCLOSURE-fre", "text"),
        ("comment", None),
        ("AIGC_INFO", None),
        ("", None),
    ],
)
def test_names_however_they_are_spelt(name: str, what: str | None) -> None:
    assert told_by(name) == what


# --- spellings of a source type ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spelling",
    [
        "trainedAlgorithmicMedia",
        "TRAINEDALGORITHMICMEDIA",
        " trainedAlgorithmicMedia\n",
        f"{GENERATED}/",
        GENERATED.upper(),
        GENERATED.replace("http:", "https:"),
        "digsrctype:trainedAlgorithmicMedia",
    ],
)
def test_a_spelling_beyond_doubt_is_judged_as_the_term_and_told_as_it_stands(clip: Path, spelling: str) -> None:
    found = found_in(put(clip, xmp(spelling, {}, "")))
    assert found.digital_source_type == (spelling,)
    (one,) = found.statements
    assert (one.value, one.means, one.faults) == (spelling, GENERATED, ())


@pytest.mark.parametrize(
    "spelling",
    [
        "",
        "AI",
        "Created using Generative AI",
        "trainedAlgorithmicMediaX",
        "http://c2pa.org/digitalsourcetype/trainedAlgorithmicMedia",
        "http://example.com/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
        "http://cv.iptc.org/newscodes/digitalsourcetype/",
    ],
)
def test_a_word_of_nobody_means_nothing(clip: Path, spelling: str) -> None:
    (one,) = found_in(put(clip, xmp(spelling, {}, ""))).statements
    assert meant(spelling) == spelling
    assert (one.value, one.means, one.faults) == (spelling, None, ("vocabulary",))


@given(st.text())
def test_what_is_meant_is_a_term_or_what_was_said(text: str) -> None:
    assert meant(text) == text or meant(text) in SOURCE_TYPES


# --- the rules of the key AIGC ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stated", "faults"),
    [
        (SEVEN, []),
        ({"AIGC": SEVEN}, []),
        ({"AIGC": SEVEN, "more": 1}, ["wrapper"]),
        ({"AIGC": "text"}, ["object"]),
        ([], ["object"]),
        (SEVEN | {"Label": "4"}, ["Label.value"]),
        (SEVEN | {"Label": 1}, ["Label.type"]),
        (SEVEN | {"Label": True}, ["Label.type", "Label.value"]),
        (SEVEN | {"ContentProducer": "kling"}, ["ContentProducer.code"]),
        (SEVEN | {"ContentProducer": CODE + "0"}, ["ContentProducer.code"]),
        (SEVEN | {"ContentProducer": "", "ProduceID": ""}, ["ContentProducer.empty", "ProduceID.empty"]),
        (SEVEN | {"ContentPropagator": CODE}, ["PropagateID.empty"]),
        (SEVEN | {"ContentPropagator": "x", "PropagateID": "y"}, ["ContentPropagator.code"]),
        (KLING, ["ReservedCode1.type", "ReservedCode2.type"]),
        (SEVEN | {"label": "1"}, ["label.unknown"]),
        ({"Label": "1"}, [f"{name}.missing" for name in SEVEN if name != "Label"]),
    ],
)
def test_each_broken_rule_is_named(stated: object, faults: list[str]) -> None:
    assert list(examine(json.dumps(stated)).faults) == faults


@pytest.mark.parametrize(
    ("value", "fault"),
    [("", "json"), ("{", "json"), ("[" * 100_000, "json"), ("{} {}", "json"), ("null", "object"), ('"AIGC"', "object")],
)
def test_what_is_no_object_is_named(value: str, fault: str) -> None:
    assert examine(value).faults == (fault,) and not examine(value).says_ai


def test_a_name_that_stands_twice_is_named() -> None:
    value = json.dumps(SEVEN).replace("{", '{"Label": "3", ', 1)
    assert examine(value).faults == ("Label.twice",)
    many = "{" + ",".join(f'"{n % 30_000}":1' for n in range(40_000)) + "}"
    assert len(examine(many).faults) == 50


@pytest.mark.parametrize(
    ("stated", "says_ai"),
    [
        (SEVEN, True),
        (KLING, True),
        (SEVEN | {"Label": 2}, True),
        (SEVEN | {"Label": "0"}, False),
        ({"Label": "1"}, False),
        ({"Label": "1", "ContentProducer": "kling"}, True),
        ({"Label": "1", "ContentProducer": ""}, False),
        ({"ContentProducer": CODE}, False),
    ],
)
def test_a_label_with_a_maker_or_a_number_says_ai(stated: object, says_ai: bool) -> None:
    assert examine(json.dumps(stated)).says_ai is says_ai


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=5) | st.integers(),
        lambda inner: st.dictionaries(st.sampled_from([*SEVEN, "AIGC", "x"]), inner),
    )
)
def test_what_the_plan_would_take_breaks_no_rule_of_shape(stated: object) -> None:
    value = json.dumps(stated)
    key = examine(value)
    if parsed(value) is not None:
        shapes = {fault for fault in key.faults if fault.endswith((".missing", ".type", ".value"))} | {
            "json",
            "object",
        } & set(key.faults)
        assert key.form is not None and not shapes


def test_the_label_of_a_real_generator_counts_though_it_breaks_rules(clip: Path) -> None:
    reading = read(with_boxes(clip, key_of(json.dumps(KLING))), None)
    assert reading.state is LayerState.PASS and reading.found is not None
    assert reading.found.fields["AIGC"] == KLING
    assert [trace.generator for trace in reading.found.traces] == ["Kling"]


# --- traces -----------------------------------------------------------------------------------------------------------

COMFY = json.dumps({"6": {"class_type": "KSampler", "inputs": {"text": "a street"}}})
BETRAY = {
    "prompt": COMFY,
    "comment": json.dumps({"prompt": COMFY}),
    "workflow": json.dumps({"last_node_id": 9, "nodes": [], "links": []}),
    "parameters": "a street\nNegative prompt: blurry\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 12, Size: 8x8",
    "©cmt": json.dumps({"type": "WanGP v8.21 by DeepBeepMeep - Wan2.1 Text2video 14B"}),
    "credit": "Made with Google AI",
    "description": "example --ar 2:1 Job ID: a7421d2f-b262-44f9-977c-ac23e9c7d3e3",
    "aigc_info": '{"aigc_label_type":2}',
    "data": '{"data":{"product":"dreamina","exportType":"generation"}}',
    "invokeai_metadata": '{"generation_mode":"sdxl_txt2img"}',
    "x": '{"sui_image_params": {}}',
    "Software": "Adobe Firefly 2.0",
    "xmp:CreatorTool": "Midjourney v6",
    "AIGC": '{"ProduceID":"KLingMuse_3d917354-4294-47ff-a48e-53f09b0ffee0"}',
    "ICMT": "a cat\nSteps: 28, CFG scale: 5.00, Seed: 16124, Sampler: dpm++2m, Version: stable-diffusion.cpp",
}
SILENT = {
    "encoder": "Google",
    "handler_name": "\x1fMainconcept Video Media Handler",
    "hyperframes_renderer": "hyperframes",
    "comment": "A film about ComfyUI, Midjourney and Adobe Firefly",
    "description": "prompt: buy now; workflow of the studio",
    "aigc_info": '{"aigc_label_type":0}',
    "credit": "Made with Google AI Studio by Ann",
    "Software": "Lavf61.7.100",
    "workflow": '{"nodes": []}',
    "parameters": "Steps of a dance",
}


@pytest.mark.parametrize("name", BETRAY)
def test_a_trace_is_found_with_its_source(name: str) -> None:
    where = "xmp" if ":" in name else "tag"
    (trace,) = traces_in([Clue(where, name, BETRAY[name], "here")])
    assert (trace.name, trace.value, trace.place) == (name, BETRAY[name], "here")
    assert trace.source.startswith("https://")


@pytest.mark.parametrize("name", [name for name in BETRAY if ":" not in name])
def test_each_is_found_in_a_clip(name: str, clip: Path) -> None:
    """As a key of QuickTime, of that name."""
    stated = meta(keys(name.encode("latin-1")), box(b"ilst", box(b"\0\0\0\1", data(BETRAY[name].encode()))))
    (expected,) = traces_in([Clue("tag", name, BETRAY[name], "")])
    (trace,) = found_in(with_boxes(clip, stated)).traces
    assert (trace.generator, trace.place) == (expected.generator, "moov/meta/keys")


@pytest.mark.parametrize("suffix", ["mkv", "avi", "mov"])
def test_the_same_words_in_other_containers(suffix: str, tmp_path: Path) -> None:
    """Where programs write what they were asked for: `comment`, by libavformat's name."""
    form = {"codec": "mpeg4", "options": {}} if suffix == "avi" else {}
    tags = {"comment": BETRAY["ICMT"]}
    path = make_clip(tmp_path / f"clip.{suffix}", width=64, height=48, seconds=0.2, sound=False, tags=tags, **form)
    (generator,) = {trace.generator for trace in found_in(path).traces}
    assert generator.startswith("Stable Diffusion web UI")


@pytest.mark.parametrize("name", SILENT)
def test_what_films_without_ai_carry_too_betrays_nothing(name: str) -> None:
    assert traces_in([Clue("tag", name, SILENT[name], "here")]) == ()


def test_words_in_the_first_picture_betray() -> None:
    (trace,) = traces_in([], b"..." + bytes.fromhex("91ca60614aee385486142d5f73f4ae2e") + b"kling-ai\0")
    assert (trace.generator, trace.place) == ("Kling", "first picture")


def test_every_entry_of_the_data_file_is_used_and_says_where_it_is_from() -> None:
    found = {
        trace.generator
        for name in BETRAY
        for trace in traces_in([Clue("xmp" if ":" in name else "tag", name, BETRAY[name], "")])
    }
    assert found == {trace.generator for trace in known_traces()}
    raw = tomllib.loads(files(traces.__package__).joinpath("traces.toml").read_text(encoding="utf-8"))["trace"]
    assert len(raw) == len(known_traces()) > 10
    assert all(trace.source.startswith("https://") and (trace.value or trace.bytes) for trace in known_traces())


def test_a_trace_is_no_statement(clip: Path) -> None:
    prompt = meta(keys(b"prompt"), box(b"ilst", box(b"\0\0\0\1", data(COMFY.encode()))))
    reading = read(with_boxes(clip, prompt), None)
    assert reading.state is LayerState.ABSENT and reading.found is not None
    assert reading.found.traces[0].place == "moov/meta/keys" and not reading.found.statements


# --- hostile ----------------------------------------------------------------------------------------------------------

DOCTYPE = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


def test_a_packet_of_100_mb_is_told_and_not_read(clip: Path) -> None:
    """Zeros that take no room on the disk: its size stands there, and nothing of it is taken for text."""
    many = 100 << 20
    head = struct.pack(">I4s", 24 + many, b"uuid") + bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC")
    with clip.open("ab") as film:
        film.write(head)
        film.truncate(film.tell() + many)
    (one,) = found_in(clip).statements
    assert (one.name, one.value, one.bytes, one.faults) == ("XMP", "", many, ("unreadable",))


@pytest.mark.parametrize(
    "packet",
    [
        DOCTYPE + b"<x>&b;</x>",
        b"<!DOCTYPE x SYSTEM 'file:///etc/passwd'><x/>",
        b"<a>" * 1_000_000,
        b"<a>" * 150 + b"</a>" * 150,
        b"<a>" + b"<b/>" * 300_000 + b"</a>",
        b"<a b='" + b"x" * 100 + b"' b='y'/>",
        xmp()[:-1],
        xmp().replace(b"Veo", b"Veo\xff"),
        xmp().replace(b"Veo", b"\x01"),
        xmp().decode().encode("utf-16")[:-1] + b"\xd8",
        b"\xff\xfe\x00\xd8",
        b"",
        xmp() + xmp(),
    ],
)
def test_a_packet_that_nobody_can_read_is_told_with_its_hash(clip: Path, packet: bytes) -> None:
    reading = read(put(clip, packet), None)
    assert reading.state is LayerState.NOT_CHECKED and reading.found is not None
    (one,) = reading.found.statements
    assert one.faults == ("unreadable",) and one.bytes == len(packet) and one.sha256 is not None
    assert "unreadable" in reading.found.fields


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.integers(0, len(XMP)))
def test_no_bytes_stop_the_reader_of_xmp(noise: bytes, at: int) -> None:
    for packet in (noise, XMP[:at] + noise + XMP[at:], xmp()[:at] + noise + xmp()[at:]):
        try:
            properties_of(packet)
        except NotXmp as reason:
            assert str(reason)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
def test_xmp_in_any_encoding_that_it_may_have(encoding: str) -> None:
    plain = [(one.local, one.value) for one in properties_of(xmp())]
    assert [(one.local, one.value) for one in properties_of(xmp().decode().encode(encoding))] == plain
    assert len(plain) == 6


HOSTILE = "<b>&amp;\u202e\x1b[31m\n'\"\\"


def test_hostile_letters_come_through_to_the_letter_and_json_escapes_them(clip: Path) -> None:
    value = json.dumps(SEVEN | {"ProduceID": HOSTILE + "\ud800"})
    found = found_in(with_boxes(clip, key_of(value)))
    (one,) = found.statements
    assert one.value == value and not one.is_escaped
    assert found.fields["AIGC"]["ProduceID"] == HOSTILE + "\\ud800"
    told = json.dumps(found.model_dump(mode="json", by_alias=True))
    assert told.isascii() and json.loads(told)["statements"][0]["value"] == value


def test_a_value_of_10_mb_is_cut_with_its_size_and_hash(clip: Path) -> None:
    found = found_in(with_boxes(clip, key_of("x" * (10 << 20))))
    (one,) = found.statements
    assert len(one.value) == 4096 and one.bytes == 10 << 20 and len(one.sha256 or "") == 64
    assert len(json.dumps(found.model_dump(mode="json"))) < 20_000


def test_very_many_statements_are_counted(clip: Path) -> None:
    found = found_in(put(clip, xmp(None, {}, "<I:AISystemUsed>a</I:AISystemUsed>" * 5000)))
    assert found.left_out == 4500
    assert len(json.dumps(found.model_dump(mode="json"))) < 200_000


# --- judged by a plan -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("elsewhere", "status"),
    [
        ("trainedAlgorithmicMedia", Status.PASS),
        ("\x1b[2Jnobody's word", Status.PASS),
        ("digitalCapture", Status.FAIL),
    ],
)
def test_what_stands_elsewhere_must_not_contradict_the_label(clip: Path, elsewhere: str, status: Status) -> None:
    ilst = box(b"ilst", box(b"\0\0\0\1", data(elsewhere.encode())))
    reading = read(put(with_boxes(clip, meta(keys(b"DigitalSourceType"), ilst)), xmp()), PLAN)
    (check,) = [check for check in reading.checks if check.id == "metadata.source_type"]
    assert check.status == status


def test_what_stands_only_elsewhere_is_no_label(clip: Path) -> None:
    ilst = box(b"ilst", box(b"\0\0\0\1", data(GENERATED.encode())))
    reading = read(with_boxes(clip, meta(keys(b"DigitalSourceType"), ilst)), PLAN)
    (check,) = [check for check in reading.checks if check.id == "metadata.source_type"]
    assert check.status == Status.FAIL and "where no program looks" in check.message
    assert reading.state is LayerState.FAIL


@pytest.mark.parametrize(
    ("name", "value", "is_refused"),
    [
        ("DigitalSourceType", "digitalCapture", True),
        ("XMP:DigitalSourceType", COMPOSITE + "/", True),
        ("DigitalSourceType", "trainedAlgorithmicMedia", False),
        ("DigitalSourceType", "nobody's word", False),
        ("DIGITAL_SOURCE_TYPE", "digitalCapture", False),
        ("comment", "digitalCapture", False),
    ],
)
def test_a_source_that_says_otherwise_under_another_tag_is_refused(
    clip: Path, name: str, value: str, is_refused: bool
) -> None:
    facts = survey(clip)
    tagged = facts.model_copy(update={"tags": {**facts.tags, name: value}})
    with pytest.raises(SourceUnsupported, match=name) if is_refused else nullcontext():
        refuse_contradiction(PLAN, tagged, "clip.mp4")


def test_a_track_that_says_otherwise_is_refused(clip: Path) -> None:
    facts = survey(clip)
    track = facts.tracks[0].model_copy(update={"tags": {"DIGITAL_SOURCE_TYPE": "digitalCapture"}})
    with pytest.raises(SourceUnsupported, match="digitalCapture"):
        refuse_contradiction(PLAN, facts.model_copy(update={"tracks": (track,)}), "clip.mp4")
