"""Whether an answer shows single people, so that it must not stand where others read it."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from agent.answer import Answer, AnswerTable
from agent.messages import ToolResult
from agent.planner import Planner

ABOUT_ONE = frozenset({"get_person", "person_timeline"})
"""Tools whose results are about somebody."""

ONE_BY_ONE = frozenset({"ActorsQuery", "EventsQuery", "SessionsQuery", "PersonsNode"})
"""Kinds of queries that list people or what each did."""

NAMES = re.compile(
    r"(^|[^a-z])(e-?mail|phone|distinct[_ ]?id|person_?id|birth\w*|ssn|ip|user_?(id|name)?|uuid|"
    r"(first|last|full|sur|nick|customer|person|user)_?name|session_?id|address)($|[^a-z])|"
    r"^(person|people|customer|who)($|,)|(^|person )name$|person\.properties\.\$?name\b",
    re.IGNORECASE,
)
"""Columns, properties and fields that tell people apart."""

COUNTING = re.compile(
    r"\b(?:count|uniq\w*|avg|sum|min|max|median|quantile\w*|countIf|any\w*)\s*"
    r"(?:\([^()]*\))?\s*\((?:[^()]|\([^()]*\))*\)",
    re.IGNORECASE,
)
"""A figure about many: what it is counted over does not show."""

OWN_NAME = re.compile(r"\bproperties(?:\.|\[')\$?(?:first_?|last_?|full_?)?name\b", re.IGNORECASE)
PERSONS = re.compile(r"\bfrom\s+(?:raw_)?persons\b", re.IGNORECASE)
"""A property that is somebody's name where the rows are people."""

SELECTED = re.compile(r"\bselect\b(.*?)\bfrom\b", re.IGNORECASE | re.DOTALL)
BRACKETS = re.compile(r"\(([^()]*)\)")
EVERYTHING = re.compile(r"(?:^|,)\s*(?:distinct\s+)?(?:\w+\.)?\*\s*(?:,|$)", re.IGNORECASE)

MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


def personal(answer: Answer, read: Iterable[ToolResult]) -> bool:
    """Whether an answer, or what was read for it, shows single people."""
    if any(map(_read_of_people, read)):
        return True
    if answer.outcome in ("asked", "declined") and not answer.tables:
        said = answer.headline + answer.text.replace(answer.question, "")
        return bool(MAIL.search(" ".join((said, *answer.choices))))
    # The planner names its columns itself, whatever its queries looked at on the way.
    queries = () if answer.model == Planner().name else answer.queries
    shown = any(map(_tells, answer.tables)) or any(map(_asks_for, queries))
    return shown or bool(MAIL.search(f"{answer.headline} {answer.text}"))


def _read_of_people(result: ToolResult) -> bool:
    """Whether a tool told of somebody, or listed values that tell people apart."""
    if result.name in ABOUT_ONE:
        return True
    query = getattr(result.output, "query", None)
    return result.name == "property_values" and isinstance(query, str) and _shows(query)


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
    """Whether a query lists people, or shows or splits by what tells them apart."""
    if isinstance(query, str):
        return _shows(query)
    kinds = set(_found(query, "kind"))
    split = [name for kind in ("breakdown", "property") for name in _found(query, kind)]
    return bool(kinds & ONE_BY_ONE) or any(NAMES.search(str(name)) for name in split)


def _shows(query: str) -> bool:
    """Whether what HogQL returns names somebody, also by another name that a subquery gave."""
    told = query
    while (shorter := COUNTING.sub(" figure ", told)) != told:
        told = shorter
    outer, renamed = _outermost(told), _renamed(told)
    if not outer or EVERYTHING.search(outer):
        return True
    if PERSONS.search(told) and OWN_NAME.search(outer):
        return True
    return NAMES.search(outer) is not None or not renamed.isdisjoint(re.findall(r"\w+", outer))


def _outermost(query: str) -> str:
    """What is selected outside of all brackets, without the names it is given."""
    flat = query
    while (shorter := BRACKETS.sub(_opened, flat)) != flat:
        flat = shorter
    return re.sub(r"\bas\s+\w+", " ", " , ".join(SELECTED.findall(f"{flat} from")), flags=re.I)


def _opened(brackets: re.Match[str]) -> str:
    """What stands in brackets, or nothing of a whole query."""
    return " " if re.search(r"\bselect\b", brackets[1], re.I) else f" {brackets[1]} "


def _renamed(query: str) -> set[str]:
    """Names that somewhere stand for what tells people apart."""
    found: set[str] = set()
    while True:
        names = {
            alias[1]
            for selected in SELECTED.findall(query)
            for item in selected.split(",")
            if (alias := re.search(r"\bas\s+(\w+)\s*$", item, re.I))
            and (NAMES.search(item[: alias.start()]) or found & set(re.findall(r"\w+", item)))
        }
        if names <= found:
            return found
        found |= names


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
