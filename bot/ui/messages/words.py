"""Names for what the rules count and store: failures, notes, readings, questions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.areas import Thing
from bot.domain.catalog import Style
from bot.domain.edits.pictures import Note, Question, Reading
from bot.domain.errors import Failure
from bot.domain.jobs.states import JobState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.domain.areas import Found
    from bot.domain.edits.edit import Receipt


READER_INSTALL: Final = "`.venv/bin/pip install '.[ocr]'` in Touchup's folder"
"""How an operator gets the reader of lettering, as the README says it."""

_FAILURES: Final = {
    Failure.CONTENT: (
        "The model's content filter refused it.",
        "Try other words, or another picture.",
    ),
    Failure.INPUT: (
        "The model would not accept this picture, mask or option.",
        "Try another picture, or another area.",
    ),
    Failure.NO_PICTURE: (
        "The model finished without a picture.",
        "Try again, or change the prompt.",
    ),
    Failure.BAD_RESULT: ("What came back is no picture that I can read.", "Try again."),
    Failure.SWAPPED: (
        "The model painted around the area, so I bought nothing more and told the operator.",
        "Try again later.",
    ),
    Failure.PROVIDER: ("The picture service broke down on it.", "Try again in a few minutes."),
    Failure.TIMEOUT: ("It took too long, so I stopped waiting.", "Try again later."),
    Failure.UNREACHABLE: (
        "I could not reach the picture service.",
        "Try again in a few minutes.",
    ),
    Failure.STOPPED: (
        "Purchases were stopped for a day, so I never bought it.",
        "Try again later.",
    ),
    Failure.LOST: (
        "The picture service could not say what became of it, so I stopped waiting.",
        "Try again.",
    ),
    Failure.NEVER_STARTED: ("The picture service never started on it.", "Try again."),
    Failure.CANCELLED: ("Cancelled, as you asked.", ""),
    Failure.INTERNAL: (
        "Something broke on my side.",
        "Try again, and tell the operator if it repeats.",
    ),
}
"""What happened, and what to do about it. What it cost is said in between."""

_NOTES: Final = {
    Note.FIRST_FRAME: "It is animated: I took the first frame.",
    Note.SIXTEEN_BIT: "It has 16 bits per colour: I worked with 8.",
    Note.CMYK: "It is a print picture (CMYK): I turned it into RGB.",
    Note.COLOUR_PROFILE: "Its colour profile was turned into sRGB.",
    Note.MASK_SCALED: "The mask had another size: I scaled it to the picture.",
    Note.MASK_TURNED: "The mask lay on its side: I turned it like the picture.",
    Note.MASK_ROUNDED: "The mask had grey tones: I rounded each to “change” or “keep”.",
    Note.MASK_SPECKLED: "The mask has many tiny specks. Look whether they were meant.",
    Note.MARKS_FILLED: "What you outlined on your copy was filled.",
    Note.MARKS_OPEN: (
        "No outline on your copy closes, so only the strokes themselves change. "
        "To mean what is inside, close the outline."
    ),
    Note.SUBJECT_UNSURE: (
        "I am not sure about the subject: look closely, or mark it on a copy of the picture."
    ),
    Note.FACES_UNSURE: "I am not sure that I found every face, or only faces: look closely.",
    Note.SKY_UNSURE: "I am not sure where the sky ends: look closely.",
    Note.TEXT_UNSURE: "I am not sure that this is all the lettering, or only that: look closely.",
    Note.TEXT_WITHOUT_READER: (
        "I cannot read here, so I guessed what is lettering; on photos that goes wrong. The "
        f"operator can teach me to read: {READER_INSTALL}."
    ),
    Note.PARTS_APART: (
        "The parts lie far apart, so all between them was sent too, made smaller: "
        "they may come back less sharp. For full detail change one part at a time."
    ),
    Note.FILE_RECODED: "Made smaller to fit here; the original is kept.",
}

_READINGS: Final = {
    Reading.WORDS: "the area in your words",
    Reading.WHITE_CHANGES: "your mask, white changes",
    Reading.BLACK_CHANGES: "your mask, black changes",
    Reading.ALPHA_CHANGES: "your mask, its transparent part changes",
    Reading.PAINT_CHANGES: "your mask, the painted part changes",
    Reading.ERASED: "the part you erased from the picture",
    Reading.ERASED_COPY: "the part you erased from your copy",
    Reading.MARKED_COPY: "the marks on your copy",
    Reading.EXTENDED: "the new room beside the picture",
}

_QUESTIONS: Final = {
    Question.MOST_OF_IT: "That is most of the picture. Did you mean it, or rather the rest?",
    Question.ALMOST_NOTHING: "That is hardly anything of the picture. Did you mean it?",
    Question.TURNED: (
        "The mask lay on its side, and nothing says which way to turn it. Does this look right?"
    ),
    Question.COPY_OR_MASK: (
        "Your file may be a mask, or a copy that you drew on. Does this look right? If not, "
        "invert it, or draw in a colour."
    ),
}

_DOUBTS: Final = {
    Question.MOST_OF_IT: "That is most of the picture. If you meant the rest, mark only that.",
    Question.ALMOST_NOTHING: "That is hardly anything of the picture. Look whether you meant it.",
    Question.TURNED: (
        "The mask lay on its side, and I turned it by a quarter. If it was the wrong way, "
        "turn it yourself."
    ),
    Question.COPY_OR_MASK: (
        "Your file may be a mask, or a copy that you drew on. Look whether I took it the right "
        "way; if not, draw in a colour."
    ),
}

_STYLES: Final = {
    Style.AUTO: "Auto",
    Style.GENERAL: "General",
    Style.REALISTIC: "Realistic",
    Style.DESIGN: "Design",
    Style.RENDER_3D: "3D render",
    Style.ANIME: "Anime",
}

_THINGS: Final = {
    Thing.SUBJECT: "subject",
    Thing.BACKGROUND: "background",
    Thing.TEXT: "text",
    Thing.FACES: "faces",
    Thing.SKY: "sky",
}

_STATES: Final = {
    JobState.QUEUED: "waiting in line",
    JobState.SUBMITTING: "being handed over",
    JobState.UNKNOWN: "being looked for: its receipt was lost",
    JobState.RUNNING: "being painted",
    JobState.DONE: "done",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "cancelled",
}


def failed(failure: Failure, cost: str = "") -> str:
    """Why there is no picture, what that cost, and what to do about it."""
    happened, advice = _FAILURES[failure]
    return " ".join(part for part in (happened, cost, advice) if part)


def noted(note: Note) -> str:
    """What was done to a member's files."""
    return _NOTES[note]


