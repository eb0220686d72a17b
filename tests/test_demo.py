"""The demo's rows: their shape, their size, and that they hang together."""

import json
import time
import tracemalloc
from collections import Counter
from hashlib import sha256
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tools.local import tables
from tools.local.demo import EVENTS, PROJECT, documents, generate
from tools.local.demo.catalogue import companies, studios
from tools.local.demo.flags import rolled_out, variant

SCALE = 0.05
STRING, BYTE = pa.string(), pa.uint8()
MILLISECONDS, MICROSECONDS = pa.timestamp("ms", "UTC"), pa.timestamp("us", "UTC")
TYPES = {
    "UUID": STRING,
    "String": STRING,
    "LowCardinality(String)": STRING,
    "DateTime64(6, 'UTC')": MICROSECONDS,
    "DateTime64(3, 'UTC')": MILLISECONDS,
    "UInt8": BYTE,
    "UInt32": pa.uint32(),
    "UInt64": pa.uint64(),
    "Int64": pa.int64(),
}


def created(scale: float, seed: int = 20261115) -> dict[str, pa.Table]:
    batches: dict[str, list[pa.Table]] = {}
    for name, batch in generate(scale, seed):
        batches.setdefault(name, []).append(batch)
    return {name: pa.concat_tables(parts) for name, parts in batches.items()}


@pytest.fixture(scope="module")
def demo() -> dict[str, pa.Table]:
    return created(SCALE)


@pytest.fixture(scope="module")
def events(demo: dict[str, pa.Table]) -> pa.Table:
    return demo["events"]


def digest(demo: dict[str, pa.Table]) -> str:
    taken = sha256()
    for name, table in demo.items():
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table.combine_chunks())
        taken.update(name.encode() + sink.getvalue())
    return taken.hexdigest()


def columns_of(statement: str) -> dict[str, str]:
    """Column names and types of a CREATE TABLE statement of ours, one column a line."""
    body = statement.split("(\n", 1)[1].split("\n)", 1)[0]
    columns = {}
    for line in body.split("\n"):
        name, kind = line.strip().rstrip(",").split(" ", 1)
        columns[name.strip("`")] = kind.split(" CODEC")[0].split(" DEFAULT")[0]
    return columns


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    first, again, other = (digest(created(0.02, seed)) for seed in (7, 7, 8))
    assert first == again
    assert first != other


@pytest.mark.parametrize(
    "statement", tables.ALL, ids=[one.split("EXISTS ")[1].split(" ")[0] for one in tables.ALL]
)
def test_rows_have_the_columns_and_types_of_their_table(
    demo: dict[str, pa.Table], statement: str
) -> None:
    table = statement.split("EXISTS ")[1].split(" ")[0]
    wanted = {name: TYPES[kind] for name, kind in columns_of(statement).items()}
    schema = demo[table].schema
    assert dict(zip(schema.names, schema.types, strict=True)) == wanted
    assert all(column.null_count == 0 for column in demo[table].columns)
    assert demo[table].num_rows > 0


def test_there_are_names_for_more_companies_and_studios_than_pairs_of_words() -> None:
    found = companies(20, 1)
    assert len(set(found.keys)) == len(found.tier) == 1200
    assert len(set(studios(20, 1).keys)) == 2800


@pytest.mark.parametrize("scale", [0.02, SCALE])
def test_counts_follow_the_scale(scale: float) -> None:
    made = created(scale)
    assert made["persons"].num_rows == round(12_000 * scale)
    assert made["events"].num_rows == pytest.approx(EVENTS * scale, rel=0.15)
    groups = Counter(made["groups"]["index"].to_pylist())
    assert groups == {0: max(6, round(60 * scale)), 1: max(10, round(140 * scale))}


def test_every_event_of_the_model_and_no_other_is_there(events: pa.Table) -> None:
    described = {body["name"] for body in documents()["event_definition"]}
    system = {
        "$pageview", "$pageleave", "$autocapture", "$screen", "$identify", "$rageclick",
        "$exception", "$feature_flag_called",
    }  # fmt: skip
    assert set(events["event"].unique().to_pylist()) == described | system


def test_every_property_of_the_model_is_on_its_event(events: pa.Table) -> None:
    from tools.local.demo.model import model

    seen: dict[str, set[str]] = {}
    names, texts = events["event"].to_pylist(), events["properties"].to_pylist()
    for name, text in zip(names, texts, strict=True):
        seen.setdefault(name, set()).update(json.loads(text))
    missing = {
        name: wanted - seen[name]
        for name, event in model().events.items()
        if (wanted := set(event["properties"])) - seen[name]
    }
    assert missing == {}


