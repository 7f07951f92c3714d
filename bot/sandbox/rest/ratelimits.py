"""Rate limit headers, and real small buckets where a test asks for them."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

# Routes share a bucket per value of these. https://docs.discord.com/developers/topics/rate-limits
MAJOR: Final = ("channel_id", "guild_id", "webhook_token")
UNLIMITED: Final = (50, 1.0)


@dataclass(slots=True)
class _Window:
    ends: float
    used: int = 0


class RateLimits:
    """Buckets by (method, route template): how many calls in how many seconds.

    Windows run on real time, whatever the sandbox's clock says, because clients really sleep.
    """

    def __init__(self) -> None:
        self._limits: dict[tuple[str, str], tuple[int, float]] = {}
        self._windows: dict[tuple[str, ...], _Window] = {}

    def limit(self, method: str, route: str, *, calls: int, seconds: float) -> None:
        """Enforce a bucket from now on."""
        self._limits[method, route] = (calls, seconds)

    def take(
        self, method: str, route: str, parameters: Mapping[str, str]
    ) -> tuple[dict[str, str], float | None]:
        """Count one call; return its headers and, when the bucket is empty, the wait in seconds."""
        calls, seconds = self._limits.get((method, route), UNLIMITED)
        now = time.monotonic()
        key = (method, route, *(parameters.get(name, "") for name in MAJOR))
        window = self._windows.get(key)
        if (method, route) not in self._limits:
            window = _Window(ends=now + seconds)
        elif window is None or window.ends <= now:
            window = self._windows[key] = _Window(ends=now + seconds)
        wait = None if window.used < calls else window.ends - now
        window.used = min(calls, window.used + 1)
        left = max(0.0, window.ends - now)
        headers = {
            "X-RateLimit-Limit": str(calls),
            "X-RateLimit-Remaining": str(calls - window.used),
            "X-RateLimit-Reset": f"{time.time() + left:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Bucket": hashlib.sha256(f"{method} {route}".encode()).hexdigest()[:32],
        }
        return headers, wait
