"""R56: alerts that cannot be told at once: tried again, overtaken, or kept in the end."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.domain.errors import CardRefused, ChannelClosed, DeliveryLater
from bot.domain.limits.rules import DefaultLimits
from bot.services.limits.alerts import MOST_TRIES, RETRY_PAUSES_SECONDS, Alerts
from bot.store.limits import alerts
from tests.services.bench import PRICE, eventually

if TYPE_CHECKING:
    from bot.services.limits.alerts import AlertCard
    from bot.store.interactions.pending import PendingInteraction
    from tests.services.bench import Bench


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """What goes wrong is logged, and here all of it is wanted."""
    caplog.set_level(logging.CRITICAL + 1)


class Ears:
    """Everybody who may be told; the first words do not arrive."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.heard: list[int] = []
        self.doubtful: list[bool] = []

    def _hear(self, card: AlertCard) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.heard.append(card.alert.threshold)

    async def follow_up(self, reply: PendingInteraction, card: AlertCard) -> None:
        self._hear(card)

    async def direct(self, card: AlertCard, *, nonce: str, doubtful: bool) -> None:
        self.doubtful.append(doubtful)
        self._hear(card)

    async def post(self, channel_id: int, card: AlertCard, *, nonce: str, doubtful: bool) -> None:
        self.doubtful.append(doubtful)
        self._hear(card)

    async def tell_owner(self, card: AlertCard, *, nonce: str) -> None:
        self._hear(card)

    async def tell_broken(self, guild_id: int, channel_id: int, *, nonce: str) -> None:
        raise AssertionError("there is no log channel here")


def cap(bench: Bench, **caps: int) -> None:
    """What may be spent from now on; what is not said is as good as endless."""
    wide = {"member_day": 10**9, "guild_month": 10**9, "bot_month": 10**9}
    bench.terms = replace(bench.terms, caps=DefaultLimits(**(wide | caps)))
    bench.sell(bench.terms)


async def buy(bench: Bench, *, count: int = 1, reply_id: int | None = None) -> None:
    channel_id = 50 if reply_id is not None else None
    edit = await bench.accept(count=count, reply_id=reply_id, channel_id=channel_id)
    await bench.work_until_ended(edit)


async def ended(bench: Bench) -> tuple[str, str | None]:
    """How the highest alert ended."""
    (row,) = await bench.rows("SELECT state, way FROM alert ORDER BY threshold DESC LIMIT 1")
    return row["state"], row["way"]


async def tell(bench: Bench, ears: Ears) -> int:
    """Tell until nothing is due, jumping over every pause; how often it was tried."""
    told = Alerts(bench.database, ears, clock=bench.clock)
    tries = 0
    while (due := await bench.database.transact(alerts.due_at)) is not None:
        bench.clock.jump(due - bench.clock() + 0.01)
        tries += await told.tell_next()
    return tries


async def test_r56_an_owner_who_takes_no_messages_is_told_later(bench: Bench) -> None:
    cap(bench, bot_month=PRICE)
    await buy(bench)
    ears = Ears(ChannelClosed(), DeliveryLater(retry_after=5), ChannelClosed())
    before = bench.clock()

    tries = await tell(bench, ears)

    assert (tries, ears.heard) == (4, [100])
    assert bench.clock() - before > 2 * RETRY_PAUSES_SECONDS[-1]
    assert await ended(bench) == ("told", "owner")


@pytest.mark.parametrize(
    "fault", [CardRefused(status=400, code=50035), RuntimeError("a bug")], ids=["refused", "bug"]
)
async def test_a_fault_of_our_own_is_not_tried_for_ever(bench: Bench, fault: Exception) -> None:
    cap(bench, bot_month=PRICE)
    await buy(bench)

    tries = await tell(bench, Ears(*[fault] * 20))

    assert tries == MOST_TRIES + 1
    assert await ended(bench) == ("kept", "broken")


async def test_who_buys_in_a_shell_is_not_written_to(bench: Bench) -> None:
    cap(bench, member_day=PRICE)
    await buy(bench)
    ears = Ears()
    await bench.rows("UPDATE delivery SET state = 'kept', ended_at = 1 WHERE state = 'due'")

    await tell(bench, ears)

    assert ears.heard == []
    assert await ended(bench) == ("kept", "shell")


async def test_r56_a_member_hears_nothing_before_their_card_came(bench: Bench) -> None:
    cap(bench, member_day=PRICE)
    await bench.acknowledge(70)
    await buy(bench, reply_id=70)
    ears = Ears()
    told = Alerts(bench.database, ears, clock=bench.clock)

    assert not await told.tell_next()
    await bench.rows("UPDATE delivery SET state = 'delivered', message_id = 1, ended_at = 1")
    assert await told.tell_next()

    assert ears.heard == [100]
    assert await ended(bench) == ("told", "reply")


async def test_a_direct_word_that_may_have_arrived_is_looked_for(bench: Bench) -> None:
    cap(bench, member_day=PRICE)
    await bench.acknowledge(71)
    await buy(bench, reply_id=71)
    await bench.rows("UPDATE delivery SET state = 'delivered', message_id = 1, ended_at = 1")
    await bench.rows("UPDATE alert SET way = 'direct' WHERE state = 'due'")
    ears = Ears()

    await tell(bench, ears)

    assert (ears.heard, ears.doubtful) == ([100], [True])


async def test_r56_what_could_not_be_told_is_overtaken_by_the_next_part(bench: Bench) -> None:
    cap(bench, bot_month=10 * PRICE)
    ears = Ears(DeliveryLater(retry_after=0))
    told = Alerts(bench.database, ears, clock=bench.clock)
    await buy(bench, count=4)
    await buy(bench)
    assert await told.tell_next()
    await buy(bench, count=3)

    await tell(bench, ears)

    assert ears.heard == [80]


async def test_alerts_are_told_as_they_come_and_hold_up_no_end(bench: Bench) -> None:
    cap(bench, bot_month=2 * PRICE)
    ears = Ears()
    told = Alerts(bench.database, ears, clock=bench.clock)
    telling = asyncio.create_task(told.run())
    await asyncio.sleep(0)

    await buy(bench)
    told.wake()
    await eventually(lambda: ears.heard == [50])
    told.stop()

    await asyncio.wait_for(telling, 2)
