"""Answers that are kept: PostHog's cache of query results, with its ages.

Unlike PostHog's it also notices that the project has changed, because in a small project a person
looks for an event right after sending it.
"""

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tools.local.meta import Meta
from tools.local.store import Store

ANSWERS = 64
MAX_ROWS = 10_000
NEXT_REFRESH = timedelta(minutes=1)
FRESH = {
    "minute": timedelta(minutes=5),
    "hour": timedelta(hours=1),
    "day": timedelta(hours=6),
    "week": timedelta(days=1),
    "month": timedelta(days=1),
}
FRESH_ENOUGH = {
    "minute": timedelta(minutes=15),
    "hour": timedelta(hours=2),
    "day": timedelta(hours=12),
    "week": timedelta(days=1),
    "month": timedelta(days=1),
}
"""For those who ask lazily."""


@dataclass(frozen=True)
class Answer:
    """The body of an answer, and when it was made."""

    body: Mapping[str, Any]
    interval: str
    at: datetime

    def fields(self, key: str) -> dict[str, Any]:
        """What an answer says of its age."""
        return {
            "cache_key": key,
            "last_refresh": _iso(self.at),
            "next_allowed_client_refresh": _iso(self.at + NEXT_REFRESH),
            "cache_target_age": _iso(self.at + FRESH[self.interval]),
        }

    def stale(self, now: datetime, *, lazy: bool = False) -> bool:
        """Whether it is too old; an answer about days before it was made never is."""
        oldest = now - (FRESH_ENOUGH if lazy else FRESH)[self.interval]
        until = (self.body.get("resolved_date_range") or {}).get("date_to")
        return self.at < (min(datetime.fromisoformat(until), oldest) if until else oldest)


class Cache:
    """The last answers, by key."""

    def __init__(self) -> None:
        self._answers: OrderedDict[str, Answer] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: str) -> Answer | None:
        """The answer under a key."""
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
            return self._answers.get(key)

    def keep(self, key: str, answer: Answer) -> None:
        """Keep an answer, unless it is very long; the one not asked for longest goes."""
        results = answer.body.get("results")
        if isinstance(results, list) and len(results) > MAX_ROWS:
            return
        with self._lock:
            self._answers[key] = answer
            self._answers.move_to_end(key)
            while len(self._answers) > ANSWERS:
                self._answers.popitem(last=False)


def made(asked: Mapping[str, Any], body: Mapping[str, Any]) -> Answer:
    """An answer of this moment."""
    return Answer(body, _interval(asked), datetime.now(UTC))


def cache_key(asked: Mapping[str, Any], scopes: Sequence[str], store: Store, meta: Meta) -> str:
    """What an answer depends on: the query, who asks, the rows and all the project knows."""
    depends = [asked, sorted(scopes), store.written, meta.version]
    text = json.dumps(depends, sort_keys=True, ensure_ascii=False)
    return "cache_" + hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]


def _interval(asked: Mapping[str, Any]) -> str:
    """The interval whose ages hold: PostHog takes HogQL for daily and the rest for minutes."""
    written = asked.get("interval") or (asked.get("retentionFilter") or {}).get("period")
    default = "day" if asked["kind"] == "HogQLQuery" or "dateRange" in asked else "minute"
    found = str(written or default).lower()
    return found if found in FRESH else "minute"


def _iso(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
