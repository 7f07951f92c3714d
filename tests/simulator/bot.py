"""The bot in virtual time: the real worker, outbox, decisions and SQL; what is outside is played.

Worker and outbox run as they are, with lanes, heartbeat and pauses, on what `seams` plays. Members'
presses are short; each mirrors one of `bot.services` (`press_run` is `EditService.run`), and what
decides is not mirrored but called.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from bot.domain.errors import StoreFailed, UserError
from bot.domain.limits.rules import Buyer
from bot.services.delivery.outbox import Outbox, OutboxPauses
from bot.services.edits.service import EditService
from bot.services.jobs.deps import WorkerDeps
from bot.services.jobs.unknown import recover
from bot.services.jobs.worker import Worker
from bot.services.limits.guard import SpendGuard
from bot.services.timeouts import Timeouts
from bot.store.delivery.outbox import OwedKind
from bot.store.edits.pictures import PictureFolder
from bot.store.interactions import pending
from tests.simulator.provider import FINISH_TIMEOUT
from tests.simulator.seams import PlayedDatabase, PlayedSender, Seam, seams
from tests.support.books import PROVIDER, usual_terms

if TYPE_CHECKING:
    from bot.services.delivery.outbox import Put
    from bot.store.delivery.outbox import Owed
    from tests.simulator.clockwork import Machine
    from tests.simulator.world import World


TIMEOUTS = Timeouts(idle=20.0)
PAUSES = OutboxPauses(idle=20.0, owner_closed=60.0)


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
        terms = usual_terms(world.caps, price=world.price, max_waiting=world.max_waiting)
        self.edits = EditService(
            None,  # type: ignore[arg-type]
            PictureFolder(Path("nowhere")),
            terms,
            SpendGuard(terms, clock=self.now),
            clock=self.now,
            notify=lambda: None,
            ask_to_stop=lambda _: None,
        )

        self.outbox = Outbox(
            self.database,
            PlayedSender(world, machine),
            dict.fromkeys(OwedKind, _as_it_is),
            clock=self.now,
            pauses=PAUSES,
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
        self.machine.spawn(self.outbox.loop.run)

    async def _work(self) -> None:
        """Work until stopped; then the process ends, as after a supervisor's SIGTERM."""
        await self.worker.run()
        self.machine.alive = False

    async def stop(self) -> None:
        """Let the worker end what it must; what takes too long is killed."""
        self.worker.stop()
        self.outbox.loop.stop()
        await asyncio.sleep(TIMEOUTS.stop)
        self.machine.alive = False

    def point(self) -> None:
        """A place where the process may die."""
        Seam.point(self.database)

    # ---- members ---------------------------------------------------------------------

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


async def _as_it_is(owed: Owed, put: Put) -> int:
    """Nothing is drawn here: the card is the row itself."""
    return await put(owed)


assert TIMEOUTS.blocked_pauses[-1] < 1_000, "the world waits long enough for a blocked account"
