"""What holds for all of a question: its period, conditions, splits and order."""

from collections.abc import Sequence
from dataclasses import replace

from agent.planner.english import periods
from agent.planner.english.chunks import Chunk
from agent.planner.english.names import Link
from agent.planner.english.windows import Span, Unit, aligned, back, floor, shift, so_far, whole
from agent.planner.plan import Breakdown, Filter, Property, Reply, Scope, Unsure
from agent.planner.reading.groups import Condition, Dimension, Rank
from agent.planner.reading.properties import Properties, filters, money, split_by
from agent.planner.reading.properties import rank as rank_properties
from agent.planner.reading.said import Said

FLAG = 0.4
"""How much of a flag's name must be said."""

NAMED = 0.6
"""How surely a property must be named for its mention alone to split results by it."""

PAGE_LIKE = frozenset({"pages", "page"})
STEPS: dict[str, Unit] = {
    "day": "day",
    "week": "week",
    "month": "month",
    "quarter": "quarter",
    "year": "year",
}


def period(said: Said) -> tuple[Span, Span | None]:
    """The period of a question and the one it is compared with."""
    clock = said.world.clock
    for chunk in said.all("week_start"):
        said.take(chunk if chunk.value == clock.week_start else None)
    spans = said.all("span")
    said.take(*spans)
    against = said.first("against")
    changed = said.first("changed")
    if changed and len(spans) == 1 and spans[0].value.label.startswith("since last "):
        said.take(changed)
        unit = STEPS[spans[0].value.label.split()[-1]]
        running = so_far(unit, clock, f"this {unit} so far")
        return running, periods.previous(whole(clock.now, unit, clock, ""), unit, 1, clock)
    if len(spans) == 1 and _than_before(said, spans[0]):
        unit = spans[0].value.unit
        said.take(*said.all("than", "comparative", "growth"))
        running = so_far(unit, clock, f"this {unit} so far")
        return running, periods.previous(whole(clock.now, unit, clock, ""), unit, 1, clock)
    if against:
        said.take(against, *said.all("vs", "compare"))
        span = spans[0].value if spans else _whole(said)
        step = None if against.value == "previous" else STEPS[against.value]
        return span, periods.previous(span, step, 1, clock)
    if len(spans) == 2 and _contrasted(said, spans):
        said.take(*said.all("vs", "compare", "than", "changed", "comparative"))
        said.take(*(c for c in said.between(*spans) if c.kind == "op"))
        return _ordered(spans[0].value, spans[1].value)
    if not spans and (bare := _bare_length(said)):
        return bare, None
    chosen = periods.choose_span([one.value for one in spans], clock)
    if isinstance(chosen, Reply):
        raise Unsure(chosen)
    return _finished(said, chosen), None


def _than_before(said: Said, span: Chunk) -> bool:
    """“More than last month”: this month is asked about, and compared with the last."""
    before = said.before(span)
    last = span.value.unit and span.value.label == f"last {span.value.unit}"
    return bool(last and before and before.kind == "than" and said.has("comparative"))


def _bare_length(said: Said) -> Span | None:
    """“…, daily, 30 days”: a length of time that stands by itself at the end."""
    length = said.first("length")
    if length is None or length is not said.groups[-1] or length.value[1] == "hour":
        return None
    before = said.before(length)
    if before is not None and before.kind not in ("comma", "split", "every", "where", "event"):
        return None
    said.take(length)
    count, unit = length.value
    return back(count, unit, said.world.clock, f"the last {count} {unit}s")


def interval(said: Said, span: Span) -> Unit | None:
    """The unit that results are wanted by."""
    every = said.all("every")
    said.take(*every)
    changed = said.pop("changed") if every or not said.first("against") else None
    if every:
        found: Unit = every[0].value
        return found
    if changed or said.has("trend") or said.has("cumulative"):
        return periods.default_interval(span, said.world.clock)
    return None


def scope(
    said: Said, properties: Properties, *, splits: bool = True, unit: Unit | None = None
) -> Scope:
    """Everything around the measure, for an event with these properties."""
    span, compare = period(said)
    every = unit or interval(said, span)
    ranked = said.pop("rank")
    order = ranked.value if ranked else None
    second = said.first("rank")
    if ranked and second and order and order.limit is None and second.value.limit:
        said.take(second)
        order = replace(order, limit=second.value.limit)
    limit = _counted(said, order)
    breakdowns = split(said, properties, ranked) if splits else ()
    found = conditions(said, properties)
    if not breakdowns and (both := _either_way(said, found)):
        breakdowns, found = (both,), ()
    if said.first("other") and not breakdowns and (rest := _or_the_rest(said, found)):
        breakdowns, found = (rest,), ()
    return Scope(
        span=aligned(span, every, said.world.clock) if every else span,
        compare=compare,
        filters=found,
        breakdowns=_with_contrast(breakdowns, contrast(said, found)),
        interval=every,
        limit=limit,
        nth=order.nth if order else None,
        ascending=bool(order and not order.descending),
        ranked=order is not None,
    )


