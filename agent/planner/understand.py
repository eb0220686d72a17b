"""A question about numbers as a Plan, or a Reply that asks back or declines."""

from collections.abc import Iterable
from dataclasses import replace

from agent.planner import cues, declines, measures
from agent.planner.breakdowns import resolve, subjects
from agent.planner.cues import Sheet
from agent.planner.filters import comparison_filters, leftover_filters, proper_names
from agent.planner.lexicon import lexicon
from agent.planner.linking import link, read_name
from agent.planner.measures import Subject, choose
from agent.planner.plan import Breakdown, Filter, Math, Measure, Plan, Property, Reply, Unsure
from agent.planner.ratios import Ratio, joined, ratio
from agent.planner.spans import choose_span, default_interval, previous
from agent.planner.windows import Span, Unit
from agent.planner.words import tokenize
from agent.planner.world import World

ACTIVE: dict[str, Unit] = {"dau": "day", "wau": "week", "mau": "month"}
EXTREMES: dict[bool, Math] = {True: "max", False: "min"}


def understand(question: str, world: World) -> Plan | Reply:
    """Read one question that stands on its own."""
    sheet = Sheet(question, tokenize(question))
    if inability := declines.beyond(sheet, world):
        return declines.decline(inability)
    try:
        return Reading(sheet, world).plan()
    except Unsure as stop:
        return stop.reply


