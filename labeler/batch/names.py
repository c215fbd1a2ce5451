"""Where each output goes, and that no two go to one place (CONTRACTS section 1, `-o`)."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from labeler.batch.sources import Named
from labeler.errors import OutputCollision, OutputRefused, UsageError
from labeler.language import say
from labeler.rules.record import RECORD_SUFFIX

DEFAULT_TEMPLATE = "{stem}.{preset}{ext}"
FIELDS = ("stem", "preset", "ext", "reldir", "lang")
SIDECAR = ".c2pa"
WITH_SIDECAR = (".mkv",)


def output_path(
    source: Named, preset: str, *, output: str | None, template: str | None, language: str, several: bool
) -> Path:
    """The delivery path of one source and preset. Raises UsageError (template), OutputRefused (place)."""
    name = fill(template or DEFAULT_TEMPLATE, source, preset, language)
    if output is None:
        return source.path.parent / name
    target = Path(output)
    is_folder = several or output.endswith(("/", os.sep)) or target.is_dir()
    if not is_folder:
        return target
    below = Path() if "{reldir}" in (template or "") else source.reldir
    return target / below / name


def fill(template: str, source: Named, preset: str, language: str) -> str:
    values = {
        "stem": source.path.stem,
        "preset": preset,
        "ext": source.path.suffix,
        "reldir": str(source.reldir),
        "lang": language,
    }
    try:
        name = template.format_map(values)
    except (KeyError, ValueError, IndexError, AttributeError) as error:
        raise UsageError(
            say(f"--name {template}: not a valid template.", f"--name {template} : modèle de nom incorrect."),
            remedy=say(
                f"Use these fields: {', '.join('{' + field + '}' for field in FIELDS)}.",
                f"Champs possibles : {', '.join('{' + field + '}' for field in FIELDS)}.",
            ),
        ) from error
    if not name or name.startswith("/") or ".." in Path(name).parts:
        raise UsageError(
            say(f"--name {template}: leads out of the output folder.", f"--name {template} : sort du dossier prévu.")
        )
    return name if "{ext}" in template else name + source.path.suffix


def prepare_folder(output: Path, *, root: str | None) -> None:
    """Make the output's folder where its parent exists (folders below it, for -r, follow). Raises OutputRefused."""
    folder = output.parent
    if folder.is_dir():
        return
    top = Path(root) if root is not None else folder
    anchor = top.parent if folder == top or top in folder.parents else folder.parent
    if root is None or not anchor.is_dir():
        raise OutputRefused(
            say(f"{folder}: there is no such folder.", f"{folder} : ce dossier n'existe pas."),
            remedy=say("Make it, or choose another one with -o.", "Créez-le, ou choisissez-en un autre avec -o."),
            file=str(folder),
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputRefused(
            say(f"{folder}: cannot be made: {reason}.", f"{folder} : création impossible : {reason}."),
            file=str(folder),
        ) from error


def canonical(path: Path) -> str:
    """One spelling for names that some file system takes for the same: case-folded, NFC."""
    return unicodedata.normalize("NFC", str(path)).casefold()


def refuse_collisions(outputs: Iterable[Path], sources: Iterable[Path]) -> None:
    """No two outputs, sidecars or records with one name, and no output that is a source. Raises OutputCollision."""
    taken: dict[str, Path] = {}
    for output in outputs:
        for name in names_of(output):
            other = taken.setdefault(canonical(name.absolute()), output)
            if other is not output:
                raise collision(name, other, output)
    originals = {canonical(source.absolute()) for source in sources}
    for output in taken.values():
        if canonical(output.absolute()) in originals:
            raise OutputCollision(
                say(f"{output}: the output would replace a source.", f"{output} : la sortie remplacerait une source."),
                file=str(output),
            )


def names_of(output: Path) -> tuple[Path, ...]:
    """All that a release of this output may write at the delivery place."""
    record = output.with_name(output.name + RECORD_SUFFIX)
    if output.suffix.lower() in WITH_SIDECAR:
        return output, record, output.with_suffix(SIDECAR)
    return output, record


def collision(name: Path, first: Path, second: Path) -> OutputCollision:
    return OutputCollision(
        say(
            f"{name}: two outputs would have this name ({first} and {second}).",
            f"{name} : deux sorties porteraient ce nom ({first} et {second}).",
        ),
        file=str(name),
    )
