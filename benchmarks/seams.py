"""How well a result's tone is brought to that of its surroundings before it is stitched in.

The embedded engine's own results are the truth. They come back in another tone: shifted alike
everywhere, by a gain, a gamma, a loss of contrast, a gradient, or a cast that wanders, softened
and with grain; as they are, as JPEG or WebP, and at other sizes. The error is what a person sees
as a seam: the mean absolute difference to the truth, within 24 pixels of the outline, once noise
is averaged out over 8 pixels; in levels of 0 to 255. Harm is an error that grew where there was
nothing to correct: no shift, surroundings painted over, or another picture altogether.

Run: python -m benchmarks.seams [--sheet out.png]
"""

from __future__ import annotations

import argparse
import io
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np
from PIL import Image, ImageDraw

from bot.domain.edits.options import feather_width
from bot.domain.edits.pictures import Box
from bot.engine import samples
from bot.engine.painting import paint
from bot.imaging.masking import masks
from bot.imaging.stitching import compose
from bot.imaging.stitching.tones import difference

if TYPE_CHECKING:
    from bot.imaging.files.pixels import Bytes

SIZE = (1200, 800)
FILES = (("PNG", 1.0), ("JPEG 90", 1.0), ("JPEG 75", 1.0), ("WEBP 80", 1.0), ("PNG", 0.8))
FILES += (("PNG", 1.5),)
SHIFTS = ("none", "small", "constant", "gain", "gamma", "contrast", "gradient", "wandering")
OTHERS = ("painted over", "another picture", "negative", "moved 5 pixels")


class Case(NamedTuple):
    name: str
    sent: Bytes
    mask: Bytes
    truth: Bytes


def drawn(shape: str, box: tuple[int, int, int, int]) -> Image.Image:
    mask = Image.new("L", SIZE)
    getattr(ImageDraw.Draw(mask), shape)(box, fill=255)
    return mask


def cases() -> list[Case]:
    street, land = samples.street().convert("RGB"), samples.landscape().convert("RGB")
    given = [
        ("cone", street, samples.street_cone_mask(), "remove it"),
        ("sign", street, samples.street_sign_mask(), 'a sign that says "OPEN LATE"'),
        ("shop front", street, drawn("ellipse", (300, 200, 800, 650)), "remove it"),
        ("house", land, samples.landscape_house_mask(), "remove it"),
        ("sky", land, drawn("rectangle", (0, 0, 1199, 200)), "remove it"),
        ("corner", land, drawn("rectangle", (800, 300, 1199, 799)), "remove it"),
        ("speck", land, drawn("ellipse", (600, 500, 640, 530)), "remove it"),
        ("field, tinted", land, drawn("ellipse", (300, 300, 900, 700)), "blue"),
        ("title", samples.poster().convert("RGB"), samples.poster_title_mask(), 'says "HELLO"'),
    ]
    found = []
    for name, picture, area, wish in given:
        mask = Image.eval(area.convert("L"), lambda tone: 255 if tone > 127 else 0)
        truth = paint(picture, mask, prompt=wish, style="auto", seed=3)
        found.append(Case(name, np.asarray(picture), np.asarray(mask), np.asarray(truth)))
    return found


def shifted(kind: str, truth: Bytes) -> np.ndarray:
    levels = truth.astype(np.float32)
    height, width = levels.shape[:2]
    random = np.random.default_rng(0)
    match kind:
        case "small":
            return levels + np.array([2, -1.5, 1])
        case "constant":
            return levels + np.array([6, -4, 3])
        case "gain":
            return levels * np.array([1.05, 1.03, 0.97])
        case "gamma":
            return 255 * (levels / 255) ** 1.08
        case "contrast":
            return (levels - 128) * 0.93 + 128
        case "gradient":
            return levels + np.linspace(-6, 8, width)[None, :, None]
        case "wandering":
            coarse = random.normal(0, 4, (4, 6, 3)).astype(np.float32)
            cast = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
            grain = random.normal(0, 2, levels.shape)
            return cv2.GaussianBlur(levels, (0, 0), 0.7) + cast + grain
        case _:
            return levels


def disturbed(kind: str, case: Case, other: Bytes) -> np.ndarray:
    match kind:
        case "painted over":
            around = cv2.dilate(case.mask, np.ones((81, 81), np.uint8)) > 0
            around[:, int(np.nonzero(case.mask)[1].mean()) :] = False
            return np.where(around[..., None], other, case.truth)
        case "another picture":
            return other
        case "negative":
            return np.where(case.mask[..., None] > 0, case.truth, 255 - case.sent)
        case _:
            return np.roll(case.truth, (3, 4), (0, 1))


