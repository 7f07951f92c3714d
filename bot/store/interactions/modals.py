"""Modals members were shown, and the pictures they are about, remembered for a day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.domain.edits.options import EditKind
from bot.domain.errors import NotFound

if TYPE_CHECKING:
    from bot.store.database import Transaction


KEPT_SECONDS: Final = 24 * 3600.0
"""How long a modal may lie open. Discord's own links to attachments end after a day as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingModal:
    """A modal that was shown and may still be sent; `id` is the interaction's that opened it.

    `sealed` holds what only the caller can read: links to pictures are secrets.
    """

    id: int
    member_id: int
    kind: EditKind
    sealed: bytes
    created_at: float


def add(tx: Transaction, modal: PendingModal) -> None:
    """Note a modal before it is shown, and forget those that were too old at that moment."""
    forget(tx, now=modal.created_at)
    tx.execute(
        """
        INSERT INTO form (id, member_id, kind, sealed, created_at)
        VALUES (:id, :member_id, :kind, :sealed, :created_at)
        ON CONFLICT (id) DO NOTHING
        """,
        id=modal.id,
        member_id=modal.member_id,
        kind=modal.kind.value,
        sealed=modal.sealed,
        created_at=modal.created_at,
    )


def forget(tx: Transaction, *, now: float) -> None:
    """Forget the modals that are too old at a moment (unix seconds)."""
    tx.execute("DELETE FROM form WHERE created_at < :before", before=now - KEPT_SECONDS)


def find(tx: Transaction, modal_id: int, *, member_id: int, now: float) -> PendingModal:
    """A modal this member was shown.

    Raises:
        NotFound: there is none, it is too old, or it was shown to somebody else.
    """
    row = tx.fetch_one(
        "SELECT * FROM form WHERE id = :id AND member_id = :member_id AND created_at >= :since",
        id=modal_id,
        member_id=member_id,
        since=now - KEPT_SECONDS,
    )
    if row is None:
        raise NotFound
    return PendingModal(
        id=row["id"],
        member_id=row["member_id"],
        kind=EditKind(row["kind"]),
        sealed=row["sealed"],
        created_at=row["created_at"],
    )
