"""The composition root: opens, wires and closes everything but Discord, as the settings say."""

from __future__ import annotations

import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pydantic import SecretStr

from bot.domain.catalog import EMBEDDED, OWN_SERVER
from bot.domain.limits.rules import DefaultLimits
from bot.imaging.pool.pool import ImagePool
from bot.provider.client import FalClient
from bot.provider.hosts import Addresses
from bot.services.background import Wakeup
from bot.services.billing.owner import OwnerService
from bot.services.billing.prices import PriceWatcher
from bot.services.billing.terms import PricingTerms
from bot.services.edits.drafts import DraftService
from bot.services.edits.service import EditService
from bot.services.jobs.deps import WorkerDeps
from bot.services.jobs.unknown import recover
from bot.services.jobs.worker import Worker
from bot.services.limits.boosts import BoostService
from bot.services.limits.commands import LimitService
from bot.services.limits.guard import SpendGuard
from bot.services.limits.guilds import GuildService
from bot.services.reports.member import SpendService
from bot.services.reports.service import ReportService
from bot.services.timeouts import Timeouts
from bot.store.edits.pictures import PictureFolder
from bot.store.sqlite import open_sqlite

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from bot.engine import Engine
    from bot.provider.follow import PollInterval
    from bot.settings.model import Settings
    from bot.store.database import Database


ENGINE_KEY: Final = "touchup:engine"
"""What a fal-compatible server of one's own is shown; ours takes any key, for it guards nothing."""
ENGINE_ADMIN_KEY: Final = "touchup:engine-admin"
"""What it is shown to read its bill, which is about play money: not a secret either."""


@dataclass(slots=True, kw_only=True)
class Services:
    """Everything but Discord, opened and wired."""

    settings: Settings
    database: Database
    folder: PictureFolder
    images: ImagePool
    provider: FalClient
    engine: Engine | None
    edits: EditService
    drafts: DraftService
    spend: SpendService
    reports: ReportService
    limits: LimitService
    boosts: BoostService
    guilds: GuildService
    worker: Worker
    pricing: PriceWatcher
    operating: OwnerService
    timeouts: Timeouts
    clock: Callable[[], float]
    wakeup: Wakeup
    """Notified whenever there may be work: a job came or ended, purchases stopped or go on."""


@asynccontextmanager
async def open_services(
    settings: Settings,
    *,
    clock: Callable[[], float] = time.time,
    monotonic: Callable[[], float] = time.monotonic,
    timeouts: Timeouts | None = None,
) -> AsyncIterator[Services]:
    """Open the books, the picture processes and the provider, and take over unfinished work.

    Raises:
        StoreBusy: another process works on this data folder.
        StoreTooNew: a newer version wrote it.
        StoreFailed: it cannot be read or written.
    """
    timeouts = timeouts or Timeouts()
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_sqlite(books_file(settings)))
        folder = picture_folder(settings)
        folder.prepare()
        images = ImagePool(processes=settings.picture_processes, limits=settings.picture_limits)
        stack.push_async_callback(images.aclose)
        provider, engine = await stack.enter_async_context(
            open_provider(settings, settings.data_dir / "engine", clock=clock, pace=timeouts.pace)
        )
        deps = WorkerDeps(
            database=database,
            folder=folder,
            images=images,
            provider=provider,
            start_timeout=settings.start_timeout_seconds,
            finish_timeout=settings.finish_timeout_seconds,
            clock=clock,
            monotonic=monotonic,
            models=settings.models,
            timeouts=timeouts,
        )
        services = _wired(settings, deps, engine)
        await database.transact(recover, provider=services.edits.terms.provider, now=clock())
        yield services


