"""How slow this machine is at the moment, for the few tests that bound processor time."""

from __future__ import annotations

import time
from typing import Final

USUAL_SECONDS: Final = 0.035
"""Processor time of a million additions in a loop on a machine of ordinary speed: an estimate,
never measured where the bounds were set. On a slower machine it loosens the bounds that use it.
"""
ROUNDS: Final = 6
"""Other machines on the same hardware come and go within tenths of a second."""


def slowness() -> float:
    """By what to multiply a bound: 1 on a usual or faster machine, else how much slower this is.

    A shared machine may give the same work a third of its usual speed, which no code of ours can
    change. Only for bounds that such a machine is known to break.
    """
    return max(1.0, sum(_loop() for _ in range(ROUNDS)) / ROUNDS / USUAL_SECONDS)


def _loop() -> float:
    started, total = time.process_time(), 0
    for number in range(1_000_000):
        total += number
    return time.process_time() - started
