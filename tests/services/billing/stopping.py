"""What stops purchases, for tests: a breaker, who is told of it, and who lets purchases go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.domain.billing.breaker import Breaker
from bot.domain.edits.edit import Edit
from bot.services.billing.owner import OwnerService
from bot.store.billing import pauses
from bot.store.billing.pauses import Pause
from tests.services.jobs.test_swapped import Owner, tell_all
from tests.support.bench import PROVIDER, Bench


def guard(bench: Bench, **rules: int) -> None:
    """Let a breaker look at everything from now on."""
    breaker = Breaker(**{"burst": 0, "failure_percent": 0, **rules})
    bench.terms = replace(bench.terms, breaker=breaker)
    bench.worker = bench.make_worker()
    bench.sell(bench.terms)


async def in_force(bench: Bench) -> Sequence[Pause]:
    return await bench.database.transact(pauses.in_force, provider=PROVIDER)


async def told(bench: Bench) -> list[Pause]:
    """What the owner is told now."""
    owner = Owner()
    await tell_all(bench, owner)
    return owner.heard


def operating(bench: Bench) -> OwnerService:
    return OwnerService(
        bench.database, bench.terms, bench.guard, bench.worker, clock=bench.clock, news=lambda: None
    )


async def buy(bench: Bench, **changed: Any) -> Edit:
    """Pictures that came."""
    edit = await bench.accept(**changed)
    await bench.work_until_ended(edit)
    return edit
