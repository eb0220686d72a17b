"""Tools that propose to delete insights and dashboards, or to bring them back."""

from typing import Any

from tools.base import Args, tool
from tools.changes.change import Change, Difference, Risk
from tools.changes.kinds import DASHBOARD, INSIGHT, Kind, Stored
from tools.changes.propose import Wish, patch, propose
from tools.changes.saved import find, names, title
from tools.client import PostHog
from tools.errors import InvalidArguments
from tools.wording import joined


class DeleteInsight(Args):
    """Arguments of delete_insight."""

    insight: str
    """The insight's name or id."""

    deleted: bool = True
    """false to bring a deleted one back, by its id."""


class DeleteDashboard(Args):
    """Arguments of delete_dashboard."""

    dashboard: str
    """The dashboard's name or id."""

    deleted: bool = True
    """false to bring a deleted one back, by its id."""


@tool("insight:write", "dashboard:read")
def delete_insight(posthog: PostHog, args: DeleteInsight) -> Change:
    """Propose to delete a saved insight and its tiles, or to bring a deleted one back."""
    if not args.deleted:
        return brought_back(posthog, "delete_insight", INSIGHT, args.insight)
    body = find(posthog, INSIGHT, args.insight)
    boards = INSIGHT.guarded(body).get("dashboards") or []
    on = joined(names(posthog, boards))
    note = f"It is on {on}, where its tile goes with it." if on else "It is on no dashboard."
    after = {"deleted": True, "dashboards": []}
    return away(posthog, "delete_insight", INSIGHT, body, title(body), note, after)


@tool("dashboard:write")
def delete_dashboard(posthog: PostHog, args: DeleteDashboard) -> Change:
    """Propose to delete a dashboard, whose insights stay, or to bring a deleted one back."""
    if not args.deleted:
        return brought_back(posthog, "delete_dashboard", DASHBOARD, args.dashboard)
    body = find(posthog, DASHBOARD, args.dashboard)
    tiles = len(body.get("tiles") or ())
    note = f"It has {tiles} tiles; their insights stay."
    return away(posthog, "delete_dashboard", DASHBOARD, body, str(body["name"]), note)


def away(
    posthog: PostHog,
    name: str,
    kind: Kind,
    body: Stored,
    called: str,
    note: str = "",
    after: dict[str, Any] | None = None,
) -> Change:
    """A deletion after which PostHog keeps the object."""
    wish = Wish(
        f"delete the {kind.name} {called}",
        (Difference(kind.name, "is there", "deleted"),),
        patch(kind, body, {"deleted": True}),
        after or {"deleted": True},
        Risk.NORMAL,
        "reversible",
        "bring it back",
        (note,),
    )
    return propose(posthog, name, kind, body, wish, name=called)


def brought_back(posthog: PostHog, name: str, kind: Kind, number: str) -> Change:
    """A deletion taken back; PostHog does not show what it deleted, only its id is known."""
    if not number.strip().isdecimal():
        raise InvalidArguments(f"A deleted {kind.name} is found by its id alone: give that.")
    body = kind.read(posthog, int(number))
    if body is None:
        raise InvalidArguments(f"There is no {kind.name} {number}.")
    called = str(body.get(kind.label) or f"{kind.name} {number}")
    wish = Wish(
        f"bring back the {kind.name} {number}",
        (Difference(kind.name, "deleted", "is there"),),
        patch(kind, body, {"deleted": False}),
        {"deleted": False},
        Risk.NORMAL,
        "reversible",
        "delete it again",
        ("PostHog does not show what it was before it is back.",) if len(body) == 2 else (),
    )
    return propose(posthog, name, kind, body, wish, name=called)
