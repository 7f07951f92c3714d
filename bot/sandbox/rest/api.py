"""What every REST call goes through: faults, token, rate limit, form checks, and the record."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from bot.sandbox.faults import DiscordFault, DiscordFaults
from bot.sandbox.rest import routes
from bot.sandbox.rest.channels import ChannelRoutes, GuildRoutes
from bot.sandbox.rest.commands import CommandRoutes
from bot.sandbox.rest.errors import NOT_FOUND, RestError, invalid, unauthorized
from bot.sandbox.rest.interactions import InteractionWebhookRoutes
from bot.sandbox.rest.ratelimits import RateLimits
from bot.sandbox.rest.rest import Endpoint, RecordedCall, RestCall, RestResponse, read_body

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.sandbox.people.interaction import PersonInteraction
    from bot.sandbox.rest.description import Description
    from bot.sandbox.state import DiscordState

PREFIX: Final = "/api/v10"
# The token in their path is their credential.
_WITHOUT_TOKEN: Final = ("/interactions/", "/webhooks/")
# Answered with these, calls count towards the 10 000 per 10 minutes after which an IP is blocked.
_COUNTED: Final = (401, 403, 429)


@dataclass(frozen=True, slots=True)
class Violation:
    """A form we refused, or an answer of ours that breaks the description."""

    method: str
    route: str
    problems: tuple[str, ...]


class Api:
    """The REST side of the local Discord, and its records for tests."""

    def __init__(
        self, state: DiscordState, *, description: Description | None, check_answers: bool
    ) -> None:
        self.faults = DiscordFaults()
        self.rate_limits = RateLimits()
        self.requests: list[RecordedCall] = []
        self.violations: list[Violation] = []
        self.unknown_routes: list[tuple[str, str]] = []
        self.own_mistakes: list[Violation] = []
        self._state = state
        self._description = description
        self._check_answers = check_answers

    @property
    def invalid_requests(self) -> int:
        """How many calls were answered with 401, 403 or 429."""
        return sum(1 for recorded in self.requests if recorded.status in _COUNTED)

    def handlers(self) -> list[tuple[str, str, Callable[[web.Request], Awaitable[Any]]]]:
        """List method, path and handler, a catch-all for unknown routes last."""
        listed = [
            (method, PREFIX + route, self._handler((method, route, function)))
            for source in (InteractionWebhookRoutes, ChannelRoutes, GuildRoutes, CommandRoutes)
            for method, route, function in source(self._state).endpoints()
        ]
        return [*listed, ("*", "/api/{path:.*}", self._unknown)]

    async def _unknown(self, request: web.Request) -> web.Response:
        self.unknown_routes.append((request.method, request.path))
        return _response(RestResponse(NOT_FOUND, status=404), {})

    def _handler(
        self, endpoint: Endpoint
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        method, route, function = endpoint

        async def handle(request: web.Request) -> web.StreamResponse:
            started = time.perf_counter()
            call = RestCall(
                method=method,
                route=route,
                parameters=dict(request.match_info),
                query=request.query,
                authorization=request.headers.get("Authorization"),
            )
            fault = self.faults.take(method, route)
            answer, headers = await self._process(request, call, function, fault)
            self._record(call, answer, time.perf_counter() - started)
            response = _response(answer, headers)
            if fault and (fault.drop or fault.lose_answer):
                _reset(request)
            elif fault and fault.cut_answer:
                return await _cut(request, response)
            return response

        return handle

    async def _process(
        self,
        request: web.Request,
        call: RestCall,
        function: Callable[[RestCall], Awaitable[RestResponse]],
        fault: DiscordFault | None,
    ) -> tuple[RestResponse, dict[str, str]]:
        headers: dict[str, str] = {}
        try:
            await read_body(request, call)
            if fault:
                await asyncio.sleep(fault.delay)
                if fault.drop:
                    return RestResponse(status=499), headers
                if fault.answers:
                    return _failed(fault)
            self._require_token(call)
            self._require_room(call, headers)
            self._require_form(call)
            answer = await function(call)
        except RestError as refusal:
            problems = tuple(map(str, refusal.problems))
            if problems:
                self.violations.append(Violation(call.method, call.route, problems))
            if interaction := self._interaction(call):
                interaction.refusals.append(f"{call.method} {refusal} {'; '.join(problems)}")
            if refusal.status == 429:
                headers["Retry-After"] = str(refusal.body()["retry_after"])
            return RestResponse(refusal.body(), status=refusal.status), headers
        self._check_own(call, answer)
        return answer, headers

    def _require_token(self, call: RestCall) -> None:
        if call.route.startswith(_WITHOUT_TOKEN):
            return
        if call.authorization != f"Bot {self._state.token}":
            raise unauthorized()

    def _require_room(self, call: RestCall, headers: dict[str, str]) -> None:
        """Count the call in its bucket; callbacks have none."""
        if call.route == routes.CALLBACK:
            return
        counted, wait = self.rate_limits.take(call.method, call.route, call.parameters)
        headers.update(counted)
        if wait is not None:
            headers["X-RateLimit-Scope"] = "user"
            raise RateLimited(wait)

    def _require_form(self, call: RestCall) -> None:
        interaction = self._interaction(call)
        limit = (
            interaction.payload["attachment_size_limit"]
            if interaction
            else self._state.attachment_size_limit
        )
        if any(len(upload.data) > limit for upload in call.files.values()):
            raise RestError(40005)
        if self._description is None:
            return
        if problems := self._description.body_problems(call.method, call.route, call.body):
            raise invalid(*problems)

    def _interaction(self, call: RestCall) -> PersonInteraction | None:
        token = call.parameters.get("interaction_token") or call.parameters.get("webhook_token")
        return self._state.interactions.get(token or "")

    def _check_own(self, call: RestCall, answer: RestResponse) -> None:
        if self._description is None or not self._check_answers or answer.body is None:
            return
        problems = self._description.answer_problems(
            call.method, call.route, answer.status, answer.body
        )
        if problems:
            self.own_mistakes.append(Violation(call.method, call.route, tuple(map(str, problems))))

    def _record(self, call: RestCall, answer: RestResponse, seconds: float) -> None:
        self.requests.append(
            RecordedCall(
                at=self._state.clock(),
                method=call.method,
                route=call.route,
                parameters=call.parameters,
                body=call.body,
                files=call.files,
                status=answer.status,
                seconds=seconds,
            )
        )


class RateLimited(RestError):
    """The bucket is empty for `retry_after` seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(0, status=429, message="You are being rate limited.")
        self.retry_after = retry_after

    def body(self) -> dict[str, Any]:
        """Write the answer's body."""
        return {"message": self.message, "retry_after": self.retry_after, "global": False}


