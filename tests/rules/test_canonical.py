"""Canonical JSON: the same bytes as `rfc8785` for every value, and its errors."""

from __future__ import annotations

from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from labeler.rules.canonical import dumps

NUMBERS = st.integers(-(1 << 53) + 1, (1 << 53) - 1) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=60)
@given(VALUES)
def test_the_same_bytes_as_the_reference(value: object) -> None:
    assert dumps(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "value",
    [
        0.0,
        -0.0,
        5.0,
        -5.0,
        0.1,
        1e-4,
        9.999e-5,
        1e-7,
        5e-324,
        2.0**53,
        1e16,
        1e21,
        1.5e300,
        (1, 2.5),
        {"b": 1, "a": 2, "\U0001f600": 3, "\ufb33": 4, "é": 5, "": 6},
        '"\\\b\f\n\r\t\x00\x1f\x7f/\u2028é\U0001f600',
        {"deep": [{"a": [True, None, 1.0]}]},
    ],
)
def test_where_encoders_differ(value: Any) -> None:
    assert dumps(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1 << 53, "\ud800", {1: 2}, {"a": b""}])
def test_what_no_canonical_json_holds_is_refused_by_the_same_errors(value: Any) -> None:
    with pytest.raises(rfc8785.CanonicalizationError):
        dumps(value)
