"""What goes with a change that is there: names, gaps, failures, parts, the whole product."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.planner.why import around, crowding, flags, naming, timing
from agent.planner.why.around import Other
from agent.planner.why.case import Case
from agent.planner.why.conditions import condition
from agent.planner.why.figures import change, figure, listed, percent, share
from agent.planner.why.findings import Finding, ranked
from agent.planner.why.measure import Measure
from agent.planner.why.measured import Measured, hogql
from agent.planner.why.overlay import Overlay
from agent.planner.why.premise import Verdict, judged
from agent.planner.why.ranking import Part, Whole, alone
from agent.planner.why.searching import Search, for_others
from agent.planner.why.telling import Told

FAILURES = 2
"""Events that tell of failing to look at."""

NOTED, LISTED = 6.0, 0.1
"""Contrast, and share of the change, from which a part is listed."""

SURE = 1.2
"""The weight from which a finding is no chance, whatever the whole varies by."""

MUCH = 0.3
"""The share of a change from which failures explain it."""


@dataclass(frozen=True)
class Failing:
    """An event that tells of failing, which rose."""

    event: Other
    search: Search


def investigated(case: Case, found: Measured, verdict: Verdict) -> Told:
    """The findings about a change, the most telling first."""
    search = Search(case.measure, found.compared, found.whole, case.world)
    names = around.failures(case.seen, case.measure.events)[:FAILURES]
    table, _ = case.world.look(
        hogql(around.query(found.compared, _shared(case), case.world)), search.request
    )
    others = around.others(table.rows, case.seen, found.compared)
    rest = around.telling(others, case.measure.events)
    failing = _failing(case, found, others, names)
    case.world.look(*(one.search.request for one in failing), *search.closer)
    case.world.look(*(request for one in failing for request in one.search.closer))
    part = search.best() if found.whole.now else None
    overlay = Overlay(case.world, found.compared.span)
    _look_last(case, found, part, search, failing, overlay)
    findings = [
        *naming.renamed(case, found),
        *_gap(case, found, rest),
        *_failures(case, found, failing),
        *_flags(case, found, overlay),
        *_part(case, found, part, search),
        *_everywhere(found, rest),
    ]
    told = tuple(ranked(findings))
    shown = [one for one in search.parts if _noted(one, found.whole)]
    return Told(
        found,
        _surer(case, found, verdict, told),
        told,
        tuple(dict.fromkeys([*([part] if part else []), *shown])),
        tuple(rest),
        tuple(sorted({cell.dimension.name for cell in search.cells})),
        overlay,
        crowding.people(search, part) if found.whole.change > 0 else None,
    )


def _surer(case: Case, found: Measured, verdict: Verdict, findings: Sequence[Finding]) -> Verdict:
    """The verdict, which no longer is "perhaps" where one part explains the change by itself."""
    if verdict.holds != "perhaps" or not findings or findings[0].weight < SURE:
        return verdict
    return judged(found, case.claimed, case.measure.what, sure=True)


def _noted(part: Part, whole: Whole) -> bool:
    """Whether a part is worth a row."""
    return bool(whole.now) and part.contrast >= NOTED and part.share(whole) >= LISTED


def _look_last(
    case: Case,
    found: Measured,
    part: Part | None,
    search: Search,
    failing: Sequence[Failing],
    overlay: Overlay,
) -> None:
    """Ask for the days of the part and for the people in it."""
    needed = [timing.request(search, part)] if part else []
    for one in failing:
        if best := one.search.best():
            needed.append(timing.request(one.search, best))
    needed += [crowding.request(search, part)] if found.whole.change > 0 else []
    if overlay.switched and flags.has_flags(case.world):
        needed.append(flags.request(case.measure, found.compared, _shared(case)))
    case.world.look(*needed)


def _flags(case: Case, found: Measured, overlay: Overlay) -> list[Finding]:
    """Flags that were switched lately, where one variant differs."""
    if not overlay.switched or not flags.has_flags(case.world):
        return []
    (table,) = case.world.look(flags.request(case.measure, found.compared, _shared(case)))
    return flags.findings(table.rows, found.whole, overlay.switched)


def _failing(
    case: Case, found: Measured, others: Sequence[Other], names: Sequence[str]
) -> list[Failing]:
    """Failures that rose while what is asked about fell."""
    if found.whole.change >= 0:
        return []
    events = [around.known(name, others, case.seen) for name in names]
    return [
        Failing(event, _search(case, found, event))
        for event in events
        if event.unusual and event.now > event.usual
    ]


def _search(case: Case, found: Measured, event: Other) -> Search:
    filters = tuple(for_others(case.measure.filters))
    where = tuple(condition(one, case.world.facts.groups) for one in filters)
    measure = Measure((event.name,), "events", "1", filters, where, "")
    whole = Whole(event.now, sum(event.values[1:]), found.compared.times, event.rough)
    return Search(measure, found.compared, whole, case.world)


def _failures(case: Case, found: Measured, failing: Sequence[Failing]) -> list[Finding]:
    said = []
    for one in failing:
        event, part = one.event, one.search.best()
        more = event.now - event.usual
        of = more / abs(found.whole.change) if case.measure.counted != "sum" else None
        short = f"{event.name} rose from {figure(event.usual)} to {figure(event.now)} with it"
        text = short
        if part:
            common = [part.words, *one.search.profile(part)]
            usual = figure(part.before / one.search.whole.times)
            short += f", {figure(part.now)} of them with {part.words}"
            text += f", {figure(part.now)} of them with {listed(common)} (usually {usual})"
            text += timing.lasted(one.search, part)
        near = around.about_the_same(event.name, case.measure.events)
        weight = 1.5 if near and (of is None or of >= MUCH) else 0.5
        said.append(Finding("failures", short, text, of, weight))
    return said


def _gap(case: Case, found: Measured, rest: Sequence[Other]) -> list[Finding]:
    """The event is gone while its neighbours are as usual: it was not tracked, most likely."""
    whole = found.whole
    own = [one for one in case.measure.filters if one not in for_others(case.measure.filters)]
    if own or not around.lost_alone(whole.now, whole.usual / whole.unit, rest):
        return []
    near = [one for one in rest if around.about_the_same(one.name, case.measure.events)]
    named = [*near, *(one for one in rest if one not in near)][:4]
    said = ", ".join(f"{one.name} {figure(one.now)} ({figure(one.usual)})" for one in named)
    short = "this looks like a gap in tracking, not in use"
    text = (
        f"{short}: {figure(whole.now)} were stored while "
        f"{len(around.normal(rest))} of {len(rest)} other events were as usual"
        f" (with the usual in brackets: {said})"
    )
    short += f": {len(around.normal(rest))} of {len(rest)} other events were as usual"
    return [Finding("gap", short, text, 1.0, 2.0)]


def _part(case: Case, found: Measured, part: Part | None, search: Search) -> list[Finding]:
    """The part of the events that explains the change best."""
    if part is None:
        return []
    whole = found.whole
    usual = part.before / whole.times
    rest, rest_usual = whole.now - part.now, whole.usual - usual
    short = (
        f"{part.words} has {share(part.share(whole))} of the change "
        f"({figure(part.now)}, usually {figure(usual)})"
    )
    text = (
        f"{short}, while all the rest went from "
        f"{figure(rest_usual)} to {figure(rest)} ({change(rest, rest_usual)})"
    )
    if common := search.profile(part):
        text += f"; nearly all of these have {listed(common)}"
    more = crowding.crowd(search, part) if whole.change > 0 else ""
    first = case.world.local(part.first) if not part.before else None
    more += f"; first seen on {first:%Y-%m-%d %H:%M}" if first else ""
    more += timing.lasted(search, part)
    weight = 1.2 if alone(part, whole) else 1.0 if part.share(whole) >= MUCH else 0.8
    return [Finding("part", short, f"{text}{more}", part.share(whole), weight)]


def _everywhere(found: Measured, rest: Sequence[Other]) -> list[Finding]:
    """Most other events moved as much."""
    ratio = 1 + found.ratio
    if not around.everywhere(ratio, rest):
        return []
    alike = [one for one in rest if (one.ratio - 1) * (ratio - 1) > 0]
    ratios = sorted(one.ratio for one in rest)
    middle = percent(abs(ratios[len(ratios) // 2] - 1))
    way = "rose" if ratio > 1 else "fell"
    text = (
        f"the whole product {way} with it: {len(alike)} of {len(rest)} other events, by {middle} "
        "in the middle"
    )
    return [Finding("everywhere", text, text, None, 1.1)]


def _shared(case: Case) -> list[str]:
    groups = case.world.facts.groups
    return [condition(one, groups) for one in for_others(case.measure.filters)]
