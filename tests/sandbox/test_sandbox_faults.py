"""Calls go wrong on demand: errors, limits, lost answers, late ones; downloads too."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord
import pytest

from bot.sandbox import CdnBehaviour, Clock, LocalDiscord, Message, PersonInteraction, Upload
from bot.sandbox.rest import routes
from tests.sandbox.conftest import Rest
from tests.sandbox.specimen import Interaction as BotInteraction
from tests.sandbox.specimen import Specimen

MESSAGE = {"content": "hello"}


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


async def test_an_error_strikes_so_often_and_after_so_many_calls(
    local: LocalDiscord, rest: Rest
) -> None:
    fault = local.faults.add(("GET", routes.ME), status=503, times=2, skip=1)

    statuses = [(await rest("GET", "/users/@me"))[0] for _ in range(4)]

    assert statuses == [200, 503, 503, 200]
    assert fault.hits == 2


async def test_a_discord_error_can_be_played_by_its_code(local: LocalDiscord, rest: Rest) -> None:
    local.faults.add(("*", "*"), code=200000)

    status, body = await rest("GET", "/users/@me")

    assert (status, body["code"]) == (400, 200000)
    assert local.violations == []


async def test_a_rate_limit_is_waited_for_by_discord_py(local: LocalDiscord, bot: Specimen) -> None:
    """D7"""
    fault = local.faults.add(("POST", routes.CALLBACK), retry_after=0.2)

    secret = await (await local.person("ada").slash("secret")).settled()

    assert fault.hits == 1
    assert secret.acknowledged is not None
    assert secret.acknowledged >= 0.2


async def test_a_small_bucket_is_obeyed_by_discord_py(local: LocalDiscord, bot: Specimen) -> None:
    """D7"""
    local.rate_limits.limit("POST", routes.CHANNEL_MESSAGES, calls=2, seconds=0.3)
    channel = bot.get_partial_messageable(int(local.default_channel.id))
    started = time.monotonic()

    await asyncio.gather(*(channel.send(str(n)) for n in range(5)))

    assert time.monotonic() - started >= 0.5
    assert len(local.messages(local.default_channel)) == 5


async def test_an_empty_bucket_is_429_with_its_headers(
    local: LocalDiscord, session: aiohttp.ClientSession
) -> None:
    """D7"""
    local.rate_limits.limit("GET", routes.ME, calls=1, seconds=5)
    headers = {"Authorization": f"Bot {local.bot_token}"}

    async with session.get(local.api_url + "/users/@me", headers=headers) as first:
        assert first.headers["X-RateLimit-Remaining"] == "0"
    async with session.get(local.api_url + "/users/@me", headers=headers) as second:
        body = await second.json()

    assert (first.status, second.status) == (200, 429)
    assert 4 < body["retry_after"] <= 5
    assert "Via" in second.headers
    assert float(second.headers["Retry-After"]) == pytest.approx(body["retry_after"])


async def test_a_processed_answer_can_be_lost(
    local: LocalDiscord, rest: Rest, asked: PersonInteraction
) -> None:
    """D6, D9"""
    local.faults.add(("POST", routes.CALLBACK), lose_answer=True)

    with pytest.raises(aiohttp.ClientError):
        await rest.answer(asked, 4, MESSAGE)
    status, body = await rest.answer(asked, 4, MESSAGE)

    assert asked.acknowledged is not None
    assert (status, body["code"]) == (400, 40060)


async def test_a_dropped_call_was_not_processed(
    local: LocalDiscord, rest: Rest, asked: PersonInteraction
) -> None:
    """D9"""
    local.faults.add(("POST", routes.CALLBACK), drop=True)

    with pytest.raises(aiohttp.ClientError):
        await rest.answer(asked, 4, MESSAGE)

    assert asked.acknowledged is None
    assert (await rest.answer(asked, 4, MESSAGE))[0] == 204


async def test_an_answer_can_be_cut_in_the_middle(
    local: LocalDiscord, rest: Rest, asked: PersonInteraction
) -> None:
    """D9"""
    await rest.answer(asked, 5)
    local.faults.add(("PATCH", routes.ORIGINAL), cut_answer=True)

    with pytest.raises(aiohttp.ClientPayloadError):
        await rest("PATCH", rest.webhook(asked), MESSAGE)

    assert asked.response is not None
    assert asked.response.text == "hello"


async def test_a_late_call_misses_the_three_seconds(
    local: LocalDiscord, rest: Rest, asked: PersonInteraction, clock: Clock
) -> None:
    """D5"""
    local.faults.add(("POST", routes.CALLBACK), delay=0.05)
    answering = asyncio.create_task(rest.answer(asked, 4, MESSAGE))
    await asyncio.sleep(0.02)
    clock.advance(3)

    status, body = await answering

    assert (status, body["code"]) == (404, 10062)


async def test_invalid_calls_are_counted(local: LocalDiscord, rest: Rest) -> None:
    """D8"""
    for _ in range(3):
        await rest("GET", "/users/@me", token="wrong")

    assert local.invalid_requests == 3


def uploaded(local: LocalDiscord, upload: Upload) -> tuple[Message, dict[str, Any]]:
    message = local.person("ada").write("", upload)
    return message, message.payload["attachments"][0]


async def test_links_expire_and_a_fresh_look_signs_them_anew(
    local: LocalDiscord,
    rest: Rest,
    session: aiohttp.ClientSession,
    clock: Clock,
    png: bytes,
) -> None:
    """D17"""
    message, attachment = uploaded(local, Upload("photo.png", png))
    async with session.get(attachment["url"]) as good:
        assert (good.status, good.content_type, await good.read()) == (200, "image/png", png)

    clock.advance(86_401)
    async with session.get(attachment["url"]) as late:
        assert late.status == 404
    path = f"/channels/{message.channel_id}/messages/{message.id}"
    _, again = await rest("GET", path)
    async with session.get(again["attachments"][0]["url"]) as fresh:
        assert fresh.status == 200


async def test_links_can_be_expired_and_not_forged(
    local: LocalDiscord, session: aiohttp.ClientSession, png: bytes
) -> None:
    """D17"""
    _, attachment = uploaded(local, Upload("photo.png", png))
    async with session.get(attachment["url"].replace("hm=", "hm=0")) as forged:
        assert forged.status == 404

    local.cdn.expire_links()
    async with session.get(attachment["url"]) as late:
        assert late.status == 404


async def test_an_attachment_object_can_lie(
    local: LocalDiscord, session: aiohttp.ClientSession, png: bytes
) -> None:
    """D19"""
    lies = {"size": 1, "content_type": "image/jpeg", "width": 4, "height": 4}
    _, attachment = uploaded(local, Upload("photo.png", png, claims=lies))

    async with session.get(attachment["url"]) as response:
        data = await response.read()

    assert {key: attachment[key] for key in lies} == lies
    assert data == png


@pytest.mark.parametrize("status", [403, 404, 500])
async def test_a_download_can_fail(
    local: LocalDiscord, session: aiohttp.ClientSession, png: bytes, status: int
) -> None:
    """D17"""
    delivery = CdnBehaviour(status=status)
    _, attachment = uploaded(local, Upload("photo.png", png, delivery=delivery))

    async with session.get(attachment["url"]) as response:
        assert response.status == status


async def test_a_download_can_be_slow_endless_or_cut(
    local: LocalDiscord, session: aiohttp.ClientSession
) -> None:
    """D18"""
    data = bytes(1000)
    _, slow = uploaded(local, Upload("a.png", data, delivery=CdnBehaviour(bytes_per_second=5000)))
    _, endless = uploaded(local, Upload("b.png", data, delivery=CdnBehaviour(endless=True)))
    _, more = uploaded(local, Upload("d.png", data, delivery=CdnBehaviour(content_length=5000)))
    _, less = uploaded(local, Upload("e.png", data, delivery=CdnBehaviour(content_length=10)))
    _, cut = uploaded(local, Upload("c.png", data, delivery=CdnBehaviour(cut_after=400)))
    started = time.monotonic()

    async with session.get(slow["url"]) as response:
        assert await response.read() == data
    assert time.monotonic() - started >= 0.15
    async with session.get(endless["url"]) as response:
        assert len(await response.content.readexactly(100_000)) == 100_000
    for broken in (cut, more):
        async with session.get(broken["url"]) as response:
            with pytest.raises(aiohttp.ClientPayloadError):
                await response.read()
    async with session.get(less["url"]) as response:
        assert len(await response.read()) == 10


async def test_a_bot_sees_a_failed_download_as_not_found(
    local: LocalDiscord, bot: Specimen, png: bytes
) -> None:
    """D17"""
    image = Upload("photo.png", png, delivery=CdnBehaviour(status=404))

    edit = await local.person("ada").slash("edit", image=image, prompt="x")
    await local.wait(lambda: edit.acknowledged)
    async with asyncio.timeout(5):
        while not bot.errors:
            await asyncio.sleep(0.01)

    assert isinstance(bot.errors[0], discord.NotFound)


async def test_a_forged_interaction_reaches_the_bot(local: LocalDiscord, bot: Specimen) -> None:
    """D25"""
    ada = local.person("ada")
    data = {"custom_id": "nobody:knows", "component_type": 2, "id": 1}
    message = ada.write("anything")

    await ada.forge(3, data, message=message, locale="xx")
    await (await ada.slash("secret")).settled()

    assert len(bot.seen) == 2


async def test_two_clicks_are_two_interactions(
    local: LocalDiscord, bot: Specimen, png: bytes
) -> None:
    """D22, D23"""
    ada, bob = local.person("ada"), local.person("bob")
    edit = await ada.slash("edit", image=Upload("photo.png", png), prompt="x")
    card = await edit.wait(lambda i: i.followups and i.response)
    assert card

    first, second = await asyncio.gather(ada.click(card, "Again"), bob.click(card, "Again"))
    await first.settled()
    await second.settled()

    assert bot.pressed == ["again:7", "again:7"]
    with pytest.raises(LookupError):
        await bob.click(edit.followups[0], "Again")


async def test_two_hundred_commands_at_once_are_all_acknowledged_in_time(
    local: LocalDiscord, bot: Specimen, record_property: Any
) -> None:
    async def behave(interaction: BotInteraction) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content="done")

    bot.behaviour = behave
    people = [local.person(f"member {number}") for number in range(200)]

    asked = [await person.slash("probe") for person in people]
    await asyncio.gather(*(interaction.settled(20) for interaction in asked))

    times = sorted(interaction.acknowledged or 99.0 for interaction in asked)
    record_property("p50_seconds", times[100])
    record_property("p99_seconds", times[197])
    print(f"acknowledged: p50 {times[100]:.3f} s, p99 {times[197]:.3f} s")
    assert times[-1] < 3
    assert all(i.response and i.response.text == "done" for i in asked)
