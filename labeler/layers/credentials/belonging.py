"""Whether credentials that do not fit a file are those of another file, or of this one before it was changed.

A hash alone cannot tell: both read as altered. Only what no usual change makes is taken for another file's: a binding
that files of this kind cannot have, a signed format that is a still image, or a tree of hashes none of whose blocks is
here and whose media had another size. In any doubt the file counts as changed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from labeler.layers.credentials import codes, layout, sdk, statements
from labeler.layers.credentials.codes import as_dict, as_list
from labeler.layers.credentials.sdk import Store
from labeler.layers.credentials.statements import base
from labeler.media import probe

Reason = Literal["container", "format", "media"]

BINDINGS = ("assertion.bmffHash.", "assertion.dataHash.", "assertion.boxesHash.", "assertion.collectionHash.")
"""Beginnings of the codes that mean: the manifest is whole, and the media are not what it binds."""
NEVER_VIDEO = ("c2pa.hash.boxes", "c2pa.hash.collection")
"""Bindings of still images and of folders; no file that labeler reads can have one (C2PA 2.4, chapter 18)."""
LEAST_BLOCKS = 4
"""Blocks that a tree of hashes must have: where there are fewer, one change may touch them all (choice of labeler)."""
MOST_BLOCKS = 64
"""Blocks that are compared, spread evenly over the media."""
LEAST_DIFFERENCE = 0.01
"""Share of the signed media by which the size must differ: who multiplexes anew moves bytes, and drops hardly any."""
LARGEST_BLOCK = 64 << 20


@dataclass(frozen=True)
class Tree:
    """The hashes of the blocks of one `mdat`, as signed. offset: of the first hashed byte, from the beginning of the
    box. size: bytes of a block; the last one may be shorter."""

    algorithm: str
    offset: int
    size: int
    hashes: tuple[bytes, ...]


def of_another(path: Path, store: Store) -> Reason | None:
    """How it is known that this store belongs to another file. None where it fits, where its own signature or
    assertions are broken (then it proves nothing), or where this file may have been changed.

    Raises SourceMissing, SourceUnreadable, OSError when the file itself cannot be read.
    """
    found = codes.gather(store.manifests, store.results)
    changed = codes.altered(found.active)
    if not changed or not codes.has_signature(found) or not all(code.startswith(BINDINGS) for code in changed):
        return None
    binding = binding_of(store)
    kinds = {base(label) for label in binding}
    is_bmff = probe.container_of(path) in sdk.EMBEDDING
    if any(kind.startswith(NEVER_VIDEO) for kind in kinds):
        return "container"
    if not is_bmff and any(kind.startswith("c2pa.hash.bmff") for kind in kinds):
        return "container"
    if statements.is_of_an_image(store.manifests.get(store.active)):
        return "format"
    # A sidecar may be left beside a film that was made anew under its name; what is embedded only a hand carries over.
    return "media" if store.embedded and is_bmff and shares_nothing(path, binding) else None


def is_first_piece(path: Path, store: Store) -> bool:
    """Whether this file is the first piece of a film that is streamed: its manifest binds segments, and none is in it.
    Then the hashes of a file that is as it was signed do not fit it alone."""
    found = codes.gather(store.manifests, store.results)
    if probe.container_of(path) not in sdk.EMBEDDING or not all(
        code.startswith(BINDINGS) for code in codes.altered(found.active)
    ):
        return False
    stated = [as_dict(data) for label, data in binding_of(store).items() if base(label).startswith("c2pa.hash.bmff")]
    trees = [as_dict(tree) for data in stated for tree in as_list(data.get("merkle"))]
    if not trees or not all(tree.get("initHash") for tree in trees) or any(data.get("hash") for data in stated):
        return False
    with path.open("rb") as file:
        return all(kind != b"moof" for kind, _, _ in layout.boxes(file, 0, file.seek(0, 2)))


def binding_of(store: Store) -> Mapping[str, Any]:
    """What binds the media: that of an update is its nearest parent's. Empty where nothing does."""
    line = statements.parents(store.active, store.manifests)
    return next((held for label in line if (held := store.bindings.get(label))), {})


def shares_nothing(path: Path, binding: Mapping[str, Any]) -> bool:
    """Whether no block of the signed media stands in this MP4 or MOV, and the media are of another size."""
    trees = [tree_of(as_dict(data)) for label, data in binding.items() if base(label).startswith("c2pa.hash.bmff")]
    tree = trees[0] if len(trees) == 1 else None
    if tree is None or len(tree.hashes) < LEAST_BLOCKS:
        return False
    with path.open("rb") as file:
        places, start = [], 0
        for kind, _, last in layout.boxes(file, 0, file.seek(0, 2)):
            if kind == b"mdat":
                places.append((start, last))
            start = last
        if len(places) != 1:
            return False
        first, last = places[0][0] + tree.offset, places[0][1]
        count = len(tree.hashes)
        least, most = (count - 1) * tree.size + 1, count * tree.size
        allowance = max(tree.size, most * LEAST_DIFFERENCE)
        if least - allowance <= last - first <= most + allowance:
            return False
        for number in spread(count):
            file.seek(first + number * tree.size)
            block = file.read(max(0, min(tree.size, last - file.tell())))
            if hashlib.new(tree.algorithm, block).digest() == tree.hashes[number]:
                return False
    return True


def spread(count: int) -> Sequence[int]:
    if count <= MOST_BLOCKS:
        return range(count)
    return sorted({round(at * (count - 1) / (MOST_BLOCKS - 1)) for at in range(MOST_BLOCKS)})


def tree_of(data: Mapping[str, Any]) -> Tree | None:
    """The one tree of hashes of a binding, where it holds the hash of every block. None for any other."""
    listed = as_list(data.get("merkle"))
    stated = as_dict(listed[0]) if len(listed) == 1 else {}
    size, algorithm = stated.get("fixedBlockSize"), stated.get("alg") or data.get("alg") or "sha256"
    hashes = tuple(filter(None, map(digest, as_list(stated.get("hashes")))))
    offset = offset_of(data)
    if not isinstance(size, int) or not 0 < size <= LARGEST_BLOCK or offset is None:
        return None
    if algorithm not in ("sha256", "sha384", "sha512") or not hashes or len(hashes) != stated.get("count"):
        return None
    return Tree(str(algorithm), offset, size, hashes)


def offset_of(data: Mapping[str, Any]) -> int | None:
    """Where in its `mdat` a tree begins: what the one hash of all else leaves to it."""
    for one in map(as_dict, as_list(data.get("exclusions"))):
        subset = [as_dict(part) for part in as_list(one.get("subset"))]
        if one.get("xpath") == "/mdat" and len(subset) == 1 and subset[0].get("length") == 0:
            offset = subset[0].get("offset")
            return offset if isinstance(offset, int) and offset >= 0 else None
    return None


def digest(value: Any) -> bytes | None:
    """A hash as the SDK's JSON tells it: base64, or a list of numbers."""
    if isinstance(value, str):
        try:
            return base64.b64decode(value, validate=True)
        except (ValueError, binascii.Error):
            return None
    try:
        return bytes(value) if isinstance(value, list) else None
    except (TypeError, ValueError):
        return None
