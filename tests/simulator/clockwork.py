"""Virtual time: processes that sleep, wake in a random but replayable order, and can be killed."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import random

T = TypeVar("T")
Life = Generator[float, None, T]
"""A process: it yields how many seconds it sleeps."""


class Killed(BaseException):
    """kill -9: nothing of the machine runs any more, no `except` and no `finally`."""


@dataclass(eq=False, slots=True)
class Machine:
    """One computer's worth of processes, which die and freeze together."""

    name: str
    alive: bool = True
    frozen_until: float = 0.0


@dataclass(order=True, slots=True)
class _Wake:
    at: float
    turn: float
    number: int
    life: Life[None] = field(compare=False)
    machine: Machine | None = field(compare=False)


class Clockwork:
    """Runs processes until nobody sleeps any more."""

    def __init__(self, dice: random.Random, *, now: float) -> None:
        self.dice = dice
        self.now = now
        self._numbers = itertools.count()
        self._sleeping: list[_Wake] = []

    def spawn(self, life: Life[None], *, machine: Machine | None = None, after: float = 0) -> None:
        """Start a process; without a machine nothing ever kills it."""
        self._sleep(life, machine, after)

    def run(self, *, until: float) -> None:
        """Let time pass.

        Raises:
            Killed: never; it ends the machine it came from.
        """
        while self._sleeping and self._sleeping[0].at <= until:
            wake = heapq.heappop(self._sleeping)
            self.now = max(self.now, wake.at)
            machine = wake.machine
            if machine is not None and not machine.alive:
                continue
            if machine is not None and machine.frozen_until > self.now:
                self._sleep(wake.life, machine, machine.frozen_until - self.now)
                continue
            try:
                pause = wake.life.send(None)
            except StopIteration:
                continue
            except Killed:
                assert machine is not None, "only a machine can be killed"
                machine.alive = False
                continue
            self._sleep(wake.life, machine, pause)
        self.now = max(self.now, until)

    def _sleep(self, life: Life[None], machine: Machine | None, pause: float) -> None:
        wake = _Wake(
            self.now + max(0.0, pause), self.dice.random(), next(self._numbers), life, machine
        )
        heapq.heappush(self._sleeping, wake)
