"""New room beside a picture: the picture stays as it is, and only the room is painted."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from PIL import Image

from bot.domain.areas import Length, Unit
from bot.domain.catalog import IDEOGRAM_V2_EDIT as MODEL
from bot.domain.edits.extension import AspectRatio, Edge, Extension, margins
from bot.domain.edits.options import Adjusted
from bot.domain.edits.pictures import Brief, PictureLimits, PreparedPicture, Reading
from bot.domain.errors import BadMask, BadOption, BadPicture, MaskProblem, PictureProblem
from bot.imaging.files.encode import thumbnail
from bot.imaging.steps.prepare import prepare
from tests.imaging import picture_files as files
from tests.imaging.steps.preparing import array, finished, revised

LIMITS = PictureLimits()


def percent(value: int) -> Length:
    return Length(Fraction(value), Unit.PERCENT)


def extended(
    folder: Path, picture: Image.Image, extension: Extension, limits: PictureLimits = LIMITS
) -> PreparedPicture:
    picture.save(folder / "picture.png")
    brief = Brief(source=folder / "picture.png", extension=extension)
    return prepare(brief, None, MODEL, limits, folder)


AMOUNTS = st.one_of(
    st.integers(1, 100).map(percent),
    st.integers(1, 50).map(lambda value: Length(Fraction(value), Unit.PIXELS)),
    st.sampled_from([AspectRatio(16, 9), AspectRatio(1, 1), AspectRatio(9, 16), AspectRatio(3, 2)]),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    size=st.tuples(st.integers(16, 70), st.integers(16, 70)),
    edge=st.sampled_from(Edge),
    amount=AMOUNTS,
    overlap=st.integers(0, 12),
    mode=st.sampled_from(["RGB", "RGBA", "L"]),
    seed=st.integers(0, 99),
)
def test_r9_r24_every_pixel_of_the_picture_is_where_it_was(
    tmp_path: Path,
    size: tuple[int, int],
    edge: Edge,
    amount: Length | AspectRatio,
    overlap: int,
    mode: str,
    seed: int,
) -> None:
    picture = files.photo(*size, seed=seed).convert(mode)
    extension = Extension(edge, amount, overlap)
    try:
        added = margins(extension, *size)
    except BadOption:
        reject()  # it has that format already, or this side cannot give it
    width, height = (
        size[0] + added.left + added.right,
        size[1] + added.top + added.bottom,
    )

    edit = extended(tmp_path, picture, extension)

    source, mask = array(edit.source), array(edit.mask)
    inner = np.s_[added.top : added.top + size[1], added.left : added.left + size[0]]
    plain = np.asarray(picture if mode == "RGBA" else picture.convert("RGB"))
    assert (edit.width, edit.height) == (width, height)
    assert source.shape[:2] == mask.shape == (height, width)
    assert np.array_equal(source[inner], plain)
    room = np.ones_like(mask, np.bool_)
    room[inner] = False
    assert (mask[room] == 255).all()
    overlap = min(overlap, min(size) // 4)
    kept = np.zeros(size[::-1], np.bool_)
    kept[
        overlap * (added.top > 0) : size[1] - overlap * (added.bottom > 0),
        overlap * (added.left > 0) : size[0] - overlap * (added.right > 0),
    ] = True
    assert np.array_equal(mask[inner] == 0, kept)
    assert edit.reading is Reading.EXTENDED
    assert edit.feather == overlap
    assert edit.question is None
    assert array(edit.sent_mask).shape == array(edit.sent_picture).shape[:2]


def test_r9_what_comes_back_fills_the_room_and_leaves_the_picture(tmp_path: Path) -> None:
    picture = files.photo(300, 200)
    edit = extended(tmp_path, picture, Extension(Edge.LEFT, percent(50)))
    green = Image.new("RGB", (edit.sent_width, edit.sent_height), (9, 200, 90))

    done = finished(tmp_path, edit, files.encoded(green, "PNG"))

    result = array(done.picture)
    assert done.changed_outside == 0
    assert np.array_equal(result[:, 150:], np.asarray(picture))
    assert (done.width, done.height) == (450, 200)
    assert done.changed_inside == 150 * 200


def test_r9_an_overlap_fades_into_the_picture_along_the_new_room(tmp_path: Path) -> None:
    edit = extended(
        tmp_path, Image.new("RGB", (200, 100), (0, 0, 0)), Extension(Edge.RIGHT, percent(20), 20)
    )
    result = files.encoded(Image.new("RGB", (edit.sent_width, edit.sent_height), "white"), "PNG")

    done = finished(tmp_path, edit, result)

    row = array(done.picture)[50, :, 0].astype(int)
    assert not row[:180].any()
    assert (np.diff(row[179:201]) > 0).all()
    assert (row[201:] == 255).all()


def test_r9_the_room_is_coloured_like_the_edge_it_grows_from(tmp_path: Path) -> None:
    picture = Image.new("RGB", (400, 300), (30, 90, 200))
    picture.paste((40, 140, 30), (0, 150, 400, 300))

    source = array(extended(tmp_path, picture, Extension(Edge.SIDES, percent(25))).source)

    assert np.abs(source[20, :100].astype(int) - (30, 90, 200)).max() < 12
    assert np.abs(source[280, -100:].astype(int) - (40, 140, 30)).max() < 12


def test_r9_a_transparent_picture_gets_visible_room(tmp_path: Path) -> None:
    picture = files.photo(120, 90).convert("RGBA")
    picture.putalpha(files.blob(120, 90))

    source = array(extended(tmp_path, picture, Extension(Edge.TOP, percent(50))).source)

    assert (source[:45, :, 3] == 255).all()
    assert np.array_equal(source[45:], np.asarray(picture))


def test_r9_a_picture_does_not_grow_beyond_the_gate(tmp_path: Path) -> None:
    limits = PictureLimits(max_pixels=25_000, max_aspect=3)

    with pytest.raises(BadPicture) as large:
        extended(tmp_path, files.photo(200, 100), Extension(Edge.TOP, percent(50)), limits)
    with pytest.raises(BadPicture) as narrow:
        extended(tmp_path, files.photo(60, 30), Extension(Edge.SIDES, percent(50)), limits)

    assert large.value.problem is PictureProblem.TOO_MANY_PIXELS
    assert large.value.facts == {"width": 200, "height": 150, "limit_megapixels": 0.025}
    assert narrow.value.problem is PictureProblem.TOO_NARROW
    assert narrow.value.facts == {"width": 120, "height": 30, "limit_aspect": 3}
    assert [path.name for path in tmp_path.iterdir()] == ["picture.png"]


def test_new_room_and_an_area_are_two_wishes(tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    files.photo().save(picture)
    brief = Brief(source=picture, area="top", extension=Extension(Edge.TOP, percent(20)))

    with pytest.raises(BadMask) as caught:
        prepare(brief, None, MODEL, LIMITS, tmp_path)

    assert caught.value.problem is MaskProblem.BOTH


def test_r12_new_room_fades_in_softer_by_changing_more_of_the_picture_beside_it(
    tmp_path: Path,
) -> None:
    edit = extended(tmp_path, files.photo(400, 400), Extension(Edge.LEFT, percent(25), 10))

    found = [revised(edit, Adjusted(softness=softness), tmp_path) for softness in range(4)]

    assert [step.feather for step in found] == [10, 20, 40, 58]  # 10 and an eighth of what is kept
    assert [step.masked_pixels for step in found] == [(100 + step.feather) * 400 for step in found]


def test_new_room_without_an_overlap_stays_as_it_is_however_soft(tmp_path: Path) -> None:
    edit = extended(tmp_path, files.photo(400, 400), Extension(Edge.ALL, percent(25)))

    found = revised(edit, Adjusted(softness=3), tmp_path)

    assert (found.feather, found.masked_pixels) == (0, edit.masked_pixels)


@pytest.mark.parametrize("edge", list(Edge))
@pytest.mark.parametrize("softness", [0, 2])
def test_what_the_picture_was_before_is_shown_without_its_new_room(
    tmp_path: Path, edge: Edge, softness: int
) -> None:
    picture = files.photo(120, 90)
    edit = extended(tmp_path, picture, Extension(edge, percent(40), 6))
    edit = revised(edit, Adjusted(softness=softness), tmp_path)

    found = thumbnail(edit.source, 400, edit.mask, edit.feather, tmp_path)

    with Image.open(found.path) as image:
        assert image.size == (120, 90)
        difference = np.abs(np.asarray(image, int) - np.asarray(picture, int))
    assert difference.mean() < 4  # packed as a JPEG
