"""An application belongs to an account, or to a team."""

from __future__ import annotations

from bot.sandbox import LocalDiscord
from tests.sandbox.conftest import Rest


async def test_an_application_belongs_to_an_account(local: LocalDiscord, rest: Rest) -> None:
    _, body = await rest("GET", "/oauth2/applications/@me")

    assert body["owner"]["username"] == "owner"
    assert body["team"] is None


async def test_an_application_belongs_to_a_team_once_somebody_joined_it(
    local: LocalDiscord, rest: Rest
) -> None:
    eve, ida = local.person("eve"), local.person("ida")
    local.join_team(eve)
    local.join_team(ida, role="read_only", accepted=False)

    _, body = await rest("GET", "/oauth2/applications/@me")

    assert body["team"]["owner_user_id"] == eve.id
    assert body["owner"]["id"] == body["team"]["id"]
    assert [
        (member["user"]["id"], member["role"], member["membership_state"])
        for member in body["team"]["members"]
    ] == [(eve.id, "admin", 2), (ida.id, "read_only", 1)]
