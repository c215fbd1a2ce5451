"""What a farm's file in `targets/` has to say of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from labeler.farm.job import FarmJob
from labeler.farm.rejects import OnReject

Files = Mapping[str, Iterable[str]]
"""Texts by the name of their file, in pieces, so that a long list is never held whole."""
MANY = 10_000
"""Tasks of segments where the farm's own documents set no limit: a choice, more than any farm has machines."""


@dataclass(frozen=True)
class Target:
    """One farm. Adding one is adding a file with a `TARGET`.

    write: the texts. submit: what a person does with them, in English and French; `{folder}` is where they are.
    submit_cut: the same of a plan with segments, where it differs. on_reject: what suits the farm where nobody chose.
    most_tasks: in one round of items, where nobody said how many items a task has; None: any number. most_segments:
    tasks in the round of segments; 0 where the farm cannot have a round wait for another: an item is one task there.
    has_signers: whether it can hold back work for the machines that sign. has_windows: whether it runs there.
    has_own_path_map: whether its sessions bring their path mapping with them.
    """

    name: str
    title: str
    write: Callable[[FarmJob], Files]
    submit: tuple[str, str]
    submit_cut: tuple[str, str] | None = None
    on_reject: OnReject = "record"
    most_tasks: int | None = None
    most_segments: int = 0
    has_signers: bool = True
    has_windows: bool = True
    has_own_path_map: bool = False
