"""Events and persons: whose event it was, and what is known of that person.

PostHog has four ways to answer that, named by the modifier personsOnEventsMode. The default takes
the person's id from the overrides that merging leaves behind, and the person's properties from the
event itself, as they were at its time.
"""

from collections.abc import Mapping

from tools.kinds import Kind
from tools.local.hogql import channel
from tools.local.hogql.context import ON_EVENTS
from tools.local.hogql.element_tags import USEFUL_ELEMENTS
from tools.local.hogql.schema import Column, Link, Table, text

_OWN = Column(Kind.UUID, "{t}.person_id")
_OVERRIDDEN = Column(
    Kind.UUID,
    "if(notEmpty({overrides.distinct_id}), {overrides.person_id}, {t}.person_id)",
    is_person=True,
)
_BY_DISTINCT_ID = Column(Kind.UUID, "{pdi.person_id}")

OVERRIDES = Table(
    "person_distinct_id_overrides",
    "person_distinct_id_overrides",
    {"distinct_id": text(), "person_id": Column(Kind.UUID)},
    links={"person": Link("persons", "{t}.person_id = {j.id}")},
    where="{t}.is_deleted = 0",
    final=True,
)

PERSONS = Table(
    "persons",
    "persons",
    {
        "id": Column(Kind.UUID),
        "created_at": Column(Kind.DATETIME),
        "properties": Column(Kind.JSON, scope="person"),
        "is_identified": Column(Kind.BOOLEAN, "toBool({t}.is_identified)"),
        **channel.initial("properties"),
    },
    links={"pdi": Link("person_distinct_ids", "{t}.id = {j.person_id}")},
    where="{t}.is_deleted = 0",
    final=True,
)

PERSON_DISTINCT_IDS = Table(
    "person_distinct_ids",
    "person_distinct_ids",
    {"distinct_id": text(), "person_id": Column(Kind.UUID)},
    links={"person": Link("persons", "{t}.person_id = {j.id}")},
    where="{t}.is_deleted = 0",
    final=True,
)

GROUPS = Table(
    "groups",
    "groups",
    {
        "index": Column(Kind.INTEGER),
        "key": text(),
        "created_at": Column(Kind.DATETIME),
        "updated_at": Column(Kind.DATETIME),
        "properties": Column(Kind.JSON, scope="group"),
    },
    final=True,
)

_GROUPS = tuple(f"$group_{index}" for index in range(5))
_ELEMENTS = "|".join(USEFUL_ELEMENTS)


def _elements(pattern: str) -> Column:
    """What the chain of elements of a click says, without repetition."""
    return Column(Kind.ARRAY, f"arrayDistinct(extractAll({{t}}.elements_chain, '{pattern}'))")


_COLUMNS = {
    "uuid": Column(Kind.UUID),
    "event": text(),
    "properties": Column(Kind.JSON, scope="event"),
    "timestamp": Column(Kind.DATETIME),
    "distinct_id": text(),
    "elements_chain": text(),
    "created_at": Column(Kind.DATETIME),
    "$session_id": text(),
    "$window_id": text(),
    "person_id": _OVERRIDDEN,
    **{name: text() for name in _GROUPS},
    "elements_chain_href": Column(
        Kind.STRING, """extract({t}.elements_chain, '(?::|\\")href="(.*?)"')"""
    ),
    "elements_chain_texts": _elements('(?::|\\")text="(.*?)"'),
    "elements_chain_ids": _elements('(?::|\\")attr_id="(.*?)"'),
    "elements_chain_elements": _elements(f"(?:^|;)({_ELEMENTS})(?:\\\\.|$|:)"),
    "event_person_id": Column(Kind.UUID, "{t}.person_id"),
}
_LINKS = {
    "overrides": Link("person_distinct_id_overrides", "{t}.distinct_id = {j.distinct_id}", True),
    "pdi": Link("person_distinct_ids", "{t}.distinct_id = {j.distinct_id}"),
    "session": Link("sessions", "{t}.`$session_id` = {j.session_id}"),
    **{
        f"group_{index}": Link("groups", f"{{t}}.`{name}` = {{j.key}} AND {{j.index}} = {index}")
        for index, name in enumerate(_GROUPS)
    },
}
_PERSON = Link("persons", "{person_id} = {j.id}")
_AT_THE_TIME = {
    "id": Column(Kind.UUID, "{person_id}"),
    "properties": Column(Kind.JSON, "{t}.person_properties", scope="person"),
    "created_at": Column(Kind.DATETIME, "{t}.person_created_at"),
    **channel.initial("person_properties"),
}
_OF_GROUPS = {f"goe_{i}": {"key": Column(Kind.STRING, f"{{t}}.`$group_{i}`")} for i in range(5)}


def _events(person_id: Column, *, joined: bool) -> Table:
    """Events with the person found in one way, and the person's properties in another."""
    virtual = {"poe": _AT_THE_TIME, **_OF_GROUPS}
    if joined:
        links = {**_LINKS, "person": _PERSON}
    else:
        identified = Column(Kind.BOOLEAN, "{person_row.is_identified}")
        virtual["person"] = {**_AT_THE_TIME, "is_identified": identified}
        links = {**_LINKS, "person_row": Link(_PERSON.table, _PERSON.on, hidden=True)}
    columns = {**_COLUMNS, "person_id": person_id}
    return Table("events", "events", columns, links, virtual)


MODES: Mapping[str, Table] = {
    ON_EVENTS: _events(_OVERRIDDEN, joined=False),
    "person_id_override_properties_joined": _events(_OVERRIDDEN, joined=True),
    "person_id_no_override_properties_on_events": _events(_OWN, joined=False),
    "disabled": _events(_BY_DISTINCT_ID, joined=True),
}
