"""Follow-ups: a short message that changes the last plan and keeps the rest."""

import re
from collections.abc import Callable
from dataclasses import replace

from agent.planner.english import periods
from agent.planner.english.windows import Span, Unit, aligned
from agent.planner.plan import (
    Breakdown,
    Cause,
    Drivers,
    Filter,
    Funnel,
    Lifecycle,
    Paths,
    Plan,
    Property,
    Reply,
    Retention,
    Scope,
    Segment,
    Series,
    Stickiness,
    Trends,
    Unfit,
    Unsure,
    Watch,
)
from agent.planner.reading import events
from agent.planner.reading.calculations import statistic
from agent.planner.reading.conditions import conditions, merged
from agent.planner.reading.funnels import conversion_window
from agent.planner.reading.properties import Properties, common, own
from agent.planner.reading.said import Said
from agent.planner.reading.spans import period, within
from agent.planner.reading.splits import contrast, dimension, split

OPENERS = re.compile(
    r"^(and|what about|how about|now|same|only|just|but|or|ok|okay|then|instead|by|per|as|for|in|"
    r"on|split|break|show (it|that|this|me that)|make (it|that)|group|excluding|exclude|without|no|"
    r"not|also|compare|vs|versus|against|rather|hmm|run (it|that)( again)?|again|the average|the|"
    r"what'?s the|what is the|"
    r"how does that|how do they|what if|use|change|switch|add|remove|drop|since|"
    r"can i (see|get|have) (it|that|this)|with|until|before|after)\b",
    re.IGNORECASE,
)
POINTING = re.compile(
    r"\b(it|that|this|same|them|those|these|only)\b|\bthen\W*$|^top \d+", re.IGNORECASE
)
"""What points back to the last answer."""

WHOLE = (Lifecycle, Paths, Stickiness)
"""What is never split."""

SHORT = 4
HARMLESS = ("it", "now", "chat", "filler", "comparative", "manage", "same", "then", "fn", "people",
            "count", "trend_word", "table", "bars", "single", "howto", "memory", "after", "within",
            "who", "sql", "other", "asset", "spoken", "trend", "asking")  # fmt: skip


def opens(question: str) -> bool:
    """Whether a message reads as a change to what was asked before."""
    said = question.strip()
    pointing = POINTING.search(" ".join(said.split()[:8]))
    return bool(OPENERS.match(said) or pointing) or len(said.split()) <= SHORT


def changing(plan: Plan) -> Callable[[Said], Plan]:
    """A frame that reads a message as a change of this plan."""

    def frame(said: Said) -> Plan:
        return _Change(said, plan).made()

    return frame


