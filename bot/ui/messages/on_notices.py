"""What the operator is told without having asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.billing.breaker import PauseReason
from bot.ui.messages import on_pauses
from bot.ui.messages.places import Place, moment

if TYPE_CHECKING:
    from bot.store.billing.pauses import Pause

_KEEP: Final = (
    "Who waits in line keeps their place for a day; after that they get their money back."
)
_GO_ON: Final = "`/owner resume` lets purchases go on (or stop me, and run `touchup resume`)."
_STOPPED: Final = "### I stopped buying pictures"
_HEADLINES: Final = {
    PauseReason.SWAPPED: _STOPPED,
    PauseReason.BURST: _STOPPED,
    PauseReason.FAILURES: _STOPPED,
    PauseReason.PRICE: _STOPPED,
    PauseReason.LOCKED: "### I cannot buy pictures",
}
_MEANING: Final = {
    PauseReason.BURST: ("Nothing more is bought, nor what waits in line, before you say so."),
    PauseReason.FAILURES: (
        "What failed was charged to no member, and you may be billed for it. Nothing more is "
        "bought from this model before you say so."
    ),
    PauseReason.PRICE: (
        "Nothing more is bought from this model before you say so. It goes on by itself when the "
        "prices are the same again."
    ),
    PauseReason.LOCKED: (
        "Nothing was bought. I try again every few minutes, and go on by myself when a picture is "
        "taken; I will not write again before that."
    ),
}
_STEPS: Final = {
    PauseReason.BURST: (
        "`/owner status` and `/spend report` show where it was bought.",
        f"{_GO_ON} Counting starts anew then.",
        "If that much is usual here, set BREAKER_BURST_USD higher.",
    ),
    PauseReason.FAILURES: (
        "Look at the provider: for fal, at https://status.fal.ai and your dashboard.",
        f"{_GO_ON} Counting starts anew then.",
    ),
    PauseReason.PRICE: (
        "Update Touchup, which knows the new price, or choose another MODEL.",
        f"{_GO_ON} Members then still pay what they are quoted, and you the provider's price.",
    ),
    PauseReason.LOCKED: (
        "For fal, look at https://fal.ai/dashboard/billing; if that is fine, look at FAL_KEY.",
        "`/owner resume` tries again at once.",
    ),
}


def paused(pause: Pause) -> str:
    """Purchases were stopped: what happened, what it cost, what to do."""
    if pause.reason is PauseReason.SWAPPED:
        return _swapped(pause)
    happened = on_pauses.happened(pause, Place.DISCORD)
    when = moment(pause.since, Place.DISCORD)
    said = f"{happened[0].upper()}{happened[1:]} ({when}). {_MEANING[pause.reason]} {_KEEP}"
    return "\n".join([_HEADLINES[pause.reason], said, *_numbered(_STEPS[pause.reason])])


def _numbered(steps: tuple[str, ...]) -> list[str]:
    return [f"{number}. {step}" for number, step in enumerate(steps, start=1)]


def _swapped(pause: Pause) -> str:
    model = on_pauses.model_name(pause, Place.DISCORD)
    when = moment(pause.since, Place.DISCORD)
    happened = (
        f"What {model} sent back for job {pause.job_id} ({when}) was changed around the area and "
        "kept inside: white and black of its masks seem to be exchanged now. That picture was "
        f"charged to nobody{_kept(pause)}. Nothing more is bought from this model before you say "
        "so; who waits in line longer than a day gets their money back."
    )
    steps = (
        "`touchup doctor` counts what results say about its masks, this one too.",
        "Stop me. If they are exchanged, set MASK_POLARITY the other way round.",
        "`touchup resume` lets purchases go on; then start me again.",
    )
    return "\n".join([_STOPPED, happened, *_numbered(steps)])


def _kept(pause: Pause) -> str:
    """Where the picture lies: only who runs the bot can look there."""
    if pause.picture is None:
        return ""
    return f", and is kept for you: `pictures/{pause.picture[:2]}/{pause.picture}` in DATA_DIR"
