"""The database cannot be opened, read or written."""

from __future__ import annotations

from bot.domain.errors.root import TouchupError


class StoreError(TouchupError):
    """The books cannot be opened or written."""


class StoreBusy(StoreError):
    """Another process holds the data folder. `pid` is 0 when it is not known."""

    def __init__(self, *, path: str, pid: int) -> None:
        super().__init__(f"{path} is held by {pid}")
        self.path = path
        self.pid = pid


class StoreTooNew(StoreError):
    """The database was written by a newer version of Touchup, or by another application."""

    def __init__(self, *, path: str, found: int, known: int) -> None:
        super().__init__(f"{path}: schema {found}, known {known}")
        self.path = path
        self.found = found
        self.known = known


class StoreTooOld(StoreError):
    """The database was written by an older version, and this opening may not migrate it."""

    def __init__(self, *, path: str, found: int, known: int) -> None:
        super().__init__(f"{path}: schema {found}, known {known}")
        self.path = path
        self.found = found
        self.known = known


class StoreUnreadable(StoreError):
    """Row `row_id` of a table holds something this version does not know: a newer one wrote it."""

    def __init__(self, table: str, *, row_id: int, problem: str) -> None:
        super().__init__(f"{table} {row_id}: {problem}")
        self.table = table
        self.row_id = row_id


class StoreFailed(StoreError):
    """The disk is full or broken. Nothing is bought while the books cannot be written."""


class LeaseLost(TouchupError):
    """Another worker owns this job now."""
