"""Routes about the key, its user, the organization and the project."""

import uuid
from dataclasses import replace
from typing import Any, Literal
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict

from tools.local.bodies import invalid, not_found
from tools.local.hogql.context import ON_EVENTS
from tools.local.meta import ProjectRow
from tools.local.project_key import project_key
from tools.local.routes import Body, Call, Route, page, read

NAMESPACE = uuid.UUID("6f1a3f0e-6a55-4a0e-9d0f-0d7e2b6f8c11")
ORGANIZATION = "This computer"


class Settings(BaseModel):
    """What of a project can be changed."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = None
    timezone: str | None = None
    week_start_day: Literal[0, 1] | None = None
    test_account_filters: list[dict[str, Any]] | None = None


def current_key(call: Call) -> Body:
    """The key itself; never its value."""
    key = call.key
    if key is None:
        raise AssertionError("a route of the API always has a key")
    return {
        "id": key.id,
        "label": key.label,
        "value": None,
        "mask_value": key.mask,
        "created_at": key.created_at,
        "last_used_at": key.last_used_at,
        "last_rolled_at": None,
        "user_id": 1,
        "scopes": list(key.scopes),
        "scoped_teams": list(key.teams),
        "scoped_organizations": [],
    }


def current_user(call: Call) -> Body:
    """The one user of an embedded project."""
    organization = _organization(call.project)
    return {
        **author(),
        "is_staff": False,
        "team": _project(call),
        "organization": organization,
        "organizations": [organization],
    }


def author() -> dict[str, Any]:
    """The one user as objects name who made them."""
    return {
        "id": 1,
        "uuid": str(uuid.uuid5(NAMESPACE, "user")),
        "distinct_id": str(uuid.uuid5(NAMESPACE, "user")),
        "first_name": "You",
        "last_name": "",
        "email": "you@localhost",
        "is_email_verified": True,
        "hedgehog_config": None,
        "role_at_organization": None,
    }


def organizations(call: Call) -> Body:
    """The list of organizations: this one."""
    return page(call.request, [_organization(call.project)])


def organization(call: Call) -> Body:
    """The organization, with its project."""
    _ours(call)
    return _organization(call.project) | {"projects": [_project(call)]}


def organization_projects(call: Call) -> Body:
    """The projects of the organization: this one."""
    _ours(call)
    return page(call.request, [_project(call)])


def projects(call: Call) -> Body:
    """The list of projects: this one."""
    return page(call.request, [_project(call)])


def project(call: Call) -> Body:
    """The project; `now` is ours and says where its clock stands still."""
    return _project(call)


def change_project(call: Call) -> Body:
    """Change settings of the project."""
    sent = read(Settings, call.request).model_dump(exclude_none=True)
    if sent.get("timezone", "UTC") not in available_timezones():
        said = f'"{sent["timezone"]}" is not a valid choice.'
        raise invalid(said, code="invalid_choice", attr="timezone")
    if "week_start_day" in sent:
        sent["week_start"] = sent.pop("week_start_day")
    meta = call.home.meta
    with meta.transaction():
        if "test_account_filters" in sent:
            meta.remember("test_account_filters", sent.pop("test_account_filters"))
        meta.save_project(replace(meta.project, **sent))
    return _project(replace(call, project=meta.project))


def _ours(call: Call) -> None:
    asked = call.arguments["organization"]
    if asked not in ("@current", str(uuid.uuid5(NAMESPACE, "organization"))):
        raise not_found("Organization not found.")


def _organization(row: ProjectRow) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid5(NAMESPACE, "organization")),
        "name": ORGANIZATION,
        "slug": "this-computer",
        "created_at": row.created_at,
        "membership_level": 15,
        "is_ai_data_processing_approved": True,
    }


def _project(call: Call) -> dict[str, Any]:
    row = call.project
    return {
        "id": row.id,
        "uuid": str(uuid.uuid5(NAMESPACE, f"project {row.id} {row.created_at}")),
        "name": row.name,
        "organization": str(uuid.uuid5(NAMESPACE, "organization")),
        "api_token": project_key(call.home.meta),
        "timezone": row.timezone,
        "week_start_day": row.week_start,
        "created_at": row.created_at,
        "now": row.now.isoformat().replace("+00:00", "Z") if row.now else None,
        "has_group_types": bool(row.group_types),
        "group_types": [
            {"group_type": name, "group_type_index": at} for at, name in enumerate(row.group_types)
        ],
        "test_account_filters": call.home.meta.fact("test_account_filters") or [],
        "person_on_events_querying_enabled": True,
        "modifiers": None,
        "default_modifiers": {"personsOnEventsMode": ON_EVENTS},
        "user_access_level": "admin",
        "effective_membership_level": 15,
    }


ROUTES = (
    Route("GET", "/api/personal_api_keys/@current/", None, current_key),
    Route("GET", "/api/users/@me/", "user:read", current_user),
    Route("GET", "/api/organizations/", "organization:read", organizations),
    Route("GET", "/api/organizations/<organization>/", "organization:read", organization),
    Route(
        "GET",
        "/api/organizations/<organization>/projects/",
        "project:read",
        organization_projects,
    ),
    Route("GET", "/api/projects/", "project:read", projects),
    Route("GET", "/api/projects/<project>/", "project:read", project),
    Route("PATCH", "/api/projects/<project>/", "project:write", change_project),
)
