"""The words of `/owner`: how the bot stands, to whoever runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.billing.amounts import usd
from bot.domain.catalog import EMBEDDED, OWN_SERVER
from bot.domain.jobs.states import JobState
from bot.ui.messages import on_pauses
from bot.ui.messages.limit_names import begun, limit_name, renewal, spent
from bot.ui.messages.places import Place, moment
from bot.ui.messages.words import count_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.services.billing.owner import OwnerStatus
    from bot.store.billing.pauses import Pause
    from bot.store.billing.purchases import BuyerShare

NOTHING_STOPPED: Final = "Nothing is stopped: purchases go on."
_GO_ON: Final = "`/owner resume` lets purchases go on."
_MONEY: Final = {
    "fal": "real money, at fal",
    EMBEDDED: "play money, by the embedded engine",
    OWN_SERVER: "at a server of your own",
}
_LINE: Final = {
    JobState.QUEUED: "waiting",
    JobState.SUBMITTING: "being sent",
    JobState.RUNNING: "being made",
    JobState.UNKNOWN: "without an answer",
}


def status(found: OwnerStatus) -> str:
    """What is stopped and why, what is in doubt, what was spent, and the line."""
    return "\n".join(
        [
            "### How I stand",
            *_stopped(found.pauses),
            _line(found),
            *_unknown(found.unknown),
            f"**Spent** ({_MONEY.get(found.provider, found.provider)})",
            *(
                f"{begun(limit_name(standing.limit))}: {usd(standing.limit.cap)}; "
                f"{spent(standing)}; {renewal(standing, Place.DISCORD)}"
                for standing in found.standings
            ),
            *map(_share, found.guilds.most),
        ]
    )


def resumed(lifted: Sequence[Pause]) -> str:
    """What goes on now, and what had stopped it."""
    if not lifted:
        return NOTHING_STOPPED
    return "\n".join(["Purchases go on. They were stopped because:", *map(_reason, lifted)])


def _stopped(pauses: Sequence[Pause]) -> list[str]:
    if not pauses:
        return [NOTHING_STOPPED]
    return [*(f"**Stopped:** {on_pauses.stopped(it, Place.DISCORD)}" for it in pauses), _GO_ON]


def _reason(pause: Pause) -> str:
    return f"- {on_pauses.happened(pause, Place.DISCORD)}"


def _line(found: OwnerStatus) -> str:
    parts = [f"{found.line[state]} {name}" for state, name in _LINE.items() if state in found.line]
    said = f"**In line:** {', '.join(parts) or 'nothing'}."
    if found.closed_until is not None:
        said += (
            " The provider refuses the account; I try again "
            f"{moment(found.closed_until, Place.DISCORD)}."
        )
    return said


def _unknown(count: int) -> list[str]:
    if not count:
        return []
    submits = count_of(count, "submit", "submits")
    return [f"**In doubt:** {submits} got no answer. `touchup unknown` looks for what was bought."]


def _share(share: BuyerShare) -> str:
    where = f"server `{share.id}`" if share.id else "direct messages and the shell"
    return f"- {where}: {usd(share.spent)} ({count_of(share.pictures, 'picture', 'pictures')})"
