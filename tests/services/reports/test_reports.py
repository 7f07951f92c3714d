"""Reports from the books to the card: for moderators, for members, for accountants."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.errors import ExportTooLong
from bot.domain.jobs.lifecycle import Closing
from bot.domain.limits.rules import Buyer, DefaultLimits
from bot.domain.reports.spend import ReportGrouping, ReportPeriod
from bot.services.billing.terms import PricingTerms
from bot.services.limits.guard import SpendGuard
from bot.services.reports import service
from bot.services.reports.service import ReportService
from bot.store.billing import ledger
from bot.store.database import Transaction
from bot.store.limits import guilds
from tests.support.bench import Bench
from tests.support.books import NOW, PRICE, PROVIDER, UTC, guard, put_in_line

ADA = Buyer(member_id=1, guild_id=5, channel_id=50)
DAY = 86_400
# A Wednesday in the first week of a month.
TODAY = NOW + 2 * DAY


def reports_of(bench: Bench, *, now: float = TODAY) -> ReportService:
    terms: PricingTerms = guard(DefaultLimits())._terms
    return ReportService(
        bench.database,
        bench.folder,
        bench.images,
        terms,
        SpendGuard(terms, clock=lambda: now),
        clock=lambda: now,
    )


async def buy(bench: Bench, *, times: int = 1, now: float = TODAY, **options: Any) -> None:
    def decide(tx: Transaction) -> None:
        for _ in range(times):
            defaults = {"member_id": 1, "guild_id": 5, "channel_id": 50}
            [job_id] = put_in_line(tx, now=now, **defaults | options)
            ledger.close(tx, job_id, Closing.CAPTURE, now=now)

    await bench.database.transact(decide)


async def test_r48_a_report_has_every_members_days_and_the_limits_of_the_guild(
    bench: Bench,
) -> None:
    await buy(bench, times=2)
    await buy(bench, member_id=2, now=TODAY - DAY)
    await buy(bench, provider="embedded")
    await buy(bench, guild_id=6)

    found = await reports_of(bench).of_guild(5, ReportPeriod.WEEK, ReportGrouping.MEMBER)
    monthly = await reports_of(bench).of_guild(5, ReportPeriod.MONTH, ReportGrouping.MEMBER)

    assert [(share.subject, share.spent) for share in found.shares] == [(1, 2 * PRICE), (2, PRICE)]
    present = found.present
    assert present is not None
    assert found.sums[present - 1 : present + 1] == (PRICE, 2 * PRICE)
    assert found.cap is None
    assert monthly.cap is not None
    # The limit counts this report's own money: they cannot disagree.
    assert monthly.cap.spent == monthly.spent == 3 * PRICE


async def test_days_are_those_of_the_guilds_own_time_zone(bench: Bench) -> None:
    def choose(tx: Transaction) -> None:
        guilds.set_time_zone(tx, 5, "Pacific/Kiritimati")

    await bench.database.transact(choose)
    await buy(bench)

    at_home = await reports_of(bench).of_guild(5, ReportPeriod.MONTH, ReportGrouping.MEMBER)
    elsewhere = await reports_of(bench).of_member(replace(ADA, guild_id=None), ReportPeriod.MONTH)

    assert at_home.zone.key == "Pacific/Kiritimati"
    assert elsewhere.zone == UTC
    assert elsewhere.columns[0].start - at_home.columns[0].start == 14 * 3600


async def test_g5_a_members_report_has_their_own_money_and_limits(bench: Bench) -> None:
    await buy(bench)
    await buy(bench, member_id=2, times=3)

    found = await reports_of(bench).of_member(ADA, ReportPeriod.MONTH)

    assert (found.spent, found.pictures) == (PRICE, 1)
    assert {standing.limit.pot.subject for standing in found.limits} == {1}
    assert found.column_cap is not None
    assert found.column_cap.limit.cap == 1_000_000


async def test_r59_a_table_has_one_row_for_each_picture_of_its_time(bench: Bench) -> None:
    await buy(bench, times=3)
    await buy(bench, now=TODAY - 40 * DAY)

    table = await reports_of(bench).table_of_guild(5, ReportPeriod.MONTH, for_owner=True)
    own = await reports_of(bench).table_of_member(ADA, ReportPeriod.YEAR)

    rows = list(csv.DictReader(io.StringIO(table.decode("ascii"), newline="")))
    assert [row["charged_usd"] for row in rows] == ["0.080000"] * 3
    assert {row["provider"] for row in rows} == {PROVIDER}
    assert {"request_id", "owner_cost_usd", "owner_cost_state"} <= rows[0].keys()
    assert own.count(b"\r\n") == 1 + 4
    assert b"owner" not in own


async def test_a_table_that_no_file_may_hold_is_refused(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_ROWS", 2)
    await buy(bench, times=3)

    with pytest.raises(ExportTooLong):
        await reports_of(bench).table_of_guild(5, ReportPeriod.MONTH, for_owner=False)
