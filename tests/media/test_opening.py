"""An edit list that begins between two pictures: the rest of the first one is shown, and carries the mention."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from labeler import label
from labeler.layers.credentials import identity
from labeler.media.frames import FrameReader
from labeler.media.opening import Opening, opening
from labeler.media.packets import ALL_PACKETS
from labeler.media.rendering import Mode
from tests.hostile.atoms import full, replaced
from tests.media.moving import moving_clip

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
FIRST, PICTURE = 1024, 512


@pytest.mark.parametrize(
    ("start", "found"),
    [
        (0, Opening(0)),
        (512, Opening(512)),
        (513, Opening(1024, 512)),
        (800, Opening(1024, 512)),
        (1024, Opening(1024)),
        (-7, Opening(-7)),
        (1500, Opening(1500)),
    ],
)
def test_what_is_shown_first(start: int, found: Opening) -> None:
    assert opening(np.array([0, 1024, 512]), start) == found


@pytest.mark.parametrize("mode", ["auto", pytest.param("full", marks=pytest.mark.wide)])
def test_it_carries_the_mention(mode: Mode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    identity.create("studio", home=tmp_path / "home", now=NOW)
    monkeypatch.setenv("LABELER_HOME", str(tmp_path / "home"))
    source = moving_clip(tmp_path / "film.mp4", seconds=8)
    entry = struct.pack(">IIihh", 1, 7180, FIRST + 20 * PICTURE + PICTURE // 2, 1, 0)
    source.write_bytes(replaced(source.read_bytes(), "moov/trak/edts/elst", lambda old: full(b"elst", entry)))
    (result,) = label(
        source, involvement="generated", output=f"{tmp_path}/out/", program_out="3.5", render=mode, now=lambda: NOW
    )
    assert result.status == "released", result.problems
    assert result.verdict is not None and result.verdict.rendered is not None
    assert result.verdict.rendered.way == ("smart" if mode == "auto" else "full")
    changed = changes(source, tmp_path / "out" / "film.eu-standard.mp4")
    assert changed == set(range(20, 21 + 88)), "the rest of picture 20, then 3.5 s"


def changes(source: Path, output: Path) -> set[int]:
    """The pictures, hidden ones too, that are not what they were where the mention stands."""
    found = set()
    with (
        FrameReader(source, 0, options=ALL_PACKETS) as before,
        FrameReader(output, 0, options=ALL_PACKETS) as after,
    ):
        pairs = zip(before.pictures_at(range(200)), after.pictures_at(range(200)), strict=True)
        for old, new in pairs:
            corner = [one.planes[0][20:64, 144:608].astype(int) for one in (old, new)]
            if abs(corner[0] - corner[1]).mean() > 20:
                found.add(old.index)
    return found