def _failed(fault: DiscordFault) -> tuple[RestResponse, dict[str, str]]:
    status, body = fault.error()
    headers = {}
    if fault.retry_after is not None:
        headers["Retry-After"] = f"{fault.retry_after:.3f}"
        headers["X-RateLimit-Scope"] = "global" if fault.is_global else "user"
        if fault.is_global:
            headers["X-RateLimit-Global"] = "true"
    return RestResponse(body, status=status), headers


def _response(answer: RestResponse, headers: dict[str, str]) -> web.Response:
    # Clients take a 429 without Via for a ban by the proxy in front of Discord.
    headers = {"Via": "1.1 local", **headers}
    if answer.body is None:
        return web.Response(status=answer.status, headers=headers)
    # discord.py compares this header for equality: no charset may follow.
    headers["Content-Type"] = "application/json"
    return web.Response(
        body=json.dumps(answer.body).encode(), status=answer.status, headers=headers
    )


def _reset(request: web.Request) -> None:
    """Break the connection with RST instead of an answer."""
    if request.transport is None:
        return
    sock = request.transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.transport.abort()


async def _cut(request: web.Request, whole: web.Response) -> web.StreamResponse:
    """Send half of an answer, then break the connection."""
    body = whole.body if isinstance(whole.body, bytes) else b""
    half = web.StreamResponse(status=whole.status, headers=whole.headers)
    half.content_length = max(len(body), 2)
    await half.prepare(request)
    await half.write(body[: max(len(body) // 2, 1)] or b"{")
    if request.transport:
        request.transport.abort()
    return half
