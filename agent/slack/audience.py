"""Whether an answer shows single people, so that it must not stand where others read it."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from agent.answer import Answer, AnswerTable

ABOUT_ONE = frozenset({"get_person", "person_timeline"})
"""Tools whose results are about somebody."""

ONE_BY_ONE = frozenset({"ActorsQuery", "EventsQuery", "SessionsQuery", "PersonsNode"})
"""Kinds of queries that list people or what each did."""

NAMES = re.compile(
    r"(^|[^a-z])(e-?mail|phone|distinct_?id|person(_?id)?|people|birth\w*|ssn|ip|user_?(id|name)?|"
    r"(first|last|full|sur|nick|customer)_?name|uuid|session_?id|address)($|[^a-z])",
    re.IGNORECASE,
)
"""Columns, properties and fields that tell people apart."""

COUNTING = re.compile(
    r"\b(?:count|uniq\w*|avg|sum|min|max|median|quantile\w*|countIf|any\w*)\s*"
    r"(?:\([^()]*\))?\s*\((?:[^()]|\([^()]*\))*\)",
    re.IGNORECASE,
)
"""A figure about many: what it is counted over does not show."""

MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


def personal(answer: Answer, tools: Iterable[str]) -> bool:
    """Whether an answer, or what led to it, shows single people."""
    if answer.outcome in ("asked", "declined") and not answer.tables:
        return bool(MAIL.search(answer.headline + answer.text.replace(answer.question, "")))
    if ABOUT_ONE & set(tools):
        return True
    shown = any(map(_tells, answer.tables)) or any(map(_asks_for, answer.queries))
    return shown or bool(MAIL.search(f"{answer.headline} {answer.text}"))


def _tells(table: AnswerTable) -> bool:
    """Whether a table's columns or cells tell who somebody is."""
    texts = (cell for row in table.rows for cell in row if isinstance(cell, str))
    named = any(map(_names, table.columns)) and _holds_texts(table)
    return named or any(MAIL.search(text) or ID.search(text) for text in texts)


def _names(column: str) -> bool:
    return NAMES.search(column) is not None


def _holds_texts(table: AnswerTable) -> bool:
    """Whether a column with such a name holds anything but figures, as `people` may."""
    at = [i for i, column in enumerate(table.columns) if _names(column)]
    return any(isinstance(row[i], str) for row in table.rows for i in at)


def _asks_for(query: Any) -> bool:
    """Whether a query lists people, or selects or splits by what tells them apart."""
    if isinstance(query, str):
        return NAMES.search(_selected(query)) is not None
    kinds = set(_found(query, "kind"))
    split = json.dumps(list(_found(query, "breakdownFilter")))
    return bool(kinds & ONE_BY_ONE) or NAMES.search(split) is not None


def _selected(query: str) -> str:
    """What a query shows, without what it only counts over or filters by."""
    shown = query
    while (shorter := COUNTING.sub(" figure ", shown)) != shown:
        shown = shorter
    return " ".join(re.findall(r"\bselect\b(.*?)\bfrom\b", shown, re.IGNORECASE | re.DOTALL))


def _found(body: Any, name: str) -> Iterator[Any]:
    """Every value under a name, however deep."""
    if isinstance(body, dict):
        for key, value in body.items():
            if key == name:
                yield value if not isinstance(value, list) else json.dumps(value)
            yield from _found(value, name)
    elif isinstance(body, list):
        for one in body:
            yield from _found(one, name)
