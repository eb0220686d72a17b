"""Events and actions of a query as conditions on the events table."""

from tools.local.hogql import HogQLError, nodes
from tools.local.hogql.kinds import Node
from tools.local.queries.model import Entity, Insight
from tools.local.queries.reader import Reader


def entity(found: Entity, reader: Reader) -> Node:
    """Whether an event is one of these."""
    return nodes.all_of([named(found), filtered(found, reader)])


def filtered(found: Entity, reader: Reader) -> Node:
    """Whether an event meets the filters of this one, whatever its name."""
    filters = reader.filters()
    return nodes.all_of([filters.all_of(found.fixedProperties), filters.all_of(found.properties)])


def named(found: Entity) -> Node:
    """Whether an event is one of these by its name, or by the steps of the action."""
    if found.kind == "ActionsNode":
        if found.id is None:
            raise HogQLError("An ActionsNode needs the id of an action.")
        return nodes.call("matchesAction", nodes.constant(found.id))
    if found.event is None:
        return nodes.TRUE
    return nodes.compare("==", nodes.field("event"), nodes.constant(found.event))


def label(found: Entity, reader: Reader) -> str:
    """What a series is called: as its event or action, whatever name its screen gives it."""
    return title(found, reader) or "All events"


def title(found: Entity, reader: Reader) -> str | None:
    """The name of the event or action; None for every event."""
    if found.kind == "ActionsNode":
        action = reader.home.meta.document("action", found.id or 0) or {}
        return str(action.get("name") or found.name or found.id)
    return found.event


def shared(query: Insight, reader: Reader) -> Node:
    """The conditions of a whole query: its own filters and the project's test accounts."""
    if query.samplingFactor not in (None, 1):
        raise HogQLError("samplingFactor is not supported in the embedded project: leave it out.")
    tests = [reader.filters().all_of(query.properties)]
    if query.filterTestAccounts:
        tests.append(reader.test_accounts())
    return nodes.all_of(tests)


def actor(query: Insight) -> Node:
    """Who is counted: a person, or a group of one type."""
    index = query.aggregation_group_type_index
    return nodes.field("person_id") if index is None else group_key(index)


def group_key(index: int | None) -> Node:
    """The group of an event, of one type."""
    if index is None or not 0 <= index <= 4:
        raise HogQLError("The index of a group type is a number from 0 to 4.")
    return nodes.field(f"$group_{index}")


def owned(actor: Node) -> Node:
    """Whether an event has a group."""
    return nodes.compare("!=", actor, nodes.constant(""))


def is_actor(query: Insight) -> Node:
    """Whether an event belongs to one of those counted; every event has a person."""
    if query.aggregation_group_type_index is None:
        return nodes.TRUE
    return owned(actor(query))
