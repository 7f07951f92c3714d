"""A workbench: the real services, books, pictures, client and engine, on a clock that can jump."""

from __future__ import annotations

import asyncio
import io
import secrets
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from PIL import Image

from bot.domain.billing.breaker import Breaker
from bot.domain.edits.draft import Draft, DraftOrigin, LocalFiles
from bot.domain.edits.edit import Edit, EditState, Outcome
from bot.domain.jobs.states import Job
from bot.domain.limits.rules import Buyer, DefaultLimits
from bot.engine import Engine, EngineFaults
from bot.engine import EngineRequest as Paid
from bot.imaging.pool.pool import ImagePool
from bot.provider.client import FalClient
from bot.provider.follow import PollInterval
from bot.provider.hosts import Addresses
from bot.provider.http import HttpTimeouts
from bot.services.billing.audit import audit
from bot.services.billing.terms import PricingTerms
from bot.services.edits.drafts import DraftChange, DraftService
from bot.services.edits.service import EditService
from bot.services.jobs.deps import WorkerDeps
from bot.services.jobs.unknown import recover
from bot.services.jobs.worker import Worker
from bot.services.limits.guard import SpendGuard
from bot.services.reports.member import SpendService
from bot.store.database import Database
from bot.store.edits import edits
from bot.store.edits.pictures import PictureFolder
from bot.store.interactions.pending import PendingInteraction
from bot.store.jobs import jobs
from tests.support.books import add_reply, usual_terms

PROVIDER = "embedded"
PRICE = 80_000
CAPS = DefaultLimits(member_day=1_000_000, guild_month=20_000_000, bot_month=50_000_000)
PACE = PollInterval(
    quiet=0.2,
    quiet_share=0.0,
    poll_least=0.01,
    poll_most=0.02,
    polls_between_streams=2,
    most_polls_between_streams=4,
    back_off=0.005,
    most_back_off=0.02,
    gone_answers=3,
    gone_pause=0.005,
)
PATIENCE = HttpTimeouts(connect=2.0, silence=5.0, answer=5.0, submit=5.0)
START_TIMEOUT = 60.0
FINISH_TIMEOUT = 60.0

