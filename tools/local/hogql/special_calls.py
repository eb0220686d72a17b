"""The functions whose ClickHouse form depends on their arguments or on the project."""

from collections.abc import Callable, Mapping
from functools import partial

from tools.kinds import Kind
from tools.local.hogql import dates
from tools.local.hogql.actions import matches_action
from tools.local.hogql.comparisons import compare
from tools.local.hogql.errors import refuse
from tools.local.hogql.kinds import TIMES, Node, Sql
from tools.local.hogql.literals import instant, string
from tools.local.hogql.scope import Scope

OPERATORS = {
    "equals": "==",
    "notEquals": "!=",
    "less": "<",
    "greater": ">",
    "lessOrEquals": "<=",
    "greaterOrEquals": ">=",
    "like": "like",
    "ilike": "ilike",
    "notLike": "not like",
    "notILike": "not ilike",
    "in": "in",
    "notIn": "not in",
}
_UNITS = ("Second", "Minute", "Hour", "Day", "Week", "Month", "Quarter", "Year")
_WITH_TIME = TIMES | {Kind.INTEGER, Kind.FLOAT}


def _comparison(scope: Scope, node: Node) -> Sql:
    left, right = node["args"]
    operation = {"node": "CompareOperation", "op": OPERATORS[node["name"]]}
    return compare(scope, {**node, **operation, "left": left, "right": right})


def _concat(scope: Scope, node: Node) -> Sql:
    """Text of any values one after the other; NULL is no text."""
    parts = [_as_text(scope.expr(arg)) for arg in node["args"]]
    return Sql(f"concat({', '.join(parts)})", Kind.STRING, nullable=False)


def _as_text(value: Sql) -> str:
    if value.kind is Kind.NULL:
        return "''"
    text = value.text if value.kind is Kind.STRING else f"toString({value.text})"
    return f"ifNull({text}, '')" if value.nullable else text


def _now(scope: Scope, node: Node) -> Sql:
    frozen = scope.context.now
    zone = scope.context.timezone
    text = instant(frozen, zone) if frozen else f"now64(6, {string(zone)})"
    return Sql(text, Kind.DATETIME, nullable=False)


def _today(scope: Scope, node: Node, *, back: int = 0) -> Sql:
    frozen = scope.context.now
    text = f"toDate('{dates.local_day(frozen)}')" if frozen else "toDate(now('UTC'))"
    return Sql(f"({text} - {back})" if back else text, Kind.DATE, nullable=False)


def _start_of_week(scope: Scope, node: Node) -> Sql:
    args = [scope.expr(arg) for arg in node["args"]]
    mode = args[1].text if len(args) > 1 else ("3" if scope.context.week_start else "0")
    if len(args) > 1 and args[1].kind is not Kind.INTEGER:
        refuse(node["args"][1], "The week's mode is a number: 0 for Sunday, 1 for Monday.")
    return Sql(f"toStartOfWeek({args[0].text}, {mode})", Kind.DATE, args[0].nullable)


def _to_date(scope: Scope, node: Node) -> Sql:
    constant = _constant_text(node["args"][0])
    if constant is not None and (literal := dates.day(constant)):
        return Sql(literal, Kind.DATE, nullable=False)
    value = scope.expr(node["args"][0])
    if value.kind in (Kind.STRING, Kind.NULL):
        return Sql(f"toDateOrNull({value.text})", Kind.DATE, nullable=True)
    return Sql(f"toDate({value.text})", Kind.DATE, value.nullable)


def _to_datetime(scope: Scope, node: Node) -> Sql:
    """A DateTime from a text by guessing, from a date or number exactly."""
    zone = _zone(scope, node, 1)
    constant = _constant_text(node["args"][0])
    if constant is not None and len(node["args"]) == 1:
        text = dates.conversion(constant, scope.context.timezone)
        return Sql(text, Kind.DATETIME, nullable=False)
    value = scope.expr(node["args"][0])
    if value.kind in _WITH_TIME:
        return Sql(f"toDateTime({value.text}, {zone})", Kind.DATETIME, value.nullable)
    guess = f"parseDateTime64BestEffortOrNull({value.text}, 6, {zone})"
    return Sql(guess, Kind.DATETIME, nullable=True)


