"""R56: alerts that cannot be told at once: tried again, overtaken, or kept in the end."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.domain.errors import CardRefused, ChannelClosed, DeliveryLater
from bot.domain.limits.rules import DefaultLimits
from bot.services.delivery.outbox import MOST_TRIES, PAUSES, Destination, Outbox, Put
from bot.services.limits.alerts import AlertCard, alert_renderer
from bot.store.delivery.outbox import Owed, OwedKind, RouteKind
from tests.support.bench import PRICE, Bench, eventually

pytestmark = pytest.mark.usefixtures("quiet")


class Ears:
    """Everybody who may be told; the first words do not arrive."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.heard: list[int] = []
        self.doubtful: list[bool] = []

    async def send(self, to: Destination, card: AlertCard, *, nonce: str, doubtful: bool) -> int:
        if to.kind is not RouteKind.OWNER and to.reply is None:
            self.doubtful.append(doubtful)
        if self.failures:
            raise self.failures.pop(0)
        self.heard.append(card.alert.threshold)
        return 1


async def not_yet(_owed: Owed, _put: Put) -> int:
    raise DeliveryLater(retry_after=600)


def telling(bench: Bench, ears: Ears) -> Outbox:
    """An outbox that brings alerts to these ears, and no cards yet."""
    renderers = {
        OwedKind.ALERT: alert_renderer(bench.database, clock=bench.clock),
        OwedKind.RESULT: not_yet,
    }
    return Outbox(bench.database, ears, renderers, clock=bench.clock)


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
    (row,) = await bench.rows(
        """
        SELECT outbox.state, COALESCE(reason, json_extract(address, '$[0][0]')) AS way
        FROM alert JOIN outbox ON kind = 'alert' AND subject = alert.id
        ORDER BY threshold DESC LIMIT 1
        """
    )
    return row["state"], row["way"]


async def no_cards(bench: Bench, *, state: str = "delivered") -> None:
    """What edits became was shown already."""
    await bench.rows(
        f"UPDATE outbox SET state = '{state}', message_id = 1, ended_at = 1 "
        "WHERE kind = 'result' AND state = 'due'"
    )


async def tell(bench: Bench, ears: Ears) -> int:
    """Tell until nothing is due, jumping over every pause; how often it was tried."""
    outbox = telling(bench, ears)
    tries = 0
    while due := await bench.rows(
        """
        SELECT not_before AS at FROM outbox WHERE kind = 'alert' AND state = 'due' ORDER BY at
        """
    ):
        bench.clock.jump(due[0]["at"] - bench.clock() + 0.01)
        tries += await outbox.deliver_next()
    return tries


async def test_r56_an_owner_who_takes_no_messages_is_told_later(bench: Bench) -> None:
    cap(bench, bot_month=PRICE)
    await buy(bench)
    ears = Ears(ChannelClosed(), DeliveryLater(retry_after=5), ChannelClosed())
    before = bench.clock()

    tries = await tell(bench, ears)

    assert (tries, ears.heard) == (4, [100])
    assert bench.clock() - before > 2 * PAUSES.owner_closed
    assert await ended(bench) == ("delivered", "owner")


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
    await no_cards(bench, state="kept")

    await tell(bench, ears)

    assert ears.heard == []
    assert await ended(bench) == ("kept", "shell")


async def test_r56_a_member_hears_nothing_before_their_card_came(bench: Bench) -> None:
    cap(bench, member_day=PRICE)
    await bench.acknowledge(70)
    await buy(bench, reply_id=70)
    ears = Ears()
    outbox = telling(bench, ears)

    assert await outbox.deliver_next()  # the card, which Discord does not take now
    assert not await outbox.deliver_next()
    assert ears.heard == []
    await no_cards(bench)
    assert await outbox.deliver_next()

    assert ears.heard == [100]
    assert await ended(bench) == ("delivered", "beside")


async def test_a_direct_word_that_may_have_arrived_is_looked_for(bench: Bench) -> None:
    cap(bench, member_day=PRICE)
    await bench.acknowledge(71)
    await buy(bench, reply_id=71)
    await no_cards(bench)
    await bench.rows(
        """
        UPDATE outbox SET doubtful = 1, address = json_remove(address, '$[0]') WHERE state = 'due'
        """
    )
    ears = Ears()

    await tell(bench, ears)

    assert (ears.heard, ears.doubtful) == ([100], [True])


async def test_r56_what_could_not_be_told_is_overtaken_by_the_next_part(bench: Bench) -> None:
    cap(bench, bot_month=10 * PRICE)
    ears = Ears(DeliveryLater(retry_after=0))
    outbox = telling(bench, ears)
    await buy(bench, count=4)
    await buy(bench)
    assert await outbox.deliver_next()
    await buy(bench, count=3)

    await tell(bench, ears)

    assert ears.heard == [80]


async def test_alerts_are_told_as_they_come_and_hold_up_no_end(bench: Bench) -> None:
    cap(bench, bot_month=2 * PRICE)
    ears = Ears()
    outbox = telling(bench, ears)
    running = asyncio.create_task(outbox.loop.run())
    await asyncio.sleep(0)

    await buy(bench)
    outbox.loop.wake()
    await eventually(lambda: ears.heard == [50])
    outbox.loop.stop()

    await asyncio.wait_for(running, 2)
