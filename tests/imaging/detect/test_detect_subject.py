from __future__ import annotations

from pathlib import Path

import numpy as np

from bot.domain.areas import Found, Thing
from bot.domain.edits.pictures import Note
from bot.imaging import detect
from bot.imaging.detect import Finding
from bot.imaging.files.pixels import Bytes
from tests.imaging.detect.detected import ball, grainy, overlap, spooled

SUBJECT, BACKGROUND = Found(Thing.SUBJECT), Found(Thing.BACKGROUND)


def found(folder: Path, picture: Bytes, what: Found = SUBJECT) -> Finding | None:
    with spooled(folder, picture) as pixels:
        return detect.find(what, pixels, lettering=None)


def test_r7_the_subject_is_what_stands_out_from_its_ground(tmp_path: Path) -> None:
    picture, mask = ball()

    finding = found(tmp_path, picture)

    assert finding is not None
    assert finding.notes == ()
    assert overlap(finding.mask, mask) > 0.97


def test_r7_the_background_is_all_the_rest(tmp_path: Path) -> None:
    picture, _ = ball()

    subject, background = found(tmp_path, picture), found(tmp_path, picture, BACKGROUND)

    assert subject is not None
    assert background is not None
    assert np.array_equal(background.mask, 255 - subject.mask)


def test_r7_a_subject_that_the_lower_edge_cuts_is_found_down_to_it(tmp_path: Path) -> None:
    picture, mask = ball(x=0.45, y=0.95, radius=0.45)

    finding = found(tmp_path, picture)

    assert finding is not None
    assert finding.mask[-1].any()
    assert overlap(finding.mask, mask) > 0.95


def test_r7_the_ground_seen_through_a_subject_is_not_taken_with_it(tmp_path: Path) -> None:
    picture, mask = ball()
    inner = ball(radius=0.1)[1] > 0
    picture[inner] = grainy(inner.shape, (120, 136, 118), seed=4)[inner]
    mask[inner] = 0

    finding = found(tmp_path, picture)

    assert finding is not None
    assert overlap(finding.mask, mask) > 0.95


def test_r7_a_large_picture_is_cut_along_its_own_pixels(tmp_path: Path) -> None:
    picture, mask = ball(1500, 2000)

    finding = found(tmp_path, picture)

    assert finding is not None
    assert finding.mask.shape == (1500, 2000)
    assert set(np.unique(finding.mask)) == {0, 255}
    assert overlap(finding.mask, mask) > 0.995


def test_r7_what_was_cut_out_before_is_the_subject(tmp_path: Path) -> None:
    _, mask = ball()
    cut_out = np.dstack((grainy((240, 320), (90, 90, 90)), mask))

    finding = found(tmp_path, cut_out)

    assert finding is not None
    assert np.array_equal(finding.mask, mask)


def test_r7_alpha_that_hides_nothing_does_not_matter(tmp_path: Path) -> None:
    picture, mask = ball()
    opaque = np.dstack((picture, np.full_like(mask, 255)))

    with_alpha, without = found(tmp_path, opaque), found(tmp_path, picture)

    assert with_alpha is not None
    assert without is not None
    assert np.array_equal(with_alpha.mask, without.mask)


def test_r7_nothing_is_found_where_nothing_stands_out(tmp_path: Path) -> None:
    assert found(tmp_path, np.full((200, 300, 3), 90, np.uint8)) is None
    assert found(tmp_path, grainy((200, 300), (120, 130, 140))) is None
    assert found(tmp_path, grainy((200, 300), (120, 130, 140)), BACKGROUND) is None


def test_r7_a_subject_of_its_grounds_colour_is_found_in_doubt_or_not_at_all(
    tmp_path: Path,
) -> None:
    _, mask = ball()
    ground = grainy(mask.shape, (120, 136, 118), seed=4)
    faint = np.where(mask[..., None] > 0, ground + np.uint8(7), ground)

    finding = found(tmp_path, faint)

    assert finding is None or Note.SUBJECT_UNSURE in finding.notes


def test_r7_looking_twice_finds_the_same(tmp_path: Path) -> None:
    picture, _ = ball()

    first, second = found(tmp_path, picture), found(tmp_path, picture)

    assert first is not None
    assert second is not None
    assert np.array_equal(first.mask, second.mask)
    assert first.notes == second.notes
