"""The rules by which chunks become groups: amounts, conditions, splits, orders, events."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Literal

from agent.planner.english.chunks import Chunk
from agent.planner.english.names import Link
from agent.planner.english.words import name_words, word_set
from agent.planner.plan import Operator, Times
from agent.planner.reading.groups import Amount, Condition, Dimension, Event, People, Rank
from agent.planner.reading.rules import Rule, applied

SECONDS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400, "week": 604_800,
           "month": 2_592_000, "quarter": 7_776_000, "year": 31_536_000}  # fmt: skip
VIEWS = ("$pageview",)
CARRYING_NOTHING = word_set("filler chat quote in_unit asking for_whom spoken same_part heat")


def grouped(chunks: Sequence[Chunk]) -> list[Chunk]:
    """The groups of a segmentation; words that carry nothing are gone."""
    plain = [_begun(chunk) for chunk in chunks if chunk.kind not in CARRYING_NOTHING]
    return [chunk for chunk in applied(RULES, plain) if chunk.kind != "stop"]


def _begun(chunk: Chunk) -> Chunk:
    """Chunks of names and people as the groups they grow into."""
    if chunk.kind in ("event", "doers"):
        event = Event(chunk.value, doers=chunk.kind == "doers")
        return replace(chunk, kind="event", value=event)
    if chunk.kind == "people":
        return replace(chunk, value=People(chunk.value))
    if chunk.kind == "ordinal" and chunk.value == 1:
        return replace(chunk, kind="first")
    return chunk


def joined(chunks: Sequence[Chunk], kind: str, value: Any) -> Chunk:
    """One chunk in place of its parts."""
    return Chunk(
        chunks[0].start, chunks[-1].end, kind, value, sum(chunk.weight for chunk in chunks)
    )


def only(chunks: Iterable[Chunk], *kinds: str) -> list[Chunk]:
    """Those of these kinds."""
    return [chunk for chunk in chunks if chunk.kind in kinds]


# --- amounts ----------------------------------------------------------------------------------


def _compared(chunks: Sequence[Chunk]) -> Chunk | None:
    """More than 8; fewer than 5 minutes."""
    op = chunks[0].value
    if op in ("more", "fewer", "between"):
        return None
    return _amount(chunks, op, chunks[-1])


def _postfixed(chunks: Sequence[Chunk]) -> Chunk | None:
    """3 or more; 5+."""
    op = chunks[1].value
    operator: Operator | None = (
        ">=" if chunks[1].kind == "plus" or op == "more" else "<=" if op == "fewer" else None
    )
    return _amount(chunks, operator, chunks[0]) if operator else None


def _amount(chunks: Sequence[Chunk], operator: Operator, number: Chunk) -> Chunk | None:
    if number.kind == "length":
        count, unit = number.value
        amount = Amount(operator, (float(count * SECONDS[unit]),), seconds=True)
    elif number.value.percent:
        return None
    else:
        amount = Amount(operator, (number.value.value,), number.value.money)
    return joined(chunks, "amount", amount)


def _between(chunks: Sequence[Chunk]) -> Chunk | None:
    """Between 5 and 10."""
    if chunks[0].value != "between":
        return None
    low, high = chunks[1].value, chunks[3].value
    money = low.money or high.money
    return joined(chunks, "amount", Amount(">=", (low.value, high.value), money))


def _between_periods(chunks: Sequence[Chunk]) -> Sequence[Chunk] | None:
    """Between the last 4 weeks and the 4 before that: two periods set against each other."""
    if chunks[0].value != "between":
        return None
    return [chunks[1], replace(chunks[2], kind="vs"), chunks[3]]


def _times(chunks: Sequence[Chunk]) -> Chunk | None:
    """At least 3 times, 5 times."""
    first = chunks[0]
    if first.kind == "number":
        return joined(chunks, "times", Times("=", int(first.value.value)))
    amount = first.value
    if amount.seconds or amount.money or len(amount.numbers) > 1:
        return None
    return joined(chunks, "times", Times(amount.operator, int(amount.numbers[0])))


def _times_or_more(chunks: Sequence[Chunk]) -> Chunk | None:
    """Two times or more."""
    op = chunks[-1].value
    if op not in ("more", "fewer"):
        return None
    count = int(chunks[0].value.value)
    return joined(chunks, "times", Times(">=" if op == "more" else "<=", count))


def _named_times(chunks: Sequence[Chunk]) -> Chunk:
    """Once, at least twice, more than once."""
    named = chunks[-1].kind
    count = {"once": 1, "twice": 2, "more_than_once": 2}[named]
    operator: Operator = ">=" if named == "more_than_once" else "="
    if len(chunks) > 1 and chunks[0].kind == "op":
        operator = chunks[0].value
    return joined(chunks, "times", Times(operator, count))


# --- conditions -------------------------------------------------------------------------------


def _value_list(chunks: Sequence[Chunk]) -> Chunk | None:
    """Germany or France; Chrome vs Safari: values of one property."""
    values = only(chunks, "value")
    shared = set.intersection(*({v.property for v in one.value} for one in values))
    if not shared:
        return None
    found = tuple(v for one in values for v in one.value if v.property in shared)
    return joined(chunks, "values", (found, bool(only(chunks, "vs")), len(values)))


def _valued(chunks: Sequence[Chunk]) -> Chunk | None:
    """The plan is unlimited; unlimited plan; Chrome."""
    (value,) = only(chunks, "value", "values")
    found, contrast, _ = value.value if value.kind == "values" else (value.value, False, 1)
    links: tuple[Link, ...] = ()
    for named in only(chunks, "property"):
        links = tuple(
            link for link in named.value if any(v.property.name == link.name for v in found)
        )
        if not links:
            return None
    if links:
        names = {link.name for link in links}
        found = tuple(v for v in found if v.property.name in names)
    said = only(chunks, "op")
    operator: Operator = "!=" if said and said[0].value == "!=" else "="
    if said and said[0].value not in ("=", "!="):
        return None
    condition = Condition(links, found, operator, contrast=contrast)
    return joined(chunks, "where", condition)


def _of_group(chunks: Sequence[Chunk]) -> Chunk | None:
    """The company Northwind Labs: a value of that group's."""
    (group,), (value,) = only(chunks, "group"), only(chunks, "value", "values")
    found, contrast, _ = value.value if value.kind == "values" else (value.value, False, 1)
    names = {link.name for link in group.value}
    mine = tuple(v for v in found if v.property.holder in names)
    return joined(chunks, "where", Condition((), mine, contrast=contrast)) if mine else None


