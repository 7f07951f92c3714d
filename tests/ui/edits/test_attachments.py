"""Attachments come from Discord's hosts only, within bounds of size and time (G1, 94 to 102)."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.domain.errors import BadPicture, PictureProblem, StoreFailed
from bot.ui.edits.attachments import DISCORD_ORIGINS, AttachmentDownloader

Serve = Callable[[web.Request], Awaitable[web.StreamResponse]]

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
LIMIT = 100_000
GONE = PictureProblem.GONE
TOO_HEAVY = PictureProblem.TOO_HEAVY


class Host:
    """A content server whose behaviour each test decides; counts what reaches it."""

    def __init__(self) -> None:
        self.serve: Serve = self.whole
        self.asked: list[web.Request] = []
        self.port = 0

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def whole(self, _: web.Request) -> web.Response:
        return web.Response(body=PICTURE)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        return await self.serve(request)


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    host = Host()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", host.answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host.port = runner.addresses[0][1]
    yield host
    await runner.cleanup()


@contextlib.asynccontextmanager
async def opened(
    tmp_path: Path, *origins: str, deadline: float = 5.0
) -> AsyncIterator[AttachmentDownloader]:
    @contextlib.contextmanager
    def workspace() -> Iterator[Path]:
        folder = tmp_path / "desk"
        folder.mkdir()
        yield folder

    downloads = AttachmentDownloader(
        workspace, max_bytes=LIMIT, origins=origins, deadline_seconds=deadline
    )
    try:
        yield downloads
    finally:
        await downloads.aclose()


async def problem(downloads: AttachmentDownloader, url: str, into: Path) -> PictureProblem:
    with pytest.raises(BadPicture) as caught:
        await downloads.fetch(url, into, role="mask")
    assert caught.value.role == "mask"
    assert url not in repr(caught.value)
    assert caught.value.__cause__ is None
    return caught.value.problem


async def test_a_picture_arrives_byte_for_byte(host: Host, tmp_path: Path) -> None:
    async with opened(tmp_path, host.origin) as downloads:
        await downloads.fetch(f"{host.origin}/a.png?ex=1&hm=2", tmp_path / "a", role="picture")

    assert (tmp_path / "a").read_bytes() == PICTURE
    assert host.asked[0].headers["Accept-Encoding"] == "identity"
    assert host.asked[0].query_string == "ex=1&hm=2"
    assert "Authorization" not in host.asked[0].headers


async def test_picture_and_mask_come_together(host: Host, tmp_path: Path) -> None:
    url = f"{host.origin}/a"

    async with (
        opened(tmp_path, host.origin) as downloads,
        downloads.pair(url, url) as (source, mask),
    ):
        assert mask is not None
        assert source.read_bytes() == mask.read_bytes() == PICTURE


async def test_without_a_mask_only_the_picture_is_fetched(host: Host, tmp_path: Path) -> None:
    async with (
        opened(tmp_path, host.origin) as downloads,
        downloads.pair(f"{host.origin}/a", None) as (_, mask),
    ):
        assert mask is None

    assert len(host.asked) == 1


async def test_the_first_failure_of_a_pair_is_told_at_once(host: Host, tmp_path: Path) -> None:
    async def mask_is_gone(request: web.Request) -> web.Response:
        if request.path == "/mask":
            return web.Response(status=404)
        await asyncio.sleep(3)
        return web.Response(body=PICTURE)

    host.serve = mask_is_gone
    started = time.monotonic()

    async with opened(tmp_path, host.origin) as downloads:
        with pytest.raises(BadPicture) as caught:
            async with downloads.pair(f"{host.origin}/picture", f"{host.origin}/mask"):
                pass

    assert (caught.value.problem, caught.value.role) == (GONE, "mask")
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("status", [204, 206, 301, 403, 404, 500, 503])
async def test_any_other_answer_than_200_means_gone(
    host: Host, tmp_path: Path, status: int
) -> None:
    """D17, row 100."""

    async def refuse(_: web.Request) -> web.Response:
        return web.Response(status=status)

    host.serve = refuse

    async with opened(tmp_path, host.origin) as downloads:
        assert await problem(downloads, f"{host.origin}/a", tmp_path / "a") is GONE


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("target", ["{origin}/b", "http://169.254.169.254/", "file:///etc/passwd"])
async def test_redirects_are_not_followed(
    host: Host, tmp_path: Path, status: int, target: str
) -> None:
    """Row 98, G1."""

    async def redirect(_: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Location": target.format(origin=host.origin)})

    host.serve = redirect

    async with opened(tmp_path, host.origin) as downloads:
        assert await problem(downloads, f"{host.origin}/a", tmp_path / "a") is GONE
    assert [request.path for request in host.asked] == ["/a"]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/a",
        "http://localhost:{port}/a",
        "https://localhost:{port}/a",
        "http://[::1]:{port}/a",
        "http://0.0.0.0:{port}/a",
        "http://0x7f.1:{port}/a",
        "http://2130706433:{port}/a",
        "http://127.1:{port}/a",
        "http://169.254.169.254/latest/meta-data",
        "http://[::ffff:169.254.169.254]/",
        "http://metadata.google.internal/",
        "http://10.0.0.1/",
        "http://192.168.0.1/",
        "https://cdn.discordapp.com.evil.example/a",
        "https://cdn.discordapp.com@127.0.0.1:{port}/a",
        "https://cdn.discordapp.com:x@127.0.0.1:{port}/a",
        "https://127.0.0.1:{port}@cdn.discordapp.com/a",
        "https://user@cdn.discordapp.com/a",
        "https://cdn.discordapp.com./a",
        "https://cdn.discordapp.com:22/a",
        "http://cdn.discordapp.com/a",
        "https://cdn.discordapp.com\\@127.0.0.1:{port}/a",
        "https://cdn.discordapp.com%2eevil.example/a",
        "https://cdn.discordapp.com%00.evil.example/a",
        "https://cdn.disc\u043erdapp.com/a",
        "https://xcdn.discordapp.com/a",
        "ftp://cdn.discordapp.com/a",
        "file:///etc/passwd",
        "gopher://cdn.discordapp.com/",
        "data:image/png;base64,AAAA",
        "cdn.discordapp.com/a",
        "//cdn.discordapp.com/a",
        "https:///a",
        "https://[/a",
        "?",
    ],
)
async def test_r20_no_other_place_is_ever_asked(host: Host, tmp_path: Path, url: str) -> None:
    """Rows 94, 95, 96, 99."""
    async with opened(tmp_path, *DISCORD_ORIGINS, deadline=1) as downloads:
        assert await problem(downloads, url.format(port=host.port), tmp_path / "a") is GONE

    assert host.asked == []
    assert not (tmp_path / "a").exists()


async def test_an_allowed_name_that_leads_to_a_private_address_is_not_asked(
    host: Host, tmp_path: Path
) -> None:
    """Row 97: the addresses a name resolves to are judged, and those very addresses are used."""
    origin = f"https://localhost:{host.port}"

    async with opened(tmp_path, origin) as downloads:
        assert await problem(downloads, f"{origin}/a", tmp_path / "a") is GONE

    assert host.asked == []


async def test_a_name_the_operator_gave_without_tls_may_be_local(
    host: Host, tmp_path: Path
) -> None:
    origin = f"http://localhost:{host.port}"

    async with opened(tmp_path, origin) as downloads:
        await downloads.fetch(f"{origin}/a", tmp_path / "a", role="picture")

    assert (tmp_path / "a").read_bytes() == PICTURE


async def test_a_body_that_never_ends_is_cut_at_the_limit(host: Host, tmp_path: Path) -> None:
    """D18, row 101: no Content-Length."""

    async def endless(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        with contextlib.suppress(ConnectionError):
            while True:
                await answer.write(bytes(10_000))
        return answer

    host.serve = endless

    async with opened(tmp_path, host.origin) as downloads:
        assert await problem(downloads, f"{host.origin}/a", tmp_path / "a") is TOO_HEAVY
    assert (tmp_path / "a").stat().st_size <= LIMIT


async def test_a_body_that_is_announced_as_too_heavy_is_not_read(
    host: Host, tmp_path: Path
) -> None:
    async def heavy(_: web.Request) -> web.Response:
        return web.Response(body=bytes(LIMIT + 1))

    host.serve = heavy

    async with opened(tmp_path, host.origin) as downloads:
        assert await problem(downloads, f"{host.origin}/a", tmp_path / "a") is TOO_HEAVY
    assert not (tmp_path / "a").exists()


async def test_a_body_of_exactly_the_limit_is_taken(host: Host, tmp_path: Path) -> None:
    async def just_fits(_: web.Request) -> web.Response:
        return web.Response(body=bytes(LIMIT))

    host.serve = just_fits

    async with opened(tmp_path, host.origin) as downloads:
        await downloads.fetch(f"{host.origin}/a", tmp_path / "a", role="picture")

    assert (tmp_path / "a").stat().st_size == LIMIT


async def test_one_byte_a_second_runs_into_the_deadline(host: Host, tmp_path: Path) -> None:
    """D18, row 101."""

    async def drip(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Length": "1000"})
        await answer.prepare(request)
        with contextlib.suppress(ConnectionError):
            for _ in range(1000):
                await answer.write(b"x")
                await asyncio.sleep(0.05)
        return answer

    host.serve = drip
    started = time.monotonic()

    async with opened(tmp_path, host.origin, deadline=0.4) as downloads:
        assert await problem(downloads, f"{host.origin}/a", tmp_path / "a") is GONE
    assert time.monotonic() - started < 2


async def test_a_body_shorter_than_announced_is_no_picture(host: Host, tmp_path: Path) -> None:
    """Row 101."""

    async def cut(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Length": "5000"})
        await answer.prepare(request)
        await answer.write(PICTURE[:100])
        assert request.transport is not None
        request.transport.close()
        return answer

    host.serve = cut

    async with opened(tmp_path, host.origin) as downloads:
        assert await problem(downloads, f"{host.origin}/a", tmp_path / "a") is GONE


async def test_a_packed_body_is_not_unpacked(host: Host, tmp_path: Path) -> None:
    """Row 101: a gzip bomb."""

    async def bomb(_: web.Request) -> web.Response:
        packed: dict[str, Any] = {"body": gzip.compress(bytes(10_000_000))}
        return web.Response(headers={"Content-Encoding": "gzip"}, **packed)

    host.serve = bomb

    async with opened(tmp_path, host.origin) as downloads:
        assert await problem(downloads, f"{host.origin}/a", tmp_path / "a") is GONE


async def test_what_the_server_calls_the_bytes_does_not_matter(host: Host, tmp_path: Path) -> None:
    """D19, row 102: intake judges the bytes themselves."""

    async def lie(_: web.Request) -> web.Response:
        return web.Response(body=PICTURE, content_type="text/html")

    host.serve = lie

    async with opened(tmp_path, host.origin) as downloads:
        await downloads.fetch(f"{host.origin}/a", tmp_path / "a", role="picture")

    assert (tmp_path / "a").read_bytes() == PICTURE


async def test_a_disk_that_cannot_be_written_is_no_fault_of_the_attachment(
    host: Host, tmp_path: Path
) -> None:
    """H6."""
    async with opened(tmp_path, host.origin) as downloads:
        with pytest.raises(StoreFailed):
            await downloads.fetch(f"{host.origin}/a", tmp_path / "no" / "a", role="picture")


@pytest.mark.parametrize("origin", ["https://a.example/path", "https://u@a.example", "https://"])
def test_a_configured_place_is_an_origin_and_no_more(tmp_path: Path, origin: str) -> None:
    with pytest.raises(ValueError, match="scheme"):
        AttachmentDownloader(
            lambda: contextlib.nullcontext(tmp_path), max_bytes=1, origins=[origin]
        )
