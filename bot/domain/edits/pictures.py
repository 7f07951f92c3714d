"""What the picture processes hand over: values that say what was found, sent and changed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.edits.extension import Extension


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of the upright source picture."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureLimits:
    """What intake accepts, checked before anything is decoded."""

    max_bytes: int = 25 * 1024 * 1024
    max_pixels: int = 50_000_000
    min_side: int = 16
    max_aspect: float = 12.0


class Reading(StrEnum):
    """How the area was said, and how it was read."""

    WORDS = "words"
    WHITE_CHANGES = "white changes"  # a mask: white (or the light tone) on black
    BLACK_CHANGES = "black changes"  # a mask: black (or the dark tone) on white
    ALPHA_CHANGES = "alpha changes"  # a mask file whose transparent part changes
    PAINT_CHANGES = "paint changes"  # a mask file painted in one colour on a plain ground
    ERASED = "erased"  # the picture itself, with a part erased to transparent
    ERASED_COPY = "erased copy"  # a copy of the picture, with a part erased to transparent
    MARKED_COPY = "marked copy"  # a copy of the picture that was scribbled on
    EXTENDED = "extended"  # new room beside the picture


class Note(StrEnum):
    """Something done to the member's files that they should be told."""

    FIRST_FRAME = "first frame"
    SIXTEEN_BIT = "sixteen bit"
    CMYK = "cmyk"
    COLOUR_PROFILE = "colour profile"
    MASK_SCALED = "mask scaled"
    MASK_TURNED = "mask turned"
    MASK_ROUNDED = "mask rounded"  # grey values were rounded to change / keep
    MASK_SPECKLED = "mask speckled"
    MARKS_FILLED = "marks filled"  # closed outlines on a marked copy were filled
    MARKS_OPEN = "marks open"  # no stroke closed: the strokes themselves change
    SUBJECT_UNSURE = "subject unsure"
    FACES_UNSURE = "faces unsure"
    SKY_UNSURE = "sky unsure"
    TEXT_UNSURE = "text unsure"
    TEXT_WITHOUT_READER = "text without reader"  # a photo, and the `ocr` extra is not installed
    PARTS_APART = "parts apart"  # far-apart parts share one crop, which had to be reduced
    FILE_RECODED = "file recoded"  # delivered in a lossy format to fit the place


class Question(StrEnum):
    """A doubt the member must answer before money moves."""

    MOST_OF_IT = "most of it"  # the area covers over 60 % of the picture
    ALMOST_NOTHING = "almost nothing"  # the area covers under 0.1 % of the picture
    TURNED = "turned"  # the mask lay on its side, and nothing says which way it turned
    COPY_OR_MASK = "copy or mask"  # a black and white file for a black and white picture


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of lettering in a picture.

    `text` is empty where the line was only found, not read. `score` is the reader's confidence,
    0 to 1. `corners` are x and y of the upper left, upper right, lower right and lower left corner,
    in pixels of the upright picture.
    """

    text: str
    score: float
    corners: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Lettering:
    """The lines found in a picture, or none; an answer needs a name."""

    lines: tuple[TextLine, ...]


class OcrSkipped(StrEnum):
    """Why lettering was not read though there is a reader."""

    NOT_NOW = "not now"  # it ran out of time, or was lost


Lines: TypeAlias = tuple[TextLine, ...] | OcrSkipped | None
"""What was read in a picture: its lines; None where there is no reader, or no need of one."""


@dataclass(frozen=True, slots=True)
class AreaChoice:
    """One of several things a member may have meant: its name, and the area that says it."""

    label: str
    area: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """A member's files, and what they said about where. Files are as they came.

    `offers_lettering` asks for every lettering found as a choice of its own.
    """

    source: Path
    mask: Path | None = None
    area: str | None = None
    extension: Extension | None = None
    offers_lettering: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedPicture:
    """A picture and its mask, ready to be bought.

    `source` is the kept original (metadata dropped; with its new room where it was extended),
    `width` x `height` its upright size in pixels. `mask` is a mode L PNG of that size holding only
    0 and 255 (255 = change), `drawn` the same before it was adjusted. `feather` is how many pixels
    deep the new picture fades in.
    `sent_picture` (RGB PNG) and `sent_mask` (mode L PNG, 0/255, 255 = change) are what the
    provider gets: both `sent_width` x `sent_height`, showing `crop` of the source.
    """

    source: Path
    mask: Path
    drawn: Path
    sent_picture: Path
    sent_mask: Path
    width: int
    height: int
    sent_width: int
    sent_height: int
    crop: Box
    masked_pixels: int
    feather: int
    reading: Reading
    question: Question | None
    notes: tuple[Note, ...]
    choices: tuple[AreaChoice, ...]

    @property
    def area_share(self) -> float:
        """The part of the picture that will change, 0 to 1."""
        return self.masked_pixels / (self.width * self.height)


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedPicture:
    """The provider's picture, stitched into the original through the mask.

    Counts are pixels of the full-size picture that differ in any channel, alpha included;
    `changed_outside` is counted, not assumed, and is 0. `raw_inside` and `raw_outside` are the
    mean absolute differences (0 to 255) between what was sent and what came back, inside and
    outside the mask: they tell a swapped mask polarity. `tone_shift` is by how many levels the
    surroundings came back in another tone, 0 where nothing had to be corrected.
    """

    picture: Path
    width: int
    height: int
    changed_inside: int
    changed_outside: int
    pixels_inside: int
    pixels_outside: int
    returned_width: int
    returned_height: int
    raw_inside: float
    raw_outside: float
    tone_shift: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedFile:
    """A file small enough for its place. `exact` is False when a lossy format was needed."""

    path: Path
    media_type: str
    exact: bool
