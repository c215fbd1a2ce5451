"""The fingerprint of a plan item stays what it was: else every output of every studio would be made once more."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from labeler.rules.plan import (
    Delivery,
    FileReference,
    Interval,
    MentionPlan,
    MetadataPlan,
    PlanItem,
    PresetReference,
    to_fraction,
)
from labeler.rules.record import OUTPUT_FORMAT, fingerprint, item_id

MENTION = MentionPlan(
    track=0,
    text='Généré\u00a0par\u202fIA "IA"',
    lines=("Généré",),
    language="fr",
    mark="AI",
    font_sha256="d" * 64,
    font_size=31,
    x_height=13.5,
    box=(4, 4, 100, 20),
    safe_area=(0, 0, 480, 270),
    intervals=(Interval(start=Fraction(0), end=Fraction(1001, 30000)),),
    reading_time=Fraction(3),
)
ITEM = PlanItem(
    id="",
    source=FileReference(file="/in/é.mp4", sha256="a" * 64, bytes=1),
    preset=PresetReference(id="p", version=1, sha256="b" * 64),
    declaration_sha256="c" * 64,
    output="/out/é.mp4",
    layers={"media": "required", "mention": "required"},
    mention=(MENTION,),
    metadata=MetadataPlan(digital_source_type="t", description={"fr": "é", "x-\U0001f600": "\u0007"}),
    delivery=Delivery(signer="e" * 64),
)


def test_the_fingerprint_is_that_of_earlier_versions() -> None:
    assert OUTPUT_FORMAT == 5, "raised on purpose: write down the new fingerprint below"
    assert fingerprint(ITEM) == "afa03eb1a27fc629e6743beea59870f11226e6298eb563058cf0291ea26cf4d6"


def test_so_is_the_id() -> None:
    told = item_id("/in/é.mp4", "p", "/out/é.mp4")
    assert told == "e0b860318579179c9c832831db36552e0099b889fd83e49d416e5c2ee5a745e6"


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(1 << 60), 1 << 60).map(float))
def test_seconds_are_what_their_digits_say(value: float) -> None:
    assert to_fraction(value) == Fraction(str(value))
