"""Typed queries, and the SQL that someone who knows the tables would write for the same rows.

In the SQL {key} is an event property as text: its column where it has one, else from the JSON.
DuckDB has the same columns; its view `people` is the events, each with its person of today.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Rows = list[list[Any]]
_PERSON = "if(o.distinct_id = '', e.person_id, o.person_id)"
_PEOPLE = """events AS e LEFT JOIN (
  SELECT distinct_id, argMax(person_id, version) AS person_id
  FROM person_distinct_id_overrides GROUP BY distinct_id
) AS o ON o.distinct_id = e.distinct_id"""
_MONTH = "timestamp >= '2026-10-17' AND timestamp < '2026-11-16'"
_QUARTER = "timestamp >= '2026-08-24' AND timestamp < '2026-11-16'"
_DATES = {"date_from": "2026-10-17", "date_to": "2026-11-15"}
_QUARTERLY = {"date_from": "2026-08-24", "date_to": "2026-11-15"}


@dataclass(frozen=True)
class Case:
    """The same question three times."""

    name: str
    query: Mapping[str, Any]
    clickhouse: str
    duckdb: str
    rows: Callable[[Mapping[str, Any]], Rows]
    """The rows of the two others, out of the answer of the typed query."""


def _event(name: str, **more: Any) -> dict[str, Any]:
    return {"kind": "EventsNode", "event": name, **more}


def _trend(*series: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"kind": "TrendsQuery", "dateRange": _DATES, "series": list(series), **more}


def _days(body: Mapping[str, Any]) -> Rows:
    return [
        [day, count]
        for series in body["results"]
        for day, count in zip(series["days"], series["data"], strict=True)
        if count
    ]


def _split(body: Mapping[str, Any]) -> Rows:
    return [
        [series["breakdown_value"], day, count]
        for series in body["results"]
        for day, count in zip(series["days"], series["data"], strict=True)
        if count
    ]


def _totals(body: Mapping[str, Any]) -> Rows:
    return [[series["breakdown_value"], series["aggregated_value"]] for series in body["results"]]


def _steps(body: Mapping[str, Any]) -> Rows:
    return [[step["order"] + 1, step["count"]] for step in body["results"]]


def _cohorts(body: Mapping[str, Any]) -> Rows:
    return [
        [start, after, cell["count"]]
        for start, row in enumerate(body["results"])
        for after, cell in enumerate(row["values"])
        if cell["count"]
    ]


def _states(body: Mapping[str, Any]) -> Rows:
    return [
        [series["status"], day, abs(count)]
        for series in body["results"]
        for day, count in zip(series["days"], series["data"], strict=True)
        if count
    ]


def _columns(*names: int) -> Callable[[Mapping[str, Any]], Rows]:
    def rows(body: Mapping[str, Any]) -> Rows:
        return [[row[name] for name in names] for row in body["results"]]

    return rows


def _overview(body: Mapping[str, Any]) -> Rows:
    wanted: Sequence[str] = ("visitors", "views", "sessions")
    values = {item["key"]: item["value"] for item in body["results"]}
    return [[values[name] for name in wanted]]


_FUNNEL = ("class_viewed", "booking_started", "booking_completed")
_LEVEL = f"""SELECT windowFunnel(604800)(toDateTime(timestamp, 'UTC'),
  {", ".join(f"event = '{name}'" for name in _FUNNEL)}) AS level
