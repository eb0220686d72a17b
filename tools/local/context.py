"""What the HogQL compiler must know of the project."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from typing import Any

from tools.local import person_column, session_spread
from tools.local.definitions import SESSION_TYPES, properties
from tools.local.hogql import Context
from tools.local.hogql.context import covers_none
from tools.local.home import Home
from tools.local.materialise import columns


def query_context(home: Home, covers: Callable[[str], bool] = covers_none) -> Context:
    """The compiler's view of the project as it is now, for a key that covers some scopes.

    What few queries need is read on demand.
    """
    described = home.latest.of("described", home.meta.version, partial(_described, home))

    @cache
    def objects(kind: str) -> list[dict[str, Any]]:
        return _OTHERS[kind](home) if kind in _OTHERS else home.meta.documents(kind)

    def person_of_event() -> str:
        state = (home.store.written, home.meta.version)
        return home.latest.of("person_of_event", state, partial(_person_of_event, home))

    return replace(described, objects=objects, person_of_event=person_of_event, covers=covers)


def _person_of_event(home: Home) -> str:
    if person_column.is_filled(home.meta):
        return person_column.TODAY
    return "" if int(home.store.read(person_column.COUNT, "TSV")) else person_column.OWN


def _described(home: Home) -> Context:
    """What metadata alone says."""
    project = home.meta.project
    defined = properties(home.meta)
    types = {(row.type, row.name): row.property_type for row in defined}
    types |= {("session", name): kind for name, kind in SESSION_TYPES.items()}
    return Context(
        team=project.id,
        timezone=project.timezone,
        week_start=project.week_start,
        property_types=types,
        materialised={("events", key): name for key, name in columns(home.meta).items()},
        now=project.now,
        group_types=project.group_types,
        test_account_filters=home.meta.fact("test_account_filters") or (),
        longest_session=session_spread.longest(home.meta),
        seen=frozenset(row.name for row in defined if row.type == "event"),
    )


def _team(home: Home) -> list[dict[str, Any]]:
    project = home.meta.project
    return [
        {
            "id": project.id,
            "name": project.name,
            "timezone": project.timezone,
            "test_account_filters": home.meta.fact("test_account_filters") or [],
            "created_at": project.created_at,
        }
    ]


def _group_types(home: Home) -> list[dict[str, Any]]:
    names = home.meta.project.group_types
    return [{"id": index, "group_type": name} for index, name in enumerate(names)]


_OTHERS = {"team": _team, "group_type": _group_types}
"""Objects that are no documents."""
