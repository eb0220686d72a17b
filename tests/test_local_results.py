import json
import math

import pytest

from tools.local.results import converter, read_result

TIMES = [
    ("DateTime('UTC')", "2026-11-02T00:00:00Z", "2026-11-02T00:00:00Z"),
    ("DateTime64(6, 'UTC')", "2026-11-02T00:00:00.000000Z", "2026-11-02T00:00:00Z"),
    ("DateTime64(6, 'UTC')", "2026-11-02T00:00:00.120000Z", "2026-11-02T00:00:00.120000Z"),
    ("DateTime64(3, 'UTC')", "2026-11-02T00:00:00.005Z", "2026-11-02T00:00:00.005000Z"),
    ("DateTime64(9, 'UTC')", "2026-11-02T00:00:00.123456789Z", "2026-11-02T00:00:00.123456Z"),
    ("DateTime('Europe/Berlin')", "2026-11-02T00:00:00Z", "2026-11-02T01:00:00+01:00"),
    ("DateTime('Europe/Berlin')", "2026-10-25T00:30:00Z", "2026-10-25T02:30:00+02:00"),
    ("DateTime('Europe/Berlin')", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00+01:00"),
    (
        "Nullable(DateTime64(6, 'Asia/Kolkata'))",
        "2026-11-02T00:00:00.500000Z",
        "2026-11-02T05:30:00.500000+05:30",
    ),
    ("DateTime", "2026-11-02T00:00:00Z", "2026-11-02T00:00:00"),
    ("Array(DateTime('UTC'))", ["2026-11-02T00:00:00Z"], ["2026-11-02T00:00:00Z"]),
    (
        "Tuple(String, Array(Tuple(Nullable(DateTime('America/New_York')), Int8)))",
        ["2026-11-02T00:00:00Z", [["2026-07-02T00:00:00Z", 1], [None, 2]]],
        ["2026-11-02T00:00:00Z", [["2026-07-01T20:00:00-04:00", 1], [None, 2]]],
    ),
    (
        "Tuple(at DateTime('Europe/Berlin'), `a, b` String)",
        ["2026-11-02T00:00:00Z", "2026-11-02T00:00:00Z"],
        ["2026-11-02T01:00:00+01:00", "2026-11-02T00:00:00Z"],
    ),
    (
        "Map(String, DateTime('Europe/Berlin'))",
        {"x": "2026-11-02T00:00:00Z"},
        {"x": "2026-11-02T01:00:00+01:00"},
    ),
]


@pytest.mark.parametrize(("kind", "value", "expected"), TIMES)
def test_a_time_is_written_in_the_zone_of_its_column(kind, value, expected):
    convert = converter(kind)
    assert convert is not None
    assert convert(value) == expected


@pytest.mark.parametrize("kind", ["UInt64", "Date", "Nullable(String)", "Array(Tuple(a Int8))"])
def test_values_that_are_no_times_stay_as_they_are(kind):
    assert converter(kind) is None


def test_rows_and_types_come_out_of_clickhouses_answer():
    answer = {
        "meta": [
            {"name": "n", "type": "UInt64"},
            {"name": "at", "type": "Nullable(DateTime('UTC'))"},
        ],
        "data": [[2**64 - 1, None], [0, "2026-11-02T00:00:00Z"]],
    }
    rows, types = read_result(json.dumps(answer).encode())
    assert rows == [[2**64 - 1, None], [0, "2026-11-02T00:00:00Z"]]
    assert types == [["n", "UInt64"], ["at", "Nullable(DateTime('UTC'))"]]
    assert math.isfinite(rows[0][0])
