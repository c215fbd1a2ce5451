"""Each clip of the collection, rendered: every picture in its place, the square where it belongs, nothing else lost."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from labeler.errors import SourceUnsupported
from labeler.media.compare import allowed_for, differences
from labeler.media.rendering import Mode
from labeler.media.survey import survey
from tests.barcode import luma_of, numbers_of
from tests.fiddly.catalogue import FILMS
from tests.fiddly.film import Film
from tests.fiddly.rendering import BOX, FROM, GREY, MODES, TO, rendered

EACH = [
    pytest.param(film, id=film.name, marks=() if film.is_quick else pytest.mark.wide)
    for film in FILMS
    if film.refused is None
]
REFUSED = [
    pytest.param(film, id=film.name, marks=() if film.is_quick else pytest.mark.wide)
    for film in FILMS
    if film.refused is not None
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("film", EACH)
def test_pictures_stay_in_their_places_and_nothing_is_lost(film: Film, mode: Mode, tmp_path: Path) -> None:
    source = film.make(tmp_path)
    before = survey(source)
    work = rendered(source, before, tmp_path / f"work{source.suffix}", mode)
    original = numbers_of(source)
    assert tuple(number for _, number in original) == film.shown
    assert numbers_of(work) == original
    assert [str(found) for found in differences(before, survey(work), allowed=allowed_for(before))] == []
    assert squares(work) == set(range(FROM, TO))
    assert squares(source) == set()


@pytest.mark.parametrize("film", REFUSED)
def test_what_cannot_be_kept_is_refused(film: Film, tmp_path: Path) -> None:
    source = film.make(tmp_path)
    with pytest.raises(SourceUnsupported, match=film.refused):
        rendered(source, survey(source), tmp_path / f"work{source.suffix}")


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