def test_person_and_group_properties_of_the_model_are_there(demo: dict[str, pa.Table]) -> None:
    from tools.local.demo.model import model

    persons = [json.loads(text) for text in demo["persons"]["properties"].to_pylist()]
    assert set(model().person_properties) - set().union(*persons) == set()
    companies = _parsed(demo["groups"].filter(pc.equal(demo["groups"]["index"], 0)))
    studios = _parsed(demo["groups"].filter(pc.equal(demo["groups"]["index"], 1)))
    assert {body["name"] for body in companies} >= {"Northwind Labs", "Acme"}
    assert {body["name"] for body in studios} >= {"Blue Door Yoga"}
    assert {*companies[0]} == {
        "name", "industry", "seats", "company_size", "plan", "arr_usd", "country", "csm",
        "trial_started_at",
    }  # fmt: skip
    assert {*studios[0]} == {
        "name", "city", "country", "category_focus", "plan", "team_size", "joined_date",
    }  # fmt: skip


def _parsed(table: pa.Table) -> list[dict[str, Any]]:
    return [json.loads(text) for text in table["properties"].to_pylist()]


def test_json_is_valid_and_no_key_comes_twice(demo: dict[str, pa.Table]) -> None:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len({key for key, _ in pairs}) == len(pairs), pairs
        return dict(pairs)

    columns = [(table, "properties") for table in ("events", "persons", "groups")]
    for table, column in [*columns, ("events", "person_properties")]:
        for text in demo[table][column].unique().to_pylist():
            assert isinstance(json.loads(text, object_pairs_hook=unique), dict)


def test_values_that_need_escaping_come_out_whole(events: pa.Table) -> None:
    reviews = events.filter(pc.equal(events["event"], "review_submitted"))
    texts = {body.get("text") for body in _parsed(reviews)}
    assert 'Great instructor, "best class" of my week.' in texts
    assert "The instructor never looked up.\nDisappointing." in texts
    cities = {json.loads(text).get("city") for text in events["person_properties"].to_pylist()}
    assert "São Paulo" in cities


def test_no_event_is_after_the_clock_or_before_the_history(events: pa.Table) -> None:
    span = pc.min_max(events["timestamp"]).as_py()
    assert span["min"].isoformat() >= "2025-09-01"
    assert span["max"].strftime("%Y-%m-%dT%H:%M:%SZ") < PROJECT.now


def test_uuids_of_events_differ_and_events_come_in_the_order_of_time(events: pa.Table) -> None:
    assert len(events["uuid"].unique()) == len(events)
    stamps = events["timestamp"].cast(pa.int64()).to_numpy()
    assert (stamps[1:] >= stamps[:-1]).all()


def test_a_session_belongs_to_one_person_and_its_id_carries_its_start(events: pa.Table) -> None:
    inside = events.filter(pc.not_equal(events["$session_id"], ""))
    sessions = inside.group_by("$session_id").aggregate(
        [("timestamp", "min"), ("timestamp", "max"), ("person_created_at", "count_distinct")]
    )
    for row in sessions.to_pylist():
        began = int(row["$session_id"].replace("-", "")[:12], 16)
        assert began == int(row["timestamp_min"].timestamp() * 1000)
        assert (row["timestamp_max"] - row["timestamp_min"]).total_seconds() < 4000
        assert row["person_created_at_count_distinct"] == 1


@pytest.fixture(scope="module")
def lives(events: pa.Table) -> dict[str, list[tuple[str, dict[str, Any]]]]:
    """Names and properties of each known person's events, in order."""
    lives: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    known = events.filter(pc.starts_with(events["distinct_id"], "user_"))
    for person, name, text in zip(
        *(known[column].to_pylist() for column in ("distinct_id", "event", "properties")),
        strict=True,
    ):
        lives.setdefault(person, []).append((name, json.loads(text)))
    return lives


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("$identify", "signed_up"),
        ("signed_up", "onboarding_step_completed"),
        ("onboarding_step_completed", "onboarding_completed"),
        ("signed_up", "booking_started"),
        ("signed_up", "logged_in"),
        ("trial_started", "subscription_cancelled"),
        ("subscription_started", "subscription_cancelled"),
        ("subscription_started", "subscription_upgraded"),
    ],
)
def test_a_life_comes_in_order(lives: dict[str, Any], before: str, after: str) -> None:
    checked = 0
    for life in lives.values():
        names = [name for name, _ in life]
        if after in names and before in names:
            assert names.index(before) < names.index(after)
            checked += 1
        assert after not in names or before in names or before == "trial_started"
    assert checked > 1


def test_a_booking_is_started_then_paid_then_made_then_ended(lives: dict[str, Any]) -> None:
    ends = Counter()
    for life in lives.values():
        made: set[str] = set()
        started = False
        for name, own in life:
            started = started or name == "booking_started"
            if name in ("booking_completed", "booked_class"):
                assert started
                made.add(own["booking_id"])
            if name in ("class_attended", "booking_cancelled"):
                assert own["booking_id"] in made
                ends[name] += 1
    assert ends["class_attended"] > 5 * ends["booking_cancelled"] > 0


def test_revenue_of_a_subscription_is_consistent(lives: dict[str, Any]) -> None:
    cancelled = 0
    for life in lives.values():
        running = 0.0
        for name, own in life:
            running += own.get("mrr_delta_usd", 0)
            if name == "subscription_started":
                running = own["mrr_usd"]
            if name == "payment_succeeded" and own["kind"] == "subscription":
                assert own["amount_usd"] in (running, 12 * running)
            if name == "subscription_cancelled":
                assert own["mrr_usd"] == running
                cancelled += 1
    assert cancelled > 5


