"""Why nothing is bought under a limit, and why a limit cannot be changed as it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.billing.amounts import usd
from bot.domain.errors import LimitProblem, MissingKind
from bot.domain.limits.rules import RuleAuthor, Scope
from bot.i18n import N_, _
from bot.ui.texts.labels import TextTarget, did_you_mean, quoted
from bot.ui.texts.limits.names import and_set_aside, begun, limit_name, origin, renewal

if TYPE_CHECKING:
    from bot.domain.errors import BadLimit, LimitReached, NothingToChange
    from bot.domain.limits.rules import Limit

_MISSING: Final = {
    MissingKind.LIMIT: N_("There is no such limit. `/limits list` shows all there are."),
    MissingKind.BOOST: N_("That boost has ended, or is not one of this server's."),
    MissingKind.NOTHING_TO_RAISE: N_(
        "No such limit counts there, so there is nothing to raise. Set one with `/limits set`."
    ),
    MissingKind.OPERATORS: N_(
        "Only a limit set by whoever hosts the bot counts there, and nobody else can raise it."
    ),
    MissingKind.CLOSED: N_(
        "That limit is closed, and a boost can't reopen it. Set it to an amount with `/limits set` "
        "first."
    ),
}
_AMOUNTS: Final = N_("Write dollars, such as 0.80 or $5, or `closed`.")
_DURATIONS: Final = N_("Write a duration such as 30m, 12h, 7d or 2w, or a date such as {date}.")
_EXAMPLE_DATE: Final = "2027-01-31"
_BARE: Final = {
    LimitProblem.NOTHING: N_("A boost has to be more than nothing."),
    LimitProblem.TOO_SHORT: N_("A boost lasts a minute at least."),
    LimitProblem.PAST: N_("That date is over already."),
    LimitProblem.TWO_SUBJECTS: N_(
        "Name only one of them: a member, a role, a channel, or a boost."
    ),
    LimitProblem.WHICH_WINDOW: N_("There is more than one. Choose one with `window`."),
    LimitProblem.NO_REASON: N_("Please give a reason."),
    LimitProblem.BOT: N_("Bots buy nothing here, so there is nothing to limit."),
    LimitProblem.LEFT: N_("That is nobody in this server."),
    LimitProblem.FOREIGN: N_("That is no role or channel of this server."),
}


def reached(error: LimitReached, place: TextTarget) -> str:
    """Which limit refuses, what is left of it, and when it renews."""
    standing = error.standing
    limit = standing.limit
    name = limit_name(limit, place)
    if limit.cap == 0:
        return _("Editing is switched off here: {name} is closed. {who}").format(
            name=name, who=_who(limit)
        )
    begins = _("This costs {needed}, and").format(needed=usd(error.needed))
    rest = _("only {left} is left").format(left=usd(standing.left))
    if standing.over:
        # Nobody is to blame: a cap was lowered, a boost ended, or they lost a role.
        used = _("spent and set aside") if standing.held else _("spent")
        rest = _("more is {used} than {name} allows now: it is over by {over}").format(
            used=used, name=name, over=usd(standing.over)
        )
    return _(
        "{begins} {rest}. {name}{of_role} is {cap}, with {spent} spent{held}; it {renewal}. "
        "{advice}"
    ).format(
        begins=begins,
        rest=rest,
        name=begun(name),
        of_role=_of_role(limit),
        cap=usd(limit.cap),
        spent=usd(standing.spent),
        held=and_set_aside(standing),
        renewal=renewal(standing, place),
        advice=_advice(error, place),
    )


def _of_role(limit: Limit) -> str:
    """Which role it is: a role's limit is called the member's, whom it caps by themselves."""
    subject = limit.rule.subject
    if subject.scope is not Scope.ROLE or subject.id == subject.guild_id:
        return ""
    return f", {origin(limit.rule)},"


def _advice(error: LimitReached, place: TextTarget) -> str:
    standing = error.standing
    limit = standing.limit
    instead = _("Ask for {fewer} instead").format(fewer=error.fewer) if error.fewer > 0 else ""
    if standing.opens_at(error.needed) is None:
        begins = _("It is too low for this at any time. ") if limit.cap < error.needed else ""
        return f"{begins}{f'{instead}. ' if instead else ''}{_who(limit)}"
    then = (
        _("{instead}, or come back then.").format(instead=instead)
        if instead
        else _("Come back then.")
    )
    if limit.pot.scope is Scope.MEMBER or place is TextTarget.SHELL:
        return then
    return _("It is shared by everybody. {then}").format(then=then)


def _who(limit: Limit) -> str:
    """Who could let more be bought."""
    rule = limit.rule
    is_of_moderators = rule.author is RuleAuthor.MODERATOR or (
        rule.subject.scope is Scope.ROLE and rule.subject.guild_id
    )
    if is_of_moderators:
        return _("Only a moderator can change that.")
    return _("Only whoever hosts the bot can change that.")


def not_understood(error: BadLimit, place: TextTarget) -> str:
    """What was written that cannot be done, and how to write it."""
    if (sentence := _BARE.get(error.problem)) is not None:
        return sentence()
    if error.problem is LimitProblem.NO_LOG:
        return _no_log(error)
    facts = error.facts
    text = quoted(facts.get("text", ""), place)
    meant = did_you_mean(quoted(facts["meant"], place)) if "meant" in facts else ""
    return {
        LimitProblem.NO_AMOUNT: _(
            "I don't understand {text} as an amount.{meant} {amounts}"
        ).format(text=text, meant=meant, amounts=_AMOUNTS()),
        LimitProblem.TOO_FINE: _("{text} is too fine: I count in millionths of a dollar.").format(
            text=begun(text)
        ),
        LimitProblem.TOO_LARGE: _("The most is {limit}.").format(
            limit=usd(int(facts.get("limit", 0)))
        ),
        LimitProblem.NO_DURATION: _("I don't understand {text} as a duration. {format}").format(
            text=text, format=_DURATIONS().format(date=_EXAMPLE_DATE)
        ),
        LimitProblem.TOO_LONG: _("A boost lasts {days} days at most.").format(
            days=facts.get("days")
        ),
        LimitProblem.LONG_REASON: _("A reason has {limit} characters at most.").format(
            limit=facts.get("limit")
        ),
        LimitProblem.NO_ZONE: _(
            "I don't know the time zone {text}.{meant} Choose one as you type."
        ).format(text=text, meant=meant),
        LimitProblem.NO_GUILD: _("{text} is not the number of a server.").format(text=begun(text)),
        LimitProblem.TOO_MANY: _(
            "One server has {limit} of them at most. Remove some you no longer need."
        ).format(limit=facts.get("limit")),
    }[error.problem]


def _no_log(error: BadLimit) -> str:
    channel = f"<#{error.facts['channel_id']}>"
    missing = error.facts.get("missing")
    if missing is None:
        return _("I could not post in {channel} just now. Try again in a minute.").format(
            channel=channel
        )
    return _("I can't post in {channel}: there I need the permission {missing}.").format(
        channel=channel, missing=missing
    )


def nothing_to_change(error: NothingToChange) -> str:
    """What is not there."""
    return _MISSING[error.missing]()
