"""A stage whose every byte to Discord and to the provider is kept, and secrets that are marked."""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.sandbox import PersonInteraction
from tests.canary.tap import Tap, tapped
from tests.crash.stage import Bot, Stage, open_stage


@dataclass(kw_only=True)
class Watched:
    """A stage, its two taps, and the marked secrets: the token, the key, the private words."""

    stage: Stage
    to_discord: Tap
    to_engine: Tap
    token: str
    key: str
    prompt: str = field(default_factory=lambda: f"a canary {secrets.token_hex(8)}")

    async def start(self, **changes: str) -> Bot:
        url = self.to_engine.url
        return await self.stage.start(
            ENGINE_URL="",
            ENGINE="fal",
            FAL_KEY=self.key,
            FAL_QUEUE_URL=url,
            FAL_REST_URL=url,
            FAL_CDN_URL=url,
            FAL_API_URL=f"{url}/v1",
            **{"LOG_LEVEL": "DEBUG"} | changes,
        )

    async def edit(self, name: str, **options: Any) -> PersonInteraction:
        return await self.stage.edit(name, **{"prompt": self.prompt} | options)

    # ---- secrets -----------------------------------------------------------------------------

    @property
    def own_secrets(self) -> dict[str, bytes]:
        """What is worth stealing for longer than a quarter of an hour, and its telling parts."""
        return {
            "token": self.token.encode(),
            "token's signature": self.token.rpartition(".")[2].encode(),
            "key": self.key.encode(),
            "key's secret": self.key.rpartition(":")[2].encode(),
        }

    @property
    def interaction_tokens(self) -> set[bytes]:
        return {click.token.encode() for click in self.stage.clicks}

    @property
    def signatures(self) -> set[bytes]:
        """The `hm` of every link that was given to the bot, or by Discord in an answer."""
        links = re.findall(r"https?://[^\s\"']+[?&]hm=[^\s\"']+", repr(self._told()))
        return {parse_qs(urlsplit(link).query)["hm"][0].encode() for link in links}

    def _told(self) -> list[Any]:
        return [click.payload for click in self.stage.clicks]

    @property
    def everything_secret(self) -> list[bytes]:
        found = [*self.own_secrets.values(), *self.interaction_tokens, *self.signatures]
        assert len(self.signatures) >= len(self.stage.clicks)
        return found

    # ---- where they must not be ----------------------------------------------------------------

    @property
    def logs(self) -> bytes:
        return "\n".join(bot.log for bot in self.stage.bots).encode()

    @property
    def kept(self) -> dict[Path, bytes]:
        """Every file of the data folder, the write-ahead log among them."""
        files = [path for path in self.stage.data.rglob("*") if path.is_file()]
        return {path: path.read_bytes() for path in files}

    @property
    def said(self) -> bytes:
        """Everything Discord was told: bodies, file names and files; not headers and addresses."""
        return b"\n".join(
            repr((call.body, [upload.filename for upload in call.files.values()])).encode()
            + b"".join(upload.data for upload in call.files.values())
            for call in self.stage.discord.requests
        )


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    async with AsyncExitStack() as stack:
        stage = await stack.enter_async_context(open_stage(tmp_path))
        state = stage.discord.state
        # As long as a real one: https://docs.discord.com/developers/reference#authentication
        state.token = f"{state.token.partition('.')[0]}.Gx7Kd2.{secrets.token_urlsafe(28)}"
        to_discord = await stack.enter_async_context(tapped(stage.discord.cdn_url))
        to_engine = await stack.enter_async_context(tapped(stage.engine.queue_url))
        stage.discord.cdn.url = to_discord.url
        stage.discord.gateway.url = to_discord.url.replace("http:", "ws:") + "/gateway"
        yield Watched(
            stage=stage,
            to_discord=to_discord,
            to_engine=to_engine,
            token=stage.discord.bot_token,
            key=f"{uuid.uuid4()}:{secrets.token_hex(16)}",
        )
        for bot in stage.bots:
            await bot.kill()
