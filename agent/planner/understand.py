"""A question about numbers as a Plan, or a Reply that asks back or declines."""

from collections.abc import Sequence

from agent.planner import cues, declines, measures
from agent.planner.breakdowns import resolve
from agent.planner.filters import CONTRASTS, comparison_filters, leftover_filters
from agent.planner.lexicon import lexicon
from agent.planner.measures import Subject, choose
from agent.planner.measuring import identifies, measures_of, subject_of
from agent.planner.plan import Breakdown, Filter, Math, Measure, Plan, Reply, Unsure
from agent.planner.ratios import Ratio
from agent.planner.said import Said, listen
from agent.planner.sheet import Sheet
from agent.planner.texts import text_filters
from agent.planner.world import World

SPLITTING = frozenset({"by", "per", "across", "each", "every"})


def understand(question: str, world: World) -> Plan | Reply:
    """Read one question that stands on its own."""
    sheet = Sheet.of(question)
    if inability := declines.beyond(sheet, world):
        return declines.decline(inability)
    try:
        said = listen(sheet, world)
        return _ratio(said, said.ratio) if said.ratio else _one(said)
    except Unsure as stop:
        return stop.reply


def _one(said: Said) -> Plan:
    """Event, calculation, breakdown, conditions: each explains its words, the last the rest."""
    subject = subject_of(said)
    measured = measures_of(said, subject)
    breakdowns = _breakdowns(said, subject)
    filters = _filters(said, subject)
    return _plan(said, measured, filters, breakdowns or _contrast(said, filters))


def _ratio(said: Said, sides: Ratio) -> Plan:
    """Two measures over the same period, each with the conditions of its own side."""
    world, sheet = said.world, said.sheet
    same = sides.part == sides.whole
    people = [i for i in sides.whole if sheet.tokens[i].stem in lexicon().people]
    whole = choose(world, sheet, sides.whole, said.span)
    if whole is None and not people:
        raise Unsure(declines.unknown([sheet.text(sides.whole)], world))
    base = whole or Subject(None)
    part = None if same else choose(world, sheet, sides.part, said.span, sides.whole)
    sheet.take([*people, *(i for one in (whole, part) if one for i in one.tokens)])
    said.person = people[0] if people else said.person
    breakdowns = _breakdowns(said, base)
    of_part = _side_filters(said, sides.part, base)
    of_whole = () if same else _side_filters(said, sides.whole, base)
    event = part.event if part else base.event
    if event == base.event and not of_part:
        raise Unsure(declines.which_share())
    math: Math = "unique" if people else "total"
    both = (*of_part, *of_whole) if sides.share else of_part
    measured = (Measure(event, math, filters=both), Measure(base.event, math, filters=of_whole))
    return _plan(said, measured, _filters(said, base), breakdowns)


def _side_filters(said: Said, side: Sequence[int], base: Subject) -> tuple[Filter, ...]:
    """The conditions among the words of one side of a ratio."""
    own = Sheet(said.sheet.question, said.sheet.tokens, free=said.sheet.free & set(side))
    own.names = [name for name in said.sheet.names if set(name) <= set(side)]
    found = tuple(leftover_filters(said.world, own, base.event)) if own.free or own.names else ()
    said.sheet.names = [name for name in said.sheet.names if name not in own.names]
    said.sheet.free -= set(side) - own.free
    return found


def _breakdowns(said: Said, subject: Subject) -> tuple[Breakdown, ...]:
    """What results are split by, the ranked thing first."""
    sheet = said.sheet
    found = [Breakdown(part=said.part)] if said.part else []
    for phrase in (said.subjects.ranked, *said.subjects.by):
        ranked = phrase == said.subjects.ranked
        left = [i for i in phrase if i in sheet.free or i in subject.tokens]
        if not left or (not ranked and not set(phrase) & sheet.free):
            continue
        split = resolve(said.world, sheet, left, subject.event)
        if split and not _itself(split[0], left, subject):
            found.append(split[0])
            sheet.take((phrase[0] - 1, *split[1], *(i for i in phrase if sheet.grammar(i))))
        elif ranked and said.limit:
            break
    if said.limit and not found:
        raise Unsure(declines.top_of_what(said.limit))
    return tuple(dict.fromkeys(found))


def _itself(split: Breakdown, phrase: Sequence[int], subject: Subject) -> bool:
    """Whether the event would be split by its own id: "the top 3 bookings"."""
    own = set(phrase) <= set(subject.tokens) and split.label_property is None
    return own and split.property is not None and identifies(split.property)


def _filters(said: Said, subject: Subject) -> tuple[Filter, ...]:
    """Conditions said, and the one that the words for people imply."""
    sheet, world = said.sheet, said.world
    compared = comparison_filters(world, sheet, said.compared, subject.event)
    parts = text_filters(world, sheet, said.texts, subject.event)
    spoken = (*compared, *parts, *leftover_filters(world, sheet, subject.event))
    properties = world.properties(subject.event)
    guests = measures.guests_left_out(properties, sheet, said.person)
    about = {one.property for one in spoken}
    bots = measures.bots(subject.event, properties)
    if bots and bots not in about:
        said.assumptions.append("bots are included; “excluding bots” leaves them out")
    if guests is None or guests.property in about:
        return spoken
    said.assumptions.append(f"only where {guests.property.name} is false")
    return (*spoken, guests)


def _contrast(said: Said, filters: tuple[Filter, ...]) -> tuple[Breakdown, ...]:
    """“Chrome vs Safari”: several values of one property, side by side."""
    if not said.sheet.find_any(CONTRASTS):
        return ()
    return tuple(Breakdown(one.property) for one in filters if len(one.values) > 1)[:1]


def _plan(
    said: Said,
    measured: tuple[Measure, ...],
    filters: tuple[Filter, ...],
    breakdowns: tuple[Breakdown, ...],
) -> Plan:
    """The plan, if nothing that was said is missing from it."""
    extreme = measured[0].math in ("min", "max")
    ranked = said.descending is not None and not (extreme or said.peak or said.gaps)
    if ranked and not breakdowns:
        raise Unsure(declines.ranked_what())
    _nothing_ignored(said, measured[0].math)
    nested = said.limit is not None and len(breakdowns) > 1
    if nested or (len(measured) > 1 and said.interval and breakdowns):
        raise Unsure(declines.one_at_a_time())
    return Plan(
        measures=measured,
        span=said.span,
        filters=filters,
        breakdowns=breakdowns,
        interval=said.interval,
        limit=said.limit,
        ascending=said.descending is False,
        share=bool(said.ratio and said.ratio.share),
        ratio=bool(said.ratio and not said.ratio.share),
        cumulative=said.cumulative,
        compare=said.compare,
        gaps=said.gaps,
        peak=said.peak,
        assumptions=tuple(dict.fromkeys(said.assumptions)),
    )


def _nothing_ignored(said: Said, math: Math) -> None:
    """Refuse to answer when a word that turns the meaning was left over."""
    words = {token.word for token in said.sheet.tokens}
    unique = next(iter(words & measures.UNIQUE), None) if math in ("total", "sum", "avg") else None
    if word := cues.ignored(said.sheet) or unique or _unused_split(said):
        raise Unsure(declines.half_understood(word))


def _unused_split(said: Said) -> str | None:
    """A “by …” of which nothing was used: the split would be dropped in silence."""
    sheet = said.sheet
    for phrase in said.subjects.by:
        lead = phrase[0] - 1
        if lead in sheet.free and sheet.word(lead) in SPLITTING and set(phrase) <= sheet.free:
            return sheet.text((lead, *phrase))
    return None
