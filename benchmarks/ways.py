"""Sixteen ways to say an area, each on a picture that the project draws itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw, ImageOps

from benchmarks.labelled import faces, signs, skies, subjects
from benchmarks.labelled.pens import Copy, Pen, round_by_hand, zigzag
from bot.domain.edits.extension import Extension
from bot.domain.edits.extension import parse_extension as extension
from bot.domain.edits.options import Adjustment
from bot.engine import samples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.labelled.example import Example

RED: Final = Pen((235, 30, 40), 12)
YELLOW: Final = Pen((255, 214, 10), 14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to say an area of a picture. `said` is how a member would tell it to another."""

    said: str
    picture: Callable[[], Image.Image]
    area: str | None = None
    given: Callable[[Image.Image], Image.Image] | None = None
    extension: Extension | None = None
    presses: tuple[Adjustment, ...] = ()


def ringed(picture: Image.Image) -> Image.Image:
    """A copy on which the house was ringed in red."""
    return Copy(picture).ring(RED, round_by_hand(66, 50, 10, 14)).image()


def hatched(picture: Image.Image) -> Image.Image:
    """A copy on which the cone was scribbled over in yellow."""
    body = round_by_hand(91.5, 83, 6, 11, seed=11)
    return Copy(picture).hatch(YELLOW, [zigzag(body, 2.6)], body).image()


def erased(picture: Image.Image) -> Image.Image:
    """A copy from which the door was erased, with what is next to it."""
    wide, high = picture.size
    alpha = Image.new("L", picture.size, 255)
    door = (0.715 * wide, 0.31 * high, 0.865 * wide, 0.82 * high)
    ImageDraw.Draw(alpha).rounded_rectangle(door, 0.04 * wide, fill=0)
    copy = picture.convert("RGBA")
    copy.putalpha(alpha)
    return copy


def black_on_white(picture: Image.Image) -> Image.Image:
    """A mask the other way round: black on white."""
    return ImageOps.invert(samples.street_sign_mask().resize(picture.size))


def _one(examples: Callable[[], Iterator[Example]], name: str) -> Image.Image:
    return next(example.picture for example in examples() if example.name == name)


WAYS: Final = (
    Way(said="subject", area="subject", picture=partial(_one, subjects.examples, "bird, foliage")),
    Way(
        said="background",
        area="background",
        picture=partial(_one, subjects.examples, "bottle, lights"),
    ),
    Way(said="text", area="text", picture=samples.poster),
    Way(
        said='text:"EXIT 14"',
        area='text:"EXIT 14"',
        picture=lambda: signs.drawn("tilted").picture,
    ),
    Way(said="faces", area="faces", picture=partial(_one, faces.examples, "two, wall")),
    Way(said="sky", area="sky", picture=partial(_one, skies.examples, "clouds, tree")),
    Way(
        said="background & left half",
        area="background & left half",
        picture=partial(_one, subjects.examples, "bust, meadow"),
    ),
    Way(said="top third - center 60%", area="top third - center 60%", picture=samples.street),
    Way(said="border 6%", area="border 6%", picture=samples.poster),
    Way(
        said="ellipse 38%,18%,50%,62% feather 8%",
        area="ellipse 38%,18%,50%,62% feather 8%",
        picture=samples.landscape,
    ),
    Way(said="a copy with a ring drawn on it", picture=samples.landscape, given=ringed),
    Way(said="a copy that was scribbled on", picture=samples.street, given=hatched),
    Way(said="a copy with a part erased", picture=samples.street, given=erased),
    Way(said="a mask, black on white", picture=samples.street, given=black_on_white),
    Way(
        said="subject, then Invert and Grow",
        area="subject",
        picture=partial(_one, subjects.examples, "apple, cloth"),
        presses=(Adjustment.INVERT, Adjustment.GROW, Adjustment.GROW),
    ),
    Way(
        said="extended to 16:9",
        picture=samples.landscape,
        extension=extension("sides", "16:9"),
    ),
)
