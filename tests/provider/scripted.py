"""A provider made of bytes: it plays what a test scripts, and remembers all it was sent."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Asked:
    """One call as it came over the wire."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = field(repr=False)

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    def json(self) -> Any:
        return json.loads(self.body)


Reply = Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]


class Scripted:
    """Answers each route by its script, reply after reply; the last reply repeats.

    A route is a method and the end of a path, e.g. "GET /status". Without a script the answer is
    404, as fal gives it for an unknown request.
    """

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.connections = 0
        self.mistakes: list[Exception] = []
        self._scripts: dict[str, list[Reply]] = {}
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self.scheme = "http"

    async def start(self, tls: ssl.SSLContext | None = None) -> None:
        self.scheme = "https" if tls else "http"
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        await asyncio.sleep(0)

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def on(self, route: str, *replies: Reply) -> None:
        self._scripts[route] = list(replies)

    def asked_for(self, method: str, ending: str = "") -> list[Asked]:
        return [ask for ask in self.asked if ask.method == method and ask.path.endswith(ending)]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            while (asked := await _read(reader)) is not None:
                self.asked.append(asked)
                await self._reply(asked)(asked, writer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        except asyncio.CancelledError:
            pass
        except Exception as error:  # noqa: BLE001
            # A script that breaks would look like a provider that breaks: the fixture fails then.
            self.mistakes.append(error)
        finally:
            self._writers.discard(writer)
            writer.close()

    def _reply(self, asked: Asked) -> Reply:
        for route, script in self._scripts.items():
            method, _, ending = route.partition(" ")
            if asked.method == method and asked.path.endswith(ending):
                return script.pop(0) if len(script) > 1 else script[0]
        return answer(404, {"status": "NOT_FOUND"})


async def _read(reader: asyncio.StreamReader) -> Asked | None:
    line = await reader.readline()
    if not line:
        return None
    method, _, rest = line.decode("latin-1").partition(" ")
    target, _, version = rest.rpartition(" ")
    if not version.startswith("HTTP/"):
        return None
    headers: dict[str, str] = {}
    while (header := await reader.readline()).strip():
        name, _, value = header.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(method, target, headers, body)


def answer(
    status: int,
    body: object = b"",
    headers: Mapping[str, str] | None = None,
    *,
    fals_own: bool = True,
) -> Reply:
    """A whole answer. `body` is bytes as they are, or anything that becomes JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {"Content-Length": str(len(content)), **(headers or {})}
    if fals_own:
        named["X-Fal-Request-Id"] = "r"
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return raw(f"HTTP/1.1 {status} Whatever\r\n{head}\r\n".encode() + content)


def raw(content: bytes) -> Reply:
    async def play(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(content)

    return play


def nginx(status: int) -> Reply:
    page = f"<html><head><title>{status}</title></head><center>nginx</center></html>".encode()
    return answer(status, page, {"Content-Type": "text/html"}, fals_own=False)


def later(seconds: float, then: Reply) -> Reply:
    async def play(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        await then(asked, writer)

    return play


def hang_up(first: bytes = b"") -> Reply:
    """Send `first` and close in good order."""

    async def play(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        await writer.drain()
        writer.close()
        raise ConnectionAbortedError

    return play


def reset(first: bytes = b"") -> Reply:
    """Send `first` and reset the connection."""

    async def play(_: Asked, writer: asyncio.StreamWriter) -> None:
        if first:
            writer.write(first)
            await writer.drain()
            await asyncio.sleep(0.05)  # a reset overtakes what is still under way
        sock: socket.socket = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        raise ConnectionAbortedError

    return play


def endless(head: bytes, piece: bytes, pause: float = 0.0) -> Reply:
    """Send `piece` again and again, for as long as anybody reads."""

    async def play(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    return play


def stream(*steps: object, then: Reply | None = None) -> Reply:
    """An event stream: numbers are pauses in seconds, bytes are raw, the rest are events."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n"

    async def play(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        await writer.drain()
        for step in steps:
            if isinstance(step, int | float):
                await asyncio.sleep(step)
            else:
                event = step if isinstance(step, bytes) else _event(step)
                writer.write(event)
                await writer.drain()
        await (then or hang_up())(asked, writer)

    return play


def _event(status: object) -> bytes:
    return f"data: {json.dumps(status)}\n\n".encode()


def silent() -> Reply:
    """Say nothing more, and do not close either."""
    return later(3600, hang_up())


def stalled(first: bytes) -> Reply:
    """Send `first`, say nothing more, and do not close either."""

    async def play(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        await writer.drain()
        await asyncio.sleep(3600)

    return play


def states(*names: str, **more: object) -> Iterable[Reply]:
    """Status answers one after the other: 202 while it runs, 200 when it is completed."""
    for name in names:
        yield answer(
            200 if name == "COMPLETED" else 202,
            {"status": name, "request_id": "r", "logs": None, **more},
        )
