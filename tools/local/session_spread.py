"""How long a session can last here, so that queries about sessions read no more than they need.

The id of a session says when it began: how far from that its events lie is noted as they come in.
"""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tools.local.meta import Meta
from tools.local.store import Store

FACT = "session_spread"
"""Milliseconds from a session's own time to its events, the least and the most; [] for no bound."""

_OWN_TIME = re.compile(r"([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", re.I)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_MEASURED = """SELECT count(), countIf(bitAnd(bitShiftRight(toUInt128(id), 76), 15) != 7),
  min(away), max(away) FROM (
  SELECT toUUIDOrZero(`$session_id`) AS id,
    toUnixTimestamp64Milli(timestamp) - toUnixTimestamp64Milli(UUIDv7ToDateTime(id)) AS away
  FROM events WHERE `$session_id` != '')"""


def longest(meta: Meta) -> int | None:
    """Seconds that no session lasts longer than; None where that is not known."""
    found = meta.fact(FACT)
    return (found[1] - found[0]) // 1000 + 2 if found else None


def is_measured(meta: Meta) -> bool:
    """Whether all events have been looked at."""
    return meta.fact(FACT) is not None


def measure(meta: Meta, store: Store) -> None:
    """Look at all events; none may come in meanwhile."""
    count, others, least, most = json.loads(store.read(_MEASURED, "JSONCompactEachRow"))
    meta.remember(FACT, [] if others else [least, most] if count else [0, 0])


def widen(meta: Meta, events: Iterable[Mapping[str, Any]]) -> None:
    """Before events are stored: note how far they lie from the times of their sessions."""
    known = meta.fact(FACT)
    named = [event for event in events if event["$session_id"]]
    if not known or not named:
        return
    found = [_away(event) for event in named]
    if None in found:
        meta.remember(FACT, [])
        return
    every = [*known, *(away for away in found if away is not None)]
    if [min(every), max(every)] != known:
        meta.remember(FACT, [min(every), max(every)])


def _away(event: Mapping[str, Any]) -> int | None:
    own = _OWN_TIME.fullmatch(event["$session_id"])
    if own is None:
        return None
    at = datetime.fromisoformat(event["timestamp"]).replace(tzinfo=UTC)
    return (at - _EPOCH) // _MILLISECOND - int(own[1] + own[2], 16)
