"""Brings final cards to Discord: fulfils `bot.services.courier.Replies`."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final, cast

import discord

from bot.domain.errors import DeliveryLater
from bot.failpoints import reach
from bot.services.edits.gallery import ResultCard
from bot.ui.delivery.failures import mapped
from bot.ui.edits import cards
from bot.ui.interactions.callbacks import follow_up
from bot.ui.interactions.responder import said
from bot.ui.texts import edits

if TYPE_CHECKING:
    from bot.services.courier import Card
    from bot.store.interactions.pending import PendingInteraction
    from bot.ui.interactions.callbacks import TokenCipher
    from bot.ui.languages import GuildLanguages


LOOK_BACK: Final = 50
"""How many of a channel's latest messages are searched for a card that may be there already."""


class DiscordReplies:
    """Delivers cards with the bot's own connection."""

    def __init__(self, bot: discord.Client, cipher: TokenCipher, languages: GuildLanguages) -> None:
        self._languages = languages
        self._bot = bot
        self._cipher = cipher

    async def answer(self, reply: PendingInteraction, card: Card) -> int:
        """Edit the reply to the interaction; the same twice is the same once.

        Raises:
            DeliveryError: ReplyGone, CardTooLarge, CardRefused or DeliveryLater.
        """
        token = self._cipher.decrypt(reply.sealed_token)
        self._require_connection()
        if reply.updates:
            return await self._follow_up(reply, token, card)
        webhook = discord.Webhook.partial(reply.application_id, token, client=self._bot)
        with self._speaking(card), mapped(card), cards.final(card, mention=False) as sheet:
            reach("deliver.mid")
            message = await webhook.edit_message(
                # The route takes a name where the annotation says a number.
                cast(int, "@original"),
                view=sheet.layout,
                attachments=list(sheet.files),
                allowed_mentions=discord.AllowedMentions.none(),
            )
        return message.id

    async def _follow_up(self, reply: PendingInteraction, token: str, card: Card) -> int:
        """Answer a press beside the message it stands on, which must not be written over."""
        webhook = follow_up(self._bot, reply.application_id, token)
        with mapped(card):
            reach("deliver.mid")
            message = await webhook.send(
                view=said(edits.PRESS_INTERRUPTED()), ephemeral=True, wait=True
            )
        return message.id

    async def post(self, channel_id: int, card: Card, *, nonce: str, doubtful: bool) -> int:
        """Post in the channel, mentioning only the member.

        Raises:
            DeliveryError: PlaceClosed, CardTooLarge, CardRefused or DeliveryLater.
        """
        self._require_connection()
        with mapped(card):
            return await self._send(
                self._bot.get_partial_messageable(channel_id), card, nonce, doubtful=doubtful
            )

    async def direct(self, card: Card, *, nonce: str, doubtful: bool) -> int:
        """Write to the member directly.

        Raises:
            DeliveryError: PlaceClosed, CardTooLarge, CardRefused or DeliveryLater.
        """
        self._require_connection()
        with mapped(card):
            channel = await self._bot.create_dm(discord.Object(_member_id(card)))
            return await self._send(channel, card, nonce, doubtful=doubtful)

    async def _send(
        self, channel: discord.abc.Messageable, card: Card, nonce: str, *, doubtful: bool
    ) -> int:
        member = discord.Object(_member_id(card))
        with self._speaking(card), cards.final(card, mention=True) as sheet:
            if doubtful and (found := await self._find(channel, card)) is not None:
                return found
            reach("deliver.mid")
            message = await channel.send(
                view=sheet.layout,
                files=list(sheet.files),
                nonce=nonce,  # discord.py asks for it to be enforced
                allowed_mentions=discord.AllowedMentions(
                    everyone=False, roles=False, users=[member], replied_user=False
                ),
            )
        return message.id

    def _speaking(self, card: Card) -> contextlib.AbstractContextManager[None]:
        guild_id = card.outcome.edit.guild_id if isinstance(card, ResultCard) else None
        return self._languages.of_guild(guild_id)

    async def _find(self, channel: discord.abc.Messageable, card: Card) -> int | None:
        """The card posted before, if it is there: Discord forgets a nonce after a few minutes."""
        own = self._bot.user.id if self._bot.user else None
        try:
            async for message in channel.history(limit=LOOK_BACK):
                if message.author.id == own and cards.is_final(message, card):
                    return message.id
        except discord.Forbidden:
            # We may write here but not read back; then the nonce alone must do.
            return None
        return None

    def _require_connection(self) -> None:
        if self._bot.user is None or self._bot.is_closed():
            raise DeliveryLater(retry_after=1)


def _member_id(card: Card) -> int:
    return card.outcome.edit.member_id if isinstance(card, ResultCard) else card.member_id
