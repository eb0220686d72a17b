"""Every operator with every kind of operand, judged by one rule each in plain Python."""

import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from tests.hogql_fixtures import CONTEXT, clickhouse
from tools.local.hogql import compile_tree, nodes
from tools.local.hogql.kinds import Node

Value = str | None
VALUES = (("a", "b"), ("a", "b"), ("a", "b", None), ("a", "b", None))
ROWS = list(itertools.product(*VALUES))
"""Of the columns v and w, which are never NULL, and of n and m, which may be."""
OPERANDS: dict[str, Callable[[tuple[Value, ...]], Value]] = {
    "v": lambda row: row[0],
    "w": lambda row: row[1],
    "n": lambda row: row[2],
    "m": lambda row: row[3],
    "'a'": lambda row: "a",
    "'b'": lambda row: "b",
    "null": lambda row: None,
}


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    with clickhouse() as opened:
        yield opened


def source() -> str:
    tuples = (", ".join(f"'{value or '-'}'" for value in row) for row in ROWS)
    rows = f"select arrayJoin([{', '.join(f'({row})' for row in tuples)}]) as p"
    columns = "assumeNotNull(p.1) as v, assumeNotNull(p.2) as w, nullIf(p.3, '-') as n"
    return f"(select {columns}, nullIf(p.4, '-') as m from ({rows}))"


QUERY = f"select v, w, n, m from {source()} limit 100"


def selected(session: Any, expressions: Iterable[Node]) -> list[list[object]]:
    """Each expression's values in the rows, in the order of ROWS."""
    columns = [nodes.alias(f"x{at}", node) for at, node in enumerate(expressions)]
    sql = compile_tree(nodes.selecting(nodes.query(QUERY), columns), CONTEXT).sql
    rows = json.loads(session.query(sql, "JSONCompact").bytes())["data"]
    found = {tuple(row[:4]): row[4:] for row in rows}
    assert len(found) == len(ROWS)
    return [[found[row][at] for row in ROWS] for at in range(len(columns))]


def operand(name: str) -> Node:
    """A column, a text in quotes or null."""
    known = {"null": None, "'a'": "a", "'b'": "b"}
    return nodes.constant(known[name]) if name in known else nodes.field(name)


def compared(operator: str, left: str, right: str) -> Node:
    sides = {"left": operand(left), "right": operand(right)}
    if operator.endswith("distinct from"):
        return {"node": "IsDistinctFrom", "negated": "not" in operator, **sides}
    return nodes.compare("==" if operator == "=" else operator, **sides)


def matches(pattern: str, value: str, flags: re.RegexFlag = re.NOFLAG) -> bool:
    return re.search(pattern, value, flags) is not None


Test = Callable[[str, str], bool]
EQUAL: dict[str, Test] = {
    "=": lambda left, right: left == right,
    "like": lambda left, right: left == right,
    "ilike": lambda left, right: left == right,
    "=~": lambda left, right: matches(right, left),
    "=~*": lambda left, right: matches(right, left, re.IGNORECASE),
    "is not distinct from": lambda left, right: left == right,
}
UNEQUAL: dict[str, Test] = {
    "!=": EQUAL["="],
    "not like": EQUAL["like"],
    "not ilike": EQUAL["ilike"],
    "!~": EQUAL["=~"],
    "!~*": EQUAL["=~*"],
    "is distinct from": EQUAL["="],
}
ORDER: dict[str, Test] = {
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
}


def rule(operator: str, left: Value, right: Value) -> bool:
    """NULL equals NULL and nothing else, and is neither less nor greater than anything."""
    if operator in UNEQUAL:
        return not rule({"!=": "="}.get(operator) or _positive(operator), left, right)
    if left is None or right is None:
        return operator in EQUAL and left is right
    return (EQUAL | ORDER)[operator](left, right)


def _positive(operator: str) -> str:
    return next(name for name, test in EQUAL.items() if test is UNEQUAL[operator])


