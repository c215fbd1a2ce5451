"""The farms, a file each. The table is made of the files that are here."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from labeler.farm.target import Target

FIRST = "openjd"
"""The canonical one; the others follow by name."""


@cache
def targets() -> Mapping[str, Target]:
    found = [import_module(f"{__name__}.{module.name}").TARGET for module in iter_modules(__path__)]
    found.sort(key=lambda target: (target.name != FIRST, target.name))
    return MappingProxyType({target.name: target for target in found})
