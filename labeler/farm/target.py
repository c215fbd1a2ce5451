"""What a farm's file in `targets/` has to say of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from labeler.farm.job import FarmJob
from labeler.farm.rejects import OnReject

Files = Mapping[str, Iterable[str]]
"""Texts by the name of their file, in pieces, so that a long list is never held whole."""


def one_item_a_task(items: int) -> int:
    return 1


@dataclass(frozen=True)
class Target:
    """One farm. Adding one is adding a file with a `TARGET`.

    write: the texts. submit: what a person does with them, in English and French; `{folder}` is where they are.
    on_reject: what suits the farm where nobody chose. default_chunk: items a task, from the number of items.
    has_signers: whether it can hold back work for the machines that sign. has_windows: whether it runs there.
    has_own_path_map: whether its sessions bring their path mapping with them.
    """

    name: str
    title: str
    write: Callable[[FarmJob], Files]
    submit: tuple[str, str]
    on_reject: OnReject = "record"
    default_chunk: Callable[[int], int] = one_item_a_task
    has_signers: bool = True
    has_windows: bool = True
    has_own_path_map: bool = False
