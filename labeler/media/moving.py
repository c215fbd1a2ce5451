"""Which tracks of a file are films."""

from __future__ import annotations

from pathlib import Path

from av.stream import Disposition

from labeler.errors import SourceUnreadable
from labeler.language import say
from labeler.media.open import open_media

MOST = 64
"""Each is opened and read on its own, and opening a file takes longer the more tracks it has: 900 take more than a
minute (measured). A transport stream of a whole multiplex holds some twenty."""


def moving_tracks(path: Path) -> tuple[int, ...]:
    """The indexes of a file's video tracks; a picture that is attached to it is none.

    Raises SourceMissing; SourceUnreadable, also where there are more than MOST.
    """
    with open_media(path, takes_any_text=True) as container:
        streams = container.streams.video
        tracks = tuple(one.index for one in streams if not one.disposition & Disposition.attached_pic)
    if len(tracks) > MOST:
        raise SourceUnreadable(
            say(
                f"{path} has {len(tracks)} video tracks; this version looks at {MOST} at most.",
                f"{path} a {len(tracks)} pistes vidéo ; cette version en examine au plus {MOST}.",
            ),
            remedy=say("Put its tracks into files of their own.", "Placez ses pistes dans des fichiers séparés."),
            file=str(path),
        )
    return tracks
