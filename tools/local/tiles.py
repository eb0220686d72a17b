"""Which insights are on which dashboards: a dashboard's tiles say it, insights repeat it."""

from collections.abc import Sequence
from typing import Any

from tools.local.bodies import invalid
from tools.local.meta import Meta
from tools.local.objects import living

Document = dict[str, Any]


def check(meta: Meta, dashboards: Sequence[int]) -> None:
    """Refuse a dashboard that isn't there."""
    known = {one["id"] for one in living(meta, "dashboard")}
    for number in dashboards:
        if number not in known:
            said = f'Invalid pk "{number}" - object does not exist.'
            raise invalid(said, code="does_not_exist", attr="dashboards")


def place(meta: Meta, insight: int, dashboards: Sequence[int]) -> None:
    """Put an insight on these dashboards and take it from all others."""
    with meta.transaction():
        for board in meta.documents("dashboard"):
            tiles = board.get("tiles") or []
            there = any(tile.get("insight_id") == insight for tile in tiles)
            if there and board["id"] not in dashboards:
                tiles = [tile for tile in tiles if tile.get("insight_id") != insight]
            elif not there and board["id"] in dashboards:
                tiles = [*tiles, {"id": new_id(meta), "insight_id": insight}]
            else:
                continue
            meta.put_documents({"dashboard": [{**board, "tiles": tiles}]})


def repeat(meta: Meta, insights: Sequence[int]) -> None:
    """Write on insights which dashboards they are on."""
    for number in insights:
        body = meta.document("insight", number)
        if body is not None:
            meta.put_documents({"insight": [{**body, "dashboards": boards(meta, number)}]})


def boards(meta: Meta, insight: int) -> list[int]:
    """The dashboards an insight is on."""
    return [tile["dashboard_id"] for tile in of_insight(meta, insight)]


def of_insight(meta: Meta, insight: int) -> list[Document]:
    """The tiles of an insight, each with its dashboard."""
    return [
        {"id": tile["id"], "dashboard_id": board["id"], "deleted": None}
        for board in living(meta, "dashboard")
        for tile in board.get("tiles") or []
        if tile.get("insight_id") == insight
    ]


def new_id(meta: Meta) -> int:
    """The next number of a tile."""
    taken = [tile["id"] for one in meta.documents("dashboard") for tile in one.get("tiles") or []]
    return max(taken, default=0) + 1
