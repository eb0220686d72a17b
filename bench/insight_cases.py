"""Typed queries, and the SQL that someone who knows the tables would write for the same rows.

In the SQL {key} is an event property as text: its column where it has one, else from the JSON.
DuckDB has the same columns; its view `people` is the events, each with its person of today.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bench import insight_rows as rows

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
    rows: Callable[[Mapping[str, Any]], rows.Rows]
    """The rows of the two others, at least their first columns, out of the typed query's answer."""


def _event(name: str, **more: Any) -> dict[str, Any]:
    return {"kind": "EventsNode", "event": name, **more}


def _trend(*series: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"kind": "TrendsQuery", "dateRange": _DATES, "series": list(series), **more}


_FUNNEL = ("class_viewed", "booking_started", "booking_completed")
_WITHIN = 7 * 86_400 * 1_000_000
_AT = "toUnixTimestamp64Micro(timestamp)"
_ATTEMPTS = f"""SELECT arrayJoin([(1, level >= 1, 0), (2, level >= 2, second - first),
    (3, level >= 3, third - second)]) AS reached FROM (
  SELECT multiIf(arrayExists(x -> x > 0, tc), 3, arrayExists(x -> x > 0, tb), 2, 1) AS level,
    multiIf(level = 3, arrayFirstIndex(x -> x > 0, tc),
      level = 2, arrayFirstIndex(x -> x > 0, tb), 1) AS best,
    a[best] AS first, tb[best] AS second, tc[best] AS third
  FROM (
    SELECT a, arrayMap(t -> arrayFirst(x -> x >= t AND x <= t + {_WITHIN}, b), a) AS tb,
      arrayMap((t, u) -> if(u = 0, 0, arrayFirst(x -> x >= u AND x <= t + {_WITHIN}, c)), a, tb)
        AS tc
    FROM (
      SELECT {
    ", ".join(
        f"arraySort(groupArrayIf({_AT}, event = '{event}')) AS {name}"
        for name, event in zip("abc", _FUNNEL, strict=True)
    )
}
      FROM {_PEOPLE} WHERE event IN {_FUNNEL} AND {_MONTH} GROUP BY {_PERSON}
    ) WHERE notEmpty(a)
  )
)"""
_WEEK = "dateDiff('week', toDate('2026-08-24'), toDate(timestamp))"

