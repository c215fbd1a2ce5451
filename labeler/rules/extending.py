"""`extends`: everything of another preset, with one's own keys over it. Joined key by key before anything is judged."""

from __future__ import annotations

from typing import Any

from labeler.rules.document import Document
from labeler.rules.positions import KeyPath

NEVER_TAKEN = ("schema", "id", "version", "title", "extends")
"""What a preset always says for itself."""
INSTEAD_OF = {
    "overlay": ("mark",),
    "mark": ("overlay", "overlay_size"),
    "overlay_text": ("text", "size", "mark"),
    "text": ("overlay_text",),
}
"""Keys of a mention that cannot stand together: one's own takes the place of the other preset's."""


def joined(own: Document, other: Document) -> Document:
    """The other's value under one's own, each key with the place and the file where it stands.

    Both hold their images already: a picture is named as seen from the file that names it.
    """
    taken: set[KeyPath] = set()
    value = merged(own.value, left_to_take(own.value, other.value), (), taken)
    positions = {path: position for path, position in other.positions.items() if is_within(path, taken)}
    files = {path: other.file(path) for path in positions}
    return Document(own.name, value, positions | own.positions, files)


def left_to_take(own: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """What of the other preset may be taken at all."""
    base = {key: value for key, value in other.items() if key not in NEVER_TAKEN}
    mention, theirs = own.get("mention"), base.get("mention")
    if isinstance(mention, dict) and isinstance(theirs, dict):
        replaced = {name for key in mention for name in INSTEAD_OF.get(key, ())}
        base["mention"] = {key: value for key, value in theirs.items() if key not in replaced}
    return base


def merged(own: dict[str, Any], other: dict[str, Any], path: KeyPath, taken: set[KeyPath]) -> dict[str, Any]:
    """Tables key by key, anything else as a whole. Adds the paths of what comes from the other to `taken`.

    A number with a value of its own is another number: the source and the dates of the old one are not its own.
    """
    if "value" in own:
        return own
    result: dict[str, Any] = {}
    for key, theirs in other.items():
        here = (*path, key)
        if key not in own:
            result[key] = theirs
            taken.add(here)
        elif isinstance(own[key], dict) and isinstance(theirs, dict):
            result[key] = merged(own[key], theirs, here, taken)
    return own | result


def is_within(path: KeyPath, taken: set[KeyPath]) -> bool:
    return any(path[:length] in taken for length in range(1, len(path) + 1))
