"""The embedded engine: a fal-compatible server that really edits, offline.

Start it with `async with Engine() as engine`; talk to it over HTTP only. The painter alone is
`bot.engine.painting`, pictures to try it on are `bot.engine.samples`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.engine.http.faults import EngineFault, EngineFaultKind, EngineFaults
    from bot.engine.http.server import Engine, serve
    from bot.engine.jobs.store import EngineRequest
else:

    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(_HOMES[name]), name)


__all__ = [
    "Engine",
    "EngineFault",
    "EngineFaultKind",
    "EngineFaults",
    "EngineRequest",
    "serve",
]

# Imported when first asked for: every painting process imports this package on its way to
# `jobs.child`, and would otherwise load the whole server (0.8 s) before it paints.
_HOMES = {
    "Engine": "bot.engine.http.server",
    "EngineFault": "bot.engine.http.faults",
    "EngineFaultKind": "bot.engine.http.faults",
    "EngineFaults": "bot.engine.http.faults",
    "EngineRequest": "bot.engine.jobs.store",
    "serve": "bot.engine.http.server",
}