def _parsed(scope: Scope, node: Node, *, template: str, zone_at: int) -> Sql:
    args = ", ".join(scope.expr(arg).text for arg in node["args"][:zone_at])
    text = template.format(args=args, zone=_zone(scope, node, zone_at))
    return Sql(text, Kind.DATETIME, nullable=True)


def _to_datetime64(scope: Scope, node: Node) -> Sql:
    args = [scope.expr(arg) for arg in node["args"]]
    precision = args[1].text if len(args) > 1 else "6"
    text = f"toDateTime64({args[0].text}, {precision}, {_zone(scope, node, 2)})"
    return Sql(text, Kind.DATETIME, args[0].nullable)


def _to_timezone(scope: Scope, node: Node) -> Sql:
    value = scope.expr(node["args"][0])
    text = f"toTimeZone({value.bare or value.text}, {_zone(scope, node, 1)})"
    return Sql(text, Kind.DATETIME, value.nullable, bare=value.bare)


def _to_decimal(scope: Scope, node: Node) -> Sql:
    scale = node["args"][1].get("value")
    if not isinstance(scale, int) or not 0 <= scale <= 18:
        refuse(node["args"][1], "The scale of toDecimal is a number from 0 to 18.")
    text = f"accurateCastOrNull({scope.expr(node['args'][0]).text}, 'Decimal64({scale})')"
    return Sql(text, Kind.FLOAT, nullable=True)


def _trim(scope: Scope, node: Node, *, side: str, name: str) -> Sql:
    args = [scope.expr(arg) for arg in node["args"]]
    text = f"{name}({args[0].text})"
    if len(args) > 1:
        text = f"trim({side} {args[1].text} FROM {args[0].text})"
    return Sql(text, Kind.STRING, any(arg.nullable for arg in args))


def _if(scope: Scope, node: Node) -> Sql:
    """The functions if and multiIf: of one kind when all outcomes are."""
    args = [scope.expr(arg) for arg in node["args"]]
    outcomes = [*args[1:-1:2], args[-1]] if len(args) > 3 else args[1:]
    name = "if" if len(args) == 3 else "multiIf"
    return _chosen(f"{name}({', '.join(arg.text for arg in args)})", outcomes)


def _first_of(scope: Scope, node: Node, *, name: str) -> Sql:
    """The functions coalesce and ifNull: NULL only when all are."""
    args = [scope.expr(arg) for arg in node["args"]]
    value = _chosen(f"{name}({', '.join(arg.text for arg in args)})", args)
    return value._replace(nullable=all(arg.nullable for arg in args))


def _case(scope: Scope, node: Node) -> Sql:
    """CASE x WHEN …: compares as = does, so that NULL finds no branch by accident."""
    subject, *rest = node["args"]
    parts: list[Sql] = []
    for when, then in zip(rest[:-1:2], rest[1:-1:2], strict=True):
        test = {**node, "node": "CompareOperation", "op": "==", "left": subject, "right": when}
        parts += [compare(scope, test), scope.expr(then)]
    parts.append(scope.expr(rest[-1]))
    text = f"multiIf({', '.join(part.text for part in parts)})"
    return _chosen(text, [*parts[1:-1:2], parts[-1]])


def _chosen(text: str, outcomes: list[Sql]) -> Sql:
    kinds = {value.kind for value in outcomes} - {Kind.NULL}
    kind = kinds.pop() if len(kinds) == 1 else Kind.UNKNOWN
    return Sql(text, kind, any(value.nullable for value in outcomes))


def _raw_number(scope: Scope, node: Node, *, template: str, kind: Kind) -> Sql:
    """A conversion that reads a property's own text, whatever its defined type."""
    args = [scope.expr(arg) for arg in node["args"]]
    first = args[0].raw or args[0].text
    rest = "".join(f", {arg.text}" for arg in args[1:])
    return Sql(template.format(first=first, rest=rest), kind, args[0].nullable)


