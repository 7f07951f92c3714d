"""What `touchup doctor` prints: what was looked at, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.cli.texts import commands
from bot.domain.billing.amounts import usd
from bot.domain.billing.breaker import PauseReason
from bot.domain.errors import AnswerLost, NeverSent, ProviderBlocked, ProviderBusy, StoreFailed
from bot.ui import messages
from bot.ui.messages import Place, on_pauses
from bot.ui.messages.words import count_of

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.catalog import Model
    from bot.domain.errors import ProviderError, StoreError
    from bot.store.billing.pauses import Pause
    from bot.store.jobs.jobs import PolarityEvidence


LOGIN_MISSING = "DISCORD_TOKEN is not set. Only `touchup run` and `touchup sync` need it."
LOGIN_REFUSED = "Discord refuses DISCORD_TOKEN. Reset it in the developer portal, then set it anew."
PLAY_MONEY = "The embedded engine makes the pictures: no key, and play money. Set FAL_KEY for fal."
KEY_ACCEPTED = "FAL_KEY is accepted."
KEY_REFUSED = "fal refuses FAL_KEY. Make a new one with the scope API, then set it anew."
SERVER_ANSWERS = "The server at ENGINE_URL answers."
SERVER_REFUSES = "The server at ENGINE_URL asks for a key, and Touchup never sends it fal's."


def token_accepted(name: str) -> str:
    """The bot's token works."""
    return f"Discord knows the bot as {name}."


DISCORD_UNREACHABLE = "Discord could not be reached, so the token was not tried."


def discord_unwell(status: int) -> str:
    """Discord answered with an error that says nothing about the token."""
    return f"Discord answered {status}, so the token was not tried. Try again in a few minutes."


def clock(skew: float, *, wrong: bool) -> str:
    """How far this machine's clock is off."""
    if wrong:
        return f"This clock is {skew:+.0f} s off Discord's. Turn on time synchronisation."
    return "This clock agrees with Discord's."


def disk(free_bytes: int) -> str:
    """How much room the data folder has."""
    return f"{free_bytes / 1024**3:.1f} GiB free for pictures and books; 1 GiB is the least."


def database_sound(version: str) -> str:
    """The books are in order."""
    return f"The books are sound (SQLite {version})."


def database_damaged(verdict: str) -> str:
    """The database file is damaged."""
    return f"The database is damaged: {verdict}. Stop the bot and restore a backup."


def database_unreadable(error: StoreError) -> str:
    """The database cannot be opened."""
    if isinstance(error, StoreFailed):
        return f"The database cannot be read ({error}). Stop the bot and restore a backup."
    return messages.explain(error)


NO_DATABASE = "There are no books yet. The first `touchup run` or `touchup edit` makes them."


def folder(place: Path) -> str:
    """The data folder, or the place where it will be made, can be used."""
    return f"Books and pictures are kept in {place}."


def folder_unusable(place: Path, *, is_folder: bool) -> str:
    """The data folder, or the place where it would be made, cannot be used."""
    why = "may not be written by this user" if is_folder else "is not a folder"
    return f"{place} {why}. Change that, or name another folder in DATA_DIR."


def provider_silent(error: ProviderError) -> str:
    """The key could not be tried."""
    return f"The key could not be tried: {_why(error)}."


def price_unknown(model: Model, error: ProviderError) -> str:
    """The price list could not be read."""
    return f"The price of {model.name} could not be read: {_why(error)}."


def _why(error: ProviderError) -> str:
    match error:
        case NeverSent():
            return "the provider cannot be reached"
        case ProviderBlocked():
            return "the provider refuses the key"
        case ProviderBusy() | AnswerLost():
            return "the provider is unwell or has too much to do"
        case _:
            return "the provider gave an answer that makes no sense"


def price(model: Model, *, listed: int, expected: int) -> str:
    """What the provider lists against what members are quoted, in nano-USD."""
    if listed == expected:
        return f"{model.name} is listed at {usd(listed // 1000)} a picture, as quoted."
    return (
        f"{model.name} is listed at {usd(listed // 1000)} a picture, but members are quoted "
        f"{usd(expected // 1000)}. Update Touchup, or change the model, before anybody edits."
    )


def polarity_unknown(model: Model) -> str:
    """No result has shown yet which mask colour the model changes."""
    colour = "white" if model.white_is_edit else "black"
    return (
        f"Not known yet for {model.name}; {colour} is sent as the part to change. "
        "The first paid edit will show whether that is right."
    )


def polarity_known(model: Model, evidence: PolarityEvidence) -> str:
    """Results so far changed inside the mask, or nearly all."""
    results = count_of(evidence.in_favour, "result", "results")
    against = f"; {evidence.against} changed around it instead" if evidence.against else ""
    return f"{results} of {model.name} changed inside the mask, as they should{against}."


def polarity_swapped(model: Model, evidence: PolarityEvidence) -> str:
    """Results so far changed outside the mask."""
    return (
        f"{evidence.against} of {evidence.against + evidence.in_favour} results of {model.name} "
        "changed outside the mask: it seems to read masks the other way round."
    )


def stopped_purchases(pause: Pause, *, polarity: str) -> str:
    """Nothing is bought, why, and what to do; `polarity` is what MASK_POLARITY says now."""
    said = on_pauses.stopped(pause, Place.SHELL)
    return f"{said} {_mended(pause.reason, polarity)}"


def _mended(reason: PauseReason, polarity: str) -> str:
    go_on = "then `/owner resume`, or stop the bot and run `touchup resume`"
    match reason:
        case PauseReason.SWAPPED:
            other = "black" if polarity == "white" else "white"
            return (
                f"Stop the bot; if such results repeat, set MASK_POLARITY={other}; then run "
                "`touchup resume`."
            )
        case PauseReason.BURST:
            return f"Look who bought it, or raise BREAKER_BURST_USD; {go_on}."
        case PauseReason.FAILURES:
            return f"Wait until the provider is well; {go_on}."
        case PauseReason.PRICE:
            return (
                "Update Touchup, or choose another MODEL; purchases go on by themselves when the "
                "prices agree."
            )
        case PauseReason.LOCKED:
            return (
                "Top up the account, or look at FAL_KEY; purchases go on by themselves when a "
                "picture is taken."
            )


def unknown_count(count: int) -> str:
    """How many submits have an unknown outcome."""
    if count == 0:
        return commands.NOTHING_UNKNOWN
    what = "1 submit" if count == 1 else f"{count} submits"
    return f"{what} got no answer. `touchup unknown` looks for what was bought."
