"""The properties that events are told apart by, counted by all of them in one query.

Each event's properties are taken from its JSON as they are, so that the query names none of them:
it stays short, and names from data stand in it only where one value is looked into.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agent.planner.english.windows import Span
from agent.planner.english.words import name_words, stem, word_set
from agent.planner.plan import Property
from agent.planner.why.comparable import end, seconds, start
from agent.planner.why.conditions import column
from agent.planner.why.measure import Measure, both
from agent.planner.why.slots import AT, Slots
from agent.planner.world import World
from tools.literals import literal

VALUES = 12
"""Values of each property to look at, those that changed the most."""

EVENT, OF_PERSON, DERIVED = "e", "p", "x"
"""What the keys of event properties, person properties and derived ones begin with."""

PERSON, CLIENT, NETWORK, CHANNEL = "person", "kind of client", "network of $ip", "channel"
ROBOT = "1"
BOT = "(?i)bot|crawl|spider|slurp|python-|curl/|wget|headless|phantom|scrapy|httpclient|okhttp/"

PASSING = word_set(
    "$session_id $window_id $pageview_id $prev_pageview_id $insert_id $time $sent_at "
    "$timestamp $anon_distinct_id $device_id $user_id distinct_id token $current_url $referrer "
    "$ip $set $raw_user_agent $user_agent $event_type $initial_current_url $initial_referrer "
    "$set_once $geoip_latitude $geoip_longitude $geoip_postal_code $geoip_time_zone "
    "$geoip_country_code $geoip_continent_code $feature_flag $feature_flag_response "
    "$active_feature_flags $viewport_width $viewport_height $screen_width $screen_height "
    "$lib_version $process_person_profile $app_name $exception_issue_id $exception_list "
    "$elements $elements_chain $groups"
)
"""Properties that tell a single event, or say what another one says better."""

FLAG = "$feature/"
"""What the properties that hold a flag's variant begin with; they are compared by themselves."""

PERSONAL = frozenset(map(stem, ("email", "name", "phone", "id", "uuid", "interests")))


@dataclass(frozen=True)
class Dimension:
    """Something that events are told apart by."""

    key: str
    name: str
    """As people read it."""

    sql: str
    """Its value of one event, as HogQL."""

    holder: str = "event"
    raw: str = ""
    """The value as the JSON text it was stored as, for numbers and the like."""

    def condition(self, value: str | None) -> str:
        """That it has a value: JSON text for a property, plain text for what is derived."""
        if value is None:
            return f"isNull({self.sql})"
        said = _read(value) if self.raw else value
        if self.raw and not isinstance(said, str):
            return f"{self.raw} = {literal(value)}"
        return f"toString({self.sql}) = {literal(said)}"

    def words(self, value: str | None) -> str:
        """A value as people read it."""
        if value is None:
            return "(none)"
        if self.name == CLIENT and not self.raw:
            return "robot" if value == ROBOT else "other"
        said = _read(value) if self.raw else value
        return (said or "(empty)") if isinstance(said, str) else value


@dataclass(frozen=True)
class Cell:
    """The figure of one value of a dimension, in the period and in each slice of those before."""

    dimension: Dimension
    value: str | None
    now: float
    slices: tuple[float, ...]
    """The nearest first."""

    first: str = ""
    """When it was first seen in what was looked at."""

    different: int = 2
    """How many values the dimension has."""

    @property
    def before(self) -> float:
        """Over all slices."""
        return sum(self.slices)


def sliced(near: Sequence[Span]) -> tuple[Span, ...]:
    """The periods before; a single one in two halves, so that its own course can be seen."""
    if len(near) > 1:
        return tuple(near)
    (one,) = near
    middle = start(one) + (end(one) - start(one)) / 2
    middle = middle.replace(minute=0, second=0, microsecond=0)
    return Span(middle, end(one), ""), Span(start(one), middle, "")


def counted(
    measure: Measure, span: Span, near: Sequence[Span], world: World, more: Sequence[str] = ()
) -> str:
    """The figure by every value of every property, in a period and each slice of those before."""
    slots = Slots((span, *sliced(near)), world.zone)
    columns = [f"{measure.value(slots.inside(one))} AS v{i}" for i, one in enumerate(slots.spans)]
    where = both([*slots.envelope, *measure.conditions(more)])
    rows = f"SELECT timestamp, {AT}, {measure.field} AS amount, {sources(world)}"
    made = f"SELECT timestamp, amount, {', '.join(slots.columns)}, {MADE}, {derived(world)}"
    each = f"SELECT timestamp, amount, {', '.join(slots.names)}, {PAIR}"
    grouped = (
        f"SELECT {KEYS}, {', '.join(columns)}, min(timestamp) AS first\n"
        f"FROM ({each}\nFROM ({made}\nFROM ({rows}\nFROM events\nWHERE {where})))\n"
        f"WHERE dimension NOT IN ({hidden(world)})\nGROUP BY dimension, value"
    )
    names = [f"v{i}" for i in range(len(slots.spans))]
    whole = [f"sum({name}) OVER (PARTITION BY dimension)" for name in names]
    times = max(sum(map(seconds, near)) / seconds(span), 1e-9)
    return (
        "SELECT dimension, value, first, count() OVER (PARTITION BY dimension) AS different,\n"
        f"  {', '.join([*names, *whole])}\nFROM ({grouped})\n"
        f"ORDER BY abs(v0 - ({' + '.join(names[1:])}) / {times:.6f}) DESC\n"
        f"LIMIT {VALUES} BY dimension"
    )


