"""Charts, drawn with Pillow from a value that says what is on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.edits.pictures import FittedFile
from bot.imaging.charts.plot import draw

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.reports.charts import Chart


def chart(drawn: Chart, out: Path) -> FittedFile:
    """Draw a chart into the folder `out`, as a PNG of 1200 x 675 pixels.

    Raises:
        OSError: it cannot be written.
    """
    path = out / "chart.png"
    draw(drawn, path)
    return FittedFile(path=path, media_type="image/png", exact=True)