def read_as(reading: Reading) -> str:
    """How the area was said, to stand inside a line."""
    return _READINGS[reading]


def thing_name(found: Found) -> str:
    """What was looked for in the picture."""
    name = _THINGS[found.thing]
    return name if found.words is None else f"{name} “{found.words}”"


def asked(question: Question) -> str:
    """The doubt, as a question."""
    return _QUESTIONS[question]


def doubted(question: Question) -> str:
    """The doubt, where nobody is asked and the edit goes on."""
    return _DOUBTS[question]


def style_name(style: Style) -> str:
    """A style as members choose it."""
    return _STYLES[style]


def state_name(state: JobState) -> str:
    """What a job is doing, to stand inside a line."""
    return _STATES[state]


def states(found: Iterable[JobState]) -> str:
    """What the pictures of one edit are doing, each state once."""
    return ", ".join(dict.fromkeys(map(state_name, found)))


def percent(share: float) -> str:
    """A part of the picture, 0 to 1; never rounded down to nothing."""
    if 0 < share < 0.001:
        return "less than 0.1 %"
    return f"{100 * share:.3g} %"


def count_of(number: int, one: str, many: str) -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else many}"


def untouched(receipt: Receipt) -> str:
    """The receipt of one picture: how many pixels outside the area changed."""
    if receipt.changed_outside is None or receipt.pixels_outside is None:
        return ""
    outside = count_of(receipt.pixels_outside, "pixel", "pixels")
    return f"{receipt.changed_outside:,} of {outside} outside the area changed"
