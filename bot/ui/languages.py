"""Which language is spoken to whom: that of the interaction, else the guild's, else English."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Final

from discord import app_commands

from bot.i18n import ENGLISH, catalogue, speaking

if TYPE_CHECKING:
    from collections.abc import Mapping

    import discord

REMEMBERED: Final = 10_000
"""Guilds whose language is kept in memory; others are spoken to in English until they ask again."""


class GuildLanguages:
    """The bot keeps no guilds, but every interaction says which language its guild prefers."""

    def __init__(self) -> None:
        self._locales: dict[str, str] = {}

    def answering(self, payload: Mapping[str, Any]) -> AbstractContextManager[None]:
        """Speak the language of an INTERACTION_CREATE, and remember its guild's."""
        guild, locale = payload.get("guild_id"), payload.get("guild_locale")
        if isinstance(guild, str) and isinstance(locale, str):
            self._locales[guild] = locale
            if len(self._locales) > REMEMBERED:
                del self._locales[next(iter(self._locales))]
        return speaking(catalogue(str(payload.get("locale"))))

    def of_guild(self, guild_id: int | None) -> AbstractContextManager[None]:
        """Speak the language of a guild, where no interaction is at hand."""
        locale = self._locales.get(str(guild_id))
        return speaking(ENGLISH if locale is None else catalogue(locale))


class CommandTranslator(app_commands.Translator):
    """Tells Discord the descriptions and choices of commands in every language there is.

    Names of commands and options stay: the texts and the documents speak of them.
    """

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """Translate one string; None where it stays as it is."""
        place = app_commands.TranslationContextLocation
        if context.location not in {
            place.command_description,
            place.group_description,
            place.parameter_description,
            place.choice_name,
        }:
            return None
        said = catalogue(str(locale)).gettext(string.message)
        return said if said != string.message else None
