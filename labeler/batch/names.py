"""Where each output goes, and that no two go to one place (CONTRACTS section 1, `-o`)."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from labeler.batch.sources import Named
from labeler.batch.templates import Values, fill, safe_part
from labeler.errors import OutputCollision, OutputRefused, UsageError
from labeler.language import say
from labeler.layers.credentials.sdk import EMBEDDING, SIDECAR
from labeler.layers.metadata import vocabulary
from labeler.media import probe
from labeler.release import record_path, translated


def output_path(
    source: Named,
    preset: str,
    *,
    output: str | None,
    template: str | None,
    language: str,
    several: bool,
    day: date,
    item_id: str | None = None,
    sha8: str | None = None,
) -> Path:
    """The delivery path of one source and preset. Raises UsageError: a bad template, or another container.

    day, item_id, sha8: for `{date}`, `{id}` and `{sha8}`, the last two None where there is none.
    """
    template = template or None
    values = Values(
        source.path.stem, source.path.suffix, preset, language, day, source.reldir.as_posix(), item_id, sha8
    )
    if output is None:
        return source.path.parent / fill(template, values)
    target = Path(output)
    if not (several or output.endswith(("/", os.sep)) or target.is_dir()):
        keep_container(target, source.path)
        return target
    if template is None:
        return target / source.reldir / fill(None, values)
    below = () if "{reldir}" in template else map(safe_part, source.reldir.parts)
    return target.joinpath(*below) / fill(template, values)


def keep_container(output: Path, source: Path) -> None:
    """labeler changes no container: the output's name must promise the source's. Raises UsageError."""
    if probe.container_of(source) is None or probe.container_of(output) == probe.container_of(source):
        return
    raise UsageError(
        say(
            f"-o {output}: the output of {source.name} must end in {source.suffix}.",
            f"-o {output} : la sortie de {source.name} doit finir par {source.suffix}.",
        ),
        remedy=say(
            f"Write -o {output}/ for a folder, or -o {output.with_suffix(source.suffix)} for a file.",
            f"Écrivez -o {output}/ pour un dossier, ou -o {output.with_suffix(source.suffix)} pour un fichier.",
        ),
    )


def prepare_folder(output: Path, *, root: str | None) -> None:
    """Make the output's folder where `check_folder` allows it. Raises OutputRefused, DiskFull."""
    check_folder(output, root=root)
    with translated(output.parent):
        output.parent.mkdir(parents=True, exist_ok=True)


def check_folder(output: Path, *, root: str | None) -> None:
    """The output's folder is there; or it is the folder `root` that -o names, whose parent is there, or below it.

    Raises OutputRefused.
    """
    folder = output.parent
    if folder.is_dir():
        return
    top = Path(root) if root is not None else None
    if top is None or not (folder == top or top in folder.parents) or not top.parent.is_dir():
        raise OutputRefused(
            say(f"{folder}: there is no such folder.", f"{folder} : ce dossier n'existe pas."),
            remedy=say("Make it, or choose another one with -o.", "Créez-le, ou choisissez-en un autre avec -o."),
            file=str(folder),
        )


def canonical(path: Path) -> str:
    """One spelling for names that some file system takes for the same: links followed, case-folded, NFC."""
    real = os.path.join(os.path.realpath(path.parent), path.name)  # noqa: PTH118 - the name itself may be a link
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", real).casefold())


def refuse_collisions(outputs: Iterable[Path], sources: Iterable[Path], records: Path | None = None) -> None:
    """No two outputs, sidecars or records with one name, and none that is a source. Raises OutputCollision."""
    originals = {canonical(path) for source in sources for path in (source, source.resolve())}
    taken: dict[str, Path] = {}
    for output in outputs:
        for name in names_of(output, records):
            key = canonical(name)
            if key in originals:
                raise OutputCollision(
                    say(f"{name}: the output would replace a source.", f"{name} : la sortie remplacerait une source."),
                    file=str(name),
                )
            if key in taken:
                raise collision(name, taken[key], output)
            taken[key] = output


def names_of(output: Path, records: Path | None = None) -> tuple[Path, ...]:
    """All that a release of this output may write."""
    return output, record_path(output, records), *sidecars_of(output)


def sidecars_of(output: Path) -> tuple[Path, ...]:
    """The files that go beside it, since its container cannot hold its credentials or its fields."""
    container = probe.container_of(output)
    names = []
    if container not in EMBEDDING:
        names.append(output.with_suffix(SIDECAR))
    if container is not None and vocabulary.HOMES[container] == "sidecar":
        names.append(output.with_suffix(vocabulary.SIDECAR))
    return tuple(names)


def collision(name: Path, first: Path, second: Path) -> OutputCollision:
    return OutputCollision(
        say(
            f"{name}: two outputs would have this name ({first} and {second}).",
            f"{name} : deux sorties porteraient ce nom ({first} et {second}).",
        ),
        file=str(name),
    )
