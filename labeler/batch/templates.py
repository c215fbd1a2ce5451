"""Names of outputs out of a template: safe on Windows too, whatever the source's name holds.

Without a template the output keeps the letters of its source's name: `{stem}.{preset}{ext}` (CONTRACTS section 1).

What Windows refuses: https://learn.microsoft.com/windows/win32/fileio/naming-a-file (read 2026-11-26).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import date
from string import Formatter

from labeler.errors import UsageError
from labeler.language import say
from labeler.rules.record import RECORD_SUFFIX

KEYS = ("stem", "ext", "preset", "lang", "date", "reldir", "id", "sha8")
LONGEST = 255
"""Bytes of one name: Linux, macOS; Windows counts letters, which are no more."""
LONGEST_NAME = LONGEST - len(RECORD_SUFFIX)
UNSAFE = re.compile('[<>:"|?*\\\\\x00-\x1f\x7f]')
UNSAFE_IN_VALUE = re.compile('[<>:"/|?*\\\\\x00-\x1f\x7f]')
RESERVED = re.compile(r"(?i)(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³])(?= *(?:\.|$))")
INSTEAD = "_"


@dataclass(frozen=True)
class Values:
    """What the keys of a template stand for. reldir: folders, parted by `/`. id, sha8: None where there is none."""

    stem: str
    ext: str
    preset: str
    lang: str
    date: date
    reldir: str = ""
    id: str | None = None
    sha8: str | None = None


def keys_in(template: str) -> frozenset[str]:
    """Raises UsageError: not a template, or a key that is unknown."""
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        raise no_template(template) from error
    keys = frozenset(key for _, key, _, _ in parts if key is not None)
    if not keys <= set(KEYS) or any(form or conversion for _, _, form, conversion in parts):
        raise no_template(template)
    return keys


def fill(template: str | None, values: Values) -> str:
    """The name, in folders where the template names some; always with the source's ending.

    Raises UsageError: not a template, it leads out of its folder, stands for nothing here, or gives too long a name.
    """
    if template is None:
        return default_name(values)
    keys = keys_in(template)
    if "id" in keys and values.id is None:
        raise UsageError(
            say(
                f"--name {template}: {{id}} is the item_id of a job list, and {values.stem}{values.ext} has none.",
                f"--name {template} : {{id}} est l'item_id d'une liste, et {values.stem}{values.ext} n'en a pas.",
            )
        )
    name = filled(template, values)
    over = len(last(name).encode()) - LONGEST_NAME
    if over > 0 and "stem" in keys:
        name = filled(template, replace(values, stem=shortened(values.stem, over)))
    if len(last(name).encode()) > LONGEST_NAME or any(len(part.encode()) > LONGEST for part in name.split("/")):
        raise UsageError(
            say(f"--name {template}: the name is too long: {name}", f"--name {template} : nom trop long : {name}")
        )
    return name


def default_name(values: Values) -> str:
    """The source's own letters, fewer of them where the name would be too long."""
    tail = f".{values.preset}{values.ext}"
    over = len((values.stem + tail).encode()) - LONGEST_NAME
    return (shortened(values.stem, over) if over > 0 else values.stem) + tail


def filled(template: str, values: Values) -> str:
    plain = {key: UNSAFE_IN_VALUE.sub(INSTEAD, str(getattr(values, key) or "")) for key in KEYS if key != "reldir"}
    text = template.format_map(plain | {"reldir": values.reldir or "."})
    parts = [part for part in text.split("/") if part not in ("", ".")]
    if not text.strip("/.") or text.startswith("/") or ".." in parts or "\0" in text:
        raise UsageError(
            say(f"--name {template}: leads out of the output folder.", f"--name {template} : sort du dossier prévu."),
            remedy=say(
                "Use a name, or folders below the output folder.",
                "Donnez un nom, ou des dossiers sous celui de sortie.",
            ),
        )
    if not parts[-1].lower().endswith(plain["ext"].lower()):
        parts[-1] += plain["ext"]
    return "/".join(map(safe_part, parts))


def safe_part(part: str) -> str:
    """One name of a path as every system takes it."""
    safe = UNSAFE.sub(INSTEAD, part)
    if found := RESERVED.match(safe):
        safe = found[1] + INSTEAD + safe[found.end() :]
    return safe[:-1] + INSTEAD if safe.endswith((".", " ")) else safe


def shortened(stem: str, over: int) -> str:
    """The stem with so many bytes less; four digits of its hash keep it apart from others that begin the same."""
    encoded = stem.encode()
    mark = "~" + hashlib.sha256(encoded).hexdigest()[:4]
    return encoded[: max(0, len(encoded) - over - len(mark))].decode(errors="ignore") + mark


def last(name: str) -> str:
    return name.rpartition("/")[2]


def no_template(template: str) -> UsageError:
    keys = ", ".join("{" + key + "}" for key in KEYS)
    return UsageError(
        say(f"--name {template}: not a valid template.", f"--name {template} : modèle de nom incorrect."),
        remedy=say(f"Use these fields: {keys}.", f"Champs possibles : {keys}."),
    )
