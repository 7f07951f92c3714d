"""What `touchup audit` and `touchup rebuild` print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.billing.amounts import usd
from bot.domain.limits.rules import Scope
from bot.i18n import N_, _, ngettext
from bot.services.billing.audit import AuditProblem
from bot.ui import texts
from bot.ui.texts import TextTarget

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from bot.services.billing.audit import AuditFinding
    from bot.store.limits.rebuild import RebuiltCounter


# ---- audit -----------------------------------------------------------------------------------

AUDIT_CLEAN = N_("Nothing contradicts itself in the books, and every picture they know is whole.")
AUDIT_CLEAN_QUICK = N_("Nothing contradicts itself in the books. No picture was read.")
NOTHING_TO_AUDIT = N_("There are no books here yet, so there is nothing to audit.")

_FINDINGS: Final = {
    AuditProblem.DAMAGED: N_(
        "The database file is damaged: {detail}. Stop the bot and restore a backup."
    ),
    AuditProblem.SCHEMA_CHANGED: N_("The {detail} is missing or not as this version makes it."),
    AuditProblem.BROKEN_LINK: N_("Row {id} points to a row that is not there ({detail})."),
    AuditProblem.NOT_HELD: N_("The price of job {id} was never set aside."),
    AuditProblem.HELD_TWICE: N_("The price of job {id} was set aside more than once."),
    AuditProblem.CLOSED_TWICE: N_("The hold of job {id} was captured or released more than once."),
    AuditProblem.HOLD_NOT_PRICE: N_("Job {id} set aside another amount than its price."),
    AuditProblem.HOLD_LEFT: N_("Job {id} has ended, and its money is still set aside."),
    AuditProblem.HOLD_GONE: N_("Job {id} goes on, but its hold is gone."),
    AuditProblem.CHARGED_FOR_NOTHING: N_("Job {id} was charged although there is no picture."),
    AuditProblem.NOT_CHARGED: N_("Job {id} has a picture and was not charged its price."),
    AuditProblem.ELSEWHERE: N_(
        "Job {id} counts for another member, guild or channel than its edit's."
    ),
    AuditProblem.OTHER_PRICE: N_(
        "Job {id} was bought at another price than its edit was quoted at."
    ),
    AuditProblem.COST_WRONG: N_(
        "The cost of job {id} is not what the books know of the provider's bill."
    ),
    AuditProblem.COST_TWICE: N_(
        "What the provider billed for job {id} is booked once more without a job. Run `touchup "
        "reconcile`, which moves it."
    ),
    AuditProblem.COST_BELOW_NOTHING: N_(
        "What was billed without a job comes to less than nothing, from cost entry {id} on."
    ),
    AuditProblem.COUNTER_WRONG: N_(
        "Counter {id} is not the sum of its jobs in the ledger. Stop the bot and run `touchup "
        "rebuild`."
    ),
    AuditProblem.OVER_CAP: N_(
        "Counter {id} is above the limit that its latest purchase was held to."
    ),
    AuditProblem.WRONG_WINDOW: N_("Counter {id} is below nothing, or lasts too long or too short."),
    AuditProblem.ALERT_ELSEWHERE: N_("Alert {id} is about a job that its counter does not count."),
    AuditProblem.LIMIT_NOT_LOGGED: N_(
        "Limit {id} is not what the log of limits says was set last."
    ),
    AuditProblem.LIMIT_GONE: N_(
        "The limit that line {id} of the log of limits set is gone, and nobody removed it: it no "
        "longer caps anything. Set it again."
    ),
    AuditProblem.BOOST_NOT_LOGGED: N_(
        "Boost {id} is not what the log of limits says was given, or lasts till another time."
    ),
    AuditProblem.JOBS_MISSING: N_("Edit {id} has another number of jobs than pictures asked for."),
    AuditProblem.JOB_TOO_EARLY: N_("Edit {id} has jobs although nobody accepted its price."),
    AuditProblem.NEVER_ENDED: N_("Edit {id} still runs although all its jobs have ended."),
    AuditProblem.ENDED_TOO_EARLY: N_("Edit {id} has ended although a job of it goes on."),
    AuditProblem.NO_CARD: N_("Edit {id} has ended, and its member is owed no card."),
    AuditProblem.NOT_BROUGHT: N_(
        "Job {id} was charged, and its member is owed no card with the picture."
    ),
    AuditProblem.CARD_TOO_EARLY: N_("Edit {id} goes on and has its final card already."),
    AuditProblem.BOUGHT_TWICE: N_(
        "Edit {id} was bought more than once after its area was adjusted."
    ),
    AuditProblem.TWO_DRAFTS: N_("Edit {id} has more than one draft that can be bought."),
    AuditProblem.NOT_STOPPED: N_(
        "Job {id} was painted outside its area, and purchases were not stopped."
    ),
    AuditProblem.SUBMISSION_SHARED: N_("Job {id} has the same receipt as another job."),
    AuditProblem.RECEIPT_UNUSED: N_("Job {id} has a receipt, and is treated as if it had none."),
    AuditProblem.CHANGED_OUTSIDE: N_(
        "The picture of job {id} is changed outside its area, or uncounted."
    ),
    AuditProblem.FILE_MISSING: N_("The file of picture {detail} is missing."),
    AuditProblem.FILE_ALTERED: N_("The file of picture {detail} was altered."),
}


def findings(found: Iterable[AuditFinding]) -> Iterator[str]:
    """Everything that is not as it must be, one line each; how many more there are of a kind."""
    for one in found:
        yield finding(one)
        if one.more:
            yield _("  … and {count:,} more like this.").format(count=one.more)


def finding(found: AuditFinding) -> str:
    """One thing that is not as it must be."""
    return _FINDINGS[found.problem]().format(id=found.id, detail=found.detail)


def found_count(count: int) -> str:
    """How much the audit found, and what to do about it."""
    return ngettext(
        "{count:,} thing is not as it must be. Keep a copy of the data folder before you change "
        "anything.",
        "{count:,} things are not as they must be. Keep a copy of the data folder before you "
        "change anything.",
        count,
    )


# ---- rebuild -----------------------------------------------------------------------------------

NOTHING_TO_REBUILD = N_("There are no books here yet, so there are no counters to rebuild.")
COUNTERS_RIGHT = N_("Every counter is the sum of its jobs in the ledger. Nothing was changed.")


def copied(copy: Path) -> str:
    """The books as they were are kept."""
    return _("The books as they were: {copy}").format(copy=copy)


def rebuilt(counter: RebuiltCounter) -> str:
    """One counter that was rebuilt from the ledger."""
    whose = {
        Scope.MEMBER: _("member {subject} in guild {guild_id}").format(
            subject=counter.pot.subject, guild_id=counter.pot.guild_id
        ),
        Scope.CHANNEL: _("channel {subject}").format(subject=counter.pot.subject),
        Scope.GUILD: _("guild {subject}").format(subject=counter.pot.subject),
        Scope.BOT: _("the whole bot"),
    }[counter.pot.scope]
    began = ""
    if counter.starts:
        began = _(" begun {when}").format(when=texts.moment(counter.starts, TextTarget.SHELL))
    return _(
        "Counter {counter_id} ({whose}, {window}{began}): spent {spent_before} → {spent}, "
        "set aside {held_before} → {held}."
    ).format(
        counter_id=counter.id,
        whose=whose,
        window=counter.window,
        began=began,
        spent_before=usd(counter.spent_before),
        spent=usd(counter.spent),
        held_before=usd(counter.held_before),
        held=usd(counter.held),
    )


def rebuilt_count(count: int) -> str:
    """How many counters were rebuilt."""
    return ngettext(
        "{count:,} counter was rebuilt from the ledger.",
        "{count:,} counters were rebuilt from the ledger.",
        count,
    )


def stuck(counter_id: int) -> str:
    """One counter that cannot be made from the ledger."""
    return _(
        "Counter {counter_id} stays as it is: its jobs come to less than nothing in the "
        "ledger. Run `touchup audit`, and restore a backup."
    ).format(counter_id=counter_id)