class Reading:
    """One question being read; every step explains some of its words, the last one the rest."""

    def __init__(self, sheet: Sheet, world: World) -> None:
        self.sheet = sheet
        self.world = world
        self.assumptions: list[str] = []
        self.span: Span = self._span()
        proper_names(world, sheet)
        self.part = cues.part(sheet)
        self.gaps = cues.gaps(sheet)
        self.peak = cues.peak(sheet)
        self.cumulative = cues.cumulative(sheet)
        self.interval: Unit | None = self._interval()
        self.limit, after_top = cues.top(sheet)
        self.math, self.percentile = cues.math(sheet)
        self.compared = cues.comparisons(sheet)
        self.first = cues.first_time(sheet)
        self.ratio = ratio(sheet)
        self.subjects = subjects(sheet, after_top)
        self.person = measures.people(sheet)

    def plan(self) -> Plan:
        """The whole reading, top to bottom."""
        if self.ratio:
            return self._ratio(self.ratio)
        subject = self._subject()
        several = self._several(subject)
        measure = self._measure(subject)
        if several and measure.math not in ("total", "unique"):
            raise Unsure(declines.one_at_a_time())
        measured = (measure, *(replace(measure, event=one.event) for one in several))
        breakdowns = self._breakdowns(subject)
        filters = self._filters(subject)
        return self._plan(measured, filters, breakdowns or self._contrast(filters))

    def _contrast(self, filters: tuple[Filter, ...]) -> tuple[Breakdown, ...]:
        """“Chrome vs Safari”: several values of one property, side by side."""
        if not self.sheet.find_any(("vs", "versus", "compare", "compared to", "against")):
            return ()
        return tuple(Breakdown(one.property) for one in filters if len(one.values) > 1)[:1]

    def _span(self) -> Span:
        sheet, clock = self.sheet, self.world.clock
        self.compare: Span | None = None
        self.periods = cues.periods(sheet, clock)
        spans = [one.span for one in self.periods if one.span.start and one.span.end]
        if len(spans) == 2 and cues.contrasted(sheet):
            self.compare = spans[1]
            return spans[0]
        span = choose_span(self.periods, clock)
        if isinstance(span, Reply):
            raise Unsure(span)
        if back := cues.against(sheet, self.periods):
            self.compare = previous(span, *back, clock)
        return span

    def _interval(self) -> Unit | None:
        asked = self.gaps or self.peak or self._active() or cues.interval(self.sheet, self.periods)
        developing = cues.trend(self.sheet) or self.cumulative
        if asked is None and developing:
            return default_interval(self.span, self.world.clock)
        return asked

    def _active(self) -> Unit | None:
        """DAU, WAU, MAU: people by day, week, month."""
        for i in sorted(self.sheet.free):
            if unit := ACTIVE.get(self.sheet.word(i).removesuffix("s")):
                self.sheet.take([i])
                self.assumptions.append("active means any event")
                return unit
        return None

    def _subject(self) -> Subject:
        """The event or people the question is about."""
        sheet, world = self.sheet, self.world
        pool = self._pool()
        subject = choose(world, sheet, pool, self.span, self.subjects.tokens)
        if subject is None and self.person is not None:
            subject = measures.implied(world, sheet, self.person, self.span)
        if subject is None and "active means any event" in self.assumptions:
            subject = Subject(None)
        subject = subject or self._other(pool)
        sheet.take(subject.tokens if self.person is None else (*subject.tokens, self.person))
        self.assumptions += [subject.assumption] if subject.assumption else []
        return subject

    def _several(self, subject: Subject) -> list[Subject]:
        """The further events of "orders vs cancellations"; other figures beside them are too much."""
        sheet, own = self.sheet, set(subject.tokens)
        person = {self.person} if self.person is not None else set()
        parts = joined(sheet, own | person | self._pool())
        found = [choose(self.world, sheet, part, self.span) for part in parts]
        named = [one for one in found if one and one.event]
        others = [one for one in named if one.event != subject.event]
        apart = [part for part, one in zip(parts, found, strict=True) if one is None]
        figures = [p for p in apart if person & set(p) or "money" in self._concepts(p)]
        if named and figures and not own & {i for part in figures for i in part}:
            raise Unsure(declines.one_at_a_time())
        for one in others:
            sheet.take(one.tokens)
        return others if len(named) == len(parts) else []

    def _pool(self) -> set[int]:
        """The words that may name the measure: not those of a comparison or a breakdown."""
        compared = {i for one in self.compared for i in range(one.start, one.end + 2)}
        pool = self.sheet.free - self.subjects.tokens - compared
        if self.subjects.ranked and self.subjects.by:
            pool |= set(self.subjects.by[0])
        for phrase in self.subjects.by:
            links = link(self.sheet.tokens, phrase, self.world.events)
            if self.sheet.word(phrase[0] - 1) == "per" and links and links[0].score >= 0.75:
                pool |= set(phrase)
        return pool

    def _other(self, pool: set[int]) -> Subject:
        """Without an event's name: revenue, sessions, any event, or the thing that is ranked."""
        sheet, world = self.sheet, self.world
        if "money" in self._concepts(pool) and (
            found := measures.money_event(world, self.span, self._fits)
        ):
            return found
        if any(sheet.tokens[i].stem in ("session", "event") for i in pool | self.subjects.tokens):
            return Subject(None)
        if "page" in self._concepts(self.subjects.ranked):
            return measures.page_views(world, self.span)
        if named := choose(world, sheet, self.subjects.tokens, self.span):
            return named
        content = sheet.content(sheet.free)
        if not content:
            raise Unsure(declines.nothing_asked(world))
        raise Unsure(declines.unknown([sheet.text([i]) for i in content[:3]], world))

    def _fits(self, event: str) -> bool:
        """Whether the event has the properties that results are split by."""
        phrases = [
            p for p in (self.subjects.ranked, *self.subjects.by) if p and p[0] in self.sheet.free
        ]
        wanted = [p for p in phrases if "money" not in self._concepts(p)]
        return all(resolve(self.world, self.sheet, phrase, event) for phrase in wanted)

    def _concepts(self, places: Iterable[int]) -> set[str]:
        known = lexicon().concepts
        return {c for i in places for c in known.get(self.sheet.tokens[i].stem, ())}

    def _measure(self, subject: Subject) -> Measure:
        """What is calculated over the event."""
        sheet = self.sheet
        ranked = self._ranked_number(subject)
        found = ranked or self._number(subject)
        if ranked:
            self.subjects = replace(self.subjects, ranked=())
        if found:
            sheet.take(found[1])
            math = self.math or (
                "sum" if not ranked else EXTREMES[cues.descending(sheet) is not False]
            )
            return Measure(subject.event, math, found[0], self.percentile)
        if self.math in ("median", "percentile") or (self.math == "avg" and not self._per_person()):
            raise Unsure(self._of_what(subject))
        if self._per_person():
            return Measure(subject.event, "per_person")
        if distinct := self._distinct(subject):
            return Measure(subject.event, "distinct", distinct)
        return Measure(subject.event, self._counted(subject))

    def _ranked_number(self, subject: Subject) -> tuple[Property, tuple[int, ...]] | None:
        """“Highest order value”: the ranked thing is itself a number."""
        if (
            not self.subjects.ranked
            or self.limit
            or self.subjects.by
            or cues.descending(self.sheet) is None
        ):
            return None
        return measures.numeric(self.world, self.sheet, subject, self.subjects.ranked)

    def _number(self, subject: Subject) -> tuple[Property, tuple[int, ...]] | None:
        """The numeric property that is calculated with, where one is said."""
        sheet = self.sheet
        pool = self._pool() | (set(subject.tokens) if self.math else set())
        said = {i: lexicon().concepts.get(sheet.tokens[i].stem, frozenset()) for i in pool}
        if self.math is None:
            counting = sheet.find_any(measures.COUNTING)
            wanted = {"quantity"} if counting else {"money", "quantity"}
            pool = {i for i in pool if said[i] & wanted or sheet.word(i - 1) in ("total", "much")}
        return measures.numeric(self.world, sheet, subject, sorted(pool)) if pool else None

    def _of_what(self, subject: Subject) -> Reply:
        numbers = [n for n, p in self.world.properties(subject.event).items() if p.numeric]
        word = {"avg": "average"}.get(self.math or "", self.math or "")
        return Reply(
            "asked", f"The {word} of which property of {subject.event}?", choices=tuple(numbers[:6])
        )

    def _per_person(self) -> bool:
        """Whether results are wanted per person: "orders per customer"."""
        sheet = self.sheet
        hit = next(
            (
                i
                for i, token in enumerate(sheet.tokens)
                if token.stem in lexicon().people
                and sheet.word(i - 1) in ("per", "each", "every", "a")
            ),
            None,
        )
        if hit is None or (sheet.word(hit - 1) == "a" and self.math != "avg"):
            return False
        sheet.take([hit - 1, hit])
        return True

    def _distinct(self, subject: Subject) -> Property | None:
        """“How many different products”: the property whose values are counted."""
        sheet = self.sheet
        for i in sorted(sheet.free | set(subject.tokens)):
            told = sheet.word(i - 1) in measures.UNIQUE
            asked = told or any(sheet.at(i - len(p.split()), p) for p in measures.COUNTING)
            if not asked or sheet.word(i) in measures.UNIQUE or self._of_people(i):
                continue
            if sheet.tokens[i].stem == "session" or (not told and {i, i + 1} & set(subject.tokens)):
                return None
            found = resolve(self.world, sheet, [i], subject.event)
            prop = found[0].property if found else None
            if found and prop and (told or not _identifies(prop)):
                sheet.take(found[1])
                self.person = None
                return prop
            if told:
                raise Unsure(declines.unknown([sheet.text([i])], self.world))
        return None

    def _of_people(self, i: int) -> bool:
        """Whether the token or the noun after it means people."""
        near = self.sheet.tokens[i : i + 2]
        return any(token.stem in lexicon().people for token in near)

    def _counted(self, subject: Subject) -> Math:
        """Events, sessions or people; of people, all or those who did it for the first time."""
        sheet = self.sheet
        session = next((i for i in sheet.free if sheet.tokens[i].stem == "session"), None)
        if session is not None:
            sheet.take([session])
            return "sessions"
        if self.first:
            return "first_time"
        return (
            "unique"
            if self.person is not None or (subject.event is None and not self._events())
            else "total"
        )

    def _events(self) -> bool:
        return any(token.stem == "event" for token in self.sheet.tokens)

    def _breakdowns(self, subject: Subject) -> tuple[Breakdown, ...]:
        """What results are split by, the ranked thing first."""
        sheet = self.sheet
        found = [Breakdown(part=self.part)] if self.part else []
        for phrase in (self.subjects.ranked, *self.subjects.by):
            ranked = phrase == self.subjects.ranked
            left = [i for i in phrase if i in sheet.free or i in subject.tokens]
            if not left or (not ranked and not set(phrase) & sheet.free):
                continue
            if split := resolve(self.world, sheet, left, subject.event):
                found.append(split[0])
                sheet.take((*split[1], *(i for i in phrase if sheet.grammar(i))))
            elif ranked and self.limit:
                break
        if self.limit and not found:
            raise Unsure(declines.top_of_what(self.limit))
        return tuple(dict.fromkeys(found))

    def _filters(self, subject: Subject) -> tuple[Filter, ...]:
        """Conditions said, and the two that the words for people imply."""
        sheet, world = self.sheet, self.world
        compared = comparison_filters(world, sheet, self.compared, subject.event)
        said = (*compared, *leftover_filters(world, sheet, subject.event))
        properties = world.properties(subject.event)
        implied = [
            measures.guests_left_out(properties, sheet, self.person),
            measures.bots_left_out(subject.event, properties, sheet),
        ]
        added = [one for one in implied if one and one.property not in {f.property for f in said}]
        self.assumptions += [f"only where {one.property.name} is false" for one in added]
        return (*said, *added)

    def _ratio(self, sides: Ratio) -> Plan:
        """Two measures over the same period."""
        world, sheet = self.world, self.sheet
        whole = choose(world, sheet, sides.whole, self.span)
        people = [i for i in sides.whole if sheet.tokens[i].stem in lexicon().people]
        if whole is None and not people:
            raise Unsure(declines.unknown([sheet.text(sides.whole)], world))
        base = whole or Subject(None)
        part = choose(world, sheet, sides.part, self.span, sides.whole)
        for one in filter(None, (whole, part)):
            sheet.take(one.tokens)
        math: Math = "unique" if people else "total"
        filters: tuple[Filter, ...] = ()
        if part is None or part.event == base.event:
            filters = tuple(leftover_filters(world, sheet, base.event))
            if not filters:
                raise Unsure(declines.unknown([sheet.text(sides.part)], world))
            part = base
        measured = (Measure(part.event, math, filters=filters), Measure(base.event, math))
        common = self._filters(base)
        return self._plan(measured, common, self._breakdowns(base))

    def _plan(
        self,
        measured: tuple[Measure, ...],
        filters: tuple[Filter, ...],
        breakdowns: tuple[Breakdown, ...],
    ) -> Plan:
        extreme = measured[0].math in ("min", "max")
        ranked = cues.descending(self.sheet) is not None and not (extreme or self.peak or self.gaps)
        if ranked and not breakdowns:
            raise Unsure(declines.ranked_what())
        if self.limit and len(breakdowns) > 1:
            raise Unsure(declines.one_at_a_time())
        return Plan(
            measures=measured,
            span=self.span,
            filters=filters,
            breakdowns=breakdowns,
            interval=self.interval,
            limit=self.limit,
            ascending=cues.descending(self.sheet) is False,
            share=bool(self.ratio and self.ratio.share),
            ratio=bool(self.ratio and not self.ratio.share),
            cumulative=self.cumulative,
            compare=self.compare,
            gaps=self.gaps is not None,
            peak=self.peak is not None,
            assumptions=tuple(dict.fromkeys(self.assumptions)),
        )


def _identifies(prop: Property) -> bool:
    """Whether the property is the id of a thing: "how many classes were booked" counts bookings."""
    return any(unit.stems in lexicon().identity for unit in read_name(prop.name).units)
