"""Whether a person is in a cohort, decided from properties; static ones by their list."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tools.local.flags.matching import Values, meets
from tools.local.routes import whole

Document = Mapping[str, Any]


class CohortError(Exception):
    """A cohort that flags can't ask about; `code` says why."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True)
class Membership:
    """One person among the project's cohorts."""

    cohorts: Mapping[int, Document]
    static: frozenset[int]
    """The static cohorts the person is in."""

    values: Values
    now: datetime

    def holds(self, wanted: Document) -> bool:
        """Whether a filter of type cohort is met."""
        inside = self._within(number_of(wanted), ())
        without = wanted.get("operator") == "not_in" or bool(wanted.get("negation"))
        return inside != without

    def _within(self, cohort_id: int, path: tuple[int, ...]) -> bool:
        cohort = self.cohorts.get(cohort_id)
        if cohort is None:
            raise CohortError("dependency_not_found_cohort", f"Cohort {cohort_id} does not exist.")
        if cohort_id in path:
            raise CohortError("dependency_cycle_cohort", f"Cohort {cohort_id} asks about itself.")
        if cohort.get("is_static"):
            return cohort_id in self.static
        return self._group(properties(cohort), (*path, cohort_id))

    def _group(self, group: Document, path: tuple[int, ...]) -> bool:
        found = [self._entry(entry, path) for entry in group.get("values") or ()]
        if not found:
            return True
        return any(found) if str(group.get("type")).upper() == "OR" else all(found)

    def _entry(self, entry: Document, path: tuple[int, ...]) -> bool:
        if "values" in entry:
            return self._group(entry, path)
        if entry.get("type") == "cohort":
            inside = self._within(number_of(entry), path)
            return inside != (entry.get("operator") == "not_in" or bool(entry.get("negation")))
        if entry.get("type", "person") != "person":
            sentence = f"Cohorts with filters of type {entry['type']} can't decide flags."
            raise CohortError("cohort_filters_parsing_error", sentence)
        return meets(entry, self.values, self.now) != bool(entry.get("negation"))


def properties(cohort: Document) -> Document:
    """The conditions of a dynamic cohort: a group, perhaps of groups."""
    found: Document = (cohort.get("filters") or {}).get("properties") or {}
    return found


def leaves(group: Document) -> Iterator[Document]:
    """Every single filter of a group, however deep."""
    for entry in group.get("values") or ():
        if "values" in entry:
            yield from leaves(entry)
        else:
            yield entry


def number_of(wanted: Document) -> int:
    """The id of the cohort a filter names, -1 when it names none."""
    found = whole(str(wanted.get("value")))
    return -1 if found is None else found


def reached(cohorts: Mapping[int, Document], first: int) -> list[Document]:
    """A cohort with those it asks about, each once."""
    found: dict[int, Document] = {}
    waiting = [first]
    while waiting:
        cohort_id = waiting.pop()
        cohort = cohorts.get(cohort_id)
        if cohort is None or cohort_id in found:
            continue
        found[cohort_id] = cohort
        if not cohort.get("is_static"):
            inner = leaves(properties(cohort))
            waiting += [number_of(leaf) for leaf in inner if leaf.get("type") == "cohort"]
    return list(found.values())
