"""What a worker works with, whatever job it has claimed."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.domain.catalog import MODELS
from bot.domain.edits.draft import LARGEST_SEED
from bot.services.timeouts import Timeouts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.domain.catalog import Model
    from bot.imaging.pool.pool import ImagePool
    from bot.provider.client import FalClient
    from bot.store.database import Database
    from bot.store.edits.pictures import PictureFolder


def random_seed() -> int:
    """A seed that no other submit has had, as far as chance goes."""
    return secrets.randbelow(LARGEST_SEED + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerDeps:
    """Times are seconds; `models` are those that may be bought. `clock` is the wall clock, which
    may jump; `monotonic` one that does not. `fresh_seed` is asked where the member named no seed.

    Everything that a worker and its runners touch is in here: played by others, the same worker
    lives in virtual time.
    """

    database: Database
    folder: PictureFolder
    images: ImagePool
    provider: FalClient
    start_timeout: float
    finish_timeout: float
    clock: Callable[[], float]
    monotonic: Callable[[], float] = time.monotonic
    fresh_seed: Callable[[], int] = random_seed
    models: Mapping[str, Model] = field(default_factory=lambda: MODELS)
    timeouts: Timeouts = field(default_factory=Timeouts)
