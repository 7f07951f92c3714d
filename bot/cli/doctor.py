"""`touchup doctor`: look at everything an edit needs, change nothing, and say what to do."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import httpx

from bot.app import books_file, open_provider, provider_name, terms_of
from bot.cli.terminal import say
from bot.cli.texts import doctor
from bot.domain.errors import ProviderError, StoreError
from bot.store.billing import pauses
from bot.store.jobs import jobs
from bot.store.sqlite import read_sqlite

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.provider.client import FalClient
    from bot.settings.model import Settings
    from bot.store.database import Database

HEALTHY: Final = 0
ILL: Final = 1

TIMEOUT_SECONDS: Final = 10.0
LEAST_FREE_BYTES: Final = 1024**3
LARGEST_SKEW_SECONDS: Final = 30.0
"""Signed links and start deadlines tolerate no more."""


class DoctorVerdict(StrEnum):
    """How one check ended."""

    OK = "ok"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class DoctorFinding:
    """One line of the report."""

    verdict: DoctorVerdict
    subject: str
    sentence: str


async def run(settings: Settings) -> int:
    """Print one line per check; the exit code is 1 when something is wrong."""
    worst = HEALTHY
    async for finding in examine(settings):
        say(f"{finding.verdict:<5}  {finding.subject:<10} {finding.sentence}")
        if finding.verdict is DoctorVerdict.WRONG:
            worst = ILL
    return worst


async def examine(settings: Settings) -> AsyncIterator[DoctorFinding]:
    """Check token, clock, disk, folder, key, price, database, polarity and unknown submits.

    The bot may be running meanwhile: the books are only read, and the engine that is tried out is
    another one than the bot's.
    """
    for finding in await _discord(settings):
        yield finding
    yield _disk(settings)
    yield _folder(settings)
    async with open_provider(settings, engine_data=None) as (provider, engine):
        yield await _key(settings, provider, is_embedded=engine is not None)
        yield await _price(settings, provider)
    async for finding in _books(settings):
        yield finding


async def _discord(settings: Settings) -> list[DoctorFinding]:
    if settings.discord_token is None:
        return [DoctorFinding(DoctorVerdict.NOTE, "token", doctor.LOGIN_MISSING())]
    token = settings.discord_token.get_secret_value()
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as client:
            answer = await client.get(
                f"{settings.discord_api_url}/users/@me", headers={"Authorization": f"Bot {token}"}
            )
    except httpx.HTTPError:
        return [DoctorFinding(DoctorVerdict.NOTE, "token", doctor.DISCORD_UNREACHABLE())]
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        return [DoctorFinding(DoctorVerdict.WRONG, "token", doctor.LOGIN_REFUSED())]
    if answer.status_code != httpx.codes.OK:
        return [
            DoctorFinding(DoctorVerdict.NOTE, "token", doctor.discord_failed(answer.status_code))
        ]
    name = str(answer.json().get("username", ""))
    findings = [DoctorFinding(DoctorVerdict.OK, "token", doctor.token_accepted(name))]
    if (skew := _skew(answer.headers.get("Date"))) is not None:
        wrong = abs(skew) > LARGEST_SKEW_SECONDS
        verdict = DoctorVerdict.WRONG if wrong else DoctorVerdict.OK
        findings.append(DoctorFinding(verdict, "clock", doctor.clock(skew, wrong=wrong)))
    return findings


def _skew(date: str | None) -> float | None:
    """Seconds our clock is ahead of the server's; None when it does not say."""
    if date is None:
        return None
    try:
        return time.time() - parsedate_to_datetime(date).timestamp()
    except ValueError:
        return None


def _disk(settings: Settings) -> DoctorFinding:
    free = shutil.disk_usage(_nearest(settings.data_dir)).free
    verdict = DoctorVerdict.OK if free >= LEAST_FREE_BYTES else DoctorVerdict.WRONG
    return DoctorFinding(verdict, "disk", doctor.disk(free))


