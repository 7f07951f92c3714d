"""The outbox brings each card once, by the first way that is open, or keeps it."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import pytest
from PIL import Image

from bot.domain.edits.edit import Edit
from bot.domain.errors import CardTooLarge, ChannelClosed, DeliveryLater, InteractionExpired
from bot.domain.jobs.states import JobState
from bot.services.delivery.interrupted import InterruptedCard, interrupted_card
from bot.services.delivery.outbox import (
    MOST_TRIES,
    PAUSES,
    TOKEN_SECONDS,
    Destination,
    Outbox,
    from_books,
)
from bot.services.edits.gallery import Gallery, ResultCard
from bot.store.delivery.outbox import CLAIM_SECONDS, OwedKind, RouteKind
from tests.support.bench import PRICE, Bench

Card = ResultCard | InterruptedCard

WAYS = (RouteKind.REPLY, RouteKind.CHANNEL, RouteKind.DIRECT)
REPLY_ID = 70
CHANNEL_ID = 50


class PowerCut(BaseException):
    """The process ends here, whatever it was about to do."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A card as it arrived: its files' sizes in bytes, or none."""

    way: RouteKind
    where: int
    card: Card
    sizes: tuple[int, ...]
    nonce: str = ""
    doubtful: bool = False


@dataclass(slots=True)
class Screen:
    """The other side of `Sender`: shows what it is given, or has the trouble it is told to have.

    Troubles are used up one by one; a power cut comes after the card was shown.
    """

    shown: list[Shown] = field(default_factory=list)
    asked: list[RouteKind] = field(default_factory=list)
    troubles: dict[RouteKind, list[BaseException]] = field(
        default_factory=lambda: defaultdict(list)
    )

    async def send(self, to: Destination, card: Card, *, nonce: str, doubtful: bool) -> int:
        if to.kind is RouteKind.REPLY:
            assert to.reply is not None
            return await self._take(to.kind, to.reply.id, card)
        where = to.id if to.kind is RouteKind.CHANNEL else 0
        return await self._take(to.kind, where, card, nonce=nonce, doubtful=doubtful)

    async def _take(self, way: RouteKind, where: int, card: Card, **more: Any) -> int:
        self.asked.append(way)
        await asyncio.sleep(0)
        trouble = self.troubles[way].pop(0) if self.troubles[way] else None
        if isinstance(trouble, Exception):
            raise trouble
        self.shown.append(Shown(way, where, card, _sizes(card), **more))
        if trouble is not None:
            raise trouble
        return 1_000 + len(self.shown)


def _sizes(card: Card) -> tuple[int, ...]:
    if isinstance(card, InterruptedCard):
        return ()
    for picture in card.pictures:
        with Image.open(picture.path) as opened:
            opened.load()
    return tuple(picture.path.stat().st_size for picture in card.pictures)


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def outbox(bench: Bench, screen: Screen) -> Outbox:
    gallery = Gallery(bench.database, bench.folder, bench.images, bench.edits)
    renderers = {
        OwedKind.RESULT: gallery.bring,
        OwedKind.INTERRUPTED: from_books(bench.database, interrupted_card),
    }
    return Outbox(bench.database, screen, renderers, clock=bench.clock)


async def ended(bench: Bench, reply_id: int = REPLY_ID, **changed: Any) -> Edit:
    """An edit asked for in a channel, whose picture is there."""
    await bench.acknowledge(reply_id)
    edit = await bench.accept(reply_id=reply_id, guild_id=5, channel_id=CHANNEL_ID, **changed)
    outcome = await bench.work_until_ended(edit)
    assert outcome.receipts[0].state is JobState.DONE
    return edit


async def delivery(bench: Bench) -> Any:
    (row,) = await bench.rows(
        """
        SELECT *, iif(doubtful, json_extract(address, '$[0][0]'), NULL) AS way FROM outbox
        """
    )
    return row


async def test_the_card_replaces_the_reply_while_its_token_lives(
    bench: Bench, outbox: Outbox, screen: Screen
) -> None:
    """D10, I7: with whole files that are gone from the working folder afterwards."""
    edit = await ended(bench)

    assert await outbox.deliver_next()
    assert not await outbox.deliver_next()

    (shown,) = screen.shown
    assert (shown.way, shown.where) == (RouteKind.REPLY, REPLY_ID)
    assert isinstance(shown.card, ResultCard)
    assert shown.card.outcome.edit.id == edit.id
    assert shown.card.outcome.charged == PRICE
    assert [picture.exact for picture in shown.card.pictures] == [True]
    assert shown.card.before is not None
    row = await delivery(bench)
    assert (row["state"], row["message_id"], row["way"]) == ("delivered", 1_001, "reply")
    assert list(bench.folder._workspaces.iterdir()) == []
    await bench.check()


