"""Tools that propose what people save: insights and dashboards."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import Field

from tools.activity import run_lifecycle, run_stickiness
from tools.base import Args, Tool, tool
from tools.changes.change import Change, Difference, Risk
from tools.changes.kinds import DASHBOARD, INSIGHT, Kind, Stored
from tools.changes.propose import Wish, patch, post, propose
from tools.changes.times import instant, now_of
from tools.client import PostHog
from tools.errors import ChangeRefused, InvalidArguments
from tools.funnels import run_funnel
from tools.hogql import check
from tools.insights import InsightTable
from tools.objects import named
from tools.paths import run_paths
from tools.query import RunHogQL, run_hogql
from tools.retention import run_retention
from tools.saved import shows
from tools.trends import run_trends
from tools.wording import joined

ASKED: Mapping[str, Tool[Any]] = {
    one.name: one
    for one in (
        *(run_trends, run_funnel, run_retention, run_lifecycle, run_stickiness, run_paths),
        run_hogql,
    )
}
"""The tools whose answers can be saved."""

MONTH = timedelta(days=365.25 / 12)
SPANS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}

Name = Field(min_length=1, max_length=400)


class SaveInsight(Args):
    """Arguments of save_insight."""

    name: str = Name
    """What it is to be called."""

    of: Literal[
        "run_trends", "run_funnel", "run_retention", "run_lifecycle", "run_stickiness",
        "run_paths", "run_hogql",
    ]  # fmt: skip
    """The tool whose answer is to be saved."""

    arguments: dict[str, Any]
    """The arguments of that call, as they were sent."""

    rolling: bool = False
    """Whether its period ends today whenever it is opened, as long as it is now; else it stays."""

    description: str = ""
    """What it tells."""

    dashboard: str = ""
    """Name or id of a dashboard to put it on."""


class AddToDashboard(Args):
    """Arguments of add_to_dashboard."""

    insight: str
    """The insight's name or id."""

    dashboard: str
    """The dashboard's name or id."""


class CreateDashboard(Args):
    """Arguments of create_dashboard."""

    name: str = Name
    """What it is to be called."""

    description: str = ""
    """What it is for."""


@tool("insight:write", "dashboard:read", "query:read")
def save_insight(posthog: PostHog, args: SaveInsight) -> Change:
    """Propose to save the query behind an answer as an insight, and to put it on a dashboard."""
    free(posthog, INSIGHT, args.name)
    query, period = _query(posthog, args)
    board = find(posthog, DASHBOARD, args.dashboard) if args.dashboard else None
    fields = {
        "name": args.name,
        "description": args.description,
        "query": query,
        "saved": True,
        "dashboards": [board["id"]] if board else [],
    }
    text = query["source"].get("query") if args.of == "run_hogql" else ""
    rows = [
        Difference("insight", "is not there", args.name),
        Difference("shows", "", " ".join(text.split()) if text else shows(query)),
    ]
    rows += [Difference("period", "", period)] if period else []
    rows += [Difference("on dashboards", "", str(board["name"]))] if board else []
    on = f" and put it on the dashboard {board['name']}" if board else ""
    wish = Wish(
        f"save the insight {args.name}{on}",
        rows,
        post(INSIGHT, fields),
        fields,
        Risk.SMALL,
        "it adds something that nothing depends on",
        "delete it again",
    )
    return propose(posthog, "save_insight", INSIGHT, None, wish, name=args.name)


@tool("insight:write", "dashboard:read")
def add_to_dashboard(posthog: PostHog, args: AddToDashboard) -> Change:
    """Propose to put a saved insight on one more dashboard; it stays on those it is on."""
    insight, board = find(posthog, INSIGHT, args.insight), find(posthog, DASHBOARD, args.dashboard)
    now = INSIGHT.guarded(insight).get("dashboards", [])
    after = sorted({*now, board["id"]})
    wish = Wish(
        f"put the insight {title(insight)} on the dashboard {board['name']}",
        (
            Difference(
                "on dashboards",
                joined(names(posthog, now)) or "none",
                joined([*names(posthog, now), str(board["name"])]),
            ),
        ),
        patch(INSIGHT, insight, {"dashboards": after}),
        {"dashboards": after},
        Risk.SMALL,
        "reversible, and no other tile moves",
        "take it off again",
    )
    return propose(posthog, "add_to_dashboard", INSIGHT, insight, wish, name=title(insight))


