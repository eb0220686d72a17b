"""Whose each event is today, in a column of its own, so that queries need not join the merges.

PostHog rewrites the person of old events from time to time; here the first one stays readable.
"""

from tools.local.meta import Meta

FACT = "person_column"
COUNT = "SELECT count() FROM person_distinct_id_overrides"
OWN = "person_id"
"""Whose each event was when it came: whose it is today where nobody was ever merged."""

TODAY = "person_now"
_MERGES = (
    "(SELECT distinct_id, toString(person_id) AS person "
    "FROM person_distinct_id_overrides FINAL WHERE is_deleted = 0)"
)
ADD = f"ALTER TABLE events ADD COLUMN IF NOT EXISTS {TODAY} UUID DEFAULT {OWN}"
FILL = (
    f"ALTER TABLE events UPDATE {TODAY} = toUUID(transform(distinct_id, "
    f"(SELECT groupArray(distinct_id) FROM {_MERGES}), "
    f"(SELECT groupArray(person) FROM {_MERGES}), toString({OWN}))) "
    f"WHERE distinct_id IN (SELECT distinct_id FROM {_MERGES}) SETTINGS mutations_sync = 1"
)
"""New rows hold their own person by themselves: whoever takes events in knows of all merges."""


def is_filled(meta: Meta) -> bool:
    """Whether the column holds every merge there is."""
    return bool(meta.fact(FACT))
