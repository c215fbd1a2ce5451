"""The one border to c2pa-python: its settings, streams that remember why they failed, stores, and errors by type.

Measured with c2pa-python 0.38.1 (c2pa-rs 0.91.3). Files are handed over as open streams with a MIME type of our own,
never as paths: the SDK guesses types wrongly and empties a file that is source and target at once.
"""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, Literal

import c2pa

from labeler.layers.credentials import layout
from labeler.layers.credentials.certificates import SIGNING_USES
from labeler.layers.credentials.codes import as_dict, as_list
from labeler.media import bounds, probe
from labeler.media.inventory import Container
from labeler.media.open import reading

EMBEDDING: frozenset[Container] = frozenset({"mp4", "mov"})
"""The containers that the SDK can write a manifest into; for the others it stands in a sidecar."""

READABLE: frozenset[Container] = EMBEDDING | {"avi"}
"""The containers in which it finds a manifest. Into AVI it could write one too, with the whole file in memory
(measured: 2.5 GB for 1.5 GB), so there a sidecar serves."""

BINDING = "c2pa.hash."
TYPE = "digitalSourceType"
SIDECAR = ".c2pa"
LARGEST_SIDECAR = 64 << 20
ELSEWHERE = re.compile(r"Remote\w*: .*?\burl (.+)", re.DOTALL)
"""How the SDK tells the address of credentials that it may not fetch: an error without a type of its own (measured)."""
SYSTEM_ERROR = re.compile(r"\(os error (\d+)\)")


@dataclass(frozen=True)
class Store:
    """A manifest store as the SDK read and validated it.

    manifests: by label. results: what validation found. raw: the store's bytes (JUMBF). embedded: in the file itself.
    bindings: of each manifest, the assertions that bind the media (`c2pa.hash.*`), by their labels; none in an update.
    """

    active: str
    manifests: dict[str, Any]
    results: dict[str, Any]
    raw: bytes
    embedded: bool
    bindings: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Unreadable:
    """There are credentials, or something that looks like it, which could not be read.

    `remote`: the file only points to credentials elsewhere. reason: the SDK's own words. address: where they are, as
    the file has it.
    """

    kind: Literal["remote", "damaged"]
    reason: str
    address: str | None = None


class Watched:
    """A stream as the SDK wants it, that keeps the first error of its callbacks: the SDK itself drops them.

    tick: called with the bytes read so far; may raise, which stops the SDK.
    """

    def __init__(self, stream: BinaryIO, tick: Callable[[int], None] = lambda done: None) -> None:
        self.stream = stream
        self.tick = tick
        self.done = 0
        self.error: BaseException | None = None

    def readinto(self, buffer: memoryview) -> int:
        count = self._keep(self.stream.readinto, buffer)  # type: ignore[attr-defined]
        self.done += count
        self._keep(self.tick, self.done)
        return int(count)

    def read(self, size: int = -1) -> bytes:
        return bytes(self._keep(self.stream.read, size))

    def write(self, data: bytes) -> int:
        return int(self._keep(self.stream.write, data))

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return int(self._keep(self.stream.seek, offset, whence))

    def tell(self) -> int:
        return int(self._keep(self.stream.tell))

    def flush(self) -> None:
        self._keep(self.stream.flush)

    def _keep(self, call: Callable[..., Any], *arguments: object) -> Any:
        try:
            return call(*arguments)
        except BaseException as error:
            # Ctrl-C too: an exception that is no `Exception` would vanish in the foreign function's callback.
            self.error = self.error or error
            raise RuntimeError("the stream failed") from error


class Echo(io.RawIOBase):
    """A target for signing that writes nothing: its bytes are those of `original`, which the SDK copies unchanged."""

    def __init__(self, original: BinaryIO) -> None:
        self.original = original
        self.position = self.length = 0

    def write(self, data: Any) -> int:
        self.position += len(data)
        self.length = max(self.length, self.position)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self.position = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self.position, os.SEEK_END: self.length}[whence]
        return self.position

    def tell(self) -> int:
        return self.position

    def readinto(self, buffer: Any) -> int:
        self.original.seek(self.position)
        count = int(self.original.readinto(buffer))  # type: ignore[attr-defined]
        self.position += count
        return count


def reading_settings(anchors: str) -> dict[str, Any]:
    """To read and validate: no network, and the certificate uses that C2PA signers have. anchors: PEM, maybe empty."""
    trust: dict[str, Any] = {"trust_config": "".join(f"{use.dotted_string}\n" for use in SIGNING_USES)}
    if anchors:
        trust["trust_anchors"] = anchors
    return {
        "trust": trust,
        "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
        "core": {"allowed_network_hosts": [], "backing_store_memory_threshold_in_mb": 1},
    }