@tool("dashboard:write")
def create_dashboard(posthog: PostHog, args: CreateDashboard) -> Change:
    """Propose a new dashboard, which is empty until insights are added to it."""
    free(posthog, DASHBOARD, args.name)
    fields = {"name": args.name, "description": args.description}
    wish = Wish(
        f"create the dashboard {args.name}",
        (Difference("dashboard", "is not there", args.name),),
        post(DASHBOARD, fields),
        fields,
        Risk.SMALL,
        "it adds something that nothing depends on",
        "delete it again",
    )
    return propose(posthog, "create_dashboard", DASHBOARD, None, wish, name=args.name)


def find(posthog: PostHog, kind: Kind, name: str) -> Stored:
    """The insight or dashboard of that name or id, as it is now."""
    basic = {"basic": "true"} if kind is INSIGHT else {}
    found = named(posthog, kind.route, name, kind.label, search=True, **basic)
    return kind.read(posthog, found["id"]) or found


def title(body: Stored) -> str:
    """What an insight is called."""
    return str(body.get("name") or body.get("derived_name") or f"insight {body['id']}")


def names(posthog: PostHog, boards: list[int]) -> list[str]:
    """Dashboards by their names."""
    known = {one["id"]: str(one.get("name")) for one in posthog.pages(DASHBOARD.route)}
    return [known.get(number, f"dashboard {number}") for number in boards]


def free(posthog: PostHog, kind: Kind, name: str) -> None:
    """Refuse a name that is taken: of two that are alike nobody knows which was made."""
    basic = {"basic": "true"} if kind is INSIGHT else {}
    for body in posthog.pages(kind.route, search=name[:200], **basic):
        if str(body.get("name")).strip().lower() == name.strip().lower():
            raise ChangeRefused(
                f"The {kind.name} {name} is there already (id {body['id']}): take another name."
            )


def _query(posthog: PostHog, args: SaveInsight) -> tuple[dict[str, Any], str]:
    """The query as PostHog saves it, once it has answered, and the period it is of."""
    asked = ASKED[args.of]
    call = asked.parse(args.arguments)
    found = asked.function(posthog, call)
    if isinstance(found, InsightTable):
        query, period = _moving(posthog, found.query) if args.rolling else _fixed(found.query)
        return {"kind": "InsightVizNode", "source": query}, period
    if args.rolling or not isinstance(call, RunHogQL):
        raise InvalidArguments("The period of a HogQL query stands in it: it can't be rolling.")
    shown = check(call.query, max(call.limit - 1, 0)).text
    return {"kind": "DataVisualizationNode", "source": {"kind": "HogQLQuery", "query": shown}}, ""


def _fixed(query: dict[str, Any]) -> tuple[dict[str, Any], str]:
    start, end = _dates(query)
    if start is None:
        return query, f"all up to {end:%Y-%m-%d %H:%M}" if end else "all, up to when it is opened"
    until = f"{end:%Y-%m-%d %H:%M}, whenever it is opened" if end else "when it is opened"
    return query, f"{start:%Y-%m-%d %H:%M} up to {until}"


def _moving(posthog: PostHog, query: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The query with a period that ends today, and as long as it was."""
    start, end = _dates(query)
    if start is None:
        return _fixed({**query, "dateRange": {"date_from": "all"}})
    began = instant(posthog, start.isoformat())
    length = instant(posthog, (end or now_of(posthog)).isoformat()) - began
    retained = (query.get("retentionFilter") or {}).get("period") or "day"
    unit = str(query.get("interval") or retained).lower()
    count = max(1, round(length / MONTH) if unit == "month" else length // SPANS[unit])
    period = {"date_from": f"-{count}{unit[0]}"}
    return {**query, "dateRange": period}, f"the last {count} {unit}s"


def _dates(query: dict[str, Any]) -> tuple[datetime | None, datetime | None]:
    told = query.get("dateRange") or {}
    start, end = told.get("date_from"), told.get("date_to")
    return (
        None if start in (None, "all") else datetime.fromisoformat(start),
        datetime.fromisoformat(end) if end else None,
    )
