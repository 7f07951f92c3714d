"""R56: what is noted of a limit as it is used up, and what is due to be told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.errors import LeaseLost
from bot.domain.jobs.lifecycle import Closing
from bot.domain.limits.rules import DefaultLimits, Pot, RuleAuthor, Scope, guild
from bot.domain.limits.windows import Window
from bot.store.billing import ledger
from bot.store.delivery import outbox
from bot.store.delivery.outbox import DeliveryRoute, Owed, OwedKind, RouteKind, UndeliveredReason
from bot.store.interactions import pending
from bot.store.limits import alerts, guilds
from bot.store.limits.alerts import Alert
from bot.store.sqlite import SqliteTransaction as Tx
from tests.store.limits.limited import limit
from tests.support.books import NOW, PRICE, add_reply, put_in_line

DAY = 86_400


def caps(*, member: int = 10**9, guild: int = 10**9, bot: int = 10**9) -> DefaultLimits:
    return DefaultLimits(member_day=member, guild_month=guild, bot_month=bot)


def buy(tx: Tx, *, count: int = 1, now: float = NOW, **options: Any) -> None:
    """Pictures that come one right after the other."""
    if pending.get(tx, 70) is None:
        add_reply(tx, 70, now=now)
    for _ in range(count):
        (job_id,) = put_in_line(tx, now=now, **{"reply_id": 70, **options})
        ledger.close(tx, job_id, Closing.CAPTURE, now=now)


def noted(tx: Tx) -> list[tuple[str, int, str]]:
    rows = tx.fetch_all(
        """
        SELECT counter.scope, alert.threshold, outbox.state FROM alert
        JOIN counter ON counter.id = alert.counter_id
        JOIN outbox ON kind = 'alert' AND outbox.subject = alert.id ORDER BY alert.id
        """
    )
    return [(row["scope"], row["threshold"], row["state"]) for row in rows]


def told(tx: Tx) -> list[int]:
    """The thresholds that are due, oldest first, as if each was told."""
    found = []
    while (owed := outbox.claim(tx, now=NOW + DAY)) is not None:
        outbox.delivered(tx, owed.id, message_id=1, now=NOW)
        found.append(about(tx, owed).threshold)
    return found


def about(tx: Tx, owed: Owed | None) -> Alert:
    """The alert that is owed."""
    assert owed is not None
    assert owed.kind is OwedKind.ALERT
    alert = alerts.get(tx, owed.subject)
    assert alert is not None
    return alert


def test_r56_each_part_of_a_limit_is_noted_once(tx: Tx) -> None:
    heard = []
    for _ in range(12):
        buy(tx, caps=caps(guild=1_000_000), guild_id=5)
        heard.append(told(tx))

    assert [part for parts in heard for part in parts] == [50, 80, 100]
    assert [heard.index([part]) + 1 for part in (50, 80, 100)] == [7, 10, 12]


def test_r56_what_nobody_heard_of_yet_is_overtaken_by_the_next_part(tx: Tx) -> None:
    buy(tx, caps=caps(guild=1_000_000), guild_id=5, count=12)

    assert noted(tx) == [("guild", 50, "kept"), ("guild", 80, "kept"), ("guild", 100, "due")]


def test_r56_nobody_hears_of_half_after_they_heard_of_most(tx: Tx) -> None:
    """The first message was begun, and Discord returned 5xx."""
    buy(tx, caps=caps(guild=1_000_000), guild_id=5, count=7)
    half = outbox.claim(tx, now=NOW)
    assert half is not None
    outbox.begin(tx, half, half.routes[0])
    outbox.put_off(tx, half.id, until=NOW + 10)
    half = replace(half, claimed_until=NOW + 10)

    buy(tx, caps=caps(guild=1_000_000), guild_id=5, count=3)

    with pytest.raises(LeaseLost):
        outbox.begin(tx, half, half.routes[0])
    assert told(tx) == [80]


def test_r56_of_two_parts_at_once_only_the_higher_is_told(tx: Tx) -> None:
    buy(tx, caps=caps(bot=100_000))

    assert noted(tx) == [("bot", 50, "kept"), ("bot", 80, "kept"), ("bot", 100, "due")]
    assert told(tx) == [100]
    ways = tx.fetch_all("SELECT reason FROM outbox WHERE state = 'kept'")
    assert {row["reason"] for row in ways} == {UndeliveredReason.OVERTAKEN}


def test_r56_a_picture_that_uses_up_two_limits_alerts_for_both(tx: Tx) -> None:
    buy(tx, caps=caps(member=PRICE, bot=2 * PRICE), guild_id=5)

    assert {(scope, part) for scope, part, state in noted(tx) if state == "due"} == {
        ("member", 100),
        ("bot", 50),
    }


def test_r56_the_next_window_begins_anew(tx: Tx) -> None:
    for day in range(3):
        buy(tx, caps=caps(member=PRICE), now=NOW + day * DAY)

    assert [state for _, part, state in noted(tx) if part == 100] == 3 * ["due"]


def test_r56_what_is_released_and_what_is_free_alerts_nobody(tx: Tx) -> None:
    for job_id in put_in_line(tx, count=2, caps=caps(bot=2 * PRICE)):
        ledger.close(tx, job_id, Closing.RELEASE, now=NOW)
    buy(tx, caps=caps(bot=PRICE), price=0)

    assert noted(tx) == []


def test_a_cap_that_was_lowered_meanwhile_is_alerted_by_the_next_picture(tx: Tx) -> None:
    buy(tx, caps=caps(bot=10 * PRICE), count=4)
    assert noted(tx) == []

    buy(tx, caps=caps(bot=6 * PRICE))

    assert told(tx) == [80]


def test_a_cap_that_was_raised_does_not_tell_the_same_again(tx: Tx) -> None:
    buy(tx, caps=caps(bot=2 * PRICE), count=2)
    assert told(tx) == [100]

    buy(tx, caps=caps(bot=4 * PRICE), count=2)

    assert told(tx) == []


@pytest.mark.parametrize(
    ("window", "zones"),
    [
        (Window.DAY, ("Europe/Berlin", "America/New_York")),
        (Window.WEEK, ("Asia/Tokyo", "Pacific/Honolulu")),
        (Window.MONTH, ("Europe/Berlin", "Asia/Tokyo")),
        (Window.EVER, ("Europe/Berlin", "Asia/Tokyo")),
    ],
)
def test_r56_another_time_zone_tells_nobody_the_same_again(
    tx: Tx, window: Window, zones: tuple[str, str]
) -> None:
    limit(tx, 10 * PRICE, subject=guild(5), window=window)
    buy(tx, guild_id=5, count=5)
    assert told(tx) == [50]

    for zone in zones:
        guilds.set_time_zone(tx, 5, zone)
        buy(tx, guild_id=5)
        assert told(tx) == []

    buy(tx, guild_id=5)
    assert told(tx) == [80]


def test_r56_in_another_time_zone_most_overtakes_half_that_nobody_heard_of(tx: Tx) -> None:
    limit(tx, 10 * PRICE, subject=guild(5), window=Window.MONTH)
    buy(tx, guild_id=5, count=5)
    guilds.set_time_zone(tx, 5, "Europe/Berlin")

    buy(tx, guild_id=5, count=3)

    assert told(tx) == [80]


def test_r56_the_day_after_another_time_zone_was_chosen_begins_anew(tx: Tx) -> None:
    limit(tx, 2 * PRICE, subject=guild(5))
    buy(tx, guild_id=5)
    assert told(tx) == [50]
    guilds.set_time_zone(tx, 5, "Europe/Berlin")

    buy(tx, guild_id=5, now=NOW + DAY)

    assert told(tx) == [50]


def test_r56_what_the_operators_limit_told_of_another_day_silences_nothing(tx: Tx) -> None:
    """In Tokyo it is tomorrow already when the operator's limit of today is used up."""
    guilds.set_time_zone(tx, 5, "Asia/Tokyo")
    limit(tx, 4 * PRICE, subject=guild(5))
    limit(tx, 2 * PRICE, subject=guild(5), author=RuleAuthor.OPERATOR)
    evening = NOW - NOW % DAY + 20 * 3600
    buy(tx, guild_id=5, now=evening)
    assert told(tx) == [50]

    buy(tx, guild_id=5, now=evening + 3600)

    assert sorted(told(tx)) == [50, 100]


