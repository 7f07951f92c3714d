"""Tells people of a stop on purchases: fulfils `bot.services.notices.Tells`."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, cast

import discord

from bot.domain.errors import ChannelClosed, DeliveryError, DeliveryLater
from bot.ui.delivery.failures import mapped
from bot.ui.edits import cards
from bot.ui.interactions.permissions import owner_ids
from bot.ui.texts import billing

if TYPE_CHECKING:
    from bot.services.edits.service import QueuedEdit
    from bot.store.billing.pauses import Pause
    from bot.store.interactions.pending import PendingInteraction
    from bot.ui.interactions.callbacks import TokenCipher
    from bot.ui.languages import GuildLanguages


log = logging.getLogger(__name__)


class DiscordTells:
    """Writes to the owner of the application, or to everybody of its team who may act; and on
    cards that members have.
    """

    def __init__(self, bot: discord.Client, cipher: TokenCipher, languages: GuildLanguages) -> None:
        self._languages = languages
        self._bot = bot
        self._cipher = cipher

    async def tell_member(self, reply: PendingInteraction, entry: QueuedEdit) -> None:
        """Change the card of an edit in line.

        Raises:
            DeliveryError: InteractionExpired, CardRefused or DeliveryLater.
        """
        token = self._cipher.decrypt(reply.sealed_token)
        self._require_connection()
        webhook = discord.Webhook.partial(reply.application_id, token, client=self._bot)
        with self._languages.of_guild(entry.edit.guild_id), mapped(None):
            await webhook.edit_message(
                # The route takes a name where the annotation says a number.
                cast(int, "@original"),
                view=cards.accepted(entry),
                allowed_mentions=discord.AllowedMentions.none(),
            )

    async def tell_owner(self, pause: Pause) -> None:
        """Tell them of a stop on purchases.

        Raises:
            DeliveryError: as `write_owner`.
        """
        await self.write_owner(billing.paused(pause), nonce=f"touchup-pause-{pause.id}")

    async def write_owner(self, text: str, *, nonce: str) -> None:
        """Write to them directly; who hears it first is enough. The same nonce twice is once.

        Raises:
            DeliveryError: ChannelClosed, CardRefused or DeliveryLater; nobody heard it.
        """
        self._require_connection()
        with mapped(None):
            application = await self._bot.application_info()
        heard = 0
        failure: DeliveryError = ChannelClosed()
        for owner in map(discord.Object, owner_ids(application)):
            try:
                await self._write(owner, text, nonce)
            except DeliveryError as error:
                log.warning("one of the owners cannot be told: %s", type(error).__name__)
                failure = error
            else:
                heard += 1
        if not heard:
            raise failure

    def _require_connection(self) -> None:
        if self._bot.user is None or self._bot.is_closed():
            raise DeliveryLater(retry_after=1)

    async def _write(self, owner: discord.abc.Snowflake, text: str, nonce: str) -> None:
        with mapped(None):
            channel = await self._bot.create_dm(owner)
            await channel.send(
                text,
                nonce=nonce,  # discord.py asks for it to be enforced
                allowed_mentions=discord.AllowedMentions.none(),
                suppress_embeds=True,
            )
