"""From what was said to what is measured: the event, then the calculation over it."""

from dataclasses import replace

from agent.planner import declines, measures
from agent.planner.breakdowns import resolve
from agent.planner.lexicon import lexicon
from agent.planner.linking import read_name
from agent.planner.measures import Subject, choose
from agent.planner.plan import Breakdown, Math, Measure, Property, Reply, Unsure
from agent.planner.ratios import joined
from agent.planner.said import ANYONE, Said

ADJECTIVES = frozenset({"active", "unique", "single", "individual"})
EXTREMES: dict[bool, Math] = {True: "max", False: "min"}
Number = tuple[Property, tuple[int, ...]]
"""A numeric property and the tokens that name it."""


def subject_of(said: Said) -> Subject:
    """The event or people the question is about."""
    sheet, pool = said.sheet, said.pool()
    subject = _first_of_several(said) or choose(
        said.world, sheet, pool, said.span, said.subjects.tokens
    )
    person = said.person if said.person is not None else measures.any_people(sheet)
    if subject is None and person is not None:
        said.person = person
        subject = measures.implied(said.world, sheet, person, said.span)
    if subject is None and ANYONE in said.assumptions:
        subject = Subject(None)
    subject = subject or _other(said, pool)
    sheet.take(subject.tokens if said.person is None else (*subject.tokens, said.person))
    said.assumptions += [subject.assumption] if subject.assumption else []
    return subject


def _first_of_several(said: Said) -> Subject | None:
    """The first of “cancelled vs completed orders”: each part names an event of its own."""
    if not said.sheet.find_any(("vs", "versus", "and", "against")):
        return None
    parts = joined(said.sheet, said.pool())
    try:
        found = [choose(said.world, said.sheet, part, said.span) for part in parts]
    except Unsure:
        return None
    events = {one.event for one in found if one}
    return found[0] if len(parts) > 1 and len(events) == len(parts) else None


def measures_of(said: Said, subject: Subject) -> tuple[Measure, ...]:
    """What is calculated, once for each event that is named beside the first."""
    others = _others(said, subject)
    first = _measure(said, subject)
    if others and first.math not in ("total", "unique"):
        raise Unsure(declines.one_at_a_time())
    return (first, *(replace(first, event=one.event) for one in others))


def _other(said: Said, pool: set[int]) -> Subject:
    """Without an event's name: revenue, sessions, any event, or the thing that is ranked."""
    sheet, world = said.sheet, said.world
    if "revenue" in said.concepts(pool):
        found = measures.money_event(world, said.span, lambda event: _fits(said, event))
        if found:
            return found
    if any(sheet.tokens[i].stem in ("session", "event") for i in pool | said.subjects.tokens):
        return Subject(None)
    if named := choose(world, sheet, said.subjects.tokens, said.span):
        return named
    counted = said.math or "total" in {token.word for token in sheet.tokens}
    if counted and (holder := measures.holder(world, sheet, sorted(pool), said.span)):
        return holder
    views = measures.page_views(world, said.span) if said.subjects.ranked else None
    if views and views.event and resolve(world, sheet, said.subjects.ranked, views.event):
        return views
    content = sheet.content(sheet.free)
    if not content:
        raise Unsure(declines.nothing_asked(world))
    raise Unsure(declines.unknown([sheet.text([i]) for i in content[:3]], world))


def _fits(said: Said, event: str) -> bool:
    """Whether the event has the properties that results are split by."""
    phrases = [said.subjects.ranked, *said.subjects.by]
    wanted = [
        phrase
        for phrase in phrases
        if phrase
        and phrase[0] in said.sheet.free
        and "money" not in said.concepts(phrase)
        and said.sheet.tokens[phrase[0]].stem not in lexicon().people
    ]
    return all(resolve(said.world, said.sheet, phrase, event) for phrase in wanted)


def _others(said: Said, subject: Subject) -> list[Subject]:
    """The further events of “orders vs cancellations”; other figures beside them are too much."""
    sheet, own = said.sheet, set(subject.tokens)
    person = {said.person} if said.person is not None else set()
    parts = joined(sheet, own | person | said.pool())
    found = [choose(said.world, sheet, part, said.span) for part in parts]
    named = [one for one in found if one and one.event]
    others = [one for one in named if one.event != subject.event]
    apart = [part for part, one in zip(parts, found, strict=True) if one is None]
    figures = [part for part in apart if person & set(part) or "money" in said.concepts(part)]
    if named and figures and not own & {i for part in figures for i in part}:
        raise Unsure(declines.one_at_a_time())
    for one in others:
        sheet.take(one.tokens)
    return others if len(named) == len(parts) else []


