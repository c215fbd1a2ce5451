"""The codecs that labeler writes: each tried for real, in every pixel format that its table promises."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby

from labeler.language import say
from labeler.media.trial import Trial, trials
from labeler.rules.examination import Finding, lack, ok


def examine(now: datetime) -> Iterator[Finding]:
    yield from judge(trials())


def judge(made: Iterable[Trial]) -> Iterator[Finding]:
    """One finding a codec."""
    for codec, group in groupby(made, key=lambda trial: trial.codec):
        yield judge_codec(codec, tuple(group))


def judge_codec(codec: str, made: tuple[Trial, ...]) -> Finding:
    id, what = f"codec.{codec}", say(f"Codec {codec}", f"Codec {codec}")
    failed = [trial for trial in made if trial.failed is not None]
    encoder = made[0].encoder
    if not failed:
        count = len(made)
        return ok(
            id,
            what,
            say(
                f"written by {encoder} and read back, in all {count} pixel formats",
                f"écrit par {encoder} et relu, dans ses {count} formats de pixel",
            )
            if count > 1
            else say(
                f"written by {encoder} and read back ({made[0].samples})",
                f"écrit par {encoder} et relu ({made[0].samples})",
            ),
        )
    first = failed[0]
    formats = ", ".join(trial.samples for trial in failed)
    part = say("encoding", "l'encodage") if first.failed == "encoder" else say("decoding", "le décodage")
    return lack(
        id,
        what,
        say(
            f"{part} with {encoder} fails for {formats}: {first.reason}",
            f"{part} avec {encoder} échoue en {formats} : {first.reason}",
        ),
        say(
            "Install PyAV from its own wheel (not built against another FFmpeg): pip install --force-reinstall av",
            "Installez PyAV depuis sa propre archive wheel (sans autre FFmpeg) : pip install --force-reinstall av",
        ),
    )
