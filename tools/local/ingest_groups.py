"""Groups: their types are learnt as they are seen, their properties as they are set."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from tools.local.capture_event import Event, text_of
from tools.local.capture_properties import mapping
from tools.local.meta import Meta

MOST = 5
"""Types of groups that a project can have."""


@dataclass
class Group:
    """A group as the next event finds it."""

    index: int
    key: str
    created_at: datetime
    updated_at: datetime | None
    properties: dict[str, Any]


@dataclass
class Groups:
    """The groups that some events are about."""

    types: list[str]
    known: dict[tuple[int, str], Group] = field(default_factory=dict)
    changed: set[tuple[int, str]] = field(default_factory=set)

    def columns(self, event: Event) -> dict[str, str]:
        """`$group_0` to `$group_4` of an event; a type that is new takes the next place."""
        if not event.with_person:
            return {}
        found = {
            f"$group_{index}": text_of(key)
            for name, key in mapping(event.properties.get("$groups")).items()
            if (index := self.index(name)) is not None and key is not None
        }
        own = {name: event.properties.get(name) for name in COLUMNS}
        return found | {name: text_of(key) for name, key in own.items() if key is not None}

    def index(self, name: str) -> int | None:
        """The place of a type; None when all places are taken."""
        if name in self.types:
            return self.types.index(name)
        if len(self.types) >= MOST or not name:
            return None
        self.types.append(name)
        return len(self.types) - 1

    def identify(self, event: Event) -> None:
        """Set the properties of the group that a `$groupidentify` names."""
        named = self.named(event)
        if named is None:
            return
        told = mapping(event.properties.get("$group_set"))
        group = self.known.setdefault(named, Group(*named, event.timestamp, None, {}))
        if group.updated_at is None or {**group.properties, **told} != group.properties:
            self.changed.add(named)
        group.properties = {**group.properties, **told}

    def named(self, event: Event) -> tuple[int, str] | None:
        """The group that a `$groupidentify` names."""
        kind, key = event.properties.get("$group_type"), event.properties.get("$group_key")
        if event.name != "$groupidentify" or not kind or not key or not event.with_person:
            return None
        index = self.index(text_of(kind))
        return None if index is None else (index, text_of(key))

    def rows(self, now: datetime, written: Callable[[datetime], str]) -> list[Mapping[str, Any]]:
        """The groups that changed; a clock that went back doesn't make them older."""
        rows: list[Mapping[str, Any]] = []
        for named in sorted(self.changed):
            group = self.known[named]
            after = group.updated_at + timedelta(milliseconds=1) if group.updated_at else now
            rows.append(
                {
                    "index": group.index,
                    "key": group.key,
                    "created_at": written(group.created_at),
                    "updated_at": written(max(now, after)),
                    "properties": text_of(group.properties),
                }
            )
        return rows

    def learn(self, meta: Meta) -> None:
        """Keep the types that are new."""
        if tuple(self.types) != meta.project.group_types:
            meta.save_project(replace(meta.project, group_types=tuple(self.types)))


COLUMNS = tuple(f"$group_{index}" for index in range(MOST))
