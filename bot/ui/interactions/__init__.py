"""What Discord sends back, from a command, a button or a modal to its answer."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import discord

BotInteraction: TypeAlias = discord.Interaction[Any]
"""Any interaction with the bot; naming its client's class here would close an import circle."""

# https://docs.discord.com/developers/interactions/application-commands
MOST_CHOICES: Final = 25
LARGEST_INTEGER: Final = 2**53 - 1
