"""Whether this process is the command's own, or one that runs commands among other things (tests, a program)."""

from __future__ import annotations

from dataclasses import dataclass

import click


@dataclass(frozen=True)
class Process:
    """is_own: it does nothing but this command."""

    is_own: bool = False


def may_fork() -> bool:
    """Whether the work may go on in a process that is forked off this one: no other thread has begun anything here."""
    from labeler.batch.forked import IS_POSSIBLE

    found = click.get_current_context().find_object(Process)
    return IS_POSSIBLE and found is not None and found.is_own
