"""A full render in segments: the pictures and times of one piece, and one piece where they do not join."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from labeler.media import segments
from labeler.media.changes import Changes
from labeler.media.compare import ALLOWED_BY_RENDER, compare
from labeler.media.encoders.task import Quality
from labeler.media.frames import FrameReader
from labeler.media.inventory import Inventory
from labeler.media.job import Job
from labeler.media.mp4 import graft, tables
from labeler.media.picture import Picture
from labeler.media.quality import QualityMeter
from labeler.media.render import render
from labeler.media.rendering import Rendering, Run
from labeler.media.segment import Segment
from labeler.media.survey import survey
from labeler.media.ways.replacing import track_id_of
from labeler.media.ways.segmented import one_after_the_other
from labeler.media.ways.wording import how
from labeler.verdict import Status
from tests import barcode
from tests.clips import make_clip, with_caption
from tests.media.test_pictures import INTERLACED, flagging

TRIES = 4
THIRDS = (Run(start=0, stop=40), Run(start=40, stop=80), Run(start=80, stop=120))
BOX = (32, 48, 64, 24)
SIZE = (192, 112)
EVEN: Callable[[int], int] = lambda number: number * 512  # noqa: E731
UNEVEN: Callable[[int], int] = lambda number: number * 512 + number % 4 * 96  # noqa: E731


def paint(picture: Picture) -> None:
    """A square whose grey is the frame's number."""
    x, y, width, height = BOX
    picture.planes[0][y : y + height, x : x + width] = (40 + picture.index) << (picture.format.bits - 8)


def film(
    path: Path,
    *,
    count: int = 120,
    every: int = 20,
    keys: Sequence[int] | None = None,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    params: str = "",
    captions: bool = False,
    fields: str | None = None,
    time: Callable[[int], int] = EVEN,
) -> Path:
    """Barcodes at 25 a second (or at `time`, in ticks of 1/12800 s), a closed group for every so many."""
    starts = set(range(0, count, every) if keys is None else keys)
    with av.open(str(path), "w", options={"video_track_timescale": "12800"}) as container:
        video = container.add_stream(codec, rate=25)
        video.width, video.height, video.pix_fmt = *SIZE, pixel_format
        video.time_base = video.codec_context.time_base = Fraction(1, 12800)
        usual = {"crf": "12", "preset": "veryfast", "bf": "2", "forced-idr": "1"}
        kind, never = ("x264-params", "infinite") if codec == "libx264" else ("x265-params", "-1")
        video.options = usual | {kind: ":".join(filter(None, (params, f"keyint={never}:scenecut=0:log-level=none")))}
        if fields is not None:
            video.codec_context.flags |= INTERLACED
        graph = flagging(video, fields) if fields else None
        for number in range(count):
            frame = barcode.frame(number, *SIZE, pixel_format)
            frame.pts, frame.time_base = time(number), Fraction(1, 12800)
            frame.pict_type = av.video.frame.PictureType.I if number in starts else av.video.frame.PictureType.NONE
            if graph is not None:
                graph.push(frame)
                frame = graph.pull()
            container.mux([with_caption(one) if captions else one for one in video.encode(frame)])
        container.mux([with_caption(one) if captions else one for one in video.encode()])
    return path


def planned(source: Path) -> tuple[Job, int]:
    inventory = survey(source)
    (track,) = inventory.of_kind("video")
    job = Job.planned(source, inventory, track, Changes(()), "full")
    return job, track_id_of(job)


def cut(source: Path, wanted: int) -> tuple[Run, ...]:
    job, track_id = planned(source)
    return segments.cuts(job, track_id, wanted)


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of ten seconds these tests would have to make films that are longer."""
    monkeypatch.setattr(segments, "LEAST", Fraction(1))


def rendered(source: Path, work: Path, runs: Sequence[Run], **options: Any) -> Rendering:
    given = {"paint": paint, "container_tags": {}, "threads": 1, "quality": Quality(preset="veryfast"), "mode": "full"}
    return render(source, work, survey(source), segments=runs, **(given | options))


def rendered_apart(source: Path, renders: Sequence[tuple[Path, Sequence[Run]]], **options: Any) -> list[Rendering]:
    """The same in a process of its own that gets its memory zeroed (glibc). x264 reads memory that it has not written:
    packets of the same pictures differ, once in some ten renders, by what their process has done before (measured)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MALLOC_PERTURB_", "255")
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as apart:
            return [apart.submit(_rendered, source, *one, options).result() for one in renders]


def _rendered(source: Path, work: Path, runs: Sequence[Run], options: dict[str, Any]) -> Rendering:
    segments.LEAST = Fraction(1)  # no fixture gets here
    return rendered(source, work, runs, **options)


