"""R56: which parts of a limit are told, and that each is told once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.limits.alerts import THRESHOLDS, news, reached

AMOUNTS = st.integers(1, 10**9)


@pytest.mark.parametrize(
    ("spent", "cap", "found"),
    [
        (0, 1_000_000, ()),
        (480_000, 1_000_000, ()),
        (500_000, 1_000_000, (50,)),
        (560_000, 1_000_000, (50,)),
        (800_000, 1_000_000, (50, 80)),
        (880_000, 1_000_000, (50, 80)),
        (960_000, 1_000_000, (50, 80, 100)),  # $0.04 left: no room for one of $0.08
        (920_000, 1_000_000, (50, 80)),  # $0.08 left: one more fits
        (80_000, 100_000, (50, 80, 100)),
        (80_000, 150_000, (50, 100)),
    ],
)
def test_r56_half_most_and_all_of_a_limit(spent: int, cap: int, found: tuple[int, ...]) -> None:
    assert reached(spent, cap=cap, price=80_000) == found


@given(spent=AMOUNTS, cap=st.integers(0, 10**9))
def test_r56_what_is_free_and_what_is_closed_never_alerts(spent: int, cap: int) -> None:
    assert reached(spent, cap=cap, price=0) == ()
    assert reached(spent, cap=0, price=80_000) == ()


@given(prices=st.lists(AMOUNTS, min_size=1, max_size=60), cap=AMOUNTS)
def test_r56_each_part_is_told_at_most_once_and_never_a_lower_one_after_a_higher(
    prices: list[int], cap: int
) -> None:
    spent, known, told = 0, set[int](), list[int]()
    for price in prices:
        if spent + price > cap:
            continue
        spent += price
        found = reached(spent, cap=cap, price=price)
        if (one := news(found, known=known)) is not None:
            told.append(one)
        known |= set(found)

    assert told == sorted(set(told))
    assert set(told) <= known <= set(THRESHOLDS)
    assert max(known, default=None) == (told[-1] if told else None)


@given(spent=AMOUNTS, cap=AMOUNTS, price=AMOUNTS)
def test_r56_all_of_it_means_that_no_further_picture_fits(spent: int, cap: int, price: int) -> None:
    assert (100 in reached(spent, cap=cap, price=price)) is (spent + price > cap)


def test_r56_who_passes_two_at_once_hears_of_the_higher_one() -> None:
    assert news((50, 80), known=()) == 80
    assert news((50, 80), known=(50,)) == 80
    assert news((50, 80), known=(50, 80)) is None
    assert news((50, 80, 100), known=(50, 100)) is None
