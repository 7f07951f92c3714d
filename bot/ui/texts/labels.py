"""Names for what the rules count and store, and members' words made safe to repeat in them."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bot.domain.areas import Thing
from bot.domain.catalog import Style
from bot.domain.edits.pictures import Note, Question, Reading
from bot.domain.errors import Failure
from bot.domain.jobs.states import JobState
from bot.i18n import N_, Deferred, _, ngettext

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.domain.areas import Found
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

_READINGS: Final = {
    Reading.WORDS: N_("the area in your words"),
    Reading.WHITE_CHANGES: N_("your mask, white changes"),
    Reading.BLACK_CHANGES: N_("your mask, black changes"),
    Reading.ALPHA_CHANGES: N_("your mask, its transparent part changes"),
    Reading.PAINT_CHANGES: N_("your mask, the painted part changes"),
    Reading.ERASED: N_("the part you erased from the picture"),
    Reading.ERASED_COPY: N_("the part you erased from your copy"),
    Reading.MARKED_COPY: N_("the marks on your copy"),
    Reading.EXTENDED: N_("the new room beside the picture"),
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

_STYLES: Final = {
    Style.AUTO: N_("Auto"),
    Style.GENERAL: N_("General"),
    Style.REALISTIC: N_("Realistic"),
    Style.DESIGN: N_("Design"),
    Style.RENDER_3D: N_("3D render"),
    Style.ANIME: N_("Anime"),
}

_THINGS: Final = {
    Thing.SUBJECT: N_("subject"),
    Thing.BACKGROUND: N_("background"),
    Thing.TEXT: N_("text"),
    Thing.FACES: N_("faces"),
    Thing.SKY: N_("sky"),
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


def read_as(reading: Reading) -> str:
    """How the area was said, to stand inside a line."""
    return _READINGS[reading]()


def thing_name(found: Found) -> str:
    """What was looked for in the picture."""
    name = _THINGS[found.thing]()
    return name if found.words is None else f"{name} “{found.words}”"


def thing(word: str) -> str:
    """What a word of the language of areas means in pictures; empty for other words."""
    return next((name() for found, name in _THINGS.items() if found == word), "")


def asked(question: Question) -> str:
    """The doubt, as a question."""
    return _QUESTIONS[question]()


def doubted(question: Question) -> str:
    """The doubt, where nobody is asked and the edit goes on."""
    return _DOUBTS[question]()


def style_name(style: Style) -> str:
    """A style as members choose it."""
    return _STYLES[style]()


def state_name(state: JobState) -> str:
    """What a job is doing, to stand inside a line."""
    return _STATES[state]()


def states(found: Iterable[JobState]) -> str:
    """What the pictures of one edit are doing, each state once."""
    return ", ".join(dict.fromkeys(map(state_name, found)))


def percent(share: float) -> str:
    """A part of the picture, 0 to 1; never rounded down to nothing."""
    if 0 < share < 0.001:
        return _("less than 0.1%")
    return f"{100 * share:.1f}%".replace(".0%", "%")


def picture_count(number: int) -> str:
    """How many pictures."""
    return ngettext("{count:,} picture", "{count:,} pictures", number)


def untouched(receipt: Receipt) -> str:
    """The receipt of one picture: how many pixels outside the area changed."""
    if receipt.changed_outside is None or receipt.pixels_outside is None:
        return ""
    outside = ngettext("{count:,} pixel", "{count:,} pixels", receipt.pixels_outside)
    return _("{changed_outside:,} of {outside} outside the area changed").format(
        changed_outside=receipt.changed_outside, outside=outside
    )


LONGEST_QUOTE = 200
"""Characters of a member's text that are repeated in a sentence."""


class TextTarget(StrEnum):
    """Where a sentence is read."""

    DISCORD = "discord"
    SHELL = "shell"


def moment(when: float, place: TextTarget) -> str:
    """A point in time (unix seconds), in the reader's own time zone."""
    if place is TextTarget.DISCORD:
        return f"<t:{int(when)}:R>"
    return _("on {day:%Y-%m-%d at %H:%M}").format(
        day=datetime.fromtimestamp(when, tz=UTC).astimezone()
    )


def moment_in_full(when: float) -> str:
    """A point in time (unix seconds) with its date, as Discord shows it to each reader."""
    return f"<t:{int(when)}:f>"


def quoted(text: object, place: TextTarget) -> str:
    """A member's own words inside a sentence."""
    if place is TextTarget.DISCORD:
        return f"“{escaped(str(text), limit=LONGEST_QUOTE)}”"
    return f"“{plain(str(text), limit=LONGEST_QUOTE)}”"


def did_you_mean(nearest: str) -> str:
    """Offer the nearest to what was not understood, after another sentence."""
    return _(" Did you mean {nearest}?").format(nearest=nearest)


BESIDE_SERVERS: Final = N_("direct messages and the shell")
"""Where an edit comes from that belongs to no server."""

ELLIPSIS: Final = "…"

# Control characters, surrogates, and the marks that turn the text around them.
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"
    "\ud800-\udfff]"
)
_SPACE: Final = re.compile(r"\s+")
# Discord shows any ASCII punctuation behind a backslash as itself. These begin or belong to
# markup, mentions (<@1>), links (https://…), bare invites (discord.gg/…) and lists (1. or -).
_MARKUP: Final = re.compile(r"[\\*_~|`<>#\-+\[\]():/.!@]")
# Discord's server finds "@everyone" whatever stands around it, so something must stand inside.
_AT: Final = re.compile("[@\uff20\ufe6b]")
_RIGHT_TO_LEFT: Final = frozenset(("R", "AL", "AN"))


def plain(text: str, *, limit: int | None = None) -> str:
    """One line without invisible controls, for places where Discord knows no markup.

    Longer than `limit` characters, it is cut, and an ellipsis says so.
    """
    # Spaces first: some of them are control characters.
    text = _UNSEEN.sub("", _SPACE.sub(" ", text)).strip()
    if limit is not None and len(text) > limit:
        text = text[: limit - len(ELLIPSIS)].rstrip() + ELLIPSIS
    return text


def escaped(text: str, *, limit: int | None = None) -> str:
    """The same for places where Discord reads markup: everything in it is shown as typed.

    `limit` counts before escaping, which makes the text up to three times as long.
    """
    text = _MARKUP.sub(r"\\\g<0>", plain(text, limit=limit))
    text = _AT.sub("\\g<0>\u200b", text)
    if any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text):
        # An isolate keeps right-to-left writing from reordering our own words after it.
        return f"\u2068{text}\u2069"
    return text
