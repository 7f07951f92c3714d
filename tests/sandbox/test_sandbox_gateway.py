"""Sessions survive drops, are invalidated, repeated, delayed and counted."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import aiohttp
import discord
import pytest

from bot.sandbox import LocalDiscord, PersonInteraction
from bot.sandbox.rest import routes
from tests.sandbox.specimen import Specimen

Run = Callable[..., AbstractAsyncContextManager[Specimen]]


@pytest.fixture
async def quick() -> AsyncIterator[LocalDiscord]:
    """A Discord that expects a heartbeat every 0.1 s."""
    async with LocalDiscord(heartbeat_seconds=0.1) as started:
        yield started


@pytest.fixture
async def sockets() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def identify(local: LocalDiscord, **fields: Any) -> str:
    data = {"token": local.bot_token, "intents": 0, "properties": {}} | fields
    return json.dumps({"op": 2, "d": data})


def called(local: LocalDiscord, route: str) -> list[int]:
    """List how calls to a route were answered."""
    return [recorded.status for recorded in local.requests if recorded.route == route]


async def test_an_interaction_sent_while_the_socket_was_down_is_replayed(
    local: LocalDiscord, bot: Specimen
) -> None:
    """D1"""
    ada = local.person("ada")
    await local.gateway.drop()

    secret = await ada.slash("secret")
    await secret.settled()

    assert local.gateway.resumes == 1
    assert len(local.gateway.identifies) == 1
    assert bot.seen == [int(secret.id)]


async def test_a_connection_cut_without_a_word_is_resumed(
    local: LocalDiscord, bot: Specimen
) -> None:
    """D1"""
    local.gateway.abort()

    secret = await local.person("ada").slash("secret")
    await secret.settled()

    assert local.gateway.resumes == 1


async def test_op_7_makes_the_client_resume(local: LocalDiscord, bot: Specimen) -> None:
    """D3"""
    local.gateway.ask_reconnect()

    secret = await local.person("ada").slash("secret")
    await secret.settled()
    await local.wait(lambda: local.gateway.resumes == 1)

    assert len(local.gateway.identifies) == 1


async def test_op_9_makes_the_client_identify_again_and_loses_what_was_sent_meanwhile(
    local: LocalDiscord, bot: Specimen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D2"""
    local.gateway.invalidate()
    lost = await local.person("ada").slash("secret")
    await local.wait(lambda: len(local.gateway.identifies) == 2, timeout=15)
    await local.gateway.ready()

    found = await (await local.person("ada").slash("secret")).settled()

    assert local.gateway.resumes == 0
    assert lost.acknowledged is None
    assert found.acknowledged is not None


async def test_the_same_frame_twice_reaches_the_bot_twice(
    local: LocalDiscord, bot: Specimen
) -> None:
    """D4"""
    local.gateway.repeat_next()

    secret = await (await local.person("ada").slash("secret")).settled()
    async with asyncio.timeout(5):
        while len(statuses := called(local, routes.CALLBACK)) < 2:
            await asyncio.sleep(0.01)

    assert bot.seen == [int(secret.id)] * 2
    assert statuses == [200, 400]
    assert len(local.archive()) == 1


async def test_a_late_frame_leaves_the_bot_less_time(local: LocalDiscord, bot: Specimen) -> None:
    """D5"""
    local.gateway.delay_next(0.3)

    secret = await (await local.person("ada").slash("secret")).settled()

    assert secret.acknowledged is not None
    assert secret.acknowledged >= 0.3


async def test_a_lost_event_never_arrives(local: LocalDiscord, bot: Specimen) -> None:
    local.gateway.lose_next()

    lost = await local.person("ada").slash("secret")
    await (await local.person("ada").slash("secret")).settled()

    with pytest.raises(TimeoutError, match="acknowledged=None"):
        await lost.settled(timeout=0.05)


async def test_a_wrong_token_cannot_log_in(local: LocalDiscord, run: Run) -> None:
    """D20"""
    token = local.bot_token
    await local.revoke_token()

    client = aiohttp.ClientSession()
    async with client, client.ws_connect(local.gateway_url) as socket:
        await socket.receive()
        await socket.send_str(identify(local, token=token))
        await socket.receive()
        assert socket.close_code == 4004


