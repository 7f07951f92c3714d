from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest_asyncio
from PIL import Image

from bot.engine.http.faults import EngineFault, EngineFaultKind
from bot.engine.http.server import Engine

EDIT = "/fal-ai/ideogram/v2/edit"
APP = "/fal-ai/ideogram"
ADMIN = "admin:secret"
KEY = {"Authorization": "Key id:secret"}
SIZE = (48, 32)


def picture(size: tuple[int, int] = SIZE) -> Image.Image:
    """A small picture with something to see in it."""
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    image.paste((200, 40, 40), (2, 2, size[0] // 3, size[1] // 2))
    return image


def mask(size: tuple[int, int] = SIZE) -> Image.Image:
    """White in the right half's middle."""
    image = Image.new("L", size)
    image.paste(255, (size[0] // 2, size[1] // 4, size[0] - 4, size[1] - 6))
    return image


def png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def data_uri(content: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(content).decode()


def arguments(**changes: Any) -> dict[str, Any]:
    """The input of an edit that works; None removes a field."""
    body = {
        "prompt": "a blue circle",
        "image_url": data_uri(png(picture())),
        "mask_url": data_uri(png(mask())),
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


def client() -> httpx.AsyncClient:
    return httpx.AsyncClient(headers=KEY, timeout=20, trust_env=False)


@dataclass(frozen=True)
class Caller:
    """Speaks to one engine over its sockets."""

    engine: Engine
    http: httpx.AsyncClient

    def arm(self, kind: EngineFaultKind, *, times: int | None = 1, **values: Any) -> None:
        self.engine.faults.add(EngineFault(kind=kind, **values), times=times)

    async def submit(
        self, *, headers: dict[str, str] | None = None, query: str = "", **changes: Any
    ) -> httpx.Response:
        url = f"{self.engine.queue_url}{EDIT}{query}"
        return await self.http.post(url, json=arguments(**changes), headers=headers)

    async def accepted(self, **changes: Any) -> dict[str, Any]:
        answer = await self.submit(**changes)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def finished(self, submission: dict[str, Any]) -> dict[str, Any]:
        """Wait for COMPLETED; returns the last status."""
        for _ in range(2000):
            answer = await self.http.get(submission["status_url"], params={"logs": "1"})
            body: dict[str, Any] = answer.json()
            if body["status"] == "COMPLETED":
                return body
            await asyncio.sleep(0.01)
        raise AssertionError(body)

    async def done(self, **changes: Any) -> dict[str, Any]:
        """A submission that has come to its end."""
        submission = await self.accepted(**changes)
        await self.finished(submission)
        return submission

    async def outcome(self, **changes: Any) -> httpx.Response:
        """What came of a submission."""
        return await self.result(await self.accepted(**changes))

    async def result(self, submission: dict[str, Any]) -> httpx.Response:
        await self.finished(submission)
        return await self.http.get(submission["response_url"])

    async def run(self, **changes: Any) -> httpx.Response:
        return await self.http.post(f"{self.engine.run_url}{EDIT}", json=arguments(**changes))

    async def until(self, submission: dict[str, Any], state: str) -> None:
        for _ in range(2000):
            answer = await self.http.get(submission["status_url"])
            if answer.json()["status"] == state:
                return
            await asyncio.sleep(0.01)
        raise AssertionError(answer.text)

    async def platform(self, path: str, *, key: str = "id:secret", **query: Any) -> Any:
        headers = {"Authorization": f"Key {key}"}
        answer = await self.http.get(
            f"{self.engine.queue_url}/v1{path}", params=query, headers=headers
        )
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine() -> AsyncIterator[Engine]:
    """One engine per test file: its painting process is started only once."""
    async with Engine(admin_keys={ADMIN}, fault_control=True) as engine:
        yield engine


@pytest_asyncio.fixture(loop_scope="module")
async def caller(engine: Engine) -> AsyncIterator[Caller]:
    """A caller with a key, and no fault armed before or after."""
    engine.faults.clear()
    engine.faults.fired.clear()
    async with client() as http:
        yield Caller(engine, http)
    engine.faults.clear()
