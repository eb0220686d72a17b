"""The events of a request to `/batch/`, `/capture/`, `/e/` and the like."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from werkzeug.wrappers import Request

from tools.local.bodies import ApiError, invalid
from tools.local.capture_body import legacy, undecodable
from tools.local.capture_event import (
    LARGEST_EVENT,
    LONGEST_ID,
    Event,
    event,
    text_of,
    uuid_of,
)
from tools.local.capture_properties import with_outer
from tools.local.capture_times import happened, moment

_NAMES = ("api_key", "token", "$token")


@dataclass(frozen=True)
class Sent:
    """What a request holds: events, whose key, and when it was sent by its sender's clock."""

    token: str
    events: list[Mapping[str, Any]]
    sent_at: datetime | None


def sent(request: Request) -> Sent:
    """The request, read; refused in PostHog's words."""
    body = legacy(request)
    outer = body if isinstance(body, dict) and "batch" in body else {}
    found = outer["batch"] if outer else body if isinstance(body, list) else [body]
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise undecodable("failed to parse request: events must be objects")
    if not found:
        raise invalid("request holds no event", code="empty_batch")
    return Sent(_token(outer, found), found, _sent_at(outer, request))


def events(said: Sent, *, now: datetime, ip: str | None) -> list[Event]:
    """The events of a request, or the refusal of all of them for the first that is wrong."""
    return [_event(item, said.sent_at, now, ip) for item in said.events]


def _event(item: Mapping[str, Any], sent_at: datetime | None, now: datetime, ip: Any) -> Event:
    properties = item.get("properties") or {}
    if not isinstance(properties, dict):
        raise undecodable("failed to parse request: properties must be an object")
    if len(text_of(properties)) > LARGEST_EVENT:
        raise too_big()
    trusted = properties.get("$ignore_sent_at") is True
    return event(
        name=_name(item),
        distinct_id=_distinct_id(item, properties),
        uuid=_uuid(item),
        timestamp=happened(
            item.get("timestamp"),
            now=now,
            sent_at=None if trusted else sent_at,
            offset=item.get("offset"),
        ),
        properties=with_outer(item, properties),
        ip=ip,
    )


def _name(item: Mapping[str, Any]) -> str:
    name = item.get("event")
    if not isinstance(name, str):
        raise undecodable("failed to parse request: missing field `event`")
    if not name:
        raise invalid("event submitted with an empty event name", code="missing_event_name")
    if name in ("$snapshot", "$snapshot_items"):
        raise invalid("The embedded project keeps no session recordings: don't send $snapshot.")
    return name[:LONGEST_ID]


def _distinct_id(item: Mapping[str, Any], properties: Mapping[str, Any]) -> str:
    names = ((item, "distinct_id"), (item, "$distinct_id"), (properties, "distinct_id"))
    found = next((place[name] for place, name in names if place.get(name) is not None), None)
    if found is None or found == "":
        raise invalid("event submitted without a distinct_id", code="missing_distinct_id")
    return text_of(found)[:LONGEST_ID]


def _uuid(item: Mapping[str, Any]) -> str | None:
    said = item.get("uuid")
    if said in (None, ""):
        return None
    found = uuid_of(said)
    if found is None:
        raise undecodable("failed to parse request: uuid is not a UUID")
    return found


def _token(outer: Mapping[str, Any], found: list[Mapping[str, Any]]) -> str:
    """The key of the whole request, or the one that its events agree on."""
    tokens = {said for item in (outer, *found) if (said := _token_of(item)) is not None}
    if own := _token_of(outer):
        return own
    if len(tokens) > 1:
        raise _unauthorized("batch submitted with inconsistent api_key values")
    if not tokens:
        raise _unauthorized("event submitted without an api_key")
    return tokens.pop()


def _token_of(item: Mapping[str, Any]) -> str | None:
    properties = item.get("properties")
    inner = properties if isinstance(properties, dict) else {}
    named = [*(item.get(name) for name in _NAMES), inner.get("token")]
    return next((said for said in named if isinstance(said, str)), None)


def _sent_at(outer: Mapping[str, Any], request: Request) -> datetime | None:
    """By the body of a batch, else by the query string of posthog-js: in milliseconds."""
    if "sent_at" in outer:
        return moment(outer["sent_at"])
    said = request.args.get("_", "")
    found = moment(int(said)) if said.isascii() and said.isdigit() and len(said) < 16 else None
    return found if found and found > datetime(2020, 12, 31, tzinfo=UTC) else None


def too_big() -> ApiError:
    """One event beyond what PostHog takes."""
    return ApiError(413, "invalid_request", "event_too_big", "maximum event size exceeded")


def _unauthorized(detail: str) -> ApiError:
    return ApiError(401, "authentication_error", "invalid_api_key", detail)
