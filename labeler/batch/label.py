"""The library's `labeler label`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from labeler.batch.cutting import Segments
from labeler.batch.jobs import carry_out
from labeler.batch.listener import Listener
from labeler.batch.noting import noting
from labeler.batch.request import DEFAULT_PRESET, Request, prepare
from labeler.media.rendering import Mode
from labeler.rules.plan import Overwrite
from labeler.rules.record import Result
from labeler.rules.source_types import Involvement

logger = logging.getLogger("labeler")


def label(
    *sources: str | Path,
    presets: str | Sequence[str] = (DEFAULT_PRESET,),
    declaration: str | Path | None = None,
    involvement: Involvement | None = None,
    output: str | Path | None = None,
    identity: str | None = None,
    language: str | None = None,
    name: str | None = None,
    records: str | Path | None = None,
    program_in: str | float | None = None,
    program_out: str | float | None = None,
    overwrite: Overwrite = "ours",
    render: Mode = "auto",
    recursive: bool = False,
    resume: bool = True,
    segments: Segments = "auto",
    jobs: int = 0,
    listener: Listener | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> tuple[Result, ...]:
    """Label videos: the library's `labeler label`, with the same meaning of every argument (CONTRACTS section 1).

    presets: ids, or paths of preset files. output: a folder where it is one, or ends in "/", or several outputs are
    made; else a file. render: `auto`, `smart` or `full` (docs/rendering.md). program_in, program_out: time codes or
    seconds (docs/programme.md). segments: of a full render, `auto`, `off` or their number (docs/rendering.md). jobs: so
    many files at once, each in a process of its own; 0: one after the other in this process. now: the time of signing.
    Returns one result for each source and preset, in order; a file that fails is a result, not an exception. Raises
    UsageError (2), SourceMissing where no source is given (3) and IdentityError (5) before any work, Interrupted when
    the listener stops it.
    """
    request = Request(
        sources=[str(source) for source in sources],
        presets=(presets,) if isinstance(presets, str) else presets,
        declaration=None if declaration is None else Path(declaration),
        involvement=involvement,
        output=None if output is None else str(output),
        identity=identity,
        language=language,
        name=name,
        records=None if records is None else Path(records),
        program_in=None if program_in is None else str(program_in),
        program_out=None if program_out is None else str(program_out),
        overwrite=overwrite,
        render=render,
        recursive=recursive,
        resume=resume,
        segments=segments,
        now=now(),
    )
    batch = prepare(request)
    with noting(listener or Listener(), request.records, logger.warning) as heard:
        return carry_out(batch, jobs, heard)
