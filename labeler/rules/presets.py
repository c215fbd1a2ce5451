"""Loading presets: built in, from a folder of the user's own (`LABELER_PRESETS`), or from a file."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import rfc8785

from labeler.errors import MachineLacks, PresetError
from labeler.language import say
from labeler.rules.document import Document, nearest, read_document, validate
from labeler.rules.preset import Preset, Ruled, Written

SUFFIX = ".toml"
SCHEMA = "labeler.preset/1"


@dataclass(frozen=True)
class LoadedPreset:
    """A preset that is valid. `sha256` is that of its resolved content, whatever its file looks like."""

    preset: Preset
    sha256: str
    origin: Path


def load_preset(name: str) -> LoadedPreset:
    """A preset by its id, or by the path of its file. Raises PresetError naming the nearest id."""
    if name.endswith(SUFFIX) or os.sep in name:
        return load_file(Path(name))
    files = preset_files()
    if name not in files:
        near = nearest(name, files)
        hint = say(f" Did you mean «{near}»?", f" Vouliez-vous dire « {near} » ?") if near else ""
        raise PresetError(
            say(f"There is no preset «{name}».", f"Il n'y a pas de préréglage « {name} ».") + hint,
            remedy=say(f"There are: {', '.join(sorted(files))}.", f"Il y a : {', '.join(sorted(files))}."),
        )
    return load_file(files[name])


def list_presets() -> tuple[LoadedPreset, ...]:
    """All presets that can be named by id, in order."""
    return tuple(load_file(path) for _, path in sorted(preset_files().items()))


def preset_files() -> dict[str, Path]:
    """Ids and files; one of the user's own wins over a built-in one of the same id."""
    own = os.environ.get("LABELER_PRESETS")
    folders = [built_in_folder(), *([Path(own)] if own else [])]
    return {path.stem: path for folder in folders for path in sorted(folder.glob("*" + SUFFIX))}


def built_in_folder() -> Path:
    """Inside the package when installed, beside it in a checkout. Raises MachineLacks when neither is there."""
    package = Path(__file__).parent.parent
    for folder in (package / "presets", package.parent / "presets"):
        if folder.is_dir():
            return folder
    raise MachineLacks(say("labeler's own presets are missing.", "Les préréglages de labeler sont absents."))


def load_file(path: Path) -> LoadedPreset:
    document = read_document(path, PresetError)
    refuse_newer(document)
    preset = validate(document, Preset, PresetError)
    if preset.schema_ != SCHEMA:
        raise PresetError(
            say(f"{path}: schema must be {SCHEMA!r}.", f"{path} : le schéma doit être {SCHEMA!r}."), file=str(path)
        )
    return LoadedPreset(preset, resolved_hash(preset), path)


def refuse_newer(document: Document) -> None:
    schema = str(document.value.get("schema", ""))
    kind, _, number = schema.rpartition("/")
    if kind == SCHEMA.rpartition("/")[0] and number.isdigit() and int(number) > 1:
        raise PresetError(
            say(
                f"{document.name}: schema {schema} is newer than this version of labeler.",
                f"{document.name} : le schéma {schema} est plus récent que cette version de labeler.",
            ),
            remedy=say("Install a newer labeler.", "Installez un labeler plus récent."),
            file=document.name,
        )


def resolved_hash(preset: Preset) -> str:
    return hashlib.sha256(rfc8785.dumps(preset.model_dump(mode="json", by_alias=True))).hexdigest()


def expired_rules(preset: Preset, today: date) -> tuple[str, ...]:
    """A warning for each number whose source should be looked at again by now."""
    return tuple(
        say(
            f"{path}: expired on {rule.expires}; look at its source again.",
            f"{path} : à revoir depuis le {rule.expires}.",
        )
        for path, rule in rules_in(preset, "")
        if rule.expires is not None and rule.expires < today
    )


def rules_in(value: object, path: str) -> list[tuple[str, Ruled]]:
    """Every number with a source, by its path."""
    if isinstance(value, Ruled):
        return [(path, value)]
    if isinstance(value, Written):
        parts = [(f"{path}.{name}" if path else name, getattr(value, name)) for name in type(value).model_fields]
    elif isinstance(value, tuple):
        parts = [(f"{path}[{number}]", entry) for number, entry in enumerate(value)]
    else:
        return []
    return [found for name, part in parts for found in rules_in(part, name)]
