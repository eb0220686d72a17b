"""Checks of the data that need queries: fill rates, doubled ids, days without data."""

from collections.abc import Sequence

from agent.answer import AnswerTable
from agent.planner.objects import lookups, telling
from agent.planner.world import World
from tools.literals import literal, path
from tools.wording import joined

LAST = "timestamp >= now() - INTERVAL 90 DAY AND timestamp < now()"
UNIQUE = 10
"""In percent: an id that comes again more often is no id of the event itself."""

FULL, EMPTY = 80, 0.5
"""In percent: a property filled less than the first, and not almost never, is told."""

Found = tuple[str, AnswerTable | None]


def half_filled(world: World) -> Found:
    """Properties that an event has only sometimes, PostHog's own left out."""
    table = lookups.table(
        world,
        "SELECT filled.event AS event, property, round(100 * with_it / total, 1) AS filled, total"
        " AS events FROM (SELECT event, key AS property, count() AS with_it FROM (SELECT event,"
        f" arrayJoin(JSONExtractKeys(properties)) AS key FROM events WHERE {LAST} AND NOT"
        " startsWith(event, '$')) WHERE NOT startsWith(key, '$') AND NOT startsWith(key, 'utm_')"
        " GROUP BY event, property) AS filled INNER JOIN (SELECT event, count() AS total FROM"
        f" events WHERE {LAST} GROUP BY event) AS totals ON filled.event = totals.event WHERE"
        f" filled < {FULL} AND filled >= {EMPTY} AND total >= 100 ORDER BY filled, event, property",
        100,
    )
    if not table.rows:
        return f"every property is there on at least {FULL}% of its events.", None
    told = [f"{prop} on {event} ({filled:g}%)" for event, prop, filled, _ in table.rows[:5]]
    more = (
        ""
        if table.whole and len(table.rows) <= 5
        else f", and {len(table.rows) - 5} more"
        if len(table.rows) > 5
        else ""
    )
    return f"{joined(told)}{more}.", telling.table(
        ("event", "property", "filled %", "events"), table.rows, whole=table.whole
    )


def doubled(world: World, events: Sequence[str] = ()) -> Found:
    """Ids of events that are nearly always unique and yet come twice."""
    only = (
        f"event IN ({', '.join(map(literal, events))})" if events else "NOT startsWith(event, '$')"
    )
    table = lookups.table(
        world,
        "SELECT event, key AS id, count() - uniqExact(value) AS extra, count() AS events, "
        "round(100 * (count() - uniqExact(value)) / count(), 2) AS share FROM (SELECT event, "
        "tupleElement(pair, 1) AS key, tupleElement(pair, 2) AS value FROM (SELECT event, "
        f"arrayJoin(JSONExtractKeysAndValuesRaw(properties)) AS pair FROM events WHERE {only})) "
        "WHERE match(key, '(?i)(id|uuid|number|key)$') AND NOT startsWith(key, '$') "
        f"GROUP BY event, key HAVING extra * 100 < events * {UNIQUE} ORDER BY extra DESC,"
        " event, id",
        100,
    )
    rows = [row for row in table.rows if row[2]]
    checked = joined([f"{name} on {event}" for event, name, *_ in table.rows[:6]])
    if not table.rows:
        return "no event here has an id of its own that could come twice.", None
    if not rows:
        return f"no id comes twice (looked at {checked}).", None
    told = [f"{name} on {event}: {_times(world, event, name)}" for event, name, *_ in rows[:3]]
    columns = ("event", "id", "events too many", "events", "in %")
    return f"{'; '.join(told)}.", telling.table(columns, rows, whole=table.whole)


def copies(world: World, events: Sequence[str]) -> Found:
    """Events that are the same in name, person and time."""
    table = lookups.table(
        world,
        "SELECT event, sum(times - 1) AS extra FROM (SELECT event, distinct_id, timestamp, count()"
        f" AS times FROM events WHERE event IN ({', '.join(map(literal, events))}) GROUP BY event,"
        " distinct_id, timestamp HAVING times > 1) GROUP BY event ORDER BY extra DESC, event",
        100,
    )
    if not table.rows:
        return (
            (
                f"no {joined(list(events), 'or')} is there twice with the same person and time;"
                " they carry no id."
            ),
            None,
        )
    told = [f"{extra:,} {event} too many" for event, extra in table.rows]
    return f"{joined(told)}, with the same person and time.", telling.table(
        ("event", "too many"), table.rows
    )


def _times(world: World, event: str, name: str) -> str:
    """On which days an id of an event came again."""
    table = lookups.table(
        world,
        "SELECT toDate(last) AS day, count() AS ids, sum(times - 1) AS extra FROM (SELECT"
        f" {path('properties', name)} AS one, count() AS times, max(timestamp) AS last FROM events"
        f" WHERE event = {literal(event)} AND isNotNull({path('properties', name)}) GROUP BY one"
        " HAVING times > 1) GROUP BY day ORDER BY day",
    )
    ids, extra = (sum(row[place] for row in table.rows) for place in (1, 2))
    days = [str(row[0]) for row in table.rows]
    when = (
        f"on {joined(days)}"
        if len(days) <= 3
        else f"on {len(days)} days from {days[0]} to {days[-1]}"
    )
    return (
        f"{ids:,} {'value comes' if ids == 1 else 'values come'} more than once, {extra:,} too"
        f" many, {when}"
    )


def gaps(world: World, events: Sequence[str] = ()) -> Found:
    """Days of the last 90 without an event that comes on almost every day."""
    only = f" AND event IN ({', '.join(map(literal, events))})" if events else ""
    table = lookups.table(
        world,
        "SELECT event, arrayStringConcat(arrayMap(d -> toString(d), arrayFilter(d -> NOT has(days,"
        " d), arrayMap(n -> toDate(now()) - n, range(1, 90)))), ', ') AS missing, length(days) AS"
        " with_events FROM (SELECT event, groupUniqArray(toDate(timestamp)) AS days, count() AS"
        f" total FROM events WHERE {LAST}{only} GROUP BY event HAVING total >= 500 AND"
        " min(timestamp) < now() - INTERVAL 85 DAY) WHERE length(days) >= 80 AND missing != ''"
        " ORDER BY event",
        100,
    )
    if not table.rows:
        about = f" ({joined(list(events))})" if events else ""
        return f"no day without data was found{about}.", None
    told = [f"{event} on {missing}" for event, missing, _ in table.rows[:5]]
    return f"no {joined(told, 'and no')}.", telling.table(
        ("event", "days without it", "days with it"), table.rows
    )
