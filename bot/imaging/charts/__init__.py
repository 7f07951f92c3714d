"""Charts, drawn with matplotlib: it is loaded when the first one is asked for, and never before."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from bot.domain.edits.pictures import FittedFile

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.reports.charts import Chart


def chart(drawn: Chart, out: Path) -> FittedFile:
    """Draw a chart into the folder `out`, as a PNG of 1200 x 675 pixels.

    Raises:
        OSError: it cannot be written.
    """
    # Read when matplotlib is loaded. It writes its list of fonts where it is told to, and looks
    # for no others than its own: a chart looks the same on every machine, and is there sooner.
    os.environ["MPLCONFIGDIR"] = os.fspath(out)
    os.environ["MPL_IGNORE_SYSTEM_FONTS"] = "1"
    from bot.imaging.charts.plot import draw

    path = out / "chart.png"
    draw(drawn, path)
    return FittedFile(path=path, media_type="image/png", exact=True)
