"""The picture processes: all decoding happens there, so that no picture can stall or kill the bot.

Only this module runs in the bot's own process; it imports no imaging library.
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

from bot.domain.errors import BadPicture, CardTooLarge, PictureProblem
from bot.domain.pictures import Finished, Fitted, PictureLimits, Prepared
from bot.imaging import answers
from bot.imaging.answers import WorkFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from anyio.abc import ByteReceiveStream, ByteSendStream, Process

    from bot.domain.adjusting import Adjusted
    from bot.domain.catalog import Model
    from bot.domain.pictures import Box, Brief, Reading

__all__ = ["Pictures", "WorkFailed", "WorkLost"]

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


class WorkLost(Exception):
    """A picture process died or overran, every time it was tried.

    That may lie in the picture, or in a machine short of memory or time: it may be tried later.
    """


class _Overran(WorkLost):
    """The process used up its time or memory; the same work would need as much again."""


class Pictures:
    """Works on pictures in up to `processes` processes at once; further calls wait in line.

    `cpu_seconds` bounds the processor time of one call, `wall_seconds` its duration.
    """

    def __init__(
        self,
        *,
        processes: int = 2,
        limits: PictureLimits | None = None,
        cpu_seconds: float = 20,
        wall_seconds: float = 90,
    ) -> None:
        self._limits = limits or PictureLimits()
        self._cpu_seconds = cpu_seconds
        self._wall_seconds = wall_seconds
        self._places = anyio.Semaphore(processes)
        self._idle: list[_Worker] = []
        self._workers: set[_Worker] = set()
        self._closed = False

    async def prepare(self, brief: Brief, *, model: Model, out: Path) -> Prepared:
        """Check a member's files and write what an edit needs into the folder `out`.

        Raises:
            UserError: what is wrong with them; TOO_COSTLY if the process had to be ended.
            StoreFailed: the disk is full or broken.
            WorkFailed: an error of ours.
        """
        arguments = (brief, None, model, self._limits, out)
        try:
            return await self._call(Prepared, "prepare", *arguments, out=out)
        except WorkLost as error:
            raise BadPicture(PictureProblem.TOO_COSTLY) from error

    async def revise(
        self,
        source: Path,
        drawn: Path,
        adjusted: Adjusted,
        *,
        feather: int,
        reading: Reading,
        model: Model,
        out: Path,
    ) -> Prepared:
        """Adjust an area: new files for the edit in `out`, but for `source` and `drawn` themselves.

        `drawn` is the mask as it was said and `feather` its depth in pixels, both unadjusted.

        Raises:
            BadArea: nothing is left of the area.
            BadPicture, StoreFailed, WorkFailed: as `prepare`.
        """
        arguments = (source, drawn, adjusted, feather, reading, model, out)
        try:
            return await self._call(Prepared, "revise", *arguments, out=out, given=(source, drawn))
        except WorkLost as error:
            raise BadPicture(PictureProblem.TOO_COSTLY) from error

    async def finish(
        self,
        source: Path,
        mask: Path,
        crop: Box,
        sent_picture: Path,
        sent_mask: Path,
        result: Path,
        *,
        feather: int,
        out: Path,
    ) -> Finished:
        """Stitch the provider's picture into the original; it fades in `feather` pixels deep.

        Raises:
            Broken: the result is no picture, or a file of ours is gone; that is final.
            StoreFailed: the disk is full or broken.
            WorkLost, WorkFailed: it could not be done now; the result is as good as before.
        """
        arguments = (source, mask, crop, sent_picture, sent_mask, result, feather, out)
        return await self._call(Finished, "finish", *arguments, out=out)

    async def fit(self, picture: Path, *, limit_bytes: int, out: Path) -> Fitted:
        """The picture as a file of at most `limit_bytes`: itself, or a new file in `out`.

        Raises:
            CardTooLarge: that cannot be done with the time and the memory there is.
            StoreFailed, WorkFailed: as `prepare`.
            WorkLost: the process died; that says nothing about the picture.
        """
        arguments = (picture, limit_bytes, out)
        try:
            return await self._call(Fitted, "fit", *arguments, out=out, given=(picture,))
        except _Overran as error:
            raise CardTooLarge(limit_bytes=limit_bytes) from error

    async def thumbnail(self, picture: Path, *, max_side: int, out: Path) -> Fitted:
        """A small copy of a picture, its longer side at most `max_side`.

        Raises:
            BadPicture: it cannot be read.
            StoreFailed, WorkFailed: as `prepare`.
        """
        return await self._small("thumbnail", picture, max_side, out, out=out)

    async def preview(self, source: Path, mask: Path, *, feather: int, out: Path) -> Fitted:
        """A small copy of a kept original that shows where it changes, fading in as it will.

        `feather` is in pixels of the original.

        Raises:
            BadPicture: it cannot be read.
            StoreFailed, WorkFailed: as `prepare`.
        """
        return await self._small("preview", source, mask, feather, out, out=out)

    async def _small(self, name: str, *arguments: object, out: Path) -> Fitted:
        try:
            return await self._call(Fitted, name, *arguments, out=out)
        except WorkLost as error:
            raise BadPicture(PictureProblem.TOO_COSTLY) from error

    async def aclose(self) -> None:
        """End all processes, busy ones too; their callers get a ClosedResourceError."""
        self._closed = True
        for worker in list(self._workers):
            await self._end(worker)

    async def _call(
        self,
        wanted: type[_Value],
        name: str,
        *arguments: object,
        out: Path,
        given: Collection[Path] = (),
    ) -> _Value:
        """Do one piece of work; a process that is lost on the way is replaced once."""
        message = pickle.dumps((name, arguments, self._cpu_seconds))
        read = functools.partial(answers.read, wanted=wanted, out=out, given=given)
        async with self._places:
            for attempt in range(1, _ATTEMPTS + 1):
                try:
                    return await self._ask(message, read)
                except WorkLost as error:
                    log.warning("picture process lost at %s, attempt %d: %s", name, attempt, error)
                    if attempt == _ATTEMPTS or isinstance(error, _Overran):
                        raise
        raise AssertionError("unreachable")

    async def _ask(self, message: bytes, read: Callable[[bytes], _Value]) -> _Value:
        if self._closed:
            raise anyio.ClosedResourceError
        worker = await self._worker()
        try:
            with anyio.fail_after(self._wall_seconds):
                answer = await worker.ask(message)
        except TimeoutError:
            await self._end(worker)
            raise WorkLost("no answer in time") from None
        except (anyio.BrokenResourceError, anyio.EndOfStream, anyio.IncompleteRead):
            lost = await worker.epitaph()
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
        except answers.NotAnAnswer as error:
            await self._end(worker)  # it can no longer be trusted
            raise WorkLost(f"said what is no answer: {error}") from error
        except MemoryError as error:
            raise _Overran("needed too much memory") from error

    async def _worker(self) -> _Worker:
        while self._idle:
            worker = self._idle.pop()
            if worker.is_alive():
                return worker
            await self._end(worker)
        worker = await _Worker.start()
        self._workers.add(worker)
        return worker

    async def _end(self, worker: _Worker) -> None:
        self._workers.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        with anyio.CancelScope(shield=True):
            await worker.end()


class _Worker:
    """One process and the two pipes to it."""

    def __init__(
        self, process: Process, requests: ByteSendStream, answers: ByteReceiveStream
    ) -> None:
        self._process = process
        self._requests = requests
        self._answers = BufferedByteReceiveStream(answers)

    @classmethod
    async def start(cls) -> _Worker:
        """Start a process; it loads its libraries while the first message waits."""
        path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)  # noqa: PTH109
        process = await anyio.open_process(
            [sys.executable, "-P", "-m", "bot.imaging.worker"],
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

    async def epitaph(self) -> WorkLost:
        """How a process that hung up came to its end."""
        # Killing one that is dead already may take its exit code away before it is read.
        with anyio.move_on_after(_DYING_SECONDS, shield=True):
            await self._process.wait()
        if self._process.returncode == -signal.SIGXCPU:
            return _Overran("used up its processor time")
        return WorkLost(f"ended with code {self._process.returncode}")

    async def end(self) -> None:
        """Kill the process, if it still runs, and bury it."""
        if self.is_alive():
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        await self._process.aclose()
