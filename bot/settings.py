"""Everything an operator can set, read once from the environment and from `.env`."""

from __future__ import annotations

import difflib
import logging
import os
import re
import stat
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from dotenv.parser import parse_stream
from pydantic import BaseModel, ConfigDict, ValidationError

from bot import logs
from bot.domain.catalog import IDEOGRAM_V2_EDIT, MODELS, Model
from bot.domain.errors import ConfigError
from bot.domain.money import amounts
from bot.domain.money.amounts import NANO_PER_MICRO
from bot.domain.money.breaker import Breaker
from bot.domain.pictures import PictureLimits
from bot.setting_kinds import (
    DiscordToken,
    Dollars,
    FalKey,
    Folder,
    Hosts,
    TimeZone,
    Url,
    one_of,
    url,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, MutableMapping

log = logging.getLogger(__name__)

SECRETS: Final = ("DISCORD_TOKEN", "FAL_KEY", "FAL_ADMIN_KEY")

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,39}")


class Settings(BaseModel):
    """One field is one variable of the same name in capitals; `.env.example` explains each.

    Raises:
        ConfigError: from `load`, with every problem at once.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    discord_token: DiscordToken | None = None
    fal_key: FalKey | None = None
    fal_admin_key: FalKey | None = None

    engine: Annotated[Literal["fal", "embedded"], one_of("fal", "embedded")] | None = None
    engine_price_usd: Dollars | None = None
    engine_url: Url | None = None
    model: Annotated[str, one_of(*MODELS)] = IDEOGRAM_V2_EDIT.id
    mask_polarity: Annotated[Literal["white", "black"], one_of("white", "black")] = "white"

    data_dir: Folder = Path("data")
    time_zone: TimeZone = "UTC"

    member_daily_limit_usd: Dollars = Decimal("1.00")
    guild_monthly_limit_usd: Dollars = Decimal(20)
    bot_monthly_limit_usd: Dollars = Decimal(50)
    max_waiting_per_member: Annotated[int, whole(1, 1000)] = 24
    breaker_burst_usd: Dollars = Decimal("5.00")
    breaker_failure_percent: Annotated[int, whole(0, 100)] = 30

    max_picture_mib: Annotated[int, whole(1, 500)] = 25
    max_picture_megapixels: Annotated[int, whole(1, 200)] = 50

    fal_concurrency: Annotated[int, whole(1, 200)] = 2
    picture_processes: Annotated[int, whole(1, 64)] = 2
    start_timeout_seconds: Annotated[int, whole(5, 3600)] = 300
    finish_timeout_seconds: Annotated[int, whole(5, 3600)] = 600

    log_level: Annotated[str, one_of("DEBUG", "INFO", "WARNING", "ERROR")] = "INFO"
    log_format: Annotated[Literal["text", "json"], one_of("text", "json")] = "text"

    fal_queue_url: Url = "https://queue.fal.run"
    fal_rest_url: Url = "https://rest.fal.ai"
    fal_cdn_url: Url = "https://v3.fal.media"
    fal_api_url: Url = "https://api.fal.ai/v1"
    discord_api_url: Url = "https://discord.com/api/v10"
    discord_gateway_url: Annotated[str, url("wss", "ws")] = "wss://gateway.discord.gg"
    discord_cdn_hosts: Hosts = (
        "cdn.discordapp.com",
        "media.discordapp.net",
    )

    @classmethod
    def load(
        cls,
        environ: MutableMapping[str, str] | None = None,
        *,
        env_file: Path = Path(".env"),
        forget: bool = False,
    ) -> Settings:
        """Read `environ` (by default the process's own) over `env_file`; empty means unset.

        With `forget`, secrets are taken out of `environ` afterwards.

        Raises:
            ConfigError: lists every problem, never with the value of a secret.
        """
        environ = os.environ if environ is None else environ
        entries, problems = _read(env_file)
        for name in NAMES:
            if environ.get(name):
                entries[name] = _Entry(environ[name], name)
        for name in SECRETS:
            if name in entries:
                logs.keep_secret(entries[name].value)
        problems += _near_misses(environ, entries)
        wants_fal = "ENGINE" in entries and entries["ENGINE"].value.strip().casefold() == "fal"
        if wants_fal and "FAL_KEY" not in entries:
            problems.append("ENGINE is fal, which needs a FAL_KEY")
        values = {name.lower(): entry.value for name, entry in entries.items() if name in NAMES}
        settings, wrong = _validated(values)
        problems += [f"{entries[name].place} {reason}" for name, reason in wrong]
        if settings is None or problems:
            raise ConfigError(problems)
        if forget:
            # Picture processes, which decode strangers' files, inherit the environment.
            for name in SECRETS:
                environ.pop(name, None)
        return settings

    @property
    def provider(self) -> Literal["fal", "embedded"]:
        """Who makes the pictures: fal for real money, or the embedded engine for play money."""
        return self.engine or ("fal" if self.fal_key else "embedded")

    @property
    def models(self) -> dict[str, Model]:
        """All models that may be bought from, with the polarity of the masks they are sent."""
        white = self.mask_polarity == "white"
        return {model.id: replace(model, white_is_edit=white) for model in MODELS.values()}

    @property
    def catalog_entry(self) -> Model:
        """The model that is bought from."""
        return self.models[self.model]

    @property
    def price_micro_usd(self) -> int:
        """Price of one picture, micro-USD; the embedded engine may be given another than fal's."""
        own = self.engine_price_nano_usd
        return self.catalog_entry.price_micro_usd if own is None else own // NANO_PER_MICRO

    @property
    def engine_price_nano_usd(self) -> int | None:
        """What a picture of any model costs at the embedded engine; None: what it costs at fal."""
        if self.provider != "embedded" or self.engine_price_usd is None:
            return None
        return amounts.parse_usd(str(self.engine_price_usd)) * NANO_PER_MICRO

    @property
    def member_daily_limit_micro_usd(self) -> int:
        """What a member may spend per day unless a moderator says otherwise."""
        return amounts.parse_usd(str(self.member_daily_limit_usd))

    @property
    def guild_monthly_limit_micro_usd(self) -> int:
        """What a guild may spend per month unless the operator says otherwise."""
        return amounts.parse_usd(str(self.guild_monthly_limit_usd))

    @property
    def bot_monthly_limit_micro_usd(self) -> int:
        """What all guilds together may spend per month."""
        return amounts.parse_usd(str(self.bot_monthly_limit_usd))

    @property
    def breaker(self) -> Breaker:
        """When purchases stop by themselves."""
        return Breaker(
            burst=amounts.parse_usd(str(self.breaker_burst_usd)),
            failure_percent=self.breaker_failure_percent,
        )

    @property
    def picture_limits(self) -> PictureLimits:
        """What the gate accepts."""
        return PictureLimits(
            max_bytes=self.max_picture_mib * 1024 * 1024,
            max_pixels=self.max_picture_megapixels * 1_000_000,
        )

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which days and months begin."""
        return ZoneInfo(self.time_zone)

    def with_engine_url(self, text: str, *, named: str) -> Settings:
        """The same settings, buying from a fal-compatible server at this address.

        Raises:
            ConfigError: it is not an address; the sentence calls it `named`.
        """
        settings, wrong = _validated({"engine_url": text})
        if settings is None:
            raise ConfigError([f"{named} {reason}" for _, reason in wrong])
        return self.model_copy(update={"engine_url": settings.engine_url})

    def require_discord_token(self) -> str:
        """Return the bot's token.

        Raises:
            ConfigError: there is none; only connecting to Discord needs one.
        """
        if self.discord_token is None:
            raise ConfigError(["DISCORD_TOKEN is not set: the README says where to get one"])
        return self.discord_token.get_secret_value()


NAMES: Final = tuple(name.upper() for name in Settings.model_fields)


class _Entry(NamedTuple):
    value: str
    place: str  # how a sentence names it: the variable, and the line if it is in a file


def _validated(values: dict[str, str]) -> tuple[Settings | None, list[tuple[str, str]]]:
    """Return the settings, or the name of each wrong variable with what is wrong about it."""
    try:
        return Settings.model_validate(values), []
    except ValidationError as error:
        # Only the reasons leave this function: pydantic's own error remembers the values.
        return None, [
            (str(item["loc"][0]).upper(), item["msg"].removeprefix("Value error, "))
            for item in error.errors(include_url=False, include_input=False)
        ]


def _read(env_file: Path) -> tuple[dict[str, _Entry], list[str]]:
    """Read NAME=value lines. Unlike the environment, this file is ours: it holds nothing else."""
    try:
        with env_file.open(encoding="utf-8-sig") as stream:
            is_private = not stat.S_IMODE(os.fstat(stream.fileno()).st_mode) & 0o077
            bindings = list(parse_stream(stream))
    except FileNotFoundError:
        return {}, []
    except OSError as error:
        return {}, [f"{env_file.name} cannot be read: {error.strerror}"]
    except UnicodeDecodeError:
        return {}, [f"{env_file.name} is not a UTF-8 text file"]
    entries: dict[str, _Entry] = {}
    problems = []
    for name, value, original, broken in bindings:
        text = original.string
        line = original.line + text[: len(text) - len(text.lstrip())].count("\n")
        if broken or (name is not None and value is None):
            problems.append(f"{env_file.name} line {line} is not of the form NAME=value")
        elif name in NAMES and value:
            entries[name] = _Entry(value, f"{name} ({env_file.name} line {line})")
        elif name is not None and name not in NAMES:
            # What is no name at all may be half of a secret that was pasted on its own.
            named = _unknown(name, cutoff=0.6) if _NAME.fullmatch(name) else "this is not a setting"
            problems.append(f"{env_file.name} line {line}: {named}")
    if os.name == "posix" and not is_private and not entries.keys().isdisjoint(SECRETS):
        log.warning("other users can read %s: chmod 600 %s", env_file.name, env_file.name)
    return entries, problems


def _near_misses(environ: Iterable[str], entries: dict[str, _Entry]) -> list[str]:
    """Find variables that are ours but for a slip; the environment is full of others' names."""
    suspects = ((name, _nearest(name, cutoff=0.9)) for name in environ if name not in NAMES)
    return [
        _unknown(name, cutoff=0.9) for name, meant in suspects if meant and meant not in entries
    ]


def _nearest(name: str, *, cutoff: float) -> str | None:
    bare = re.sub(r"[^A-Z0-9]", "", name.upper())
    same = [known for known in NAMES if known.replace("_", "") == bare]
    return next(iter(same or difflib.get_close_matches(name.upper(), NAMES, 1, cutoff)), None)


def _unknown(name: str, *, cutoff: float) -> str:
    meant = _nearest(name, cutoff=cutoff)
    return f"{name} is not a setting" + (f": did you mean {meant}?" if meant else "")
