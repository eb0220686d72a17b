"""Tools that propose new cohorts, other rules or names for them, or their end."""

from typing import Any

from tools.base import Args, tool
from tools.changes.change import Change, Difference, Risk
from tools.changes.cohort_members import Found, find_people, listed
from tools.changes.cohort_rules import PeopleWho, Rules, rules
from tools.changes.cohort_state import (
    CohortState,
    cohort_state,
    free,
    refuse_while_used,
    size,
    weighed,
    weighed_for,
)
from tools.changes.kinds import COHORT
from tools.changes.propose import Wish, patch, post, propose
from tools.client import PostHog
from tools.errors import ChangeRefused, InvalidArguments
from tools.literals import literal
from tools.query import select

NO_FLAG = "No flag can use it, because it asks what people did; a static copy can be used."
PERSON = ("person_id", "actor_id", "id")
"""The columns that PostHog takes for persons, in its order."""


class NewCohort(Args):
    """Arguments of a tool that makes a cohort."""

    name: str
    """What it is called."""

    description: str = ""
    """What it is for."""


class CreateCohort(NewCohort):
    """Arguments of create_cohort."""

    any_of: tuple[PeopleWho, ...]
    """Groups of people; who is in any of them is in the cohort."""


class CreateStaticCohort(NewCohort):
    """Arguments of create_static_cohort."""

    people: tuple[str, ...] = ()
    """E-mails, distinct ids or person ids, 1,000 at most; or else give a query."""

    query: str = ""
    """HogQL with a column person_id, run once: SELECT DISTINCT person_id FROM events WHERE …"""


class CohortArgs(Args):
    """Arguments of a tool about one cohort."""

    name: str
    """The cohort's name or id."""


class UpdateCohort(CohortArgs):
    """Arguments of update_cohort."""

    new_name: str | None = None
    """What it is called from then on; null to leave it."""

    description: str | None = None
    """What it is for; null to leave it."""

    any_of: tuple[PeopleWho, ...] | None = None
    """Groups of people, in the place of all its rules; null to leave them."""


class RestoreCohort(Args):
    """Arguments of restore_cohort."""

    id: int
    """The number of the deleted cohort; its name is not listed any more."""


@tool("cohort:write", "query:read")
def create_cohort(posthog: PostHog, args: CreateCohort) -> Change:
    """Propose a dynamic cohort, whose members PostHog finds by what people are and did."""
    name, found = free(posthog, args.name), rules(posthog, args.any_of)
    fields = {
        "name": name,
        "description": args.description,
        "filters": found.filters,
        "is_static": False,
    }
    rows = (Difference("who is in it", "", found.words),)
    notes = (*size(posthog, found.test), *_of_rules(found))
    return _made(posthog, "create_cohort", "dynamic", fields, {}, rows, notes)


@tool("cohort:write", "query:read")
def create_static_cohort(posthog: PostHog, args: CreateStaticCohort) -> Change:
    """Propose a static cohort of people who are named, or whom a query finds now."""
    if bool(args.people) == bool(args.query.strip()):
        raise InvalidArguments("Give people or a query, one of them.")
    name = free(posthog, args.name)
    fields = {"name": name, "description": args.description, "is_static": True}
    if not args.people:
        notes = tuple(size(posthog, _met(posthog, args.query)))
        fields["query"] = {"kind": "HogQLQuery", "query": args.query}
        rows = [
            Difference("who is in it", "", "whom this finds when it is made"),
            Difference("query", "", args.query),
        ]
        return _made(posthog, "create_static_cohort", "static", fields, {}, rows, notes)
    people = find_people(posthog, args.people)
    ids = [one.id for one in people]
    notes = tuple(size(posthog, f"toString(id) IN ({', '.join(map(literal, ids))})"))
    unseen = {"_create_static_person_ids": ids}
    rows = _named(people)
    return _made(posthog, "create_static_cohort", "static", fields, unseen, rows, notes)


@tool("cohort:write", "query:read")
def update_cohort(posthog: PostHog, args: UpdateCohort) -> Change:
    """Propose another name or description of a cohort, or other rules of a dynamic one."""
    state = cohort_state(posthog, args.name)
    fields: dict[str, Any] = {}
    rows: list[Difference] = []
    notes: tuple[str, ...] = ()
    headlines: list[str] = []
    if args.new_name is not None and args.new_name.strip() != state.name:
        fields["name"] = free(posthog, args.new_name)
        rows.append(Difference("name", state.name, fields["name"]))
        headlines.append(f"call it {fields['name']}")
    if args.description is not None:
        fields["description"] = args.description
        rows.append(Difference("description", state.facts.cohort.description, args.description))
        headlines.append("describe it otherwise")
    if args.any_of is not None:
        found = _other_rules(posthog, state, args.any_of)
        fields["filters"] = found.filters
        rows.append(Difference("who is in it", state.facts.cohort.criteria, found.words))
        count = state.facts.cohort.people
        now = "not counted yet" if count is None else f"{count:,} people now"
        sizes = size(posthog, found.test, but=state.facts.cohort.id)
        notes = (f"{state.name} has {now}.", *sizes, *_of_rules(found))
        headlines.append(f"its people: {found.words}")
    if not fields:
        raise ChangeRefused(f"Nothing to change: give {state.name} a new name or rules.")
    risk, reason, used = weighed_for(state.facts, fields)
    sent = COHORT.guarded(fields)
    wish = Wish(
        f"change the cohort {state.name}: {', '.join(headlines)}",
        rows,
        patch(COHORT, state.body, sent),
        sent,
        risk,
        reason,
        "set it back as it was",
        (*notes, *used),
    )
    return propose(posthog, "update_cohort", COHORT, state.body, wish)


