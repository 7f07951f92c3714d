"""The log of limits: every change with who made it, on whose authority, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.limits import reading
from bot.domain.limits.rules import RuleAuthor
from bot.store.limits import changes
from bot.store.limits.changes import LimitAction, LimitChange

if TYPE_CHECKING:
    from bot.domain.limits.rules import Boost, LimitSubject, Rule
    from bot.domain.limits.windows import Window
    from bot.store.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who changes something, on whose authority, and why."""

    member_id: int
    author: RuleAuthor = RuleAuthor.MODERATOR
    reason: str = ""


def note_rule(
    tx: Transaction,
    actor: Actor,
    subject: LimitSubject,
    window: Window,
    *,
    former: Rule | None,
    cap: int | None,
    now: float,
) -> None:
    """Log that a limit was set to `cap` micro-USD, or removed."""
    changes.note_change(
        tx,
        LimitChange(
            guild_id=subject.guild_id,
            action=LimitAction.REMOVE if cap is None else LimitAction.SET,
            subject=subject,
            window=window,
            author=actor.author,
            before=str(former.cap) if former else None,
            after=None if cap is None else str(cap),
            actor_id=actor.member_id,
            reason=reading.clean_reason(actor.reason),
            created_at=now,
        ),
    )


def note_boost(
    tx: Transaction, actor: Actor, boost: Boost, *, is_over: bool = False, now: float
) -> None:
    """Log that a boost was given, or ended before its time."""
    changes.note_change(
        tx,
        LimitChange(
            guild_id=boost.subject.guild_id,
            action=LimitAction.END_BOOST if is_over else LimitAction.BOOST,
            subject=boost.subject,
            window=boost.window,
            author=actor.author,
            before=str(boost.amount) if is_over else None,
            after=None if is_over else str(boost.amount),
            ends=boost.ends,
            actor_id=actor.member_id,
            reason=reading.clean_reason(actor.reason),
            created_at=now,
        ),
    )


def note_guild(
    tx: Transaction,
    actor: Actor,
    action: LimitAction,
    guild_id: int,
    *,
    before: str | int | None,
    after: str | int | None,
    now: float,
) -> None:
    """Log that a guild's time zone or log channel was chosen."""
    changes.note_change(
        tx,
        LimitChange(
            guild_id=guild_id,
            action=action,
            author=actor.author,
            before=None if before is None else str(before),
            after=None if after is None else str(after),
            actor_id=actor.member_id,
            reason=reading.clean_reason(actor.reason),
            created_at=now,
        ),
    )
