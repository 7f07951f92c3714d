"""Counters: what one pot has held and spent in one window, as the sum of the ledger.

A counter counts the jobs that were bought from its provider, by its subject, from `starts` until
before `ends`, by the moment of their hold. It is made from the ledger when it is first needed, and
kept up from then on in the transaction of each ledger row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.domain.limits.rules import Scope
from bot.domain.limits.windows import Window

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.domain.limits.rules import Pot
    from bot.domain.limits.windows import Span
    from bot.store.database import Transaction

_LONGEST_SECONDS: Final = {
    Window.HOUR: 3600,
    Window.DAY: 28 * 3600,
    Window.WEEK: 8 * 86_400,
    Window.MONTH: 32 * 86_400,
    Window.EVER: 2**53,
}
"""No window of its kind lasts longer, whatever is done to clocks: a counter that contains a moment
began no earlier than this before it."""

_KINDS: Final = ", ".join(
    f"('{window.value}', {seconds})" for window, seconds in _LONGEST_SECONDS.items()
)

BOUGHT_BY: Final = {
    Scope.MEMBER: "job.member_id = :subject AND job.guild_id = :guild_id",
    Scope.CHANNEL: "job.channel_id = :subject AND job.guild_id = :guild_id",
    Scope.GUILD: "job.guild_id = :subject",
    Scope.BOT: "TRUE",
}
"""The jobs of a pot (`:subject`, `:guild_id`), by columns of which the first is indexed together
with the time."""


def find(
    tx: Transaction, provider: str, pot: Pot, window: Window, span: Span
) -> Mapping[str, Any] | None:
    """The row of a counter: `id`, `held` and `spent`; None where it is not made yet."""
    return tx.fetch_one(
        """
        SELECT id, held, spent FROM counter
        WHERE provider = :provider AND scope = :scope AND guild_id = :guild_id
          AND subject = :subject AND window = :window AND starts = :starts AND ends = :ends
        """,
        **_key(provider, pot, window, span),
    )


def sums(tx: Transaction, provider: str, pot: Pot, window: Window, span: Span) -> tuple[int, int]:
    """What is spent and what is held in a window, in micro-USD. Writes nothing."""
    row = find(tx, provider, pot, window, span) or from_ledger(tx, provider, pot, span)
    return row["spent"], row["held"]


def make(tx: Transaction, provider: str, pot: Pot, window: Window, span: Span) -> int:
    """The id of a counter, made of what the ledger holds for its window where it is missing.

    That is nothing for a window that has just begun. It is something for a limit that was set
    today, or after a change of the time zone: what was spent does not come back.
    """
    found = find(tx, provider, pot, window, span)
    if found is not None:
        return int(found["id"])
    counted = from_ledger(tx, provider, pot, span)
    row = tx.fetch_one(
        """
        INSERT INTO counter (
            provider, scope, guild_id, subject, window, starts, ends, held, spent)
        VALUES (:provider, :scope, :guild_id, :subject, :window, :starts, :ends, :held, :spent)
        RETURNING id
        """,
        **_key(provider, pot, window, span),
        held=counted["held"],
        spent=counted["spent"],
    )
    if row is None:
        raise AssertionError("RETURNING always returns the row")
    return int(row["id"])


def hold(tx: Transaction, counter_id: int, amount: int, *, cap: int) -> bool:
    """Set `amount` micro-USD aside if `cap` has room for it; a cap of 0 is closed to all."""
    if amount == 0:
        return cap > 0  # what is free has room also where the cap was lowered below what is spent
    changed = tx.execute(
        """
        UPDATE counter SET held = held + :amount, cap = :cap
        WHERE id = :id AND :cap > 0 AND spent + held + :amount <= :cap
        """,
        id=counter_id,
        amount=amount,
        cap=cap,
    )
    return changed == 1


def containing(tx: Transaction, job_id: int) -> Sequence[int]:
    """The counters that a job is counted in: of each of its pots, those around its moment."""
    rows = tx.fetch_all(
        f"""
        WITH job_pot (provider, scope, guild_id, subject, moment) AS (
            SELECT provider, 'member', guild_id, member_id, created_at FROM job WHERE id = :id
            UNION ALL
            SELECT provider, 'channel', guild_id, channel_id, created_at FROM job WHERE id = :id
            UNION ALL
            SELECT provider, 'guild', guild_id, guild_id, created_at FROM job WHERE id = :id
            UNION ALL
            SELECT provider, 'bot', 0, 0, created_at FROM job WHERE id = :id
        ), kind (window, longest) AS (VALUES {_KINDS})
        SELECT counter.id FROM job_pot CROSS JOIN kind CROSS JOIN counter
        WHERE counter.provider = job_pot.provider AND counter.scope = job_pot.scope
          AND counter.guild_id = job_pot.guild_id AND counter.subject = job_pot.subject
          AND counter.window = kind.window
          AND counter.starts <= job_pot.moment AND counter.starts > job_pot.moment - kind.longest
          AND counter.ends > job_pot.moment
        """,  # noqa: S608 - a constant
        id=job_id,
    )
    return [int(row["id"]) for row in rows]


def hold_beside(tx: Transaction, counter_ids: Sequence[int], amount: int) -> None:
    """Set `amount` micro-USD aside in counters under which no limit counts at the moment."""
    for counter_id in counter_ids:
        # A cap that nobody tested against says nothing any more.
        tx.execute(
            "UPDATE counter SET held = held + :amount, cap = NULL WHERE id = :id",
            id=counter_id,
            amount=amount,
        )


def close(tx: Transaction, counter_ids: Sequence[int], *, held: int, spent: int) -> None:
    """Add what a close changes, in signed micro-USD: together it is never more than before."""
    for counter_id in counter_ids:
        tx.execute(
            "UPDATE counter SET held = held + :held, spent = spent + :spent WHERE id = :id",
            id=counter_id,
            held=held,
            spent=spent,
        )


def from_ledger(tx: Transaction, provider: str, pot: Pot, span: Span) -> Mapping[str, Any]:
    """What the ledger says was held and spent in a window, in micro-USD."""
    row = tx.fetch_one(
        f"""
        SELECT COALESCE(SUM(entry.held), 0) AS held, COALESCE(SUM(entry.spent), 0) AS spent
        FROM job JOIN ledger_entry AS entry ON entry.job_id = job.id
        WHERE job.provider = :provider AND {BOUGHT_BY[pot.scope]}
          AND job.created_at >= :starts AND job.created_at < :ends
        """,  # noqa: S608 - constants
        provider=provider,
        guild_id=pot.guild_id,
        subject=pot.subject,
        starts=span.start,
        ends=span.end,
    )
    if row is None:
        raise AssertionError("a sum is always one row")
    return row


def _key(provider: str, pot: Pot, window: Window, span: Span) -> dict[str, object]:
    return {
        "provider": provider,
        "scope": pot.scope.value,
        "guild_id": pot.guild_id,
        "subject": pot.subject,
        "window": window.value,
        "starts": span.start,
        "ends": span.end,
    }
