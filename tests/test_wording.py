import pytest

from tools.wording import criteria, joined, one, steps, values


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ({"type": "person", "key": "plan", "value": ["pro"]}, "the person’s plan is pro"),
        (
            {"type": "person", "key": "age", "value": 30, "operator": "gte"},
            "the person’s age is at least 30",
        ),
        (
            {"type": "person", "key": "email", "value": "", "operator": "is_not_set"},
            "the person’s email is not set",
        ),
        (
            {"type": "person", "key": "beta", "value": True, "operator": "exact"},
            "the person’s beta is true",
        ),
        ({"type": "cohort", "key": "id", "value": 6}, "in the cohort cohort 6"),
        (
            {
                "type": "cohort",
                "key": "id",
                "value": 6,
                "cohort_name": "Fans",
                "operator": "not_in",
            },
            "not in the cohort Fans",
        ),
        (
            {"type": "flag", "key": "12", "value": "test", "operator": "flag_evaluates_to"},
            "the flag 12 is test",
        ),
        ({"type": "event", "key": "kind", "value": ["a", "b"]}, "kind is a or b"),
    ],
)
def test_one_condition_reads_as_a_sentence_part(stored, words):
    assert one(stored) == words


def test_the_property_of_a_group_is_named_with_its_type():
    stored = {"type": "group", "key": "plan", "value": ["big"], "group_type_index": 1}
    assert one(stored, ("company", "studio")) == "the studio’s plan is big"
    assert one(stored) == "the group 1’s plan is big"


def behaviour(value, **more):
    known = {"type": "behavioral", "key": "bought", "event_type": "events", "value": value}
    return {"time_value": 30, "time_interval": "day", **known, **more}


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        (behaviour("performed_event"), "did bought in the last 30 days"),
        (behaviour("performed_event", negation=True), "did not do bought in the last 30 days"),
        (
            behaviour("performed_event_multiple", operator="gte", operator_value=8),
            "did bought at least 8 times in the last 30 days",
        ),
        (
            behaviour("performed_event_first_time", time_value=1, time_interval="week"),
            "did bought for the first time in the last 1 week",
        ),
        (
            behaviour(
                "performed_event_sequence",
                seq_event="left",
                seq_event_type="events",
                seq_time_value=2,
                seq_time_interval="day",
            ),
            "did bought in the last 30 days and then left within 2 days",
        ),
        (behaviour("performed_event", explicit_datetime="-3m"), "did bought in the last 3 months"),
        (
            behaviour("performed_event", explicit_datetime="2026-01-01"),
            "did bought since 2026-01-01",
        ),
        (
            behaviour("performed_event", event_filters=[{"key": "size", "value": "xl"}]),
            "did bought (where size is xl) in the last 30 days",
        ),
        (
            behaviour("performed_event", key=7, event_type="actions"),
            "did action 7 in the last 30 days",
        ),
        (behaviour("something_new"), "something new bought in the last 30 days"),
    ],
)
def test_what_people_did_reads_as_a_sentence_part(stored, words):
    assert criteria({"properties": {"type": "AND", "values": [stored]}}) == words


def test_groups_of_criteria_keep_their_and_and_or():
    a, b, c = (behaviour("performed_event", key=key, explicit_datetime="-7d") for key in "abc")
    inner = {"type": "OR", "values": [b, c]}
    stored = {"properties": {"type": "AND", "values": [a, inner]}}
    assert criteria(stored) == (
        "did a in the last 7 days and (did b in the last 7 days or did c in the last 7 days)"
    )
    assert criteria({}) == criteria(None) == ""


def test_an_action_is_any_of_its_steps():
    found = [
        {"event": "$pageview", "properties": [{"key": "$pathname", "value": "/x"}]},
        {"event": "$autocapture", "text": "Buy"},
    ]
    assert steps(found) == "$pageview where $pathname is /x or $autocapture where text is Buy"


def test_lists_are_written_as_people_write_them():
    assert [joined(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert values([]) == "nothing"
