"""docs/areas.md says what the language is: its examples are understood, its tables complete."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from bot.domain import areas
from bot.domain.areas import grammar, measures
from bot.domain.areas.words import MIDDLES, WORDS
from bot.domain.edits import extension, options
from bot.domain.errors import BadArea

DOCUMENT: Final = Path(__file__).resolve().parents[3] / "docs" / "areas.md"
TEXT: Final = DOCUMENT.read_text(encoding="utf-8")


def rows(header: str) -> list[list[str]]:
    """The cells of every table whose header ends with `header`."""
    found = []
    for table in re.findall(r"(?:^\|.*\n)+", TEXT, flags=re.MULTILINE):
        head, _, *lines = table.splitlines()
        if head.endswith(f"{header} |"):
            found += [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return found


def code(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


EXAMPLES: Final = [example for row in rows("example") for example in code(row[-1])]
MORE: Final = [
    span
    for span in code(re.sub(r"(?m)^\|.*$|```[^`]*```", "", TEXT))
    if re.match(r"[a-z(]+[ :-][^…]", span)
]


@pytest.mark.parametrize("text", [*EXAMPLES, *MORE])
def test_n9_every_example_of_the_document_is_understood(text: str) -> None:
    area = areas.parse(text)

    assert areas.parse(str(area)) == area


def test_n9_every_word_of_the_language_is_explained_with_an_example() -> None:
    explained = {word for row in rows("example") for word in code(row[0])}

    shares = {"third", "half", "quarter"}
    assert explained >= {*WORDS} - shares - {*MIDDLES[1:]}
    assert all(f"`{word}`" in TEXT for word in (*shares, *MIDDLES))
    assert all(code(row[-1]) for row in rows("example"))
    assert len(EXAMPLES) >= 20


@pytest.mark.parametrize(("said", "offered"), [tuple(row) for row in rows("you are offered")])
def test_what_the_document_offers_for_a_mistake_is_what_is_offered(said: str, offered: str) -> None:
    with pytest.raises(BadArea) as caught:
        areas.parse(*code(said))

    assert [caught.value.suggestion] == code(offered)


def test_the_grammar_of_the_document_is_that_of_the_code() -> None:
    written = re.search(r"```\n(said .*?)```", TEXT, flags=re.DOTALL)
    assert written
    assert areas.__doc__

    assert written[1].count(" = ") == areas.__doc__.count(" = ") == 5
    assert all(line.strip() in areas.__doc__ for line in written[1].splitlines())


def test_the_limits_of_the_document_are_those_of_the_code() -> None:
    lengths = {code(row[0])[0]: row[1] for row in rows("at most")}

    assert lengths["grow"] == f"{measures.MAX_GROWTH_PERCENT}% or {measures.MAX_GROWTH_PIXELS}px"
    assert lengths["feather"] == (
        f"{measures.MAX_FEATHER_PERCENT}% or {measures.MAX_FEATHER_PIXELS}px"
    )
    assert f"at most {areas.MAX_LENGTH} characters, {grammar.MAX_SHAPES} shapes" in TEXT
    assert f"and {grammar.MAX_DEPTH} brackets" in TEXT
    assert f"At most {grammar.MAX_WORDS_LENGTH} characters" in TEXT
    assert f"at most {grammar.MAX_FOUND} different things" in TEXT


def test_the_document_links_only_to_what_is_there() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", TEXT)

    assert all((DOCUMENT.parent / link).exists() for link in links)


def test_the_limits_of_new_room_and_of_the_previews_steps_are_the_pages() -> None:
    assert f"at most {extension.MOST_PERCENT}%" in TEXT
    assert f"at most {extension.MOST_PIXELS}px" in TEXT
    assert f"at most {extension.MOST_ASPECT}:1" in TEXT
    assert f"up to {extension.MOST_OVERLAP_PIXELS} pixels" in TEXT
    assert f"{options.GROWTH_SHARE * 100:g}% of the picture's shorter side" in TEXT
    assert options.MOST_SOFTNESS == 3  # "up to three times"


def test_new_room_is_said_with_the_sides_and_amounts_of_the_page() -> None:
    section = TEXT[TEXT.index("## New room") : TEXT.index("## The preview")]
    amounts = [amount for row in rows("what is added") for amount in code(row[0])]

    assert {edge.value for edge in extension.Edge} <= set(code(section))
    assert len(amounts) == 4
    assert all(extension.parse_extension("all", amount) for amount in amounts)
