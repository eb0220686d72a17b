"""Who is who while a group of events is taken in: persons made, changed and merged in memory."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tools.local.capture_event import Event, text_of
from tools.local.capture_properties import changed, mapping, worth_writing
from tools.local.persons_ids import illegal, person_id

NOBODY_SINCE = datetime(1970, 1, 1, 0, 0, 5, tzinfo=UTC)
"""When somebody was made who is no person: PostHog's mark."""

DELETED = 100
"""By how much a deleted person's version jumps, so that no late change revives it."""


@dataclass
class Person:
    """A person as the next event finds it."""

    id: str
    created_at: datetime
    properties: dict[str, Any]
    identified: bool = False
    version: int = 0
    """0 for one that is not stored yet."""

    deleted: bool = False
    changed: bool = False


@dataclass
class Known:
    """Whose distinct id it is."""

    person_id: str
    version: int
    """Above 0 once it has changed hands, so that earlier events need an override."""

    changed: bool = False


@dataclass(frozen=True)
class Owner:
    """The person of an event, as the event's row tells it."""

    id: str
    created_at: datetime
    properties: dict[str, Any]


@dataclass
class People:
    """The persons that a group of events is about; `ids` holds every distinct id of theirs."""

    project: int
    ids: dict[str, Known] = field(default_factory=dict)
    persons: dict[str, Person] = field(default_factory=dict)
    personless: set[str] = field(default_factory=set)
    """Distinct ids that have events without a person."""

    def take(self, event: Event) -> Owner:
        """Let an event have its effect; gives its person."""
        if not event.with_person:
            return self._without_person(event.distinct_id)
        identifies = self._merge(event)
        person = self._of(event.distinct_id) or self._make(event, [event.distinct_id])
        now = changed(event.name, event.properties, person.properties)
        self._update(event, person, now, identifies)
        told = mapping(event.properties.get("$set"))
        return Owner(person.id, person.created_at, {**now, **told})

    def _update(self, event: Event, person: Person, now: dict[str, Any], identifies: bool) -> None:
        if worth_writing(event.name, person.properties, now) or identifies > person.identified:
            person.changed = True
        person.properties = now
        person.identified |= identifies

    def _without_person(self, distinct_id: str) -> Owner:
        person = self._of(distinct_id)
        if person is None:
            self.personless.add(distinct_id)
            return Owner(person_id(self.project, distinct_id), NOBODY_SINCE, {})
        return Owner(person.id, person.created_at, {})

    def _merge(self, event: Event) -> bool:
        """Join two distinct ids in one person where the event says so."""
        other = joined_with(event)
        into = event.distinct_id
        if other is None or other == into or illegal(other) or illegal(into):
            return False
        theirs, ours = self._of(other), self._of(into)
        if theirs and ours:
            self._merge_persons(event, theirs, ours)
        elif theirs or ours:
            self._add_id(theirs or ours, into if theirs else other)
        else:
            self._make(event, self._primary_first(into, other))
        return True

    def _merge_persons(self, event: Event, theirs: Person, ours: Person) -> None:
        """PostHog's rule: whoever is identified is merged into nobody, unless dangerously."""
        dangerously = event.name == "$merge_dangerously"
        if theirs.id == ours.id or (theirs.identified and not dangerously):
            return
        ours.properties = {**theirs.properties, **ours.properties}
        ours.created_at = min(ours.created_at, theirs.created_at)
        ours.version = max(ours.version, theirs.version)
        ours.identified = ours.changed = True
        for known in self.ids.values():
            if known.person_id == theirs.id:
                known.person_id, known.version, known.changed = ours.id, known.version + 1, True
        theirs.deleted = theirs.changed = True
        theirs.properties = {}

    def _primary_first(self, into: str, other: str) -> list[str]:
        """The id that gives the person its own comes first: one whose events stand under it."""
        swapped = other in self.personless and into not in self.personless
        return [other, into] if swapped else [into, other]

    def _make(self, event: Event, distinct_ids: list[str]) -> Person:
        once = mapping(event.properties.get("$set_once"))
        told = mapping(event.properties.get("$set"))
        made = Person(
            id=person_id(self.project, distinct_ids[0]),
            created_at=event.timestamp,
            properties={**once, **told, "$creator_event_uuid": event.uuid},
            identified=len(distinct_ids) > 1,
            changed=True,
        )
        if former := self.persons.get(made.id):
            made.version = former.version
        self.persons[made.id] = made
        self.ids[distinct_ids[0]] = Known(made.id, self._next(distinct_ids[0], 0), changed=True)
        for extra in distinct_ids[1:]:
            self._add_id(made, extra)
        return made

    def _add_id(self, person: Person | None, distinct_id: str) -> None:
        """One more id of a person; its events without a person are the person's from now on."""
        if person is not None:
            least = 1 if distinct_id in self.personless else 0
            version = self._next(distinct_id, least)
            self.ids[distinct_id] = Known(person.id, version, changed=True)

    def _next(self, distinct_id: str, least: int) -> int:
        """A version above that of an id whose person is gone."""
        known = self.ids.get(distinct_id)
        return least if known is None else known.version + 1

    def _of(self, distinct_id: str) -> Person | None:
        known = self.ids.get(distinct_id)
        person = self.persons.get(known.person_id) if known else None
        return None if person is None or person.deleted else person


def joined_with(event: Event) -> str | None:
    """The other distinct id that an event says is the same person."""
    said = event.properties
    if event.name in ("$create_alias", "$merge_dangerously") and said.get("alias"):
        return text_of(said["alias"])
    if event.name == "$identify" and "$anon_distinct_id" in said:
        return text_of(said["$anon_distinct_id"])
    return None


def mentioned(events: Iterable[Event]) -> list[str]:
    """Every distinct id that the events speak of, once."""
    found = {event.distinct_id for event in events}
    return sorted(found | {other for event in events if (other := joined_with(event)) is not None})
