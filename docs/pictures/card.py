"""Draws a message of the local Discord about as Discord's own clients show it.

Every word, button and picture on it is what the bot sent; colours and letters are only similar.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from PIL import Image, ImageDraw, ImageFont, ImageOps

from bot.sandbox import ComponentType

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

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one of Discord's grounds. `blocks` is what a row of blocks is drawn in."""

    ground: Colour
    panel: Colour
    strong: Colour
    plain: Colour
    faint: Colour
    secondary: Colour
    label: Colour
    menu: Colour
    blocks: Mapping[str, Colour]


PRIMARY: Final = (88, 101, 242)
WHITE: Final = (255, 255, 255)
BLOCKS: Final = "█▒░"
"""The font has none: they are drawn as rectangles."""

DARK: Final = Palette(
    ground=(49, 51, 56),
    panel=(36, 37, 41),
    strong=(242, 243, 245),
    plain=(219, 222, 225),
    faint=(165, 170, 178),
    secondary=(78, 80, 88),
    label=(242, 243, 245),
    menu=(28, 29, 33),
    blocks={"█": (219, 222, 225), "▒": (148, 156, 247), "░": (78, 80, 88)},
)
LIGHT: Final = Palette(
    ground=(242, 243, 245),
    panel=(255, 255, 255),
    strong=(6, 6, 7),
    plain=(49, 51, 56),
    faint=(92, 94, 102),
    secondary=(227, 229, 232),
    label=(49, 51, 56),
    menu=(235, 237, 239),
    blocks={"█": (49, 51, 56), "▒": (148, 156, 247), "░": (214, 217, 220)},
)
CELL: Final = (14, 16)
_PRIMARY_STYLE: Final = 1  # https://docs.discord.com/developers/components/reference#button


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


def card(
    message: Message,
    *,
    now: float,
    names: Mapping[str, str] | None = None,
    palette: Palette = DARK,
) -> Image.Image:
    """The whole message as it is seen at `now` (unix seconds, UTC).

    `names` are shown in the place of ids that are mentioned.
    """
    pictures = {file.filename: file.data for file in message.files}
    client = _Client(now, names or {}, palette)
    components = message.payload.get("components")
    if not components:
        return _said(client, message)
    parts = list(_parts(client, components, pictures))
    height = sum(part.height for part in parts) + GAP * (len(parts) - 1)
    page = Image.new("RGB", (WIDTH, height + 4 * PAD), palette.ground)
    draw = ImageDraw.Draw(page)
    draw.rounded_rectangle((PAD, PAD, WIDTH - PAD, height + 3 * PAD), ROUND, palette.panel)
    top = 2 * PAD
    for part in parts:
        page.paste(part, (2 * PAD, top))
        top += part.height + GAP
    return page


