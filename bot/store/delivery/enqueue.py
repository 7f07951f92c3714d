"""Which cards are owed: one for each edit that ended, one for each click that was cut short."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.store.delivery import outbox
from bot.store.delivery.outbox import DeliveryRoute, OwedKind, RouteKind, UndeliveredReason

if TYPE_CHECKING:
    from bot.store.database import Transaction


def enqueue_when_ended(tx: Transaction, edit_id: int, *, now: float) -> None:
    """End the edit and owe its card, if none of its jobs is open any more.

    An edit without a channel was asked for in a shell, which is waiting for it: kept at once.
    """
    ended = tx.fetch_one(
        """
        UPDATE edit SET state = 'ended'
        WHERE id = :id AND state = 'running' AND NOT EXISTS (
            SELECT 1 FROM job
            WHERE edit_id = :id AND state IN ('queued', 'submitting', 'unknown', 'running'))
        RETURNING member_id, reply_id, channel_id,
                  (SELECT channel_id FROM reply WHERE id = edit.reply_id) AS reply_channel_id
        """,
        id=edit_id,
    )
    if ended is None:
        return
    is_in_shell = ended["channel_id"] is None
    routes = []
    if not is_in_shell:
        has_reply = ended["reply_channel_id"] is not None
        if has_reply:
            routes.append(DeliveryRoute(RouteKind.REPLY, ended["reply_id"]))
        # 0: the interaction came from no channel.
        if channel_id := ended["reply_channel_id"] if has_reply else ended["channel_id"]:
            routes.append(DeliveryRoute(RouteKind.CHANNEL, channel_id))
        routes.append(DeliveryRoute(RouteKind.DIRECT, ended["member_id"]))
    kept = UndeliveredReason.SHELL if is_in_shell else None
    outbox.owe(tx, OwedKind.RESULT, edit_id, routes, edit_id=edit_id, kept=kept, now=now)


def enqueue_apologies(tx: Transaction, *, now: float) -> int:
    """Owe an apology to everybody whose interaction was acknowledged and cut short; how many."""
    cut_short = tx.fetch_all("SELECT id FROM reply WHERE state = 'open' ORDER BY id")
    owed = [
        outbox.owe(
            tx,
            OwedKind.INTERRUPTED,
            row["id"],
            [DeliveryRoute(RouteKind.REPLY, row["id"])],
            now=now,
        )
        for row in cut_short
    ]
    tx.execute("UPDATE reply SET state = 'answered' WHERE state = 'open'")
    return sum(owed)


def was_kept(tx: Transaction, edit_id: int) -> bool:
    """Whether an edit's card found no route to its member."""
    row = tx.fetch_one(
        "SELECT 1 FROM outbox WHERE kind = 'result' AND subject = :id AND state = 'kept'",
        id=edit_id,
    )
    return row is not None
