"""The answers of queries that were saved: the kept one, or computed as the request wants it."""

from collections.abc import Mapping
from secrets import token_hex
from typing import Any, get_args

from tools.local.bodies import invalid
from tools.local.cohorts.calculation import fresh_for
from tools.local.queries.run import inner
from tools.local.query_cache import cache_key
from tools.local.query_limits import Limits
from tools.local.routes import Call
from tools.local.routes_query import FORCED, Asked, Refresh

UNKNOWN: Mapping[str, Any] = {
    "results": None,
    "last_refresh": None,
    "cache_target_age": None,
    "next_allowed_client_refresh": None,
    "is_cached": False,
    "timezone": None,
    "query_status": None,
}


def wanted(call: Call) -> Refresh:
    """How fresh an answer is asked for; by default only what is kept is shown."""
    value = call.request.args.get("refresh", "force_cache").lower()
    if value in ("true", "1"):
        return "force_blocking"
    if value in ("false", "0", ""):
        return "force_cache"
    if value not in get_args(Refresh):
        raise invalid(f'"{value}" is not a valid choice.', code="invalid_choice", attr="refresh")
    return value  # type: ignore[return-value]


def answered(call: Call, query: Mapping[str, Any], mode: Refresh) -> Mapping[str, Any]:
    """The answer; the asynchronous modes are answered at once too."""
    asked = dict(inner(query))
    home = call.home
    if mode != "force_cache":
        fresh_for(home, asked)
    key = cache_key(asked, call.key.scopes if call.key else (), home.store, home.meta)
    kept = home.desk.cache.find(key)
    if kept is not None and mode not in FORCED:
        return {**kept.body, **kept.fields(key), "is_cached": True, "query_status": None}
    if mode == "force_cache":
        return UNKNOWN
    full = Asked(call, mode, asked, token_hex(16), key, Limits.of(home.meta))
    with home.desk.runs.add(full.run()) as under:
        return full.fresh(under)
