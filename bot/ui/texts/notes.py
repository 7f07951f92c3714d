"""Notes that go with a picture: what was done to a member's files, what is in doubt about an area,
what its job is doing, what came back, and why nothing did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.edits.pictures import Note, Question
from bot.domain.errors import Failure
from bot.domain.jobs.states import JobState
from bot.i18n import N_, Deferred, _, ngettext

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.domain.edits.edit import Receipt

READER_INSTALL: Final = N_("`.venv/bin/pip install '.[ocr]'` in Touchup's folder")
"""How an operator gets the reader of lettering, as the README says it."""

_FAILURES: Final[dict[Failure, tuple[Deferred, Deferred | None]]] = {
    Failure.CONTENT: (
        N_("The model's content filter refused it."),
        N_("Try other words, or another picture."),
    ),
    Failure.INPUT: (
        N_("The model would not accept this picture, mask or option."),
        N_("Try another picture, or another area."),
    ),
    Failure.NO_PICTURE: (
        N_("The model finished without a picture."),
        N_("Try again, or change the prompt."),
    ),
    Failure.BAD_RESULT: (N_("The service returned a damaged picture."), N_("Try again.")),
    Failure.SWAPPED: (
        N_("The model painted around the area, so I bought nothing more and told the operator."),
        N_("Try again later."),
    ),
    Failure.PROVIDER: (
        N_("The picture service broke down on it."),
        N_("Try again in a few minutes."),
    ),
    Failure.TIMEOUT: (N_("It took too long, so I stopped waiting."), N_("Try again later.")),
    Failure.UNREACHABLE: (
        N_("I could not reach the picture service."),
        N_("Try again in a few minutes."),
    ),
    Failure.STOPPED: (
        N_("Purchases were stopped for a day, so I never bought it."),
        N_("Try again later."),
    ),
    Failure.LOST: (
        N_("The picture service could not say what became of it, so I stopped waiting."),
        N_("Try again."),
    ),
    Failure.NEVER_STARTED: (N_("The picture service never started on it."), N_("Try again.")),
    Failure.CANCELLED: (N_("Cancelled, as you asked."), None),
    Failure.INTERNAL: (
        N_("Something broke on my side."),
        N_("Try again, and tell the operator if it repeats."),
    ),
}
"""What happened, and what to do about it. What it cost is said in between."""

_NOTES: Final = {
    Note.FIRST_FRAME: N_("It is animated: I took the first frame."),
    Note.SIXTEEN_BIT: N_("It has 16 bits per colour: I worked with 8."),
    Note.CMYK: N_("It is a print picture (CMYK): I turned it into RGB."),
    Note.COLOUR_PROFILE: N_("Its colour profile was turned into sRGB."),
    Note.MASK_SCALED: N_("The mask had another size: I scaled it to the picture."),
    Note.MASK_TURNED: N_("The mask lay on its side: I turned it like the picture."),
    Note.MASK_ROUNDED: N_("The mask had grey tones: I rounded each to “change” or “keep”."),
    Note.MASK_SPECKLED: N_("The mask has many tiny specks. Look whether they were meant."),
    Note.MARKS_FILLED: N_("What you outlined on your copy was filled."),
    Note.MARKS_OPEN: N_(
        "No outline on your copy closes, so only the strokes themselves change. To mean what is "
        "inside, close the outline."
    ),
    Note.SUBJECT_UNSURE: N_(
        "I am not sure about the subject: look closely, or mark it on a copy of the picture."
    ),
    Note.FACES_UNSURE: N_("I am not sure that I found every face, or only faces: look closely."),
    Note.SKY_UNSURE: N_("I am not sure where the sky ends: look closely."),
    Note.TEXT_UNSURE: N_(
        "I am not sure that this is all the lettering, or only that: look closely."
    ),
    Note.TEXT_WITHOUT_READER: N_(
        "I cannot read here, so I guessed what is lettering; on photos that goes wrong. The "
        "operator can teach me to read: {install}."
    ),
    Note.PARTS_APART: N_(
        "The parts lie far apart, so all between them was sent too, made smaller: they may come "
        "back less sharp. For full detail change one part at a time."
    ),
    Note.FILE_RECODED: N_("Made smaller to fit here; the original is kept."),
}

_QUESTIONS: Final = {
    Question.MOST_OF_IT: N_("That is most of the picture. Did you mean it, or rather the rest?"),
    Question.ALMOST_NOTHING: N_("That is hardly anything of the picture. Did you mean it?"),
    Question.TURNED: N_(
        "The mask lay on its side, and nothing says which way to turn it. Does this look right?"
    ),
    Question.COPY_OR_MASK: N_(
        "Your file may be a mask, or a copy that you drew on. Does this look right? If not, "
        "invert it, or draw in a colour."
    ),
}

_DOUBTS: Final = {
    Question.MOST_OF_IT: N_("That is most of the picture. If you meant the rest, mark only that."),
    Question.ALMOST_NOTHING: N_(
        "That is hardly anything of the picture. Look whether you meant it."
    ),
    Question.TURNED: N_(
        "The mask lay on its side, and I turned it by a quarter. If it was the wrong way, turn it "
        "yourself."
    ),
    Question.COPY_OR_MASK: N_(
        "Your file may be a mask, or a copy that you drew on. Look whether I took it the right "
        "way; if not, draw in a colour."
    ),
}

_STATES: Final = {
    JobState.QUEUED: N_("waiting in line"),
    JobState.SUBMITTING: N_("starting"),
    JobState.UNKNOWN: N_("checking whether it went through"),
    JobState.RUNNING: N_("being painted"),
    JobState.DONE: N_("done"),
    JobState.FAILED: N_("failed"),
    JobState.CANCELLED: N_("cancelled"),
}


def failed(failure: Failure, cost: str = "") -> str:
    """Why there is no picture, what that cost, and what to do about it."""
    happened, advice = _FAILURES[failure]
    return " ".join(part for part in (happened(), cost, advice() if advice else "") if part)


def noted(note: Note) -> str:
    """What was done to a member's files."""
    return _NOTES[note]().format(install=READER_INSTALL)


def asked(question: Question) -> str:
    """The doubt, as a question."""
    return _QUESTIONS[question]()


def doubted(question: Question) -> str:
    """The doubt, where nobody is asked and the edit continues."""
    return _DOUBTS[question]()


def untouched(receipt: Receipt) -> str:
    """The receipt of one picture: how many pixels outside the area changed."""
    if receipt.changed_outside is None or receipt.pixels_outside is None:
        return ""
    outside = ngettext("{count:,} pixel", "{count:,} pixels", receipt.pixels_outside)
    return _("{changed_outside:,} of {outside} outside the area changed").format(
        changed_outside=receipt.changed_outside, outside=outside
    )


def state_name(state: JobState) -> str:
    """What a job is doing, to stand inside a line."""
    return _STATES[state]()


def states(found: Iterable[JobState]) -> str:
    """What the pictures of one edit are doing, each state once."""
    return ", ".join(dict.fromkeys(map(state_name, found)))
