"""How a sabotage is done: take a good output, break one thing with a tool that is not labeler's writer, seal it
again with plain c2pa-python where the seal itself is not the thing, and hand it to the gate where `label` does.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import c2pa

from labeler import pipeline, release
from labeler.pipeline import Order
from labeler.rules.record import Result
from labeler.verdict import Check, Status

MIME = {".mp4": "video/mp4", ".mov": "video/quicktime", ".mkv": "video/x-matroska"}

MADE_BY_THE_SDK = ("c2pa.hash.", "c2pa.ingredient")


@dataclass(frozen=True)
class Good:
    """A deliverable that passed, and the stages it went through.

    rendered: after the mux, before XMP. unsealed: after XMP, before the seal. released: as delivered.
    """

    order: Order
    rendered: Path
    unsealed: Path
    released: Path
    sidecar: Path | None
    checks: tuple[Check, ...]
    folder: Path


def run(*command: str | Path) -> None:
    """Run a foreign tool; its failure is a failure of the test, not a caught fault."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


def ffmpeg(source: Path, target: Path, *arguments: str, inputs: tuple[str, ...] = ()) -> Path:
    """Remux with the ffmpeg command line: everything copied unless the arguments say otherwise."""
    run("ffmpeg", "-nostdin", "-v", "error", "-y", *inputs, "-i", source, *arguments, target)
    return target


COPY_ALL = ("-map", "0:v", "-map", "0:a?", "-map", "0:s?", "-c", "copy", "-map_chapters", "0", "-map_metadata", "0")


def add_xmp(good: Good, target: Path) -> Path:
    """Give a remuxed file the XMP of the good one again, with exiftool."""
    run("exiftool", "-q", "-overwrite_original", "-tagsfromfile", good.unsealed, "-xmp:all", "-XMP", target)
    return target


def store_of(path: Path, sidecar: Path | None = None) -> dict[str, Any]:
    mime = MIME[path.suffix]
    with path.open("rb") as stream:
        data = sidecar.read_bytes() if sidecar else None
        reader = c2pa.Reader(mime, stream, manifest_data=data) if data else c2pa.Reader(mime, stream)
        return dict(json.loads(reader.json()))


def definition_of(good: Good) -> dict[str, Any]:
    """The good output's active manifest as a definition that plain c2pa-python can sign again."""
    store = store_of(good.released, good.sidecar)
    manifest = store["manifests"][store["active_manifest"]]
    kept = ("title", "format", "claim_generator_info")
    definition: dict[str, Any] = {name: manifest[name] for name in kept if name in manifest}
    definition["assertions"] = [
        {"label": entry["label"], "data": entry["data"], "created": True}
        | ({"kind": entry["kind"]} if "kind" in entry else {})
        for entry in manifest["assertions"]
        if not entry["label"].startswith(MADE_BY_THE_SDK)
    ]
    return definition


def signer_of(good: Good, chain: bytes | None = None, key: bytes | None = None) -> c2pa.Signer:
    identity = good.order.identity
    assert identity is not None
    info = c2pa.C2paSignerInfo(b"es256", chain or identity.chain_pem, key or identity.key_pem, None)
    return c2pa.Signer.from_info(info)


def reseal(
    good: Good,
    broken: Path,
    target: Path,
    *,
    change: Any = lambda definition: definition,
    parent: Path | None = None,
    signer: c2pa.Signer | None = None,
) -> Path:
    """Sign `broken` with what the good output states (or a changed version of it), by plain c2pa-python."""
    definition = change(definition_of(good))
    settings = {"verify": {"verify_trust": True}}
    with c2pa.Context.from_dict(settings) as context:
        builder = c2pa.Builder(definition, context=context)
        master = parent or signed_master(good)
        opened = next(
            a for e in definition["assertions"] if e["label"].startswith("c2pa.actions") for a in e["data"]["actions"]
        )
        if opened["action"] == "c2pa.opened":
            label = "master"
            opened["parameters"] = {"ingredientIds": [label]}
            with master.open("rb") as stream:
                builder.add_ingredient(
                    json.dumps({"title": "master", "relationship": "parentOf", "label": label}),
                    MIME[master.suffix],
                    stream,
                )
        target.parent.mkdir(parents=True, exist_ok=True)
        with broken.open("rb") as source, target.open("w+b") as sealed:
            builder.sign(signer or signer_of(good), MIME[broken.suffix], source, sealed)
    return target


def signed_master(good: Good) -> Path:
    """The master with credentials of its own, as the parent: signed here, by plain c2pa-python."""
    target = good.folder / ("master" + good.released.suffix)
    if target.exists():
        return target
    store = store_of(good.released)
    active = store["manifests"][store["active_manifest"]]
    parent_label = active["ingredients"][0]["active_manifest"]
    created = store["manifests"][parent_label]
    definition = {
        "claim_generator_info": created["claim_generator_info"],
        "assertions": [
            {"label": entry["label"], "data": entry["data"], "created": True}
            for entry in created["assertions"]
            if not entry["label"].startswith(MADE_BY_THE_SDK)
        ],
    }
    with c2pa.Context.from_dict({}) as context:
        builder = c2pa.Builder(definition, context=context)
        with Path(good.order.item.source.file).open("rb") as source, target.open("w+b") as sealed:
            builder.sign(signer_of(good), MIME[target.suffix], source, sealed)
    return target


def hand_to_gate(
    good: Good, candidate: Path, folder: Path, *, order: Order | None = None, sidecar: Path | None = None
) -> Result:
    """Give a file to the gate as `label` gives its own candidate: in a private folder beside the delivery path."""
    output = folder / good.released.name
    given = order or good.order
    given = replace(given, item=given.item.model_copy(update={"output": str(output)}))
    with release.workspace(output) as work:
        shutil.copyfile(candidate, work.candidate)
        beside = None
        if sidecar is not None:
            beside = work.candidate.with_suffix(".c2pa")
            shutil.copyfile(sidecar, beside)
        sidecars = (beside,) if beside is not None else ()
        verdict = pipeline.gate(given, work.candidate, sidecars, {})
        return pipeline.release_or_quarantine(given, work, sidecars, verdict, {})


def assert_caught(good: Good, result: Result, folder: Path, *ids: str, related: tuple[str, ...] = ()) -> None:
    """The checks named fail, all that are not related stay as they were, and the file is in quarantine."""
    assert result.verdict is not None
    statuses = {(check.id, check.track): check.status for check in result.verdict.checks}
    for wanted in ids:
        assert Status.FAIL in {status for (id, _), status in statuses.items() if id == wanted}, (
            f"{wanted} did not fail",
            {id: (status, message_of(result, id)) for (id, _), status in statuses.items() if status != "pass"},
        )
    before = {(check.id, check.track): check.status for check in good.checks}
    touched = {*ids, *related}
    changed = {
        key: (before.get(key), status, message_of(result, key[0]))
        for key, status in statuses.items()
        if key[0] not in touched and before.get(key) != status
    }
    assert not changed, changed
    assert not {key for key in before if key[0] not in touched} - set(statuses), "an unrelated check was not made"
    assert result.status == "withheld" and result.exit_code == 4
    output = folder / good.released.name
    assert not output.exists()
    assert (folder / "quarantine" / output.name).is_file()
    assert (folder / "quarantine" / (output.name + ".verdict.json")).is_file()


def message_of(result: Result, id: str) -> str:
    assert result.verdict is not None
    return next((check.message for check in result.verdict.checks if check.id == id), "")
