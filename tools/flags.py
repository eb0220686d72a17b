"""Feature flags: which there are, whom they reach, who changed them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from tools.base import Args, tool
from tools.client import PostHog
from tools.errors import Forbidden, InvalidRequest, NotFound, PostHogError, ServerFailed, TooSlow
from tools.fence import fence
from tools.flag_words import Condition, Flag, groups_of, read_flag, said
from tools.objects import Listed, Stored, compact, listed, named, person_name
from tools.people import find_persons
from tools.taxonomy import group_types

FLAGS = "feature_flags/"


@dataclass(frozen=True)
class FlagFacts:
    """A flag, whether it is still of use, and what one person gets."""

    flag: Flag
    status: str
    """PostHog's own word on whether it is still of use."""

    person: str = ""
    value: str | None = None
    """What the person gets: true, false or a variant."""

    reason: str = ""

    def for_model(self) -> str:
        """All of it as fenced JSON."""
        return fence(compact(self))


@dataclass(frozen=True)
class FlagChange:
    """One change of a flag."""

    key: str
    at: str
    by: str
    what: str


class ListFlags(Args):
    """Arguments of list_flags."""

    search: str = ""
    """Part of key or description."""

    stale: bool = False
    """Only those on that PostHog counts as no longer of use."""

    limit: int = 200
    """Flags at most."""


class GetFlag(Args):
    """Arguments of get_flag."""

    key: str
    """The flag's key."""

    person: str = ""
    """E-mail or distinct id of a person, to say what that person gets; empty for nobody."""


class FlagChanges(Args):
    """Arguments of flag_changes."""

    key: str
    """The flag's key."""

    limit: int = 10
    """Changes to return at most, the latest first."""


@tool("feature_flag:read")
def list_flags(posthog: PostHog, args: ListFlags) -> Listed[Flag]:
    """List feature flags: on or off, conditions and rollout in words, variants, last change."""
    groups = group_types(posthog)
    return listed(
        posthog,
        FLAGS,
        lambda body: read_flag(body, groups),
        args.limit,
        search=args.search,
        active="STALE" if args.stale else "",
    )


@tool("feature_flag:read")
def get_flag(posthog: PostHog, args: GetFlag) -> FlagFacts:
    """Explain one feature flag: on or off, whom each condition reaches, variants, state of use."""
    body = named(posthog, FLAGS, args.key, "key", search=True)
    flag = read_flag(body, group_types(posthog))
    reached = tuple(
        _reach(posthog, condition, stored, body)
        for condition, stored in zip(flag.conditions, groups_of(body), strict=True)
    )
    facts = FlagFacts(replace(flag, conditions=reached), _status(posthog, flag.id))
    return _for_person(posthog, facts, args.person) if args.person.strip() else facts


@tool("feature_flag:read", "activity_log:read")
def flag_changes(posthog: PostHog, args: FlagChanges) -> Listed[FlagChange]:
    """Say who changed a feature flag when, and from what to what, the latest change first."""
    body = named(posthog, FLAGS, args.key, "key", search=True)
    limit = max(1, min(args.limit, 100))
    found = posthog.read(f"{FLAGS}{body['id']}/activity/", limit=limit)
    groups = group_types(posthog)
    rows = tuple(_change(args.key, entry, groups) for entry in found.get("results", []))
    return Listed(rows, whole=not found.get("next"))


def _reach(posthog: PostHog, condition: Condition, stored: Stored, body: Stored) -> Condition:
    """A condition with how many meet it; a count PostHog can't make is left out."""
    index = stored.get("aggregation_group_type_index")
    if index is None:
        index = (body.get("filters") or {}).get("aggregation_group_type_index")
    asked = {"condition": {"properties": stored.get("properties") or []}, "group_type_index": index}
    try:
        found = posthog.compute(f"{FLAGS}user_blast_radius/", asked)
    except (Forbidden, InvalidRequest, NotFound, ServerFailed, TooSlow):
        return condition
    meeting = found.get("affected", found.get("users_affected"))
    return replace(condition, meeting=meeting, total=found.get("total", found.get("total_users")))


def _status(posthog: PostHog, number: int) -> str:
    try:
        found = posthog.read(f"{FLAGS}{number}/status/")
    except PostHogError:
        return ""
    return str(found.get("reason") or "")


def _for_person(posthog: PostHog, facts: FlagFacts, name: str) -> FlagFacts:
    """What the flag says of one person now."""
    person = find_persons(posthog, name).only(name)
    found = posthog.read(f"{FLAGS}evaluation_reasons/", distinct_id=person.known_as)
    told = found.get(facts.flag.key) or {}
    why = told.get("evaluation") or {}
    return replace(
        facts,
        person=person.name,
        value=str(told.get("value")).lower() if "value" in told else None,
        reason=str(why.get("description") or why.get("reason") or ""),
    )


def _change(key: str, entry: Stored, groups: Sequence[str]) -> FlagChange:
    detail = entry.get("detail") or {}
    words = [_difference(one, groups) for one in detail.get("changes") or []]
    what = "; ".join(word for word in words if word) or str(entry.get("activity"))
    return FlagChange(key, str(entry.get("created_at")), person_name(entry.get("user")), what)


def _difference(change: Stored, groups: Sequence[str]) -> str:
    field, before, after = change.get("field"), change.get("before"), change.get("after")
    if field == "active":
        return "turned on" if after else "turned off"
    if field == "deleted":
        return "deleted" if after else "restored"
    if field == "version":
        return ""
    if field == "filters":
        return f"from “{_filters(before, groups)}” to “{_filters(after, groups)}”"
    return f"{field} from {before!r} to {after!r}"


def _filters(stored: Any, groups: Sequence[str]) -> str:
    """Filters as a change tells them: conditions, and the split where there is one."""
    flag = read_flag({"id": 0, "key": "", "filters": stored or {}, "active": True}, groups)
    split = ", ".join(f"{one.key} {one.share:g}%" for one in flag.variants)
    return f"{said(flag)}{f'; {split}' if split else ''}"