def _either_way(said: Said, found: Sequence[Filter]) -> Breakdown | None:
    """“Are there more signups at the weekend?”: a condition that is asked about, as a split."""
    asks = said.tokens[0].word in ("is", "are", "do", "does", "did", "was", "were")
    more = said.first("comparative")
    if not (asks and more and len(found) == 1) or said.has("than") or found[0].operator != "=":
        return None
    prop = found[0].property
    if prop.holder == "time":
        return Breakdown(part="hour" if prop.name == "hour" else "weekday")
    return Breakdown(prop) if prop.holder != "cohort" else None


def _or_the_rest(said: Said, found: Sequence[Filter]) -> Breakdown | None:
    """“Invited users against everybody else”: both sides of one condition, as a split."""
    other = said.first("other")
    if other is None or len(found) != 1 or not (said.has("vs") or said.has("compare")):
        return None
    said.take(other, *said.all("vs", "compare"))
    return Breakdown(found[0].property)


def _with_contrast(
    splits: tuple[Breakdown, ...], more: tuple[Breakdown, ...]
) -> tuple[Breakdown, ...]:
    """What is compared is a split beside the one that was asked for."""
    return tuple(dict.fromkeys((*splits, *more))) if len(splits) < 2 else splits


def conditions(said: Said, properties: Properties) -> tuple[Filter, ...]:
    """The conditions that belong to no event in particular."""
    found: list[Filter] = []
    wheres = said.all("where")
    for where in wheres:
        others = [w.value for w in wheres if w is not where]
        one = _as_the_others(where.value, others)
        found += filters(one, properties, said.world, said.events)
        said.take(where)
        if where.value.contrast:
            said.contrasted = True
            said.take(*said.all("vs", "compare"))
    if len(merged(found)) < len(found) and said.first("vs", "compare"):
        said.contrasted = True
        said.take(*said.all("vs", "compare", "than"))
    return merged((*found, *flags(said, properties), *_bare_amounts(said, properties)))


def _as_the_others(one: Condition, others: Sequence[Condition]) -> Condition:
    """“Google signups … email signups”: values of one property, where that is one reading."""
    shared = {v.property for other in others for v in other.found}
    mine = tuple(v for v in one.found if v.property in shared)
    return replace(one, found=mine) if mine else one


def _bare_amounts(said: Said, properties: Properties) -> list[Filter]:
    """Orders over 200: an amount of nothing in particular is one of the event's money."""
    found = []
    for chunk in said.all("amount"):
        before, prop = said.before(chunk), money(properties)
        amount = chunk.value
        if prop is None or before is None or before.kind != "event" or amount.seconds:
            continue
        said.take(chunk)
        said.assumptions.append(f"the amount is {prop.name}")
        pairs = zip((">=", "<="), amount.numbers, strict=False)
        if len(amount.numbers) == 2:
            found += [Filter(prop, ">=" if op == ">=" else "<=", (n,)) for op, n in pairs]
        else:
            found.append(Filter(prop, amount.operator, amount.numbers))
    return found


def flags(said: Said, properties: Properties) -> list[Filter]:
    """Flags said by name: accepted plans, first bookings, not internal."""
    found = []
    for chunk in said.all("property"):
        prop = _flag(chunk.value, properties, said)
        if prop is None:
            continue
        no = said.before(chunk)
        denied = no is not None and no.kind == "not"
        said.take(chunk, no if denied else None)
        found.append(Filter(prop, "=", (not denied,)))
    for chunk in said.all("opposite"):
        prop = _flag(chunk.value, properties, said)
        if prop:
            said.take(chunk)
            found.append(Filter(prop, "=", (False,)))
    return found


def _flag(links: Sequence[Link], properties: Properties, said: Said) -> Property | None:
    """The flag that words name best."""
    found = rank_properties(links, properties, said.world)
    return next((p for score, p in found if p.kind == "Boolean" and score >= FLAG), None)


def merged(found: Sequence[Filter]) -> tuple[Filter, ...]:
    """Conditions once each; values of one property that are both wanted are any of them."""
    made: list[Filter] = []
    for one in found:
        same = next((m for m in made if _alike(m, one)), None)
        if same is None:
            made.append(one)
            continue
        values = tuple(dict.fromkeys((*same.values, *one.values)))
        made[made.index(same)] = replace(same, values=values)
    return tuple(made)


