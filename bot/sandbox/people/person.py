"""What a person does in Discord: run commands, press, choose, fill in, write."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from bot.sandbox.people import visible_commands
from bot.sandbox.people.components import SELECTS, ComponentType
from bot.sandbox.people.interaction import ACKNOWLEDGE_SECONDS, InteractionType, PersonInteraction
from bot.sandbox.people.modals import fill_form
from bot.sandbox.people.options import Resolved, fill, find_component

if TYPE_CHECKING:
    from bot.sandbox.cdn.cdn import Upload
    from bot.sandbox.model.channels import Channel, Guild
    from bot.sandbox.model.users import JSON, Role, User
    from bot.sandbox.people.seen import Message
    from bot.sandbox.state import DiscordState

CHAT_INPUT: Final = 1
USER_MENU: Final = 2
MESSAGE_MENU: Final = 3


@dataclass(frozen=True, slots=True)
class AutocompleteChoice:
    """One autocomplete choice."""

    name: str
    value: Any


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """A person in a channel. `at(other_channel)` is the same person elsewhere."""

    state: DiscordState = field(repr=False)
    user: User
    channel: Channel
    locale: str = "en-US"

    @property
    def id(self) -> str:
        """The account's id."""
        return self.user.id

    @property
    def name(self) -> str:
        """The account's name."""
        return self.user.name

    @property
    def guild(self) -> Guild | None:
        """The guild this person is in now; None in direct messages."""
        return self.channel.guild

    @property
    def _home(self) -> Guild:
        if self.guild is None:
            raise LookupError(f"{self.name} is in direct messages, not in a guild")
        return self.guild

    def at(self, channel: Channel) -> Person:
        """Return the same person in another channel."""
        return replace(self, channel=channel)

    def speaking(self, locale: str) -> Person:
        """Return the same person with another language setting, e.g. "de"."""
        return replace(self, locale=locale)

    def give(self, role: Role) -> None:
        """Put a role of this guild on.

        Raises:
            LookupError: the guild has no such role, or this person is in no guild.
        """
        if role.id not in self._home.roles:
            raise LookupError(f"no role {role.name!r} in {self._home.name}")
        self._home.worn.setdefault(self.id, set()).add(role.id)

    def take(self, role: Role) -> None:
        """Take a role off."""
        self._home.worn.get(self.id, set()).discard(role.id)

    def leave(self) -> None:
        """Leave the guild, as by being banned."""
        self._home.absent.add(self.id)

    def close_dms(self) -> None:
        """Take no direct messages any more."""
        self.user.accepts_dms = False

    def write(self, content: str = "", *files: Upload) -> Message:
        """Post a message of one's own."""
        uploads = {str(index): upload for index, upload in enumerate(files)}
        messages = self.state.messages
        body = {"content": content}
        return messages.see(messages.create(self.channel, self.user, body, uploads))

    async def slash(self, command: str, /, **options: object) -> PersonInteraction:
        """Run a slash command: "edit" or "mine spend"; options by name, of the client's own types.

        Files are Upload, members Person, roles Role, channels and threads Channel.

        Raises:
            LookupError, ValueError: a Discord client would not let one send this.
        """
        name, *words = command.split()
        found = self._command(name, CHAT_INPUT)
        resolved = Resolved(self.state, self.user, self.channel)
        filled = fill(found, words, options, resolved)
        return self._act(InteractionType.COMMAND, _command_data(found, filled, resolved.found))

    async def autocomplete(self, command: str, /, **options: object) -> list[AutocompleteChoice]:
        """Type into an option (the last one given) and return what is offered.

        Raises:
            TimeoutError: nothing was offered within three seconds.
        """
        name, *words = command.split()
        found = self._command(name, CHAT_INPUT)
        resolved = Resolved(self.state, self.user, self.channel)
        filled = fill(found, words, options, resolved, focused=list(options)[-1])
        # As discord.py notes of autocompletion, Discord sends ids alone, without `resolved`.
        data = _command_data(found, filled, {})
        interaction = self._act(InteractionType.AUTOCOMPLETE, data)
        await interaction.wait(lambda i: i.acknowledged is not None, ACKNOWLEDGE_SECONDS)
        return [
            AutocompleteChoice(choice["name"], choice["value"])
            for choice in interaction.choices or ()
        ]

    async def menu(self, command: str, target: Message | Person) -> PersonInteraction:
        """Use a context menu command on a message or on another person."""
        resolved = Resolved(self.state, self.user, self.channel)
        if isinstance(target, Person):
            found = self._command(command, USER_MENU)
            resolved.add(target.user)
        else:
            found = self._command(command, MESSAGE_MENU)
            record = self.state.messages.get(target.id)
            resolved.found["messages"] = {target.id: self.state.messages.render(record)}
        data = _command_data(found, [], resolved.found) | {"target_id": target.id}
        return self._act(InteractionType.COMMAND, data)

    async def click(self, message: Message, button: str) -> PersonInteraction:
        """Press a button, named by its custom_id or label, on the message as it stands now."""
        part = self._part(message, button)
        if part["type"] != ComponentType.BUTTON:
            raise LookupError(f"{button!r} is not a button")
        return self._press(message, part, {})

    async def choose(self, message: Message, menu: str, *values: object) -> PersonInteraction:
        """Choose values in a menu, named by its custom_id or placeholder."""
        part = self._part(message, menu)
        if part["type"] not in SELECTS:
            raise LookupError(f"{menu!r} is not a menu")
        offered = [option["value"] for option in part.get("options") or ()]
        if part["type"] == ComponentType.STRING_SELECT and not set(values) <= set(offered):
            raise ValueError(f"{values} are not among {offered}")
        resolved = Resolved(self.state, self.user, self.channel)
        chosen: JSON = {"values": [resolved.add(value) for value in values]}
        if resolved.found:
            chosen["resolved"] = resolved.found
        return self._press(message, part, chosen)

    async def submit(self, opened: PersonInteraction, /, **values: object) -> PersonInteraction:
        """Send the form that `opened` was answered with; fields by custom_id or label.

        Raises:
            LookupError: no form was opened, or it has no such field.
        """
        if opened.modal is None:
            raise LookupError("no form was opened")
        resolved = Resolved(self.state, self.user, self.channel)
        components = fill_form(opened.modal, values, resolved)
        data = {"custom_id": opened.modal["custom_id"], "components": components}
        if resolved.found:
            data["resolved"] = resolved.found
        return self._act(
            InteractionType.MODAL,
            data,
            source=opened.source.id if opened.source else None,
            opened_by=opened,
        )

    async def forge(
        self, kind: int, data: JSON, *, message: Message | None = None, **fields: object
    ) -> PersonInteraction:
        """Cause an interaction no Discord client would: any data, `fields` written over it."""
        source = message.id if message else None
        return self._act(InteractionType(kind), data, source=source, fields=fields)

    def _part(self, message: Message, name: str) -> JSON:
        record = self.state.messages.get(message.id)
        if record.viewer_id not in (None, self.id):
            raise LookupError(f"{self.name} cannot see that message")
        return find_component(record.payload, name)

    def _press(self, message: Message, part: JSON, more: JSON) -> PersonInteraction:
        data = {"custom_id": part["custom_id"], "component_type": part["type"], "id": part["id"]}
        return self._act(InteractionType.COMPONENT, data | more, source=message.id)

    def _command(self, name: str, kind: int) -> JSON:
        """Find what this person is offered under a name; the guild's own commands come first."""
        scopes = ([self.guild.id] if self.guild else []) + [None]
        for scope in scopes:
            for command in self.state.commands.get(scope, {}).values():
                if command["name"] == name and command["type"] == kind:
                    self._require_offered(command)
                    return command
        raise LookupError(f"no command {name!r} of type {kind}")

    def _require_offered(self, command: JSON) -> None:
        guild_id = self.guild.id if self.guild else ""
        overrides = self.state.overrides.get((guild_id, command["name"]), {})
        if refusal := visible_commands.refusal(command, self.user, self.channel, overrides):
            raise LookupError(refusal)

    def _act(
        self,
        kind: InteractionType,
        data: JSON,
        *,
        source: str | None = None,
        opened_by: PersonInteraction | None = None,
        fields: JSON | None = None,
    ) -> PersonInteraction:
        if self.guild and self.id in self.guild.absent:
            raise LookupError(f"{self.name} is not in {self.guild.name} any more")
        record = self.state.messages.get(source) if source else None
        payload = self._payload(kind, data)
        if record:
            payload["message"] = self.state.messages.render(record)
        payload |= fields or {}
        interaction = PersonInteraction(
            payload,
            person=self.user,
            channel=self.channel,
            clock=self.state.clock,
            messages=self.state.messages,
            source=record,
            opened_by=opened_by,
        )
        self.state.interactions[interaction.token] = interaction
        guild_id = self.guild.id if self.guild else None
        self.state.gateway.emit("INTERACTION_CREATE", payload, guild_id)
        return interaction

    def _payload(self, kind: InteractionType, data: JSON) -> JSON:
        interaction_id = self.state.snowflakes()
        secret = f"interaction:{interaction_id}:{secrets.token_urlsafe(48)}"
        payload: JSON = {
            "id": interaction_id,
            "application_id": self.state.bot.id,
            "type": int(kind),
            "data": data,
            "token": base64.urlsafe_b64encode(secret.encode()).decode().rstrip("="),
            "version": 1,
            "channel_id": self.channel.id,
            "locale": self.locale,
            "app_permissions": str(int(self.channel.bot_permissions())),
            "entitlements": [],
            "entitlement_sku_ids": [],
            "attachment_size_limit": self.state.attachment_size_limit,
        }
        return payload | self._place()

    def _place(self) -> JSON:
        guild = self.guild
        channel = self.channel.payload()
        if guild is None:
            return {
                "channel": channel,
                "context": 1,
                "user": self.user.payload(),
                "authorizing_integration_owners": {"0": "0"},
            }
        mine = self.channel.permissions_of(self.user)
        installed = {"0": guild.id} if guild.bot_is_member else {"1": self.id}
        return {
            "guild_id": guild.id,
            "guild": {"id": guild.id, "locale": guild.locale, "features": []},
            "guild_locale": guild.locale,
            "channel": channel | {"permissions": str(int(mine))},
            "context": 0,
            "member": guild.member(self.user, at=self.channel),
            "authorizing_integration_owners": installed,
        }


def _command_data(command: JSON, options: list[JSON], resolved: JSON) -> JSON:
    data: JSON = {
        "id": command["id"],
        "name": command["name"],
        "type": command["type"],
        "options": options,
    }
    if "guild_id" in command:
        data["guild_id"] = command["guild_id"]
    return data | ({"resolved": resolved} if resolved else {})