def smaller(drawn: Image.Image) -> Image.Image:
    """A card as small as it can still be read well."""
    return drawn.resize((drawn.width * 3 // 4, drawn.height * 3 // 4), Image.Resampling.LANCZOS)


def _said(client: _Client, message: Message) -> Image.Image:
    """A sentence without a card around it; who else sees it stands below, as in Discord."""
    below = "\n-# Only you can see this" if message.ephemeral else ""
    plain = replace(client.palette, panel=client.palette.ground)
    text = _text(replace(client, palette=plain), f"{message.text}{below}")
    page = Image.new("RGB", (WIDTH, text.height + 2 * PAD), client.palette.ground)
    page.paste(text, (2 * PAD, PAD))
    return page


@dataclass(frozen=True, slots=True)
class _Client:
    """Who reads: when, with which names, and on which ground."""

    now: float
    names: Mapping[str, str]
    palette: Palette

    def shown(self, content: str) -> str:
        """A text with what a client shows by itself: points in time, and names."""
        said = re.sub(r"<t:(\d+):R>", lambda found: _away(int(found[1]) - self.now), content)
        said = re.sub(r"<t:(\d+):f>", lambda found: _in_full(int(found[1])), said)
        said = re.sub(r"<@&?(\d+)>", lambda found: f"@{self._name(found[1])}", said)
        return re.sub(r"<#(\d+)>", lambda found: f"#{self._name(found[1])}", said)

    def _name(self, number: str) -> str:
        return self.names.get(number, number)


def _away(seconds: float) -> str:
    """How far a moment is, in the largest unit of which there is one."""
    for unit, length in (("month", 2_592_000), ("day", 86_400), ("hour", 3600), ("minute", 60)):
        if count := round(abs(seconds) / length):
            said = f"{count} {unit}s" if count > 1 else f"{'an' if unit == 'hour' else 'a'} {unit}"
            return f"in {said}" if seconds > 0 else f"{said} ago"
    return "now"


def _in_full(moment: int) -> str:
    then = datetime.fromtimestamp(moment, tz=UTC)
    return f"{then:%B} {then.day}, {then.year} at {then.hour % 12 or 12}:{then:%M %p}"


def _parts(
    client: _Client, components: Sequence[Mapping[str, Any]], pictures: Mapping[str, bytes]
) -> Iterator[Image.Image]:
    for component in components:
        match component["type"]:
            case ComponentType.CONTAINER:
                yield from _parts(client, component["components"], pictures)
            case ComponentType.TEXT_DISPLAY:
                yield _text(client, component["content"])
            case ComponentType.SEPARATOR:
                yield _line(client)
            case ComponentType.MEDIA_GALLERY:
                for item in component["items"]:
                    name = item["media"]["url"].split("?")[0].rsplit("/")[-1]
                    yield _picture(client, pictures[name])
            case ComponentType.ACTION_ROW:
                yield _row(client, component["components"])
            case other:
                raise ValueError(f"cannot draw component {other}")


def _panel(client: _Client, height: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", (WIDTH - 4 * PAD, height), client.palette.panel)
    return image, ImageDraw.Draw(image)


def _picture(client: _Client, data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    room = (WIDTH - 4 * PAD, MOST_PICTURE)
    picture = ImageOps.contain(picture, room, Image.Resampling.LANCZOS)
    rounded = Image.new("L", (picture.width * 2, picture.height * 2))
    corners = (0, 0, rounded.width - 1, rounded.height - 1)
    ImageDraw.Draw(rounded).rounded_rectangle(corners, ROUND * 2, 255)
    image, _ = _panel(client, picture.height)
    image.paste(picture, mask=rounded.resize(picture.size, Image.Resampling.LANCZOS))
    return image


# ---- text --------------------------------------------------------------------------------------


def _text(client: _Client, content: str) -> Image.Image:
    raws = client.shown(content).splitlines()
    lines = [line for raw in raws for line in _wrapped(_read(client.palette, raw))]
    image, draw = _panel(client, sum(line.height for line in lines))
    top = 0
    for line in lines:
        _write(draw, client.palette, line, top)
        top += line.height
    return image


def _read(palette: Palette, raw: str) -> Line:
    """One line of Discord's Markdown, as much of it as the bot's cards use."""
    size, colour, heading = TEXT, palette.plain, False
    if raw.startswith("### "):
        raw, size, colour, heading = raw[4:], HEADING, palette.strong, True
    elif raw.startswith("-# "):
        raw, size, colour = raw[3:], SMALL, palette.faint
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


def _write(draw: ImageDraw.ImageDraw, palette: Palette, line: Line, top: int) -> None:
    left = 0.0
    for word in line.words:
        if set(word.text) <= set(BLOCKS):
            _bar(draw, palette, word.text, top)
            continue
        draw.text(
            (left, top),
            word.text,
            palette.strong if word.bold else line.colour,
            _font(line.size),
            stroke_width=BOLD if word.bold else 0,
        )
        left += _font(line.size).getlength(word.text)


def _bar(draw: ImageDraw.ImageDraw, palette: Palette, blocks: str, top: int) -> None:
    wide, high = CELL
    for number, block in enumerate(blocks):
        left = number * wide
        draw.rectangle((left, top + 6, left + wide - 1, top + 5 + high), palette.blocks[block])


def _line(client: _Client) -> Image.Image:
    image, draw = _panel(client, 9)
    draw.line((0, 4, image.width, 4), client.palette.secondary, 2)
    return image


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


# ---- what can be pressed -----------------------------------------------------------------------


def _row(client: _Client, parts: Sequence[Mapping[str, Any]]) -> Image.Image:
    if parts[0]["type"] == ComponentType.STRING_SELECT:
        return _menu(client, parts[0]["placeholder"])
    image, draw = _panel(client, BUTTON)
    left = 0
    for part in parts:
        wide = round(_font(TEXT).getlength(part["label"])) + 2 * 20
        is_primary = part["style"] == _PRIMARY_STYLE
        colour = PRIMARY if is_primary else client.palette.secondary
        letters = WHITE if is_primary else client.palette.label
        draw.rounded_rectangle((left, 0, left + wide, BUTTON - 1), ROUND, colour)
        middle = (left + wide / 2, BUTTON / 2)
        draw.text(middle, part["label"], letters, _font(TEXT), anchor="mm", stroke_width=BOLD / 2)
        left += wide + 10
    return image


def _menu(client: _Client, placeholder: str) -> Image.Image:
    palette = client.palette
    image, draw = _panel(client, BUTTON)
    right = image.width - 1
    draw.rounded_rectangle((0, 0, right, BUTTON - 1), ROUND, palette.menu, palette.secondary)
    draw.text((18, BUTTON / 2), placeholder, palette.faint, _font(TEXT), anchor="lm")
    x, y = right - 30, BUTTON / 2 - 3
    draw.line(((x - 8, y), (x, y + 8), (x + 8, y)), palette.faint, 3, joint="curve")
    return image
