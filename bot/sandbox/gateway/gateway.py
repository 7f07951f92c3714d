"""The gateway: sessions that survive their sockets, and faults to try that."""

from __future__ import annotations

import json
import secrets
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from aiohttp import WSMsgType, web

from bot.sandbox.gateway.sessions import Identify, Session, Socket

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.sandbox.model.channels import Guild
    from bot.sandbox.model.users import JSON, User
    from bot.sandbox.people.waiting import StateWaiter

# Opcodes and close codes: https://docs.discord.com/developers/topics/opcodes-and-status-codes
DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, INVALID, HELLO, ACK = 0, 1, 2, 6, 7, 9, 10, 11
KNOWN_INTENTS: Final = (1 << 0) * 0x1FFFF | (1 << 20) | (1 << 21) | (1 << 24) | (1 << 25)
PRIVILEGED_INTENTS: Final = (1 << 1) | (1 << 8) | (1 << 15)
HEARTBEAT_SECONDS: Final = 41.25
# Undocumented; discord.js counts on about as long as a session's events are kept.
RESUME_SECONDS: Final = 120.0


class Gateway:
    """Accepts websockets, keeps sessions, sends events.

    `identifies` lists every IDENTIFY, `resumes` counts successful RESUMEs. Faults: `drop`,
    `ask_reconnect`, `invalidate`, `refuse_identify`, `repeat_next`, `delay_next`, `lose_next`,
    `acknowledges_heartbeats`.
    """

    def __init__(
        self,
        *,
        bot: User,
        guilds: Mapping[str, Guild],
        token: Callable[[], str],
        clock: Callable[[], float],
        changes: StateWaiter,
    ) -> None:
        self.url = ""
        self.shards = 1
        self.heartbeat_seconds = HEARTBEAT_SECONDS
        self.allowed_intents = ~PRIVILEGED_INTENTS
        self.acknowledges_heartbeats = True
        self.identifies: list[Identify] = []
        self.resumes = 0
        self._bot = bot
        self._guilds = guilds
        self._token = token
        self._clock = clock
        self._changes = changes
        self._sessions: dict[str, Session] = {}
        self._sockets: set[Socket] = set()
        self._refusals: deque[int] = deque()
        self._repeats: dict[str, int] = {}
        self._delays: dict[str, float] = {}
        self._losses: dict[str, int] = {}

    @property
    def connected(self) -> int:
        """How many sessions have a socket now."""
        return sum(1 for session in self._sessions.values() if session.socket)

    async def ready(self, shards: int = 1, timeout: float = 10.0) -> None:  # noqa: ASYNC109
        """Wait until `shards` sessions are connected.

        Raises:
            TimeoutError: they were not within `timeout` seconds.
        """
        await self._changes.until(
            lambda: self.connected >= shards,
            timeout,
            lambda: f"{self.connected} of {shards} connected",
        )

    def emit(self, event: str, data: JSON, guild_id: str | None, *, intent: int = 0) -> None:
        """Send an event to every session that should get it; disconnected ones keep it."""
        if self._losses.get(event, 0) > 0:
            self._losses[event] -= 1
            return
        for session in self._living():
            if session.owns(guild_id) and (not intent or session.intents & intent):
                self._dispatch(session, event, data)

    def guild_appeared(self, guild: Guild) -> None:
        """Announce that the bot was added to a guild."""
        self.emit("GUILD_CREATE", self._guild(guild), guild.id, intent=1)

    # Faults

    async def drop(self, code: int = 4000) -> None:
        """Close every socket; the sessions can be resumed."""
        for socket in list(self._sockets):
            await socket.close(code, "Unknown error")

    def abort(self) -> None:
        """Break every connection without a close frame; the sessions can be resumed."""
        for socket in self._sockets:
            socket.abort()

    def ask_reconnect(self) -> None:
        """Send op 7: the client should reconnect and resume."""
        self._post_all({"op": RECONNECT, "d": None})

    def invalidate(self, *, resumable: bool = False) -> None:
        """Send op 9; unless resumable, the sessions and their events are gone."""
        self._post_all({"op": INVALID, "d": resumable})
        if not resumable:
            self._sessions.clear()

    def refuse_identify(self, code: int, times: int = 1) -> None:
        """Answer the next IDENTIFYs by closing with `code`, e.g. 4011 (sharding required)."""
        self._refusals.extend([code] * times)

    def repeat_next(self, event: str = "INTERACTION_CREATE", times: int = 1) -> None:
        """Send the next event of this name `times` times more, the very same frame."""
        self._repeats[event] = times

    def delay_next(self, seconds: float, event: str = "INTERACTION_CREATE") -> None:
        """Hold the next event of this name back, and all frames after it."""
        self._delays[event] = seconds

    def lose_next(self, event: str = "INTERACTION_CREATE", times: int = 1) -> None:
        """Never deliver the next events of this name."""
        self._losses[event] = times

    async def close(self) -> None:
        """Close everything."""
        self._sessions.clear()
        for socket in list(self._sockets):
            await socket.close(1001)

    # The protocol

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Talk to one client until its socket closes."""
        websocket = web.WebSocketResponse(compress=False, max_msg_size=4096)
        await websocket.prepare(request)
        socket = Socket(
            websocket,
            request.transport,
            compressed=request.query.get("compress") == "zlib-stream",
        )
        self._sockets.add(socket)
        hello = {"heartbeat_interval": int(self.heartbeat_seconds * 1000), "_trace": []}
        _post(socket, {"op": HELLO, "d": hello})
        try:
            await self._listen(socket)
        finally:
            self._sockets.discard(socket)
            self._lost(socket)
            await socket.close(1000)
        return websocket

    async def _listen(self, socket: Socket) -> None:
        while not socket.websocket.closed:
            silence = time.monotonic() - socket.last_beat
            try:
                message = await socket.websocket.receive(
                    timeout=max(0.01, self.heartbeat_seconds * 1.5 - silence)
                )
            except TimeoutError:
                await socket.close(4009, "Session timed out.")
                return
            # Some clients send their JSON in binary frames.
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                return
            try:
                frame = json.loads(message.data)
                await self._take(socket, int(frame["op"]), frame.get("d"))
            except (ValueError, KeyError, TypeError):
                await socket.close(4002, "Error while decoding payload.")

    async def _take(self, socket: Socket, op: int, data: Any) -> None:
        if op == HEARTBEAT:
            socket.last_beat = time.monotonic()
            if self.acknowledges_heartbeats:
                _post(socket, {"op": ACK})
        elif op == IDENTIFY:
            await self._identify(socket, data)
        elif op == RESUME:
            await self._resume(socket, data)
        elif op not in (3, 4, 8):
            await socket.close(4001, "Unknown opcode.")

    async def _identify(self, socket: Socket, data: JSON) -> None:
        shard = (int(data.get("shard", (0, 1))[0]), int(data.get("shard", (0, 1))[1]))
        intents = int(data["intents"])
        self.identifies.append(Identify(self._clock(), shard, intents))
        if self._refusals:
            await socket.close(self._refusals.popleft())
        elif data["token"].removeprefix("Bot ") != self._token():
            await socket.close(4004, "Authentication failed.")
        elif not 0 <= shard[0] < shard[1]:
            await socket.close(4010, "Invalid shard.")
        elif intents & ~KNOWN_INTENTS:
            await socket.close(4013, "Invalid intent(s).")
        elif intents & ~self.allowed_intents:
            await socket.close(4014, "Disallowed intent(s).")
        else:
            self._welcome(socket, shard, intents)

    def _welcome(self, socket: Socket, shard: tuple[int, int], intents: int) -> None:
        session = Session(secrets.token_hex(16), shard, intents, socket)
        self._sessions[session.id] = session
        guilds = [
            guild
            for guild in self._guilds.values()
            if guild.bot_is_member and session.owns(guild.id)
        ]
        ready = {
            "v": 10,
            "user": me(self._bot),
            "guilds": [{"id": guild.id, "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "shard": list(shard),
            "application": {"id": self._bot.id, "flags": 0},
            "private_channels": [],
            "_trace": [],
        }
        self._dispatch(session, "READY", ready)
        if intents & 1:
            for guild in guilds:
                self._dispatch(session, "GUILD_CREATE", self._guild(guild))
        self._changes.notify()

    async def _resume(self, socket: Socket, data: JSON) -> None:
        if data["token"].removeprefix("Bot ") != self._token():
            await socket.close(4004, "Authentication failed.")
            return
        session = self._sessions.get(data["session_id"])
        seen = int(data.get("seq") or 0)
        oldest = session.sent[0][0] if session and session.sent else 1
        if session is None or session not in self._living() or seen < oldest - 1:
            _post(socket, {"op": INVALID, "d": False})
            return
        if session.socket and session.socket is not socket:
            await session.socket.close(4000, "Resumed elsewhere")
        session.socket = socket
        self.resumes += 1
        for sequence, frame in session.sent:
            if sequence > seen:
                socket.post(frame)
        self._dispatch(session, "RESUMED", {"_trace": []})
        self._changes.notify()

    def _dispatch(self, session: Session, event: str, data: JSON) -> None:
        session.sequence += 1
        frame = json.dumps({"op": DISPATCH, "t": event, "s": session.sequence, "d": data})
        session.sent.append((session.sequence, frame))
        if session.socket:
            delay = self._delays.pop(event, 0.0)
            for _ in range(1 + self._repeats.pop(event, 0)):
                session.socket.post(frame, delay=delay)

    def _living(self) -> list[Session]:
        """Forget sessions nobody resumed in time, and list the others."""
        now = time.monotonic()
        for session in list(self._sessions.values()):
            if not session.socket and now - session.lost_at > RESUME_SECONDS:
                del self._sessions[session.id]
        return list(self._sessions.values())

    def _lost(self, socket: Socket) -> None:
        for session in list(self._sessions.values()):
            if session.socket is socket:
                session.socket = None
                session.lost_at = time.monotonic()
                # A client that closes with 1000 or 1001 ends its session; one that only echoes
                # our own goodbye does not.
                if not socket.closed_by_us and socket.websocket.close_code in (1000, 1001):
                    del self._sessions[session.id]
        self._changes.notify()

    def _post_all(self, frame: JSON) -> None:
        for session in self._sessions.values():
            if session.socket:
                _post(session.socket, frame)

    def _guild(self, guild: Guild) -> JSON:
        return guild.payload([self._bot])


def _post(socket: Socket, frame: JSON) -> None:
    socket.post(json.dumps({"op": frame["op"], "d": frame.get("d"), "s": None, "t": None}))


def me(bot: User) -> JSON:
    """Write the bot's own account."""
    return bot.payload() | {
        "verified": True,
        "mfa_enabled": True,
        "email": None,
        "locale": "en-US",
        "premium_type": 0,
        "banner": None,
        "accent_color": None,
    }
