from datetime import timedelta

import pytest

from tests.objects_fixtures import NOW, Event, api, people

QUERY = {"kind": "HogQLQuery", "query": "SELECT count() AS n FROM events"}
TABLE = {"kind": "DataVisualizationNode", "source": QUERY}
TREND = {
    "kind": "InsightVizNode",
    "source": {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "a"}]},
}


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    with api(tmp_path_factory.mktemp("saved")) as made:
        stream = [Event("a", 1, NOW), Event("a", 2, NOW - timedelta(days=1)), Event("b", 1, NOW)]
        made.project.load(stream, persons=people(1, 2))
        yield made


def insight(ask, **more):
    return ask.post("insights/", {"name": "Events", "query": TABLE, "saved": True, **more})


def board(ask, *insights, **more):
    """The id of a new dashboard with these insights."""
    number = ask.post("dashboards/", {"name": "Board", **more})["id"]
    for one in insights:
        ask.patch(f"insights/{one}/", {"dashboards": [number]})
    return number


def test_a_saved_insight_is_shown_with_its_query_and_without_an_answer(ask):
    made = insight(ask, description="All of them", tags=["x"])
    assert len(made["short_id"]) == 8
    assert (made["query"], made["saved"], made["tags"]) == (TABLE, True, ["x"])
    assert (made["result"], made["is_cached"], made["last_refresh"]) == (None, False, None)
    by_name = ask.get(f"insights/{made['short_id']}/")
    assert (by_name["id"], by_name["description"]) == (made["id"], "All of them")
    (found,) = ask.get(f"insights/?short_id={made['short_id']}")["results"]
    assert found["id"] == made["id"]


def test_an_answer_is_computed_on_request_and_then_kept(ask):
    path = f"insights/{insight(ask)['id']}/"
    fresh = ask.get(f"{path}?refresh=blocking")
    assert (fresh["result"], fresh["columns"]) == ([[3]], ["n"])
    kept = ask.get(path)
    assert (kept["result"], kept["is_cached"]) == ([[3]], True)
    again = ask.get(f"{path}?refresh=force_blocking")
    assert (again["result"], again["is_cached"]) == ([[3]], False)
    said = ask.refused("GET", f"{path}?refresh=soon")
    assert said == (400, '"soon" is not a valid choice.')


def test_a_trend_is_answered_as_the_query_api_does(ask):
    made = insight(ask, query=TREND)
    shown = ask.get(f"insights/{made['id']}/?refresh=true")
    (series,) = shown["result"]
    (asked,) = ask.post("query/", {"query": TREND["source"]})["results"]
    assert series["count"] == asked["count"] == 2
    assert series["data"] == asked["data"]


def test_a_list_of_insights_is_searched_filtered_and_ordered(ask):
    one = insight(ask, name="Zebra", description="stripes", tags=["zoo"], favorited=True)["id"]
    two = insight(ask, name="Yak", saved=False, query=TREND)["id"]

    def found(query):
        return [body["id"] for body in ask.get(f"insights/?basic=true&{query}")["results"]]

    assert found("search=STRIPE") == [one]
    assert found("favorited=true") == [one]
    assert found("saved=false") == [two]
    assert found('tags=["zoo"]') == [one]
    assert two in found("insight=TRENDS")
    assert one not in found("insight=TRENDS")
    assert found("order=name")[-2:] == [two, one]
    assert found("date_to=2026-01-01") == []
    said = ask.refused("GET", "insights/?order=colour")
    assert said == (400, "Insights are not ordered by colour: choose last_modified_at.")


