"""The inverse of a change that was made, as a change like any other."""

from dataclasses import replace
from typing import Any

from tools.changes.change import Change, Difference, Fields, Risk, differing
from tools.changes.cohort_members import member_request
from tools.changes.cohort_state import refuse_while_used, weighed_for
from tools.changes.flag_state import FlagState, weighed
from tools.changes.kinds import EXPERIMENT, FLAG, CohortKind, Kind, Stored, is_hidden, kind_of
from tools.changes.propose import Wish, destroy, patch, propose
from tools.client import PostHog
from tools.cohorts import cohort_facts
from tools.errors import ChangeRefused
from tools.taxonomy import group_types
from tools.wording import joined


def undo(posthog: PostHog, change: Change, number: int | str, left: Fields) -> Change:
    """A proposal that sets back what a change set; `left` is how it left the object.

    Refused when somebody changed the object since: then there is nothing to go back to.
    """
    kind = kind_of(change)
    body = kind.read(posthog, number)
    if body is None:
        raise ChangeRefused(f"The {kind.name} {change.target.name} is not there any more.")
    now, back = kind.guarded(body), _back(change)
    if "members" in back:
        back["members"] = _members(change, now, back["members"])
        left = {**left, "members": now["members"]}
    hidden = is_hidden(body) and bool(change.after.get("deleted"))
    moved = [path for path, _, _ in differing(dict(left), now)]
    if moved and not hidden:
        raise ChangeRefused(
            f"Somebody changed {joined(moved)} of {change.target.name} since {change.id}: "
            "undo it by hand, or ask for the change you want."
        )
    if kind.destroyed and back.get("deleted") is False:
        raise ChangeRefused(f"The {kind.name} is gone for good: ask for a new one.")
    risk, reason, notes = _weighed(posthog, kind, body, back)
    if "members" in back:
        body = {**body, "members": {one: now["members"][one] for one in back["members"]}}
        request = member_request(body, back["members"])
    else:
        body = {name: one for name, one in body.items() if name != "members"}
        request = (
            destroy(kind, body)
            if kind.destroyed and back.get("deleted")
            else patch(kind, body, back)
        )
    rows = [
        Difference(path, str(was), str(after))
        for path, was, after in differing({k: kind.guarded(body).get(k) for k in back}, back)
    ]
    wish = Wish(
        f"undo {change.id} ({change.headline})",
        rows,
        request,
        back,
        risk,
        reason,
        f"make {change.id} again",
        notes,
    )
    name = "" if body.get(kind.label) else change.target.name
    return replace(propose(posthog, "undo", kind, body, wish, name=name), undoes=change.id)


def _back(change: Change) -> dict[str, Any]:
    """The fields that take a change back; what it made is deleted."""
    if change.before is None:
        return {"deleted": True}
    defaults: dict[str, Any] = {"deleted": False, "archived": False}
    return {name: change.before.get(name, defaults.get(name)) for name in change.after}


def _members(change: Change, now: Fields, back: Fields) -> dict[str, bool]:
    """The people still to be put back; of those to be taken out one, as PostHog has it."""
    rest = {one: bool(inside) for one, inside in back.items() if now["members"][one] != inside}
    if not rest:
        raise ChangeRefused(f"{change.id} is taken back already.")
    return rest if all(rest.values()) else dict([next(iter(rest.items()))])


def _weighed(
    posthog: PostHog, kind: Kind, body: Stored, back: dict[str, Any]
) -> tuple[Risk, str, list[str]]:
    if isinstance(kind, CohortKind):
        facts = cohort_facts(posthog, body)
        if back.get("deleted"):
            refuse_while_used(facts)
        return weighed_for(facts, back)
    if kind.name == EXPERIMENT.name:
        return Risk.HIGH, "what people decide by its results depends on it", []
    if kind.name != FLAG.name:
        return Risk.NORMAL, "reversible", []
    state = FlagState(posthog, body, tuple(group_types(posthog)))
    on = bool(back.get("active", body.get("active"))) and not back.get("deleted")
    risk, reason, notes = weighed(state, back.get("filters") or state.filters(), on=on)
    if back.get("deleted"):
        return Risk.HIGH, "code that asks for it gets nothing any more", notes
    return risk, reason, notes