def _date_diff(scope: Scope, node: Node) -> Sql:
    """The units between two moments; a constant text is read as one."""
    unit, *ends = node["args"]
    if _constant_text(unit) is None:
        refuse(unit, "The unit of dateDiff is a text in quotes, as 'day'.")
    moments = [_moment(scope, end) for end in ends]
    text = f"dateDiff({', '.join([scope.expr(unit).text, *(end.text for end in moments)])})"
    return Sql(text, Kind.INTEGER, any(end.nullable for end in moments))


def _shifted(scope: Scope, node: Node, *, sign: str) -> Sql:
    """A date moved by an interval, given whole or as a unit and a number."""
    *unit, amount, moment = node["args"]
    if not unit:
        amount, moment = moment, amount
    base, step = _moment(scope, moment), scope.expr(amount)
    if unit:
        name = (_constant_text(unit[0]) or "").capitalize()
        if name not in _UNITS:
            refuse(unit[0], f"The unit is one of {', '.join(_UNITS).lower()}, in quotes.")
        step = Sql(f"toInterval{name}({step.text})", Kind.INTERVAL, step.nullable)
    return Sql(f"{sign}({base.text}, {step.text})", base.kind, base.nullable or step.nullable)


def _moment(scope: Scope, node: Node) -> Sql:
    constant = _constant_text(node)
    if constant is None:
        return scope.expr(node)
    read = dates.moment(constant, scope.context.timezone)
    if read is None:
        refuse(node, f"{constant!r} is no date; write it as 2026-01-31 or 2026-01-31 12:00:00.")
    return Sql(read, Kind.DATETIME, nullable=False)


def _zone(scope: Scope, node: Node, position: int) -> str:
    args = node["args"]
    if len(args) <= position:
        return string(scope.context.timezone)
    zone = _constant_text(args[position])
    if zone is None:
        refuse(args[position], "A time zone is a text in quotes, as 'Europe/Berlin'.")
    return string(zone)


def _constant_text(node: Node) -> str | None:
    value = node.get("value") if node["node"] == "Constant" else None
    return value if isinstance(value, str) and node.get("value_type") != "number" else None


SPECIAL: Mapping[str, Callable[[Scope, Node], Sql]] = {
    **dict.fromkeys(OPERATORS, _comparison),
    "concat": _concat,
    **dict.fromkeys(("now", "current_timestamp"), _now),
    **dict.fromkeys(("today", "current_date"), _today),
    "yesterday": partial(_today, back=1),
    "toStartOfWeek": _start_of_week,
    **dict.fromkeys(("toDate", "to_date"), _to_date),
    "toDateTime": _to_datetime,
    "toDateTime64": _to_datetime64,
    "toDateTimeUS": partial(
        _parsed, template="parseDateTime64BestEffortUSOrNull({args}, 6, {zone})", zone_at=1
    ),
    "parseDateTimeBestEffort": partial(
        _parsed, template="parseDateTime64BestEffortOrNull({args}, 6, {zone})", zone_at=1
    ),
    "parseDateTime": partial(_parsed, template="parseDateTimeOrNull({args}, {zone})", zone_at=2),
    "toTimeZone": _to_timezone,
    "toDecimal": _to_decimal,
    **dict.fromkeys(("trim", "btrim"), partial(_trim, side="BOTH", name="trim")),
    **dict.fromkeys(("trimLeft", "ltrim"), partial(_trim, side="LEADING", name="trimLeft")),
    **dict.fromkeys(("trimRight", "rtrim"), partial(_trim, side="TRAILING", name="trimRight")),
    **dict.fromkeys(("if", "multiIf"), _if),
    "coalesce": partial(_first_of, name="coalesce"),
    "ifNull": partial(_first_of, name="ifNull"),
    "_caseWithExpression": _case,
    "toIntOrZero": partial(_raw_number, template="toInt64OrZero({first}{rest})", kind=Kind.INTEGER),
    "toFloatOrZero": partial(
        _raw_number, template="toFloat64OrZero({first}{rest})", kind=Kind.FLOAT
    ),
    "toFloatOrDefault": partial(
        _raw_number, template="toFloat64OrDefault({first}{rest})", kind=Kind.FLOAT
    ),
    **dict.fromkeys(("dateDiff", "date_diff"), _date_diff),
    "dateAdd": partial(_shifted, sign="plus"),
    "dateSub": partial(_shifted, sign="minus"),
    "matchesAction": matches_action,
}
