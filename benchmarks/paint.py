"""How long the embedded engine paints, on one core, and how much memory it takes.

Run: python -m benchmarks.paint
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time

from PIL import Image

from bot.engine.painting import paint
from bot.engine.samples import landscape, street

CASES = {
    "fill, 1 MP, 10 %": (street, (1224, 816), 0.10, "remove it"),
    "fill, 1 MP, 25 %": (landscape, (1224, 816), 0.25, "remove it"),
    "sign, 1 MP, 10 %": (street, (1224, 816), 0.10, 'a sign that says "OPEN LATE"'),
    "tint, 1 MP, 10 %": (street, (1224, 816), 0.10, "blue"),
    "fill, 12 MP, 8 %": (street, (4242, 2828), 0.08, "remove it"),
    "wall, 12 MP, third": (street, (4242, 2828), 1 / 3, 'a wall with a sign that says "OPEN"'),
}


def run(name: str) -> None:
    draw, size, share, prompt = CASES[name]
    image = draw().resize(size, Image.Resampling.BICUBIC)
    side = (share * size[0] * size[1]) ** 0.5
    left, top = int(0.55 * size[0] - side / 2), int(0.45 * size[1] - side / 2)
    mask = Image.new("L", size)
    if share > 0.3:  # the right third, to three borders of the picture
        left, top, side = round(size[0] * (1 - share)), 0, max(size)
    mask.paste(255, (left, top, int(left + side), int(top + side)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    paint(image, mask, prompt=prompt, style="auto", seed=1)
    spent = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{name:20} {spent:6.2f} CPU s   {before / 1024:5.0f} -> {peak / 1024:4.0f} MB peak")


def main() -> None:
    if len(sys.argv) > 1:
        run(sys.argv[1])
        return
    for name in CASES:  # a fresh process each: the peak of one must not hide the next one's
        subprocess.run([sys.executable, "-m", "benchmarks.paint", name], check=True)


if __name__ == "__main__":
    main()
