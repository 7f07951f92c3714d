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
from bot.i18n import N_, _
from bot.ui.texts import billing, options, pictures, previews
from bot.ui.texts.labels import TextTarget, picture_count, quoted
from bot.ui.texts.limits import refusals
from bot.ui.texts.notes import failed

if TYPE_CHECKING:
    from bot.domain.errors import ProviderError, StoreError

FREE: Final = N_("Nothing was charged.")
UNCHANGED: Final = N_("Nothing was changed.")
BROKEN: Final = N_("That broke on my side. Nothing was charged. Try again in a moment.")
_NO_BOOKS: Final = N_(
    "I can't record spend right now, so nothing was bought. Nothing was charged. Try again in a "
    "few minutes."
)

_MODERATORS: Final = N_(
    "That is for this server's moderators: it takes the permission Manage Server."
)
_OPERATORS: Final = N_("That is for whoever runs this bot.")

_REFUSALS: Final = {
    LoginRefusal.TOKEN: N_(
        "Discord does not accept DISCORD_TOKEN. Copy it again from the Bot page of the developer "
        "portal (https://discord.com/developers/applications) and start again."
    ),
    LoginRefusal.INTENTS: N_(
        "Discord refuses the intents of this bot, although it asks for none that need approval. "
        "Look at the Bot page of the developer portal, and update Touchup."
    ),
    LoginRefusal.PLACE: N_(
        "Discord does not let the bot set commands in that server. Look at the number, and invite "
        "the bot there with the scope applications.commands."
    ),
    LoginRefusal.SHARDING: N_(
        "Discord wants this bot to use more shards. Start it again; if that does not help, update "
        "Touchup."
    ),
}


def explain(error: Exception, place: TextTarget = TextTarget.SHELL) -> str:
    """Say what went wrong and what to do next; never an internal name."""
    match error:
        case ModeratorsOnly(operator=operator):
            return f"{_OPERATORS if operator else _MODERATORS} {UNCHANGED}"
        case BadLimit():
            return f"{refusals.not_understood(error, place)} {UNCHANGED}"
        case NothingToChange():
            return f"{refusals.nothing_to_change(error)} {UNCHANGED}"
        case NotFound() | NotPermitted() | TooLate() | ExportTooLong():
            return _about_edit(error)  # nobody asked to buy anything
        case UserError():
            return f"{_about_member(error, place)} {FREE}"
        case StoreBusy() | StoreTooNew() | StoreTooOld() | StoreFailed():
            return _about_store(error, place)
        case NeverSent() | AnswerLost() | Refused() | Broken() | ProviderBlocked() | ProviderBusy():
            return _about_provider(error)
        case DiscordRefused(refusal=refusal):
            return _REFUSALS[refusal]()
        case DiscordAway():
            return _(
                "Discord cannot be reached right now. Look at the network, or try again in "
                "a few minutes."
            )
        case ConfigError(problems=problems):
            return "\n".join(problems)
        case _:
            return BROKEN()


def is_expected(error: Exception) -> bool:
    """Whether a member can fix it: then it is not our fault, and not logged as one."""
    return isinstance(error, UserError)


def _about_member(error: UserError, place: TextTarget) -> str:
    match error:
        case BadPicture():
            return pictures.about_picture(error, place)
        case BadMask():
            return pictures.about_mask(error, place)
        case BadArea():
            return pictures.about_area(error, place)
        case BadPrompt():
            return pictures.about_prompt(error)
        case BadForm(problem=problem):
            return previews.about_form(problem)
        case BadOption():
            return options.about_option(error, place)
        case LimitReached():
            return refusals.reached(error, place)
        case TooManyWaiting(waiting=waiting, limit=limit):
            return _(
                "You have {pictures} in line, and {limit} fit. Wait for one, or cancel one."
            ).format(pictures=picture_count(waiting), limit=limit)
        case _:
            return _about_edit(error)


def _about_edit(error: UserError) -> str:
    match error:
        case AlreadyRunning():
            return _("That edit is already running. I don't buy it twice.")
        case DraftReplaced():
            return _(
                "The area was changed since this preview was shown, so I did not run it. "
                "Look at the newest preview, and press Run there."
            )
        case PriceChanged(was=was, now=now):
            return _(
                "A picture costs {now} now, and cost {was} when this preview was made, so "
                "I did not run it. Run on the newest preview has the price of today."
            ).format(now=usd(now), was=usd(was))
        case Paused(reason=reason):
            return billing.refused(reason)
        case TooLate():
            return _("That edit has ended already, so there is nothing left to cancel.")
        case ExportTooLong(most=most):
            return _(
                "That is more than {most:,} pictures, too many for one file here. Take a "
                "shorter time; the operator can write everything with `touchup export`."
            ).format(most=most)
        case NotPermitted():
            return _(
                "Only the member who asked for this edit may do that. Use `/edit` for your own."
            )
        case Restarting():
            return _("I am being restarted and take nothing new. Try again in a minute.")
        case NotFound():
            return _("That edit is no longer here. Start a new one with `/edit`.")
        case _:
            return _("That is not possible.")


def _about_store(error: StoreError, place: TextTarget) -> str:
    match error:
        case StoreBusy(path=path, pid=pid):
            who = _("process {pid}").format(pid=pid) if pid else _("another process")
            return _(
                "{named} is in use by {who}. Stop it first, or name another folder in DATA_DIR."
            ).format(named=_named(path, place), who=who)
        case StoreTooNew(path=path, found=found, known=known) if found > known:
            return _(
                "{named} was written by a newer version of Touchup (schema {found}; this "
                "one knows up to {known}). Update Touchup; nothing was changed."
            ).format(named=_named(path, place), found=found, known=known)
        case StoreTooNew(path=path):
            return _(
                "{named} does not belong to this Touchup. Name another folder in DATA_DIR; "
                "nothing was changed."
            ).format(named=_named(path, place))
        case StoreTooOld(path=path):
            return _(
                "{named} was written by an older version of Touchup. Run `touchup migrate` "
                "first, which keeps a copy; nothing was changed."
            ).format(named=_named(path, place))
        case _:
            return _NO_BOOKS()


def _named(path: str, place: TextTarget) -> str:
    """Name a file to the operator; on Discord, folders of the host are nobody's business."""
    return quoted(path, place) if place is TextTarget.SHELL else _("The data folder")


def _about_provider(error: ProviderError) -> str:
    match error:
        case NeverSent():
            return _(
                "I could not reach the picture service, so nothing was bought. Try again later."
            )
        case Refused(failure=failure) | Broken(failure=failure):
            return failed(failure, FREE())
        case ProviderBlocked():
            return _("The picture service does not accept the key. Check FAL_KEY and its balance.")
        case ProviderBusy():
            return _("The picture service has too much to do. Try again in a minute.")
        case _:
            return _(
                "The picture service did not answer, so I don't know yet whether it took "
                "the edit. I keep looking and will not buy it twice."
            )
