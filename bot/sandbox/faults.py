"""Faults on demand: answers that are errors, late, lost or cut."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.sandbox.rest.errors import KNOWN

Match = tuple[str, str]


@dataclass(eq=False, slots=True, kw_only=True)
class DiscordFault:
    """What goes wrong for calls to `match` (method or "*", route template or "*").

    `times` is how often it still applies (None: for ever), `skip` how many calls pass first,
    `hits` how often it has applied.
    """

    match: Match
    status: int | None = None
    code: int = 0
    message: str | None = None
    retry_after: float | None = None
    is_global: bool = False
    drop: bool = False
    lose_answer: bool = False
    cut_answer: bool = False
    delay: float = 0.0
    times: int | None = 1
    skip: int = 0
    hits: int = field(default=0)

    @property
    def answers(self) -> bool:
        """Whether the call is answered with an error instead of being processed."""
        return self.status is not None or self.code != 0 or self.retry_after is not None

    def error(self) -> tuple[int, dict[str, object]]:
        """Write status and body of the error."""
        if self.retry_after is not None:
            known = KNOWN.get(self.code, (429, "You are being rate limited."))[1]
            return self.status or 429, {
                "message": self.message or known,
                "code": self.code,
                "retry_after": self.retry_after,
                "global": self.is_global,
            }
        status, message = KNOWN.get(self.code, (self.status or 500, f"{self.status}: Error"))
        return self.status or status, {"message": self.message or message, "code": self.code}


class DiscordFaults:
    """The faults waiting for their call, first come, first served."""

    def __init__(self) -> None:
        self._waiting: list[DiscordFault] = []

    def add(
        self,
        match: Match,
        *,
        status: int | None = None,
        code: int = 0,
        message: str | None = None,
        retry_after: float | None = None,
        is_global: bool = False,
        drop: bool = False,
        lose_answer: bool = False,
        cut_answer: bool = False,
        delay: float = 0.0,
        times: int | None = 1,
        skip: int = 0,
    ) -> DiscordFault:
        """Let calls go wrong.

        Args:
            match: method and route template, e.g. `("PATCH", routes.ORIGINAL)`; "*" for any.
            status: answer with this HTTP status, without processing the call.
            code: answer with this Discord error code (its usual status, unless given).
            message: the error's text, if not Discord's usual one.
            retry_after: answer 429 with these seconds; `is_global` marks it as global.
            is_global: see `retry_after`.
            drop: break the connection before processing.
            lose_answer: process the call, then break the connection.
            cut_answer: process the call, then break the connection in the middle of the answer.
            delay: wait these seconds before anything else (alone or with the above).
            times: how many calls it applies to; None for all.
            skip: how many matching calls it lets through first.

        Returns:
            The fault; its `hits` counts how often it applied.
        """
        fault = DiscordFault(
            match=match,
            status=status,
            code=code,
            message=message,
            retry_after=retry_after,
            is_global=is_global,
            drop=drop,
            lose_answer=lose_answer,
            cut_answer=cut_answer,
            delay=delay,
            times=times,
            skip=skip,
        )
        self._waiting.append(fault)
        return fault

    def clear(self) -> None:
        """Let everything go right again."""
        self._waiting.clear()

    def take(self, method: str, route: str) -> DiscordFault | None:
        """Take the fault that is due for this call, if there is one."""
        for fault in self._waiting:
            wanted_method, wanted_route = fault.match
            if wanted_method not in ("*", method) or wanted_route not in ("*", route):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            fault.hits += 1
            if fault.times is not None and fault.hits >= fault.times:
                self._waiting.remove(fault)
            return fault
        return None