class _Change:
    """One message applied to one plan, piece by piece."""

    def __init__(self, said: Said, plan: Plan) -> None:
        self.said = said
        self.plan = plan
        self.world = said.world

    def made(self) -> Plan:
        """The changed plan; `Unsure` when nothing changes."""
        if isinstance(self.plan, Cause | Watch | Drivers):
            raise Unfit
        self._take_openers()
        plan = self._share_of(self._renamed(self._windowed(self.plan)))
        properties = self._properties(plan)
        scope = self._scope(plan, properties)
        if isinstance(plan, WHOLE) and scope.breakdowns:
            raise Unsure(
                Reply("declined", "Answers of this kind are not split: leave the “by” out.")
            )
        changed = self._shaped(replace(plan, scope=scope))
        self.said.take(*self.said.all(*HARMLESS))
        if changed == self.plan:
            raise Unsure(Reply("declined", "That changes nothing of the last answer."))
        return changed

    def _properties(self, plan: Plan) -> Properties:
        named = [e for one in series_of(plan) for e in one.events]
        return {**common(self.world), **(own(self.world, named[:1]) if named else {})}

    def _renamed(self, plan: Plan) -> Plan:
        """Another event in the same place: “no, I meant signups, not logins”."""
        said = self.said
        chunks = said.all("event")
        if not chunks or said.has("share", "as"):
            return plan
        meant = [c for c in chunks if not self._denied(c)]
        before = {event for one in series_of(plan) for event in one.events}
        wrong = [c for c in chunks if c not in meant and c.value.links[0].name not in before]
        if len(meant) != 1 or wrong:
            raise Unfit
        new = events.series(said, meant[0].value)
        said.take(*chunks, *said.all("not", "comma"))
        if isinstance(plan, Trends) and len(plan.series) == 1:
            one = plan.series[0]
            kept = () if one.property else one.filters
            if one.property:
                raise Unfit
            return replace(
                plan, series=(replace(one, events=new.events, filters=(*kept, *new.filters)),)
            )
        if isinstance(plan, Lifecycle | Stickiness):
            return replace(plan, series=new)
        if isinstance(plan, Paths):
            return replace(plan, start=new if plan.start else None, end=new if plan.end else None)
        raise Unfit

    def _take_openers(self) -> None:
        """“No, …”, “run it again”: what only says that something is to change."""
        said = self.said
        first = said.groups[0] if said.groups else None
        said.take(first if first and first.kind == "not" and first.end == 1 else None)
        said.take(*(c for c in said.all("retention") if said.text([c]).lower() == "again"))

    def _windowed(self, plan: Plan) -> Plan:
        """“And within 7 days?”: how long people have, for a funnel."""
        window = conversion_window(self.said) if isinstance(plan, Funnel) else None
        return replace(plan, window=window) if isinstance(plan, Funnel) and window else plan

    def _denied(self, chunk: object) -> bool:
        before = self.said.before(chunk)  # type: ignore[arg-type]
        return bool(before and before.kind == "not")

    def _share_of(self, plan: Plan) -> Plan:
        """“As a percentage of all signups”: the last figure over the whole of it."""
        said = self.said
        cue = next((c for c in said.all("share") if c.value in ("as", "")), None)
        if cue is None or not isinstance(plan, Trends) or len(plan.series) != 1:
            return plan
        one, named = plan.series[0], said.first("event")
        whole = replace(one, filters=())
        if named:
            whole = replace(events.series(said, named.value), math=one.math)
        said.take(cue, *said.all("event", "people", "all", "of"))
        return replace(plan, series=(one, whole), formula="share")

    def _scope(self, plan: Plan, properties: Properties) -> Scope:
        said, scope = self.said, plan.scope
        span, compare = self._span(scope)
        found = conditions(said, properties)
        rank = said.pop("rank")
        splits = split(said, properties, rank)
        splits = splits or tuple(
            dimension(said, one, properties) for c in said.all("split") for one in c.value
        )
        splits = splits or contrast(said, found)
        every = self._every()
        unit = every or scope.interval
        only = {f.property for f in found if f.operator == "=" and len(f.values) == 1}
        kept = tuple(b for b in scope.breakdowns if b.property not in only)
        order = rank.value if rank else None
        return replace(
            scope,
            span=aligned(span, unit, self.world.clock) if unit else span,
            compare=compare,
            filters=_changed(scope.filters, found),
            breakdowns=splits or kept,
            interval=unit,
            limit=(order.limit if order else None) or scope.limit,
            nth=order.nth if order else scope.nth,
            ascending=not order.descending if order else scope.ascending,
            ranked=scope.ranked or order is not None,
        )

    def _span(self, scope: Scope) -> tuple[Span, Span | None]:
        said = self.said
        against = said.first("against")
        versus = said.first("vs", "compare")
        spans = said.all("span")
        if against or (versus and spans):
            named, compare = period(said)
            said.take(*said.all("vs", "compare"))
            if against and not spans:
                unit: Unit | None = None if against.value == "previous" else against.value
                compare = periods.previous(scope.span, unit, 1, self.world.clock)
            return scope.span, compare or named
        if not spans:
            return scope.span, scope.compare
        bare = all(
            said.tokens[i].word in ("on", "the") or said.tokens[i].word[:1].isdigit()
            for i in range(spans[0].start, spans[0].end)
        )
        span, compare = period(said)
        return (within(span, scope.span) if bare else span), compare

    def _every(self) -> Unit | None:
        said = self.said
        every = said.all("every", "unit")
        said.take(*every, *(said.all("vs") if len(every) > 1 else ()))
        if every:
            unit: Unit = every[0].value
            return unit
        if said.pop("trend"):
            return periods.default_interval(self.plan.scope.span, self.world.clock)
        return None

    def _shaped(self, plan: Plan) -> Plan:
        """Another calculation, cumulative, growth, who they are."""
        said = self.said
        if isinstance(plan, Trends):
            plan = replace(
                plan,
                cumulative=plan.cumulative or said.pop("cumulative") is not None,
                growth=plan.growth or said.pop("growth") is not None,
            )
            agg = said.pop("agg")
            said.take(*(said.all("agg", "vs") if said.has("vs") else ()))
            if agg and len(plan.series) == 1 and plan.series[0].property:
                math, share = statistic(agg)
                plan = replace(plan, series=(replace(plan.series[0], math=math, percentile=share),))
            unique = said.pop("distinct")
            if unique and len(plan.series) == 1 and plan.series[0].math == "total":
                said.take(*said.all("people"))
                plan = replace(plan, series=(replace(plan.series[0], math="unique"),))
        if isinstance(plan, Funnel) and said.pop("trend"):
            plan = replace(plan, trend=True)
        if said.pop("people_list"):
            plan = listed(plan)
        return plan


def listed(plan: Plan) -> Plan:
    """The people behind a figure."""
    if isinstance(plan, Segment):
        return replace(plan, listed=True)
    if isinstance(plan, Trends) and len(plan.series) == 1:
        return Segment(plan.scope, plan.series, listed=True)
    raise Unsure(Reply("declined", "I can list the people behind one figure, not behind this."))


def series_of(plan: Plan) -> tuple[Series, ...]:
    """The series or steps of a plan, in order."""
    if isinstance(plan, Trends):
        return plan.series
    if isinstance(plan, Funnel):
        return plan.steps
    if isinstance(plan, Retention):
        return (plan.start, plan.back)
    if isinstance(plan, Lifecycle | Stickiness):
        return (plan.series,)
    if isinstance(plan, Paths):
        return tuple(one for one in (plan.start, plan.end) if one)
    return plan.did if isinstance(plan, Segment) else ()


def _changed(before: tuple[Filter, ...], now: tuple[Filter, ...]) -> tuple[Filter, ...]:
    """Conditions on a property replace those there were on it, events' or people's of one name."""
    named = {_thing(one.property) for one in now}
    return merged((*(one for one in before if _thing(one.property) not in named), *now))


def _thing(found: Property) -> tuple[str, str]:
    """What a property tells: an event's of the same name as a person's tells of the person."""
    return found.name, "" if found.holder in ("event", "person") else found.holder


def picked(plan: Plan, value: object) -> Plan:
    """The same question for one value of its breakdown: “what about the second one?”."""
    one = plan.scope.breakdowns[0] if plan.scope.breakdowns else Breakdown()
    if one.property is None:
        raise Unsure(Reply("declined", "There is no list in the last answer to choose from."))
    condition = Filter(one.property, "=", (str(value),))
    scope = replace(
        plan.scope,
        filters=(*plan.scope.filters, condition),
        breakdowns=plan.scope.breakdowns[1:],
        limit=None,
        ranked=False,
    )
    return replace(plan, scope=scope)
