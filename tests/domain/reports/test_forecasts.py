"""What is forecast for a window."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.limits.windows import FOREVER, Span
from bot.domain.reports.forecasts import SILENT_PERCENT, forecast

_DAY = 86_400
_MONTH = Span(0, 30 * _DAY)

amounts = st.integers(0, 10**12)
moments = st.floats(0, 30 * _DAY, allow_nan=False)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (15 * _DAY, 4_000_000),
        (10 * _DAY + 0.9, 6_000_000),
        (30 * _DAY, 2_000_000),
        (99 * _DAY, 2_000_000),
    ],
)
def test_what_was_spent_so_far_is_drawn_on_to_the_end(now: float, expected: int) -> None:
    assert forecast(2_000_000, _MONTH, now) == expected


@pytest.mark.parametrize("now", [-5.0, 0.0, 3600.0, 1.5 * _DAY - 1])
def test_of_a_young_window_nothing_is_foretold(now: float) -> None:
    assert forecast(2_000_000, _MONTH, now) is None


def test_a_window_without_an_end_has_no_forecast() -> None:
    assert forecast(2_000_000, Span(0, FOREVER), 10**9) is None


@given(spent=amounts, now=moments)
def test_a_forecast_is_never_below_what_is_spent_nor_twentyfold(spent: int, now: float) -> None:
    told = forecast(spent, _MONTH, now)

    assert told is None or spent <= told <= spent * (100 // SILENT_PERCENT)


@given(less=amounts, more=amounts, now=st.integers(2 * _DAY, 30 * _DAY))
def test_who_spends_more_is_foretold_more(less: int, more: int, now: int) -> None:
    low, high = sorted((less, more))

    assert (forecast(low, _MONTH, now) or 0) <= (forecast(high, _MONTH, now) or 0)
