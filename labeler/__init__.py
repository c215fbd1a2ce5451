"""labeler: label a finished video so that everyone downstream can tell that AI made it or helped to.

from labeler import diff, inspect, label, verify
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labeler.batch.label import label
    from labeler.batch.listener import Item, Listener
    from labeler.difference.files import diff
    from labeler.errors import LabelerError
    from labeler.inspection import Inspection, inspect
    from labeler.rules.difference import Comparison
    from labeler.rules.record import Result
    from labeler.verdict import Check, Verdict
    from labeler.verification import verify

__version__ = "0.1.0"

RELEASED = "2026-11-23"
"""When this version was made: a clock that shows less is wrong."""

__all__ = [
    "Check",
    "Comparison",
    "Inspection",
    "Item",
    "LabelerError",
    "Listener",
    "Result",
    "Verdict",
    "__version__",
    "diff",
    "inspect",
    "label",
    "verify",
]

_HOMES = {
    "Check": "labeler.verdict",
    "Comparison": "labeler.rules.difference",
    "Inspection": "labeler.inspection",
    "Item": "labeler.batch.listener",
    "LabelerError": "labeler.errors",
    "Listener": "labeler.batch.listener",
    "Result": "labeler.rules.record",
    "Verdict": "labeler.verdict",
    "diff": "labeler.difference.files",
    "inspect": "labeler.inspection",
    "label": "labeler.batch.label",
    "verify": "labeler.verification",
}


def __getattr__(name: str) -> Any:
    """The public names are loaded when first used, so that `labeler --help` need not wait for decoders."""
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module 'labeler' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
