"""Books of the second version, as its own code left them, go on under the third schema."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from bot.domain.billing.breaker import PauseReason
from bot.domain.errors import LimitReached
from bot.domain.jobs.lifecycle import Closing
from bot.domain.limits.rules import Buyer, DefaultLimits
from bot.domain.limits.status import Explanation
from bot.services.billing.audit import audit
from bot.store.billing import ledger, pauses
from bot.store.database import Transaction
from bot.store.jobs import jobs
from bot.store.migrations import migrate, scripts
from bot.store.sqlite import open_sqlite
from tests.support.books import NOW, PRICE, PROVIDER, UTC, guard, one, put_in_line

ROOT: Final = Path(__file__).resolve().parents[3]
DUMP: Final = Path(__file__).with_name("second_version.sql")
ADA, BOB, EVE = 11, 12, 13
OPEN: Final = (10, 11, 12, 13, 14, 15)
"""Jobs that were running, in doubt, in line and being submitted when the old version stopped."""


@pytest.fixture
def second(file: Path) -> Path:
    """The books as the released second version wrote them."""
    file.parent.mkdir()
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        migrate(connection, file, scripts()[:2])
        connection.executescript(f"BEGIN; {DUMP.read_text(encoding='utf-8')} COMMIT;")
    return file


def rows(file: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(sql).fetchall()


def standing(tx: Transaction, member_id: int, guild_id: int | None) -> Explanation:
    """Where someone stands today, under the settings' own limits."""
    buyer = Buyer(member_id=member_id, guild_id=guild_id, channel_id=50)
    return guard(DefaultLimits(), zone=UTC, provider=PROVIDER, now=NOW).explain(tx, buyer)


def amounts(explanation: Explanation) -> dict[str, tuple[int, int]]:
    """What is spent and held, by scope."""
    return {
        found.limit.pot.scope.value: (found.spent, found.held) for found in explanation.standings
    }


async def test_every_ledger_row_is_kept_and_nothing_contradicts_itself(second: Path) -> None:
    before = rows(second, "SELECT * FROM ledger_entry ORDER BY id")

    async with open_sqlite(second) as database:
        assert await database.transact(audit) == []

    assert rows(second, "SELECT * FROM ledger_entry ORDER BY id") == before
    assert len(before) == 24


@pytest.mark.parametrize(("member_id", "guild_id"), [(ADA, 5), (BOB, 5), (EVE, 6), (EVE, None)])
async def test_what_was_spent_today_before_the_migration_is_still_spent(
    second: Path, member_id: int, guild_id: int | None
) -> None:
    """N14, R53: the remaining room is what the old version's own counters leave."""
    counted = {
        (scope, subject, window): (spent, held)
        for scope, subject, window, spent, held in rows(
            second,
            "SELECT scope, subject, window, spent, held FROM counter "
            "WHERE starts = iif(window = 'day', 1769990400, 1769904000)",
        )
    }

    async with open_sqlite(second) as database:
        found = amounts(await database.transact(standing, member_id, guild_id))

    assert found["bot"] == counted["bot", 0, "month"] == (3 * PRICE, 6 * PRICE)
    if guild_id is not None:
        assert found["guild"] == counted["guild", guild_id, "month"]
    if member_id != EVE:
        assert found["member"] == counted["member", member_id, "day"]


async def test_members_now_have_a_pot_in_each_guild(second: Path) -> None:
    """Eve bought in a guild, where it failed, and in a direct message, where it waits."""
    async with open_sqlite(second) as database:
        in_guild = await database.transact(standing, EVE, 6)
        alone = await database.transact(standing, EVE, None)

    assert amounts(in_guild)["member"] == (0, 0)
    assert amounts(alone)["member"] == (0, PRICE)


@pytest.mark.parametrize("closing_of", Closing)
async def test_holds_that_were_open_close_under_the_new_counters(
    second: Path, closing_of: Closing
) -> None:
    def close_all(tx: Transaction) -> None:
        standing(tx, ADA, 5)
        put_in_line(tx, member_id=ADA, guild_id=5, channel_id=50)  # makes the counters
        for job_id in OPEN:
            ledger.close(tx, job_id, closing_of, now=NOW + 60)

    async with open_sqlite(second) as database:
        await database.transact(close_all)
        after = amounts(await database.transact(standing, ADA, 5))
        sums = await database.transact(
            one, "SELECT SUM(held) || ' ' || SUM(spent) FROM ledger_entry"
        )

    kept = len(OPEN) if closing_of is Closing.CAPTURE else 0
    of_ada = 2 if closing_of is Closing.CAPTURE else 0
    assert after["member"] == ((2 + of_ada) * PRICE, PRICE)
    assert after["bot"] == ((3 + kept) * PRICE, PRICE)
    assert sums == f"{PRICE} {(4 + kept) * PRICE}"


