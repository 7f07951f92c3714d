"""Settings are read once, and whatever is wrong with them is said at once."""

from __future__ import annotations

import itertools
import logging
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.domain.catalog import MODELS
from bot.domain.errors import ConfigError
from bot.settings.load import load_settings
from bot.settings.model import NAMES, Settings

TOKEN = "MTA0NzEwNDcxMDQ3MTA0NzEw.GcAnAr.canary-canary-canary-canary-canary"
KEY = "0c0ffee0-1111-2222-3333-444455556666:canary0123456789canary0123456789"


def problems_of(environ: dict[str, str], env_file: Path = Path("no such file")) -> str:
    with pytest.raises(ConfigError) as caught:
        load_settings(environ, env_file=env_file)
    assert caught.value.__context__ is None, "a validation error in the chain remembers values"
    return "\n".join(caught.value.problems)


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    path = tmp_path / ".env"
    path.touch(mode=0o600)
    return path


def test_nothing_needs_to_be_set() -> None:
    settings = load_settings({}, env_file=Path("no such file"))

    assert settings == Settings()
    assert settings.provider == "embedded"
    assert settings.member_daily_limit_micro_usd == 1_000_000
    assert settings.guild_monthly_limit_micro_usd == 20_000_000
    assert settings.bot_monthly_limit_micro_usd == 50_000_000
    assert settings.price_micro_usd == 80_000
    assert settings.picture_limits.max_bytes == 25 * 1024 * 1024
    assert settings.picture_limits.max_pixels == 50_000_000
    assert settings.zone.key == "UTC"


def test_the_example_file_holds_every_setting_with_its_default() -> None:
    assert load_settings({}, env_file=Path(".env.example")) == Settings()


def test_the_environment_wins_over_the_file(env_file: Path) -> None:
    env_file.write_text("FAL_CONCURRENCY=3\nTIME_ZONE=Asia/Tokyo\n")

    settings = load_settings({"FAL_CONCURRENCY": "7"}, env_file=env_file)

    assert settings.fal_concurrency == 7
    assert settings.time_zone == "Asia/Tokyo"


def test_an_empty_value_means_the_default(env_file: Path) -> None:
    env_file.write_text("MAX_PICTURE_MIB=\n")

    assert load_settings({"LOG_LEVEL": ""}, env_file=env_file) == Settings()


def test_the_file_may_have_a_bom_quotes_comments_export_and_windows_line_ends(
    env_file: Path,
) -> None:
    env_file.write_bytes(
        b"\xef\xbb\xbfTIME_ZONE='Asia/Tokyo' # far\r\n\r\nexport FAL_CONCURRENCY=\"3\"\r\n"
    )

    settings = load_settings({}, env_file=env_file)

    assert (settings.time_zone, settings.fal_concurrency) == ("Asia/Tokyo", 3)


@pytest.mark.parametrize(
    ("environ", "provider", "price"),
    [
        ({}, "embedded", 80_000),
        ({"FAL_KEY": KEY}, "fal", 80_000),
        ({"FAL_KEY": KEY, "ENGINE": "embedded"}, "embedded", 80_000),
        ({"FAL_KEY": KEY, "ENGINE": "FAL", "MODEL": "ideogram-v2-turbo"}, "fal", 50_000),
        ({"FAL_KEY": KEY, "ENGINE_PRICE_USD": "0.5"}, "fal", 80_000),
        ({"ENGINE_PRICE_USD": "0"}, "embedded", 0),
        ({"ENGINE_PRICE_USD": "0.000001"}, "embedded", 1),
    ],
)
def test_the_key_chooses_the_engine_unless_told_otherwise(
    environ: dict[str, str], provider: str, price: int
) -> None:
    settings = load_settings(environ, env_file=Path("no such file"))

    assert settings.provider == provider
    assert settings.price_micro_usd == price


def test_fal_without_a_key_is_refused() -> None:
    assert "FAL_KEY" in problems_of({"ENGINE": "fal"})


def test_connecting_to_discord_without_a_token_is_refused() -> None:
    with pytest.raises(ConfigError, match="DISCORD_TOKEN is not set"):
        Settings().require_discord_token()

    settings = load_settings({"DISCORD_TOKEN": TOKEN}, env_file=Path("no such file"))
    assert settings.require_discord_token() == TOKEN


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("DISCORD_TOKEN", f"{TOKEN}\n", "line break"),
        ("DISCORD_TOKEN", f'"{TOKEN}"', "quotation marks"),
        ("DISCORD_TOKEN", f"'{TOKEN}'", "quotation marks"),
        ("DISCORD_TOKEN", f"\ufeff{TOKEN}", "invisible"),
        ("DISCORD_TOKEN", f"{TOKEN}\u200b", "invisible"),
        ("DISCORD_TOKEN", f"Bot {TOKEN}", "space"),
        ("DISCORD_TOKEN", f"{TOKEN} ", "space"),
        ("DISCORD_TOKEN", KEY, "exchanged"),
        ("DISCORD_TOKEN", "canary.canary", "three parts"),
        ("DISCORD_TOKEN", "canary", "three parts"),
        ("FAL_KEY", TOKEN, "exchanged"),
        ("FAL_KEY", f"Key {KEY}", "space"),
        ("FAL_KEY", f"{KEY}:canary", "one colon"),
        ("FAL_KEY", "canary", "one colon"),
        ("FAL_ADMIN_KEY", "canary", "one colon"),
        ("FAL_ADMIN_KEY", TOKEN, "exchanged"),
    ],
)
def test_row_109_a_malformed_secret_is_named_but_never_shown(
    name: str, value: str, reason: str
) -> None:
    said = problems_of({name: value})

    assert name in said
    assert reason in said
    assert "canary" not in said


