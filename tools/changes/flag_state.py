"""What a change of a flag has to know: the flag as it is, whom it reaches, what depends on it."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tools.changes.change import Difference, Request, Risk
from tools.changes.kinds import FLAG, Stored
from tools.changes.steps import exchanged, rollout
from tools.client import PostHog
from tools.errors import ChangeRefused, InvalidArguments, PostHogError
from tools.flag_words import Flag, read_flag, said
from tools.objects import named
from tools.taxonomy import group_types
from tools.wording import joined

BIG_STEP = 20.0
"""Points of rollout."""

BIG_SHARE, SMALL_SHARE = 0.10, 0.01
UNUSED = timedelta(days=30)


@dataclass(frozen=True)
class FlagState:
    """One flag before a change."""

    posthog: PostHog
    body: Stored
    groups: tuple[str, ...]
    """The project's group types."""

    @property
    def id(self) -> int:
        """PostHog's number."""
        return int(self.body["id"])

    @property
    def key(self) -> str:
        """Its key."""
        return str(self.body["key"])

    @property
    def flag(self) -> Flag:
        """In plain words."""
        return read_flag(self.body, self.groups)

    def filters(self) -> dict[str, Any]:
        """A copy of its filters that can be changed, with the names of cohorts for people."""
        found: dict[str, Any] = deepcopy(dict(self.body.get("filters") or {}))
        return found

    def words(self, **fields: Any) -> str:
        """Whom the flag would reach, in words, with other fields."""
        return said(read_flag({**self.body, **fields}, self.groups))

    def reach(self, filters: Mapping[str, Any], *, on: bool) -> tuple[float, int] | None:
        """About how many get the flag, of how many; None when PostHog can't count them.

        The conditions may overlap, so their sum is the most there can be.
        """
        counted = list(self._meeting(filters))
        if any(one is None for one in counted):
            return None
        known = [one for one in counted if one is not None]
        total = max((total for _, total in known), default=0)
        return (min(float(total), sum(n for n, _ in known)) if on else 0.0), total

    def _meeting(self, filters: Mapping[str, Any]) -> Iterator[tuple[float, int] | None]:
        whole = filters.get("aggregation_group_type_index")
        for one in filters.get("groups") or ():
            rollout = one.get("rollout_percentage")
            asked = {
                "condition": {"properties": one.get("properties") or []},
                "group_type_index": one.get("aggregation_group_type_index", whole),
            }
            try:
                found = self.posthog.compute(f"{FLAG.route}user_blast_radius/", asked)
            except PostHogError:
                yield None
                continue
            meeting = found.get("affected", found.get("users_affected"))
            total = found.get("total", found.get("total_users"))
            if meeting is None or total is None:
                yield None
            else:
                yield meeting * (100 if rollout is None else rollout) / 100, int(total)

    def dependents(self) -> tuple[str, ...] | None:
        """Keys of the flags that ask for this one; None when PostHog doesn't say."""
        try:
            found = self.posthog.listed(f"{FLAG.route}{self.id}/dependent_flags/")
        except PostHogError:
            return None
        return tuple(str(one.get("key")) for one in found)

    def unused(self) -> bool:
        """Whether nobody has asked for it in 30 days."""
        called = self.body.get("last_called_at")
        if not called:
            return True
        now = datetime.fromisoformat(self.posthog.project.now or datetime.now(UTC).isoformat())
        at = datetime.fromisoformat(str(called))
        return (now if now.tzinfo else now.replace(tzinfo=UTC)) - at > UNUSED


def flag_state(posthog: PostHog, key: str) -> FlagState:
    """The flag with that key or id, or a refusal to change it."""
    body = _found(posthog, key)
    if (body.get("filters") or {}).get("version") == 2:
        raise ChangeRefused(
            f"The flag {key} has rules of a newer kind, which PostHog's API can't change yet: "
            "change it in PostHog."
        )
    return FlagState(posthog, body, tuple(group_types(posthog)))