def _numeric(chunks: Sequence[Chunk]) -> Chunk | None:
    """An amount over 20; more than 5 seats."""
    (named,), (amount,) = only(chunks, "property"), only(chunks, "amount")
    if named.value[0].score < 0.55:
        return None
    return joined(
        chunks, "where", Condition(named.value, (), amount.value.operator, (), amount.value)
    )


def _equal_number(chunks: Sequence[Chunk]) -> Chunk | None:
    """Rating 5; status is 404."""
    (named,), (number,) = only(chunks, "property"), only(chunks, "number")
    op: Operator = next((c.value for c in only(chunks, "op")), "=")
    if op not in ("=", "!=", ">", ">=", "<", "<="):
        return None
    told = len(chunks) > 2
    if not told and any(link.objects or link.score < 0.6 for link in named.value[:1]):
        return None
    amount = Amount(op, (number.value.value,), number.value.money)
    return joined(chunks, "where", Condition(named.value, (), op, (), amount))


def _object_times(chunks: Sequence[Chunk]) -> Chunk | None:
    """Booked more than 8 classes: so many times, of the thing that the event is about."""
    event, amount, named = chunks
    thing = named.value[0].name.lower()
    plain = not (amount.value.money or amount.value.seconds or len(amount.value.numbers) > 1)
    if not plain or not re.search(
        r"(?:_|\b)id$|[a-z]Id$", thing if "_" in thing else named.value[0].name
    ):
        return None
    times = Times(amount.value.operator, int(amount.value.numbers[0]))
    return joined(chunks, "event", replace(event.value, times=times))


