"""Forms members were shown, and the pictures they are about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.edits import EditKind

if TYPE_CHECKING:
    from bot.store.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingModal:
    """A form that was shown; `id` is the interaction's that opened it.

    `sealed` holds what only the caller can read: links to pictures are secrets.
    """

    id: int
    member_id: int
    kind: EditKind
    sealed: bytes
    created_at: float


def add(tx: Transaction, form: PendingModal, *, forget_before: float) -> None:
    """Note a form, and forget those shown before `forget_before` (unix seconds)."""
    forget(tx, before=forget_before)
    tx.execute(
        """
        INSERT INTO form (id, member_id, kind, sealed, created_at)
        VALUES (:id, :member_id, :kind, :sealed, :created_at)
        ON CONFLICT (id) DO NOTHING
        """,
        id=form.id,
        member_id=form.member_id,
        kind=form.kind.value,
        sealed=form.sealed,
        created_at=form.created_at,
    )


def forget(tx: Transaction, *, before: float) -> None:
    """Forget the forms that were shown before a moment (unix seconds)."""
    tx.execute("DELETE FROM form WHERE created_at < :before", before=before)


def get(tx: Transaction, form_id: int) -> PendingModal | None:
    """The form with this id, while it is remembered."""
    row = tx.fetch_one("SELECT * FROM form WHERE id = :id", id=form_id)
    if row is None:
        return None
    return PendingModal(
        id=row["id"],
        member_id=row["member_id"],
        kind=EditKind(row["kind"]),
        sealed=row["sealed"],
        created_at=row["created_at"],
    )
