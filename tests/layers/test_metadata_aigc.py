"""The key AIGC of GB 45438-2025: planned from declaration and source, written where a container holds it, read back."""

from __future__ import annotations

import json
from pathlib import Path

import av
import pytest

from labeler.errors import DeclarationError, SourceUnsupported
from labeler.layers.metadata import read, vocabulary
from labeler.layers.metadata.aigc import Form, is_aigc, parsed, plan_aigc
from labeler.layers.metadata.write import container_tags
from labeler.media import mux, survey
from labeler.media.inventory import Inventory
from labeler.rules.declaration import Declaration
from labeler.rules.plan import MetadataPlan
from labeler.verdict import LayerState, Status
from tests.clips import make_clip

CODE = "001191110000000000000X00001"
DIGEST = "ab" * 32


def declare(producer: str | None = CODE) -> Declaration:
    work = {} if producer is None else {"producer": producer}
    return Declaration.model_validate(
        {"schema": "labeler.declaration/1", "work": work, "ai": {"involvement": "generated"}}
    )


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Inventory:
    return survey.survey(make_clip(tmp_path_factory.mktemp("aigc") / "clip.mp4", seconds=0.4))


def planned(facts: Inventory, form: Form = "bare", producer: str | None = CODE) -> MetadataPlan:
    key = plan_aigc(form, declare(producer), facts, DIGEST, "clip.mp4")
    return vocabulary.plan_metadata(declare(producer), {"en": "AI"}).model_copy(update={"aigc": key})


def value_of(plan: MetadataPlan) -> str:
    assert plan.aigc is not None and plan.aigc.value is not None
    return plan.aigc.value


def carrying(facts: Inventory, value: str, tag: str = "AIGC") -> Inventory:
    return facts.model_copy(update={"tags": {**facts.tags, tag: value}})


def test_value_is_the_seven_fields(facts: Inventory) -> None:
    expected = {
        "Label": "1",
        "ContentProducer": CODE,
        "ProduceID": DIGEST,
        "ReservedCode1": "",
        "ContentPropagator": CODE,
        "PropagateID": DIGEST,
        "ReservedCode2": "",
    }
    assert json.loads(value_of(planned(facts))) == expected
    assert json.loads(value_of(planned(facts, "wrapped"))) == {"AIGC": expected}


def test_nobody_as_producer_is_refused(facts: Inventory) -> None:
    for producer in (None, " "):
        with pytest.raises(DeclarationError, match=r"work\.producer") as caught:
            planned(facts, producer=producer)
        assert "--declaration" in str(caught.value.remedy)


@pytest.mark.parametrize("container", ["ts", "avi"])
def test_container_without_a_home_is_refused(facts: Inventory, container: str) -> None:
    with pytest.raises(SourceUnsupported, match=f"AIGC, which {container.upper()}") as caught:
        planned(facts.model_copy(update={"container": container}))
    assert caught.value.exit_code == 3
    assert "MP4, MOV, MKV, WEBM, MXF" in str(caught.value.remedy)


def test_the_same_statement_of_the_source_is_kept_to_the_letter(facts: Inventory) -> None:
    theirs = json.dumps({"AIGC": {**json.loads(value_of(planned(facts))), "ProduceID": "theirs"}}, indent=1)
    assert value_of(planned(carrying(facts, theirs))) == theirs
    assert value_of(planned(carrying(facts, theirs, "aigc"))) == theirs


@pytest.mark.parametrize("old", ['"Label":"1"', CODE, '{"Label"'])
def test_another_statement_of_the_source_is_refused(facts: Inventory, old: str) -> None:
    new = {'"Label":"1"': '"Label":"3"', CODE: "kling"}.get(old, "{")
    theirs = value_of(planned(facts)).replace(old, new)
    with pytest.raises(SourceUnsupported, match="already"):
        planned(carrying(facts, theirs))


@pytest.mark.parametrize("value", ["", "[]", "null", '"AIGC"', '{"AIGC": 1}', "[" * 100_000, '{"Label":"1"}'])
def test_what_is_not_the_seven_fields_is_no_statement(value: str) -> None:
    assert parsed(value) is None


def remuxed(source: Path, facts: Inventory, tags: dict[str, str]) -> Path:
    written = source.with_stem("out")
    with av.open(str(source)) as opened, mux.open_output(written, source, facts, tags) as output:
        stream = output.add_stream_from_template(opened.streams[0])
        for packet in opened.demux(0):
            if packet.dts is not None:
                packet.stream = stream
                output.mux(packet)
    return written


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mov", "clip.mkv"])
def test_key_is_written_and_read_back(name: str, tmp_path: Path) -> None:
    source = make_clip(tmp_path / name, seconds=0.4, sound=False)
    facts = survey.survey(source)
    plan = planned(facts, producer="Studio «Étoile»")
    assert_reads_back(remuxed(source, facts, container_tags(plan, facts.container)), plan)


@pytest.mark.parametrize(("value", "state"), [('{"Label":"1"}', LayerState.NOT_CHECKED), (None, LayerState.PASS)])
def test_key_in_a_file_that_nobody_planned(
    value: str | None, state: LayerState, facts: Inventory, tmp_path: Path
) -> None:
    """With its seven texts it is a statement; without them it is there, and nobody can read it."""
    source = make_clip(tmp_path / "clip.mp4", seconds=0.4, sound=False)
    stated = value_of(planned(facts)) if value is None else value
    reading = read.read(remuxed(source, survey.survey(source), {"AIGC": stated}), None)
    assert reading.state == state and reading.found is not None
    assert reading.found.fields["AIGC"] == (parsed(stated) or stated)


def test_key_stands_in_mxf_as_a_comment(tmp_path: Path) -> None:
    tag = vocabulary.AIGC_TAGS["mxf"]
    written = tmp_path / "out.mxf"
    with av.open(str(written), "w") as output:
        output.metadata[tag] = "theirs"
        stream = output.add_stream("mpeg2video", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        output.mux(stream.encode(av.VideoFrame(320, 180, "yuv420p")))
        output.mux(stream.encode(None))
    with av.open(str(written)) as opened:
        assert [value for name, value in opened.metadata.items() if is_aigc(name)] == ["theirs"]


def assert_reads_back(path: Path, plan: MetadataPlan) -> None:
    reading = read.read(path, plan)
    (check,) = [check for check in reading.checks if check.id == "metadata.aigc"]
    assert check.status == Status.WARN and "27" in check.message  # a name stands where a code is usual
    assert reading.found is not None and not isinstance(reading.found, tuple)
    fields = reading.found.model_dump()["fields"]["AIGC"]
    assert fields == parsed(value_of(plan)) and fields["ContentProducer"] == "Studio «Étoile»"
