"""What the shell commands print: every sentence an operator reads outside Discord."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.jobs import JobState
from bot.domain.money import usd
from bot.ui import messages

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.edits import Outcome, Quote, Receipt
    from bot.domain.jobs import Job


def started(quote: Quote) -> list[str]:
    """An edit was accepted."""
    share = f"{quote.area_share:.1%} of the picture will change"
    lines = [f"{messages.reading(quote.reading)} {share}. Held: {usd(quote.price)}."]
    lines += [messages.note(note) for note in quote.notes]
    if quote.question is not None:
        lines.append(messages.question(quote.question, quote.area_share))
    return lines


def ended(outcome: Outcome, written: dict[int, Path]) -> list[str]:
    """The receipt of an edit: where the pictures are, what changed, what it cost."""
    lines = [
        f"{written[receipt.job_id]}: {_receipt(receipt)}"
        for receipt in outcome.receipts
        if receipt.job_id in written
    ]
    standing = outcome.standing
    lines.append(f"Spent {usd(outcome.charged)}; {usd(standing.left)} left of this limit.")
    return lines


def _receipt(receipt: Receipt) -> str:
    parts = [messages.receipt(receipt)]
    if receipt.seed is not None:
        parts.append(f"Seed {receipt.seed}.")
    if receipt.seconds is not None:
        parts.append(f"{receipt.seconds:.1f} s.")
    return " ".join(parts)


def unknown(outcome: Outcome) -> str:
    """An edit whose submit got no answer."""
    held = sum(
        outcome.edit.price for receipt in outcome.receipts if receipt.state is JobState.UNKNOWN
    )
    return (
        f"The answer to edit {outcome.edit.id} was lost on its way: it may have been accepted and "
        f"may cost money. It is not sent again. {usd(held)} stays on hold. "
        "Run `touchup unknown` to look for it at the provider and to fetch the picture."
    )


def unknown_job(job: Job, *, found: bool) -> str:
    """What a search for an unknown submit brought."""
    where = f"Edit {job.edit_id}, job {job.id} ({usd(job.price)})"
    if job.state is JobState.UNKNOWN:
        return f"{where}: still not to be found; the hold stands, and the search goes on."
    if job.state is JobState.DONE:
        return f"{where}: found, finished and paid once."
    if found:
        return f"{where}: found; it is being made."
    return f"{where}: it can no longer start, so nothing was bought. The hold is released."


NOTHING_UNKNOWN = "No submit is unknown."