def signing_settings(*, merkle: bool) -> dict[str, Any]:
    """To sign in flat memory. merkle: a tree of hashes (`layout.is_in_one_piece` tells where it holds); without it the
    SDK takes up to 512 MB for its buffers (measured; no setting for it).

    The SDK's own check after signing only looks at the media when it is told to (`verify_after_sign_hash`).
    """
    settings = reading_settings("")
    settings["verify"]["verify_after_sign_hash"] = True
    if merkle:
        settings["core"] |= {"merkle_tree_chunk_size_in_kb": 1024, "merkle_tree_max_proofs": 0}
    return settings


@contextmanager
def crossing(*streams: Watched) -> Iterator[None]:
    """Call the SDK inside: what a stream's callback raised comes out as it was."""
    try:
        yield
    except c2pa.C2paError:
        reraise(streams)
        raise
    reraise(streams)


def reraise(streams: tuple[Watched, ...]) -> None:
    for stream in streams:
        if stream.error is not None:
            raise stream.error


@contextmanager
def temporary_files_in(folder: Path) -> Iterator[None]:
    """The SDK copies media through a file in `TMPDIR`: on the output's volume, never in a /tmp that is memory."""
    before = os.environ.get("TMPDIR")
    os.environ["TMPDIR"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            os.environ.pop("TMPDIR", None)
        else:
            os.environ["TMPDIR"] = before


def system_error(error: c2pa.C2paError) -> OSError | None:
    """The operating system's error behind an `Io` error of the SDK, where it tells one."""
    if not isinstance(error, c2pa.C2paError.Io):
        return None
    number = SYSTEM_ERROR.search(str(error))
    if number is None:
        return None  # the SDK's word for a file that ends too early, too
    code = int(number.group(1))
    return OSError(code, os.strerror(code))


def sidecars_of(path: Path) -> tuple[Path, ...]:
    """The sidecars that stand beside a file: `FILE.EXT.c2pa`, and `STEM.c2pa`, which another file may share."""
    names = dict.fromkeys((path.with_name(path.name + SIDECAR), path.with_suffix(SIDECAR)))
    # `os.path` and not `Path`: a name that is too long for a sidecar has none, and is no error.
    return tuple(name for name in names if os.path.isfile(name))  # noqa: PTH113


def read_store(path: Path, anchors: str = "", *, validate: bool = True) -> Store | Unreadable | None:
    """The credentials that are embedded in a file; None when there are none, or its container holds none.

    validate: False reads the store alone, in no time, and leaves `results` meaningless.
    Raises SourceMissing, SourceUnreadable, Temporary when the file itself cannot be read.
    """
    container = probe.container_of(path)
    if container not in READABLE and container is not None:
        return None
    return read(path, None, anchors, validate=validate)


def surely_holds_none(path: Path) -> bool:
    """Whether it can be told without the SDK that `read_store` finds neither credentials nor an address of some. Raises
    as that."""
    if probe.container_of(path) not in EMBEDDING:
        return False
    with reading(path):
        return layout.is_without_manifest(path)


def read_beside(path: Path, sidecar: Path, anchors: str = "") -> Store | Unreadable:
    """The credentials in a sidecar, held against the file beside it. Raises as `read_store`."""
    with reading(sidecar):
        size = sidecar.stat().st_size
        if size > LARGEST_SIDECAR:
            return Unreadable("damaged", f"{sidecar.name}: {size} bytes")
        data = sidecar.read_bytes()
    return read_with(path, data, anchors)


def read_with(path: Path, data: bytes, anchors: str = "") -> Store | Unreadable:
    """The credentials in these bytes, held against the file. Raises as `read_store`."""
    return read(path, data, anchors) or Unreadable("damaged", "no manifest store")


def read_fragments(init: Path, segments: Sequence[Path], anchors: str = "") -> Store | Unreadable | None:
    """The credentials in the first piece of a film, held against every other one: failures are those of any of them.

    Raises SourceMissing, SourceUnreadable, Temporary when a piece cannot be read.
    """
    mime = probe.mime_type("mp4")
    with reading(init), init.open("rb") as file, c2pa.Context.from_dict(reading_settings(anchors)) as context:
        bounds.examine(file, init)
        return attempt(
            Watched(file), mime, None, context, lambda reader: store_of_fragments(reader, mime, file, segments)
        )


def store_of_fragments(reader: Any, mime: str, init: BinaryIO, segments: Sequence[Path]) -> Store:
    """segments: one at least. The SDK holds each by itself against the manifest and forgets the one before."""
    stores = []
    for segment in segments:
        with reading(segment), segment.open("rb") as file:
            bounds.examine(file, segment)
            first, second = Watched(init), Watched(file)
            with crossing(first, second):
                reader.with_fragment(mime, first, second)
                stores.append(store_of(reader))
    failures: list[Any] = []
    for store in stores:
        told = as_list(as_dict(store.results.get("activeManifest")).get("failure"))
        failures += [one for one in told if one not in failures]
    whole = stores[0]
    active = as_dict(whole.results.get("activeManifest")) | {"failure": failures}
    # To the SDK a reader that was given a fragment has nothing embedded (measured).
    return replace(whole, results=whole.results | {"activeManifest": active}, embedded=True)


def read(path: Path, data: bytes | None, anchors: str, *, validate: bool = True) -> Store | Unreadable | None:
    settings = reading_settings(anchors)
    if not validate:
        settings["verify"]["verify_after_reading"] = False
    container = probe.container_of(path)
    mime = probe.mime_type(container) if container is not None else None
    with reading(path), path.open("rb") as file, c2pa.Context.from_dict(settings) as context:
        if container in EMBEDDING:
            bounds.examine(file, path)
        return attempt(Watched(file), mime, data, context)


def attempt(
    stream: Watched,
    mime: str | None,
    data: bytes | None,
    context: Any,
    tell: Callable[[Any], Store] | None = None,
) -> Store | Unreadable | None:
    """tell: what to make of the reader; None: its store."""
    try:
        with crossing(stream), c2pa.Reader(mime, stream, data, context=context) as reader:
            return (tell or store_of)(reader)
    except c2pa.C2paError.ManifestNotFound:
        return None
    except c2pa.C2paError as error:
        named = ELSEWHERE.match(str(error))
        if named is not None or isinstance(error, c2pa.C2paError.RemoteManifest):
            return Unreadable("remote", str(error), named.group(1) if named else None)
        return Unreadable("damaged", str(error))
    except (ValueError, KeyError) as error:
        # A store that the SDK lets pass but cannot tell in JSON as it should.
        return Unreadable("damaged", f"{type(error).__name__}: {error}")


def store_of(reader: Any) -> Store:
    store, raw = json.loads(reader.json()), io.BytesIO()
    active = str(store["active_manifest"])
    # Any address in the store yields the whole of it (measured).
    with suppress(c2pa.C2paError.ResourceNotFound):
        reader.resource_to_stream(active, raw)
    results = dict(store.get("validation_results") or {})
    whole = assertion_stores(reader)
    entries = {label: with_types(entry, whole.get(label, {})) for label, entry in dict(store["manifests"]).items()}
    # The SDK tells them in an order that differs from run to run (measured); a verdict may not.
    manifests = dict(sorted(entries.items(), key=lambda entry: (entry[0] != active, entry[0])))
    bindings = {label: {n: data for n, data in held.items() if n.startswith(BINDING)} for label, held in whole.items()}
    return Store(active, manifests, results, raw.getvalue(), bool(reader.is_embedded()), bindings)


def assertion_stores(reader: Any) -> dict[str, dict[str, Any]]:
    """All assertions of each manifest as they stand in it, by their labels, out of the detailed JSON: the plain one
    leaves `c2pa.hash.data` out, and what its own types do not know (measured). Empty where it cannot be told."""
    with suppress(c2pa.C2paError, ValueError):
        entries = as_dict(as_dict(json.loads(reader.detailed_json())).get("manifests"))
        return {label: as_dict(as_dict(entry).get("assertion_store")) for label, entry in entries.items()}
    return {}


def with_types(entry: Any, held: Mapping[str, Any]) -> Any:
    """A manifest whose ingredients keep their own source type (C2PA 2.4, `ingredient-map-v3`), which the SDK drops.

    held: its assertions as they stand in it.
    """
    ingredients = as_list(as_dict(entry).get("ingredients"))
    types = [as_dict(held.get(str(as_dict(one).get("label")))).get(TYPE) for one in ingredients]
    if not any(types):
        return entry
    told = [{TYPE: kind, **as_dict(one)} if kind else one for one, kind in zip(ingredients, types, strict=True)]
    return {**entry, "ingredients": told}


def sdk_version() -> str:
    """Of the library that c2pa-python bundles."""
    return str(c2pa.sdk_version())