async def test_after_the_token_has_ended_the_card_comes_to_the_channel(
    bench: Bench, outbox: Outbox, screen: Screen
) -> None:
    """D10, L16."""
    await ended(bench)
    bench.clock.jump(TOKEN_SECONDS + 1)

    await outbox.deliver_next()

    (shown,) = screen.shown
    assert (shown.way, shown.where, shown.doubtful) == (RouteKind.CHANNEL, CHANNEL_ID, False)
    assert shown.nonce
    assert screen.asked == [RouteKind.CHANNEL]


@pytest.mark.parametrize(
    ("closed", "ways", "state"),
    [
        ([RouteKind.REPLY], [RouteKind.REPLY, RouteKind.CHANNEL], "delivered"),
        ([RouteKind.REPLY, RouteKind.CHANNEL], list(WAYS), "delivered"),
        (list(WAYS), list(WAYS), "kept"),
    ],
)
async def test_a_closed_way_leads_to_the_next_one_and_at_last_the_card_is_kept(
    bench: Bench,
    outbox: Outbox,
    screen: Screen,
    closed: list[RouteKind],
    ways: list[RouteKind],
    state: str,
) -> None:
    """D10-D13, D15: the charge stands, the picture waits under `/mine edits`."""
    for way in closed:
        screen.troubles[way] = [InteractionExpired() if way is RouteKind.REPLY else ChannelClosed()]
    edit = await ended(bench)

    await outbox.deliver_next()

    assert screen.asked == ways
    row = await delivery(bench)
    assert row["state"] == state
    assert (row["reason"] is not None) == (state == "kept")
    assert not await outbox.deliver_next()
    assert (await bench.edits.outcome(edit.id)).charged == PRICE
    await bench.check()


async def test_an_edit_from_the_shell_is_owed_no_card(
    bench: Bench, outbox: Outbox, screen: Screen
) -> None:
    edit = await bench.accept()
    await bench.work_until_ended(edit)

    assert not await outbox.deliver_next()
    assert screen.asked == []
    assert (await delivery(bench))["state"] == "kept"


async def test_files_are_made_to_fit_what_the_place_really_takes(
    bench: Bench, outbox: Outbox, screen: Screen
) -> None:
    """D16: Discord knows better than the interaction said."""
    edit = await ended(bench)
    picture = (await bench.edits.outcome(edit.id)).pictures[0].picture
    assert picture
    limit = picture.stat().st_size - 1
    screen.troubles[RouteKind.REPLY] = [CardTooLarge(limit_bytes=limit)]

    await outbox.deliver_next()

    (shown,) = screen.shown
    assert shown.way is RouteKind.REPLY
    assert len(shown.sizes) == 1
    assert shown.sizes[0] <= limit
    assert (await delivery(bench))["state"] == "delivered"


async def test_what_can_never_fit_is_told_without_its_picture(
    bench: Bench, outbox: Outbox, screen: Screen
) -> None:
    """D16: never endless, and never silence."""
    screen.troubles[RouteKind.REPLY] = [CardTooLarge(limit_bytes=16)]
    await ended(bench)

    await outbox.deliver_next()

    row = await delivery(bench)
    assert row["state"] == "delivered"
    (shown,) = screen.shown
    assert shown.sizes == ()


async def test_a_place_that_takes_nothing_at_all_ends_as_kept(
    bench: Bench, outbox: Outbox, screen: Screen
) -> None:
    """D16."""
    for way in WAYS:
        screen.troubles[way] = [CardTooLarge(limit_bytes=16) for _ in range(9)]
    await ended(bench)

    await outbox.deliver_next()

    assert (await delivery(bench))["state"] == "kept"
    assert screen.shown == []


async def test_while_discord_is_unwell_the_card_waits_longer_and_longer(
    bench: Bench, outbox: Outbox, screen: Screen
) -> None:
    """D7, D9: and never less than Discord asked for."""
    asked_for = [0.0, 0.0, 60.0, 0.0]
    screen.troubles[RouteKind.REPLY] = [DeliveryLater(retry_after=wish) for wish in asked_for]
    await ended(bench)

    pauses = []
    for _ in asked_for:
        assert await outbox.deliver_next()
        assert not await outbox.deliver_next()
        pauses.append((await delivery(bench))["not_before"] - bench.clock())
        bench.clock.jump(pauses[-1] + 0.01)
    await outbox.deliver_next()

    expected = [max(wish, pause) for wish, pause in zip(asked_for, PAUSES.retry, strict=False)]
    assert pauses == pytest.approx(expected, abs=0.5)
    assert [shown.way for shown in screen.shown] == [RouteKind.REPLY]


