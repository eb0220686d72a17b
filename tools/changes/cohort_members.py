"""People by name, and tools that propose to put them into a static cohort or to take them out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from tools.base import Args, tool
from tools.changes.change import Change, Difference, Request, Risk
from tools.changes.cohort_state import CohortState, cohort_state, weighed
from tools.changes.kinds import COHORT, Stored
from tools.changes.propose import Wish, propose
from tools.client import PostHog
from tools.errors import ChangeRefused, InvalidArguments
from tools.literals import literal
from tools.query import select
from tools.wording import joined

MOST = 1000
"""People that PostHog takes in one request."""

SHOWN = 20


class AddToCohort(Args):
    """Arguments of add_to_cohort."""

    name: str
    """The cohort's name or id; it must be static."""

    people: tuple[str, ...]
    """E-mails, distinct ids or person ids, 1,000 at most."""


class RemoveFromCohort(Args):
    """Arguments of remove_from_cohort."""

    name: str
    """The cohort's name or id; it must be static."""

    person: str
    """E-mail, distinct id or person id; PostHog takes out one person at a time."""


@dataclass(frozen=True)
class Found:
    """A person as they were named."""

    id: str
    said: str


@tool("cohort:write", "query:read")
def add_to_cohort(posthog: PostHog, args: AddToCohort) -> Change:
    """Propose to add people to a static cohort."""
    people = find_people(posthog, args.people)
    state = _static(posthog, args.name, people)
    new = [one for one in people if not state.body["members"][one.id]]
    there = [one.said for one in people if one not in new]
    note = f"In it already: {_few(there)}." if there else ""
    return _membership(posthog, "add_to_cohort", state, new or people, note, inside=True)


@tool("cohort:write", "query:read")
def remove_from_cohort(posthog: PostHog, args: RemoveFromCohort) -> Change:
    """Propose to take one person out of a static cohort."""
    people = find_people(posthog, (args.person,))
    state = _static(posthog, args.name, people)
    return _membership(posthog, "remove_from_cohort", state, people, "", inside=False)


def find_people(posthog: PostHog, names: Sequence[str]) -> list[Found]:
    """The one person of each name, each once, or `InvalidArguments` with the names of nobody."""
    said = [one.strip() for one in dict.fromkeys(names) if one.strip()]
    if not 0 < len(said) <= MOST:
        raise InvalidArguments(f"Name 1 to {MOST:,} people.")
    known = _known(posthog, said)
    missing = [one for one in said if not known[one]]
    if missing:
        raise InvalidArguments(f"Nobody here is known as {_few(missing, 'or')}.")
    several = [one for one in said if len(known[one]) > 1]
    if several:
        ids = joined(sorted(known[several[0]])[:5])
        raise InvalidArguments(f"{len(known[several[0]])} persons have {several[0]}: {ids}.")
    return list({(one := Found(min(known[name]), name)).id: one for name in said}.values())


def listed(people: Sequence[Found], now: str, after: str) -> list[Difference]:
    """The people a change is about; the card lists the rest by their ids."""
    rows = [Difference(one.said, now, after) for one in people[:SHOWN]]
    more = len(people) - SHOWN
    return [*rows, Difference(f"and {more:,} more", now, after)] if more > 0 else rows


def member_request(body: Stored, members: Mapping[str, bool]) -> Request:
    """The request that puts people into a static cohort, or takes one out."""
    scopes = (COHORT.scope,)
    route = f"{COHORT.route}{body['id']}/"
    new = [one for one, inside in members.items() if inside]
    if len(new) == len(members):
        path = f"{route}add_persons_to_static_cohort/"
        return Request("PATCH", path, {"person_ids": new}, scopes)
    path = f"{route}remove_person_from_static_cohort/"
    (one,) = members
    return Request("PATCH", path, {"person_id": one}, scopes)


def _static(posthog: PostHog, name: str, people: Sequence[Found]) -> CohortState:
    state = cohort_state(posthog, name, COHORT.of(one.id for one in people))
    if not state.facts.cohort.static:
        raise ChangeRefused(
            f"{state.name} is dynamic, its members are found by its rules: change those, or make "
            "a static cohort."
        )
    return state


def _membership(
    posthog: PostHog,
    name: str,
    state: CohortState,
    people: Sequence[Found],
    note: str,
    *,
    inside: bool,
) -> Change:
    """A change of who is in a static cohort."""
    after = {one.id: inside for one in people}
    members = {one: state.body["members"][one] for one in after}
    risk, reason, notes = weighed(state.facts)
    if risk is Risk.NORMAL and len(people) == 1:
        risk, reason = Risk.SMALL, "reversible, one person, and no flag uses it"
    whom = people[0].said if len(people) == 1 else f"{len(people):,} people"
    count = state.facts.cohort.people
    size = "" if count is None else f"{state.name} has {count:,} people now."
    headline = f"add {whom} to {state.name}" if inside else f"take {whom} out of {state.name}"
    now, then = ("not in it", "in it") if inside else ("in it", "not in it")
    wish = Wish(
        headline,
        listed(people, now, then),
        member_request(state.body, after),
        {"members": after},
        risk,
        reason,
        _back(whom, len(people), inside=inside),
        (size, note, *notes),
    )
    return propose(posthog, name, state.kind, {**state.body, "members": members}, wish)


def _back(whom: str, count: int, *, inside: bool) -> str:
    if not inside:
        return f"add {whom} again"
    if count == 1:
        return f"take {whom} out again"
    return "take them out again, one at a time"


def _known(posthog: PostHog, names: Sequence[str]) -> dict[str, set[str]]:
    """Ids of persons by name: e-mails first where there is an @, then distinct and person ids."""
    found: dict[str, set[str]] = {name: set() for name in names}
    mails = [name for name in names if "@" in name]
    _ask(posthog, found, "lower(toString(properties.email))", "id", "persons", mails)
    rest = [name for name in names if not found[name]]
    _ask(posthog, found, "distinct_id", "person_id", "person_distinct_ids", rest)
    ids = [name for name in names if not found[name] and _is_uuid(name)]
    _ask(posthog, found, "toString(id)", "id", "persons", ids)
    return found


def _ask(
    posthog: PostHog,
    found: dict[str, set[str]],
    column: str,
    person: str,
    table: str,
    names: Sequence[str],
) -> None:
    """Note the persons whose column is one of these names."""
    exact = column == "distinct_id"
    wanted: dict[str, list[str]] = {}
    for name in names:
        wanted.setdefault(name if exact else name.lower(), []).append(name)
    if not wanted:
        return
    rows = select(
        posthog,
        f"SELECT {column} AS name, toString({person}) AS person FROM {table} WHERE name IN "
        f"({', '.join(map(literal, wanted))}) GROUP BY name, person",
        5 * MOST,
    ).rows
    for said, one in rows:
        for name in wanted.get(str(said), ()):
            found[name].add(str(one))


def _few(names: Sequence[str], last: str = "and") -> str:
    more = len(names) - SHOWN
    return joined([*names[:SHOWN], *([f"{more:,} more"] if more > 0 else [])], last)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
