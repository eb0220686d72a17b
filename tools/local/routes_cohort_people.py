"""Routes about the members of a cohort, its calculations and what relies on it."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel

from tools.local import people
from tools.local.activity_log import log
from tools.local.auth import permit
from tools.local.bodies import invalid, not_found
from tools.local.cohorts import calculation, sources, table, uses
from tools.local.objects import Document, add, found
from tools.local.routes import Body, Call, Reply, Route, read
from tools.local.routes_account import author
from tools.local.routes_cohorts import COHORTS

ONE = "/api/projects/<project>/cohorts/<id>"
MOST_ADDED = 1000


class Added(BaseModel):
    """Persons to add; checked one by one, as PostHog does."""

    person_ids: Any = None


class Removed(BaseModel):
    """A person to take out."""

    person_id: Any = None


def persons(call: Call) -> Body | Reply:
    """The members, the newest first; as CSV on request."""
    if call.key is not None:
        permit(call.key, "person:read", call.project.id)
    cohort = _cohort(call)
    calculation.fresh(call.home, cohort["id"])
    member = {"type": "cohort", "key": "id", "value": cohort["id"]}
    if people.wants_csv(call.request):
        return people.as_csv(call, [member])
    return people.listed(call, [member])


def add_persons(call: Call) -> Body:
    """Add persons to a static cohort."""
    cohort, ids = _cohort(call), read(Added, call.request).person_ids
    if not cohort.get("is_static"):
        raise invalid("Can only add users to static cohorts")
    if not isinstance(ids, list):
        raise invalid("person_ids must be a list")
    if not ids:
        raise invalid("person_ids cannot be empty")
    if len(ids) > MOST_ADDED:
        raise invalid("List size exceeds limit")
    known = people.existing(call.home, sources.uuids([str(one) for one in ids]))
    if not known:
        raise invalid("No valid users to add to cohort")
    table.by_id(call.home.store, cohort["id"], known)
    calculation.counted(call.home, cohort["id"])
    _note(call, cohort, "persons_added_manually")
    return {"success": True}


def remove_person(call: Call) -> Body:
    """Take a person out of a static cohort; whether in it or not, as long as it exists."""
    cohort, person = _cohort(call), read(Removed, call.request).person_id
    if not cohort.get("is_static"):
        raise invalid("Can only remove users from static cohorts")
    if not person:
        raise invalid("person_id is required")
    if not isinstance(person, str):
        raise invalid("person_id must be a string")
    try:
        uuid = UUID(person)
    except ValueError:
        raise invalid("person_id must be a valid UUID") from None
    if not people.existing(call.home, [uuid]):
        raise not_found("Person with this UUID does not exist in the cohort's team")
    table.remove(call.home.store, cohort["id"], uuid)
    calculation.counted(call.home, cohort["id"])
    _note(call, cohort, "person_removed_manually")
    return {"success": True}


def used_in(call: Call) -> Body:
    """Flags, insights and cohorts that refer to it."""
    return uses.used_in(call.home.meta, _cohort(call)["id"])


def calculation_history(call: Call) -> Body:
    """When it was calculated and how that went, the latest first."""
    number = _cohort(call)["id"]
    limit, offset = people.bounds(call.request)
    every = [
        one for one in call.home.meta.documents(calculation.HISTORY) if one["cohort"] == number
    ]
    every.reverse()
    more = offset + limit < len(every)
    return {
        "results": [_calculation(one) for one in every[offset : offset + limit]],
        "count": len(every),
        "next": f"?limit={limit}&offset={offset + limit}" if more else None,
        "previous": f"?limit={limit}&offset={max(0, offset - limit)}" if offset else None,
    }


def duplicate(call: Call) -> Body:
    """A static cohort of those who are in this one now; a GET that writes, as in PostHog."""
    calculation.fresh(call.home, _cohort(call)["id"])
    cohort = _cohort(call)
    name = f"{cohort.get('name')} (static copy)"
    sent = {"name": name, "is_static": True, "_create_static_person_ids": []}
    copy = add(COHORTS, call, sent)
    version = table.STATIC if cohort.get("is_static") else cohort.get("version") or 0
    table.copy(call.home.store, cohort["id"], version, copy["id"])
    calculation.counted(call.home, copy["id"])
    return COHORTS.show(call, found(call.home.meta, "cohort", copy["id"]))


def _cohort(call: Call) -> Document:
    return found(call.home.meta, "cohort", call.arguments["id"])


def _note(call: Call, cohort: Document, done: str) -> None:
    log(call.home.meta, "Cohort", cohort["id"], done, None, cohort, author())


def _calculation(one: Document) -> Document:
    done = {k: v for k, v in one.items() if k != "cohort"}
    return {**done, "is_completed": True, "is_successful": one["error"] is None}


ROUTES = (
    Route("GET", f"{ONE}/persons/", "cohort:read", persons),
    Route("GET", f"{ONE}/persons.csv", "cohort:read", persons),
    Route("PATCH", f"{ONE}/add_persons_to_static_cohort/", "cohort:write", add_persons),
    Route("PATCH", f"{ONE}/remove_person_from_static_cohort/", "cohort:write", remove_person),
    Route("GET", f"{ONE}/used_in/", "cohort:read", used_in),
    Route("GET", f"{ONE}/calculation_history/", "cohort:read", calculation_history),
    Route("GET", f"{ONE}/duplicate_as_static_cohort/", "cohort:write", duplicate),
)
