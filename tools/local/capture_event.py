"""An event as it was sent, checked and put into one shape, before it has a person."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tools.local.capture_elements import chain
from tools.local.capture_properties import for_person

LONGEST_ID = 200
LARGEST_EVENT = 1024 * 1024
NOT_STORED = frozenset({"$performance_event", "$$heatmap", "$$client_ingestion_warning"})
"""What PostHog takes and keeps elsewhere than among the events."""

ABOUT_PERSONS = frozenset({"$identify", "$create_alias", "$merge_dangerously", "$groupidentify"})
"""Events that say nothing when no person may be made of them; PostHog drops them then."""


@dataclass(frozen=True)
class Event:
    """One event."""

    uuid: str
    name: str
    distinct_id: str
    timestamp: datetime
    properties: Mapping[str, Any]
    elements_chain: str = ""
    with_person: bool = True
    """False when its sender wants no person made of it."""

    @property
    def stored(self) -> bool:
        """Whether it becomes a row."""
        silent = self.name in ABOUT_PERSONS and not self.with_person
        return self.name not in NOT_STORED and not silent


def event(
    *,
    name: str,
    distinct_id: str,
    uuid: str | None,
    timestamp: datetime,
    properties: Mapping[str, Any],
    ip: str | None,
    with_person: bool = True,
) -> Event:
    """An event with the properties that PostHog gives each."""
    with_person = with_person and properties.get("$process_person_profile") is not False
    told = dict(properties)
    elements = chain(told)
    if ip:
        told.setdefault("$ip", ip)
    return Event(
        uuid=uuid or uuid7(timestamp),
        name=name,
        distinct_id=distinct_id,
        timestamp=timestamp,
        properties=for_person(told, with_person),
        elements_chain=elements,
        with_person=with_person,
    )


def text_of(value: Any) -> str:
    """A value where PostHog wants text: others than text as their JSON."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def uuid_of(value: Any) -> str | None:
    """A UUID in its usual notation; None for what is none."""
    try:
        return str(UUID(value)) if isinstance(value, str) else None
    except ValueError:
        return None


def uuid7(at: datetime) -> str:
    """A new UUID that sorts by time."""
    since = max(0, int(at.timestamp() * 1000)) & (1 << 48) - 1
    made = since << 80 | secrets.randbits(80)
    made = made & ~(0xF << 76) | 7 << 76
    return str(UUID(int=made & ~(0x3 << 62) | 2 << 62))
