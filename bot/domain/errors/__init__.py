"""Every                             error Touchup raises on purpose.

TouchupError
├── UserError                     the member can fix it; free; shown to them in private
│   ├── BadPicture                the attachment is not a picture we can edit
│   ├── BadMask                   the mask does not say what should change
│   ├── BadArea                   the area in words was not understood
│   ├── BadPrompt                 the prompt is empty, too long or unreadable
│   ├── BadOption                 an option is outside its range
│   ├── BadForm                   a form contradicts itself, or is gone
│   ├── LimitReached              a spending limit has no room for the price
│   ├── TooManyWaiting            the member already has as many edits in line as allowed
│   ├── AlreadyRunning            this very edit was started before
│   ├── DraftReplaced             the area was changed since: there is a newer preview
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
├── ProviderError                 fal did not give us a picture
│   ├── NeverSent                 provably nothing left this machine: it may be tried again
│   ├── AnswerLost                perhaps accepted, perhaps paid: never repeated by a machine
│   ├── Refused                   a final "no" about this input
│   ├── Broken                    a final failure on the provider's side
│   ├── ProviderBlocked           the key or the account is refused: the whole line waits
│   └── ProviderBusy              too many requests: wait, then ask again
├── DeliveryError                 Discord would not take the card
│   ├── InteractionExpired        the reply's token expired, or its message was deleted
│   ├── ChannelClosed             the channel or the direct messages are closed to us
│   ├── CardTooLarge              the files are larger than the place allows
│   ├── CardRefused               Discord calls the card malformed: our fault, and it stays so
│   └── DeliveryLater             Discord has trouble: try again
├── StoreError                    the books cannot be written
│   ├── StoreBusy                 another process holds the data folder
│   ├── StoreTooNew               the database was written by a newer version
│   ├── StoreTooOld               it must be migrated first, by a command that may write it
│   ├── StoreUnreadable           a row that only another version understands
│   └── StoreFailed               the disk is full or broken: nothing is bought
├── LeaseLost                     another worker owns this job now
├── DiscordRefused                Discord does not let this bot in; trying again makes it worse
├── DiscordAway                   Discord cannot be reached; trying again later helps
└── ConfigError                   the settings are wrong; start-up only

Errors carry data, not sentences: `bot.ui.texts` turns them into words. Each branch is a file
of this package; the rest of the code imports them from here.
"""

from __future__ import annotations

from bot.domain.errors.delivery import (
    CardRefused,
    CardTooLarge,
    ChannelClosed,
    DeliveryError,
    DeliveryLater,
    InteractionExpired,
)
from bot.domain.errors.input import (
    AreaProblem,
    BadArea,
    BadForm,
    BadMask,
    BadOption,
    BadPicture,
    BadPrompt,
    FormProblem,
    MaskProblem,
    OptionProblem,
    PictureProblem,
    PromptProblem,
)
from bot.domain.errors.provider import (
    AnswerLost,
    Broken,
    Failure,
    NeverSent,
    ProviderBlocked,
    ProviderBusy,
    ProviderError,
    Refused,
)
from bot.domain.errors.refusals import (
    AlreadyRunning,
    BadLimit,
    DraftReplaced,
    ExportTooLong,
    LimitProblem,
    LimitReached,
    MissingKind,
    ModeratorsOnly,
    NotFound,
    NothingToChange,
    NotPermitted,
    Paused,
    PriceChanged,
    Restarting,
    TooLate,
    TooManyWaiting,
)
from bot.domain.errors.root import TouchupError, UserError
from bot.domain.errors.startup import ConfigError, DiscordAway, DiscordRefused, LoginRefusal
from bot.domain.errors.store import (
    LeaseLost,
    StoreBusy,
    StoreError,
    StoreFailed,
    StoreTooNew,
    StoreTooOld,
    StoreUnreadable,
)

__all__ = [
    "AlreadyRunning",
    "AnswerLost",
    "AreaProblem",
    "BadArea",
    "BadForm",
    "BadLimit",
    "BadMask",
    "BadOption",
    "BadPicture",
    "BadPrompt",
    "Broken",
    "CardRefused",
    "CardTooLarge",
    "ChannelClosed",
    "ConfigError",
    "DeliveryError",
    "DeliveryLater",
    "DiscordAway",
    "DiscordRefused",
    "DraftReplaced",
    "ExportTooLong",
    "Failure",
    "FormProblem",
    "InteractionExpired",
    "LeaseLost",
    "LimitProblem",
    "LimitReached",
    "LoginRefusal",
    "MaskProblem",
    "MissingKind",
    "ModeratorsOnly",
    "NeverSent",
    "NotFound",
    "NotPermitted",
    "NothingToChange",
    "OptionProblem",
    "Paused",
    "PictureProblem",
    "PriceChanged",
    "PromptProblem",
    "ProviderBlocked",
    "ProviderBusy",
    "ProviderError",
    "Refused",
    "Restarting",
    "StoreBusy",
    "StoreError",
    "StoreFailed",
    "StoreTooNew",
    "StoreTooOld",
    "StoreUnreadable",
    "TooLate",
    "TooManyWaiting",
    "TouchupError",
    "UserError",
]
