"""Timeouts: every wait that no setting says and that tests shorten, handed in at one place."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.provider.follow import PollInterval
from bot.store.jobs.jobs import LEASE_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How patient the bot is, in seconds. Where several are given, one follows the other and the
    last one is repeated.
    """

    idle: float = 5.0
    """The longest the worker waits before it looks for due jobs without being woken."""
    heartbeat: float = LEASE_SECONDS / 3
    """Between two renewals of the leases held: two may fail before one ends."""
    record_pauses: tuple[float, ...] = (0.2, 1.0, 5.0, 15.0)
    """Before it is tried again to write down what happened, on a disk that is full."""
    unreadable_pause: float = 600.0
    """How long a job is left alone whose row only a newer version understands."""
    blocked_pauses: tuple[float, ...] = (15.0, 60.0, 300.0, 600.0)
    """How long nothing new is submitted after the provider refused the key or the account."""
    stopped_pause: float = 5.0
    """How long a job waits that met a stop on its way; then it is not claimed while that lasts."""
    grace: float = 30.0
    """How long an overdue job is followed before the provider is asked to stop it, and after."""
    pace: PollInterval = field(default_factory=PollInterval)
    """How often the provider is asked for a job's status."""
    stop: float = 8.0
    """How long a graceful stop may take: a submit under way is awaited, because its answer is the
    receipt. Most supervisors send SIGKILL after 10 seconds."""