@pytest.mark.parametrize(
    "value",
    ["-1", "1e9", "NaN", "inf", "$5", "1,5", "0,05", "1_000", "٣", "0x10", "1.0000001", "--", "."],
)
@pytest.mark.parametrize("name", ["MEMBER_DAILY_LIMIT_USD", "ENGINE_PRICE_USD"])
def test_row_109_an_amount_is_plain_digits(name: str, value: str) -> None:
    assert name in problems_of({name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FAL_CONCURRENCY", "0"),
        ("FAL_CONCURRENCY", "1e9"),
        ("FAL_CONCURRENCY", "9" * 5000),
        ("PICTURE_PROCESSES", "-1"),
        ("PICTURE_PROCESSES", "two"),
        ("MAX_PICTURE_MIB", "2.5"),
        ("START_TIMEOUT_SECONDS", "NaN"),
        ("TIME_ZONE", "Mars/Base"),
        ("TIME_ZONE", "../../etc/passwd"),
        ("TIME_ZONE", "Europe"),
        ("MODEL", "ideogram-v9"),
        ("ENGINE", "local"),
        ("LOG_LEVEL", "LOUD"),
        ("LOG_FORMAT", "xml"),
        ("DATA_DIR", "a\0b"),
        ("FAL_QUEUE_URL", "queue.fal.run"),
        ("FAL_QUEUE_URL", "ftp://queue.fal.run"),
        ("FAL_QUEUE_URL", "https://"),
        ("FAL_QUEUE_URL", "https://me:secret@queue.fal.run"),
        ("FAL_QUEUE_URL", "https://queue.fal.run:99999"),
        ("FAL_QUEUE_URL", "https://queue.fal.run/?a=b"),
        ("FAL_API_URL", "https://[::1"),
        ("DISCORD_GATEWAY_URL", "https://gateway.discord.gg"),
        ("DISCORD_CDN_HOSTS", "ftp://cdn.discordapp.com"),
        ("DISCORD_CDN_HOSTS", "cdn.discordapp.com/x"),
        ("DISCORD_CDN_HOSTS", "cdn.discordapp.com@evil"),
        ("DISCORD_CDN_HOSTS", " , "),
    ],
)
def test_h1_a_value_outside_its_range_is_named(name: str, value: str) -> None:
    assert problems_of({name: value}).startswith(name)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FAL_QUEUE_URL", "http://queue.fal.run"),
        ("DISCORD_API_URL", "http://discord.com/api/v10"),
        ("DISCORD_GATEWAY_URL", "ws://gateway.discord.gg"),
    ],
)
def test_g2_a_secret_is_never_sent_readable_to_a_real_host(name: str, value: str) -> None:
    assert "readable" in problems_of({name: value})


def test_local_addresses_may_be_plain() -> None:
    settings = load_settings(
        {
            "FAL_QUEUE_URL": "http://127.0.0.1:8700/",
            "DISCORD_GATEWAY_URL": "ws://127.0.0.1:8800",
            "DISCORD_CDN_HOSTS": "http://127.0.0.1:8801, CDN.example.org",
        },
        env_file=Path("no such file"),
    )

    assert settings.fal_queue_url == "http://127.0.0.1:8700"
    assert settings.discord_gateway_url == "ws://127.0.0.1:8800"
    assert settings.discord_cdn_hosts == ("http://127.0.0.1:8801", "cdn.example.org")


def test_h1_every_problem_is_reported_at_once_with_its_line(env_file: Path) -> None:
    env_file.write_text(
        "\n# a comment\nDISCORD_TOKN=x\n\nFAL_KEY=canary\nMAX_PICTURE_MIB=big\n"
        "what is this\nSOMETHING_ELSE=1\n"
    )

    said = problems_of({"FAL_CONCURENCY": "3", "TIME_ZONE": "Mars"}, env_file).splitlines()

    assert said == [
        ".env line 3: DISCORD_TOKN is not a setting: did you mean DISCORD_TOKEN?",
        ".env line 7 is not of the form NAME=value",
        ".env line 8: SOMETHING_ELSE is not a setting",
        "FAL_CONCURENCY is not a setting: did you mean FAL_CONCURRENCY?",
        "FAL_KEY (.env line 5) is no fal key: a key is an id, one colon and a secret",
        "TIME_ZONE is no time zone: give a name such as Europe/Berlin",
        "MAX_PICTURE_MIB (.env line 6) must be a whole number from 1 to 500",
    ]


