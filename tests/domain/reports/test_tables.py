"""Tables for accountants."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.reports import tables


@given(cells=st.lists(st.text(st.characters(codec="ascii", exclude_characters="\0")), min_size=1))
def test_a_row_is_read_back_as_it_was_written(cells: list[str]) -> None:
    written = io.StringIO(newline="")

    count = tables.write(written, [cells, cells])

    written.seek(0)
    assert list(csv.reader(written, strict=True)) == [cells, cells]
    assert count == 2
    assert written.getvalue().endswith("\r\n")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ('=HYPERLINK("http://x")', '\'=HYPERLINK("http://x")'),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1", "'  =1"),
        ("\t=1", "'\\t=1"),
        ("\r\n=1", "'\\r\\n=1"),
        ("\ud800é\0", "\\ud800\\xe9\\x00"),
        ("a=b", "a=b"),
        ("2026-11", "2026-11"),
        (None, ""),
        ("", ""),
    ],
)
def test_w43_no_cell_is_a_formula(said: str | None, expected: str) -> None:
    assert tables.text(said) == expected


@given(said=st.text())
def test_w43_a_cell_is_one_line_of_ascii_that_runs_nothing(said: str) -> None:
    cell = tables.text(said)

    assert cell.isascii()
    assert cell.isprintable()
    assert not cell.strip().startswith(("=", "+", "-", "@"))


@given(amount=st.integers(-(10**15), 10**15))
def test_amounts_are_exact(amount: int) -> None:
    assert Decimal(tables.micro_usd(amount)) * 10**6 == amount
    assert Decimal(tables.nano_usd(amount)) * 10**9 == amount


def test_moments_are_utc_and_dates_are_local() -> None:
    when = datetime(2026, 10, 31, 23, 30, 0, 250_000, tzinfo=UTC).timestamp()

    assert tables.moment(when) == "2026-10-31T23:30:00.250Z"
    assert tables.local_date(when, ZoneInfo("Europe/Berlin")) == "2026-11-01"
    assert tables.local_date(when, ZoneInfo("America/New_York")) == "2026-10-31"
    assert tables.moment(None) == ""


def test_play_money_is_another_currency() -> None:
    assert [tables.currency(name) for name in ("fal", "custom", "embedded")] == [
        "USD",
        "USD",
        "play USD",
    ]