def samples(path: Path) -> tables.Samples:
    return graft.examine(path, 1).samples


# --- where it is cut ------------------------------------------------------------------------------------------------


def starts(runs: Sequence[Run]) -> list[int]:
    return [run.start for run in runs]


def test_at_the_keys_nearest_to_equal_parts(tmp_path: Path) -> None:
    source = film(tmp_path / "film.mp4")
    assert cut(source, 3) == THIRDS
    assert starts(cut(source, 2)) == [0, 60]
    assert cut(source, 1) == ()


def test_no_segment_is_shorter_than_the_least(tmp_path: Path) -> None:
    source = film(tmp_path / "film.mp4")
    assert all(run.stop - run.start >= 25 for run in cut(source, 100))
    assert len(cut(source, 100)) == 3  # of 40 pictures: 20 would be less than a second


def test_ten_seconds_are_the_least(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert segments.LEAST == 10
    assert cut(film(tmp_path / "film.mp4"), 3) == ()


def test_only_between_closed_groups(tmp_path: Path) -> None:
    opened = film(tmp_path / "open.mp4", params="open-gop=1")
    assert starts(cut(opened, 3)) == [0, 40, 80], "forced keys are IDRs"
    options = {"x264-params": "open-gop=1:keyint=20:min-keyint=20:scenecut=0:log-level=none"}
    recovers = make_clip(tmp_path / "recovers.mp4", width=192, height=112, seconds=5, sound=False, options=options)
    assert cut(recovers, 3) == ()


@pytest.mark.wide
def test_not_where_a_key_leads_pictures_that_lean_on_what_was_before(tmp_path: Path) -> None:
    leads = {"x265-params": "keyint=20:min-keyint=20:open-gop=1:bframes=4:scenecut=0:log-level=none", "preset": "fast"}
    hevc = make_clip(
        tmp_path / "hevc.mp4", width=192, height=112, seconds=5, sound=False, codec="libx265", options=leads
    )
    assert cut(hevc, 3) == ()


def test_not_right_behind_a_key(tmp_path: Path) -> None:
    """Two IDRs that follow each other must have different numbers, and two encoders do not agree on them."""
    source = film(tmp_path / "film.mp4", keys=(0, 39, 40, 70, 80))
    assert starts(cut(source, 3)) == [0, 39, 80]


def test_other_codecs_stay_whole(tmp_path: Path) -> None:
    source = make_clip(
        tmp_path / "film.mp4", width=192, height=112, seconds=5, sound=False, codec="mpeg4", options={"bf": "0"}
    )
    assert cut(source, 3) == ()


# --- what comes out -------------------------------------------------------------------------------------------------

KINDS: dict[str, dict[str, Any]] = {
    "h264": {"captions": True},
    "h264-uneven": {"time": UNEVEN},
    "h264-interlaced": {"params": "tff=1", "fields": "tff"},
    "h264-deep": {"params": "bframes=5:b-pyramid=normal", "pixel_format": "yuv422p10le"},
    "hevc": {"codec": "libx265"},
    "hevc-hdr": {
        "codec": "libx265",
        "pixel_format": "yuv420p10le",
        "params": "colorprim=9:transfer=16:colormatrix=9:max-cll=1000,400:hdr10=1:"
        "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)",
    },
}


WIDE = {"hevc", "hevc-hdr"}
"""x265 starts slowly."""


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=[pytest.mark.wide] if name in WIDE else []) for name in sorted(KINDS)],
)
def three(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """A source, and what is made of it whole and in three segments."""
    folder = tmp_path_factory.mktemp("segments")
    source = film(folder / "film.mp4", **KINDS[request.param])
    whole, split = folder / "whole.mp4", folder / "split.mp4"
    alone, told = rendered_apart(source, [(whole, ()), (split, THIRDS)])
    assert alone.segments == ()
    assert (told.way, told.segments, told.keeps_boxes) == ("full", THIRDS, True)
    assert told.declined == ()
    assert sorted(path.name for path in folder.iterdir()) == ["film.mp4", "split.mp4", "whole.mp4"]
    return source, whole, split


def test_every_picture_is_there_once_at_its_time(three: tuple[Path, Path, Path]) -> None:
    source, _, split = three
    assert barcode.numbers_of(split) == barcode.numbers_of(source)
    assert [number for _, number in barcode.numbers_of(split)] == list(range(120))


def test_it_decodes_across_the_joins_and_is_painted_as_it_would_be(three: tuple[Path, Path, Path]) -> None:
    x, y, width, height = BOX
    with FrameReader(three[2], 0) as reader:
        for number, picture in enumerate(reader.pictures_at(range(120))):
            inside = picture.planes[0][y + 4 : y + height - 4, x + 4 : x + width - 4] >> (picture.format.bits - 8)
            assert abs(float(inside.mean()) - (40 + number)) < 2
        assert number == 119 and reader.faults == []


def test_seeking_to_each_side_of_a_join_gives_the_picture(three: tuple[Path, Path, Path]) -> None:
    with FrameReader(three[2], 0) as reader:
        for at in (79, 40, 39, 80, 41):
            (picture,) = reader.pictures_at([at])
            assert barcode.number_in(picture.planes[0]) == at
        assert reader.faults == []


def test_the_inventory_is_that_of_the_source(three: tuple[Path, Path, Path]) -> None:
    source, whole, split = three
    for made in (whole, split):
        checks = compare(survey(source), survey(made), allowed=ALLOWED_BY_RENDER)
        assert [check.message for check in checks if check.status is not Status.PASS] == []


def test_times_keys_and_parameter_sets_are_those_of_one_piece(three: tuple[Path, Path, Path]) -> None:
    _, whole, split = three
    one, many = samples(whole), samples(split)
    assert np.array_equal(one.dts, many.dts) and np.array_equal(np.sort(one.pts), np.sort(many.pts))
    assert (many.composition >= 0).all() and (np.diff(many.dts) > 0).all()
    assert setup_of(whole) == setup_of(split)
    keys = [tables.read_sync(graft.examine(path, 1).trak.need(*graft.STABLE), 120) for path in (whole, split)]
    assert np.array_equal(*keys)


def test_the_first_packet_is_that_of_one_piece(three: tuple[Path, Path, Path], tmp_path: Path) -> None:
    """How far others are from it, docs/rendering.md says: an encoder looks ahead, and remembers."""
    source, whole, split = three

    def is_alike(folder: Path) -> bool:
        rendered_apart(source, [(folder / "whole.mp4", ()), (folder / "split.mp4", THIRDS)])
        return packets(folder / "split.mp4")[0] == packets(folder / "whole.mp4")[0]

    assert packets(split)[0] == packets(whole)[0] or in_one_try(is_alike, tmp_path)


@pytest.mark.wide
def test_away_from_a_cut_everything_is_as_in_one_piece(tmp_path: Path) -> None:
    """As far as the encoder looks ahead, and until a keyframe after its rate control has settled, pictures differ. Then
    packets are the same but for one bit in their last byte, which x264 takes from its own count of pictures."""
    source, runs = film(tmp_path / "film.mp4", count=240), (Run(start=0, stop=80), Run(start=80, stop=240))

    def is_alike(folder: Path) -> bool:
        whole, split = folder / "whole.mp4", folder / "split.mp4"
        told = rendered_apart(source, [(whole, ()), (split, runs)], paint=paint_again)
        assert [rendering.segments for rendering in told] == [(), runs]
        one, many = packets(whole), packets(split)
        assert len(one) == len(many) == 240
        assert one[80:100] != many[80:100], "nothing was cut: this shows nothing"
        before, after = decoded(whole), decoded(split)
        return (
            one[:68] == many[:68]
            and [packet[:-1] for packet in one[160:]] == [packet[:-1] for packet in many[160:]]
            and np.array_equal(before[:68], after[:68])
            and np.array_equal(before[160:], after[160:])
        )

    assert in_one_try(is_alike, tmp_path)


def in_one_try(is_alike: Callable[[Path], bool], folder: Path) -> bool:
    """Whether it is so in one of a few tries, each in a folder of its own: two renders of the same pictures by x264
    still differ once in some hundred tries on a busy machine, zeroed memory or not (measured)."""
    for number in range(TRIES):
        (folder / f"try{number}").mkdir()
        if is_alike(folder / f"try{number}"):
            return True
    return False


def paint_again(picture: Picture) -> None:
    x, y, width, height = BOX
    picture.planes[0][y : y + height, x : x + width] = 40 + picture.index % 100


def decoded(path: Path) -> np.ndarray[Any, np.dtype[np.uint8]]:
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray() for frame in container.decode(video=0)])


