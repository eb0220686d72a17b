import io

import pytest

from tests.objects_fixtures import (
    NOW,
    Event,
    api,
    behavior,
    filters,
    ids,
    people,
    person_id,
    static_cohort,
)

EMAIL = {"type": "person", "key": "email", "operator": "icontains", "value": "p1@"}
STREAM = [Event("a", 1, NOW), Event("b", 2, NOW), Event("b", 3, NOW)]


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    with api(tmp_path_factory.mktemp("static")) as made:
        made.project.load(STREAM, persons=people(1, 2, 3), person_distinct_ids=ids(1, 2, 3))
        yield made


def test_a_static_cohort_has_those_it_was_given(ask):
    number = static_cohort(ask, 1, 9)
    assert ask.cohort(number)["count"] == 1
    assert ask.members(number) == {1}
    assert ask.cohort(static_cohort(ask))["count"] == 0


def test_persons_are_added_to_a_static_cohort_and_taken_out(ask):
    number = static_cohort(ask, 1)
    adding = f"cohorts/{number}/add_persons_to_static_cohort/"
    assert ask.patch(adding, {"person_ids": [person_id(1), person_id(2)]}) == {"success": True}
    assert ask.cohort(number)["count"] == 2
    taking = f"cohorts/{number}/remove_person_from_static_cohort/"
    assert ask.patch(taking, {"person_id": person_id(1)}) == {"success": True}
    assert ask.patch(taking, {"person_id": person_id(3)}) == {"success": True}
    assert ask.members(number) == {2}
    assert ask.cohort(number)["count"] == 1


ADDED = {
    "no list": ({"person_ids": "x"}, "person_ids must be a list"),
    "nobody": ({"person_ids": []}, "person_ids cannot be empty"),
    "too many": ({"person_ids": [person_id(1)] * 1001}, "List size exceeds limit"),
    "strangers": ({"person_ids": [person_id(77)]}, "No valid users to add to cohort"),
    "no id": ({"person_ids": ["x"]}, "“x” is not a valid UUID."),
}


@pytest.mark.parametrize("name", ADDED)
def test_what_can_not_be_added_is_refused(ask, name):
    body, sentence = ADDED[name]
    path = f"cohorts/{static_cohort(ask)}/add_persons_to_static_cohort/"
    assert ask.refused("PATCH", path, body) == (400, sentence)


def test_only_static_cohorts_take_persons(ask):
    number = ask.post("cohorts/", {"filters": filters(behavior())})["id"]
    path = f"cohorts/{number}/add_persons_to_static_cohort/"
    said = ask.refused("PATCH", path, {"person_ids": [person_id(1)]})
    assert said == (400, "Can only add users to static cohorts")


TREND = {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "b"}]}
BEHIND = {"kind": "InsightActorsQuery", "source": TREND, "day": "2026-04-02"}
QUERIES = {
    "HogQL": {"kind": "HogQLQuery", "query": "SELECT person_id FROM events WHERE event = 'b'"},
    "behind a number": {"kind": "ActorsQuery", "source": BEHIND, "select": ["actor"]},
    "a list": {"kind": "ActorsQuery", "properties": [{**EMAIL, "value": ["p2@", "p3@"]}]},
}


@pytest.mark.parametrize("name", QUERIES)
def test_a_static_cohort_is_filled_by_a_query(ask, name):
    query = QUERIES[name]
    made = ask.post("cohorts/", {"is_static": True, "query": query})
    assert made["is_calculating"] is True
    assert ask.members(made["id"]) == {2, 3}
    assert ask.cohort(made["id"])["count"] == 2


def test_a_static_cohort_keeps_those_who_met_criteria_then(ask):
    made = ask.post("cohorts/", {"is_static": True, "filters": filters(EMAIL)})["id"]
    assert ask.members(made) == {1}
    said = ask.refused("PATCH", f"cohorts/{made}/", {"filters": filters(behavior())})
    assert said[1].startswith("Editing the criteria of a static cohort is not supported yet.")


FILES = {
    "distinct ids": ("p1\np2\nnobody\n", {1, 2}),
    "person ids": (f"person_id\n{person_id(3)}\nnone\n", {3}),
    "addresses": ("email\np2@example.com\n", {2}),
    "columns": ("name,distinct_id\nAnn,p3\nBob,p1\nshort\n", {1, 3}),
}


def upload(ask, raw):
    form = {"name": "File", "is_static": "true", "csv": (io.BytesIO(raw), "people.csv")}
    return ask("POST", "cohorts/", data=form)


@pytest.mark.parametrize("name", FILES)
def test_a_static_cohort_is_filled_from_a_file(ask, name):
    text, members = FILES[name]
    status, made = upload(ask, text.encode())
    assert status == 201
    assert ask.members(made["id"]) == members
    assert ask.cohort(made["id"])["count"] == len(members)


WRONG_FILES = {
    b"": "CSV file is empty.",
    b"\xff\xfe": "CSV file encoding is not supported.",
    b"a,b\n1,2\n": "Multi-column CSV must contain",
    b"person_id\n": "CSV file contains no valid person IDs",
}


@pytest.mark.parametrize("raw", WRONG_FILES)
def test_a_file_without_persons_is_refused(ask, raw):
    status, said = upload(ask, raw)
    assert (status, said["attr"]) == (400, "csv")
    assert said["detail"].startswith(WRONG_FILES[raw])
