"""Each error of Discord, caused the way it is caused there."""

from __future__ import annotations

import pytest

from bot.sandbox import Clock, LocalDiscord, PersonInteraction
from bot.sandbox.rest import routes
from tests.sandbox.conftest import Rest

MESSAGE = {"content": "hello"}


async def test_a_wrong_token_is_401(local: LocalDiscord, rest: Rest) -> None:
    """D20"""
    status, body = await rest("GET", "/users/@me", token="wrong")

    assert (status, body["message"]) == (401, "401: Unauthorized")


async def test_an_answer_after_three_seconds_is_too_late(
    rest: Rest, asked: PersonInteraction, clock: Clock
) -> None:
    """D5"""
    clock.advance(3.1)

    status, body = await rest.answer(asked, 4, MESSAGE)

    assert (status, body["code"]) == (404, 10062)
    assert asked.acknowledged is None
    status, body = await rest("PATCH", rest.webhook(asked), MESSAGE)
    assert (status, body["code"]) == (404, 10015)


async def test_a_second_first_answer_is_refused(rest: Rest, asked: PersonInteraction) -> None:
    """D6"""
    await rest.answer(asked, 5)

    status, body = await rest.answer(asked, 4, MESSAGE)

    assert (status, body["code"]) == (400, 40060)


async def test_the_token_dies_after_fifteen_minutes(
    rest: Rest, asked: PersonInteraction, clock: Clock
) -> None:
    """D10"""
    await rest.answer(asked, 5)
    clock.advance(14 * 60 + 50)
    assert (await rest("PATCH", rest.webhook(asked), MESSAGE))[0] == 200
    clock.advance(15)

    for method, message in (("PATCH", "@original"), ("GET", "@original"), ("POST", None)):
        status, body = await rest(method, rest.webhook(asked, message), MESSAGE)
        assert (status, body["code"]) == (401, 50027)


async def test_a_token_can_expire_on_demand(rest: Rest, asked: PersonInteraction) -> None:
    """D10"""
    await rest.answer(asked, 5)
    asked.expire()

    status, body = await rest("PATCH", rest.webhook(asked), MESSAGE)

    assert (status, body["code"]) == (401, 50027)


async def test_another_applications_webhook_is_unknown(
    rest: Rest, asked: PersonInteraction
) -> None:
    await rest.answer(asked, 5)

    status, body = await rest("POST", f"/webhooks/1/{asked.token}", MESSAGE)

    assert (status, body["code"]) == (404, 10015)


async def test_a_deleted_answer_cannot_be_edited(
    local: LocalDiscord, rest: Rest, asked: PersonInteraction
) -> None:
    """D11"""
    await rest.answer(asked, 4, MESSAGE)
    (message,) = asked.answered
    local.delete_message(message)

    status, body = await rest("PATCH", rest.webhook(asked), MESSAGE)

    assert (status, body["code"]) == (404, 10008)
    assert asked.answered == []
    assert [version.text for version in local.archive()[0].versions] == ["hello", ""]


async def test_a_deleted_channel_is_unknown(
    local: LocalDiscord, rest: Rest, asked: PersonInteraction
) -> None:
    """D12"""
    await rest.answer(asked, 5)
    local.delete_channel(local.default_channel)

    posted = await rest("POST", f"/channels/{local.default_channel.id}/messages", MESSAGE)
    edited = await rest("PATCH", rest.webhook(asked), MESSAGE)

    assert [(status, body["code"]) for status, body in (posted, edited)] == [(404, 10003)] * 2


async def test_a_bot_that_was_kicked_misses_access(local: LocalDiscord, rest: Rest) -> None:
    """D13"""
    local.kick_bot(local.default_guild)

    status, body = await rest("POST", f"/channels/{local.default_channel.id}/messages", MESSAGE)

    assert (status, body["code"]) == (403, 50001)


async def test_a_forbidden_file_misses_a_permission(
    local: LocalDiscord, rest: Rest, asked: PersonInteraction
) -> None:
    """D14"""
    await rest.answer(asked, 5)
    local.default_channel.deny("ATTACH_FILES", interactions=True)
    path = f"/channels/{local.default_channel.id}/messages"

    posted = await rest("POST", path, MESSAGE, files={"a.png": b"x"})
    edited = await rest("PATCH", rest.webhook(asked), MESSAGE, files={"a.png": b"x"})
    plain = await rest("POST", path, MESSAGE)

    assert [(status, body["code"]) for status, body in (posted, edited)] == [(403, 50013)] * 2
    assert plain[0] == 200


async def test_the_bots_rights_reach_the_interaction(
    local: LocalDiscord, asked: PersonInteraction
) -> None:
    """D14"""
    local.default_channel.deny("ATTACH_FILES")

    later = await local.person("ada").slash("probe")

    assert int(asked.payload["app_permissions"]) & (1 << 15)
    assert not int(later.payload["app_permissions"]) & (1 << 15)


async def test_closed_direct_messages_refuse(local: LocalDiscord, rest: Rest) -> None:
    """D15"""
    ada = local.person("ada")
    ada.close_dms()

    status, channel = await rest("POST", "/users/@me/channels", {"recipient_id": ada.id})
    refused, body = await rest("POST", f"/channels/{channel['id']}/messages", MESSAGE)

    assert (status, refused, body["code"]) == (200, 403, 50007)


