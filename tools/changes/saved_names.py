"""Tools that propose another name or description of an insight or a dashboard."""

from typing import Any

from pydantic import Field

from tools.base import Args, tool
from tools.changes.change import Change, Difference, Risk
from tools.changes.kinds import DASHBOARD, INSIGHT, Kind
from tools.changes.propose import Wish, patch, propose
from tools.changes.saved import find, free, title
from tools.client import PostHog
from tools.errors import InvalidArguments
from tools.wording import joined


class Reworded(Args):
    """Arguments of a tool that gives another name or description."""

    new_name: str | None = Field(default=None, min_length=1, max_length=400)
    """What it is called from then on; null to leave it."""

    description: str | None = None
    """What it tells; null to leave it."""


class UpdateInsight(Reworded):
    """Arguments of update_insight."""

    insight: str
    """The insight's name or id."""


class UpdateDashboard(Reworded):
    """Arguments of update_dashboard."""

    dashboard: str
    """The dashboard's name or id."""


@tool("insight:write")
def update_insight(posthog: PostHog, args: UpdateInsight) -> Change:
    """Propose another name or description of a saved insight; what it shows stays."""
    return _reworded(posthog, "update_insight", INSIGHT, args.insight, args)


@tool("dashboard:write")
def update_dashboard(posthog: PostHog, args: UpdateDashboard) -> Change:
    """Propose another name or description of a dashboard; its tiles stay."""
    return _reworded(posthog, "update_dashboard", DASHBOARD, args.dashboard, args)


def _reworded(posthog: PostHog, name: str, kind: Kind, which: str, args: Reworded) -> Change:
    body = find(posthog, kind, which)
    called = title(body) if kind is INSIGHT else str(body["name"])
    fields: dict[str, Any] = {}
    headlines: list[str] = []
    if args.new_name is not None and args.new_name != body.get("name"):
        if args.new_name.strip().lower() != called.strip().lower():
            free(posthog, kind, args.new_name)
        fields["name"] = args.new_name
        headlines.append(f"call it {args.new_name}")
    if args.description is not None and args.description != (body.get("description") or ""):
        fields["description"] = args.description
        headlines.append("describe it otherwise")
    if not fields:
        raise InvalidArguments(f"Give {called} a name or a description that it does not have yet.")
    wish = Wish(
        f"change the {kind.name} {called}: {joined(headlines)}",
        tuple(Difference(one, str(body.get(one) or ""), str(fields[one])) for one in fields),
        patch(kind, body, fields),
        fields,
        Risk.SMALL,
        "it changes no number",
        "set it back as it was",
    )
    return propose(posthog, name, kind, body, wish, name=called)