def split(said: Said, properties: Properties, rank: Chunk | None) -> tuple[Breakdown, ...]:
    """What results are split by: the ranked thing first, then what stands after “by”."""
    found: list[Breakdown] = []
    if rank and (one := _ranked(said, properties, rank)):
        found.append(one)
    for chunk in said.all("split"):
        found += [dimension(said, one, properties) for one in chunk.value]
        said.take(chunk)
    for part in said.all("part"):
        found.append(Breakdown(part=part.value))
        said.take(part)
    found += _asked(said, properties)
    found += _first_or_not(said, properties)
    found += _flag_both_ways(said, properties)
    if not found:
        found += _mentioned(said, properties)
    return tuple(dict.fromkeys(found))


def dimension(said: Said, one: Dimension, properties: Properties) -> Breakdown:
    """One thing to split by, or a question back when it is not there."""
    if one.kind == "part":
        return Breakdown(part="hour" if one.value == "hour" else "weekday")
    if one.kind == "event":
        return Breakdown()
    if one.kind == "group":
        assert isinstance(one.value, tuple)
        return Breakdown(Property("key", one.value[0].name))
    if one.kind == "property":
        assert isinstance(one.value, tuple)
        if found := split_by(one.value, properties, said.world):
            return found
        raise Unsure(_nothing_of(one.value[0].name))
    raise Unsure(_nothing_of(one.kind))


def contrast(said: Said, found: Sequence[Filter]) -> tuple[Breakdown, ...]:
    """Several values of one property that are compared are shown side by side."""
    which = any(token.word == "which" for token in said.tokens)
    words = {token.word for token in said.tokens}
    than = said.has("comparative") and (said.has("than") or "or" in words)
    if not (said.contrasted or said.has("vs") or said.has("compare") or which or than):
        return ()
    several = [one for one in found if len(one.values) > 1 and one.operator == "="]
    return tuple(Breakdown(one.property) for one in several)[:1]


def _ranked(said: Said, properties: Properties, rank: Chunk) -> Breakdown | None:
    """The noun that is ranked: after “top 5”, after “which”, or before “with the most”."""
    for chunk in said.all("property", "group", "anything"):
        if chunk.kind == "property" and _is_number(said, chunk):
            continue
        near = chunk.start - rank.end <= 1 and chunk.start >= rank.end
        near = near or _leads(said, chunk)
        near = near or _is_asked(said, chunk) or _leads_to(said, chunk, rank)
        if near and (found := _breakdown(said, chunk, properties)):
            said.take(chunk)
            return found
    return None


def _leads(said: Said, chunk: Chunk) -> bool:
    """“The ten companies that book most”: the noun that the question begins with."""
    before = [g for g in said.groups if g.end <= chunk.start]
    return all(g.kind in ("number", "all", "which", "is") for g in before)


def _is_number(said: Said, chunk: Chunk) -> bool:
    """Whether a property that is named after an order is a number: the most units."""
    found = rank_properties(chunk.value, said.world.held["event"], said.world)
    return bool(found and found[0][1].numeric)


def _leads_to(said: Said, chunk: Chunk, rank: Chunk) -> bool:
    """“The cities with the most bookings”: the noun before the order is what is ranked."""
    if chunk.end > rank.start:
        return False
    between = {one.kind for one in said.between(chunk, rank)}
    return between <= {"with", "who", "it", "is", "of", "in"} and "with" in between | {"with"}


def _counted(said: Said, order: Rank | None) -> int | None:
    """“The 5 cities with the most …”: the number before the ranked noun."""
    if order is None or order.limit is not None:
        return order.limit if order else None
    for number in said.all("number"):
        after = said.after(number)
        plain = not number.value.money and not number.value.percent
        if plain and after and after.kind in ("property", "group", "people", "event", "anything"):
            said.take(number)
            return int(number.value.value)
    return None


def _asked(said: Said, properties: Properties) -> list[Breakdown]:
    """“Which browsers …”: the noun that is asked for."""
    for chunk in said.all("property", "group"):
        if _is_asked(said, chunk) and (found := _breakdown(said, chunk, properties)):
            said.take(chunk)
            return [found]
    return _asked_with(said, properties)


def _asked_with(said: Said, properties: Properties) -> list[Breakdown]:
    """“Which product sold …”: the noun that is asked for, where it is part of the event's words."""
    for chunk in said.groups:
        if chunk.kind != "event" or chunk.end - chunk.start < 2 or not _is_asked(said, chunk):
            continue
        stem = said.tokens[chunk.start].stem
        links = [
            Link(name.name, name.factor * max(name.share(stem), 0.5))
            for name in said.world.properties.names
            if name.name in properties and any(stem in unit.parts for unit in name.units)
        ]
        if found := split_by(links, properties, said.world) if links else None:
            return [found]
    return []


