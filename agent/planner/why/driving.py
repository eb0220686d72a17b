"""Which behaviours go with a later outcome.

People who began something in a period are watched twice: what they did in a first window, and what
became of them in a second one that starts when the first ends, so that nothing from later can leak
into what comes before. Those who had the outcome in the first window already, and those whose
second window is not over, don't count. Each behaviour, at the number of times that tells the most,
is told with the rates of those who did it and did not, the interval of their difference over all
behaviours looked at, and the difference among people who were as active (Mantel and Haenszel),
because who does more of everything does more of each.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from agent.answer import Draft
from agent.planner.english.windows import Span
from agent.planner.plan import Property, Series
from agent.planner.why import driver_words
from agent.planner.why.comparable import end, start
from agent.planner.why.conditions import condition
from agent.planner.why.dimensions import plain_value
from agent.planner.why.drivers import Driver, Group, Tally, ranked
from agent.planner.why.entry import bounded
from agent.planner.why.measure import both, named
from agent.planner.why.measured import hogql
from agent.planner.world import Request, World
from tools.literals import literal, moment

TIMES = (1, 2, 3, 5, 7, 10)
"""How often somebody did something, as the least that is told apart."""

ROWS = 10_000
FEW = 40
"""People without whom nothing can be said."""


ANY = Series()
"""Any event."""


@dataclass(frozen=True)
class Outcome:
    """What becomes of people later: they do something, or anything, or they don't."""

    wanted: Series = ANY
    """What they do in the second window; any event is being back at all."""

    begin: Series = ANY
    """What they begin with: the first time somebody ever did it."""

    first: timedelta = timedelta(days=7)
    """The length of the first window, in which behaviour counts."""

    later: timedelta = timedelta(days=30)
    """The length of the second window, in which the outcome counts."""

    absent: bool = False
    """Whether the outcome is that they did not do it: churn."""


def drivers(
    question: str,
    outcome: Outcome,
    candidates: Sequence[Series | Property],
    span: Span,
    world: World,
) -> Draft:
    """The behaviours, or properties, that go with a later outcome, the clearest first."""
    del question
    asked = bounded(span, world)
    period, note = _observed(asked, outcome, world)
    if period is None:
        return driver_words.too_early(asked, outcome, world)
    properties = [one for one in candidates if isinstance(one, Property)]
    series = [one for one in candidates if isinstance(one, Series)]
    calls = [_behaviours(outcome, series, period, world)] if series or not properties else []
    calls += [_properties(outcome, properties, period, world)] if properties else []
    tables = world.look(*calls)
    groups = [_group(row) for table in tables for row in table.rows]
    everyone, rest = _split(groups)
    if everyone.people < FEW:
        return driver_words.too_few(everyone, outcome, period, world)
    found = ranked(rest, everyone, absent=outcome.absent)
    return driver_words.told(
        found, everyone, outcome, period, world, (note,) if note else (),
        [driver_words.series_words(one) for one in series],
        whole=all(table.whole for table in tables),
    )  # fmt: skip


def _observed(asked: Span, outcome: Outcome, world: World) -> tuple[Span | None, str]:
    """The part of the period whose people have had both windows; all data when none was named."""
    latest = world.clock.now - outcome.first - outcome.later
    first = world.clock.first or start(asked)
    if asked.default:
        whole = Span(first, latest, "")
        said = "no period was named, so everyone who has had both windows counts"
        return (whole, said) if first < latest else (None, "")
    if start(asked) >= latest:
        return None, ""
    if end(asked) <= latest:
        return asked, ""
    said = f"people who began after {latest:%Y-%m-%d} have not had both windows yet and don't count"
    return replace(asked, end=latest), said


def _behaviours(outcome: Outcome, series: Sequence[Series], period: Span, world: World) -> Request:
    """How many did each thing how often in the first window, and of how many it came true."""
    people = _people(outcome, period, world)
    if series:
        cases = ", ".join(
            f"{both(_conditions(one, world))}, {literal(driver_words.series_words(one))}"
            for one in series
        ).replace("\n", " ")
        name = f"multiIf({cases}, '')"
    else:
        name = "event"
    did = (
        f"SELECT id, {_hit(outcome, world)} AS hit, {_early(outcome, world)} AS early,\n"
        f"  countIf({_within(outcome)}) AS busy,\n"
        f"  sumMap([if({_within(outcome)}, {name}, '')], [1]) AS did\n"
        f"FROM events AS e INNER JOIN ({people}) AS p ON e.person_id = p.id\n"
        f"WHERE {both(_bounds(outcome, period))}\nGROUP BY id, t0 HAVING early = 0"
    )
    told_apart = TIMES[:1] if series else TIMES
    least = ", ".join(f"tupleElement(pair, 2) >= {n}, {n}" for n in reversed(told_apart))
    each = (
        "SELECT hit, toInt(floor(log2(busy + 1))) AS level,\n"
        "  arrayJoin(arrayConcat([tuple('', 1)], arrayFilter(p -> p.1 != '', "
        "arrayZip(tupleElement(did, 1), tupleElement(did, 2))))) AS pair\n"
        f"FROM ({did})"
    )
    text = (
        f"SELECT tupleElement(pair, 1) AS name, multiIf({least}, 0) AS times, level,\n"
        "  count() AS people, countIf(hit > 0) AS hits\n"
        f"FROM ({each})\nGROUP BY name, times, level ORDER BY name, times, level"
    )
    return hogql(text, ROWS)


