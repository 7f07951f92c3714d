"""Every error Touchup raises on purpose.

TouchupError
├── UserError                 the member can mend it; free; shown to them in private
│   ├── BadPicture                the attachment is not a picture we can edit
│   ├── BadMask                   the mask does not say what should change
│   ├── BadArea                   the area in words was not understood
│   ├── BadPrompt                 the prompt is empty, too long or unreadable
│   ├── BadOption                 an option is outside its range
│   ├── BadForm                   a form contradicts itself, or is gone
│   ├── LimitReached              a spending limit has no room for the price
│   ├── TooManyWaiting            the member already has as many edits in line as allowed
│   ├── AlreadyRunning            this very edit was started before
│   ├── Replaced                  the area was changed since: there is a newer preview
│   ├── PriceChanged              it costs something else than what was shown
│   ├── Paused                    nothing is bought until the operator says so
│   ├── TooLate                   the edit can no longer be cancelled
│   ├── NotFound                  no such edit, or not this member's
│   ├── NotPermitted              somebody else's button
│   ├── ModeratorsOnly            a command for moderators, or for the operator
│   ├── BadLimit                  an amount, a duration or a reason was not understood
│   ├── NothingToChange           no such limit or boost, or none to raise
│   ├── ExportTooLong             a table of more rows than a file here may have
│   └── Restarting                the bot is stopping and takes nothing new
├── ProviderError             fal did not give us a picture
│   ├── NeverSent                 provably nothing left this machine: it may be tried again
│   ├── AnswerLost                perhaps accepted, perhaps paid: never repeated by a machine
│   ├── Refused                   a final "no" about this input
│   ├── Broken                    a final failure on the provider's side
│   ├── LineClosed                the key or the account is refused: the whole line waits
│   └── Busy                      too many requests: wait, then ask again
├── DeliveryError             Discord would not take the card
│   ├── ReplyGone                 the reply's token expired, or its message was deleted
│   ├── PlaceClosed               the channel or the direct messages are closed to us
│   ├── CardTooLarge              the files are larger than the place allows
│   ├── CardRefused               Discord calls the card malformed: our fault, and it stays so
│   └── DeliveryLater             Discord is unwell: try again
├── StoreError                the books cannot be written
│   ├── StoreBusy                 another process holds the data folder
│   ├── StoreTooNew               the database was written by a newer version
│   ├── StoreTooOld               it must be migrated first, by whoever may write it
│   ├── StoreUnreadable           a row that only another version understands
│   └── StoreFailed               the disk is full or broken: nothing is bought
├── LeaseLost                 another worker owns this job now
├── DiscordRefused            Discord does not let this bot in; trying again makes it worse
├── DiscordAway               Discord cannot be reached; trying again later helps
└── ConfigError               the settings are wrong; start-up only

Errors carry data, not sentences. `bot/ui/messages.py` turns them into words.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.money.pausing import PauseReason
    from bot.domain.money.standings import Explanation, Standing


class TouchupError(Exception):
    """Base of the tree."""


class UserError(TouchupError):
    """The member can mend it. Nothing was charged."""


class PictureProblem(StrEnum):
    """Why an attachment is not a picture we can edit."""

    EMPTY = "empty"
    TOO_HEAVY = "too heavy"  # facts: size_bytes, limit_bytes
    TOO_MANY_PIXELS = "too many pixels"  # facts: width, height, limit_megapixels
    TOO_SMALL = "too small"  # facts: width, height, minimum
    TOO_NARROW = "too narrow"  # facts: width, height, limit_aspect
    TOO_COSTLY = "too costly"  # decoding it would take unreasonable time or memory
    NOT_A_PICTURE = "not a picture"  # facts: looks_like (may be absent)
    WEB_PAGE = "web page"  # HTML or SVG
    HEIC = "heic"  # an iPhone picture, and no decoder is installed
    UNSUPPORTED = "unsupported"  # facts: format
    INCOMPLETE = "incomplete"
    DAMAGED = "damaged"
    INVISIBLE = "invisible"  # fully transparent
    GONE = "gone"  # not to be had; facts: path, reason (both may be absent)


class BadPicture(UserError):
    """The attachment is not a picture we can edit. `role` is "picture" or "mask"."""

    def __init__(
        self, problem: PictureProblem, *, role: str = "picture", **facts: str | float
    ) -> None:
        super().__init__(f"{role}: {problem}")
        self.problem = problem
        self.role = role
        self.facts = facts


class MaskProblem(StrEnum):
    """Why a mask does not say what should change."""

    MISSING = "missing"  # neither mask, area nor transparency
    BOTH = "both"  # a mask and an area in words
    EMPTY = "empty"  # nothing is marked
    FULL = "full"  # everything is marked, or one even colour
    OTHER_SHAPE = "other shape"  # facts: mask_width, mask_height, width, height
    CROPPED = "cropped"  # facts: as above; a marked copy of another shape
    NO_MARKS = "no marks"  # a copy of the picture without anything drawn on it
    OTHER_PICTURE = "other picture"  # a photo, but not a copy of this picture
    NOT_A_COPY = "not a copy"  # `marks` was said, and no marked copy attached
    SWAPPED = "swapped"  # picture and mask seem exchanged


class BadMask(UserError):
    """The mask does not say what should change."""

    def __init__(self, problem: MaskProblem, **facts: str | float) -> None:
        super().__init__(str(problem))
        self.problem = problem
        self.facts = facts


class AreaProblem(StrEnum):
    """Why an area in words was not understood."""

    UNKNOWN_WORD = "unknown word"
    UNEXPECTED = "unexpected"  # a word the grammar has no place for here
    ENDED = "ended"  # the text stops too early
    OUT_OF_RANGE = "out of range"  # a number that makes no sense here
    OUTSIDE = "outside"  # a box that lies outside the picture
    TOO_LONG = "too long"
    NOTHING = "nothing"  # understood, but no pixel is left of it
    NOT_FOUND = "not found"  # looked for in the picture, and not there
    FEATHER_INSIDE = "feather inside"  # `feather` stands anywhere but at the end
    NEEDS_READER = "needs reader"  # words in a picture, and the `ocr` extra is not installed
    NOT_READ = "not read"  # words in a picture, and the reader was out of time, or lost
    CROWDED = "crowded"  # not in what was read, and there is more lettering than is read


class BadArea(UserError):
    """The area in words was not understood at `word`, which starts at character `position`.

    `suggestion` is the nearest thing that would have been understood or found, or None.
    """

    def __init__(
        self,
        problem: AreaProblem,
        *,
        text: str,
        word: str = "",
        position: int = 0,
        suggestion: str | None = None,
    ) -> None:
        super().__init__(f"{problem} at {position}")
        self.problem = problem
        self.text = text
        self.word = word
        self.position = position
        self.suggestion = suggestion


class PromptProblem(StrEnum):
    """Why a prompt cannot be sent."""

    EMPTY = "empty"
    TOO_LONG = "too long"  # facts: length, limit
    UNREADABLE = "unreadable"  # lone surrogates, NUL or other control characters


class BadPrompt(UserError):
    """The prompt cannot be sent."""

    def __init__(self, problem: PromptProblem, **facts: str | float) -> None:
        super().__init__(str(problem))
        self.problem = problem
        self.facts = facts


class BadOption(UserError):
    """An option is outside its range. `allowed` is printed as it stands, e.g. "1 to 4"."""

    def __init__(self, option: str, *, value: str, allowed: str) -> None:
        super().__init__(option)
        self.option = option
        self.value = value
        self.allowed = allowed


class FormProblem(StrEnum):
    """Why a form does not say what should be done."""

    NO_PICTURE = "no picture"  # the message it should be about shows none
    NO_COPY = "no copy"  # a marked copy was meant, and none was attached
    NO_WORDS = "no words"  # a place in words was meant, and none was written
    NOWHERE = "nowhere"  # no place was given in any way
    TWO_PLACES = "two places"  # one was chosen, and another written
    COPY_AND_PLACE = "copy and place"
    COPY_AND_WORDS = "copy and words"  # and the words do not speak of the marks
    GONE = "gone"  # it is too old, or somebody else's


class BadForm(UserError):
    """A form does not say what should be done."""

    def __init__(self, problem: FormProblem) -> None:
        super().__init__(str(problem))
        self.problem = problem


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
    def standing(self) -> Standing:
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


class Replaced(UserError):
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
    STRANGER = "stranger"  # no role or channel of this guild
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


class Missing(StrEnum):
    """What is not there to be changed."""

    LIMIT = "limit"
    BOOST = "boost"
    NOTHING_TO_RAISE = "nothing to raise"  # no limit counts there
    OPERATORS = "operators"  # only the operator's, which no moderator raises
    CLOSED = "closed"  # a limit that is closed has to be set to an amount first


class NothingToChange(UserError):
    """There is no such limit or boost to take away, or no limit that could be raised."""

    def __init__(self, missing: Missing = Missing.LIMIT) -> None:
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


class Failure(StrEnum):
    """Why a job ended without a picture; stored, so that a restart can still explain it."""

    CONTENT = "content"  # the model's content filter
    INPUT = "input"  # the model refused the picture, mask or an option
    NO_PICTURE = "no picture"  # completed, but without a picture
    BAD_RESULT = "bad result"  # the returned picture cannot be read
    SWAPPED = "swapped"  # the model painted outside the mask instead of inside
    PROVIDER = "provider"  # an error on the provider's side
    TIMEOUT = "timeout"  # not started, or not finished, in time
    UNREACHABLE = "unreachable"  # the provider could not be reached at all
    STOPPED = "stopped"  # never bought: purchases were stopped, and did not go on for a day
    LOST = "lost"  # the provider no longer knows the request
    NEVER_STARTED = "never started"  # an unknown submit that can no longer start
    CANCELLED = "cancelled"
    INTERNAL = "internal"  # our own fault


class ProviderError(TouchupError):
    """fal did not give us a picture."""


class NeverSent(ProviderError):
    """Provably nothing left this machine (DNS, refused connection, TLS or connect timeout)."""


class AnswerLost(ProviderError):
    """The request went out and no usable answer came back: perhaps accepted, perhaps paid."""


class Refused(ProviderError):
    """A final "no" about this input.

    `detail` is the provider's own text, at most 300 characters, without data URIs.
    `possibly_billed` is True where fal says that a 4xx may still be charged; `units` are what it
    says it bills, None when it does not say.
    """

    def __init__(
        self,
        failure: Failure,
        *,
        detail: str = "",
        possibly_billed: bool = False,
        units: float | None = None,
    ) -> None:
        super().__init__(f"{failure}: {detail}" if detail else str(failure))
        self.failure = failure
        self.detail = detail
        self.possibly_billed = possibly_billed
        self.units = units


class Broken(ProviderError):
    """A final failure on the provider's side; fal does not bill a 5xx. Its fields are as above."""

    def __init__(
        self,
        failure: Failure,
        *,
        detail: str = "",
        possibly_billed: bool = False,
        units: float | None = None,
    ) -> None:
        super().__init__(f"{failure}: {detail}" if detail else str(failure))
        self.failure = failure
        self.detail = detail
        self.possibly_billed = possibly_billed
        self.units = units


