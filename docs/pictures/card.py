"""Draws a message of the local Discord about as Discord's own clients show it.

Every word, button and picture on it is what the bot sent; colours and letters are only similar.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from PIL import Image, ImageDraw, ImageFont, ImageOps

from bot.sandbox.components import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bot.sandbox import Message

# Pixels.
WIDTH: Final = 760
PAD: Final = 24
GAP: Final = 14
MOST_PICTURE: Final = 480
ROUND: Final = 12
BUTTON: Final = 46
TEXT, HEADING, SMALL = 21, 27, 17
LEADING: Final = 1.35
BOLD: Final = 0.7  # the font has one weight: a stroke makes it bold

GROUND: Final = (49, 51, 56)
PANEL: Final = (36, 37, 41)
WHITE: Final = (242, 243, 245)
PLAIN: Final = (219, 222, 225)
FAINT: Final = (165, 170, 178)
PRIMARY: Final = (88, 101, 242)
SECONDARY: Final = (78, 80, 88)
MENU: Final = (28, 29, 33)
BAR: Final = {"█": PLAIN, "▒": (148, 156, 247), "░": SECONDARY}
"""What a row of blocks is drawn as: the font has no blocks."""
CELL: Final = (14, 16)
_PRIMARY_STYLE: Final = 1  # https://docs.discord.com/developers/components/reference#button

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    bold: bool


@dataclass(frozen=True, slots=True)
class Line:
    """Words of one size in one colour."""

    words: tuple[Word, ...]
    size: int
    colour: Colour

    @property
    def height(self) -> int:
        return round(self.size * LEADING)


def card(message: Message, *, renews: str, names: Mapping[str, str] | None = None) -> Image.Image:
    """The whole message; `renews` is how its points in time read, such as "in 6 hours".

    `names` are shown in the place of ids that are mentioned.
    """
    pictures = {file.filename: file.data for file in message.files}
    read = _Reading(renews, names or {})
    parts = list(_parts(message.payload["components"], pictures, read))
    height = sum(part.height for part in parts) + GAP * (len(parts) - 1)
    page = Image.new("RGB", (WIDTH, height + 4 * PAD), GROUND)
    draw = ImageDraw.Draw(page)
    draw.rounded_rectangle((PAD, PAD, WIDTH - PAD, height + 3 * PAD), ROUND, PANEL)
    top = 2 * PAD
    for part in parts:
        page.paste(part, (2 * PAD, top))
        top += part.height + GAP
    return page


@dataclass(frozen=True, slots=True)
class _Reading:
    """How a client shows what it alone knows: points in time, and names."""

    renews: str
    names: Mapping[str, str]

    def shown(self, content: str) -> str:
        said = re.sub(r"<t:\d+:R>", self.renews, content)
        said = re.sub(r"<@&?(\d+)>", lambda found: f"@{self._name(found[1])}", said)
        return re.sub(r"<#(\d+)>", lambda found: f"#{self._name(found[1])}", said)

    def _name(self, number: str) -> str:
        return self.names.get(number, number)


def _parts(
    components: Sequence[Mapping[str, Any]], pictures: Mapping[str, bytes], read: _Reading
) -> Iterator[Image.Image]:
    for component in components:
        match component["type"]:
            case Kind.CONTAINER:
                yield from _parts(component["components"], pictures, read)
            case Kind.TEXT_DISPLAY:
                yield _text(read.shown(component["content"]))
            case Kind.SEPARATOR:
                yield _line()
            case Kind.MEDIA_GALLERY:
                for item in component["items"]:
                    yield _picture(pictures[item["media"]["url"].split("?")[0].rsplit("/")[-1]])
            case Kind.ACTION_ROW:
                yield _row(component["components"])
            case other:
                raise ValueError(f"cannot draw component {other}")


def _panel(height: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", (WIDTH - 4 * PAD, height), PANEL)
    return image, ImageDraw.Draw(image)


def _picture(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    room = (WIDTH - 4 * PAD, MOST_PICTURE)
    picture = ImageOps.contain(picture, room, Image.Resampling.LANCZOS)
    rounded = Image.new("L", (picture.width * 2, picture.height * 2))
    corners = (0, 0, rounded.width - 1, rounded.height - 1)
    ImageDraw.Draw(rounded).rounded_rectangle(corners, ROUND * 2, 255)
    image, _ = _panel(picture.height)
    image.paste(picture, mask=rounded.resize(picture.size, Image.Resampling.LANCZOS))
    return image


# ---- text --------------------------------------------------------------------------------------


def _text(said: str) -> Image.Image:
    lines = [line for raw in said.splitlines() for line in _wrapped(_read(raw))]
    image, draw = _panel(sum(line.height for line in lines))
    top = 0
    for line in lines:
        _write(draw, line, top)
        top += line.height
    return image


def _read(raw: str) -> Line:
    """One line of Discord's Markdown, as much of it as the bot's cards use."""
    size, colour, heading = TEXT, PLAIN, False
    if raw.startswith("### "):
        raw, size, colour, heading = raw[4:], HEADING, WHITE, True
    elif raw.startswith("-# "):
        raw, size, colour = raw[3:], SMALL, FAINT
    words = []
    for number, span in enumerate(raw.split("**")):
        plain = re.sub(r"\\(.)", r"\1", span).replace("`", "")
        words += [Word(text, heading or number % 2 == 1) for text in re.findall(r"\s*\S+", plain)]
    return Line(tuple(words), size, colour)


def _wrapped(line: Line) -> Iterator[Line]:
    row: list[Word] = []
    used = 0.0
    for word in line.words:
        wide = _font(line.size).getlength(word.text)
        if row and used + wide > WIDTH - 4 * PAD:
            yield Line(tuple(row), line.size, line.colour)
            word = Word(word.text.lstrip(), word.bold)
            row, used = [], 0.0
        row.append(word)
        used += wide
    yield Line(tuple(row), line.size, line.colour)


def _write(draw: ImageDraw.ImageDraw, line: Line, top: int) -> None:
    left = 0.0
    for word in line.words:
        if set(word.text) <= set(BAR):
            _bar(draw, word.text, top)
            continue
        draw.text(
            (left, top),
            word.text,
            WHITE if word.bold else line.colour,
            _font(line.size),
            stroke_width=BOLD if word.bold else 0,
        )
        left += _font(line.size).getlength(word.text)


def _bar(draw: ImageDraw.ImageDraw, blocks: str, top: int) -> None:
    wide, high = CELL
    for number, block in enumerate(blocks):
        left = number * wide
        draw.rectangle((left, top + 6, left + wide - 1, top + 5 + high), BAR[block])


def _line() -> Image.Image:
    image, draw = _panel(9)
    draw.line((0, 4, image.width, 4), SECONDARY, 2)
    return image


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


# ---- what can be pressed -----------------------------------------------------------------------


def _row(parts: Sequence[Mapping[str, Any]]) -> Image.Image:
    if parts[0]["type"] == Kind.STRING_SELECT:
        return _menu(parts[0]["placeholder"])
    image, draw = _panel(BUTTON)
    left = 0
    for part in parts:
        wide = round(_font(TEXT).getlength(part["label"])) + 2 * 20
        colour = PRIMARY if part["style"] == _PRIMARY_STYLE else SECONDARY
        draw.rounded_rectangle((left, 0, left + wide, BUTTON - 1), ROUND, colour)
        middle = (left + wide / 2, BUTTON / 2)
        draw.text(middle, part["label"], WHITE, _font(TEXT), anchor="mm", stroke_width=BOLD / 2)
        left += wide + 10
    return image


def _menu(placeholder: str) -> Image.Image:
    image, draw = _panel(BUTTON)
    right = image.width - 1
    draw.rounded_rectangle((0, 0, right, BUTTON - 1), ROUND, MENU, SECONDARY)
    draw.text((18, BUTTON / 2), placeholder, FAINT, _font(TEXT), anchor="lm")
    x, y = right - 30, BUTTON / 2 - 3
    draw.line(((x - 8, y), (x, y + 8), (x + 8, y)), FAINT, 3, joint="curve")
    return image
