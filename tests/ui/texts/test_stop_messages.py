"""What members and the operator read of stops and alerts: exact, short, and harmless."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.billing.breaker import PauseReason
from bot.domain.limits.rules import Pot, Scope
from bot.domain.limits.windows import FOREVER, Span, Window
from bot.services.limits.alerts import AlertCard
from bot.store.billing.pauses import Pause
from bot.store.billing.purchases import BuyerShare, BuyerShares
from bot.store.limits.alerts import Alert
from bot.ui.texts import billing
from bot.ui.texts.labels import TextTarget
from bot.ui.texts.limits import alerts

LONGEST_MESSAGE = 2000
"""Characters; https://docs.discord.com/developers/resources/message#create-message"""
REASONS = list(PauseReason)
DETAILS: dict[PauseReason, dict[str, Any]] = {
    PauseReason.SWAPPED: {},
    PauseReason.BURST: {
        "bought": 5_040_000,
        "pictures": 63,
        "members": 4,
        "most": 5_000_000,
        "seconds": 600,
    },
    PauseReason.FAILURES: {"failed": 7, "counted": 20, "members": 4, "percent": 30},
    PauseReason.PRICE: {"listed": 100_000_001, "expected": 80_000_000},
    PauseReason.LOCKED: {"said": "User is locked. Reason: Exhausted balance."},
}


def stop(reason: PauseReason, **changes: Any) -> Pause:
    values: dict[str, Any] = {
        "id": 3,
        "provider": "fal",
        "model": "ideogram-v2",
        "reason": reason,
        "detail": DETAILS[reason],
        "job_id": 7,
        "picture": None,
        "since": 1_790_000_000.0,
    }
    return Pause(**(values | changes))


def alert(scope: Scope, **changes: Any) -> Alert:
    values: dict[str, Any] = {
        "id": 4,
        "provider": "fal",
        "pot": Pot(scope, 5, 6),
        "window": Window.MONTH,
        "span": Span(1_780_000_000, 1_790_000_000),
        "threshold": 80,
        "cap": 40_000_000,
        "spent": 32_000_000,
        "job_id": 9,
        "edit_id": 8,
        "member_id": 6,
        "price": 80_000,
        "created_at": 1_785_000_000.0,
    }
    return Alert(**(values | changes))


def card(found: Alert, *, people: int = 5, forecast: int | None = 46_396_001) -> AlertCard:
    most = tuple(BuyerShare(10**18 + n, 6_400_000, 80) for n in range(people))
    return AlertCard(alert=found, shares=BuyerShares(400, most), forecast=forecast)


# ---- stops ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("place", list(TextTarget))
def test_n16_every_stop_has_its_sentence_for_everybody(
    reason: PauseReason, place: TextTarget
) -> None:
    sentences = [
        billing.refused(reason),
        billing.waiting(reason),
        billing.happened(stop(reason), place),
        billing.stopped(stop(reason), place),
        billing.paused(stop(reason)),
    ]

    for said in sentences:
        assert "None" not in said
        assert ".." not in said.replace("…", "")
        assert ".”" not in said
        assert len(said) < LONGEST_MESSAGE
    assert len({billing.title(it) for it in REASONS}) == len(REASONS)


@pytest.mark.parametrize("reason", REASONS)
def test_n16_the_owner_reads_what_to_do(reason: PauseReason) -> None:
    said = billing.paused(stop(reason))

    assert "\n1. " in said
    assert "resume`" in said
    assert "money back" in said


def test_a_price_is_never_rounded_to_another_one() -> None:
    said = billing.happened(stop(PauseReason.PRICE), TextTarget.SHELL)

    assert "at $0.10 and 1 nano-dollars a picture, and members are quoted $0.08" in said


@settings(max_examples=60, deadline=None)
@given(words=st.text(max_size=200))
def test_what_a_provider_says_is_no_markup_and_mentions_nobody(words: str) -> None:
    said = billing.paused(stop(PauseReason.LOCKED, detail={"said": f"{words} @everyone <@1>"}))

    assert "@everyone" not in said
    assert "<@1>" not in said
    assert len(said) < LONGEST_MESSAGE


# ---- alerts --------------------------------------------------------------------------------------


def test_r56_moderators_read_the_sum_the_people_the_forecast_and_what_to_do() -> None:
    """Peers 4.1.4, to the letter."""
    said = alerts.alert(card(alert(Scope.GUILD), people=1))

    assert said == (
        "### 80% of this server's monthly limit is used\n"
        "$32.00 of $40.00 is spent, for 400 pictures; it renews <t:1790000000:R>. There is room "
        "for 100 more pictures at $0.08. At this pace it would be $46.40 by then.\n"
        "Most of it: <@1000000000000000000> $6.40 (80 pictures).\n"
        "`/limits list` shows every limit. `/limits boost` gives room for a while, `/limits set` "
        "for good; what the operator set, only the operator can change."
    )


@pytest.mark.parametrize("scope", [Scope.MEMBER, Scope.CHANNEL, Scope.GUILD, Scope.BOT])
@pytest.mark.parametrize("window", list(Window))
@pytest.mark.parametrize("threshold", [50, 80, 100])
def test_r56_every_alert_fits_and_says_what_is_left(
    scope: Scope, window: Window, threshold: int
) -> None:
    span = Span(0, FOREVER) if window is Window.EVER else Span(1_780_000_000, 1_790_000_000)
    spent = 40_000_000 * threshold // 100
    found = alert(scope, window=window, span=span, threshold=threshold, spent=spent)

    said = alerts.alert(card(found, forecast=None))

    assert len(said) < LONGEST_MESSAGE
    assert ("no room for one more at $0.08" in said) is (threshold == 100)
    assert ("never renews" in said) is (window is Window.EVER)
    assert ("is used up" in said) is (threshold == 100)
    assert "None" not in said
    assert len(alerts.kept(found)) < 200


def test_play_money_is_called_so() -> None:
    real = alerts.alert(card(alert(Scope.BOT)))
    play = alerts.alert(card(alert(Scope.BOT, provider="embedded")))

    assert ("play money" in real, "play money" in play) == (False, True)
