"""Said: everything a question says that is neither the name of an event nor a value."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from agent.planner import cues, measures, timing
from agent.planner.breakdowns import Subjects, subjects
from agent.planner.cues import Comparison
from agent.planner.dates import Found
from agent.planner.lexicon import lexicon
from agent.planner.linking import link
from agent.planner.plan import Math, Part, Reply, Unsure
from agent.planner.ratios import Ratio, ratio
from agent.planner.sheet import Sheet
from agent.planner.spans import choose_span, default_interval, previous
from agent.planner.texts import Text, texts
from agent.planner.values import proper_names
from agent.planner.windows import Span, Unit, aligned
from agent.planner.world import World

ACTIVE: dict[str, Unit] = {"dau": "day", "wau": "week", "mau": "month"}
ANYONE = "active means any event"


@dataclass
class Said:
    """A question being read; each step explains some of its words, the last one the rest."""

    sheet: Sheet
    world: World
    span: Span
    compare: Span | None
    part: Part | None
    gaps: bool
    peak: bool
    cumulative: bool
    interval: Unit | None
    limit: int | None
    math: Math | None
    percentile: float
    compared: list[Comparison]
    texts: list[Text]
    first: bool
    ratio: Ratio | None
    subjects: Subjects
    person: int | None
    """The token of the people who are counted."""

    assumptions: list[str] = field(default_factory=list)

    @property
    def descending(self) -> bool | None:
        """True for most and highest, False for least and lowest, None when neither is said."""
        return cues.descending(self.sheet)

    def pool(self) -> set[int]:
        """The words that may name the measure: not those of a comparison or a breakdown."""
        compared = {i for one in self.compared for i in range(one.start, one.end + 2)}
        before = {one.start - 1 for one in self.compared if one.start > 0}
        compared |= {i for i in before if self.concepts([i]) & {"money", "quantity", "price"}}
        pool = self.sheet.free - self.subjects.tokens - compared
        if self.subjects.ranked and self.subjects.by:
            pool |= set(self.subjects.by[0])
        for phrase in self.subjects.by:
            links = link(self.sheet.tokens, phrase, self.world.events)
            if self.sheet.word(phrase[0] - 1) == "per" and links and links[0].score >= 0.75:
                pool |= set(phrase)
        return pool

    def concepts(self, places: Iterable[int]) -> set[str]:
        """The ideas that the words at these places belong to."""
        known = lexicon().concepts
        return {c for i in places for c in known.get(self.sheet.tokens[i].stem, ())}

    def not_ranked(self) -> None:
        """Note that what looked like a ranked thing is itself the number asked for."""
        self.subjects = replace(self.subjects, ranked=())


def listen(sheet: Sheet, world: World) -> Said:
    """Take everything but names and values from a question, in a fixed order."""
    periods = timing.periods(sheet, world.clock)
    cues.idioms(sheet)
    span, compare = _spans(sheet, world, periods)
    proper_names(world, sheet)
    part = timing.part(sheet)
    gaps = timing.gaps(sheet)
    peak = None if gaps else timing.peak(sheet)
    cumulative = timing.cumulative(sheet)
    active = _active(sheet)
    interval = gaps or peak or active or timing.interval(sheet, periods)
    if (timing.trend(sheet) or cumulative) and interval is None:
        interval = default_interval(span, world.clock)
    span = aligned(span, interval, world.clock) if interval else span
    limit, after_top = cues.top(sheet)
    math, percentile = cues.math(sheet)
    return Said(
        sheet=sheet,
        world=world,
        span=span,
        compare=compare,
        part=part,
        gaps=gaps is not None,
        peak=peak is not None,
        cumulative=cumulative,
        interval=interval,
        limit=limit,
        math=math,
        percentile=percentile,
        compared=cues.comparisons(sheet),
        texts=texts(sheet),
        first=cues.first_time(sheet),
        ratio=ratio(sheet),
        subjects=subjects(sheet, after_top),
        person=measures.people(sheet),
        assumptions=[ANYONE] if active else [],
    )


def _spans(sheet: Sheet, world: World, periods: Sequence[Found]) -> tuple[Span, Span | None]:
    """The period asked for, and the one it is compared with."""
    spans = [one.span for one in periods if one.span.start and one.span.end]
    if len(spans) == 2 and timing.contrasted(sheet):
        return spans[0], spans[1]
    span = choose_span(periods, world.clock)
    if isinstance(span, Reply):
        raise Unsure(span)
    back = timing.against(sheet)
    return span, previous(span, *back, world.clock) if back else None


def _active(sheet: Sheet) -> Unit | None:
    """DAU, WAU, MAU: people by day, week, month."""
    for i in sorted(sheet.free):
        if unit := ACTIVE.get(sheet.word(i).removesuffix("s")):
            sheet.take([i])
            return unit
    return None
