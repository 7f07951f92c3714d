"""What the model is told, and which lettering is meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import areas
from bot.domain.areas import Thing
from bot.domain.edits import prompts
from bot.domain.edits import prompts as prompt_rules
from bot.domain.edits.options import EditKind
from bot.domain.errors import BadPrompt, PromptProblem

LIMIT = 2000


def told(kind: EditKind, typed: str, *, limit: int = LIMIT) -> str:
    return prompt_rules.full_prompt(kind, typed, limit=limit)


@pytest.mark.parametrize(
    ("kind", "typed", "expected"),
    [
        (EditKind.EDIT, "  a red door ", "a red door"),
        (EditKind.ERASE, "", prompt_rules.ERASE),
        (EditKind.ERASE, "whatever was typed", prompt_rules.ERASE),
        (EditKind.EXTEND, "", prompt_rules.EXTEND),
        (EditKind.EXTEND, " more beach ", f"more beach. {prompt_rules.EXTEND}"),
        (EditKind.AREA, "", ""),
    ],
)
def test_each_wish_has_its_own_words(kind: EditKind, typed: str, expected: str) -> None:
    assert told(kind, typed) == expected


def test_n10_new_lettering_stands_in_quotes_and_keeps_the_surface() -> None:
    prompt = told(EditKind.RELETTER, ' SUMMER\n "2027" ')

    assert prompt.startswith("The lettering reads \"SUMMER '2027'\",")
    assert prompt.count('"') == 2
    assert "unchanged" in prompt


@pytest.mark.parametrize("kind", [EditKind.EDIT, EditKind.RELETTER])
def test_words_are_needed_where_nothing_else_says_what_to_paint(kind: EditKind) -> None:
    with pytest.raises(BadPrompt) as refused:
        told(kind, " \u200b ")

    assert refused.value.problem is PromptProblem.EMPTY


@pytest.mark.parametrize("kind", [EditKind.EDIT, EditKind.RELETTER, EditKind.EXTEND])
def test_the_whole_prompt_keeps_to_the_limit(kind: EditKind) -> None:
    with pytest.raises(BadPrompt) as refused:
        told(kind, "x" * 99, limit=98)

    assert refused.value.problem is PromptProblem.TOO_LONG


@given(words=st.text(max_size=200), kind=st.sampled_from(EditKind))
def test_what_was_typed_is_read_back_from_what_is_sent(words: str, kind: EditKind) -> None:
    try:
        prompt = told(kind, words)
    except BadPrompt:
        return

    read = prompt_rules.typed(kind, prompt)

    if kind is EditKind.ERASE:
        expected = ""
    elif words.strip():
        expected = prompts.clean(words, limit=LIMIT)
    else:
        expected = ""
    if kind is EditKind.RELETTER:
        expected = " ".join(expected.replace('"', "'").split())
    assert read == expected
    if kind is not EditKind.ERASE:
        assert told(kind, read) == prompt


@given(kind=st.sampled_from(EditKind), prompt=st.text(max_size=300))
def test_a_prompt_of_another_version_is_shown_as_it_is(kind: EditKind, prompt: str) -> None:
    assert prompt_rules.typed(kind, prompt) == prompt


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (None, "text grow 1% feather 1%"),
        ("  ", "text grow 1% feather 1%"),
        ("Text ", "text grow 1% feather 1%"),
        ("text & top half", "text & top half"),
        ("left half", "left half"),
        ("subject & bottom half", "subject & bottom half"),
        ('text:"SALE"', 'text:"SALE"'),
        ("SALE", 'text:"SALE"'),
        ("“Open daily”", 'text:"Open daily"'),
        ('say "hi"', 'text:"say ""hi"'),
    ],
)
def test_n10_lettering_is_meant_by_an_area_or_by_what_it_says_now(
    where: str | None, expected: str
) -> None:
    assert prompt_rules.lettering_area(where) == expected


@given(where=st.text(max_size=200))
def test_whatever_is_said_about_lettering_is_an_area_and_stays_it(where: str) -> None:
    area = prompt_rules.lettering_area(where)

    assert prompt_rules.lettering_area(area) == area
    if area != where:
        assert [found.thing for found in areas.found_in(areas.parse(area))] == [Thing.TEXT]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (None, None),
        ("subject", "subject grow 2%"),
        ("subject feather 3px", "subject grow 2% feather 3px"),
        ('subject + text:"SALE"', '(subject + text:"SALE") grow 2%'),
        ("subject grow 5px", "subject grow 5px"),
        ("subject - faces", "subject - faces"),
        ("background", "background"),
        ("sky", "sky"),
        ("left half", "left half"),
        ("nonsense", "nonsense"),
    ],
)
def test_r27_what_is_found_to_be_erased_gets_a_little_room(
    said: str | None, expected: str | None
) -> None:
    assert prompt_rules.erasable_area(said) == expected


@given(said=st.text(max_size=60))
def test_room_is_given_once_and_nothing_else_is_changed(said: str) -> None:
    area = prompt_rules.erasable_area(said)

    assert prompt_rules.erasable_area(area) == area
