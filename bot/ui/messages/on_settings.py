"""The words on what moderators choose for their guild."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.ui.messages.places import Place, moment

if TYPE_CHECKING:
    from bot.services.limits.guilds import GuildState

BOTS_ZONE: Final = "the bot's"
"""What is written to give up a time zone of one's own."""

LOG_TEST: Final = (
    "A try: I can post here. The channel that `/settings log` names is where moderators are told "
    "when a limit runs out, and what it will come to by the end of its time."
)
LOG_OFF: Final = (
    "Nothing is posted for moderators any more. `/settings log channel:` switches it on again."
)


def shown(found: GuildState) -> str:
    """Everything that is chosen."""
    chosen = found.chosen
    whose = "" if chosen.time_zone else f" ({BOTS_ZONE})"
    ends = moment(found.day_ends, Place.DISCORD)
    lines = [
        "### Settings of this server",
        f"**Time zone:** {found.time_zone}{whose}. Its day ends {ends}.",
        "-# Limits count by it. `/settings timezone` changes it.",
    ]
    if chosen.log_channel_id is None:
        lines.append("**Log channel:** none. `/settings log` names one.")
    else:
        lines.append(f"**Log channel:** <#{chosen.log_channel_id}>. `/settings log` changes it.")
    if chosen.log_broken_at is not None:
        since = moment(chosen.log_broken_at, Place.DISCORD)
        lines.append(
            f"**I can't post there:** since {since} nothing got through. Give me View Channel and "
            "Send Messages there, or name another channel."
        )
    lines.append("-# Limits are under `/limits list`.")
    return "\n".join(lines)


def zone_changed(found: GuildState) -> str:
    """By what the guild's days begin now."""
    whose = "" if found.chosen.time_zone else ", as for the whole bot"
    return (
        f"Days begin at midnight in {found.time_zone} now{whose}; this one ends "
        f"{moment(found.day_ends, Place.DISCORD)}. What was spent since its midnight still counts."
    )


def log_changed(channel_id: int) -> str:
    """Where moderators are told now."""
    return f"I tell moderators in <#{channel_id}> now, and posted a line there to try it out."
