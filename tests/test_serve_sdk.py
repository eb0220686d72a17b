"""PostHog's own Python SDK against `hogloop serve`: what it sends is what queries see."""

import json
from datetime import UTC, datetime

import pytest
from posthog import Posthog

from tests.serve_fixtures import served
from tools.local.connect import open_project, stop_worker
from tools.local.folder import create_project


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    home = tmp_path_factory.mktemp("sdk")
    create_project(home, "shop")
    project = open_project(home, "shop")
    with served(project) as running:
        yield running
    stop_worker(project)


WAYS = {
    "v0": {},
    "v0 gzip": {"gzip": True},
    "v0 at once": {"sync_mode": True},
    "v0 history": {"historical_migration": True},
    "v1": {"capture_mode": "v1"},
    "v1 gzip": {"capture_mode": "v1", "capture_compression": "gzip"},
    "v1 deflate": {"capture_mode": "v1", "capture_compression": "deflate"},
}


@pytest.fixture(params=WAYS)
def way(request):
    return request.param


@pytest.fixture
def posthog(shop, way):
    failures = []
    client = Posthog(
        shop.project_key,
        host=shop.url,
        flush_interval=0.1,
        max_retries=0,
        on_error=lambda error, batch: failures.append(error),
        **WAYS[way],
    )
    yield client
    client.shutdown()
    assert failures == []


AT = datetime(2026, 3, 1, 10, tzinfo=UTC)


def test_what_is_sent_is_what_queries_see(shop, posthog, way):
    who = f"ann {way}"
    count = 20 if way == "v0 at once" else 250
    uuids = [
        posthog.capture(
            "bought",
            distinct_id=who,
            properties={"number": number, "way": way, "nested": {"a": [1, None]}},
            timestamp=AT,
            groups={"company": "acme"},
        )
        for number in range(count)
    ]
    posthog.flush()
    found = shop.ask(
        "SELECT toString(uuid), properties, distinct_id, $group_0, timestamp FROM events "
        f"WHERE properties.way = '{way}' LIMIT 1000"
    )
    assert {row[0] for row in found} == set(uuids)
    told = [json.loads(row[1]) for row in found]
    assert sorted(one["number"] for one in told) == list(range(count))
    assert {json.dumps(one["nested"]) for one in told} == {'{"a": [1, null]}'}
    assert {(one["$lib"], one["$groups"]["company"]) for one in told} == {
        ("posthog-python", "acme")
    }
    assert {(row[2], row[3]) for row in found} == {(who, "acme")}
    times = [datetime.fromisoformat(row[4]) for row in found]
    assert all(abs((time - AT).total_seconds()) < 5 for time in times)


def test_persons_are_set_joined_and_read_by_query(shop, posthog, way):
    anon, user = f"anon {way}", f"user {way}"
    posthog.capture("looked", distinct_id=anon, properties={"$set": {"first": 1}})
    posthog.set(distinct_id=user, properties={"plan": "pro", "seats": 5})
    posthog.set_once(distinct_id=user, properties={"plan": "free", "since": 2026})
    posthog.flush()
    posthog.alias(previous_id=user, distinct_id=anon)
    posthog.flush()
    query = f"SELECT DISTINCT person_id FROM events WHERE distinct_id IN ('{anon}', '{user}')"
    assert len(shop.ask(query)) == 1
    kept = shop.ask(
        "SELECT properties.first, properties.plan, properties.seats, properties.since FROM persons "
        f"WHERE id IN (SELECT person_id FROM events WHERE distinct_id = '{user}')"
    )
    assert [[str(one) for one in row] for row in kept] == [["1", "pro", "5", "2026"]]


def test_groups_are_identified(shop, posthog, way):
    posthog.group_identify("company", f"acme {way}", {"name": way, "size": 7})
    posthog.flush()
    found = shop.ask(f"SELECT index, properties.name FROM groups WHERE key = 'acme {way}'")
    assert found == [[0, way]]


def test_an_exception_and_an_event_without_a_person_arrive(shop, posthog, way):
    try:
        raise ValueError(f"wrong {way}")
    except ValueError as error:
        posthog.capture_exception(error, distinct_id=f"coder {way}")
    posthog.capture("alone", properties={"way": way, "$process_person_profile": False})
    posthog.flush()
    found = shop.ask(f"SELECT count() FROM events WHERE distinct_id = 'coder {way}'")
    assert found == [[1]]
    alone = (
        f"SELECT person.properties FROM events WHERE event = 'alone' AND properties.way = '{way}'"
    )
    assert shop.ask(alone) == [["{}"]]


def test_a_wrong_key_is_told_to_the_sender(shop):
    failures = []
    client = Posthog(
        "phc_wrong",
        host=shop.url,
        flush_interval=0.1,
        max_retries=0,
        on_error=lambda error, batch: failures.append(str(error)),
    )
    client.capture("never", distinct_id="ann")
    client.shutdown()
    assert len(failures) == 1
    assert "Project API key invalid" in failures[0]
