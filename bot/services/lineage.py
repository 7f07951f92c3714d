"""Lineage: a draft that is changed makes room for a new one, and a press finds the newest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.edits import EditState
from bot.domain.errors import AlreadyRunning, NotFound, NotPermitted
from bot.services import drafts
from bot.store.edits import edits

if TYPE_CHECKING:
    from bot.domain.edits import Edit
    from bot.store.database import Transaction


def own(tx: Transaction, edit_id: int, member_id: int) -> Edit:
    """A member's edit.

    Raises:
        NotFound: there is none of this number.
        NotPermitted: it is somebody else's.
    """
    edit = edits.get(tx, edit_id)
    if edit is None:
        raise NotFound
    if edit.member_id != member_id:
        raise NotPermitted
    return edit


def newest(tx: Transaction, edit: Edit) -> Edit:
    """What became of a draft: the last one that took its place, or itself."""
    return edits.of_root(tx, edit.root or edit.id)[0]


def open_draft(tx: Transaction, edit_id: int, member_id: int) -> Edit:
    """The draft a press under a preview means.

    Raises:
        NotFound, NotPermitted: as `own`; or the member put it away.
        AlreadyRunning: it was started.
    """
    found = newest(tx, own(tx, edit_id, member_id))
    match found.state:
        case EditState.DRAFT:
            return found
        case EditState.DROPPED:
            raise NotFound
        case EditState.RUNNING | EditState.ENDED:
            raise AlreadyRunning(edit_id=found.id)


def at_price(tx: Transaction, draft: Edit, listed: tuple[int, int] | None, *, now: float) -> Edit:
    """A draft at the price of today, as `Terms.listed`: itself, or another one in its place.

    Raises:
        NotFound: its model is not sold any more.
    """
    if listed is None:
        raise NotFound
    if listed == (draft.price, draft.unit_cost):
        return draft
    edits.drop(tx, draft.id)
    new = edits.add(tx, drafts.requoted(draft, *listed, now=now))
    found = edits.get(tx, new) if new is not None else None
    if found is None:
        raise NotFound
    return found


def feather_as_said(tx: Transaction, edit: Edit) -> int:
    """How deep the feather of a draft's area was before it was softened, in pixels."""
    so_far = (draft for draft in edits.of_root(tx, edit.root or edit.id) if draft.id <= edit.id)
    return next(draft.feather for draft in so_far if draft.adjusted.softness == 0)