# Reading the system's roots takes 50 ms for each client, and all of this is plain HTTP.
_NO_ROOTS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class JumpingClock:
    """Real time, and jumps: everything in one test reads the same one."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead

    def jump(self, seconds: float) -> None:
        self.ahead += max(0.0, seconds)


@dataclass(kw_only=True)
class Bench:
    """Everything a story needs. `work` takes one job as far as it goes."""

    folder: PictureFolder
    workspace: Path
    database: Database
    images: ImagePool
    engine: Engine
    clock: JumpingClock
    provider: FalClient
    terms: PricingTerms = field(
        # Most tests make things fail, one after the other.
        default_factory=lambda: usual_terms(
            CAPS,
            price=PRICE,
            provider=PROVIDER,
            max_waiting=100,
            breaker=Breaker(burst=0, failure_percent=0),
        )
    )
    concurrency: int = 1
    settled: list[float] = field(default_factory=list)
    notified: list[float] = field(default_factory=list)
    repriced: list[float] = field(default_factory=list)
    jobs_before: int = 0

    def __post_init__(self) -> None:
        self.jobs_before = len(self.engine.jobs)
        self.worker = self.make_worker()
        self.guard = SpendGuard(self.terms, clock=self.clock)
        self.spend = SpendService(self.database, self.guard)
        self.sell(self.terms)

    def make_worker(self, *, concurrency: int | None = None, **changed: Any) -> Worker:
        """A worker as after a start: it knows nothing but the books."""
        deps = WorkerDeps(
            database=self.database,
            folder=self.folder,
            images=self.images,
            provider=self.provider,
            start_timeout=START_TIMEOUT,
            finish_timeout=FINISH_TIMEOUT,
            clock=self.clock,
            monotonic=self.clock,
        )
        return Worker(
            replace(deps, **changed),
            provider_name=PROVIDER,
            concurrency=concurrency or self.concurrency,
            settled=lambda: self.settled.append(self.clock()),
            breaker=self.terms.breaker,
            repriced=lambda: self.repriced.append(self.clock()),
        )

    def sell(self, terms: PricingTerms) -> None:
        """Quote and sell on these terms from now on."""
        self.edits, self.drafts = self.make_edits(terms), self.make_drafts(terms)

    def make_edits(self, terms: PricingTerms) -> EditService:
        return EditService(
            self.database,
            self.folder,
            terms,
            SpendGuard(terms, clock=self.clock),
            clock=self.clock,
            notify=self.notify,
            ask_to_stop=lambda job_id: self.worker.ask_to_stop(job_id),
        )

    def notify(self) -> None:
        self.notified.append(self.clock())
        self.worker.wake()

    def make_drafts(self, terms: PricingTerms) -> DraftService:
        guard = SpendGuard(terms, clock=self.clock)
        return DraftService(self.database, self.folder, self.images, terms, guard, clock=self.clock)

    @property
    def faults(self) -> EngineFaults:
        return self.engine.faults

    @property
    def paid(self) -> list[Paid]:
        """What was submitted to the engine in this test."""
        return self.engine.jobs[self.jobs_before :]

    @property
    def billed(self) -> int:
        """How many pictures are on the engine's bill."""
        return sum(job.billed_units for job in self.paid)

    # ---- the member --------------------------------------------------------------------------

    def draft(
        self,
        *,
        member_id: int = 1,
        guild_id: int | None = None,
        channel_id: int | None = None,
        reply_id: int | None = None,
        mask: Path | None = None,
        **changed: Any,
    ) -> tuple[Draft, DraftOrigin]:
        """What `DraftService.prepare` takes."""
        file = self.workspace / f"{secrets.token_hex(4)}.png"
        file.write_bytes(picture())
        origin = DraftOrigin(
            id=f"shell:{file.stem}",
            buyer=Buyer(member_id=member_id, guild_id=guild_id),
            channel_id=channel_id,
            reply_id=reply_id,
        )
        draft = Draft(sources=LocalFiles(file, mask), prompt="a red door", area="left")
        return replace(draft, **changed), origin

    async def buy(self, **changed: Any) -> tuple[Edit, Outcome]:
        """An edit, and what became of it."""
        edit = await self.accept(**changed)
        return edit, await self.work_until_ended(edit)

    async def accept(self, **changed: Any) -> Edit:
        """An edit that was prepared, quoted and started."""
        draft, origin = self.draft(**changed)
        quote = await self.drafts.prepare(draft, origin)
        return await self.run(quote.edit.id, buyer=origin.buyer, reply_id=origin.reply_id)

    async def run(
        self, edit_id: int, *, buyer: Buyer | None = None, reply_id: int | None = None
    ) -> Edit:
        """Press Run as member 1, or as a buyer."""
        buyer = buyer or Buyer(member_id=1)
        return (await self.edits.run(edit_id, buyer=buyer, reply_id=reply_id)).edit

    async def acknowledge(self, reply_id: int, *, member_id: int = 1) -> PendingInteraction:
        return await self.database.transact(
            add_reply, reply_id, member_id=member_id, now=self.clock()
        )

    # ---- the worker --------------------------------------------------------------------------

    async def work(self, worker: Worker | None = None) -> bool:
        return await (worker or self.worker).work_next()

    async def follow(self, worker: Worker | None = None) -> asyncio.Task[bool]:
        """Work on, beside the test, once a job of ours is at the provider."""
        working = asyncio.create_task(self.work(worker))
        await eventually(lambda: len(self.paid) == 1)
        return working

    async def work_until_ended(self, edit: Edit, *, worker: Worker | None = None) -> Outcome:
        """Work, and jump over every pause, until the edit has ended."""
        worker = worker or self.worker
        async with asyncio.timeout(30):
            while not await self.has_ended(edit):
                if not await worker.work_next():
                    self.clock.jump(await self.pause(worker))
        return await self.edits.outcome(edit.id)

    async def pause(self, worker: Worker) -> float:
        """How long there is nothing to do, in seconds."""
        dues = [
            row["due"]
            for row in await self.rows(
                """
                SELECT max(not_before, CASE WHEN lease IS NULL THEN 0 ELSE lease_until + 1 END)
                    AS due FROM job WHERE ended_at IS NULL
                """
            )
        ]
        closed = max(worker.line_closed_until, worker.access.busy_until)
        if closed > self.clock():
            dues.append(closed)
        return max(0.01, float(min(dues)) - self.clock())

    async def has_ended(self, edit: Edit) -> bool:
        found = await self.database.transact(edits.get, edit.id)
        return found is not None and found.state is EditState.ENDED

    async def restart(self) -> Worker:
        """Another process takes over: what was in memory is gone, and leases are dropped."""
        await self.database.transact(recover, provider=PROVIDER, now=self.clock())
        self.worker = self.make_worker()
        return self.worker

    # ---- the books ---------------------------------------------------------------------------

    async def rows(self, sql: str, **parameters: object) -> Any:
        return await self.database.transact(lambda tx: tx.fetch_all(sql, **parameters))

    async def job(self, edit: Edit, ordinal: int = 0) -> Job:
        return (await self.database.transact(jobs.of_edit, edit.id))[ordinal]

    async def money(self) -> tuple[int, int]:
        """What is held and what is spent, in micro-USD."""
        (row,) = await self.rows(
            "SELECT COALESCE(SUM(held), 0) AS held, COALESCE(SUM(spent), 0) AS spent "
            "FROM ledger_entry"
        )
        return row["held"], row["spent"]

    async def check(self) -> None:
        """The audit has nothing to say."""
        assert await self.database.transact(audit) == []


def change(edit_id: int, origin: str, *, member_id: int = 1) -> DraftChange:
    """A press on a draft's preview."""
    return DraftChange(edit_id=edit_id, member_id=member_id, origin=origin)


def client(engine: Engine, **options: Any) -> FalClient:
    """The bot's own client, impatient."""
    settings: dict[str, Any] = {
        "name": PROVIDER,
        "key": "touchup:engine",
        "start_timeout": START_TIMEOUT,
        "pace": PACE,
        "patience": PATIENCE,
        "tls": _NO_ROOTS,
        **options,
    }
    return FalClient(Addresses.single(engine.queue_url), **settings)


def picture(size: tuple[int, int] = (64, 48)) -> bytes:
    """A small picture with a soft gradient, so that there is something to fill with."""
    image = Image.new("RGB", size)
    image.putdata([(4 * (n % 60), 3 * (n // size[0]), 90) for n in range(size[0] * size[1])])
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


async def eventually(condition: Callable[[], bool], *, seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)
