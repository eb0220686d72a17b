"""Several figures in one question: a list is cut into its items, each is read by itself."""

from collections.abc import Sequence
from dataclasses import replace

from agent.planner.english.chunks import Chunk
from agent.planner.english.words import word_set
from agent.planner.plan import Formula, Reply, Series, Unsure
from agent.planner.reading import adding, events, numbers
from agent.planner.reading.calculations import statistic, statistics
from agent.planner.reading.filters import filters
from agent.planner.reading.listed import alike, beside
from agent.planner.reading.measured import Measure
from agent.planner.reading.measures import measure
from agent.planner.reading.properties import money, own
from agent.planner.reading.rates import rate
from agent.planner.reading.said import Said

HEADS = word_set("event revenue people sessions rate agg distinct order_value active")
"""What an item of a list must have at least one of."""

BETWEEN = word_set("comma and vs plus slash")


def figures(said: Said) -> Measure:
    """What is measured: one thing, or each item of a list."""
    if difference := _difference(said):
        return difference
    if several := _several(said):
        return several
    if two := _of_two_values(said):
        return two
    items = _items(said)
    if len(items) < 2:
        return _one(said)
    said.beside = _sold(said)
    ratio = next(
        (
            c
            for c in said.all("ratio")
            if not _measurable(said, said.groups[said.groups.index(c) :])
        ),
        None,
    )
    said.take(ratio)
    read = [(item, _one(item)) for item in map(said.part, (item.groups for item in items))]
    said.take(*said.all("vs", "compare", "plus"))
    found = _together(said, read)
    return replace(found, formula="ratio") if ratio and not found.formula else found


def divided(said: Said) -> Measure | None:
    """“Refunds as a percentage of revenue”: amounts of money, one over the other."""
    cue = next((c for c in said.all("share") if c.value in ("divide", "as")), None)
    if cue is None:
        return None
    at = said.groups.index(cue)
    sides = said.part(said.groups[:at]), said.part(said.groups[at + 1 :])
    if not all(_measurable(said, side.groups) for side in sides) or not any(map(_in_money, sides)):
        return None
    said.take(cue)
    first, last = (_one(side) for side in sides)
    if first.formula or last.formula or len(first.series) + len(last.series) > 2:
        raise Unsure(Reply("declined", "I can divide one plain figure by another."))
    both = (*first.series, *last.series)
    return Measure(tuple(_as_money(said, one, wanted=_owed(one)) for one in both), "share")


def _in_money(side: Said) -> bool:
    return numbers.number(side) is not None


def _owed(one: Series) -> bool:
    """Whether an event is an amount of money by its name: refunds, payouts."""
    return one.math == "total" and bool(one.events and numbers.OWED.search(one.events[0].lower()))


def _of_two_values(said: Said) -> Measure | None:
    """“The ratio of mobile to desktop views”: one event under two values of a property."""
    cue, wheres = said.first("ratio"), said.all("where")
    if cue is None or len(wheres) != 2 or len(said.all("event", "people")) != 1:
        return None
    between = {one.kind for one in said.between(wheres[0], wheres[1])}
    if not between <= {"to", "vs", "and", "over", "slash"} or not between:
        return None
    (one,) = measure(said).series
    properties = own(said.world, one.events)
    pairs = [filters(where.value, properties, said.world) for where in wheres]
    if any(len(found) != 1 for found in pairs) or pairs[0][0].property != pairs[1][0].property:
        return None
    said.take(cue, *wheres, *said.all("vs"))
    return Measure(tuple(replace(one, filters=(*one.filters, *found)) for found in pairs), "ratio")


def _several(said: Said) -> Measure | None:
    """“Tokens per plan, mean and 90th percentile”: several statistics of one number."""
    aggs = statistics(said)
    chunk = numbers.number(said)
    if (
        len(aggs) < 2
        or chunk is None
        or len({_meant(c) for c in said.all("property", "revenue") if adding.adds(said, c)}) > 1
    ):
        return None
    said.take(*aggs, *said.all("each_of"))
    over = [c for c in said.groups if c.kind == "per"]
    said.take(*over)
    made: list[Series] = []
    for agg in aggs:
        math, share = statistic(agg)
        if not made:
            made.append(numbers.calculated(said, chunk, math, share))
        else:
            made.append(replace(made[0], math=math, percentile=share))
    return Measure(tuple(made))


def _meant(chunk: Chunk) -> str:
    """What a number is most likely a word for."""
    return chunk.value[0].name if chunk.value else chunk.kind


def _sold(said: Said) -> str:
    """The event of a list by which something is bought or booked."""
    for chunk in said.all("event"):
        best = chunk.value.links[0].name if chunk.value.links else ""
        if best in events.of_concept(said, "buy", "book", "order", "pay"):
            return best
    return ""


def _one(said: Said) -> Measure:
    """An item: a rate, a ratio, or a plain measure."""
    if (found := rate(said)) is not None:
        return found
    ratio = said.pop("ratio")
    named = said.all("event")
    if ratio and len(named) >= 2:
        said.take(*named[:2], *said.all("between", "to"))
        return Measure(tuple(events.series(said, c.value) for c in named[:2]), "ratio")
    return measure(said)


