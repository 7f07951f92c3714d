"""What moderators chose for their guild."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.store.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildSettings:
    """How one guild counts, and where its moderators are told.

    Without `time_zone` its days are the bot's. `log_broken_at` (unix seconds) is since when nothing
    could be posted in the log channel.
    """

    time_zone: str | None = None
    log_channel_id: int | None = None
    log_broken_at: float | None = None


def get(tx: Transaction, guild_id: int) -> GuildSettings:
    """What was chosen for a guild."""
    row = tx.fetch_one("SELECT * FROM guild_setting WHERE guild_id = :guild_id", guild_id=guild_id)
    if row is None:
        return GuildSettings()
    return GuildSettings(
        time_zone=row["time_zone"],
        log_channel_id=row["log_channel_id"],
        log_broken_at=row["log_broken_at"],
    )


def set_time_zone(tx: Transaction, guild_id: int, time_zone: str | None) -> None:
    """Let a guild's days begin by a time zone; None: by the bot's."""
    tx.execute(
        """
        INSERT INTO guild_setting (guild_id, time_zone) VALUES (:guild_id, :time_zone)
        ON CONFLICT (guild_id) DO UPDATE SET time_zone = excluded.time_zone
        """,
        guild_id=guild_id,
        time_zone=time_zone,
    )


def set_log_channel(tx: Transaction, guild_id: int, channel_id: int | None) -> None:
    """Tell a guild's moderators in a channel, which counts as whole again; None: nowhere."""
    tx.execute(
        """
        INSERT INTO guild_setting (guild_id, log_channel_id) VALUES (:guild_id, :channel_id)
        ON CONFLICT (guild_id) DO UPDATE
        SET log_channel_id = excluded.log_channel_id, log_broken_at = NULL
        """,
        guild_id=guild_id,
        channel_id=channel_id,
    )


def mark_log_broken(tx: Transaction, guild_id: int, channel_id: int, *, now: float) -> bool:
    """Remember that nothing can be posted in a log channel; False: known, or no longer that one."""
    return bool(
        tx.execute(
            """
            UPDATE guild_setting SET log_broken_at = :now
            WHERE guild_id = :guild_id AND log_channel_id = :channel_id AND log_broken_at IS NULL
            """,
            guild_id=guild_id,
            channel_id=channel_id,
            now=now,
        )
    )


def mark_log_whole(tx: Transaction, guild_id: int, channel_id: int) -> None:
    """Forget that a log channel was broken: something could be posted there."""
    tx.execute(
        """
        UPDATE guild_setting SET log_broken_at = NULL
        WHERE guild_id = :guild_id AND log_channel_id = :channel_id
        """,
        guild_id=guild_id,
        channel_id=channel_id,
    )
