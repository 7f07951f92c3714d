"""What reports and tables read from the books."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.jobs.lifecycle import Closing
from bot.domain.limits.windows import FOREVER, Span
from bot.domain.reports.spend import ReportGrouping, SpendCell
from bot.store.billing import ledger
from bot.store.database import Transaction
from bot.store.reports import spend
from bot.store.reports.spend import PurchaseRow, ReportScope
from bot.store.sqlite import SqliteTransaction as Tx
from tests.support.books import NOW, PRICE, PROVIDER, memory_books, put_in_line

GUILD = ReportScope(provider=PROVIDER, guild_id=5)
EVER = Span(0, FOREVER)
DAY = 86_400


def buy(
    tx: Transaction,
    *,
    member_id: int = 1,
    guild_id: int | None = 5,
    channel_id: int = 50,
    provider: str = PROVIDER,
    closing: Closing | None = Closing.CAPTURE,
    now: float = NOW,
    closed_after: float = 1,
) -> int:
    [job_id] = put_in_line(
        tx,
        member_id=member_id,
        guild_id=guild_id,
        channel_id=channel_id,
        provider=provider,
        now=now,
    )
    if closing is not None:
        ledger.close(tx, job_id, closing, now=now + closed_after)
    return job_id


def spent(tx: Transaction, scope: ReportScope = GUILD, window: Span = EVER) -> list[SpendCell]:
    found = spend.spent(tx, scope, window, grouping=ReportGrouping.MEMBER, column=0)
    return sorted(found, key=lambda part: part.subject)


def test_r48_each_member_and_each_channel_has_its_sum(tx: Tx) -> None:
    buy(tx, member_id=1, channel_id=50)
    buy(tx, member_id=1, channel_id=51)
    buy(tx, member_id=2, channel_id=51, closing=Closing.RELEASE)
    buy(tx, member_id=3, channel_id=51, closing=None)

    channels = spend.spent(tx, GUILD, EVER, grouping=ReportGrouping.CHANNEL, column=0)

    assert spent(tx) == [
        SpendCell(0, 1, 2 * PRICE, 0, 2),
        SpendCell(0, 2, 0, 0, 0),
        SpendCell(0, 3, 0, PRICE, 0),
    ]
    assert sorted(channels, key=lambda part: part.subject) == [
        SpendCell(0, 50, PRICE, 0, 1),
        SpendCell(0, 51, PRICE, PRICE, 1),
    ]


def test_play_money_and_other_guilds_are_not_added(tx: Tx) -> None:
    buy(tx)
    buy(tx, provider="embedded")
    buy(tx, guild_id=6)
    buy(tx, guild_id=None)

    outside = spent(tx, ReportScope(provider=PROVIDER, guild_id=0, member_id=1))

    assert spent(tx) == [SpendCell(0, 1, PRICE, 0, 1)]
    assert outside == [SpendCell(0, 1, PRICE, 0, 1)]


def test_a_picture_counts_when_it_was_ordered_as_it_does_for_limits(tx: Tx) -> None:
    midnight = int(NOW)
    buy(tx, now=midnight - 1, closed_after=3600)

    assert spent(tx, window=Span(midnight - DAY, midnight)) == [SpendCell(0, 1, PRICE, 0, 1)]
    assert spent(tx, window=Span(midnight, midnight + DAY)) == []


def test_a_members_report_has_nobody_elses_money(tx: Tx) -> None:
    """G5."""
    buy(tx, member_id=1)
    buy(tx, member_id=2)

    own = ReportScope(provider=PROVIDER, guild_id=5, member_id=2)

    assert spent(tx, own) == [SpendCell(0, 2, PRICE, 0, 1)]
    assert {job.member_id for job in spend.bought(tx, own, EVER, after=None, count=9)} == {2}


@settings(max_examples=20, deadline=None)
@given(moments=st.lists(st.integers(0, 3), min_size=1, max_size=12), count=st.integers(1, 5))
def test_batches_bring_each_job_once_in_the_order_of_time(moments: list[int], count: int) -> None:
    with memory_books() as tx:
        made = [buy(tx, now=NOW + moment, closing=None) for moment in moments]

        found: list[PurchaseRow] = []
        while batch := spend.bought(
            tx, GUILD, EVER, after=found[-1] if found else None, count=count
        ):
            found += batch

        assert sorted(job.job_id for job in found) == sorted(made)
        order = [(job.created_at, job.job_id) for job in found]
        assert order == sorted(order)


def test_a_row_has_its_jobs_money(tx: Tx) -> None:
    captured = buy(tx)
    held = buy(tx, closing=None)

    rows = spend.bought_by_all(tx, EVER, after=0, count=9)

    assert [(row.job_id, row.spent, row.held) for row in rows] == [
        (captured, PRICE, 0),
        (held, 0, PRICE),
    ]
    assert rows[0].kind == "edit"


def test_ledger_and_cost_rows_belong_to_the_day_their_job_was_ordered(tx: Tx) -> None:
    buy(tx, now=NOW, closed_after=DAY)
    stranger = """
        INSERT INTO cost_entry (provider, request_id, state, change, reason, created_at)
        VALUES ('test', 'r-0', 'settled', 80000000, 'billed, and not ours', :now)
    """
    tx.execute(stranger, now=NOW + 2 * DAY)
    first, third = Span(int(NOW), int(NOW) + DAY), Span(int(NOW) + 2 * DAY, int(NOW) + 3 * DAY)

    booked = spend.ledger_rows(tx, first, after=0, count=9)

    assert [(row["kind"], row["held"], row["spent"]) for row in booked] == [
        ("hold", PRICE, 0),
        ("capture", -PRICE, PRICE),
    ]
    assert spend.ledger_rows(tx, first, after=booked[0]["id"], count=9) == booked[1:]
    assert spend.cost_rows(tx, first, after=0, count=9) == []
    assert [row["request_id"] for row in spend.cost_rows(tx, third, after=0, count=9)] == ["r-0"]


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        pytest.param(spend.SUMS_OF_GUILD, "job_of_guild_by_time", id="guild"),
        pytest.param(spend.SUMS_OF_MEMBER, "job_of_member_by_time", id="member"),
        pytest.param(spend.BOUGHT_OF_GUILD, "job_of_guild_by_time", id="table of a guild"),
        pytest.param(spend.BOUGHT_OF_MEMBER, "job_of_member_by_time", id="table of a member"),
    ],
)
def test_a_report_reads_its_own_time_and_not_the_whole_books(tx: Tx, sql: str, index: str) -> None:
    plan = tx.fetch_all(
        f"EXPLAIN QUERY PLAN {sql}",
        by="member",
        provider=PROVIDER,
        guild_id=5,
        member_id=1,
        start=0,
        end=1,
        after=0,
        count=1,
    )

    steps = [row["detail"] for row in plan]
    assert any(f"USING INDEX {index} (" in step and "created_at>" in step for step in steps), steps
    assert not [step for step in steps if step.startswith("SCAN")], steps
    assert not [step for step in steps if "TEMP B-TREE FOR ORDER" in step], steps
