"""Forms are held to Discord's description and to the eight rules it lacks."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.sandbox import LocalDiscord, PersonInteraction
from bot.sandbox.rest.description import Description
from tests.sandbox.conftest import DESCRIPTION, Rest

V2 = 1 << 15


def button(number: int = 0, **fields: Any) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": "Go", "custom_id": f"go:{number}"} | fields


def row(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(parts)}


def text(content: str = "words") -> dict[str, Any]:
    return {"type": 10, "content": content}


def gallery(*urls: str) -> dict[str, Any]:
    return {"type": 12, "items": [{"media": {"url": url}} for url in urls]}


def field(number: int) -> dict[str, Any]:
    component = {"type": 4, "style": 1, "custom_id": f"field:{number}"}
    return {"type": 18, "label": "Field", "component": component}


def embed(size: int) -> dict[str, Any]:
    return {"description": "x" * size}


LONG = [embed(4000), embed(2001)]
MANY = [{"type": 17, "components": [text() for _ in range(10)]} for _ in range(4)]

# The eight rules: callback type, data, and where the problem must be reported.
RULES: dict[str, tuple[int, Any, str]] = {
    "a custom_id twice": (4, {"components": [row(button(1), button(1))]}, "components.0"),
    "content with V2": (4, {"flags": V2, "content": "x", "components": [text()]}, "content"),
    "embeds with V2": (4, {"flags": V2, "embeds": [embed(1)], "components": [text()]}, "embeds"),
    "V2 parts without the flag": (4, {"components": [text()]}, "components.0.type"),
    "over 40 nested components": (4, {"flags": V2, "components": MANY}, "components"),
    "embeds over 6000": (4, {"embeds": LONG}, "embeds"),
    "six form fields": (
        9,
        {"custom_id": "f", "title": "F", "components": [field(n) for n in range(6)]},
        "data.components",
    ),
    "V2 on a defer": (5, {"flags": V2}, "data.flags"),
    "a file that is not there": (
        4,
        {"flags": V2, "components": [gallery("attachment://gone.png")]},
        "components.0.items.0.media.url",
    ),
    "over 4000 characters of text": (
        4,
        {"flags": V2, "components": [text("x" * 3000), text("x" * 1001)]},
        "components",
    ),
}

# What the description itself refuses.
SCHEMA: dict[str, tuple[int, Any, str]] = {
    "a label of 81": (4, {"components": [row(button(label="x" * 81))]}, "components.0.label"),
    "a custom_id of 101": (
        4,
        {"components": [row(button(custom_id="x" * 101))]},
        "components.0.custom_id",
    ),
    "six buttons": (4, {"components": [row(*map(button, range(6)))]}, "components.0.components"),
    "a button outside a row": (4, {"flags": V2, "components": [button()]}, "components.0"),
    "content of 2001": (4, {"content": "x" * 2001}, "data.content"),
    "a gallery of 11": (4, {"flags": V2, "components": [gallery(*["a://b"] * 11)]}, "items"),
    "an embed title of 257": (4, {"embeds": [{"title": "x" * 257}]}, "data.embeds.0.title"),
    "a form title of 46": (
        9,
        {"custom_id": "f", "title": "x" * 46, "components": [field(1)]},
        "data.title",
    ),
    "a misspelt key": (4, {"contents": "x"}, "data"),
    "a nonce": (4, {"content": "x", "nonce": "1"}, "data"),
    "an unknown style": (4, {"components": [row(button(style=9))]}, "style"),
}


def _case(table: dict[str, tuple[int, Any, str]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("kind", "data", "where"), table.values(), ids=table.keys())


@pytest.fixture
async def undescribed() -> AsyncIterator[LocalDiscord]:
    async with LocalDiscord() as started:
        yield started


@_case(RULES | SCHEMA)
async def test_a_form_is_refused_for(
    local: LocalDiscord, rest: Rest, asked: PersonInteraction, kind: int, data: Any, where: str
) -> None:
    status, body = await rest.answer(asked, kind, data)

    assert (status, body["code"], body["message"]) == (400, 50035, "Invalid Form Body")
    assert body["errors"]
    (violation,) = local.violations
    assert any(where in problem for problem in violation.problems), violation
    assert asked.acknowledged is None


@_case(RULES)
async def test_without_the_description_a_form_is_still_refused_for(
    undescribed: LocalDiscord, kind: int, data: Any, where: str
) -> None:
    import aiohttp

    async with aiohttp.ClientSession() as session:
        rest = Rest(undescribed, session)
        command = {"name": "probe", "description": "probe", "type": 1}
        await rest("PUT", f"/applications/{undescribed.application_id}/commands", [command])
        asked = await undescribed.person("ada").slash("probe")
        status, body = await rest.answer(asked, kind, data)

    assert (status, body["code"]) == (400, 50035)
    assert any(where in problem for problem in undescribed.violations[0].problems)


async def test_an_edit_is_judged_as_the_message_would_stand(
    local: LocalDiscord, rest: Rest, asked: PersonInteraction, png: bytes
) -> None:
    await rest.answer(asked, 4, {"content": "old"})

    kept, _ = await rest("PATCH", rest.webhook(asked), {"flags": V2, "components": [text("new")]})
    nulled, _ = await rest(
        "PATCH",
        rest.webhook(asked),
        {"flags": V2, "content": None, "components": [gallery("attachment://a.png")]},
        files={"a.png": png},
    )
    named, _ = await rest(
        "PATCH", rest.webhook(asked), {"components": [gallery("attachment://a.png")]}
    )
    back, _ = await rest("PATCH", rest.webhook(asked), {"content": "classic again"})

    assert (kept, nulled, named, back) == (400, 200, 200, 400)
    assert asked.response is not None
    assert [file.data for file in asked.response.files] == [png]
    assert asked.response.payload["attachments"][0]["width"] == 8


async def test_attachments_not_listed_in_an_edit_go_away(
    rest: Rest, asked: PersonInteraction, png: bytes
) -> None:
    await rest.answer(asked, 5)
    body = {"attachments": [{"id": 0, "description": "one"}, {"id": 1, "description": "two"}]}
    await rest("PATCH", rest.webhook(asked), body, files={"a.png": png, "b.png": png})
    assert asked.response is not None
    first = asked.response.payload["attachments"][0]["id"]

    await rest("PATCH", rest.webhook(asked), {"attachments": [{"id": first}]})
    status, _ = await rest("PATCH", rest.webhook(asked), {"attachments": [{"id": "123"}]})

    assert [(file.filename, file.description) for file in asked.response.files] == [
        ("a.png", "one")
    ]
    assert status == 400


@pytest.mark.parametrize(
    "commands",
    [
        [{"name": "a", "description": "x"}, {"name": "a", "description": "x"}],
        [
            {
                "name": "a",
                "description": "x",
                "options": [
                    {"type": 3, "name": "b", "description": "x"},
                    {"type": 3, "name": "c", "description": "x", "required": True},
                ],
            }
        ],
        [{"name": "a", "description": "x" * 101}],
        [{"name": f"a{n}", "description": "x"} for n in range(101)],
    ],
    ids=["the same name twice", "required after optional", "long description", "101 commands"],
)
async def test_commands_are_refused_for(
    local: LocalDiscord, rest: Rest, commands: list[dict[str, Any]]
) -> None:
    """D26"""
    path = f"/applications/{local.application_id}/commands"

    status, body = await rest("PUT", path, commands)

    assert (status, body["code"]) == (400, 50035)


async def test_commands_keep_their_ids_and_can_be_read_changed_and_removed(
    local: LocalDiscord, rest: Rest
) -> None:
    path = f"/applications/{local.application_id}/guilds/{local.default_guild.id}/commands"
    _, (first,) = await rest("PUT", path, [{"name": "a", "description": "x"}])
    _, again = await rest(
        "PUT", path, [{"name": "a", "description": "y"}, {"name": "b", "description": "z"}]
    )
    status, _ = await rest("POST", path, {"name": "c", "description": "x"})
    _, changed = await rest("PATCH", f"{path}/{first['id']}", {"description": "w"})
    removed, _ = await rest("DELETE", f"{path}/{first['id']}")
    _, left = await rest("GET", path)

    assert again[0]["id"] == first["id"]
    assert (status, changed["description"], removed) == (201, "w", 204)
    assert [command["name"] for command in left] == ["b", "c"]


def test_judging_a_body_takes_under_a_millisecond() -> None:
    description = Description(DESCRIPTION)
    parts = [text(), gallery("https://a.example/b.png"), row(*map(button, range(5)))]
    body = {"type": 4, "data": {"flags": V2, "components": [{"type": 17, "components": parts}]}}
    route = "/interactions/{interaction_id}/{interaction_token}/callback"
    assert description.body_problems("POST", route, body) == []

    started = time.perf_counter()
    for _ in range(100):
        description.body_problems("POST", route, body)

    assert (time.perf_counter() - started) / 100 < 0.001


def test_our_own_answers_are_judged() -> None:
    description = Description(DESCRIPTION)

    problems = description.answer_problems("GET", "/users/@me", 200, {"id": "1"})

    assert any("username" in problem.text for problem in problems)
    assert description.answer_problems("GET", "/gateway", 200, {"url": "ws://x"}) == []


async def test_a_body_that_is_not_json_is_refused(
    local: LocalDiscord, rest: Rest, asked: PersonInteraction
) -> None:
    import aiohttp

    async with aiohttp.ClientSession() as session:
        url = f"{local.api_url}/interactions/{asked.id}/{asked.token}/callback"
        async with session.post(
            url, data=b"{no", headers={"Content-Type": "application/json"}
        ) as r:
            body = json.loads(await r.text())

    assert (r.status, body["code"]) == (400, 50109)