def _measure(said: Said, subject: Subject) -> Measure:
    """What is calculated over the event."""
    if ranked := _ranked_number(said, subject):
        said.not_ranked()
        said.sheet.take(ranked[1])
        math = said.math or EXTREMES[said.descending is not False]
        return Measure(subject.event, math, ranked[0], said.percentile)
    each = _per_person(said, subject)
    number = _number(said, subject)
    if number:
        said.sheet.take((*number[1], *_per_event(said)))
    if each and said.math in (None, "avg", "sum"):
        return Measure(subject.event, "per_person", number[0] if number else None)
    if number:
        return Measure(subject.event, said.math or "sum", number[0], said.percentile)
    if said.math in ("median", "percentile", "avg"):
        raise Unsure(_of_what(said, subject))
    if each:
        raise Unsure(declines.one_at_a_time())
    if distinct := _distinct(said, subject):
        return Measure(subject.event, "distinct", distinct)
    return Measure(subject.event, _counted(said, subject))


def _ranked_number(said: Said, subject: Subject) -> Number | None:
    """“Highest order value”: the ranked thing is itself a number."""
    ranked = said.subjects.ranked
    if not ranked or said.limit or said.subjects.by or said.descending is None:
        return None
    split = resolve(said.world, said.sheet, ranked, subject.event)
    if split and (split[0].label_property or not _only_identifies(split[0])):
        return None
    return measures.numeric(said.world, said.sheet, subject, ranked)


def _only_identifies(split: Breakdown) -> bool:
    """Whether results would be split by an id or a number that people don't ask for."""
    prop = split.property
    return prop is not None and (prop.numeric or identifies(prop))


def _number(said: Said, subject: Subject) -> Number | None:
    """The numeric property that is calculated with, where one is said."""
    sheet = said.sheet
    pool = said.pool() | (set(subject.tokens) if said.math else set())
    if said.math is None:
        counting = sheet.find_any(measures.COUNTING)
        wanted = {"quantity"} if counting else {"money", "quantity"}
        pool = {
            i for i in pool if said.concepts([i]) & wanted or sheet.word(i - 1) in ("total", "much")
        }
    return measures.numeric(said.world, sheet, subject, sorted(pool)) if pool else None


def _of_what(said: Said, subject: Subject) -> Reply:
    """Ask which number is meant by “the average”."""
    numbers = [n for n, p in said.world.properties(subject.event).items() if p.numeric]
    word = {"avg": "average"}.get(said.math or "", said.math or "")
    choices = tuple(numbers[:6])
    return Reply(
        "asked",
        f"The {word} of which property of {subject.event}?",
        choices=choices,
        rephrased=tuple(f"{said.sheet.question} `{name}`" for name in choices),
    )


def _per_person(said: Said, subject: Subject) -> bool:
    """Whether results are wanted per person: “orders per customer”; a property's noun splits."""
    sheet = said.sheet
    for i, token in enumerate(sheet.tokens):
        at = i - (sheet.word(i - 1) in ADJECTIVES)
        each = sheet.word(at - 1) in ("per", "each", "every")
        article = sheet.word(at - 1) == "a" and said.math == "avg"
        person = token.stem in lexicon().people and (each or article)
        if person and resolve(said.world, sheet, [i], subject.event) is None:
            if lexicon().doing.get(token.stem) == "":
                raise Unsure(declines.half_understood(sheet.text(range(at - 1, i + 1))))
            sheet.take(range(at - 1, i + 1))
            said.person = i
            return True
    return False


def _per_event(said: Said) -> list[int]:
    """The "per" of “average items per order”: the average is over that event anyway."""
    sheet = said.sheet
    leads = [phrase[0] - 1 for phrase in said.subjects.by if not set(phrase) & sheet.free]
    return [i for i in leads if sheet.word(i) == "per" and said.math not in (None, "sum")]


def _distinct(said: Said, subject: Subject) -> Property | None:
    """“How many different products”: the property whose values are counted."""
    sheet = said.sheet
    for i in sorted(sheet.free | set(subject.tokens)):
        told = sheet.word(i - 1) in measures.UNIQUE
        asked = told or any(sheet.at(i - len(p.split()), p) for p in measures.COUNTING)
        if not asked or sheet.word(i) in measures.UNIQUE or _of_people(said, i):
            continue
        if sheet.tokens[i].stem == "session" or (not told and {i, i + 1} & set(subject.tokens)):
            return None
        found = resolve(said.world, sheet, [i], subject.event)
        prop = found[0].property if found else None
        if found and prop and (told or not identifies(prop)):
            sheet.take(found[1])
            said.person = None
            return prop
        if told:
            raise Unsure(declines.unknown([sheet.text([i])], said.world))
    return None


def _of_people(said: Said, i: int) -> bool:
    """Whether the token or the noun after it means people."""
    return any(token.stem in lexicon().people for token in said.sheet.tokens[i : i + 2])


def _counted(said: Said, subject: Subject) -> Math:
    """Events, sessions or people; of people, all or those who did it for the first time."""
    sheet = said.sheet
    session = next((i for i in sheet.free if sheet.tokens[i].stem == "session"), None)
    if session is not None:
        sheet.take([session])
        return "sessions"
    if said.first:
        return "first_time"
    events = any(token.stem == "event" for token in sheet.tokens)
    return "unique" if said.person is not None or not (subject.event or events) else "total"


def identifies(prop: Property) -> bool:
    """Whether the property is the id of a thing: “how many classes were booked” counts bookings."""
    return any(unit.stems in lexicon().identity for unit in read_name(prop.name).units)
