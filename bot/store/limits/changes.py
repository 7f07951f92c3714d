"""The log of limits: who changed what, from what to what, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bot.domain.errors import StoreUnreadable
from bot.domain.limits.rules import LimitSubject, RuleAuthor
from bot.domain.limits.windows import Window
from bot.store.limits.rules import subject_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.store.database import Transaction


class LimitAction(StrEnum):
    """What somebody did about limits, or about how they count."""

    SET = "set"
    REMOVE = "remove"
    BOOST = "boost"
    END_BOOST = "end boost"
    TIME_ZONE = "time zone"
    LOG_CHANNEL = "log channel"


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitChange:
    """One line of the log: who changed what, from what to what, and why.

    `before` and `after` are micro-USD in digits, a time zone's name, or a channel's id; None where
    there was or is none. `ends` is a boost's end, `created_at` when it was done (unix seconds).
    """

    guild_id: int
    action: LimitAction
    subject: LimitSubject | None = None
    window: Window | None = None
    author: RuleAuthor
    before: str | None = None
    after: str | None = None
    ends: float | None = None
    actor_id: int
    reason: str
    created_at: float


def note_change(tx: Transaction, change: LimitChange) -> None:
    """Add a line to the log."""
    subject = change.subject
    tx.execute(
        """
        INSERT INTO limit_change (
            guild_id, action, scope, subject, window, author, before, after, ends, actor_id,
            reason, created_at)
        VALUES (:guild_id, :action, :scope, :subject, :window, :author, :before, :after, :ends,
            :actor_id, :reason, :created_at)
        """,
        guild_id=change.guild_id,
        action=change.action.value,
        scope=subject.scope.value if subject else None,
        subject=subject.id if subject else None,
        window=change.window.value if change.window else None,
        author=change.author.value,
        before=change.before,
        after=change.after,
        ends=change.ends,
        actor_id=change.actor_id,
        reason=change.reason,
        created_at=change.created_at,
    )


def changes(tx: Transaction, guild_id: int, *, count: int) -> Sequence[LimitChange]:
    """The latest lines of a guild's log, newest first."""
    rows = tx.fetch_all(
        "SELECT * FROM limit_change WHERE guild_id = :guild_id ORDER BY id DESC LIMIT :count",
        guild_id=guild_id,
        count=count,
    )
    return [_change(row) for row in rows]


def _change(row: Mapping[str, Any]) -> LimitChange:
    try:
        return LimitChange(
            guild_id=row["guild_id"],
            action=LimitAction(row["action"]),
            subject=subject_of(row) if row["scope"] else None,
            window=Window(row["window"]) if row["window"] else None,
            author=RuleAuthor(row["author"]),
            before=row["before"],
            after=row["after"],
            ends=row["ends"],
            actor_id=row["actor_id"],
            reason=row["reason"],
            created_at=row["created_at"],
        )
    except ValueError as error:
        raise StoreUnreadable("limit_change", row_id=row["id"], problem=str(error)) from error
