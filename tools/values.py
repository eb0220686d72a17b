"""Where texts stand among the values of properties: of events, persons, groups and sessions."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from tools.client import PostHog
from tools.literals import literal
from tools.query import QueryTable, select

COLUMNS = ("text", "holder", "property", "value", "count")
FEW, MANY = 50_000, 300_000
"""The latest events that are looked through for all texts, then for those not found yet."""

ROWS = 1_000
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
Pair = tuple[str, str, str, int]
"""Holder, property, value and count."""

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
    since = _since(period, FEW)
    rows = _channels(texts)
    rows += _recent(posthog, texts, since, groups) if texts else []
    if since and (rest := _without(texts, rows)):
        rows += _earlier(posthog, rest, _since(period, MANY), since)
    rows += _with_words(posthog, _without(words, rows), since)
    return QueryTable(COLUMNS, tuple(rows), (), True, "")


def _without(texts: Sequence[str], rows: Iterable[Row]) -> list[str]:
    """The texts that have not been found."""
    known = {row[0] for row in rows}
    return [text for text in texts if text not in known]


def _with_words(posthog: PostHog, texts: Sequence[str], since: datetime | None) -> list[Row]:
    """Values of the latest events that have all words of a text between their separators."""
    wanted = {text: words for text in texts if (words := _words(text)) and _telling(words)}
    if not wanted:
        return []
    found: dict[tuple[str, object, object], list[Row]] = {}
    sought = sorted(set().union(*wanted.values()))
    for holder, name, value, count in _separated(posthog, sought, since):
        parts = _words(value)
        for text, words in wanted.items():
            code = len(text) >= FEWEST or _leads(text, value)
            if _has_all(words, parts) and code and not _is_subdomain(text, value):
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


def _separated(posthog: PostHog, words: Sequence[str], since: datetime | None) -> list[Pair]:
    """Values that have one of the words in them."""
    needles = [way for word in words if len(word) >= CODE for way in _begun(word)]
    where = (
        f"match(pair.2, {literal(SEPARATED)}) AND NOT match(pair.1, {literal(UNTOLD)}) "
        f"AND {_has('pair.2', 'needles')}"
    )
    source = _events(since) + _has("properties", "needles")
    return _pairs(posthog, source, where, {"needles": needles} | _moments(since))


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


def _recent(
    posthog: PostHog, texts: Sequence[str], since: datetime | None, groups: Sequence[str]
) -> list[Row]:
    """Rows of COLUMNS: of persons, then of groups, then of the latest events."""
    tables = ["SELECT 'person' AS holder, properties FROM persons WHERE ", _events(since)]
    if groups:
        tables.insert(1, "SELECT toString(index) AS holder, properties FROM groups WHERE ")
    kinds = {str(index): name for index, name in enumerate(groups)}
    places = {"person": 0, "event": 2}
    found = _rows(posthog, texts, tables, _moments(since))
    rows = sorted(found, key=lambda row: places.get(str(row[1]), 1))
    return [(row[0], kinds.get(str(row[1]), row[1]), *row[2:]) for row in rows]


def _earlier(
    posthog: PostHog, texts: Sequence[str], since: datetime | None, until: datetime
) -> list[Row]:
    """Rows of COLUMNS of the events before the latest."""
    return _rows(posthog, texts, [_events(since, until)], _moments(since, until))


def _events(since: datetime | None, until: datetime | None = None) -> str:
    """The beginning of a SELECT that a condition ends; so are those of persons and groups."""
    bounds = ["timestamp >= toDateTime({since}) AND "] if since else []
    bounds += ["timestamp < toDateTime({until}) AND "] if until else []
    return f"SELECT 'event' AS holder, properties FROM events WHERE {''.join(bounds)}"


def _moments(since: datetime | None, until: datetime | None = None) -> dict[str, object]:
    bounds = {"since": since, "until": until}
    return {name: f"{at:%Y-%m-%d %H:%M:%S}" for name, at in bounds.items() if at}


def _rows(
    posthog: PostHog, texts: Sequence[str], tables: Sequence[str], moments: Mapping[str, object]
) -> list[Row]:
    """Rows of COLUMNS: only those whose raw JSON has a text are taken apart."""
    alike: dict[str, list[str]] = {}
    for text in texts:
        alike.setdefault(text.lower(), []).append(text)
    plain = [way for text in texts for way in _plain(text)]
    values = {
        # Half as many, so found much faster; the needles then see the few rows left.
        "some": [*map(_said, texts), *plain],
        "needles": [f"{colon}{_said(text)}" for text in texts for colon in (":", ": ")] + plain,
        "raw": [form for text in alike for form in (text, _said(text))],
    }
    either = f"{_has('properties', 'some')} AND {_has('properties', 'needles')}"
    source = " UNION ALL ".join(table + either for table in tables)
    pairs = _pairs(posthog, source, "has({raw}, lower(pair.2))", values | dict(moments))
    return [(text, *pair) for pair in pairs for text in alike.get(pair[2].lower(), ())]


def _pairs(posthog: PostHog, source: str, where: str, values: Mapping[str, object]) -> list[Pair]:
    """Properties and values of the rows of a SELECT that are meant, the most frequent first."""
    # With its LIMIT, values apart and hardly a call within a call it is parsed once and fast.
    table = select(
        posthog,
        f"SELECT holder, pair, count() AS count FROM ({source}) "
        f"ARRAY JOIN JSONExtractKeysAndValuesRaw(properties) AS pair WHERE {where} "
        f"GROUP BY holder, pair ORDER BY count DESC, pair LIMIT {ROWS + 1}",
        ROWS,
        values,
    )
    counts: Counter[tuple[str, str, str]] = Counter()
    for holder, (name, value), count in table.rows:
        counts[holder, name, value.strip('"')] += count
    return [(*place, count) for place, count in counts.most_common()]


def _has(text: str, needles: str) -> str:
    return f"multiSearchAnyCaseInsensitive({text}, {{{needles}}})"


def _said(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _plain(text: str) -> tuple[str, ...]:
    """How a number or a truth value may stand in JSON without quotes."""
    if not (text.replace(".", "", 1).isdigit() or text in ("true", "false")):
        return ()
    return f":{text},", f":{text}}}", f": {text},", f": {text}}}"
