"""What members prefer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.edits.options import Previewing

if TYPE_CHECKING:
    from bot.store.database import Transaction


def previewing(tx: Transaction, member_id: int) -> Previewing:
    """When a member wants to see the area first."""
    row = tx.fetch_one(
        "SELECT previewing FROM member_setting WHERE member_id = :member_id", member_id=member_id
    )
    return Previewing(row["previewing"]) if row else Previewing.AUTO


def set_previewing(tx: Transaction, member_id: int, chosen: Previewing) -> None:
    """Remember what a member prefers."""
    tx.execute(
        """
        INSERT INTO member_setting (member_id, previewing) VALUES (:member_id, :previewing)
        ON CONFLICT (member_id) DO UPDATE SET previewing = excluded.previewing
        """,
        member_id=member_id,
        previewing=chosen.value,
    )
