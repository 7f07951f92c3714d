"""Processes that work for the bot: started when there is work, ended when they fail.

This runs in the bot's own process; it imports no imaging library.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import pickle
import signal
import struct
import subprocess
import sys
from typing import TYPE_CHECKING, Final, TypeVar

import anyio
from anyio.streams.buffered import BufferedByteReceiveStream

from bot.imaging.pool import protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from anyio.abc import ByteReceiveStream, ByteSendStream, Process

_Value = TypeVar("_Value")

log = logging.getLogger(__name__)

_MAX_ANSWER: Final = 1 << 20
_ATTEMPTS: Final = 2
_DYING_SECONDS: Final = 2
# All of a worker's environment: the bot's own holds the token and the key.
_ENVIRONMENT: Final = {
    "LANG": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OPENCV_LOG_LEVEL": "SILENT",
    # Give large blocks back to the system as soon as they are free.
    "MALLOC_MMAP_THRESHOLD_": "1048576",
    "MALLOC_ARENA_MAX": "1",
}


class ProcessDied(Exception):
    """A picture process died or overran, every time it was tried.

    That may lie in the picture, or in a machine short of memory or time: it may be tried later.
    """


class ProcessOverLimit(ProcessDied):
    """The process used up its time or memory; the same work would need as much again."""


class ProcessTimeout(ProcessDied):
    """The process gave no answer in time."""


class ProcessPool:
    """Up to `places` processes of one kind; further calls wait in line.

    `command` is the module they run and its arguments. `cpu_seconds` bounds the processor time of
    one call, `wall_seconds` its duration, and twice that where another one may try again:
    `waits_again`.
    """

    def __init__(
        self,
        *command: str,
        places: int,
        cpu_seconds: float,
        wall_seconds: float,
        waits_again: bool = True,
    ) -> None:
        self._command = command
        self._cpu_seconds = cpu_seconds
        self._wall_seconds = wall_seconds
        self._final = (ProcessOverLimit,) if waits_again else (ProcessOverLimit, ProcessTimeout)
        self._places = anyio.Semaphore(places)
        self._idle: list[_Child] = []
        self._workers: set[_Child] = set()
        self._closed = False

    async def aclose(self) -> None:
        """End all processes, busy ones too; their callers get a ClosedResourceError."""
        self._closed = True
        for worker in list(self._workers):
            await self._end(worker)

    async def call(
        self,
        wanted: type[_Value],
        name: str,
        *arguments: object,
        out: Path,
        given: Collection[Path] = (),
    ) -> _Value:
        """Do one piece of work; a process that is lost on the way is replaced once.

        Raises:
            ProcessDied: the second was lost as well, or one will not do it any better.
            WorkFailed: an error of ours.
            UserError, Broken, CardTooLarge, StoreFailed: the work ended with it.
        """
        message = pickle.dumps((name, arguments, self._cpu_seconds))
        read = functools.partial(protocol.read, wanted=wanted, out=out, given=given)
        async with self._places:
            for attempt in range(1, _ATTEMPTS + 1):
                try:
                    return await self._ask(message, read)
                except ProcessDied as error:
                    log.warning("picture process lost at %s, attempt %d: %s", name, attempt, error)
                    if attempt == _ATTEMPTS or isinstance(error, self._final):
                        raise
        raise AssertionError("unreachable")

    async def _ask(self, message: bytes, read: Callable[[bytes], _Value]) -> _Value:
        self._require_open()
        worker = await self._worker()
        try:
            self._require_open()  # it took a while to start
            with anyio.fail_after(self._wall_seconds):
                answer = await worker.ask(message)
        except TimeoutError:
            await self._end(worker)
            raise ProcessTimeout("no answer in time") from None
        except (anyio.BrokenResourceError, anyio.EndOfStream, anyio.IncompleteRead):
            lost = await worker.exit_reason()
            await self._end(worker)
            if self._closed:
                raise anyio.ClosedResourceError from None
            raise lost from None
        except BaseException:
            await self._end(worker)  # cancelled in the middle: nobody will read its answer
            raise
        self._idle.append(worker)
        try:
            return read(answer)
        except protocol.NotAnAnswer as error:
            await self._end(worker)  # it can no longer be trusted
            raise ProcessDied(f"said what is no answer: {error}") from error
        except MemoryError as error:
            raise ProcessOverLimit("needed too much memory") from error

    def _require_open(self) -> None:
        if self._closed:
            raise anyio.ClosedResourceError

    async def _worker(self) -> _Child:
        while self._idle:
            worker = self._idle.pop()
            if worker.is_alive():
                return worker
            await self._end(worker)
        worker = await _Child.start(self._command)
        self._workers.add(worker)
        return worker

    async def _end(self, worker: _Child) -> None:
        self._workers.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        with anyio.CancelScope(shield=True):
            await worker.end()


class _Child:
    """One process and the two pipes to it."""

    def __init__(
        self, process: Process, requests: ByteSendStream, answers: ByteReceiveStream
    ) -> None:
        self._process = process
        self._requests = requests
        self._answers = BufferedByteReceiveStream(answers)

    @classmethod
    async def start(cls, command: Sequence[str]) -> _Child:
        """Start a process; it loads its libraries while the first message waits."""
        path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)  # noqa: PTH109
        process = await anyio.open_process(
            [sys.executable, "-P", "-m", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_ENVIRONMENT | {"PYTHONPATH": path},
        )
        assert process.stdin is not None  # noqa: S101  they were asked for
        assert process.stdout is not None  # noqa: S101
        return cls(process, process.stdin, process.stdout)

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    async def ask(self, message: bytes) -> bytes:
        """Send one message and wait for its answer."""
        await self._requests.send(struct.pack(">I", len(message)) + message)
        size: int = struct.unpack(">I", await self._answers.receive_exactly(4))[0]
        if size > _MAX_ANSWER:
            raise anyio.BrokenResourceError
        return await self._answers.receive_exactly(size)

    def is_alive(self) -> bool:
        """Whether the process has not ended yet."""
        return self._process.returncode is None

    async def exit_reason(self) -> ProcessDied:
        """How a process that closed its pipe ended."""
        # Killing one that is dead already may take its exit code away before it is read.
        with anyio.move_on_after(_DYING_SECONDS, shield=True):
            await self._process.wait()
        if self._process.returncode == -signal.SIGXCPU:
            return ProcessOverLimit("used up its processor time")
        return ProcessDied(f"ended with code {self._process.returncode}")

    async def end(self) -> None:
        """Kill the process, if it still runs, and bury it."""
        if self.is_alive():
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        await self._process.aclose()
