"""What an edit in the shell prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.billing.amounts import usd
from bot.domain.catalog import OWN_SERVER
from bot.domain.jobs.states import JobState
from bot.ui.messages.limit_names import left
from bot.ui.messages.places import Place
from bot.ui.messages.words import (
    count_of,
    doubted,
    failed,
    noted,
    percent,
    read_as,
    untouched,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bot.domain.edits.edit import Outcome, Quote, Receipt


def started_in_shell(quote: Quote) -> str:
    """What is being done, and for how much."""
    edit = quote.edit
    said = (
        f"Changing {percent(edit.area_share)} of the picture ({read_as(edit.reading)}): "
        f"{count_of(edit.count, 'picture', 'pictures')} for {usd(edit.total)}."
    )
    doubts = [doubted(edit.question)] if edit.question else []
    return "\n".join([said, *doubts, *map(noted, edit.notes)])


def ended_in_shell(outcome: Outcome, written: Mapping[int, Path]) -> list[str]:
    """The receipt, line by line; `written` names the file of each finished job."""
    lines = [_picture(receipt, written) for receipt in outcome.receipts if receipt.picture]
    lines += [f"Charged {usd(outcome.charged)}; {left(outcome.standing, Place.SHELL)}."]
    return lines


def unknown_in_shell(outcome: Outcome) -> str:
    """A submit whose answer was lost: perhaps bought, never bought twice."""
    where = " with the same --engine-url" if outcome.edit.provider == OWN_SERVER else ""
    waiting = sum(receipt.state is JobState.UNKNOWN for receipt in outcome.receipts)
    return (
        f"The answer to {count_of(waiting, 'picture', 'pictures')} was lost on the way, so I don't "
        f"know yet whether it was bought. Its price stays set aside (edit {outcome.edit.id}). "
        f"Run `touchup unknown`{where} to look for it and fetch it; it is never bought twice."
    )


def _picture(receipt: Receipt, written: Mapping[int, Path]) -> str:
    file = written.get(receipt.job_id)
    facts = [
        untouched(receipt),
        f"seed {receipt.seed}" if receipt.seed is not None else "",
        f"{receipt.seconds:.1f} s" if receipt.seconds is not None else "",
        failed(receipt.failure) if receipt.failure else "",
    ]
    said = ", ".join(fact for fact in facts if fact)
    return f"{file}: {said}" if file else said
