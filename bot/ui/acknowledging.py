"""Tells Discord within its three seconds that an interaction was heard, and writes that down."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import discord
from discord.http import Route

from bot.domain.errors import InteractionExpired, StoreFailed
from bot.failpoints import reach
from bot.services.courier import TOKEN_SECONDS
from bot.store.replies import Reply, ReplyKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.services.inbox import Inbox
    from bot.ui.client import TouchupBot
    from bot.ui.sealing import Seal

log = logging.getLogger(__name__)

# https://docs.discord.com/developers/interactions/receiving-and-responding
DEFERRED_MESSAGE: Final = 5
DEFERRED_UPDATE: Final = 6
MODAL: Final = 9
EPHEMERAL: Final = 1 << 6
# https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
UNKNOWN_INTERACTION: Final = 10062
ALREADY_ACKNOWLEDGED: Final = 40060

ATTEMPT_SECONDS: Final = 1.5
PAUSES_SECONDS: Final = (0.1, 0.3, 0.8)
WRITE_SECONDS: Final = 0.5
"""How long the books may take before Discord is answered without them."""
_MARK: Final = "acknowledged"
_KNOWN: Final = "it was answered before a restart"


class NothingToAnswer(Exception):
    """The interaction is gone, or somebody answered it before: there is nothing left to say."""


class Shown(Enum):
    """How an interaction was acknowledged: what its `@original` is from then on."""

    PUBLIC = "public"  # "is thinking…", for everybody
    PRIVATE = "private"  # "is thinking…", for its member only
    UPDATE = "update"  # the message the button stands on; nothing is seen to happen


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """An interaction that Discord knows was heard."""

    reply_id: int
    shown: Shown


def acknowledged(interaction: discord.Interaction[Any]) -> Acknowledged | None:
    """How an interaction was acknowledged, or None if it was not."""
    mark = interaction.extras.get(_MARK)
    return mark if isinstance(mark, Acknowledged) else None


class Door:
    """Acknowledges interactions.

    discord.py waits 1 s and 3 s before it repeats a call, which is past Discord's patience, and
    does not say whether it repeated: here the call is made by hand.
    """

    def __init__(self, inbox: Inbox, seal: Seal, *, clock: Callable[[], float]) -> None:
        self._inbox = inbox
        self._seal = seal
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    async def aclose(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def acknowledge(
        self, interaction: discord.Interaction[TouchupBot], *, shown: Shown, kind: ReplyKind
    ) -> Reply:
        """Let Discord know that it was heard, and write down that an answer is owed.

        Raises:
            NothingToAnswer: it came too late, or was answered before.
            StoreFailed: it cannot be written down.
        """
        reply = Reply(
            id=interaction.id,
            application_id=interaction.application_id,
            sealed_token=self._seal.close(interaction.token),
            member_id=interaction.user.id,
            guild_id=interaction.guild_id,
            # 0 is no channel: the card then goes to the member directly.
            channel_id=interaction.channel_id or 0,
            size_limit=interaction.filesize_limit,
            created_at=self._clock(),
            kind=kind,
            updates=shown is Shown.UPDATE,
        )
        # Written down first: whoever sees "is thinking…" is then owed a word, even if we die now.
        writing = asyncio.create_task(self._inbox.opened(reply), name=f"inbox-{reply.id}")
        await asyncio.wait({writing}, timeout=WRITE_SECONDS)
        if writing.done() and not writing.exception() and not writing.result():
            raise NothingToAnswer(_KNOWN)
        try:
            await self._call(interaction, _deferred(shown))
        except NothingToAnswer:
            with contextlib.suppress(StoreFailed):
                await writing
                await self._inbox.answered(reply.id)
            raise
        reach("acknowledge.after")
        interaction.extras[_MARK] = Acknowledged(reply.id, shown)
        if not await writing:
            raise NothingToAnswer(_KNOWN)
        return reply

    async def open(
        self, interaction: discord.Interaction[TouchupBot], form: Mapping[str, Any]
    ) -> None:
        """Answer with a form. That is the whole answer: nothing is owed after it.

        Raises:
            NothingToAnswer: it came too late, or was answered before.
        """
        await self._call(interaction, {"type": MODAL, "data": form})

    def webhook(
        self, interaction: discord.Interaction[TouchupBot], reply: Reply
    ) -> discord.Webhook:
        """What changes the answers to an earlier interaction.

        Raises:
            InteractionExpired: its token has expired.
        """
        if self._clock() >= reply.created_at + TOKEN_SECONDS:
            raise InteractionExpired
        token = self._seal.open(reply.sealed_token)
        return discord.Webhook.partial(reply.application_id, token, client=interaction.client)

    async def _call(
        self, interaction: discord.Interaction[TouchupBot], payload: Mapping[str, Any]
    ) -> None:
        repeated = False
        for pause in (*PAUSES_SECONDS, None):
            try:
                async with asyncio.timeout(ATTEMPT_SECONDS):
                    status, body = await self._post(interaction, payload)
            except (aiohttp.ClientError, OSError, TimeoutError):
                status, body = 0, {}
            if 200 <= status < 300:
                return
            if body.get("code") == ALREADY_ACKNOWLEDGED and repeated:
                return  # our first try arrived, and only its answer was lost
            if 400 <= status < 500 and status != 429:
                raise NothingToAnswer(_reason(status, body))
            asked_to_wait = float(body.get("retry_after", 0))
            if pause is None or asked_to_wait > ATTEMPT_SECONDS:
                break
            repeated = repeated or status != 429
            await asyncio.sleep(max(pause, asked_to_wait))
        raise NothingToAnswer("Discord took no answer in time")

    async def _post(
        self, interaction: discord.Interaction[TouchupBot], payload: Mapping[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        url = f"{Route.BASE}/interactions/{interaction.id}/{interaction.token}/callback"
        headers = {"User-Agent": interaction.client.http.user_agent}
        async with self._connected().post(url, json=payload, headers=headers) as answer:
            if answer.content_type != "application/json":
                return answer.status, {}
            body = await answer.json()
            return answer.status, body if isinstance(body, dict) else {}

    def _connected(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(trust_env=False)
        return self._session


def _deferred(shown: Shown) -> dict[str, Any]:
    match shown:
        case Shown.PUBLIC:
            return {"type": DEFERRED_MESSAGE}
        case Shown.PRIVATE:
            return {"type": DEFERRED_MESSAGE, "data": {"flags": EPHEMERAL}}
        case Shown.UPDATE:
            return {"type": DEFERRED_UPDATE}


def _reason(status: int, body: dict[str, Any]) -> str:
    match body.get("code"):
        case code if code == UNKNOWN_INTERACTION:
            return "it came too late, or its command was taken back"
        case code if code == ALREADY_ACKNOWLEDGED:
            return "somebody else answered it: is a second process running with this token?"
        case code:
            return f"Discord said {status} ({code})"
