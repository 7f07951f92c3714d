"""Why purchases are stopped: to members in half a sentence, to the operator with figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.billing.amounts import NANO_PER_MICRO, usd
from bot.domain.billing.breaker import PauseReason
from bot.domain.catalog import EMBEDDED, MODELS, OWN_SERVER
from bot.domain.jobs.states import JobState
from bot.i18n import N_, _, ngettext
from bot.ui.texts.labels import (
    BESIDE_SERVERS,
    TextTarget,
    escaped,
    moment,
    picture_count,
    plain,
    quoted,
)
from bot.ui.texts.limits.names import begun, limit_name, renewal, spent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.services.billing.owner import OwnerStatus
    from bot.store.billing.pauses import Pause
    from bot.store.billing.purchases import BuyerShare

MODEL_LENGTH: Final = 100

_FOUND: Final = {
    PauseReason.SWAPPED: N_("a picture came back painted around its area"),
    PauseReason.BURST: N_("unusually many pictures were bought in a few minutes"),
    PauseReason.FAILURES: N_("too many of the last pictures failed at the picture service"),
    PauseReason.PRICE: N_("the picture service changed its price"),
    PauseReason.LOCKED: N_("the picture service takes no new pictures from me"),
}
_SHUT: Final = N_(
    "The picture service takes no new pictures from me at the moment, and the operator was told."
)
_TITLES: Final = {
    PauseReason.SWAPPED: N_("masks read the other way round"),
    PauseReason.BURST: N_("much bought in minutes"),
    PauseReason.FAILURES: N_("many failures"),
    PauseReason.PRICE: N_("another price"),
    PauseReason.LOCKED: N_("the account is refused"),
}


def title(reason: PauseReason) -> str:
    """What the operator calls a stop, in a few words."""
    return _TITLES[reason]()


# ---- to members --------------------------------------------------------------------------------


def refused(reason: PauseReason) -> str:
    """Nothing is bought now: why, and what to do. That nothing was charged is said elsewhere."""
    return _("Editing is paused: {found}. The operator was told. Try again later.").format(
        found=_FOUND[reason]()
    )


def waiting(reason: PauseReason) -> str:
    """Why an edit in line does not go on."""
    if reason is PauseReason.LOCKED:
        return _SHUT()
    found = _FOUND[reason]()
    return _("A safety check stopped purchases, and the operator was told. {found}.").format(
        found=begun(found)
    )


# ---- to the operator ---------------------------------------------------------------------------


def happened(pause: Pause, place: TextTarget) -> str:
    """What brought a stop on, with its figures."""
    detail = pause.detail
    match pause.reason:
        case PauseReason.SWAPPED:
            return _(
                "job {job_id} came back from {model} changed around its area instead of in it"
            ).format(job_id=pause.job_id, model=model_name(pause, place))
        case PauseReason.BURST:
            pictures = picture_count(detail["pictures"])
            members = ngettext("{count:,} member", "{count:,} members", detail["members"])
            return _(
                "with one more picture, {bought} would have been bought within {minutes} "
                "minutes, for {pictures} of {members}; more than {most} stops purchases"
            ).format(
                bought=usd(detail["bought"]),
                minutes=detail["seconds"] // 60,
                pictures=pictures,
                members=members,
                most=usd(detail["most"]),
            )
        case PauseReason.FAILURES:
            return _(
                "{failed} of the last {counted} pictures of {model} failed by the "
                "provider's doing, for {members} members; more than {percent}% of twenty "
                "stop purchases"
            ).format(
                failed=detail["failed"],
                counted=detail["counted"],
                model=model_name(pause, place),
                members=detail["members"],
                percent=detail["percent"],
            )
        case PauseReason.PRICE:
            return _(
                "the provider lists {model} at {listed} a picture, and members are "
                "quoted {expected}"
            ).format(
                model=model_name(pause, place),
                listed=_price(detail["listed"]),
                expected=_price(detail["expected"]),
            )
        case PauseReason.LOCKED:
            return _("the provider refuses the account or its key: {said}").format(
                said=_said(pause, place)
            )


def stopped(pause: Pause, place: TextTarget) -> str:
    """What is stopped since when, and what brought it on."""
    why = happened(pause, place)
    return _("{what}, because {why} ({when}).").format(
        what=_what(pause, place), why=why, when=moment(pause.since, place)
    )


def _what(pause: Pause, place: TextTarget) -> str:
    if pause.reason is PauseReason.LOCKED:
        return _("Nothing can be bought")
    if pause.model is None:
        return _("Nothing is bought")
    return _("Nothing is bought from {model}").format(model=model_name(pause, place))


def model_name(pause: Pause, place: TextTarget) -> str:
    """How people call the model that is stopped."""
    known = MODELS.get(pause.model or "")
    write = escaped if place is TextTarget.DISCORD else plain
    return write(known.name if known else pause.model or "", limit=MODEL_LENGTH)


def _said(pause: Pause, place: TextTarget) -> str:
    """The provider's own words, which end where our sentence goes on."""
    return quoted(str(pause.detail["said"]).rstrip(". "), place)


