"""Expressions that are neither calls nor comparisons."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from uuid import UUID

from tools.kinds import Kind
from tools.local.hogql.calls import call
from tools.local.hogql.comparisons import between, compare, distinct_from
from tools.local.hogql.errors import HogQLError, refuse
from tools.local.hogql.kinds import NUMBERS, TIMES, Node, Sql
from tools.local.hogql.literals import constant_value, identifier, literal
from tools.local.hogql.names import hogql
from tools.local.hogql.scope import Scope
from tools.local.hogql.windows import window

MAX_DIGITS = 400
_ARITHMETIC = {"+": "plus", "-": "minus", "*": "multiply", "/": "divide", "%": "modulo"}
_CONSTANT_KINDS = (
    (bool, Kind.BOOLEAN),
    (int, Kind.INTEGER),
    (float, Kind.FLOAT),
    (str, Kind.STRING),
    (datetime, Kind.DATETIME),
    (date, Kind.DATE),
    (UUID, Kind.UUID),
)
_CASTS = {
    "int": ("accurateCastOrNull({0}, 'Int64')", Kind.INTEGER),
    "float": ("accurateCastOrNull({0}, 'Float64')", Kind.FLOAT),
    "string": ("toString({0})", Kind.STRING),
    "bool": ("accurateCastOrNull({0}, 'Bool')", Kind.BOOLEAN),
    "uuid": ("accurateCastOrNull({0}, 'UUID')", Kind.UUID),
}
_CAST_NAMES = {
    **dict.fromkeys(("int", "integer", "bigint", "smallint", "int32", "int64", "uint64"), "int"),
    **dict.fromkeys(("float", "double", "real", "numeric", "decimal", "float64"), "float"),
    **dict.fromkeys(("string", "text", "varchar", "char"), "string"),
    **dict.fromkeys(("bool", "boolean"), "bool"),
    "uuid": "uuid",
    "date": "date",
    **dict.fromkeys(("datetime", "timestamp", "timestamptz"), "datetime"),
}
_REASONS = {
    "ColumnsExpr": "COLUMNS(…) stands only in SELECT, as a column without an alias.",
    "ExprCall": "You can only call simple functions in HogQL, not expressions; "
    "a cast takes no length or scale, use toDecimal(x, scale).",
    "HogQLXTag": "Tags such as <Sparkline /> are not supported in the embedded project.",
}


def expression(scope: Scope, node: Node) -> Sql:
    """Print one expression of a query."""
    printer = _PRINTERS.get(node["node"])
    if printer is None:
        reason = f"{node['node']} is not supported in the embedded project."
        refuse(node, _REASONS.get(node["node"], reason))
    return printer(scope, node)


def _constant(scope: Scope, node: Node) -> Sql:
    if node.get("value_type") == "number" and len(str(node.get("value"))) > MAX_DIGITS:
        refuse(node, f"The number has more than {MAX_DIGITS} digits; make it shorter.")
    value = constant_value(node)
    if value is None:
        return Sql("NULL", Kind.NULL, nullable=True, constant=True)
    kind = next((kind for type_, kind in _CONSTANT_KINDS if isinstance(value, type_)), None)
    if kind is None:
        refuse(node, f"A value of type {type(value).__name__} can't be used in a query.")
    text = literal(value)
    return Sql(f"({text})" if text.startswith("-") else text, kind, nullable=False, constant=True)


def _field(scope: Scope, node: Node) -> Sql:
    chain = node["chain"]
    if chain[-1] == "*":
        refuse(node, "* stands only in SELECT and in count(*).")
    return scope.resolve(node, chain)


def _logical(scope: Scope, node: Node) -> Sql:
    """AND and OR, without the parts that decide nothing."""
    name = node["node"].lower()
    deciding, idle = ("0", "1") if name == "and" else ("1", "0")
    parts = [scope.expr(part) for part in node["exprs"]]
    texts = [part.text for part in parts]
    if deciding in texts:
        return Sql(deciding, Kind.BOOLEAN, nullable=False)
    kept = [text for text in texts if text != idle]
    nullable = any(part.nullable for part in parts)
    if len(kept) < 2:
        return Sql(kept[0] if kept else idle, Kind.BOOLEAN, nullable)
    return Sql(f"{name}({', '.join(kept)})", Kind.BOOLEAN, nullable)


def _not(scope: Scope, node: Node) -> Sql:
    value = scope.expr(node["expr"])
    return Sql(f"not({value.text})", Kind.BOOLEAN, value.nullable)


def _arithmetic(scope: Scope, node: Node) -> Sql:
    left, right = scope.expr(node["left"]), scope.expr(node["right"])
    for value, side in ((left, node["left"]), (right, node["right"])):
        if value.kind in (Kind.STRING, Kind.JSON):
            shown = hogql(side)
            refuse(side, f"{shown} is a String; calculate with toFloat({shown}).")
    text = f"{_ARITHMETIC[node['op']]}({left.text}, {right.text})"
    return Sql(text, _arithmetic_kind(node["op"], left, right), left.nullable or right.nullable)


def _arithmetic_kind(op: str, left: Sql, right: Sql) -> Kind:
    kinds = {left.kind, right.kind}
    if kinds <= NUMBERS:
        return Kind.FLOAT if op == "/" or Kind.FLOAT in kinds else Kind.INTEGER
    times = [value.kind for value in (left, right) if value.kind in TIMES]
    if len(times) == 1 and Kind.INTERVAL in kinds and times[0] is Kind.DATETIME:
        return Kind.DATETIME
    if len(times) == 1 and Kind.INTEGER in kinds:
        return times[0]
    return Kind.UNKNOWN


def _tuple(scope: Scope, node: Node) -> Sql:
    texts = ", ".join(scope.expr(item).text for item in node["exprs"])
    return Sql(f"tuple({texts})", Kind.TUPLE, nullable=False)


def _array(scope: Scope, node: Node) -> Sql:
    return Sql(f"[{', '.join(scope.expr(item).text for item in node['exprs'])}]", Kind.ARRAY, False)


def _dict(scope: Scope, node: Node) -> Sql:
    pairs = [f"{scope.expr(key).text}, {scope.expr(value).text}" for key, value in node["items"]]
    return Sql(f"map({', '.join(pairs)})", Kind.UNKNOWN, nullable=False)


def _access(scope: Scope, node: Node) -> Sql:
    """`a[1]`, or a property written as properties['key']."""
    if (value := _property(scope, node)) is not None:
        return value
    index = scope.expr(node["property"])
    if index.text == "0":
        refuse(node, "SQL indexes start from one, not from zero. E.g: array[1]")
    return Sql(f"arrayElement({scope.expr(node['array']).text}, {index.text})")


def _tuple_access(scope: Scope, node: Node) -> Sql:
    if (value := _property(scope, node)) is not None:
        return value
    return Sql(f"tupleElement({scope.expr(node['tuple']).text}, {int(node['index'])})")


def _property(scope: Scope, node: Node) -> Sql | None:
    """The value of a path into properties, or None if the node is no such path."""
    path = _path(node)
    if path is None or not _leads_to_properties(scope, node, path):
        return None
    return scope.resolve(node, path)


def _path(node: Node) -> list[str | int] | None:
    if node["node"] == "Field":
        return list(node["chain"])
    if node["node"] == "TupleAccess":
        base, key = _path(node["tuple"]), node["index"]
    elif node["node"] == "ArrayAccess" and node["property"]["node"] == "Constant":
        base, key = _path(node["array"]), node["property"].get("value")
    else:
        return None
    return None if base is None else [*base, key]


def _leads_to_properties(scope: Scope, node: Node, path: list[str | int]) -> bool:
    for length in range(1, min(len(path), 4)):
        try:
            value = scope.find(node, path[:length])
        except HogQLError:
            continue
        if value is not None and value.kind is Kind.JSON:
            return True
    return False


def _slice(scope: Scope, node: Node) -> Sql:
    array = scope.expr(node["array"])
    start = scope.expr(node["start_expr"]).text if node.get("start_expr") else "1"
    if not node.get("end_expr"):
        return Sql(f"arraySlice({array.text}, {start})", array.kind, array.nullable)
    length = f"plus(minus({scope.expr(node['end_expr']).text}, {start}), 1)"
    return Sql(f"arraySlice({array.text}, {start}, {length})", array.kind, array.nullable)


def _lambda(scope: Scope, node: Node) -> Sql:
    names = {name: Sql(identifier(name)) for name in node["args"]}
    inner = scope.within(arguments={**scope.arguments, **names})
    body = inner.expr(node["expr"])
    return Sql(f"({', '.join(map(identifier, node['args']))}) -> {body.text}", nullable=False)


def _cast(scope: Scope, node: Node) -> Sql:
    name = _CAST_NAMES.get(node["type_name"])
    if name is None:
        refuse(node, f"Can't cast to {node['type_name']}; use int, float, string, bool or date.")
    if name in ("date", "datetime"):
        function = "toDate" if name == "date" else "toDateTime"
        return call(scope, {**node, "node": "Call", "name": function, "args": [node["expr"]]})
    value = scope.expr(node["expr"])
    template, kind = _CASTS[name]
    return Sql(template.format(value.text), kind, name != "string" or value.nullable)


def _scalar_query(scope: Scope, node: Node) -> Sql:
    selected = scope.query.select(scope.query, node, scope.ctes)
    if len(selected.columns) != 1:
        refuse(node, f"A query used as a value gives one column, not {len(selected.columns)}.")
    (column,) = selected.columns.values()
    return Sql(f"({selected.text})", column.kind, nullable=True)


def _alias(scope: Scope, node: Node) -> Sql:
    """A name given inside an expression."""
    value = scope.expr(node["expr"])
    name = identifier(node["alias"])
    scope.aliases[node["alias"]] = value._replace(text=name, bare="", constant=False)
    return value._replace(text=f"({value.text} AS {name})", bare="", constant=False)


_PRINTERS: Mapping[str, Callable[[Scope, Node], Sql]] = {
    "Constant": _constant,
    "Field": _field,
    "And": _logical,
    "Or": _logical,
    "Not": _not,
    "ArithmeticOperation": _arithmetic,
    "CompareOperation": compare,
    "BetweenExpr": between,
    "IsDistinctFrom": distinct_from,
    "Tuple": _tuple,
    "Array": _array,
    "Dict": _dict,
    "ArrayAccess": _access,
    "TupleAccess": _tuple_access,
    "ArraySlice": _slice,
    "Lambda": _lambda,
    "TypeCast": _cast,
    "TryCast": _cast,
    "Call": call,
    "WindowFunction": window,
    "SelectQuery": _scalar_query,
    "SelectSetQuery": _scalar_query,
    "Alias": _alias,
}
