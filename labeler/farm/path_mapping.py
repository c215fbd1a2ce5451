"""Where this machine finds what the plan names: `--path-map FILE`, as Open Job Description writes it for a session.

    {"version": "pathmapping-1.0", "path_mapping_rules": [
        {"source_path_format": "WINDOWS", "source_path": "P:\\shows", "destination_path": "/mnt/shows"}]}

A session without rules hands an empty object. (Open Job Description 2023-09, "How jobs are run"; read in
openjd-sessions 0.13.0, `_session.py`.)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import Literal

from pydantic import Field, ValidationError

from labeler.errors import UsageError
from labeler.language import say
from labeler.rules.plan import PlanItem
from labeler.verdict import Frozen

VERSION = "pathmapping-1.0"
BARE_DRIVE = re.compile(r"[A-Za-z]:")
Format = Literal["POSIX", "WINDOWS", "URI"]


class Rule(Frozen):
    """Paths at or below `source_path` are at or below `destination_path` here."""

    source_path_format: Format
    source_path: str = Field(min_length=1)
    destination_path: str = Field(min_length=1)


class Document(Frozen):
    version: Literal["pathmapping-1.0"] | None = None
    path_mapping_rules: tuple[Rule, ...] = ()


@dataclass(frozen=True)
class PathMapping:
    """Rules, and how this machine writes paths."""

    rules: tuple[Rule, ...] = ()
    flavour: type[PurePath] = PurePath

    def of(self, path: str) -> str:
        """The path here: by the rule that names most of its components, whole ones only; the path itself by none.

        Windows takes both slashes, and letters of ASCII in either case; what the rule does not name keeps its case.
        Dots are kept: what they mean depends on links. A rule for URIs moves no file.
        """
        best, length = path, 0
        for rule in self.rules:
            if rule.source_path_format == "URI":
                continue
            named = parts_of(rule.source_path, rule.source_path_format)
            asked = parts_of(path, rule.source_path_format)
            if len(named) > length and same(asked[: len(named)], named, rule.source_path_format):
                best, length = self.below(rule.destination_path, asked[len(named) :]), len(named)
        return best

    def below(self, folder: str, parts: Sequence[str]) -> str:
        return str(self.flavour(folder, *parts))

    def of_path(self, path: Path) -> Path:
        return Path(self.of(str(path)))

    def of_item(self, item: PlanItem) -> PlanItem:
        """The item with source, output and the folders of its delivery as they are here. Its id stays the plan's."""
        if not self.rules:
            return item
        source = item.source.model_copy(update={"file": self.of(item.source.file)})
        folders = {"records": item.delivery.records, "root": item.delivery.root}
        here = {name: folder and self.of(folder) for name, folder in folders.items()}
        delivery = item.delivery.model_copy(update=here)
        return item.model_copy(update={"source": source, "output": self.of(item.output), "delivery": delivery})


def parts_of(path: str, format_: Format) -> tuple[str, ...]:
    """The components, the root first; none of a relative path, which is never mapped.

    A drive, and a server with its share, are roots; the bare drive of a rule means its root.
    """
    if format_ == "POSIX":
        return PurePosixPath(path).parts if path.startswith("/") else ()
    found = PureWindowsPath(path + "\\" if BARE_DRIVE.fullmatch(path) else path)
    return found.parts if found.is_absolute() else ()


def same(these: tuple[str, ...], those: tuple[str, ...], format_: Format) -> bool:
    return these == those if format_ == "POSIX" else list(map(folded, these)) == list(map(folded, those))


def folded(part: str) -> str:
    """Of ASCII alone, as Open Job Description does it: `K` and the Kelvin sign are two letters."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in part)


def load_path_mapping(file: Path) -> PathMapping:
    """Read a session's file. Raises UsageError where it is missing or not of that form: a step that went on without
    would look for its files in the wrong place."""
    try:
        document = Document.model_validate_json(file.read_bytes())
    except OSError as error:
        reason = error.strerror or str(error)
        raise wrong(file, f"cannot be read: {reason}", f"lecture impossible : {reason}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        told = f"{'.'.join(map(str, first['loc'])) or 'JSON'}: {first['msg']}"
        raise wrong(file, f"not a path mapping of {VERSION}: {told}", f"pas un {VERSION} : {told}") from error
    return PathMapping(document.path_mapping_rules)


def wrong(file: Path, en: str, fr: str) -> UsageError:
    return UsageError(
        say(f"--path-map {file}: {en}.", f"--path-map {file} : {fr}."),
        remedy=say(
            "Name the file that the farm hands its sessions.", "Indiquez le fichier que la ferme remet à ses sessions."
        ),
        file=str(file),
    )
