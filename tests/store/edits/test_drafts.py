"""Drafts in the books: what is kept of an area, and that only one of a root goes on."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.edits.edit import EditState
from bot.domain.edits.options import Adjusted, EditKind
from bot.domain.edits.pictures import AreaChoice, Note, Question
from bot.domain.errors import StoreUnreadable
from bot.store.edits import edits, pictures
from bot.store.edits.pictures import PictureFile
from bot.store.sqlite import SqliteTransaction as Tx
from tests.support.books import NOW, add_draft, memory_books

DRAWN = "d" * 64


@given(
    kind=st.sampled_from(EditKind),
    adjusted=st.builds(Adjusted, growth=st.integers(-20, 20), softness=st.integers(0, 3)),
    question=st.none() | st.sampled_from(Question),
    notes=st.lists(st.sampled_from(Note), unique=True).map(tuple),
    choices=st.lists(st.builds(AreaChoice, st.text(), st.text()), max_size=3).map(tuple),
    feather=st.integers(0, 200),
)
def test_a_draft_is_read_as_it_was_written(
    kind: EditKind,
    adjusted: Adjusted,
    question: Question | None,
    notes: tuple[Note, ...],
    choices: tuple[AreaChoice, ...],
    feather: int,
) -> None:
    said: dict[str, Any] = {
        "kind": kind,
        "adjusted": adjusted,
        "question": question,
        "notes": notes,
        "choices": choices,
        "feather": feather,
        "drawn": DRAWN,
    }
    with memory_books() as tx:
        pictures.record(tx, PictureFile(DRAWN, 1), now=NOW)

        edit = edits.get(tx, add_draft(tx, **said))

    assert edit is not None
    assert {name: getattr(edit, name) for name in said} == said


def test_one_draft_of_a_root_goes_on(tx: Tx) -> None:
    first = add_draft(tx)
    with pytest.raises(sqlite3.IntegrityError, match="one_draft_per_root"):
        add_draft(tx, root=first)

    assert edits.drop(tx, first)
    second = add_draft(tx, root=first)
    with pytest.raises(sqlite3.IntegrityError, match="one_draft_per_root"):
        add_draft(tx, root=first)

    assert edits.start(tx, second, reply_id=None)
    assert [edit.id for edit in edits.versions(tx, first)] == [second, first]


def test_a_draft_grows_from_its_members_own_first_one(tx: Tx) -> None:
    first = add_draft(tx)
    edits.drop(tx, first)
    second = add_draft(tx, root=first)
    edits.drop(tx, second)

    wrongs: list[dict[str, Any]] = [{"root": second}, {"root": first, "member_id": 2}]
    for wrong in [*wrongs, {"root": 999}]:
        with pytest.raises(sqlite3.IntegrityError, match="own first one"):
            add_draft(tx, **wrong)


def test_a_look_at_an_area_is_never_bought(tx: Tx) -> None:
    look = add_draft(tx, kind=EditKind.AREA, prompt="")

    with pytest.raises(sqlite3.IntegrityError):
        edits.start(tx, look, reply_id=None)

    assert edits.drop(tx, look)
    edit = edits.get(tx, look)
    assert edit is not None
    assert edit.state is EditState.DROPPED


@pytest.mark.parametrize(
    "newer",
    [
        "adjusted = '{\"melted\": true}'",
        "adjusted = '[]'",
        "adjusted = 'no JSON'",
        "question = 'why'",
        "choices = '[[1, 2, 3]]'",
    ],
)
def test_what_only_a_newer_version_understands_is_named(tx: Tx, newer: str) -> None:
    edit_id = add_draft(tx)
    tx.execute(f"UPDATE edit SET {newer} WHERE id = :id", id=edit_id)

    with pytest.raises(StoreUnreadable, match=f"edit {edit_id}"):
        edits.get(tx, edit_id)
