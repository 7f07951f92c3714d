"""Numbered SQL migrations. Never edit a released one: add the next number."""

from __future__ import annotations

import os
import sqlite3
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from bot.domain.errors import StoreTooNew
from bot.failpoints import reach

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

APPLICATION_ID: Final = 0x54_75_70_21
"""Written into the file, so that the database of another application is never touched."""


def scripts() -> list[str]:
    """The migrations' texts, in order."""
    found = sorted(
        (file for file in files(__package__).iterdir() if file.name.endswith(".sql")),
        key=lambda file: file.name,
    )
    return [file.read_text(encoding="utf-8") for file in found]


def migrate(
    connection: sqlite3.Connection, path: Path | None, steps: list[str] | None = None
) -> int:
    """Apply what is missing and return the schema version. All of it, or nothing.

    A file that already holds data is first copied beside itself, as `<name>.before-<version>`.

    Raises:
        StoreTooNew: the file is newer than this code, or belongs to another application.
    """
    steps = scripts() if steps is None else steps
    found = _pragma(connection, "user_version")
    owner = _pragma(connection, "application_id")
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if found > len(steps) or (owner != APPLICATION_ID and (owner or tables)):
        raise StoreTooNew(path=str(path), found=found, known=len(steps))
    if found == len(steps):
        return found
    if found and path is not None:
        back_up(connection, path.with_name(f"{path.name}.before-{len(steps)}"))
    connection.execute("BEGIN IMMEDIATE")
    try:
        for script in steps[found:]:
            for statement in _statements(script):
                connection.execute(statement)
            reach("migrate.mid")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(steps)}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return len(steps)


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def back_up(connection: sqlite3.Connection, copy: Path) -> None:
    """Copy through a temporary name: a copy cut short must not look like a whole one."""
    partial = copy.with_name(copy.name + ".partial")
    partial.unlink(missing_ok=True)
    target = sqlite3.connect(partial)
    try:
        connection.backup(target)
    finally:
        target.close()
    partial.chmod(0o600)
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    partial.replace(copy)


def _statements(script: str) -> Iterator[str]:
    """Split on statement ends. Not on `;`: triggers have those inside."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
