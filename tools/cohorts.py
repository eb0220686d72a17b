"""Cohorts: who is in them, how many, and what relies on them."""

from dataclasses import dataclass
from typing import Any

from tools.base import Args, tool
from tools.client import PostHog
from tools.errors import PostHogError
from tools.fence import fence
from tools.objects import Listed, Stored, compact, listed, named, person_name
from tools.wording import criteria

COHORTS = "cohorts/"
OLD = "criteria in an older format, which hogloop does not read"


@dataclass(frozen=True)
class Cohort:
    """A cohort in plain words."""

    id: int
    name: str
    description: str
    static: bool
    """Whether its members are fixed instead of found by criteria."""

    criteria: str
    behavior: bool
    """Whether its criteria ask what people did; flags can't use such a cohort."""

    people: int | None
    """As last calculated."""

    calculated_at: str | None
    calculating: bool
    error: str
    created_by: str
    created_at: str | None


@dataclass(frozen=True)
class CohortFacts:
    """A cohort and what asks about it."""

    cohort: Cohort
    used_by_flags: tuple[str, ...] = ()
    used_by_insights: tuple[str, ...] = ()
    used_by_cohorts: tuple[str, ...] = ()
    uses_known: bool = True

    def for_model(self) -> str:
        """All of it as fenced JSON."""
        return fence(compact(self))


class ListCohorts(Args):
    """Arguments of list_cohorts."""

    search: str = ""
    """Part of the name; empty for all."""

    limit: int = 200
    """Cohorts to return at most."""


class GetCohort(Args):
    """Arguments of get_cohort."""

    name: str
    """The cohort's name or id."""


@tool("cohort:read")
def list_cohorts(posthog: PostHog, args: ListCohorts) -> Listed[Cohort]:
    """List cohorts: name, criteria in words or static, how many people when last calculated."""
    return listed(posthog, COHORTS, read_cohort, args.limit, search=args.search)


@tool("cohort:read")
def get_cohort(posthog: PostHog, args: GetCohort) -> CohortFacts:
    """Explain one cohort: criteria in words, size, and what uses it."""
    return cohort_facts(posthog, named(posthog, COHORTS, args.name, "name"))


def cohort_facts(posthog: PostHog, body: Stored) -> CohortFacts:
    """A cohort as PostHog sent it, with what uses it."""
    try:
        uses = posthog.read(f"{COHORTS}{body['id']}/used_in/")
    except PostHogError:
        return CohortFacts(read_cohort(body), uses_known=False)
    return CohortFacts(
        read_cohort(body),
        _names(uses, "feature_flags", "key"),
        _names(uses, "insights", "name"),
        _names(uses, "cohorts", "name"),
    )


def read_cohort(body: Stored) -> Cohort:
    """A cohort as PostHog sends it, in plain words."""
    static = bool(body.get("is_static"))
    words = criteria(body.get("filters"))
    return Cohort(
        id=int(body["id"]),
        name=str(body.get("name") or ""),
        description=str(body.get("description") or ""),
        static=static,
        criteria=words or ("" if static else OLD if body.get("groups") else ""),
        behavior=not static and _behavioral(body.get("filters")),
        people=body.get("count"),
        calculated_at=body.get("last_calculation"),
        calculating=bool(body.get("is_calculating")),
        error=str(body.get("last_error_message") or "") if body.get("errors_calculating") else "",
        created_by=person_name(body.get("created_by")),
        created_at=body.get("created_at"),
    )


def _behavioral(stored: Any) -> bool:
    if isinstance(stored, dict):
        return stored.get("type") == "behavioral" or any(map(_behavioral, stored.values()))
    return isinstance(stored, list) and any(map(_behavioral, stored))


def _names(uses: dict[str, Any], kind: str, field: str) -> tuple[str, ...]:
    block = uses.get(kind) or {}
    found = block.get("results") or []
    more = int(block.get("total") or 0) - len(found)
    names = [str(one.get(field) or one.get("name")) for one in found]
    return (*names, f"{more} more") if more > 0 else tuple(names)
