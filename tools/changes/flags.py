"""Tools that propose changes of feature flags; each asks for the narrowest request that does it."""

import re
from typing import Any

from tools.base import Args, tool
from tools.changes.change import Change, Difference, Risk
from tools.changes.flag_filters import VariantArgs, condition, split
from tools.changes.flag_state import FlagState, flag_state, narrow, weighed, who
from tools.changes.kinds import FLAG
from tools.changes.propose import Wish, patch, post, propose
from tools.client import PostHog
from tools.conditions import Where
from tools.errors import ChangeRefused, InvalidArguments
from tools.flag_words import read_flag, said
from tools.taxonomy import group_types

SCOPE = "feature_flag:write"
KEY = re.compile(r"[a-zA-Z0-9_-]{1,400}")


class CreateFlag(Args):
    """Arguments of create_flag."""

    key: str
    """Letters, numbers, hyphens and underscores."""

    description: str = ""
    """What it is for."""

    percent: float = 0.0
    """The share of those who meet the condition; 0 reaches nobody yet."""

    where: tuple[Where, ...] = ()
    """Who can get it: properties of person or of a group type, or a cohort; empty for everyone."""

    variants: tuple[VariantArgs, ...] = ()
    """For a flag with several values."""

    on: bool = True
    """Whether it is switched on at once."""


class FlagArgs(Args):
    """Arguments of a tool about one flag."""

    key: str
    """The flag's key."""


class SwitchFlag(FlagArgs):
    """Arguments of switch_flag."""

    on: bool
    """true to enable, false to disable."""


class ArchiveFlag(FlagArgs):
    """Arguments of archive_flag."""

    archived: bool = True
    """false to take it out of the archive."""


@tool(SCOPE)
def create_flag(posthog: PostHog, args: CreateFlag) -> Change:
    """Propose a new feature flag; it reaches nobody unless a percent is given."""
    groups = tuple(group_types(posthog))
    _check_free(posthog, args.key)
    filters: dict[str, Any] = {
        "groups": [condition(posthog, args.where, args.percent, "", groups)],
        "multivariate": {"variants": split(args.variants)} if args.variants else None,
        "payloads": {},
    }
    fields = {"key": args.key, "name": args.description, "filters": filters, "active": args.on}
    words = said(read_flag({"id": 0, **fields}, groups))
    fields = FLAG.guarded(fields)
    reached = FlagState(posthog, {"id": 0, **fields}, groups).reach(filters, on=args.on)
    many = reached is None or reached[0] > 0.1 * max(reached[1], 1)
    wish = Wish(
        f"create the flag {args.key}, {'on' if args.on else 'off'}, for {words}",
        (
            Difference("flag", "is not there", args.key),
            Difference("switched", "", "on" if args.on else "off"),
            Difference("who gets it", "", words),
            *(Difference(f"variant {v.key}", "", f"{v.percent:g}%") for v in args.variants),
        ),
        post(FLAG, {**fields, "_should_create_usage_dashboard": False}),
        fields,
        Risk.HIGH if args.on and many else Risk.SMALL,
        "more than a tenth of all get it at once"
        if args.on and many
        else "nothing asks for it yet",
        "delete it again",
        ("" if reached is None else f"About {reached[0]:,.0f} of {reached[1]:,} get it.",),
    )
    return propose(posthog, "create_flag", FLAG, None, wish, name=args.key)


@tool(SCOPE)
def switch_flag(posthog: PostHog, args: SwitchFlag) -> Change:
    """Propose to enable or disable a feature flag."""
    state = flag_state(posthog, args.key)
    risk, reason, notes = weighed(state, state.filters(), on=args.on)
    now, after = ("off", "on") if args.on else ("on", "off")
    wish = Wish(
        f"turn {state.key} {after}",
        (
            Difference("switched", now, after),
            who(state, now == "on", state.filters(), args.on),
        ),
        narrow(state, "enable" if args.on else "disable", {}),
        {"active": args.on},
        risk,
        reason,
        f"turn it {now} again",
        notes,
        older=patch(FLAG, state.body, {"active": args.on}),
    )
    return propose(posthog, "switch_flag", FLAG, state.body, wish)


@tool(SCOPE)
def archive_flag(posthog: PostHog, args: ArchiveFlag) -> Change:
    """Propose to archive a feature flag, which turns it off, or to take it out of the archive."""
    state = flag_state(posthog, args.key)
    on = bool(state.body.get("active")) and not args.archived
    risk, reason, notes = weighed(state, state.filters(), on=on)
    fields: dict[str, Any] = {"archived": args.archived}
    if args.archived and state.body.get("active"):
        fields["active"] = False
    rows = [Difference("archived", _yes(not args.archived), _yes(args.archived))]
    if "active" in fields:
        rows.append(Difference("switched", "on", "off"))
    done, back = (
        ("archive", "take it out of the archive and turn it on")
        if args.archived
        else ("take out of the archive", "archive it again")
    )
    wish = Wish(
        f"{done} {state.key}",
        rows,
        narrow(state, "archive" if args.archived else "unarchive", {}),
        fields,
        risk,
        reason,
        back,
        notes,
        older=patch(FLAG, state.body, fields),
    )
    return propose(posthog, "archive_flag", FLAG, state.body, wish)


@tool(SCOPE)
def delete_flag(posthog: PostHog, args: FlagArgs) -> Change:
    """Propose to delete a feature flag; PostHog keeps it, so that it can be restored."""
    state = flag_state(posthog, args.key)
    risk, reason, notes = weighed(state, state.filters(), on=False)
    wish = Wish(
        f"delete the flag {state.key}",
        (
            Difference("flag", "is there", "deleted"),
            who(state, bool(state.body.get("active")), state.filters(), False),
        ),
        patch(FLAG, state.body, {"deleted": True}),
        {"deleted": True},
        max(risk, Risk.HIGH),
        reason if risk is Risk.HIGH else "code that asks for it gets nothing any more",
        "restore it, as long as no other flag takes its key",
        notes,
    )
    return propose(posthog, "delete_flag", FLAG, state.body, wish)


def _check_free(posthog: PostHog, key: str) -> None:
    """Refuse a key that PostHog would not take, or that a flag has already."""
    if not KEY.fullmatch(key):
        raise InvalidArguments("A key has only letters, numbers, hyphens and underscores.")
    for body in posthog.pages(FLAG.route, search=key[:200]):
        if str(body.get("key")) == key:
            raise ChangeRefused(f"A flag {key} is there already: change that one.")


def _yes(truth: bool) -> str:
    return "yes" if truth else "no"
