"""Interaction callbacks and the interaction's webhook: @original and follow-ups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.sandbox.people.interaction import (
    ACKNOWLEDGE_SECONDS,
    TOKEN_SECONDS,
    CallbackType,
    InteractionType,
    PersonInteraction,
)
from bot.sandbox.rest import routes, validation
from bot.sandbox.rest.errors import FieldError, RestError, invalid
from bot.sandbox.rest.permissions import Permission
from bot.sandbox.rest.rest import NO_CONTENT, Endpoint, RestCall, RestResponse

if TYPE_CHECKING:
    from bot.sandbox.model.records import StoredMessage
    from bot.sandbox.model.users import JSON
    from bot.sandbox.state import DiscordState

USER_INSTALL_FOLLOWUPS: Final = 5

# What may answer what. Source: receiving-and-responding, "Interaction Callback Type".
_FITTING: Final = {
    InteractionType.COMMAND: {4, 5, 9, 12},
    InteractionType.COMPONENT: {4, 5, 6, 7, 9, 12},
    InteractionType.AUTOCOMPLETE: {8},
    InteractionType.MODAL: {4, 5, 6, 7, 12},
}


class InteractionWebhookRoutes:
    """The routes a bot answers interactions with; none of them wants the bot's token."""

    def __init__(self, state: DiscordState) -> None:
        self._state = state

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

    async def callback(self, call: RestCall) -> RestResponse:
        """Take the first answer."""
        interaction = self._state.interactions.get(call["interaction_token"])
        if interaction is None or interaction.id != call["interaction_id"]:
            raise RestError(10062)
        if interaction.acknowledged is not None:
            raise RestError(40060)
        if interaction.expired or interaction.age > ACKNOWLEDGE_SECONDS:
            raise RestError(10062)
        kind = call.body["type"]
        if kind not in _FITTING[interaction.kind] or (kind in (6, 7) and not interaction.source):
            text = f"{kind} cannot answer this interaction"
            raise invalid(FieldError(("type",), "INTERACTION_CALLBACK_TYPE_INVALID", text))
        message = self._apply(interaction, CallbackType(kind), call.body.get("data") or {}, call)
        interaction.acknowledged = interaction.age
        interaction.callback = CallbackType(kind)
        interaction.callback_data = call.body.get("data")
        interaction.changes.notify()
        self._state.changes.notify()
        if not call.flag("with_response"):
            return NO_CONTENT
        return RestResponse(self._callback_answer(interaction, kind, message))

    def _apply(
        self, interaction: PersonInteraction, kind: CallbackType, data: JSON, call: RestCall
    ) -> StoredMessage | None:
        match kind:
            case CallbackType.AUTOCOMPLETE:
                interaction.choices = data.get("choices") or []
            case CallbackType.MODAL:
                if problems := validation.modal_problems(data):
                    raise invalid(*problems)
                interaction.modal = data
            case CallbackType.DEFERRED_UPDATE | CallbackType.UPDATE:
                return self._update(interaction, kind, data, call)
            case CallbackType.MESSAGE | CallbackType.DEFERRED_MESSAGE:
                loading = kind == CallbackType.DEFERRED_MESSAGE
                if loading and (problems := validation.defer_problems(data)):
                    raise invalid(*problems)
                record = self._create(interaction, data, call, loading=loading)
                interaction.original_id = record.id
                return record
        return None

    def _update(
        self, interaction: PersonInteraction, kind: CallbackType, data: JSON, call: RestCall
    ) -> StoredMessage:
        """Answer by changing the message that was pressed."""
        record = interaction.source
        if record is None:
            raise RestError(10008)
        interaction.original_id = record.id
        if kind == CallbackType.UPDATE:
            self._check_place(interaction, call)
            self._state.messages.edit(record, data, call.files)
        return record

    def _callback_answer(
        self, interaction: PersonInteraction, kind: int, message: StoredMessage | None
    ) -> JSON:
        about: JSON = {"id": interaction.id, "type": int(interaction.kind)}
        answer: JSON = {"interaction": about}
        if message:
            about["response_message_id"] = message.id
            about["response_message_loading"] = message.loading
            about["response_message_ephemeral"] = message.viewer_id is not None
            if kind in (CallbackType.MESSAGE, CallbackType.UPDATE):
                rendered = self._state.messages.render(message)
                answer["resource"] = {"type": kind, "message": rendered}
        return answer

    async def follow_up(self, call: RestCall) -> RestResponse:
        """Write one more message; straight after a defer it fills the deferred one (deprecated).

        Source: receiving-and-responding, "Followup Messages": such a follow-up edits the
        deferred response, whose own ephemeral flag stays.
        """
        interaction = self._interaction(call)
        state = self._state
        original = state.messages.records.get(interaction.original_id or "")
        first = original and original.loading and not original.deleted_at
        if original and first and not interaction.followup_ids:
            self._check_place(interaction, call)
            state.messages.edit(original, call.body, call.files)
            record = original
        else:
            owners = interaction.payload["authorizing_integration_owners"]
            if "0" not in owners and len(interaction.followup_ids) >= USER_INSTALL_FOLLOWUPS:
                raise RestError(40094)
            record = self._create(interaction, call.body, call, loading=False)
            interaction.followup_ids.append(record.id)
        self._notify(interaction)
        return RestResponse(state.messages.render(record)) if call.flag("wait") else NO_CONTENT

    async def read(self, call: RestCall) -> RestResponse:
        """Show a message of this interaction."""
        _, record = self._message(call)
        return RestResponse(self._state.messages.render(record))

    async def edit(self, call: RestCall) -> RestResponse:
        """Change a message of this interaction."""
        interaction, record = self._message(call)
        self._check_place(interaction, call)
        self._state.messages.edit(record, call.body, call.files)
        self._notify(interaction)
        return RestResponse(self._state.messages.render(record))

    async def delete(self, call: RestCall) -> RestResponse:
        """Delete a message of this interaction."""
        interaction, record = self._message(call)
        self._state.messages.delete(record)
        self._notify(interaction)
        return NO_CONTENT

    def _notify(self, interaction: PersonInteraction) -> None:
        interaction.changes.notify()
        self._state.changes.notify()

    def _interaction(self, call: RestCall) -> PersonInteraction:
        interaction = self._state.interactions.get(call["webhook_token"])
        if call["webhook_id"] != self._state.bot.id or interaction is None:
            raise RestError(10015)
        if interaction.expired or interaction.age > TOKEN_SECONDS:
            raise RestError(50027)
        if interaction.acknowledged is None:
            raise RestError(10015)
        return interaction

    def _message(self, call: RestCall) -> tuple[PersonInteraction, StoredMessage]:
        interaction = self._interaction(call)
        message_id = call.parameters.get("message_id", interaction.original_id)
        mine = {interaction.original_id, *interaction.followup_ids}
        if message_id not in mine:
            raise RestError(10008)
        return interaction, self._state.messages.get(message_id)

    def _check_place(self, interaction: PersonInteraction, call: RestCall) -> None:
        channel = interaction.channel
        if channel.deleted:
            raise RestError(10003)
        denied = channel.denied if channel.denies_interactions else Permission(0)
        if call.files and denied & Permission.ATTACH_FILES:
            raise RestError(50013)
        if denied & (Permission.SEND_MESSAGES | Permission.VIEW_CHANNEL):
            raise RestError(50013)

    def _create(
        self, interaction: PersonInteraction, data: JSON, call: RestCall, *, loading: bool
    ) -> StoredMessage:
        self._check_place(interaction, call)
        flags = data.get("flags") or 0
        return self._state.messages.create(
            interaction.channel,
            self._state.bot,
            data,
            {} if loading else call.files,
            viewer_id=interaction.person.id if flags & validation.EPHEMERAL else None,
            interaction_id=interaction.id,
            loading=loading,
            extra=self._metadata(interaction),
        )

    def _metadata(self, interaction: PersonInteraction) -> JSON:
        kind = 23 if interaction.payload["data"].get("target_id") else 20
        fields: JSON = {
            "type": kind if interaction.kind == InteractionType.COMMAND else 0,
            "application_id": self._state.bot.id,
            "webhook_id": self._state.bot.id,
            "interaction_metadata": origin(interaction),
        }
        if interaction.original_id:
            fields["interaction_metadata"]["original_response_message_id"] = interaction.original_id
        return fields


def origin(interaction: PersonInteraction) -> dict[str, Any]:
    """Write `interaction_metadata`: which interaction a message answers."""
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
