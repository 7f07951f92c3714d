"""What every attempt at a job works with."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from bot.domain.catalog import MODELS
from bot.provider.follow import PollInterval

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.domain.catalog import Model
    from bot.imaging.pool.pool import ImagePool
    from bot.provider.client import FalClient
    from bot.store.database import Database
    from bot.store.edits.pictures import PictureFolder

GRACE_SECONDS: Final = 30.0
"""How long an overdue job is followed before the provider is asked to stop it, and after that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """How patient the bot is where no setting says so; tests are in more of a hurry."""

    grace_seconds: float = GRACE_SECONDS
    pace: PollInterval = field(default_factory=PollInterval)
    monotonic: Callable[[], float] = time.monotonic


PATIENT: Final = Waits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """Times are seconds; `models` are those that may be bought."""

    database: Database
    folder: PictureFolder
    gate: ImagePool
    provider: FalClient
    start_timeout: float
    finish_timeout: float
    clock: Callable[[], float]
    models: Mapping[str, Model] = field(default_factory=lambda: MODELS)
    monotonic: Callable[[], float] = time.monotonic
    grace_seconds: float = GRACE_SECONDS
