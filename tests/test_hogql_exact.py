"""Values reach JSON exactly, with the types PostHog names."""

import json
import math
from collections.abc import Callable, Iterator

import pytest

from tests.hogql_fixtures import CONTEXT
from tools.local.bodies import ApiError
from tools.local.hogql import Context, compile_query
from tools.local.results import read_result
from tools.local.store import Store, open_store

Exact = Callable[..., tuple[list[object], list[str]]]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(tmp_path_factory.mktemp("exact"), None)
    yield opened
    opened.close()


@pytest.fixture
def exact(store: Store) -> Exact:
    def one_row(query: str, context: Context = CONTEXT) -> tuple[list[object], list[str]]:
        rows, types = read_result(store.read(compile_query(query, context).sql))
        (row,) = rows
        return json.loads(json.dumps(row)), [kind for _, kind in types]

    return one_row


NEW_YORK = "'America/New_York'"
VALUES = {
    # whole numbers
    "9223372036854775807": (9223372036854775807, "UInt64"),
    "-9223372036854775808": (-9223372036854775808, "Int64"),
    "18446744073709551615": (18446744073709551615, "UInt64"),
    "9007199254740993": (9007199254740993, "UInt64"),
    "toInt('-9223372036854775808')": (-9223372036854775808, "Nullable(Int64)"),
    "_toUInt128('340282366920938463463374607431768211455')": (2**128 - 1, "UInt128"),
    "reinterpretAsInt128(unhex('00000000000000000100000000000000'))": (2**64, "Int128"),
    "reinterpretAsUInt256(unhex('000000000000000000000000000000000100000000000000'))": (
        2**128, "UInt256",
    ),
    "cityHash64('a')": (2603192927274642682, "UInt64"),
    "0x1F": (31, "UInt8"),
    "[1, 256, -1]": ([1, 256, -1], "Array(Int32)"),
    # other numbers
    "0.1": (0.1, "Float64"),
    "1 / 3": (0.3333333333333333, "Float64"),
    "1e-7": (1e-7, "Float64"),
    "1.7976931348623157e308": (1.7976931348623157e308, "Float64"),
    "5e-324": (5e-324, "Float64"),
    "123456789.123456789": (123456789.12345679, "Float64"),
    "1e400": (None, "Float64"),
    "-inf": (None, "Float64"),
    "nan": (None, "Float64"),
    "[1, nan, inf]": ([1.0, None, None], "Array(Float64)"),
    "toDecimal('1.10', 2)": ("1.10", "Nullable(Decimal(18, 2))"),
    "toDecimal('-0.000000001', 9)": ("-0.000000001", "Nullable(Decimal(18, 9))"),
    # truths are numbers unless a property or a function makes them more
    "true": (1, "UInt8"),
    "1 = 2": (0, "UInt8"),
    "toBool('true')": (True, "Bool"),
    "[toBool('no')]": ([False], "Array(Bool)"),
    # times
    "toDate('2024-02-29')": ("2024-02-29", "Date"),
    "toDate('x')": (None, "Nullable(Date)"),
    "JSONExtract('{\"a\": \"1900-01-01\"}', 'a', 'Date32')": ("1900-01-01", "Date32"),
    "toDateTime('2024-07-01 10:00:00')": (
        "2024-07-01T10:00:00-04:00", f"DateTime({NEW_YORK})",
    ),
    "toDateTime('2024-01-01 10:00:00.5')": (
        "2024-01-01T10:00:00.500000-05:00", f"DateTime64(6, {NEW_YORK})",
    ),
    "toDateTime64('2024-01-01 10:00:00.123456789', 9)": (
        "2024-01-01T10:00:00.123456-05:00", f"DateTime64(9, {NEW_YORK})",
    ),
    "toDateTime64('1901-01-01 00:00:00', 3, 'UTC')": (
        "1901-01-01T00:00:00Z", "DateTime64(3, 'UTC')",
    ),
    "[toDateTime('2024-01-01 10:00:00', 'UTC')]": (
        ["2024-01-01T10:00:00Z"], "Array(Nullable(DateTime64(6, 'UTC')))",
    ),
    "toTimeZone(now(), 'Asia/Kathmandu')": (
        "2024-02-02T17:45:00+05:45", "DateTime64(6, 'Asia/Kathmandu')",
    ),
    "toTime(toDateTime('2024-01-01 10:11:12'))": (
        "1970-01-02T10:11:12-05:00", f"DateTime({NEW_YORK})",
    ),
    # texts
    "'\"\\\\/ é 日本 👩‍💻 </script>'": ('"\\/ é 日本 👩‍💻 </script>', "String"),
    "'\\t\\n\\r\\b\\f'": ("\t\n\r\b\f", "String"),
    "concat(unhex('00'), 'x')": ("\0x", "String"),
    "unhex('ff')": ("\ufffd", "String"),
    "''": ("", "String"),
    "toUUID('00000000-0000-0000-0000-00000000000A')": (
        "00000000-0000-0000-0000-00000000000a", "Nullable(UUID)",
    ),
    "toIPv4('1.2.3.4')": ("1.2.3.4", "IPv4"),
    "JSONExtract('{\"a\": \"x\"}', 'a', 'Enum8(\\'x\\' = 1)')": ("x", "Enum8('x' = 1)"),
    # collections
    "[]": ([], "Array(Nothing)"),
    "[[], ['a', null]]": ([[], ["a", None]], "Array(Array(Nullable(String)))"),
    "tuple()": ([], "Tuple()"),
    "(1, 'a', null)": ([1, "a", None], "Tuple(UInt8, String, Nullable(Nothing))"),
    "map()": ({}, "Map(Nothing, Nothing)"),
    "map('a', [1, null])": ({"a": [1, None]}, "Map(String, Array(Nullable(UInt8)))"),
    "map(1, toDate('2024-01-01'))": ({"1": "2024-01-01"}, "Map(UInt8, Date)"),
    "(1, toDateTime('2024-01-01 00:00:00')).2": (
        "2024-01-01T00:00:00-05:00", f"DateTime({NEW_YORK})",
    ),
    "null": (None, "Nullable(Nothing)"),
    "interval 2 day": (2, "IntervalDay"),
}  # fmt: skip


@pytest.mark.parametrize("expression", VALUES)
def test_a_value_comes_as_it_is_with_its_type(exact, expression):
    value, kind = VALUES[expression]
    assert exact(f"select {expression}") == ([value], [kind])


def test_the_columns_of_events_have_posthogs_types(store):
    query = "select uuid, event, properties, timestamp, $session_id, person.created_at from events"
    _, types = read_result(store.read(compile_query(query, Context()).sql))
    assert [kind for _, kind in types] == [
        "UUID",
        "String",
        "String",
        "DateTime64(6, 'UTC')",
        "String",
        "DateTime64(3, 'UTC')",
    ]


def test_a_state_of_an_aggregation_is_no_value(store):
    sql = compile_query("select sumState(number) as s from numbers(3)", CONTEXT).sql
    with pytest.raises(ApiError, match="s is the state of an aggregation"):
        read_result(store.read(sql))


def test_every_float_comes_back_as_the_same_float(exact):
    numbers = [math.pi * 10.0**power for power in range(-300, 300, 7)]
    (found,), _ = exact(f"select [{', '.join(map(repr, numbers))}]")
    assert found == numbers
