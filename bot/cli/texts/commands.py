"""What the shell commands print: every sentence an operator reads outside Discord."""

from __future__ import annotations

import errno
import re
from typing import TYPE_CHECKING, Any

from bot.domain.billing.amounts import usd
from bot.domain.catalog import EMBEDDED, OWN_SERVER
from bot.domain.jobs.states import JobState
from bot.i18n import N_, _
from bot.ui.texts import TextTarget, billing
from bot.ui.texts.labels import moment, percent, read_as
from bot.ui.texts.limits.names import begun
from bot.ui.texts.notes import doubted, noted, states

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
    share = percent(prepared.area_share)
    files = [_("Mask: {file}").format(file=out)]
    if preview:
        files.append(_("Preview: {file}").format(file=preview))
    return [
        _("{share} of the picture ({reading}).").format(
            share=share, reading=read_as(prepared.reading)
        ),
        *([doubted(prepared.question)] if prepared.question else []),
        *map(noted, prepared.notes),
        *files,
    ]


# ---- edit and unknown --------------------------------------------------------------------------

LOOKING = N_("Looking at the picture…")
SEARCHING = N_("Looking for what was bought…")
AUDITING = N_("Reading the books…")
REBUILDING = N_("Adding up the ledger…")
STOPPED_FREE = N_("Stopped before anything was bought. Nothing was charged.")
KEY_NOT_TAKEN = N_(
    "The picture service does not accept the key, so nothing was bought. Check FAL_KEY and "
    "its balance; `touchup doctor` tries both."
)
UNREACHABLE = N_("The picture service cannot be reached; trying again")
NOT_BOUGHT = N_("What was not bought yet is taken back: `touchup doctor` says why, and what to do.")


def reading_pictures(done: int, count: int) -> str:
    """How far the audit has come with the pictures."""
    return _("Reading every picture… {done:,} of {count:,}").format(done=done, count=count)


def waiting(open_jobs: Sequence[Job], *, seconds: float) -> str:
    """What is going on, for the line that changes while one waits."""
    if all(job.state is JobState.QUEUED and job.tries for job in open_jobs):
        doing = UNREACHABLE()
    else:
        doing = begun(states(job.state for job in open_jobs))
    return _("{doing}… {seconds:.0f} s").format(doing=doing, seconds=seconds)


def stopped(edit_id: int) -> str:
    """Ctrl+C came when something was bought already."""
    return _(
        "Stopped. Edit {edit_id} is bought and stays in the books: `touchup unknown`, or "
        "the next `touchup edit`, finishes it and writes edit-{edit_id}.png."
    ).format(edit_id=edit_id)


def not_written(out: Path, reason: str | None, *, kept: Path) -> str:
    """The picture is there, but not where it was wanted."""
    return _(
        "{out} could not be written ({reason}). The picture is kept: copy it from {kept}"
    ).format(out=out, reason=reason, kept=kept)


def finished_earlier(outcome: Outcome, written: Sequence[Path]) -> str:
    """What became of an edit that an earlier command left unfinished."""
    files = ", ".join(map(str, written))
    if not files:
        return _("Edit {edit_id}, interrupted earlier, ended without a picture.").format(
            edit_id=outcome.edit.id
        )
    cost = usd(outcome.charged)
    return _("Edit {edit_id}, interrupted earlier, is finished too ({cost}): {files}").format(
        edit_id=outcome.edit.id, cost=cost, files=files
    )


def unfinished(edit_id: int) -> str:
    """An interrupted edit is still not at its end."""
    return _("Edit {edit_id} is still being made. Run `touchup unknown` again in a while.").format(
        edit_id=edit_id
    )


def unknown_job(job: Job, *, found: bool) -> str:
    """What a search for an unknown submit brought."""
    where = _("Edit {edit_id}, job {job_id} ({price})").format(
        edit_id=job.edit_id, job_id=job.id, price=usd(job.price)
    )
    if job.state is JobState.UNKNOWN:
        return _(
            "{where}: not found yet; its price stays set aside, and the search goes on."
        ).format(where=where)
    if job.state is JobState.DONE:
        return _("{where}: found, finished and paid once.").format(where=where)
    if found:
        return _("{where}: found; it is being made.").format(where=where)
    return _(
        "{where}: it can no longer start, so nothing was bought. The hold is released."
    ).format(where=where)