class LineClosed(ProviderError):
    """401, 403 or "User is locked": every submit will be refused until the operator acts."""

    def __init__(self, *, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Busy(ProviderError):
    """429, or an unwell gateway on a request that is safe to repeat: wait, then ask again."""

    def __init__(self, *, retry_after: float) -> None:
        super().__init__(f"retry after {retry_after} s")
        self.retry_after = retry_after


class DeliveryError(TouchupError):
    """Discord would not take the card."""


class ReplyGone(DeliveryError):
    """The reply's token expired, or its message was deleted."""


class PlaceClosed(DeliveryError):
    """The channel is gone or forbidden, or the member takes no direct messages."""


class CardTooLarge(DeliveryError):
    """The files are larger than the place allows. `limit_bytes` is per file."""

    def __init__(self, *, limit_bytes: int) -> None:
        super().__init__(f"limit {limit_bytes}")
        self.limit_bytes = limit_bytes


class CardRefused(DeliveryError):
    """Discord calls the card malformed (`status`, `code`): the same again is refused again."""

    def __init__(self, *, status: int, code: int) -> None:
        super().__init__(f"status {status}, code {code}")
        self.status = status
        self.code = code


class DeliveryLater(DeliveryError):
    """Discord is unwell; try again after `retry_after` seconds."""

    def __init__(self, *, retry_after: float) -> None:
        super().__init__(f"retry after {retry_after} s")
        self.retry_after = retry_after


class StoreError(TouchupError):
    """The books cannot be opened or written."""


class StoreBusy(StoreError):
    """Another process holds the data folder. `pid` is 0 when it is not known."""

    def __init__(self, *, path: str, pid: int) -> None:
        super().__init__(f"{path} is held by {pid}")
        self.path = path
        self.pid = pid


class StoreTooNew(StoreError):
    """The database was written by a newer version of Touchup, or by another application."""

    def __init__(self, *, path: str, found: int, known: int) -> None:
        super().__init__(f"{path}: schema {found}, known {known}")
        self.path = path
        self.found = found
        self.known = known


class StoreTooOld(StoreError):
    """The database was written by an older version, and this opening may not migrate it."""

    def __init__(self, *, path: str, found: int, known: int) -> None:
        super().__init__(f"{path}: schema {found}, known {known}")
        self.path = path
        self.found = found
        self.known = known


class StoreUnreadable(StoreError):
    """Row `row_id` of a table holds something this version does not know: a newer one wrote it."""

    def __init__(self, table: str, *, row_id: int, problem: str) -> None:
        super().__init__(f"{table} {row_id}: {problem}")
        self.table = table
        self.row_id = row_id


class StoreFailed(StoreError):
    """The disk is full or broken. Nothing is bought while the books cannot be written."""


class LeaseLost(TouchupError):
    """Another worker owns this job now."""


class Refusal(StrEnum):
    """Why Discord does not let the bot in."""

    TOKEN = "token"  # noqa: S105 - wrong, or revoked while we were connected
    INTENTS = "intents"
    SHARDING = "sharding"
    PLACE = "place"  # the bot is not in the guild whose commands it wants to set


class DiscordRefused(TouchupError):
    """Discord does not let this bot in: the operator must act, and nothing is tried again."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


class DiscordAway(TouchupError):
    """Discord cannot be reached, or is unwell, while the bot logs in."""


class ConfigError(TouchupError):
    """The settings are wrong. `problems` lists all of them, one sentence each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)