def cells(rows: Sequence[Sequence[Any]], world: World, *, additive: bool) -> list[Cell]:
    """The rows of such a query, and how much has no value of a property where that adds up."""
    found: dict[str, list[Cell]] = {}
    sums: dict[str, list[float]] = {}
    for key, value, first, different, *figures in rows:
        numbers, half = [float(one or 0) for one in figures], len(figures) // 2
        text = value_of(str(key), value)
        cell = Cell(
            dimension(str(key), world),
            text,
            numbers[0],
            tuple(numbers[1:half]),
            str(first),
            int(different),
        )
        found.setdefault(str(key), []).append(cell)
        sums[str(key)] = numbers[half:]
    whole = sums.get(f"{DERIVED}{PERSON}", [])
    for key, some in found.items() if additive else ():
        rest = [max(0.0, a - b) for a, b in zip(whole, sums[key], strict=True)]
        if any(rest) and all(cell.value is not None for cell in some):
            one = some[0]
            blank = Cell(one.dimension, None, rest[0], tuple(rest[1:]), "", one.different + 1)
            some.append(blank)
    return [cell for some in found.values() for cell in some]


def sources(world: World) -> str:
    """The columns of an event that its dimensions are made of."""
    found = ["JSONExtractKeysAndValuesRaw(properties) AS own"]
    found += ["JSONExtractKeysAndValuesRaw(person.properties) AS theirs"]
    made = _made(world).values()
    return ", ".join([*found, *(f"{sql} AS x{i}" for i, sql in enumerate(made))])


def derived(world: World) -> str:
    """What follows from these columns, as pairs of key and value."""
    pairs = [f"({literal(f'{DERIVED}{name}')}, x{i})" for i, name in enumerate(_made(world))]
    return f"[{', '.join(pairs)}] AS c"


MADE = (
    f"arrayMap(p -> (concat('{EVENT}', p.1), p.2), own) AS a,\n"
    f"  arrayMap(p -> (concat('{OF_PERSON}', p.1), p.2), theirs) AS b"
)
"""The properties of an event and of its person as pairs of key and JSON."""

PAIR = "arrayJoin(arrayConcat(a, b, c)) AS pair"
KEYS = "pair.1 AS dimension, pair.2 AS value"


def _made(world: World) -> dict[str, str]:
    """What is derived of an event: addresses, clients, channels, groups, people."""
    held, found = world.held["event"], {PERSON: "toString(person_id)"}
    if "$ip" in held:
        found[NETWORK] = "replaceRegexpOne(toString(properties.$ip), '[.][0-9]+$', '.*')"
    agent = next((name for name in ("$raw_user_agent", "$user_agent") if name in held), None)
    if agent:
        found[CLIENT] = f"toString(match(toString(properties.{agent}), {literal(BOT)}))"
    if "$session_id" in held and "$channel_type" in world.held["session"]:
        found[CHANNEL] = "toString(session.$channel_type)"
    groups = {name: f"toString($group_{i})" for i, name in enumerate(world.facts.groups)}
    return found | {name: column for name, column in groups.items() if _plain(name)}


def dimension(key: str, world: World) -> Dimension:
    """The dimension of a key."""
    kind, name = key[0], key[1:]
    if kind == DERIVED:
        return Dimension(key, name, _made(world)[name], "person" if name == PERSON else "event")
    person = kind == OF_PERSON
    known = world.held["person" if person else "event"].get(name)
    prop = known or Property(name, "person" if person else "event")
    sql = column(prop, world.facts.groups)
    raw = f"JSONExtractRaw({'person.properties' if person else 'properties'}, {literal(name)})"
    return Dimension(key, f"the person's {name}" if person else name, sql, prop.holder, raw)


def hidden(world: World) -> str:
    """The keys that are not looked at, as HogQL."""
    return ", ".join(map(literal, sorted(_hides(world)))) or "''"


def _hides(world: World) -> set[str]:
    """The keys that tell single events or people, or that hold what came of them."""
    own = {f"{EVENT}{one.name}" for one in world.held["event"].values() if _single(one)}
    people = {
        f"{OF_PERSON}{one.name}"
        for one in world.held["person"].values()
        if one.kind not in ("String", "Boolean") or one.name in PASSING or _personal(one.name)
    }
    return own | people


def _single(prop: Property) -> bool:
    """Whether a property is made to be different on every event."""
    words = name_words(prop.name)
    ends = bool(words) and words[-1] in ("uuid", "guid", "hash", "timestamp", "url", "text")
    return prop.name in PASSING or prop.kind == "DateTime" or ends or prop.name.startswith(FLAG)


def _personal(name: str) -> bool:
    return bool(PERSONAL & {stem(word) for word in name_words(name)})


def _plain(name: str) -> bool:
    return name.replace("_", "a").isalnum()


def value_of(key: str, value: Any) -> str | None:
    """The value of a row, None for none: JSON's null, and a group that is not set."""
    blank = (None, "null") if key[:1] != DERIVED else (None, "")
    return None if value in blank else str(value)


def plain_value(text: str) -> str:
    """JSON text as people read it."""
    said = _read(text)
    return said if isinstance(said, str) else text


def _read(text: str) -> Any:
    """JSON text as what it stands for; other text as it is."""
    try:
        return json.loads(text)
    except ValueError:
        return text