@tool("cohort:write")
def delete_cohort(posthog: PostHog, args: CohortArgs) -> Change:
    """Propose to delete a cohort that nothing uses; PostHog keeps it, so it can be restored."""
    state = cohort_state(posthog, args.name)
    refuse_while_used(state.facts)
    return _ended(posthog, "delete_cohort", state, deleted=True)


@tool("cohort:write")
def restore_cohort(posthog: PostHog, args: RestoreCohort) -> Change:
    """Propose to bring a deleted cohort back."""
    body = COHORT.read(posthog, args.id)
    if body is None:
        raise InvalidArguments(f"There is no cohort {args.id}, and there was none.")
    state = CohortState.of(posthog, COHORT, body)
    return _ended(posthog, "restore_cohort", state, deleted=False)


def _made(
    posthog: PostHog,
    name: str,
    kind: str,
    fields: dict[str, Any],
    unseen: dict[str, Any],
    rows: Any,
    notes: tuple[str, ...],
) -> Change:
    """A new cohort; `unseen` is what is sent and can't be read back under that name."""
    sent = COHORT.guarded(fields)
    people = unseen.get("_create_static_person_ids", ())
    after = {**sent, "members": dict.fromkeys(people, True)} if people else sent
    wish = Wish(
        f"create the {kind} cohort {fields['name']}",
        (
            Difference("cohort", "is not there", fields["name"]),
            Difference("kind", "", kind),
            *rows,
        ),
        post(COHORT, {**sent, **unseen}),
        after,
        Risk.SMALL,
        "nothing uses it yet",
        "delete it again",
        notes,
    )
    return propose(posthog, name, COHORT.of(people), None, wish, name=fields["name"])


def _ended(posthog: PostHog, name: str, state: CohortState, *, deleted: bool) -> Change:
    """A cohort that is deleted or brought back."""
    risk, reason, notes = weighed(state.facts)
    count = state.facts.cohort.people
    size_now = "" if count is None else f"It has {count:,} people, who stay as they are."
    there, gone = "is there", "deleted"
    wish = Wish(
        f"{'delete' if deleted else 'bring back'} the cohort {state.name}",
        (Difference("cohort", *((there, gone) if deleted else (gone, there))),),
        patch(COHORT, state.body, {"deleted": deleted}),
        {"deleted": deleted},
        risk,
        reason,
        "bring it back" if deleted else "delete it again",
        (size_now, *notes),
    )
    return propose(posthog, name, COHORT, state.body, wish)


def _other_rules(posthog: PostHog, state: CohortState, groups: tuple[PeopleWho, ...]) -> Rules:
    """Other rules of a dynamic cohort, or why it can't have them."""
    if state.facts.cohort.static:
        raise ChangeRefused(
            f"{state.name} is static, its members are a fixed list: add people, take them out, or "
            "make a dynamic cohort."
        )
    found = rules(posthog, groups)
    if found.behavior and state.facts.used_by_flags:
        raise ChangeRefused(
            f"A flag uses {state.name} ({', '.join(state.facts.used_by_flags)}), and flags can't "
            "use a cohort that asks what people did."
        )
    return found


def _of_rules(found: Rules) -> tuple[str, ...]:
    """What people should know of the rules."""
    once = "“At most” so often means once at least: PostHog can't count those who never did."
    return tuple(note for note, holds in ((NO_FLAG, found.behavior), (once, found.often)) if holds)


def _named(people: list[Found]) -> list[Difference]:
    return [
        Difference("people", "", f"{len(people):,}"),
        *listed(people, "", "in it"),
    ]


def _met(posthog: PostHog, query: str) -> str:
    """HogQL on persons for those whom a query finds; the query has passed the guard."""
    columns = select(posthog, query, 1).columns
    column = next((name for name in PERSON if name in columns), None)
    if column is None:
        raise InvalidArguments(
            "The query needs a column person_id: SELECT DISTINCT person_id FROM events WHERE …"
        )
    return f"toString(id) IN (SELECT toString({column}) FROM (\n{query.rstrip().rstrip(';')}\n))"
