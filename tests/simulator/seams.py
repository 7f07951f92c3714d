"""What the real worker touches, played: books, network, picture files and picture processes.

Each effect is a place where the machine may die, before it and after it, and takes its time. What
a dead machine still does reaches nobody.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from bot import logs
from bot.domain.edits.pictures import FinishedPicture
from bot.domain.errors import (
    ChannelClosed,
    DeliveryLater,
    Failure,
    InteractionExpired,
    ProviderBlocked,
    Refused,
    StoreFailed,
    TouchupError,
)
from bot.domain.jobs.events import Effect
from bot.domain.jobs.lifecycle import Step
from bot.provider.results import DownloadedResult
from bot.store.delivery.outbox import RouteKind
from bot.store.edits.pictures import PictureFile
from tests.simulator.clockwork import Killed, Machine
from tests.simulator.provider import Ending
from tests.support.books import ARRIVAL, PICTURE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bot.domain.jobs.states import Submission
    from bot.provider.client import CancelOutcome
    from bot.services.delivery.outbox import Destination
    from bot.store.database import Transaction
    from bot.store.delivery.outbox import Owed
    from tests.simulator.world import World

P = ParamSpec("P")
T = TypeVar("T")

NOWHERE = Path("nowhere")
TOKEN_LIFE = 900.0
"""When Discord ends an interaction's token, in seconds.
Source: https://docs.discord.com/developers/interactions/receiving-and-responding#followup-messages"""


@dataclass(eq=False, slots=True)
class Seam:
    """One machine's way to something outside it."""

    world: World
    machine: Machine

    def point(self) -> None:
        """A place where the process may die.

        Raises:
            Killed: it did, here or before.
        """
        if not self.machine.alive:
            raise Killed
        if self.world.may_fail() and self.world.dice.random() < self.world.crash:
            self.machine.die()

    async def takes(self, least: float, most: float) -> None:
        """Let a while pass, in seconds."""
        await asyncio.sleep(self.world.dice.uniform(least, most))


