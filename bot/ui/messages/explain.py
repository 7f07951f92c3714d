"""Turns errors into words: what happened, whether it cost anything, what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.billing.amounts import usd
from bot.domain.errors import (
    AlreadyRunning,
    AnswerLost,
    BadArea,
    BadForm,
    BadLimit,
    BadMask,
    BadOption,
    BadPicture,
    BadPrompt,
    Broken,
    ConfigError,
    DiscordAway,
    DiscordRefused,
    DraftReplaced,
    ExportTooLong,
    LimitReached,
    LoginRefusal,
    ModeratorsOnly,
    NeverSent,
    NotFound,
    NothingToChange,
    NotPermitted,
    Paused,
    PriceChanged,
    ProviderBlocked,
    ProviderBusy,
    Refused,
    Restarting,
    StoreBusy,
    StoreFailed,
    StoreTooNew,
    StoreTooOld,
    TooLate,
    TooManyWaiting,
    UserError,
)
from bot.ui.messages import gate, limit_refusals, on_forms, on_pauses
from bot.ui.messages.places import Place, quoted
from bot.ui.messages.words import count_of, failed

if TYPE_CHECKING:
    from bot.domain.errors import ProviderError, StoreError

FREE: Final = "Nothing was charged."
UNCHANGED: Final = "Nothing was changed."
BROKEN: Final = f"That broke on my side. {FREE} Try again in a moment."
_NO_BOOKS: Final = (
    f"I can't record spend right now, so nothing was bought. {FREE} Try again in a few minutes."
)

_MODERATORS: Final = "That is for this server's moderators: it takes the permission Manage Server."
_OPERATORS: Final = "That is for whoever runs this bot."

_REFUSALS: Final = {
    LoginRefusal.TOKEN: (
        "Discord does not accept DISCORD_TOKEN. Copy it anew from the Bot page of the developer "
        "portal (https://discord.com/developers/applications) and start again."
    ),
    LoginRefusal.INTENTS: (
        "Discord refuses the intents of this bot, although it asks for none that need approval. "
        "Look at the Bot page of the developer portal, and update Touchup."
    ),
    LoginRefusal.PLACE: (
        "Discord does not let the bot set commands in that server. Look at the number, and invite "
        "the bot there with the scope applications.commands."
    ),
    LoginRefusal.SHARDING: (
        "Discord wants this bot to use more shards. Start it again; if that does not help, "
        "update Touchup."
    ),
}


def explain(error: Exception, place: Place = Place.SHELL) -> str:
    """Say what went wrong and what to do next; never an internal name."""
    match error:
        case ModeratorsOnly(operator=operator):
            return f"{_OPERATORS if operator else _MODERATORS} {UNCHANGED}"
        case BadLimit():
            return f"{limit_refusals.not_understood(error, place)} {UNCHANGED}"
        case NothingToChange():
            return f"{limit_refusals.nothing_to_change(error)} {UNCHANGED}"
        case UserError():
            return f"{_about_member(error, place)} {FREE}"
        case StoreBusy() | StoreTooNew() | StoreTooOld() | StoreFailed():
            return _about_store(error, place)
        case NeverSent() | AnswerLost() | Refused() | Broken() | ProviderBlocked() | ProviderBusy():
            return _about_provider(error)
        case DiscordRefused(refusal=refusal):
            return _REFUSALS[refusal]
        case DiscordAway():
            return (
                "Discord cannot be reached right now. Look at the network, or try again in a few "
                "minutes."
            )
        case ConfigError(problems=problems):
            return "\n".join(problems)
        case _:
            return BROKEN


def is_expected(error: Exception) -> bool:
    """Whether a member can mend it: then it is no fault of ours, and not logged as one."""
    return isinstance(error, UserError)


def _about_member(error: UserError, place: Place) -> str:
    match error:
        case BadPicture():
            return gate.about_picture(error, place)
        case BadMask():
            return gate.about_mask(error, place)
        case BadArea():
            return gate.about_area(error, place)
        case BadPrompt():
            return gate.about_prompt(error)
        case BadForm(problem=problem):
            return on_forms.about_form(problem)
        case BadOption(option=option, value=value, allowed=allowed):
            name = f"`{option}`" if place is Place.DISCORD else f"--{option}"
            return f"{name} is {quoted(value, place)}, but must be {allowed}."
        case LimitReached():
            return limit_refusals.reached(error, place)
        case TooManyWaiting(waiting=waiting, limit=limit):
            pictures = count_of(waiting, "picture", "pictures")
            return f"You have {pictures} in line, and {limit} fit. Wait for one, or cancel one."
        case _:
            return _about_edit(error)


def _about_edit(error: UserError) -> str:
    match error:
        case AlreadyRunning():
            return "That edit is already running. I don't buy it twice."
        case DraftReplaced():
            return (
                "The area was changed since this preview was shown, so I did not run it. "
                "Look at the newest preview, and press Run there."
            )
        case PriceChanged(was=was, now=now):
            return (
                f"A picture costs {usd(now)} now, and cost {usd(was)} when this preview was made, "
                "so I did not run it. Run on the newest preview has the price of today."
            )
        case Paused(reason=reason):
            return on_pauses.refused(reason)
        case TooLate():
            return "That edit has ended already, so there is nothing left to cancel."
        case ExportTooLong(most=most):
            return (
                f"That is more than {most:,} pictures, too many for one file here. Take a shorter "
                "time; the operator can write everything with `touchup export`."
            )
        case NotPermitted():
            return "Only the member who asked for this edit may do that. Use `/edit` for your own."
        case Restarting():
            return "I am being restarted and take nothing new. Try again in a minute."
        case NotFound():
            return "That edit is no longer here. Start a new one with `/edit`."
        case _:
            return "That is not possible."


def _about_store(error: StoreError, place: Place) -> str:
    match error:
        case StoreBusy(path=path, pid=pid):
            who = f"process {pid}" if pid else "another process"
            return (
                f"{_named(path, place)} is in use by {who}. "
                "Stop it first, or name another folder in DATA_DIR."
            )
        case StoreTooNew(path=path, found=found, known=known) if found > known:
            return (
                f"{_named(path, place)} was written by a newer version of Touchup "
                f"(schema {found}; this one knows up to {known}). Update Touchup; "
                "nothing was changed."
            )
        case StoreTooNew(path=path):
            return (
                f"{_named(path, place)} does not belong to this Touchup. "
                "Name another folder in DATA_DIR; nothing was changed."
            )
        case StoreTooOld(path=path):
            return (
                f"{_named(path, place)} was written by an older version of Touchup. Run `touchup "
                "migrate` first, which keeps a copy; nothing was changed."
            )
        case _:
            return _NO_BOOKS


def _named(path: str, place: Place) -> str:
    """Name a file to the operator; on Discord, folders of the host are nobody's business."""
    return quoted(path, place) if place is Place.SHELL else "The data folder"


def _about_provider(error: ProviderError) -> str:
    match error:
        case NeverSent():
            return "I could not reach the picture service, so nothing was bought. Try again later."
        case Refused(failure=failure) | Broken(failure=failure):
            return failed(failure, FREE)
        case ProviderBlocked():
            return "The picture service does not accept the key. Check FAL_KEY and its balance."
        case ProviderBusy():
            return "The picture service has too much to do. Try again in a minute."
        case _:
            return (
                "The picture service did not answer, so I don't know yet whether it took the edit. "
                "I keep looking and will not buy it twice."
            )
