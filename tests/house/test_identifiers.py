"""Every short name that a test or a docstring cites is explained in `docs/faults.md`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from tests.house.sources import ROOT

DOCUMENT: Final = ROOT / "docs" / "faults.md"
LETTERS: Final = "[CDFGHILNPRSW]"

ROW: Final = re.compile(rf"^\| ({LETTERS}\d{{1,3}}) \|", re.MULTILINE)
WORD: Final = re.compile(
    rf"(?<![\w#+/\\.\"'&;\-])({LETTERS})(\d{{1,3}})(?:-\1?(\d{{1,3}}))?(?![\w%/\"'])"
)
"""An id in a sentence, or a range of them. Not part of a hash, a path, a colour or a literal."""
QUOTED: Final = re.compile(rf"[\"']({LETTERS}\d{{1,2}})[\"']")
NAME: Final = re.compile(r"def test_((?:[a-z]?\d{1,3}_)+)")
RULE: Final = re.compile(r"#\s*(?:noqa|type:).*")
"""The codes of linters look like ids."""


def expand(match: re.Match[str]) -> set[str]:
    """The ids of a sentence's match: `L8-L16` names nine."""
    letter, first, last = match[1], int(match[2]), int(match[3] or match[2])
    return {f"{letter}{number}" for number in range(first, last + 1)}


def cited(line: str) -> set[str]:
    """The ids that one line cites."""
    line = RULE.sub("", line).replace('"""', " ")
    found = {one for match in WORD.finditer(line) for one in expand(match)}
    found |= {match[1] for match in QUOTED.finditer(line)}
    for match in NAME.finditer(line):
        found |= {one.upper() for one in match[1].strip("_").split("_") if one[0].isalpha()}
    return found


def citations() -> dict[str, str]:
    """Each id that is cited, and one place where it is."""
    found: dict[str, str] = {}
    for root in ("tests", "bot", "cogs", "docs"):
        for file in sorted((ROOT / root).rglob("*")):
            if file.suffix not in {".py", ".md"} or file in {DOCUMENT, Path(__file__)}:
                continue
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
                for one in cited(line):
                    found.setdefault(one, f"{file.relative_to(ROOT)}:{number}")
    return found


def rows() -> list[str]:
    return ROW.findall(DOCUMENT.read_text(encoding="utf-8"))


def test_every_id_that_is_cited_is_explained() -> None:
    known = set(rows())

    unknown = {one: place for one, place in citations().items() if one not in known}

    assert unknown == {}


def test_every_row_is_cited_and_stands_once() -> None:
    listed = rows()

    assert sorted(set(listed) - citations().keys()) == []
    assert len(listed) == len(set(listed))


def test_what_only_looks_like_an_id_is_none() -> None:
    for line in (
        "x = 1  # noqa: S101",
        "Ideogram V2 Edit",
        'colour = "#F8F8F8"',
        "U+F123 is private",
        "sha256 C1d2e3f4",
        "the font Inter-R12.ttf",
    ):
        assert cited(line) == set()
    assert cited('"""D10, I7: once; L8-L10."""') == {"D10", "I7", "L8", "L9", "L10"}
    assert cited("def test_r25_n8_96_a_large_picture() -> None:") == {"R25", "N8"}
