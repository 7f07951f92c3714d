"""Ledger rows: a price is held, then captured or released, and nothing is lost on the way."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.billing import ledger
from bot.domain.billing.ledger import LedgerEntryKind

prices = st.integers(0, 10**12)


@given(price=prices)
def test_a_captured_hold_is_gone_and_costs_what_was_agreed(price: int) -> None:
    """F28, I3, I11: a price that rose in between is the owner's, not the member's."""
    held, captured = ledger.hold(price), ledger.capture(price)

    assert held.held + captured.held == 0
    assert captured.spent == price


@given(price=prices)
def test_a_released_hold_leaves_no_trace(price: int) -> None:
    held, released = ledger.hold(price), ledger.release(price)

    assert (held.held + released.held, held.spent + released.spent) == (0, 0)
    assert (held.kind, released.kind) == (LedgerEntryKind.HOLD, LedgerEntryKind.RELEASE)


@pytest.mark.parametrize("price", [-1, -80_000])
def test_a_price_is_never_negative(price: int) -> None:
    with pytest.raises(ValueError):
        ledger.hold(price)


def test_r60_a_hundred_thousand_holds_sum_exactly() -> None:
    """C14: integers only, so the order of summing does not matter."""
    random.seed(14)
    spent = held = expected = 0

    for _ in range(100_000):
        price = random.randrange(1_000_000)
        close = random.choice([ledger.capture, ledger.release])
        for entry in (ledger.hold(price), close(price)):
            held, spent = held + entry.held, spent + entry.spent
        expected += price if close is ledger.capture else 0

    assert (held, spent) == (0, expected)
