"""Logs: one line per record, and no secret ever."""

from __future__ import annotations

import io
import json
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Literal

import httpx
import pytest
from aiohttp import web

from bot import logs

TOKEN = "MTA0NzEwNDcxMDQ3MTA0NzEw.GcAnAr.canary-canary-canary-canary-canary"
KEY = "0c0ffee0-1111-2222-3333-444455556666:canary0123456789canary0123456789"
INTERACTION = "aW50ZXJhY3Rpb246MTIzNDU2Nzg5MDEyMzQ1Njc4OmNhbmFyeQcanary"

Log = tuple[logging.Logger, io.StringIO]


@pytest.fixture
def configured() -> Iterator[Callable[..., Log]]:
    """Configure logging into a string; everything is put back afterwards."""
    root = logging.getLogger()
    before = (root.level, list(root.handlers), sys.excepthook, threading.excepthook)
    levels = {name: logging.getLogger(name).level for name in logs._FLOORS}
    secrets = set(logs._secrets)
    logs._secrets.clear()

    def configure(form: Literal["text", "json"] = "text", level: str = "DEBUG") -> Log:
        stream = io.StringIO()
        root.handlers.clear()  # pytest's own fail on purpose where ours must not
        logs.configure(level, form, stream=stream)
        return logging.getLogger("bot.test"), stream

    yield configure
    root.setLevel(before[0])
    root.handlers[:] = before[1]
    logs._secrets.clear()
    logs._secrets.update(secrets)
    sys.excepthook, threading.excepthook = before[2:]
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.mark.parametrize(
    "text",
    [
        TOKEN,
        f"Authorization: Bot {TOKEN}",
        KEY,
        f"Authorization: Key {KEY}",
        "{'Authorization': 'Key my-id:canary'}",
        "Authorization: Bearer canary.canary.canary",
        "POST /api/v10/interactions/123/canary/callback",
        "PATCH https://discord.com/api/v10/webhooks/123/canary/messages/@original?wait=true",
        "https://discord.com/api/webhooks/1/canary",
        f'{{"type": 2, "token": "{INTERACTION}"}}',
        "{'token': 'canary', 'id': 1}",
        INTERACTION,
        "https://cdn.discordapp.com/attachments/1/2/a.png?ex=canary&is=canary&hm=canary&",
        "/attachments/1/2/a.png?width=3&hm=canary",
        "https://x.example/a?X-Amz-Signature=canary&X-Amz-Date=1",
        "https://x.example/paint?edit=3&token=canary",
        "data:image/png;base64,iVBORw0KGgocanary+/canary==",
        "what? ????hm=canary",
    ],
)
@pytest.mark.parametrize("form", ["text", "json"])
def test_g2_no_secret_reaches_a_log(
    configured: Callable[..., Log], form: Literal["text", "json"], text: str
) -> None:
    log, stream = configured(form)

    log.debug("plain %s", text)
    log.info("in a value: %r", {"header": text})
    try:
        raise ValueError(text)
    except ValueError:
        log.exception("failed")

    assert "canary" not in stream.getvalue()
    assert stream.getvalue().count("[removed]") >= 3


def test_an_exact_secret_is_removed_whatever_it_looks_like(configured: Callable[..., Log]) -> None:
    log, stream = configured()
    logs.keep_secret("odd-one:canarycanary")

    log.info("sent odd-one:canarycanary, and half of it: canarycanary")

    assert "canary" not in stream.getvalue()
    assert "odd-one" not in stream.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        "Bot restarted after 3 seconds, key figures follow: 12",
        "https://queue.fal.run/fal-ai/ideogram/requests/0c0ffee0-1111-2222-3333-444455556666",
        "discord.gateway.session 1.2.3 python-3.11.7",
        "is it done? yes = no",
    ],
)
def test_ordinary_text_stays_as_it_is(configured: Callable[..., Log], text: str) -> None:
    log, stream = configured()

    log.info(text)

    assert stream.getvalue().endswith(f" INFO bot.test {text}\n")


def test_row_87_a_message_cannot_forge_a_line_or_colour_the_terminal(
    configured: Callable[..., Log],
) -> None:
    log, stream = configured()

    log.info("prompt %s", "red\x1b[31m\n2026-11-22 INFO paid\r\u2028\u202egnp.exe\ud800\x9b")

    assert stream.getvalue().count("\n") == 1
    assert r"red\x1b[31m\n2026-11-22 INFO paid\r\u2028\u202egnp.exe\ud800\x9b" in stream.getvalue()


