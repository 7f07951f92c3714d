"""A preview says in words and buttons what will change, and fits whatever a member wrote."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.edits.edit import Edit, EditState
from bot.domain.edits.options import (
    MOST_GROWTH,
    MOST_SOFTNESS,
    Adjusted,
    Adjustment,
    EditKind,
    Previewing,
)
from bot.domain.edits.pictures import AreaChoice, Note, Question, Reading
from bot.sandbox import components as tree
from bot.sandbox import validation
from bot.ui.edits import cards
from bot.ui.edits.buttons import AdjustButton
from bot.ui.interactions.fields import MOST_OPTIONS
from bot.ui.interactions.registry import ComponentItem
from bot.ui.texts import previews
from tests.ui import specimens
from tests.ui.edits.test_cards import EDITS, PROMPTS, built, buttons, problems, texts
from tests.ui.registered import ours

ADJUSTED = st.builds(
    Adjusted,
    inverted=st.booleans(),
    growth=st.integers(-MOST_GROWTH, MOST_GROWTH),
    softness=st.integers(0, MOST_SOFTNESS),
    turned=st.booleans(),
)
CHOICES = st.lists(
    st.builds(AreaChoice, label=PROMPTS, area=st.just("box " * 120)), max_size=MOST_OPTIONS + 3
).map(tuple)


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("previews") / "any.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n")
    return path


def draft(**changes: Any) -> Edit:
    values: dict[str, Any] = {"state": EditState.DRAFT, "masked_pixels": 1_080_000}
    return specimens.edit(**(values | changes))


def shown(edit: Edit, picture: Path) -> list[dict[str, Any]]:
    mask = picture if edit.kind is EditKind.AREA else None
    with cards.preview(specimens.preview(edit, picture, mask=mask)) as sheet:
        return built(sheet.layout)


def parts(components: list[dict[str, Any]], kind: tree.ComponentType) -> list[dict[str, Any]]:
    return [part for _, part in tree.walk(components) if part["type"] == kind]


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    asked=EDITS,
    kind=st.sampled_from(EditKind),
    adjusted=ADJUSTED,
    question=st.one_of(st.none(), st.sampled_from(Question)),
    choices=CHOICES,
    saying=st.one_of(st.none(), st.just("x" * 200)),
)
def test_a_preview_fits(
    picture: Path,
    asked: Edit,
    kind: EditKind,
    adjusted: Adjusted,
    question: Question | None,
    choices: tuple[AreaChoice, ...],
    saying: str | None,
) -> None:
    edit = replace(asked, kind=kind, adjusted=adjusted, question=question, choices=choices)
    mask = picture if kind is EditKind.AREA else None

    with cards.preview(specimens.preview(edit, picture, mask=mask), saying=saying) as sheet:
        components = built(sheet.layout)
        names = [file.filename for file in sheet.files]
        alts = [file.description or "" for file in sheet.files]

    assert problems(components, iter(names)) == []
    assert len(names) == len(set(names)) == 1 + (mask is not None)
    assert all(0 < len(alt) <= 1024 for alt in alts)
    assert "@everyone" not in texts(components)
    assert "None" not in texts(components)
    for row in parts(components, tree.ComponentType.ACTION_ROW):
        assert 1 <= len(row["components"]) <= 5
    for menu in parts(components, tree.ComponentType.STRING_SELECT):
        assert len(menu["options"]) == min(len(choices), MOST_OPTIONS)
        assert all(1 <= len(option["label"]) <= 100 for option in menu["options"])
        assert len({option["value"] for option in menu["options"]}) == len(menu["options"])


def test_the_files_of_a_preview_are_closed_when_it_is_sent(picture: Path) -> None:
    with cards.preview(specimens.preview(draft(), picture)) as sheet:
        handles = [file.fp for file in sheet.files]

    assert all(handle.closed for handle in handles)


def test_a_look_without_its_mask_says_why_and_can_be_used(picture: Path) -> None:
    edit = draft(kind=EditKind.AREA, prompt="")

    with cards.preview(specimens.preview(edit, picture)) as sheet:
        components = built(sheet.layout)
        files = sheet.files

    assert problems(components, iter(file.filename for file in files)) == []
    assert len(files) == 1
    assert "Its mask is too large a file to attach here" in texts(components)
    assert "The mask above" not in texts(components)
    assert "tu1:word:7" in [custom_id for _, custom_id in buttons(components)]


def test_n4_a_preview_says_everything_before_money_moves(picture: Path) -> None:
    edit = draft(
        area='subject + text:"SALE" - bottom third',
        seed=1200,
        count=3,
        prompt="a *red* door",
        notes=(Note.SUBJECT_UNSURE,),
        adjusted=Adjusted(growth=1, softness=1),
    )

    said = texts(shown(edit, picture))

    for part in (
        "### 9% of the picture will change",
        "(found automatically: subject, text “SALE”)",
        "**Adjusted:** grown by 45 px, fades in over 12 px",
        "**Prompt:** a \\*red\\* door",
        "**Style:** Auto · **Seed:** 1200 · 3 pictures",
        "I am not sure about the subject",
        "$0.92 of $1.00 left",
        "Nothing is bought before you press Run.",
    ):
        assert part in said


@pytest.mark.parametrize(
    ("kind", "headline", "first"),
    [
        (EditKind.EDIT, "9% of the picture will change", "Run · $0.08"),
        (EditKind.ERASE, "9% of the picture will be erased", "Run · $0.08"),
        (EditKind.EXTEND, "9% of the picture will be new", "Run · $0.08"),
        (EditKind.RELETTER, "9% of the picture will be re-lettered", "Run · $0.08"),
        (EditKind.AREA, "This area is 9% of the picture", "Edit with this area…"),
    ],
)
def test_a_preview_is_named_after_the_wish(
    picture: Path, kind: EditKind, headline: str, first: str
) -> None:
    components = shown(draft(kind=kind), picture)

    assert texts(components).startswith(f"### {headline}\n")
    assert buttons(components)[0][0] == first
    assert ("Cancel" in dict(buttons(components))) == (kind is not EditKind.AREA)


def test_new_room_can_only_be_softened_and_only_where_it_overlaps(picture: Path) -> None:
    def labels(feather: int) -> list[str]:
        edit = draft(kind=EditKind.EXTEND, reading=Reading.EXTENDED, area=None, feather=feather)
        return [label for label, _ in buttons(shown(edit, picture))]

    assert labels(0) == ["Run · $0.08", "Cancel"]
    assert labels(24) == ["Run · $0.08", "Softer", "Cancel"]


def test_r10_the_rest_is_offered_where_most_of_the_picture_would_change(picture: Path) -> None:
    edit = draft(question=Question.MOST_OF_IT)

    components = shown(edit, picture)

    assert ("No: change the rest", "tu1:invert:7") in buttons(components)
    assert "**That is most of the picture. Did you mean it, or rather the rest?**" in texts(
        components
    )


@pytest.mark.parametrize(
    ("question", "turned", "offered"),
    [(None, False, False), (Question.TURNED, False, True), (None, True, True)],
)
def test_a_mask_that_lay_on_its_side_can_be_turned_the_other_way(
    picture: Path, question: Question | None, turned: bool, offered: bool
) -> None:
    edit = draft(question=question, adjusted=Adjusted(turned=turned))

    assert (("Turn it the other way", "tu1:turn:7") in buttons(shown(edit, picture))) == offered


@pytest.mark.parametrize(
    ("adjusted", "ended"),
    [
        (Adjusted(), set()),
        (Adjusted(softness=MOST_SOFTNESS), {"Softer"}),
        (Adjusted(growth=MOST_GROWTH), {"Grow"}),
        (Adjusted(growth=-MOST_GROWTH), {"Shrink"}),
        (Adjusted(growth=MOST_GROWTH, inverted=True), {"Shrink"}),
    ],
)
def test_r11_what_changes_nothing_more_cannot_be_pressed(
    picture: Path, adjusted: Adjusted, ended: set[str]
) -> None:
    components = shown(draft(adjusted=adjusted), picture)

    found = parts(components, tree.ComponentType.BUTTON)

    assert {button["label"] for button in found if button.get("disabled")} == ended


@pytest.mark.parametrize(
    ("adjusted", "said"),
    [
        (Adjusted(growth=2), "grown by 90 px"),
        (Adjusted(growth=-1), "shrunk by 45 px"),
        (Adjusted(inverted=True), "inverted"),
        (Adjusted(inverted=True, growth=-1), "inverted, grown by 45 px"),
        (Adjusted(turned=True), "turned the other way"),
    ],
)
def test_what_was_done_to_an_area_is_said(picture: Path, adjusted: Adjusted, said: str) -> None:
    edit = draft(adjusted=adjusted)

    assert f"**Adjusted:** {said}\n" in texts(shown(edit, picture))
    assert said in previews.alt(edit)


@pytest.mark.parametrize(
    ("reading", "notes", "said"),
    [
        (Reading.WHITE_CHANGES, (), "your mask, white changes"),
        (Reading.BLACK_CHANGES, (), "your mask, black changes"),
        (Reading.PAINT_CHANGES, (), "your mask, the painted part changes"),
        (Reading.ERASED_COPY, (), "the part you erased from your copy"),
        (Reading.MARKED_COPY, (Note.MARKS_FILLED,), "the marks on your copy, outlines filled"),
        (
            Reading.MARKED_COPY,
            (Note.MARKS_OPEN,),
            "the marks on your copy, the strokes themselves, because none closes",
        ),
    ],
)
def test_how_the_area_was_read_is_said_and_told_to_those_who_do_not_see_it(
    picture: Path, reading: Reading, notes: tuple[Note, ...], said: str
) -> None:
    edit = draft(reading=reading, area=None, notes=notes)

    assert f"**Area:** {said}\n" in texts(shown(edit, picture))
    assert previews.alt(edit) == (
        "Preview: the picture, 4,000 by 3,000 pixels; what will change is tinted and outlined: "
        f"{said}, 9% of the picture"
    )


def test_choices_are_named_and_numbered(picture: Path) -> None:
    choices = (AreaChoice("SALE", "box 1,2,3,4"), AreaChoice("CLOSED", "box 5,6,7,8"))
    components = shown(draft(kind=EditKind.RELETTER, choices=choices), picture)

    [menu] = parts(components, tree.ComponentType.STRING_SELECT)

    assert menu["custom_id"] == "tu1:choose:7"
    assert [(o["label"], o["value"]) for o in menu["options"]] == [("SALE", "0"), ("CLOSED", "1")]


@pytest.mark.parametrize("when", list(Previewing))
def test_every_wish_about_previews_has_words(when: Previewing) -> None:
    said = previews.previewing(when, changed=True)

    assert said.startswith("Remembered. I show ")
    assert len(previews.previewing_label(when)) <= 100


@pytest.mark.parametrize("adjustment", list(Adjustment))
def test_every_adjustment_has_a_button_that_is_known_again(adjustment: Adjustment) -> None:
    button = AdjustButton.item(draft(id=7), adjustment)

    found = ours().find(button.custom_id)

    assert found is not None
    assert isinstance(found[0], AdjustButton)
    assert found[0].verb == adjustment
    assert found[1] == 7


@pytest.mark.parametrize(
    "custom_id", ["tu1:run:x", "tu1:explode:7", "tu1:run:7:8", "tu1:run:" + "7" * 19, "", "x"]
)
def test_what_is_no_button_of_ours_is_stale(custom_id: str) -> None:
    assert ComponentItem.__discord_ui_compiled_template__.fullmatch(custom_id) is not None
    assert ours().find(custom_id) is None


def test_a_preview_stays_within_the_rows_discord_has(picture: Path) -> None:
    edit = draft(
        question=Question.TURNED, choices=(AreaChoice("a", "top"), AreaChoice("b", "left"))
    )

    rows = parts(shown(edit, picture), tree.ComponentType.ACTION_ROW)

    assert [len(row["components"]) for row in rows] == [1, 5, 2]
    assert len(list(tree.walk(shown(edit, picture)))) <= validation.MAX_COMPONENTS
