"""Marked secrets go through every outcome, and are then looked for everywhere (I13, G2)."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterable
from typing import Any

import psutil
import pytest

from bot.engine import EngineFault, EngineFaultKind
from bot.sandbox import Upload, routes
from tests.canary.conftest import Watched
from tests.crash.stage import picture

HEADER = re.compile(rb"(?im)^authorization: (?:bot|key) [^\r\n]*\r$")
# It may follow directly after the body before it.
REQUEST_LINE = re.compile(rb"(?m)(?:GET|POST|PUT|PATCH|DELETE) /\S* HTTP/1\.1\r$")
DATA_URI = re.compile(rb"data:[\w/.+-]+;base64,[A-Za-z0-9+/]{16}")

MISHAPS_OF_THE_ENGINE = (
    EngineFault(kind=EngineFaultKind.SUBMIT_REFUSED, error_type="content_policy_violation"),
    EngineFault(kind=EngineFaultKind.SUBMIT_BROKEN, status=500),
    EngineFault(kind=EngineFaultKind.SUBMIT_ACCEPTED_THEN_GATEWAY, status=502),
    EngineFault(kind=EngineFaultKind.JOB_FAILS, error_type="content_policy_violation"),
    EngineFault(kind=EngineFaultKind.SUBMIT_BROKEN_JSON),
    EngineFault(kind=EngineFaultKind.JOB_DATA_URI),
    EngineFault(kind=EngineFaultKind.JOB_WITHOUT_IMAGES),
    EngineFault(kind=EngineFaultKind.STATUS_BROKEN_JSON),
    EngineFault(kind=EngineFaultKind.STREAM_GARBAGE),
    EngineFault(kind=EngineFaultKind.RESULT_BROKEN_JSON),
    EngineFault(kind=EngineFaultKind.FILE_CORRUPT),
    EngineFault(kind=EngineFaultKind.FILE_HTML),
)


async def live_through_everything(watched: Watched, **settings: str) -> None:
    """Success, refusals, failures, a death, and a token that is revoked in the end."""
    stage, discord = watched.stage, watched.stage.discord
    bot = await watched.start(TOUCHUP_DIE_AT="submit.sent#2", **settings)
    await watched.edit("success")
    await stage.quiet()
    assert not any(names_a_secret(watched, child) for child in bot.children)
    await watched.edit("cut-short")
    assert await bot.ended() == 137
    bot = await watched.start(**settings)
    await stage.quiet()

    await watched.edit("no-picture", image=Upload("a.png", b"<svg>no picture</svg>"))
    await watched.edit("no-area", area="the middel of nowhere")
    await watched.edit("gone", image=picture(claims={"url": f"{discord.cdn_url}/attachments/x"}))
    await watched.edit(
        "elsewhere", image=picture(claims={"url": f"http://127.0.0.1:1/?hm={'1' * 64}"})
    )
    stale = await watched.edit("stale", image=picture())
    discord.cdn.expire_links()
    await stage.quiet()
    assert stale.acknowledged is not None

    await suffer_from_the_engine(watched)
    await suffer_from_discord(watched)
    await watched.edit("killed")
    bot.send(signal.SIGKILL)
    await bot.ended()
    bot = await watched.start(**settings)
    await stage.quiet(within=60)

    await break_our_own_house(watched)
    stage.engine.faults.add(
        EngineFault(kind=EngineFaultKind.SUBMIT_LOCKED, text=f"User is locked, Key {watched.key}")
    )
    locked = await watched.edit("locked")
    await stage.until(lambda: stage.engine.faults.fired[-1].kind is EngineFaultKind.SUBMIT_LOCKED)
    stage.given_up(locked)
    await discord.revoke_token()
    await bot.ended()


async def suffer_from_the_engine(watched: Watched) -> None:
    for number, fault in enumerate(MISHAPS_OF_THE_ENGINE):
        watched.stage.engine.faults.add(fault)
        await watched.edit(f"unlucky-{number}")
        await watched.stage.quiet(within=60)


async def suffer_from_discord(watched: Watched) -> None:
    """Errors that quote what they were sent, as a proxy's page may."""
    discord = watched.stage.discord
    quote = f"cannot PATCH for Bot {watched.token}"
    mishaps: tuple[dict[str, Any], ...] = ({"status": 500}, {"status": 400}, {"drop": True})
    for number, mishap in enumerate(mishaps):
        click = await watched.edit(f"unheard-{number}")
        path = f"/webhooks/1/{click.token}/messages/@original?hm={'0' * 64}"
        discord.faults.add(("PATCH", routes.ORIGINAL), message=f"{quote} {path}", **mishap)
        await watched.stage.quiet()
    discord.gateway.ask_reconnect()
    await watched.edit("meanwhile")
    await watched.stage.quiet()
    discord.gateway.invalidate()
    await discord.wait(lambda: len(discord.gateway.identifies) > 2)


async def break_our_own_house(watched: Watched) -> None:
    """A disk that takes no more files: errors with tracebacks."""
    workspace = watched.stage.data / "pictures" / "desk"
    workspace.rmdir()
    await watched.edit("no-desk")
    await watched.stage.quiet()
    workspace.mkdir(mode=0o700)


def names_a_secret(watched: Watched, child: psutil.Process) -> bool:
    shown = repr((child.environ(), child.cmdline())).encode()
    return any(secret in shown for secret in watched.own_secrets.values())


def spread(text: bytes, secrets: Iterable[bytes]) -> int:
    return sum(text.count(secret) for secret in secrets)


@pytest.mark.parametrize("form", ["text", "json"])
async def test_no_secret_is_logged_kept_or_told(watched: Watched, form: str) -> None:
    await live_through_everything(watched, LOG_FORMAT=form)

    logs = watched.logs
    assert b"DEBUG" in logs
    assert b"Traceback" in logs
    found = watched.everything_secret
    assert spread(logs, [*found, watched.prompt.encode()]) == 0
    assert DATA_URI.search(logs) is None
    assert spread(watched.said, found) == 0
    for path, content in watched.kept.items():
        assert spread(content, found) == 0, path
        assert DATA_URI.search(content) is None, path
    require_fixed_places(watched)


def require_fixed_places(watched: Watched) -> None:
    """On the wire each secret stands only where its owner reads it."""
    to_discord, to_engine = watched.to_discord.sent, watched.to_engine.sent
    own = watched.own_secrets
    headers = b"\n".join(HEADER.findall(to_discord))
    lines = b"\n".join(REQUEST_LINE.findall(to_discord))
    passing = [*watched.interaction_tokens, *watched.signatures]

    assert to_discord.count(own["token"]) == headers.count(own["token"]) > 0
    assert spread(to_discord, passing) == spread(lines, passing) > 0
    assert spread(to_discord, [own["key"], own["key's secret"]]) == 0
    keys = b"\n".join(HEADER.findall(to_engine))
    assert to_engine.count(own["key's secret"]) == keys.count(own["key"]) > 0
    assert spread(to_engine, [own["token"], own["token's signature"], *passing]) == 0
