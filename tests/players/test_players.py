"""Other programs play what labeler rendered: every picture in its place, and not a word of complaint."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from labeler.media.survey import survey
from tests.fiddly.catalogue import FILMS
from tests.fiddly.film import Film
from tests.fiddly.rendering import rendered
from tests.players import ffmpeg, gstreamer
from tests.players.chromium import Browser
from tests.players.expected import Showing
from tests.players.table import lacking, players_of

pytestmark = pytest.mark.wide
BY_NAME = {film.name: film for film in FILMS}
CASES = [(film.name, player) for film in FILMS if film.refused is None for player in players_of(film)]
Pair = tuple[Path, Path]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with Browser() as browser:
        yield browser


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Pair]:
    """Of each clip that was asked for, itself and its render, made once."""
    return {"": (tmp_path_factory.mktemp("players"), Path())}


def pair_of(film: Film, made: dict[str, Pair]) -> Pair:
    if film.name not in made:
        source = film.make(made[""][0])
        work = source.with_name(f"work.{film.name}")
        rendered(source, survey(source), work, "auto")
        made[film.name] = source, work
    return made[film.name]


def faults(player: str, path: Path, showing: Showing, request: pytest.FixtureRequest) -> list[str]:
    """What this player does otherwise than it ought to, in its own words or ours; none: all is well."""
    if player == "ffmpeg":
        return ffmpeg.faults(path, showing)
    if player == "chromium":
        browser: Browser = request.getfixturevalue("browser")
        return browser.faults(path, showing, turn_of(path))
    return gstreamer.faults(path, showing, player)


def turn_of(path: Path) -> int:
    picture = survey(path).of_kind("video")[0].picture
    return picture.rotation if picture is not None else 0


def ask(player: str) -> None:
    missing = lacking(player)
    if missing is not None:
        pytest.skip(f"{missing} is not on this machine: nothing was played in it")


@pytest.mark.parametrize(("name", "player"), CASES)
def test_players_show_every_picture(
    name: str, player: str, made: dict[str, Pair], request: pytest.FixtureRequest
) -> None:
    ask(player)
    film = BY_NAME[name]
    source, work = pair_of(film, made)
    showing = Showing.of(source)
    if player in film.fails and faults(player, source, showing, request):
        pytest.skip(f"{player} does not show the source itself: nothing can be learnt from it")
    assert faults(player, work, showing, request) == []


@pytest.mark.parametrize("player", players_of(BY_NAME["h264-plain.mp4"]))
def test_players_see_what_is_wrong(
    player: str, made: dict[str, Pair], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Two pictures that have changed places are seen by each of them, and so is a hole in the bytes."""
    ask(player)
    film = BY_NAME["h264-plain.mp4"]
    source, _ = pair_of(film, made)
    showing = Showing.of(source)
    numbers = list(showing.numbers)
    numbers[50], numbers[51] = numbers[51], numbers[50]
    assert faults(player, source, showing, request) == []
    assert faults(player, source, Showing(showing.times, tuple(numbers)), request) != []
    assert faults(player, holed(source, tmp_path / "holed.mp4", 50), showing, request) != []


def holed(source: Path, path: Path, number: int) -> Path:
    """The clip with the bytes of one packet lost."""
    with av.open(str(source)) as container:
        packet = [packet for packet in container.demux(video=0) if packet.size][number]
    data = bytearray(source.read_bytes())
    assert packet.pos is not None
    data[packet.pos + 8 : packet.pos + packet.size] = bytes(packet.size - 8)
    path.write_bytes(data)
    return path