async def test_a_limit_that_was_used_up_before_the_migration_stays_used_up(second: Path) -> None:
    """Ada has spent and set aside four pictures today: of five, one is left."""
    caps = DefaultLimits(member_day=5 * PRICE)

    async with open_sqlite(second) as database:
        await database.transact(put_in_line, member_id=ADA, guild_id=5, caps=caps)
        with pytest.raises(LimitReached) as refused:
            await database.transact(put_in_line, member_id=ADA, guild_id=5, caps=caps)

    assert refused.value.explanation.binding(PRICE).left == 0


STOPS: Final = """
    SELECT id, provider, model, reason, job_id, since, told_at, lifted_at, lifted_by FROM pause
"""


async def test_stops_survive_as_what_they_were(second: Path) -> None:
    before = rows(second, STOPS)

    async with open_sqlite(second) as database:
        reason = await database.transact(pauses.is_paused, provider=PROVIDER, model="ideogram-v2")
        in_force = await database.transact(pauses.in_force, provider=PROVIDER)

    told_at = (
        "(SELECT ended_at FROM outbox WHERE outbox.kind = 'pause' AND outbox.subject = pause.id "
        "AND outbox.state = 'delivered')"
    )
    after = rows(second, STOPS.replace("told_at", told_at))
    assert after == before
    assert len(before) == 2
    assert reason is PauseReason.SWAPPED
    assert [pause.job_id for pause in in_force] == [9]


async def test_what_the_owner_was_billed_is_written_down_row_by_row(second: Path) -> None:
    before = rows(second, "SELECT id, cost, cost_state FROM job WHERE cost > 0 ORDER BY id")

    async with open_sqlite(second):
        pass

    assert len(before) == 10
    assert before == rows(
        second,
        "SELECT job_id, SUM(change), max(state) FROM cost_entry GROUP BY job_id ORDER BY job_id",
    )
    assert before == rows(second, "SELECT id, cost, cost_state FROM job WHERE cost > 0 ORDER BY id")


async def test_what_stood_in_line_is_claimed_with_its_place(second: Path) -> None:
    def claim(tx: Transaction) -> Sequence[tuple[int, int, int]]:
        found = []
        for number in range(3):
            job = jobs.claim(
                tx, provider=PROVIDER, lease=f"a{number}", may_submit=True, now=NOW + 9
            )
            assert job is not None
            row = tx.fetch_one("SELECT guild_id, channel_id FROM job WHERE id = :id", id=job.id)
            assert row is not None
            found.append((job.id, row["guild_id"], row["channel_id"]))
        return sorted(found)

    async with open_sqlite(second) as database:
        claimed = await database.transact(claim)

    # Those that are bought: nothing new is, while a stop is in force.
    assert claimed == [(10, 5, 50), (11, 5, 50), (15, 0, 0)]


def dump(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return list(connection.iterdump())


def test_l21_killed_in_the_middle_of_the_migration_the_books_are_as_they_were(
    second: Path, tmp_path: Path
) -> None:
    """L21: and the next start brings them to the same as an undisturbed one."""
    undisturbed = tmp_path / "undisturbed.sqlite3"
    shutil.copyfile(second, undisturbed)
    script = (
        "import sqlite3, sys; from pathlib import Path; from bot import failpoints;"
        "from bot.store.migrations import migrate;"
        "failpoints.arm('migrate.mid');"
        "file = Path(sys.argv[1]);"
        "connection = sqlite3.connect(file, isolation_level=None);"
        "connection.execute('PRAGMA journal_mode = WAL'); migrate(connection, file)"
    )
    before = dump(second)

    killed = subprocess.run([sys.executable, "-c", script, second], cwd=ROOT, check=False)
    left = dump(second)
    for file in (second, undisturbed):
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            migrate(connection, file)

    assert killed.returncode == 137
    assert left == before
    assert rows(second, "PRAGMA user_version") == [(len(scripts()),)]
    assert dump(second) == dump(undisturbed)
    assert dump(second.with_name(f"{second.name}.before-{len(scripts())}")) == before
