"""Plan files: JSON Lines, an item a line, numbered from 0. Written whole or not at all; read a line at a time."""

from __future__ import annotations

import json
import os
import re
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from labeler.errors import OutputRefused, PlanError, UsageError
from labeler.language import say
from labeler.release import private_beside, sync_file, translated
from labeler.rules.plan import PlanItem

SCHEMA = re.compile(r"labeler\.plan/([0-9]{1,9})")
VERSION = 1
LONGEST_LINE = 64 << 20
"""Bytes. A plan holds the facts of every track of a source; the largest seen takes some hundred kilobytes."""
ITEMS = re.compile(r"([0-9]{1,9})(?:-([0-9]{1,9})(?::([1-9][0-9]{0,8}))?)?")


@dataclass(frozen=True)
class PlanFile:
    """A plan on disk. `starts`: where the line of each item begins, in bytes."""

    path: Path
    starts: array[int]

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def results(self) -> Path:
        """The folder of what became of its items."""
        return results_of(self.path)

    def item(self, number: int) -> PlanItem:
        """Raises PlanError: there is none of that number, or it is none that this version can carry out."""
        ((_, item),) = self.items(range(number, number + 1))
        return item

    def items(self, numbers: Iterable[int] | None = None) -> Iterator[tuple[int, PlanItem]]:
        """Each item of these numbers with its own, one at a time in memory; None: of all. Raises PlanError."""
        with self.path.open("rb") as file:
            for number in range(len(self)) if numbers is None else numbers:
                self.check(number)
                file.seek(self.starts[number])
                yield number, read_item(file.readline(LONGEST_LINE), self.path, number)

    def check(self, number: int) -> None:
        """Raises PlanError where there is none of that number."""
        if not 0 <= number < len(self):
            raise PlanError(
                say(
                    f"{self.path} has {len(self)} items, numbered from 0: there is no item {number}.",
                    f"{self.path} a {len(self)} éléments, numérotés à partir de 0 : pas d'élément {number}.",
                ),
                remedy=say("Name one of them with --item.", "Indiquez l'un d'eux avec --item."),
                file=str(self.path),
            )


def results_of(plan: Path) -> Path:
    return plan.with_name(plan.name + ".results")


def open_plan(path: Path) -> PlanFile:
    """Find the items of a plan file, without reading into them. Raises PlanError."""
    starts = array("Q")
    try:
        with path.open("rb") as file:
            while line := file.readline(LONGEST_LINE):
                if line.strip():
                    starts.append(file.tell() - len(line))
    except OSError as error:
        raise unreadable(path, error) from error
    if not starts:
        raise empty(path)
    plan = PlanFile(path, starts)
    plan.item(0)  # a file of another kind is told at once, and not at the first item that is asked for
    return plan


def unreadable(path: Path, error: OSError) -> PlanError:
    reason = error.strerror or str(error)
    return PlanError(
        say(f"{path}: this plan cannot be read: {reason}.", f"{path} : ce plan ne peut pas être lu : {reason}."),
        remedy=say("Check the path.", "Vérifiez le chemin."),
        file=str(path),
    )


def empty(path: Path) -> PlanError:
    return PlanError(say(f"{path}: this plan is empty.", f"{path} : ce plan est vide."), file=str(path))


def read_item(line: bytes, path: Path, number: int) -> PlanItem:
    """One line of a plan. Raises PlanError."""
    try:
        return PlanItem.model_validate_json(line)
    except ValidationError:
        return read_with_care(line, path, number)


def read_with_care(line: bytes, path: Path, number: int) -> PlanItem:
    """The same of a line that is not plainly one, whose fault is to be told."""
    place = say(f"{path}, item {number}", f"{path}, élément {number}")
    try:
        found = json.loads(line)
        schema = SCHEMA.fullmatch(found["schema"])
        if schema is None:
            raise ValueError
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise PlanError(
            say(f"{place}: this is no item of a plan.", f"{place} : ce n'est pas un élément de plan."), file=str(path)
        ) from error
    if int(schema[1]) > VERSION:
        raise PlanError(
            say(
                f"{place}: a newer labeler made this plan ({found['schema']}).",
                f"{place} : ce plan vient d'une version plus récente de labeler ({found['schema']}).",
            ),
            remedy=say(
                "Install that version here, or make the plan again with this one.",
                "Installez cette version ici, ou refaites le plan avec celle-ci.",
            ),
            file=str(path),
        )
    try:
        return PlanItem.model_validate(found)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise PlanError(
            say(
                f"{place}: {where}: this value cannot be used ({first['msg']}).",
                f"{place} : {where} : valeur inutilisable ({first['msg']}).",
            ),
            file=str(path),
        ) from error


def numbers_in(asked: str, flag: str = "--item") -> range:
    """`7`, `0-9` (both included) or `0-9:2`. Raises UsageError."""
    found = ITEMS.fullmatch(asked)
    first = int(found[1]) if found else 0
    last = int(found[2] or first) if found else -1
    if found is None or last < first:
        raise UsageError(
            say(f"{flag} {asked}: not a number or a range.", f"{flag} {asked} : ni un nombre ni un intervalle."),
            remedy=say(f"Write {flag} 7, or {flag} 0-9.", f"Écrivez {flag} 7, ou {flag} 0-9."),
        )
    return range(first, last + 1, int(found[3] or 1))


class PlanWriter:
    """A plan file in the making: at its place when the `with` block ends well, else gone.

    Raises OutputRefused, DiskFull.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.private = private_beside(path)
        self.count = 0

    def __enter__(self) -> PlanWriter:
        if self.path.is_dir() or not self.path.parent.is_dir():
            folder = self.path if self.path.is_dir() else self.path.parent
            raise OutputRefused(
                say(f"--plan {self.path}: {folder} is no place for a file.", f"--plan {self.path} : {folder}."),
                remedy=say("Name a file in a folder that is there.", "Indiquez un fichier dans un dossier existant."),
                file=str(self.path),
            )
        with translated(self.path.parent):
            self.file = self.private.open("w", encoding="ascii")
        return self

    def add(self, line: str) -> None:
        with translated(self.path.parent):
            self.file.write(line + "\n")
        self.count += 1

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        with translated(self.path.parent):
            self.file.close()
            if kind is None:
                sync_file(self.private)
                os.replace(self.private, self.path)  # noqa: PTH105
            else:
                self.private.unlink(missing_ok=True)