def _price(nano: int) -> str:
    """A listed price, never rounded to another one."""
    micro, rest = divmod(nano, NANO_PER_MICRO)
    return (
        _("{sum} and {rest} nano-dollars").format(sum=usd(micro), rest=rest) if rest else usd(micro)
    )


if TYPE_CHECKING:
    from bot.store.billing.pauses import Pause

_KEEP: Final = N_(
    "Who waits in line keeps their place for a day; after that they get their money back."
)
_GO_ON: Final = N_("`/owner resume` lets purchases go on (or stop me, and run `touchup resume`).")
_STOPPED: Final = N_("### I stopped buying pictures")
_HEADLINES: Final = {
    PauseReason.SWAPPED: _STOPPED,
    PauseReason.BURST: _STOPPED,
    PauseReason.FAILURES: _STOPPED,
    PauseReason.PRICE: _STOPPED,
    PauseReason.LOCKED: N_("### I cannot buy pictures"),
}
_MEANING: Final = {
    PauseReason.BURST: N_("Nothing more is bought, nor what waits in line, before you say so."),
    PauseReason.FAILURES: N_(
        "What failed was charged to no member, and you may be billed for it. Nothing more is "
        "bought from this model before you say so."
    ),
    PauseReason.PRICE: N_(
        "Nothing more is bought from this model before you say so. It goes on by itself when the "
        "prices are the same again."
    ),
    PauseReason.LOCKED: N_(
        "Nothing was bought. I try again every few minutes, and go on by myself when a picture is "
        "taken; I will not write again before that."
    ),
}
_STEPS: Final = {
    PauseReason.BURST: (
        N_("`/owner status` and `/spend report` show where it was bought."),
        N_("{go_on} Counting starts again then."),
        N_("If that much is usual here, set BREAKER_BURST_USD higher."),
    ),
    PauseReason.FAILURES: (
        N_("Look at the provider: for fal, at https://status.fal.ai and your dashboard."),
        N_("{go_on} Counting starts again then."),
    ),
    PauseReason.PRICE: (
        N_("Update Touchup, which knows the new price, or choose another MODEL."),
        N_("{go_on} Members then still pay what they are quoted, and you the provider's price."),
    ),
    PauseReason.LOCKED: (
        N_("For fal, look at https://fal.ai/dashboard/billing; if that is fine, look at FAL_KEY."),
        N_("`/owner resume` tries again at once."),
    ),
}


def paused(pause: Pause) -> str:
    """Purchases were stopped: what happened, what it cost, what to do."""
    if pause.reason is PauseReason.SWAPPED:
        return _swapped(pause)
    why = happened(pause, TextTarget.DISCORD)
    when = moment(pause.since, TextTarget.DISCORD)
    said = f"{begun(why)} ({when}). {_MEANING[pause.reason]} {_KEEP}"
    return "\n".join(
        [
            _HEADLINES[pause.reason](),
            said,
            *_numbered(step().format(go_on=_GO_ON) for step in _STEPS[pause.reason]),
        ]
    )


def _numbered(steps: Iterable[str]) -> list[str]:
    return [f"{number}. {step}" for number, step in enumerate(steps, start=1)]