class PlayedDatabase(Seam):
    """`Database` on the world's books: the machine may die before and after each commit."""

    async def transact(
        self, decide: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """See `Database`. Others have a turn before it, as while the real one's thread is asked."""
        await asyncio.sleep(0)
        answer = self.decide(decide, *args, **kwargs)
        if isinstance(answer, Step) and answer.effect is Effect.SUBMIT:
            # To hear that an intent is written takes a busy or a frozen machine any time.
            await asyncio.sleep(self.world.dice.choice([0.0, 0.0, 0.5, 20.0]))
        return answer

    def decide(
        self, decide: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """One decision in one transaction."""
        if not self.machine.alive:
            raise Killed
        if self.world.disk_is_full():
            raise StoreFailed("SQLITE_FULL")
        dies = self.world.may_fail() and self.world.dice.random() < self.world.crash
        before = dies and self.world.dice.random() < 0.5
        try:
            answer: T = self.world.books.transact(decide, *args, die=before, **kwargs)
        except (TouchupError, Killed):
            if before:
                self.machine.die()
            raise
        except BaseException as error:
            # The bot survives its own bugs and broken rules; here they are what is looked for.
            self.world.clock.findings.append(error)
            raise
        if dies:
            self.machine.die()
        return answer


class PlayedSender(Seam):
    """`Sender`: what members see after a while, unless a route is closed or Discord has trouble."""

    async def send(self, to: Destination, card: Owed, *, nonce: str, doubtful: bool) -> int:
        self.point()
        await self.takes(0.05, 2.0)
        discord = self.world.discord
        # A frozen machine sends at last what it began long ago: Discord knows its token no more.
        # Unless it ends here, that late edit stands beside what was posted instead meanwhile.
        late = to.reply is not None and self.world.clock.now >= to.reply.created_at + TOKEN_LIFE
        if late or discord.is_closed(card.id, to.kind):
            raise InteractionExpired if to.kind is RouteKind.REPLY else ChannelClosed
        if discord.is_unwell():
            raise DeliveryLater(retry_after=self.world.dice.uniform(1, 60))
        message_id = discord.show(card, to.kind, doubtful=doubtful)
        self.point()
        return message_id


class PlayedClient(Seam):
    """`Fal`, as far as a worker uses it."""

    def at_home(self, _model: object, submission: Submission) -> Submission:
        return submission

    async def prepare(self, _purchase: object) -> Mapping[str, object]:
        self.point()
        await self.takes(0.05, 3.0)
        if self.world.provider.is_locked():
            raise ProviderBlocked(reason="User is locked")
        self.world.provider.ask()
        if self.world.may_fail() and self.world.dice.random() < 0.01:
            raise Refused(Failure.INPUT)
        self.point()
        return {}

    async def submit(self, _model: object, _arguments: object, *, seed: int) -> Submission:
        self.point()
        job_id = logs.job_id.get()
        assert job_id is not None
        post = self.world.provider.post(seed, for_job=job_id, sender=self.machine)
        self.point()
        await asyncio.sleep(post.answered_at - self.world.clock.now)
        self.point()
        if isinstance(post.answer, Exception):
            raise post.answer
        return post.answer

    async def find(
        self, _model: object, *, seed: int, since: float, prompt: str
    ) -> list[Submission]:
        self.point()
        self.world.provider.ask()
        await self.takes(0.05, 2.0)
        found = self.world.provider.find(seed, since=since)
        await asyncio.sleep(self.world.dice.choice([0.1, 0.1, 30.0]))
        self.point()
        return found

    async def follow(self, submission: Submission) -> None:
        paid = self.world.provider.known(submission)
        self.point()
        while not paid.is_over(self.world.clock.now):
            await asyncio.sleep(5.0)
        self.point()

    async def cancel(self, submission: Submission) -> CancelOutcome:
        self.point()
        self.world.provider.ask()
        answer = self.world.provider.cancel(submission)
        self.point()
        return answer

    async def fetch(self, submission: Submission, *, into: Path) -> DownloadedResult:
        self.point()
        await self.takes(0.05, 1.0)
        self.world.provider.ask()
        self.world.provider.result(submission)
        self.point()
        return DownloadedResult(into, seed=7, billable_units=1.0, content_type="image/png")


class PlayedFolder(Seam):
    """`PictureFolder`: all files are whole, and all results are the same picture."""

    @contextlib.contextmanager
    def workspace(self) -> Iterator[Path]:
        yield NOWHERE

    def path(self, digest: str) -> Path:
        return NOWHERE / digest

    async def is_whole(self, _digest: str) -> bool:
        return True

    async def adopt(self, _file: Path) -> PictureFile:
        self.point()
        if self.world.disk_is_full():
            raise StoreFailed("pictures: no space left on device")
        return PictureFile(PICTURE, 1)


class PlayedProcesses(Seam):
    """`Pictures`: stitches without looking, and sees what the provider painted."""

    async def finish(self, *_files: object, **_options: object) -> FinishedPicture:
        self.point()
        if self.world.may_fail() and self.world.dice.random() < 0.02:
            raise OSError("the picture process is gone")
        await self.takes(0.05, 3.0)
        self.point()
        swapped = self.world.provider.made_for(logs.job_id.get()).ending is Ending.SWAPPED
        return FinishedPicture(
            picture=NOWHERE,
            width=10,
            height=10,
            changed_inside=ARRIVAL.changed_inside,
            changed_outside=ARRIVAL.changed_outside,
            pixels_inside=10,
            returned_width=10,
            returned_height=10,
            pixels_outside=ARRIVAL.pixels_outside,
            raw_inside=1.0 if swapped else ARRIVAL.raw_inside,
            raw_outside=50.0 if swapped else ARRIVAL.raw_outside,
        )


def seams(world: World, machine: Machine) -> dict[str, Any]:
    """All of them, under the names that `WorkerDeps` has for them."""
    return {
        "database": PlayedDatabase(world, machine),
        "provider": PlayedClient(world, machine),
        "folder": PlayedFolder(world, machine),
        "images": PlayedProcesses(world, machine),
    }
