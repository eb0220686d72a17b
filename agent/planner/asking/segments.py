"""People who did some things and not others, as HogQL: how many of them, or who."""

from dataclasses import dataclass

from agent.planner.asking.selects import often
from agent.planner.asking.terms import Terms
from agent.planner.english.windows import Span, everything
from agent.planner.plan import Property, Segment, Series
from agent.planner.world import Request, World

LISTED = 100
IDENTITIES = ("email", "name", "username", "user_name", "full_name", "phone")


def segment(plan: Segment, world: World) -> list[Request]:
    """How many there are, in each period; who they are, before that."""
    spans = [span(plan), *([plan.scope.compare] if plan.scope.compare else [])]
    counts = [
        ("run_hogql", {"query": _Select(plan, one, world).count(), "limit": 500}) for one in spans
    ]
    if not plan.listed:
        return counts
    listed = _Select(plan, spans[0], world).listed()
    return [("run_hogql", {"query": listed, "limit": rows(plan)}), *counts]


def span(plan: Segment) -> Span:
    """The period; who never did something is asked over all time unless a period is named."""
    return (
        everything() if plan.scope.span.default and plan.never and not plan.did else plan.scope.span
    )


def rows(plan: Segment) -> int:
    """How many people are listed."""
    return plan.scope.limit or LISTED


def identity(plan: Segment, world: World) -> Property | None:
    """The property that people, or groups, are known by."""
    held = world.held.get(plan.group or "person", {})
    return next((held[name] for name in IDENTITIES if name in held), None)


@dataclass(frozen=True)
class _Select:
    """The counts of everybody who did any of it, and the tests on them."""

    plan: Segment
    span: Span
    world: World

    def count(self) -> str:
        """How many pass all tests, and how many there are to begin with: n."""
        splits = [f"by_{n}" for n, _ in enumerate(self.plan.scope.breakdowns, 1)]
        base = "did_1 > 0" if self.plan.did else "true"
        values = [f"countIf({self._tests()}) AS value", f"countIf({base}) AS n"]
        text = f"SELECT {', '.join([*splits, *values])}\nFROM ({self._people()})"
        order = f"\nGROUP BY {', '.join(splits)}\nORDER BY value DESC, {', '.join(splits)}"
        return text + (order if splits else "")

    def listed(self) -> str:
        """Who they are: actor, known, their counts, and when they were last seen."""
        direction = "ASC" if self.plan.scope.ascending else "DESC"
        counts = [f"did_{n}" for n, _ in enumerate(self.plan.did, 1)]
        ranked = ["ranked"] if self.plan.order else []
        order = f"{(ranked or counts or ['seen'])[0]} {direction}"
        columns = ["actor", "known", *counts, *ranked, "seen"]
        text = f"SELECT {', '.join(columns)}\nFROM ({self._people()})\nWHERE {self._tests()}"
        return f"{text}\nORDER BY {order}, actor"

    def _people(self) -> str:
        plan, terms = self.plan, Terms(self.world)
        actor = terms.group(plan.group) if plan.group else "person_id"
        columns = [f"{actor} AS actor", f"{self._known(terms)} AS known"]
        columns += [f"{_times(one, terms)} AS did_{n}" for n, one in enumerate(plan.did, 1)]
        columns += [f"{_times(one, terms)} AS never_{n}" for n, one in enumerate(plan.never, 1)]
        if plan.order:
            columns.append(f"{_amount(plan.order, terms)} AS ranked")
        columns += [
            f"nullIf(toString(argMax({terms.column(one)}, timestamp)), '') AS by_{n}"
            for n, one in enumerate(plan.scope.breakdowns, 1)
        ]
        columns.append("max(timestamp) AS seen")
        tests = [*terms.during(self.span), *map(terms.condition, plan.scope.filters)]
        tests += [f"isNotNull({actor})"] if plan.group else []
        where = f"\nWHERE {' AND '.join(tests)}" if tests else ""
        return f"SELECT {', '.join(columns)}\nFROM events{where}\nGROUP BY actor"

    def _known(self, terms: Terms) -> str:
        found = identity(self.plan, self.world)
        shown = f"any(toString({terms.property(found)}))" if found else "NULL"
        return f"coalesce({shown}, any(distinct_id))" if not self.plan.group else shown

    def _tests(self) -> str:
        did, never = self._test(self.plan.did, "did"), self._test(self.plan.never, "never")
        return " AND ".join(test for test in (did, never) if test != "true") or "true"

    def _test(self, chosen: tuple[Series, ...], name: str) -> str:
        if name == "never":
            return " AND ".join(f"never_{n} = 0" for n, _ in enumerate(chosen, 1)) or "true"
        tests = [
            often(one.times, f"did_{n}") if one.times else f"did_{n} > 0"
            for n, one in enumerate(chosen, 1)
        ]
        return " AND ".join(tests) or "true"


def _times(one: Series, terms: Terms) -> str:
    """How often somebody did it; of a group, how many people where people are counted."""
    tests = [*terms.events(one), *(terms.during(one.span) if one.span else [])]
    test = " AND ".join(tests) or "true"
    return (
        f"count(DISTINCT if({test}, person_id, NULL))"
        if one.math == "unique"
        else f"countIf({test})"
    )


def _amount(one: Series, terms: Terms) -> str:
    """What people are ranked by."""
    test = " AND ".join(terms.events(one)) or "true"
    if one.property is None:
        return f"countIf({test})"
    math = one.math if one.math in ("sum", "avg", "min", "max") else "sum"
    return f"{math}If({terms.number(one.property)}, {test})"
