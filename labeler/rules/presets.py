"""Loading presets: built in, from a folder of the user's own (`LABELER_PRESETS`), or from a file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import rfc8785

from labeler.errors import MachineLacks, PresetError
from labeler.language import say
from labeler.rules.document import Document, expect_schema, read_document, validate
from labeler.rules.extending import joined
from labeler.rules.overlay import with_image
from labeler.rules.positions import KeyPath
from labeler.rules.preset import KeepOut, Preset, Ruled, Written
from labeler.rules.sentences import nearest

SUFFIX = ".toml"
SCHEMA = "labeler.preset/1"
MOST_IN_CHAIN = 8
"""Presets that extend one another: more would hide what a preset says."""
SAFE_ZONE_LASTS = timedelta(days=180)
"""Platforms move their buttons: a safe zone that was checked longer ago is told (facts of 2026-11, a choice)."""


@dataclass(frozen=True)
class LoadedPreset:
    """A preset that is valid. `sha256` is that of its resolved content, whatever its file looks like."""

    preset: Preset
    sha256: str
    origin: Path


@dataclass(frozen=True)
class CheckedPreset:
    """What `labeler presets check` tells: mistakes, one a line (then `preset` is None), and warnings."""

    preset: Preset | None
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def load_preset(name: str) -> LoadedPreset:
    """A preset by its id, or by the path of its file.

    Raises PresetError: unknown (the nearest id is named), unreadable, newer than this version, or wrong (every
    mistake is told).
    """
    if name.endswith(SUFFIX) or "/" in name or os.sep in name:
        return load_file(Path(name))
    files = preset_files()
    if name not in files:
        raise unknown(name, files)
    return load_named(files[name])


def unknown(name: str, files: dict[str, Path]) -> PresetError:
    near = nearest(name, files)
    hint = say(f" Did you mean «{near}»?", f" Vouliez-vous dire « {near} » ?") if near else ""
    names = ", ".join(sorted(files))
    return PresetError(
        say(f"There is no preset «{name}».", f"Il n'y a pas de préréglage « {name} ».") + hint,
        remedy=say(
            f"There are: {names}. `labeler presets list` tells more of them.",
            f"Il y a : {names}. `labeler presets list` en dit plus.",
        ),
    )


def list_presets() -> Iterator[LoadedPreset]:
    """All presets that can be named by id, in order.

    Raises PresetError at the end, when all the good ones have been given, telling what is wrong with the others.
    """
    wrong: list[str] = []
    for _, path in sorted(preset_files().items()):
        try:
            yield load_named(path)
        except PresetError as error:
            wrong.append(error.message)
    if wrong:
        raise PresetError("\n".join(wrong))


def preset_files() -> dict[str, Path]:
    """Ids and files; one of the user's own wins over a built-in one of the same id."""
    return {path.stem: path for folder in folders() for path in sorted(folder.glob("[!.]*" + SUFFIX))}


def folders() -> tuple[Path, ...]:
    own = os.environ.get("LABELER_PRESETS")
    if not own:
        return (built_in_folder(),)
    if not Path(own).is_dir():  # passing over it would label by other rules than the user's own
        raise PresetError(
            say(f"LABELER_PRESETS names {own}: no such folder.", f"LABELER_PRESETS désigne {own} : dossier absent."),
            remedy=say("Correct the variable, or unset it.", "Corrigez cette variable, ou supprimez-la."),
            file=own,
        )
    return (built_in_folder(), Path(own))


def built_in_folder() -> Path:
    """Inside the package when installed, beside it in a checkout. Raises MachineLacks when neither is there."""
    package = Path(__file__).parent.parent
    for folder in (package / "presets", package.parent / "presets"):
        if folder.is_dir():
            return folder
    raise MachineLacks(say("labeler's own presets are missing.", "Les préréglages de labeler sont absents."))


def load_named(path: Path) -> LoadedPreset:
    """A preset out of a folder, where the name of the file is the id that people ask for."""
    document = read_document(path, PresetError)
    loaded = load_document(document, path)
    require_name(document, path)
    return loaded


def require_name(document: Document, path: Path) -> None:
    if document.value.get("id") != path.stem:
        message = say(
            f'must be "{path.stem}", as the file is named.', f'doit être "{path.stem}", comme le fichier se nomme.'
        )
        raise PresetError(
            document.told(("id",), message),
            remedy=say("Change the id, or the name of the file.", "Changez l'id, ou le nom du fichier."),
            file=str(path),
        )


def load_file(path: Path) -> LoadedPreset:
    """A preset from a file of any name. Raises PresetError."""
    return load_document(read_document(path, PresetError), path)


def load_document(document: Document, path: Path) -> LoadedPreset:
    preset = validate(whole(document, path), Preset, PresetError)
    return LoadedPreset(preset, resolved_hash(preset), path)


