"""Event, person and group properties: PostHog's expression for one, and its defined type."""

from collections.abc import Sequence

from tools.kinds import Kind
from tools.local.hogql.context import Context
from tools.local.hogql.errors import HogQLError
from tools.local.hogql.kinds import Sql
from tools.local.hogql.literals import literal, string

_TEMPLATES = {
    "Numeric": (Kind.FLOAT, "accurateCastOrNull({raw}, 'Float64')"),
    "DateTime": (Kind.DATETIME, "parseDateTime64BestEffortOrNull({raw}, 6, {tz})"),
    "Boolean": (Kind.BOOLEAN, "toBool(transform({raw}, ['true', 'false'], [1, 0], NULL))"),
}


def extract(column: str, path: Sequence[str | int]) -> str:
    """The text of a property: NULL where it is missing or null, without its outer quotes."""
    if 0 in path:
        raise HogQLError("SQL indexes start from one, not from zero. E.g: array[1]")
    keys = ", ".join(literal(key) for key in path)
    found = f"nullIf(nullIf(JSONExtractRaw({column}, {keys}), ''), 'null')"
    return f"replaceRegexpAll({found}, '^\"|\"$', '')"


def typed(raw: str, path: Sequence[str | int], scope: str, context: Context) -> Sql:
    """A property as its definition types it; only a single key has a definition."""
    defined = context.property_types.get((scope, str(path[0]))) if len(path) == 1 else None
    kind, template = _TEMPLATES.get(defined or "", (Kind.STRING, "{raw}"))
    if kind is Kind.DATETIME and str(path[0]).startswith("$ai_") and str(path[0]).endswith("_id"):
        kind, template = Kind.STRING, "{raw}"
    text = template.format(raw=raw, tz=string(context.timezone))
    return Sql(text, kind, nullable=True, raw=raw)
