"""The one seam to a database: a decision is a function that runs inside one transaction.

The function is synchronous and runs as a whole in the database's thread. A caller that is
cancelled in the middle therefore never leaves half a transaction behind, and a decision costs one
hop to the thread, however many statements it has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

P = ParamSpec("P")
T = TypeVar("T")


class Transaction(Protocol):
    """What a store function may do. Parameters are named: `:name` in the SQL."""

    def fetch_one(self, sql: str, **parameters: object) -> Mapping[str, Any] | None:
        """The first row, or None."""

    def fetch_all(self, sql: str, **parameters: object) -> Sequence[Mapping[str, Any]]:
        """All rows."""

    def execute(self, sql: str, **parameters: object) -> int:
        """Run a statement that returns no rows; the number of rows it changed."""


class Database(Protocol):
    """A database that runs one decision at a time."""

    async def transact(
        self, decide: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `decide(transaction, ...)` and commit, or roll back whatever it raises.

        Once begun it runs to its end, also when the awaiting coroutine is cancelled. Keep the
        network, files and pictures out of it: everybody else waits.

        Raises:
            StoreFailed: the disk is full or broken; nothing was written.
        """
