"""Virtual time: machines whose event loops sleep, wake in a random but replayable order, and die.

What runs on them is ordinary asyncio code, the bot's own above all: its tasks, events, timeouts and
sleeps cannot tell a `Machine` from any other event loop.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn, TypeVarTuple

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Coroutine
    from contextvars import Context


Ts = TypeVarTuple("Ts")


class Killed(BaseException):
    """kill -9: what is raised so that nothing of a machine runs any further."""


class Machine(asyncio.AbstractEventLoop):
    """One computer's worth of tasks, which die and freeze together."""

    def __init__(self, clock: Clockwork, name: str) -> None:
        self.name = name
        self.alive = True
        self.frozen_until = 0.0
        self._clock = clock
        self._ready: deque[asyncio.Handle] = deque()
        self._tasks: dict[asyncio.Task[Any], None] = {}  # in the order they were made

    def spawn(
        self, life: Callable[..., Coroutine[Any, Any, None]], *args: Any, after: float = 0.0
    ) -> None:
        """Start something of its own; what it raises is a finding, and ends the world."""
        self.call_later(max(0.0, after), self._start, life, args)

    def _start(self, life: Callable[..., Coroutine[Any, Any, None]], args: Any) -> None:
        self.create_task(life(*args)).add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if self.alive and not task.cancelled() and (error := task.exception()) is not None:
            self._clock.findings.append(error)

    def die(self) -> NoReturn:
        """Be killed at this very place.

        Raises:
            Killed: always.
        """
        self.alive = False
        raise Killed

    def turn(self, handle: asyncio.Handle) -> None:
        """Run one callback and all that follows from it without time passing."""
        before = asyncio._get_running_loop()
        asyncio._set_running_loop(self)
        try:
            handle._run()
            while self._ready and self.alive:
                self._ready.popleft()._run()
            if not self.alive:
                self._clear_away()
        finally:
            asyncio._set_running_loop(before)

    def bury(self) -> None:
        """Let nothing run here any more; from outside, at any time."""
        self.alive = False
        self.turn(asyncio.Handle(lambda: None, (), self))

    def _clear_away(self) -> None:
        """Unwind what was at work, so that Python has nothing to complain of.

        Nothing of it is seen by anybody: a dead machine reaches neither books nor network.
        """
        for _ in range(10):
            for task in list(self._tasks):
                task.cancel()
            while self._ready:
                self._ready.popleft()._run()
            if not self._tasks:
                return
        raise AssertionError(f"{self.name} cannot be cancelled: {list(self._tasks)}")

    # ---- what asyncio asks of a loop -------------------------------------------------------------

    def time(self) -> float:
        return self._clock.now

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(self, coro: Any, **options: Any) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(coro, loop=self, **options)
        self._tasks[task] = None
        task.add_done_callback(self._forget)
        return task

    def _forget(self, task: asyncio.Task[Any]) -> None:
        del self._tasks[task]
        if not task.cancelled():
            task.exception()  # a task that waits for it has it, or none is left

    def call_soon(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_later(
        self,
        delay: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        return self.call_at(self._clock.now + delay, callback, *args, context=context)

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._clock.wake_at(when, handle, self)
        return handle

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """It is passed over when its time comes."""

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Collect what a callback raised."""
        if self.alive:
            self._clock.findings.append(context.get("exception") or AssertionError(context))


@dataclass(order=True, slots=True)
class _Wake:
    at: float
    turn: float
    number: int
    handle: asyncio.Handle = field(compare=False)
    machine: Machine = field(compare=False)


class Clockwork:
    """Lets time pass for machines, until nobody sleeps any more.

    `findings` are the errors that must not happen; the first one ends the world.
    """

    def __init__(self, dice: random.Random, *, now: float) -> None:
        self.dice = dice
        self.now = now
        self.findings: list[BaseException] = []
        self._numbers = itertools.count()
        self._sleeping: list[_Wake] = []

    def machine(self, name: str) -> Machine:
        """A new one, which lives by this clock."""
        # What a loop does for sockets and processes is not there: nobody must ask for it.
        return Machine(self, name)  # type: ignore[abstract]

    def wake_at(self, when: float, handle: asyncio.Handle, machine: Machine) -> None:
        """Run `handle` at that time, or when the machine thaws."""
        wake = _Wake(when, self.dice.random(), next(self._numbers), handle, machine)
        heapq.heappush(self._sleeping, wake)

    def run(self, *, until: float) -> None:
        """Let time pass.

        Raises:
            BaseException: the first of the findings.
        """
        while self._sleeping and self._sleeping[0].at <= until:
            wake = heapq.heappop(self._sleeping)
            machine = wake.machine
            if wake.handle.cancelled() or not machine.alive:
                continue
            self.now = max(self.now, wake.at)
            if machine.frozen_until > self.now:
                self.wake_at(machine.frozen_until, wake.handle, machine)
                continue
            machine.turn(wake.handle)
            if self.findings:
                raise self.findings[0]
        self.now = max(self.now, until)
