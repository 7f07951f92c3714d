"""Every way a bought picture may end: what it does to the member, to the books and to the owner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from bot.engine import EngineFault, EngineFaultKind

Costs: TypeAlias = tuple[tuple[str, int], ...]
"""The owner's cost entries: how sure each is, and its change in pictures of the listed price."""

_OF_THE_FAULT: Final = {"error_type", "status", "text", "seconds"}
FOR_EVER: Final = None
A_DAY: Final = 25 * 3600.0

FILTERED: Final = (
    "The model's content filter refused it. Nothing was charged. "
    "Try other words, or another picture."
)
NOT_TAKEN: Final = (
    "The model would not accept this picture, mask or option. Nothing was charged. "
    "Try another picture, or another area."
)
BROKE: Final = (
    "The picture service broke down on it. Nothing was charged. Try again in a few minutes."
)
TOO_LONG: Final = "It took too long, so I stopped waiting. Nothing was charged. Try again later."
NEVER_STARTED: Final = "The picture service never started on it. Nothing was charged. Try again."
NO_WORD: Final = (
    "The picture service could not say what became of it, so I stopped waiting. "
    "Nothing was charged. Try again."
)
NO_PICTURE: Final = (
    "The model finished without a picture. Nothing was charged. Try again, or change the prompt."
)
UNREADABLE: Final = "The service returned a damaged picture. Nothing was charged. Try again."
SWAPPED: Final = (
    "The model painted around the area, so I bought nothing more and told the operator. "
    "Nothing was charged. Try again later."
)
CANCELLED: Final = "Cancelled, as you asked. Nothing was charged."
UNREACHABLE: Final = (
    "I could not reach the picture service. Nothing was charged. Try again in a few minutes."
)
STOPPED: Final = (
    "Purchases were stopped for a day, so I never bought it. Nothing was charged. Try again later."
)
OUR_FAULT: Final = (
    "Something broke on my side. Nothing was charged. "
    "Try again, and tell the operator if it repeats."
)
SHUT: Final = (
    "The picture service takes no new pictures from me at the moment, and the operator was told."
)
IN_LINE: Final = "waiting in line"
LOOKED_FOR: Final = "checking whether it went through"