def _properties(
    outcome: Outcome, properties: Sequence[Property], period: Span, world: World
) -> Request:
    """How many people had each value when they began, and of how many it came true."""
    keys = {
        "p": [one.name for one in properties if one.holder == "person"],
        "e": [one.name for one in properties if one.holder == "event"],
    }
    own = [
        f"arrayMap(p -> tuple(concat('{kind}', p.1), p.2), arrayFilter(p -> p.1 IN "
        f"({', '.join(map(literal, names))}), JSONExtractKeysAndValuesRaw({field})))"
        for kind, field in (("p", "person.properties"), ("e", "properties"))
        if (names := keys[kind])
    ]
    people = _people(outcome, period, world)
    inner = (
        f"SELECT id, {_hit(outcome, world)} AS hit, {_early(outcome, world)} AS early,\n"
        f"  countIf({_within(outcome)}) AS busy, argMin(arrayConcat([tuple('', '')], "
        f"{', '.join(own)}), timestamp) AS had\n"
        f"FROM events AS e INNER JOIN ({people}) AS p ON e.person_id = p.id\n"
        f"WHERE {both(_bounds(outcome, period))}\nGROUP BY id, t0 HAVING early = 0"
    )
    each = (
        "SELECT hit, toInt(floor(log2(busy + 1))) AS level,\n"
        f"  arrayJoin(had) AS pair\nFROM ({inner})"
    )
    text = (
        "SELECT tupleElement(pair, 1) AS name, tupleElement(pair, 2) AS value, level,\n"
        "  count() AS people, countIf(hit > 0) AS hits\n"
        f"FROM ({each})\nGROUP BY name, value, level ORDER BY people DESC, name, value, level"
    )
    return hogql(text, ROWS)


def _people(outcome: Outcome, period: Span, world: World) -> str:
    """Who began in the period, and when: the first time ever."""
    where = _conditions(outcome.begin, world)
    begun = f"t0 >= {moment(start(period))} AND t0 < {moment(end(period))}"
    return (
        f"SELECT person_id AS id, min(timestamp) AS t0 FROM events WHERE {both(where)}\n"
        f"GROUP BY person_id HAVING {begun}"
    )


def _bounds(outcome: Outcome, period: Span) -> list[str]:
    last = end(period) + outcome.first + outcome.later
    return [
        "timestamp >= t0",
        f"timestamp < t0 + toIntervalSecond({_seconds(outcome.first + outcome.later)})",
        f"timestamp >= {moment(start(period))}",
        f"timestamp < {moment(last)}",
    ]


def _within(outcome: Outcome) -> str:
    return f"timestamp < t0 + toIntervalSecond({_seconds(outcome.first)})"


def _hit(outcome: Outcome, world: World) -> str:
    wanted = " AND ".join(_conditions(outcome.wanted, world)) or "true"
    return f"countIf(NOT ({_within(outcome)}) AND {wanted})"


def _early(outcome: Outcome, world: World) -> str:
    """How often the outcome came in the first window already; being active there is no outcome."""
    wanted = " AND ".join(_conditions(outcome.wanted, world))
    return f"countIf({_within(outcome)} AND {wanted})" if wanted else "0"


def _conditions(one: Series, world: World) -> list[str]:
    return [*named(one.events), *(condition(f, world.facts.groups) for f in one.filters)]


def _seconds(length: timedelta) -> int:
    return int(length.total_seconds())


def _group(row: Sequence[object]) -> Group:
    name, which, level, people, hits = row
    key = str(name)
    tally = Tally(float(str(people)), float(str(hits)))
    if isinstance(which, int | float):
        return Group(key, str(which), int(which), int(str(level)), tally)
    label = f"the person's {key[1:]}" if key[:1] == "p" else key[1:]
    return Group(label, plain_value(str(which)), 0, int(str(level)), tally)


def _split(groups: Sequence[Group]) -> tuple[Driver, list[Group]]:
    everyone = [one for one in groups if not one.name]
    return Driver.of_all(everyone), [one for one in groups if one.name]