def whole(document: Document, path: Path, builders: tuple[Path, ...] = ()) -> Document:
    """A preset's document with its image, joined with what it extends; not judged itself yet.

    builders: the files that led here, each extending the next. Raises PresetError: what is extended is missing,
    wrong in itself, or leads back here.
    """
    expect_schema(document, SCHEMA, PresetError)
    document = replace(document, value=with_image(document.value, path.parent))
    if "extends" not in document.value:
        return document
    chain = (*builders, path)
    other_path = extended_file(document, path)
    if any(same_file(other_path, one) for one in chain):
        names = " → ".join(map(str, (*chain, other_path)))
        raise not_extended(
            document, say(f"the presets extend each other: {names}.", f"ces préréglages tournent en rond : {names}.")
        )
    if len(chain) == MOST_IN_CHAIN:
        raise not_extended(
            document,
            say(
                f"more than {MOST_IN_CHAIN} presets extend one another.",
                f"plus de {MOST_IN_CHAIN} préréglages s'enchaînent.",
            ),
        )
    other = read_document(other_path, PresetError)
    joined_other = whole(other, other_path, chain)
    validate(joined_other, Preset, PresetError)
    if not names_a_file(document.value["extends"]):
        require_name(other, other_path)
    return joined(document, joined_other)


def extended_file(document: Document, path: Path) -> Path:
    """The file of the preset that this one extends: beside it, or by its id. Raises PresetError."""
    name = document.value["extends"]
    if not isinstance(name, str):
        raise not_extended(document, say("must be a text in quotes.", "doit être un texte entre guillemets."))
    if names_a_file(name):
        found = path.parent / name
        if not is_there(found):
            raise not_extended(
                document, say(f"there is no file {name} from here.", f"il n'y a pas de fichier {name} à partir d'ici.")
            )
        return found
    files = preset_files()
    if name not in files:
        raise not_extended(document, unknown(name, files).message)
    own_id_of_a_built_in = built_in_folder() / f"{name}{SUFFIX}"
    return own_id_of_a_built_in if same_file(files[name], path) and own_id_of_a_built_in.is_file() else files[name]


def is_there(path: Path) -> bool:
    """A file, not a pipe: opening one would wait for ever."""
    try:
        return path.is_file()
    except (OSError, ValueError):  # no possible name
        return False


def names_a_file(name: str) -> bool:
    return name.endswith(SUFFIX)


def same_file(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def not_extended(document: Document, message: str) -> PresetError:
    return PresetError(
        document.told(("extends",), message),
        remedy=say(
            "extends takes the id of a preset, or the path of a .toml file as seen from this one.",
            "extends prend l'id d'un préréglage, ou le chemin d'un fichier .toml vu depuis celui-ci.",
        ),
        file=document.name,
    )


def resolved_hash(preset: Preset) -> str:
    return hashlib.sha256(rfc8785.dumps(preset.model_dump(mode="json", by_alias=True))).hexdigest()


def check_preset(path: Path, today: date) -> CheckedPreset:
    """Everything that is wrong with a preset file, and the numbers whose sources should be looked at again.

    `today` is passed in: no rule reads the clock. Raises nothing for what the file holds.
    """
    try:
        document = whole(read_document(path, PresetError), path)
        preset = validate(document, Preset, PresetError)
    except PresetError as error:
        return CheckedPreset(None, problems=tuple(error.message.split("\n")))
    warnings = [document.told(place, message) for place, message in stale_rules(preset, today)]
    return CheckedPreset(preset, warnings=tuple(warnings))


def stale_rules(preset: Preset, today: date) -> Iterator[tuple[KeyPath, str]]:
    """Each number that was to be checked again by now, and each safe zone that was checked too long ago."""
    for place, rule in rules_in(preset):
        if rule.expires is not None and rule.expires < today:
            yield (
                place,
                say(
                    f"expired on {rule.expires}; look at its source again.",
                    f"à revoir depuis le {rule.expires} ; relisez sa source.",
                ),
            )
        elif isinstance(rule, KeepOut) and today - rule.checked_at > SAFE_ZONE_LASTS:
            yield (
                place,
                say(
                    f"this safe zone was checked on {rule.checked_at}, more than 180 days ago.",
                    f"cette zone sûre a été vérifiée le {rule.checked_at}, il y a plus de 180 jours.",
                ),
            )


def rules_in(value: object, place: KeyPath = ()) -> Iterator[tuple[KeyPath, Ruled]]:
    """Every number with a source, by its path."""
    if isinstance(value, Ruled):
        yield place, value
    elif isinstance(value, Written):
        for name in type(value).model_fields:
            yield from rules_in(getattr(value, name), (*place, name))
    elif isinstance(value, tuple):
        for number, entry in enumerate(value):
            yield from rules_in(entry, (*place, number))
