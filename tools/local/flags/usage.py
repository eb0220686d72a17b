"""When each flag was last asked for, as the project's events say.

Remembered, so that only events stored since then are read again.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from tools.local.hogql.literals import instant
from tools.local.home import Home
from tools.local.results import read_result

FACT = "flags_called"
_MARGIN = timedelta(minutes=10)
"""How long a row may take from its birth until it can be read."""

_CALLED = """
SELECT JSONExtractString(properties, '$feature_flag') AS flag, max(timestamp), max(created_at)
FROM events WHERE event = '$feature_flag_called' AND created_at >= {since}
GROUP BY flag"""
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def last_called(home: Home) -> dict[str, datetime]:
    """When each flag was last asked for, by key."""
    (rows,) = _rows(home, "SELECT count() FROM events")[0]
    generation = home.meta.fact("generation")
    known: dict[str, Any] = home.meta.fact(FACT) or {}
    if known.get("generation") != generation or known.get("rows", 0) > rows:
        known = {}
    if known.get("rows") != rows:
        known = {**_read(home, known), "generation": generation, "rows": rows}
        home.meta.remember(FACT, known)
    return {key: datetime.fromisoformat(at) for key, at in known["called"].items()}


def _read(home: Home, known: dict[str, Any]) -> dict[str, Any]:
    until = datetime.fromisoformat(known["until"]) if known else _BEGINNING
    since = max(until - _MARGIN, _BEGINNING)
    called: dict[str, str] = known.get("called", {})
    for key, at, stored in _rows(home, _CALLED.format(since=instant(since, "UTC"))):
        called[key] = max(called.get(key, ""), _utc(at))
        until = max(until, datetime.fromisoformat(stored))
    return {"called": called, "until": until.isoformat()}


def _utc(at: str) -> str:
    return datetime.fromisoformat(at).astimezone(UTC).isoformat(timespec="microseconds")


def _rows(home: Home, sql: str) -> list[list[Any]]:
    return read_result(home.store.read(sql))[0]
