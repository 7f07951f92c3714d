"""R7 Faces. No photo of a person is ours to keep here, so the faces are drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.labelled import beings, grounds
from benchmarks.labelled.figure import Figure
from benchmarks.labelled.textures import Scenery, film
from bot.domain.areas import Found, Thing
from bot.domain.edits.pictures import Note
from bot.imaging import detect
from bot.imaging.detect import Finding, faces
from bot.imaging.files.pixels import Bytes
from tests.imaging.detect.detected import ball, grainy, overlap, spooled


@pytest.fixture(scope="module")
def portrait() -> tuple[Bytes, Bytes]:
    """Two people before a backdrop, and the mask of their faces."""
    scene = Scenery(640, 400)
    rng = np.random.default_rng(7)
    grounds.studio((150, 156, 166), (96, 100, 110))(scene, rng)
    mask = np.zeros((400, 640), np.uint8)
    for x, skin in ((190, (222, 172, 140)), (450, (132, 88, 66))):
        figure = Figure(scene, x, 250, 150, rng)
        beings.bust(figure, skin=skin)
        mask[scene.ellipse(x, 250 - 0.42 * 150, 0.31 * 150, 0.42 * 150) >= 0.5] = 255
    film(scene, rng)
    return np.asarray(scene.image()), mask


def found(folder: Path, picture: Bytes) -> Finding | None:
    with spooled(folder, picture) as pixels:
        return detect.find(Found(Thing.FACES), pixels, lettering=None)


def test_r7_every_face_is_covered(tmp_path: Path, portrait: tuple[Bytes, Bytes]) -> None:
    picture, mask = portrait

    finding = found(tmp_path, picture)

    assert finding is not None
    assert finding.notes == ()
    assert set(np.unique(finding.mask)) == {0, 255}
    assert overlap(finding.mask[:, :320], mask[:, :320]) > 0.7
    assert overlap(finding.mask[:, 320:], mask[:, 320:]) > 0.7


def test_r7_faces_are_found_at_the_size_of_the_picture(
    tmp_path: Path, portrait: tuple[Bytes, Bytes]
) -> None:
    large = np.repeat(np.repeat(portrait[0], 4, axis=0), 4, axis=1)

    finding = found(tmp_path, large)

    assert finding is not None
    assert finding.mask.shape == (1600, 2560)
    assert overlap(finding.mask[::4, ::4], portrait[1]) > 0.7


def test_r7_a_face_without_the_colour_of_skin_is_found_in_doubt_at_most(
    tmp_path: Path, portrait: tuple[Bytes, Bytes]
) -> None:
    green = np.ascontiguousarray(portrait[0][..., [1, 0, 2]])

    finding = found(tmp_path, green)

    assert finding is None or finding.notes == (Note.FACES_UNSURE,)


def test_r7_faces_in_a_picture_without_colour_are_found(
    tmp_path: Path, portrait: tuple[Bytes, Bytes]
) -> None:
    grey = portrait[0].mean(axis=2, keepdims=True).repeat(3, axis=2).astype(np.uint8)

    finding = found(tmp_path, grey)

    assert finding is not None
    assert overlap(finding.mask, portrait[1]) > 0.7


def test_r7_there_are_no_faces_on_a_ball_and_on_a_wall(tmp_path: Path) -> None:
    assert found(tmp_path, ball()[0]) is None
    assert found(tmp_path, grainy((240, 320), (170, 120, 100))) is None


def test_one_face_is_not_taken_for_two(portrait: tuple[Bytes, Bytes]) -> None:
    assert len(faces.faces_in(portrait[0])) == 2


def test_r7_people_are_the_subject_with_their_shoulders(
    tmp_path: Path, portrait: tuple[Bytes, Bytes]
) -> None:
    with spooled(tmp_path, portrait[0]) as pixels:
        finding = detect.find(Found(Thing.SUBJECT), pixels, lettering=None)

    assert finding is not None
    assert finding.mask[portrait[1] > 0].mean() > 250
    assert finding.mask[390, [190, 450]].tolist() == [255, 255]
    assert finding.mask[40, [20, 320, 620]].tolist() == [0, 0, 0]
