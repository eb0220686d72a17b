"""Property names in a query, held against those that the project's events and people have."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from itertools import islice
from typing import Any, NamedTuple

from tools.client import PostHog
from tools.errors import PostHogError, QueryRefused
from tools.names import nodes
from tools.parser import parse_select

NAMES = 5_000
"""Names to read at most; of a project with more of them nothing is refused."""

KINDS = ("event", "person", "session")
HERE = {"event": "properties", "person": "person.properties", "session": "session"}
OTHERS = frozenset({"persons", "groups", "raw_persons", "raw_groups"})
"""Tables whose own properties make it uncertain whose a bare `properties` is."""

VIRTUAL = ("$virt_", "$initial_", "$group_")
"""Beginnings of properties that PostHog works out."""

UNDEFINED = frozenset({"$set", "$set_once", "$unset", "$groups"})
"""Properties that events have and PostHog never lists."""


class Named(NamedTuple):
    """A property that a query names."""

    of: str
    name: str


class Compared(NamedTuple):
    """A text that a property is asked to be."""

    of: str
    name: str
    value: str


def refuse_unknown_properties(posthog: PostHog, query: str | Mapping[str, Any]) -> None:
    """Refuse a query on a property that nothing has: its nulls would pass for an answer."""
    wanted = set(in_hogql(query) if isinstance(query, str) else in_typed(query))
    for one in sorted(wanted - _stood_in_for(posthog, query)):
        if one.name.startswith(VIRTUAL) or one.name in UNDEFINED:
            continue
        known = _known(posthog, one)
        if known and one.name not in known:
            raise QueryRefused(_unknown(posthog, one, known))


def _stood_in_for(posthog: PostHog, query: str | Mapping[str, Any]) -> set[Named]:
    """Properties that another one, which there is, stands in for: coalesce names both."""
    calls = nodes(parse_select(query)) if isinstance(query, str) else ()
    found = set()
    for call in calls:
        if call.get("node") == "Call" and str(call["name"]).lower() == "coalesce":
            names = {named for one in nodes(call["args"]) if (named := _property(one))}
            found |= names if any(one.name in _known(posthog, one) for one in names) else set()
    return found


def in_typed(query: Any) -> Iterator[Named]:
    """The properties that a typed query filters by, splits by or calculates over."""
    if isinstance(query, list | tuple):
        for part in query:
            yield from in_typed(part)
    if not isinstance(query, Mapping):
        return
    kind, name = query.get("type"), query.get("key", query.get("property"))
    if kind in KINDS and isinstance(name, str):
        yield Named(str(kind), name)
    elif kind == "hogql" and isinstance(name, str):
        yield from in_hogql(f"SELECT {name} FROM events")
    if calculated := query.get("math_property"):
        whose = str(query.get("math_property_type") or "event").removesuffix("_properties")
        yield Named(whose, str(calculated))
    for part in query.values():
        yield from in_typed(part)


def in_hogql(query: str) -> Iterator[Named]:
    """The properties that a HogQL query names, where it is plain whose they are."""
    found = list(nodes(parse_select(query)))
    tables = {str(one["chain"][-1]) for one in found if "chain" in one and len(one["chain"]) == 1}
    for one in found:
        named = _property(one)
        if named and not (named.of == "event" and tables & OTHERS):
            yield named


def compared_in(query: Any) -> Iterator[Compared]:
    """The texts that a query asks properties to be."""
    if isinstance(query, str):
        for one in nodes(parse_select(query)):
            named = _property(one["left"]) if one.get("op") in ("==", "in") else None
            if named:
                yield from (Compared(*named, text) for text in _texts(one["right"]))
        return
    for one in nodes(query):
        if one.get("type") in KINDS and one.get("operator") == "exact":
            values = one.get("value")
            for value in values if isinstance(values, list) else [values]:
                yield Compared(str(one["type"]), str(one["key"]), str(value))


def _texts(tree: Any) -> Iterator[str]:
    for one in nodes(tree):
        if one.get("node") == "Constant" and isinstance(one.get("value"), str):
            yield one["value"]


def _property(one: Mapping[str, Any]) -> Named | None:
    """The property that a node of a parsed query is, where it is plain whose."""
    chain = tuple(one.get("chain") or ())
    if one.get("node") == "ArrayAccess" and "chain" in one["array"]:
        chain = (*one["array"]["chain"], one["property"].get("value"))
    match chain:
        case ("properties", str(name), *_):
            return Named("event", name)
        case ("person", "properties", str(name), *_):
            return Named("person", name)
    return None


def _known(posthog: PostHog, one: Named) -> set[str]:
    """All names of its kind when they may be read and are not too many, else nothing."""
    seen = posthog.properties_seen.setdefault(one.of, set())
    if one.name in seen or posthog.grants.missing(("property_definition:read",)):
        return seen
    try:
        rows = islice(posthog.pages("property_definitions/", type=one.of), NAMES)
        seen.update(str(row.get("name")) for row in rows)
    except PostHogError:
        return set()
    return seen if len(seen) < NAMES else set()


def _unknown(posthog: PostHog, one: Named, known: Iterable[str]) -> str:
    """What to write instead: the same name of another kind, else the nearest of this kind."""
    told = f"No {one.of} has a property {one.name!r}"
    for kind in [other for other in HERE if other != one.of]:
        if one.name in _known(posthog, Named(kind, one.name)):
            return f"{told}, but each {kind} may have it: {HERE[kind]}.{one.name} (of {kind})."
    near = get_close_matches(one.name, list(known), n=3, cutoff=0.5)
    listed = " or ".join(map(repr, near))
    return f"{told}: {f'did you mean {listed}?' if near else 'look for it with find_names.'}"
