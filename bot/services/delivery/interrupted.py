"""An apology to members whose click was cut short by a restart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.errors import NotFound
from bot.store.interactions import pending

if TYPE_CHECKING:
    from bot.store.database import Transaction
    from bot.store.delivery.outbox import Owed
    from bot.store.interactions.pending import InteractionKind


@dataclass(frozen=True, slots=True, kw_only=True)
class InterruptedCard:
    """What a member wanted who was not answered before the restart."""

    member_id: int
    kind: InteractionKind


def interrupted_card(tx: Transaction, owed: Owed) -> InterruptedCard:
    """The card of an interruption that is owed.

    Raises:
        NotFound: its reply is gone.
    """
    reply = pending.get(tx, owed.subject)
    if reply is None:
        raise NotFound
    return InterruptedCard(member_id=reply.member_id, kind=reply.kind)
