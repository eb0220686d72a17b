"""Tools that propose to bring a deleted flag back, or to change one at a later hour."""

from datetime import datetime
from typing import Any

from pydantic import model_validator

from tools.base import Args, tool
from tools.changes.change import Change, Difference
from tools.changes.flag_filters import condition
from tools.changes.flag_state import FlagState, flag_state, weighed, who
from tools.changes.flags import SCOPE, FlagArgs
from tools.changes.kinds import FLAG, SCHEDULED
from tools.changes.propose import Wish, patch, post, propose
from tools.changes.steps import switched_on
from tools.changes.times import instant, now_of, said, written
from tools.client import PostHog
from tools.conditions import Where
from tools.errors import ChangeRefused, InvalidArguments
from tools.taxonomy import group_types
from tools.wording import joined


class RestoreFlag(Args):
    """Arguments of restore_flag."""

    id: int
    """The id of a deleted flag, which no list shows any more."""


class ScheduleFlag(FlagArgs):
    """Arguments of schedule_flag_change."""

    at: str
    """When, in the project's time zone, as 2026-12-04T09:30; a day alone means its beginning."""

    on: bool | None = None
    """true to turn it on then, false to turn it off; null to add a condition."""

    where: tuple[Where, ...] = ()
    """Who meets the added condition; empty for everyone."""

    percent: float | None = None
    """The share of those who meet the added condition; null to turn it on or off."""

    @model_validator(mode="after")
    def _one_thing(self) -> "ScheduleFlag":
        if (self.on is None) == (self.percent is None) or (self.where and self.percent is None):
            raise ValueError("give `on`, or the `percent` of a condition to add")
        return self


@tool(SCOPE)
def restore_flag(posthog: PostHog, args: RestoreFlag) -> Change:
    """Propose to bring a deleted feature flag back as it was."""
    body = FLAG.read(posthog, args.id)
    if body is None:
        raise InvalidArguments(f"There never was a flag with the id {args.id}.")
    key = str(body["key"])
    if (body.get("filters") or {}).get("version") == 2:
        raise ChangeRefused(f"The flag {key} has rules of a newer kind: restore it in PostHog.")
    taken = (one["id"] for one in posthog.pages(FLAG.route, search=key[:200]) if one["key"] == key)
    if (other := next(taken, args.id)) != args.id:
        raise ChangeRefused(f"Its key {key} belongs to another flag now (id {other}).")
    on = bool(body.get("active"))
    groups = tuple(group_types(posthog))
    state = FlagState(posthog, {**body, "active": False}, groups)
    risk, reason, notes = weighed(state, state.filters(), on=on)
    wish = Wish(
        f"restore the flag {key}",
        (
            Difference("flag", "deleted", f"is there, {'on' if on else 'off'}"),
            who(state, False, state.filters(), on),
        ),
        patch(FLAG, body, {"deleted": False}),
        {"deleted": False},
        risk,
        reason,
        "delete it again",
        notes,
    )
    return propose(posthog, "restore_flag", FLAG, body, wish)


@tool(SCOPE)
def schedule_flag_change(posthog: PostHog, args: ScheduleFlag) -> Change:
    """Propose that PostHog turns a flag on or off, or adds a condition to it, at a later hour."""
    state, at = flag_state(posthog, args.key), instant(posthog, args.at)
    if at <= now_of(posthog):
        raise InvalidArguments(f"{said(posthog, at)} is past: name an hour that is to come.")
    payload, words, filters, on = _later(posthog, args, state)
    fields = {
        "record_id": str(state.id),
        "model_name": "FeatureFlag",
        "payload": payload,
        "scheduled_at": written(at),
    }
    risk, reason, notes = weighed(state, filters, on=on)
    was = bool(state.body.get("active"))
    wish = Wish(
        f"{words} on {said(posthog, at)}",
        (
            Difference("scheduled", "", said(posthog, at)),
            *([Difference("switched", _on(was), _on(on))] if args.on is not None else []),
            who(state, was, filters, on),
        ),
        post(SCHEDULED, fields),
        fields,
        risk,
        reason,
        "take it from the schedule, as long as it has not come",
        (*notes, *_waiting(posthog, state, fields), *_idle(state, args.on, at)),
        step=switched_on({**state.body, "active": False}, {"active": True}) if args.on else 0.0,
    )
    return propose(posthog, "schedule_flag_change", SCHEDULED, None, wish, name=state.key)


def _later(
    posthog: PostHog, args: ScheduleFlag, state: FlagState
) -> tuple[dict[str, Any], str, dict[str, Any], bool]:
    """What PostHog is to do, in words, and the flag's filters and switch after that."""
    filters = state.filters()
    if args.on is not None:
        payload = {"operation": "update_status", "value": args.on}
        return payload, f"turn {state.key} {_on(args.on)}", filters, args.on
    new = condition(posthog, args.where, args.percent or 0.0, "", state.groups)
    filters["groups"] = [*(filters.get("groups") or []), new]
    sent = FLAG.guarded({"filters": {"groups": [new]}})["filters"]
    payload = {"operation": "add_release_condition", "value": sent}
    return payload, f"add a condition to {state.key}", filters, bool(state.body.get("active"))


def _waiting(posthog: PostHog, state: FlagState, fields: dict[str, Any]) -> list[str]:
    """The other changes of the flag that wait for their hour; the same twice is refused."""
    found = posthog.pages(SCHEDULED.route, model_name="FeatureFlag", record_id=state.id)
    every = [SCHEDULED.guarded(one) for one in found]
    others = [one for one in every if not one.get("executed_at")]
    if any(fields.items() <= one.items() for one in others):
        raise ChangeRefused("The same change is scheduled for that hour already.")
    told = [
        f"{one['payload']['operation'].replace('_', ' ')} on "
        f"{said(posthog, datetime.fromisoformat(str(one['scheduled_at'])))}"
        for one in others
    ]
    return [f"Scheduled for it besides: {joined(told)}."] if told else []


def _idle(state: FlagState, on: bool | None, at: datetime) -> list[str]:
    if on is not None and on == bool(state.body.get("active")):
        return [f"{state.key} is {_on(on)} now; it is set to that whatever happens until then."]
    return []


def _on(truth: bool) -> str:
    return "on" if truth else "off"
