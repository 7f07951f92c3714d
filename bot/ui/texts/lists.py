"""A member's lists: what is in line, what became of their edits, and what they spent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.billing.amounts import usd
from bot.domain.jobs.states import JobState
from bot.i18n import N_, _, ngettext
from bot.ui.texts import billing, labels
from bot.ui.texts.labels import TextTarget, moment, picture_count
from bot.ui.texts.limits.names import level
from bot.ui.texts.notes import states

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.services.edits.gallery import PastEdit
    from bot.services.edits.service import QueuedEdit
    from bot.services.reports.member import SpendOverview

SHORT_LENGTH: Final = 60
LISTED_LENGTH: Final = 40
NOTHING_IN_LINE: Final = N_("You have nothing in line. Start an edit with `/edit`.")
NO_EDITS: Final = N_("You have no edits yet. Start one with `/edit`.")
_YOUR_EDITS: Final = N_("### Your latest edits")
_YOUR_QUEUE: Final = N_("### Your edits in line")
_KEEPS_ITS_PLACE: Final = N_(
    "What waits keeps its place for a day. Cancel frees its price now; nothing was bought for it."
)


def in_line(entries: Sequence[QueuedEdit]) -> str:
    """The head of a member's edits that have not ended."""
    reasons = dict.fromkeys(entry.stopped for entry in entries if entry.stopped)
    why = " ".join([*map(billing.waiting, reasons), _KEEPS_ITS_PLACE()])
    return "\n".join([_YOUR_QUEUE(), *([why] if reasons else [])])


def queued(entry: QueuedEdit) -> str:
    """One of a member's edits that has not ended."""
    edit = entry.edit
    doing = states(entry.states)
    if entry.stopped:
        moving = [state for state in entry.states if state is not JobState.QUEUED]
        doing = ", ".join(
            [_("waiting: purchases are stopped"), *([states(moving)] if moving else [])]
        )
    elif entry.ahead:
        doing += _("; {pictures} ahead").format(pictures=picture_count(entry.ahead))
    return (
        f"**{edit.id}** {labels.name(edit, limit=SHORT_LENGTH)}\n"
        f"-# {doing} · {usd(edit.total)} · {moment(edit.created_at, TextTarget.DISCORD)}"
    )


def more_in_line(number: int) -> str:
    """Edits that did not fit on the card."""
    return _("-# and {more}").format(
        more=ngettext("{count:,} more edit", "{count:,} more edits", number)
    )


def past(entries: Sequence[PastEdit]) -> str:
    """A member's latest edits: number, state, cost and time."""
    if not entries:
        return NO_EDITS()
    return "\n".join([_YOUR_EDITS(), *map(_past, entries)])


def _past(entry: PastEdit) -> str:
    edit = entry.edit
    return (
        f"**{edit.id}** {labels.name(edit, limit=LISTED_LENGTH)} · {states(entry.states)} · "
        f"{usd(entry.charged)} · {moment(edit.created_at, TextTarget.DISCORD)}"
        + (_(" · kept for you here") if entry.kept else "")
    )


def choice(entry: PastEdit) -> str:
    """A past edit among the choices of an option, where Discord knows no markup."""
    edit = entry.edit
    name = labels.plain_name(edit, limit=LISTED_LENGTH)
    return f"{edit.id}: {name} ({states(entry.states)})"[:100]


def spending(found: SpendOverview) -> str:
    """What a member has left at every level, and what their latest edits cost."""
    lines = [_("### What is left"), *map(level, found.explanation.standings)]
    if found.recent:
        lines.append(_("**Your last edits**"))
    lines += [
        f"{usd(charged)} · {labels.name(edit, limit=SHORT_LENGTH)} · "
        f"{moment(edit.created_at, TextTarget.DISCORD)}"
        for edit, charged in found.recent
    ]
    return "\n".join(lines)
