"""The whole bot against a local Discord and the embedded engine, all over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import io
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import discord
import pytest
import pytest_asyncio
from PIL import Image, ImageDraw

from bot.app import Services, open_services
from bot.discord_app import DiscordApp, open_discord_app, serve
from bot.engine import Engine, EngineFault, EngineFaultKind
from bot.sandbox import (
    CallbackType,
    Channel,
    Clock,
    DiscordFault,
    File,
    LocalDiscord,
    Message,
    Person,
    PersonInteraction,
    Upload,
)
from bot.services.delivery.outbox import PAUSES, OutboxPauses
from bot.services.timeouts import Timeouts
from bot.settings.model import Settings
from bot.ui.bot.touchup_bot import sync

DESCRIPTION: Final = Path(__file__).parents[1] / "sandbox" / "discord-openapi.json"
SIZE: Final = (96, 64)
PATIENCE: Final = 30.0
CARD: Final = """
    SELECT *, iif(doubtful, json_extract(address, '$[0][0]'), NULL) AS way FROM outbox
    WHERE kind = 'result' AND state <> 'due'
"""
"""What became of the card of the one edit, and by which way."""


def final(message: Message) -> bool:
    """Whether this is the last card of an edit, whatever came of it: only that is a receipt."""
    return "**Cost:**" in message.text


@dataclass(slots=True, kw_only=True)
class House:
    """Everything that runs in one test."""

    discord: LocalDiscord
    app: Services
    discord_app: DiscordApp
    serving: asyncio.Task[None]

    @property
    def ada(self) -> Person:
        return self.discord.person("ada")

    @property
    def engine(self) -> Engine:
        assert self.app.engine is not None
        return self.app.engine

    @property
    def engine_jobs(self) -> int:
        """How often the engine was paid."""
        return len(self.engine.jobs)

    def break_engine(self, kind: EngineFaultKind, *, times: int | None = 1, **fields: Any) -> None:
        """Let the engine fail in this way, so many times (None: until it is mended)."""
        self.engine.faults.add(EngineFault(kind=kind, **fields), times=times)

    async def edit(self, who: Person | None = None, **options: Any) -> PersonInteraction:
        """An edit of the photo to "a hat" under the mask, but for what `options` say."""
        where = {} if "area" in options else {"mask": painted()}
        wish = {"image": picture(), "prompt": "a hat"} | where | options
        return await (who or self.ada).slash("edit", **wish)

    async def edited(self, who: Person | None = None, **options: Any) -> Message:
        """The final card of such an edit."""
        return await self.card(await self.edit(who, **options))

    async def card(self, click: PersonInteraction) -> Message:
        """The final card that replaced the answer to a click."""
        await click.wait(lambda seen: bool(seen.response and final(seen.response)), PATIENCE)
        assert click.response is not None
        return click.response

    async def only_answer(self, click: PersonInteraction) -> Message:
        """The one answer that is left of a click which did not lead to an edit."""
        await click.wait(lambda seen: bool(seen.answered), PATIENCE)
        await self.quiet(click)
        [answer] = click.answered
        return answer

    async def told(self, who: Person, command: str, **options: Any) -> Message:
        """What is said to a command, in private."""
        answer = await self.only_answer(await who.slash(command, **options))
        assert answer.ephemeral
        return answer

    async def preview(self, click: PersonInteraction) -> Message:
        """The preview that a command is answered with, in private."""
        card = await self.only_answer(click)
        assert card.ephemeral, card.text
        assert "-preview." in card.files[0].filename, card.text
        return card

    async def changed(self, click: PersonInteraction) -> Message:
        """The card a press was made on, once the press is answered by a change of it."""
        await click.wait(lambda seen: seen.callback is not None, PATIENCE)
        assert click.callback is CallbackType.DEFERRED_UPDATE
        await self.quiet(click)
        assert click.followups == []
        assert click.response is not None
        return click.response

    async def delivery(self) -> Any:
        """The one delivery, once it has ended."""
        return await self.row(CARD)

    def cards(self, channel: Channel | None = None) -> list[Message]:
        """The final cards that everybody sees in a channel."""
        seen = self.discord.messages(channel or self.discord.default_channel)
        return [message for message in seen if final(message)]

    async def slow(self, click: PersonInteraction) -> None:
        """Wait until the card in line of a slow edit stands."""
        await click.wait(lambda seen: bool(seen.response and seen.response.buttons), PATIENCE)

    async def quiet(self, click: PersonInteraction) -> None:
        """Wait until this click is owed no answer."""
        async with asyncio.timeout(PATIENCE):
            while await self.reply_state(click) not in (None, "answered"):
                await asyncio.sleep(0.01)

    async def reply_state(self, click: PersonInteraction) -> str | None:
        row = await self.one("SELECT state FROM reply WHERE id = :id", id=int(click.id))
        return row["state"] if row else None

    async def ledger(self) -> tuple[int, int]:
        """What is held and spent, in micro-USD, over all members."""
        row = await self.one(
            "SELECT COALESCE(SUM(held), 0) AS held, COALESCE(SUM(spent), 0) AS spent"
            " FROM ledger_entry"
        )
        assert row is not None
        return row["held"], row["spent"]

    async def struck(self, fault: DiscordFault) -> None:
        """Wait until a fault of Discord's begins to work; a slow answer is not given yet then."""
        async with asyncio.timeout(PATIENCE):
            while not fault.hits:
                await asyncio.sleep(0.01)

    async def row(self, query: str, **values: Any) -> Any:
        """What a query finds, once there is such a row."""
        async with asyncio.timeout(PATIENCE):
            while (row := await self.one(query, **values)) is None:
                await asyncio.sleep(0.01)
        return row

    async def one(self, query: str, **values: Any) -> Any:
        return await self.app.database.transact(lambda tx: tx.fetch_one(query, **values))


