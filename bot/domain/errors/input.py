"""What a member sent cannot be used: a picture, mask, area, prompt, option or modal."""

from __future__ import annotations

from enum import StrEnum

from bot.domain.errors.root import UserError


class PictureProblem(StrEnum):
    """Why an attachment is not a picture we can edit."""

    EMPTY = "empty"
    TOO_HEAVY = "too heavy"  # facts: size_bytes, limit_bytes
    TOO_MANY_PIXELS = "too many pixels"  # facts: width, height, limit_megapixels
    TOO_SMALL = "too small"  # facts: width, height, minimum
    TOO_NARROW = "too narrow"  # facts: width, height, limit_aspect
    TOO_COSTLY = "too costly"  # decoding it would take unreasonable time or memory
    NOT_A_PICTURE = "not a picture"  # facts: looks_like (may be absent)
    WEB_PAGE = "web page"  # HTML or SVG
    HEIC = "heic"  # an iPhone picture, and no decoder is installed
    UNSUPPORTED = "unsupported"  # facts: format
    INCOMPLETE = "incomplete"
    DAMAGED = "damaged"
    INVISIBLE = "invisible"  # fully transparent
    GONE = "gone"  # not to be had; facts: path, reason (both may be absent)


class BadPicture(UserError):
    """The attachment is not a picture we can edit. `role` is "picture" or "mask"."""

    def __init__(
        self, problem: PictureProblem, *, role: str = "picture", **facts: str | float
    ) -> None:
        super().__init__(f"{role}: {problem}")
        self.problem = problem
        self.role = role
        self.facts = facts


class MaskProblem(StrEnum):
    """Why a mask does not say what should change."""

    MISSING = "missing"  # neither mask, area nor transparency
    BOTH = "both"  # a mask and an area in words
    EMPTY = "empty"  # nothing is marked
    FULL = "full"  # everything is marked, or one even colour
    OTHER_SHAPE = "other shape"  # facts: mask_width, mask_height, width, height
    CROPPED = "cropped"  # facts: as above; a marked copy of another shape
    NO_MARKS = "no marks"  # a copy of the picture without anything drawn on it
    OTHER_PICTURE = "other picture"  # a photo, but not a copy of this picture
    NOT_A_COPY = "not a copy"  # `marks` was said, and no marked copy attached
    SWAPPED = "swapped"  # picture and mask seem exchanged


class BadMask(UserError):
    """The mask does not say what should change."""

    def __init__(self, problem: MaskProblem, **facts: str | float) -> None:
        super().__init__(str(problem))
        self.problem = problem
        self.facts = facts


class AreaProblem(StrEnum):
    """Why an area in words was not understood."""

    UNKNOWN_WORD = "unknown word"
    UNEXPECTED = "unexpected"  # a word the grammar has no place for here
    ENDED = "ended"  # the text stops too early
    OUT_OF_RANGE = "out of range"  # a number that makes no sense here
    OUTSIDE = "outside"  # a box that lies outside the picture
    TOO_LONG = "too long"
    NOTHING = "nothing"  # understood, but no pixel is left of it
    NOT_FOUND = "not found"  # looked for in the picture, and not there
    FEATHER_INSIDE = "feather inside"  # `feather` stands anywhere but at the end
    NEEDS_READER = "needs reader"  # words in a picture, and the `ocr` extra is not installed
    NOT_READ = "not read"  # words in a picture, and the reader was out of time, or lost
    CROWDED = "crowded"  # not in what was read, and there is more lettering than is read


class BadArea(UserError):
    """The area in words was not understood at `word`, which starts at character `position`.

    `suggestion` is the nearest thing that would have been understood or found, or None.
    """

    def __init__(
        self,
        problem: AreaProblem,
        *,
        text: str,
        word: str = "",
        position: int = 0,
        suggestion: str | None = None,
    ) -> None:
        super().__init__(f"{problem} at {position}")
        self.problem = problem
        self.text = text
        self.word = word
        self.position = position
        self.suggestion = suggestion


class PromptProblem(StrEnum):
    """Why a prompt cannot be sent."""

    EMPTY = "empty"
    TOO_LONG = "too long"  # facts: length, limit
    UNREADABLE = "unreadable"  # lone surrogates, NUL or other control characters


class BadPrompt(UserError):
    """The prompt cannot be sent."""

    def __init__(self, problem: PromptProblem, **facts: str | float) -> None:
        super().__init__(str(problem))
        self.problem = problem
        self.facts = facts


class OptionProblem(StrEnum):
    """What is wrong with an option."""

    NOT_ALLOWED = "not allowed"  # `allowed` says what is
    TOO_WIDE = "too wide"  # a format that new room at the top or bottom cannot reach
    TOO_TALL = "too tall"  # one that new room at the sides cannot reach


class BadOption(UserError):
    """An option is outside its range. `form` and `facts` say what is allowed: "{least} to {most}"
    is one of the forms that the texts know; `edge` is the side where a format was wanted.
    """

    def __init__(
        self,
        option: str,
        *,
        value: str,
        allowed: str = "",
        problem: OptionProblem = OptionProblem.NOT_ALLOWED,
        **facts: str | float,
    ) -> None:
        super().__init__(option)
        self.option = option
        self.value = value
        self.form = allowed
        self.problem = problem
        self.facts = facts

    @property
    def allowed(self) -> str:
        """What is allowed, e.g. "1 to 4"."""
        return self.form.format(**self.facts)


class FormProblem(StrEnum):
    """Why a form does not say what should be done."""

    NO_PICTURE = "no picture"  # the message it should be about shows none
    NO_COPY = "no copy"  # a marked copy was meant, and none was attached
    NO_WORDS = "no words"  # a place in words was meant, and none was written
    NOWHERE = "nowhere"  # no place was given in any way
    TWO_PLACES = "two places"  # one was chosen, and another written
    COPY_AND_PLACE = "copy and place"
    COPY_AND_WORDS = "copy and words"  # and the words do not speak of the marks
    GONE = "gone"  # it is too old, or somebody else's


class BadForm(UserError):
    """A form does not say what should be done."""

    def __init__(self, problem: FormProblem) -> None:
        super().__init__(str(problem))
        self.problem = problem
