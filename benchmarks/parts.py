"""What far-apart parts of an area lose when they share one crop, and what a crop each would cost.

A 12 MP picture, laid out of the project's drawn samples at their own size, has two parts of
360 x 360 pixels at growing distance. The embedded engine stands in for the model: asked for light,
it keeps what is there, so that lost detail shows. Truth is the same wish painted without any
scaling; where a crop is shared, the light fades a little differently even so. Sharpness is the
variance of the Laplacian inside the parts, as a share of the truth's.

Run: python -m benchmarks.parts
"""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image

from benchmarks.detailed import mosaic
from bot.domain.catalog import IDEOGRAM_V2_EDIT
from bot.domain.edits.pictures import Box
from bot.engine.painting import paint
from bot.imaging.masking import masks
from bot.imaging.stitching import crop

SIZE = (4242, 2828)
SIDE = 360
DISTANCES = (500, 900, 1300, 1700, 2300, 3600)
PRICE = IDEOGRAM_V2_EDIT.price_nano_usd / 1e9


def painted(picture: Image.Image, mask: np.ndarray, plan: crop.CropPlan) -> np.ndarray:
    """The crop's new pixels at the picture's own size."""
    box = plan.crop
    edges = (box.left, box.top, box.left + box.width, box.top + box.height)
    size = (plan.width, plan.height)
    sent = picture.crop(edges).resize(size, Image.Resampling.LANCZOS)
    area = Image.fromarray(crop.cut_mask(mask, plan))
    found = paint(sent, area, prompt="brighter", style="auto", seed=1)
    out = np.array(picture)
    back = found.resize((box.width, box.height), Image.Resampling.LANCZOS)
    out[edges[1] : edges[3], edges[0] : edges[2]] = np.asarray(back)
    return out


def judged(found: np.ndarray, truth: np.ndarray, mask: np.ndarray) -> tuple[float, float]:
    """PSNR in decibels and the share of sharpness kept, inside the mask."""
    inside = mask > 0
    error = (found[inside].astype(np.float64) - truth[inside]) ** 2
    laplacians = (
        cv2.Laplacian(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.CV_64F)[inside].var()
        for image in (found, truth)
    )
    kept = next(laplacians) / max(1e-9, next(laplacians))
    return float(10 * np.log10(255**2 / max(1e-9, error.mean()))), float(kept)


def main() -> None:
    picture = mosaic(SIZE)
    best = IDEOGRAM_V2_EDIT.best_pixels
    print("distance  reduced     one crop          a crop each       noted   cost")
    for distance in DISTANCES:
        boxes = [Box(x, 1150, SIDE, SIDE) for x in (180, 180 + distance)]
        mask = np.zeros(SIZE[::-1], np.uint8)
        alone = np.array(picture)
        truth = np.array(picture)
        for box in boxes:
            part = np.zeros_like(mask)
            part[box.top : box.top + box.height, box.left : box.left + box.width] = 255
            mask |= part
            plan = crop.plan(*SIZE, box, best_pixels=best)
            inside = part > 0
            alone[inside] = painted(picture, part, plan)[inside]
            exact = crop.CropPlan(plan.crop, plan.crop.width, plan.crop.height)
            truth[inside] = painted(picture, part, exact)[inside]
        shared = crop.plan(*SIZE, masks.bounds(mask), best_pixels=best)
        together = judged(painted(picture, mask, shared), truth, mask)
        apart = judged(alone, truth, mask)
        reduced = shared.crop.width / shared.width
        noted = crop.parts_apart(mask, shared, best_pixels=best)
        print(
            f"{distance:8}  {reduced:5.2f} x  {together[0]:5.1f} dB {together[1]:6.1%}"
            f"  {apart[0]:7.1f} dB {apart[1]:6.1%}  {noted!s:>6}"
            f"   {PRICE:.2f} $ or {len(boxes) * PRICE:.2f} $"
        )


if __name__ == "__main__":
    main()
