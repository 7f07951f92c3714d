"""Who is calling, under which of fal's names, and with which key."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Final, Literal

from bot.engine.http.faults import EngineFaultKind
from bot.engine.http.wire import BILLABLE_UNITS, ErrorResponse, error_response

if TYPE_CHECKING:
    from collections.abc import Collection

    from aiohttp import web

    from bot.engine.http.faults import EngineFaults

# Above this, parsing JSON takes long enough to be felt by everybody else on the event loop.
BIG_BODY: Final = 256 * 1024
MAX_JSON_BYTES: Final = 160 * 1024 * 1024  # two inputs of 50 MB as base64
ADVICE: Final = "Top up your balance at fal.ai/dashboard/billing."

Role = Literal["queue", "run"]


class ApiKeyAuth:
    """Addresses and keys of the engine."""

    def __init__(
        self, faults: EngineFaults, *, key_required: bool, admin_keys: Collection[str], host: str
    ) -> None:
        self._faults = faults
        self._admin_keys = frozenset(admin_keys)
        self._host = host
        self._own_hosts = {"127.0.0.1", "localhost", "::1", host}
        self._ports: dict[int, Role] = {}
        self.key_required = key_required
        self.queue_url = ""
        self.run_url = ""

    def bind(self, *, queue_port: int, run_port: int) -> None:
        """Remember the ports once they are known."""
        name = "127.0.0.1" if self._host in ("0.0.0.0", "::", "") else self._host  # noqa: S104
        name = f"[{name}]" if ":" in name else name
        self._ports = {queue_port: "queue", run_port: "run"}
        self.queue_url = f"http://{name}:{queue_port}"
        self.run_url = f"http://{name}:{run_port}"

    def is_own_host(self, host: str) -> bool:
        """Somebody reached this engine under that name."""
        return host in self._own_hosts

    def speaks(self, request: web.BaseRequest) -> Role:
        """Which of fal's hosts this request is meant for: by its Host header, else by the port."""
        host = request.host.partition(":")[0]
        if host.startswith("queue."):
            return "queue"
        if host == "fal.run" or host.startswith("run."):
            return "run"
        name = request.get_extra_info("sockname")
        return self._ports.get(name[1] if name else 0, "queue")

    def origin(self, request: web.BaseRequest) -> str:
        """The origin to write into links: the one the caller used, if it leads back here."""
        host, _, port = request.host.rpartition(":")
        if port.isdigit() and int(port) in self._ports:
            self._own_hosts.add(host.strip("[]"))
            return f"http://{request.host}"
        return self.queue_url if self.speaks(request) == "queue" else self.run_url

    def key(self, request: web.BaseRequest) -> str:
        """The caller's key, or an empty text."""
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        return key.strip() if scheme.lower() == "key" else ""

    def require_key(self, request: web.BaseRequest) -> None:
        """Refuse callers without a key; any key will do.

        Raises:
            ErrorResponse: 401.
        """
        if self.key_required and not self.key(request):
            raise unauthorized()

    def is_admin(self, request: web.BaseRequest) -> bool:
        """The caller's key is one of the configured admin keys."""
        return self.key(request) in self._admin_keys

    def require_unlocked(self) -> None:
        """Refuse uploads while the account is locked, as fal does.

        Raises:
            ErrorResponse: 403.
        """
        fault = self._faults.armed(EngineFaultKind.SUBMIT_LOCKED)
        if fault:
            raise locked(fault.text)

    async def json_object(self, request: web.BaseRequest) -> dict[str, Any]:
        """The JSON object in the body.

        Raises:
            ErrorResponse: 422, it is not one; 413, it is larger than any picture and mask.
        """
        if (request.content_length or 0) > MAX_JSON_BYTES:
            raise error_response(413, "Request body too large")
        body = await request.read()
        try:
            large = len(body) > BIG_BODY
            value = await asyncio.to_thread(json.loads, body) if large else json.loads(body)
        except ValueError:
            value = None
        if isinstance(value, dict):
            return value
        detail = {"type": "json_invalid", "loc": ["body"], "msg": "JSON object expected"}
        raise ErrorResponse(422, {"detail": [detail]}, {BILLABLE_UNITS: "0"})


def unauthorized() -> ErrorResponse:
    """No key, or not a valid one."""
    return error_response(401, "Authentication is required to access this application.")


def locked(reason: str) -> ErrorResponse:
    """The account may not spend: https://github.com/fal-ai/fal/issues/1147."""
    return error_response(403, f"User is locked. Reason: {reason or 'Exhausted balance'}. {ADVICE}")
