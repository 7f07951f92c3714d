"""Why purchases are stopped: to members in half a sentence, to the operator with the figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.billing.amounts import NANO_PER_MICRO, usd
from bot.domain.billing.breaker import PauseReason
from bot.domain.catalog import MODELS
from bot.ui.messages.member_text import escaped, plain
from bot.ui.messages.places import Place, moment, quoted
from bot.ui.messages.words import count_of

if TYPE_CHECKING:
    from bot.store.billing.pauses import Pause

MODEL_LENGTH: Final = 100

_FOUND: Final = {
    PauseReason.SWAPPED: "a picture came back painted around its area",
    PauseReason.BURST: "far more was bought within minutes than is usual",
    PauseReason.FAILURES: "too many of the last pictures failed at the picture service",
    PauseReason.PRICE: "the picture service changed its price",
    PauseReason.LOCKED: "the picture service takes no new pictures from me",
}
_SHUT: Final = (
    "The picture service takes no new pictures from me at the moment, and the operator was told."
)
_TITLES: Final = {
    PauseReason.SWAPPED: "masks read the other way round",
    PauseReason.BURST: "much bought in minutes",
    PauseReason.FAILURES: "many failures",
    PauseReason.PRICE: "another price",
    PauseReason.LOCKED: "the account is refused",
}


def title(reason: PauseReason) -> str:
    """What the operator calls a stop, in a few words."""
    return _TITLES[reason]


# ---- to members --------------------------------------------------------------------------------


def refused(reason: PauseReason) -> str:
    """Nothing is bought now: why, and what to do. That nothing was charged is said elsewhere."""
    return (
        f"I buy nothing at the moment: a safety check found that {_FOUND[reason]}. The operator "
        "was told. Try again later."
    )


def waiting(reason: PauseReason) -> str:
    """Why an edit in line does not go on."""
    if reason is PauseReason.LOCKED:
        return _SHUT
    found = _FOUND[reason]
    return (
        "A safety check stopped purchases, and the operator was told. "
        f"{found[0].upper()}{found[1:]}."
    )


# ---- to the operator ---------------------------------------------------------------------------


def happened(pause: Pause, place: Place) -> str:
    """What brought a stop on, with its figures."""
    detail = pause.detail
    match pause.reason:
        case PauseReason.SWAPPED:
            return (
                f"job {pause.job_id} came back from {model_name(pause, place)} changed around its "
                "area instead of in it"
            )
        case PauseReason.BURST:
            pictures = count_of(detail["pictures"], "picture", "pictures")
            members = count_of(detail["members"], "member", "members")
            return (
                f"with one more picture, {usd(detail['bought'])} would have been bought within "
                f"{detail['seconds'] // 60} minutes, for {pictures} of {members}; more than "
                f"{usd(detail['most'])} stops purchases"
            )
        case PauseReason.FAILURES:
            return (
                f"{detail['failed']} of the last {detail['counted']} pictures of "
                f"{model_name(pause, place)} failed by the provider's doing, for "
                f"{detail['members']} members; more than {detail['percent']} % of twenty stop "
                "purchases"
            )
        case PauseReason.PRICE:
            return (
                f"the provider lists {model_name(pause, place)} at {_price(detail['listed'])} a "
                f"picture, and members are quoted {_price(detail['expected'])}"
            )
        case PauseReason.LOCKED:
            return f"the provider refuses the account or its key: {_said(pause, place)}"


def stopped(pause: Pause, place: Place) -> str:
    """What is stopped since when, and what brought it on."""
    why = happened(pause, place)
    return f"{_what(pause, place)}, because {why} ({moment(pause.since, place)})."


def _what(pause: Pause, place: Place) -> str:
    if pause.reason is PauseReason.LOCKED:
        return "Nothing can be bought"
    if pause.model is None:
        return "Nothing is bought"
    return f"Nothing is bought from {model_name(pause, place)}"


def model_name(pause: Pause, place: Place) -> str:
    """How people call the model that is stopped."""
    known = MODELS.get(pause.model or "")
    write = escaped if place is Place.DISCORD else plain
    return write(known.name if known else pause.model or "", limit=MODEL_LENGTH)


def _said(pause: Pause, place: Place) -> str:
    """The provider's own words, which end where our sentence goes on."""
    return quoted(str(pause.detail["said"]).rstrip(". "), place)


def _price(nano: int) -> str:
    """A listed price, never rounded to another one."""
    micro, rest = divmod(nano, NANO_PER_MICRO)
    return usd(micro) if not rest else f"{usd(micro)} and {rest} nano-dollars"