def test_person_properties_are_those_of_the_moment(events: pa.Table) -> None:
    bookings: Counter[str] = Counter()
    seen = 0
    for name, person, text in zip(
        *(events[column].to_pylist() for column in ("event", "distinct_id", "person_properties")),
        strict=True,
    ):
        bookings[person] += name in ("booking_completed", "booked_class")
        if person.startswith("user_"):
            assert json.loads(text)["lifetime_bookings"] == bookings[person]
            seen = max(seen, bookings[person])
        else:
            assert "email" not in json.loads(text)
    assert seen > 20


def test_types_of_values_are_those_of_the_model(events: pa.Table) -> None:
    numbers, booleans = ("_usd", "_index", "_s", "_ms", "_days", "_count"), ("from_", "is_")
    for text in events["properties"].to_pylist():
        for key, value in json.loads(text).items():
            if key.endswith(numbers) and not key.startswith("$"):
                assert isinstance(value, int | float), key
            if key.startswith(booleans):
                assert isinstance(value, bool), key


def test_only_reserved_domains_and_networks_are_used(demo: dict[str, pa.Table]) -> None:
    for body in _parsed(demo["persons"]):
        if "email" in body:
            assert (
                body["email"]
                .split("@")[1]
                .endswith((".example", "example.com", "example.org", "example.net"))
            )
    for text in demo["events"]["properties"].to_pylist():
        address = json.loads(text).get("$ip", "198.18.0.0")
        assert address.startswith(("198.18.", "198.19.", "203.0.113."))


def test_every_distinct_id_leads_to_a_person(demo: dict[str, pa.Table]) -> None:
    ids = dict(
        zip(
            *(demo["person_distinct_ids"][c].to_pylist() for c in ("distinct_id", "person_id")),
            strict=True,
        )
    )
    persons = set(demo["persons"]["id"].to_pylist())
    assert set(demo["events"]["distinct_id"].to_pylist()) <= set(ids)
    assert set(ids.values()) == persons


def test_groups_on_events_are_known_groups(demo: dict[str, pa.Table]) -> None:
    for index in (0, 1):
        of_type = demo["groups"].filter(pc.equal(demo["groups"]["index"], index))
        used = set(demo["events"][f"$group_{index}"].unique().to_pylist()) - {""}
        assert used
        assert used <= set(of_type["key"].to_pylist())


def test_static_cohorts_have_their_members(demo: dict[str, pa.Table]) -> None:
    static = {body["id"]: body for body in documents()["cohort"] if body["is_static"]}
    members = Counter(demo["cohort_people"]["cohort_id"].to_pylist())
    assert set(members) == set(static)
    assert {static[key]["name"]: members[key] for key in static}["Beta testers"] == 41


def test_flags_are_evaluated_by_the_hash_of_posthog() -> None:
    """The expected values are those that PostHog's own clients are tested against."""
    ids = [f"distinct_id_{number}" for number in range(1000)]
    last = "".join("ft"[one] for one in rolled_out("simple-flag", ids, 45)[-38:].astype(int))
    assert last == "tftffttffftfftfffttttftftftftfftfftftt"
    inside = rolled_out("multivariate-flag", ids, 55)
    chosen = variant("multivariate-flag", ids, [50, 20, 20, 5, 5]) + 1
    first = "".join(str(one) if on else "-" for one, on in zip(chosen, inside, strict=True))[:20]
    assert first == "221--21---13-121--41"


def test_documents_are_those_of_the_model_and_have_ids() -> None:
    named = {kind: [body.get("name") for body in bodies] for kind, bodies in documents().items()}
    assert [body["key"] for body in documents()["feature_flag"]] == [
        "new-booking-flow", "smart-recommendations", "ios-apple-pay", "annual-plan-banner",
        "studio-insights-beta", "dark-mode", "kill-switch-push", "team-dashboard",
    ]  # fmt: skip
    assert named["dashboard"] == ["Key metrics", "Activation", "Revenue"]
    assert len(named["cohort"]) == 8
    assert len(named["insight"]) == 6
    for bodies in documents().values():
        assert len({body["id"] for body in bodies}) == len(bodies)


def test_variants_of_each_flag_sum_to_a_hundred() -> None:
    for flag in documents()["feature_flag"]:
        multivariate = flag["filters"]["multivariate"]
        if multivariate:
            assert sum(one["rollout_percentage"] for one in multivariate["variants"]) == 100


def test_creation_is_quick_and_holds_little_at_a_time() -> None:
    tracemalloc.start()
    began, largest = time.perf_counter(), 0
    for _, batch in generate(0.02):
        largest = max(largest, batch.num_rows)
    took = time.perf_counter() - began
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert took < 20
    assert largest <= 50_000
    assert peak < 200 * 2**20
