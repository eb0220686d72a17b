"""Routes about the key, its user, the organization and the project."""

import uuid
from typing import Any

from tools.local.meta import ProjectRow
from tools.local.routes import Body, Call, Route, page

NAMESPACE = uuid.UUID("6f1a3f0e-6a55-4a0e-9d0f-0d7e2b6f8c11")
ORGANIZATION = "This computer"


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
        "id": 1,
        "uuid": str(uuid.uuid5(NAMESPACE, "user")),
        "distinct_id": str(uuid.uuid5(NAMESPACE, "user")),
        "first_name": "You",
        "last_name": "",
        "email": "you@localhost",
        "is_staff": False,
        "team": _project(call),
        "organization": organization,
        "organizations": [organization],
    }


def organization(call: Call) -> Body:
    """The organization, with its project."""
    return _organization(call.project) | {"projects": [_project(call)]}


def projects(call: Call) -> Body:
    """The list of projects: this one."""
    return page(call.request, [_project(call)])


def project(call: Call) -> Body:
    """The project; `now` is ours and says where its clock stands still."""
    return _project(call)


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
        "user_access_level": "admin",
        "effective_membership_level": 15,
    }


ROUTES = (
    Route("GET", "/api/personal_api_keys/@current/", None, current_key),
    Route("GET", "/api/users/@me/", "user:read", current_user),
    Route("GET", "/api/organizations/@current/", "organization:read", organization),
    Route("GET", "/api/projects/", "project:read", projects),
    Route("GET", "/api/projects/<project>/", "project:read", project),
)
