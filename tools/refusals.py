"""PostHog's refusals as typed errors whose text says what to do.

Statuses and texts: posthog/permissions.py, posthog/auth.py, posthog/errors.py (2026).
"""

import re
from typing import Any

from tools.errors import (
    Conflict,
    Forbidden,
    InvalidRequest,
    KeyRejected,
    NotFound,
    PostHogError,
    QuotaExceeded,
    RateLimited,
    ServerFailed,
    TooSlow,
    TurnError,
)
from tools.fence import clean

KEY_PAGE = "Settings → Personal API keys"


def wrong_kind(key: str) -> str | None:
    """Why this can't be a personal API key, or None; nothing is sent to find out."""
    if not key.strip():
        return f"No API key was given: make a personal API key (phx_…) under {KEY_PAGE}."
    if key.startswith("phc_"):
        return (
            "This is a project API key (phc_…), which can only send events: "
            f"make a personal API key (phx_…) under {KEY_PAGE}."
        )
    if key.startswith("phs_"):
        return (
            "This is a project secret key (phs_…), which can't run queries: "
            f"make a personal API key (phx_…) under {KEY_PAGE}."
        )
    if not re.fullmatch(r"[\x21-\x7e]+", key):
        return f"The API key contains spaces or odd characters: copy it again from {KEY_PAGE}."
    return None


def refusal(
    status: int, body: dict[str, Any], host: str, retry_after: float | None = None
) -> PostHogError | TurnError:
    """The error for one answer of 400 or above."""
    said = _detail(body)
    if status == 401:
        return KeyRejected(
            f"{host} rejects this API key: it is of the wrong kind, was revoked, or belongs to "
            f"another region (US or EU); make a new one under {KEY_PAGE}."
        )
    if status == 402:
        return QuotaExceeded(said or "PostHog says this needs a paid plan or more quota.")
    if status in (403, 409):
        return _held(status, body, said)
    if status == 404:
        return NotFound(f"PostHog does not find this: {said or 'check the project id.'}", 404)
    if status == 429:
        wait = f" in {retry_after:.0f} seconds" if retry_after else " in a minute"
        return RateLimited(
            f"PostHog limits how often this key may ask: try again{wait}.", retry_after
        )
    if status in (504, 512):
        return TooSlow(
            f"{said or 'The query ran too long.'} Narrow the period or the breakdown.", status
        )
    if status >= 500:
        return ServerFailed(
            f"PostHog failed ({status}): {said or 'it gave no reason; try again.'}", status
        )
    return InvalidRequest(
        said or f"PostHog refused the request ({status}).", status, _position(body)
    )


def _held(status: int, body: dict[str, Any], said: str) -> PostHogError:
    """403, or 409 in one of its two meanings: changed meanwhile, or held for approval."""
    if status == 403:
        return Forbidden(f"Permission denied: {said}{_what_to_do(said)}", 403)
    code = str(body.get("code") or "")
    held = code in ("approval_required", "change_request_pending")
    request = str(body.get("change_request_id") or "") if held else ""
    return Conflict(said or "Somebody changed it meanwhile.", code, request)


def _detail(body: dict[str, Any]) -> str:
    """PostHog's own words; not every route uses the standard envelope."""
    for key in ("detail", "error", "message"):
        if isinstance(body.get(key), str):
            return clean(str(body[key]))
    return ""


def _what_to_do(said: str) -> str:
    if scope := re.search(r"required scope '([^']+)'", said):
        return f": make a key with the scope {scope[1]} under {KEY_PAGE}."
    if "requested project" in said or "scoped projects" in said:
        return f" Choose a project of the key's list, or widen that list under {KEY_PAGE}."
    if "access to the project" in said:
        return " Ask an admin of the project to add you."
    if "does not support personal API key" in said:
        return " No API key may do this: do it in PostHog itself."
    if "personal API keys" in said:
        return ""
    if "access to this resource" in said:
        return " Ask an admin for a higher role on it."
    return f" Check the key's scopes and projects under {KEY_PAGE}."


def _position(body: dict[str, Any]) -> int | None:
    """Where in the HogQL the first error stands, if PostHog says."""
    extra = body.get("extra")
    metadata = extra.get("hogql_metadata") if isinstance(extra, dict) else None
    errors = metadata.get("errors") if isinstance(metadata, dict) else None
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        start = errors[0].get("start")
        return start if isinstance(start, int) else None
    return None
