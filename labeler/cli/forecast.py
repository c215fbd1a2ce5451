"""`labeler label --dry-run`: what would be made, and how; a table on a terminal, a line each elsewhere, or JSON."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from labeler.batch import names
from labeler.batch.listener import Item
from labeler.batch.request import Batch
from labeler.batch.run import forecast
from labeler.cli.printing import Output, as_json, safe
from labeler.cli.progress import Narrator
from labeler.language import decimal, say
from labeler.media.ways import wording
from labeler.rules.plan import MentionPlan, PlanItem
from labeler.rules.record import Result


def foretell(batch: Batch, narrator: Narrator, output: Output, json_lines: bool) -> Iterator[int]:
    """Print what would be made, and tell what would be refused; yield the exit code of each."""
    planned: list[PlanItem] = []
    is_table = not json_lines and output.is_terminal()
    for one in forecast(batch, narrator):
        narrator.close()
        if isinstance(one, Result):
            narrator.count += 1
            narrator.tell_result(Item(0, Path(one.source.file)), one)
            yield one.exit_code
            continue
        narrator.count += 1
        if is_table:
            planned.append(one)
        else:
            output.line(as_json(one) if json_lines else in_a_line(one))
        yield 0
    if planned:
        for line in drawn(planned).splitlines():
            output.line(line)


def in_a_line(item: PlanItem) -> str:
    """One planned output: from what, to where, how, saying what, in which box."""
    mentions = "; ".join(said(mention) for mention in item.mention)
    return safe(f"{item.source.file} → {item.output} [{item.preset.id}] {how(item)}; {mentions}")


def said(mention: MentionPlan) -> str:
    return f"«{mention.text}» {list(mention.box)} {when(mention)}"


def when(mention: MentionPlan) -> str:
    """The intervals with the mention, and the part of the video that is programme where a person said so."""
    shown = ", ".join(f"{decimal(float(one.start), 2)}–{decimal(float(one.end), 2)} s" for one in mention.intervals)
    if mention.programme is None:
        return shown
    start, end = (decimal(float(time), 3) for time in (mention.programme.start, mention.programme.end))
    return f"{shown}, programme {start}-{end} s"


def how(item: PlanItem) -> str:
    """Codec, which pictures are coded again and why so many, what stays, and what goes beside the file."""
    inventory, rendering = item.inventory, item.rendering
    if inventory is None or rendering is None:
        return ""
    told = [track.codec for track in inventory.of_kind("video")]
    told.append(wording.how(rendering))
    told.append(
        say("the rest byte for byte", "le reste à l'octet près")
        if rendering.keeps_boxes
        else say("other tracks copied", "autres pistes copiées")
    )
    beside = [path.name for path in names.sidecars_of(Path(item.output))]
    if beside:
        told.append("+ " + ", ".join(beside))
    return ", ".join(told)


def drawn(items: list[PlanItem]) -> str:
    """A table as wide as the terminal."""
    table = Table(box=None, expand=True, header_style="bold", padding=(0, 2, 0, 0))
    for name in (say("source", "source"), say("output", "sortie"), say("how", "comment"), "mention"):
        table.add_column(name, overflow="fold")
    for item in items:
        mentions = "\n".join(f"«{mention.text}» {when(mention)}" for mention in item.mention)
        output = f"{Path(item.output).name} [{item.preset.id}]"
        table.add_row(*(safe_cell(cell) for cell in (Path(item.source.file).name, output, how(item), mentions)))
    console = Console(width=shutil.get_terminal_size().columns, color_system=None)
    with console.capture() as captured:
        console.print(table)
    return captured.get()


def safe_cell(text: str) -> Text:
    return Text("\n".join(safe(line) for line in text.split("\n")))