def _items(said: Said) -> list[Said]:
    """The stretches of a question between separators that each have something to count."""
    edges = [g for g in said.groups if g.kind in BETWEEN]
    cut: list[tuple[int, int]] = []
    start = 0
    places = {id(g): n for n, g in enumerate(said.groups)}
    for edge in [*edges, None]:
        if edge and edge.kind == "comma" and _only_counts_people(said, edge):
            continue
        stop = places[id(edge)] if edge else len(said.groups)
        if _measurable(said, said.groups[start:stop]) and (
            edge is None or _measurable(said, said.groups[stop + 1 : _next(said, stop)])
        ):
            cut.append((start, stop))
            start = stop + 1
        elif edge is None:
            if cut:
                cut[-1] = (cut[-1][0], len(said.groups))
            else:
                cut.append((start, len(said.groups)))
    return [said.part(said.groups[i:j]) for i, j in cut]


def _only_counts_people(said: Said, comma: Chunk) -> bool:
    """“Signups last week, unique people”: how they are counted, and no other figure."""
    rest = said.groups[said.groups.index(comma) + 1 :]
    return [one.kind for one in rest] == ["distinct", "people"]


def _next(said: Said, at: int) -> int:
    """Where the next separator stands."""
    rest = (n for n in range(at + 1, len(said.groups)) if said.groups[n].kind in BETWEEN)
    return next(rest, len(said.groups))


def _measurable(said: Said, groups: Sequence[Chunk]) -> bool:
    free = [g for g in groups if g in said.all(g.kind)]
    if [g.kind for g in free] == ["agg"] and free[0].value == "sum":
        return False
    return any(g.kind in HEADS or (g.kind == "property" and adding.adds(said, g)) for g in free)


def _together(said: Said, read: Sequence[tuple[Said, Measure]]) -> Measure:
    """The series of all items; people and money of one are those of the others' event."""
    if (one := _of_both(said, read)) is not None:
        return one
    plain = [one for _, m in read if m.formula is None for one in m.series]
    main = next((one for one in plain if one.events and one.math == "total"), None)
    made: list[Series] = []
    formula: Formula | None = None
    for _, m in read:
        if m.formula is None:
            made += [beside(said, one, main, plain) for one in m.series]
            continue
        if formula or not m.series:
            raise Unsure(Reply("declined", "I can show one calculated figure beside counts."))
        formula = m.formula
        pair = tuple(replace(one, filters=()) for one in m.series)
        others = [one for one in made if replace(one, filters=()) not in pair]
        if others and formula == "share":
            raise Unsure(Reply("declined", "I can show a rate by itself, not beside other counts."))
        made = [*m.series, *others]
    if formula is None:
        made = alike(said, made) if said.has("vs") else made
        _told_apart(said, made, read)
    return Measure(tuple(dict.fromkeys(made)), formula)


def _told_apart(said: Said, made: Sequence[Series], read: Sequence[tuple[Said, Measure]]) -> None:
    """One figure said twice is meant for several values, or means nothing."""
    if len(set(made)) == 1 < len(made) and _of_values(read):
        said.contrasted = True
    elif len(set(made)) < len(made) and not (said.has("other") or _only_commas(said, made)):
        raise Unsure(Reply("declined", "Two of those figures are the same here."))


def _only_commas(said: Said, made: Sequence[Series]) -> bool:
    """“Traffic, page views by hour”: one figure, named twice."""
    named = [g.value.links[0] for g in said.groups if g.kind == "event" and g.value.links]
    plainly = (
        bool(named) and named[-1].direct and {g.kind for g in said.groups} & BETWEEN == {"comma"}
    )
    return plainly and len(set(made)) == 1


def _of_values(read: Sequence[tuple[Said, Measure]]) -> bool:
    """“Android visitors and iOS visitors”: one figure, for several values of a property."""
    owners = [
        {v.property for g in item.groups if g.kind == "where" for v in g.value.found}
        for item, _ in read
    ]
    return bool(set.intersection(*owners))


def _of_both(said: Said, read: Sequence[tuple[Said, Measure]]) -> Measure | None:
    """“Order value of guests compared with members”: one figure, of two kinds of people."""
    if len(read) != 2 or not (said.has("vs") or said.has("compare")):
        return None
    (first, figure), (last, people) = read
    kinds = {g.kind for g in last.groups} - {"of", "by", "at", "in", "all", "span", "for"}
    told = {"where", "opposite", "property", "new", "returning"}
    if kinds == {"people"} and any(g.kind in ("property", "opposite") for g in first.groups):
        raise Unsure(Reply("asked", "Which two kinds of people do you want to compare?"))
    if not kinds <= told | {"people"} or not (kinds & told) or figure.formula:
        return None
    named = any(one.events or one.property for one in figure.series)
    return figure if named and people.series[0].math == "unique" else None


def _difference(said: Said) -> Measure | None:
    """“Payments minus refunds”; “net revenue”: one figure less another."""
    minus = said.first("minus")
    if minus:
        at = said.groups.index(minus)
        sides = said.part(said.groups[:at]), said.part(said.groups[at + 1 :])
        if not all(_measurable(said, side.groups) for side in sides):
            return None
        said.take(minus)
        first, last = (_one(side) for side in sides)
        if first.formula or last.formula or len(first.series) + len(last.series) > 2:
            raise Unsure(Reply("declined", "I can take one plain figure from another."))
        both = (*first.series, *last.series)
        in_money = said.has("net") or any(one.math == "sum" for one in both)
        said.take(*said.all("net", "revenue", "open", "close"))
        return Measure(tuple(_as_money(said, one, wanted=in_money) for one in both), "difference")
    return None


def _as_money(said: Said, one: Series, *, wanted: bool) -> Series:
    prop = money(own(said.world, one.events)) if one.events else None
    if not wanted or one.math == "sum" or prop is None:
        return one
    return replace(one, math="sum", property=prop)
