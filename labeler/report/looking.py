"""The process that `apart.Reader` starts to look at finished files for a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from labeler.batch.reading import serve
from labeler.report.second_look import decode_pictures, read_facts

CALLS: Mapping[str, Callable[..., Any]] = MappingProxyType({"facts": read_facts, "pictures": decode_pictures})

if __name__ == "__main__":
    serve(CALLS)