def _wired(settings: Settings, deps: WorkerDeps, engine: Engine | None) -> Services:
    """Every service, on what is open; nothing runs before somebody calls `run`."""
    database, folder, images, clock = deps.database, deps.folder, deps.images, deps.clock
    terms = terms_of(settings)
    guard, wakeup = SpendGuard(terms, clock=clock), Wakeup()
    pricing = PriceWatcher(database, deps.provider, terms, clock=clock, news=wakeup.notify)
    worker = Worker(
        deps,
        provider_name=terms.provider,
        concurrency=settings.fal_concurrency,
        settled=wakeup.notify,
        wakeup=wakeup,
        breaker=terms.breaker,
        repriced=pricing.loop.wake,
    )
    return Services(
        settings=settings,
        database=database,
        folder=folder,
        images=images,
        provider=deps.provider,
        engine=engine,
        edits=EditService(
            database,
            folder,
            terms,
            guard,
            clock=clock,
            notify=wakeup.notify,
            ask_to_stop=worker.ask_to_stop,
        ),
        drafts=DraftService(database, folder, images, terms, guard, clock=clock),
        spend=SpendService(database, guard),
        reports=ReportService(database, folder, images, terms, guard, clock=clock),
        limits=LimitService(database, guard, terms, clock=clock),
        boosts=BoostService(database, guard, clock=clock),
        guilds=GuildService(database, guard, clock=clock, news=wakeup.notify),
        worker=worker,
        pricing=pricing,
        operating=OwnerService(database, terms, guard, worker, clock=clock, news=wakeup.notify),
        timeouts=deps.timeouts,
        clock=clock,
        wakeup=wakeup,
    )


def books_file(settings: Settings) -> Path:
    """Where the database is."""
    return settings.data_dir / "touchup.sqlite3"


def picture_folder(settings: Settings) -> PictureFolder:
    """Where the pictures are."""
    return PictureFolder(settings.data_dir / "pictures")


@asynccontextmanager
async def open_provider(
    settings: Settings,
    engine_data: Path | None,
    *,
    clock: Callable[[], float] = time.time,
    pace: PollInterval | None = None,
) -> AsyncIterator[tuple[FalClient, Engine | None]]:
    """Reach the provider; the embedded engine is started where no other one is named.

    `engine_data` is its folder; None: it forgets everything.
    """
    async with AsyncExitStack() as stack:
        engine = None
        if settings.provider == EMBEDDED and settings.engine_url is None:
            # It brings OpenCV and its own server: not for those who only talk to fal.
            from bot.engine import Engine

            engine = Engine(
                data=engine_data,
                workers=settings.fal_concurrency,
                price_nano_usd=settings.engine_price_nano_usd,
                clock=clock,
                admin_keys=[ENGINE_ADMIN_KEY],
            )
            await stack.enter_async_context(engine)
        provider = await stack.enter_async_context(_provider(settings, engine, pace))
        yield provider, engine


def provider_name(settings: Settings) -> str:
    """How the books call the provider: real money, play money and others are never summed."""
    return OWN_SERVER if settings.engine_url is not None else settings.provider


def _provider(settings: Settings, engine: Engine | None, pace: PollInterval | None) -> FalClient:
    addresses = Addresses(
        queue=settings.fal_queue_url,
        rest=settings.fal_rest_url,
        cdn=settings.fal_cdn_url,
        api=settings.fal_api_url,
    )
    key, admin_key = settings.fal_key, settings.fal_admin_key
    single = engine.queue_url if engine is not None else settings.engine_url
    if single is not None:
        # fal's keys are for fal alone, whatever server is named here.
        addresses, key, admin_key = Addresses.single(single), None, SecretStr(ENGINE_ADMIN_KEY)
    return FalClient(
        addresses,
        name=provider_name(settings),
        key=key.get_secret_value() if key else ENGINE_KEY,
        admin_key=admin_key.get_secret_value() if admin_key else None,
        start_timeout=settings.start_timeout_seconds,
        pace=pace,
    )


def terms_of(settings: Settings) -> PricingTerms:
    """On what terms these settings let edits be bought."""
    model = settings.catalog_entry
    own = settings.engine_price_nano_usd
    return PricingTerms(
        provider=provider_name(settings),
        model=model,
        price=settings.price_micro_usd,
        unit_cost=model.price_nano_usd if own is None else own,
        is_for_all=own is not None,
        caps=DefaultLimits(
            member_day=settings.member_daily_limit_micro_usd,
            guild_month=settings.guild_monthly_limit_micro_usd,
            bot_month=settings.bot_monthly_limit_micro_usd,
        ),
        zone=settings.zone,
        max_waiting=settings.max_waiting_per_member,
        breaker=settings.breaker,
    )
