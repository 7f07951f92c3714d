"""The real bot as a process that may die, between a Discord and an engine that live on."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
import psutil
from PIL import Image

from bot.domain.jobs.lifecycle import START_MARGIN_SECONDS
from bot.engine import Engine
from bot.sandbox import (
    ACKNOWLEDGE_SECONDS,
    Clock,
    LocalDiscord,
    Message,
    Person,
    PersonInteraction,
    Upload,
    routes,
)
from tests.crash.books import Books, audited

ROOT: Final = Path(__file__).parents[2]
LONGEST_STOP: Final = 10.0
RUN: Final = ("-m", "bot", "run")
PATIENCE: Final = 30.0
DIED: Final = 137
FINISH_TIMEOUT: Final = 30
DOUBT_SECONDS: Final = START_MARGIN_SECONDS + FINISH_TIMEOUT + 60
"""After so long a submit that nobody lists can no longer have been started."""
IN_LINE: Final = "### Editing"
"""How the card of an edit in line begins: no final word."""
FOOTER: Final = "-# Edit "
"""How the last line of an edit's card begins."""

_commands: list[Any] = []


class Bot:
    """One life of `touchup run`. Its output goes to a file, as a supervisor would keep it."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self.process = process
        self._log = log

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def alive(self) -> bool:
        return self.process.returncode is None

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    @property
    def children(self) -> list[psutil.Process]:
        """The picture processes."""
        return psutil.Process(self.pid).children(recursive=True)

    def send(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)

    async def ended(self, *, within: float = PATIENCE) -> int:
        """The exit code; a shell's 128 + n for a signal."""
        async with asyncio.timeout(within):
            code = await self.process.wait()
        return code if code >= 0 else 128 - code

    async def kill(self) -> None:
        """As a power cut for this process."""
        self.send(signal.SIGKILL)
        await self.process.wait()

    async def stop(self) -> None:
        """As a supervisor does. It must be able to."""
        self.send(signal.SIGTERM)
        try:
            code = await self.ended(within=LONGEST_STOP)
        except TimeoutError:
            self.send(signal.SIGABRT)
            code = await self.ended()
        assert code == 0, self.log


