"""Whether a swapped mask polarity can be told from honest results.

Every drawn sample is painted by the embedded engine in areas of 0.5 to 90 %, honestly and with the
mask turned round. Further honest results change nothing, or everything; further swapped ones
replace the surroundings by their negative, or by another picture. Each comes back as it is, as
JPEG at quality 75, at another size, brightened, and with a cast across it.

Run: python -m benchmarks.swaps
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from bot.domain.jobs.polarity import PLAIN_CHANGE, looks_swapped
from bot.engine.painting import paint
from bot.engine.samples import landscape, poster, street
from bot.imaging.stitching.compose import mean_differences

if TYPE_CHECKING:
    from collections.abc import Iterator


SIZE = (600, 400)
SHARES = (0.005, 0.02, 0.1, 0.3, 0.6, 0.9)
PROMPTS = ("remove it", "blue", 'says "OPEN"', "brighter", "dark")


def area(share: float, seed: int) -> Image.Image:
    """A box or an ellipse, somewhere; a large one in the middle."""
    random = np.random.default_rng(seed)
    mask = Image.new("L", SIZE)
    width, height = (side * min(1.0, share**0.5) for side in SIZE)
    left, top = random.uniform(0, SIZE[0] - width), random.uniform(0, SIZE[1] - height)
    draw = ImageDraw.Draw(mask)
    shape = draw.ellipse if seed % 2 and share < 0.5 else draw.rectangle
    shape((left, top, left + width, top + height), fill=255)
    return mask


def returns(picture: Image.Image) -> Iterator[tuple[str, Image.Image]]:
    """The ways in which a provider may hand a picture over."""
    levels = np.asarray(picture).astype(np.float32)
    cast = np.linspace(-6, 8, picture.width)[None, :, None]
    small = picture.resize((SIZE[0] * 3 // 5, SIZE[1] * 3 // 5), Image.Resampling.LANCZOS)
    yield "as it is", picture
    yield "JPEG 75", packed(picture)
    yield "resized", small.resize(SIZE, Image.Resampling.LANCZOS)
    yield "brighter", packed(clipped(levels * 1.05))
    yield "cast", clipped(levels + cast)


def packed(picture: Image.Image) -> Image.Image:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=75)
    return Image.open(file).convert("RGB")


def clipped(levels: np.ndarray) -> Image.Image:
    return Image.fromarray(np.clip(np.rint(levels), 0, 255).astype(np.uint8))


def results(
    picture: Image.Image, other: Image.Image, mask: Image.Image, prompt: str
) -> Iterator[tuple[str, bool, Image.Image]]:
    """What a model may make of it, and whether the polarity was swapped."""
    turned = Image.eval(mask, lambda tone: 255 - tone)
    negative = Image.eval(picture, lambda tone: 255 - tone)
    yield "painted", False, paint(picture, mask, prompt=prompt, style="auto", seed=1)
    yield "unchanged", False, picture
    yield "all anew", False, other
    yield "painted outside", True, paint(picture, turned, prompt=prompt, style="auto", seed=1)
    yield "negative outside", True, Image.composite(picture, negative, mask)
    yield "other outside", True, Image.composite(picture, other, mask)


def main() -> None:
    pictures = [draw().convert("RGB").resize(SIZE) for draw in (street, landscape, poster)]
    # Per result: how many there are, how many were said to be swapped, how many are too plain.
    counts: dict[tuple[str, bool], list[int]] = {}
    for index, picture in enumerate(pictures):
        for number, share in enumerate(SHARES):
            mask = area(share, 10 * index + number)
            prompt = PROMPTS[(index + number) % len(PROMPTS)]
            for name, swapped, result in results(picture, pictures[index - 1], mask, prompt):
                count = counts.setdefault((name, swapped), [0, 0, 0])
                for _, returned in returns(result):
                    sent, back = np.asarray(picture), np.asarray(returned)
                    inside, outside = mean_differences(sent, back, np.asarray(mask))
                    count[0] += 1
                    count[1] += looks_swapped(inside=inside, outside=outside)
                    count[2] += outside < PLAIN_CHANGE
    print("result             is swapped   results   said swapped   outside too plain to tell")
    for (name, swapped), (number, said, plain) in counts.items():
        print(f"{name:18} {swapped!s:>10} {number:9} {said:14} {plain:20}")


if __name__ == "__main__":
    main()