SUBMITTED: Final = ("possible", 1)
ACCEPTED: Final = (SUBMITTED, ("estimated", 0))
PAID: Final = (*ACCEPTED, ("provisional", 0))
PERHAPS: Final = (*ACCEPTED, ("possible", 0))
UNPAID: Final = (*ACCEPTED, ("none", -1))
NOT_SENT: Final = (SUBMITTED, ("none", -1))
"""What was never accepted; once it is, the same begins again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """One row of the table in `docs/money.md`.

    `happens` is the table's first column, `says` what the final card says; "": it has the picture.
    `meanwhile` is what `/mine queue` says while the price stays set aside. `submits` is how many
    jobs the provider made of it, `jump` how many seconds pass while it runs. `cancels`: the member
    presses Cancel as soon as it is in line, or painted.
    """

    name: str
    happens: str
    faults: tuple[tuple[EngineFault, int | None], ...] = ()
    says: str = ""
    meanwhile: str = ""
    costs: Costs = PAID
    submits: int = 1
    jump: float = 0.0
    cancels: bool = False

    @property
    def never_ends(self) -> bool:
        """Whether the provider begins to paint it, and never ends by itself."""
        return any(fault.kind is EngineFaultKind.JOB_STUCK_IN_PROGRESS for fault, _ in self.faults)

    @property
    def is_charged(self) -> bool:
        """Whether the member pays for it."""
        return not self.says


def _ending(
    name: str, happens: str, kind: EngineFaultKind, *, times: int | None = 1, **fields: Any
) -> Ending:
    """An ending that one fault leads to; the fault takes the fields that are its own."""
    told = {field: fields.pop(field) for field in _OF_THE_FAULT & fields.keys()}
    fault = EngineFault(kind=kind, **told)
    return Ending(name=name, happens=happens, faults=((fault, times),), **fields)


_GOOD: Final = (
    Ending(name="ok", happens="The picture comes"),
    _ending(
        "locked",
        "403 “User is locked” when it is submitted",
        EngineFaultKind.SUBMIT_LOCKED,
        text="Exhausted balance",
        meanwhile=SHUT,
        costs=NOT_SENT + PAID,
    ),
    _ending(
        "unauthorized",
        "401 when it is submitted",
        EngineFaultKind.SUBMIT_UNAUTHORIZED,
        meanwhile=SHUT,
        costs=NOT_SENT + PAID,
    ),
    _ending(
        "busy",
        "429 when it is submitted",
        EngineFaultKind.SUBMIT_BUSY,
        seconds=20.0,
        meanwhile=IN_LINE,
        costs=NOT_SENT + PAID,
    ),
    _ending(
        "answer dropped",
        "It is submitted, and the answer is lost",
        EngineFaultKind.SUBMIT_ACCEPTED_THEN_DROPPED,
        meanwhile=LOOKED_FOR,
    ),
    _ending(
        "gateway after the job was made",
        "It is submitted, and a gateway answers 502",
        EngineFaultKind.SUBMIT_ACCEPTED_THEN_GATEWAY,
        meanwhile=LOOKED_FOR,
    ),
    _ending(
        "result dropped",
        "The connection breaks while the result comes",
        EngineFaultKind.RESULT_DROPPED,
        times=2,
    ),
    _ending(
        "result garbled once",
        "The result is garbled, and whole when it is asked for again",
        EngineFaultKind.RESULT_BROKEN_JSON,
        times=2,
    ),
    _ending(
        "result missing once",
        "The result is a 404, and there when it is asked for again",
        EngineFaultKind.RESULT_GONE,
        times=2,
    ),
)

_REFUSED: Final = (
    _ending(
        "filter at the door",
        "422 `content_policy_violation` when it is submitted",
        EngineFaultKind.SUBMIT_REFUSED,
        error_type="content_policy_violation",
        says=FILTERED,
        costs=(SUBMITTED,),
        submits=0,
    ),
    _ending(
        "filter",
        "422 `content_policy_violation` as its result",
        EngineFaultKind.JOB_FAILS,
        error_type="content_policy_violation",
        says=FILTERED,
        costs=PERHAPS,
    ),
    _ending(
        "bad image",
        "422 about the picture (`image_too_small`, `image_load_error`, …)",
        EngineFaultKind.JOB_FAILS,
        error_type="image_too_small",
        says=NOT_TAKEN,
        costs=PERHAPS,
    ),
)

_BROKEN: Final = (
    _ending(
        "500 at the door",
        "500 when it is submitted",
        EngineFaultKind.SUBMIT_BROKEN,
        status=500,
        says=BROKE,
        costs=NOT_SENT,
        submits=0,
    ),
    _ending(
        "500",
        "500 as its result",
        EngineFaultKind.JOB_FAILS,
        error_type="internal_server_error",
        says=BROKE,
        costs=UNPAID,
    ),
    _ending(
        "gateway",
        "A gateway answers 502 when it is submitted, and no job was made",
        EngineFaultKind.SUBMIT_GATEWAY,
        status=502,
        says=NEVER_STARTED,
        meanwhile=LOOKED_FOR,
        costs=NOT_SENT,
        submits=0,
    ),
    _ending(
        "submit dropped",
        "The connection breaks when it is submitted, and no job was made",
        EngineFaultKind.SUBMIT_DROPPED,
        says=NEVER_STARTED,
        meanwhile=LOOKED_FOR,
        costs=NOT_SENT,
        submits=0,
    ),
    _ending(
        "504 at the door",
        "504 when it is submitted",
        EngineFaultKind.SUBMIT_TIMEOUT,
        says=TOO_LONG,
        costs=NOT_SENT,
        submits=0,
    ),
    _ending(
        "504",
        "504 as its result",
        EngineFaultKind.JOB_FAILS,
        error_type="generation_timeout",
        says=TOO_LONG,
        costs=UNPAID,
    ),
    _ending(
        "never started",
        "The provider does not start it in time",
        EngineFaultKind.JOB_STUCK_IN_QUEUE,
        says=TOO_LONG,
        costs=UNPAID,
        jump=10.0,
    ),
    _ending(
        "stopped late",
        "It does not end in time, and the provider stops it",
        EngineFaultKind.JOB_STUCK_IN_PROGRESS,
        says=TOO_LONG,
        costs=UNPAID,
    ),
    Ending(
        name="never ends",
        happens="It does not end in time, and the provider does not stop it either",
        faults=(
            (EngineFault(kind=EngineFaultKind.JOB_STUCK_IN_PROGRESS), 1),
            (EngineFault(kind=EngineFaultKind.JOB_IGNORES_CANCEL), 1),
        ),
        says=TOO_LONG,
        costs=PERHAPS,
    ),
)

_LOST: Final = (
    _ending(
        "empty images",
        "The result names no picture",
        EngineFaultKind.JOB_WITHOUT_IMAGES,
        says=NO_PICTURE,
    ),
    _ending(
        "swapped",
        "The picture is painted around its area instead of in it",
        EngineFaultKind.JOB_SWAPPED,
        says=SWAPPED,
    ),
    _ending(
        "garbage picture",
        "What the result names is no picture",
        EngineFaultKind.FILE_CORRUPT,
        times=FOR_EVER,
        says=UNREADABLE,
    ),
    _ending(
        "result garbled for ever",
        "The result stays garbled for a day",
        EngineFaultKind.RESULT_BROKEN_JSON,
        times=FOR_EVER,
        says=NO_WORD,
        costs=PERHAPS,
        jump=A_DAY,
    ),
    _ending(
        "result gone",
        "The result stays a 404 for minutes",
        EngineFaultKind.RESULT_GONE,
        times=FOR_EVER,
        says=NO_WORD,
        costs=PERHAPS,
    ),
)

_CANCELLED: Final = (
    _ending(
        "cancelled in line",
        "The member cancels it while it waits in line",
        EngineFaultKind.SUBMIT_BUSY,
        seconds=20.0,
        says=CANCELLED,
        meanwhile=IN_LINE,
        costs=NOT_SENT,
        submits=0,
        cancels=True,
    ),
    _ending(
        "cancelled and stopped",
        "The member cancels it while it is painted, and the provider stops it",
        EngineFaultKind.JOB_STUCK_IN_PROGRESS,
        says=CANCELLED,
        costs=UNPAID,
        cancels=True,
    ),
    Ending(
        name="cancelled too late",
        happens="The member cancels it while it is painted, and the picture comes all the same",
        faults=(
            (EngineFault(kind=EngineFaultKind.JOB_SLOW, seconds=0.3), 1),
            (EngineFault(kind=EngineFaultKind.JOB_IGNORES_CANCEL), 1),
        ),
        cancels=True,
    ),
)

ENDINGS: Final = (*_GOOD, *_CANCELLED, *_REFUSED, *_BROKEN, *_LOST)

OTHERS: Final = (
    Ending(
        name="unreachable",
        happens="The provider cannot be reached at all",
        says=UNREACHABLE,
        costs=NOT_SENT,
        submits=0,
    ),
    Ending(
        name="stopped purchases",
        happens="Purchases stay stopped for a day while it waits in line",
        says=STOPPED,
        costs=(),
        submits=0,
    ),
    Ending(
        name="our own fault",
        happens="The picture cannot be fetched or stitched for hours, by a fault of our own",
        says=OUR_FAULT,
        costs=PERHAPS,
    ),
)
"""What is not the provider's answer: proved by the rules of a job's life alone."""

_READS: Final = "the picture, with what it cost and what is left"
_OWNERS: Final = {
    "none": "nothing",
    "estimated": "the listed price",
    "provisional": "what the provider says with the result",
    "possible": "perhaps the listed price",
}


def table() -> str:
    """The table in `docs/money.md`."""
    rows = [_row(ending) for ending in (*ENDINGS, *OTHERS)]
    head = "| what happens | what the member reads | member pays | owner pays |\n|---|---|---|---|"
    return "\n".join([head, *rows])


def _row(ending: Ending) -> str:
    reads = f"“{ending.says}”" if ending.says else _READS
    if ending.meanwhile:
        reads = f"in `/mine queue`: “{ending.meanwhile}”; then {reads}"
    member = "the price" if ending.is_charged else "nothing"
    owner = _OWNERS[ending.costs[-1][0] if ending.costs else "none"]
    return f"| {ending.happens} | {reads} | {member} | {owner} |"