class Stage:
    """Discord, the engine and the data folder; bots come and go. Made by `open_stage`."""

    def __init__(self, discord: LocalDiscord, engine: Engine, home: Path, clock: Clock) -> None:
        self.discord = discord
        self.engine = engine
        self.home = home
        self.data = home / "data"
        self.clicks: list[PersonInteraction] = []
        self.bots: list[Bot] = []
        self._asked: dict[str, Bot] = {}
        self._clock = clock

    # ---- the bot -----------------------------------------------------------------------------

    def environment(self, **changes: str) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "DISCORD_TOKEN": self.discord.bot_token,
            "DISCORD_API_URL": self.discord.api_url,
            "DISCORD_GATEWAY_URL": self.discord.gateway_url,
            "DISCORD_CDN_HOSTS": self.discord.cdn_url,
            "ENGINE_URL": self.engine.queue_url,
            "DATA_DIR": str(self.data),
            "PICTURE_PROCESSES": "1",
            "START_TIMEOUT_SECONDS": "5",
            "FINISH_TIMEOUT_SECONDS": str(FINISH_TIMEOUT),
            # What its threads are at is written to its log when it has to be aborted.
            "PYTHONFAULTHANDLER": "1",
        } | changes

    async def spawn(self, *, entry: Sequence[str] = RUN, **changes: str) -> Bot:
        """Start a process and do not wait for it. Settings as keywords."""
        log = self.home / f"bot-{len(self.bots)}.log"
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *entry,
                cwd=self.home,  # no .env of a developer is read here
                env=self.environment(**changes),
                stdout=output,
                stderr=output,
            )
        bot = Bot(process, log)
        self.bots.append(bot)
        return bot

    async def start(
        self, die_at: str | None = None, *, entry: Sequence[str] = RUN, **changes: str
    ) -> Bot:
        """Start the bot and wait until it is connected."""
        welcomed = len(self.discord.gateway.identifies)
        if die_at is not None:
            changes["TOUCHUP_DIE_AT"] = die_at
        bot = await self.spawn(entry=entry, **changes)
        gateway = self.discord.gateway
        await self.until(
            lambda: not bot.alive or (len(gateway.identifies) > welcomed and gateway.connected)
        )
        assert bot.alive, bot.log
        return bot

    # ---- members -----------------------------------------------------------------------------

    async def die(self, point: str, **settings: Any) -> None:
        """Start a bot that dies at this place by itself."""
        bot = await self.start(die_at=point, **settings)
        assert await bot.ended() == DIED

    async def edit_and_die(self, point: str, **settings: Any) -> PersonInteraction:
        """A member asks for an edit, on which the bot dies at this place."""
        bot = await self.start(die_at=point, **settings)
        click = await self.edit()
        assert await bot.ended() == DIED
        return click

    async def edit(self, name: str = "ada", **options: object) -> PersonInteraction:
        """A member asks for an edit of a small picture."""
        return await self.ask(self.discord.person(name), **options)

    async def ask(self, person: Person, **options: object) -> PersonInteraction:
        given = {"image": picture(), "area": "left half", "prompt": "a red door"} | options
        click = await person.slash("edit", **given)
        self.clicks.append(click)
        self._asked[click.id] = self.bots[-1]
        return click

    def messages(self) -> list[Message]:
        """Everything of the bot that can be seen anywhere."""
        mine = self.discord.application_id
        return [m for m in self.discord.archive() if m.author_id == mine and not m.deleted_at]

    def final(self) -> list[Message]:
        """What can be seen and is a last word: nobody waits before it."""
        return [m for m in self.messages() if not m.loading and not m.text.startswith(IN_LINE)]

    def answers(self, click: PersonInteraction) -> list[Message]:
        """The last message to one member, wherever it is. One click per member, please."""
        direct = self.discord.dms(self.discord.person(click.person.name)).id
        return [
            message
            for message in self.final()
            if message.interaction_id == click.id
            or click.person.id in message.mentions
            or message.channel_id == direct
        ]

    def waiting(self) -> list[PersonInteraction]:
        """Who has no last word yet, and may still get one.

        Without an acknowledgement Discord itself tells them, after three seconds.
        """
        return [click for click in self.clicks if self._is_waiting(click)]

    def given_up(self, click: PersonInteraction) -> None:
        """No word can reach this member any more."""
        self._asked.pop(click.id)

    def _is_waiting(self, click: PersonInteraction) -> bool:
        if click.id not in self._asked:
            return False
        if click.acknowledged is None:
            return click.age < ACKNOWLEDGE_SECONDS and self._asked[click.id].alive
        return not self.answers(click)

    async def until(self, condition: Callable[[], Any], within: float = PATIENCE) -> None:
        """Wait for something that can only be looked at."""
        deadline = time.monotonic() + within
        while not condition():
            assert time.monotonic() < deadline, self.bots[-1].log
            await asyncio.sleep(0.01)

    async def quiet(self, within: float = PATIENCE) -> None:
        """Wait until everybody has a last word and the bot owes nothing any more."""
        deadline = time.monotonic() + within
        while self.waiting() or Books.owed(self.data):
            assert time.monotonic() < deadline, f"{self.waiting()}\n{self.bots[-1].log}"
            assert self.bots[-1].alive, self.bots[-1].log
            await asyncio.sleep(0.02)

    # ---- time --------------------------------------------------------------------------------

    def pass_time(self, seconds: float) -> None:
        """Let time go by while no bot runs: for Discord, for the engine, and in the books."""
        assert not any(bot.alive for bot in self.bots)
        self._clock.advance(seconds)
        Books.age(self.data, seconds)

    # ---- the three books ---------------------------------------------------------------------

    async def settle(self) -> Books:
        """Wait for quiet, stop the bot, and compare ledger, engine and Discord."""
        await self.quiet()
        for bot in self.bots:
            if bot.alive:
                await bot.stop()
        return await self.compare()

    async def settle_in_time(self) -> Books:
        """As `settle`; a submit that nobody knows of is first waited for until it cannot start."""
        with contextlib.suppress(AssertionError):
            await self.quiet(within=6)
            return await self.settle()
        await self.bots[-1].stop()
        self.pass_time(DOUBT_SECONDS)
        await self.start()
        return await self.settle()

    async def compare(self) -> Books:
        """Hold the three books against each other; the bot must have stopped."""
        books = Books(self.data)
        books.require_order()
        assert await audited(self.data) == []
        self._require_honest_engine(books)
        self._require_answers(books)
        return books

    def _require_honest_engine(self, books: Books) -> None:
        """At most one paid job for each job of ours, and none we do not know."""
        ours = [job["request_id"] for job in books.jobs if job["request_id"]]
        billed = {job.request_id for job in self.engine.jobs if job.billed_units}
        done = {job["request_id"] for job in books.jobs if job["state"] == "done"}

        assert sorted(job.request_id for job in self.engine.jobs) == sorted(ours)
        assert billed == done
        assert all(job.billed_units <= 1 for job in self.engine.jobs)

    def _require_answers(self, books: Books) -> None:
        """Nobody is left with "is thinking…", and every card is there once."""
        final = {int(message.id): message for message in self.final()}
        unfinished = [message for message in self.messages() if int(message.id) not in final]
        ended = [d for d in books.deliveries if d["state"] == "delivered"]
        # Where the token had died, what stands there can no longer be changed.
        past_help = {d["reply_id"] for d in books.deliveries if d["way"] != "reply"}
        footers = [line for m in final.values() for line in m.text.splitlines() if FOOTER in line]

        assert {int(message.interaction_id or 0) for message in unfinished} <= past_help
        assert {d["message_id"] for d in ended} <= final.keys()
        assert sorted(footers) == sorted(f"{FOOTER}{d['edit_id']}" for d in ended if d["edit_id"])
        for click in self.clicks:
            reachable = click.acknowledged is not None and click.id in self._asked
            assert len(self.answers(click)) == reachable, click


