"""The words on cards. Whatever a member wrote is escaped and, when long, visibly shortened."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from bot.domain.billing.amounts import usd
from bot.domain.billing.breaker import PauseReason
from bot.domain.edits.edit import EditState
from bot.domain.edits.options import EditKind
from bot.domain.edits.pictures import Note, Reading
from bot.domain.errors import Failure
from bot.domain.jobs.states import JobState
from bot.services.edits.service import Cancellation
from bot.store.interactions.pending import InteractionKind
from bot.ui.messages import on_pauses, wishes
from bot.ui.messages.explain import FREE
from bot.ui.messages.limit_names import begun, left
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
    from collections.abc import Mapping

    from bot.domain.edits.edit import Edit, Outcome, Receipt
    from bot.services.edits.gallery import ResultCard
    from bot.services.edits.service import QueuedEdit


PROMPT_LENGTH: Final = 300
ALT_LENGTH: Final = 300
AREA_LENGTH: Final = 100

_INTERRUPTED: Final = {
    InteractionKind.EDIT: (
        "I was restarted before this edit began, so it was not made. "
        f"{FREE} Please send the command again."
    ),
    # It may have been done just before: neither that nor the opposite may be said.
    InteractionKind.CHANGE: (
        "I was restarted before I could say what came of that. Pressing it cost nothing; "
        "`/mine queue` shows what is still in line."
    ),
    InteractionKind.LOOK: (
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


def interrupted(kind: InteractionKind) -> str:
    """A word after a restart to a member whose click was never answered."""
    return _INTERRUPTED[kind]


def cancelled(result: Cancellation) -> str:
    """What came of a wish to cancel."""
    return _CANCELLED[result]


def run_label(price: int) -> str:
    """What the button that starts an edit says; `price` in micro-USD."""
    return f"Run · {usd(price)}"


# ---- one edit ----------------------------------------------------------------------------------


def accepted(entry: QueuedEdit) -> str:
    """An edit that holds its price and stands in line behind other pictures."""
    edit, price = entry.edit, usd(entry.edit.total)
    if entry.stopped:
        place = "waiting for purchases to go on"
        waiting = entry.states.count(JobState.QUEUED)
        if entry.stopped is PauseReason.LOCKED:
            # A submit under way may be refused like those before it: it is not bought yet.
            waiting += entry.states.count(JobState.SUBMITTING)
        bought = "Nothing was bought yet."
        if waiting < len(entry.states):
            bought = (
                f"{len(entry.states) - waiting} of {len(entry.states)} pictures went on before."
            )
        promise = (
            f"{on_pauses.waiting(entry.stopped)} {bought} **Price:** {usd(edit.price * waiting)} "
            "set aside for a day at most; Cancel frees it now."
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
    lines = _pictures(outcome, exact)
    if len(card.pictures) < len(outcome.pictures):
        lines.append(NOT_SHOWN)
    lines += [_cost(outcome), *_noted(outcome.edit.notes)]
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


def _pictures(outcome: Outcome, exact: Mapping[int, bool]) -> list[str]:
    """A line for each picture; pictures of which the same is to say share one."""
    alone = len(outcome.receipts) == 1
    numbers: dict[str, list[str]] = {}
    for number, entry in enumerate(outcome.receipts, start=1):
        said = _picture(entry, alone=alone, exact=exact.get(entry.job_id))
        numbers.setdefault(said, []).append(str(number))
    if alone:
        return list(numbers)
    return [f"**{', '.join(which)}:** {said}" for said, which in numbers.items()]


def _picture(entry: Receipt, *, alone: bool, exact: bool | None) -> str:
    if entry.failure is not None:
        return failed(entry.failure, FREE if alone else "Not charged.")
    if not entry.state.is_final:
        return state_name(entry.state)
    counted = untouched(entry)
    if counted and exact is False:
        counted += " in the full-size picture"  # of the smaller copy here it is not true
    facts = [
        counted,
        f"seed {entry.seed}" if entry.seed is not None else "",
        f"{entry.seconds:.1f} s" if entry.seconds is not None else "",
    ]
    said = " · ".join(fact for fact in facts if fact)
    return said + (f". {noted(Note.FILE_RECODED)}" if exact is False else "")


def _cost(outcome: Outcome) -> str:
    """What was charged and what is left; of several pictures, which cost nothing."""
    charged = f"**Cost:** {usd(outcome.charged)}"
    rest = left(outcome.standing, Place.DISCORD)
    done = sum(entry.state is JobState.DONE for entry in outcome.receipts)
    if done in {0, len(outcome.receipts)} and outcome.edit.state is not EditState.RUNNING:
        return f"{charged}; {rest}"
    fates = Counter(map(_fate, outcome.receipts))
    parts = [f"{charged} for {count_of(done, 'picture', 'pictures')}"]
    parts += [
        f"{number} {'was' if number == 1 else 'were'} {fate} and cost nothing"
        for fate in ("refused", "cancelled")
        if (number := fates[fate])
    ]
    if missing := fates["missing"]:
        parts.append(f"{missing} did not come and cost nothing")
    if waiting := fates["waiting"]:
        parts.append(f"{usd(waiting * outcome.edit.price)} set aside for {waiting} more")
    return f"{'; '.join(parts)}. {begun(rest)}"


def _fate(entry: Receipt) -> str:
    """What came of one picture, as far as its cost goes."""
    if not entry.state.is_final:
        return "waiting"
    match entry.failure:
        case None:
            return "done"
        case Failure.CONTENT | Failure.INPUT:
            return "refused"
        case Failure.CANCELLED:
            return "cancelled"
        case _:
            return "missing"


def _noted(notes: tuple[Note, ...]) -> list[str]:
    return [f"-# {noted(note)}" for note in notes]
