"""The ledger and its counters, always written together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.domain import ledger
from bot.domain.errors import LimitReached
from bot.domain.lifecycle import Closing
from bot.domain.limits import Scope, Standing
from bot.domain.windows import span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    from bot.domain.limits import Limit
    from bot.domain.windows import Span
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
        key = _key(limit, provider=provider, member_id=member_id, guild_id=guild_id)
        window = span(limit.window, now=now, zone=zone)
        row = _find(tx, key, window)
        if row is None:
            _make(tx, key, window)
            row = _find(tx, key, window)
        if row is None:
            raise AssertionError("the counter was made just now")
        standing = Standing(limit, spent=row["spent"], held=row["held"], renews_at=window.end)
        found.append((int(row["id"]), standing))
    return found


def standings(
    tx: Transaction,
    limits: Sequence[Limit],
    *,
    provider: str,
    member_id: int,
    guild_id: int | None,
    zone: ZoneInfo,
    now: float,
) -> list[Standing]:
    """Where each limit stands in its present window. Writes nothing."""
    found = []
    for limit in limits:
        key = _key(limit, provider=provider, member_id=member_id, guild_id=guild_id)
        window = span(limit.window, now=now, zone=zone)
        row = _find(tx, key, window) or _sums(tx, key, window)
        found.append(Standing(limit, spent=row["spent"], held=row["held"], renews_at=window.end))
    return found


def tightest(standings: Sequence[Standing]) -> Standing:
    """The limit with the least left; the narrower one where two are equal."""
    return min(standings, key=lambda standing: standing.left)


_COUNTED_BY: Final = """
    job.provider = :provider AND job.created_at >= :starts AND job.created_at < :ends
    AND CASE :scope
            WHEN 'member' THEN job.member_id
            WHEN 'guild' THEN (SELECT guild_id FROM edit WHERE edit.id = job.edit_id)
            ELSE 0
        END = :subject
    AND EXISTS (SELECT 1 FROM ledger_entry WHERE ledger_entry.job_id = job.id)
"""
"""The jobs that belong to a counter: all whose hold was taken in its window."""


def _key(limit: Limit, *, provider: str, member_id: int, guild_id: int | None) -> dict[str, object]:
    return {
        "provider": provider,
        "scope": limit.scope.value,
        "subject": _subject(limit.scope, member_id=member_id, guild_id=guild_id),
        "window": limit.window.value,
    }


def _find(tx: Transaction, key: Mapping[str, object], window: Span) -> Mapping[str, Any] | None:
    return tx.fetch_one(
        """
        SELECT id, held, spent FROM counter
        WHERE provider = :provider AND scope = :scope AND subject = :subject
          AND window = :window AND starts = :starts
        """,
        **key,
        starts=window.start,
    )


def _make(tx: Transaction, key: Mapping[str, object], window: Span) -> None:
    """Begin a counter with all that its window holds already.

    That is nothing, unless the time zone was changed: days and months then begin at other moments,
    and what was spent in them does not come back.
    """
    tx.execute(
        """
        INSERT INTO counter (provider, scope, subject, window, starts)
        VALUES (:provider, :scope, :subject, :window, :starts)
        """,
        **key,
        starts=window.start,
    )
    bounds = {**key, "starts": window.start, "ends": window.end}
    tx.execute(
        f"""
        INSERT INTO counted (job_id, counter_id)
        SELECT job.id, counter.id FROM job, counter
        WHERE counter.provider = :provider AND counter.scope = :scope
          AND counter.subject = :subject AND counter.window = :window
          AND counter.starts = :starts AND {_COUNTED_BY}
        """,  # noqa: S608 - a constant
        **bounds,
    )
    sums = _sums(tx, key, window)
    tx.execute(
        """
        UPDATE counter SET held = :held, spent = :spent
        WHERE provider = :provider AND scope = :scope AND subject = :subject
          AND window = :window AND starts = :starts
        """,
        **key,
        starts=window.start,
        held=sums["held"],
        spent=sums["spent"],
    )


def _sums(tx: Transaction, key: Mapping[str, object], window: Span) -> Mapping[str, Any]:
    row = tx.fetch_one(
        f"""
        SELECT COALESCE(SUM(entry.held), 0) AS held, COALESCE(SUM(entry.spent), 0) AS spent
        FROM ledger_entry AS entry JOIN job ON job.id = entry.job_id WHERE {_COUNTED_BY}
        """,  # noqa: S608 - a constant
        **key,
        starts=window.start,
        ends=window.end,
    )
    if row is None:
        raise AssertionError("a sum is always one row")
    return row


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
