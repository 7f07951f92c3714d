"""A swapped mask polarity is told from honest results, and a doubt is not an alarm."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.jobs.polarity import LEAST_RATIO, PLAIN_CHANGE, looks_swapped

DIFFERENCE = st.floats(0, 255)


@pytest.mark.parametrize(
    ("result", "inside", "outside", "expected"),
    [
        ("painted, the rest as it was", 48.0, 0.0, False),
        ("painted, and returned as JPEG at quality 75", 48.0, 3.9, False),
        ("painted, and returned smaller", 48.0, 4.5, False),
        ("nothing done", 0.0, 0.0, False),
        ("nothing done, brightened by 5 %", 4.8, 6.7, False),
        ("nothing done, a cast of 14 levels", 3.6, 7.9, False),
        ("all painted anew", 54.7, 72.2, False),
        ("all painted anew, the area alike by chance", 14.5, 101.3, False),
        ("a small thing painted in a colour much like the old", 6.0, 1.0, False),
        ("swapped", 0.0, 66.0, True),
        ("swapped, JPEG", 4.6, 60.2, True),
        ("swapped, with a tone of its own", 11.5, 63.0, True),
        ("swapped, a plain picture continued", 4.1, 13.5, True),
        ("swapped, but too plain to tell", 2.3, 11.6, False),
        ("swapped, but the area is one pixel wide", 33.6, 72.1, False),
    ],
)
def test_only_a_changed_outside_round_a_kept_inside_looks_swapped(
    result: str, inside: float, outside: float, expected: bool
) -> None:
    """The figures are from `benchmarks/swaps.py` and the trials that led to it."""
    assert looks_swapped(inside=inside, outside=outside) is expected, result


@given(inside=DIFFERENCE, outside=DIFFERENCE)
def test_no_result_that_kept_its_outside_better_than_its_inside_is_swapped(
    inside: float, outside: float
) -> None:
    if looks_swapped(inside=inside, outside=outside):
        assert outside >= PLAIN_CHANGE > inside
        assert outside >= LEAST_RATIO * inside
        assert not looks_swapped(inside=outside, outside=inside)


@given(inside=DIFFERENCE, outside=DIFFERENCE, more=st.floats(0, 100))
def test_a_clearer_sign_never_counts_for_less(inside: float, outside: float, more: float) -> None:
    if looks_swapped(inside=inside, outside=outside):
        assert looks_swapped(inside=inside, outside=outside + more)
        assert looks_swapped(inside=max(0.0, inside - more), outside=outside)
