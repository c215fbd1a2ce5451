"""`--program-in`, `--program-out`: the mention stands on the programme alone, and a verdict says what it leaves out."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from labeler import label, verify
from labeler.errors import UsageError
from labeler.layers.credentials import identity as identities
from labeler.layers.mention import matching
from labeler.media.frames import FrameReader
from labeler.release import record_path
from labeler.rules.plan import MentionPlan
from labeler.rules.record import Record, Result
from labeler.verdict import Check, Verdict
from tests.pipeline.programme_clips import BARS, BLACK, make_delivery

NTSC = Fraction(30000, 1001)
SECONDS = 4


@dataclass(frozen=True)
class Delivery:
    """One clip before and after; the numbers of the programme's first frame, and of the first after it."""

    source: Path
    output: Path
    first: int
    after: int
    result: Result

    @property
    def plan(self) -> MentionPlan:
        record = Record.model_validate_json(record_path(self.output).read_bytes())
        return record.plan.mention[0]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("studio")
    identities.create("studio", home=home, now=datetime.now(UTC))
    return home


@pytest.fixture(autouse=True)
def at_home(home: Path, private_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELER_HOME", str(home))


CLIPS = {
    "pal.mp4": (Fraction(25), "00:59:58:00", "01:00:00:00", "01:00:04:00"),
    "drop.mov": (NTSC, "00:59:58;00", "01:00:00;00", "01:00:04;00"),
    # Times in whole milliseconds, and no time code: counted from the first frame.
    "ntsc.mkv": (NTSC, None, "00:00:02:00", "00:00:06:00"),
}


@pytest.fixture(scope="module")
def deliveries(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Iterator[dict[str, Delivery]]:
    folder = tmp_path_factory.mktemp("deliveries")
    made = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LABELER_HOME", str(home))
        patch.setenv("LABELER_LANG", "en")
        for name, (rate, timecode, start, end) in CLIPS.items():
            source = make_delivery(folder / name, rate=rate, timecode=timecode, seconds=SECONDS)
            made[name] = labelled(source, folder / "out" / name, start, end, rate)
        yield made


def labelled(source: Path, output: Path, start: str, end: str | None, rate: Fraction) -> Delivery:
    output.parent.mkdir(exist_ok=True)
    (result,) = label(source, involvement="generated", output=output, program_in=start, program_out=end)
    assert result.status == "released", result.problems
    return Delivery(source, output, BARS * round(rate), (BARS + SECONDS) * round(rate), result)


def scores(path: Path, plan: MentionPlan) -> list[float]:
    """How well each frame correlates with the mention at its place; the reader's own eye, on every frame."""
    with FrameReader(path, 0) as frames:
        template = matching.template_of(plan, frames.format)
        x, y, width, height = plan.box
        margin = matching.radius_for(frames.format)
        found = []
        for seen in frames.pictures([frames.time_of(index) for index in range(frames.frame_count)]):
            region = seen.luma()[y - margin : y + height + margin, x - margin : x + width + margin]
            found.append(matching.presence(region.astype(np.float32), template, margin)[0])
        return found


def error_in_box(delivery: Delivery) -> list[float]:
    """Mean difference of luma between source and output inside the mention's box, frame by frame."""
    x, y, width, height = delivery.plan.box
    with FrameReader(delivery.source, 0) as before, FrameReader(delivery.output, 0) as after:
        times = [[reader.time_of(index) for index in range(reader.frame_count)] for reader in (before, after)]
        box = np.s_[y : y + height, x : x + width]
        return [
            float(np.abs(old.luma()[box].astype(int) - new.luma()[box].astype(int)).mean())
            for old, new in zip(before.pictures(times[0]), after.pictures(times[1]), strict=True)
        ]


@pytest.mark.parametrize("name", CLIPS)
def test_every_frame_outside_is_untouched_and_every_one_inside_bears_it(
    name: str, deliveries: dict[str, Delivery]
) -> None:
    delivery = deliveries[name]
    seen, off = scores(delivery.output, delivery.plan), error_in_box(delivery)
    inside = range(delivery.first, delivery.after)
    assert len(seen) == len(off) == delivery.after + BLACK * (delivery.after - delivery.first) // SECONDS
    assert min(seen[index] for index in inside) > 0.8
    outside = [index for index in range(len(seen)) if index not in inside]
    assert max(seen[index] for index in outside) < 0.3
    # Compression alone: below one level of 255 on average, where the mention itself makes dozens.
    assert max(off[index] for index in outside) < 1
    assert min(off[index] for index in inside) > 20


def check(verdict: Verdict, id: str) -> Check:
    (found,) = [one for one in verdict.checks if one.id == id]
    return found


@pytest.mark.parametrize("name", CLIPS)
def test_the_plan_says_from_frame_to_frame(name: str, deliveries: dict[str, Delivery]) -> None:
    delivery, (rate, *_) = deliveries[name], CLIPS[name]
    programme = delivery.plan.programme
    assert programme is not None
    tolerance = Fraction(1, 1000) if name.endswith("mkv") else Fraction(1, 1_000_000)
    assert 0 <= delivery.first / rate - programme.start + (tolerance if name.endswith("mkv") else 0) < 2 * tolerance
    assert abs(delivery.after / rate - programme.end) < tolerance
    (shown,) = delivery.plan.intervals
    assert shown == programme
    verdict = delivery.result.verdict
    assert verdict is not None and check(verdict, "mention.timing").status == "warn"
    assert "43 %" in check(verdict, "mention.timing").message


def without_record(path: Path, folder: Path) -> Path:
    return Path(shutil.copyfile(path, folder / path.name))


def test_verify_by_record_and_by_the_signed_assertion(deliveries: dict[str, Delivery], tmp_path: Path) -> None:
    output = deliveries["pal.mp4"].output
    for path, plan in ((output, "record"), (without_record(output, tmp_path), "manifest")):
        verdict = verify(path, preset="eu-standard")
        assert verdict.outcome == "pass" and verdict.judged_by is not None and verdict.judged_by.plan == plan
        timing = check(verdict, "mention.timing")
        assert timing.status == "warn" and "43 %" in timing.message and timing.expected == [[2.0, 6.0]]
        assert verdict.disclosure == "declared"


def test_another_preset_is_judged_within_the_programme_too(deliveries: dict[str, Delivery], tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "presets" / "eu-standard.toml").read_text(encoding="utf-8")
    own = tmp_path / "own.toml"
    own.write_text(text.replace('id = "eu-standard"', 'id = "own"'), encoding="utf-8")
    verdict = verify(deliveries["pal.mp4"].output, preset=own)
    assert verdict.outcome == "pass" and check(verdict, "mention.timing").expected == [[2.0, 6.0]]


@pytest.fixture(scope="module")
def evading(tmp_path_factory: pytest.TempPathFactory, home: Path, deliveries: dict[str, Delivery]) -> Path:
    """Whoever signs it says that 2.5 of 7 s are the programme; the gate takes the word of who runs the command."""
    folder = tmp_path_factory.mktemp("evading")
    (result,) = label(
        deliveries["pal.mp4"].source,
        involvement="generated",
        output=folder / "x.mp4",
        program_in="1",
        program_out="3.4",
    )
    assert result.status == "released", result.problems
    return folder / "x.mp4"


@pytest.mark.wide
@pytest.mark.parametrize("with_record", [True, False])
def test_a_small_programme_does_not_evade_the_mention(
    with_record: bool, evading: Path, tmp_path: Path, home: Path
) -> None:
    path = evading if with_record else without_record(evading, tmp_path)
    verdict = verify(path, preset="eu-standard")
    assert verdict.outcome == "fail"
    failed = {one.id for one in verdict.checks if one.status == "fail"}
    assert failed == {"mention.presence", "mention.timing", "mention.reading_time"}
    told = check(verdict, "mention.timing").message
    assert "1.00-3.40 s" in told and "66 %" in told and "listed signer" in told
    # Who trusts the signer takes their word for it, and is still told.
    anchors = tmp_path / "anchors.pem"
    anchors.write_bytes(identities.load("studio", home=home, now=datetime.now(UTC)).chain_pem)
    vouched = verify(path, preset="eu-standard", trust=anchors)
    timing = check(vouched, "mention.timing")
    assert vouched.outcome == "pass" and timing.status == "warn" and "66 %" in timing.message


@pytest.mark.wide
def test_a_record_cannot_make_the_programme_small(deliveries: dict[str, Delivery], tmp_path: Path, home: Path) -> None:
    """The signature is by a listed signer, but of another programme than the record's."""
    output = deliveries["pal.mp4"].output
    forged = without_record(output, tmp_path)
    anchors = tmp_path / "anchors.pem"
    anchors.write_bytes(identities.load("studio", home=home, now=datetime.now(UTC)).chain_pem)
    for start, end in ((2.0, 5.0), (-1.0, 5.0), (5.0, 2.0), (0.0, 99.0)):
        record = json.loads(record_path(output).read_text(encoding="utf-8"))
        record["plan"]["mention"][0]["programme"] = {"from": start, "to": end}
        record_path(forged).write_text(json.dumps(record), encoding="utf-8")
        verdict = verify(forged, preset="eu-standard", trust=anchors)
        assert verdict.judged_by is not None and verdict.judged_by.plan == "record"
        assert verdict.outcome == "fail" and check(verdict, "mention.timing").status == "fail"


def test_one_file_that_does_not_fit_stops_no_other(deliveries: dict[str, Delivery], tmp_path: Path) -> None:
    results = label(
        *(deliveries[name].source for name in ("pal.mp4", "drop.mov")),
        involvement="generated",
        output=f"{tmp_path}/",
        program_in="01:00:00:00",
    )
    assert [(result.status, result.exit_code) for result in results] == [("released", 0), ("rejected", 3)]
    (problem,) = results[1].problems
    assert "drop.mov" in problem.message and "01:00:00;00" in problem.remedy


def test_another_programme_is_another_output(deliveries: dict[str, Delivery], tmp_path: Path) -> None:
    source, output = deliveries["pal.mp4"].source, tmp_path / "again.mp4"
    prints = []
    for start, status in (("01:00:00:00", "released"), ("2", "skipped"), ("01:00:00:01", "released")):
        (result,) = label(source, involvement="generated", output=output, program_in=start, program_out="6.0")
        assert result.status == status, result.problems
        prints.append(result.fingerprint)
    assert prints[0] == prints[1] != prints[2]


def test_what_is_no_time_code_is_told_before_any_work(deliveries: dict[str, Delivery], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--program-out 01:00:00"):
        label(deliveries["pal.mp4"].source, involvement="generated", output=f"{tmp_path}/", program_out="01:00:00")
