"""What people and machines read, made safe: data goes to standard output, all else to standard error."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TextIO

from labeler.errors import DiskFull, LabelerError, UsageError
from labeler.language import say
from labeler.letters import safe as safe
from labeler.letters import unmistakable

if TYPE_CHECKING:
    from pydantic import BaseModel


def tell(text: str) -> None:
    """One line for people, and none that a farm takes for its own, nor one that another thread's line runs into.

    Nobody listening any more is no reason to stop the work.
    """
    with contextlib.suppress(BrokenPipeError):
        sys.stderr.write(unmistakable(safe(text)) + "\n")
        sys.stderr.flush()


def report_error(error: LabelerError) -> None:
    for number, line in enumerate(lines_of(error)):
        tell(say(f"labeler: {line}", f"labeler : {line}") if number == 0 else f"  {line}")
    tell(f"  → {error.remedy}")


def lines_of(error: LabelerError) -> list[str]:
    """A message tells one thing; only those of a preset or declaration tell several, one a line.

    A line break in any other message is part of a file's name.
    """
    if not isinstance(error, UsageError):
        return [error.message]
    message = error.message.replace(error.file, safe(error.file)) if error.file else error.message
    return message.split("\n")


def as_json(value: BaseModel) -> str:
    """One line of JSON in ASCII, keys as in the contracts."""
    return json.dumps(value.model_dump(mode="json", by_alias=True), ensure_ascii=True)


def as_object(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, default=str)


class Output:
    """Standard output, line by line. Once its reader has gone away it is silent, and the work goes on."""

    def __init__(self, stream: TextIO) -> None:
        self.stream: TextIO | None = stream

    def is_terminal(self) -> bool:
        return self.stream is not None and self.stream.isatty()

    def line(self, text: str) -> None:
        """Write one line at once. Raises DiskFull where standard output is a file on a full disk."""
        if self.stream is None:
            return
        try:
            self.stream.write(text + "\n")
            self.stream.flush()
        except BrokenPipeError:
            self.stream = None
        except OSError as error:
            self.stream = None
            if error.errno != errno.ENOSPC:
                raise
            raise DiskFull(
                say("Standard output: the disk is full.", "Sortie standard : le disque est plein.")
            ) from error


@contextlib.contextmanager
def guarded_output() -> Iterator[Output]:
    """Yield the real standard output; meanwhile descriptor 1 is standard error.

    A native library may print: with this, nothing but what we write here reaches the machine that reads us.
    """
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    stream = os.fdopen(kept, "w", encoding="utf-8", errors="surrogateescape", closefd=False)
    try:
        yield Output(stream)
    finally:
        with contextlib.suppress(OSError):  # what could not be written was told when it was tried
            stream.close()
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
