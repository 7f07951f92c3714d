"""What an edit in the shell prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.billing.amounts import usd
from bot.domain.catalog import OWN_SERVER
from bot.domain.jobs.states import JobState
from bot.i18n import _
from bot.ui.texts.labels import TextTarget, percent, picture_count, read_as
from bot.ui.texts.limits.names import left
from bot.ui.texts.notes import doubted, failed, noted, untouched

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bot.domain.edits.edit import Outcome, Quote, Receipt


def started(quote: Quote) -> str:
    """What is being done, and for how much."""
    edit = quote.edit
    said = _("Changing {share} of the picture ({reading}): {pictures} for {total}.").format(
        share=percent(edit.area_share),
        reading=read_as(edit.reading),
        pictures=picture_count(edit.count),
        total=usd(edit.total),
    )
    doubts = [doubted(edit.question)] if edit.question else []
    return "\n".join([said, *doubts, *map(noted, edit.notes)])


def ended(outcome: Outcome, written: Mapping[int, Path]) -> list[str]:
    """The receipt, line by line; `written` names the file of each finished job."""
    lines = [_picture(receipt, written) for receipt in outcome.receipts if receipt.picture]
    rest = left(outcome.standing, TextTarget.SHELL)
    return [*lines, _("Charged {charged}; {rest}.").format(charged=usd(outcome.charged), rest=rest)]


def unknown(outcome: Outcome) -> str:
    """A submit whose answer was lost: perhaps bought, never bought twice."""
    where = _(" with the same --engine-url") if outcome.edit.provider == OWN_SERVER else ""
    waiting = sum(receipt.state is JobState.UNKNOWN for receipt in outcome.receipts)
    return _(
        "The answer to {pictures} was lost on the way, so I don't know yet whether it was "
        "bought. Its price stays set aside (edit {edit_id}). Run `touchup unknown`{where} "
        "to look for it and fetch it; it is never bought twice."
    ).format(pictures=picture_count(waiting), edit_id=outcome.edit.id, where=where)


def _picture(receipt: Receipt, written: Mapping[int, Path]) -> str:
    file = written.get(receipt.job_id)
    facts = [
        untouched(receipt),
        _("seed {seed}").format(seed=receipt.seed) if receipt.seed is not None else "",
        _("{seconds:.1f} s").format(seconds=receipt.seconds) if receipt.seconds is not None else "",
        failed(receipt.failure) if receipt.failure else "",
    ]
    said = ", ".join(fact for fact in facts if fact)
    return f"{file}: {said}" if file else said
