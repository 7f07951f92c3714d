"""`touchup doctor`: look at everything an edit needs, change nothing, and say what to do."""

from __future__ import annotations

import shutil
import sqlite3
import sys
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import httpx

from bot.app import open_app, provider_name
from bot.domain.errors import ProviderError, StoreBusy, StoreError
from bot.shell import words
from bot.store import jobs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.app import App
    from bot.settings import Settings

HEALTHY: Final = 0
ILL: Final = 1

TIMEOUT_SECONDS: Final = 10.0
LEAST_FREE_BYTES: Final = 1024**3
LARGEST_SKEW_SECONDS: Final = 30.0
"""Signed links and start deadlines tolerate no more."""


class Verdict(StrEnum):
    """How one check ended."""

    OK = "ok"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    verdict: Verdict
    subject: str
    sentence: str


async def run(settings: Settings) -> int:
    """Print one line per check; the exit code is 1 when something is wrong."""
    worst = HEALTHY
    async for finding in examine(settings):
        sys.stdout.write(f"{finding.verdict:<5}  {finding.subject:<10} {finding.sentence}\n")
        if finding.verdict is Verdict.WRONG:
            worst = ILL
    return worst


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Check token, clock, disk, database, key, price, polarity and unknown submits."""
    for finding in await _discord(settings):
        yield finding
    yield _disk(settings)
    try:
        async with open_app(settings) as app:
            yield await _database(app)
            yield await _key(app)
            yield await _price(app)
            yield await _polarity(app)
            yield await _unknown(app)
    except StoreBusy as busy:
        yield Finding(Verdict.NOTE, "database", words.database_in_use(busy))
    except StoreError as error:
        yield Finding(Verdict.WRONG, "database", words.database_broken(error))


async def _discord(settings: Settings) -> list[Finding]:
    if settings.discord_token is None:
        return [Finding(Verdict.NOTE, "token", words.LOGIN_MISSING)]
    token = settings.discord_token.get_secret_value()
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as client:
            answer = await client.get(
                f"{settings.discord_api_url}/users/@me", headers={"Authorization": f"Bot {token}"}
            )
    except httpx.HTTPError as error:
        return [Finding(Verdict.NOTE, "token", words.discord_unreachable(type(error).__name__))]
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        return [Finding(Verdict.WRONG, "token", words.LOGIN_REFUSED)]
    if answer.status_code != httpx.codes.OK:
        return [Finding(Verdict.NOTE, "token", words.discord_unwell(answer.status_code))]
    name = str(answer.json().get("username", ""))
    findings = [Finding(Verdict.OK, "token", words.token_accepted(name))]
    if skew := _skew(answer.headers.get("Date")):
        wrong = abs(skew) > LARGEST_SKEW_SECONDS
        verdict = Verdict.WRONG if wrong else Verdict.OK
        findings.append(Finding(verdict, "clock", words.clock(skew, wrong=wrong)))
    return findings


def _skew(date: str | None) -> float | None:
    """Seconds our clock is ahead of the server's; None when it does not say."""
    if date is None:
        return None
    try:
        return time.time() - parsedate_to_datetime(date).timestamp()
    except ValueError:
        return None


def _disk(settings: Settings) -> Finding:
    place = settings.data_dir
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    verdict = Verdict.OK if free >= LEAST_FREE_BYTES else Verdict.WRONG
    return Finding(verdict, "disk", words.disk(free))


async def _database(app: App) -> Finding:
    row = await app.database.transact(
        lambda tx: tx.fetch_one("SELECT quick_check FROM pragma_quick_check LIMIT 1")
    )
    verdict = row["quick_check"] if row else "empty"
    if verdict != "ok":
        return Finding(Verdict.WRONG, "database", words.database_damaged(str(verdict)))
    return Finding(Verdict.OK, "database", words.database_sound(sqlite3.sqlite_version))


async def _key(app: App) -> Finding:
    if app.engine is not None:
        return Finding(Verdict.NOTE, "key", words.PLAY_MONEY)
    try:
        accepted = await app.provider.check_key()
    except ProviderError as error:
        return Finding(Verdict.WRONG, "key", words.provider_unreachable(error))
    if accepted:
        return Finding(Verdict.OK, "key", words.KEY_ACCEPTED)
    return Finding(Verdict.WRONG, "key", words.KEY_REFUSED)


async def _price(app: App) -> Finding:
    model = app.settings.catalog_entry
    try:
        listed = await app.provider.price(model)
    except ProviderError as error:
        return Finding(Verdict.NOTE, "price", words.price_unknown(model, error))
    expected = app.edits.terms.unit_cost
    verdict = Verdict.OK if listed == expected else Verdict.WRONG
    return Finding(verdict, "price", words.price(model, listed=listed, expected=expected))


async def _polarity(app: App) -> Finding:
    evidence = await app.database.transact(
        jobs.polarity_evidence, provider=provider_name(app.settings)
    )
    model = app.settings.catalog_entry
    if evidence.against > evidence.in_favour:
        return Finding(Verdict.WRONG, "polarity", words.polarity_swapped(model, evidence))
    if evidence.in_favour == 0:
        return Finding(Verdict.NOTE, "polarity", words.polarity_unknown(model))
    return Finding(Verdict.OK, "polarity", words.polarity_known(model, evidence))


async def _unknown(app: App) -> Finding:
    lost = await app.database.transact(jobs.unknown, provider=provider_name(app.settings))
    verdict = Verdict.NOTE if lost else Verdict.OK
    return Finding(verdict, "unknown", words.unknown_count(len(lost)))
