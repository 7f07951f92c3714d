"""What `touchup doctor` prints: what was looked at, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.cli.texts import commands
from bot.domain.billing.amounts import usd
from bot.domain.billing.breaker import PauseReason
from bot.domain.errors import AnswerLost, NeverSent, ProviderBlocked, ProviderBusy, StoreFailed
from bot.i18n import N_, _, ngettext
from bot.ui import texts
from bot.ui.texts import TextTarget, billing

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.catalog import Model
    from bot.domain.errors import ProviderError, StoreError
    from bot.store.billing.pauses import Pause
    from bot.store.jobs.jobs import PolarityEvidence


LOGIN_MISSING = N_("DISCORD_TOKEN is not set. Only `touchup run` and `touchup sync` need it.")
LOGIN_REFUSED = N_(
    "Discord refuses DISCORD_TOKEN. Reset it in the developer portal, then set it again."
)
PLAY_MONEY = N_(
    "The embedded engine makes the pictures: no key, and play money. Set FAL_KEY for fal."
)
KEY_ACCEPTED = N_("FAL_KEY is accepted.")
KEY_REFUSED = N_("fal refuses FAL_KEY. Make a new one with the scope API, then set it again.")
SERVER_ANSWERS = N_("The server at ENGINE_URL answers.")
SERVER_REFUSES = N_("The server at ENGINE_URL asks for a key, and Touchup never sends it fal's.")


def token_accepted(name: str) -> str:
    """The bot's token works."""
    return _("Discord knows the bot as {name}.").format(name=name)


DISCORD_UNREACHABLE = N_("Discord could not be reached, so the token was not tried.")


def discord_failed(status: int) -> str:
    """Discord answered with an error that says nothing about the token."""
    return _(
        "Discord answered {status}, so the token was not tried. Try again in a few minutes."
    ).format(status=status)


def clock(skew: float, *, wrong: bool) -> str:
    """How far this machine's clock is off."""
    if wrong:
        return _("This clock is {skew:+.0f} s off Discord's. Turn on time synchronisation.").format(
            skew=skew
        )
    return _("This clock agrees with Discord's.")


def disk(free_bytes: int) -> str:
    """How much room the data folder has."""
    return _("{free:.1f} GiB free for pictures and books; 1 GiB is the least.").format(
        free=free_bytes / 1024**3
    )


def database_sound(version: str) -> str:
    """The books are in order."""
    return _("The books are sound (SQLite {version}).").format(version=version)


def database_damaged(verdict: str) -> str:
    """The database file is damaged."""
    return _("The database is damaged: {verdict}. Stop the bot and restore a backup.").format(
        verdict=verdict
    )


def database_unreadable(error: StoreError) -> str:
    """The database cannot be opened."""
    if isinstance(error, StoreFailed):
        return _(
            "The database cannot be read ({error}). Stop the bot and restore a backup."
        ).format(error=error)
    return texts.explain(error)


NO_DATABASE = N_("There are no books yet. The first `touchup run` or `touchup edit` makes them.")


def folder(place: Path) -> str:
    """The data folder, or the place where it will be made, can be used."""
    return _("Books and pictures are kept in {place}.").format(place=place)


def folder_unusable(place: Path, *, is_folder: bool) -> str:
    """The data folder, or the place where it would be made, cannot be used."""
    why = _("may not be written by this user") if is_folder else _("is not a folder")
    return _("{place} {why}. Change that, or name another folder in DATA_DIR.").format(
        place=place, why=why
    )


def provider_silent(error: ProviderError) -> str:
    """The key could not be tried."""
    return _("The key could not be tried: {why}.").format(why=_why(error))


def price_unknown(model: Model, error: ProviderError) -> str:
    """The price list could not be read."""
    return _("The price of {model} could not be read: {why}.").format(
        model=model.name, why=_why(error)
    )


def _why(error: ProviderError) -> str:
    match error:
        case NeverSent():
            return _("the provider cannot be reached")
        case ProviderBlocked():
            return _("the provider refuses the key")
        case ProviderBusy() | AnswerLost():
            return _("the provider returned errors or has too much to do")
        case _:
            return _("the provider gave an answer that makes no sense")


def price(model: Model, *, listed: int, expected: int) -> str:
    """What the provider lists against what members are quoted, in nano-USD."""
    if listed == expected:
        return _("{model} is listed at {listed} a picture, as quoted.").format(
            model=model.name, listed=usd(listed // 1000)
        )
    return _(
        "{model} is listed at {listed} a picture, but members are quoted {expected}. "
        "Update Touchup, or change the model, before anybody edits."
    ).format(model=model.name, listed=usd(listed // 1000), expected=usd(expected // 1000))


def polarity_unknown(model: Model) -> str:
    """No result has shown yet which mask colour the model changes."""
    colour = _("white") if model.white_is_edit else _("black")
    return _(
        "Not known yet for {model}; {colour} is sent as the part to change. The first "
        "paid edit will show whether that is right."
    ).format(model=model.name, colour=colour)


def polarity_known(model: Model, evidence: PolarityEvidence) -> str:
    """Results so far changed inside the mask, or nearly all."""
    results = ngettext("{count:,} result", "{count:,} results", evidence.in_favour)
    against = ""
    if evidence.against:
        against = _("; {count} changed around it instead").format(count=evidence.against)
    return _("{results} of {model} changed inside the mask, as they should{against}.").format(
        results=results, model=model.name, against=against
    )


def polarity_swapped(model: Model, evidence: PolarityEvidence) -> str:
    """Results so far changed outside the mask."""
    return _(
        "{against} of {all} results of {model} changed outside the mask: it "
        "seems to read masks the other way round."
    ).format(against=evidence.against, all=evidence.against + evidence.in_favour, model=model.name)


def stopped_purchases(pause: Pause, *, polarity: str) -> str:
    """Nothing is bought, why, and what to do; `polarity` is what MASK_POLARITY says now."""
    said = billing.stopped(pause, TextTarget.SHELL)
    return f"{said} {_way_out(pause.reason, polarity)}"


def _way_out(reason: PauseReason, polarity: str) -> str:
    go_on = _("then `/owner resume`, or stop the bot and run `touchup resume`")
    match reason:
        case PauseReason.SWAPPED:
            other = "black" if polarity == "white" else "white"
            return _(
                "Stop the bot; if such results repeat, set MASK_POLARITY={other}; then run "
                "`touchup resume`."
            ).format(other=other)
        case PauseReason.BURST:
            return _("Look who bought it, or raise BREAKER_BURST_USD; {go_on}.").format(go_on=go_on)
        case PauseReason.FAILURES:
            return _("Wait until the provider works again; {go_on}.").format(go_on=go_on)
        case PauseReason.PRICE:
            return _(
                "Update Touchup, or choose another MODEL; purchases go on by themselves "
                "when the prices agree."
            )
        case PauseReason.LOCKED:
            return _(
                "Top up the account, or look at FAL_KEY; purchases go on by themselves "
                "when a picture is taken."
            )


def unknown_count(count: int) -> str:
    """How many submits have an unknown outcome."""
    if count == 0:
        return commands.NOTHING_UNKNOWN()
    return billing.unanswered(count)
