"""Registering application commands, for everywhere and for one guild."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.sandbox.rest import routes, validation
from bot.sandbox.rest.errors import FieldError, RestError, invalid
from bot.sandbox.rest.rest import NO_CONTENT, Endpoint, RestCall, RestResponse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.sandbox.model.users import JSON
    from bot.sandbox.state import DiscordState

CHAT_INPUT: Final = 1
# Per type: slash, user menu, message menu. https://docs.discord.com/developers/interactions/application-commands
MOST: Final = {1: 100, 2: 15, 3: 15, 4: 1}


class CommandRoutes:
    """The application's commands."""

    def __init__(self, state: DiscordState) -> None:
        self._state = state

    def endpoints(self) -> list[Endpoint]:
        """List method, route and function."""
        return [
            (method, route, function)
            for everything, one in (
                (routes.COMMANDS, routes.COMMAND),
                (routes.GUILD_COMMANDS, routes.GUILD_COMMAND),
            )
            for method, route, function in (
                ("GET", everything, self.list_all),
                ("PUT", everything, self.replace),
                ("POST", everything, self.create),
                ("GET", one, self.show),
                ("PATCH", one, self.change),
                ("DELETE", one, self.delete),
            )
        ]

    async def list_all(self, call: RestCall) -> RestResponse:
        """List the commands of one scope."""
        return RestResponse(list(self._scope(call).values()))

    async def replace(self, call: RestCall) -> RestResponse:
        """Make these the only commands of the scope; known names keep their ids."""
        scope = self._scope(call)
        _check(call.body)
        old = {_key(command): command for command in scope.values()}
        commands = [self._command(call, body, old.get(_key(body))) for body in call.body]
        scope.clear()
        scope.update({command["id"]: command for command in commands})
        return RestResponse(commands)

    async def create(self, call: RestCall) -> RestResponse:
        """Add a command, or write over the one with its name (200 then, 201 otherwise)."""
        scope = self._scope(call)
        old = next((one for one in scope.values() if _key(one) == _key(call.body)), None)
        others = [one for one in scope.values() if one is not old]
        _check([call.body, *others])
        command = self._command(call, call.body, old)
        scope[command["id"]] = command
        return RestResponse(command, status=200 if old else 201)

    async def show(self, call: RestCall) -> RestResponse:
        """Show one command."""
        return RestResponse(self._one(call))

    async def change(self, call: RestCall) -> RestResponse:
        """Change one command."""
        old = self._one(call)
        command = self._command(call, old | call.body, old)
        self._scope(call)[command["id"]] = command
        return RestResponse(command)

    async def delete(self, call: RestCall) -> RestResponse:
        """Remove one command."""
        del self._scope(call)[self._one(call)["id"]]
        return NO_CONTENT

    def _scope(self, call: RestCall) -> dict[str, JSON]:
        if call["application_id"] != self._state.bot.id:
            raise RestError(
                20012, status=403, message="You are not authorized for this application"
            )
        guild_id = call.parameters.get("guild_id")
        if guild_id and guild_id not in self._state.guilds:
            raise RestError(50001)
        return self._state.commands.setdefault(guild_id, {})

    def _one(self, call: RestCall) -> JSON:
        command = self._scope(call).get(call["command_id"])
        if command is None:
            raise RestError(10063)
        return command

    def _command(self, call: RestCall, body: JSON, old: JSON | None) -> JSON:
        guild_id = call.parameters.get("guild_id")
        command: JSON = {
            "type": CHAT_INPUT,
            "description": "",
            "default_member_permissions": None,
            "nsfw": False,
            **{key: value for key, value in body.items() if value is not None},
            "id": old["id"] if old else self._state.snowflakes(),
            "application_id": self._state.bot.id,
            "version": self._state.snowflakes(),
        }
        if command["default_member_permissions"] is not None:
            # Taken as a number too, given as a text.
            command["default_member_permissions"] = str(command["default_member_permissions"])
        if guild_id:
            command["guild_id"] = guild_id
        else:
            command.setdefault("integration_types", [0])
            command.setdefault("contexts", None)
        return command


def _key(command: JSON) -> tuple[int, str]:
    return (command.get("type") or CHAT_INPUT, command["name"])


def _check(commands: Sequence[JSON]) -> None:
    problems = validation.command_problems(commands)
    for kind, most in MOST.items():
        count = sum(1 for command in commands if _key(command)[0] == kind)
        if count > most:
            text = f"{count} commands of type {kind}, {most} allowed"
            problems.append(FieldError((), "BASE_TYPE_MAX_LENGTH", text))
    if problems:
        raise invalid(*problems)
