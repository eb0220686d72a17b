"""The newer capture route, `/i/v1/analytics/events`: strict in shape, one result an event."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ValidationError
from werkzeug.wrappers import Request

from tools.local.bodies import ApiError
from tools.local.capture_body import Undecodable, UnknownEncoding, parsed, unpacked
from tools.local.capture_event import LARGEST_EVENT, LONGEST_ID, Event, event, text_of, uuid_of
from tools.local.capture_times import corrected, rfc3339

HEADERS = (
    "PostHog-Sdk-Info",
    "PostHog-Attempt",
    "PostHog-Request-Id",
    "PostHog-Request-Timestamp",
)
DOCS = "https://posthog.com/docs/api"
NO_PERSON = "person_processing_disabled"
_ILLEGAL = (
    "0", "00000000-0000-0000-0000-000000000000", "[object object]", "anonymous", "anonymous-user",
    "backend", "distinct_id", "distinctid", "email", "false", "guest", "id", "nan", "none",
    "not_authenticated", "null", "system", "true", "undefined", "user",
)  # fmt: skip
_OPTIONS = ("cookieless_mode", "process_person_profile", "product_tour_id")


class SentEvent(BaseModel):
    """One event of a batch."""

    event: str
    uuid: str
    distinct_id: str
    timestamp: str
    session_id: str | None = None
    window_id: str | None = None
    options: Any = None
    properties: Any = {}


class SentBatch(BaseModel):
    """The body."""

    created_at: str
    historical_migration: bool = False
    batch: list[SentEvent]


@dataclass(frozen=True)
class Verdict:
    """What becomes of one event: stored, or dropped and why."""

    uuid: str
    event: Event | None = None
    details: str | None = None

    @property
    def body(self) -> dict[str, str]:
        """As PostHog tells it."""
        found = {"result": "drop" if self.event is None else "ok"}
        return found | ({"details": self.details} if self.details else {})


class V1Error(ApiError):
    """A refusal of the whole batch, in the shape of this route."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(status, "", error, description)
        self.body = {"error": error, "error_description": description, "error_uri": DOCS}


def bearer(request: Request) -> str:
    """The project key that was sent."""
    header = request.headers.get("Authorization", "")
    return header.removeprefix("Bearer ").strip() if header.startswith("Bearer ") else ""


def no_such_key() -> V1Error:
    """The refusal of a key that is not the project's."""
    return V1Error(401, "invalid_api_token", "The provided API token is not valid.")


def verdicts(request: Request, *, now: datetime, ip: str | None) -> list[Verdict]:
    """Every event of the batch with what becomes of it; or the refusal of them all."""
    sender = _sender_clock(request)
    batch = _batch(request)
    _check_uuids(batch)
    return [_verdict(item, _Arrival(request, now, now - sender, ip)) for item in batch.batch]


@dataclass(frozen=True)
class _Arrival:
    request: Request
    now: datetime
    skew: Any
    """Our clock less the sender's."""

    ip: str | None


def _sender_clock(request: Request) -> datetime:
    missing = [name for name in HEADERS if not request.headers.get(name)]
    if missing:
        names = ", ".join(f'"{name}"' for name in missing)
        said = f"request is missing required headers: [{names}]"
        raise V1Error(400, "missing_required_headers", said)
    found = rfc3339(request.headers[HEADERS[3]])
    if found is None:
        raise V1Error(400, "invalid_header_value", f"invalid header value: {HEADERS[3]}")
    return found


