"""What the painter reads out of a prompt."""

from __future__ import annotations

import pytest

from bot.engine.painting.intent import read_intent
from bot.engine.painting.tint import COLOURS


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        ('a sign that says "OPEN"', "OPEN"),
        ("a sign that says “Bäckerei”", "Bäckerei"),
        ("ein Schild „Offen“", "Offen"),
        ("un panneau « Ouvert »", "Ouvert"),
        ("letters ‘Joe’s Diner’ on it", "Joe’s Diner"),
        ("a sign saying 'Hello there'", "Hello there"),
        ("the dog's bowl and the cat's toy", None),
        ("a sign that says OPEN LATE in red", "OPEN LATE"),
        ('replace "CLOSED" with "OPEN"', "OPEN"),
        ('a poster with "LIVE" and "TONIGHT"', "LIVE\nTONIGHT"),
        ('remove the text "SALE"', None),
        ('remove the old text and write "NEW"', "NEW"),
        ('""', None),
        ('a lone " quote', None),
        ("", None),
    ],
)
def test_the_words_to_letter(prompt: str, text: str | None) -> None:
    assert read_intent(prompt).text == text


@pytest.mark.parametrize(
    ("prompt", "area", "letters"),
    [
        ('a blue sign with yellow letters "HI"', "blue", "yellow"),
        ('a red sign, cream letters "HI"', "red", "cream"),
        ('a red sign cream letters "HI"', "red", "cream"),
        ('"HI" in bold white lettering', None, "white"),
        ('"HI" written in gold', None, "gold"),
        ('a green sign "HI"', "green", None),
        ('a sign that says "RED"', None, None),
        ("a purple car with gold wheels", "purple", None),
        ("a bored redhead", None, None),
    ],
)
def test_colours_of_the_area_and_of_the_letters(
    prompt: str, area: str | None, letters: str | None
) -> None:
    wish = read_intent(prompt)

    assert wish.colour == (COLOURS[area] if area else None)
    assert wish.letters == (COLOURS[letters] if letters else None)


@pytest.mark.parametrize(
    ("prompt", "light"),
    [("at night", -1), ("a sunny day", 1), ("a dark red door", 0), ("a door", 0)],
)
def test_light(prompt: str, light: float) -> None:
    assert read_intent(prompt).light == light


@pytest.mark.parametrize("prompt", ["remove the red car", "Erase it", "get rid of the cone", ""])
def test_removing_asks_for_nothing_else(prompt: str) -> None:
    wish = read_intent(prompt)

    assert wish.remove
    assert wish.colour is None
    assert wish.text is None


@pytest.mark.parametrize(
    ("prompt", "board"), [('a poster "X"', True), ('"X" on the wall', False), ("assignment", False)]
)
def test_boards(prompt: str, board: bool) -> None:
    assert read_intent(prompt).board is board
