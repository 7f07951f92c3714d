"""What the operator is told without having asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.ui.messages.member_text import escaped
from bot.ui.messages.places import Place, moment

if TYPE_CHECKING:
    from bot.services.notices import PauseNotice

MODEL_LENGTH = 100


def paused(notice: PauseNotice) -> str:
    """Purchases were stopped: what happened, what it cost, what to do."""
    model = escaped(notice.model, limit=MODEL_LENGTH)
    when = moment(notice.since, Place.DISCORD)
    happened = (
        f"What {model} sent back for job {notice.job_id} ({when}) was changed around the area and "
        "kept inside: white and black of its masks seem to be exchanged now. That picture was "
        f"charged to nobody{_kept(notice)}. Nothing more is bought from this model before you say "
        "so; who waits in line longer than a day gets their money back."
    )
    steps = (
        "1. `touchup doctor` counts what results say about its masks, this one too.",
        "2. Stop me. If they are exchanged, set MASK_POLARITY the other way round.",
        "3. `touchup resume` lets purchases go on; then start me again.",
    )
    return "\n".join(["### I stopped buying pictures", happened, *steps])


def _kept(notice: PauseNotice) -> str:
    """Where the picture lies: only who runs the bot can look there."""
    if notice.picture is None:
        return ""
    return f", and is kept for you: `pictures/{notice.picture[:2]}/{notice.picture}` in DATA_DIR"
