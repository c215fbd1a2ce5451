"""The reader: each check fails for its own reason, and what was found is told to the letter."""

import struct
from pathlib import Path

import pytest

from labeler.layers.metadata.read import read
from labeler.rules.plan import MetadataPlan
from labeler.verdict import LayerReading, LayerState, Status
from tests.clips import make_clip

UUID = bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC")
GENERATED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
CAPTURED = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
FRENCH, ENGLISH = "Contenu généré ou assisté par IA", "AI-generated or AI-assisted content"
PLAN = MetadataPlan(
    digital_source_type=GENERATED, description={"fr": FRENCH, "en": ENGLISH}, ai_system="Veo", ai_system_version="3"
)
ANY_AI = MetadataPlan(digital_source_type=None, description={})
TEXTS = {"x-default": FRENCH, "fr": FRENCH, "en": ENGLISH}
SYSTEM = "<I:AISystemUsed>Veo</I:AISystemUsed><I:AISystemVersionUsed>3</I:AISystemVersionUsed>"


def xmp(source_type: str | None = GENERATED, texts: dict[str, str] = TEXTS, more: str = SYSTEM) -> bytes:
    stated = "" if source_type is None else f"<I:DigitalSourceType>{source_type}</I:DigitalSourceType>"
    items = "".join(f'<r:li xml:lang="{language}">{text}</r:li>' for language, text in texts.items())
    described = f"<d:description><r:Alt>{items}</r:Alt></d:description>" if texts else ""
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<r:Description r:about="" xmlns:d="http://purl.org/dc/elements/1.1/" '
        'xmlns:I="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">'
        f"{stated}{described}{more}</r:Description></r:RDF></x:xmpmeta>"
    ).encode()


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("bare") / "clip.mp4"
    return make_clip(path, width=64, height=48, seconds=0.2, sound=False).read_bytes()


