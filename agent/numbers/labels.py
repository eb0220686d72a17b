"""The labels that a text names: rows and columns of results, dates, and spans of them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from agent.numbers import dates
from agent.numbers.results import Result
from agent.numbers.words import Word, stem, windows

Rows = dict[int, frozenset[int]]

"""The rows that words select, by the place of their result."""

UNITS = ("week", "day", "month", "hour", "quarter", "year")

EDGE = re.compile(
    r"\b(since|until|through|till|days\sto|up\sto|ending|ended)\s(?:on\s)?(?:the\s)?$",
    re.IGNORECASE,
)

DAY_OF = re.compile(r",?\s(?:the\s)?")
"""What stands between the name of a day and its date."""

BLANK = ("no", "without", "unknown", "none", "missing", "empty", "unset", "unspecified")
"""Words of rows whose label is empty."""

TO = re.compile(r"\s?(?:to|until|through|till|and|up\sto|–|—|-)\s?(?:the\s)?", re.IGNORECASE)


@dataclass(frozen=True)
class Item:
    """A label in a text: rows of results, or columns of them."""

    start: int
    end: int
    rows: Rows
    columns: Rows = field(default_factory=dict)
    dated: bool = False


def items(
    found: Sequence[Word], results: Sequence[Result], when: Iterable[dates.Moment], text: str
) -> list[Item]:
    """The labels that a text names, the longest first; none overlaps another."""
    taken = [one for one in _periods(list(when), results, text) if one.rows]
    used = [(one.start, one.end) for one in taken]
    for first, last, name in windows(list(found), 6):
        start, end = found[first].start, found[last - 1].end
        if any(start < b and a < end for a, b in used):
            continue
        rows = {i: frozenset(r.keys[name]) for i, r in enumerate(results) if name in r.keys}
        columns = {} if rows else _columns(name, last - first, results)
        if not rows and not columns and last - first == 1:
            rows = _parts(found[first], results)
        if rows or columns:
            taken.append(Item(start, end, rows, columns))
            used.append((start, end))
    placed = [one for one in _named_rows(found, results) if one.rows]
    return sorted([*taken, *placed], key=lambda one: one.start)


def _named_rows(found: Sequence[Word], results: Sequence[Result]) -> Iterator[Item]:
    """Rows by their place or their size: "the latest week", "3 or more days"."""
    plain = [word.plain.lower() for word in found]
    for i, word in enumerate(found):
        named = i + 1 < len(plain) and plain[i + 1].rstrip("s") in UNITS
        after = plain[i + 1 : i + 3]
        last = plain[i + 2 : i + 4] if named else after
        if plain[i] in ("latest", "first") and after and after[0] in UNITS:
            place = 0 if plain[i] == "first" else -1
            rows = {k: frozenset({r.order[place]}) for k, r in enumerate(results) if r.timed}
            yield Item(word.start, found[i + 1].end, rows, dated=True)
        elif plain[i] in ("weekday", "weekdays", "weekend", "weekends"):
            weekend = plain[i].startswith("weekend")
            yield Item(word.start, word.end, _some(r.days(weekend) for r in results))
        elif plain[i] in BLANK:
            yield Item(word.start, word.end, _some(r.blank for r in results))
        elif word.plain.isdigit() and last in (["or", "more"], ["or", "fewer"]):
            sign = 1 if last[1] == "more" else -1
            rows = _some(r.beyond(int(word.plain), sign) for r in results)
            yield Item(word.start, found[i + 2 + named].end, rows)


def _some(rows: Iterable[frozenset[int]]) -> Rows:
    return {i: one for i, one in enumerate(rows) if one}


def _columns(name: str, size: int, results: Sequence[Result]) -> Rows:
    if size < 2 and not (any(c.isdigit() for c in name) and not name.isdigit()):
        return {}
    return {
        i: frozenset(r.column_keys[name]) for i, r in enumerate(results) if name in r.column_keys
    }


def _parts(word: Word, results: Sequence[Result]) -> Rows:
    """Rows that one word of their label names, as "onboarding" or "US"."""
    short = len(word.plain) < 4
    if short and not word.plain[:1].isupper():
        return {}
    name = word.plain.lower() if short else word.stem
    return {i: frozenset(r.parts[name]) for i, r in enumerate(results) if name in r.parts}


def _periods(when: list[dates.Moment], results: Sequence[Result], text: str) -> Iterator[Item]:
    """The rows of dates, of spans from one date to another, and of all since or until a date."""
    skip = False
    for i, moment in enumerate(when):
        item = _dated(moment, results)
        following = when[i + 1] if i + 1 < len(when) else None
        before = (
            when[i - 1] if i and DAY_OF.fullmatch(text, when[i - 1].end, moment.start) else None
        )
        begin = before.start if before and before.weekday is not None else moment.start
        if skip:
            skip = False
        elif (
            moment.weekday is not None
            and following
            and DAY_OF.fullmatch(text, moment.end, following.start)
        ):
            continue
        elif following and _spans_to(text, moment, following):
            rows = {
                k: frozenset(found)
                for k, r in enumerate(results)
                if (found := r.between(moment, following))
            }
            # The hour that ends a span may be part of it or not.
            hours = moment.hour is not None
            end = moment.end if hours and moment.end < following.start else following.end
            yield Item(moment.start, end, rows, dated=True)
            skip = not hours
        elif item.rows and (edge := EDGE.search(text[max(0, begin - 24) : begin])):
            since = edge[1].lower() == "since"
            rows = {k: _beyond(results[k], one, since) for k, one in item.rows.items()}
            yield Item(item.start, item.end, rows, dated=True)
        else:
            yield item


def _spans_to(text: str, first: dates.Moment, second: dates.Moment) -> bool:
    same = first.start == second.start
    return same or (
        bool(TO.fullmatch(text, first.end, second.start))
        and (
            text[first.end : second.start].strip().lower() != "and"
            or bool(re.search(r"\bbetween\s(?:the\s)?$", text[: first.start], re.IGNORECASE))
        )
    )


def _beyond(result: Result, rows: frozenset[int], since: bool) -> frozenset[int]:
    places = [result.order.index(row) for row in rows if row in result.order]
    if not places:
        return rows
    return frozenset(result.order[min(places) :] if since else result.order[: max(places) + 1])


def _dated(moment: dates.Moment, results: Sequence[Result]) -> Item:
    rows: Rows = {}
    for i, result in enumerate(results):
        spans = result.periods or result.years
        found = dates.rows(moment, spans) if spans else set()
        if moment.hour is not None:
            found = result.at_hour(moment.hour)
        if moment.weekday is not None:
            found = found | result.keys.get(stem(dates.WEEKDAYS[moment.weekday]), set())
        if found:
            rows[i] = frozenset(found)
    return Item(moment.start, moment.end, rows, dated=True)
