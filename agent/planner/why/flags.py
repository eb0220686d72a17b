"""Whether a flag's variants differ in how many of their people did what is asked about."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.planner.why.chance import normal, two_shares
from agent.planner.why.comparable import Compared
from agent.planner.why.dimensions import FLAG, plain_value
from agent.planner.why.figures import figure, percent
from agent.planner.why.findings import Finding
from agent.planner.why.measure import Measure, both, within
from agent.planner.why.measured import hogql
from agent.planner.why.ranking import Whole
from agent.planner.world import Request, World

ROWS = 200
SURE = 0.001
"""How unlikely a difference must be, over all that are looked at."""

LEAST = 0.2
PEOPLE = 20
"""Who saw a variant, at least, for it to be compared."""

WEIGHT = 1.3


@dataclass(frozen=True)
class Variant:
    """The people who saw one variant of a flag, and how many of them did it."""

    flag: str
    value: str
    people: float
    did: float


def has_flags(world: World) -> bool:
    """Whether events carry the variants of flags."""
    return any(name.startswith(FLAG) for name in world.held["event"])


def request(measure: Measure, compared: Compared, shared: Sequence[str]) -> Request:
    """The call for the people of each variant in the period."""
    did = " AND ".join(measure.conditions()) or "true"
    rows = (
        f"SELECT person_id, {did} AS hit, JSONExtractKeysAndValuesRaw(properties) AS own\n"
        f"FROM events\nWHERE {both([within(compared.span), *shared])}"
    )
    text = (
        "SELECT pair.1 AS flag, pair.2 AS variant, count(DISTINCT person_id) AS people,\n"
        "  count(DISTINCT if(hit, person_id, NULL)) AS did\n"
        f"FROM (SELECT person_id, hit, arrayJoin(own) AS pair\nFROM ({rows}))\n"
        f"WHERE startsWith(flag, '{FLAG}')\nGROUP BY flag, variant ORDER BY flag, variant"
    )
    return hogql(text, ROWS)


def findings(
    table_rows: Sequence[Sequence[object]], whole: Whole, recent: set[str]
) -> list[Finding]:
    """The flags that were switched lately and one of whose variants differs from the others."""
    variants = [
        Variant(str(flag)[len(FLAG) :], plain_value(str(value)), float(str(n)), float(str(did)))
        for flag, value, n, did in table_rows
    ]
    compared = [one for one in variants if one.flag in recent and one.people >= PEOPLE]
    return [
        found
        for one in compared
        if (found := _finding(one, [v for v in compared if v.flag == one.flag], whole, compared))
    ]


def _finding(
    one: Variant, of_flag: Sequence[Variant], whole: Whole, compared: Sequence[Variant]
) -> Finding | None:
    others = [v for v in of_flag if v.value != one.value]
    people, did = sum(v.people for v in others), sum(v.did for v in others)
    if not people:
        return None
    chance = normal(two_shares(one.did, one.people, did, people)) * len(compared)
    more = one.did - one.people * did / people
    share = more / whole.change if whole.change else 0.0
    if chance > SURE or share < LEAST:
        return None
    short = (
        f"of people with the variant {one.value} of the flag {one.flag} "
        f"{percent(one.did / one.people)} did it, of those with its other variants "
        f"{percent(did / people)}"
    )
    counts = f"{figure(one.did)} of {figure(one.people)} against {figure(did)} of {figure(people)}"
    full = f"{short} ({counts})"
    return Finding("part", short, full, share, WEIGHT)
