"""What bringing an answer home costs at 12 MP, next to plain Pillow on the same files.

The source is a photo as a phone makes it (JPEG), with grain so that packing it is as hard as a
real one; one area is marked and the engine's answer is at hand. Our path checks and decodes all
files, compares the answer with what was sent, matches its tone, fades it in, counts what changed
and writes a lossless PNG. Plain Pillow decodes, pastes through the mask and saves: no fade, no
count, no check. Each runs in a process of its own, as the bot starts its picture processes.

Run: python -m benchmarks.stitch
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.detailed import mosaic
from bot.domain.catalog import IDEOGRAM_V2_EDIT
from bot.domain.edits.pictures import Box, Brief, PictureLimits

SIZE = (4242, 2828)
AREA = "ellipse 40%,40%,18%,24%"
ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_MMAP_THRESHOLD_": "1048576",
    "MALLOC_ARENA_MAX": "1",
}
WAYS = {
    "Touchup": "ours",
    "Pillow, PNG level 1": "pillow 1",
    "Pillow, PNG default": "pillow 6",
}


def lay_out(folder: Path) -> None:
    """A 12 MP photo, what is sent of it, and an answer in another tone."""
    from bot.engine.painting import paint
    from bot.imaging.steps.prepare import prepare

    grain = np.random.default_rng(0).normal(0, 1.5, (SIZE[1], SIZE[0], 3))
    levels = np.clip(np.asarray(mosaic(SIZE)) + grain, 0, 255).astype(np.uint8)
    Image.fromarray(levels).save(folder / "photo.jpg", quality=92)
    brief = Brief(source=folder / "photo.jpg", area=AREA)
    edit = prepare(brief, None, IDEOGRAM_V2_EDIT, PictureLimits(), folder)
    sent, mask = Image.open(edit.sent_picture), Image.open(edit.sent_mask)
    painted = paint(sent, mask, prompt="remove it", style="auto", seed=1)
    shifted = np.clip(np.asarray(painted).astype(int) + np.array([5, -3, 2]), 0, 255).astype(
        np.uint8
    )
    Image.fromarray(shifted).save(folder / "answer.png", compress_level=1)
    crop = edit.crop
    facts = {
        "source": str(edit.source),
        "mask": str(edit.mask),
        "crop": [crop.left, crop.top, crop.width, crop.height],
        "sent_picture": str(edit.sent_picture),
        "sent_mask": str(edit.sent_mask),
        "feather": edit.feather,
    }
    (folder / "facts.json").write_text(json.dumps(facts))


def ours(folder: Path, facts: dict[str, object]) -> Path:
    from bot.imaging.steps.finish import finish

    paths = (Path(str(facts[name])) for name in ("source", "mask", "sent_picture", "sent_mask"))
    source, mask, sent_picture, sent_mask = paths
    crop = Box(*facts["crop"])
    sent = (sent_picture, sent_mask, folder / "answer.png")
    return finish(source, mask, crop, *sent, facts["feather"], folder).picture


def pillow(folder: Path, facts: dict[str, object], level: int) -> Path:
    with Image.open(str(facts["source"])) as file:
        picture = file.convert("RGB")
    left, top, width, height = facts["crop"]
    box = (left, top, left + width, top + height)
    with Image.open(folder / "answer.png") as file:
        answer = file.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)
    with Image.open(str(facts["mask"])) as file:
        picture.paste(answer, box, file.convert("L").crop(box))
    picture.save(folder / "pillow.png", compress_level=level)
    return folder / "pillow.png"


def peak_mb() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024 / 1e6


def run(way: str, folder: Path) -> None:
    facts = json.loads((folder / "facts.json").read_text())
    if way == "ours":
        from bot.imaging.pool import picture_main  # noqa: F401  all that a picture process has loaded
    idle, wall, cpu = peak_mb(), time.perf_counter(), time.process_time()
    path = ours(folder, facts) if way == "ours" else pillow(folder, facts, int(way.split()[1]))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(json.dumps([wall, cpu, idle, peak_mb(), path.stat().st_size / 1e6]))


def main() -> None:
    if len(sys.argv) > 2:
        run(sys.argv[1], Path(sys.argv[2]))
        return
    with tempfile.TemporaryDirectory() as name:
        lay_out(Path(name))
        print("way                     wall s   cpu s   idle MB   peak MB   file MB")
        for title, way in WAYS.items():
            runs = []
            for _ in range(3):
                command = [sys.executable, "-m", "benchmarks.stitch", way, name]
                done = subprocess.run(command, env=ENVIRONMENT, check=True, stdout=subprocess.PIPE)
                runs.append(json.loads(done.stdout))
            wall, cpu, idle, peak, size = min(runs, key=lambda found: found[1])
            print(f"{title:22} {wall:7.2f} {cpu:7.2f} {idle:9.0f} {peak:9.0f} {size:9.1f}")


if __name__ == "__main__":
    main()
