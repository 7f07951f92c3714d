"""Forms are read by the names of their fields, and whatever does not look like one is left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox import Description, validation
from bot.ui.edits.modals import PromptModal
from bot.ui.interactions import fields as modal_fields
from bot.ui.interactions.registry import Modal
from tests.e2e.conftest import DESCRIPTION
from tests.ui.registered import ours

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["component", "components", "custom_id", "value", "values", "url"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def filled(*parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    components = [{"type": 18, "id": n, "component": part} for n, part in enumerate(parts)]
    return {"custom_id": "tu1:form:x:7", "components": components} | more


def test_a_form_is_read_by_the_names_of_its_fields() -> None:
    attached = {"9": {"id": "9", "filename": "a.png", "url": "https://cdn/a.png"}}

    answers = modal_fields.read(
        filled(
            {"type": 4, "custom_id": "prompt", "value": "a door"},
            {"type": 3, "custom_id": "where", "values": ["left", "right"]},
            {"type": 21, "custom_id": "how", "value": "softly"},
            {"type": 19, "custom_id": "copy", "values": ["9"]},
            resolved={"attachments": attached},
        )
    )

    assert answers.text("prompt") == "a door"
    assert answers.choices("where") == ("left", "right")
    assert answers.choice("where") == "left"
    assert answers.choice("how") == "softly"
    assert answers.files("copy") == ("https://cdn/a.png",)


def test_fields_in_rows_are_read_too() -> None:
    part = {"type": 4, "custom_id": "prompt", "value": "a door"}

    answers = modal_fields.read({"components": [{"type": 1, "components": [part]}]})

    assert answers.text("prompt") == "a door"


def test_what_was_not_filled_in_is_empty() -> None:
    answers = modal_fields.read(
        filled(
            {"type": 3, "custom_id": "where", "values": []},
            {"type": 19, "custom_id": "copy", "values": ["12"]},
        )
    )

    assert answers.text("prompt") == ""
    assert answers.choice("where") is None
    assert answers.choices("gone") == ()
    assert answers.files("copy") == ()


@given(components=JSON, resolved=JSON)
def test_no_payload_breaks_the_reader(components: Any, resolved: Any) -> None:
    answers = modal_fields.read({"components": components, "resolved": resolved})

    assert isinstance(answers.text("prompt"), str)
    assert all(isinstance(choice, str) for choice in answers.choices("prompt"))


def test_a_form_that_is_nested_without_end_is_no_form() -> None:
    part: Any = {"type": 4, "custom_id": "prompt", "value": "deep"}
    for _ in range(5_000):
        part = {"type": 18, "component": part}

    assert modal_fields.read({"components": [part]}).text("prompt") == ""


@pytest.mark.parametrize("value", ["7" * 5_000, "-1", "", "x", "1e3", "²", "٣"])
def test_what_is_no_index_chooses_nothing(value: str) -> None:
    assert modal_fields.index_of(value) is None


def test_an_index_is_a_small_number() -> None:
    assert [modal_fields.index_of(str(number)) for number in (0, 7, 24)] == [0, 7, 24]


@pytest.mark.parametrize(
    "forged",
    [
        "tu1:form:word:99999999999999999999",
        f"tu1:form:word:{2**63}",
        "tu1:refill:99999999999999999999",
        f"tu1:refill:{2**63}",
        f"tu1:run:{10**18}",
    ],
)
def test_a_number_that_no_row_can_have_is_not_ours(forged: str) -> None:
    assert ours().find(forged) is None


def test_numbers_of_interactions_are_ours_for_decades() -> None:
    number = 2**62  # Discord's count from 2015 reaches it in 2049

    assert ours().find(f"tu1:form:word:{number}")
    assert ours().find(f"tu1:refill:{number}")


class Whole(Modal):
    verb = "form:whole"


def whole_form() -> dict[str, Any]:
    options = [discord.SelectOption(label=f"option {n}", value=str(n)) for n in range(25)]
    fields: Sequence[modal_fields.Field] = [
        modal_fields.ask_text("a", "x" * 45, hint="y" * 100, about="z" * 100, given="already"),
        modal_fields.ask_text("b", "b", long=False, required=False, limit=10_000),
        modal_fields.ask_choice("c", "c", options, hint="which one?"),
        modal_fields.ask_files("d", "d", most=10),
        modal_fields.ask_files("e", "e", required=True),
    ]
    return Whole.build(2**63, title="t" * 45, fields=fields)


@pytest.mark.parametrize("modal", [whole_form(), PromptModal.of(7)], ids=["whole", "words"])
def test_a_form_is_as_discord_wants_it(modal: dict[str, Any]) -> None:
    description = Description(DESCRIPTION)
    route = "/interactions/{interaction_id}/{interaction_token}/callback"

    assert description.body_problems("POST", route, {"type": 9, "data": modal}) == []
    assert validation.modal_problems(modal) == []


def test_every_field_has_a_name_that_stays() -> None:
    """discord.py's own are random, and mean nothing after a restart."""
    names = [part["component"]["custom_id"] for part in PromptModal.of(7)["components"]]

    assert names == ["prompt", "style"]
    assert PromptModal.of(7)["custom_id"] == "tu1:form:word:7"
