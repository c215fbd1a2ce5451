"""What differs between two videos, as a table for people, on a terminal or in a file."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from labeler.cli.tree import UNWRAPPED
from labeler.difference.wording import headline, label_name, sentences, state_name
from labeler.language import decimal, say
from labeler.letters import safe, shortened
from labeler.rules.checks import name_of
from labeler.rules.difference import (
    ComparedLabel,
    ComparedPackets,
    ComparedPictures,
    ComparedTrack,
    Comparison,
    Figures,
)
from labeler.words import field, integrity_name, source_type_name, track_kind

LONGEST = 300
"""Letters of one cell."""
MOST_FACTS = 200
TOLD_ABOVE = (".payload_sha256", ".digest", ".bytes", ".packets", ".timestamps.count")
"""Ends of facts that the row of the track tells in another way."""


def lines_of(comparison: Comparison, width: int | None) -> Iterator[str]:
    """width: columns of a terminal, which also gets weights; None for a file or a pipe."""
    told = io.StringIO()
    console = Console(
        file=told,
        width=width or UNWRAPPED,
        force_terminal=width is not None,
        highlight=False,
        emoji=False,
        markup=False,
    )
    console.print(cell(f"{comparison.before.file} → {comparison.after.file}", style="bold"))
    console.print(cell(headline(comparison)))
    for sentence in sentences(comparison):
        console.print(cell(f"  {sentence}"))
    console.print(table_of(comparison))
    yield from (line.rstrip() for line in told.getvalue().splitlines())


def table_of(comparison: Comparison) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in (say("what", "quoi"), say("before", "avant"), say("after", "après"), say("difference", "différence")):
        table.add_column(name, overflow="fold")
    for label in comparison.labels:
        add(
            table,
            label_name(label.label),
            found(label, label.before),
            found(label, label.after),
            state_name(label.state),
        )
    table.add_section()
    for track in comparison.tracks:
        add(
            table,
            f"{say('track', 'piste')} {track_kind(track.kind)}",
            number(track.before),
            number(track.after),
            told(track),
        )
    table.add_section()
    for pictures in comparison.pictures:
        frames = (str(pictures.frames_before), str(pictures.frames_after))
        add(table, say("pictures", "images"), *frames, seen(pictures))
        add_figures(table, "PSNR-Y", pictures.psnr, 2, " dB")
        add_figures(table, "SSIM", pictures.ssim, 4, "")
    table.add_section()
    facts = [fact for fact in comparison.facts if not fact.fact.endswith(TOLD_ABOVE)]
    for fact in facts[:MOST_FACTS]:
        add(table, fact.fact, value(fact.before), value(fact.after), name_of(fact.subject))
    if len(facts) > MOST_FACTS:
        rest = len(facts) - MOST_FACTS
        add(table, say(f"… and {rest} more: --json has them", f"… et {rest} autres : voir --json"), "", "", "")
    return table


def add(table: Table, *cells: str) -> None:
    table.add_row(*map(cell, cells))


def cell(text: str, style: str = "") -> Text:
    return Text(safe(shortened(text, LONGEST)), style=style, overflow="fold")


def add_figures(table: Table, name: str, figures: Figures | None, digits: int, unit: str) -> None:
    if figures is None:
        return
    least, low, mean = (f"{decimal(one, digits)}{unit}" for one in (figures.min, figures.p1, figures.mean))
    at = f"{decimal(figures.at, 3)} s"
    add(
        table,
        name,
        "",
        "",
        say(
            f"least {least} (at {at}), 1st percentile {low}, mean {mean}",
            f"minimum {least} (à {at}), 1er centile {low}, moyenne {mean}",
        ),
    )


def found(label: ComparedLabel, stated: Any) -> str:
    """What a label says, in a few words."""
    if stated is None:
        return "—"
    if label.label == "credentials":
        signer = f"{stated['signer']}, " if stated["signer"] else ""
        return f"{signer}{integrity_name(stated['integrity'])}"
    if label.label == "xmp":
        kinds = [source_type_name(kind) or kind for kind in stated["digitalSourceType"]]
        return ", ".join((*kinds, *map(str, stated["fields"])))
    if label.label == "mention":
        return ", ".join(say(f"«{one['text']}»", f"« {one['text']} »") for one in stated)
    return str(stated)


def told(track: ComparedTrack) -> str:
    if track.state in ("lost", "added"):
        word = say("LOST", "PERDUE") if track.state == "lost" else say("added", "ajoutée")
        return f"{word} ({track.codec})"
    words = [track.codec]
    if track.packets is not None and track.packets.before + track.packets.after:
        words += list(packets_told(track.packets))
    if track.is_setup_same is False:
        words.append(say("another decoder configuration", "une autre configuration du décodeur"))
    return ", ".join(words)


def packets_told(packets: ComparedPackets) -> Iterator[str]:
    same = packets.identical
    where = say(" in their place", " à leur place") if packets.kept > same else ""
    yield say(
        f"{same} of {packets.before} packets identical{where}", f"{same} paquets identiques sur {packets.before}{where}"
    )
    if packets.kept > same:
        yield say(f"{packets.kept} wherever they are", f"{packets.kept} où qu'ils soient")
    if packets.differing and same:
        yield say(
            f"the first other one is {packets.differing[0].start}", f"le premier autre est {packets.differing[0].start}"
        )
    if packets.before != packets.after:
        yield say(f"{packets.after} in the second file", f"{packets.after} dans le second fichier")
    if not packets.is_pts_equal:
        yield say("other times of showing", "d'autres instants d'affichage")
    if packets.is_dts_equal is False:
        yield say("other times of decoding", "d'autres instants de décodage")


def seen(pictures: ComparedPictures) -> str:
    if pictures.reason is not None:
        because = say("another size, depth or rotation", "autres taille, profondeur ou rotation")
        reason = because if pictures.reason == "format" else pictures.reason
        return field(say("not compared", "non comparées"), reason)
    how = "" if pictures.is_decoded else say(" (their packets are)", " (leurs paquets le sont)")
    words = [
        say(
            f"{pictures.identical} of {pictures.paired} at the same time identical{how}",
            f"{pictures.identical} identiques sur {pictures.paired} au même instant{how}",
        )
    ]
    if pictures.only_before or pictures.only_after:
        words.append(
            say(
                f"{pictures.only_before} only before, {pictures.only_after} only after",
                f"{pictures.only_before} seulement avant, {pictures.only_after} seulement après",
            )
        )
    if pictures.faults_before or pictures.faults_after:
        faults = f"{pictures.faults_before}/{pictures.faults_after}"
        words.append(say(f"{faults} do not decode whole", f"{faults} ne se décodent pas entièrement"))
    return ", ".join(words)


def number(index: int | None) -> str:
    return "—" if index is None else str(index)


def value(stated: str | int | bool | None) -> str:
    return "—" if stated is None else str(stated)
