"""Sabotage of layer `metadata`: exiftool or a byte edit changes the XMP, and the file is sealed again."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

from tests.faults.harness import COPY_ALL, Good, add_xmp, assert_caught, ffmpeg, hand_to_gate, reseal, run

TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
XMP_UUID = bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC")


def edited(good: Good, folder: Path, *arguments: str) -> Path:
    broken = folder / "broken.mp4"
    shutil.copyfile(good.unsealed, broken)
    run("exiftool", "-q", "-overwrite_original", *arguments, broken)
    return reseal(good, broken, folder / "sealed" / good.released.name)


def replaced(good: Good, folder: Path, old: bytes, new: bytes) -> Path:
    assert len(old) == len(new)
    content = good.unsealed.read_bytes()
    at = content.rindex(old)
    broken = folder / "broken.mp4"
    broken.write_bytes(content[:at] + new + content[at + len(old) :])
    return reseal(good, broken, folder / "sealed" / good.released.name)


def test_a_neutral_edit_passes(good: Good, tmp_path: Path) -> None:
    result = hand_to_gate(good, edited(good, tmp_path, "-XMP-dc:Subject=test"), tmp_path)
    assert result.status == "released", result.problems


def test_another_source_type_is_caught(good: Good, tmp_path: Path) -> None:
    candidate = edited(good, tmp_path, f"-XMP-iptcExt:DigitalSourceType={TYPES}compositeWithTrainedAlgorithmicMedia")
    result = hand_to_gate(good, candidate, tmp_path)
    assert_caught(good, result, tmp_path, "metadata.source_type", related=("metadata.agreement",))


def test_layers_that_contradict_each_other_are_caught(good: Good, tmp_path: Path) -> None:
    candidate = edited(good, tmp_path, f"-XMP-iptcExt:DigitalSourceType={TYPES}digitalCapture")
    result = hand_to_gate(good, candidate, tmp_path)
    assert_caught(good, result, tmp_path, "metadata.agreement", related=("metadata.source_type",))
    assert result.verdict is not None and result.verdict.disclosure == "contradictory"


def test_removed_source_type_is_caught(good: Good, tmp_path: Path) -> None:
    candidate = edited(good, tmp_path, "-XMP-iptcExt:DigitalSourceType=")
    related = ("metadata.agreement",)
    assert_caught(good, hand_to_gate(good, candidate, tmp_path), tmp_path, "metadata.source_type", related=related)


def test_another_description_is_caught(good: Good, tmp_path: Path) -> None:
    candidate = edited(good, tmp_path, "-XMP-dc:Description-fr=Contenu tourné sans IA")
    assert_caught(good, hand_to_gate(good, candidate, tmp_path), tmp_path, "metadata.description")


def test_another_system_is_caught(good: Good, tmp_path: Path) -> None:
    candidate = replaced(good, tmp_path, b"Example Model", b"Another Model")
    assert_caught(good, hand_to_gate(good, candidate, tmp_path), tmp_path, "metadata.ai_fields")


def test_two_packets_are_caught(good: Good, tmp_path: Path) -> None:
    content = good.unsealed.read_bytes()
    at = content.rindex(b"uuid" + XMP_UUID) - 4
    (size,) = struct.unpack(">I", content[at : at + 4])
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(content + content[at : at + size])
    candidate = reseal(good, broken, tmp_path / "sealed" / good.released.name)
    assert_caught(
        good, hand_to_gate(good, candidate, tmp_path), tmp_path, "metadata.unique", related=("metadata.ai_fields",)
    )


def retagged(good: Good, folder: Path, *arguments: str) -> Path:
    """Changed tags of the film by ffmpeg; its XMP is put back, and the file is sealed again."""
    broken = ffmpeg(good.unsealed, folder / "broken.mp4", *COPY_ALL, "-movflags", "use_metadata_tags", *arguments)
    return reseal(good, add_xmp(good, broken), folder / "sealed" / good.released.name)


def test_another_aigc_label_is_caught(good_aigc: Good, tmp_path: Path) -> None:
    candidate = replaced(good_aigc, tmp_path, b'"Label":"1"', b'"Label":"4"')
    assert_caught(good_aigc, hand_to_gate(good_aigc, candidate, tmp_path), tmp_path, "metadata.aigc")


def test_another_aigc_producer_is_caught(good_aigc: Good, tmp_path: Path) -> None:
    producer = b'"ContentProducer":"001191110000000000000X0000'
    candidate = replaced(good_aigc, tmp_path, producer + b"1", producer + b"2")
    assert_caught(good_aigc, hand_to_gate(good_aigc, candidate, tmp_path), tmp_path, "metadata.aigc")


def test_broken_aigc_json_is_caught(good_aigc: Good, tmp_path: Path) -> None:
    candidate = replaced(good_aigc, tmp_path, b'"ReservedCode2":""}', b'"ReservedCode2":"" ')
    assert_caught(good_aigc, hand_to_gate(good_aigc, candidate, tmp_path), tmp_path, "metadata.aigc")


def test_a_renamed_aigc_key_is_caught(good_aigc: Good, tmp_path: Path) -> None:
    candidate = replaced(good_aigc, tmp_path, b"mdtaAIGC", b"mdtaAIGD")
    assert_caught(good_aigc, hand_to_gate(good_aigc, candidate, tmp_path), tmp_path, "metadata.aigc")


def test_a_removed_aigc_key_is_caught(good_aigc: Good, tmp_path: Path) -> None:
    candidate = retagged(good_aigc, tmp_path, "-metadata", "AIGC=")
    result = hand_to_gate(good_aigc, candidate, tmp_path)
    related = ("media.timestamps", "media.tags", "media.tracks", "metadata.unique")
    assert_caught(good_aigc, result, tmp_path, "metadata.aigc", related=related)


PROMPT = 'prompt={"6": {"class_type": "KSampler", "inputs": {"text": "a street"}}}'


def test_a_generator_that_nothing_declares_is_told(good: Good, tmp_path: Path) -> None:
    """The whole label is lost, and the tags betray what made the film: a warning beside every check that fails."""
    master, keys = Path(good.order.item.source.file), ("-movflags", "use_metadata_tags", "-metadata", PROMPT)
    result = hand_to_gate(good, ffmpeg(master, tmp_path / "broken.mp4", *COPY_ALL, *keys), tmp_path)
    assert result.verdict is not None and result.status == "withheld"
    (check,) = [check for check in result.verdict.checks if check.id == "metadata.traces"]
    assert check.status == "warn" and not check.mandatory and "ComfyUI" in check.message
    assert not any(check.id == "metadata.traces" for check in good.checks)


def test_a_label_that_is_left_in_words_alone_is_told(good: Good, tmp_path: Path) -> None:
    """The whole label is lost, and a comment says what it said: a warning beside every check that fails."""
    master = Path(good.order.item.source.file)
    candidate = ffmpeg(master, tmp_path / "broken.mp4", *COPY_ALL, "-metadata", "comment=Contenu généré par IA")
    result = hand_to_gate(good, candidate, tmp_path)
    assert result.verdict is not None and result.status == "withheld"
    (check,) = [check for check in result.verdict.checks if check.id == "metadata.words"]
    assert check.status == "warn" and not check.mandatory and "Contenu généré par IA" in check.message
    assert not any(check.id == "metadata.words" for check in good.checks)


def test_a_trace_beside_a_label_is_found_and_no_warning(good: Good, tmp_path: Path) -> None:
    result = hand_to_gate(good, retagged(good, tmp_path, "-metadata", PROMPT), tmp_path)
    assert result.verdict is not None and result.verdict.found.metadata.traces
    assert not any(check.id == "metadata.traces" for check in result.verdict.checks)
