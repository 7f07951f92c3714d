"""The person who runs the bot is told, once, when purchases were stopped."""

from __future__ import annotations

import asyncio

from bot.domain.billing.breaker import PauseReason
from bot.engine import EngineFaultKind
from bot.sandbox import Message, PersonInteraction, routes
from bot.services.delivery.outbox import OutboxPauses
from bot.store.billing import pauses
from bot.store.database import Transaction
from tests.e2e.conftest import PATIENCE, House, OpenHouse, picture

HURRIED = OutboxPauses(retry=(0.05,), owner_closed=0.05)
STOPPED = "A safety check stopped purchases, and the operator was told."


async def stop_purchases(house: House) -> None:
    """As the swap check does, because of a job that was done."""
    bob = house.discord.person("bob")
    await house.edited(bob)
    await stop(house)


async def stop(house: House) -> None:
    """As the swap check does, because of the first job."""
    terms = house.app.edits.terms

    def begin(tx: Transaction) -> None:
        pauses.begin(
            tx,
            provider=terms.provider,
            model=terms.model.id,
            reason=PauseReason.SWAPPED,
            job_id=1,
            now=house.app.clock(),
        )

    await house.app.database.transact(begin)


def told(house: House) -> list[Message]:
    owner = house.discord.person("owner")
    return house.discord.messages(house.discord.dms(owner))


async def heard(house: House) -> Message:
    await house.row("SELECT 1 FROM outbox WHERE kind = 'pause' AND state = 'delivered'")
    [message] = told(house)
    return message


async def test_the_owner_is_told_what_happened_and_what_to_do(house: House) -> None:
    await stop_purchases(house)
    house.discord_app.outbox.loop.wake()

    message = await heard(house)

    assert message.text.startswith("### I stopped buying pictures")
    for part in ("job 1 (", "charged to nobody", "`touchup doctor`", "MASK_POLARITY"):
        assert part in message.text
    assert "`touchup resume`" in message.text
    assert not message.mentions


async def test_everybody_of_a_team_who_may_act_is_told(house: House) -> None:
    """One of them takes no messages: that keeps nobody else from hearing it."""
    people = {name: house.discord.person(name) for name in ("eve", "dan", "ron", "ida", "cal")}
    house.discord.join_team(people["eve"])
    house.discord.join_team(people["cal"])
    house.discord.join_team(people["dan"], role="developer")
    house.discord.join_team(people["ron"], role="read_only")
    house.discord.join_team(people["ida"], accepted=False)
    people["cal"].close_dms()
    await stop_purchases(house)
    house.discord_app.outbox.loop.wake()

    await house.discord.wait(lambda: house.discord.messages(house.discord.dms(people["dan"])))

    counts = {
        name: len(house.discord.messages(house.discord.dms(person)))
        for name, person in people.items()
    }
    assert counts == {"eve": 1, "cal": 0, "dan": 1, "ron": 0, "ida": 0}
    assert told(house) == []


async def test_the_owner_is_told_once_also_over_a_restart(open_house: OpenHouse) -> None:
    async with open_house() as house:
        await stop_purchases(house)
        house.discord_app.outbox.loop.wake()
        await heard(house)
        house.discord_app.outbox.loop.wake()

    async with open_house() as house:
        await house.only_answer(await house.ada.slash("mine spend"))

        assert len(told(house)) == 1


async def test_an_owner_who_takes_no_messages_is_told_later(open_house: OpenHouse) -> None:
    async with open_house(pauses=HURRIED) as house:
        owner = house.discord.person("owner")
        owner.close_dms()
        await stop_purchases(house)
        house.discord_app.outbox.loop.wake()
        async with asyncio.timeout(PATIENCE):
            while not [c for c in house.discord.requests if c.status == 403]:
                await asyncio.sleep(0.02)

        assert told(house) == []
        owner.user.accepts_dms = True
        assert "I stopped buying pictures" in (await heard(house)).text


async def test_while_discord_is_unwell_the_owner_is_told_later(open_house: OpenHouse) -> None:
    async with open_house(pauses=HURRIED) as house:
        # discord.py itself tries five times.
        failing = house.discord.faults.add(("POST", routes.DM_CHANNELS), drop=True, times=6)
        await stop_purchases(house)
        house.discord_app.outbox.loop.wake()

        assert "I stopped buying pictures" in (await heard(house)).text
        assert failing.hits


async def test_while_purchases_are_stopped_members_are_told_and_nothing_is_bought(
    house: House,
) -> None:
    await stop_purchases(house)

    click = await house.edit()
    answer = await house.only_answer(click)

    assert answer.ephemeral
    assert answer.text.startswith("Editing is paused: ")
    assert answer.text.endswith("Nothing was charged.")
    assert house.engine_jobs == 1


async def test_while_purchases_are_stopped_areas_can_still_be_looked_at(house: House) -> None:
    await stop_purchases(house)

    card = await house.preview(await house.ada.slash("area", image=picture(), area="top third"))

    assert "### This area is" in card.text


async def test_r14_who_waits_in_line_reads_on_their_card_that_purchases_are_stopped(
    open_house: OpenHouse,
) -> None:
    """The card is changed once, and not again after a restart; Cancel there frees the money."""
    async with open_house(fal_concurrency=1) as house:
        house.break_engine(EngineFaultKind.JOB_STUCK_IN_QUEUE)
        bob = house.discord.person("bob")
        await house.slow(await house.edit(bob, prompt="a scarf"))
        click = await house.edit()
        await house.slow(click)
        await stop(house)
        house.discord_app.outbox.loop.wake()

        await click.wait(lambda seen: bool(seen.response and STOPPED in seen.response.text), 9)
        await heard(house)
        changes = changes_of(house, click)
        house.discord_app.outbox.loop.wake()
        queue = await house.only_answer(await house.ada.slash("mine queue"))

        assert click.response is not None
        assert "$0.08 set aside for a day at most; Cancel frees it now." in click.response.text
        assert (STOPPED in queue.text, "waiting: purchases are stopped" in queue.text) == (1, 1)
        assert changes_of(house, click) == changes

    async with open_house(fal_concurrency=1) as house:
        house.discord_app.outbox.loop.wake()
        await house.only_answer(await house.ada.slash("mine spend"))
        assert changes_of(house, click) == changes

        await house.ada.click(click.response, "Cancel")
        card = await house.card(click)
        assert card.text.startswith("### Your edit was cancelled")
        assert sum(await house.ledger()) == 80_000  # bob's: at the provider, or come meanwhile


def changes_of(house: House, click: PersonInteraction) -> int:
    """How often the answer to a click was changed."""
    changes = [call for call in house.discord.requests if call.method == "PATCH"]
    return len([call for call in changes if click.token in call.parameters.values()])
