"""What processes that labeler starts are given."""

from __future__ import annotations

import os
from pathlib import Path

import labeler


def search_path() -> str:
    """Where the child finds this very package, installed or not."""
    package = str(Path(labeler.__file__).parents[1])
    return os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
