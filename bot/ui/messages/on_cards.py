"""The words on cards. Whatever a member wrote is escaped and, when long, visibly shortened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.edits import EditKind, EditState
from bot.domain.errors import Failure
from bot.domain.jobs import JobState
from bot.domain.money import usd
from bot.domain.pictures import Note, Reading
from bot.services.edits import Cancellation
from bot.store.replies import ReplyKind
from bot.ui.messages import on_pauses, wishes
from bot.ui.messages.explain import FREE
from bot.ui.messages.limit_names import left
from bot.ui.messages.member_text import escaped
from bot.ui.messages.places import Place
from bot.ui.messages.words import (
    count_of,
    failed,
    noted,
    percent,
    read_as,
    state_name,
    style_name,
    untouched,
)

if TYPE_CHECKING:
    from bot.domain.edits import Edit, Outcome, Receipt
    from bot.services.edits import InLine
    from bot.services.gallery import ResultCard

PROMPT_LENGTH: Final = 300
ALT_LENGTH: Final = 300
AREA_LENGTH: Final = 100

_INTERRUPTED: Final = {
    ReplyKind.EDIT: (
        "I was restarted before this edit began, so it was not made. "
        f"{FREE} Please send the command again."
    ),
    # It may have been done just before: neither that nor the opposite may be said.
    ReplyKind.CHANGE: (
        "I was restarted before I could say what came of that. Pressing it cost nothing; "
        "`/mine queue` shows what is still in line."
    ),
    ReplyKind.LOOK: (
        "I was restarted before I could answer. Looking costs nothing: please ask again."
    ),
}
STALE_COMMAND: Final = (
    "That command has changed since your Discord loaded it. "
    f"{FREE} Restart Discord (Ctrl+R) and use it again."
)
STALE_BUTTON: Final = (
    f"That button is from another version of me and no longer works. {FREE} "
    "Start again with `/edit`, or look at `/mine queue`."
)
STALE_FORM: Final = (
    f"That form is from another version of me and no longer works. {FREE} "
    "Open it again, or start with `/edit`."
)
# It may count, and would count twice if it were pressed again.
PRESS_INTERRUPTED: Final = (
    f"I was restarted before I could show what that did. {FREE} "
    "The next press shows where this stands."
)
RUNNING: Final = "You said yes: this edit is running, and its card is below."
DROPPED: Final = f"Put away. {FREE}"
CANCEL: Final = "Cancel"
NOT_SHOWN: Final = (
    "The pictures could not be shown here. They are kept: see `/mine edits`, "
    "or use it where larger files fit."
)
_DOING: Final = {
    EditKind.EDIT: "Editing",
    EditKind.ERASE: "Erasing",
    EditKind.EXTEND: "Extending",
    EditKind.RELETTER: "Re-lettering",
    EditKind.AREA: "Looking",
}
_DONE: Final = {
    EditKind.EDIT: "Your edit is done",
    EditKind.ERASE: "Erased",
    EditKind.EXTEND: "Extended",
    EditKind.RELETTER: "Re-lettered",
    EditKind.AREA: "Looked at",
}
_CANCELLED: Final = {
    Cancellation.TAKEN_BACK: (
        "Cancelled. Nothing is charged for what was still waiting; its price is free again."
    ),
    Cancellation.ASKED: (
        "I asked the picture service to stop. What it stops costs nothing; "
        "a picture it has finished already still comes, and counts."
    ),
}


def interrupted(kind: ReplyKind) -> str:
    """A word after a restart to a member whose click was never answered."""
    return _INTERRUPTED[kind]


def cancelled(result: Cancellation) -> str:
    """What came of a wish to cancel."""
    return _CANCELLED[result]


def run_label(price: int) -> str:
    """What the button that starts an edit says; `price` in micro-USD."""
    return f"Run · {usd(price)}"


# ---- one edit ----------------------------------------------------------------------------------


def accepted(entry: InLine) -> str:
    """An edit that holds its price and stands in line behind other pictures."""
    edit, price = entry.edit, usd(entry.edit.total)
    if entry.stopped:
        place = "waiting for purchases to go on"
        promise = (
            f"{on_pauses.waiting(entry.stopped)} Nothing was bought yet. **Price:** {price} set "
            "aside for a day at most; Cancel frees it now."
        )
    else:
        ahead = count_of(entry.ahead, "picture is", "pictures are")
        place = f"{ahead} ahead of it" if entry.ahead else "it is next"
        promise = f"**Price:** {price} set aside; a picture that does not come costs nothing."
    headline = f"### {_DOING[edit.kind]}: {place}"
    return "\n".join([headline, *_wish(edit), promise, *_noted(edit.notes)])


def result(card: ResultCard, *, mention: bool) -> str:
    """The head of the final card, above the pictures."""
    outcome = card.outcome
    lines = [f"### {_headline(outcome)}", *_wish(outcome.edit)]
    return "\n".join([f"<@{outcome.edit.member_id}>", *lines] if mention else lines)


def receipt(card: ResultCard) -> str:
    """The foot of the final card: each picture's receipt, the cost, and what is left."""
    outcome = card.outcome
    exact = {picture.receipt.job_id: picture.exact for picture in card.pictures}
    lines = [
        _picture(entry, number, alone=len(outcome.receipts) == 1, exact=exact.get(entry.job_id))
        for number, entry in enumerate(outcome.receipts, start=1)
    ]
    if len(card.pictures) < len(outcome.pictures):
        lines.append(NOT_SHOWN)
    lines += [
        f"**Cost:** {usd(outcome.charged)}; {left(outcome.standing, Place.DISCORD)}",
        *_noted(outcome.edit.notes),
    ]
    return "\n".join(lines)


