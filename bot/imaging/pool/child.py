"""What every process that decodes untrusted files has: its pipes, and its limits.

It is poor by design: no secrets in its environment, bounded memory and processor time, and no
outlive the bot.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import math
import os
import pickle
import resource
import select
import signal
import struct
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import cv2

from bot.domain.errors import StoreFailed
from bot.imaging.pool import protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import BinaryIO

_FILE_BYTES: Final = 1 << 30
_PR_SET_PDEATHSIG: Final = 1
# Full, broken, or not ours to write: for the operator to fix, and not the picture's fault.
_DISK_ERRORS: Final = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EIO,
    errno.EROFS,
    errno.ESTALE,
    errno.EACCES,
    errno.EPERM,
}


def serve(
    work: Iterable[Callable[..., object]], *, memory_bytes: int, idle_seconds: float | None = None
) -> None:
    """Do work for the bot until it closes our standard input, or asks for nothing for so long.

    `memory_bytes` is the address space above what the interpreter and its libraries map.
    """
    parent = os.getppid()
    _bind_to(parent)
    _limit_memory(memory_bytes)
    cv2.setNumThreads(1)
    os.umask(0o077)
    # Libraries write warnings about broken files; they must not end up between the answers.
    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    known = {piece.__name__: piece for piece in work}
    with contextlib.suppress(BrokenPipeError):
        while (message := _read(sys.stdin.buffer, idle_seconds)) is not None:
            name, arguments, cpu_seconds = message
            _limit_cpu(cpu_seconds)
            answer = _answer(known[name], arguments)
            pipe.write(struct.pack(">I", len(answer)) + answer)
            pipe.flush()


def _answer(work: Callable[..., object], arguments: tuple[Any, ...]) -> bytes:
    """Do the work; what it returns or raises on purpose travels back as it is."""
    try:
        return protocol.done(work(*arguments))
    except protocol.REFUSALS as error:
        return protocol.refused(error)
    except MemoryError:
        return protocol.costly()
    except OSError as error:
        if error.errno in _DISK_ERRORS:
            return protocol.refused(StoreFailed(f"pictures: {error.strerror}"))
        return protocol.failed(traceback.format_exc())
    except BaseException:  # noqa: BLE001  the bot logs it and decides
        return protocol.failed(traceback.format_exc())


def _read(stream: BinaryIO, idle_seconds: float | None) -> Any:
    """The next message; None when the bot is gone, or has nothing to do for us any more."""
    # Between messages nothing is buffered: the bot sends one, and waits for its answer.
    if not select.select([stream], [], [], idle_seconds)[0]:
        return None
    if len(size := stream.read(4)) < 4:
        return None
    return pickle.loads(stream.read(struct.unpack(">I", size)[0]))  # noqa: S301  from the bot


def _bind_to(parent: int) -> None:
    """Die with the bot, even in the middle of work; leave Ctrl-C to it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit(1)


def _limit_memory(above_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _lower(resource.RLIMIT_FSIZE, _FILE_BYTES)
    if sys.platform == "linux":  # elsewhere the limit is not kept, or cannot be set
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        _lower(resource.RLIMIT_AS, pages * resource.getpagesize() + above_bytes)


def _limit_cpu(seconds: float) -> None:
    """Let this piece of work use `seconds` more; beyond that the kernel ends the process."""
    _lower(resource.RLIMIT_CPU, math.ceil(time.process_time() + seconds))


def _lower(kind: int, value: int) -> None:
    """Set a soft limit as far as the hard one, perhaps set by the operator, allows."""
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(kind, (value, hard))
