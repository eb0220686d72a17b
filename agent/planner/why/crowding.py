"""Who is behind a rise: few people, one network, robots."""

from agent.answer import AnswerTable
from agent.planner.why.dimensions import CLIENT, NETWORK, ROBOT, Cell
from agent.planner.why.figures import figure, percent, plural, rounded, table
from agent.planner.why.measure import both, within
from agent.planner.why.measured import hogql
from agent.planner.why.ranking import Part
from agent.planner.why.searching import Search
from agent.planner.world import Request

CROWDED = 0.3
"""The share of a part from which one network or person is worth a word."""

PEOPLE = 10


def crowd(search: Search, part: Part) -> str:
    """Words on networks, robots and single people that stand out in a part."""
    inside = search.inside(part) if search.looked_into(part) else search.cells
    found = []
    for name, value, words in (
        (NETWORK, None, "from the network {}"),
        (CLIENT, ROBOT, "from robots"),
    ):
        top = _top(inside, name, value)
        if top and part.now and CROWDED <= top.now / part.now <= 1:
            found.append(f"{percent(top.now / part.now)} of it came {words.format(top.value)}")
    people = spread(search, part)
    return "".join(f"; {one}" for one in [*found, people] if one)


def spread(search: Search, part: Part | None) -> str:
    """Whether few people or many are behind it."""
    (found,) = search.world.look(request(search, part))
    if not found.rows:
        return ""
    *_, most, all_of = found.rows[0]
    total = part.now if part else search.whole.now
    if search.measure.counted != "events" or not total:
        return ""
    if most / total >= CROWDED:
        return f"one person has {figure(most)} of the {figure(total)}"
    return f"it is spread over {plural(all_of, 'person', 'people')}, none with more than {most}"


def people(search: Search, part: Part | None) -> AnswerTable:
    """The people with the most, in the part that stands out."""
    (found,) = search.world.look(request(search, part))
    rows = [(known, rounded(float(now))) for _, known, now, _ in found.rows]
    total = int(found.rows[0][-1]) if found.rows else 0
    return table(("person, by a distinct id", "now"), rows, total)


def request(search: Search, part: Part | None) -> Request:
    """The call for the people with the most in the period."""
    where = [within(search.compared.span), *search.measure.conditions()]
    where += part.conditions if part else ()
    value = "sum(amount)" if search.measure.counted == "sum" else "count()"
    text = (
        "SELECT person_id, argMax(distinct_id, timestamp) AS known, "
        f"{value.replace('amount', search.measure.field)} AS now,\\n"
        f"  count() OVER () AS people\\nFROM events\\nWHERE {both(where)}\\n"
        f"GROUP BY person_id ORDER BY now DESC, known LIMIT {PEOPLE}"
    ).replace("\\n", "\n")
    return hogql(text, PEOPLE)


def _top(cells: list[Cell], name: str, value: str | None) -> Cell | None:
    named = [
        cell
        for cell in cells
        if cell.dimension.name == name and cell.value is not None and value in (None, cell.value)
    ]
    return max(named, key=lambda cell: cell.now, default=None)