def test_row_87_the_text_of_an_error_cannot_forge_a_line(configured: Callable[..., Log]) -> None:
    log, stream = configured()

    try:
        raise ValueError("x\n2026-11-22T00:00:00.000Z INFO bot paid\x1b[0m")
    except ValueError:
        log.exception("failed")

    first, *rest = stream.getvalue().splitlines()
    assert first.endswith("ERROR bot.test failed")
    assert rest
    assert all(line.startswith("    | ") for line in rest)
    assert "\x1b" not in stream.getvalue()


def test_json_is_one_object_per_record(configured: Callable[..., Log]) -> None:
    log, stream = configured("json")

    with logs.about(edit=12), logs.about(job=30):
        try:
            raise ValueError("über")
        except ValueError:
            log.exception("two\nlines")
    log.info("after")

    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert first["message"] == r"two\nlines"
    assert (first["edit_id"], first["job_id"], first["level"]) == (12, 30, "ERROR")
    assert first["traceback"].splitlines()[-1] == "ValueError: über"
    assert second.keys() == {"time", "level", "logger", "message"}


def test_text_says_which_edit_and_job_a_line_is_about(configured: Callable[..., Log]) -> None:
    log, stream = configured()

    with logs.about(edit=12):
        log.info("prepared")
        with logs.about(job=30):
            log.info("submitted")
    log.info("idle")

    lines = [line.partition(" INFO bot.test ")[2] for line in stream.getvalue().splitlines()]
    assert lines == ["[edit 12] prepared", "[edit 12 job 30] submitted", "idle"]


async def test_g2_the_libraries_stay_quiet_even_at_debug(configured: Callable[..., Log]) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text="ok")

    app = web.Application()
    app.router.add_get("/{tail:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    log, stream = configured()

    async with httpx.AsyncClient() as client:
        await client.get(f"http://{host}:{port}/odd-path-canary?odd=canary")
    log.debug("the end")
    await runner.cleanup()

    assert "canary" not in stream.getvalue()
    assert "the end" in stream.getvalue()


def test_discords_payloads_are_not_logged_at_debug(configured: Callable[..., Log]) -> None:
    _, stream = configured()

    logging.getLogger("discord.gateway").debug("For Shard ID 0: WebSocket Event: canary prompt")
    logging.getLogger("discord.gateway").info("connected")

    assert "canary" not in stream.getvalue()
    assert "connected" in stream.getvalue()


def test_h5_a_flood_is_cut_and_stays_fast(configured: Callable[..., Log]) -> None:
    log, stream = configured()
    hostile = [
        unit * (200_000 // len(unit))
        for unit in ("?", "-a", "?ex", "Key a", "data:a/b", "/webhooks/")
    ]

    start = time.process_time()
    for text in hostile:
        log.info("%s", text)

    assert time.process_time() - start < 3
    assert all(len(line) < logs.LONGEST_MESSAGE + 200 for line in stream.getvalue().splitlines())


def test_a_log_call_with_the_wrong_arguments_stops_nothing_and_shows_nothing(
    configured: Callable[..., Log], capfd: pytest.CaptureFixture[str]
) -> None:
    log, stream = configured()

    log.info("no place for %d", TOKEN)
    stream.close()
    log.info("nowhere to write %s", TOKEN)

    assert "canary" not in capfd.readouterr().err


def test_an_uncaught_error_is_logged_without_its_secret(configured: Callable[..., Log]) -> None:
    _, stream = configured()

    def fail() -> None:
        raise ValueError(TOKEN)

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()

    assert "stopped by an error" in stream.getvalue()
    assert "ValueError: [removed]" in stream.getvalue()
    assert "canary" not in stream.getvalue()


def test_configuring_again_replaces_the_first_time(configured: Callable[..., Log]) -> None:
    _, first = configured()
    log, second = configured("json", "WARNING")

    log.info("too quiet")
    log.warning("once")

    assert first.getvalue() == ""
    assert second.getvalue().count("once") == 1
    assert "too quiet" not in second.getvalue()
