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
    Unreachable,
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
    if key.startswith(("sk-", "xox", "xapp-")):
        other = "a language model" if key.startswith("sk-") else "Slack"
        return f"This is a key of {other}: make a personal API key (phx_…) under {KEY_PAGE}."
    if not re.fullmatch(r"[\x21-\x7e]+", key):
        return f"The API key contains spaces or odd characters: copy it again from {KEY_PAGE}."
    return None


def refusal(
    status: int, body: dict[str, Any], host: str, retry_after: float | None = None
) -> PostHogError | TurnError:
    """The error for one answer of 400 or above."""
    said = _detail(body)
    if status == 401:
        return _unknown(said, host)
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
    if status == 407:
        return Unreachable("The proxy wants a name and a password: put them into HTTPS_PROXY.")
    return _failed(status, body, said)


def _failed(status: int, body: dict[str, Any], said: str) -> PostHogError:
    """A query that was too much, a PostHog that is broken, or a request that is wrong."""
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


def _unknown(said: str, host: str) -> KeyRejected:
    """401: no key came, or none that PostHog takes."""
    if "not provided" in said:
        return KeyRejected(
            f"{host} got no API key: a proxy on the way takes it out, or the host sends on to "
            "another address; name the last one."
        )
    if "expired" in said:
        return KeyRejected(f"{host} says that this token has expired: make a personal API key.")
    return KeyRejected(
        f"{host} rejects this API key: it is of the wrong kind, was revoked, or belongs to "
        f"another region (US or EU); make a new one under {KEY_PAGE}."
    )


UNHEARD = (
    (
        "InvalidURL|UnsupportedProtocol",
        "",
        "{host!r} is no address: give one like https://us.posthog.com.",
    ),
    ("ProxyError", "", "The proxy does not let {host} through: check HTTPS_PROXY and NO_PROXY."),
    (
        "",
        "certificate.*(not yet valid|expired)",
        "The certificate of {host} is not valid now: check this machine's clock, then "
        "the certificate.",
    ),
    (
        "",
        "certificate.*(mismatch|not valid for)",
        "The certificate of {host} is another host's: check the address.",
    ),
    (
        "",
        "certificate",
        "The certificate of {host} is signed by nobody known here: give the file of "
        "your own authority in SSL_CERT_FILE.",
    ),
    ("", "ssl", "{host} speaks no TLS on this port: check whether the address is http or https."),
    (
        "",
        "name or service|name resolution|nodename|no address",
        "{host} is a name that nobody knows: check the spelling, the network and its DNS.",
    ),
    (
        "ConnectTimeout",
        "",
        "{host} does not take the connection: check the network, firewall and proxy.",
    ),
    ("Timeout", "", "{host} did not answer in time: try again."),
    ("ConnectError", "", "{host} can't be reached: check the host and the network."),
    ("", "", "{host} broke off its answer: try again."),
)
"""Why there is no answer, by the kind of the error and by what it says."""


def unreachable(error: Exception, host: str) -> str:
    """One sentence on why there is no answer at all."""
    kind, said = type(error).__name__, str(error).lower()
    told = (told for of, part, told in UNHEARD if re.search(of, kind) and re.search(part, said))
    return next(told).format(host=host)


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


IN_LIST = f"Choose a project of the key's list, or widen that list under {KEY_PAGE}."
NEXT = (
    ("requested project", IN_LIST),
    ("scoped projects", IN_LIST),
    ("requested organization", f"Widen the key's list of organizations under {KEY_PAGE}."),
    ("no scopes", f"Make a personal API key with scopes under {KEY_PAGE}."),
    ("access to the project", "Ask an admin of the project to add you."),
    ("project secret API key", f"Make a personal API key (phx_…) under {KEY_PAGE}."),
    ("does not support personal API key", "No API key may do this: do it in PostHog itself."),
    ("personal API keys", ""),
    ("access to this resource", "Ask an admin for a higher role on it."),
    ("", f"Check the key's scopes and projects under {KEY_PAGE}."),
)
"""What to do about a 403 by what PostHog says; there is no code that would tell them apart."""


def _what_to_do(said: str) -> str:
    if scope := re.search(r"required scope '([^']+)'", said):
        return f": make a key with the scope {scope[1]} under {KEY_PAGE}."
    todo = next(todo for part, todo in NEXT if part in said)
    return f" {todo}".rstrip()


def _position(body: dict[str, Any]) -> int | None:
    """Where in the HogQL the first error stands, if PostHog says."""
    extra = body.get("extra")
    metadata = extra.get("hogql_metadata") if isinstance(extra, dict) else None
    errors = metadata.get("errors") if isinstance(metadata, dict) else None
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        start = errors[0].get("start")
        return start if isinstance(start, int) else None
    return None
