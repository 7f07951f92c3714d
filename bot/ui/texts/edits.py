"""What is said of edits: on the cards of one, and in a member's lists."""

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
from bot.i18n import N_, _, ngettext
from bot.services.edits.service import Cancellation
from bot.store.interactions.pending import InteractionKind
from bot.ui.texts import billing, labels
from bot.ui.texts.errors import FREE
from bot.ui.texts.labels import TextTarget, escaped, percent, picture_count, read_as
from bot.ui.texts.limits.names import begun, left
from bot.ui.texts.notes import failed, noted, state_name, untouched

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.domain.edits.edit import Edit, Outcome, Receipt
    from bot.services.edits.gallery import ResultCard
    from bot.services.edits.service import QueuedEdit

PROMPT_LENGTH: Final = 300
ALT_LENGTH: Final = 300
AREA_LENGTH: Final = 100

_INTERRUPTED: Final = {
    InteractionKind.EDIT: N_(
        "I was restarted before this edit began, so it was not made. Nothing was charged. Please "
        "send the command again."
    ),
    # It may have been done just before: neither that nor the opposite may be said.
    InteractionKind.CHANGE: N_(
        "I was restarted before I could say what came of that. Pressing it cost nothing; `/mine "
        "queue` shows what is still in line."
    ),
    InteractionKind.LOOK: N_(
        "I was restarted before I could answer. Looking costs nothing: please ask again."
    ),
}
STALE_COMMAND: Final = N_(
    "That command has changed since your Discord loaded it. Nothing was charged. Restart Discord "
    "(Ctrl+R) and use it again."
)
STALE_BUTTON: Final = N_(
    "That button is from another version of me and no longer works. Nothing was charged. Start "
    "again with `/edit`, or look at `/mine queue`."
)
STALE_FORM: Final = N_(
    "That form is from another version of me and no longer works. Nothing was charged. Open it "
    "again, or start with `/edit`."
)
# It may count, and would count twice if it were pressed again.
PRESS_INTERRUPTED: Final = N_(
    "I was restarted before I could show what that did. Nothing was charged. The next press shows "
    "what came of it."
)
RUNNING: Final = N_("Running: the result will appear below.")
DROPPED: Final = N_("Closed.")
CANCEL: Final = N_("Cancel")
RUN: Final = N_("Run")
NOT_SHOWN: Final = N_(
    "The pictures could not be shown here. They are kept: see `/mine edits`, or use it where "
    "larger files fit."
)
_DOING: Final = {
    EditKind.EDIT: N_("Editing"),
    EditKind.ERASE: N_("Erasing"),
    EditKind.EXTEND: N_("Extending"),
    EditKind.RELETTER: N_("Re-lettering"),
    EditKind.AREA: N_("Looking"),
}
_DONE: Final = {
    EditKind.EDIT: N_("Your edit is done"),
    EditKind.ERASE: N_("Erased"),
    EditKind.EXTEND: N_("Extended"),
    EditKind.RELETTER: N_("Re-lettered"),
    EditKind.AREA: N_("Looked at"),
}
_CANCELLED: Final = {
    Cancellation.TAKEN_BACK: N_(
        "Cancelled. Nothing is charged for what was still waiting; its price is free again."
    ),
    Cancellation.ASKED: N_(
        "I asked the picture service to stop. What it stops costs nothing; a picture it has "
        "finished already still comes, and counts."
    ),
}


def interrupted(kind: InteractionKind) -> str:
    """A message after a restart to a member whose click was never answered."""
    return _INTERRUPTED[kind]()


def cancelled(result: Cancellation) -> str:
    """What came of a wish to cancel."""
    return _CANCELLED[result]()


def run_label(price: int) -> str:
    """What the button that starts an edit says; `price` in micro-USD."""
    return f"{RUN} · {usd(price)}"


# ---- one edit ----------------------------------------------------------------------------------


