"""Where this machine finds what the plan names: `--path-map FILE`, as Open Job Description writes it for a session.

    {"version": "pathmapping-1.0", "path_mapping_rules": [
        {"source_path_format": "WINDOWS", "source_path": "P:\\shows", "destination_path": "/mnt/shows"}]}

A session without rules hands an empty object. (Open Job Description 2023-09, "How jobs are run"; read in
openjd-sessions 0.13.0, `_session.py`.)
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from labeler.errors import UsageError
from labeler.language import say
from labeler.rules.plan import FileReference, PlanItem
from labeler.verdict import Frozen

VERSION = "pathmapping-1.0"
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
    """Rules, and the separator of this machine."""

    rules: tuple[Rule, ...] = ()
    separator: str = os.sep

    def of(self, path: str) -> str:
        """The path here: by the rule that names most of its components, whole ones only; the path itself by none.

        Windows takes both slashes and no notice of case; what follows the rule's part keeps its case. A rule for URIs
        moves no file.
        """
        best: tuple[int, str] | None = None
        for rule in self.rules:
            if rule.source_path_format == "URI":
                continue
            named, asked = split(rule.source_path, rule.source_path_format), split(path, rule.source_path_format)
            if named and asked and starts(asked, named, rule.source_path_format):
                length = len(named)
                if best is None or length > best[0]:
                    best = length, join(rule.destination_path, asked[length:], self.separator)
        return path if best is None else best[1]

    def of_path(self, path: Path) -> Path:
        return Path(self.of(str(path)))

    def of_item(self, item: PlanItem) -> PlanItem:
        """The item with source and output as they are here. Its id stays that of the plan."""
        source = FileReference(file=self.of(item.source.file), sha256=item.source.sha256, bytes=item.source.bytes)
        return item.model_copy(update={"source": source, "output": self.of(item.output)})


def split(path: str, format_: Format) -> tuple[str, ...]:
    """The components, the root first; empty for a path that has none (a relative one is never mapped).

    A drive and a server with its share are roots: `P:\\`, `\\\\server\\share\\`. Dots are kept: what they mean depends
    on links.
    """
    if format_ == "POSIX":
        return ("/", *filter(None, path.split("/"))) if path.startswith("/") else ()
    path = path.replace("/", "\\")
    if path.startswith("\\\\"):
        parts = [part for part in path[2:].split("\\") if part]
        return ("\\\\", *parts) if len(parts) >= 2 else ()
    if path[1:3] == ":\\" or (len(path) == 2 and path[1] == ":"):
        return (path[:2] + "\\", *filter(None, path[2:].split("\\")))
    return ()


def starts(asked: tuple[str, ...], named: tuple[str, ...], format_: Format) -> bool:
    beginning = asked[: len(named)]
    if format_ == "POSIX":
        return beginning == named
    return [part.casefold() for part in beginning] == [part.casefold() for part in named]


def join(destination: str, rest: Iterable[str], separator: str) -> str:
    parts = tuple(rest)
    return separator.join((destination.rstrip("/\\" if separator == "\\" else "/"), *parts)) if parts else destination


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
