"""What stands at the delivery place of an item, done and to be skipped. Told without anything that opens a video."""

from __future__ import annotations

from pathlib import Path

from labeler.errors import PlanError
from labeler.language import say
from labeler.release import hash_file, read_record
from labeler.rules.plan import FileReference, PlanItem
from labeler.rules.record import Record, Result, fingerprint, item_id


def already_done(item: PlanItem) -> Result | None:
    """Output, sidecars and record present, fingerprint and output hash equal: nothing to do (CONTRACTS section 2)."""
    output = Path(item.output)
    if not item.delivery.resume or not output.is_file():
        return None
    record = read_record(output, records_of(item))
    if record is None or not is_whole(record, output) or record.fingerprint != item.fingerprint:
        return None
    digest, count = hash_file(output)
    if record.output is None or digest != record.output.sha256:
        return None
    # The files may have moved together since: what is told is where they are now.
    here = FileReference(file=item.output, sha256=digest, bytes=count)
    now = {"status": "skipped", "id": item.id, "source": item.source, "output": here}
    return record.result().model_copy(update=now)


def is_whole(record: Record, output: Path) -> bool:
    """Whether every sidecar that was released with the output still stands beside it."""
    return all((output.parent / Path(name).name).is_file() for name in record.sidecars)


def records_of(item: PlanItem) -> Path | None:
    """The folder of records; None: beside each output."""
    return None if item.delivery.records is None else Path(item.delivery.records)


def check_sound(item: PlanItem) -> None:
    """Nobody changed the item since it was planned. Raises PlanError."""
    is_its_id = item.id == item_id(item.source.file, item.preset.id, item.output)
    if is_its_id and item.fingerprint == fingerprint(item):
        return
    raise PlanError(
        say(
            f"The plan of {item.output} was changed after it was made.",
            f"Le plan de {item.output} a été modifié après avoir été établi.",
        ),
        remedy=say(
            "Make the plan again with `labeler plan`; a plan is never edited by hand.",
            "Refaites le plan avec `labeler plan` ; un plan ne se modifie pas à la main.",
        ),
        file=item.output,
    )