def _batch(request: Request) -> SentBatch:
    if request.mimetype != "application/json":
        said = f"unsupported content type: {request.mimetype}"
        raise V1Error(415, "unsupported_content_type", said)
    try:
        data = unpacked(request.get_data(), request.headers.get("Content-Encoding", "").lower())
        if not data:
            raise V1Error(400, "empty_body", "request body is empty")
        batch = SentBatch.model_validate(parsed(data), strict=True)
    except UnknownEncoding as error:
        said = f"unsupported content encoding: {error}"
        raise V1Error(415, "unsupported_encoding", said) from None
    except (Undecodable, ValidationError):
        said = "Failed to parse request body."
        raise V1Error(400, "request_parsing_error", said) from None
    if not batch.batch:
        raise V1Error(400, "empty_batch", "request batch is empty")
    if rfc3339(batch.created_at) is None:
        said = f"invalid batch: created_at is not valid RFC 3339: {batch.created_at}"
        raise V1Error(400, "invalid_batch", said)
    return batch


def _check_uuids(batch: SentBatch) -> None:
    seen: set[str] = set()
    for item in batch.batch:
        if not item.uuid.strip():
            raise V1Error(400, "missing_event_uuid", "event submitted without a uuid")
        found = uuid_of(item.uuid.strip())
        if found is None:
            raise V1Error(400, "invalid_event_uuid", f"invalid event uuid: {item.uuid}")
        if found in seen:
            raise V1Error(400, "duplicate_event_uuid", f"duplicate event uuid: {item.uuid}")
        seen.add(found)


def _verdict(item: SentEvent, sent: _Arrival) -> Verdict:
    uuid = uuid_of(item.uuid.strip()) or ""
    options = _options(item.options)
    wrong = _wrong(item) or ("invalid_options" if options is None else None)
    at = rfc3339(item.timestamp)
    if wrong or options is None or at is None:
        return Verdict(uuid, None, wrong or "invalid_event_timestamp")
    illegal = item.distinct_id.strip().lower() in _ILLEGAL
    trusted = options.pop("disable_skew_correction", False)
    made = event(
        name=item.event,
        distinct_id=item.distinct_id.strip(),
        uuid=uuid,
        timestamp=corrected(at, timedelta() if trusted else -sent.skew, sent.now),
        properties=_properties(item, options, sent.request),
        ip=sent.ip,
        with_person=not illegal,
    )
    return Verdict(uuid, made, NO_PERSON if illegal else None)


def _wrong(item: SentEvent) -> str | None:
    """PostHog's tag of the first thing that is wrong with an event."""
    checks = (
        ("dropped_performance_event", item.event == "$performance_event"),
        ("missing_event_name", not item.event),
        ("event_name_too_long", len(item.event.encode()) > LONGEST_ID),
        ("missing_distinct_id", not item.distinct_id.strip()),
        ("distinct_id_too_large", len(item.distinct_id.strip().encode()) > LONGEST_ID),
        ("invalid_event_timestamp", rfc3339(item.timestamp) is None),
        ("malformed_event_properties", not isinstance(item.properties, dict)),
        ("event_too_big", len(text_of(item.properties)) > LARGEST_EVENT),
    )
    return next((tag for tag, failed in checks if failed), None)


def _properties(item: SentEvent, options: Mapping[str, Any], request: Request) -> dict[str, Any]:
    """The event's own properties with those that this route carries beside them."""
    library, _, version = request.headers[HEADERS[0]].partition("/")
    beside = {
        "$session_id": item.session_id,
        "$window_id": item.window_id,
        **{f"${name}": options.get(name) for name in _OPTIONS},
        "$lib": library,
        "$lib_version": version or None,
    }
    return {**item.properties, **{key: it for key, it in beside.items() if it is not None}}


def _options(said: Any) -> dict[str, Any] | None:
    """The options as PostHog coerces them; None when one can't be read."""
    if said is None:
        return {}
    if not isinstance(said, dict):
        return None
    read: dict[str, Any] = {}
    for name in (*_OPTIONS, "disable_skew_correction"):
        if said.get(name) is None:
            continue
        value = _text(said[name]) if name == "product_tour_id" else _truth(said[name])
        if value is None:
            return None
        read[name] = value
    return read


def _truth(value: Any) -> bool | None:
    if isinstance(value, str):
        return {"true": True, "1": True, "false": False, "0": False}.get(value.strip().lower())
    return bool(value) if isinstance(value, int | float) else None


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None