CASES = (
    Case(
        "events a day",
        _trend(_event("$pageview")),
        "SELECT toDate(timestamp) AS day, count() FROM events "
        f"WHERE event = '$pageview' AND {_MONTH} GROUP BY day",
        "SELECT CAST(timestamp AS DATE) AS day, count(*) FROM events "
        f"WHERE event = '$pageview' AND {_MONTH} GROUP BY day",
        rows.days,
    ),
    Case(
        "unique people a day",
        _trend(_event("$pageview", math="dau"), dateRange=_QUARTERLY),
        f"SELECT toDate(timestamp) AS day, count(DISTINCT {_PERSON}) FROM {_PEOPLE} "
        f"WHERE event = '$pageview' AND {_QUARTER} GROUP BY day",
        "SELECT CAST(timestamp AS DATE) AS day, count(DISTINCT person_id) FROM people "
        f"WHERE event = '$pageview' AND {_QUARTER} GROUP BY day",
        rows.days,
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
        rows.days,
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
        rows.split,
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
        rows.totals,
    ),
    Case(
        "funnel of three steps",
        {
            "kind": "FunnelsQuery",
            "dateRange": _DATES,
            "series": [_event(name) for name in _FUNNEL],
            "funnelsFilter": {"funnelWindowInterval": 7, "funnelWindowIntervalUnit": "day"},
        },
        "SELECT reached.1, countIf(reached.2), avgIf(reached.3, reached.2), "
        f"medianIf(reached.3, reached.2) FROM ({_ATTEMPTS}) GROUP BY reached.1",
        f"""WITH e AS (
          SELECT person_id, event, timestamp FROM people WHERE event IN {_FUNNEL} AND {_MONTH}
        ), one AS (SELECT person_id, timestamp FROM e WHERE event = '{_FUNNEL[0]}'),
        two AS (
          SELECT one.person_id, one.timestamp, min(e.timestamp) AS second FROM one
          LEFT JOIN e ON e.person_id = one.person_id AND e.event = '{_FUNNEL[1]}'
            AND e.timestamp >= one.timestamp AND e.timestamp <= one.timestamp + INTERVAL 7 DAY
          GROUP BY ALL
        ), three AS (
          SELECT two.person_id, two.timestamp, two.second, min(e.timestamp) AS third FROM two
          LEFT JOIN e ON e.person_id = two.person_id AND e.event = '{_FUNNEL[2]}'
            AND e.timestamp >= two.second AND e.timestamp <= two.timestamp + INTERVAL 7 DAY
          GROUP BY two.person_id, two.timestamp, two.second
        ), best AS (
          SELECT arg_max(three, (second IS NOT NULL)::INT + (third IS NOT NULL)::INT) AS t
          FROM three GROUP BY person_id
        ), reached AS (
          SELECT unnest([1, 2, 3]) AS step,
            unnest([true, t.second IS NOT NULL, t.third IS NOT NULL]) AS there,
            unnest([INTERVAL 0 DAY, t.second - t.timestamp, t.third - t.second]) AS took FROM best
        ) SELECT step, count(*) FILTER (there), avg(epoch(took)) FILTER (there),
            median(epoch(took)) FILTER (there) FROM reached GROUP BY step""",
        rows.steps,
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
        rows.cohorts,
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
        rows.days,
    ),
    Case(
        "new, returning and lost people",
        {"kind": "LifecycleQuery", "dateRange": _DATES, "series": [_event("$pageview")]},
        f"""SELECT pair.1 AS status, pair.2 AS day, count() FROM (
          SELECT arrayJoin(arrayConcat(
            arrayMap(d -> (multiIf(d = created, 'new', has(days, d - 1), 'returning',
              'resurrecting'), d), days),
            arrayMap(d -> ('dormant', d + 1), arrayFilter(d -> NOT has(days, d + 1), days))
          )) AS pair FROM (
            SELECT groupUniqArray(toDate(timestamp)) AS days, toDate(min(person_created_at))
              AS created FROM {_PEOPLE} WHERE event = '$pageview'
              AND timestamp >= '2026-10-16' AND timestamp < '2026-11-16' GROUP BY {_PERSON}
          )
        ) WHERE day >= '2026-10-17' AND day <= '2026-11-15' GROUP BY status, day""",
        """WITH days AS (
          SELECT person_id, CAST(timestamp AS DATE) AS day,
            min(CAST(person_created_at AS DATE)) AS first
          FROM people WHERE event = '$pageview' AND timestamp >= '2026-10-16'
            AND timestamp < '2026-11-16' GROUP BY person_id, day
        ), d AS (
          SELECT person_id, day, min(first) OVER (PARTITION BY person_id) AS created FROM days
        ), pairs AS (
          SELECT CASE WHEN day = created THEN 'new'
            WHEN lag(day) OVER w = day - 1 THEN 'returning' ELSE 'resurrecting' END AS status, day
          FROM d WINDOW w AS (PARTITION BY person_id ORDER BY day)
          UNION ALL SELECT status, day FROM (
            SELECT 'dormant' AS status, day + 1 AS day,
              lead(day) OVER (PARTITION BY person_id ORDER BY day) AS following FROM d
          ) WHERE following IS NULL OR following <> day
        ) SELECT status, day, count(*) FROM pairs
        WHERE day >= '2026-10-17' AND day <= '2026-11-15' GROUP BY status, day""",
        rows.states,
    ),
    Case(
        "visits of a web site",
        {
            "kind": "WebOverviewQuery",
            "properties": [],
            "dateRange": {"date_from": "2026-11-07", "date_to": "2026-11-13"},
        },
        f"""SELECT count(DISTINCT person), sum(pages), count(), avg(seconds), avg(bounced) FROM (
          SELECT any({_PERSON}) AS person, min(timestamp) AS started,
            countIf(event IN ('$pageview', '$screen') AND timestamp <= '2026-11-13 23:59:59')
              AS pages,
            dateDiff('second', started, max(timestamp)) AS seconds,
            pages <= 1 AND countIf(event = '$autocapture') = 0 AND seconds < 10 AS bounced
          FROM {_PEOPLE} WHERE timestamp >= '2026-11-06' AND timestamp < '2026-11-15'
            AND `$session_id` != '' GROUP BY `$session_id`
        ) WHERE started >= '2026-11-07' AND started < '2026-11-14' AND pages > 0""",
        """SELECT count(DISTINCT person), sum(pages), count(*), avg(seconds),
          avg((pages <= 1 AND clicks = 0 AND seconds < 10)::INT) FROM (
          SELECT any_value(person_id) AS person, min(timestamp) AS started,
            count(*) FILTER (event IN ('$pageview', '$screen')
              AND timestamp <= '2026-11-13 23:59:59') AS pages,
            count(*) FILTER (event = '$autocapture') AS clicks,
            date_diff('second', min(timestamp), max(timestamp)) AS seconds
          FROM people WHERE timestamp >= '2026-11-06' AND timestamp < '2026-11-15'
            AND session_id <> '' GROUP BY session_id
        ) WHERE started >= '2026-11-07' AND started < '2026-11-14' AND pages > 0""",
        rows.overview,
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
        rows.columns(0, 1),
    ),
)