def _money(chunks: Sequence[Chunk]) -> Chunk | None:
    """Over 20 usd."""
    amount = chunks[0].value
    if not amount.money:
        return None
    return joined(chunks, "where", Condition((), (), amount.operator, (), amount))


def _partial(chunks: Sequence[Chunk]) -> Chunk | None:
    """A path containing /account; with "yoga" in the name."""
    text = only(chunks, "text", "unknown")[0]
    how: Operator = "contains"
    if only(chunks, "starts"):
        how = "starts"
    links = next((c.value for c in only(chunks, "property")), ())
    path = text.value.startswith("/")
    return joined(chunks, "where", Condition(links, (), how, (text.value,), path=path))


def _any_number(chunks: Sequence[Chunk]) -> Chunk:
    """Rated 4 or 5; a 9 or 10 on the NPS: any of several numbers."""
    (named,), numbers = only(chunks, "property"), only(chunks, "number")
    values = tuple(number.value.value for number in numbers)
    return joined(chunks, "where", Condition(named.value, (), "=", values))


def _starred(chunks: Sequence[Chunk]) -> Sequence[Chunk] | None:
    """One star reviews; 5-star ratings."""
    number, named, event = chunks[0], only(chunks, "property")[0], chunks[-1]
    if not {"star", "score"} & {said for link in named.value for said in link.name.split()}:
        stars = any(link.name and "rat" in link.name for link in named.value)
        if not stars:
            return None
    amount = Amount("=", (number.value.value,))
    where = joined(chunks[:-1], "where", Condition(named.value, (), "=", (), amount))
    return [where, event]


def _empty(chunks: Sequence[Chunk]) -> Chunk:
    """Searches that returned nothing: the number of results is 0."""
    return joined(chunks, "where", Condition((), (), "=", (0,), holder="empty"))


def _texted(chunks: Sequence[Chunk]) -> Chunk | None:
    """The pathname is "/pricing"; a page's path by itself."""
    (text,) = only(chunks, "text")
    named = only(chunks, "property")
    path = text.value.startswith("/")
    if not named and not path:
        return None
    links = named[0].value if named else ()
    return joined(chunks, "where", Condition(links, (), "=", (text.value,), path=path))


def _presence(chunks: Sequence[Chunk]) -> Chunk | None:
    """Interests is set; without a plan."""
    named = only(chunks, "property")[0]
    if len(chunks) == 2 and chunks[0].kind == "not" and not _surely(named.value[0]):
        return None
    absent = bool(only(chunks, "not", "is_not_set"))
    return joined(chunks, "where", Condition(named.value, (), "not set" if absent else "set"))


def _surely(link: Link) -> bool:
    return link.direct and link.score >= 0.6


def _emailed(chunks: Sequence[Chunk]) -> Chunk:
    text = chunks[-1].value
    return joined(chunks, "where", Condition((), (), "=", (text,), holder="email"))


def _denied(chunks: Sequence[Chunk]) -> Chunk:
    """Not from Germany; excluding Safari."""
    return joined(chunks, "where", chunks[-1].value.denied())


def _on_weekdays(chunks: Sequence[Chunk]) -> Chunk:
    """On Mondays and Tuesdays; at weekends."""
    days = sorted({day for one in only(chunks, "weekday") for day in one.value})
    condition = Condition((), (), "=", tuple(map(str, days)), holder="weekday")
    return joined(chunks, "where", condition)