@pytest.mark.parametrize("operator", EQUAL | UNEQUAL | ORDER)
def test_an_operator_treats_null_by_its_rule(session, operator):
    pairs = list(itertools.product(("v", "n", "m", "'a'", "null"), repeat=2))
    tests = [compared(operator, *pair) for pair in pairs]
    found = selected(session, tests)
    negated = selected(session, map(nodes.negated, tests))
    for pair, values, opposites in zip(pairs, found, negated, strict=True):
        left, right = (OPERANDS[name] for name in pair)
        expected = [int(rule(operator, left(row), right(row))) for row in ROWS]
        assert (pair, values) == (pair, expected)
        assert (pair, opposites) == (pair, [1 - value for value in expected])


def both(first: bool | None, second: bool | None) -> bool | None:
    if first is False or second is False:
        return False
    return None if first is None or second is None else True


def less(left: Value, right: Value) -> bool | None:
    return None if left is None or right is None else left <= right


@pytest.mark.parametrize("negated", [False, True])
def test_between_is_false_where_null_leaves_it_open(session, negated):
    cases = list(itertools.product(("v", "n", "'a'", "null"), ("w", "m"), ("'b'", "m", "null")))
    keys = ("expr", "low", "high")
    found = selected(
        session,
        (
            {"node": "BetweenExpr", "negated": negated}
            | dict(zip(keys, map(operand, names), strict=True))
            for names in cases
        ),
    )
    for names, values in zip(cases, found, strict=True):
        expected = []
        for row in ROWS:
            first, second, third = (OPERANDS[name](row) for name in names)
            truth = both(less(second, first), less(first, third))
            expected.append(int(truth is not None and truth is not negated))
        assert (names, values) == (names, expected)


LISTS: tuple[tuple[Node, tuple[Value, ...]], ...] = (
    (nodes.constant("a"), ("a",)),
    (nodes.constant(None), (None,)),
    (nodes.constant(("a", "c")), ("a", "c")),
    (nodes.constant(("a", None)), ("a", None)),
    (nodes.constant(["a", None]), ("a", None)),
    (nodes.query("select 'a' as x"), ("a",)),
)


@pytest.mark.parametrize(("items", "values"), LISTS)
@pytest.mark.parametrize("negated", [False, True])
def test_null_is_in_a_list_that_holds_it(session, items, values, negated):
    names, word = ("v", "n", "'a'", "null"), "not in" if negated else "in"
    found = selected(session, (nodes.compare(word, operand(name), items) for name in names))
    for name, shown in zip(names, found, strict=True):
        expected = [int((OPERANDS[name](row) in values) != negated) for row in ROWS]
        assert (name, shown) == (name, expected)


@pytest.mark.parametrize(
    ("function", "operator"),
    [
        ("equals", "="),
        ("notEquals", "!="),
        ("less", "<"),
        ("greaterOrEquals", ">="),
        ("like", "like"),
        ("notILike", "not ilike"),
    ],
)
def test_a_comparison_written_as_a_function_is_the_operator(session, function, operator):
    pairs = list(itertools.product(("v", "n", "null"), ("w", "m", "'a'")))
    called = [nodes.call(function, *map(operand, pair)) for pair in pairs]
    written = [compared(operator, *pair) for pair in pairs]
    assert selected(session, called) == selected(session, written)


def test_in_where_null_keeps_the_rows_its_rule_says(session):
    query = f"select v, w, n, m from {source()} where {{x}} limit 100"
    for condition, kept in (
        ("n != 'a'", [row for row in ROWS if row[2] != "a"]),
        ("not (n = m)", [row for row in ROWS if row[2] != row[3]]),
        ("n < 'b'", [row for row in ROWS if row[2] == "a"]),
        ("n is null and m is not null", [row for row in ROWS if row[2] is None and row[3]]),
        ("not (n in ('a')) and n not in (null)", [row for row in ROWS if row[2] == "b"]),
    ):
        sql = compile_tree(nodes.query(query, x=nodes.expr(condition)), CONTEXT).sql
        rows = json.loads(session.query(sql, "JSONCompact").bytes())["data"]
        found = [tuple(row) for row in rows]
        assert (condition, sorted(found, key=str)) == (condition, sorted(kept, key=str))
