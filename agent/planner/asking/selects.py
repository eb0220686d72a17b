"""Measures that PostHog's trends can't say, as HogQL: by interval, split, exact."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.planner.asking.terms import Terms
from agent.planner.english.windows import Span, Unit
from agent.planner.plan import Scope, Series, Times

BUCKETS: dict[Unit, str] = {
    "hour": "toStartOfHour",
    "day": "toStartOfDay",
    "week": "toStartOfWeek",
    "month": "toStartOfMonth",
    "quarter": "toStartOfQuarter",
    "year": "toStartOfYear",
}
QUANTILES = {"median": 0.5}


@dataclass(frozen=True)
class Select:
    """One series over one period; columns: bucket, by_1 …, label, value, and n behind numbers."""

    terms: Terms
    scope: Scope
    series: Series
    span: Span
    interval: Unit | None

    def text(self) -> str:
        """The whole statement."""
        if self.series.times:
            return self._often()
        if self.series.math in ("median", "percentile"):
            return self._percentile()
        values = [f"{self._aggregate()} AS value"]
        if self.series.property and self.series.math not in ("distinct", "per_person"):
            values.append(f"count({self._number()}) AS n")
        keys = [f"{text} AS {name}" for name, text in self._keys().items()]
        selected = ", ".join([*keys, *self._labels(), *values])
        return f"SELECT {selected}\n{self._from()}{self._grouped()}{self._ordered()}"

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that results are grouped by."""
        return tuple(self._keys())

    def _keys(self) -> dict[str, str]:
        found = {"bucket": f"{BUCKETS[self.interval]}(timestamp)"} if self.interval else {}
        for number, one in enumerate(self.scope.breakdowns, 1):
            column = self.terms.column(one)
            plain = one.part or one.property is None
            found[f"by_{number}"] = column if plain else f"nullIf(toString({column}), '')"
        return found

    def _labels(self) -> list[str]:
        """The most frequent label of what is split by."""
        found = [one.label for one in self.scope.breakdowns[:1] if one.label]
        return [f"topK(1)({self.terms.property(one)})[1] AS label" for one in found]

    def _from(self) -> str:
        return f"FROM events\nWHERE {self._where()}"

    def _where(self) -> str:
        """The period, the events and the conditions."""
        series, terms = self.series, self.terms
        parts = [*terms.during(self.span), *terms.events(series)]
        parts += [terms.condition(one) for one in self.scope.filters]
        if series.first or series.math == "first_time":
            parts.append(f"uuid IN ({self._firsts()})")
        if series.math == "groups" or (series.times and series.group):
            parts.append(f"isNotNull({self._actor()})")
        return "\n  AND ".join(parts or ["true"])

    def _firsts(self) -> str:
        """The first such event of everybody, ever."""
        parts = self.terms.events(self.series)
        parts += self.terms.during(Span(None, self.span.end, ""))
        where = f" WHERE {' AND '.join(parts)}" if parts else ""
        return f"SELECT argMin(uuid, timestamp) FROM events{where} GROUP BY person_id"

    def _actor(self) -> str:
        return self.terms.group(self.series.group) if self.series.group else "person_id"

    def _aggregate(self) -> str:
        series = self.series
        counted = {
            "unique": "person_id",
            "first_time": "person_id",
            "sessions": "nullIf($session_id, '')",
        }
        if series.math == "total":
            return "count()"
        if series.math in counted:
            return f"count(DISTINCT {counted[series.math]})"
        if series.math == "groups":
            return f"count(DISTINCT {self._actor()})"
        if series.math == "distinct":
            assert series.property is not None
            return f"count(DISTINCT {self.terms.property(series.property)})"
        if series.math == "per_person":
            amount = f"sum({self._number()})" if series.property else "count()"
            return f"{amount} / count(DISTINCT person_id)"
        return f"{series.math}({self._number()})"

    def _number(self) -> str:
        assert self.series.property is not None
        return self.terms.number(self.series.property)

    def _grouped(self) -> str:
        return f"\nGROUP BY {', '.join(self.names)}" if self.names else ""

    def _ordered(self) -> str:
        """Time forward, parts of the time in their order, values of a breakdown by size."""
        if not self.names:
            return ""
        direction = "ASC" if self.scope.ascending else "DESC"
        sized = [f"value {direction}", *(name for name in self.names if name != "bucket")]
        parts = len(self.names) == 1 and bool(
            self.scope.breakdowns and self.scope.breakdowns[0].part
        )
        order = ["bucket", *sized] if self.interval else list(self.names) if parts else sized
        return f"\nORDER BY {', '.join(order)}"

    def _often(self) -> str:
        """Who did it so many times in an interval: how many of them, or of their events."""
        assert self.series.times is not None
        keys = "".join(f"{text} AS {name}, " for name, text in self._keys().items())
        labels = "".join(f"{label}, " for label in self._labels())
        inner = f"SELECT {keys}{labels}{self._actor()} AS actor, count() AS times\n{self._from()}"
        inner += f"\nGROUP BY {', '.join([*self.names, 'actor'])}"
        inner += f"\nHAVING {often(self.series.times)}"
        value = "sum(times)" if self.series.math == "total" else "count()"
        names = "".join(f"{name}, " for name in self.names)
        names += "any(label) AS label, " if labels else ""
        text = f"SELECT {names}{value} AS value\nFROM ({inner})"
        return text + self._grouped() + self._ordered()

    def _percentile(self) -> str:
        """The exact percentile, linear between neighbours; HogQL's own `quantile` only samples."""
        share = QUANTILES.get(self.series.math, self.series.percentile)
        keys = "".join(f"{text} AS {name}, " for name, text in self._keys().items())
        number = self._number()
        labels = "".join(f"{label}, " for label in self._labels())
        lists = f"arraySort(groupArray({number})) AS value, count({number}) AS n"
        inner = f"SELECT {keys}{labels}{lists}"
        inner += f"\n{self._from()}{self._grouped()}"
        names = (*self.names, *(["label"] if labels else []))
        return exact(inner, "value", names, share) + self._ordered()


def exact(inner: str, name: str, keys: Sequence[str], share: float) -> str:
    """The exact percentile of the sorted lists of a query, linear between neighbours, beside n.

    Step by step, for the parser's sake: it is slow on brackets within brackets.
    """
    lead = "".join(f"{key}, " for key in keys)
    placed = (
        f"SELECT {lead}n, {name} AS found, {share} * (length({name}) - 1) AS place\n"
        f"FROM ({inner})\nWHERE notEmpty({name})"
    )
    sides = "toInt(floor(place)) AS low, toInt(ceil(place)) AS high"
    sided = f"SELECT {lead}n, found, place, {sides}\nFROM ({placed})"
    between = (
        f"SELECT {lead}n, found[low + 1] AS below, found[high + 1] AS above, place - low AS rest\n"
        f"FROM ({sided})"
    )
    return f"SELECT {lead}below + rest * (above - below) AS {name}, n\nFROM ({between})"


def often(times: Times, count: str = "times") -> str:
    """How often it must have been done."""
    return f"{count} {times.operator} {times.count}"
