"""Amounts are read and written without ever rounding one."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.billing.amounts import (
    LARGEST_MICRO_USD,
    MICRO_PER_USD,
    NANO_PER_MICRO,
    parse_usd,
    usd,
)
from bot.domain.catalog import MODELS, Model

amounts = st.integers(0, LARGEST_MICRO_USD)


@pytest.mark.parametrize(
    ("text", "micro"),
    [
        ("0", 0),
        ("0.08", 80_000),
        ("20", 20_000_000),
        ("20.00", 20_000_000),
        ("007", 7_000_000),
        (".5", 500_000),
        ("5.", 5_000_000),
        ("0.000001", 1),
        ("1.50000000000000000000000000000000000000", 1_500_000),
        ("1000000000", LARGEST_MICRO_USD),
    ],
)
def test_plain_digits_are_dollars(text: str, micro: int) -> None:
    assert parse_usd(text) == micro


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        ".",
        "-1",
        "+1",
        "1e9",
        "1E-3",
        "NaN",
        "Infinity",
        "$5",
        "$",
        "1,5",
        "1.2.3",
        "1_000",
        " 1",
        "1\n",
        "٣",
        "²",
        "１",
        "0x10",
        "0.0000001",
        "1.00000000000000000000000000000000001",
        "1000000000.000001",
        "9" * 5_000,
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    """W47, 109."""
    with pytest.raises(ValueError):
        parse_usd(text)


@given(micro=amounts)
def test_what_is_written_reads_back_exactly(micro: int) -> None:
    assert parse_usd(usd(micro).removeprefix("$").replace(",", "")) == micro


@given(whole=st.integers(0, 10**9 - 1), fraction=st.text("0123456789", min_size=1, max_size=40))
@example(whole=0, fraction="0" * 30 + "1")
def test_an_amount_is_read_exactly_or_refused(whole: int, fraction: str) -> None:
    text = f"{whole}.{fraction}"
    exact = int(str(whole) + fraction.ljust(6, "0")[:6])
    finer = fraction[6:].strip("0")

    if finer:
        with pytest.raises(ValueError):
            parse_usd(text)
    else:
        assert parse_usd(text) == exact


@given(text=st.text(max_size=20))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        micro = parse_usd(text)
    except ValueError:
        return
    assert micro == Decimal(text) * MICRO_PER_USD


@given(micro=st.integers(-(10**18), 10**18))
def test_a_written_amount_has_two_decimals_or_more_and_no_idle_zero(micro: int) -> None:
    written = usd(micro)

    assert re.fullmatch(r"-?\$\d{1,3}(,\d{3})*\.\d{2}(\d{0,3}[1-9])?", written)
    assert Decimal(written.replace("$", "").replace(",", "")) * MICRO_PER_USD == micro


@pytest.mark.parametrize("model", MODELS.values(), ids=list(MODELS))
def test_the_owner_is_never_billed_more_than_the_member_pays(model: Model) -> None:
    """A price in micro-USD is the price in nano-USD, rounded up."""
    assert 0 <= model.price_micro_usd * NANO_PER_MICRO - model.price_nano_usd < NANO_PER_MICRO
