"""Where the provider lives, and which of its hosts may see the key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import httpx

from bot.domain.jobs.states import Submission

if TYPE_CHECKING:
    from collections.abc import Mapping

_FAL_FILES: Final = "fal.media"
"""Results lie on fal.media, v3.fal.media, v3b.fal.media and so on.
Source: https://docs.fal.ai/model-apis/fal-cdn"""
_PREFIXED: Final = ("workflows", "comfy")
"""Endpoint ids that begin with one of these have their owner in second place.
Source: `AppId.from_endpoint_id` in PyPI's fal-client 1.0.3."""

Origin = tuple[str, str, int]


def origin(url: str) -> Origin | None:
    """Scheme, host and port of an http(s) URL; None when it has no plain one.

    Read with httpx's own parser: two parsers that disagree are how a key reaches another host.
    A URL with a user name is never plain: httpx would send that instead of our key.
    """
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError, TypeError):
        return None
    if parsed.scheme not in {"http", "https"} or not parsed.host or parsed.userinfo:
        return None
    port = parsed.port
    if port is None:
        port = 443 if parsed.scheme == "https" else 80
    return parsed.scheme, parsed.host, port


@dataclass(frozen=True, slots=True)
class Addresses:
    """The provider's four services: the queue, file storage, the files themselves, the platform."""

    queue: str
    rest: str
    cdn: str
    api: str

    @classmethod
    def fal(cls) -> Addresses:
        """Where fal.ai itself lives."""
        return cls(
            queue="https://queue.fal.run",
            rest="https://rest.fal.ai",
            cdn="https://v3.fal.media",
            api="https://api.fal.ai/v1",
        )

    @classmethod
    def single(cls, url: str) -> Addresses:
        """Any fal-compatible server that answers for all four services at one address."""
        url = url.rstrip("/")
        return cls(queue=url, rest=url, cdn=url, api=f"{url}/v1")

    @property
    def origins(self) -> frozenset[Origin]:
        """The only places the key is ever sent to."""
        found = (origin(url) for url in (self.queue, self.rest, self.cdn, self.api))
        return frozenset(place for place in found if place is not None)

    @property
    def is_local(self) -> bool:
        """Whether the queue is on this very machine, where no proxy may stand in between."""
        place = origin(self.queue)
        return place is not None and place[1] in {"127.0.0.1", "::1", "localhost"}

    def may_see_the_key(self, url: str) -> bool:
        """Whether `url` lies exactly on one of our origins: scheme, host and port."""
        return origin(url) in self.origins

    def may_hold_files(self, url: str) -> bool:
        """Whether pictures may be put at, or fetched from, `url`. The key never goes along."""
        place = origin(url)
        if place is None:
            return False
        if place in self.origins:
            return True
        scheme, host, port = place
        return (
            _is_fal_media(httpx.URL(self.cdn).host)
            and (scheme, port) == ("https", 443)
            and _is_fal_media(host)
        )

    def submission(
        self, endpoint: str, request_id: str, returned: Mapping[str, object] | None = None
    ) -> Submission:
        """The receipt for `request_id`.

        fal asks its clients to use the URLs a submit returns. They are used where they lie on our
        own origins, and built from the request id where they do not.
        """
        built = f"{self.queue}/{application(endpoint)}/requests/{quote(request_id, safe='')}"
        urls = returned or {}

        def ours(name: str, otherwise: str) -> str:
            url = urls.get(name)
            return url if isinstance(url, str) and self.may_see_the_key(url) else otherwise

        return Submission(
            request_id=request_id,
            status_url=ours("status_url", f"{built}/status"),
            response_url=ours("response_url", built),
            cancel_url=ours("cancel_url", f"{built}/cancel"),
        )


def application(endpoint: str) -> str:
    """Owner and name of an endpoint: status, result and cancel leave the rest of its path out.

    Source: https://fal.ai/docs/api-reference/inference-api
    """
    parts = endpoint.split("/")
    return "/".join(parts[: 3 if parts[0] in _PREFIXED else 2])


def _is_fal_media(host: str) -> bool:
    return host == _FAL_FILES or host.endswith(f".{_FAL_FILES}")