def _in_hours(chunks: Sequence[Chunk]) -> Chunk | None:
    """Between 6 and 9 in the morning."""
    amount, part = chunks[0].value, chunks[-1].value
    if len(amount.numbers) != 2 or max(amount.numbers) > 24:
        return None
    low, high = (int(n) + (12 if part == "pm" and n < 12 else 0) for n in amount.numbers)
    hours = tuple(str(h) for h in range(low, high))
    return joined(chunks, "where", Condition((), (), "=", hours, holder="hour"))


def _ellipsis(chunks: Sequence[Chunk]) -> Sequence[Chunk] | None:
    """Bookings started, completed and cancelled: endings of what was named before."""
    first, ending = chunks[0].value, chunks[-1]
    noun = set(name_words(first.links[0].name))
    links = tuple(
        replace(link, score=max(link.score, 0.7))
        for link in ending.value
        if noun & set(name_words(link.name))
    )
    if not links:
        return None
    return [*chunks[:-1], replace(ending, kind="event", value=Event(links))]


def _listed(chunks: Sequence[Chunk]) -> Chunk | None:
    """Downloads: started, …: the noun before the colon is what all of them are of."""
    made = _ellipsis(chunks)
    return made[-1] if made else None


def _of_owner(chunks: Sequence[Chunk]) -> Chunk:
    """The company's plan: a property of that group."""
    group, named = chunks[0].value[0].name, chunks[-1].value
    chunks = sorted(chunks, key=lambda chunk: chunk.start)
    return joined(chunks, "property", tuple(replace(link, holder=group) for link in named))


def _named_text(chunks: Sequence[Chunk]) -> Chunk | None:
    """With name John, where no value is just that."""
    named, text = only(chunks, "property")[0], chunks[-1]
    condition = Condition(named.value, (), "contains", (text.value,), guessed=True)
    return joined(chunks, "where", condition)


def _internal(chunks: Sequence[Chunk]) -> Chunk:
    denied = chunks[0].kind == "not"
    operator: Operator = "!=" if denied else "="
    return joined(chunks, "where", Condition((), (), operator, holder="internal"))


def _each_span(chunks: Sequence[Chunk]) -> Sequence[Chunk] | None:
    """Each of the last 14 days: a period, and its unit as the interval."""
    each, span = chunks[0], chunks[-1]
    if span.value.unit is None:
        return None
    return [replace(each, kind="every", value=span.value.unit), span]


def _page(chunks: Sequence[Chunk]) -> Chunk:
    """A page that has a path in the data, as views of it."""
    (page,) = only(chunks, "page")
    found = page.value if isinstance(page.value, tuple) else ()
    values = () if found else (page.value,)
    condition = Condition((), found, "=", values, path=True)
    seen = next((c.value for c in only(chunks, "event")), Event((Link("$pageview", 1.0),)))
    return joined(chunks, "event", replace(seen, conditions=(*seen.conditions, condition)))


def _on_page(chunks: Sequence[Chunk]) -> Chunk | None:
    """Rage clicks on the search page: another event, where it happened."""
    event, page = chunks[0].value, chunks[-1]
    if any(link.name in VIEWS for link in event.links):
        return None
    found = page.value if isinstance(page.value, tuple) else ()
    values = () if found else (page.value,)
    condition = Condition((), found, "=", values, path=True)
    return joined(chunks, "event", replace(event, conditions=(*event.conditions, condition)))


def _page_views(chunks: Sequence[Chunk]) -> Chunk | None:
    """Pricing page views: only where the event may be a page view."""
    (event,) = only(chunks, "event")
    if not any(link.name in VIEWS for link in event.value.links):
        return None
    views = tuple(link for link in event.value.links if link.name in VIEWS)
    return _page(
        [replace(c, value=replace(c.value, links=views)) if c is event else c for c in chunks]
    )


