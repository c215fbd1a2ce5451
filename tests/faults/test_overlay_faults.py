"""Sabotage of an overlay image, alone and beside a text: changed by ffmpeg, and sealed again."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image

from labeler.layers.mention import typeset
from tests.faults.harness import Good, assert_caught, hand_to_gate
from tests.faults.test_media_faults import again
from tests.faults.test_mention_faults import MENTION, box_of, replaced
from tests.overlays import EDGE, icon, other_icon

RELATED = (*MENTION, "media.captions", "media.quality")


def place_of(good: Good) -> tuple[int, int, int, int]:
    """The image's place in the frame."""
    plan = good.order.item.mention[0]
    x, y, width, height = typeset.draw(plan, Fraction(1)).overlay or (0, 0, 0, 0)
    return plan.box[0] + x, plan.box[1] + y, width, height


def cover(good: Good, share: float, when: str) -> str:
    x, y, w, h = place_of(good)
    return f"drawbox=x={x}:y={y}:w={round(w * share)}:h={h}:color=0x404040:t=fill:enable='{when}'"


def laid(good: Good, folder: Path, image: Image.Image) -> Path:
    """Another picture, opaque, laid over the image by ffmpeg."""
    x, y, w, h = place_of(good)
    image.crop((EDGE, EDGE, EDGE + 400, EDGE + 400)).convert("RGB").resize((w, h), Image.Resampling.LANCZOS).save(
        folder / "other.png"
    )
    return again(good, folder, f"movie={folder / 'other.png'}[m];[in][m]overlay={x}:{y}[out]")


FAULTS: dict[str, tuple[float, str]] = {
    # gone for an interval
    "mention.presence": (1.0, "between(t,1,2)"),
    # late by five frames
    "mention.timing": (1.0, "lt(n,5)"),
    # covered by half
    "mention.wording": (0.5, "1"),
    # seen for one second only, of four
    "mention.reading_time": (1.0, "gte(t,1)"),
}


@pytest.mark.parametrize("id", sorted(FAULTS))
def test_cover_of_an_image_is_caught(id: str, good_icon: Good, tmp_path: Path) -> None:
    candidate = again(good_icon, tmp_path, cover(good_icon, *FAULTS[id]))
    related = tuple(other for other in RELATED if other != id)
    assert_caught(good_icon, hand_to_gate(good_icon, candidate, tmp_path), tmp_path, id, related=related)


OTHERS = {
    # one letter of two is another: it is the image, altered
    "mention.wording": icon("AL"),
    # no likeness at all: the image is not there
    "mention.presence": other_icon(),
}


@pytest.mark.parametrize("id", sorted(OTHERS))
def test_another_picture_in_its_place_is_caught(id: str, good_icon: Good, tmp_path: Path) -> None:
    result = hand_to_gate(good_icon, laid(good_icon, tmp_path, OTHERS[id]), tmp_path)
    assert_caught(good_icon, result, tmp_path, id, related=RELATED)
    assert result.verdict is not None and result.verdict.disclosure == "partial"


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_image_covered_beside_its_text_is_caught(share: float, good_beside: Good, tmp_path: Path) -> None:
    candidate = again(good_beside, tmp_path, cover(good_beside, share, "1"))
    result = hand_to_gate(good_beside, candidate, tmp_path)
    assert_caught(good_beside, result, tmp_path, "mention.wording", related=RELATED)


def test_another_picture_beside_the_text_is_caught(good_beside: Good, tmp_path: Path) -> None:
    candidate = laid(good_beside, tmp_path, other_icon())
    result = hand_to_gate(good_beside, candidate, tmp_path)
    assert_caught(good_beside, result, tmp_path, "mention.wording", related=RELATED)


def test_small_image_is_caught(good_icon: Good, tmp_path: Path) -> None:
    x, y, w, h = box_of(good_icon)
    scale = f"scale={w * 8 // 10 // 2 * 2}:{h * 8 // 10 // 2 * 2}"
    candidate = replaced(good_icon, tmp_path, scale, f"{x + w // 10}:{y + h // 10}")
    assert_caught(good_icon, hand_to_gate(good_icon, candidate, tmp_path), tmp_path, "mention.size", related=RELATED)


def test_faint_image_is_caught(good_icon: Good, tmp_path: Path) -> None:
    x, y, _, _ = box_of(good_icon)
    candidate = replaced(good_icon, tmp_path, "lutyuv=y='90+val/5'", f"{x}:{y}")
    result = hand_to_gate(good_icon, candidate, tmp_path)
    assert_caught(good_icon, result, tmp_path, "mention.contrast", related=("media.captions",))


def test_image_out_of_its_place_is_caught(good_icon: Good, tmp_path: Path) -> None:
    x, y, _, _ = box_of(good_icon)
    candidate = replaced(good_icon, tmp_path, "null", f"{x + 20}:{y - 12}")
    assert_caught(
        good_icon, hand_to_gate(good_icon, candidate, tmp_path), tmp_path, "mention.placement", related=RELATED
    )
