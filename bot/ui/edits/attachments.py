"""The pictures a member means: those of a message, and how attachments are fetched, from Discord's
own hosts only and within bounds.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from typing import TYPE_CHECKING, Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from bot.domain.errors import BadPicture, PictureProblem, StoreFailed
from bot.failpoints import reach

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection
    from contextlib import AbstractContextManager
    from io import BufferedWriter
    from pathlib import Path

DISCORD_ORIGINS: Final = ("https://cdn.discordapp.com", "https://media.discordapp.net")
DEADLINE_SECONDS: Final = 30.0
_CHUNK_BYTES: Final = 64 * 1024
_WRITE_BYTES: Final = 1024 * 1024

Origin = tuple[str, str, int]


class AttachmentDownloader:
    """Fetches attachments. What the payload says of them (size, type, width) is not believed.

    `origins` are the only places ever asked, such as `https://cdn.discordapp.com`. An `https`
    name must lead to a public address; an `http` origin is the operator's own word, and may not.
    `workspace` opens a private folder that is emptied afterwards.
    """

    def __init__(
        self,
        workspace: Callable[[], AbstractContextManager[Path]],
        *,
        max_bytes: int,
        origins: Collection[str] = DISCORD_ORIGINS,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        self._workspaces = workspace
        self._max_bytes = max_bytes
        self._origins = frozenset(_configured(origin) for origin in origins)
        self._deadline = deadline_seconds
        self._session: aiohttp.ClientSession | None = None

    async def aclose(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    @contextlib.asynccontextmanager
    async def pair(self, picture: str, mask: str | None) -> AsyncIterator[tuple[Path, Path | None]]:
        """Fetch a picture and perhaps its mask; the files are gone when the block ends.

        Raises:
            BadPicture: GONE or TOO_HEAVY, with the role it plays.
        """
        with self._workspaces() as workspace:
            source, mask_file = workspace / "picture", workspace / "mask"
            try:
                async with asyncio.TaskGroup() as both:
                    both.create_task(self.fetch(picture, source, role="picture"))
                    if mask is not None:
                        both.create_task(self.fetch(mask, mask_file, role="mask"))
            except ExceptionGroup as failures:
                # The first is what the member can fix; the other download was stopped.
                raise failures.exceptions[0] from None
            yield source, mask_file if mask is not None else None

    async def fetch(self, url: str, into: Path, *, role: str) -> None:
        """Fetch one attachment into a file.

        Raises:
            BadPicture: GONE or TOO_HEAVY.
            StoreFailed: it cannot be written.
        """
        address = self._address(url)
        if address is None:
            raise BadPicture(PictureProblem.GONE, role=role)
        try:
            async with asyncio.timeout(self._deadline):
                await self._fetch(address, into, role)
        except (aiohttp.ClientError, TimeoutError, OSError):
            # Their texts hold the signed link, so they are not passed on.
            raise BadPicture(PictureProblem.GONE, role=role) from None

    def _address(self, url: str) -> URL | None:
        """The parsed address if its origin is allowed; the very object parsed is what is asked."""
        try:
            address = URL(url)
            origin = (address.scheme, address.host or "", address.port or 0)
        except ValueError:
            return None
        if origin not in self._origins or address.user is not None or address.password is not None:
            return None
        return address

    async def _fetch(self, address: URL, into: Path, role: str) -> None:
        async with self._connected().get(
            address, allow_redirects=False, headers={"Accept-Encoding": "identity"}
        ) as answer:
            packed = answer.headers.get("Content-Encoding", "identity").lower() != "identity"
            if answer.status != 200 or packed:
                raise BadPicture(PictureProblem.GONE, role=role)
            self._require_light(answer.content_length or 0, role)
            await self._write(answer.content, into, role)

    async def _write(self, content: aiohttp.StreamReader, into: Path, role: str) -> None:
        waiting = bytearray()
        total = 0
        with _opened(into) as file:
            async for chunk in content.iter_chunked(_CHUNK_BYTES):
                total += len(chunk)
                self._require_light(total, role)
                waiting += chunk
                reach("fetch.mid")
                if len(waiting) >= _WRITE_BYTES:
                    await asyncio.to_thread(_write_to, file, bytes(waiting))
                    waiting.clear()
            await asyncio.to_thread(_write_to, file, bytes(waiting))

    def _require_light(self, size: int, role: str) -> None:
        if size > self._max_bytes:
            raise BadPicture(PictureProblem.TOO_HEAVY, role=role, limit_bytes=self._max_bytes)

    def _connected(self) -> aiohttp.ClientSession:
        if self._session is None:
            own_word = {host for scheme, host, _ in self._origins if scheme == "http"}
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(resolver=_PublicOnly(own_word)),
                # A packed answer is refused, not unpacked: it could be a bomb.
                auto_decompress=False,
                trust_env=False,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session


def _opened(path: Path) -> BufferedWriter:
    """Open a file to write; in no thread, where a cancelled download would lose it.

    Raises:
        StoreFailed: the disk is full or broken, which is not the attachment's fault.
    """
    try:
        return path.open("wb")
    except OSError as error:
        raise StoreFailed(f"downloads: {error.strerror}") from error


def _write_to(file: BufferedWriter, content: bytes) -> None:
    """Write in a thread.

    Raises:
        StoreFailed: as `_opened`.
    """
    try:
        file.write(content)
        file.flush()
    except OSError as error:
        raise StoreFailed(f"downloads: {error.strerror}") from error


class _PublicOnly(AbstractResolver):
    """Names lead to public addresses, or nowhere.

    aiohttp connects to the very addresses given here, so a second look-up cannot lead elsewhere.
    """

    def __init__(self, exempt: Collection[str]) -> None:
        self._exempt = exempt
        self._system = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._system.resolve(host, port, family)
        if host in self._exempt:
            return found
        public = [result for result in found if _is_public(result["host"])]
        if not public:
            raise OSError("the name leads to no public address")
        return public

    async def close(self) -> None:
        await self._system.close()


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    # ::ffff:127.0.0.1 is as private as what it stands for.
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_global


def _configured(origin: str) -> Origin:
    """Read a configured origin; a bare host name means https.

    Raises:
        ValueError: it is more than scheme, host and port.
    """
    url = URL(origin if "://" in origin else f"https://{origin}")
    more = (url.user, url.password, url.query_string, url.fragment, url.path.strip("/"))
    if url.host is None or url.port is None or any(more):
        raise ValueError(f"{origin!r} must be a scheme, a host and perhaps a port")
    return url.scheme, url.host, url.port
