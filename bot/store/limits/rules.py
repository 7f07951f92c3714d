"""Limits in the database: the rules that moderators and the operator set, boosts, and their log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.domain.errors import StoreUnreadable
from bot.domain.limits.rules import Boost, LimitSubject, Rule, RuleAuthor, Scope
from bot.domain.limits.windows import Window

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.domain.limits.rules import Buyer
    from bot.store.database import Transaction


# ---- rules -----------------------------------------------------------------------------------


def rules(tx: Transaction, guild_id: int | None) -> Sequence[Rule]:
    """Every rule of a guild, and the whole bot's, oldest first."""
    rows = tx.fetch_all(
        "SELECT * FROM spending_limit WHERE guild_id IN (0, :guild_id) ORDER BY id",
        guild_id=guild_id or 0,
    )
    return [_rule(row) for row in rows]


def rules_for(tx: Transaction, buyer: Buyer) -> Sequence[Rule]:
    """The rules that may count for a buyer: of those about members and channels, only theirs."""
    rows = tx.fetch_all(
        """
        SELECT * FROM spending_limit
        WHERE guild_id = :guild_id AND scope = 'member' AND subject = :member_id
           OR guild_id = :guild_id AND scope = 'channel' AND subject = :channel_id
           OR guild_id = :guild_id AND scope IN ('role', 'guild')
           OR guild_id = 0 AND scope = 'bot'
        """,
        guild_id=buyer.guild_id or 0,
        member_id=buyer.member_id,
        channel_id=buyer.channel_id,
    )
    return [_rule(row) for row in rows]


def put(tx: Transaction, rule: Rule) -> Rule | None:
    """Set a limit, and return the one that it takes the place of."""
    former = _find(tx, rule.subject, rule.window, rule.author)
    tx.execute(
        """
        INSERT INTO spending_limit (
            guild_id, scope, subject, window, author, cap, set_by, set_at, reason)
        VALUES (:guild_id, :scope, :subject, :window, :author, :cap, :set_by, :set_at, :reason)
        ON CONFLICT (guild_id, scope, subject, window, author) DO UPDATE SET
            cap = :cap, set_by = :set_by, set_at = :set_at, reason = :reason
        """,
        **_about(rule.subject, rule.window),
        author=rule.author.value,
        cap=rule.cap,
        set_by=rule.set_by,
        set_at=rule.set_at,
        reason=rule.reason,
    )
    return former


def remove(
    tx: Transaction, subject: LimitSubject, window: Window, author: RuleAuthor
) -> Rule | None:
    """Take a limit away, and return it; None: there was none."""
    former = _find(tx, subject, window, author)
    tx.execute(
        """
        DELETE FROM spending_limit
        WHERE guild_id = :guild_id AND scope = :scope AND subject = :subject
          AND window = :window AND author = :author
        """,
        **_about(subject, window),
        author=author.value,
    )
    return former


def _find(
    tx: Transaction, subject: LimitSubject, window: Window, author: RuleAuthor
) -> Rule | None:
    row = tx.fetch_one(
        """
        SELECT * FROM spending_limit
        WHERE guild_id = :guild_id AND scope = :scope AND subject = :subject
          AND window = :window AND author = :author
        """,
        **_about(subject, window),
        author=author.value,
    )
    return _rule(row) if row else None


# ---- boosts ----------------------------------------------------------------------------------


def boosts(tx: Transaction, guild_id: int | None, *, now: float) -> Sequence[Boost]:
    """The boosts of a guild that have not ended, the first to end first."""
    rows = tx.fetch_all(
        "SELECT * FROM boost WHERE guild_id = :guild_id AND ends > :now ORDER BY ends, id",
        guild_id=guild_id or 0,
        now=now,
    )
    return [_boost(row) for row in rows]


def add_boost(tx: Transaction, boost: Boost) -> int:
    """Record a boost, and return its id."""
    row = tx.fetch_one(
        """
        INSERT INTO boost (guild_id, scope, subject, window, amount, starts, ends, set_by, reason)
        VALUES (:guild_id, :scope, :subject, :window, :amount, :starts, :ends, :set_by, :reason)
        RETURNING id
        """,
        **_about(boost.subject, boost.window),
        amount=boost.amount,
        starts=boost.starts,
        ends=boost.ends,
        set_by=boost.set_by,
        reason=boost.reason,
    )
    if row is None:
        raise AssertionError("RETURNING always returns the row")
    return int(row["id"])


def end_boost(tx: Transaction, boost_id: int, *, guild_id: int, now: float) -> Boost | None:
    """End a boost of this guild now, and return it as it was; None: no active one has this id."""
    row = tx.fetch_one(
        "SELECT * FROM boost WHERE id = :id AND guild_id = :guild_id AND ends > :now",
        id=boost_id,
        guild_id=guild_id,
        now=now,
    )
    if row is None:
        return None
    tx.execute("UPDATE boost SET ends = max(starts, :now) WHERE id = :id", id=boost_id, now=now)
    return _boost(row)


# ---- the log ---------------------------------------------------------------------------------


# ---- rows ------------------------------------------------------------------------------------


def _about(subject: LimitSubject, window: Window) -> dict[str, object]:
    return {
        "guild_id": subject.guild_id,
        "scope": subject.scope.value,
        "subject": subject.id,
        "window": window.value,
    }


def subject_of(row: Mapping[str, Any]) -> LimitSubject:
    """Whom a row is about."""
    return LimitSubject(Scope(row["scope"]), row["guild_id"], row["subject"])


def _rule(row: Mapping[str, Any]) -> Rule:
    try:
        return Rule(
            subject=subject_of(row),
            window=Window(row["window"]),
            cap=row["cap"],
            author=RuleAuthor(row["author"]),
            set_by=row["set_by"],
            set_at=row["set_at"],
            reason=row["reason"],
        )
    except ValueError as error:
        # A limit that is not understood must not be ignored: nothing is bought past it.
        raise StoreUnreadable("spending_limit", row_id=row["id"], problem=str(error)) from error


def _boost(row: Mapping[str, Any]) -> Boost:
    try:
        return Boost(
            id=row["id"],
            subject=subject_of(row),
            window=Window(row["window"]),
            amount=row["amount"],
            starts=row["starts"],
            ends=row["ends"],
            set_by=row["set_by"],
            reason=row["reason"],
        )
    except ValueError as error:
        raise StoreUnreadable("boost", row_id=row["id"], problem=str(error)) from error
