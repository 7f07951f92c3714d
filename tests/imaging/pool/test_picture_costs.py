"""What pictures may cost: measured in processes of their own, as the bot starts them.

A refusal takes at most 250 ms of processor time and 150 MB; an accepted picture, up to 50
megapixels, keeps its process below 300 MB.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.imaging.pool.process import _ENVIRONMENT
from tests.imaging import picture_files as files
from tests.support.speed import slowness

MEASURE = """
import json, sys, time
from pathlib import Path
sys.path.insert(0, ".")
from bot.domain.catalog import IDEOGRAM_V2_EDIT
from bot.domain.errors import UserError
from bot.domain.edits.pictures import Brief, PictureLimits
from bot.imaging.pool import picture_main
from bot.imaging.steps.finish import finish
from bot.imaging.steps.prepare import prepare

def peak_mb():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024 / 1e6

folder, area = Path(sys.argv[1]), sys.argv[2]
idle = peak_mb()
for path in sorted(folder.glob("in-*")):
    start = time.process_time()
    found = {"name": path.name, "idle": idle}
    try:
        brief = Brief(source=path, area=area)
        edit = prepare(brief, None, IDEOGRAM_V2_EDIT, PictureLimits(), folder)
        found |= {"size": [edit.width, edit.height]}
        found["prepare_s"] = time.process_time() - start
        done = finish(edit.source, edit.mask, edit.crop, edit.sent_picture, edit.sent_mask,
                      edit.sent_picture, edit.feather, folder)
        found["outside"] = done.changed_outside
    except UserError as error:
        found["problem"] = str(error)
    found |= {"cpu_s": time.process_time() - start, "peak": peak_mb()}
    print(json.dumps(found))
"""


def measured(folder: Path, area: str = "top - center 30%") -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(folder), area],
        env=_ENVIRONMENT,
        capture_output=True,
        check=True,
        text=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def flat(mode: str = "RGB") -> Image.Image:
    return Image.new(mode, (8660, 5773), 90 if mode == "L" else (90, 40, 160, 20)[: len(mode)])


def test_a_refusal_costs_hardly_anything(tmp_path: Path) -> None:
    """Rows 1-4, 5, 8, 9-15, 19, 21 and 47 of the bad pictures."""
    whole = files.png(9000, 5500)
    bad = {
        "1": files.png(30_000, 30_000, depth=1, colour=0),
        "2": files.png(13_300, 13_300),
        "3": files.png(9400, 9400, colour=6),
        "4": files.png(9000, 9000, colour=6, depth=16),
        "5": files.many_scans(500, 1024),
        "8": files.png(64, 64, extra=files.chunk(b"tEXt") * 100_000),
        "15": bytes(range(1, 256)) * 90_000,
        "19": files.encoded(flat(), "JPEG", quality=95)[:-4],
        "19-png": whole[: len(whole) - 5],
        "21": whole[:5000] + b"!" + whole[5001:],
        "47": whole + bytes(26 * 1024 * 1024),
        "marks": b"\xff\xd8" + b"\xff\xfe\0\2" * 5_000_000,
    }
    for name, data in bad.items():
        (tmp_path / f"in-{name}").write_bytes(data)

    found = measured(tmp_path)

    print(*found, sep="\n")
    assert len(found) == len(bad)
    for case in found:
        assert "problem" in case, case
        assert case["cpu_s"] <= 0.25, case
        assert case["peak"] - case["idle"] <= 150, case


@pytest.mark.parametrize(
    "name",
    ["jpeg turned", "cmyk turned", "png rgba", "png 16-bit", "grey", "progressive 30 MP"],
)
def test_an_accepted_picture_keeps_its_process_below_300_mb(tmp_path: Path, name: str) -> None:
    match name:
        case "jpeg turned":
            data = files.encoded(flat(), "JPEG", exif=files.exif(6))
        case "cmyk turned":
            data = files.encoded(flat("CMYK"), "JPEG", exif=files.exif(8))
        case "png rgba":
            header_only = files.png(8660, 5773, colour=2)
            data = (
                header_only[:33]
                + files.chunk(b"tRNS", bytes((0, 0, 0, 0, 0, 1)))
                + header_only[33:]
            )
        case "png 16-bit":
            data = files.png(8660, 5773, depth=16)
        case "grey":
            data = files.encoded(flat("L"), "JPEG")
        case _:
            small = flat().resize((6660, 4500), Image.Resampling.NEAREST)
            data = files.encoded(small, "JPEG", progressive=True)
    (tmp_path / "in-0").write_bytes(data)
    slow = slowness()

    [found] = measured(tmp_path)

    print(found)
    width, height = found["size"]
    assert width * height > 29_000_000
    assert found["outside"] == 0
    assert found["peak"] <= 300
    assert found["prepare_s"] <= 0.1 * max(slow, slowness()) * width * height / 1_000_000


MEASURE_ADJUSTING = """
import json, sys, time
from pathlib import Path
sys.path.insert(0, ".")
from bot.domain.edits.options import Adjusted
from bot.domain.catalog import IDEOGRAM_V2_EDIT as MODEL
from bot.domain.edits.extension import parse_extension
from bot.domain.edits.pictures import Brief, PictureLimits
from bot.imaging.pool import picture_main
from bot.imaging.steps.prepare import prepare
from bot.imaging.steps.preview import preview
from bot.imaging.steps.revise import revise

def peak_mb():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024 / 1e6

folder = Path(sys.argv[1])
brief = Brief(source=folder / "in-0", area="top - center 30%")
edit = prepare(brief, None, MODEL, PictureLimits(), folder)
adjusted = Adjusted(growth=-3, inverted=True, turned=True, softness=2)
changed = Brief(source=folder / "in-0", extension=parse_extension("left", "10%", overlap=32))
limits = PictureLimits(max_pixels=60_000_000)
for name, work in {
    "revise": lambda: revise(edit.source, edit.drawn, adjusted, 24, edit.reading, MODEL, folder),
    "preview": lambda: preview(edit.source, edit.mask, 24, False, folder),
    "extend": lambda: prepare(changed, None, MODEL, limits, folder),
}.items():
    Path("/proc/self/clear_refs").write_text("5")
    start = time.process_time()
    work()
    print(json.dumps({"name": name, "cpu_s": time.process_time() - start, "peak": peak_mb()}))
"""


def test_adjusting_showing_and_extending_keep_a_process_below_300_mb(tmp_path: Path) -> None:
    (tmp_path / "in-0").write_bytes(files.encoded(flat(), "JPEG", exif=files.exif(6)))
    slow = slowness()

    done = subprocess.run(
        [sys.executable, "-c", MEASURE_ADJUSTING, str(tmp_path)],
        env=_ENVIRONMENT,
        capture_output=True,
        check=True,
        text=True,
    )

    print(done.stdout)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [work["name"] for work in found] == ["revise", "preview", "extend"]
    assert max(work["peak"] for work in found) <= 300
    assert max(work["cpu_s"] for work in found) <= 6 * max(slow, slowness())
