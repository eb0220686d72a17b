"""What a change of a cohort has to know: how many are in it, whom it shares, what relies on it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from tools.changes.change import Fields, Risk
from tools.changes.kinds import COHORT, CohortKind, Stored
from tools.client import PostHog
from tools.cohorts import CohortFacts, cohort_facts
from tools.errors import ChangeRefused, InvalidArguments, PostHogError
from tools.objects import named
from tools.query import select
from tools.wording import joined

LARGEST = 3
"""Cohorts whose overlap is counted."""

MOST_LETTERS = 400
"""Of a cohort's name."""


@dataclass(frozen=True)
class CohortState:
    """One cohort before a change."""

    kind: CohortKind
    body: Stored
    facts: CohortFacts

    @classmethod
    def of(cls, posthog: PostHog, kind: CohortKind, body: Stored) -> Self:
        """A cohort that was read, with what uses it."""
        return cls(kind, body, cohort_facts(posthog, body))

    @property
    def name(self) -> str:
        """Its name."""
        return self.facts.cohort.name


def cohort_state(posthog: PostHog, name: str, kind: CohortKind = COHORT) -> CohortState:
    """The cohort of that name or id as it is now."""
    number = named(posthog, COHORT.route, name, "name")["id"]
    body = kind.read(posthog, number)
    if body is None:
        raise InvalidArguments(f"The cohort {name!r} is not there any more.")
    return CohortState.of(posthog, kind, body)


def free(posthog: PostHog, name: str) -> str:
    """A name that no cohort has, or a refusal."""
    said = name.strip()
    if not 0 < len(said) <= MOST_LETTERS:
        raise InvalidArguments(f"A cohort's name has 1 to {MOST_LETTERS} letters.")
    for body in posthog.pages(COHORT.route, search=said[:200]):
        if str(body.get("name")).lower() == said.lower():
            raise ChangeRefused(f"A cohort “{body['name']}” is there already: take another name.")
    return said


def weighed(facts: CohortFacts) -> tuple[Risk, str, list[str]]:
    """How risky it is that other people are in a cohort, why, and what relies on it."""
    notes = [_used(facts)]
    if not facts.uses_known:
        return Risk.HIGH, "which flags use it is not known", notes
    if facts.used_by_flags:
        return Risk.HIGH, f"others get {_flags(facts)}", notes
    return Risk.NORMAL, "reversible", notes


def weighed_for(facts: CohortFacts, fields: Fields) -> tuple[Risk, str, list[str]]:
    """The same for a change of some fields; a name or a description moves nobody."""
    if set(fields) <= {"name", "description"}:
        return Risk.SMALL, "reversible, and nobody moves", [_used(facts)]
    return weighed(facts)


def refuse_while_used(facts: CohortFacts) -> None:
    """Refuse to delete a cohort that something relies on, naming it."""
    uses = [
        *([_flags(facts)] if facts.used_by_flags else []),
        *(f"the insight {one}" for one in facts.used_by_insights),
        *(f"the cohort {one}" for one in facts.used_by_cohorts),
    ]
    if uses:
        verb = "uses" if len(uses) == 1 and len(facts.used_by_flags) < 2 else "use"
        raise ChangeRefused(
            f"{joined(uses)[:1].upper()}{joined(uses)[1:]} {verb} the cohort {facts.cohort.name}: "
            "take it out of there first."
        )


def size(posthog: PostHog, test: str, *, but: int | None = None) -> Iterator[str]:
    """How many persons meet a test now, and how many of them are in the largest cohorts."""
    others = _largest(posthog, but)
    both = [f"countIf(({test}) AND id IN COHORT {int(one['id'])})" for one in others]
    counts = ", ".join(["count()", f"countIf({test})", *both])
    try:
        found = select(posthog, f"SELECT {counts} FROM persons", 1)
    except PostHogError as error:
        yield f"How many people would be in it could not be counted: {error}"
        return
    total, inside, *shared = map(int, found.rows[0])
    yield f"About {inside:,} of {total:,} persons would be in it now."
    if others:
        names = [
            f"{count:,} with {one['name']} (of {one.get('count') or 0:,})"
            for count, one in zip(shared, others, strict=True)
        ]
        yield f"It would share {joined(names)}, the largest cohorts there are."


def _largest(posthog: PostHog, but: int | None) -> list[Stored]:
    known: list[Stored] = [one for one in posthog.pages(COHORT.route) if one.get("count")]
    others = [one for one in known if one.get("id") != but]
    return sorted(others, key=lambda one: -int(one["count"]))[:LARGEST]


def _used(facts: CohortFacts) -> str:
    if not facts.uses_known:
        return "Which flags, insights and cohorts use it could not be read."
    uses = [
        *(f"the flag {one}" for one in facts.used_by_flags),
        *(f"the insight {one}" for one in facts.used_by_insights),
        *(f"the cohort {one}" for one in facts.used_by_cohorts),
    ]
    if not uses:
        return "No flag, insight or other cohort uses it."
    return f"Used by {joined(uses)}: a change of it is felt there."


def _flags(facts: CohortFacts) -> str:
    several = len(facts.used_by_flags) > 1
    return f"the flag{'s' if several else ''} {joined(facts.used_by_flags)}"