def _swapped(pause: Pause) -> str:
    model = model_name(pause, TextTarget.DISCORD)
    when = moment(pause.since, TextTarget.DISCORD)
    happened = _(
        "What {model} sent back for job {job_id} ({when}) was changed around the area and "
        "kept inside: white and black of its masks seem to be exchanged now. That picture "
        "was charged to nobody{kept}. Nothing more is bought from this model before you "
        "say so; who waits in line longer than a day gets their money back."
    ).format(model=model, job_id=pause.job_id, when=when, kept=_kept(pause))
    steps = (
        _("`touchup doctor` counts what results say about its masks, this one too."),
        _("Stop me. If they are exchanged, set MASK_POLARITY the other way round."),
        _("`touchup resume` lets purchases go on; then start me again."),
    )
    return "\n".join([_STOPPED(), happened, *_numbered(steps)])


def _kept(pause: Pause) -> str:
    """Where the picture lies: only who runs the bot can look there."""
    if pause.picture is None:
        return ""
    return _(", and is kept for you: `{file}` in DATA_DIR").format(
        file=f"pictures/{pause.picture[:2]}/{pause.picture}"
    )


NOTHING_STOPPED: Final = N_("Nothing is stopped: purchases go on.")
_RESUME: Final = N_("`/owner resume` lets purchases go on.")
_MONEY: Final = {
    "fal": N_("real money, at fal"),
    EMBEDDED: N_("play money, by the embedded engine"),
    OWN_SERVER: N_("at a server of your own"),
}
_LINE: Final = {
    JobState.QUEUED: N_("waiting"),
    JobState.SUBMITTING: N_("being sent"),
    JobState.RUNNING: N_("being made"),
    JobState.UNKNOWN: N_("without an answer"),
}


def status(found: OwnerStatus) -> str:
    """What is stopped and why, what is in doubt, what was spent, and the line."""
    return "\n".join(
        [
            _("### Status"),
            *_stopped(found.pauses),
            _line(found),
            *_unknown(found.unknown),
            _("**Spent** ({money})").format(money=_MONEY.get(found.provider, found.provider)),
            *(
                f"{begun(limit_name(standing.limit))}: {usd(standing.limit.cap)}; "
                f"{spent(standing)}; {renewal(standing, TextTarget.DISCORD)}"
                for standing in found.standings
            ),
            *map(_share, found.guilds.most),
        ]
    )


def resumed(lifted: Sequence[Pause]) -> str:
    """What goes on now, and what had stopped it."""
    if not lifted:
        return NOTHING_STOPPED()
    return "\n".join([_("Purchases go on. They were stopped because:"), *map(_reason, lifted)])


def _stopped(pauses: Sequence[Pause]) -> list[str]:
    if not pauses:
        return [NOTHING_STOPPED()]
    return [
        *(
            _("**Stopped:** {stopped}").format(stopped=stopped(it, TextTarget.DISCORD))
            for it in pauses
        ),
        _RESUME(),
    ]


def _reason(pause: Pause) -> str:
    return f"- {happened(pause, TextTarget.DISCORD)}"


def _line(found: OwnerStatus) -> str:
    parts = [f"{found.line[state]} {name}" for state, name in _LINE.items() if state in found.line]
    said = _("**In line:** {listed}.").format(listed=", ".join(parts) or _("nothing"))
    if found.closed_until is not None:
        said += _(" The provider refuses the account; I try again {when}.").format(
            when=moment(found.closed_until, TextTarget.DISCORD)
        )
    return said


def unanswered(count: int) -> str:
    """How many submits have an unknown outcome, and what looks for them."""
    requests = ngettext("{count:,} request", "{count:,} requests", count)
    return _("{requests} got no answer. `touchup unknown` looks for what was bought.").format(
        requests=requests
    )


def _unknown(count: int) -> list[str]:
    return [_("**Unconfirmed:** {said}").format(said=unanswered(count))] if count else []


def _share(share: BuyerShare) -> str:
    where = _("server `{id}`").format(id=share.id) if share.id else BESIDE_SERVERS()
    return f"- {where}: {usd(share.spent)} ({picture_count(share.pictures)})"
