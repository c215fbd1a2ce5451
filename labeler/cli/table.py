"""The live table of a batch on a terminal: each file's phase, percent, speed, time left and verdict."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Column, Table
from rich.text import Text

from labeler.batch.listener import Item
from labeler.cli.printing import safe
from labeler.cli.progress import DONE, Narrator
from labeler.language import say
from labeler.progress import Phase, overall
from labeler.rules.record import Result
from labeler.verdict import LayerState
from labeler.words import layer_name, phase_name, status_name

REFRESH = 4  # a second
MOST_ROWS = 100
"""Of the table that stays when the batch is done; more would only push the summary's neighbours off the screen."""
WIDE, NARROW = 76, 44
"""Columns of the terminal: below WIDE no speed and time left, below NARROW nothing but file and percent."""
SOON = 2.0  # seconds of work before it is told how long the rest will take
STYLES = {"released": "green", "skipped": "dim", "withheld": "bold red"}


@dataclass
class Row:
    """One item. Times in seconds of a clock that never goes back; `share` of the whole way, 0 to 1, never goes back."""

    item: Item
    began: float
    phase: Phase = "probe"
    share: float = 0.0
    frames: int = 0
    rendering_since: float | None = None
    speed: float | None = None
    result: Result | None = None

    def move(self, phase: Phase, share: float, now: float) -> None:
        self.phase = phase
        self.share = max(self.share, overall(phase, share))
        if phase != "render":
            return
        self.rendering_since = self.rendering_since or now
        if now > self.rendering_since:
            self.speed = self.frames * share / (now - self.rendering_since)

    def left(self, now: float) -> float | None:
        """Seconds to go, as far as can be told."""
        gone = now - self.began
        return gone * (1 - self.share) / self.share if gone >= SOON and self.share > 0.01 else None


class LiveTable(Narrator):
    """Draws itself a few times a second, never wider or higher than the terminal."""

    def __init__(
        self,
        total: int,
        check: Callable[[], None],
        print_result: Callable[[Result], None],
        *,
        console: Console | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(total, check, print_result)
        self.console = console or Console(stderr=True)
        self.clock = clock
        self.began = clock()
        self.running: dict[int, Row] = {}
        self.done: list[Row] = []
        self.live: Live | None = None
        # Paths on the same screen would be drawn over by the table: it makes room for each.
        self.shares_screen = sys.stdout.isatty()

    def started(self, item: Item) -> None:
        self.check()
        self.running[item.number] = Row(item, self.clock())
        self.open()

    def surveyed(self, item: Item, frames: int) -> None:
        self.running[item.number].frames = frames

    def progress(self, item: Item, phase: Phase, share: float) -> None:
        self.check()
        row = self.running[item.number]
        is_new = phase != row.phase
        row.move(phase, share, self.clock())
        if is_new and self.live is not None:
            self.live.refresh()  # a phase that is shorter than the time between two drawings is seen, too

    def finished(self, item: Item, result: Result) -> None:
        self.count += 1
        row = self.running.pop(item.number, None) or Row(item, self.clock())
        row.result = result
        row.share = 1.0 if result.status in DONE else row.share
        self.done.append(row)
        self.close()
        if self.total == 1 or result.status not in DONE:
            self.tell_result(item, result)
        self.print_result(result)
        if self.count < self.total:
            self.open()

    def open(self) -> None:
        if self.live is None:
            self.live = Live(
                get_renderable=self.screen, console=self.console, refresh_per_second=REFRESH, transient=True
            )
            self.live.start(refresh=True)

    def close(self) -> None:
        if self.live is not None:
            self.live.stop()
            self.live = None

    def summary(self, results: Sequence[Result]) -> None:
        self.close()
        if 1 < len(self.done) <= MOST_ROWS:
            self.console.print(self.table(self.done))
        super().summary(results)

    def screen(self) -> RenderableType:
        """The rows that fit: what is running, before it what was finished last; and a line about the whole."""
        running = sorted(list(self.running.values()), key=lambda row: row.item.number)
        room = max(0, self.console.height - len(running) - 4)
        rows = [*(self.done[-room:] if room and self.total > 1 else []), *running]
        table = self.table(rows)
        return Group(table, self.whole()) if self.total > 1 else table

    def table(self, rows: Sequence[Row]) -> Table:
        width = self.console.width
        columns = [Column(say("file", "fichier"), ratio=1, no_wrap=True, overflow="ellipsis")]
        if width >= NARROW:
            columns.append(Column(say("phase", "phase"), no_wrap=True))
        columns.append(Column("%", justify="right", no_wrap=True))
        if width >= WIDE:
            columns += [
                Column(say("fps", "im/s"), justify="right", no_wrap=True),
                Column(say("left", "reste"), justify="right", no_wrap=True),
            ]
        if width >= NARROW:
            columns.append(Column(say("verdict", "verdict"), no_wrap=True, overflow="ellipsis", max_width=width // 3))
        table = Table(*columns, box=None, expand=True, header_style="dim", padding=(0, 1), pad_edge=False)
        for row in rows:
            table.add_row(*self.cells(row, width))
        return table

    def cells(self, row: Row, width: int) -> list[Text]:
        now, result = self.clock(), row.result
        preset = f" [{row.item.preset}]" if row.item.preset else ""
        cells = [Text(safe(f"{row.item.source.name}{preset}"))]
        if width >= NARROW:
            cells.append(Text("" if result else phase_name(row.phase)))
        cells.append(Text(f"{int(row.share * 100)} %"))
        if width >= WIDE:
            cells.append(Text(f"{row.speed:.0f}" if row.speed else ""))
            cells.append(Text("" if result else duration(row.left(now))))
        if width >= NARROW:
            cells.append(Text(safe(verdict_of(result)), style=STYLES.get(result.status, "red")) if result else Text(""))
        return cells

    def whole(self) -> Text:
        """How far the batch is. The time left goes by what was done so far, and by what is running."""
        share = (self.count + sum(row.share for row in list(self.running.values()))) / self.total
        gone = self.clock() - self.began
        left = gone * (1 - share) / share if gone >= SOON and share > 0.001 else None
        told = say(f"{self.count} of {self.total} done", f"{self.count} sur {self.total} terminés")
        remaining = say(f", {duration(left)} left", f", reste {duration(left)}") if left is not None else ""
        return Text(told + remaining, style="bold", no_wrap=True, overflow="ellipsis")


def duration(seconds: float | None) -> str:
    if seconds is None:
        return ""
    hours, rest = divmod(int(seconds), 3600)
    minutes, seconds_left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds_left:02}" if hours else f"{minutes}:{seconds_left:02}"


def verdict_of(result: Result) -> str:
    """In few words: what became of it, and what its verdict has to say besides."""
    told = status_name(result.status)
    if result.status not in DONE:
        return " ".join([told, *dict.fromkeys(problem.code for problem in result.problems)])
    layers = result.verdict.layers if result.verdict else {}
    warned = [layer_name(name) for name, state in layers.items() if state is LayerState.WARN]
    return f"{told} ! {', '.join(warned)}" if warned else told
