"""Waiting for something to become true."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class StateWaiter:
    """Wakes everybody who waits, each time something has changed."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def notify(self) -> None:
        """Say that something has changed."""
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()

    async def until(self, condition: Callable[[], T], timeout: float, what: Callable[[], str]) -> T:  # noqa: ASYNC109
        """Return the first true value of `condition`, looked at after each change.

        Raises:
            TimeoutError: it did not come true within `timeout` seconds; says `what` was awaited.
        """
        try:
            async with asyncio.timeout(timeout):
                while not (value := condition()):
                    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                    self._waiting.add(future)
                    try:
                        await future
                    finally:
                        self._waiting.discard(future)
                return value
        except TimeoutError:
            raise TimeoutError(f"after {timeout} s: {what()}") from None
