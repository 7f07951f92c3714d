"""Forms: what a form was about when it was shown, for when it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.errors import NotFound
from bot.store.interactions import modals
from bot.store.interactions.modals import PendingModal

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.domain.edits import EditKind
    from bot.store.database import Database

__all__ = ["Forms", "PendingModal"]

KEPT_SECONDS: Final = 24 * 3600.0
"""How long a form may lie open. Discord's own links to attachments end after a day as well."""


class Forms:
    """Remembers forms across a restart, for a day."""

    def __init__(self, database: Database, *, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    async def open(
        self, interaction_id: int, *, member_id: int, kind: EditKind, sealed: bytes
    ) -> None:
        """Note a form before it is shown; `sealed` holds what only the caller can read.

        Raises:
            StoreFailed: it cannot be written.
        """
        now = self._clock()
        form = PendingModal(
            id=interaction_id, member_id=member_id, kind=kind, sealed=sealed, created_at=now
        )
        await self._database.transact(modals.add, form, forget_before=now - KEPT_SECONDS)

    async def find(self, form_id: int, *, member_id: int) -> PendingModal:
        """A form this member was shown.

        Raises:
            NotFound: there is none, it is too old, or it was shown to somebody else.
        """
        form = await self._database.transact(modals.get, form_id)
        if (
            form is None
            or form.member_id != member_id
            or form.created_at < self._clock() - KEPT_SECONDS
        ):
            raise NotFound
        return form
