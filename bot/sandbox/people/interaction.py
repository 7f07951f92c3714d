"""What a person did to the bot, and how the bot answered."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final, TypeVar

from bot.sandbox.people.waiting import StateWaiter

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.model.channels import Channel
    from bot.sandbox.model.messages import Messages
    from bot.sandbox.model.records import StoredMessage
    from bot.sandbox.model.users import JSON, User
    from bot.sandbox.people.seen import Message

# https://docs.discord.com/developers/interactions/receiving-and-responding
ACKNOWLEDGE_SECONDS: Final = 3.0
TOKEN_SECONDS: Final = 15 * 60.0

T = TypeVar("T")


class InteractionType(IntEnum):
    """What the person did."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class CallbackType(IntEnum):
    """How the bot answered first."""

    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    AUTOCOMPLETE = 8
    MODAL = 9
    ACTIVITY = 12


class PersonInteraction:
    """One thing one person did: tests read the bot's answers here.

    `acknowledged` is the time from then to the first answer in seconds (None: none yet),
    `callback` that answer's type and `callback_data` its data, `choices` the autocomplete
    choices, `modal` the form that was opened, `refusals` the answers Discord would not take.
    """

    def __init__(
        self,
        payload: JSON,
        *,
        person: User,
        channel: Channel,
        clock: Callable[[], float],
        messages: Messages,
        source: StoredMessage | None = None,
        opened_by: PersonInteraction | None = None,
    ) -> None:
        self.id: str = payload["id"]
        self.token: str = payload["token"]
        self.kind = InteractionType(payload["type"])
        self.payload = payload
        self.person = person
        self.channel = channel
        self.source = source
        self.opened_by = opened_by
        self.created_at = clock()
        self.acknowledged: float | None = None
        self.callback: CallbackType | None = None
        self.callback_data: JSON | None = None
        self.original_id: str | None = None
        self.followup_ids: list[str] = []
        self.choices: list[JSON] | None = None
        self.modal: JSON | None = None
        self.expired = False
        self.refusals: list[str] = []
        self.changes = StateWaiter()
        self._clock = clock
        self._messages = messages

    def __repr__(self) -> str:
        return (
            f"<Interaction {self.id} {self.kind.name} by {self.person.name}: "
            f"acknowledged={self.acknowledged} callback={self.callback} "
            f"response={self.response} refusals={self.refusals}>"
        )

    @property
    def age(self) -> float:
        """Seconds since the person acted."""
        return self._clock() - self.created_at

    @property
    def response(self) -> Message | None:
        """The answer (`@original`) as it stands now; None if there is none or it was deleted."""
        record = self._messages.records.get(self.original_id or "")
        return self._messages.see(record) if record and not record.deleted_at else None

    @property
    def followups(self) -> list[Message]:
        """The further answers that still stand, oldest first."""
        records = (self._messages.records[message_id] for message_id in self.followup_ids)
        return [self._messages.see(record) for record in records if not record.deleted_at]

    @property
    def answered(self) -> list[Message]:
        """Every visible answer that says something: no "is thinking…", nothing deleted."""
        first = [self.response] if self.response and self.callback != 6 else []
        return [message for message in (*first, *self.followups) if message and not message.loading]

    @property
    def ephemeral(self) -> bool:
        """Whether the answer is visible to this person only."""
        return bool(self.response and self.response.ephemeral)

    def expire(self) -> None:
        """Make the token invalid now, as it is after 15 minutes."""
        self.expired = True

    async def wait(self, predicate: Callable[[PersonInteraction], T], timeout: float = 10.0) -> T:  # noqa: ASYNC109
        """Return the first true value of `predicate(self)`, asked after each of the bot's answers.

        Raises:
            TimeoutError: it did not come true within `timeout` real seconds.
        """
        return await self.changes.until(lambda: predicate(self), timeout, lambda: repr(self))

    async def settled(self, timeout: float = 10.0) -> PersonInteraction:  # noqa: ASYNC109
        """Wait until the bot has answered and no longer "is thinking…"; return self.

        Raises:
            TimeoutError: it did not within `timeout` real seconds.
        """
        await self.wait(_is_settled, timeout)
        return self


def _is_settled(interaction: PersonInteraction) -> bool:
    if interaction.acknowledged is None:
        return False
    return interaction.response is None or not interaction.response.loading