@asynccontextmanager
async def open_stage(home: Path, **options: Any) -> AsyncIterator[Stage]:
    """A Discord that knows the bot's commands, and an engine; options are the engine's.

    What Discord had to refuse as badly formed fails the test.
    """
    clock = Clock()
    async with LocalDiscord(clock=clock) as discord, Engine(clock=clock, **options) as engine:
        stage = Stage(discord, engine, home, clock)
        await _teach(stage)
        try:
            yield stage
        finally:
            for bot in stage.bots:
                await bot.kill()
        assert discord.unknown_routes == []
        assert discord.violations == []


async def _teach(stage: Stage) -> None:
    """Tell Discord the bot's commands, as `touchup sync` did when it was asked once."""
    if not _commands:
        teacher = await stage.spawn(entry=("-m", "bot", "sync"), DATA_DIR=str(stage.home / "sync"))
        assert await teacher.ended() == 0, teacher.log
        [told] = [r for r in stage.discord.requests if r.route == routes.COMMANDS]
        _commands.extend(told.body)
        return
    url = f"{stage.discord.api_url}/applications/{stage.discord.application_id}/commands"
    headers = {"Authorization": f"Bot {stage.discord.bot_token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.put(url, json=_commands) as answer,
    ):
        assert answer.status == 200


async def until_gone(processes: Collection[psutil.Process], *, within: float = 5.0) -> None:
    """Wait until none of these processes runs any more."""
    deadline = time.monotonic() + within
    while any(_runs(process) for process in processes):
        assert time.monotonic() < deadline, processes
        await asyncio.sleep(0.01)


def _runs(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def picture(size: tuple[int, int] = (64, 64), **options: Any) -> Upload:
    """A picture with something to see everywhere, as a member attaches it."""
    gradient = Image.linear_gradient("L").resize(size)
    turned = gradient.transpose(Image.Transpose.ROTATE_180)
    file = io.BytesIO()
    Image.merge("RGB", (gradient, turned, gradient)).save(file, "PNG")
    return Upload("photo.png", file.getvalue(), **options)
