"""Actions: the events that one of a saved action's steps describes.

After posthog/hogql/property.py (steps_to_expr): what was clicked is looked at in steps for
`$autocapture` only.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from tools.local.hogql import nodes
from tools.local.hogql.errors import HogQLError, refuse
from tools.local.hogql.filters import Filters
from tools.local.hogql.kinds import Node, Sql
from tools.local.hogql.saved import find
from tools.local.hogql.scope import Scope
from tools.local.hogql.selectors import selected, tagged

Step = Mapping[str, Any]
_URL = nodes.field("properties", "$current_url")
_HREF = nodes.field("elements_chain_href")


def matches_action(scope: Scope, node: Node) -> Sql:
    """The function matchesAction, of an action's id or name."""
    (named,) = node["args"]
    if named["node"] != "Constant":
        refuse(named, "matchesAction takes the id or the name of an action, in quotes.")
    action = find(scope, named, "action", article="an")
    try:
        return scope.expr(action_steps(action.get("steps") or [], scope.context.clock()))
    except HogQLError as error:
        refuse(node, f"The action {action['name']!r}: {error.message}")


def action_steps(steps: Sequence[Step], now: datetime) -> Node:
    """Whether an event is one that any of these steps describes; without steps every event is."""
    if not steps:
        return nodes.TRUE
    return nodes.any_of(nodes.all_of(_tests(step, now)) for step in steps)


def _tests(step: Step, now: datetime) -> Iterator[Node]:
    if step.get("event"):
        yield nodes.compare("==", nodes.field("event"), nodes.constant(step["event"]))
    if step.get("event") == "$autocapture":
        yield from _clicked(step)
    if step.get("url"):
        yield _compared(_URL, step["url"], step.get("url_matching") or "contains", "like")
    yield Filters(now).all_of(step.get("properties"))


def _clicked(step: Step) -> Iterator[Node]:
    if step.get("selector"):
        yield selected(step["selector"])
    if step.get("tag_name") is not None:
        yield tagged(step["tag_name"])
    if step.get("href") is not None:
        yield _compared(_HREF, step["href"], step.get("href_matching") or "exact", "ilike")
    if step.get("text") is not None:
        how = step.get("text_matching") or "exact"
        found = _compared(nodes.field("shown"), step["text"], how, "ilike")
        yield nodes.expr("arrayExists(shown -> {found}, elements_chain_texts)", found=found)


def _compared(subject: Node, value: str, how: str, contains: str) -> Node:
    if how == "exact":
        return nodes.compare("==", subject, nodes.constant(value))
    if how == "regex":
        return nodes.compare("=~", subject, nodes.constant(value))
    if how == "contains":
        return nodes.compare(contains, subject, nodes.constant(f"%{value}%"))
    raise HogQLError(f"A step is matched by exact, contains or regex, not by {how}.")
