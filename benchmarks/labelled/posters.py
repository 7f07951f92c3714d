"""Posters and scans with labelled lettering: flat graphics, drawn by the project."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from benchmarks.labelled.example import Example, photographed
from benchmarks.labelled.sheets import PLAIN, Sheet, labelled, noisy
from benchmarks.labelled.textures import Scenery
from bot.engine import samples
from bot.engine.painting import SANS, SERIF

if TYPE_CHECKING:
    from collections.abc import Iterator


INK = (28, 28, 32)
WHITE = (250, 250, 248)


def posters() -> Iterator[Example]:
    """Ten of them."""
    return (drawn(name) for name in _DRAWN)


def drawn(name: str) -> Example:
    """One of them."""
    sheet = _DRAWN[name]()
    return Example(name, sheet.picture, sheet.mask())


def _cinema() -> Sheet:
    """The sample poster of the engine; its letters are laid out again to know their place."""
    sheet = Sheet(samples.poster())
    scene = Scenery(*sheet.picture.size)
    lines = [
        ("SUMMER\nNIGHTS", (70, 70, 830, 246)),
        ("OPEN AIR CINEMA", (70, 250, 830, 312)),
        ("12 – 28 JULY", (70, 1030, 830, 1104)),
        ("RIVERSIDE PARK · DOORS 20:30 · FREE ENTRY", (70, 1104, 830, 1150)),
    ]
    for text, box in lines:
        ink = scene.words(text, box, SANS) > 0.1
        filled = np.flatnonzero(np.diff(np.pad(ink.any(1), 1).astype(np.int8)))
        for top, bottom in filled.reshape(-1, 2):
            across = np.flatnonzero(ink[top:bottom].any(0))
            sheet.lines.append(labelled((across[0], top, across[-1] + 1, bottom)))
    return sheet


def _sale() -> Sheet:
    sheet = Sheet(Image.new("RGB", (1080, 1080), (214, 40, 52)))
    sheet.draw.ellipse((700, 60, 1020, 380), fill=(255, 214, 0))
    sheet.draw.rectangle((0, 860, 1080, 1080), fill=(30, 30, 44))
    sheet.write("SALE", (80, 420), 260, WHITE)
    sheet.write("-50%", (860, 220), 92, INK, anchor="mm")
    sheet.write("everything in store", (80, 700), 64, WHITE, font=SERIF)
    sheet.write("Saturday & Sunday only", (540, 930), 56, (255, 214, 0), anchor="mm")
    sheet.write("while stocks last", (540, 1010), 30, WHITE, anchor="mm", font=PLAIN)
    return sheet


def _slide() -> Sheet:
    """Dark, as in a talk, with a chart beside the words."""
    sheet = Sheet(Image.new("RGB", (1600, 900), (18, 22, 34)))
    for index, tall in enumerate((120, 260, 180, 340, 420)):
        left = 1000 + index * 100
        sheet.draw.rectangle((left, 760 - tall, left + 64, 760), fill=(70, 120 + 20 * index, 220))
    sheet.draw.line((980, 762, 1520, 762), fill=(200, 200, 210), width=3)
    sheet.write("Quarterly results", (90, 90), 84, WHITE)
    points = ("Revenue up by a fifth", "Two new offices", "Fewer returns", "Hiring slows down")
    for index, point in enumerate(points):
        y = 290 + index * 110
        sheet.draw.ellipse((96, y + 8, 120, y + 32), fill=(90, 180, 250))
        sheet.write(point, (150, y), 46, (214, 220, 232), font=PLAIN)
    return sheet


def _page(*, turn: float = 0.0) -> Sheet:
    """A scanned letter: uneven paper, grain, JPEG; perhaps laid on the glass askew."""
    width, height = 1240, 1754
    sheet = Sheet(Image.new("RGB", (width, height), (247, 244, 236)))
    sheet.write("Notice to all residents", (140, 180), 58, INK, font=SERIF)
    body = (
        "The water will be turned off on Tuesday between",
        "nine in the morning and four in the afternoon.",
        "Please fill a kettle and a bath beforehand, and",
        "keep the taps closed while the pipes are flushed.",
        "",
        "If you need help carrying water upstairs, call",
        "the caretaker before Monday evening.",
    )
    for index, text in enumerate(filter(None, body)):
        sheet.write(text, (140, 330 + 62 * index + 40 * (index > 3)), 34, INK, font=PLAIN)
    sheet.write("The house management", (140, 960), 34, INK, font=SERIF)
    sheet.draw.line((140, 1040, 420, 1040), fill=(60, 70, 160), width=4)
    if turn:
        angle = np.deg2rad(turn)
        matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        middle = np.array([width / 2, height / 2])
        own = np.array([(0, 0), (width, 0), (width, height), (0, height)])
        corners = [(x, y) for x, y in (own - middle) @ matrix.T + middle]
        sheet = sheet.hung(Sheet(Image.new("RGB", (width, height), (205, 203, 198))), corners)
    sheet.picture = photographed(noisy(sheet.picture, grain=4, seed=3), 70)
    return sheet


def _turned_page() -> Sheet:
    return _page(turn=2.5)


def _receipt() -> Sheet:
    sheet = Sheet(Image.new("RGB", (520, 1100), (252, 252, 250)))
    grey = (70, 70, 74)
    sheet.write("CORNER MARKET", (260, 60), 40, grey, anchor="mt")
    sheet.write("12 Mill Road", (260, 122), 24, grey, anchor="mt", font=PLAIN)
    goods = (("Bread", "2.40"), ("Apples 1 kg", "3.10"), ("Coffee", "6.95"), ("Soap", "1.20"))
    for index, (name, price) in enumerate(goods):
        sheet.write(name, (50, 240 + 56 * index), 26, grey, font=PLAIN)
        sheet.write(price, (470, 240 + 56 * index), 26, grey, anchor="rt", font=PLAIN)
    for x in range(50, 470, 16):
        sheet.draw.line((x, 490, x + 8, 490), fill=grey, width=2)
    sheet.write("TOTAL", (50, 530), 36, grey)
    sheet.write("13.65", (470, 530), 36, grey, anchor="rt")
    sheet.write("Thank you!", (260, 680), 30, grey, anchor="mt", font=SERIF)
    rng = np.random.default_rng(8)
    for x in np.cumsum(rng.integers(4, 14, 40)):
        sheet.draw.rectangle((60 + x, 800, 60 + x + int(rng.integers(1, 6)), 920), fill=grey)
    return sheet


def _menu() -> Sheet:
    """Two columns, white on a board of slate."""
    sheet = Sheet(noisy(Image.new("RGB", (1400, 1000), (44, 50, 48)), grain=3, seed=4))
    chalk = (232, 230, 220)
    sheet.write("Today", (700, 70), 96, (250, 210, 120), anchor="mt", font=SERIF)
    left = ("Pumpkin soup", "Trout with beans", "Mushroom risotto", "Plum cake")
    right = ("Cider", "Mint tea", "Elderflower", "Espresso")
    for index, (food, drink) in enumerate(zip(left, right, strict=True)):
        sheet.write(food, (110, 280 + 130 * index), 52, chalk, font=SERIF)
        sheet.write(drink, (860, 280 + 130 * index), 52, chalk, font=SERIF)
    sheet.draw.line((780, 270, 780, 780), fill=(150, 150, 140), width=4)
    sheet.write("Ask us about allergies", (700, 900), 32, chalk, anchor="mt", font=PLAIN)
    return sheet


def _cover() -> Sheet:
    """A book's cover: shapes of even colour, the words low in contrast."""
    sheet = Sheet(Image.new("RGB", (900, 1350), (38, 84, 92)))
    sheet.draw.polygon(((0, 900), (450, 520), (900, 940), (900, 1350), (0, 1350)), (24, 60, 70))
    sheet.draw.ellipse((560, 240, 760, 440), fill=(236, 196, 120))
    sheet.write("The Quiet", (80, 90), 120, (226, 232, 222), font=SERIF)
    sheet.write("Harbour", (80, 240), 120, (226, 232, 222), font=SERIF)
    sheet.write("a novel", (84, 410), 44, (120, 176, 176), font=SERIF)
    sheet.write("MARGARET ELLIS", (450, 1240), 54, (226, 232, 222), anchor="mm")
    return sheet


