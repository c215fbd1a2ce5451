"""`labeler inspect`: a tree for people, JSON for machines, and no file steers a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from labeler.cli.tree import lines_of
from labeler.inspection import Inspection
from labeler.layers.credentials.tree import FoundAction, FoundIngredient, FoundManifest
from labeler.media.outline import Outline, OutlinedTrack
from labeler.verdict import LAYERS
from tests.cli.conftest import Studio
from tests.clips import make_clip

HOSTILE = "[red]x[/red]\x1b[31m\u202e\n:smile:"


def inspection(text: str) -> Inspection:
    below = FoundManifest(
        label=text,
        is_active=False,
        generator=text,
        title=text,
        format=text,
        signer=text,
        issuer=text,
        algorithm=text,
        time=text,
        actions=(FoundAction(action=text, when=text, agent=text, source_type=text, description=text),),
        assertions=(text,),
        source_types=(text,),
    )
    ingredient = FoundIngredient(title=text, format=text, relationship=text, codes=(text,), manifest=below)
    track = OutlinedTrack(index=0, kind=text, codec=text, language=text, title=text, facts=(text,))
    return Inspection.model_validate(
        {
            "file": text,
            "sha256": None,
            "bytes": None,
            "disclosure": "undeclared",
            "integrity": "intact",
            "trust": "none",
            "layers": dict.fromkeys(LAYERS, "absent"),
            "found": {
                "mention": [{"class": "phrase", "text": text, "language": text, "from": 0, "to": 1}],
                "metadata": {"digitalSourceType": [text], "fields": {text: {text: [text, text]}}},
            },
            "outline": Outline(container=text, bytes=1, seconds=1.0, timecode=text, tags={text: text}, tracks=(track,)),
            "manifests": (below.model_copy(update={"is_active": True, "ingredients": (ingredient,)}),),
        }
    )


@pytest.mark.parametrize("width", [None, 60])
def test_no_text_steers_the_terminal(width: int | None) -> None:
    told = "\n".join(lines_of(inspection(HOSTILE), width))
    assert "\u202e" not in told and "\x1b[31m" not in told
    assert told.replace("\n", "").count("smile") > 10, "no emoji is made of a name"
    if width is None:
        assert told.count("[red]x[/red]\\x1b[31m\\u202e\\n:smile:") > 20 and "\x1b" not in told


def test_sixty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    long = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
    for line in lines_of(inspection(long), 60):
        assert len(line.replace("\x1b[1m", "").replace("\x1b[0m", "").replace("\x1b[2m", "")) <= 60


def test_very_many_fields() -> None:
    many = inspection("x")
    fields = {f"lang{n}": "x" for n in range(20_000)}
    metadata = many.found.metadata.model_copy(update={"fields": {"dc:description": fields}})
    found = many.found.model_copy(update={"metadata": metadata})
    lines = list(lines_of(many.model_copy(update={"found": found}), None))
    assert len("".join(lines_of(inspection("x" * 1_000_000), None))) < 200_000
    assert len(lines) < 400 and any("… and 19800 more: --json has them" in line for line in lines)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("disclosure: declared", "0 video: h264", "480 × 270", "from, to: 0.00–1.00 s", "signed by: studio")),
        pytest.param(
            "fr",
            ("déclaration : déclarée", "0 vidéo : h264", "480 × 270", "de, à : 0.00–1.00 s", "signé par : studio"),
            marks=pytest.mark.wide,
        ),
    ],
)
def test_the_tree(language: str, words: tuple[str, ...], studio: Studio) -> None:
    done = studio.labeler("inspect", studio.labelled, LABELER_LANG=language)
    assert done.code == 0, done.err
    for word in words:
        assert word in done.out
    lines = done.out.splitlines()
    assert lines[0] == str(studio.labelled) and all(line[0] in "├│└ " for line in lines[1:])
    assert sum("urn:c2pa:" in line for line in lines) == 2, "the manifest, and that of its master"
    assert "c2pa.transcoded" in done.out and "org.labeler.mention" in done.out


def test_json(studio: Studio) -> None:
    (found,) = studio.labeler("inspect", studio.labelled, "--json").objects()
    assert found["schema"] == "labeler.inspection/1"
    assert {"file", "sha256", "bytes", "disclosure", "integrity", "trust", "layers", "found", "labeler"} <= set(found)
    assert found["outline"]["container"] == "mp4" and found["outline"]["seconds"] >= 1.0
    assert [track["kind"] for track in found["outline"]["tracks"]] == ["video", "audio"]
    (manifest,) = found["manifests"]
    assert manifest["is_active"] and manifest["signer"] == "studio"
    (ingredient,) = manifest["ingredients"]
    assert ingredient["relationship"] == "parentOf"
    created = ingredient["manifest"]["actions"][0]
    assert created["action"] == "c2pa.created" and created["source_type"].endswith("trainedAlgorithmicMedia")


def test_a_file_that_discloses_nothing(tmp_path: Path, studio: Studio) -> None:
    clip = make_clip(tmp_path / "plain.mkv", chapters=True, seconds=1)
    done = studio.labeler("inspect", clip)
    assert done.code == 0 and "credentials (absent)" in done.out
    assert "does not prove that a video was made without AI" in done.out
    assert "0.50 s: Two" in done.out and "1 sound: aac · fra" in done.out
