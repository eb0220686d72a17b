"""What a question counts or calculates: the event, the calculation, the property."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from agent.planner import declines
from agent.planner.lexicon import lexicon
from agent.planner.linking import Link, Name, link, read_name
from agent.planner.plan import Filter, Property, Reply, Unsure
from agent.planner.sheet import Sheet
from agent.planner.windows import Span
from agent.planner.world import World

SURE, POSSIBLE, MARGIN = 0.5, 0.4, 0.08
MANY = 60
"""Events beyond which their properties are not looked through one by one."""

COUNTING = ("how many", "number of", "count of", "how much", "total number of", "the number")
TELLING = frozenset({"per", "by", "from", "among", "to", "for", "of", "with"})
VERBS = TELLING | {"did", "do", "does", "were", "was", "are", "is", "have", "has", "in", "on"}
UNIQUE = frozenset({"unique", "distinct", "different"})


@dataclass(frozen=True)
class Subject:
    """Whom or what a question is about: an event, or people without one."""

    event: str | None
    tokens: tuple[int, ...] = ()
    assumption: str | None = None


def people(sheet: Sheet) -> int | None:
    """The token of the people that are counted, None when events are."""
    nouns = [i for i in sorted(sheet.free) if _plural_person(sheet, i)]
    sheet.take(i - 1 for i in nouns if sheet.word(i - 1) == "active")
    heads = _counted_phrases(sheet)
    if heads:
        return next((i for i in nouns if any(i in head for head in heads)), None)
    return next((i for i in nouns if not _told(sheet, i)), None)


def any_people(sheet: Sheet) -> int | None:
    """The first people a question speaks of, counted or not."""
    return next((i for i in sorted(sheet.free) if _plural_person(sheet, i)), None)


def _plural_person(sheet: Sheet, i: int) -> bool:
    token = sheet.tokens[i]
    plural = token.word.endswith("s") or token.word in ("people", "who")
    return token.kind == "word" and token.stem in lexicon().people and plural


def _counted_phrases(sheet: Sheet) -> list[range]:
    """What follows each "how many" or "number of", up to a verb or a preposition."""
    found = []
    for i in range(len(sheet.tokens)):
        taken = max((sheet.at(i, phrase) for phrase in COUNTING), default=0)
        end = i + taken
        while taken and end < len(sheet.tokens) and sheet.word(end) not in VERBS:
            end += 1
        if taken:
            found.append(range(i + taken, end))
    return found


def _told(sheet: Sheet, i: int) -> bool:
    """Whether the token only tells whose events are counted: "trend for users with …"."""
    return i > 2 and bool(TELLING & {sheet.word(i - 1), sheet.word(i - 2)})


def choose(
    world: World, sheet: Sheet, places: Iterable[int], span: Span, support: Iterable[int] = ()
) -> Subject | None:
    """The event these tokens name, None when they name none; asks when two come equally near."""
    own = set(places)
    links = [
        one
        for one in link(sheet.tokens, own | set(support), world.events)
        if own & set(one.tokens) and _content(sheet, one.tokens)
    ]
    links = _alive(links, world, span)
    if not links or links[0].score < POSSIBLE:
        return None
    best, rivals = links[0], _rivals(links)
    if rivals and best.score < 2:
        raise Unsure(_which(sheet, [best, *rivals]))
    if best.score < SURE and any(set(one.tokens) & set(best.tokens) for one in links[1:]):
        raise Unsure(
            _which(sheet, [best, *[x for x in links[1:] if set(x.tokens) & set(best.tokens)]])
        )
    return Subject(best.name, best.tokens)


def implied(world: World, sheet: Sheet, person: int, span: Span) -> Subject:
    """The event that makes someone a customer or a visitor; any event for other people."""
    doing = lexicon().doing.get(sheet.tokens[person].stem)
    if doing is None:
        return Subject(None, (), "active means any event")
    concepts = ("buy", "pay") if doing == "buy" else (doing,)
    name = next((n for c in concepts if (n := _by_concept(world, c, span))), None)
    if name is None:
        raise Unsure(declines.unknown([sheet.text([person])], world))
    noun = sheet.tokens[person].word
    return Subject(name, (), f"{noun} are people with {name} events")


def money_event(
    world: World, span: Span, fits: Callable[[str], bool] = lambda event: True
) -> Subject | None:
    """The event whose amounts are the revenue: a payment, else a purchase; it must fit the rest."""
    for concept in ("pay", "buy"):
        for name in _of_kind(world, concept, span):
            if _of_concept(world.properties(name), "money") and fits(name):
                return Subject(name, (), f"revenue is taken from {name}")
    return None


def page_views(world: World, span: Span) -> Subject | None:
    """The event that pages, browsers and referrers are ranked by; None without one."""
    name = _by_concept(world, "page_view", span)
    return Subject(name, (), f"ranked by {name} events") if name else None


def holder(world: World, sheet: Sheet, places: Sequence[int], span: Span) -> Subject | None:
    """The one event with a numeric property of this name; asks when there are several."""
    events = [
        one.name for one in _alive([Link(e.name, 0.0, ()) for e in world.events], world, span)
    ]
    if len(events) > MANY:
        return None
    found: list[Link] = []
    for event, properties in world.properties_of(events).items():
        names = [read_name(name) for name, prop in properties.items() if prop.numeric]
        links = link(sheet.tokens, places, names)
        if links and links[0].score >= 0.75 and _content(sheet, links[0].tokens):
            found.append(Link(event, links[0].score, links[0].tokens))
    if not found:
        return None
    if len(found) > 1:
        raise Unsure(_of_which(sheet, found))
    return Subject(
        found[0].name, (), f"{sheet.text(found[0].tokens)} is a property of {found[0].name}"
    )


def _of_which(sheet: Sheet, found: Sequence[Link]) -> Reply:
    """Ask which of several events a property is meant of."""
    names = tuple(one.name for one in found[:6])
    text = sheet.text(found[0].tokens)
    return Reply(
        "asked",
        f"“{text}” is a property of {', '.join(names[:-1])} and {names[-1]}. Of which event?",
        choices=names,
        rephrased=tuple(f"{sheet.question} of `{name}`" for name in names),
    )


def numeric(
    world: World, sheet: Sheet, subject: Subject, places: Iterable[int]
) -> tuple[Property, tuple[int, ...]] | None:
    """The numeric property of the event that these tokens name."""
    known = world.properties(subject.event)
    usable = [i for i in places if sheet.word(i) not in ("total", "number", "count")]
    links = _links_to(sheet, usable, [n for n, p in known.items() if p.numeric])
    texts = _links_to(sheet, usable, [n for n, p in known.items() if p.kind == "String"])
    if not links:
        return None
    exact = [one for one in texts if one.score >= 0.95 and one.score > links[0].score]
    if exact and set(exact[0].tokens) == set(links[0].tokens):
        raise Unsure(declines.stored_as_text(exact[0].name))
    if _rivals(links) and links[0].score < 2:
        raise Unsure(_which(sheet, links[:3], "property"))
    return known[links[0].name], links[0].tokens


def _links_to(sheet: Sheet, places: Sequence[int], names: Sequence[str]) -> list[Link]:
    found = link(sheet.tokens, places, [read_name(name) for name in names])
    return [one for one in found if one.score >= 0.45]


def guests_left_out(
    properties: dict[str, Property], sheet: Sheet, person: int | None
) -> Filter | None:
    """Customers and members are known people, where the project marks guests."""
    words = lexicon()
    if person is None or sheet.tokens[person].stem not in words.known:
        return None
    said = {token.stem for token in sheet.tokens}
    for name, prop in properties.items():
        parts = {unit.stems for unit in read_name(name).units}
        if prop.kind == "Boolean" and parts & words.anonymous and not said & words.anonymous:
            return Filter(prop, "=", (False,))
    return None


def bots(event: str | None, properties: dict[str, Property]) -> Property | None:
    """The flag for bots among page views, where the project has one."""
    if event is None or not _is(read_name(event), "page_view"):
        return None
    for name, prop in properties.items():
        parts = {unit.stems for unit in read_name(name).units}
        if prop.kind == "Boolean" and parts & lexicon().bots:
            return prop
    return None


def _content(sheet: Sheet, places: Sequence[int]) -> bool:
    return any(not sheet.grammar(i) for i in places)


def _alive(links: list[Link], world: World, span: Span) -> list[Link]:
    """Without the events that ended before the period, unless only they are named."""

    def ended(one: Link) -> bool:
        last = world.last_seen.get(one.name)
        return bool(last and span.start and last < span.start and one.score < 2)

    return [one for one in links if not ended(one)] or links


def _rivals(links: Sequence[Link]) -> list[Link]:
    """The links that come as near as the best one by the same words."""
    best = links[0]
    return [
        one
        for one in links[1:3]
        if one.score >= best.score - MARGIN
        and set(one.tokens) & set(best.tokens)
        and len(one.tokens) >= len(best.tokens)
    ]


def _which(sheet: Sheet, links: Sequence[Link], kind: str = "event") -> Reply:
    """Ask which of several names is meant."""
    names = tuple(one.name for one in links)
    said = [sheet.tokens[i] for i in links[0].tokens]
    text = " ".join(token.text for token in said)
    return Reply(
        "asked",
        f"Which {kind} do you mean by “{text}”: {', '.join(names[:-1])} or {names[-1]}?",
        choices=names,
        rephrased=tuple(_rephrased(sheet, links[0].tokens, name) for name in names),
    )


def _rephrased(sheet: Sheet, places: Sequence[int], name: str) -> str:
    """The question with the unclear words replaced by a name."""
    start, end = sheet.tokens[places[0]].start, sheet.tokens[places[-1]].end
    return f"{sheet.question[:start]}`{name}`{sheet.question[end:]}"


def _by_concept(world: World, concept: str, span: Span) -> str | None:
    """The event of a concept with the plainest name."""
    return next(iter(_of_kind(world, concept, span)), None)


def _of_kind(world: World, concept: str, span: Span) -> list[str]:
    """The events of a concept, plainest name first, without those named for a bad end."""
    marked = lexicon().marked
    links = [
        Link(name.name, score, ())
        for name in world.events
        if (score := _is(name, concept)) >= POSSIBLE
        and not any(unit.stems in marked for unit in name.units)
    ]
    return [
        one.name for one in sorted(_alive(links, world, span), key=lambda o: (-o.score, o.name))
    ]


def _is(name: Name, concept: str) -> float:
    """How much of a name the concept makes up, 0 when it is not in it."""
    hit = [unit.weight for unit in name.units if concept in unit.concepts]
    return sum(hit) / name.weight


def _of_concept(properties: dict[str, Property], concept: str) -> list[Property]:
    return [p for n, p in properties.items() if p.numeric and _is(read_name(n), concept)]