class OpenHouse(Protocol):
    """Starts the bot, again and again on the same data; settings and `timeouts` as options."""

    def __call__(self, **options: Any) -> AbstractAsyncContextManager[House]:
        """Return a context in which the bot is connected."""


@pytest.fixture
def clock() -> Clock:
    return Clock()


@contextlib.asynccontextmanager
async def local_discord(clock: Clock) -> AsyncIterator[LocalDiscord]:
    """A local Discord; what it had to refuse as badly formed fails the test."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        for owner, name in (
            (discord.http.Route, "BASE"),
            (discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY"),
            (discord.Asset, "BASE"),
        ):
            # `point_at` changes them for the process: back to what they were after the test.
            monkeypatch.setattr(owner, name, getattr(owner, name))
        async with LocalDiscord(
            description=DESCRIPTION, clock=clock, check_answers=True
        ) as started:
            yield started
    assert started.unknown_routes == []
    assert started.violations == []
    assert started.own_mistakes == []


@contextlib.asynccontextmanager
async def opened_house(
    local: LocalDiscord,
    clock: Clock,
    data_dir: Path,
    *,
    timeouts: Timeouts,
    monotonic: Callable[[], float] = time.monotonic,
    pauses: OutboxPauses = PAUSES,
    **options: Any,
) -> AsyncIterator[House]:
    """The bot, connected to a local Discord; settings as options."""
    settings = Settings(
        engine="embedded",
        data_dir=data_dir,
        picture_processes=1,
        discord_api_url=local.api_url,
        discord_gateway_url=local.gateway_url,
        discord_cdn_hosts=(local.cdn_url,),
    ).model_copy(update=options)
    async with (
        open_services(settings, clock=clock, monotonic=monotonic, timeouts=timeouts) as app,
        open_discord_app(app, local.bot_token, pauses=pauses) as discord_app,
    ):
        serving = asyncio.create_task(serve(app, discord_app, local.bot_token), name="serving")
        try:
            await local.gateway.ready()
            await sync(discord_app.bot)
            yield House(discord=local, app=app, discord_app=discord_app, serving=serving)
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)


@pytest.fixture
async def local(clock: Clock) -> AsyncIterator[LocalDiscord]:
    async with local_discord(clock) as started:
        yield started


@pytest.fixture
def timeouts() -> Timeouts:
    """As patient as in earnest; a file of tests that must wait less has its own."""
    return Timeouts()


@pytest.fixture
def open_house(local: LocalDiscord, clock: Clock, tmp_path: Path, timeouts: Timeouts) -> OpenHouse:
    """Give a way to start the bot."""

    def start(**options: Any) -> AbstractAsyncContextManager[House]:
        return opened_house(local, clock, tmp_path / "data", **({"timeouts": timeouts} | options))

    return start


@pytest.fixture
async def house(open_house: OpenHouse) -> AsyncIterator[House]:
    async with open_house() as opened:
        yield opened


reads_only = pytest.mark.asyncio(loop_scope="module")
"""On a test that takes the `shared` house: it buys nothing and leaves nothing that others see."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """One bot for all tests of a file that only read."""
    clock, data = Clock(), tmp_path_factory.mktemp("shared") / "data"
    async with (
        local_discord(clock) as local,
        opened_house(local, clock, data, timeouts=Timeouts()) as opened,
    ):
        yield opened


@pytest.fixture
def mo(house: House) -> Person:
    """A moderator."""
    return house.discord.person("mo", manage_guild=True)


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def photo(size: tuple[int, int] = SIZE) -> Image.Image:
    """A small picture with something to see everywhere."""
    gradient = Image.linear_gradient("L").resize(size)
    return Image.merge("RGB", (gradient, gradient.transpose(Image.Transpose.ROTATE_180), gradient))


def mask(box: tuple[int, int, int, int] = (10, 10, 40, 30)) -> Image.Image:
    """White where the picture should change."""
    painted = Image.new("L", SIZE, 0)
    ImageDraw.Draw(painted).rectangle(box, fill=255)
    return painted


def opened(file: File) -> Image.Image:
    """A file as it is shown."""
    image = Image.open(io.BytesIO(file.data))
    image.load()
    return image


def picture(**options: Any) -> Upload:
    """The photo as a person attaches it."""
    return Upload("photo.png", png(photo()), **options)


def painted(**options: Any) -> Upload:
    """The mask as a person attaches it."""
    return Upload("mask.png", png(mask()), **options)
