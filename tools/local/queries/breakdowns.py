"""What a result is split by: the column of a breakdown, and the condition of one of its values.

After posthog/hogql_queries/insights/trends/breakdown.py.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tools.local.hogql import HogQLError, nodes
from tools.local.hogql.kinds import Node
from tools.local.queries.model import Breakdown, BreakdownFilter
from tools.parser import SyntaxRefused, parse_expr

OTHER = "$$_posthog_breakdown_other_$$"
NULL = "$$_posthog_breakdown_null_$$"
EVERYTHING = '["",""]'
"""All values of a numeric breakdown, as PostHog's list of persons asks for them."""

DEFAULT_LIMIT = 25
MAX_BINS = 500


@dataclass(frozen=True)
class Split:
    """One property that a result is split by."""

    subject: Node
    bins: int | None = None
    """Into how many ranges of equal width its numbers are put."""

    paths: bool = False
    """Whether its values are URLs, alike with and without a slash at their end."""

    def column(self) -> Node:
        """Its value in a row: a text, for ranges the number itself."""
        if self.bins is not None:
            return nodes.call("toFloat", self.subject)
        return named(_path(self.subject) if self.paths else self.subject)

    def holds(self, value: str) -> Node:
        """Whether an event counts under a value of the result."""
        if value == OTHER or (self.bins is not None and value == EVERYTHING):
            return nodes.TRUE
        if self.bins is None:
            return nodes.compare("==", self.column(), nodes.constant(value))
        if value == NULL:
            return nodes.compare("==", self.column(), nodes.constant(None))
        low, high = _range(value)
        return nodes.all_of(
            [
                nodes.compare(">=", self.column(), nodes.constant(low)),
                nodes.compare("<", self.column(), nodes.constant(high)),
            ]
        )


def splits(found: BreakdownFilter | None) -> tuple[Split, ...]:
    """What a query's result is split by, cohorts aside."""
    if found is None or cohorts(found):
        return ()
    if not found.breakdowns and isinstance(found.breakdown, list) and len(found.breakdown) > 1:
        raise HogQLError("Only cohorts are listed in breakdown: write several as breakdowns.")
    return tuple(_split(part) for part in found.parts())


def cohorts(found: BreakdownFilter | None) -> list[int]:
    """The cohorts that a result is split by; 0 for all users."""
    if found is None or found.breakdown_type != "cohort" or found.breakdown is None:
        return []
    listed = found.breakdown if isinstance(found.breakdown, list) else [found.breakdown]
    return [cohort(one) for one in listed]


def member(one: int) -> Node:
    """Whether an event's person is in a cohort; 0 is all users."""
    if one == 0:
        return nodes.TRUE
    return nodes.compare("in cohort", nodes.field("person_id"), nodes.constant(one))


def named(subject: Node) -> Node:
    """A value as a text, also where there is none."""
    return nodes.expr("ifNull(nullIf(toString({x}), ''), {missing})", x=subject, missing=_NULL)


def values(asked: Any) -> list[str]:
    """The value of every breakdown, from how a list of persons asks for it."""
    return [str(one) for one in asked] if isinstance(asked, list) else [str(asked)]


def rank(value: Sequence[str]) -> int:
    """Values come first, those without one after them, all others last."""
    return 2 if OTHER in value else 1 if NULL in value else 0


_NULL = nodes.constant(NULL)


def _path(subject: Node) -> Node:
    return nodes.expr("if(empty(trimRight({x}, '/?#')), '/', trimRight({x}, '/?#'))", x=subject)


def _split(part: Breakdown) -> Split:
    bins = part.histogram_bin_count
    if bins is not None and not 1 <= bins <= MAX_BINS:
        raise HogQLError(f"histogram_bin_count is a number from 1 to {MAX_BINS}.")
    return Split(_subject(part), bins, bool(part.normalize_url))


def _subject(part: Breakdown) -> Node:
    key, kind = str(part.property), part.type or "event"
    if kind == "hogql":
        return written(key)
    if kind == "event_metadata":
        return nodes.field(*key.split("."))
    if kind == "session":
        return nodes.field("session", key)
    if kind == "group":
        return nodes.field(f"group_{_group(part)}", "properties", key)
    if kind == "person":
        return nodes.field("person", "properties", key)
    if kind in ("event", "feature"):
        return nodes.field("properties", key)
    raise HogQLError(f"Breakdowns of type {kind} are not supported in the embedded project.")


def written(text: str) -> Node:
    """An expression that a query has in HogQL's own words."""
    try:
        return parse_expr(text)
    except SyntaxRefused as error:
        raise HogQLError(error.message, error.start, error.end) from None


def _group(part: Breakdown) -> int:
    index = part.group_type_index
    if index is None or not 0 <= index <= 4:
        raise HogQLError("A breakdown by a group needs a group_type_index from 0 to 4.")
    return index


def cohort(found: str | int | list[str]) -> int:
    """The cohort of a breakdown's value; 0 for all users."""
    if found == "all":
        return 0
    if not str(found).isdecimal():
        raise HogQLError(f"{found} is no cohort: break down by the id of one, or by all.")
    return int(str(found))


def _range(value: str) -> tuple[float, float]:
    try:
        low, high = json.loads(value)
        return float(low), float(high)
    except (ValueError, TypeError):
        raise HogQLError(f"{value} is no range of numbers: write one as [0,10.5].") from None
