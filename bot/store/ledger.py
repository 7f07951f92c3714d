"""The ledger and its counters, always written together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain import ledger
from bot.domain.errors import LimitReached
from bot.domain.jobs import Closing
from bot.domain.limits import Scope, Standing
from bot.domain.windows import span

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from bot.domain.limits import Limit
    from bot.store.database import Transaction


def hold(
    tx: Transaction,
    job_id: int,
    price: int,
    standings: Sequence[tuple[int, Standing]],
    *,
    now: float,
) -> None:
    """Set a job's price aside in every counter that `counters` gave.

    Raises:
        LimitReached: the first limit that has no room. The caller's transaction rolls back.
    """
    entry = ledger.hold(price)
    _append(tx, job_id, entry, now=now)
    for counter_id, standing in standings:
        changed = tx.execute(
            """
            UPDATE counter SET held = held + :amount
            WHERE id = :id AND spent + held + :amount <= :cap
            """,
            id=counter_id,
            amount=price,
            cap=standing.limit.cap,
        )
        if not changed:
            raise LimitReached(needed=price, standing=standing)
        tx.execute(
            "INSERT INTO counted (job_id, counter_id) VALUES (:job_id, :counter_id)",
            job_id=job_id,
            counter_id=counter_id,
        )


def close(tx: Transaction, job_id: int, closing: Closing, *, now: float) -> int:
    """Capture or release a job's hold in the windows it was held in; the micro-USD spent."""
    row = tx.fetch_one(
        "SELECT SUM(held) AS held FROM ledger_entry WHERE job_id = :job_id", job_id=job_id
    )
    if row is None or row["held"] is None:
        raise AssertionError(f"job {job_id} was never held")
    held = int(row["held"])
    entry = ledger.capture(held) if closing is Closing.CAPTURE else ledger.release(held)
    _append(tx, job_id, entry, now=now)
    tx.execute(
        """
        UPDATE counter SET held = held + :held, spent = spent + :spent
        WHERE id IN (SELECT counter_id FROM counted WHERE job_id = :job_id)
        """,
        held=entry.held,
        spent=entry.spent,
        job_id=job_id,
    )
    return entry.spent


def counters(
    tx: Transaction,
    limits: Sequence[Limit],
    *,
    provider: str,
    member_id: int,
    guild_id: int | None,
    zone: ZoneInfo,
    now: float,
) -> list[tuple[int, Standing]]:
    """The counter of each limit in its present window, made when missing, with its standing."""
    found = []
    for limit in limits:
        window = span(limit.window, now=now, zone=zone)
        # The update that changes nothing makes RETURNING answer for an existing row too.
        row = tx.fetch_one(
            """
            INSERT INTO counter (provider, scope, subject, window, starts)
            VALUES (:provider, :scope, :subject, :window, :starts)
            ON CONFLICT (provider, scope, subject, window, starts)
                DO UPDATE SET starts = excluded.starts
            RETURNING id, held, spent
            """,
            provider=provider,
            scope=limit.scope.value,
            subject=_subject(limit.scope, member_id=member_id, guild_id=guild_id),
            window=limit.window.value,
            starts=window.start,
        )
        if row is None:
            raise AssertionError("an upsert always returns its row")
        standing = Standing(limit, spent=row["spent"], held=row["held"], renews_at=window.end)
        found.append((int(row["id"]), standing))
    return found


def tightest(standings: Sequence[tuple[int, Standing]]) -> Standing:
    """The limit with the least left; the narrower one where two are equal."""
    return min((standing for _, standing in standings), key=lambda standing: standing.left)


def _subject(scope: Scope, *, member_id: int, guild_id: int | None) -> int:
    match scope:
        case Scope.MEMBER:
            return member_id
        case Scope.GUILD:
            return guild_id or 0
        case Scope.BOT:
            return 0


def _append(tx: Transaction, job_id: int, entry: ledger.Entry, *, now: float) -> None:
    tx.execute(
        """
        INSERT INTO ledger_entry (job_id, kind, held, spent, created_at)
        VALUES (:job_id, :kind, :held, :spent, :now)
        """,
        job_id=job_id,
        kind=entry.kind.value,
        held=entry.held,
        spent=entry.spent,
        now=now,
    )