def _viewed_path(chunks: Sequence[Chunk]) -> Chunk | None:
    """Visited /pricing: a page view, whatever else the verb may mean."""
    (event,), (where,) = only(chunks, "event"), only(chunks, "where")
    views = tuple(link for link in event.value.links if link.name in VIEWS)
    if not where.value.path or not views:
        return None
    seen = replace(event.value, links=views, conditions=(*event.value.conditions, where.value))
    return joined(chunks, "event", seen)


# --- splits and orders ------------------------------------------------------------------------


COUNTED: dict[str, Literal["people", "sessions", "cohort"]] = {
    "people": "people",
    "sessions": "sessions",
    "cohort": "cohort",
}
"""What things are counted per, or split by, without a property."""


def _dimension(chunk: Chunk) -> Dimension | None:
    if chunk.kind == "property":
        if chunk.value[0].name == "$session_id":
            return Dimension("sessions")
        return Dimension("property", chunk.value)
    if chunk.kind == "group":
        return Dimension("group", chunk.value)
    if chunk.kind in ("part", "unit"):
        return Dimension("part" if chunk.kind == "part" else "unit", chunk.value)
    if chunk.kind == "weekday":
        return Dimension("part", "weekday")
    if chunk.kind == "anything":
        return Dimension("event")
    return Dimension(COUNTED[chunk.kind]) if chunk.kind in COUNTED else None


def _split(chunks: Sequence[Chunk]) -> Sequence[Chunk] | Chunk | None:
    """By country and plan; each week and city: splits, and intervals among them."""
    days = any(chunk.is_("part", "weekday", "") or chunk.kind == "weekday" for chunk in chunks)
    chunks = [replace(c, kind="part") if days and c.is_("unit", "hour") else c for c in chunks]
    found = [one for chunk in chunks if (one := _dimension(chunk))]
    units = [one for one in found if one.kind == "unit"]
    rest = tuple(one for one in found if one.kind != "unit")
    made = [joined(chunks, "split", rest)] if rest else []
    if units:
        every = joined(chunks, "every", units[0].value)
        made = [replace(every, weight=0.0), *made] if rest else [every]
    return made or None


def _of_event(chunks: Sequence[Chunk]) -> Sequence[Chunk] | None:
    """By cancellation reason: a property, and the event that has it."""
    made = _split([chunks[0], chunks[2]])
    found = [made] if isinstance(made, Chunk) else list(made or ())
    return [chunks[1], *found] if chunks[1].kind == "event" else found


def _or_not(chunks: Sequence[Chunk]) -> Chunk:
    """Contactless vs not: a flag, both ways."""
    return joined(chunks, "split", (Dimension("property", chunks[0].value),))


def _arrow(chunks: Sequence[Chunk]) -> Sequence[Chunk] | None:
    """Home > search > booking: steps."""
    if chunks[1].value != ">":
        return None
    return [chunks[0], replace(chunks[1], kind="then"), chunks[2]]


def _narrowed(chunks: Sequence[Chunk]) -> Sequence[Chunk] | None:
    """By US state: a split, and a condition said within it."""
    where = only(chunks, "where")[0]
    made = _split([chunk for chunk in chunks if chunk is not where])
    if made is None:
        return None
    return [where, *([made] if isinstance(made, Chunk) else made)]


def _per(chunks: Sequence[Chunk]) -> Sequence[Chunk] | Chunk | None:
    """Per user and per session are ratios; per country is a split, per week an interval."""
    dimension = _dimension(chunks[-1])
    if chunks[-1].kind == "event" and chunks[-1].value.doers:
        return joined(chunks, "each_of", "people")
    if dimension is None:
        return None
    if dimension.kind in ("people", "sessions") and len(only(chunks, "per", "each")) == 1:
        return joined(chunks, "each_of", dimension.kind)
    return _split(chunks)


