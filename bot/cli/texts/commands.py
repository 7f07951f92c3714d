"""What the shell commands print: every sentence an operator reads outside Discord."""

from __future__ import annotations

import errno
import re
from typing import TYPE_CHECKING, Any

from bot.domain.billing.amounts import usd
from bot.domain.catalog import EMBEDDED, OWN_SERVER
from bot.domain.jobs.states import JobState
from bot.ui import messages
from bot.ui.messages import Place, on_pauses
from bot.ui.messages.words import doubted, noted, percent, read_as, states

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bot.domain.edits.edit import Outcome
    from bot.domain.edits.pictures import PreparedPicture
    from bot.domain.jobs.states import Job
    from bot.store.billing.pauses import Pause


# ---- area --------------------------------------------------------------------------------------


def area(prepared: PreparedPicture, out: Path, preview: Path | None) -> list[str]:
    """What an area means in a picture, and where its mask is."""
    files = [f"Mask: {out}", *([f"Preview: {preview}"] if preview else [])]
    return [
        f"{percent(prepared.area_share)} of the picture ({read_as(prepared.reading)}).",
        *([doubted(prepared.question)] if prepared.question else []),
        *map(noted, prepared.notes),
        *files,
    ]


# ---- edit and unknown --------------------------------------------------------------------------

LOOKING = "Looking at the picture…"
SEARCHING = "Looking for what was bought…"
AUDITING = "Reading the books…"
REBUILDING = "Adding up the ledger…"
STOPPED_FREE = "Stopped before anything was bought. Nothing was charged."
KEY_NOT_TAKEN = (
    "The picture service does not accept the key, so nothing was bought. "
    "Check FAL_KEY and its balance; `touchup doctor` tries both."
)
UNREACHABLE = "The picture service cannot be reached; trying again"
NOT_BOUGHT = "What was not bought yet is taken back: `touchup doctor` says why, and what to do."


def reading_pictures(done: int, count: int) -> str:
    """How far the audit has come with the pictures."""
    return f"Reading every picture… {done:,} of {count:,}"


def waiting(open_jobs: Sequence[Job], *, seconds: float) -> str:
    """What is going on, for the line that changes while one waits."""
    if all(job.state is JobState.QUEUED and job.tries for job in open_jobs):
        doing = UNREACHABLE
    else:
        doing = states(job.state for job in open_jobs)
        doing = doing[0].upper() + doing[1:]
    return f"{doing}… {seconds:.0f} s"


def stopped(edit_id: int) -> str:
    """Ctrl+C came when something was bought already."""
    return (
        f"Stopped. Edit {edit_id} is bought and stays in the books: `touchup unknown`, or the next "
        f"`touchup edit`, finishes it and writes edit-{edit_id}.png."
    )


def not_written(out: Path, reason: str | None, *, kept: Path) -> str:
    """The picture is there, but not where it was wanted."""
    return f"{out} could not be written ({reason}). The picture is kept: copy it from {kept}"


def finished_earlier(outcome: Outcome, written: Sequence[Path]) -> str:
    """What became of an edit that an earlier command left unfinished."""
    files = ", ".join(map(str, written))
    if not files:
        return f"Edit {outcome.edit.id}, interrupted earlier, ended without a picture."
    cost = usd(outcome.charged)
    return f"Edit {outcome.edit.id}, interrupted earlier, is finished too ({cost}): {files}"


def unfinished(edit_id: int) -> str:
    """An interrupted edit is still not at its end."""
    return f"Edit {edit_id} is still being made. Run `touchup unknown` again in a while."


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


def nothing_to_release(job_id: int) -> str:
    """There is nothing to decide about this job."""
    return f"Job {job_id} is neither bought nor in doubt, so there is nothing to release."


NOTHING_UNKNOWN = "No submit is unknown."

_OTHER_PROVIDERS = {
    "fal": "fal: set FAL_KEY",
    EMBEDDED: "the embedded engine: set ENGINE to embedded",
    OWN_SERVER: "a server of your own: give its address with --engine-url",
}


def unknown_elsewhere(provider: str, count: int) -> str:
    """Submits that the provider of these settings knows nothing of."""
    where = _OTHER_PROVIDERS.get(provider, provider)
    return f"Not looked for here, as bought elsewhere: {count} ({where})."


# ---- resume ----------------------------------------------------------------------------------

NOTHING_STOPPED = "Nothing is stopped: purchases go on."
RESUME_WHILE_RUNNING = "While the bot runs, `/owner resume` on Discord lets purchases go on."


def resumed(pause: Pause) -> str:
    """Purchases go on that were stopped."""
    what = "Purchases"
    if pause.model is not None:
        what += f" from {on_pauses.model_name(pause, Place.SHELL)}"
    return (
        f"{what} go on. They were stopped {messages.moment(pause.since, Place.SHELL)}: "
        f"{on_pauses.happened(pause, Place.SHELL)}."
    )


# ---- engine ----------------------------------------------------------------------------------


def cannot_listen(options: Mapping[str, Any], error: OSError) -> str:
    """An address cannot be listened at; `options` are those of the engine."""
    if error.errno == errno.EADDRINUSE:
        return "Another program listens at this address already: choose another --port."
    host, queue, sync = options["host"], options["queue_port"], options["run_port"]
    return (
        f"I can't listen at {host}, ports {queue} and {sync}. "
        "Choose another --host, --port or --sync-port."
    )


def engine_folder_unusable(place: Path | None) -> str:
    """The engine cannot keep its books where it was told to."""
    where = place or "The temporary folder"
    return f"{where} cannot be used for the engine's data: choose another --data."


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
