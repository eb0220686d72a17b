"""Who asks, and whether they may: PostHog's checks with PostHog's answers."""

from typing import Any

from werkzeug.wrappers import Request

from tools.local.bodies import forbidden, key_invalid, not_authenticated, scope_missing
from tools.local.keys import Key, find_key
from tools.local.meta import Meta

OAUTH = "pha_"
"""How tokens begin that PostHog looks for elsewhere than among personal keys."""

ELSEWHERE = "API keys with scoped projects are only supported on project-based endpoints."


def authenticate(meta: Meta, request: Request) -> Key:
    """The key of a request, from the first place where PostHog looks for one."""
    place, value = _presented(request)
    key = find_key(meta, value)
    if key is None and value.startswith(OAUTH):
        raise not_authenticated()
    if key is None:
        raise key_invalid(place)
    return key


def permit(key: Key, scope: str | None, project_id: int | None) -> None:
    """Raise PostHog's refusal unless the key may do what needs this scope, on this project.

    Without a scope the route is about the key itself, which every key may ask.
    """
    if key.teams and project_id is not None and project_id not in key.teams:
        raise forbidden(f"API key does not have access to the requested project: ID {project_id}.")
    if key.teams and project_id is None and scope not in (None, "user:read"):
        raise forbidden(ELSEWHERE)
    if scope is not None and not key.covers(scope):
        raise scope_missing(scope)


def _presented(request: Request) -> tuple[str, str]:
    header = request.headers.get("Authorization", "")
    if header.startswith("Bearer "):
        return "Authorization header", header.removeprefix("Bearer ").strip()
    body: Any = request.get_json(silent=True) if request.is_json else None
    if isinstance(body, dict) and isinstance(body.get("personal_api_key"), str):
        return "body", body["personal_api_key"]
    if value := request.args.get("personal_api_key"):
        return "query string", value
    raise not_authenticated()
