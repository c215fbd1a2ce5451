"""`labeler label` on many files: the table on a terminal, the summary, a list with remarks, and how it is stopped."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from labeler.batch.listener import Item
from labeler.cli.table import LiveTable, duration, verdict_of
from labeler.progress import SPANS, overall
from labeler.rules.plan import FileReference
from labeler.rules.record import Problem, Result
from labeler.words import phase_name
from tests.cli.conftest import Studio
from tests.cli.test_progress import ESCAPE, on_terminal

GENERATED = ("--involvement", "generated")
ARABIC = "فيلم 🎬.mp4"


def test_a_table_on_a_terminal(studio: Studio, tmp_path: Path) -> None:
    for name in ("one.mp4", ARABIC):
        studio.copy_clip(tmp_path / "in" / name)
    received = on_terminal(studio, 60, "label", tmp_path / "in", *GENERATED, "-o", f"{tmp_path}/out/", NO_COLOR="1")
    shown = ESCAPE.sub("", received)
    lines = [line.rstrip() for line in shown.replace("\r", "\n").split("\n")]
    assert max(map(len, lines)) <= 60
    assert any("one.mp4" in line and "rendering" in line for line in lines)
    assert any(ARABIC[:4] in line and "released" in line and "100 %" in line for line in lines)
    assert any(line == "2 released" for line in lines)
    assert "\x1b[?25h" in received, "the cursor is shown again"
    assert sorted(path.suffix for path in (tmp_path / "out").iterdir()) == [".json", ".json", ".mp4", ".mp4"]


def result(status: str, **more: object) -> Result:
    return Result.model_validate(
        {"id": None, "status": status, "exit_code": 3, "source": FileReference(file="x.mp4"), "labeler": "0", **more}
    )


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def table(width: int, total: int = 40, height: int = 24) -> tuple[LiveTable, Clock]:
    clock = Clock()
    screen: dict[str, Any] = {"width": width, "height": height, "force_terminal": True, "color_system": None}
    console = Console(file=io.StringIO(), _environ={"TERM": "xterm"}, **screen)
    return LiveTable(total, lambda: None, lambda result: None, console=console, clock=clock), clock


def drawn(shown: LiveTable) -> list[str]:
    shown.close()  # it would draw itself once more
    with shown.console.capture() as captured:
        shown.console.print(shown.screen())
    return captured.get().splitlines()


def test_speed_percent_and_time_left() -> None:
    shown, clock = table(100)
    item = Item(0, Path("film.mp4"), Path("out.mp4"), "eu-standard")
    shown.started(item)
    shown.surveyed(item, 1000)
    shown.progress(item, "render", 0.0)
    clock.now += 10
    shown.progress(item, "render", 0.5)
    row = next(line for line in drawn(shown) if "film.mp4" in line)
    share = overall("render", 0.5)
    assert f" {int(share * 100)} %" in row
    assert " 50 " in row, "500 frames in 10 s"
    assert duration(10 * (1 - share) / share) in row
    shown.progress(item, "probe", 0.1)
    assert any(f" {int(share * 100)} %" in line for line in drawn(shown)), "percent never goes back"
    assert "0 of 40 done" in drawn(shown)[-1]
    shown.close()


def test_the_shortest_phase_is_seen() -> None:
    shown, _ = table(100)
    item = Item(0, Path("film.mp4"), Path("out.mp4"), "eu-standard")
    shown.started(item)
    for phase in SPANS:
        shown.progress(item, phase, 0.0)
    shown.close()
    assert isinstance(shown.console.file, io.StringIO)
    screen = shown.console.file.getvalue()
    assert all(phase_name(phase) in screen for phase in SPANS)


@pytest.mark.parametrize("width", [20, 43, 60, 80, 200])
def test_the_table_never_outgrows_the_terminal(width: int) -> None:
    shown, _ = table(width, height=12)
    for number in range(30):
        item = Item(number, Path(f"{'long ' * 20}{number} {ARABIC}"), Path("o.mp4"), "eu-standard")
        shown.started(item)
        shown.finished(item, result("released"))
    for number in (30, 31):
        shown.started(Item(number, Path(f"{number}.mp4"), Path("o.mp4"), "eu-standard"))
    lines = drawn(shown)
    assert len(lines) <= 12
    assert all(len(line) <= width for line in lines)
    shown.close()


def test_the_phases_follow_each_other_without_a_gap() -> None:
    ends = [0.0, *(end for _, end in SPANS.values())]
    assert ends[-1] == 1.0 and [start for start, _ in SPANS.values()] == ends[:-1]


def test_the_summary_says_what_to_do_for_each(studio: Studio, tmp_path: Path) -> None:
    (tmp_path / "broken.mp4").write_bytes(b"no film")
    arguments = ("label", studio.clip, tmp_path / "broken.mp4", tmp_path / "gone.mp4", *GENERATED)
    done = studio.labeler(*arguments, "-o", f"{tmp_path}/out/")
    assert done.code == 1
    told, _, summary = done.err.partition("Not released:")
    assert told.index("gone.mp4") < told.index("reading"), "what is missing is told before the first decode"
    assert told.splitlines()[-1] == "2 rejected, 1 released"
    for name in ("broken.mp4", "gone.mp4"):
        assert name in summary
    assert summary.count("→") == 2 and "film.mp4" not in summary


def test_a_list_with_blank_lines_remarks_and_a_missing_file(studio: Studio, tmp_path: Path) -> None:
    studio.copy_clip(tmp_path / "#1.mp4")
    given = f"# tonight\n\n{studio.clip}\r\n   \n#skip.mp4\n./#1.mp4\n{tmp_path}/gone.mp4\n".encode()
    done = studio.labeler("label", "-", *GENERATED, "--dry-run", "--json", given=given, cwd=tmp_path)
    assert done.code == 1
    assert [item["source"]["file"] for item in done.objects()] == [str(studio.clip), "#1.mp4"]
    assert done.err.count("there is no such file") == 1 and "tonight" not in done.err and "skip" not in done.err


def test_a_dry_run_says_how(studio: Studio, tmp_path: Path) -> None:
    done = studio.labeler("label", studio.clip, *GENERATED, "--dry-run", "-o", f"{tmp_path}/")
    assert "h264, full: 25 frames (most frames change: 25/25), the rest byte for byte; «" in done.out
    assert "0.00–1.00 s" in done.out


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_in_the_middle_of_two(number: int, code: int, studio: Studio, tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        studio.copy_clip(tmp_path / "in" / name)
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "labeler",
            "label",
            tmp_path / "in",
            *GENERATED,
            "-o",
            f"{tmp_path}/out/",
            "--jobs",
            "2",
            "--report",
            tmp_path / "page.html",
        ],
        env=dict(os.environ, LABELER_HOME=str(studio.home), LABELER_LANG="en"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "rendering" in line:
            process.send_signal(number)
            break
    told = process.stderr.read()
    assert process.wait() == code
    assert "interrupted" in told and "Traceback" not in told
    out = tmp_path / "out"
    assert not list(out.rglob(".*")), "nothing half-written"
    assert all(path.with_name(path.name + ".labeler.json").is_file() for path in out.glob("*.mp4"))
    page = (tmp_path / "page.html").read_text()
    assert "a.mp4" in page and "interrupted" in page, "what was done until then is reported"


def test_problems_are_named_in_the_verdict_column() -> None:
    problem = Problem(code="disk-full", severity="error", message="m", remedy="r")
    assert verdict_of(result("error", problems=(problem, problem))) == "error disk-full"
