"""What a plan shows of the words it was made from: nothing that was said may be lost in it."""

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from agent.planner.english.chunks import Chunk
from agent.planner.english.lexicon import lexicon
from agent.planner.english.names import NOTHING, read_name
from agent.planner.english.windows import Span
from agent.planner.plan import (
    Cause,
    Drivers,
    Filter,
    Funnel,
    Lifecycle,
    Paths,
    Plan,
    Property,
    Recurring,
    Retention,
    Segment,
    Series,
    Sessions,
    Stickiness,
    Times,
    Trends,
    Watch,
)
from agent.planner.reading.said import LOOSE, Said

INSTEAD = frozenset({"instead", "rather"})
"""Words before what is meant no more: weekly instead of daily."""

STATISTICS = frozenset({"median", "percentile", "min", "max"})
COUNTED = (Trends, Lifecycle, Stickiness)
INVESTIGATED = (Cause, Watch, Drivers)


def unshown(plan: Plan, said: Said) -> tuple[Chunk, ...]:
    """The groups that have a place in a plan and left no trace in it, and words passed over."""
    traces = Traces(plan, said)
    instead = (g.start for g in said.groups if said.tokens[g.start].word in INSTEAD)
    end = next(instead, len(said.tokens))
    groups = [g for g in said.groups if g.start < end]
    lost = (g for g in groups if (test := TESTS.get(g.kind)) and not test(traces, g))
    return (*lost, *_told_apart(traces, said))


def _told_apart(traces: "Traces", said: Said) -> Iterator[Chunk]:
    """Words passed over as saying nothing, though another event differs by just this word."""
    shown = {part for name in traces.events for part in _parts(name)}
    others = [parts for name in said.world.events.names if shown & (parts := _parts(name.name))]
    covered = {i for group in said.groups for i in range(group.start, group.end)}
    for i, token in enumerate(said.tokens):
        if i in covered or token.kind != "word" or token.stem in shown:
            continue
        if any(token.stem in parts for parts in others):
            yield Chunk(i, i + 1, "passed_over", token.word)


def _parts(name: str) -> set[str]:
    return {part for unit in read_name(name).units for part in unit.parts if unit.weight > NOTHING}


def _within(thing: Any) -> Iterator[Any]:
    """A plan's parts, each with everything below it."""
    yield thing
    if is_dataclass(thing) and not isinstance(thing, Span):
        for field in fields(thing):
            yield from _within(getattr(thing, field.name))
    elif isinstance(thing, tuple):
        for one in thing:
            yield from _within(one)


class Traces:
    """What a plan is made of, kind by kind."""

    def __init__(self, plan: Plan, said: Said) -> None:
        self.plan = plan
        self.tokens = said.tokens
        parts = tuple(_within(plan))
        self.series = tuple(one for one in parts if isinstance(one, Series))
        self.filters = tuple(one for one in parts if isinstance(one, Filter))
        self.spans = tuple(one for one in parts if isinstance(one, Span))
        self.times = tuple(one for one in parts if isinstance(one, Times))
        self.numbers = {
            float(one) for one in parts if isinstance(one, int | float) and one is not True
        }
        self.properties = {one.name for one in parts if isinstance(one, Property)}
        self.events = {name for one in self.series for name in one.events}
        self.maths = {one.math for one in self.series}

    @property
    def counts_money(self) -> bool:
        """Whether a number is added up or averaged, or it is no count at all."""
        calculated = self.maths & {"sum", "avg", "median", "percentile", "min", "max", "distinct"}
        return bool(calculated) or not self.is_(Trends) or bool(self.plan.scope.breakdowns)

    def has(self, *names: str) -> bool:
        """Whether one of the plan's own fields of these names says more than nothing."""
        return any(bool(getattr(self.plan, name, None)) for name in names)

    def word(self, at: int) -> str:
        """The word at a place, nothing after the last."""
        return self.tokens[at].word if at < len(self.tokens) else ""

    def is_(self, *kinds: type) -> bool:
        """Whether the plan is of one of these kinds."""
        return isinstance(self.plan, kinds)


def _event(traces: Traces, group: Chunk) -> bool:
    said = group.value
    if traces.is_(Recurring, Watch, Sessions):
        return True
    names = {link.name for one in (said, *said.other) for link in one.links}
    if traces.events and not names & traces.events:
        return False
    often = not said.times or traces.times or float(said.times.count) in traces.numbers
    repeated = traces.is_(Funnel) and len(traces.series) > len(traces.events)
    return bool(often or repeated) and (not said.conditions or bool(traces.filters))


def _people(traces: Traces, group: Chunk) -> bool:
    """Buyers, subscribers: people of a kind, which events or conditions must tell."""
    noun = group.value.noun
    words = lexicon()
    if noun not in words.roles or noun in words.people or not traces.is_(*COUNTED):
        return True
    told = traces.filters or traces.plan.scope.breakdowns
    ideas = words.concepts.get(noun, frozenset()) | {words.doing.get(noun, "")}
    units = [unit for name in traces.events for unit in read_name(name).units]
    return bool(told) or any(noun in u.parts or ideas & u.concepts for u in units)


def _where(traces: Traces, group: Chunk) -> bool:
    said = group.value
    first, last = traces.tokens[group.start].word, traces.tokens[group.end - 1].word
    if first == "not" and last.endswith("s") and group.end - group.start == 2 and not said.found:
        return False
    names = {link.name for link in said.links} | {v.property.name for v in said.found}
    split = {one.property.name for one in traces.plan.scope.breakdowns if one.property}
    wanted = {_plain(v.value) for v in said.found} | {_plain(v) for v in said.values}
    if wanted:
        return bool(wanted & {_plain(v) for one in traces.filters for v in one.values})
    return bool(names & split) or any(
        not names or one.property.name in names for one in traces.filters
    )


