"""What differs between two videos: the story of `labeler diff`."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from labeler.difference.labels import compare_labels, read_labels
from labeler.difference.pictures import compare_pictures
from labeler.errors import UsageError
from labeler.language import say
from labeler.media import packets
from labeler.media.compare import check_of, every_difference, paired
from labeler.media.inventory import Inventory, Track
from labeler.media.packets import PacketList
from labeler.media.survey import survey
from labeler.progress import Progress, silent
from labeler.rules.difference import ComparedFact, ComparedFile, ComparedPackets, ComparedTrack, Comparison
from labeler.rules.plan import Box
from labeler.verdict import Verdict

Lists = dict[int, PacketList]


def diff(
    before: str | Path, after: str | Path, *, boxes: Sequence[Box] = (), progress: Progress = silent
) -> Comparison:
    """Compare two videos made by anyone: the library's `labeler diff`.

    boxes: parts of the pictures that are not compared, `[x, y, width, height]` in display pixels.
    Raises SourceMissing, SourceUnreadable, SourceUnsupported (3), UsageError (2) for a box of no size.
    """
    one, other, left_out = Path(before), Path(after), tuple(boxes)
    refuse_empty(left_out)
    first, second = survey(one, progress=progress), survey(other, progress=progress)
    ours, theirs = (packets.walk(path, progress=progress) for path in (one, other))
    pairs = paired(first, second, leaving_out=())
    tracks = compare_tracks(first, second, pairs, ours, theirs)
    facts = tuple(
        ComparedFact(subject=check_of(fact.path), fact=fact.path, before=fact.before, after=fact.after)
        for fact in every_difference(first, second)
    )
    marks = read_labels(one, other, progress=progress)
    labels = compare_labels(*marks)
    pictures = tuple(
        compare_pictures(
            (one, other), (old.index, new.index), (ours[old.index], theirs[new.index]), left_out, progress=progress
        )
        for old, new in pairs
        if old.kind == "video"
    )
    is_same = not facts and all(track.state == "same" for track in tracks)
    is_same = is_same and all(label.state in ("absent", "kept", "not_checked") for label in labels)
    return Comparison(
        before=file_of(marks[0].verdict, first),
        after=file_of(marks[1].verdict, second),
        is_same=is_same,
        tracks=tracks,
        facts=facts,
        labels=labels,
        pictures=pictures,
        boxes=left_out,
    )


def refuse_empty(boxes: tuple[Box, ...]) -> None:
    for box in boxes:
        if box[2] <= 0 or box[3] <= 0:
            told = ",".join(map(str, box))
            raise UsageError(
                say(f"The box {told} has no size.", f"La zone {told} n'a pas de taille."),
                remedy=say("Give x,y,width,height in pixels.", "Indiquez x,y,largeur,hauteur en pixels."),
            )


def file_of(verdict: Verdict, inventory: Inventory) -> ComparedFile:
    return ComparedFile(
        file=verdict.file,
        sha256=verdict.sha256 or "",
        bytes=inventory.bytes,
        container=inventory.container,
        seconds=round(float(Fraction(inventory.duration)), 6),
    )


def compare_tracks(
    before: Inventory, after: Inventory, pairs: tuple[tuple[Track, Track], ...], ours: Lists, theirs: Lists
) -> tuple[ComparedTrack, ...]:
    """Tracks that both have, then those of the first file alone, then those of the second."""
    in_both = tuple(in_both_files(old, new, ours[old.index], theirs[new.index]) for old, new in pairs)
    kept, came = {old.index for old, _ in pairs}, {new.index for _, new in pairs}
    lost = tuple(
        ComparedTrack(kind=track.kind, codec=track.codec, before=track.index, after=None, state="lost")
        for track in before.tracks
        if track.index not in kept
    )
    added = tuple(
        ComparedTrack(kind=track.kind, codec=track.codec, before=None, after=track.index, state="added")
        for track in after.tracks
        if track.index not in came
    )
    return (*in_both, *lost, *added)


def in_both_files(old: Track, new: Track, ours: PacketList, theirs: PacketList) -> ComparedTrack:
    found = packets.match(ours, theirs)
    is_setup_same = ours.setup == theirs.setup
    is_same = found.is_same and is_setup_same and old.codec == new.codec
    return ComparedTrack(
        kind=old.kind,
        codec=old.codec,
        before=old.index,
        after=new.index,
        state="same" if is_same and old.payload_sha256 == new.payload_sha256 else "changed",
        packets=ComparedPackets(
            before=found.before,
            after=found.after,
            identical=found.identical,
            kept=found.kept,
            differing=found.differing,
            left_out=found.left_out,
            is_pts_equal=found.is_pts_equal,
            is_dts_equal=found.is_dts_equal,
        ),
        is_setup_same=is_setup_same,
    )