def _folder(settings: Settings) -> DoctorFinding:
    place = _nearest(settings.data_dir)
    if not place.is_dir():
        return DoctorFinding(
            DoctorVerdict.WRONG, "folder", doctor.folder_unusable(place, is_folder=False)
        )
    if not os.access(place, os.W_OK | os.X_OK):
        return DoctorFinding(
            DoctorVerdict.WRONG, "folder", doctor.folder_unusable(place, is_folder=True)
        )
    return DoctorFinding(DoctorVerdict.OK, "folder", doctor.folder(settings.data_dir.absolute()))


def _nearest(place: Path) -> Path:
    """The folder itself, or the nearest parent that exists."""
    place = place.absolute()
    while not place.exists():
        place = place.parent
    return place


async def _key(settings: Settings, provider: FalClient, *, is_embedded: bool) -> DoctorFinding:
    if is_embedded:
        return DoctorFinding(DoctorVerdict.NOTE, "key", doctor.PLAY_MONEY())
    is_fal = settings.engine_url is None
    try:
        accepted = await provider.check_key()
    except ProviderError as error:
        return DoctorFinding(DoctorVerdict.WRONG, "key", doctor.provider_silent(error))
    if accepted:
        return DoctorFinding(
            DoctorVerdict.OK, "key", doctor.KEY_ACCEPTED() if is_fal else doctor.SERVER_ANSWERS()
        )
    return DoctorFinding(
        DoctorVerdict.WRONG, "key", doctor.KEY_REFUSED() if is_fal else doctor.SERVER_REFUSES()
    )


async def _price(settings: Settings, provider: FalClient) -> DoctorFinding:
    model = settings.catalog_entry
    try:
        listed = await provider.price(model)
    except ProviderError as error:
        return DoctorFinding(DoctorVerdict.NOTE, "price", doctor.price_unknown(model, error))
    expected = terms_of(settings).unit_cost
    verdict = DoctorVerdict.OK if listed == expected else DoctorVerdict.WRONG
    return DoctorFinding(verdict, "price", doctor.price(model, listed=listed, expected=expected))


async def _books(settings: Settings) -> AsyncIterator[DoctorFinding]:
    if not books_file(settings).exists():
        yield DoctorFinding(DoctorVerdict.NOTE, "database", doctor.NO_DATABASE())
        return
    try:
        async with read_sqlite(books_file(settings)) as database:
            yield await _database(database)
            yield await _polarity(settings, database)
            provider = provider_name(settings)
            for pause in await database.transact(pauses.in_force, provider=provider):
                said = doctor.stopped_purchases(pause, polarity=settings.mask_polarity)
                yield DoctorFinding(DoctorVerdict.WRONG, "purchases", said)
            yield await _unknown(settings, database)
    except StoreError as error:
        yield DoctorFinding(DoctorVerdict.WRONG, "database", doctor.database_unreadable(error))


async def _database(database: Database) -> DoctorFinding:
    row = await database.transact(
        lambda tx: tx.fetch_one("SELECT quick_check FROM pragma_quick_check LIMIT 1")
    )
    verdict = row["quick_check"] if row else "empty"
    if verdict != "ok":
        return DoctorFinding(DoctorVerdict.WRONG, "database", doctor.database_damaged(str(verdict)))
    return DoctorFinding(
        DoctorVerdict.OK, "database", doctor.database_sound(sqlite3.sqlite_version)
    )


async def _polarity(settings: Settings, database: Database) -> DoctorFinding:
    model = settings.catalog_entry
    evidence = await database.transact(
        jobs.polarity_evidence, provider=provider_name(settings), model=model.id
    )
    if evidence.against > evidence.in_favour:
        return DoctorFinding(
            DoctorVerdict.WRONG, "polarity", doctor.polarity_swapped(model, evidence)
        )
    if evidence.in_favour == 0:
        return DoctorFinding(DoctorVerdict.NOTE, "polarity", doctor.polarity_unknown(model))
    return DoctorFinding(DoctorVerdict.OK, "polarity", doctor.polarity_known(model, evidence))


async def _unknown(settings: Settings, database: Database) -> DoctorFinding:
    lost = await database.transact(jobs.unknown, provider=provider_name(settings))
    verdict = DoctorVerdict.NOTE if lost else DoctorVerdict.OK
    return DoctorFinding(verdict, "unknown", doctor.unknown_count(len(lost)))
