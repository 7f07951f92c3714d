"""Named places where a test may stop the process, as a power cut would; free when not armed."""

from __future__ import annotations

import os
from typing import Final

NAMES: Final = (
    "acknowledge.before",
    "acknowledge.after",
    "fetch.mid",
    "prepare.before",
    "adjust.before",
    "adjust.after",
    "accept.before",
    "accept.after",
    "claim.after",
    "upload.mid",
    "submit.before",
    "submit.sent",
    "submitted.before",
    "follow",
    "result.before",
    "result.stored",
    "settle.before",
    "settle.after",
    "deliver.before",
    "deliver.mid",
    "deliver.after",
    "alert.before",
    "alert.after",
    "migrate.mid",
)

_armed: dict[str, int] = {}


def arm(spec: str) -> None:
    """Arm one fail point: "name" or "name#k" for its k-th passage.

    Raises:
        ValueError: there is no fail point of that name.
    """
    name, _, count = spec.partition("#")
    if name not in NAMES:
        raise ValueError(f"no fail point is called {name!r}")
    _armed[name] = int(count or 1)


def reach(name: str) -> None:
    """Die here without any clean-up, if this fail point is armed and its turn has come."""
    if not _armed or name not in _armed:
        return
    _armed[name] -= 1
    if _armed[name] == 0:
        os._exit(137)
