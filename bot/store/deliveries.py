"""Deliveries: one final card for each edit, brought to the member until it is there or kept."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from bot.domain.errors import LeaseLost

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.store.database import Transaction

CLAIM_SECONDS: Final = 120.0


class Way(StrEnum):
    """How a card reaches its member, in the order they are tried."""

    REPLY = "reply"
    CHANNEL = "channel"
    DIRECT = "direct"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A card that is owed: an edit's result, or (without an edit) a word about an interruption.

    `way` is the way that was last begun: its answer may have been lost. After `claimed_until`
    (unix seconds) somebody else may bring it.
    """

    id: int
    edit_id: int | None
    reply_id: int | None
    way: Way | None
    tries: int
    claimed_until: float


def enqueue_when_ended(tx: Transaction, edit_id: int, *, now: float) -> None:
    """End the edit and owe its card, if none of its jobs is open any more.

    An edit without a channel was asked for in a shell, which is waiting for it: kept at once.
    A reply that was apologised to is not named twice; the edit still knows it.
    """
    ended = tx.execute(
        """
        UPDATE edit SET state = 'ended'
        WHERE id = :id AND state = 'running' AND NOT EXISTS (
            SELECT 1 FROM job
            WHERE edit_id = :id AND state IN ('queued', 'submitting', 'unknown', 'running'))
        """,
        id=edit_id,
    )
    if not ended:
        return
    tx.execute(
        """
        INSERT INTO delivery (edit_id, reply_id, state, reason, created_at, ended_at)
        SELECT id,
               CASE WHEN NOT EXISTS (
                   SELECT 1 FROM delivery WHERE reply_id = edit.reply_id) THEN reply_id END,
               CASE WHEN channel_id IS NULL THEN 'kept' ELSE 'due' END,
               CASE WHEN channel_id IS NULL THEN 'asked for in a shell' END,
               :now,
               CASE WHEN channel_id IS NULL THEN :now END
        FROM edit WHERE id = :id
        """,
        id=edit_id,
        now=now,
    )


def enqueue_apologies(tx: Transaction, *, now: float) -> int:
    """Owe a word to everybody whose interaction was acknowledged and then cut short; how many."""
    owed = tx.execute(
        """
        INSERT INTO delivery (reply_id, state, created_at)
        SELECT id, 'due', :now FROM reply WHERE state = 'open'
        ON CONFLICT (reply_id) DO NOTHING
        """,
        now=now,
    )
    tx.execute("UPDATE reply SET state = 'answered' WHERE state = 'open'")
    return owed


def claim(tx: Transaction, *, now: float) -> Delivery | None:
    """The oldest delivery that is due; nobody else gets it for the next two minutes."""
    row = tx.fetch_one(
        """
        UPDATE delivery SET not_before = :until
        WHERE id = (
            SELECT id FROM delivery WHERE state = 'due' AND not_before <= :now
            ORDER BY not_before, id LIMIT 1)
        RETURNING *
        """,
        now=now,
        until=now + CLAIM_SECONDS,
    )
    return _delivery(row) if row else None


def drop_claims(tx: Transaction) -> None:
    """At start, with the lock file held: whoever was bringing a card is dead."""
    tx.execute("UPDATE delivery SET not_before = 0 WHERE state = 'due'")


def due_at(tx: Transaction) -> float | None:
    """When the next delivery may be tried, or None."""
    row = tx.fetch_one("SELECT min(not_before) AS due FROM delivery WHERE state = 'due'")
    return row["due"] if row else None


def begin(tx: Transaction, delivery: Delivery, way: Way) -> None:
    """Note which way is being tried, before it is: its answer may never come.

    Raises:
        LeaseLost: the claim ran out, and somebody else has the card or brought it.
    """
    changed = tx.execute(
        """
        UPDATE delivery SET way = :way
        WHERE id = :id AND state = 'due' AND not_before = :claimed_until
        """,
        id=delivery.id,
        way=way.value,
        claimed_until=delivery.claimed_until,
    )
    if not changed:
        raise LeaseLost(f"delivery {delivery.id}")


def put_off(tx: Transaction, delivery_id: int, *, until: float) -> None:
    """Try again later."""
    tx.execute(
        """
        UPDATE delivery SET tries = tries + 1, not_before = :until
        WHERE id = :id AND state = 'due'
        """,
        id=delivery_id,
        until=until,
    )


def delivered(tx: Transaction, delivery_id: int, *, message_id: int, now: float) -> None:
    """The member has the card."""
    tx.execute(
        """
        UPDATE delivery SET state = 'delivered', message_id = :message_id, ended_at = :now
        WHERE id = :id AND state = 'due'
        """,
        id=delivery_id,
        message_id=message_id,
        now=now,
    )


def keep(tx: Transaction, delivery_id: int, *, reason: str, now: float) -> None:
    """No way is open: the picture is kept and the member finds it with `/mine edits`."""
    tx.execute(
        """
        UPDATE delivery SET state = 'kept', reason = :reason, ended_at = :now
        WHERE id = :id AND state = 'due'
        """,
        id=delivery_id,
        reason=reason,
        now=now,
    )


def was_kept(tx: Transaction, edit_id: int) -> bool:
    """Whether an edit's card found no way to its member."""
    row = tx.fetch_one("SELECT 1 FROM delivery WHERE edit_id = :id AND state = 'kept'", id=edit_id)
    return row is not None


def _delivery(row: Mapping[str, Any]) -> Delivery:
    return Delivery(
        id=row["id"],
        edit_id=row["edit_id"],
        reply_id=row["reply_id"],
        way=Way(row["way"]) if row["way"] else None,
        tries=row["tries"],
        claimed_until=row["not_before"],
    )
