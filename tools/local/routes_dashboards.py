"""Routes about dashboards: insights and texts on one page."""

from typing import Any

from pydantic import BaseModel, Field

from tools.local import tiles
from tools.local.bodies import invalid
from tools.local.objects import FOLDERS, Document, Resource, Sent, found, living, routes, sought
from tools.local.queries.overrides import DashboardFilter, overridden
from tools.local.routes import Body, Call, Reply, Route, read, whole
from tools.local.routes_insights import INSIGHTS, show
from tools.local.saved_queries import answered, wanted
from tools.local.tile_places import Layout, in_place, repacked

EVERYBODY_EDITS = 21


class Tile(BaseModel):
    """What of a tile can be changed."""

    id: int | None = None
    text: dict[str, Any] | None = None
    layouts: dict[str, Any] | None = None
    color: str | None = None
    show_description: bool | None = None
    deleted: bool | None = None


class Changes(Sent):
    """What of a dashboard can be changed."""

    name: str | None = None
    description: str | None = None
    pinned: bool | None = None
    tags: list[str] | None = None
    filters: DashboardFilter | None = None
    variables: dict[str, Any] | None = None
    restriction_level: int | None = None
    tiles: list[Tile] | None = None
    deleted: bool | None = None
    delete_insights: bool | None = None


class New(Sent):
    """A new dashboard."""

    name: str | None = None
    description: str | None = None
    pinned: bool = False
    tags: list[str] | None = None
    filters: DashboardFilter | None = None
    variables: dict[str, Any] | None = None
    restriction_level: int | None = None


class Order(BaseModel):
    """Tiles of a dashboard in a new order, and how large they are to be."""

    tile_order: list[int] = Field(min_length=1)
    layout: Layout = "preserve"


def basic(call: Call, body: Document) -> Document:
    """A dashboard without its tiles."""
    level = body.get("restriction_level") or EVERYBODY_EDITS
    return {
        "id": body["id"],
        "name": body.get("name"),
        "description": body.get("description") or "",
        "pinned": bool(body.get("pinned")),
        "created_at": body.get("created_at"),
        "created_by": body.get("created_by"),
        "last_accessed_at": None,
        "last_refresh": None,
        "is_shared": False,
        "deleted": bool(body.get("deleted")),
        "creation_mode": "default",
        "tags": body.get("tags") or [],
        "restriction_level": level,
        "effective_restriction_level": level,
        "effective_privilege_level": 37,
        "user_access_level": "manager",
        "access_control_version": "v2",
        "team_id": call.project.id,
    }


def _show(call: Call, body: Document) -> Document:
    return {
        **basic(call, body),
        "filters": body.get("filters") or {},
        "variables": body.get("variables") or {},
        "persisted_filters": body.get("filters"),
        "persisted_variables": body.get("variables"),
        "tiles": [
            {**_tile(call, body, tile), "order": order}
            for order, tile in enumerate(_living(call, body))
        ],
    }


def run_insights(call: Call) -> Body:
    """The answers of all insights of a dashboard, or of the tiles asked for."""
    board, results = sought(DASHBOARDS, call), []
    chosen = _chosen(call, board)
    for order, tile in enumerate(_living(call, board)):
        if "insight_id" in tile and (not chosen or tile["id"] in chosen):
            insight = _filtered(call, board, tile)
            answer = answered(call, insight["query"], wanted(call))
            names = ("id", "short_id", "name", "derived_name")
            body = {**{name: insight.get(name) for name in names}, "result": answer["results"]}
            results.append({"id": tile["id"], "order": order, "insight": body})
    return {"results": results}


def _chosen(call: Call, board: Document) -> set[int]:
    """The tiles that are asked for; none where all are."""
    listed = (part.strip() for part in call.request.args.get("tile_ids", "").split(","))
    numbers = [whole(part) for part in listed if part]
    found = {number for number in numbers if number is not None}
    if None in numbers:
        raise invalid("tile_ids must be a comma-separated list of integers.", attr="tile_ids")
    if missing := sorted(found - {tile["id"] for tile in _living(call, board)}):
        raise invalid(f"Tile IDs not found on this dashboard: {missing}", attr="tile_ids")
    return found


