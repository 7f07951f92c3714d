"""What an operator may write for each kind of setting, and the sentence that says so."""

from __future__ import annotations

import difflib
import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BeforeValidator, SecretStr

from bot.domain.billing import amounts

_PUBLIC_HOSTS: Final = ("fal.run", "fal.ai", "fal.media", "discord.com", "discord.gg")
_HOST: Final = re.compile(
    r"(?:https?://)?(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(?::[0-9]{1,5})?"
)
_TOKEN: Final = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
_KEY: Final = re.compile(r"[\w-]+:[\w-]+", re.ASCII)


def _discord_token(value: object) -> object:
    text = _secret(value)
    if _KEY.fullmatch(text):
        raise ValueError("holds a fal key: were DISCORD_TOKEN and FAL_KEY exchanged?")
    if not _TOKEN.fullmatch(text):
        raise ValueError("is no bot token: a token has three parts with a dot between them")
    return SecretStr(text)


def _fal_key(value: object) -> object:
    text = _secret(value)
    if _TOKEN.fullmatch(text):
        raise ValueError("holds a Discord token: were DISCORD_TOKEN and the fal key exchanged?")
    if not _KEY.fullmatch(text):
        raise ValueError("is no fal key: a key is an id, one colon and a secret")
    return SecretStr(text)


def _secret(value: object) -> str:
    """Check what copying and pasting adds; the value itself is never part of a sentence."""
    text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
    if "\n" in text or "\r" in text:
        raise ValueError("has a line break in it: paste it as one line")
    if "\ufeff" in text or not text.isprintable():
        raise ValueError("has an invisible character in it: paste it again as plain text")
    if text[:1] in "\"'" or text[-1:] in "\"'":
        raise ValueError("has quotation marks around it: leave them out")
    if any(character.isspace() for character in text):
        raise ValueError('has a space in it: give the value alone, without "Bot" or "Key"')
    return text


def whole(least: int, most: int) -> BeforeValidator:
    """Accept plain digits between two numbers, both included."""

    def parse(value: object) -> int:
        text = str(value).strip()
        is_number = text.isascii() and text.isdigit() and len(text) < len(str(most)) + 4
        if not is_number or not least <= int(text) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(text)

    return BeforeValidator(parse)


def _dollars(value: object) -> Decimal:
    text = str(value).strip()
    try:
        amounts.parse_usd(text)
    except ValueError as error:
        raise ValueError(f"cannot be used: {error}") from None
    return Decimal(text)


def one_of(*choices: str) -> BeforeValidator:
    """Accept one of some words, in whatever case."""

    def parse(value: object) -> str:
        for choice in choices:
            if str(value).strip().casefold() == choice.casefold():
                return choice
        raise ValueError(f"must be one of: {', '.join(choices)}")

    return BeforeValidator(parse)


def _time_zone(value: object) -> str:
    text = str(value).strip()
    try:
        ZoneInfo(text)
    except (LookupError, ValueError, OSError):
        close = difflib.get_close_matches(text, available_timezones(), 1) or ["Europe/Berlin"]
        raise ValueError(f"is no time zone: give a name such as {close[0]}") from None
    return text


def url(*schemes: str) -> BeforeValidator:
    """Accept an address of one of these schemes; Discord and fal only by the first, secure one."""

    def parse(value: object) -> str:
        text = str(value).strip()
        try:
            parts = urlsplit(text)
            host, _ = parts.hostname, parts.port
        except ValueError:
            host = None
        if not host or parts.scheme not in schemes or any(map(str.isspace, text)):
            raise ValueError(f"must be an address that starts with {schemes[0]}://")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("must be an address without a user name, a query or a fragment")
        if parts.scheme != schemes[0] and any(
            host == public or host.endswith(f".{public}") for public in _PUBLIC_HOSTS
        ):
            raise ValueError(f"must start with {schemes[0]}://, or the key would travel readable")
        return text.rstrip("/")

    return BeforeValidator(parse)


def _hosts(value: object) -> tuple[str, ...]:
    names = value.split(",") if isinstance(value, str) else _strings(value)
    hosts = tuple(name.strip().lower() for name in names if name.strip())
    if not hosts or not all(_HOST.fullmatch(host) for host in hosts):
        raise ValueError("must be host names with commas between them, such as cdn.discordapp.com")
    return hosts


def _strings(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, (tuple, list)) else [str(value)]


def _folder(value: object) -> Path:
    if "\0" in str(value):
        raise ValueError("must be the path of a folder")
    return Path(str(value)).expanduser()


DiscordToken = Annotated[SecretStr, BeforeValidator(_discord_token)]
FalKey = Annotated[SecretStr, BeforeValidator(_fal_key)]
Dollars = Annotated[Decimal, BeforeValidator(_dollars)]
Url = Annotated[str, url("https", "http")]
Hosts = Annotated[tuple[str, ...], BeforeValidator(_hosts)]
Folder = Annotated[Path, BeforeValidator(_folder)]
TimeZone = Annotated[str, BeforeValidator(_time_zone)]
