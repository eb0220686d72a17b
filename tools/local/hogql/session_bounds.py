"""Which events need to be read for the sessions of a query that bounds its time.

A session's row is made of all of its events, so a bound on the time of events, or on the start of
sessions, is passed on with three days of slack on both sides: PostHog's own, and more than any of
its SDKs lets a session last. Where it is known that they last less, less is enough.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from tools.kinds import Kind
from tools.local.hogql import nodes
from tools.local.hogql.context import Context
from tools.local.hogql.kinds import Node
from tools.local.hogql.scope import Scope
from tools.local.hogql.sources import TableSource

SLACK = timedelta(days=3)
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "=="}
_DAY = timedelta(days=1)
_SIDES = {"<": ("<=",), "<=": ("<=",), ">": (">=",), ">=": (">=",), "==": (">=", "<=")}
_NEAR = frozenset(["toDate", "toDateTime", "toTimeZone", "toStartOfDay", "toStartOfHour"])
"""Functions that move an instant by a day at most."""
_CONSTANT = frozenset(["Constant", "Call", "ArithmeticOperation", "Tuple"])


class _Bound(NamedTuple):
    """A column is on one side of an instant."""

    op: str
    column: Node
    instant: Node
    moved: bool
    """Whether the column is compared after it was moved by a day at most."""


def narrow(scope: Scope, select: Node) -> None:
    """Tell the sessions of a SELECT the bounds of its WHERE."""
    if not any(_has_sessions(source) for source in scope.sources.values()):
        return
    inner = scope.within(clause="WHERE")
    for test in (select.get("prewhere"), select.get("where")):
        for bound in _bounds(test):
            for source in _narrowed(inner, select, bound.column):
                _pass_on(inner, source, bound)


def _has_sessions(source: object) -> bool:
    if not isinstance(source, TableSource):
        return False
    return bool(source.table.clock) or "session" in source.joined


def _pass_on(scope: Scope, source: TableSource, bound: _Bound) -> None:
    instant, slack = _instant(scope, bound.instant), _slack(scope, bound)
    for op in _SIDES[bound.op] if instant else ():
        sign = "-" if op == ">=" else "+"
        source.within[f"{op} {instant} {sign} {slack}"] = None


def slack_of(context: Context) -> timedelta:
    """How much more than a bound asks for is read on both of its sides."""
    longest = context.longest_session
    if longest is None or longest > _DAY.total_seconds():
        return SLACK
    return timedelta(seconds=longest)


def _slack(scope: Scope, bound: _Bound) -> str:
    slack = slack_of(scope.context)
    if slack == SLACK:
        return f"toIntervalDay({SLACK.days})"
    seconds = (slack + _DAY if bound.moved else slack).total_seconds()
    return f"toIntervalSecond({int(seconds)})"


def _instant(scope: Scope, node: Node) -> str:
    """A constant as a DateTime64, whose calculations don't wrap round; nothing for other kinds."""
    value = scope.expr(node)
    if value.kind is Kind.STRING or value.kind is Kind.DATE:
        value = scope.expr(nodes.call("toDateTime", node))
    return f"toDateTime64({value.text}, 6, 'UTC')" if value.kind is Kind.DATETIME else ""


def _bounds(test: Node | None) -> Iterator[_Bound]:
    """The bounds that hold for every row a condition keeps."""
    if test is None:
        return
    if test["node"] == "And" or (test["node"] == "Call" and test["name"] == "and"):
        for part in test.get("exprs") or test.get("args") or []:
            yield from _bounds(part)
    elif test["node"] == "BetweenExpr" and not test.get("negated"):
        yield from _compared(">=", test["expr"], test["low"])
        yield from _compared("<=", test["expr"], test["high"])
    elif test["node"] == "CompareOperation" and test["op"] in _SIDES:
        yield from _compared(test["op"], test["left"], test["right"])
        yield from _compared(_FLIPPED[test["op"]], test["right"], test["left"])


def _compared(op: str, subject: Node, instant: Node) -> Iterator[_Bound]:
    moved = subject["node"] == "Call"
    while subject["node"] == "Call" and subject["name"] in _NEAR and subject["args"]:
        subject = subject["args"][0]
    if subject["node"] == "Field" and _is_constant(instant):
        yield _Bound(op, subject, instant, moved)


def _is_constant(node: Node) -> bool:
    if node["node"] not in _CONSTANT:
        return False
    parts = [*(node.get("args") or []), *(node.get("exprs") or [])]
    parts += [node[side] for side in ("left", "right") if side in node]
    return all(_is_constant(part) for part in parts)


def _narrowed(scope: Scope, select: Node, column: Node) -> Iterator[TableSource]:
    """The sources of sessions that a bound on this column is one for."""
    name, rest = _owner(scope, [str(part) for part in column["chain"]])
    source = scope.sources.get(name)
    if not isinstance(source, TableSource):
        return
    outer = _is_outer(select, first=name == next(iter(scope.sources)))
    if source.table.clock and rest == ["$start_timestamp"] and not outer:
        yield source
    if source.table.name == "events" and rest in (["timestamp"], ["session", "$start_timestamp"]):
        yield from (link for key, link in source.joined.items() if key == "session")
        if rest == ["timestamp"] and not outer:
            yield from _paired(scope, select, name)


def _owner(scope: Scope, chain: list[str]) -> tuple[str, list[str]]:
    if len(chain) > 1 and chain[0] in scope.sources:
        return chain[0], chain[1:]
    if chain[0] in scope.aliases or chain[0] in scope.arguments:
        return "", chain
    owners = [name for name, source in scope.sources.items() if source.owns(chain[0])]
    return (owners[0] if len(owners) == 1 else ""), chain


def _joins(select: Node) -> Iterator[Node]:
    join = select.get("select_from")
    while join:
        yield join
        join = join.get("next_join")


def _is_outer(select: Node, *, first: bool) -> bool:
    """Whether a source may stand in a row without one of its own rows."""
    words = {word for join in _joins(select) for word in (join.get("join_type") or "").split()}
    return bool(words & {"RIGHT", "FULL"}) or ("LEFT" in words and not first)


def _paired(scope: Scope, select: Node, events: str) -> Iterator[TableSource]:
    """The sessions joined to these events by the session's id."""
    for join in _joins(select):
        constraint = join.get("constraint") or {}
        for left, right in _equalities(constraint.get("expr")):
            sides = dict([_owner(scope, left), _owner(scope, right)])
            for name, rest in sides.items():
                source = scope.sources.get(name)
                is_id = rest in (["session_id"], ["id"]) and sides.get(events) == ["$session_id"]
                if is_id and isinstance(source, TableSource) and source.table.clock:
                    yield source


def _equalities(test: Node | None) -> Iterator[tuple[list[str], list[str]]]:
    if test and test["node"] == "And":
        for part in test["exprs"]:
            yield from _equalities(part)
    elif test and test["node"] == "CompareOperation" and test["op"] == "==":
        sides = (test["left"], test["right"])
        if all(side["node"] == "Field" for side in sides):
            left, right = ([str(part) for part in side["chain"]] for side in sides)
            yield left, right