FROM {_PEOPLE} WHERE event IN {_FUNNEL} AND {_MONTH} GROUP BY {_PERSON}"""
_WEEK = "dateDiff('week', toDate('2026-08-24'), toDate(timestamp))"

CASES = (
    Case(
        "events a day",
        _trend(_event("$pageview")),
        "SELECT toDate(timestamp) AS day, count() FROM events "
        f"WHERE event = '$pageview' AND {_MONTH} GROUP BY day",
        "SELECT CAST(timestamp AS DATE) AS day, count(*) FROM events "
        f"WHERE event = '$pageview' AND {_MONTH} GROUP BY day",
        _days,
    ),
    Case(
        "unique people a day",
        _trend(_event("$pageview", math="dau"), dateRange=_QUARTERLY),
        f"SELECT toDate(timestamp) AS day, count(DISTINCT {_PERSON}) FROM {_PEOPLE} "
        f"WHERE event = '$pageview' AND {_QUARTER} GROUP BY day",
        "SELECT CAST(timestamp AS DATE) AS day, count(DISTINCT person_id) FROM people "
        f"WHERE event = '$pageview' AND {_QUARTER} GROUP BY day",
        _days,
    ),
    Case(
        "weekly active people a day",
        _trend(_event("$pageview", math="weekly_active")),
        f"""SELECT day, count(DISTINCT person) FROM (
          SELECT {_PERSON} AS person, toDate(timestamp) AS active FROM {_PEOPLE}
          WHERE event = '$pageview' AND timestamp >= '2026-10-11' AND timestamp < '2026-11-16'
          GROUP BY person, active
        ) ARRAY JOIN arrayMap(x -> active + x, range(7)) AS day
        WHERE day >= '2026-10-17' AND day <= '2026-11-15' GROUP BY day""",
        """SELECT day, count(DISTINCT person_id) FROM (
          SELECT person_id, CAST(timestamp AS DATE) + x AS day FROM (
            SELECT DISTINCT person_id, CAST(timestamp AS DATE) AS timestamp FROM people
            WHERE event = '$pageview' AND timestamp >= '2026-10-11' AND timestamp < '2026-11-16'
          ), (SELECT CAST(unnest(range(7)) AS INTEGER) AS x)
        ) WHERE day >= '2026-10-17' AND day <= '2026-11-15' GROUP BY day""",
        _days,
    ),
    Case(
        "events a day by a property",
        _trend(
            _event("$pageview"),
            breakdownFilter={"breakdown": "$browser", "breakdown_type": "event"},
        ),
        "SELECT {$browser} AS value, toDate(timestamp) AS day, count() FROM events "
        f"WHERE event = '$pageview' AND {_MONTH} GROUP BY value, day",
        "SELECT {$browser} AS value, CAST(timestamp AS DATE) AS day, count(*) FROM events "
        f"WHERE event = '$pageview' AND {_MONTH} GROUP BY value, day",
        _split,
    ),
    Case(
        "sum of a property by another",
        _trend(
            _event("payment_succeeded", math="sum", math_property="amount_usd"),
            breakdownFilter={"breakdown": "plan", "breakdown_type": "event"},
            trendsFilter={"display": "ActionsTable"},
        ),
        "SELECT {plan} AS value, sum(toFloat64OrNull({amount_usd})) FROM events "
        f"WHERE event = 'payment_succeeded' AND {_MONTH} GROUP BY value",
        "SELECT {plan} AS value, sum(CAST({amount_usd} AS DOUBLE)) FROM events "
        f"WHERE event = 'payment_succeeded' AND {_MONTH} GROUP BY value",
        _totals,
    ),
    Case(
        "funnel of three steps",
        {
            "kind": "FunnelsQuery",
            "dateRange": _DATES,
            "series": [_event(name) for name in _FUNNEL],
            "funnelsFilter": {"funnelWindowInterval": 7, "funnelWindowIntervalUnit": "day"},
        },
        f"SELECT step, countIf(level >= step) FROM ({_LEVEL}) "
        "ARRAY JOIN [1, 2, 3] AS step GROUP BY step",
        f"""WITH e AS (
          SELECT person_id, event, timestamp FROM people WHERE event IN {_FUNNEL} AND {_MONTH}
        ), one AS (SELECT person_id, timestamp FROM e WHERE event = '{_FUNNEL[0]}'),
        two AS (
          SELECT one.person_id, one.timestamp, min(e.timestamp) AS second FROM one
          LEFT JOIN e ON e.person_id = one.person_id AND e.event = '{_FUNNEL[1]}'
            AND e.timestamp >= one.timestamp AND e.timestamp <= one.timestamp + INTERVAL 7 DAY
          GROUP BY ALL
        ), three AS (
          SELECT two.person_id, two.second, min(e.timestamp) AS third FROM two
          LEFT JOIN e ON e.person_id = two.person_id AND e.event = '{_FUNNEL[2]}'
            AND e.timestamp >= two.second AND e.timestamp <= two.timestamp + INTERVAL 7 DAY
          GROUP BY two.person_id, two.timestamp, two.second
        ), level AS (
          SELECT 1 + max((second IS NOT NULL)::INT) + max((third IS NOT NULL)::INT) AS level
          FROM three GROUP BY person_id
        ) SELECT step, count(*) FILTER (level >= step)
        FROM level, (SELECT unnest([1, 2, 3]) AS step) GROUP BY step""",
        _steps,
    ),
    Case(
        "weekly retention",
        {
            "kind": "RetentionQuery",
            "dateRange": _QUARTERLY,
            "retentionFilter": {
                "period": "Week",
                "totalIntervals": 12,
                "retentionType": "retention_recurring",
                "targetEntity": {"id": "$pageview", "type": "events"},
                "returningEntity": {"id": "booking_completed", "type": "events"},
            },
        },
        f"""SELECT start, arrayJoin(arrayConcat([start], arrayFilter(x -> x > start, came)))
          - start AS after, count() FROM (
          SELECT groupUniqArrayIf({_WEEK}, event = '$pageview') AS starts,
            groupUniqArrayIf({_WEEK}, event = 'booking_completed') AS came
          FROM {_PEOPLE} WHERE event IN ('$pageview', 'booking_completed') AND {_QUARTER}
          GROUP BY {_PERSON}
        ) ARRAY JOIN starts AS start GROUP BY start, after""",
        f"""WITH e AS (
          SELECT DISTINCT person_id, event,
            date_diff('week', DATE '2026-08-24', CAST(timestamp AS DATE)) AS week
          FROM people WHERE event IN ('$pageview', 'booking_completed') AND {_QUARTER}
        ), a AS (SELECT * FROM e WHERE event = '$pageview')
        SELECT week, 0 AS after, count(*) FROM a GROUP BY week UNION ALL
        SELECT a.week, b.week - a.week AS after, count(*) FROM a
        JOIN e AS b ON b.person_id = a.person_id AND b.event = 'booking_completed'
          AND b.week > a.week GROUP BY a.week, after""",
        _cohorts,
    ),
    Case(
        "people by days of use",
        {"kind": "StickinessQuery", "dateRange": _DATES, "series": [_event("$pageview")]},
        f"""SELECT days, count() FROM (
          SELECT uniqExact(toDate(timestamp)) AS days FROM {_PEOPLE}
          WHERE event = '$pageview' AND {_MONTH} GROUP BY {_PERSON}
        ) GROUP BY days""",
        f"""SELECT days, count(*) FROM (
          SELECT count(DISTINCT CAST(timestamp AS DATE)) AS days FROM people
          WHERE event = '$pageview' AND {_MONTH} GROUP BY person_id
        ) GROUP BY days""",
        _days,
    ),
    Case(
        "the latest events",
        {
            "kind": "EventsQuery",
            "select": ["uuid", "event"],
            "after": "2026-11-14",
            "before": "2026-11-15",
            "orderBy": ["timestamp DESC", "uuid"],
            "limit": 100,
        },
        "SELECT uuid, event FROM events WHERE timestamp > '2026-11-14' "
        "AND timestamp < '2026-11-15' ORDER BY timestamp DESC, uuid LIMIT 100",
        "SELECT uuid, event FROM events WHERE timestamp > '2026-11-14' "
        "AND timestamp < '2026-11-15' ORDER BY timestamp DESC, uuid LIMIT 100",
        _columns(0, 1),
    ),
)
