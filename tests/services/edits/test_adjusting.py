"""A draft is looked at, adjusted and worded before it is bought; only what was seen is bought."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.catalog import Style
from bot.domain.edits.edit import Edit, EditState, Quote
from bot.domain.edits.options import MOST_SOFTNESS, Adjusted, Adjustment, EditKind, Previewing
from bot.domain.edits.pictures import AreaChoice, Note
from bot.domain.edits.prompts import ERASE
from bot.domain.errors import (
    AlreadyRunning,
    BadArea,
    BadPicture,
    BadPrompt,
    DraftReplaced,
    NotFound,
    NotPermitted,
    PictureProblem,
    UserError,
)
from bot.domain.limits.rules import Buyer
from bot.services.edits.drafts import DraftChange
from bot.store.edits import edits, preferences
from tests.support.bench import PRICE, Bench, change

GROW, INVERT, SHRINK, SOFTEN = (
    Adjustment.GROW,
    Adjustment.INVERT,
    Adjustment.SHRINK,
    Adjustment.SOFTEN,
)


async def press(
    bench: Bench, edit_id: int, adjustment: Adjustment, origin: str, *, member_id: int = 1
) -> Quote:
    return await bench.drafts.adjust(change(edit_id, origin, member_id=member_id), adjustment)


async def states(bench: Bench) -> dict[int, str]:
    return {row["id"]: row["state"] for row in await bench.rows("SELECT id, state FROM edit")}


async def edit_of(bench: Bench, edit_id: int) -> Edit:
    edit = await bench.database.transact(edits.get, edit_id)
    assert edit is not None
    return edit


# ---- one press after the other ---------------------------------------------------------------


async def test_r10_n4_a_press_makes_a_new_draft_in_the_place_of_the_old_one(bench: Bench) -> None:
    first = (await bench.drafts.prepare(*bench.draft(count=2, seed=7))).edit

    quote = await press(bench, first.id, INVERT, "discord:1")

    second = quote.edit
    assert quote.is_shown_first
    assert await states(bench) == {first.id: "dropped", second.id: "draft"}
    assert (second.root, second.adjusted) == (first.id, Adjusted(inverted=True))
    assert second.masked_pixels == first.width * first.height - first.masked_pixels
    assert (second.drawn, second.source) == (first.drawn, first.source)
    assert second.mask != first.mask
    kept = ("prompt", "area", "reading", "style", "count", "seed", "price", "total", "member_id")
    assert [getattr(second, name) for name in kept] == [getattr(first, name) for name in kept]


async def test_r11_growing_and_shrinking_leave_no_traces_of_each_other(bench: Bench) -> None:
    first = (await bench.drafts.prepare(*bench.draft(area="center 40%"))).edit
    newest = first
    areas = [first.masked_pixels]
    for number, adjustment in enumerate((GROW, GROW, SHRINK, SHRINK)):
        newest = (await press(bench, newest.id, adjustment, f"discord:{number}")).edit
        areas.append(newest.masked_pixels)

    assert areas[0] < areas[1] < areas[2]
    assert areas == areas[::-1]
    assert (newest.mask, newest.drawn, newest.root) == (first.mask, first.drawn, first.id)


async def test_r12_softness_is_counted_from_the_feather_that_was_said(bench: Bench) -> None:
    """What was softened twice is four times as soft, also after it was grown and turned round."""
    first = (await bench.drafts.prepare(*bench.draft(area="center 60% feather 3px"))).edit
    newest = first
    for number, adjustment in enumerate((SOFTEN, GROW, INVERT, SOFTEN, INVERT)):
        newest = (await press(bench, newest.id, adjustment, f"discord:{number}")).edit

    assert (first.feather, newest.feather) == (3, 12)
    assert newest.adjusted == Adjusted(growth=1, softness=2)


async def test_a_press_that_changes_nothing_makes_no_new_draft(bench: Bench) -> None:
    newest = (await bench.drafts.prepare(*bench.draft())).edit
    for number in range(MOST_SOFTNESS):
        newest = (await press(bench, newest.id, SOFTEN, f"discord:{number}")).edit

    quote = await press(bench, newest.id, SOFTEN, "discord:99")

    assert quote.edit == newest
    assert len(await states(bench)) == MOST_SOFTNESS + 1


async def test_d4_the_same_press_counts_once_however_often_it_arrives(bench: Bench) -> None:
    first = (await bench.drafts.prepare(*bench.draft())).edit

    quotes = await asyncio.gather(*(press(bench, first.id, GROW, "discord:1") for _ in range(5)))

    assert len({quote.edit.id for quote in quotes}) == 1
    assert quotes[0].edit.adjusted == Adjusted(growth=1)
    assert len(await states(bench)) == 2


async def test_a_press_on_an_old_preview_changes_the_newest_draft(bench: Bench) -> None:
    first = (await bench.drafts.prepare(*bench.draft())).edit
    second = (await press(bench, first.id, GROW, "discord:1")).edit

    third = (await press(bench, first.id, GROW, "discord:2")).edit

    assert third.adjusted == Adjusted(growth=2)
    assert await states(bench) == {first.id: "dropped", second.id: "dropped", third.id: "draft"}


async def test_an_area_that_would_vanish_stays_as_it_is(bench: Bench) -> None:
    first = (await bench.drafts.prepare(*bench.draft(area="box 10px,10px,3px,3px"))).edit

    with pytest.raises(BadArea):
        await press(bench, first.id, SHRINK, "discord:1")

    assert await states(bench) == {first.id: "draft"}
    assert list(bench.folder._workspaces.iterdir()) == []


async def test_what_was_said_about_the_files_is_said_of_every_later_draft(bench: Bench) -> None:
    first = (await bench.drafts.prepare(*bench.draft())).edit
    await bench.rows(
        "UPDATE edit SET notes = :notes, choices = :choices RETURNING id",
        notes=f'["{Note.CMYK}", "{Note.PARTS_APART}"]',
        choices='[["SALE", "left"]]',
    )

    second = (await press(bench, first.id, GROW, "discord:1")).edit

    assert second.notes == (Note.CMYK,)  # its parts lie together
    assert second.choices == (AreaChoice("SALE", "left"),)


# ---- what is bought --------------------------------------------------------------------------


async def test_r13_what_runs_is_what_the_newest_preview_shows(bench: Bench) -> None:
    first = (await bench.drafts.prepare(*bench.draft())).edit
    second = (await press(bench, first.id, INVERT, "discord:1")).edit

    with pytest.raises(DraftReplaced) as refused:
        await bench.run(first.id)
    assert refused.value.edit_id == second.id
    assert await bench.money() == (0, 0)

    edit = await bench.run(second.id)
    outcome = await bench.work_until_ended(edit)

    (receipt,) = outcome.receipts
    assert receipt.changed_outside == 0
    assert receipt.pixels_outside == first.masked_pixels
    assert await bench.money() == (0, PRICE)
    await bench.check()


async def test_nothing_is_adjusted_or_bought_again_once_it_runs(bench: Bench) -> None:
    first = (await bench.drafts.prepare(*bench.draft())).edit
    second = (await press(bench, first.id, GROW, "discord:1")).edit
    await bench.run(second.id)

    for edit_id in (first.id, second.id):
        for attempt in (
            press(bench, edit_id, GROW, "discord:2"),
            bench.drafts.choose(change(edit_id, "discord:3"), "right"),
            bench.drafts.set_prompt(change(edit_id, "discord:4"), "a cat", Style.AUTO),
            bench.run(edit_id),
            bench.edits.drop(edit_id, member_id=1),
        ):
            with pytest.raises(AlreadyRunning) as refused:
                await attempt
            assert refused.value.edit_id == second.id
    assert await bench.money() == (PRICE, 0)
    await bench.check()


async def test_putting_away_an_old_preview_puts_away_what_became_of_it(bench: Bench) -> None:
    first = (await bench.drafts.prepare(*bench.draft())).edit
    second = (await press(bench, first.id, GROW, "discord:1")).edit

    for _ in range(2):
        await bench.edits.drop(first.id, member_id=1)

    assert await states(bench) == {first.id: "dropped", second.id: "dropped"}
    for edit_id in (first.id, second.id):
        with pytest.raises(NotFound):
            await press(bench, edit_id, GROW, "discord:2")
        with pytest.raises(NotFound):
            await bench.run(edit_id)
    assert await bench.money() == (0, 0)


async def test_d23_somebody_elses_preview_is_left_alone(bench: Bench) -> None:
    quote = await bench.drafts.prepare(*bench.draft())
    edit_id = quote.edit.id
    others: dict[str, Any] = {"member_id": 2, "origin": "discord:1"}

    for attempt in (
        bench.drafts.adjust(DraftChange(edit_id=edit_id, **others), GROW),
        bench.drafts.choose(DraftChange(edit_id=edit_id, **others), "right"),
        bench.drafts.set_prompt(DraftChange(edit_id=edit_id, **others), "a cat", Style.AUTO),
    ):
        with pytest.raises(NotPermitted):
            await attempt
    with pytest.raises(NotFound):
        await press(bench, 999, GROW, "discord:2")
    assert await states(bench) == {edit_id: "draft"}


async def test_a_preview_whose_files_are_gone_says_so(bench: Bench) -> None:
    edit = (await bench.drafts.prepare(*bench.draft())).edit
    bench.folder.path(edit.source).unlink()

    async def put(_: object) -> None:
        raise AssertionError("there is nothing to show")

    for attempt in (
        press(bench, edit.id, GROW, "discord:1"),
        bench.drafts.choose(change(edit.id, "discord:2"), "right"),
        bench.drafts.show(edit.id, put=put),
    ):
        with pytest.raises(BadPicture) as refused:
            await attempt
        assert refused.value.problem is PictureProblem.GONE
    assert await states(bench) == {edit.id: "draft"}


# ---- presses at once -------------------------------------------------------------------------


@pytest.mark.parametrize("run_after", range(0, 12, 3))
async def test_i10_presses_and_a_run_at_once_buy_at_most_what_was_seen(
    bench: Bench, run_after: int
) -> None:
    """Each press counts once; Run buys its own draft or nothing, in any order."""
    first = (await bench.drafts.prepare(*bench.draft())).edit

    async def run() -> Edit:
        for _ in range(run_after):
            await bench.rows("SELECT 1")  # let others go first
        return await bench.run(first.id)

    answers = await asyncio.gather(
        run(),
        *(press(bench, first.id, GROW, f"discord:{number}") for number in range(4)),
        *(bench.run(first.id) for _ in range(2)),
        return_exceptions=True,
    )

    bought = [answer for answer in (answers[0], *answers[5:]) if not isinstance(answer, Exception)]
    adjusted = [answer for answer in answers[1:5] if not isinstance(answer, Exception)]
    refused = [answer for answer in answers if isinstance(answer, BaseException)]
    assert all(isinstance(error, DraftReplaced | AlreadyRunning) for error in refused)
    assert len(bought) == (0 if adjusted else 1)
    newest = (await bench.rows("SELECT max(id) AS id FROM edit"))[0]["id"]
    assert (await edit_of(bench, newest)).adjusted == Adjusted(growth=len(adjusted))
    assert await bench.money() == (PRICE * len(bought), 0)
    await bench.check()


PRESSES = st.lists(
    st.tuples(
        st.sampled_from(["adjust", "run", "drop", "word"]),
        st.sampled_from(Adjustment),
        st.integers(0, 4),  # its origin: some arrive twice
        st.integers(0, 3),  # how much later it comes, in turns of the loop
    ),
    min_size=2,
    max_size=6,
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(presses=PRESSES)
async def test_i10_whatever_is_pressed_at_once_one_draft_or_one_purchase_is_left(
    bench: Bench, presses: list[tuple[str, Adjustment, int, int]]
) -> None:
    member_id = 1000 + len(await bench.rows("SELECT 1 FROM edit"))
    draft = bench.draft(member_id=member_id, area="center 60%")
    first = (await bench.drafts.prepare(*draft)).edit
    by: dict[str, Any] = {"member_id": member_id}

    async def pressed(what: str, adjustment: Adjustment, origin: int, later: int) -> Any:
        for _ in range(later):
            await bench.rows("SELECT 1")
        named = {"origin": f"press:{first.id}:{what}:{origin}"} | by
        match what:
            case "adjust":
                return await bench.drafts.adjust(DraftChange(edit_id=first.id, **named), adjustment)
            case "word":
                return await bench.drafts.set_prompt(
                    DraftChange(edit_id=first.id, **named), "a cat", Style.ANIME
                )
            case "drop":
                return await bench.edits.drop(first.id, **by)
        return await bench.run(first.id, buyer=Buyer(member_id=member_id))

    answers = await asyncio.gather(*(pressed(*each) for each in presses), return_exceptions=True)

    for answer in answers:
        assert not isinstance(answer, BaseException) or isinstance(answer, UserError), answer
    family = await bench.database.transact(edits.versions, first.id)
    runs = [each for each, what in zip(answers, presses, strict=True) if what[0] == "run"]
    bought = [edit for edit in runs if not isinstance(edit, BaseException)]
    assert sum(edit.state is EditState.RUNNING for edit in family) == len(bought) <= 1
    assert all(edit.state is EditState.DROPPED for edit in family[1:])
    if bought:
        # It is the very draft that was pressed, and nothing took its place.
        assert (bought[0].id, len(family)) == (first.id, 1)
    held = await bench.rows(
        "SELECT COALESCE(SUM(held), 0) AS held FROM counter WHERE subject = :member_id", **by
    )
    assert held[0]["held"] == PRICE * len(bought)
    await bench.check()


# ---- other areas, and words for a look -------------------------------------------------------


async def test_another_area_is_chosen_for_the_same_wish(bench: Bench) -> None:
    first = (await bench.drafts.prepare(*bench.draft(kind=EditKind.ERASE, prompt=""))).edit
    softer = (await press(bench, first.id, SOFTEN, "discord:1")).edit

    quote = await bench.drafts.choose(change(softer.id, "discord:2"), "right third")

    chosen = quote.edit
    assert quote.is_shown_first
    assert (chosen.kind, chosen.prompt, chosen.area) == (EditKind.ERASE, ERASE, "right third")
    assert (chosen.root, chosen.adjusted, chosen.source) == (first.id, Adjusted(), first.source)
    assert chosen.drawn != first.drawn
    again = (await press(bench, first.id, SOFTEN, "discord:3")).edit
    assert again.feather == 2 * chosen.feather
    assert (await states(bench))[again.id] == "draft"


async def test_an_area_nobody_understands_leaves_the_draft_as_it_is(bench: Bench) -> None:
    first = (await bench.drafts.prepare(*bench.draft())).edit

    with pytest.raises(BadArea):
        await bench.drafts.choose(change(first.id, "discord:1"), "rihgt")

    assert await states(bench) == {first.id: "draft"}


async def test_a_look_at_an_area_cannot_be_bought_before_it_has_words(bench: Bench) -> None:
    quote = await bench.drafts.prepare(*bench.draft(kind=EditKind.AREA, prompt=""))
    look = quote.edit
    assert quote.is_shown_first

    with pytest.raises(BadPrompt):
        await bench.run(look.id)
    with pytest.raises(BadPrompt):
        await bench.drafts.set_prompt(change(look.id, "discord:1"), "  ", Style.AUTO)
    grown = (await press(bench, look.id, GROW, "discord:2")).edit
    worded = (
        await bench.drafts.set_prompt(change(look.id, "discord:3"), "a red door", Style.ANIME)
    ).edit

    assert (grown.kind, grown.prompt) == (EditKind.AREA, "")
    assert (worded.kind, worded.prompt, worded.style) == (EditKind.EDIT, "a red door", Style.ANIME)
    assert (worded.mask, worded.adjusted) == (grown.mask, Adjusted(growth=1))
    edit = await bench.run(worded.id)
    await bench.work_until_ended(edit)
    assert await bench.money() == (0, PRICE)
    await bench.check()


async def test_a_wish_that_has_its_own_words_takes_no_others(bench: Bench) -> None:
    first = (await bench.drafts.prepare(*bench.draft(kind=EditKind.ERASE, prompt=""))).edit

    with pytest.raises(NotFound):
        await bench.drafts.set_prompt(change(first.id, "discord:1"), "a cat", Style.AUTO)

    assert await states(bench) == {first.id: "draft"}


async def test_n10_lettering_is_never_reworded_by_the_model(bench: Bench) -> None:
    draft = bench.draft(kind=EditKind.RELETTER, prompt='Open "now"', area="left half", rewrite=True)

    quote = await bench.drafts.prepare(*draft)

    assert quote.is_shown_first
    assert not quote.edit.rewrite
    assert quote.edit.prompt.startswith("The lettering reads \"Open 'now'\",")
    assert quote.edit.area == "left half"


# ---- what is shown first ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [(None, False), (Previewing.AUTO, False), (Previewing.ALWAYS, True), (Previewing.NEVER, False)],
)
async def test_a_member_decides_when_they_want_to_see_an_area_first(
    bench: Bench, chosen: Previewing | None, expected: bool
) -> None:
    if chosen is not None:
        await bench.database.transact(preferences.set_previewing, 1, Previewing.NEVER)
        await bench.database.transact(preferences.set_previewing, 1, chosen)
    await bench.database.transact(preferences.set_previewing, 2, Previewing.ALWAYS)

    quote = await bench.drafts.prepare(*bench.draft())

    assert quote.is_shown_first is expected
    assert await bench.database.transact(preferences.previewing, 1) is (chosen or Previewing.AUTO)


async def test_a_preview_shows_the_draft_and_leaves_nothing_behind(bench: Bench) -> None:
    edit = (await bench.drafts.prepare(*bench.draft())).edit
    look = (await bench.drafts.prepare(*bench.draft(kind=EditKind.AREA, prompt=""))).edit
    seen = []

    async def put(card: Any) -> int:
        seen.append((card.edit, card.mask, card.picture.path.read_bytes()[:4]))
        return 77

    assert await bench.drafts.show(edit.id, put=put) == 77
    assert await bench.drafts.show(look.id, put=put) == 77

    assert [(shown, mask) for shown, mask, _ in seen] == [
        (edit, None),
        (look, bench.folder.path(look.mask)),
    ]
    assert all(magic in {b"\x89PNG", b"\xff\xd8\xff\xe0", b"RIFF"} for _, _, magic in seen)
    assert list(bench.folder._workspaces.iterdir()) == []
    await bench.edits.drop(edit.id, member_id=1)
    with pytest.raises(NotFound):
        await bench.drafts.show(edit.id, put=put)


async def test_what_was_quoted_in_play_money_is_not_bought_with_real_money_after_an_adjustment(
    bench: Bench,
) -> None:
    edit = (await bench.drafts.prepare(*bench.draft())).edit
    fal = replace(bench.terms, provider="fal")

    later = await bench.make_drafts(fal).adjust(change(edit.id, "discord:1"), GROW)
    with pytest.raises(NotFound):
        await bench.make_edits(fal).run(later.edit.id, buyer=Buyer(member_id=1))

    assert await bench.money() == (0, 0)
