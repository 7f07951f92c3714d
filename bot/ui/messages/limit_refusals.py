"""Why nothing is bought under a limit, and why a limit cannot be changed as it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.billing.amounts import usd
from bot.domain.errors import LimitProblem, MissingKind
from bot.domain.limits.rules import RuleAuthor, Scope
from bot.ui.messages.limit_names import begun, limit_name, origin, renewal
from bot.ui.messages.places import Place, quoted

if TYPE_CHECKING:
    from bot.domain.errors import BadLimit, LimitReached, NothingToChange
    from bot.domain.limits.rules import Limit

_MISSING: Final = {
    MissingKind.LIMIT: "There is no such limit. `/limits list` shows all there are.",
    MissingKind.BOOST: "That boost has ended, or is not one of this server's.",
    MissingKind.NOTHING_TO_RAISE: (
        "No such limit counts there, so there is nothing to raise. Set one with `/limits set`."
    ),
    MissingKind.OPERATORS: (
        "Only the operator's limit counts there, and nobody but the operator can raise it."
    ),
    MissingKind.CLOSED: (
        "That limit is closed, and a boost opens nothing. Set it to an amount with `/limits set` "
        "first."
    ),
}
_AMOUNTS: Final = "Write dollars, such as 0.80 or $5, or `closed`."
_DURATIONS: Final = "Write a length of time such as 30m, 12h, 7d or 2w, or a date such as {date}."
_EXAMPLE_DATE: Final = "2027-01-31"
_BARE: Final = {
    LimitProblem.NOTHING: "A boost has to be more than nothing.",
    LimitProblem.TOO_SHORT: "A boost lasts a minute at least.",
    LimitProblem.PAST: "That date is over already.",
    LimitProblem.TWO_SUBJECTS: "Name only one of them: a member, a role, a channel, or a boost.",
    LimitProblem.WHICH_WINDOW: (
        "There are several, for different times. Say which one with `window`."
    ),
    LimitProblem.NO_REASON: (
        "A boost needs a reason: in ten weeks somebody will ask why it was given."
    ),
    LimitProblem.BOT: "Bots buy nothing here, so there is nothing to limit.",
    LimitProblem.LEFT: "That is nobody in this server.",
    LimitProblem.STRANGER: "That is no role or channel of this server.",
}


def reached(error: LimitReached, place: Place) -> str:
    """Which limit refuses, what is left of it, and when it renews."""
    standing = error.standing
    limit = standing.limit
    name = limit_name(limit, place)
    begins = f"This costs {usd(error.needed)}, and"
    if limit.cap == 0:
        return f"{begins} {name} is closed: nothing can be bought under it. {_who(limit)}"
    held = f" and {usd(standing.held)} set aside" if standing.held else ""
    rest = f"only {usd(standing.left)} is left"
    if standing.over:
        # Nobody is to blame: a cap was lowered, a boost ended, or a role is theirs no more.
        used = "spent and set aside" if standing.held else "spent"
        rest = f"more is {used} than {name} allows now: it is over by {usd(standing.over)}"
    return (
        f"{begins} {rest}. {begun(name)}{_whence(limit)} is {usd(limit.cap)}, with "
        f"{usd(standing.spent)} spent{held}; it {renewal(standing, place)}. {_advice(error, place)}"
    )


def _whence(limit: Limit) -> str:
    """Which role it is: a role's limit is called the member's, whom it caps by themselves."""
    subject = limit.rule.subject
    if subject.scope is not Scope.ROLE or subject.id == subject.guild_id:
        return ""
    return f", {origin(limit.rule)},"


def _advice(error: LimitReached, place: Place) -> str:
    standing = error.standing
    limit = standing.limit
    instead = f"Ask for {error.fewer} instead" if error.fewer > 0 else ""
    if standing.opens_at(error.needed) is None:
        begins = "It is too low for this at any time. " if limit.cap < error.needed else ""
        return f"{begins}{f'{instead}. ' if instead else ''}{_who(limit)}"
    then = f"{instead}, or come back then." if instead else "Come back then."
    if limit.pot.scope is Scope.MEMBER or place is Place.SHELL:
        return then
    return f"It is shared by everybody. {then}"


def _who(limit: Limit) -> str:
    """Who could let more be bought."""
    rule = limit.rule
    is_of_moderators = rule.author is RuleAuthor.MODERATOR or (
        rule.subject.scope is Scope.ROLE and rule.subject.guild_id
    )
    return f"Only {'a moderator' if is_of_moderators else 'the operator'} can change that."


def not_understood(error: BadLimit, place: Place) -> str:
    """What was written that cannot be done, and how to write it."""
    if (sentence := _BARE.get(error.problem)) is not None:
        return sentence
    if error.problem is LimitProblem.NO_LOG:
        return _no_log(error)
    facts = error.facts
    text = quoted(facts.get("text", ""), place)
    meant = f" Did you mean {quoted(facts['meant'], place)}?" if "meant" in facts else ""
    return {
        LimitProblem.NO_AMOUNT: f"I can't read {text} as an amount.{meant} {_AMOUNTS}",
        LimitProblem.TOO_FINE: f"{begun(text)} is too fine: I count in millionths of a dollar.",
        LimitProblem.TOO_LARGE: f"The most is {usd(int(facts.get('limit', 0)))}.",
        LimitProblem.NO_DURATION: (
            f"I can't read {text} as an end. {_DURATIONS.format(date=_EXAMPLE_DATE)}"
        ),
        LimitProblem.TOO_LONG: f"A boost lasts {facts.get('days')} days at most.",
        LimitProblem.LONG_REASON: f"A reason has {facts.get('limit')} characters at most.",
        LimitProblem.NO_ZONE: f"I don't know the time zone {text}.{meant} Choose one as you type.",
        LimitProblem.NO_GUILD: f"{begun(text)} is not the number of a server.",
        LimitProblem.TOO_MANY: (
            f"One server has {facts.get('limit')} of them at most. Remove some you no longer need."
        ),
    }[error.problem]


def _no_log(error: BadLimit) -> str:
    channel = f"<#{error.facts['channel_id']}>"
    missing = error.facts.get("missing")
    if missing is None:
        return f"I could not post in {channel} just now. Try again in a minute."
    return f"I can't post in {channel}: there I need the permission {missing}."


def nothing_to_change(error: NothingToChange) -> str:
    """What is not there."""
    return _MISSING[error.missing]
