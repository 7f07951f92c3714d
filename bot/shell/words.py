"""What the shell commands print: every sentence an operator reads outside Discord."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.domain.jobs import JobState
from bot.domain.money import usd
from bot.ui import messages
from bot.ui.messages import Place

if TYPE_CHECKING:
    from bot.domain.catalog import Model
    from bot.domain.errors import ProviderError, StoreBusy, StoreError
    from bot.domain.jobs import Job
    from bot.store.jobs import PolarityEvidence


def unknown_job(job: Job, *, found: bool) -> str:
    """What a search for an unknown submit brought."""
    where = f"Edit {job.edit_id}, job {job.id} ({usd(job.price)})"
    if job.state is JobState.UNKNOWN:
        return f"{where}: still not to be found; the hold stands, and the search goes on."
    if job.state is JobState.DONE:
        return f"{where}: found, finished and paid once."
    if found:
        return f"{where}: found; it is being made."
    return f"{where}: it can no longer start, so nothing was bought. The hold is released."


NOTHING_UNKNOWN = "No submit is unknown."


# ---- doctor ----------------------------------------------------------------------------------

LOGIN_MISSING = "DISCORD_TOKEN is not set. Only `touchup run` and `touchup sync` need it."
LOGIN_REFUSED = "Discord refuses DISCORD_TOKEN. Reset it in the developer portal, then set it anew."
PLAY_MONEY = "The embedded engine makes the pictures: no key, and play money. Set FAL_KEY for fal."
KEY_ACCEPTED = "FAL_KEY is accepted."
KEY_REFUSED = "The provider refuses FAL_KEY. Make a new one with the scope API, then set it anew."


def token_accepted(name: str) -> str:
    """The bot's token works."""
    return f"Discord knows the bot as {name}."


def discord_unreachable(kind: str) -> str:
    """Discord could not be asked."""
    return f"Discord could not be reached ({kind}), so the token was not tried."


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


def database_in_use(busy: StoreBusy) -> str:
    """Another Touchup is at work here."""
    who = f"process {busy.pid}" if busy.pid else "another process"
    return f"{who} works on this data folder, so the books were not opened."


def database_broken(error: StoreError) -> str:
    """The database cannot be opened."""
    return messages.explain(error)


def provider_unreachable(error: ProviderError) -> str:
    """The key could not be tried."""
    return f"The provider could not be asked about the key ({type(error).__name__})."


def price_unknown(model: Model, error: ProviderError) -> str:
    """The price list could not be read."""
    return f"The price of {model.name} could not be read ({type(error).__name__})."


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
    """Results so far changed inside the mask."""
    return f"{evidence.in_favour} results of {model.name} changed inside the mask, as they should."


def polarity_swapped(model: Model, evidence: PolarityEvidence) -> str:
    """Results so far changed outside the mask."""
    return (
        f"{evidence.against} of {evidence.against + evidence.in_favour} results of {model.name} "
        "changed outside the mask: it seems to read masks the other way round."
    )


def unknown_count(count: int) -> str:
    """How many submits have an unknown outcome."""
    if count == 0:
        return NOTHING_UNKNOWN
    return f"{count} submits got no answer. `touchup unknown` looks for them."


# ---- run, sync, migrate ----------------------------------------------------------------------


def synced(count: int, guild_id: int | None) -> str:
    """Discord knows the commands."""
    where = f"server {guild_id}" if guild_id is not None else "every server"
    return f"Discord knows {count} commands for {where}. New ones may take a minute to appear."


def migrated(version: int) -> str:
    """The books have this version's schema."""
    return f"The books are at schema version {version}."


# ---- demo ------------------------------------------------------------------------------------

DEMO_CARD = "The card ada sees in the channel:"
DEMO_SPEND = "Then ada runs /mine spend:"
DEMO_FILES = "Look at the pictures:"

_TIMESTAMP = re.compile(r"<t:(\d+)(?::\w)?>")


def demo_began(prompt: str) -> str:
    """What the demonstration did."""
    return (
        "Ada, a member of a local Discord, ran /edit with a photo of a street, a mask of the shop "
        f"sign, and the prompt: {prompt}\n"
        "The real bot answered. The embedded engine painted: it is no generative model, and its "
        "price is play money."
    )


def demo_ended(seconds: float) -> str:
    """What to do next."""
    return (
        f"Done in {seconds:.1f} s. Your own photo: touchup edit photo.jpg --area 'top third' "
        "--prompt 'a clear sky'. On Discord: see the README."
    )


def plain_markdown(text: str) -> list[str]:
    """A card's text as a terminal shows it: no markup, and times in words."""
    shown = _TIMESTAMP.sub(lambda found: messages.moment(int(found[1]), Place.SHELL), text)
    shown = re.sub(r"^(#+|-#) ", "", shown.replace("**", ""), flags=re.MULTILINE)
    return [line.replace("\\", "") for line in shown.splitlines() if line.strip()]
