"""NULL in comparisons, checked against the same rules written in plain Python."""

import re
from collections.abc import Callable, Iterator

import pytest

from tests.hogql_fixtures import EVENTS, Ask, small_project


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    with small_project() as asking:
        yield asking


def text_of(number: int, key: str) -> str | None:
    """A property as PostHog reads it: NULL where missing or null, backslashes kept."""
    value = next(row[6] for row in EVENTS if row[0] == number).get(key)
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).replace('"', '\\"')


def number_of(number: int) -> float | None:
    text = text_of(number, "amount")
    return float(text) if text and re.fullmatch(r"-?[\d.]+", text) else None


def matching(test: Callable[[int], bool]) -> list[int]:
    return [row[0] for row in EVENTS if test(row[0])]


def found(ask: Ask, condition: str) -> list[int]:
    rows = ask(f"select uuid from events where {condition} order by uuid")
    return [int(row[0][-12:]) for row in rows]


def b(number: int) -> str | None:
    return text_of(number, "b")


CONDITIONS = {
    "properties.b = 'Chrome'": lambda n: b(n) == "Chrome",
    "'Chrome' = properties.b": lambda n: b(n) == "Chrome",
    "properties.b != 'Chrome'": lambda n: b(n) != "Chrome",
    "not (properties.b = 'Chrome')": lambda n: b(n) != "Chrome",
    "not (properties.b != 'Chrome')": lambda n: b(n) == "Chrome",
    "properties.b = ''": lambda n: b(n) == "",
    "properties.b is null": lambda n: b(n) is None,
    "properties.b is not null": lambda n: b(n) is not None,
    "properties.b = null": lambda n: b(n) is None,
    "null != properties.b": lambda n: b(n) is not None,
    "properties.b < null": lambda n: False,
    "properties.b like 'C%'": lambda n: (b(n) or "").startswith("C"),
    "properties.b not like 'C%'": lambda n: not (b(n) or "").startswith("C"),
    "properties.b ilike 'c%'": lambda n: (b(n) or "").startswith("C"),
    "properties.b not ilike 'c%'": lambda n: not (b(n) or "").startswith("C"),
    "properties.b =~ '^[CS]'": lambda n: (b(n) or "x")[:1] in ("C", "S"),
    "properties.b !~ '^[CS]'": lambda n: (b(n) or "x")[:1] not in ("C", "S"),
    "properties.b =~* '^[cs]'": lambda n: (b(n) or "x")[:1] in ("C", "S"),
    "properties.b !~* '^[cs]'": lambda n: (b(n) or "x")[:1] not in ("C", "S"),
    "properties.b in ('Chrome', 'Safari')": lambda n: b(n) in ("Chrome", "Safari"),
    "properties.b not in ('Chrome', 'Safari')": lambda n: b(n) not in ("Chrome", "Safari"),
    "properties.b in ('Chrome', null)": lambda n: b(n) in ("Chrome", None),
    "properties.b not in ('Chrome', null)": lambda n: b(n) not in ("Chrome", None),
    "properties.b in ('Chrome')": lambda n: b(n) == "Chrome",
    "properties.b in (select 'Chrome')": lambda n: b(n) == "Chrome",
    "properties.b not in (select 'Chrome')": lambda n: b(n) != "Chrome",
    "properties.b = properties.other": lambda n: b(n) is None,
    "properties.b != properties.other": lambda n: b(n) is not None,
    "properties.b is distinct from 'Chrome'": lambda n: b(n) != "Chrome",
    "properties.b is not distinct from 'Chrome'": lambda n: b(n) == "Chrome",
    "properties.b > 'D'": lambda n: b(n) is not None and b(n) > "D",
    "not (properties.b > 'D')": lambda n: not (b(n) is not None and b(n) > "D"),
    "properties.amount > 0": lambda n: (number_of(n) or 0) > 0,
    "properties.amount <= 5": lambda n: number_of(n) is not None and number_of(n) <= 5,
    "not (properties.amount > 0)": lambda n: not (number_of(n) or 0) > 0,
    "properties.amount = '5'": lambda n: number_of(n) == 5,
    "properties.amount != 5": lambda n: number_of(n) != 5,
    "properties.amount between 0 and 7": lambda n: 0 <= (number_of(n) or -1) <= 7,
    "properties.amount in (5, 10)": lambda n: number_of(n) in (5, 10),
    "properties.amount not in (5, 10)": lambda n: number_of(n) not in (5, 10),
    "properties.paid = true": lambda n: text_of(n, "paid") == "true",
    "properties.paid": lambda n: text_of(n, "paid") == "true",
    "properties.paid = 'false'": lambda n: text_of(n, "paid") == "false",
    "properties.paid != true": lambda n: text_of(n, "paid") != "true",
    "properties.b = 'Chrome' or properties.amount > 6": lambda n: (
        b(n) == "Chrome" or (number_of(n) or 0) > 6
    ),
    "properties.b = 'Chrome' and true": lambda n: b(n) == "Chrome",
    "properties.b = 'Chrome' and false": lambda n: False,
    "properties.b = 'Chrome' or true": lambda n: True,
    "equals(properties.b, 'Chrome')": lambda n: b(n) == "Chrome",
    "notEquals(properties.b, 'Chrome')": lambda n: b(n) != "Chrome",
    "in(properties.b, ('Chrome', 'x'))": lambda n: b(n) == "Chrome",
    "notLike(properties.b, 'C%')": lambda n: not (b(n) or "").startswith("C"),
    "event = 'it\\'s'": lambda n: n == 6,
    "event = 'it''s'": lambda n: n == 6,
    "properties.b = 'a\\\\\"q'": lambda n: n == 6,
}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_condition_keeps_the_rows_its_rule_says(ask, condition):
    assert found(ask, condition) == matching(CONDITIONS[condition])


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 = 1", 1),
        ("1 = null", 0),
        ("null = null", 1),
        ("null != null", 0),
        ("1 != null", 1),
        ("'a' < 'b'", 1),
        ("1 in (1, 2)", 1),
        ("2 not in (1)", 1),
    ],
)
def test_constants_compare_as_in_posthog(ask, expression, value):
    assert ask(f"select {expression}") == [(value,)]


def test_a_case_with_a_subject_finds_null_by_null_only(ask):
    case = "case properties.b when 'Chrome' then 1 when '' then 2 else 3 end"
    query = f"select {case} from events order by uuid"
    assert [row[0] for row in ask(query)] == [1, 3, 3, 3, 2, 3]


def test_concat_takes_null_for_no_text(ask):
    shown = "concat(properties.b, '-', properties.amount), f'{properties.b}!'"
    query = f"select {shown} from events order by uuid limit 3"
    assert ask(query) == [("Chrome-5", "Chrome!"), ("Safari-7.5", "Safari!"), ("-", "!")]


def test_a_join_compares_without_the_rules_for_null(ask):
    query = "select count() from events a join events b on a.properties.b = b.properties.b"
    present = [b(row[0]) for row in EVENTS if b(row[0]) is not None]
    assert ask(query) == [(sum(present.count(value) for value in present),)]
