"""Interactions we have acknowledged and owe an answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.store.database import Transaction


class InteractionKind(StrEnum):
    """What the member wanted: if we die before the answer, that is what they are told about."""

    EDIT = "edit"  # to buy an edit; once it is bought, its card is the answer
    CHANGE = "change"  # to cancel an edit or drop a draft: perhaps it was done
    LOOK = "look"  # to see something of their own


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingInteraction:
    """Where the answer to one interaction goes.

    `sealed_token` is encrypted: with the token anybody can write as the bot for 15 minutes.
    `size_limit` is what Discord accepts per file in this place, in bytes. `updates`: the answer
    changes the message the click stands on, so that a message of ours must go beside it.
    """

    id: int
    application_id: int
    sealed_token: bytes
    member_id: int
    guild_id: int | None
    channel_id: int
    size_limit: int
    created_at: float
    kind: InteractionKind = InteractionKind.EDIT
    updates: bool = False


def add(tx: Transaction, reply: PendingInteraction) -> bool:
    """Record an acknowledged interaction. False: it had been recorded before."""
    changed = tx.execute(
        """
        INSERT INTO reply (id, application_id, sealed_token, member_id, guild_id, channel_id,
                           size_limit, kind, updates, state, created_at)
        VALUES (:id, :application_id, :sealed_token, :member_id, :guild_id, :channel_id,
                :size_limit, :kind, :updates, 'open', :created_at)
        ON CONFLICT (id) DO NOTHING
        """,
        id=reply.id,
        application_id=reply.application_id,
        sealed_token=reply.sealed_token,
        member_id=reply.member_id,
        guild_id=reply.guild_id,
        channel_id=reply.channel_id,
        size_limit=reply.size_limit,
        created_at=reply.created_at,
        kind=reply.kind.value,
        updates=reply.updates,
    )
    return changed == 1


def answered(tx: Transaction, reply_id: int) -> None:
    """The member has their answer, or a delivery now owes it."""
    tx.execute("UPDATE reply SET state = 'answered' WHERE id = :id", id=reply_id)


def get(tx: Transaction, reply_id: int) -> PendingInteraction | None:
    """The reply with this interaction id."""
    row = tx.fetch_one("SELECT * FROM reply WHERE id = :id", id=reply_id)
    return _reply(row) if row else None


def unanswered(tx: Transaction) -> Sequence[PendingInteraction]:
    """Interactions that were acknowledged and never answered, oldest first."""
    rows = tx.fetch_all("SELECT * FROM reply WHERE state = 'open' ORDER BY id")
    return [_reply(row) for row in rows]


def _reply(row: Mapping[str, Any]) -> PendingInteraction:
    return PendingInteraction(
        id=row["id"],
        application_id=row["application_id"],
        sealed_token=row["sealed_token"],
        member_id=row["member_id"],
        guild_id=row["guild_id"],
        channel_id=row["channel_id"],
        size_limit=row["size_limit"],
        created_at=row["created_at"],
        kind=InteractionKind(row["kind"]),
        updates=bool(row["updates"]),
    )
