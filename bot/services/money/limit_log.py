"""The log of limits: every change with who made it, on whose authority, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.money import limiting
from bot.domain.money.limits import Author
from bot.store.money import limits
from bot.store.money.limits import Action, Change

if TYPE_CHECKING:
    from bot.domain.money.limits import Boost, Rule, Subject
    from bot.domain.money.windows import Window
    from bot.store.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who changes something, on whose authority, and why."""

    member_id: int
    author: Author = Author.MODERATOR
    reason: str = ""


def note_rule(
    tx: Transaction,
    actor: Actor,
    subject: Subject,
    window: Window,
    *,
    former: Rule | None,
    cap: int | None,
    now: float,
) -> None:
    """Log that a limit was set to `cap` micro-USD, or removed."""
    limits.note_change(
        tx,
        Change(
            guild_id=subject.guild_id,
            action=Action.REMOVE if cap is None else Action.SET,
            subject=subject,
            window=window,
            author=actor.author,
            before=str(former.cap) if former else None,
            after=None if cap is None else str(cap),
            actor_id=actor.member_id,
            reason=limiting.clean_reason(actor.reason),
            created_at=now,
        ),
    )


def note_boost(
    tx: Transaction, actor: Actor, boost: Boost, *, is_over: bool = False, now: float
) -> None:
    """Log that a boost was given, or ended before its time."""
    limits.note_change(
        tx,
        Change(
            guild_id=boost.subject.guild_id,
            action=Action.END_BOOST if is_over else Action.BOOST,
            subject=boost.subject,
            window=boost.window,
            author=actor.author,
            before=str(boost.amount) if is_over else None,
            after=None if is_over else str(boost.amount),
            ends=boost.ends,
            actor_id=actor.member_id,
            reason=limiting.clean_reason(actor.reason),
            created_at=now,
        ),
    )


def note_guild(
    tx: Transaction,
    actor: Actor,
    action: Action,
    guild_id: int,
    *,
    before: str | int | None,
    after: str | int | None,
    now: float,
) -> None:
    """Log that a guild's time zone or log channel was chosen."""
    limits.note_change(
        tx,
        Change(
            guild_id=guild_id,
            action=action,
            author=actor.author,
            before=None if before is None else str(before),
            after=None if after is None else str(after),
            actor_id=actor.member_id,
            reason=limiting.clean_reason(actor.reason),
            created_at=now,
        ),
    )
