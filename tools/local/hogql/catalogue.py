"""The tables of HogQL as the embedded project has them, and how their columns are computed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tools.kinds import Kind
from tools.local.hogql.channel import CHANNEL_TYPE

PERSON_ID = "if(notEmpty({overrides.distinct_id}), {overrides.person_id}, {t}.person_id)"


@dataclass(frozen=True)
class Column:
    """One column: its type, and its expression where it is not the column itself.

    In an expression `{t}` is the table, `{link.column}` a column of a joined table and `{=key}`
    an event property.
    """

    kind: Kind
    expression: str = ""
    nullable: bool = False
    scope: str = ""
    visible: bool = True


@dataclass(frozen=True)
class Link:
    """Another table reached by a name, as person or session from events."""

    table: str
    on: str
    """The condition; `{j.column}` is a column of the table reached."""
    hidden: bool = False
    """Whether only expressions of this catalogue may use it."""


@dataclass(frozen=True)
class Table:
    """One table: where its rows come from, its columns and what it leads to."""

    name: str
    base: str
    columns: Mapping[str, Column]
    links: Mapping[str, Link] = field(default_factory=dict)
    virtual: Mapping[str, Mapping[str, Column]] = field(default_factory=dict)
    """Names with fields of their own: person → id, properties …."""
    where: str = ""
    group_by: str = ""
    final: bool = False

    @property
    def derived(self) -> bool:
        """Whether its rows are computed, so that it stands in a query of its own."""
        return self.final or bool(self.group_by)


def _text(*, nullable: bool = False) -> Column:
    return Column(Kind.STRING, nullable=nullable)


def _first(key: str) -> Column:
    return Column(Kind.STRING, f"argMin({{={key}}}, {{t}}.timestamp)", nullable=True)


OVERRIDES = Table(
    "overrides",
    "person_distinct_id_overrides",
    {"distinct_id": _text(), "person_id": Column(Kind.UUID)},
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
    },
    where="{t}.is_deleted = 0",
    final=True,
)

PERSON_DISTINCT_IDS = Table(
    "person_distinct_ids",
    "person_distinct_ids",
    {"distinct_id": _text(), "person_id": Column(Kind.UUID)},
    links={"person": Link("persons", "{t}.person_id = {j.id}")},
    where="{t}.is_deleted = 0",
    final=True,
)

GROUPS = Table(
    "groups",
    "groups",
    {
        "index": Column(Kind.INTEGER),
        "key": _text(),
        "created_at": Column(Kind.DATETIME),
        "updated_at": Column(Kind.DATETIME),
        "properties": Column(Kind.JSON, scope="group"),
    },
    final=True,
)

_GROUP_NAMES = tuple(f"$group_{index}" for index in range(5))

EVENTS = Table(
    "events",
    "events",
    {
        "uuid": Column(Kind.UUID),
        "event": _text(),
        "properties": Column(Kind.JSON, scope="event"),
        "timestamp": Column(Kind.DATETIME),
        "distinct_id": _text(),
        "elements_chain": _text(),
        "created_at": Column(Kind.DATETIME),
        "$session_id": _text(),
        "$window_id": _text(),
        **{name: _text() for name in _GROUP_NAMES},
        "person_id": Column(Kind.UUID, PERSON_ID, visible=False),
    },
    links={
        "overrides": Link("overrides", "{t}.distinct_id = {j.distinct_id}", hidden=True),
        "session": Link("sessions", "{t}.`$session_id` = {j.session_id}"),
        "person_row": Link("persons", f"{PERSON_ID} = {{j.id}}", hidden=True),
        **{
            f"group_{index}": Link(
                "groups", f"{{t}}.`{name}` = {{j.key}} AND {{j.index}} = {index}"
            )
            for index, name in enumerate(_GROUP_NAMES)
        },
    },
    virtual={
        "person": {
            "id": Column(Kind.UUID, PERSON_ID),
            "properties": Column(Kind.JSON, "{t}.person_properties", scope="person"),
            "created_at": Column(Kind.DATETIME, "{t}.person_created_at"),
            "is_identified": Column(Kind.BOOLEAN, "{person_row.is_identified}"),
        }
    },
)

_URL = "{=$current_url}"
_PAGEVIEWS = "countIf({t}.event = '$pageview')"
_SCREENS = "countIf({t}.event = '$screen')"
_AUTOCAPTURES = "countIf({t}.event = '$autocapture')"
_DURATION = "dateDiff('second', min({t}.timestamp), max({t}.timestamp))"
_UTM = ("source", "medium", "campaign", "content", "term")
_CLICK_IDS = ("gclid", "fbclid", "msclkid", "ttclid", "li_fat_id", "gad_source")

SESSIONS = Table(
    "sessions",
    "events",
    {
        "session_id": Column(Kind.STRING, "{t}.`$session_id`"),
        "distinct_id": Column(Kind.STRING, "argMax({t}.distinct_id, {t}.timestamp)"),
        "person_id": Column(Kind.UUID, f"argMax({PERSON_ID}, {{t}}.timestamp)", visible=False),
        "$start_timestamp": Column(Kind.DATETIME, "min({t}.timestamp)"),
        "$end_timestamp": Column(Kind.DATETIME, "max({t}.timestamp)"),
        "$session_duration": Column(Kind.INTEGER, _DURATION),
        "$entry_current_url": _first("$current_url"),
        "$entry_pathname": Column(
            Kind.STRING, f"path(argMin({_URL}, {{t}}.timestamp))", nullable=True
        ),
        "$entry_hostname": Column(
            Kind.STRING, f"domain(argMin({_URL}, {{t}}.timestamp))", nullable=True
        ),
        "$end_current_url": Column(Kind.STRING, f"argMax({_URL}, {{t}}.timestamp)", nullable=True),
        "$end_pathname": Column(
            Kind.STRING, f"path(argMax({_URL}, {{t}}.timestamp))", nullable=True
        ),
        "$entry_referring_domain": _first("$referring_domain"),
        **{f"$entry_utm_{name}": _first(f"utm_{name}") for name in _UTM},
        **{f"$entry_{name}": _first(name) for name in _CLICK_IDS},
        "$pageview_count": Column(Kind.INTEGER, _PAGEVIEWS),
        "$screen_count": Column(Kind.INTEGER, _SCREENS),
        "$autocapture_count": Column(Kind.INTEGER, _AUTOCAPTURES),
        "$num_uniq_urls": Column(Kind.INTEGER, f"uniqExact({_URL})"),
        "$is_bounce": Column(
            Kind.BOOLEAN,
            f"if({_PAGEVIEWS} + {_SCREENS} = 0, NULL, toBool("
            f"{_PAGEVIEWS} <= 1 AND {_SCREENS} <= 1 AND {_AUTOCAPTURES} = 0 AND {_DURATION} < 10))",
            nullable=True,
        ),
        "$channel_type": Column(Kind.STRING, CHANNEL_TYPE),
    },
    links={"overrides": Link("overrides", "{t}.distinct_id = {j.distinct_id}", hidden=True)},
    where="{t}.`$session_id` != ''",
    group_by="{t}.`$session_id`",
)

NUMBERS = Table("numbers", "numbers", {"number": Column(Kind.INTEGER)})

TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (EVENTS, PERSONS, SESSIONS, PERSON_DISTINCT_IDS, GROUPS, OVERRIDES)
}
QUERYABLE = ("events", "persons", "sessions", "person_distinct_ids", "groups", "numbers")
"""The names a query may read from."""