def _plain(value: object) -> str:
    """A value as it is compared: without the last slash of a path, and a pattern’s star."""
    return str(value).lower().rstrip("*/")


def _number(traces: Traces, group: Chunk) -> bool:
    number = float(group.value.value)
    return number in traces.numbers or (number == 100 and _share(traces, group))


def _times(traces: Traces, group: Chunk) -> bool:
    return bool(traces.times) or float(group.value.count) in traces.numbers


def _length(traces: Traces, group: Chunk) -> bool:
    count = group.value[0]
    told = float(count) in traces.numbers or any(str(count) in s.label for s in traces.spans)
    return told or traces.is_(Cause, Stickiness)


def _span(traces: Traces, group: Chunk) -> bool:
    said: Span = group.value
    return traces.is_(Retention, Funnel) or any(
        said.label in s.label
        or s.start == said.start
        or (said.start is None and s.label.startswith("since"))
        for s in traces.spans
    )


def _property(traces: Traces, group: Chunk) -> bool:
    stems = {traces.tokens[i].stem for i in range(group.start, group.end)}
    about = {part for name in traces.events for part in _parts(name)}
    named = bool({link.name for link in group.value} & traces.properties)
    return named or traces.is_(Sessions) or stems <= about


def _split(traces: Traces, group: Chunk) -> bool:
    scope = traces.plan.scope
    return bool(scope.breakdowns or scope.interval or traces.filters) or len(traces.series) > 1


def _rank(traces: Traces, group: Chunk) -> bool:
    drops = isinstance(traces.plan, Funnel) and traces.plan.report == "drop"
    ordered = traces.plan.scope.ranked or traces.has("peak", "order") or drops
    return ordered or bool({"min", "max"} & traces.maths) or traces.is_(*INVESTIGATED, Paths)


def _every(traces: Traces, group: Chunk) -> bool:
    units = (getattr(traces.plan, name, None) for name in ("period", "each"))
    active = {"day": "unique", "week": "weekly_active", "month": "monthly_active"}.get(group.value)
    return (
        group.value in (traces.plan.scope.interval, *units)
        or active in traces.maths
        or traces.is_(*INVESTIGATED)
    )


def _agg(traces: Traces, group: Chunk) -> bool:
    wanted = {"avg": {"avg", "per_person"}, "median": {"median", "percentile"}}
    if traces.has("each") and traces.word(group.end) in ("time", "duration"):
        return False
    return (
        group.value == "sum"
        or (traces.tokens[group.start].word in LOOSE and bool(STATISTICS & traces.maths))
        or not traces.is_(Trends)
        or traces.has("formula", "each")
        or bool(wanted.get(str(group.value), {str(group.value), "percentile"}) & traces.maths)
    )


def _share(traces: Traces, group: Chunk) -> bool:
    return (
        traces.is_(Funnel, Retention, Sessions, Cause, Drivers)
        or traces.has("formula", "yes_no", "share")
        or bool(traces.plan.scope.breakdowns)
    )


def _first(traces: Traces, group: Chunk) -> bool:
    return (
        any(one.first or one.math == "first_time" for one in traces.series)
        or traces.is_(Retention, Lifecycle, Paths)
        or any("first" in name for name in traces.properties)
    )


def _no(traces: Traces, group: Chunk) -> bool:
    denied = any(
        one.operator in ("!=", "not contains", "not set", "<", "<=") or {False} & {*one.values}
        for one in traces.filters
    )
    return (
        denied
        or traces.has("never", "exclusions", "churned", "gaps", "absent")
        or traces.is_(Lifecycle, Cause)
        or any(one.count == 0 for one in traces.times)
    )


def _against(traces: Traces, group: Chunk) -> bool:
    scope = traces.plan.scope
    return (
        scope.compare is not None
        or len(traces.series) > 1
        or bool(scope.breakdowns)
        or any(len(one.values) > 1 for one in traces.filters)
        or traces.is_(Lifecycle, Sessions, *INVESTIGATED)
    )


def _then(traces: Traces, group: Chunk) -> bool:
    """Whether one thing comes after another; “then” at the beginning only goes on."""
    several = len(traces.series) > 1 or traces.plan.scope.compare is not None
    steps = traces.is_(Funnel, Paths, Retention, Lifecycle, Segment, Sessions, *INVESTIGATED)
    return group.start < OPENING or steps or several


OPENING = 2
"""How many words open a message: “and then …”."""

TESTS: dict[str, Callable[[Traces, Chunk], bool]] = {
    "event": _event,
    "people": _people,
    "where": _where,
    "number": _number,
    "amount_word": lambda traces, group: traces.counts_money or bool(traces.filters),
    "amount": lambda traces, group: bool(set(map(float, group.value.numbers)) & traces.numbers),
    "times": _times,
    "length": _length,
    "span": _span,
    "property": _property,
    "split": _split,
    "rank": _rank,
    "every": _every,
    "agg": _agg,
    "each_of": lambda traces, group: not traces.is_(Sessions) or group.value != "people",
    "cumulative": lambda traces, group: traces.has("cumulative"),
    "share": _share,
    "first": _first,
    "not": _no,
    "never": _no,
    "didnt": _no,
    "then": _then,
    "vs": _against,
    "compare": _against,
}
"""By kind of group, whether a plan shows it."""
