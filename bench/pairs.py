"""Questions as HogQL, and as the SQL that someone who knows the tables would write by hand.

In the SQL, {key} is an event property as text: its column where it has one, else from the JSON.
{key:number} is the same as a number.
"""

from dataclasses import dataclass

_PEOPLE = """LEFT JOIN (
  SELECT distinct_id, argMax(person_id, version) AS person_id
  FROM person_distinct_id_overrides GROUP BY distinct_id
) AS o ON o.distinct_id = e.distinct_id"""


@dataclass(frozen=True)
class Pair:
    """The same question twice."""

    name: str
    hogql: str
    sql: str


DEMO = (
    Pair(
        "events of each kind",
        "SELECT event, count() AS n FROM events GROUP BY event ORDER BY n DESC, event",
        "SELECT event, count() AS n FROM events GROUP BY event ORDER BY n DESC, event",
    ),
    Pair(
        "page views a week",
        "SELECT toStartOfWeek(timestamp) AS week, count() FROM events WHERE event = '$pageview' "
        "GROUP BY week ORDER BY week",
        "SELECT toStartOfWeek(timestamp, 3) AS week, count() FROM events "
        "WHERE event = '$pageview' GROUP BY week ORDER BY week",
    ),
    Pair(
        "people who signed up in a month",
        "SELECT count(DISTINCT person_id) FROM events WHERE event = 'signed_up' "
        "AND timestamp >= '2026-10-01' AND timestamp < '2026-11-01'",
        "SELECT count(DISTINCT if(o.distinct_id = '', e.person_id, o.person_id)) "
        f"FROM events AS e {_PEOPLE} WHERE event = 'signed_up' "
        "AND timestamp >= '2026-10-01' AND timestamp < '2026-11-01'",
    ),
    Pair(
        "active people a day",
        "SELECT toStartOfDay(timestamp) AS day, count(DISTINCT person_id) FROM events "
        "WHERE timestamp >= '2026-09-01' GROUP BY day ORDER BY day",
        "SELECT toStartOfDay(timestamp) AS day, "
        "count(DISTINCT if(o.distinct_id = '', e.person_id, o.person_id)) "
        f"FROM events AS e {_PEOPLE} WHERE timestamp >= '2026-09-01' GROUP BY day ORDER BY day",
    ),
    Pair(
        "page views by browser",
        "SELECT properties.$browser AS b, count() AS n FROM events WHERE event = '$pageview' "
        "GROUP BY b ORDER BY n DESC, b",
        "SELECT {$browser} AS b, count() AS n FROM events WHERE event = '$pageview' "
        "GROUP BY b ORDER BY n DESC, b",
    ),
    Pair(
        "a property contains a text",
        "SELECT count() FROM events WHERE properties.$current_url ILIKE '%book%' "
        "AND properties.$os = 'iOS'",
        "SELECT count() FROM events WHERE {$current_url} ILIKE '%book%' AND {$os} = 'iOS'",
    ),
    Pair(
        "mean and maximum of a rare property",
        "SELECT avg(properties.amount_usd), max(properties.amount_usd) FROM events "
        "WHERE event = 'payment_succeeded'",
        "SELECT avg({amount_usd:number}), max({amount_usd:number}) FROM events "
        "WHERE event = 'payment_succeeded'",
    ),
    Pair(
        "length of visits",
        "SELECT avg($session_duration), count() FROM sessions",
        "SELECT avg(dateDiff('second', first, last)), count() FROM ("
        "SELECT min(timestamp) AS first, max(timestamp) AS last FROM events "
        "WHERE `$session_id` != '' GROUP BY `$session_id`)",
    ),
    Pair(
        "people by a property of theirs",
        "SELECT properties.plan AS plan, count() FROM persons GROUP BY plan ORDER BY plan",
        "SELECT nullIf(JSONExtractString(properties, 'plan'), '') AS plan, count() "
        "FROM persons FINAL GROUP BY plan ORDER BY plan",
    ),
    Pair(
        "the latest events",
        "SELECT event, distinct_id, timestamp FROM events WHERE timestamp >= '2026-11-14' "
        "ORDER BY timestamp DESC, uuid LIMIT 100",
        "SELECT event, distinct_id, timestamp FROM events WHERE timestamp >= '2026-11-14' "
        "ORDER BY timestamp DESC, uuid LIMIT 100",
    ),
)

RETAIL = (
    Pair(
        "revenue a month",
        "SELECT toStartOfMonth(timestamp) AS month, sum(properties.revenue) FROM events "
        "WHERE event = 'order_completed' GROUP BY month ORDER BY month",
        "SELECT toStartOfMonth(timestamp) AS month, sum({revenue:number}) FROM events "
        "WHERE event = 'order_completed' GROUP BY month ORDER BY month",
    ),
    Pair(
        "products by quantity sold",
        "SELECT properties.product AS p, sum(properties.quantity) AS n FROM events "
        "WHERE event = 'product_purchased' GROUP BY p ORDER BY n DESC, p LIMIT 10",
        "SELECT {product} AS p, sum({quantity:number}) AS n FROM events "
        "WHERE event = 'product_purchased' GROUP BY p ORDER BY n DESC, p LIMIT 10",
    ),
    Pair(
        "customers by country",
        "SELECT properties.country AS c, count(DISTINCT person_id) AS n FROM events "
        "WHERE event = 'order_completed' GROUP BY c ORDER BY n DESC, c LIMIT 10",
        "SELECT {country} AS c, count(DISTINCT if(o.distinct_id = '', e.person_id, o.person_id)) "
        f"AS n FROM events AS e {_PEOPLE} WHERE event = 'order_completed' "
        "GROUP BY c ORDER BY n DESC, c LIMIT 10",
    ),
)
