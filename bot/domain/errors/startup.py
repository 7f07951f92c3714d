"""Touchup cannot start: Discord refuses it, or the settings are wrong."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from bot.domain.errors.root import TouchupError

if TYPE_CHECKING:
    from collections.abc import Sequence


class LoginRefusal(StrEnum):
    """Why Discord does not let the bot in."""

    TOKEN = "token"  # noqa: S105 - wrong, or revoked while we were connected
    INTENTS = "intents"
    SHARDING = "sharding"
    PLACE = "place"  # the bot is not in the guild whose commands it wants to set


class DiscordRefused(TouchupError):
    """Discord does not let this bot in: the operator must act, and nothing is tried again."""

    def __init__(self, refusal: LoginRefusal) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


class DiscordAway(TouchupError):
    """Discord cannot be reached, or returns 5xx, while the bot logs in."""


class ConfigError(TouchupError):
    """The settings are wrong. `problems` lists all of them, one sentence each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)