@pytest.mark.parametrize("late", [False, True])
async def test_a_card_that_was_perhaps_shown_is_brought_as_a_doubtful_one(
    bench: Bench, outbox: Outbox, screen: Screen, late: bool
) -> None:
    """L18: shown, and the process died before it was noted; the nonce is the same."""
    screen.troubles[RouteKind.REPLY] = [InteractionExpired()]
    screen.troubles[RouteKind.CHANNEL] = [PowerCut()]
    await ended(bench)
    with pytest.raises(PowerCut):
        await outbox.deliver_next()
    in_claim = await outbox.deliver_next()

    if late:
        bench.clock.jump(CLAIM_SECONDS + 1)
    else:
        await bench.restart()
    await outbox.deliver_next()

    assert not in_claim
    first, second = screen.shown
    assert (first.way, first.doubtful) == (RouteKind.CHANNEL, False)
    assert (second.way, second.doubtful) == (RouteKind.CHANNEL, True)
    assert first.nonce == second.nonce
    assert (await delivery(bench))["state"] == "delivered"


async def test_a_reply_that_was_perhaps_edited_is_in_doubt_in_the_channel_too(
    bench: Bench, outbox: Outbox, screen: Screen
) -> None:
    """L18: it is there, even when its token has ended meanwhile."""
    screen.troubles[RouteKind.REPLY] = [PowerCut()]
    await ended(bench)
    with pytest.raises(PowerCut):
        await outbox.deliver_next()

    bench.clock.jump(TOKEN_SECONDS + 1)
    await bench.restart()
    await outbox.deliver_next()

    assert [(shown.way, shown.doubtful) for shown in screen.shown] == [
        (RouteKind.REPLY, False),
        (RouteKind.CHANNEL, True),
    ]


@pytest.mark.parametrize(("late", "ways", "state"), [(0, 1, "delivered"), (901, 0, "kept")])
async def test_who_was_cut_short_hears_a_word_after_the_restart(
    bench: Bench, outbox: Outbox, screen: Screen, late: float, ways: int, state: str
) -> None:
    """L3, L4: while the token lives; later nobody waits for it any more."""
    reply = await bench.acknowledge(REPLY_ID, member_id=7)
    bench.clock.jump(late)
    await bench.restart()

    assert await outbox.deliver_next()

    assert len(screen.shown) == ways
    for shown in screen.shown:
        assert shown.card == InterruptedCard(member_id=7, kind=reply.kind)
    assert (await delivery(bench))["state"] == state
    assert not await outbox.deliver_next()


async def test_a_card_that_fails_by_our_own_fault_is_kept_in_the_end(
    bench: Bench, outbox: Outbox, screen: Screen, caplog: pytest.LogCaptureFixture
) -> None:
    """I7, H4: the picture's file is gone."""
    caplog.set_level(logging.CRITICAL)
    edit = await ended(bench)
    picture = (await bench.edits.outcome(edit.id)).pictures[0].picture
    assert picture
    picture.unlink()

    tries = 0
    while await outbox.deliver_next():
        tries += 1
        bench.clock.jump(PAUSES.retry[-1] + 1)

    assert tries <= MOST_TRIES + 1
    assert (await delivery(bench))["state"] in {"kept", "delivered"}
    await bench.check()


async def test_a_missing_source_holds_no_paid_picture_back(
    bench: Bench, outbox: Outbox, screen: Screen, caplog: pytest.LogCaptureFixture
) -> None:
    """H4."""
    caplog.set_level(logging.CRITICAL)
    edit = await ended(bench)
    (await bench.edits.outcome(edit.id)).source.unlink()

    await outbox.deliver_next()

    (shown,) = screen.shown
    assert isinstance(shown.card, ResultCard)
    assert shown.card.before is None
    assert len(shown.sizes) == 1


async def test_several_lines_bring_every_card_once_and_stop_when_told(
    bench: Bench, outbox: Outbox, screen: Screen
) -> None:
    """I7, L19."""
    edits = [await ended(bench, reply_id=number, member_id=number) for number in range(1, 7)]

    bringing = asyncio.create_task(outbox.loop.run())
    async with asyncio.timeout(10):
        while len(screen.shown) < len(edits):
            await asyncio.sleep(0.005)
        outbox.loop.stop()
        await bringing

    assert sorted(shown.where for shown in screen.shown) == [1, 2, 3, 4, 5, 6]
    assert {row["state"] for row in await bench.rows("SELECT state FROM outbox")} == {"delivered"}


async def test_a_woken_outbox_starts_at_once(bench: Bench, outbox: Outbox, screen: Screen) -> None:
    bringing = asyncio.create_task(outbox.loop.run())
    await asyncio.sleep(0.1)
    await ended(bench)

    outbox.loop.wake()
    async with asyncio.timeout(2):
        while not screen.shown:
            await asyncio.sleep(0.005)
        outbox.loop.stop()
        await bringing

    assert len(screen.shown) == 1
