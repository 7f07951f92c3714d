"""Setbacks: what a fault after the submit means for a picture that is bought."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from bot.domain.errors import (
    AnswerLost,
    Broken,
    Failure,
    NeverSent,
    ProviderBlocked,
    ProviderBusy,
    Refused,
    StoreFailed,
)
from bot.domain.lifecycle import FINAL_AFTER_ACCEPTED, Failed, Held, Stumbled, WasCancelled

if TYPE_CHECKING:
    from bot.domain.jobs import Job
    from bot.domain.lifecycle import Event

log = logging.getLogger(__name__)

DOOR_PAUSE_SECONDS: Final = 60.0
"""How long a bought job waits when the provider refuses the key. The line stays as it is: only a
submit says whether it takes new ones."""
STORE_PAUSE_SECONDS: Final = 30.0
UNREACHABLE_PAUSE_SECONDS: Final = 10.0


def setback(job: Job, error: Exception) -> Event:
    """Say what a fault after the submit means for the job: the rule of the bought picture."""
    match error:
        case Refused(failure=Failure.CANCELLED) | Broken(failure=Failure.CANCELLED):
            return WasCancelled(possibly_billed=error.possibly_billed, units=error.units)
        case Refused(failure=failure) | Broken(failure=failure) if failure in FINAL_AFTER_ACCEPTED:
            return Failed(failure, possibly_billed=error.possibly_billed, units=error.units)
        case ProviderBusy(retry_after=retry_after):
            return Held(retry_after)
        case NeverSent() | AnswerLost():
            return Held(UNREACHABLE_PAUSE_SECONDS)
        case ProviderBlocked():
            log.error("job %d: its picture waits, the key is refused: %s", job.id, error.reason)
            return Held(DOOR_PAUSE_SECONDS)
        case StoreFailed():
            log.error("job %d: the picture waits for room on the disk (%s)", job.id, error)
            return Held(STORE_PAUSE_SECONDS)
        case _:
            log.error("job %d: a fault of our own", job.id, exc_info=error)
            return Stumbled()