async def test_a_file_over_the_limit_is_too_large_and_the_limit_itself_is_not(
    local: LocalDiscord, rest: Rest, asked: PersonInteraction
) -> None:
    """D16"""
    await rest.answer(asked, 5)
    local.attachment_size_limit = 1000
    small = await local.person("ada").slash("probe")
    await rest.answer(small, 5)

    at_limit, _ = await rest("PATCH", rest.webhook(small), MESSAGE, files={"a.png": b"x" * 1000})
    over, body = await rest("PATCH", rest.webhook(small), MESSAGE, files={"a.png": b"x" * 1001})
    earlier, _ = await rest("PATCH", rest.webhook(asked), MESSAGE, files={"a.png": b"x" * 1001})

    assert small.payload["attachment_size_limit"] == 1000
    assert (at_limit, over, body["code"], earlier) == (200, 413, 40005, 200)


async def test_an_empty_message_is_refused(rest: Rest, asked: PersonInteraction) -> None:
    status, body = await rest.answer(asked, 4, {"content": ""})

    assert (status, body["code"]) == (400, 50006)


async def test_only_the_author_edits(local: LocalDiscord, rest: Rest) -> None:
    message = local.person("ada").write("mine")
    path = f"/channels/{message.channel_id}/messages/{message.id}"

    status, body = await rest("PATCH", path, MESSAGE)

    assert (status, body["code"]) == (403, 50005)


async def test_an_ephemeral_message_is_out_of_reach_of_the_bot_token(
    local: LocalDiscord, rest: Rest, asked: PersonInteraction
) -> None:
    """D10"""
    await rest.answer(asked, 4, MESSAGE | {"flags": 64})
    assert asked.response is not None

    path = f"/channels/{local.default_channel.id}/messages/{asked.response.id}"
    status, body = await rest("PATCH", path, MESSAGE)

    assert (status, body["code"]) == (404, 10008)


async def test_a_follow_up_straight_after_a_defer_fills_the_deferred_message(
    local: LocalDiscord, rest: Rest, asked: PersonInteraction
) -> None:
    await rest.answer(asked, 5)

    _, first = await rest("POST", rest.webhook(asked, None) + "?wait=1", MESSAGE | {"flags": 64})
    _, second = await rest("POST", rest.webhook(asked, None) + "?wait=1", MESSAGE | {"flags": 64})

    assert asked.response is not None
    assert first["id"] == asked.response.id
    assert not asked.response.ephemeral
    assert [message.id for message in asked.followups] == [second["id"]]
    assert asked.followups[0].ephemeral


async def test_a_follow_up_after_deleting_the_deferred_message_is_its_own(
    rest: Rest, asked: PersonInteraction
) -> None:
    await rest.answer(asked, 5)
    await rest("DELETE", rest.webhook(asked))

    await rest("POST", rest.webhook(asked, None), MESSAGE | {"flags": 64})

    assert asked.response is None
    assert [message.ephemeral for message in asked.followups] == [True]


async def test_an_enforced_nonce_makes_repeating_harmless(local: LocalDiscord, rest: Rest) -> None:
    """D10"""
    path = f"/channels/{local.default_channel.id}/messages"
    body = MESSAGE | {"nonce": "edit-7", "enforce_nonce": True}

    _, first = await rest("POST", path, body)
    _, again = await rest("POST", path, body)
    await rest("POST", path, MESSAGE | {"nonce": "edit-7"})

    assert again["id"] == first["id"]
    assert len(local.messages(local.default_channel)) == 2


async def test_a_user_install_gets_five_follow_ups(
    local: LocalDiscord, rest: Rest, asked: PersonInteraction
) -> None:
    """D30"""
    local.kick_bot(local.default_guild)
    ada = local.person("ada")
    installed = await ada.slash("probe")
    await rest.answer(installed, 4, MESSAGE)

    statuses = [(await rest("POST", rest.webhook(installed, None), MESSAGE))[0] for _ in range(6)]

    assert installed.payload["authorizing_integration_owners"] == {"1": ada.id}
    assert statuses == [204] * 5 + [403]


async def test_a_member_who_left_is_unknown(local: LocalDiscord, rest: Rest) -> None:
    """D28"""
    ada = local.person("ada")
    path = f"/guilds/{local.default_guild.id}/members/{ada.id}"
    assert (await rest("GET", path))[0] == 200

    ada.leave()
    status, body = await rest("GET", path)

    assert (status, body["code"]) == (404, 10007)
    with pytest.raises(LookupError):
        await ada.slash("probe")


async def test_an_unknown_route_is_recorded(local: LocalDiscord, rest: Rest) -> None:
    status, _ = await rest("GET", "/guilds/1/voice-regions")

    assert status == 404
    assert local.unknown_routes == [("GET", "/api/v10/guilds/1/voice-regions")]
    local.unknown_routes.clear()


async def test_calls_are_recorded(
    local: LocalDiscord, rest: Rest, asked: PersonInteraction
) -> None:
    await rest.answer(asked, 4, MESSAGE)

    recorded = local.requests[-1]

    assert (recorded.method, recorded.route, recorded.status) == ("POST", routes.CALLBACK, 204)
    assert recorded.body == {"type": 4, "data": MESSAGE}
    assert asked.token not in repr(recorded)