def test_r56_of_the_moderators_limit_and_the_operators_the_lower_is_told(tx: Tx) -> None:
    """They count by different clocks; one word about the month is enough."""
    guilds.set_time_zone(tx, 5, "Europe/Berlin")
    limit(tx, 20 * PRICE, subject=guild(5), window=Window.MONTH)
    limit(tx, 10 * PRICE, subject=guild(5), window=Window.MONTH, author=RuleAuthor.OPERATOR)

    heard = []
    for _ in range(10):
        buy(tx, guild_id=5)
        heard += told(tx)

    assert heard == [50, 80, 100]


def test_one_alert_is_due_until_it_is_told_or_kept(tx: Tx) -> None:
    buy(tx, caps=caps(guild=PRICE), guild_id=5)
    owed = outbox.claim(tx, now=NOW)
    alert = about(tx, owed)
    assert owed is not None
    assert (alert.pot, alert.threshold) == (Pot(Scope.GUILD, 5, 5), 100)
    assert (alert.cap, alert.spent, alert.price) == (PRICE, PRICE, PRICE)

    outbox.begin(tx, owed, owed.routes[0])
    outbox.put_off(tx, owed.id, until=NOW + 10)
    assert outbox.claim(tx, now=NOW + 9) is None
    assert outbox.due_at(tx, now=NOW) == NOW + 10
    again = outbox.claim(tx, now=NOW + 10)
    assert again is not None
    assert (again.routes, again.doubtful, again.tries) == (
        (DeliveryRoute(RouteKind.LOG, 5),),
        True,
        1,
    )

    outbox.keep(tx, owed.id, reason=UndeliveredReason.CLOSED, now=NOW + 10)
    outbox.delivered(tx, owed.id, message_id=1, now=NOW + 11)
    assert outbox.due_at(tx, now=NOW) is None
    assert [kept.id for kept in alerts.kept_of_guild(tx, 5, now=NOW + 11)] == [alert.id]
    assert alerts.kept_of_guild(tx, 6, now=NOW + 11) == []
    assert alerts.kept_of_guild(tx, 5, now=NOW + 40 * DAY) == []  # its window is over


def test_a_private_answer_that_was_not_taken_is_said_again(tx: Tx) -> None:
    buy(tx, caps=caps(member=PRICE), guild_id=5)
    tx.execute("UPDATE edit SET state = 'ended'")
    owed = outbox.claim(tx, now=NOW)
    assert owed is not None
    assert [route.kind for route in owed.routes] == [RouteKind.BESIDE, RouteKind.DIRECT]

    outbox.begin(tx, owed, owed.routes[0])
    outbox.put_off(tx, owed.id, until=NOW + 10)

    again = outbox.claim(tx, now=NOW + 10)
    assert again is not None
    assert (again.routes, again.doubtful, again.tries) == (owed.routes, False, 1)


@pytest.mark.parametrize("ended", [False, True])
def test_a_member_hears_of_it_after_their_pictures(tx: Tx, *, ended: bool) -> None:
    buy(tx, caps=caps(member=PRICE), guild_id=5)
    if ended:
        tx.execute("UPDATE edit SET state = 'ended'")

    assert (outbox.claim(tx, now=NOW) is not None) is ended