def nothing_to_release(job_id: int) -> str:
    """There is nothing to decide about this job."""
    return _("Job {job_id} is neither bought nor in doubt, so there is nothing to release.").format(
        job_id=job_id
    )


NOTHING_UNKNOWN = N_("No submit is unknown.")

_OTHER_PROVIDERS = {
    "fal": N_("fal: set FAL_KEY"),
    EMBEDDED: N_("the embedded engine: set ENGINE to embedded"),
    OWN_SERVER: N_("a server of your own: give its address with --engine-url"),
}


def unknown_elsewhere(provider: str, count: int) -> str:
    """Submits that the provider of these settings knows nothing of."""
    where = _OTHER_PROVIDERS.get(provider, provider)
    return _("Not looked for here, as bought elsewhere: {count} ({where}).").format(
        count=count, where=where
    )


# ---- resume ----------------------------------------------------------------------------------

RESUME_WHILE_RUNNING = N_("While the bot runs, `/owner resume` on Discord lets purchases go on.")


def resumed(pause: Pause) -> str:
    """Purchases go on that were stopped."""
    what = _("Purchases go on.")
    if pause.model is not None:
        model = billing.model_name(pause, TextTarget.SHELL)
        what = _("Purchases from {model} go on.").format(model=model)
    when, why = (
        moment(pause.since, TextTarget.SHELL),
        billing.happened(pause, TextTarget.SHELL),
    )
    return _("{what} They were stopped {when}: {why}.").format(what=what, when=when, why=why)


# ---- engine ----------------------------------------------------------------------------------


def cannot_listen(options: Mapping[str, Any], error: OSError) -> str:
    """An address cannot be listened at; `options` are those of the engine."""
    if error.errno == errno.EADDRINUSE:
        return _("Another program listens at this address already: choose another --port.")
    host, queue, sync = options["host"], options["queue_port"], options["run_port"]
    return _(
        "I can't listen at {host}, ports {queue} and {sync}. Choose another --host, --port "
        "or --sync-port."
    ).format(host=host, queue=queue, sync=sync)


def engine_folder_unusable(place: Path | None) -> str:
    """The engine cannot keep its books where it was told to."""
    where = place or _("The temporary folder")
    return _("{where} cannot be used for the engine's data: choose another --data.").format(
        where=where
    )


# ---- run, sync, migrate ----------------------------------------------------------------------


def synced(count: int, guild_id: int | None) -> str:
    """Discord knows the commands."""
    where = (
        _("server {guild_id}").format(guild_id=guild_id)
        if guild_id is not None
        else _("every server")
    )
    return _(
        "Discord knows {count} commands for {where}. New ones may take a minute to appear."
    ).format(count=count, where=where)


def migrated(version: int) -> str:
    """The books have this version's schema."""
    return _("The books are at schema version {version}.").format(version=version)


# ---- demo ------------------------------------------------------------------------------------

DEMO_CARD = N_("The card ada sees in the channel:")
DEMO_SPEND = N_("Then ada runs /mine spend:")
DEMO_FILES = N_("Look at the pictures:")

_TIMESTAMP = re.compile(r"<t:(\d+)(?::\w)?>")


def demo_began(prompt: str) -> str:
    """What the demonstration did."""
    return _(
        "Ada, a member of a local Discord, ran /edit with a photo of a street, a mask of "
        "the shop sign, and the prompt: {prompt}\nThe real bot answered. The embedded "
        "engine painted: it is no generative model, and its price is play money."
    ).format(prompt=prompt)


def demo_ended(seconds: float) -> str:
    """What to do next."""
    return _(
        "Done in {seconds:.1f} s. Your own photo: touchup edit photo.jpg --area 'top "
        "third' --prompt 'a clear sky'. On Discord: see the README."
    ).format(seconds=seconds)


def plain_markdown(text: str) -> list[str]:
    """A card's text as a terminal shows it: no markup, and times in words."""
    shown = _TIMESTAMP.sub(lambda found: moment(int(found[1]), TextTarget.SHELL), text)
    shown = re.sub(r"^(#+|-#) ", "", shown.replace("**", ""), flags=re.MULTILINE)
    return [line.replace("\\", "") for line in shown.splitlines() if line.strip()]