REFUSED = {
    "no query": ({"name": "x"}, "This field is required."),
    "an old form": (
        {"query": TABLE, "filters": {"events": []}},
        "The embedded project does not take filters: send the query.",
    ),
    "an unknown kind": (
        {"query": {"kind": "TracesQuery"}},
        "The embedded project does not answer TracesQuery yet.",
    ),
    "an unknown dashboard": (
        {"query": TABLE, "dashboards": [99]},
        'Invalid pk "99" - object does not exist.',
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_insight_that_can_not_be_kept_is_refused(ask, name):
    body, sentence = REFUSED[name]
    assert ask.refused("POST", "insights/", body) == (400, sentence)


def test_the_dashboards_of_an_insight_replace_those_before(ask):
    first, second = board(ask), board(ask)
    made = insight(ask, dashboards=[first])
    assert made["dashboards"] == [first]
    moved = ask.patch(f"insights/{made['id']}/", {"dashboards": [second]})
    assert moved["dashboards"] == [second]
    assert ask.get(f"dashboards/{first}/")["tiles"] == []
    (tile,) = ask.get(f"dashboards/{second}/")["tiles"]
    assert tile["insight"]["id"] == made["id"]
    assert moved["dashboard_tiles"] == [{"id": tile["id"], "dashboard_id": second, "deleted": None}]
    kept = ask.patch(f"insights/{made['id']}/", {"name": "Renamed"})
    assert kept["dashboards"] == [second]


def test_a_deleted_insight_leaves_its_dashboards_and_can_come_back(ask):
    made = insight(ask)["id"]
    number = board(ask, made)
    ask.patch(f"insights/{made}/", {"deleted": True})
    assert ask.get(f"dashboards/{number}/")["tiles"] == []
    assert ask.refused("GET", f"insights/{made}/") == (404, "Not found.")
    assert ask.refused("DELETE", f"insights/{made}/")[0] == 405
    assert ask.patch(f"insights/{made}/", {"deleted": False})["deleted"] is False
    assert ask.get(f"insights/{made}/")["dashboards"] == []


def test_a_dashboard_shows_its_insights_with_their_answers(ask):
    made = insight(ask)["id"]
    number = board(ask, made, description="Mondays", pinned=True)
    shown = ask.get(f"dashboards/{number}/?refresh=blocking")
    assert (shown["name"], shown["description"], shown["pinned"]) == ("Board", "Mondays", True)
    assert [tile["insight"]["result"] for tile in shown["tiles"]] == [[[3]]]
    ran = ask.get(f"dashboards/{number}/run_insights/")
    assert [one["insight"]["result"] for one in ran["results"]] == [[[3]]]
    assert "tiles" not in ask.get("dashboards/")["results"][0]


def test_filters_of_a_dashboard_hold_for_its_insights(ask):
    number = board(ask, insight(ask, query=TREND)["id"])
    ask.patch(f"dashboards/{number}/", {"filters": {"date_from": "dStart"}})
    (tile,) = ask.get(f"dashboards/{number}/?refresh=blocking")["tiles"]
    assert tile["insight"]["result"][0]["count"] == 1


def test_texts_are_put_on_a_dashboard_moved_and_removed(ask):
    number = board(ask, insight(ask)["id"])
    path = f"dashboards/{number}/"
    shown = ask.patch(path, {"tiles": [{"text": {"body": "Hello"}, "color": "blue"}]})
    first, second = (tile["id"] for tile in shown["tiles"])
    assert (shown["tiles"][1]["text"], shown["tiles"][1]["color"]) == ({"body": "Hello"}, "blue")
    moved = ask.post(f"{path}reorder_tiles/", {"tile_order": [second, first]})
    assert [tile["id"] for tile in moved["tiles"]] == [second, first]
    left = ask.patch(path, {"tiles": [{"id": second, "deleted": True}]})
    assert [tile["id"] for tile in left["tiles"]] == [first]
    said = ask.refused("PATCH", path, {"tiles": [{"insight": 1}]})
    assert said == (400, "To add an insight, PATCH its dashboards.")


def places(shown):
    return {tile["id"]: tuple(tile["layouts"]["sm"][key] for key in "xywh") for tile in shown}


def test_tiles_are_put_in_order_by_places_on_the_grid(ask):
    number = board(ask, insight(ask)["id"])
    path = f"dashboards/{number}/"
    texts = [{"text": {"body": body}} for body in "xy"]
    shown = ask.patch(path, {"tiles": texts})["tiles"]
    first, second, third = (tile["id"] for tile in shown)
    wide = {"sm": {"x": 0, "y": 0, "w": 8, "h": 2}}
    ask.patch(path, {"tiles": [{"id": third, "layouts": wide}]})
    sent = {"tile_order": [third, first, second]}
    kept = ask.post(f"{path}reorder_tiles/", sent)["tiles"]
    assert places(kept) == {third: (0, 0, 8, 2), first: (0, 2, 6, 5), second: (6, 2, 6, 5)}
    assert [(tile["id"], tile["order"]) for tile in kept] == [(third, 0), (first, 1), (second, 2)]
    assert kept[2]["layouts"]["xs"] == {"x": 0, "y": 7, "w": 1, "h": 5}
    pairs = ask.post(f"{path}reorder_tiles/", {**sent, "layout": "two_column"})["tiles"]
    assert places(pairs) == {third: (0, 0, 6, 5), first: (6, 0, 6, 5), second: (0, 5, 6, 5)}
    rows = ask.post(f"{path}reorder_tiles/", {**sent, "layout": "full_width"})["tiles"]
    assert places(rows) == {third: (0, 0, 12, 5), first: (0, 5, 12, 5), second: (0, 10, 12, 5)}
    twice = {"tile_order": [first, first]}
    assert ask.refused("POST", f"{path}reorder_tiles/", twice) == (
        400,
        "tile_order must contain unique tile IDs",
    )
    strange = {"tile_order": [first, 999]}
    assert ask.refused("POST", f"{path}reorder_tiles/", strange) == (
        404,
        "Tile IDs not found on this dashboard: [999]",
    )


def test_the_insights_of_a_dashboard_are_run_as_they_stand_or_as_they_are_named(ask):
    made = insight(ask)["id"]
    number = board(ask, made)
    path = f"dashboards/{number}/"
    shown = ask.patch(path, {"tiles": [{"text": {"body": "x"}}]})["tiles"]
    first, text = (tile["id"] for tile in shown)
    ask.post(f"{path}reorder_tiles/", {"tile_order": [text, first]})
    (ran,) = ask.get(f"{path}run_insights/?refresh=force_blocking")["results"]
    assert (ran["id"], ran["order"]) == (first, 1)
    assert set(ran["insight"]) == {"id", "short_id", "name", "derived_name", "result"}
    assert ran["insight"]["result"] == [[3]]
    assert ask.get(f"{path}run_insights/?tile_ids={text}") == {"results": []}
    said = ask.refused("GET", f"{path}run_insights/?tile_ids={first},999")
    assert said == (400, "Tile IDs not found on this dashboard: [999]")
    said = ask.refused("GET", f"{path}run_insights/?tile_ids=12,abc")
    assert said == (400, "tile_ids must be a comma-separated list of integers.")


def test_a_dashboard_is_deleted_with_its_insights_on_request(ask):
    here, elsewhere = insight(ask)["id"], insight(ask)["id"]
    other = board(ask, elsewhere)
    number = board(ask, here)
    ask.patch(f"insights/{elsewhere}/", {"dashboards": [other, number]})
    ask.patch(f"dashboards/{number}/", {"deleted": True, "delete_insights": True})
    assert ask.refused("GET", f"dashboards/{number}/") == (404, "Not found.")
    assert ask.refused("GET", f"insights/{here}/") == (404, "Not found.")
    assert ask.get(f"insights/{elsewhere}/")["dashboards"] == [other]


@pytest.mark.parametrize("path", ["insights/", "dashboards/"])
def test_saved_work_needs_its_own_scopes(ask, path):
    kind = path.removesuffix("s/")
    assert ask("GET", path, scopes=(f"{kind}:read",)).status == 200
    said = ask.refused("POST", path, {"query": TABLE}, scopes=(f"{kind}:read",))
    assert said == (403, f"API key missing required scope '{kind}:write'")


def test_an_answer_is_kept_for_those_who_may_read_the_same(ask):
    query = {"kind": "HogQLQuery", "query": "SELECT name FROM system.dashboards"}
    board(ask, name="Secret")
    path = f"insights/{insight(ask, query=query)['id']}/"
    assert ["Secret"] in ask.get(f"{path}?refresh=blocking")["result"]
    assert ask.get(path, scopes=("insight:read",))["result"] is None
