"""What is at the delivery place already: ours to replace, or someone else's."""

from __future__ import annotations

from pathlib import Path

from labeler.batch import names
from labeler.batch.standing import records_of
from labeler.errors import OutputRefused
from labeler.language import say
from labeler.layers.credentials.read import is_sidecar_of_labeler as is_seal_of_labeler
from labeler.layers.credentials.sdk import SIDECAR
from labeler.layers.metadata.write import is_sidecar_of_labeler as is_xmp_of_labeler
from labeler.release import read_record
from labeler.rules.plan import Overwrite, PlanItem


def may_write(item: PlanItem) -> None:
    """`ours` replaces only what a record says labeler made; `never` replaces nothing. Raises OutputRefused."""
    output, records, overwrite = Path(item.output), records_of(item), item.delivery.overwrite
    if overwrite == "always":
        return
    record = read_record(output, records)
    ours = {output, *(output.parent / Path(name).name for name in record.sidecars)} if record is not None else set()
    for path in writes(output):
        if path.exists() and (overwrite == "never" or path not in ours) and not is_left_over(path, output):
            raise taken(path, overwrite)
        if path != output and path.exists() and belongs_to_another(path, output, records):
            raise taken(path, overwrite)


def belongs_to_another(sidecar: Path, output: Path, records: Path | None) -> bool:
    """Whether another delivered file of this stem (`film.ts` beside `film.mkv`) has this sidecar for its own."""
    for other in output.parent.iterdir():
        if other != output and other.stem == output.stem and other.suffix != sidecar.suffix and other.is_file():
            record = read_record(other, records)
            if record is not None and sidecar.name in record.sidecars:
                return True
    return False


def is_left_over(path: Path, output: Path) -> bool:
    """A sidecar of ours without its media and record: a run was killed in mid-release (CONTRACTS section 3)."""
    is_ours = is_seal_of_labeler if path.suffix == SIDECAR else is_xmp_of_labeler
    return path != output and not output.exists() and is_ours(path)


def writes(output: Path) -> tuple[Path, ...]:
    """The output and its sidecars, where its container needs some."""
    return output, *names.sidecars_of(output)


def taken(path: Path, overwrite: Overwrite) -> OutputRefused:
    return OutputRefused(
        say(
            f"{path}: this file is there already, and labeler did not make it.",
            f"{path} : ce fichier existe déjà, et labeler ne l'a pas produit.",
        )
        if overwrite == "ours"
        else say(f"{path}: this file is there already.", f"{path} : ce fichier existe déjà."),
        remedy=say(
            "Move it away, choose another place with -o, or add --overwrite always.",
            "Déplacez-le, choisissez un autre endroit avec -o, ou ajoutez --overwrite always.",
        ),
        file=str(path),
    )