def test_pictures_are_as_good_as_in_one_piece(three: tuple[Path, Path, Path]) -> None:
    one, many = (worst(three[0], made) for made in three[1:])
    assert many >= one - 1.0


def setup_of(path: Path) -> bytes:
    with av.open(str(path)) as container:
        return bytes(container.streams.video[0].codec_context.extradata or b"")


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def worst(source: Path, made: Path) -> float:
    with FrameReader(source, 0) as original, FrameReader(made, 0) as reader:
        meter = QualityMeter(original, (BOX,))
        reader.on_picture = meter.see
        list(reader.pictures_at(range(120)))
        return float(meter.check().measured["min"])


# --- segments that do not join --------------------------------------------------------------------------------------

RUNS = (Run(start=0, stop=60), Run(start=60, stop=120))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Inventory]:
    source = film(tmp_path_factory.mktemp("plain") / "film.mp4")
    return source, survey(source)


Spoil = Callable[[Job, list[Segment]], list[Segment]]


def missing(_: Job, made: list[Segment]) -> list[Segment]:
    made[1].path.unlink()
    return made


def one_less(_: Job, made: list[Segment]) -> list[Segment]:
    return made[:1]


def truncated(_: Job, made: list[Segment]) -> list[Segment]:
    data = made[1].path.read_bytes()
    made[1].path.write_bytes(data[: len(data) // 2])
    return made


def short_of_media(_: Job, made: list[Segment]) -> list[Segment]:
    """The tables are whole, and name bytes that are not there."""
    data = bytearray(made[1].path.read_bytes())
    at = data.index(b"stco") + 12
    data[at : at + 4] = (len(data)).to_bytes(4, "big")
    made[1].path.write_bytes(data)
    return made


def other_sets(job: Job, made: list[Segment]) -> list[Segment]:
    """Another machine's encoder, that is set otherwise."""
    other = replace(job, quality=Quality(preset="ultrafast"))
    (second,) = one_after_the_other(other, track_id_of(job), RUNS[1:], made[1].path.parent / "less")
    return [made[0], second]


def swapped(_: Job, made: list[Segment]) -> list[Segment]:
    first, second = made
    return [replace(first, path=second.path, times=second.times), replace(second, path=first.path, times=first.times)]


def one_picture_less(job: Job, made: list[Segment]) -> list[Segment]:
    (less,) = one_after_the_other(job, track_id_of(job), (Run(start=60, stop=119),), made[1].path.parent / "less")
    return [made[0], replace(less, run=RUNS[1])]


def other_keys(_: Job, made: list[Segment]) -> list[Segment]:
    return [made[0], replace(made[1], keys=(0, 3))]


SPOILT: dict[str, tuple[Spoil, str]] = {
    "missing": (missing, "segments.missing 1"),
    "one-less": (one_less, "segments.missing 1/2"),
    "truncated": (truncated, "segments.cut_off 1"),
    "short-of-media": (short_of_media, "segments.cut_off 1"),
    "other-sets": (other_sets, "segments.parameters 1"),
    "swapped": (swapped, "segments.times 0"),
    "one-picture-less": (one_picture_less, "segments.times 1"),
    "other-keys": (other_keys, "segments.keys 1"),
}


@pytest.mark.parametrize("name", sorted(SPOILT))
def test_what_does_not_join_is_told_and_rendered_in_one_piece(
    name: str, plain: tuple[Path, Inventory], tmp_path: Path
) -> None:
    spoil, code = SPOILT[name]
    source, inventory = plain
    (track,) = inventory.of_kind("video")
    job = Job(source, inventory, track, paint, lambda *_: None, 1, Quality(preset="veryfast"))

    def carry(runs: Sequence[Run], folder: Path) -> list[Segment]:
        (folder / "less").mkdir()
        return spoil(job, one_after_the_other(job, track_id_of(job), runs, folder))

    work = tmp_path / "work.mp4"
    told = rendered(source, work, RUNS, carry=carry)
    assert [str(one) for one in told.declined] == [f"full: {code}"]
    assert code.split()[0] not in how(told), "people are told in words"
    assert (told.way, told.segments) == ("full", ())
    assert [number for _, number in barcode.numbers_of(work)] == list(range(120))
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["work.mp4"]


@pytest.mark.parametrize(
    "runs",
    [
        (Run(start=0, stop=60), Run(start=61, stop=120)),
        (Run(start=0, stop=60), Run(start=60, stop=121)),
        (Run(start=0, stop=61), Run(start=61, stop=120)),
        (Run(start=60, stop=120), Run(start=0, stop=60)),
        (Run(start=0, stop=0), Run(start=0, stop=120)),
    ],
)
def test_runs_that_are_none_of_the_source_are_told(
    runs: tuple[Run, ...], plain: tuple[Path, Inventory], tmp_path: Path
) -> None:
    told = rendered(plain[0], tmp_path / "work.mp4", runs)
    assert (told.segments, [one.code for one in told.declined]) == ((), ["segments.runs"])
    assert "the plan's segments are none of this source" in how(told)


def test_progress_rises_to_one(plain: tuple[Path, Inventory], tmp_path: Path) -> None:
    shares: list[float] = []
    rendered(plain[0], tmp_path / "work.mp4", RUNS, progress=lambda phase, share: shares.append(share))
    assert shares == sorted(shares) and len(shares) >= 100 and shares[-1] == 1.0
