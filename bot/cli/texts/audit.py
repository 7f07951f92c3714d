"""What `touchup audit` and `touchup rebuild` print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.billing.amounts import usd
from bot.domain.limits.rules import Scope
from bot.services.billing.audit import AuditProblem
from bot.ui import messages
from bot.ui.messages import Place
from bot.ui.messages.words import count_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from bot.services.billing.audit import AuditFinding
    from bot.store.limits.rebuild import RebuiltCounter

# ---- audit -----------------------------------------------------------------------------------

AUDIT_CLEAN = "Nothing contradicts itself in the books, and every picture they know is whole."
AUDIT_CLEAN_QUICK = "Nothing contradicts itself in the books. No picture was read."
NOTHING_TO_AUDIT = "There are no books here yet, so there is nothing to audit."

_FINDINGS: Final = {
    AuditProblem.DAMAGED: (
        "The database file is damaged: {detail}. Stop the bot and restore a backup."
    ),
    AuditProblem.SCHEMA_CHANGED: "The {detail} is missing or not as this version makes it.",
    AuditProblem.BROKEN_LINK: "Row {id} points to a row that is not there ({detail}).",
    AuditProblem.NOT_HELD: "The price of job {id} was never set aside.",
    AuditProblem.HELD_TWICE: "The price of job {id} was set aside more than once.",
    AuditProblem.CLOSED_TWICE: "The hold of job {id} was captured or released more than once.",
    AuditProblem.HOLD_NOT_PRICE: "Job {id} set aside another amount than its price.",
    AuditProblem.HOLD_LEFT: "Job {id} has ended, and its money is still set aside.",
    AuditProblem.HOLD_GONE: "Job {id} goes on, but its hold is gone.",
    AuditProblem.CHARGED_FOR_NOTHING: "Job {id} was charged although there is no picture.",
    AuditProblem.NOT_CHARGED: "Job {id} has a picture and was not charged its price.",
    AuditProblem.ELSEWHERE: "Job {id} counts for another member, guild or channel than its edit's.",
    AuditProblem.OTHER_PRICE: "Job {id} was bought at another price than its edit was quoted at.",
    AuditProblem.COST_WRONG: (
        "The cost of job {id} is not what the books know of the provider's bill."
    ),
    AuditProblem.COST_TWICE: (
        "What the provider billed for job {id} is booked once more without a job. Run `touchup "
        "reconcile`, which moves it."
    ),
    AuditProblem.COST_BELOW_NOTHING: (
        "What was billed without a job comes to less than nothing, from cost entry {id} on."
    ),
    AuditProblem.COUNTER_WRONG: (
        "Counter {id} is not the sum of its jobs in the ledger. Stop the bot and run "
        "`touchup rebuild`."
    ),
    AuditProblem.OVER_CAP: "Counter {id} is above the limit that its latest purchase was held to.",
    AuditProblem.WRONG_WINDOW: "Counter {id} is below nothing, or lasts too long or too short.",
    AuditProblem.ALERT_ELSEWHERE: "Alert {id} is about a job that its counter does not count.",
    AuditProblem.LIMIT_NOT_LOGGED: "Limit {id} is not what the log of limits says was set last.",
    AuditProblem.LIMIT_GONE: (
        "The limit that line {id} of the log of limits set is gone, and nobody removed it: it "
        "no longer caps anything. Set it again."
    ),
    AuditProblem.BOOST_NOT_LOGGED: (
        "Boost {id} is not what the log of limits says was given, or lasts till another time."
    ),
    AuditProblem.JOBS_MISSING: "Edit {id} has another number of jobs than pictures asked for.",
    AuditProblem.JOB_TOO_EARLY: "Edit {id} has jobs although nobody accepted its price.",
    AuditProblem.NEVER_ENDED: "Edit {id} still runs although all its jobs have ended.",
    AuditProblem.ENDED_TOO_EARLY: "Edit {id} has ended although a job of it goes on.",
    AuditProblem.NO_CARD: "Edit {id} has ended, and its member is owed no card.",
    AuditProblem.NOT_BROUGHT: (
        "Job {id} was charged, and its member is owed no card with the picture."
    ),
    AuditProblem.CARD_TOO_EARLY: "Edit {id} goes on and has its final card already.",
    AuditProblem.BOUGHT_TWICE: "Edit {id} was bought more than once after its area was adjusted.",
    AuditProblem.TWO_DRAFTS: "Edit {id} has more than one draft that can be bought.",
    AuditProblem.NOT_STOPPED: (
        "Job {id} was painted outside its area, and purchases were not stopped."
    ),
    AuditProblem.SUBMISSION_SHARED: "Job {id} has the same receipt as another job.",
    AuditProblem.RECEIPT_UNUSED: "Job {id} has a receipt, and is treated as if it had none.",
    AuditProblem.CHANGED_OUTSIDE: (
        "The picture of job {id} is changed outside its area, or uncounted."
    ),
    AuditProblem.FILE_MISSING: "The file of picture {detail} is missing.",
    AuditProblem.FILE_ALTERED: "The file of picture {detail} was altered.",
}


def findings(found: Iterable[AuditFinding]) -> Iterator[str]:
    """Everything that is not as it must be, one line each; how many more there are of a kind."""
    for one in found:
        yield finding(one)
        if one.more:
            yield f"  … and {count_of(one.more, 'more', 'more')} like this."


def finding(found: AuditFinding) -> str:
    """One thing that is not as it must be."""
    return _FINDINGS[found.problem].format(id=found.id, detail=found.detail)


def found_count(count: int) -> str:
    """How much the audit found, and what to do about it."""
    what = "1 thing is not as it" if count == 1 else f"{count:,} things are not as they"
    return f"{what} must be. Keep a copy of the data folder before you change anything."


# ---- rebuild -----------------------------------------------------------------------------------

NOTHING_TO_REBUILD = "There are no books here yet, so there are no counters to rebuild."
COUNTERS_RIGHT = "Every counter is the sum of its jobs in the ledger. Nothing was changed."


def copied(copy: Path) -> str:
    """The books as they were are kept."""
    return f"The books as they were: {copy}"


def rebuilt(counter: RebuiltCounter) -> str:
    """One counter that was made anew from the ledger."""
    whose = {
        Scope.MEMBER: f"member {counter.pot.subject} in guild {counter.pot.guild_id}",
        Scope.CHANNEL: f"channel {counter.pot.subject}",
        Scope.GUILD: f"guild {counter.pot.subject}",
        Scope.BOT: "the whole bot",
    }[counter.pot.scope]
    began = f" begun {messages.moment(counter.starts, Place.SHELL)}" if counter.starts else ""
    return (
        f"Counter {counter.id} ({whose}, {counter.window}{began}): "
        f"spent {usd(counter.spent_before)} → {usd(counter.spent)}, "
        f"set aside {usd(counter.held_before)} → {usd(counter.held)}."
    )


def rebuilt_count(count: int) -> str:
    """How many counters were made anew."""
    return f"{count_of(count, 'counter was', 'counters were')} made anew from the ledger."


def stuck(counter_id: int) -> str:
    """One counter that cannot be made from the ledger."""
    return (
        f"Counter {counter_id} stays as it is: its jobs come to less than nothing in the ledger. "
        "Run `touchup audit`, and restore a backup."
    )
