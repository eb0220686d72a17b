"""Where the members of a cohort come from: criteria, a query, a file or a list of ids."""

from typing import Any
from uuid import UUID

from pydantic import ValidationError

from tools.local.bodies import ApiError, invalid
from tools.local.cohorts import calculation, table
from tools.local.cohorts.criteria import any_given, flat, read_criteria, stored
from tools.local.cohorts.members import members
from tools.local.cohorts.upload import Upload, read_upload
from tools.local.dates import DateError
from tools.local.hogql import HogQLError, compile_tree, nodes
from tools.local.hogql.kinds import Node
from tools.local.home import Home
from tools.local.queries.actors import ActorsQuery, people
from tools.local.queries.reader import Reader
from tools.local.routes import Call
from tools.parser import SyntaxRefused, parse_select

Document = dict[str, Any]
NO_SOURCE = (
    "Invalid source for static cohort. "
    "Requires criteria, a csv, feature flag, existing cohort or query."
)
_ID_COLUMNS = ("person_id", "actor_id", "id")
_ANALYTICAL = frozenset(
    [
        "performed_event_first_time",
        "performed_event_sequence",
        "performed_event_regularly",
        "stopped_performing_event",
        "restarted_performing_event",
    ]
)


def kind_of(cohort: Document) -> str:
    """The type of a cohort in PostHog's words."""
    if cohort.get("is_static"):
        return "static"
    behaviors = {
        one.get("value") for one in flat(cohort.get("filters")) if one.get("type") == "behavioral"
    }
    if behaviors & _ANALYTICAL:
        return "analytical"
    return "behavioral" if behaviors else "person_property"


def check(home: Home, sent: Document, static: bool) -> None:
    """Refuse criteria or a query that can't be computed, and put the criteria in their form."""
    if sent.get("query") and any_given(sent.get("filters")):
        raise invalid("Cannot set both query and filters at the same time.")
    if sent.get("query") and not static:
        raise invalid("Cannot create a dynamic cohort with a query. Set is_static to true.")
    if sent.get("query"):
        _tried(home, lambda: queried(sent["query"], Reader.of(home)), "query")
    if "filters" in sent and (any_given(sent["filters"]) or not static):
        criteria = read_criteria(sent["filters"])
        _tried(home, lambda: members(criteria, Reader.of(home)), "filters")
        sent["filters"] = stored(criteria)


def check_named(call: Call, sent: Document) -> None:
    """Refuse a new static cohort that doesn't say who is in it."""
    file = call.request.files.get("csv")
    if file is not None:
        read_upload(file.read())
        file.seek(0)
    elif sent.get("_create_static_person_ids") is not None:
        uuids(sent["_create_static_person_ids"])
    elif not sent.get("query") and not any_given(sent.get("filters")):
        raise invalid(NO_SOURCE)


def take_in(call: Call, cohort: Document, sent: Document) -> None:
    """Fill a static cohort from what was sent: at once where it names people."""
    home, number = call.home, cohort["id"]
    people, file = sent.get("_create_static_person_ids"), call.request.files.get("csv")
    if people:
        table.by_id(home.store, number, uuids(people))
    if file is not None:
        _uploaded(home, number, read_upload(file.read()))
    if people is not None or file is not None:
        calculation.counted(home, number)
        return
    calculation.mark(home, number)
    query, filters = cohort.get("query"), cohort.get("filters")
    if query:
        calculation.fill(home, number, lambda: queried(query, Reader.of(home)))
    else:
        calculation.fill(home, number, lambda: members(read_criteria(filters), Reader.of(home)))


def uuids(values: list[str]) -> list[UUID]:
    """Ids of persons, or PostHog's refusal of one that is none."""
    try:
        return [UUID(value) for value in values]
    except ValueError:
        wrong = next(value for value in values if not _is_uuid(value))
        raise invalid(f"“{wrong}” is not a valid UUID.") from None


def queried(query: Document, reader: Reader) -> Node:
    """The persons a query finds, as the column `person_id`."""
    if query.get("kind") == "ActorsQuery":
        fields = {name: value for name, value in query.items() if name != "kind"}
        return people(_actors(fields), reader)
    if query.get("kind") != "HogQLQuery":
        raise HogQLError(f"Query must be an ActorsQuery or HogQLQuery. Got: {query.get('kind')}")
    try:
        tree = parse_select(str(query.get("query")))
    except SyntaxRefused as error:
        raise HogQLError(error.message, error.start, error.end) from None
    columns = compile_tree(tree, reader.context).columns
    column = next((name for name in _ID_COLUMNS if name in columns), None)
    if column is None:
        raise HogQLError("Could not find a person_id, actor_id, or id column in the query")
    one = nodes.call("toUUID", nodes.call("toString", nodes.field(column)))
    return nodes.query("SELECT DISTINCT {one} AS person_id FROM {tree}", one=one, tree=tree)


def _actors(fields: Document) -> ActorsQuery:
    try:
        return ActorsQuery.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise HogQLError(f"ActorsQuery: {place}: {first['msg']}.") from None


def _uploaded(home: Home, number: int, upload: Upload) -> None:
    if upload.naming == "person_id":
        known = [UUID(value) for value in upload.values if _is_uuid(value)]
        table.by_id(home.store, number, known)
    elif upload.naming == "email":
        table.by_email(home.store, number, upload.values, upload.header)
    else:
        table.by_distinct_id(home.store, number, upload.values)


def _is_uuid(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True


def _tried(home: Home, build: Any, attr: str) -> None:
    """Compile what a request describes, so that a mistake is told at once."""
    try:
        compile_tree(build(), Reader.of(home).context)
    except (HogQLError, DateError) as error:
        raise _wrong(error, attr) from None


def _wrong(error: Exception, attr: str) -> ApiError:
    return invalid(str(error), attr=attr)
