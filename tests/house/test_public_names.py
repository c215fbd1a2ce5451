"""The public names are pinned: adding or losing one is a decision, not an accident."""

from __future__ import annotations

import labeler

CLASSES = ["Check", "Comparison", "Inspection", "Item", "LabelerError", "Listener", "Result", "Verdict"]
PUBLIC = [*CLASSES, "__version__", "diff", "inspect", "label", "verify"]


def test_public_names() -> None:
    assert labeler.__all__ == sorted(labeler.__all__)
    assert labeler.__all__ == PUBLIC
    for name in PUBLIC:
        assert getattr(labeler, name) is not None


def test_public_functions_are_functions_even_after_their_modules_are_loaded() -> None:
    import labeler.batch.run
    import labeler.difference.files
    import labeler.inspection
    import labeler.verification

    assert all(map(callable, (labeler.label, labeler.verify, labeler.inspect, labeler.diff)))
