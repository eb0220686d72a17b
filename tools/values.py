"""Where texts stand among the values of properties: of events, persons, groups and sessions."""

import json
import re
from collections.abc import Iterable, Sequence
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

SEPARATED = r"^[^\s]*[A-Za-z][^\s]*$"
"""Values that machines write, of words between separators: paths, domains, codes."""

UNTOLD = r"(?i)agent|_id$|uuid|lib|version|token|referrer$|^\$ip$|url|element|title|time|date"
"""Properties whose values people never mean by a word of them."""

FEWEST, PART = 3, 4
"""The shortest word that a value is looked up by, and how many values that have it are told."""

CODE = 2
"""The length of codes that values begin with: en.wikipedia."""

Row = tuple[object, ...]
Period = tuple[str | None, str | None, int | None]


def found(
    posthog: PostHog,
    texts: Sequence[str],
    words: Sequence[str],
    period: Period,
    groups: Sequence[str],
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
    rest = [text for text in words if text not in {row[0] for row in rows}]
    rows += _with_words(posthog, rest, _since(period, FEW))
    return QueryTable(COLUMNS, tuple(rows), (), True, "")


def _with_words(posthog: PostHog, texts: Sequence[str], since: datetime | None) -> list[Row]:
    """Values of the latest events that have all words of a text between their separators."""
    wanted = {text: words for text in texts if (words := _words(text)) and _telling(words)}
    if not wanted:
        return []
    found: dict[tuple[str, object, object], list[Row]] = {}
    sought = sorted(set().union(*wanted.values()))
    for holder, name, value, count in _separated(posthog, sought, since):
        parts = _words(str(value))
        for text, words in wanted.items():
            code = len(text) >= FEWEST or _leads(text, str(value))
            if _has_all(words, parts) and code and not _is_subdomain(text, str(value)):
                rows = found.setdefault((text, holder, name), [])
                rows.append((text, holder, name, value, count))
    return [row for rows in found.values() for row in rows[:PART]]


def _has_all(words: Iterable[str], parts: frozenset[str]) -> bool:
    """Whether a value has all words of a text, or what they are the beginning of."""
    return all(word in parts or _begins(word, parts) for word in words)


def _leads(code: str, value: str) -> bool:
    """Whether a value begins with a short code: en, of en.wikipedia."""
    return re.match(rf"{re.escape(code)}[._-]", value, re.IGNORECASE) is not None


def _is_subdomain(text: str, value: str) -> bool:
    """Whether a word only leads a domain: images, of images.google.com."""
    labels = value.lower().split(".")
    return len(labels) > 2 and "/" not in value and text.lower() == labels[0]


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W_]+", text.lower()))


def _begins(word: str, parts: frozenset[str]) -> bool:
    """Whether a word of some length is the beginning of another: wiki, of wikipedia."""
    return len(word) > FEWEST and any(part.startswith(word) for part in parts)


def _telling(words: frozenset[str]) -> bool:
    short = len(words) == 1 and all(word.isalpha() and len(word) == CODE for word in words)
    return short or any(len(word) >= FEWEST and not word.isdigit() for word in words)


def _begun(word: str) -> tuple[str, ...]:
    """What is looked for in the raw JSON of a value: a word, or a code that it begins with."""
    return (word,) if len(word) >= FEWEST else tuple(f'"{word}{mark}' for mark in "._-")


def _separated(posthog: PostHog, words: Sequence[str], since: datetime | None) -> list[Row]:
    """Rows of holder, property, value and count: values that have one of the words in them."""
    told = (needle for word in words if len(word) >= CODE for needle in _begun(word))
    needles = ", ".join(map(literal, told))
    bound = f"timestamp >= {moment(since)} AND " if since else ""
    table = select(
        posthog,
        "SELECT 'event' AS holder, tupleElement(pair, 1) AS property, "
        "trim(BOTH '\"' FROM tupleElement(pair, 2)) AS value, count() AS count "
        "FROM (SELECT arrayJoin(arrayFilter("
        f"p -> match(tupleElement(p, 2), {literal(SEPARATED)}) "
        f"AND NOT match(tupleElement(p, 1), {literal(UNTOLD)}) "
        f"AND multiSearchAnyCaseInsensitive(tupleElement(p, 2), [{needles}]), "
        "JSONExtractKeysAndValuesRaw(properties))) AS pair "
        f"FROM events WHERE {bound}multiSearchAnyCaseInsensitive(properties, [{needles}])) "
        "GROUP BY holder, property, value ORDER BY count DESC, property, value",
        ROWS,
    )
    return list(table.rows)


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
    raw = (form for text in lowered for form in (text, json.dumps(text, ensure_ascii=False)))
    wanted = ", ".join(map(literal, raw))
    table = select(
        posthog,
        "SELECT holder, tupleElement(pair, 1) AS property, "
        "trim(BOTH '\"' FROM tupleElement(pair, 2)) AS value, count() AS count "
        "FROM (SELECT holder, arrayJoin(arrayFilter("
        f"p -> lower(tupleElement(p, 2)) IN ({wanted}), "
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
