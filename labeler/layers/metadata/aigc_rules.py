"""The key `AIGC` of GB 45438-2025 as strangers write it: what it states, and each rule of the standard that it breaks.

Annex E, and the practice guides of TC260 for the places and the codes, all read at second hand. The file's own spelling
is never mended: what is broken is named beside the value.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from labeler.layers.metadata.aigc import PRODUCER_CODE
from labeler.layers.metadata.vocabulary import AIGC, AIGC_FIELDS, AIGC_LABELS

TEXTS_AROUND = "\0 \t\r\n\ufeff"
MAKERS = ("ContentProducer", "ContentPropagator")
NUMBERS = ("ProduceID", "PropagateID")
MOST_FAULTS = 50


@dataclass(frozen=True)
class Examined:
    """form: None where the value is no JSON object. fields: those of the seven that stand there, as they are.

    faults: `FIELD.rule` for each rule that is broken, in the order of the fields; `json`, `object` or `wrapper` for the
    value as a whole. Rules: `missing`, `type` (no text), `value` (of Label: 1, 2 or 3), `empty`, `code` (27
    characters), `unknown` (none of the seven), `twice`.
    """

    form: Literal["bare", "wrapped"] | None
    fields: Mapping[str, Any]
    faults: tuple[str, ...]

    @property
    def says_ai(self) -> bool:
        """Whether it states that AI made the content, or may have: a label of the standard, and a maker or a number.

        Files of known generators break other rules and say so all the same (`ReservedCode1` is null in those of Kling).
        """
        label = self.fields.get("Label")
        is_label = str(label) in AIGC_LABELS and not isinstance(label, bool | float)
        return is_label and any(
            isinstance(self.fields.get(name), str) and self.fields[name] for name in MAKERS + NUMBERS
        )


class _Twice(dict[str, Any]):
    """An object of JSON that remembers which of its names stood there more than once."""

    twice: tuple[str, ...] = ()


def examine(value: str) -> Examined:
    """What a value of the key states, and what is wrong with it."""
    try:
        stated = json.loads(value.strip(TEXTS_AROUND), object_pairs_hook=_pairs)
    except (ValueError, RecursionError):
        return Examined(None, {}, ("json",))
    if not isinstance(stated, _Twice):
        return Examined(None, {}, ("object",))
    form: Literal["bare", "wrapped"] = "bare"
    faults: list[str] = []
    if AIGC in stated:
        form, outer, stated = "wrapped", stated, stated[AIGC]
        faults += ["wrapper"] if len(outer) > 1 or outer.twice else []
        if not isinstance(stated, _Twice):
            return Examined(form, {}, (*faults, "object"))
    faults += [fault for name in AIGC_FIELDS for fault in faults_of(name, stated)]
    faults += [f"{name[:40]}.twice" for name in stated.twice]
    faults += [f"{name[:40]}.unknown" for name in stated if name not in AIGC_FIELDS]
    fields = {name: stated[name] for name in AIGC_FIELDS if name in stated}
    return Examined(form, fields, tuple(dict.fromkeys(faults))[:MOST_FAULTS])


def _pairs(pairs: list[tuple[str, Any]]) -> _Twice:
    found = _Twice(pairs)
    if len(found) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        found.twice = tuple(name for name in found if counts[name] > 1)[:MOST_FAULTS]
    return found


def faults_of(name: str, stated: Mapping[str, Any]) -> list[str]:
    """The broken rules of one field. A propagator is named by whoever passes content on, so it may be empty."""
    if name not in stated:
        return [f"{name}.missing"]
    value = stated[name]
    if not isinstance(value, str):
        return [f"{name}.type"] + ([f"{name}.value"] if name == "Label" and str(value) not in AIGC_LABELS else [])
    if name == "Label":
        return [] if value in AIGC_LABELS else ["Label.value"]
    if not value:
        is_needed = name in ("ContentProducer", "ProduceID") or (
            name == "PropagateID" and stated.get("ContentPropagator")
        )
        return [f"{name}.empty"] if is_needed else []
    return [f"{name}.code"] if name in MAKERS and not PRODUCER_CODE.fullmatch(value) else []
