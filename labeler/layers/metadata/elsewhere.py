"""What a source states of its origin under other tags than ours: it is kept as it stands, so it must not contradict."""

from __future__ import annotations

from collections.abc import Iterator

from labeler.errors import SourceUnsupported
from labeler.language import say
from labeler.layers.metadata import names
from labeler.layers.metadata.vocabulary import SOURCE_TYPE_FIELD
from labeler.media.inventory import Inventory
from labeler.rules.plan import MetadataPlan
from labeler.rules.source_types import SOURCE_TYPES, meant


def refuse_contradiction(plan: MetadataPlan, inventory: Inventory, file: str) -> None:
    """Raises SourceUnsupported where a tag of the film or of a track states another source type than is declared."""
    for name, value in stated_by(inventory):
        if meant(value) in SOURCE_TYPES and meant(value) != plan.digital_source_type:
            raise SourceUnsupported(
                say(
                    f"{file} states in its tag {name} that its source type is {value}; the declaration says "
                    f"{plan.digital_source_type}.",
                    f"{file} déclare dans son étiquette {name} le type de source {value} ; la déclaration dit "
                    f"{plan.digital_source_type}.",
                ),
                facts=(f"tag {name}: {value}",),
                remedy=say(
                    "One of the two is not true: correct the declaration, or remove that tag from the source.",
                    "L'un des deux est faux : corrigez la déclaration, ou retirez cette étiquette de la source.",
                ),
                file=file,
            )


def stated_by(inventory: Inventory) -> Iterator[tuple[str, str]]:
    """Tags that state a source type; the film's own tag of Matroska is written anew and is none of them."""
    for tags in (inventory.tags, *(track.tags for track in inventory.tracks)):
        for name, value in tags.items():
            is_ours = tags is inventory.tags and name.upper() == SOURCE_TYPE_FIELD.tag
            if names.told_by(name) == names.SOURCE_TYPE and not is_ours:
                yield name, value
