import pytest

from tests.objects_fixtures import Api
from tests.streams import stream_project
from tools.local.cohorts import calculation
from tools.local.demo import generate

SCALE = 0.05
PERSON = "if(notEmpty(o.distinct_id), o.person_id, e.person_id)"
EVENTS = (
    f"(SELECT {PERSON} AS person, e.event, e.timestamp, e.properties FROM events AS e "
    "LEFT JOIN (SELECT * FROM person_distinct_id_overrides FINAL) AS o "
    "ON e.distinct_id = o.distinct_id)"
)
NOW = "toDateTime('2026-11-15 12:00:00', 'UTC')"
BOOKED = f"SELECT person FROM {EVENTS} WHERE event = 'booking_completed' AND timestamp >"
SUBSCRIBED = f"SELECT person FROM {EVENTS} WHERE event = 'subscription_started' AND timestamp >="
PERSONS = "SELECT id FROM persons FINAL WHERE is_deleted = 0 AND"
MEMBERS = {
    "Power bookers": f"{BOOKED} {NOW} - INTERVAL 30 DAY GROUP BY person HAVING count() >= 8",
    "At risk": f"{BOOKED}= toDate('2026-08-17') AND person NOT IN ({BOOKED}= toDate('2026-10-16'))",
    "Trialists": f"SELECT person FROM {EVENTS} WHERE event = 'trial_started' "
    f"AND timestamp >= toDate('2026-11-01') AND person NOT IN ({SUBSCRIBED} toDate('2026-11-01'))",
    "Paying members": f"{PERSONS} JSONExtractString(properties, 'plan') "
    "IN ('plus', 'unlimited', 'team')",
    "Internal users": f"{PERSONS} JSONExtractString(properties, 'email') "
    "LIKE '%@stretchwell.example%'",
    "iOS users": f"SELECT person FROM {EVENTS} WHERE event = '$screen' "
    "AND JSONExtractString(properties, '$os') = 'iOS' AND timestamp >= toDate('2026-10-16')",
    "New Year 2026": f"SELECT person FROM {EVENTS} WHERE event = 'signed_up' "
    "AND toYYYYMM(timestamp) = 202601 AND person IN (SELECT id FROM persons FINAL "
    "WHERE JSONExtractString(properties, 'initial_utm_campaign') = 'newyear26')",
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    with stream_project(tmp_path_factory.mktemp("demo")) as made:
        *_, last = made.home.creator.demo(SCALE)
        assert last.done
        calculation.fresh(made.home)
        yield Api(made)


def lines(demo, sql):
    return set(demo.home.store.read(f"SELECT DISTINCT toString(*) FROM ({sql})", "TSV").split())


@pytest.mark.parametrize("name", MEMBERS)
def test_a_cohort_of_the_demo_has_the_members_that_plain_sql_finds(demo, name):
    (cohort,) = demo.get(f"cohorts/?search={name}")["results"]
    assert (cohort["is_calculating"], cohort["errors_calculating"]) == (False, 0)
    which = f"cohort_id = {cohort['id']}"
    if not cohort["is_static"]:
        which += f" AND version = {cohort['version']}"
    members = lines(demo, f"SELECT person_id FROM cohort_people WHERE {which}")
    assert members == lines(demo, MEMBERS[name])
    assert cohort["count"] == len(members) > 0


def test_a_static_cohort_of_the_demo_has_those_who_were_named(demo):
    (cohort,) = demo.get("cohorts/?search=beta")["results"]
    named = next(batch for table, batch in generate(SCALE) if table == "cohort_people").to_pylist()
    assert cohort["count"] == sum(row["cohort_id"] == cohort["id"] for row in named)
