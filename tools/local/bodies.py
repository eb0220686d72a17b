"""PostHog's own error bodies, word for word where they are known."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class ApiError(Exception):
    """A refusal that goes out as a status and PostHog's error envelope."""

    def __init__(
        self,
        status: int,
        kind: str,
        code: str,
        detail: str,
        *,
        attr: str | None = None,
        extra: dict[str, Any] | None = None,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = headers
        self.body: dict[str, Any] = {"type": kind, "code": code, "detail": detail, "attr": attr}
        if extra is not None:
            self.body["extra"] = extra


def not_authenticated() -> ApiError:
    """No key was sent."""
    detail = "Authentication credentials were not provided."
    return ApiError(401, "authentication_error", "not_authenticated", detail)


def key_invalid(place: str) -> ApiError:
    """A key PostHog does not know; `place` is where it was found."""
    detail = f"Personal API key found in request {place} is invalid."
    return ApiError(401, "authentication_error", "authentication_failed", detail)


def forbidden(detail: str) -> ApiError:
    """A key that may not do this."""
    return ApiError(403, "authentication_error", "permission_denied", detail)


def scope_missing(scope: str) -> ApiError:
    """A key without the scope of the route."""
    return forbidden(f"API key missing required scope '{scope}'")


def not_found(detail: str) -> ApiError:
    """No such route, project or object."""
    return ApiError(404, "invalid_request", "not_found", detail)


def method_not_allowed(method: str) -> ApiError:
    """A known route with another method."""
    detail = f'Method "{method}" not allowed.'
    return ApiError(405, "invalid_request", "method_not_allowed", detail)


def invalid(
    detail: str,
    *,
    code: str = "invalid_input",
    attr: str | None = None,
    extra: dict[str, Any] | None = None,
) -> ApiError:
    """A request that was read and is wrong."""
    return ApiError(400, "validation_error", code, detail, attr=attr, extra=extra)


def unreadable(detail: str) -> ApiError:
    """A body that is not JSON."""
    return ApiError(400, "invalid_request", "parse_error", detail)


def too_large() -> ApiError:
    """A body beyond what we read."""
    detail = "Request body is too large."
    return ApiError(413, "invalid_request", "request_too_large", detail)


def server_error(status: int, detail: str) -> ApiError:
    """A failure on our side of the wire."""
    return ApiError(status, "server_error", "error", detail)


def throttled(seconds: int) -> ApiError:
    """Too many requests; when to come again."""
    detail = f"Request was throttled. Expected available in {seconds} seconds."
    headers = {"Retry-After": str(seconds)}
    return ApiError(429, "throttled_error", "throttled", detail, headers=headers)


def out_of_quota(until: str) -> ApiError:
    """The queries that were paid for are used up."""
    detail = "Your organization has reached its API query usage limit for this billing period."
    extra = {"billing_period_end": until}
    return ApiError(402, "quota_limited", "quota_limit_exceeded", detail, extra=extra)