def _listed_splits(chunks: Sequence[Chunk]) -> list[Chunk]:
    """Weekday by hour: the second of two splits, an hour being one of the day."""
    unit = chunks[-1].is_("unit", "hour")
    last = replace(chunks[-1], kind="part") if unit else chunks[-1]
    made = _split([chunks[0], last])
    return [made] if isinstance(made, Chunk) else list(made or chunks)


def _rank(chunks: Sequence[Chunk]) -> Chunk | None:
    """Top 5, the 5 most popular, the second highest."""
    (order,) = only(chunks, "order")
    if order.value not in ("most", "least", "longest", "shortest", "fastest"):
        return None
    descending = order.value in ("most", "longest", "fastest")
    number = only(chunks, "number")
    place = only(chunks, "ordinal")
    limit = int(number[0].value.value) if number else None
    if limit is not None and (limit < 1 or number[0].value.percent):
        return None
    return joined(chunks, "rank", Rank(descending, limit, place[0].value if place else None))


# --- people and events ------------------------------------------------------------------------


def _which_people(chunks: Sequence[Chunk]) -> Chunk:
    """New users, active members."""
    told = {"new" if one.kind == "first" else one.kind: True for one in chunks[:-1]}
    return joined(chunks, "people", replace(chunks[-1].value, **told))


def _first_event(chunks: Sequence[Chunk]) -> Chunk:
    """Their first booking."""
    return joined(chunks, "event", replace(chunks[-1].value, first=True))


def _nth_event(chunks: Sequence[Chunk]) -> Chunk | None:
    """Their third AI plan."""
    place = {"second": 2, "third": 3}.get(chunks[0].kind) or chunks[0].value
    return joined(chunks, "event", replace(chunks[-1].value, nth=place))


def _often(chunks: Sequence[Chunk]) -> Chunk | None:
    """Booked at least 3 times; 3 or more bookings."""
    (event,) = only(chunks, "event")
    times = next((c.value for c in only(chunks, "times")), None)
    amount = next((c.value for c in only(chunks, "amount")), None)
    if amount is not None:
        if (amount.operator, amount.numbers) in ((">=", (1,)), (">", (0,))):
            return joined(chunks, "event", event.value)
        if amount.money or amount.seconds or len(amount.numbers) > 1:
            return None
        times = Times(amount.operator, int(amount.numbers[0]))
    return joined(chunks, "event", replace(event.value, times=times))


def _finishing(chunks: Sequence[Chunk]) -> Sequence[Chunk] | None:
    """Starting a booking to finishing it."""
    return _ellipsis([chunk for chunk in chunks if chunk.kind != "it"])


def _either(chunks: Sequence[Chunk]) -> Chunk | None:
    """Booked or attended a class."""
    first, second = chunks[0].value, chunks[-1].value
    if first.links[0].name == second.links[0].name:
        return joined(chunks, "event", first)
    return joined(chunks, "event", replace(first, other=(*first.other, second)))


SEP = "(comma|and|or|vs|slash|comma and|comma or|or with|or by|or from|or in|and from|or via)"
PREP = "(in|from|on|via|with|by|for|at|all|of|using|is|per|to)?"
DIM = "(property|part|group|anything|people|sessions|cohort|weekday)"
SPLIT = f"({DIM}|unit)"