def footer(edit_id: int) -> str:
    """The small line that names an edit; a card that may have been posted is found by it."""
    return f"-# Edit {edit_id}"


def before_alt(outcome: Outcome) -> str:
    """Alt text of the source picture."""
    edit = outcome.edit
    if edit.reading is Reading.EXTENDED:
        return "Before: the original picture"
    return f"Before: the original picture, {edit.width:,} by {edit.height:,} pixels"


def after_alt(outcome: Outcome, number: int) -> str:
    """Alt text of a finished picture."""
    return f"After ({number}): {wishes.shown(outcome.edit, limit=ALT_LENGTH)}"


def _headline(outcome: Outcome) -> str:
    done, wanted = len(outcome.pictures), len(outcome.receipts)
    is_done = _DONE[outcome.edit.kind]
    if outcome.edit.state is EditState.RUNNING:
        return f"Your edit is not done yet: {done} of {count_of(wanted, 'picture', 'pictures')}"
    if done == wanted:
        return is_done if done == 1 else f"{is_done}: {done} pictures"
    if done:
        return f"{is_done}: {done} of {wanted} pictures"
    if all(entry.state is JobState.CANCELLED for entry in outcome.receipts):
        return "Your edit was cancelled"
    return "No picture came of your edit"


def _wish(edit: Edit) -> list[str]:
    area = read_as(edit.reading)
    if edit.reading is Reading.WORDS and edit.area:
        area = escaped(edit.area, limit=AREA_LENGTH)
    options = [
        f"**Area:** {area} ({percent(edit.area_share)} of the picture)",
        f"**Style:** {style_name(edit.style)}",
    ]
    if edit.seed is not None:
        options.append(f"**Seed:** {edit.seed}")
    if edit.rewrite:
        options.append("prompt rewritten by the model")
    return [*wishes.said(edit, limit=PROMPT_LENGTH), " · ".join(options)]


def _picture(entry: Receipt, number: int, *, alone: bool, exact: bool | None) -> str:
    name = "" if alone else f"**{number}:** "
    if entry.failure is not None:
        free = "" if entry.failure is Failure.CANCELLED and not alone else " Not charged."
        return f"{name}{failed(entry.failure)}{free}"
    if not entry.state.is_final:
        return f"{name}{state_name(entry.state)}"
    counted = untouched(entry)
    if counted and exact is False:
        counted += " in the full-size picture"  # of the smaller copy here it is not true
    facts = [
        counted,
        f"seed {entry.seed}" if entry.seed is not None else "",
        f"{entry.seconds:.1f} s" if entry.seconds is not None else "",
    ]
    said = " · ".join(fact for fact in facts if fact)
    return f"{name}{said}" + (f". {noted(Note.FILE_RECODED)}" if exact is False else "")


def _noted(notes: tuple[Note, ...]) -> list[str]:
    return [f"-# {noted(note)}" for note in notes]