async def test_a_revoked_token_ends_the_bot(local: LocalDiscord, bot: Specimen) -> None:
    """D20"""
    await local.revoke_token()

    async with asyncio.timeout(5):
        while not bot.is_closed():
            await asyncio.sleep(0.01)


async def test_a_privileged_intent_is_disallowed(local: LocalDiscord, run: Run) -> None:
    """D21"""
    with pytest.raises(discord.PrivilegedIntentsRequired):
        async with run(intents=discord.Intents(message_content=True)):
            pass


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"intents": 1 << 30}, 4013),
        ({"intents": 1 << 15}, 4014),
        ({"shard": [2, 2]}, 4010),
    ],
)
async def test_a_wrong_identify_is_refused(
    local: LocalDiscord, sockets: aiohttp.ClientSession, fields: dict[str, Any], code: int
) -> None:
    """D21"""
    async with sockets.ws_connect(local.gateway_url) as socket:
        await socket.receive()
        await socket.send_str(identify(local, **fields))
        await socket.receive()

        assert socket.close_code == code


async def test_required_sharding_can_be_played(
    local: LocalDiscord, sockets: aiohttp.ClientSession
) -> None:
    """D21"""
    local.gateway.refuse_identify(4011)

    async with sockets.ws_connect(local.gateway_url) as socket:
        await socket.receive()
        await socket.send_str(identify(local))
        await socket.receive()

        assert socket.close_code == 4011


async def test_a_silent_client_is_disconnected(
    quick: LocalDiscord, sockets: aiohttp.ClientSession
) -> None:
    async with sockets.ws_connect(quick.gateway_url) as socket:
        hello = await socket.receive_json()
        await socket.send_str(identify(quick))
        ready = await socket.receive_json()
        await socket.receive(timeout=2)

        assert hello["d"]["heartbeat_interval"] == 100
        assert ready["t"] == "READY"
        assert socket.close_code == 4009


async def test_heartbeats_keep_the_session_and_are_acknowledged(
    quick: LocalDiscord, sockets: aiohttp.ClientSession
) -> None:
    async with sockets.ws_connect(quick.gateway_url) as socket:
        await socket.receive_json()
        await socket.send_str(identify(quick))
        await socket.receive_json()
        for _ in range(5):
            await asyncio.sleep(0.08)
            await socket.send_json({"op": 1, "d": 1})
            assert (await socket.receive_json())["op"] == 11

        quick.gateway.acknowledges_heartbeats = False
        await socket.send_json({"op": 1, "d": 1})
        message = await socket.receive(timeout=1)

        assert message.type is aiohttp.WSMsgType.CLOSE


async def test_shards_get_the_interactions_of_their_guilds(local: LocalDiscord, run: Run) -> None:
    guilds = [local.guild(f"G{n}", guild_id=str((10_000 + n) << 22)) for n in range(2)]
    async with run(shard_count=2) as bot:
        await local.gateway.ready(shards=2)
        for guild in guilds:
            ada = local.person("ada", channel=guild.channels[0])
            await (await ada.slash("secret")).settled()

        assert sorted(entry.shard for entry in local.gateway.identifies) == [(0, 2), (1, 2)]
        assert len(bot.seen) == 2


async def test_the_guilds_intent_fills_the_cache(local: LocalDiscord, run: Run) -> None:
    async with run(intents=discord.Intents(guilds=True, guild_messages=True)) as bot:
        guild = bot.get_guild(int(local.default_guild.id))
        assert guild is not None
        await (await local.person("ada").slash("secret")).settled()
        arrived = asyncio.create_task(bot.wait_for("message", timeout=5))
        await asyncio.sleep(0)
        local.person("ada").write("hello")
        message = await arrived

        assert guild.text_channels[0].name == "general"
        assert (message.content, message.channel) == ("hello", guild.text_channels[0])


async def test_nobody_answers_while_no_bot_is_connected(
    local: LocalDiscord, asked: PersonInteraction
) -> None:
    with pytest.raises(TimeoutError):
        await asked.settled(timeout=0.05)
