"""Words on a chart never stand in each other's way."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.domain.reports.charts import ChartSeries, ChartThreshold
from bot.imaging.charts import axis
from bot.imaging.charts.plot import Plot
from bot.imaging.charts.sheet import HEIGHT
from tests.imaging.charts.test_charts import CHART

PICTURE = 80_000
DAILY = "this server's daily limit: $0.50"


def covered(amounts: list[int], limit: int, *, present: int = 4) -> list[tuple[str, str]]:
    """Which amounts and labels of a week stand in each other's way."""
    plot = Plot(
        replace(
            CHART,
            columns=CHART.columns[: len(amounts)],
            present=present,
            layers=(ChartSeries("ada", "ada", tuple(amounts)),),
            lines=(ChartThreshold(DAILY, limit),),
        )
    )
    notes = plot.columns(bottom=HEIGHT - 60)
    return [(one.text, other.text) for one, other in combinations(notes, 2) if one.covers([other])]


@pytest.mark.parametrize("pictures", range(8))
def test_a_limit_never_hides_what_was_spent_today(pictures: int) -> None:
    """A moderator looks just there when a day's limit is nearly used up."""
    week = [13 * PICTURE, 19 * PICTURE, 16 * PICTURE, 7 * PICTURE, pictures * PICTURE, 0, 0]

    assert covered(week, 500_000) == []


@settings(max_examples=40, deadline=None)
@example(pictures=[0, 5, 6, 0, 0, 5, 6], limit=6)  # no place beside the line is free
@given(pictures=st.lists(st.integers(0, 12), min_size=7, max_size=7), limit=st.integers(0, 12))
def test_words_on_a_week_are_readable_beside_each_other(pictures: list[int], limit: int) -> None:
    assert covered([count * PICTURE for count in pictures], limit * PICTURE) == []


@settings(max_examples=20, deadline=None)
@given(st.lists(st.just(0) | st.integers(100, 10**11), min_size=7, max_size=7))
def test_odd_amounts_stand_beside_each_other(amounts: list[int]) -> None:
    """Prices need not be whole cents: an engine of one's own may cost anything."""
    assert covered(amounts, 10**12) == []


@pytest.mark.parametrize(
    ("micro", "written"),
    [
        (0, "$0.00"),
        (1, "$0.000001"),
        (1_234, "$0.0012"),
        (123_456, "$0.1235"),
        (999_999, "$1.00"),
        (1_000_000, "$1.00"),
        (1_234_567, "$1.23"),
        (1_235_000, "$1.24"),
        (234_567_885, "$234.57"),
        (999_999_999, "$1,000.00"),
        (19_339_975_232, "$19,340"),
    ],
)
def test_a_chart_writes_as_many_digits_as_there_is_room_for(micro: int, written: str) -> None:
    assert axis.amount(micro) == written
