"""What a member or moderator asked for cannot be done now: limits, stops, drafts that changed."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from bot.domain.errors.root import UserError

if TYPE_CHECKING:
    from bot.domain.billing.breaker import PauseReason
    from bot.domain.limits.status import Explanation, LimitStatus


class LimitReached(UserError):
    """A limit has no room for `count` pictures at `price` micro-USD; `explanation` says which."""

    def __init__(self, *, count: int, price: int, explanation: Explanation) -> None:
        self.count = count
        self.price = price
        self.needed = count * price
        self.explanation = explanation
        super().__init__(f"needed {self.needed}, left {self.standing.left}")

    @property
    def fewer(self) -> int:
        """How many pictures could be bought now instead; 0: none."""
        return min(self.explanation.affords(self.price) or 0, self.count - 1)

    @property
    def standing(self) -> LimitStatus:
        """The limit that refuses."""
        return self.explanation.binding(self.needed)


class TooManyWaiting(UserError):
    """The member already has `waiting` jobs in line, and `limit` are allowed."""

    def __init__(self, *, waiting: int, limit: int) -> None:
        super().__init__(f"{waiting} of {limit}")
        self.waiting = waiting
        self.limit = limit


class AlreadyRunning(UserError):
    """This very edit was started before; it is not bought twice."""

    def __init__(self, *, edit_id: int) -> None:
        super().__init__(f"edit {edit_id}")
        self.edit_id = edit_id


class DraftReplaced(UserError):
    """The area was changed since this preview was shown: `edit_id` is the newest draft."""

    def __init__(self, *, edit_id: int) -> None:
        super().__init__(f"edit {edit_id}")
        self.edit_id = edit_id


class PriceChanged(UserError):
    """A draft was quoted at `was` micro-USD a picture, and costs `now`: it must be seen again.

    `edit_id` is the draft with the new price, which took its place.
    """

    def __init__(self, *, edit_id: int, was: int, now: int) -> None:
        super().__init__(f"edit {edit_id}: {was} is {now} now")
        self.edit_id = edit_id
        self.was = was
        self.now = now


class Paused(UserError):
    """Nothing is bought until the operator looks at it; `reason` says what happened."""

    def __init__(self, reason: PauseReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class ModeratorsOnly(UserError):
    """A command for moderators; with `operator`, for who runs the bot."""

    def __init__(self, *, operator: bool = False) -> None:
        super().__init__("operator only" if operator else "moderators only")
        self.operator = operator


class LimitProblem(StrEnum):
    """Why what a moderator wrote about a limit, or about the guild, cannot be done."""

    NO_AMOUNT = "no amount"  # facts: text, and meant: the same with a point for a comma
    TOO_FINE = "too fine"  # facts: text; finer than a millionth of a dollar
    TOO_LARGE = "too large"  # facts: limit, in micro-USD
    NOTHING = "nothing"  # a boost of $0
    NO_DURATION = "no duration"  # facts: text; neither a length of time nor a date
    TOO_SHORT = "too short"
    TOO_LONG = "too long"  # facts: days
    PAST = "past"  # a date that is over
    TWO_SUBJECTS = "two subjects"  # more than one of member, role, channel and boost
    WHICH_WINDOW = "which window"  # there are several limits, and none was said
    NO_REASON = "no reason"
    LONG_REASON = "long reason"  # facts: limit, in characters
    BOT = "bot"  # bots buy nothing
    LEFT = "left"  # not a member of this guild
    FOREIGN = "stranger"  # no role or channel of this guild
    NO_ZONE = "no zone"  # facts: text, and meant, if a time zone has a like name
    NO_GUILD = "no guild"  # facts: text; not the id of a guild
    TOO_MANY = "too many"  # facts: limit
    NO_LOG = "no log"  # facts: channel_id, and missing: the permission, if Discord told


class BadLimit(UserError):
    """What a moderator wrote about a limit, or about the guild, cannot be done."""

    def __init__(self, problem: LimitProblem, **facts: str | int) -> None:
        super().__init__(str(problem))
        self.problem = problem
        self.facts = facts


class MissingKind(StrEnum):
    """What is not there to be changed."""

    LIMIT = "limit"
    BOOST = "boost"
    NOTHING_TO_RAISE = "nothing to raise"  # no limit counts there
    OPERATORS = "operators"  # only the operator's, which no moderator raises
    CLOSED = "closed"  # a limit that is closed has to be set to an amount first


class NothingToChange(UserError):
    """There is no such limit or boost to take away, or no limit that could be raised."""

    def __init__(self, missing: MissingKind = MissingKind.LIMIT) -> None:
        super().__init__(str(missing))
        self.missing = missing


class TooLate(UserError):
    """The edit has ended already."""

    def __init__(self, *, edit_id: int) -> None:
        super().__init__(f"edit {edit_id}")
        self.edit_id = edit_id


class NotFound(UserError):
    """No such edit, or not this member's."""


class NotPermitted(UserError):
    """Only the author of an edit may do this."""


class ExportTooLong(UserError):
    """A table has more rows than a file on Discord may have: at most `most`."""

    def __init__(self, *, most: int) -> None:
        super().__init__(f"more than {most} rows")
        self.most = most


class Restarting(UserError):
    """The bot is stopping: it finishes what it has and takes nothing new."""
