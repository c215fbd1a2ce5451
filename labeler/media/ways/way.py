"""The shape of a way of rendering."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from labeler.media.job import Job
from labeler.media.rendering import Rendering


class Prepared(Protocol):
    """A way that fits the source, with all that was found out about it."""

    @property
    def rendering(self) -> Rendering: ...

    def write(self, job: Job, work: Path, tags: Mapping[str, str], track_tags: Mapping[int, Mapping[str, str]]) -> None:
        """Write `work`. Raises NotThisWay where it turns out not to fit, and what `render` raises."""


Prepare = Callable[[Job], Prepared]
"""Looks at the source and decides; reads, and writes nothing. Raises NotThisWay."""
