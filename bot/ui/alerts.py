"""Brings alerts to Discord: fulfils `bot.services.limits.alerts.Announces`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import discord

from bot.domain.errors import DeliveryLater
from bot.ui.delivery.failures import mapped
from bot.ui.interactions.callbacks import follow_up
from bot.ui.texts.limits import alerts

if TYPE_CHECKING:
    from bot.services.limits.alerts import AlertCard
    from bot.store.interactions.pending import PendingInteraction
    from bot.ui.interactions.callbacks import TokenCipher
    from bot.ui.languages import GuildLanguages
    from bot.ui.notices import DiscordTells


LOOK_BACK: Final = 50
"""How many of a channel's latest messages are searched for an alert that may be there already."""


class DiscordAnnounces:
    """Writes alerts where they belong, as plain messages that notify nobody."""

    def __init__(
        self,
        bot: discord.Client,
        cipher: TokenCipher,
        tells: DiscordTells,
        languages: GuildLanguages,
    ) -> None:
        self._languages = languages
        self._bot = bot
        self._cipher = cipher
        self._tells = tells

    async def follow_up(self, reply: PendingInteraction, card: AlertCard) -> None:
        """Answer the member in private beside their edit.

        Raises:
            DeliveryError: InteractionExpired, CardRefused or DeliveryLater.
        """
        token = self._cipher.decrypt(reply.sealed_token)
        self._require_connection()
        with mapped(None):
            await follow_up(self._bot, reply.application_id, token).send(
                alerts.alert(card),
                ephemeral=True,
                wait=True,
                allowed_mentions=discord.AllowedMentions.none(),
                suppress_embeds=True,
            )

    async def direct(self, card: AlertCard, *, nonce: str, doubtful: bool) -> None:
        """Write to the member directly.

        Raises:
            DeliveryError: ChannelClosed, CardRefused or DeliveryLater.
        """
        self._require_connection()
        with mapped(None):
            channel = await self._bot.create_dm(discord.Object(card.alert.pot.subject))
            await self._send(channel, self._said(card), nonce, doubtful=doubtful)

    async def post(self, channel_id: int, card: AlertCard, *, nonce: str, doubtful: bool) -> None:
        """Post in a log channel.

        Raises:
            DeliveryError: ChannelClosed, CardRefused or DeliveryLater.
        """
        self._require_connection()
        with mapped(None):
            channel = self._bot.get_partial_messageable(channel_id)
            await self._send(channel, self._said(card), nonce, doubtful=doubtful)

    async def tell_owner(self, card: AlertCard, *, nonce: str) -> None:
        """Write to whoever runs the bot.

        Raises:
            DeliveryError: as `DiscordTells.write_owner`.
        """
        await self._tells.write_owner(alerts.alert(card), nonce=nonce)

    async def tell_broken(self, guild_id: int, channel_id: int, *, nonce: str) -> None:
        """Tell whoever runs the bot that a log channel is gone or closed.

        Raises:
            DeliveryError: as `DiscordTells.write_owner`.
        """
        await self._tells.write_owner(alerts.log_broken(guild_id, channel_id), nonce=nonce)

    def _said(self, card: AlertCard) -> str:
        with self._languages.of_guild(card.alert.pot.guild_id):
            return alerts.alert(card)

    async def _send(
        self, channel: discord.abc.Messageable, text: str, nonce: str, *, doubtful: bool
    ) -> None:
        if doubtful and await self._is_there(channel, text):
            return
        await channel.send(
            text,
            nonce=nonce,  # discord.py asks for it to be enforced
            allowed_mentions=discord.AllowedMentions.none(),
            suppress_embeds=True,
        )

    async def _is_there(self, channel: discord.abc.Messageable, text: str) -> bool:
        """Whether it was posted before: Discord forgets a nonce after a few minutes."""
        own = self._bot.user.id if self._bot.user else None
        try:
            async for message in channel.history(limit=LOOK_BACK):
                if message.author.id == own and message.content == text:
                    return True
        except discord.Forbidden:
            # We may write here but not read back; then the nonce alone must do.
            return False
        return False

    def _require_connection(self) -> None:
        if self._bot.user is None or self._bot.is_closed():
            raise DeliveryLater(retry_after=1)
