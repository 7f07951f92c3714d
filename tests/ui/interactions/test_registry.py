"""Buttons, menus and modals are found by their custom_ids, those of earlier versions too."""

from __future__ import annotations

from typing import Any

import pytest

from bot.ui.edits.buttons import CancelButton
from bot.ui.interactions.registry import Button, Component, ComponentRegistry, Modal
from tests.ui.registered import RELEASED_BUTTONS, RELEASED_MODALS, ours

RELEASED = (*RELEASED_BUTTONS, *RELEASED_MODALS)


@pytest.mark.parametrize("custom_id", RELEASED)
def test_every_custom_id_ever_released_is_known(custom_id: str) -> None:
    """D24."""
    found = ours().find(custom_id)

    assert found is not None
    component, number = found
    assert f"tu1:{component.verb}:7" == custom_id
    assert number == 7
    assert isinstance(component, Modal) == (custom_id in RELEASED_MODALS)


def test_two_components_of_one_name_are_refused() -> None:
    nothing: Any = None

    with pytest.raises(ValueError, match="cancel"):
        ComponentRegistry(nothing, [CancelButton(nothing, nothing, nothing) for _ in range(2)])


def test_every_component_there_is_is_registered_and_among_the_released_ones() -> None:
    def kinds(of: type[Component]) -> set[type[Component]]:
        return {of}.union(*(kinds(kind) for kind in of.__subclasses__()))

    concrete = {kind for kind in kinds(Component) if kind.act is not Component.act}
    ready = {type(found[0]) for custom_id in RELEASED if (found := ours().find(custom_id))}

    assert {kind.__name__ for kind in concrete if kind.__module__.startswith("bot.")} == {
        *(kind.__name__ for kind in ready),
        "MenuModal",  # what the two modals behind menus share
    }


def test_a_button_says_what_it_does_in_the_same_words_wherever_it_stands() -> None:
    item = CancelButton.item(7)

    assert item.custom_id == "tu1:cancel:7"
    assert item.to_component_dict()["label"] == "Cancel"
    assert issubclass(CancelButton, Button)