def _form() -> Sheet:
    """Boxes and rules that are no letters."""
    sheet = Sheet(Image.new("RGB", (1200, 900), (255, 255, 255)))
    sheet.write("Application", (60, 50), 60, (20, 60, 130))
    for index, label in enumerate(("Family name", "First name", "Date of birth", "Street")):
        y = 180 + 150 * index
        sheet.write(label, (60, y), 28, INK, font=PLAIN)
        sheet.draw.rectangle((60, y + 42, 1140, y + 112), outline=(120, 120, 130), width=2)
    for index, label in enumerate(("yes", "no", "perhaps")):
        x = 60 + 260 * index
        sheet.draw.rectangle((x, 800, x + 36, 836), outline=INK, width=3)
        sheet.write(label, (x + 56, 804), 28, INK, font=PLAIN)
    return sheet


def _caption() -> Sheet:
    """A picture of clouds with bars above and below it, as jokes are passed on."""
    sky = samples.landscape().resize((1000, 667)).crop((0, 0, 1000, 300)).resize((1000, 700))
    sheet = Sheet(Image.new("RGB", (1000, 1000), WHITE))
    sheet.picture.paste(sky, (0, 150))
    sheet.write("WHEN THE BUILD IS GREEN", (500, 75), 62, (0, 0, 0), anchor="mm")
    sheet.write("on a Friday at five", (500, 925), 62, (0, 0, 0), anchor="mm")
    sheet.picture = photographed(sheet.picture, 75)
    return sheet


_DRAWN = {
    "cinema": _cinema,
    "sale": _sale,
    "slide": _slide,
    "page": _page,
    "page askew": _turned_page,
    "receipt": _receipt,
    "menu": _menu,
    "cover": _cover,
    "form": _form,
    "caption": _caption,
}
