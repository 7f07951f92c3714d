"""The words on what moderators choose for their guild."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.i18n import N_, _
from bot.ui.texts.labels import TextTarget, moment

if TYPE_CHECKING:
    from bot.services.limits.guilds import GuildState

BOTS_ZONE: Final = N_("the bot's")
"""What is written to give up a time zone of one's own."""

LOG_TEST: Final = N_(
    "Test: I can post here. I will report here when a limit is nearly or fully used."
)
VIEW_CHANNEL: Final = N_("View Channel")
SEND_MESSAGES: Final = N_("Send Messages")
"""Permissions, as Discord's own settings call them."""

LOG_OFF: Final = N_(
    "Nothing is posted for moderators any more. `/settings log channel:` switches it on again."
)


def shown(found: GuildState) -> str:
    """Everything that is chosen."""
    chosen = found.chosen
    zone = found.time_zone if chosen.time_zone else f"{found.time_zone} ({BOTS_ZONE})"
    ends = moment(found.day_ends, TextTarget.DISCORD)
    lines = [
        _("### Settings of this server"),
        _("**Time zone:** {zone}. Its day ends {ends}.").format(zone=zone, ends=ends),
        _("-# Limits count by it. `/settings timezone` changes it."),
    ]
    if chosen.log_channel_id is None:
        lines.append(_("**Log channel:** none. `/settings log` names one."))
    else:
        channel = f"<#{chosen.log_channel_id}>"
        lines.append(
            _("**Log channel:** {channel}. `/settings log` changes it.").format(channel=channel)
        )
    if chosen.log_broken_at is not None:
        since = moment(chosen.log_broken_at, TextTarget.DISCORD)
        lines.append(
            _(
                "**I can't post there:** since {since} nothing got through. Give me View "
                "Channel and Send Messages there, or name another channel."
            ).format(since=since)
        )
    lines.append(_("-# Limits are under `/limits list`."))
    return "\n".join(lines)


def zone_changed(found: GuildState) -> str:
    """By what the guild's days begin now."""
    whose = "" if found.chosen.time_zone else _(", as for the whole bot")
    return _(
        "Days begin at midnight in {time_zone} now{whose}; this one ends {when}. What was "
        "spent since its midnight still counts."
    ).format(
        time_zone=found.time_zone, whose=whose, when=moment(found.day_ends, TextTarget.DISCORD)
    )


def log_changed(channel_id: int) -> str:
    """Where moderators are told now."""
    channel = f"<#{channel_id}>"
    return _("I tell moderators in {channel} now, and posted a line there to try it out.").format(
        channel=channel
    )