def returned(levels: np.ndarray, kind: str, scale: float) -> Bytes:
    """The picture as it comes back, brought to the sent size as `finish` does it."""
    picture = Image.fromarray(np.clip(np.rint(levels), 0, 255).astype(np.uint8))
    size = picture.size
    if scale != 1:
        small = (round(size[0] * scale), round(size[1] * scale))
        picture = picture.resize(small, Image.Resampling.LANCZOS)
    if kind != "PNG":
        file = io.BytesIO()
        picture.save(file, kind.split()[0], quality=int(kind.split()[1]))
        picture = Image.open(file).convert("RGB")
    if picture.size != size:
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    return np.asarray(picture)


def corrected(case: Case, back: Bytes) -> tuple[Bytes, bool]:
    tone = difference(case.sent, back, case.mask)
    if tone is None:
        return back, False
    picture = Image.fromarray(back)
    tone.correct(picture)
    return np.asarray(picture), True


def error(case: Case, found: Bytes) -> float:
    inside = (case.mask > 0).astype(np.float32)
    near = (inside > 0) & (cv2.distanceTransform(case.mask, cv2.DIST_L2, 3) <= 24)
    missed = (found.astype(np.float32) - case.truth) * inside[..., None]
    share = np.maximum(cv2.GaussianBlur(inside, (0, 0), 8), 1e-3)
    smooth = cv2.GaussianBlur(missed, (0, 0), 8) / share[..., None]
    return float(np.abs(smooth)[near].mean())


def report(name: str, how: str, results: list[tuple[Case, Bytes]]) -> None:
    before = [error(case, back) for case, back in results]
    found = [corrected(case, back) for case, back in results]
    after = [error(case, back) for (case, _), (back, _) in zip(results, found, strict=True)]
    worst = max(new - old for new, old in zip(after, before, strict=True))
    count = sum(was for _, was in found)
    print(
        f"{name:16} {how:12} {np.mean(before):7.2f} {np.mean(after):7.2f} {max(after):7.2f}"
        f" {max(0.0, worst):7.2f}   {count} of {len(results)}",
        flush=True,
    )


def sheet(found: list[Case], path: str) -> None:
    """Pictures to look at: truth, stitched as it came back, stitched after the correction."""
    rows = []
    for case, kind in zip(found[:8], [*SHIFTS[2:], "gain", "constant"], strict=True):
        back = returned(shifted(kind, case.truth), "JPEG 90", 1.0)
        box = masks.bounds(case.mask)
        weight = compose.weights(
            case.mask, Box(0, 0, *SIZE), feather_width(int((case.mask > 0).sum()))
        )[..., None] / np.float32(255)
        stitched = (
            case.sent * (1 - weight) + image * weight
            for image in (case.truth, back, corrected(case, back)[0])
        )
        margin = 60
        part = np.s_[
            max(0, box.top - margin) : box.top + box.height + margin,
            max(0, box.left - margin) : box.left + box.width + margin,
        ]
        tiles = [Image.fromarray(image[part].astype(np.uint8)) for image in stitched]
        rows.append([tile.resize((480, 320), Image.Resampling.LANCZOS) for tile in tiles])
    out = Image.new("RGB", (3 * 490, len(rows) * 330), "white")
    for number, row in enumerate(rows):
        for column, tile in enumerate(row):
            out.paste(tile, (490 * column, 330 * number))
    out.save(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sheet", metavar="PATH", help="write pictures to look at, and no figures")
    path = parser.parse_args().sheet
    found = cases()
    if path:
        sheet(found, path)
        return
    print("shift            returned as   before   after   worst    harm   corrected")
    for kind in SHIFTS:
        for name, scale in FILES if kind in ("none", "constant", "wandering") else FILES[::2]:
            results = [(case, returned(shifted(kind, case.truth), name, scale)) for case in found]
            report(kind, f"{name}{'' if scale == 1 else f' x {scale}'}", results)
    for kind in OTHERS:
        results = []
        for number, case in enumerate(found):
            other = found[(number + 3) % len(found)].sent
            other = cv2.resize(other, case.sent.shape[1::-1])
            results.append((case, returned(disturbed(kind, case, other), "PNG", 1.0)))
        report(kind, "PNG", results)


if __name__ == "__main__":
    main()
