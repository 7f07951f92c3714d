"""What `touchup unknown` says of each job in doubt, before it looks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.billing.amounts import usd, usd_exactly
from bot.domain.jobs.lifecycle import START_MARGIN_SECONDS
from bot.ui import messages
from bot.ui.messages import Place

if TYPE_CHECKING:
    from bot.domain.jobs.states import Job

_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR


def listed(job: Job, *, model: str, finish_timeout: float, now: float) -> str:
    """What is known of a job in doubt, and what can be done about it. `now` is unix seconds."""
    sent = job.intended_at or job.created_at
    return (
        f"Job {job.id} of edit {job.edit_id}: {usd(job.price)}, {model}, seed {job.seed}, sent "
        f"{_ago(now - sent)} ago ({messages.moment(sent, Place.SHELL)}). "
        f"{_what_can_be_done(job, finish_timeout=finish_timeout, now=now)}"
    )


def _what_can_be_done(job: Job, *, finish_timeout: float, now: float) -> str:
    decided_at = (job.start_by or 0.0) + START_MARGIN_SECONDS + finish_timeout
    if now < decided_at:
        return (
            "It may have been bought: it is looked for until "
            f"{messages.moment(decided_at, Place.SHELL)}, and released if it never shows."
        )
    return (
        "It can no longer start. Where it cannot be looked for, give it up: "
        f'`touchup unknown --release {job.id} --reason "…"`.'
    )


def _ago(seconds: float) -> str:
    if seconds < 2 * _HOUR:
        return f"{max(0, seconds) // _MINUTE:.0f} min"
    return f"{seconds // _HOUR:.0f} h" if seconds < 2 * _DAY else f"{seconds // _DAY:.0f} days"


def released(job: Job, reason: str) -> str:
    """The operator gave a job up."""
    return (
        f"Job {job.id} of edit {job.edit_id} is given up ({reason}): the {usd(job.price)} set "
        "aside for its member is free again. The provider may bill it all the same, so "
        f"{usd_exactly(job.cost)} of your own cost stays possible: `touchup reconcile` compares."
    )
