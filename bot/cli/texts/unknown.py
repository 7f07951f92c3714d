"""What `touchup unknown` says of each job in doubt, before it looks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.billing.amounts import usd, usd_exactly
from bot.domain.jobs.lifecycle import START_MARGIN_SECONDS
from bot.i18n import _
from bot.ui import texts
from bot.ui.texts import TextTarget

if TYPE_CHECKING:
    from bot.domain.jobs.states import Job


_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR


def listed(job: Job, *, model: str, finish_timeout: float, now: float) -> str:
    """What is known of a job in doubt, and what can be done about it. `now` is unix seconds."""
    sent = job.intended_at or job.created_at
    return _(
        "Job {job_id} of edit {edit_id}: {price}, {model}, seed {seed}, sent {ago} ago "
        "({when}). {advice}"
    ).format(
        job_id=job.id,
        edit_id=job.edit_id,
        price=usd(job.price),
        model=model,
        seed=job.seed,
        ago=_ago(now - sent),
        when=texts.moment(sent, TextTarget.SHELL),
        advice=_what_can_be_done(job, finish_timeout=finish_timeout, now=now),
    )


def _what_can_be_done(job: Job, *, finish_timeout: float, now: float) -> str:
    decided_at = (job.start_by or 0.0) + START_MARGIN_SECONDS + finish_timeout
    if now < decided_at:
        return _(
            "It may have been bought: it is looked for until {when}, and released if it "
            "never shows."
        ).format(when=texts.moment(decided_at, TextTarget.SHELL))
    return _(
        "It can no longer start. Where it cannot be looked for, give it up: `touchup "
        'unknown --release {job_id} --reason "…"`.'
    ).format(job_id=job.id)


def _ago(seconds: float) -> str:
    if seconds < 2 * _HOUR:
        return _("{minutes:.0f} min").format(minutes=max(0, seconds) // _MINUTE)
    if seconds < 2 * _DAY:
        return _("{hours:.0f} h").format(hours=seconds // _HOUR)
    return _("{days:.0f} days").format(days=seconds // _DAY)


def released(job: Job, reason: str) -> str:
    """The operator gave a job up."""
    return _(
        "Job {job_id} of edit {edit_id} is given up ({reason}): the {price} set aside for "
        "its member is free again. The provider may bill it all the same, so {cost} of "
        "your own cost stays possible: `touchup reconcile` compares."
    ).format(
        job_id=job.id,
        edit_id=job.edit_id,
        reason=reason,
        price=usd(job.price),
        cost=usd_exactly(job.cost),
    )
