"""The promise: whatever comes in and whatever comes back, nothing outside the area changes.

The kept original is decoded by Pillow here, and not by our own decoder.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from bot.domain.catalog import IDEOGRAM_V2_EDIT
from bot.domain.edits.pictures import Note, PreparedPicture
from tests.imaging import picture_files as files
from tests.imaging.steps.preparing import array, finished, prepared

Bytes = NDArray[np.uint8]

MODES = ["RGB", "RGBA", "LA", "L", "1", "P+t", "grey 16", "RGB 16", "CMYK", "CMYK JPEG"]
AREAS = [
    "left",
    "everything - box 20%,20%,40%,40%",
    "ellipse 10%,15%,50%,60%",
    "box 0,0,5,5 + box 60%,60%,30%,30%",
    "top third shrink 2px",
    "bottom right third feather 10%",
    "border 15%",
    "box 70%,10%,15%,15%",
]


class Scene(NamedTuple):
    """What a member sends and what comes back, all by chance."""

    mode: str
    width: int
    height: int
    area: str | None  # None: a mask file of specks and a box
    kind: str
    returned: tuple[int, int] | None  # None: the size that was sent
    result_mode: str
    feather: int | None  # None: the one prepared
    shift: int | None  # None: anything; else what was sent, in another tone
    best_pixels: int  # a model of few pixels gets a crop, perhaps reduced
    seed: int


SCENES = st.builds(
    Scene,
    mode=st.sampled_from(MODES),
    width=st.integers(16, 90),
    height=st.integers(16, 90),
    area=st.sampled_from([None, *AREAS]),
    kind=st.sampled_from(["PNG", "JPEG", "WEBP"]),
    returned=st.none() | st.tuples(st.integers(1, 120), st.integers(1, 120)),
    result_mode=st.sampled_from(["RGB", "RGBA", "L", "P"]),
    feather=st.sampled_from([None, None, 0, 50]),
    shift=st.sampled_from([None, 0, 6, -9]),
    best_pixels=st.sampled_from([IDEOGRAM_V2_EDIT.best_pixels, 600, 64]),
    seed=st.integers(0, 2**32),
)


def sixteen_bit(colours: Bytes) -> bytes:
    """An RGB PNG of 16 bits for each channel, which Pillow cannot write."""
    height, width = colours.shape[:2]
    words = (colours[..., :3].astype(">u2") * 257 + np.arange(width)[:, None] % 200).astype(">u2")
    lines = b"".join(b"\0" + line.tobytes() for line in words)
    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    body = files.chunk(b"IDAT", zlib.compress(lines))
    return b"\x89PNG\r\n\x1a\n" + files.chunk(b"IHDR", header) + body + files.chunk(b"IEND")


def source_file(scene: Scene) -> bytes:
    """A random picture, with partly and wholly transparent pixels where the mode has any."""
    random = np.random.default_rng(scene.seed)
    size = (scene.width, scene.height)
    colours = np.array(files.photo(*size, seed=scene.seed).convert("RGBA"))
    colours[..., :3] ^= random.integers(0, 16, (*size[::-1], 3), np.uint8)
    colours[..., 3] = random.choice(np.array([0, 90, 255, 255, 255], np.uint8), size[::-1])
    image = Image.fromarray(colours)
    match scene.mode:
        case "grey 16":
            tones = random.integers(0, 65_536, size[::-1], np.uint16)
            return files.encoded(Image.fromarray(tones), "PNG")
        case "RGB 16":
            return sixteen_bit(colours)
        case "P+t":
            indexed = image.convert("RGB").quantize(32)
            return files.encoded(indexed, "PNG", transparency=5)
        case "CMYK":
            return files.encoded(image.convert("RGB").convert("CMYK"), "TIFF")
        case "CMYK JPEG":
            return files.encoded(image.convert("RGB").convert("CMYK"), "JPEG", quality=90)
        case _:
            return files.encoded(image.convert(scene.mode), "PNG")


def mask_file(scene: Scene) -> bytes:
    drawn = np.random.default_rng(scene.seed + 1).random((scene.height, scene.width)) < 0.2
    drawn[:2] = False
    drawn[5:9, 4:11] = True
    return files.encoded(Image.fromarray(drawn), "PNG")


def result_file(scene: Scene, edit: PreparedPicture) -> bytes:
    sent = array(edit.sent_picture)
    if scene.shift is None:
        random = np.random.default_rng(scene.seed + 2)
        sent = random.integers(0, 256, sent.shape, np.uint8)
    else:
        sent = np.clip(sent.astype(int) + scene.shift, 0, 255).astype(np.uint8)
    image = Image.fromarray(sent)
    if scene.returned is not None:
        image = image.resize(scene.returned)
    if scene.kind != "JPEG":
        image = image.convert(scene.result_mode)
    return files.encoded(image, scene.kind)


def kept_pixels(path: Path) -> Bytes:
    """The kept original as 8-bit RGB or RGBA, by Pillow alone; 16-bit greys by hand."""
    with Image.open(path) as image:
        if image.mode.startswith("I;16"):
            tones = np.rint(np.asarray(image) / 257).astype(np.uint8)
            return np.repeat(tones[..., None], 3, axis=2)
        return np.asarray(image.convert("RGBA" if image.has_transparency_data else "RGB"))


def prepared_scene(folder: Path, scene: Scene) -> PreparedPicture:
    mask = mask_file(scene) if scene.area is None else None
    model = replace(IDEOGRAM_V2_EDIT, best_pixels=scene.best_pixels)
    return prepared(folder, source_file(scene), mask, scene.area, model=model, out=folder)


@settings(max_examples=150, deadline=None)
@given(scene=SCENES)
def test_n3_r24_nothing_outside_changes_alpha_stays_and_the_counts_are_true(
    tmp_path_factory: pytest.TempPathFactory, scene: Scene
) -> None:
    """R24, N3, R18: for every mode, size and area, and whatever size and format comes back."""
    folder = tmp_path_factory.mktemp("exact")

    edit = prepared_scene(folder, scene)
    found = finished(folder, edit, result_file(scene, edit), scene.feather)

    before, after, mask = kept_pixels(edit.source), array(found.picture), array(edit.mask)
    inside = mask > 0
    assert before.shape == after.shape
    assert after.shape[:2] == mask.shape == (scene.height, scene.width)
    changed = (before != after).any(axis=-1)
    assert not changed[~inside].any()
    assert np.array_equal(before[..., 3:][~inside], after[..., 3:][~inside])
    mostly_visible = before.shape[2] == 3 or before[..., 3][inside].mean() >= 128
    if mostly_visible:
        assert np.array_equal(before[..., 3:], after[..., 3:])
    else:
        assert (after[..., 3][inside] == 255).all()
    assert found.changed_outside == 0
    assert found.changed_inside == np.count_nonzero(changed & inside)
    assert found.pixels_inside == edit.masked_pixels == np.count_nonzero(inside)
    assert found.pixels_inside + found.pixels_outside == mask.size


@settings(max_examples=100, deadline=None)
@given(scene=SCENES)
def test_r24_picture_and_mask_are_sent_in_one_size_and_the_mask_in_two_tones(
    tmp_path_factory: pytest.TempPathFactory, scene: Scene
) -> None:
    folder = tmp_path_factory.mktemp("sent")

    edit = prepared_scene(folder, scene)

    picture, mask = array(edit.sent_picture), array(edit.sent_mask)
    assert picture.shape == (edit.sent_height, edit.sent_width, 3)
    assert mask.shape == picture.shape[:2]
    assert set(np.unique(mask)) == {0, 255}
    assert set(np.unique(array(edit.mask))) <= {0, 255}
    assert edit.sent_width <= edit.crop.width
    assert edit.sent_height <= edit.crop.height


@pytest.mark.parametrize(
    ("mode", "note"),
    [
        ("RGB 16", Note.SIXTEEN_BIT),
        ("grey 16", Note.SIXTEEN_BIT),
        ("CMYK", Note.CMYK),
        ("CMYK JPEG", Note.CMYK),
    ],
)
def test_what_had_to_be_converted_is_said(tmp_path: Path, mode: str, note: Note) -> None:
    scene = Scene(mode, 40, 30, "left", "PNG", None, "RGB", None, None, 64, 3)

    edit = prepared_scene(tmp_path, scene)

    assert note in edit.notes
