"""What a funnel is split by, and the values as PostHog shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools.local.hogql import HogQLError, nodes
from tools.local.hogql.kinds import Node
from tools.local.queries.funnels.model import FunnelsQuery
from tools.local.queries.model import BreakdownFilter
from tools.local.queries.reader import Reader
from tools.parser import SyntaxRefused, parse_expr

LIMIT = 25
ALL_USERS = 0
OTHER = "Other"
_NORMALISED = """if(empty(replaceRegexpOne({value}, '[\\\\/?#]*$', '')), '/',
    replaceRegexpOne({value}, '[\\\\/?#]*$', ''))"""


@dataclass(frozen=True)
class Split:
    """What a funnel is split by: a list of an event's values, or cohorts."""

    value: Node | None
    """An Array(String) of an event; None for cohorts."""

    width: int
    """How many values the array has."""

    cohorts: Sequence[int] = ()
    limit: int | None = None
    """How many values have a row of their own."""

    listed: bool = True
    """Whether a value is shown as the list it is; the property of a group stands alone."""

    def shown(self, value: Any) -> Any:
        """A value as PostHog's answer has it."""
        return value if self.listed else value[0]


def split_of(query: FunnelsQuery, reader: Reader) -> Split | None:
    """What a funnel is split by, if it is."""
    wanted = query.breakdownFilter
    parts = list(wanted.parts()) if wanted else []
    if wanted is None or not parts:
        return None
    _check(wanted)
    kinds = {part.type or "event" for part in parts}
    if len(kinds) > 1:
        raise HogQLError("A funnel can be split by properties of one type only.")
    (kind,) = kinds
    if kind == "cohort":
        return _cohorts([part.property for part in parts], query)
    index = wanted.breakdown_group_type_index or parts[0].group_type_index
    written = [_value(kind, str(part.property), index, reader) for part in parts]
    if any(part.normalize_url for part in parts):
        written = [nodes.expr(_NORMALISED, value=value) for value in written]
    limited = kind in ("event", "person", "group")
    return Split(
        value={"node": "Array", "exprs": written},
        width=len(written),
        limit=(wanted.breakdown_limit or LIMIT) if limited else None,
        listed=kind != "group",
    )


def _check(wanted: BreakdownFilter) -> None:
    if wanted.breakdown_hide_other_aggregation:
        raise HogQLError("breakdown_hide_other_aggregation is not supported in funnels.")
    if any(part.histogram_bin_count for part in wanted.parts()):
        raise HogQLError("Histograms are not supported in funnels: split by the values.")


def _value(kind: str, key: str, index: int | None, reader: Reader) -> Node:
    """A text that is empty where there is no value."""
    if kind in ("hogql", "event_metadata"):
        found = _written(key)
    elif kind in ("event", "person", "group"):
        group = f"group_{index or 0}"
        prefix = {"event": [], "person": ["person"], "group": [group]}[kind]
        found = nodes.field(*prefix, "properties", key)
    elif kind == "session":
        found = nodes.field("session", key)
    else:
        raise HogQLError(f"A funnel can't be split by {kind} in the embedded project.")
    return nodes.expr("ifNull(toString({found}), '')", found=found)


def _written(text: str) -> Node:
    try:
        return parse_expr(text)
    except SyntaxRefused as error:
        raise HogQLError(error.message, error.start, error.end) from None


def _cohorts(listed: Sequence[str | int], query: FunnelsQuery) -> Split:
    if query.aggregation_group_type_index is not None or query.funnelsFilter.funnelAggregateByHogQL:
        raise HogQLError("Only a funnel of persons can be split by cohorts.")
    try:
        ids = [ALL_USERS if one == "all" else int(one) for one in listed]
    except ValueError:
        raise HogQLError("A cohort to split by is the number of one, or all.") from None
    return Split(None, 0, cohorts=ids)


def in_cohorts(split: Split, actor: Node) -> Node:
    """The numbers of the cohorts that an actor is in."""
    tests = [
        nodes.TRUE if one == ALL_USERS else nodes.compare("in cohort", actor, nodes.constant(one))
        for one in split.cohorts
    ]
    found = [
        nodes.call("if", test, nodes.constant([one]), nodes.expr("arrayFilter(x -> false, [0])"))
        for one, test in zip(split.cohorts, tests, strict=True)
    ]
    return nodes.call("arrayConcat", *found) if len(found) > 1 else found[0]


def valued(split: Split, value: Any, reader: Reader) -> dict[str, Any]:
    """A value as the steps of PostHog's answer have it, by its name and as it is."""
    if not split.cohorts:
        shown = split.shown(value)
        return {"breakdown": shown, "breakdown_value": shown}
    return {"breakdown": cohort_name(value, reader), "breakdown_value": value}


def cohort_name(cohort: int, reader: Reader) -> str:
    """What a cohort is called."""
    if cohort == ALL_USERS:
        return "all users"
    found: Mapping[str, Any] = reader.home.meta.document("cohort", cohort) or {}
    return str(found.get("name") or cohort)
