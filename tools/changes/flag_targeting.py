"""Tools that propose whom a feature flag reaches, and with which value."""

from typing import Any

from tools.base import tool
from tools.changes.change import Change, Difference, Request
from tools.changes.flag_filters import VariantArgs, condition, payload, share, split
from tools.changes.flag_state import FlagState, flag_state, narrow, weighed, who
from tools.changes.flags import SCOPE, FlagArgs
from tools.changes.kinds import FLAG
from tools.changes.propose import Wish, patch, propose
from tools.client import PostHog
from tools.conditions import Where
from tools.errors import ChangeRefused, InvalidArguments


class SetRollout(FlagArgs):
    """Arguments of set_flag_rollout."""

    percent: float
    """The new share of those who meet the condition, 0 to 100."""

    condition: int = 1
    """Which of its conditions, from the top."""


class SetCondition(FlagArgs):
    """Arguments of set_flag_condition."""

    where: tuple[Where, ...] = ()
    """Who meets it: properties of person or of a group type, or a cohort; empty for everyone."""

    percent: float = 100.0
    """The share of them that gets the flag."""

    condition: int = 0
    """Which condition takes this place, from the top; 0 adds one at the end."""

    variant: str = ""
    """A variant that all of them get; empty for the usual split."""


class RemoveCondition(FlagArgs):
    """Arguments of remove_flag_condition."""

    condition: int
    """Which of its conditions, from the top."""


class SetVariants(FlagArgs):
    """Arguments of set_flag_variants."""

    variants: tuple[VariantArgs, ...]
    """All variants the flag is to have, with their shares."""


class SetPayload(FlagArgs):
    """Arguments of set_flag_payload."""

    payload: str
    """JSON; empty to take the payload away."""

    variant: str = "true"
    """The variant it belongs to; true for a flag without variants."""


@tool(SCOPE)
def set_flag_rollout(posthog: PostHog, args: SetRollout) -> Change:
    """Propose another share for one condition of a feature flag."""
    state = flag_state(posthog, args.key)
    filters = state.filters()
    place = _place(filters, args.condition)
    before = filters["groups"][place].get("rollout_percentage")
    now = 100 if before is None else before
    filters["groups"][place]["rollout_percentage"] = share(args.percent)
    body = {
        "condition_index": place,
        "rollout_percentage": share(args.percent),
        "version": state.body.get("version"),
    }
    return _refiltered(
        state,
        "set_flag_rollout",
        filters,
        f"roll {state.key} out to {args.percent:g}%",
        (Difference(f"rollout of condition {place + 1}", f"{now:g}%", f"{args.percent:g}%"),),
        f"set it back to {now:g}%",
        request=narrow(state, "set_release_condition_rollout", body),
    )


@tool(SCOPE)
def set_flag_condition(posthog: PostHog, args: SetCondition) -> Change:
    """Propose a further release condition of a feature flag, or another in the place of one."""
    state = flag_state(posthog, args.key)
    filters = state.filters()
    if args.variant and args.variant not in [one.key for one in state.flag.variants]:
        raise InvalidArguments(f"The flag {state.key} has no variant {args.variant!r}.")
    new = condition(posthog, args.where, args.percent, args.variant, state.groups)
    if args.condition:
        filters["groups"][_place(filters, args.condition)] = new
    else:
        filters["groups"] = [*(filters.get("groups") or []), new]
    done = f"change condition {args.condition} of" if args.condition else "add a condition to"
    return _refiltered(state, "set_flag_condition", filters, f"{done} {state.key}")


@tool(SCOPE)
def remove_flag_condition(posthog: PostHog, args: RemoveCondition) -> Change:
    """Propose to take one release condition from a feature flag that has several."""
    state = flag_state(posthog, args.key)
    filters = state.filters()
    place = _place(filters, args.condition)
    if len(filters["groups"]) == 1:
        raise ChangeRefused(
            f"It is the only condition of {state.key}: turn the flag off, or change the condition."
        )
    del filters["groups"][place]
    said = f"take condition {args.condition} from {state.key}"
    return _refiltered(state, "remove_flag_condition", filters, said)


@tool(SCOPE)
def set_flag_variants(posthog: PostHog, args: SetVariants) -> Change:
    """Propose other variants of a feature flag, or other shares of them."""
    state = flag_state(posthog, args.key)
    filters, old = state.filters(), {one.key: one.share for one in state.flag.variants}
    filters["multivariate"] = {"variants": split(args.variants)} if args.variants else None
    new = {one.key: one.percent for one in args.variants}
    kept = {k: v for k, v in (filters.get("payloads") or {}).items() if k in (new or {"true": 0})}
    filters["payloads"] = kept
    moved = sum(abs(new.get(key, 0.0) - old.get(key, 0.0)) for key in {*old, *new}) / 200
    rows = tuple(
        Difference(f"variant {key}", _percent(old.get(key)), _percent(new.get(key)))
        for key in dict.fromkeys([*old, *new])
    )
    said = f"split {state.key} anew" if new else f"take the variants from {state.key}"
    return _refiltered(state, "set_flag_variants", filters, said, rows, moved=moved)


@tool(SCOPE)
def set_flag_payload(posthog: PostHog, args: SetPayload) -> Change:
    """Propose another payload that goes with a feature flag or with one of its variants."""
    state = flag_state(posthog, args.key)
    known = [one.key for one in state.flag.variants] or ["true"]
    if args.variant not in known:
        raise InvalidArguments(f"{state.key} has payloads for {', '.join(known)} only.")
    if state.body.get("has_encrypted_payloads"):
        raise ChangeRefused(f"The payloads of {state.key} are encrypted: change them in PostHog.")
    filters = state.filters()
    payloads = {**(filters.get("payloads") or {})}
    now = str(payloads.pop(args.variant, "none"))
    if args.payload:
        payloads[args.variant] = payload(args.payload)
    filters["payloads"] = payloads
    rows = (Difference(f"payload of {args.variant}", now, payloads.get(args.variant, "none")),)
    headline = f"change the payload of {state.key}"
    return _refiltered(state, "set_flag_payload", filters, headline, rows, moved=1.0)


def _refiltered(
    state: FlagState,
    name: str,
    filters: dict[str, Any],
    headline: str,
    rows: tuple[Difference, ...] = (),
    undo: str = "set the conditions back as they were",
    *,
    request: Request | None = None,
    moved: float | None = None,
) -> Change:
    """A change of a flag's filters, sent whole unless a narrower request does it."""
    on = bool(state.body.get("active"))
    risk, reason, notes = weighed(state, filters, on=on, moved=moved)
    sent = FLAG.guarded({"filters": filters})
    whole = patch(FLAG, state.body, sent)
    note = "" if on else f"{state.key} is off, so nobody gets it until it is turned on."
    wish = Wish(
        headline,
        (*rows, who(state, on, filters, on)),
        request or whole,
        sent,
        risk,
        reason,
        undo,
        (*notes, note),
        older=whole if request else None,
    )
    return propose(state.posthog, name, FLAG, state.body, wish)


def _place(filters: dict[str, Any], number: int) -> int:
    count = len(filters.get("groups") or ())
    if not 1 <= number <= count:
        raise InvalidArguments(f"There is no condition {number}: the flag has {count}.")
    return number - 1


def _percent(share: float | None) -> str:
    return "none" if share is None else f"{share:g}%"