def _flag_both_ways(said: Said, properties: Properties) -> list[Breakdown]:
    """“Accepted vs rejected”: a flag said both ways."""
    no = said.first("opposite")
    if no is None or not (said.has("vs") or said.has("compare")):
        return []
    flag = _flag(no.value, properties, said)
    if flag is None:
        return []
    told = [c for c in said.all("property") if _flag(c.value, properties, said) == flag]
    if not told:
        return []
    said.take(no, *told, *said.all("vs"))
    return [Breakdown(flag)]


def _first_or_not(said: Said, properties: Properties) -> list[Breakdown]:
    """First-time against returning: the flag that tells the first time of an event."""
    first, again = said.first("first", "new"), said.first("returning")
    flag = next((p for n, p in properties.items() if p.kind == "Boolean" and "first" in n), None)
    if not (first and again and flag and said.has("vs")):
        return []
    said.take(first, again, *said.all("vs"))
    return [Breakdown(flag)]


def _mentioned(said: Said, properties: Properties) -> list[Breakdown]:
    """“Age bands of our members”, “error codes ranked by …”: a dimension without a word for it."""
    leading = next(
        (g for g in said.groups if g.kind not in ("compare", "is", "all", "order")), None
    )
    kinds = ("property", "group") if said.has("rank") or said.has("order") else ("property",)
    for chunk in said.all(*kinds):
        before = said.before(chunk)
        of_event = before is not None and before.kind in ("event", "ending")
        if not (chunk is leading or (before is leading and of_event)):
            continue
        if chunk.kind == "property" and (chunk.value[0].score < NAMED or not chunk.value[0].direct):
            continue
        found = _breakdown(said, chunk, properties)
        if found and _names_kinds(found.property):
            said.take(chunk)
            return [found]
    return []


def _names_kinds(prop: Property | None) -> bool:
    """Whether the values of a property are worth a row each: no numbers, flags or ids."""
    if prop is None or prop.numeric or prop.kind == "Boolean":
        return False
    return not prop.name.endswith("id")


def _is_asked(said: Said, chunk: Chunk) -> bool:
    """Whether “which” or “what” stands just before, or a superlative after it ranks it."""
    if said.has("part"):
        return False
    words = [said.tokens[i].word for i in range(max(0, chunk.start - 3), chunk.start)]
    leads = (chunk.start == 0 and said.has("rank")) or said.has("possible")
    return bool({"which", "what"} & set(words)) or leads


def _breakdown(said: Said, chunk: Chunk, properties: Properties) -> Breakdown | None:
    if chunk.kind == "anything":
        return Breakdown()
    if chunk.kind == "group":
        return Breakdown(Property("key", chunk.value[0].name))
    return split_by(chunk.value, properties, said.world)


def _finished(said: Said, span: Span) -> Span:
    """Without the unit that is still running, where that was asked for."""
    without = said.pop("excluding_now")
    if without is None:
        return span
    words = {said.tokens[i].word for i in range(without.start, without.end)}
    unit: Unit = span.unit or "day"
    for said_unit in ("month", "week", "day"):
        if words & {said_unit, f"{said_unit}s"} or (said_unit == "day" and "today" in words):
            unit = STEPS[said_unit]
            break
    edge = floor(said.world.clock.now, unit, said.world.clock.week_start)
    if span.end is None or span.end <= edge:
        return span
    start = span.start and shift(
        floor(span.start, unit, said.world.clock.week_start), unit, -int(span.rolling)
    )
    return replace(
        span,
        start=start,
        end=edge,
        label=f"{span.label}, without the current {unit}",
        rolling=False,
    )


def _contrasted(said: Said, spans: Sequence[Chunk]) -> bool:
    """Whether two periods are set against each other."""
    between = said.between(spans[0], spans[1])
    return any(one.kind in ("vs", "and", "comma", "then", "than", "op") for one in between) and (
        said.has("vs")
        or said.has("than")
        or any(one.is_("op", ">") for one in between)
        or said.has("compare")
        or _apart(spans[0].value, spans[1].value)
    )


def _apart(first: Span, second: Span) -> bool:
    ends = [one for one in (first.end, second.start, second.end, first.start) if one]
    if len(ends) < 4 or not (first.end and second.start and second.end and first.start):
        return False
    return first.end <= second.start or second.end <= first.start


def _ordered(first: Span, second: Span) -> tuple[Span, Span]:
    """The period that is asked about: the later one, for what is compared is what was before."""
    both = first.start and second.start
    return (second, first) if both and second.start > first.start else (first, second)  # type: ignore[operator]


def _whole(said: Said) -> Span:
    """The running unit that a comparison without a period is about."""
    return periods.default(said.world.clock)


def _alike(first: Filter, second: Filter) -> bool:
    same = (first.property, first.operator) == (second.property, second.operator)
    return same and first.operator in ("=", "!=")


def _nothing_of(name: str) -> Reply:
    return Reply("asked", f"What should results be split by? There is no “{name}” here.")
