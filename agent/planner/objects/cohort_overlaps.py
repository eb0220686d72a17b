"""How many of a cohort also have a property: people who are on a plan, in a country."""

from collections.abc import Sequence

from agent.answer import Draft
from agent.planner.english.words import Token
from agent.planner.objects import lookups, phrases, telling
from agent.planner.objects.asked import Asked
from agent.planner.objects.audiences import held
from agent.planner.objects.naming import pieces
from agent.planner.world import World
from tools.cohorts import Cohort
from tools.literals import literal, path


def overlap(asked: Asked, cohort: Cohort, rest: Sequence[Token], world: World) -> Draft | None:
    """The people of a cohort who also have a value of a property, None without such a property."""
    name, said = _property(rest, world)
    if name is None:
        return _by_value(cohort, rest, world)
    for pairs in held(said, world).values():
        if values := [value for found, value in pairs if found == name]:
            return _counted(cohort, name, values[0], world)
    return _which(cohort, name, said[0] if said else "", world)


def both(one: Cohort, other: Cohort, world: World) -> Draft:
    """The people who are in two cohorts."""
    found = lookups.table(
        world,
        f"SELECT countIf(id IN COHORT {one.id} AND id IN COHORT {other.id}) AS both,"
        f" countIf(id IN COHORT {one.id}) AS first, countIf(id IN COHORT {other.id}) AS second"
        " FROM persons",
        1,
    )
    shared, first, second = found.rows[0]
    return telling.answered(
        f"{telling.many(shared, 'person')} of the {first:,} in {one.name} and the {second:,} in"
        f" {other.name} {'is' if shared == 1 else 'are'} in both.",
        tables=[telling.table(("in both", one.name, other.name), found.rows)],
        assumptions=(f"as of {telling.now(world)}",),
    )


def _property(rest: Sequence[Token], world: World) -> tuple[str | None, list[str]]:
    """A property of persons that is named, and the words beside it that may be its value."""
    held = {tuple(pieces(name)): name for name in world.held["person"]}
    for i, token in enumerate(rest):
        name = held.get((token.stem,))
        if name:
            beside = [rest[k].text for k in (i - 1, i + 1) if 0 <= k < len(rest)]
            return name, [
                word for word in beside if word.lower() not in phrases.word_set("overlap.plain")
            ]
    return None, []


def _by_value(cohort: Cohort, rest: Sequence[Token], world: World) -> Draft | None:
    """A value that only one property of persons has."""
    texts = [
        token.text
        for token in rest
        if token.word not in phrases.word_set("overlap.plain") and len(token.text) > 1
    ]
    found = [one for pairs in held(texts, world).values() for one in pairs]
    names = {name for name, _ in found}
    return _counted(cohort, *found[0], world) if len(names) == 1 else None


def _counted(cohort: Cohort, name: str, value: str, world: World) -> Draft:
    where = f"{path('properties', name)} = {literal(value)}"
    found = lookups.table(
        world,
        f"SELECT countIf({where}) AS both, count() AS cohort FROM persons WHERE id IN COHORT"
        f" {cohort.id}",
        1,
    )
    both, size = found.rows[0]
    share = f" ({100 * both / size:.1f}%)" if size else ""
    return telling.answered(
        f"{both:,} of the {size:,} people in {cohort.name} have {name} {value}{share}.",
        tables=[telling.table(found.columns, found.rows)],
        assumptions=(f"as of {telling.now(world)}", f"{name} as the person has it now"),
    )


def _which(cohort: Cohort, name: str, said: str, world: World) -> Draft:
    """Ask which value is meant, with the values that there are."""
    column = path("properties", name)
    found = lookups.table(
        world,
        f"SELECT {column} AS value, count() AS people FROM persons WHERE id IN COHORT {cohort.id} "
        "GROUP BY value ORDER BY people DESC, value",
        20,
    )
    values = [str(row[0]) for row in found.rows if row[0] is not None][:6]
    ways = [
        f"How many people in the cohort {cohort.name} are on {name} {value}?" for value in values
    ]
    none = f"No person's {name} is “{said}”." if said else f"Which {name}?"
    return telling.asks(
        f"{none} Which do you mean?",
        f"The values of {name} in {cohort.name}:",
        choices=ways,
        tables=[telling.table(found.columns, found.rows, whole=found.whole)],
    )
