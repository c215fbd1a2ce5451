"""Each clip of the collection, rendered: every picture in its place, the square where it belongs, nothing else lost."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from labeler.errors import SourceUnsupported
from labeler.media.compare import allowed_for, differences
from labeler.media.rendering import Mode, Rendering
from labeler.media.survey import survey
from tests.barcode import luma_of, numbers_of
from tests.fiddly.catalogue import FILMS
from tests.fiddly.film import FRAMES, Film
from tests.fiddly.rendering import BOX, FROM, GREY, MODES, TO, rendered


def cases(*, are_refused: bool) -> list[object]:
    chosen = [film for film in FILMS if (film.refused is not None) == are_refused]
    return [pytest.param(film, id=film.name, marks=() if film.is_quick else pytest.mark.wide) for film in chosen]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("film", cases(are_refused=False))
def test_pictures_stay_in_their_places_and_nothing_is_lost(film: Film, mode: Mode, tmp_path: Path) -> None:
    source = film.make(tmp_path)
    before = survey(source)
    work = tmp_path / f"work{source.suffix}"
    rendering = rendered(source, before, work, mode)
    original = numbers_of(source)
    assert tuple(number for _, number in original) == film.shown
    assert numbers_of(work) == original
    assert [str(found) for found in differences(before, survey(work), allowed=allowed_for(rendering))] == []
    assert squares(work) == set(range(FROM, TO))
    assert squares(source) == set()
    if mode == "auto":
        assert_as_told(film, rendering)
    assert_others_are_the_same(source, work, rendering)


def assert_as_told(film: Film, rendering: Rendering) -> None:
    codes = [reason.code for reason in rendering.declined if reason.way == "smart"]
    declined = [code for code in codes if not code.startswith("container.")]
    expected = ("smart", []) if film.declined is None else ("full", [film.declined])
    assert (rendering.way, declined) == expected
    if rendering.way == "smart":
        assert TO - FROM <= rendering.frames < FRAMES / 2


def assert_others_are_the_same(source: Path, work: Path, rendering: Rendering) -> None:
    """Every packet that is not called new is the source's, in its old place."""
    old, new = packets_of(source), packets_of(work)
    assert len(old) == len(new) == rendering.total
    assert [at for at in range(len(old)) if old[at] != new[at] and not rendering.is_renewed(at)] == []


def packets_of(path: Path) -> list[bytes]:
    """Those of the video in order of decoding, those too that an edit list hides."""
    with av.open(str(path), options={"ignore_editlist": "1"}) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


@pytest.mark.parametrize("film", cases(are_refused=True))
def test_what_cannot_be_kept_is_refused(film: Film, tmp_path: Path) -> None:
    source = film.make(tmp_path)
    with pytest.raises(SourceUnsupported, match=film.refused):
        rendered(source, survey(source), tmp_path / f"work{source.suffix}", "auto")


def squares(path: Path) -> set[int]:
    """The places (from the first shown picture) of the pictures that hold the square, and nothing else in its box."""
    x, y, width, height = BOX
    found = set()
    with av.open(str(path)) as container:
        for place, frame in enumerate(container.decode(video=0)):
            luma = luma_of(frame)[y + 8 : y + height - 8, x + 8 : x + width - 8]
            codes = luma / (1 << frame.format.components[0].bits - 8)
            if abs(codes.mean() - GREY) < 3 and codes.std() < 4:
                found.add(place)
    return found
