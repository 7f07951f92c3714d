"""Everything an operator can set: one field for each variable of `.env.example`."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.domain.billing import amounts
from bot.domain.billing.amounts import NANO_PER_MICRO
from bot.domain.billing.breaker import Breaker
from bot.domain.catalog import IDEOGRAM_V2_EDIT, MODELS, Model
from bot.domain.edits.pictures import PictureLimits
from bot.domain.errors import ConfigError
from bot.settings.types import (
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

SECRETS: Final = ("DISCORD_TOKEN", "FAL_KEY", "FAL_ADMIN_KEY")


class Settings(BaseModel):
    """One field is one variable of the same name in capitals; `.env.example` explains each."""

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
        """What intake accepts."""
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
        settings, wrong = validated({"engine_url": text})
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


def validated(values: dict[str, str]) -> tuple[Settings | None, list[tuple[str, str]]]:
    """Return the settings, or the name of each wrong variable with what is wrong about it."""
    try:
        return Settings.model_validate(values), []
    except ValidationError as error:
        # Only the reasons leave this function: pydantic's own error remembers the values.
        return None, [
            (str(item["loc"][0]).upper(), item["msg"].removeprefix("Value error, "))
            for item in error.errors(include_url=False, include_input=False)
        ]