@pytest.fixture
def clip(bare: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    path.write_bytes(bare)
    return path


def put(path: Path, *packets: bytes) -> Path:
    with path.open("ab") as stream:
        for packet in packets:
            stream.write(struct.pack(">I4s", 24 + len(packet), b"uuid") + UUID + packet)
    return path


def statuses(reading: LayerReading) -> dict[str, Status]:
    return {check.id.removeprefix("metadata."): check.status for check in reading.checks}


ALL = ("source_type", "description", "ai_fields", "unique")


def only(*failing: str) -> dict[str, Status]:
    return {name: Status.FAIL if name in failing else Status.PASS for name in ALL}


def test_what_the_plan_asks_for_passes_every_check(clip: Path) -> None:
    reading = read(put(clip, xmp()), PLAN)
    assert statuses(reading) == only()
    assert reading.state is LayerState.PASS
    assert reading.found.digital_source_type == (GENERATED,)
    assert reading.found.fields == {
        "Iptc4xmpExt:AISystemUsed": "Veo",
        "Iptc4xmpExt:AISystemVersionUsed": "3",
        "dc:description": TEXTS,
    }
    assert {statement.place for statement in reading.found.statements} == {"uuid"}
    assert not any(statement.faults or statement.means for statement in reading.found.statements)


def test_a_bare_file_holds_nothing(clip: Path) -> None:
    unplanned, planned = read(clip, None), read(clip, PLAN)
    assert (unplanned.state, unplanned.checks) == (LayerState.ABSENT, ())
    found = unplanned.found
    assert not (found.digital_source_type or found.fields or found.statements or found.traces)
    assert "moov/udta/XMP_" in found.looked_at and "sidecar STEM.xmp" in found.looked_at
    assert planned.state is LayerState.ABSENT
    assert statuses(planned) == only(*ALL)


@pytest.mark.parametrize(
    "wrong",
    [
        CAPTURED,
        "trainedAlgorithmicMedia",
        "https://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
        f" {GENERATED}",
        "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia",
        "",
    ],
)
def test_another_source_type_fails_alone_and_is_told_to_the_letter(clip: Path, wrong: str) -> None:
    reading = read(put(clip, xmp(wrong)), PLAN)
    assert statuses(reading) == only("source_type")
    assert reading.found.digital_source_type == (wrong,)
    assert reading.state is LayerState.FAIL


def test_two_source_types_fail_when_one_is_not_the_declared(clip: Path) -> None:
    more = f"<I:DigitalSourceType>{CAPTURED}</I:DigitalSourceType>{SYSTEM}"
    assert statuses(read(put(clip, xmp(more=more)), PLAN)) == only("source_type")


@pytest.mark.parametrize(
    ("source_type", "status"), [(GENERATED, Status.PASS), (CAPTURED, Status.FAIL), ("AI", Status.FAIL)]
)
def test_a_stranger_may_state_any_ai_type(clip: Path, source_type: str, status: Status) -> None:
    assert statuses(read(put(clip, xmp(source_type)), ANY_AI)) == {"source_type": status, "unique": Status.PASS}


@pytest.mark.parametrize(
    "texts",
    [
        {"x-default": FRENCH, "fr": FRENCH},
        TEXTS | {"en": ENGLISH.lower()},
        TEXTS | {"fr": f"Sans {FRENCH}"},
        {"x-default": FRENCH},
    ],
)
def test_a_text_that_is_missing_or_changed_fails_alone(clip: Path, texts: dict[str, str]) -> None:
    assert statuses(read(put(clip, xmp(texts=texts)), PLAN)) == only("description")


def test_the_studios_words_may_stand_below_ours(clip: Path) -> None:
    assert statuses(read(put(clip, xmp(texts=TEXTS | {"en": f"{ENGLISH}\nBread"})), PLAN)) == only()


@pytest.mark.parametrize("more", ["", SYSTEM.replace("Veo", "veo"), SYSTEM + "<I:AISystemUsed>B</I:AISystemUsed>"])
def test_ai_fields_are_compared_to_the_letter(clip: Path, more: str) -> None:
    assert statuses(read(put(clip, xmp(more=more)), PLAN)) == only("ai_fields")


def test_two_packets_fail_alone_when_they_say_the_same_type(clip: Path) -> None:
    reading = read(put(clip, xmp(more=""), xmp()), PLAN)
    assert statuses(reading) == only("unique")
    assert next(check for check in reading.checks if check.id == "metadata.unique").measured == 2


def test_what_either_of_two_packets_states_is_found(clip: Path) -> None:
    assert read(put(clip, xmp(CAPTURED), xmp()), None).found.digital_source_type == (CAPTURED, GENERATED)


def test_attribute_and_resource_forms_are_read(clip: Path) -> None:
    attribute = xmp(None, more=SYSTEM).replace(
        b'r:about=""', f'r:about="" I:DigitalSourceType="{GENERATED}"'.encode(), 1
    )
    # the prefix I is declared later in the same tag, which XML allows
    assert statuses(read(put(clip, attribute), PLAN)) == only()


def test_a_resource_reference_is_read(clip: Path) -> None:
    resource = xmp(None, more=f'<I:DigitalSourceType r:resource="{GENERATED}"/>{SYSTEM}')
    assert statuses(read(put(clip, resource), PLAN)) == only()


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>'


@pytest.mark.parametrize("packet", [BOMB, b"<x", b"\xff\xfe\x00\xd8", b"", b"<a>\x00</a>"])
def test_a_packet_that_cannot_be_read_is_a_failed_check_and_no_crash(clip: Path, packet: bytes) -> None:
    reading = read(put(clip, packet), PLAN)
    assert statuses(reading)["source_type"] is Status.FAIL
    assert reading.state is LayerState.FAIL
    assert read(clip, None).state is LayerState.NOT_CHECKED


def test_a_packet_over_8_mb_is_not_read(clip: Path) -> None:
    reading = read(put(clip, xmp() + b" " * (8 * 1024 * 1024)), PLAN)
    assert statuses(reading)["source_type"] is Status.FAIL
    assert "8" in reading.found.fields["unreadable"]


def test_a_sidecar_is_found_but_does_not_replace_what_the_file_must_carry(clip: Path) -> None:
    clip.with_suffix(".xmp").write_bytes(xmp())
    reading = read(clip, PLAN)
    assert reading.found.fields["sidecar"]["Iptc4xmpExt:AISystemUsed"] == "Veo"
    assert statuses(reading) == only(*ALL)


def test_a_sidecar_that_states_another_type_fails(clip: Path) -> None:
    clip.with_suffix(".xmp").write_bytes(xmp(CAPTURED, {}, ""))
    assert statuses(read(put(clip, xmp()), PLAN)) == only("source_type")


def test_matroska_tags_are_read_and_judged(tmp_path: Path) -> None:
    tags = {
        "DIGITAL_SOURCE_TYPE": GENERATED,
        "AI_DISCLOSURE-fre": FRENCH,
        "AI_DISCLOSURE-eng": ENGLISH,
        "AI_SYSTEM_USED": "Veo",
        "AI_SYSTEM_VERSION_USED": "3",
    }
    good = make_clip(tmp_path / "good.mkv", width=64, height=48, seconds=0.2, sound=False, tags=tags)
    reading = read(good, PLAN)
    assert statuses(reading) == {name: Status.PASS for name in ALL[:3]}
    assert reading.found.digital_source_type == (GENERATED,)
    assert reading.found.fields["AI_DISCLOSURE-fre"] == FRENCH
    for name, check in (("DIGITAL_SOURCE_TYPE", 0), ("AI_DISCLOSURE-eng", 1), ("AI_SYSTEM_USED", 2)):
        bad = make_clip(tmp_path / "bad.mkv", width=64, height=48, seconds=0.2, sound=False, tags=tags | {name: "x"})
        assert [check.id for check in read(bad, PLAN).checks if check.status is Status.FAIL] == [
            f"metadata.{ALL[check]}"
        ]


def test_a_matroska_file_without_our_tags_is_absent(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mkv", width=64, height=48, seconds=0.2, sound=False)
    assert read(path, None).state is LayerState.ABSENT
    assert read(path, PLAN).state is LayerState.ABSENT
