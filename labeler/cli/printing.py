"""What people read on a terminal, made safe; data goes to standard output, all else to standard error."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import unicodedata
from collections.abc import Iterator
from typing import Any, TextIO

from pydantic import BaseModel

from labeler.errors import LabelerError
from labeler.language import say


def safe(text: str) -> str:
    """A text from outside without what could steer a terminal or hide letters: controls and bidi marks escaped."""
    return "".join(letter if is_harmless(letter) else letter.encode("unicode_escape").decode() for letter in text)


def is_harmless(letter: str) -> bool:
    return unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def tell(text: str) -> None:
    """One line for people."""
    print("\n".join(safe(line) for line in text.split("\n")), file=sys.stderr, flush=True)


def report_error(error: LabelerError) -> None:
    tell(say(f"labeler: {error.message}", f"labeler : {error.message}"))
    if error.remedy:
        tell(f"  → {error.remedy}")


def as_json(value: BaseModel) -> str:
    """One line of JSON in ASCII, keys as in the contracts."""
    return json.dumps(value.model_dump(mode="json", by_alias=True), ensure_ascii=True)


def as_object(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, default=str)


@contextlib.contextmanager
def guarded_output() -> Iterator[TextIO]:
    """Yield the real standard output; meanwhile descriptor 1 is standard error.

    A native library may print: with this, nothing but what we write here reaches the machine that reads us.
    """
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with os.fdopen(kept, "w", encoding="utf-8", errors="surrogateescape", closefd=False) as stream:
            yield stream
            stream.flush()
    finally:
        os.dup2(kept, 1)
        os.close(kept)
