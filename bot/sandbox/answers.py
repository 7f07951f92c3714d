"""Interaction callbacks and the interaction's webhook: @original and follow-ups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.sandbox import routes, rules
from bot.sandbox.interactions import (
    ACKNOWLEDGE_SECONDS,
    TOKEN_SECONDS,
    CallbackType,
    Interaction,
    InteractionType,
)
from bot.sandbox.permissions import Permission
from bot.sandbox.refusals import Problem, Refusal, invalid
from bot.sandbox.rest import NO_CONTENT, Answer, Call, Endpoint

if TYPE_CHECKING:
    from bot.sandbox.messages import Record
    from bot.sandbox.objects import JSON
    from bot.sandbox.world import World

USER_INSTALL_FOLLOWUPS: Final = 5

# What may answer what. Source: receiving-and-responding, "Interaction Callback Type".
_FITTING: Final = {
    InteractionType.COMMAND: {4, 5, 9, 12},
    InteractionType.COMPONENT: {4, 5, 6, 7, 9, 12},
    InteractionType.AUTOCOMPLETE: {8},
    InteractionType.MODAL: {4, 5, 6, 7, 12},
}


class Answers:
    """The routes a bot answers interactions with; none of them wants the bot's token."""

    def __init__(self, world: World) -> None:
        self._world = world

    def endpoints(self) -> list[Endpoint]:
        """List method, route and function."""
        return [
            ("POST", routes.CALLBACK, self.callback),
            ("POST", routes.FOLLOWUPS, self.follow_up),
            ("GET", routes.ORIGINAL, self.read),
            ("PATCH", routes.ORIGINAL, self.edit),
            ("DELETE", routes.ORIGINAL, self.delete),
            ("GET", routes.FOLLOWUP, self.read),
            ("PATCH", routes.FOLLOWUP, self.edit),
            ("DELETE", routes.FOLLOWUP, self.delete),
        ]

    async def callback(self, call: Call) -> Answer:
        """Take the first answer."""
        interaction = self._world.interactions.get(call["interaction_token"])
        if interaction is None or interaction.id != call["interaction_id"]:
            raise Refusal(10062)
        if interaction.acknowledged is not None:
            raise Refusal(40060)
        if interaction.expired or interaction.age > ACKNOWLEDGE_SECONDS:
            raise Refusal(10062)
        kind = call.body["type"]
        if kind not in _FITTING[interaction.kind] or (kind in (6, 7) and not interaction.source):
            text = f"{kind} cannot answer this interaction"
            raise invalid(Problem(("type",), "INTERACTION_CALLBACK_TYPE_INVALID", text))
        message = self._apply(interaction, CallbackType(kind), call.body.get("data") or {}, call)
        interaction.acknowledged = interaction.age
        interaction.callback = CallbackType(kind)
        interaction.callback_data = call.body.get("data")
        interaction.pulse.beat()
        self._world.pulse.beat()
        if not call.flag("with_response"):
            return NO_CONTENT
        return Answer(self._callback_answer(interaction, kind, message))

    def _apply(
        self, interaction: Interaction, kind: CallbackType, data: JSON, call: Call
    ) -> Record | None:
        match kind:
            case CallbackType.AUTOCOMPLETE:
                interaction.choices = data.get("choices") or []
            case CallbackType.MODAL:
                if problems := rules.modal_problems(data):
                    raise invalid(*problems)
                interaction.modal = data
            case CallbackType.DEFERRED_UPDATE | CallbackType.UPDATE:
                return self._update(interaction, kind, data, call)
            case CallbackType.MESSAGE | CallbackType.DEFERRED_MESSAGE:
                loading = kind == CallbackType.DEFERRED_MESSAGE
                if loading and (problems := rules.defer_problems(data)):
                    raise invalid(*problems)
                record = self._create(interaction, data, call, loading=loading)
                interaction.original_id = record.id
                return record
        return None

    def _update(
        self, interaction: Interaction, kind: CallbackType, data: JSON, call: Call
    ) -> Record:
        """Answer by changing the message that was pressed."""
        record = interaction.source
        if record is None:
            raise Refusal(10008)
        interaction.original_id = record.id
        if kind == CallbackType.UPDATE:
            self._check_place(interaction, call)
            self._world.messages.edit(record, data, call.files)
        return record

    def _callback_answer(self, interaction: Interaction, kind: int, message: Record | None) -> JSON:
        about: JSON = {"id": interaction.id, "type": int(interaction.kind)}
        answer: JSON = {"interaction": about}
        if message:
            about["response_message_id"] = message.id
            about["response_message_loading"] = message.loading
            about["response_message_ephemeral"] = message.viewer_id is not None
            if kind in (CallbackType.MESSAGE, CallbackType.UPDATE):
                rendered = self._world.messages.render(message)
                answer["resource"] = {"type": kind, "message": rendered}
        return answer

    async def follow_up(self, call: Call) -> Answer:
        """Write one more message; straight after a defer it fills the deferred one (deprecated).

        Source: receiving-and-responding, "Followup Messages": such a follow-up edits the
        deferred response, whose own ephemeral flag stays.
        """
        interaction = self._interaction(call)
        world = self._world
        original = world.messages.records.get(interaction.original_id or "")
        first = original and original.loading and not original.deleted_at
        if original and first and not interaction.followup_ids:
            self._check_place(interaction, call)
            world.messages.edit(original, call.body, call.files)
            record = original
        else:
            owners = interaction.payload["authorizing_integration_owners"]
            if "0" not in owners and len(interaction.followup_ids) >= USER_INSTALL_FOLLOWUPS:
                raise Refusal(40094)
            record = self._create(interaction, call.body, call, loading=False)
            interaction.followup_ids.append(record.id)
        self._beat(interaction)
        return Answer(world.messages.render(record)) if call.flag("wait") else NO_CONTENT

    async def read(self, call: Call) -> Answer:
        """Show a message of this interaction."""
        _, record = self._message(call)
        return Answer(self._world.messages.render(record))

    async def edit(self, call: Call) -> Answer:
        """Change a message of this interaction."""
        interaction, record = self._message(call)
        self._check_place(interaction, call)
        self._world.messages.edit(record, call.body, call.files)
        self._beat(interaction)
        return Answer(self._world.messages.render(record))

    async def delete(self, call: Call) -> Answer:
        """Delete a message of this interaction."""
        interaction, record = self._message(call)
        self._world.messages.delete(record)
        self._beat(interaction)
        return NO_CONTENT

    def _beat(self, interaction: Interaction) -> None:
        interaction.pulse.beat()
        self._world.pulse.beat()

    def _interaction(self, call: Call) -> Interaction:
        interaction = self._world.interactions.get(call["webhook_token"])
        if call["webhook_id"] != self._world.bot.id or interaction is None:
            raise Refusal(10015)
        if interaction.expired or interaction.age > TOKEN_SECONDS:
            raise Refusal(50027)
        if interaction.acknowledged is None:
            raise Refusal(10015)
        return interaction

    def _message(self, call: Call) -> tuple[Interaction, Record]:
        interaction = self._interaction(call)
        message_id = call.parameters.get("message_id", interaction.original_id)
        mine = {interaction.original_id, *interaction.followup_ids}
        if message_id not in mine:
            raise Refusal(10008)
        return interaction, self._world.messages.get(message_id)

    def _check_place(self, interaction: Interaction, call: Call) -> None:
        channel = interaction.channel
        if channel.deleted:
            raise Refusal(10003)
        denied = channel.denied if channel.denies_interactions else Permission(0)
        if call.files and denied & Permission.ATTACH_FILES:
            raise Refusal(50013)
        if denied & (Permission.SEND_MESSAGES | Permission.VIEW_CHANNEL):
            raise Refusal(50013)

    def _create(self, interaction: Interaction, data: JSON, call: Call, *, loading: bool) -> Record:
        self._check_place(interaction, call)
        flags = data.get("flags") or 0
        return self._world.messages.create(
            interaction.channel,
            self._world.bot,
            data,
            {} if loading else call.files,
            viewer_id=interaction.person.id if flags & rules.EPHEMERAL else None,
            interaction_id=interaction.id,
            loading=loading,
            extra=self._metadata(interaction),
        )

    def _metadata(self, interaction: Interaction) -> JSON:
        kind = 23 if interaction.payload["data"].get("target_id") else 20
        fields: JSON = {
            "type": kind if interaction.kind == InteractionType.COMMAND else 0,
            "application_id": self._world.bot.id,
            "webhook_id": self._world.bot.id,
            "interaction_metadata": origin(interaction),
        }
        if interaction.original_id:
            fields["interaction_metadata"]["original_response_message_id"] = interaction.original_id
        return fields


def origin(interaction: Interaction) -> dict[str, Any]:
    """Write `interaction_metadata`: whose deed a message answers."""
    metadata: JSON = {
        "id": interaction.id,
        "type": int(interaction.kind),
        "user": interaction.person.payload(),
        "authorizing_integration_owners": interaction.payload["authorizing_integration_owners"],
    }
    if interaction.kind == InteractionType.COMPONENT and interaction.source:
        metadata["interacted_message_id"] = interaction.source.id
    if interaction.opened_by:
        metadata["triggering_interaction_metadata"] = origin(interaction.opened_by)
    return metadata
