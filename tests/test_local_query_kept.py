"""Kept answers, PostHog's limits and what goes around a query."""

from datetime import datetime, timedelta

import pytest

from tests.local_fixtures import client, imported, write_lines
from tests.query_fixtures import ENDLESS, PATH, ask, ended, limited, running
from tools.local.query_cache import FRESH, made


@pytest.fixture
def http(shop):
    with client(shop) as made_client:
        yield made_client


def test_an_answer_is_kept_until_it_is_forced_or_the_project_changes(new_project, tmp_path):
    project = new_project()
    event = {"event": "a", "distinct_id": "x", "timestamp": "2026-03-01T00:00:00Z"}
    count = "SELECT count() FROM events"
    with client(project) as http:
        first = ask(http, count).json()
        assert (first["is_cached"], first["results"]) == (False, [[0]])
        kept = ask(http, count).json()
        assert kept == {**first, "is_cached": True}
        forced = ask(http, count, refresh="force_blocking").json()
        assert (forced["is_cached"], forced["cache_key"]) == (False, first["cache_key"])
        assert forced["last_refresh"] > first["last_refresh"]
        assert first["last_refresh"] < first["next_allowed_client_refresh"]
        imported(project, write_lines(tmp_path / "events.jsonl", [event]))
        changed = ask(http, count).json()
        assert (changed["is_cached"], changed["results"]) == (False, [[1]])


MODES = {
    "blocking": (200, 200),
    "force_cache": (200, 200),
    "async_except_on_cache_miss": (200, 200),
    "async": (202, 200),
    "lazy_async": (202, 200),
}


@pytest.mark.parametrize("mode", MODES)
def test_a_mode_waits_for_an_answer_only_where_posthog_does(http, mode):
    query = f"SELECT '{mode}', count() FROM events"
    first = ask(http, query, refresh=mode)
    if first.status_code == 202:
        assert "results" not in first.json()
        ended(http, first.json()["query_status"]["id"])
    second = ask(http, query, refresh=mode)
    assert (first.status_code, second.status_code) == MODES[mode]
    assert second.json()["results"] == [[mode, 100]]
    assert second.json()["is_cached"] is True


def test_an_answer_grows_stale_with_its_interval_and_never_when_its_days_are_over():
    asked = {"kind": "TrendsQuery", "interval": "hour", "dateRange": {}}
    answer = made(asked, {"results": []})
    assert not answer.stale(answer.at + FRESH["hour"] - timedelta(seconds=1))
    assert answer.stale(answer.at + FRESH["hour"] + timedelta(seconds=1))
    assert not answer.stale(answer.at + timedelta(minutes=90), lazy=True)
    over = made(asked, {"resolved_date_range": {"date_to": "2020-01-01T00:00:00+01:00"}})
    assert not over.stale(over.at + timedelta(days=9))
    assert made({"kind": "HogQLQuery"}, {}).interval == "day"


def test_too_many_queries_in_a_minute_are_sent_away_with_the_time_to_come_back(new_project):
    project = new_project()
    limited(project, per_minute=2)
    with client(project) as http:
        assert [ask(http, "SELECT 1").status_code for _ in range(3)] == [200, 200, 429]
        answer = ask(http, "SELECT 1")
    seconds = int(answer.headers["Retry-After"])
    assert 0 < seconds <= 60
    assert answer.json() == {
        "type": "throttled_error",
        "code": "throttled",
        "detail": f"Request was throttled. Expected available in {seconds} seconds.",
        "attr": None,
    }


def test_too_many_queries_at_once_are_sent_away_without_a_time(new_project):
    project = new_project()
    limited(project, at_once=1)
    with client(project) as http:
        ask(http, ENDLESS, refresh="force_async", client_query_id="one")
        running(http, "one")
        answer = ask(http, "SELECT 1")
        http.delete(f"{PATH}one/")
    assert (answer.status_code, answer.json()["code"]) == (429, "throttled")
    assert "Retry-After" not in answer.headers


def test_a_used_up_quota_is_posthogs_402(new_project):
    project = new_project()
    month = "2026-12-01T00:00:00Z"
    with client(project) as http:
        limited(project, quota_ends=month)
        refused = ask(http, "SELECT 1")
    body = refused.json()
    assert (refused.status_code, body["type"]) == (402, "quota_limited")
    assert body["code"] == "quota_limit_exceeded"
    assert datetime.fromisoformat(body["extra"]["billing_period_end"])


TOO_MUCH = {
    "seconds": (ENDLESS, 1, "max execution time"),
    "memory": ("SELECT length(groupArray(number)) FROM numbers(9000000)", 9_000_000, "memory"),
}


@pytest.mark.parametrize("limit", TOO_MUCH)
def test_a_query_beyond_its_time_or_memory_is_posthogs_504(new_project, limit):
    query, most, said = TOO_MUCH[limit]
    project = new_project()
    limited(project, **{limit: most})
    with client(project) as http:
        answer = ask(http, query)
    assert (answer.status_code, answer.json()["type"]) == (504, "server_error")
    assert said in answer.json()["detail"]


def test_a_query_within_its_screen_is_answered_like_the_query(http):
    source = {"kind": "HogQLQuery", "query": "SELECT count() FROM events"}
    for kind in ("DataTableNode", "DataVisualizationNode", "InsightVizNode"):
        body = http.post(PATH, json={"query": {"kind": kind, "source": source}}).json()
        assert body["results"] == [[100]]
    empty = http.post(PATH, json={"query": {"kind": "DataTableNode"}})
    assert (empty.status_code, empty.json()["attr"]) == (400, "query__source")


def test_a_dashboards_dates_and_filters_go_into_the_query(http):
    answer = ask(
        http,
        "SELECT count() FROM events WHERE {filters}",
        filters_override={
            "date_from": "2026-03-01",
            "date_to": "2026-03-10",
            "properties": [{"key": "plan", "value": "pro", "type": "event"}],
        },
    )
    days = [number for number in range(100) if number % 28 < 9]
    assert answer.json()["results"] == [[sum(number % 2 for number in days)]]


def test_an_expression_is_checked_as_a_part_of_its_query(http):
    def check(query, **more):
        asked = {"kind": "HogQLMetadata", "language": "hogQLExpr", "query": query, **more}
        return http.post(PATH, json={"query": asked}).json()

    assert check("properties.plan = 'pro'")["isValid"] is True
    (wrong,) = check("1 + nonsense")["errors"]
    assert (wrong["start"], wrong["end"]) == (4, 12)
    source = {"kind": "HogQLQuery", "query": "SELECT number FROM numbers(3)"}
    assert check("number + 1", sourceQuery=source)["isValid"] is True
    assert check("properties.plan", sourceQuery=source)["isValid"] is False