def accepted(entry: QueuedEdit) -> str:
    """An edit that holds its price and stands in line behind other pictures."""
    edit, price = entry.edit, usd(entry.edit.total)
    if entry.stopped:
        place = _("waiting for purchases to go on")
        waiting = entry.states.count(JobState.QUEUED)
        if entry.stopped is PauseReason.LOCKED:
            # A submit under way may be refused like those before it: it is not bought yet.
            waiting += entry.states.count(JobState.SUBMITTING)
        bought = _("Nothing was bought yet.")
        if waiting < len(entry.states):
            bought = _("{moved} of {all} pictures went on before.").format(
                moved=len(entry.states) - waiting, all=len(entry.states)
            )
        promise = _(
            "{waiting} {bought} **Price:** {price} set aside for a day at most; Cancel "
            "frees it now."
        ).format(
            waiting=billing.waiting(entry.stopped), bought=bought, price=usd(edit.price * waiting)
        )
    else:
        place = _("next in line")
        if entry.ahead:
            place = ngettext(
                "{count:,} picture is ahead of it",
                "{count:,} pictures are ahead of it",
                entry.ahead,
            )
        promise = _("**Price:** {price} set aside; you only pay for pictures you get.").format(
            price=price
        )
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
        lines.append(NOT_SHOWN())
    lines += [_cost(outcome), *_noted(outcome.edit.notes)]
    return "\n".join(lines)


def footer(edit_id: int) -> str:
    """The small line that names an edit; a card that may have been posted is found by it."""
    return _("-# Edit {edit_id}").format(edit_id=edit_id)


def before_alt(outcome: Outcome) -> str:
    """Alt text of the source picture."""
    edit = outcome.edit
    if edit.reading is Reading.EXTENDED:
        return _("Before: the original picture")
    return _("Before: the original picture, {width:,} by {height:,} pixels").format(
        width=edit.width, height=edit.height
    )


def after_alt(outcome: Outcome, number: int) -> str:
    """Alt text of a finished picture."""
    return _("After ({number}): {shown}").format(
        number=number, shown=labels.shown(outcome.edit, limit=ALT_LENGTH)
    )


def _headline(outcome: Outcome) -> str:
    done, wanted = len(outcome.pictures), len(outcome.receipts)
    is_done = _DONE[outcome.edit.kind]()
    if outcome.edit.state is EditState.RUNNING:
        return _("Your edit is not done yet: {done} of {pictures}").format(
            done=done, pictures=picture_count(wanted)
        )
    if done == wanted:
        return (
            is_done
            if done == 1
            else _("{is_done}: {done} pictures").format(is_done=is_done, done=done)
        )
    if done:
        return _("{is_done}: {done} of {wanted} pictures").format(
            is_done=is_done, done=done, wanted=wanted
        )
    if all(entry.state is JobState.CANCELLED for entry in outcome.receipts):
        return _("Your edit was cancelled")
    return _("Your edit failed")


def _wish(edit: Edit) -> list[str]:
    area = read_as(edit.reading)
    if edit.reading is Reading.WORDS and edit.area:
        area = escaped(edit.area, limit=AREA_LENGTH)
    share = percent(edit.area_share)
    where = _("**Area:** {area} ({share} of the picture)").format(area=area, share=share)
    return [*labels.said(edit, limit=PROMPT_LENGTH), f"{where} · {labels.options(edit)}"]


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
        return failed(entry.failure, FREE() if alone else _("Not charged."))
    if not entry.state.is_final:
        return state_name(entry.state)
    counted = untouched(entry)
    if counted and exact is False:
        counted += _(" in the full-size picture")  # of the smaller copy here it is not true
    facts = [
        counted,
        _("seed {seed}").format(seed=entry.seed) if entry.seed is not None else "",
        _("{seconds:.1f} s").format(seconds=entry.seconds) if entry.seconds is not None else "",
    ]
    said = " · ".join(fact for fact in facts if fact)
    return said + (f". {noted(Note.FILE_RECODED)}" if exact is False else "")


def _cost(outcome: Outcome) -> str:
    """What was charged and what is left; of several pictures, which cost nothing."""
    charged = _("**Cost:** {charged}").format(charged=usd(outcome.charged))
    rest = left(outcome.standing, TextTarget.DISCORD)
    done = sum(entry.state is JobState.DONE for entry in outcome.receipts)
    if done in {0, len(outcome.receipts)} and outcome.edit.state is not EditState.RUNNING:
        return f"{charged}; {rest}"
    fates = Counter(map(_fate, outcome.receipts))
    parts = [_("{charged} for {pictures}").format(charged=charged, pictures=picture_count(done))]
    if refused := fates["refused"]:
        parts.append(_("{count} refused (not charged)").format(count=refused))
    if cancelled := fates["cancelled"]:
        parts.append(_("{count} cancelled (not charged)").format(count=cancelled))
    if missing := fates["missing"]:
        parts.append(_("{count} failed (not charged)").format(count=missing))
    if waiting := fates["waiting"]:
        parts.append(
            _("{held} set aside for {count} more").format(
                held=usd(waiting * outcome.edit.price), count=waiting
            )
        )
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
