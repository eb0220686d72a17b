"""PostHog's limits on queries, off unless the fact `query_limits` of the project sets them."""

import math
import threading
import time
from collections import deque

from pydantic import BaseModel, ConfigDict

from tools.local.bodies import ApiError, out_of_quota, throttled
from tools.local.meta import Meta

FACT = "query_limits"
MINUTE = 60.0


class Limits(BaseModel):
    """What a project allows; None is no limit."""

    model_config = ConfigDict(extra="forbid")

    per_minute: int | None = None
    at_once: int | None = None
    seconds: int | None = None
    memory: int | None = None
    quota_ends: str | None = None
    """The end of the billing period, where its queries are used up."""

    @classmethod
    def of(cls, meta: Meta) -> "Limits":
        """The limits of a project."""
        return cls.model_validate(meta.fact(FACT) or {})


class Turnstile:
    """Counts the queries of the last minute."""

    def __init__(self) -> None:
        self._times: deque[float] = deque()
        self._lock = threading.Lock()

    def enter(self, limits: Limits) -> None:
        """Count one more; raises PostHog's refusal when there were too many."""
        if limits.per_minute is None:
            return
        now = time.monotonic()
        with self._lock:
            while self._times and self._times[0] <= now - MINUTE:
                self._times.popleft()
            if len(self._times) >= limits.per_minute:
                raise throttled(math.ceil(self._times[0] + MINUTE - now))
            self._times.append(now)


def check_quota(limits: Limits) -> None:
    """Raise PostHog's refusal when the month's queries are used up."""
    if limits.quota_ends is not None:
        raise out_of_quota(limits.quota_ends)


def check_room(limits: Limits, running: int) -> None:
    """Raise PostHog's refusal when enough queries run already."""
    if limits.at_once is not None and running >= limits.at_once:
        detail = f"Exceeded maximum concurrency limit: {limits.at_once} for queries of this key."
        raise ApiError(429, "throttled_error", "throttled", detail)
