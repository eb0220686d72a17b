"""Where texts stand among the values of properties: of events, persons, groups and sessions."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from tools.client import PostHog
from tools.literals import literal, moment
from tools.query import QueryTable, select

COLUMNS = ("text", "holder", "property", "value", "count")
FEW, MANY = 50_000, 300_000
"""The latest events that are looked through for all texts, then for those not found yet."""

ROWS = 400
CHANNELS = (
    "Affiliate", "Audio", "Cross Network", "Direct", "Email", "Organic Search", "Organic Shopping",
    "Organic Social", "Organic Video", "Paid Search", "Paid Shopping", "Paid Social",
    "Paid Unknown", "Paid Video", "Push", "Referral", "SMS", "Unknown",
)  # fmt: skip
"""The values of a session's `$channel_type`, which stand in no event."""

Row = tuple[object, ...]
Period = tuple[str | None, str | None, int | None]


def found(
    posthog: PostHog, texts: Sequence[str], period: Period, groups: Sequence[str]
) -> QueryTable:
    """Every property that has one of the texts as a value, with how often it has it."""
    texts = tuple(dict.fromkeys(text for text in texts if text))
    rows = _channels(texts)
    if texts:
        rows += _in_table(posthog, texts, "persons", "'person'")
    if texts and groups:
        rows += [
            (row[0], groups[int(str(row[1]))], *row[2:])
            for row in _in_table(posthog, texts, "groups", "toString(index)")
        ]
    for size in (FEW, MANY):
        rest = [text for text in texts if size == FEW or text not in {row[0] for row in rows}]
        rows += _in_events(posthog, rest, _since(period, size)) if rest else []
    return QueryTable(COLUMNS, tuple(rows), (), True, "")


def _channels(texts: Sequence[str]) -> list[Row]:
    return [
        (text, "session", "$channel_type", channel, 1)
        for text in texts
        for channel in CHANNELS
        if channel.lower() == text.lower()
    ]


def _since(period: Period, size: int) -> datetime | None:
    """Since when about so many of the latest events happened, None when there are no more."""
    first, last, events = period
    if not first or not last or not events or events <= size:
        return None
    begin, end = datetime.fromisoformat(first), datetime.fromisoformat(last)
    span = (end - begin) * (size / events)
    return (end - max(span, timedelta(days=1))).replace(tzinfo=None, microsecond=0)


def _in_events(posthog: PostHog, texts: Sequence[str], since: datetime | None) -> list[Row]:
    bound = f"timestamp >= {moment(since)} AND " if since else ""
    return _rows(posthog, texts, f"SELECT properties, 'event' AS holder FROM events WHERE {bound}")


def _in_table(posthog: PostHog, texts: Sequence[str], table: str, holder: str) -> list[Row]:
    return _rows(posthog, texts, f"SELECT properties, {holder} AS holder FROM {table} WHERE ")


def _rows(posthog: PostHog, texts: Sequence[str], select_from: str) -> list[Row]:
    """Rows of COLUMNS: only those whose raw JSON has a text are taken apart."""
    lowered = {text.lower(): text for text in texts}
    needles = ", ".join(literal(needle) for text in texts for needle in _needles(text))
    wanted = ", ".join(literal(text) for text in lowered)
    table = select(
        posthog,
        "SELECT holder, tupleElement(pair, 1) AS property, "
        "replaceRegexpAll(tupleElement(pair, 2), '^\"|\"$', '') AS value, count() AS count "
        "FROM (SELECT holder, arrayJoin(arrayFilter("
        f"p -> lower(replaceRegexpAll(tupleElement(p, 2), '^\"|\"$', '')) IN ({wanted}), "
        "JSONExtractKeysAndValuesRaw(properties))) AS pair "
        f"FROM ({select_from}multiSearchAnyCaseInsensitive(properties, [{needles}]))) "
        "GROUP BY holder, property, value ORDER BY count DESC, property, value",
        ROWS,
    )
    return [
        (lowered[str(row[2]).lower()], *row) for row in table.rows if str(row[2]).lower() in lowered
    ]


def _needles(text: str) -> tuple[str, ...]:
    """How a value may stand in JSON: as a text, or as a number."""
    said = json.dumps(text, ensure_ascii=False)
    as_text = (f":{said}", f": {said}")
    plain = text.replace(".", "", 1).isdigit() or text in ("true", "false")
    return (*as_text, f":{text},", f":{text}}}", f": {text},", f": {text}}}") if plain else as_text