RULES: tuple[Rule, ...] = (
    Rule("op span and (span|against)", _between_periods),
    Rule("op number (and|to|dash) number", _between),
    Rule("op (number|length)", _compared),
    Rule("(number|length) (op|plus)", _postfixed),
    Rule("amount daypart", _in_hours),
    Rule("number times op", _times_or_more),
    Rule("(amount|number) times", _times),
    Rule("op? (once|twice)", _named_times),
    Rule("more_than_once", _named_times),
    Rule(f"value ({SEP}+ value)+", _value_list),
    Rule("group property", _of_owner),
    Rule("property of group", lambda chunks: _of_owner([chunks[2], chunks[0]])),
    Rule("property is? (op|colon)? (value|values)", _valued),
    Rule("(value|values) property", _valued),
    Rule("group (value|values)", _of_group),
    Rule("(value|values) group", _of_group),
    Rule("(value|values)", _valued),
    Rule("event amount property", _object_times),
    Rule("property (is|of|with)? amount", _numeric),
    Rule("amount of? property", _numeric),
    Rule("property (is|of|with)? op? number", _equal_number),
    Rule("with number property", _equal_number),
    Rule("amount", _money),
    Rule("property is? (contains|starts) (text|unknown)", _partial),
    Rule("(contains|starts) (text|unknown) (in property)?", _partial),
    Rule("with (text|unknown) in (property|name_word)", _partial),
    Rule("contains amount", lambda chunks: chunks[-1]),
    Rule("property (is|of|with)? number ((comma|or|and) number)+", _any_number),
    Rule("number ((comma|or|and) number)+ (on|in|for|of|from|by|via|at)? property", _any_number),
    Rule("number dash? property event", _starred),
    Rule("(with|who)? empty", _empty),
    Rule("property is? (op|colon)? text", _texted),
    Rule("text", _texted),
    Rule("property (is_set|is_not_set)", _presence),
    Rule("not property", _presence),
    Rule("(in|from|of|for|by|with)? email", _emailed),
    Rule("(with|is) property is? (op|colon)? unknown", _named_text),
    Rule(f"not {PREP} internal", _internal),
    Rule("internal", _internal),
    Rule("(on|at|in)? weekday ((comma|and|or) weekday)*", _on_weekdays),
    Rule(f"not {PREP} where", _denied),
    Rule("event (in|at|from|via|by|for) page", _on_page),
    Rule("page event", _page_views),
    Rule("event page", _page_views),
    Rule("page", _page),
    Rule("event (in|on|of|to|from)? where", _viewed_path),
    Rule(f"part by {SPLIT}", lambda chunks: [chunks[0], *_listed_splits(chunks[1:])]),
    Rule(f"by (each|all)? {SPLIT} ((comma|and|slash|or)+ (by|per|each)? {SPLIT}(?!only))*", _split),
    Rule(f"each {SPLIT} ((comma|and)+ each? {DIM})*", _split),
    Rule(f"across all? {SPLIT} ((comma|and)+ {DIM})*", _split),
    Rule(f"{DIM} breakdown", _split),
    Rule(f"(by|per|each) where {SPLIT}", _narrowed),
    Rule("(by|per|each) (event|ending) property", _of_event),
    Rule("property vs not", _or_not),
    Rule("event paying (with|via|by|from|in) where", lambda chunks: [chunks[0], chunks[-1]]),
    Rule("(per|each) event", _per),
    Rule(f"per {SPLIT} ((comma|and|slash)+ (by|per|each)? (event)? {SPLIT}(?!only))*", _per),
    Rule("order number", _rank),
    Rule("number order", _rank),
    Rule("(ordinal|second|third) order", _rank),
    Rule("order", _rank),
    Rule("(new|active|returning|first)+ people", _which_people),
    Rule("amount people", lambda chunks: joined(chunks, "crowd", None)),
    Rule("new event", lambda chunks: joined(chunks, "event", chunks[-1].value)),
    Rule("first event", _first_event),
    Rule("(ordinal|second|third) event", _nth_event),
    Rule("paying (by|with) where", lambda chunks: chunks[-1]),
    Rule("event (to|then|and) ending it?", _finishing),
    Rule("(amount|times) of? event", _often),
    Rule("event times", _often),
    Rule("event op event", _arrow),
    Rule("event or event", _either),
    Rule("event colon ending", _listed),
    Rule(f"event {SEP}+ ending", _ellipsis),
    Rule("event percent", lambda chunks: [chunks[0], replace(chunks[1], kind="rate")]),
    Rule("each of? span", _each_span),
)
