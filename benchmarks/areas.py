"""How well, how fast and in how much memory things are found in pictures.

Run: python -m benchmarks.areas [--things subject,sky]
     python -m benchmarks.areas --sheet out.png
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING

import cv2

from benchmarks import lettering, marking, measures, sheet

if TYPE_CHECKING:
    from benchmarks.measures import Measure, Outcome

MEGAPIXEL = 1_000_000
SIZES = (1, 12)  # megapixels
MEASURES = measures.MEASURES | {"lettering": lettering.READ, "marks": marking.MARKS}


def main() -> None:
    options = _options()
    if options.sheet:
        sheet.write(options.sheet)
        return
    if options.timed:
        _time(options.timed, options.folder, options.megapixels)
        return
    cv2.setNumThreads(1)  # as in the picture processes
    for name in options.things.split(","):
        _report(name, MEASURES[name])
    print(f"\n{'CPU s / peak MB':16}" + "".join(f"{size:>10} MP" for size in SIZES))
    for name in options.things.split(","):
        with tempfile.TemporaryDirectory(prefix="touchup-areas-") as folder:
            MEASURES[name].write(Path(folder))
            figures = [_timed_apart(name, folder, size) for size in SIZES]
        print(f"{name:16}" + "".join(f"{figure:>13}" for figure in figures))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.areas", description=__doc__)
    parser.add_argument("--things", default=",".join(MEASURES), help="separated by commas")
    parser.add_argument("--sheet", type=Path, help="only draw what areas mean, into this file")
    parser.add_argument("--timed", choices=MEASURES, help="only time one thing, in this process")
    parser.add_argument("--folder", type=Path, help="what to look at when only timing")
    parser.add_argument("--megapixels", type=int, default=1, choices=SIZES)
    options = parser.parse_args()
    if unknown := set(options.things.split(",")) - set(MEASURES):
        parser.error(f"no such thing: {', '.join(sorted(unknown))}")
    return options


def _report(name: str, measure: Measure) -> None:
    outcomes = list(measure.outcomes())
    shown = [outcome for outcome in outcomes if outcome.overlap is not None]
    scores = [outcome.overlap or 0.0 for outcome in shown]
    goal = f", goal {measure.goal:.2f}" if measure.goal else ""
    print(
        f"\n{name}: {len(shown)} examples, mean {mean(scores):.3f}, worst {min(scores):.3f}{goal}"
    )
    if measure.remark:
        print(f"  ({measure.remark})")
    for outcome in sorted(shown, key=lambda outcome: -(outcome.overlap or 0.0)):
        print(f"  {outcome.overlap:5.3f}  {outcome.name:20} {_doubt(outcome)}")
    absent = [outcome for outcome in outcomes if outcome.overlap is None]
    if absent:
        certain = [outcome.name for outcome in absent if outcome.is_sure]
        unsure = [outcome.name for outcome in absent if outcome.is_found and not outcome.is_sure]
        print(f"  where there is none, in {len(absent)} pictures:")
        print(f"    {len(certain)} taken for one for certain: {', '.join(certain) or 'none'}")
        print(f"    {len(unsure)} taken for one in doubt: {', '.join(unsure) or 'none'}")


def _doubt(outcome: Outcome) -> str:
    if not outcome.is_found:
        return "not found"
    return "" if outcome.is_sure else "unsure"


def _timed_apart(name: str, folder: str, megapixels: int) -> str:
    """In a process of its own, which draws nothing: its peak is that of looking."""
    command = [sys.executable, "-m", "benchmarks.areas", "--timed", name, "--folder", folder]
    done = subprocess.run(
        [*command, "--megapixels", str(megapixels)], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def _time(name: str, folder: Path, megapixels: int) -> None:
    cv2.setNumThreads(1)
    look = MEASURES[name].open(folder, megapixels * MEGAPIXEL)
    start = time.process_time()
    look()
    spent = time.process_time() - start
    print(f"{spent:.2f} / {_peak_megabytes():.0f}")


def _peak_megabytes() -> float:
    """The most this process has held. What getrusage says includes its parent's, before exec."""
    status = Path("/proc/self/status").read_text()
    [peak] = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(peak) / 1024


if __name__ == "__main__":
    main()