def reorder_tiles(call: Call) -> Body | Reply:
    """Put tiles in another order by giving them other places; these refusals have no envelope."""
    board, sent = sought(DASHBOARDS, call), read(Order, call.request)
    known = {tile["id"]: tile for tile in _living(call, board)}
    if len(sent.tile_order) != len(set(sent.tile_order)):
        return Reply({"detail": "tile_order must contain unique tile IDs"}, 400)
    if missing := sorted(set(sent.tile_order) - set(known)):
        return Reply({"detail": f"Tile IDs not found on this dashboard: {missing}"}, 404)
    placed = repacked([known[number] for number in sent.tile_order], sent.layout)
    moved = {tile["id"]: tile for tile in placed}
    board = {**board, "tiles": [moved.get(tile["id"], tile) for tile in board["tiles"]]}
    call.home.meta.put_documents({"dashboard": [board]})
    return _show(call, board)


def _tile(call: Call, board: Document, tile: Document) -> Document:
    drawn = {
        "id": tile["id"],
        "layouts": tile.get("layouts") or {},
        "color": tile.get("color"),
        "show_description": tile.get("show_description"),
        "deleted": None,
    }
    if "text" in tile:
        return {**drawn, "insight": None, "text": tile["text"]}
    insight = show(call, _filtered(call, board, tile))
    return {**drawn, "insight": insight, "text": None, "is_cached": insight["is_cached"]}


def _filtered(call: Call, board: Document, tile: Document) -> Document:
    """The insight of a tile, under the dashboard's own filters."""
    insight = found(call.home.meta, "insight", tile["insight_id"])
    filters = board.get("filters")
    given = DashboardFilter.model_validate(filters) if filters else None
    query = overridden(insight["query"], given, board.get("variables"))
    return {**insight, "query": query}


def _living(call: Call, board: Document) -> list[Document]:
    """The tiles that are there to be seen, as they stand."""
    insights = {one["id"] for one in living(call.home.meta, "insight")}
    return in_place(
        tile
        for tile in board.get("tiles") or []
        if "text" in tile or tile.get("insight_id") in insights
    )


def _choose(call: Call, every: list[Document]) -> list[Document]:
    return sorted(every, key=lambda one: (not one.get("pinned"), str(one.get("name")).lower()))


def _complete(call: Call, sent: Document) -> Document:
    return {"name": None, "description": "", "tags": [], "tiles": [], **sent}


def _merge(call: Call, before: Document, sent: Document) -> Document:
    after = {**before, **{k: v for k, v in sent.items() if k != "delete_insights"}}
    if "tiles" in sent:
        after["tiles"] = _retiled(call, before.get("tiles") or [], sent["tiles"] or [])
    return after


def _retiled(call: Call, known: list[Document], sent: list[Document]) -> list[Document]:
    """The tiles with those changed that were sent; a text without an id is a new one."""
    after = {tile["id"]: tile for tile in known}
    for tile in sent:
        number = tile.get("id")
        if number is None and tile.get("text"):
            number = max(tiles.new_id(call.home.meta), *(one + 1 for one in after), 1)
            after[number] = {"id": number}
        elif number not in after:
            raise invalid("To add an insight, PATCH its dashboards.", attr="tiles")
        if tile.get("deleted"):
            del after[number]
            continue
        changed: Document = {
            k: tile[k] for k in ("layouts", "color", "show_description") if k in tile
        }
        text = {"text": tile["text"]} if tile.get("text") else {}
        after[number] = {**after[number], **changed, **text}
    return list(after.values())


def _written(call: Call, before: Document | None, after: Document, sent: Document) -> None:
    meta, then = call.home.meta, (before or {}).get("tiles") or []
    held = [tile["insight_id"] for tile in then if "insight_id" in tile]
    if sent.get("deleted") and sent.get("delete_insights"):
        for number in held:
            if not tiles.boards(meta, number):
                insight = found(meta, INSIGHTS.kind, number)
                meta.put_documents({INSIGHTS.kind: [{**insight, "deleted": True}]})
    tiles.repeat(meta, held)


DASHBOARDS = Resource(
    kind="dashboard",
    noun="Dashboard",
    path="dashboards",
    new=New,
    changes=Changes,
    show=_show,
    brief=basic,
    choose=_choose,
    complete=_complete,
    merge=_merge,
    written=_written,
    search=("name", "description"),
    refused={
        "use_template": "it has no templates",
        "use_dashboard": "make a new one and add its insights",
        "_create_in_folder": FOLDERS,
    },
)
_ONE = "/api/projects/<project>/dashboards/<id>"
ROUTES = (
    *routes(DASHBOARDS),
    Route("GET", f"{_ONE}/run_insights/", "query:read", run_insights),
    Route("POST", f"{_ONE}/reorder_tiles/", "dashboard:write", reorder_tiles),
)
