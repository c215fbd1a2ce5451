"""Which presets a file meets: pictures are decoded once for all of them, and the answer stays the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from labeler import verify
from labeler.cli.verdicts import tell_verdict
from labeler.media.picture import Picture, PictureFormat
from labeler.presets_met import KeptFrames
from labeler.rules.preset import MentionRules
from labeler.rules.presets import load_preset
from tests.layers.mention_clips import make, planned, rules, shape

FORMAT = PictureFormat(8, 8, 8, (2, 2), "bt601", full_range=False, rotation=0, sar=Fraction(1))
SIZE = 64 + 2 * 16
"""Bytes of such a picture."""


class Fake:
    """Frames of a second each, of which number 3 does not decode. asked: the numbers of each batch."""

    format = FORMAT
    duration = Fraction(10)
    keyframes = ()
    frame_count = 10

    def __init__(self) -> None:
        self.asked: list[list[int]] = []

    def time_of(self, index: int) -> Fraction:
        return Fraction(index)

    def index_at(self, seconds: Fraction) -> int:
        return int(seconds)

    def pictures(self, times: Iterable[Fraction]) -> Iterator[Picture]:
        indexes = [int(seconds) for seconds in times]
        self.asked.append(indexes)
        planes = np.zeros((8, 8), np.uint8), np.zeros((4, 4), np.uint8), np.zeros((4, 4), np.uint8)
        return (Picture(planes, FORMAT, Fraction(one), one, is_keyframe=False) for one in indexes if one != 3)


def seen(kept: KeptFrames, *indexes: int) -> list[int]:
    return [picture.index for picture in kept.pictures(map(Fraction, indexes))]


def test_what_was_decoded_is_not_decoded_again() -> None:
    fake = Fake()
    kept = KeptFrames(fake, 100 * SIZE)
    assert seen(kept, 5, 1, 1, 3) == [1, 1, 5]
    assert seen(kept, 4, 1, 5, 6) == [1, 4, 5, 6]
    assert fake.asked == [[1, 3, 5], [4, 6]]


def test_no_more_is_kept_than_there_is_room_for() -> None:
    """What was used longest ago goes first, and never what is asked for at the same time."""
    fake = Fake()
    kept = KeptFrames(fake, 3 * SIZE)
    assert seen(kept, 0, 1, 2) == [0, 1, 2] and seen(kept, 0) == [0] and seen(kept, 4) == [4]
    assert set(kept.kept) == {0, 2, 4} and kept.held == 3 * SIZE
    assert seen(kept, 5, 6, 7, 8, 9) == [5, 6, 7, 8, 9]
    assert set(kept.kept) == {5, 6, 7}
    assert seen(KeptFrames(fake, 0), 1, 2) == [1, 2]


def test_a_batch_that_is_dropped_leaves_no_hole() -> None:
    kept = KeptFrames(Fake(), 100 * SIZE)
    next(iter(kept.pictures(map(Fraction, (1, 2, 4)))))
    assert seen(kept, 1, 2, 4) == [1, 2, 4]


WIDE, TALL = shape(960, 540), shape(540, 960)
CLIPS: dict[str, tuple[PictureFormat, str | MentionRules, str]] = {
    "in its place": (WIDE, "eu-standard", "fr"),
    "in another corner": (WIDE, "fr-tv-ad", "fr"),
    "off every place": (WIDE, rules(anchor="bottom-right", keep_out=(1, 1, 1, 1)), "fr"),
    "off every place, in English": (WIDE, rules(keep_out=(1, 1, 1, 1)), "en"),
    "upright": (TALL, "vertical-universal", "fr"),
}
EXPECTED: dict[str, dict[str, set[str]]] = {
    "in its place": {
        "cn-gb45438": {"mention.presence"},
        "eu-generated": {"mention.second_reading", "mention.wording"},
        "eu-modified": {"mention.presence"},
        "eu-standard": set(),
        "fr-tv-ad": {"mention.placement"},
        "vertical-universal": {"mention.placement"},
        "youtube-16x9": {"mention.placement", "mention.size", "mention.wording"},
    },
    "in another corner": {
        "cn-gb45438": {"mention.presence"},
        "eu-generated": {"mention.presence"},
        "eu-modified": {"mention.presence"},
        "eu-standard": {"mention.placement", "mention.wording"},
        "fr-tv-ad": set(),
        "vertical-universal": {"mention.placement"},
        "youtube-16x9": {"mention.placement", "mention.size", "mention.wording"},
    },
    "off every place": {
        "cn-gb45438": {"mention.presence"},
        "eu-generated": {"mention.presence"},
        "eu-modified": {"mention.presence"},
        "eu-standard": {"mention.placement"},
        "fr-tv-ad": {"mention.placement"},
        "vertical-universal": {"mention.placement"},
        "youtube-16x9": {"mention.placement", "mention.size", "mention.wording"},
    },
    "off every place, in English": {
        "cn-gb45438": {"mention.presence"},
        "eu-generated": {"mention.presence"},
        "eu-modified": {"mention.presence"},
        "eu-standard": {"mention.placement"},
        "fr-tv-ad": {"mention.placement"},
        "vertical-universal": {"mention.placement"},
        "youtube-16x9": {"mention.placement", "mention.size", "mention.wording"},
    },
    "upright": {
        "cn-gb45438": {"mention.presence"},
        "eu-generated": {"mention.presence"},
        "eu-modified": {"mention.presence"},
        "eu-standard": {"mention.presence"},
        "fr-tv-ad": {"mention.placement"},
        "vertical-universal": set(),
        "youtube-16x9": {"mention.placement"},
    },
}
"""Where a preset has no layout for the shape: `mention.placement`, which was told as `mention` then."""


@pytest.mark.wide
@pytest.mark.parametrize("name", CLIPS)
def test_the_same_answers_as_before(name: str, tmp_path: Path) -> None:
    """What stood in the way of the mention before presets shared pictures, written down then."""
    format, given, language = CLIPS[name]
    asked = load_preset(given).preset.mention if isinstance(given, str) else given
    path = make(tmp_path / "clip.mp4", (planned(format, asked, language=language),), format)
    met = verify(path).meets
    found = {id: {one for one in reasons if one.startswith("mention")} for id, reasons in met.items()}
    assert found == EXPECTED[name]


def with_noise(clip: Path, target: Path) -> Path:
    """The clip, and a second video track whose packets are noise: it is there, and no picture of it decodes."""
    with av.open(str(clip)) as source, av.open(str(target), "w") as file:
        stream, noise = source.streams.video[0], av.Packet
        film, second = file.add_stream_from_template(stream), file.add_stream_from_template(stream)
        for packet in source.demux(stream):
            if packet.dts is None:
                continue
            other = noise(np.random.default_rng(packet.pts).bytes(200))
            other.pts, other.dts, other.time_base, other.stream = packet.pts, packet.dts, packet.time_base, second
            packet.stream = film
            file.mux([packet, other])
    return target


@pytest.fixture(scope="module")
def half_read(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("half read")
    clip = make(folder / "clip.mp4", (planned(WIDE, load_preset("eu-standard").preset.mention),), WIDE)
    return with_noise(clip, folder / "two.mkv")


def test_a_track_that_cannot_be_read_is_no_presets_secret(half_read: Path) -> None:
    """What is in the way is told of every preset, as where it is asked for; and why, once."""
    verdict = verify(half_read)
    assert verdict.meets.keys() >= {"eu-standard", "fr-tv-ad"} and all(verdict.meets.values())
    for preset in ("eu-standard", "fr-tv-ad"):
        asked = verify(half_read, preset=preset)
        assert verdict.meets[preset] == asked.meets[preset] and asked.outcome == "fail"
    assert {one for one in verdict.meets["eu-standard"] if one.startswith("mention")} == {"mention.placement"}
    (check,) = [check for check in verdict.checks if check.layer == "mention"]
    assert (check.id, check.track, check.status, check.mandatory) == ("mention.placement", 1, "not_checked", False)
    assert "No frame of" in check.message and verdict.layers["mention"] == "pass"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("? mention.placement: Track 1 could not be read", "not judged in full by lax: mention.placement")),
        ("fr", ("? mention.placement: La piste 1 n'a pas pu être lue", "pas jugé en entier selon lax : mention.place")),
    ],
)
def test_people_are_told_why_it_was_not_judged(
    language: str,
    words: tuple[str, ...],
    half_read: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Where nothing else is in the way, a preset is not said to be missed: the file was not judged in full by it."""
    monkeypatch.setenv("LABELER_LANG", language)
    verdict = verify(half_read)
    tell_verdict(verdict.model_copy(update={"meets": {"lax": ("mention.placement",), **verdict.meets}}))
    told = capsys.readouterr().err
    for one in words:
        assert one in told, told
