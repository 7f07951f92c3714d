"""The bot in virtual time: the real worker, decisions and SQL; only what lies outside is played.

The worker runs as it is, with its runners, its heartbeat and its pauses, on what `seams` plays.
Members' presses and the courier are short; each mirrors one of `bot.services` (`press_run` is
`Edits.run`, `courier` is `Courier`'s), and what decides is not mirrored but called.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from bot.domain.catalog import IDEOGRAM_V2_EDIT
from bot.domain.errors import LeaseLost, StoreFailed, UserError
from bot.domain.limits.rules import Buyer
from bot.services.billing.terms import PricingTerms
from bot.services.edits.service import EditService
from bot.services.jobs.deps import WorkerDeps
from bot.services.jobs.unknown import recover
from bot.services.jobs.worker import Worker
from bot.services.limits.guard import SpendGuard
from bot.services.timeouts import Timeouts
from bot.store import deliveries
from bot.store.deliveries import Way
from bot.store.edits.pictures import PictureFolder
from bot.store.interactions import pending
from tests.simulator.provider import FINISH_TIMEOUT
from tests.simulator.seams import PlayedDatabase, Seam, seams
from tests.store.books import PROVIDER, UTC

if TYPE_CHECKING:
    from bot.store.deliveries import Delivery
    from tests.simulator.clockwork import Machine
    from tests.simulator.world import World


TIMEOUTS = Timeouts(idle=20.0)
TOKEN_SECONDS = 15 * 60 - 5


class Bot:
    """One process on one machine."""

    def __init__(self, world: World, machine: Machine) -> None:
        self.world = world
        self.machine = machine
        self.dice = world.dice
        self.clock = world.clock
        self.database = PlayedDatabase(world, machine)
        self.worker = Worker(
            WorkerDeps(
                start_timeout=world.start_timeout,
                finish_timeout=FINISH_TIMEOUT,
                clock=self.now,
                monotonic=self.now,
                fresh_seed=world.fresh_seed,
                timeouts=TIMEOUTS,
                **seams(world, machine),
            ),
            provider_name=PROVIDER,
            concurrency=world.hands,
            settled=lambda: None,
        )
        terms = PricingTerms(
            provider=PROVIDER,
            model=IDEOGRAM_V2_EDIT,
            price=world.price,
            unit_cost=world.price * 1000,
            caps=world.caps,
            zone=UTC,
            max_waiting=world.max_waiting,
        )
        self.edits = EditService(
            None,  # type: ignore[arg-type]
            PictureFolder(Path("nowhere")),
            terms,
            SpendGuard(terms, clock=self.now),
            clock=self.now,
            notify=lambda: None,
            ask_to_stop=lambda _: None,
        )

    def now(self) -> float:
        return self.clock.now

    def start(self) -> None:
        """Take over what the dead left, then work.

        Raises:
            Killed: it died of that.
        """
        if self.world.machines == 1:
            self.database.decide(recover, provider=PROVIDER, now=self.now())
        self.machine.spawn(self._work)
        self.machine.spawn(self.courier)

    async def _work(self) -> None:
        """Work until stopped; then the process ends, as after a supervisor's SIGTERM."""
        await self.worker.run()
        self.machine.alive = False

    async def stop(self) -> None:
        """Let the worker end what it must; what takes too long is killed."""
        self.worker.stop()
        await asyncio.sleep(TIMEOUTS.stop)
        self.machine.alive = False

    def point(self) -> None:
        """A place where the process may die."""
        Seam.point(self.database)

    # ---- Edits and Inbox ---------------------------------------------------------------------

    async def press_run(self, edit_id: int, member_id: int, reply_id: int) -> None:
        """A member presses Run: acknowledged, written down, accepted or refused."""
        self.point()
        await asyncio.sleep(self.dice.uniform(0, 0.2))
        reply = self.world.reply(reply_id, member_id)
        try:
            if not await self.database.transact(pending.add, reply):
                return
            self.world.acknowledged.add(reply_id)
            await asyncio.sleep(self.dice.uniform(0, 0.2))
            try:
                buyer = Buyer(member_id=member_id, guild_id=5)
                await self.database.transact(self.edits._accept, edit_id, buyer, reply_id)
                self.worker.wake()
            except UserError:
                self.world.discord.refused.add(reply_id)
                await self.database.transact(pending.answered, reply_id)
        except StoreFailed:
            # The member is told in private that nothing was bought.
            self.world.discord.refused.add(reply_id)

    async def press_cancel(self, edit_id: int, member_id: int) -> None:
        await asyncio.sleep(self.dice.uniform(0, 0.2))
        try:
            asked = await self.database.transact(self.edits._cancel, edit_id, member_id)
        except (UserError, StoreFailed):
            return
        for job_id in asked:
            self.worker.ask_to_stop(job_id)

    # ---- Courier -----------------------------------------------------------------------------

    async def courier(self) -> None:
        while True:
            try:
                delivery = await self.database.transact(deliveries.claim, now=self.now())
                if delivery is not None:
                    await self._bring(delivery)
                    continue
            except LeaseLost:
                continue
            except StoreFailed:
                await asyncio.sleep(1.0)
            await asyncio.sleep(self.dice.uniform(1.0, 10.0))

    async def _bring(self, delivery: Delivery) -> None:
        created = self.world.created.get(delivery.reply_id or 0, 0.0)
        ways = [Way.REPLY] if self.now() < created + TOKEN_SECONDS else []
        if delivery.edit_id is not None:
            ways += [Way.CHANNEL, Way.DIRECT]
        if delivery.way in ways:
            ways = ways[ways.index(delivery.way) :]
        transact = self.database.transact
        for way in ways:
            await transact(deliveries.begin, delivery, way)
            self.point()
            await asyncio.sleep(self.dice.uniform(0.05, 2.0))
            if self.world.discord.is_closed(delivery.id, way):
                continue
            if self.world.discord.is_unwell():
                later = self.now() + self.dice.uniform(1, 60)
                await transact(deliveries.put_off, delivery.id, until=later)
                return
            doubtful = delivery.way is way or delivery.way is Way.REPLY
            message_id = self.world.discord.show(delivery, way, doubtful=doubtful)
            self.point()
            await transact(deliveries.delivered, delivery.id, message_id=message_id, now=self.now())
            return
        await transact(deliveries.keep, delivery.id, reason="no way was open", now=self.now())


assert TIMEOUTS.blocked_pauses[-1] < 1_000, "the world waits long enough for a blocked account"
