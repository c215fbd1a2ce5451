"""The exit code of a step, where bad files fail it and where they are recorded."""

from __future__ import annotations

import pytest

from labeler.errors import ExitCode
from labeler.farm.rejects import step_exit_code


@pytest.mark.parametrize(
    ("codes", "fail", "record"),
    [
        ([0], 0, 0),
        ([3], 3, 0),
        ([4], 4, 0),
        ([0, 3], 1, 0),
        ([3, 4], 1, 0),
        ([3, 75], 1, 75),
        ([75, 75], 75, 75),
        ([0, 75, 4], 1, 75),
        ([3, 70], 1, 1),
        ([143, 3], 1, 1),
    ],
)
def test_a_bad_file_is_not_a_bad_worker(codes: list[int], fail: int, record: int) -> None:
    assert step_exit_code(codes, "fail") == fail
    assert step_exit_code(iter(codes), "record") == record


@pytest.mark.parametrize("code", sorted({int(code) for code in ExitCode} - {0, 1, 3, 4}))
def test_what_is_not_of_the_file_fails_in_both(code: int) -> None:
    assert step_exit_code([code], "fail") == step_exit_code([code], "record") == code