def _found(posthog: PostHog, key: str) -> Stored:
    """A flag by its key or id; those in the archive are listed only when they are asked for."""
    try:
        return named(posthog, FLAG.route, key, "key", search=True)
    except InvalidArguments:
        for body in posthog.pages(FLAG.route, search=key[:200], archived="true"):
            if str(body.get("key")) == key:
                return body
        raise


def narrow(state: FlagState, action: str, body: dict[str, Any]) -> Request:
    """The request to one of PostHog's routes that change one thing of a flag."""
    return Request("POST", f"{FLAG.route}{state.id}/{action}/", body, (FLAG.scope,))


def who(state: FlagState, was: bool, filters: dict[str, Any], on: bool) -> Difference:
    """Who gets the flag, before and after."""
    now = state.words() if was else "nobody"
    return Difference("who gets it", now, state.words(filters=filters) if on else "nobody")


def weighed(
    state: FlagState, filters: Mapping[str, Any], *, on: bool, moved: float | None = None
) -> tuple[Risk, str, list[str]]:
    """How risky other filters or another switch are, why, and what a person should know.

    `moved` is the share, 0 to 1, of those it reaches who get another value than before, where that
    is not the difference of how many it reaches.
    """
    flag, was = state.flag, bool(state.body.get("active"))
    before, after = (
        state.reach(state.body.get("filters") or {}, on=was),
        state.reach(filters, on=on),
    )
    notes = [_people(before, after, flag), _depending(state.dependents(), state.key)]
    if flag.tested:
        notes.append(f"The experiment {joined(flag.experiments)} runs on it: its results bend.")
        return Risk.HIGH, "an experiment runs on it", notes
    if before is None or after is None:
        return Risk.HIGH, "how many people it reaches is not known", notes
    affected = abs(after[0] - before[0]) if moved is None else moved * max(after[0], before[0])
    affected = max(affected, _exchanged(state, filters, both=on and was))
    share = min(1.0, affected / after[1]) if after[1] else 0.0
    step = _step(state.body.get("filters") or {}, filters)
    if on and not was and after[1] and after[0] >= after[1]:
        return Risk.HIGH, "it turns the flag on for everyone", notes
    if step > BIG_STEP:
        return Risk.HIGH, f"the rollout moves by {step:g} points", notes
    if share > BIG_SHARE:
        return Risk.HIGH, f"about {share:.0%} of all get another value", notes
    if state.unused():
        return Risk.SMALL, "reversible, and nobody asked for the flag in 30 days", notes
    if share < SMALL_SHARE:
        return Risk.SMALL, "reversible, and it reaches less than 1%", notes
    return Risk.NORMAL, "reversible", notes


def _people(before: tuple[float, int] | None, after: tuple[float, int] | None, flag: Flag) -> str:
    whom = "persons" if flag.reaches == "persons" else f"groups ({flag.reaches})"
    if before is None or after is None:
        return f"How many {whom} it reaches could not be counted."
    total = max(before[1], after[1])
    return f"About {before[0]:,.0f} of {total:,} {whom} get it now, about {after[0]:,.0f} after."


def _depending(keys: Sequence[str] | None, key: str) -> str:
    if keys is None:
        return f"Whether other flags depend on {key} could not be read."
    return f"Flags that depend on it: {joined(keys)}." if keys else "No other flag depends on it."


def _step(before: Mapping[str, Any], after: Mapping[str, Any]) -> float:
    """The largest move of the rollout of a condition that stays, in points."""
    old, new = before.get("groups") or [], after.get("groups") or []
    if len(old) != len(new):
        return 0.0
    return max((abs(rollout(a) - rollout(b)) for a, b in zip(old, new, strict=True)), default=0.0)


def _exchanged(state: FlagState, filters: Mapping[str, Any], *, both: bool) -> float:
    """How many get another value where conditions make way for others; all when it isn't known.

    Nobody does unless the flag is on on both sides.
    """
    old = state.body.get("filters") or {}
    gone, come = exchanged(old, filters)
    if not (both and gone and come):
        return 0.0
    found = [
        state.reach({**kept, "groups": some}, on=True)
        for kept, some in ((old, gone), (filters, come))
    ]
    return sum(float("inf") if one is None else one[0] for one in found)
