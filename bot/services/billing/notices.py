"""What the owner, and members in line, are told of a stop on purchases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.edits.edit import EditState
from bot.domain.errors import NotFound
from bot.domain.jobs.states import JobState
from bot.services.delivery.outbox import NotOwed, NotYet
from bot.services.edits.service import place_of
from bot.store.billing import pauses
from bot.store.edits import edits

if TYPE_CHECKING:
    from bot.services.edits.service import QueuedEdit
    from bot.store.billing.pauses import Pause
    from bot.store.database import Transaction
    from bot.store.delivery.outbox import Owed

ELSEWHERE_SECONDS: Final = 3600.0
"""How often it is looked whether a provider is in use again."""
SUBMITTING_SECONDS: Final = 0.5
"""How often it is looked whether a submit came back."""


def pause_card(tx: Transaction, owed: Owed, *, provider: str) -> Pause:
    """A stop that the owner must be told of.

    Raises:
        NotOwed: it was lifted.
        NotYet: it is at another provider than the one in use.
    """
    pause = pauses.get(tx, owed.subject)
    if pause is None:
        raise NotFound
    if pause.lifted_at is not None:
        raise NotOwed
    if pause.provider != provider:
        raise NotYet(ELSEWHERE_SECONDS)
    return pause


def in_line_card(tx: Transaction, owed: Owed) -> QueuedEdit:
    """The place in line of an edit that a stop holds up.

    Raises:
        NotOwed: it is not in line any more, or continues.
        NotYet: it is just being submitted, and may come back into line.
    """
    edit = edits.get(tx, owed.subject)
    if edit is None or edit.state is not EditState.RUNNING:
        raise NotOwed
    entry = place_of(tx, edit)
    if not entry.stopped and JobState.SUBMITTING in entry.states:
        raise NotYet(SUBMITTING_SECONDS)
    if not entry.stopped:
        raise NotOwed
    return entry