@pytest.mark.parametrize("line", [TOKEN, KEY, f"{TOKEN}=", f"{KEY}==", f"export {TOKEN}"])
def test_row_109_a_secret_without_its_name_is_not_shown_either(env_file: Path, line: str) -> None:
    env_file.write_text(f"{line}\n")

    said = problems_of({}, env_file)

    assert ".env line 1" in said
    assert "canary" not in said


@pytest.mark.parametrize(
    ("slip", "meant"),
    [("FALKEY", "FAL_KEY"), ("fal_key", "FAL_KEY"), ("DISCORD-TOKEN", "DISCORD_TOKEN")],
)
def test_h1_a_slip_in_the_environment_is_noticed(slip: str, meant: str) -> None:
    assert f"did you mean {meant}?" in problems_of({slip: "x"})


def test_the_environment_is_full_of_other_programs_names() -> None:
    environ = {
        "PATH": "/bin",
        "HOME": "/",
        "MODE": "x",
        "TZ": "UTC",
        "FAL_KEY_ID": "x",
        "FAL_RUN_HOST": "x",
        "ENGINE_ROOM": "x",
        "DISCORD": "x",
    }

    assert load_settings(environ, env_file=Path("no such file")) == Settings()


def test_a_name_close_to_one_that_is_set_is_no_slip() -> None:
    environ = {"FAL_KEYS": "x", "FAL_KEY": KEY}

    assert load_settings(environ, env_file=Path("no such file")).provider == "fal"


def test_an_unreadable_file_is_a_problem_not_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "latin.env").write_bytes(b"TIME_ZONE=\xff\xfe")

    assert "cannot be read" in problems_of({}, tmp_path)
    assert "UTF-8" in problems_of({}, tmp_path / "latin.env")


@pytest.mark.parametrize("others", [True, False])
def test_row_111_a_file_others_can_read_is_warned_about(
    env_file: Path, others: bool, caplog: pytest.LogCaptureFixture
) -> None:
    env_file.write_text(f"FAL_KEY={KEY}\n")
    env_file.chmod(0o644 if others else 0o600)

    with caplog.at_level(logging.WARNING):
        load_settings({}, env_file=env_file)

    assert ("chmod 600 .env" in caplog.text) is others


def test_secrets_leave_the_environment_when_asked() -> None:
    secrets = {"FAL_KEY": KEY, "FAL_ADMIN_KEY": KEY, "DISCORD_TOKEN": TOKEN}
    environ = {**secrets, "PATH": "/bin"}

    kept = load_settings(dict(environ), env_file=Path("no such file"))
    settings = load_settings(environ, env_file=Path("no such file"), forget=True)

    assert environ == {"PATH": "/bin"}
    assert settings == kept
    assert settings.fal_key is not None
    assert settings.fal_key.get_secret_value() == KEY


def test_g2_settings_never_show_a_secret() -> None:
    settings = load_settings(
        {"FAL_KEY": KEY, "FAL_ADMIN_KEY": KEY, "DISCORD_TOKEN": TOKEN},
        env_file=Path("no such file"),
    )

    shown = f"{settings!r} {settings} {settings.model_dump_json()} {settings.model_dump()}"

    assert "canary" not in shown


def test_settings_do_not_change() -> None:
    settings = Settings(member_daily_limit_usd=Decimal("0.25"))

    with pytest.raises(ValidationError, match="frozen"):
        settings.fal_concurrency = 99
    assert settings.member_daily_limit_micro_usd == 250_000


def test_every_setting_has_one_line_and_one_comment_in_the_example() -> None:
    lines = Path(".env.example").read_text(encoding="utf-8").splitlines()
    explained = {
        line.partition("=")[0]: before
        for before, line in itertools.pairwise(lines)
        if line and not line.startswith("#")
    }

    assert sorted(explained) == sorted(NAMES)
    assert all(comment.startswith("# ") for comment in explained.values())
    assert len([line for line in lines if line and not line.startswith("#")]) == len(NAMES)


@pytest.mark.parametrize(("polarity", "white"), [("", True), ("White", True), ("black", False)])
def test_r14_one_setting_turns_the_masks_of_every_model(polarity: str, white: bool) -> None:
    settings = load_settings({"MASK_POLARITY": polarity}, env_file=Path("no such file"))

    assert {model.white_is_edit for model in settings.models.values()} == {white}
    assert settings.catalog_entry == settings.models[settings.model]
    assert settings.models.keys() == MODELS.keys()


def test_a_polarity_that_is_no_colour_is_named() -> None:
    assert "MASK_POLARITY" in problems_of({"MASK_POLARITY": "inverted"})
