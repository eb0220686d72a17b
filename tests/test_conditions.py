import pytest
from pydantic import ValidationError

from tools.conditions import By, Owners, Where, breakdown, column, hogql, typed
from tools.errors import InvalidArguments

OWNERS = Owners(groups=("company", "studio"))


def where(name, operator="=", *values, of="event"):
    return Where(property=name, operator=operator, values=values, of=of)


@pytest.mark.parametrize(
    ("condition", "filtered", "written"),
    [
        (
            where("plan", "=", "pro"),
            {"type": "event", "key": "plan", "operator": "exact", "value": ["pro"]},
            "properties.plan = 'pro'",
        ),
        (
            where("plan", "!=", "pro", "max", of="person"),
            {"type": "person", "key": "plan", "operator": "is_not", "value": ["pro", "max"]},
            "person.properties.plan NOT IN ('pro', 'max')",
        ),
        (
            where("vip", "=", True),
            {"type": "event", "key": "vip", "operator": "exact", "value": ["true"]},
            "toString(properties.vip) = 'true'",
        ),
        (
            where("$channel_type", "=", "Direct", of="session"),
            {"type": "session", "key": "$channel_type", "operator": "exact", "value": ["Direct"]},
            "session.$channel_type = 'Direct'",
        ),
        (
            where("name", "contains", "Ltd", of="studio"),
            {
                "type": "group",
                "key": "name",
                "operator": "icontains",
                "group_type_index": 1,
                "value": ["Ltd"],
            },
            "toString(group_1.properties.name) ILIKE '%Ltd%'",
        ),
        (
            where("plan", "set"),
            {"type": "event", "key": "plan", "operator": "is_set"},
            "isNotNull(properties.plan)",
        ),
        (
            where("plan", "not set"),
            {"type": "event", "key": "plan", "operator": "is_not_set"},
            "isNull(properties.plan)",
        ),
    ],
)
def test_a_condition_is_a_filter_of_posthogs_and_the_same_in_hogql(condition, filtered, written):
    assert typed(condition, OWNERS) == filtered
    assert hogql(condition, OWNERS) == written


@pytest.mark.parametrize(
    ("condition", "written"),
    [
        (where("amount", ">", 20.0), "toFloat(properties.amount) > 20"),
        (where("amount", "<=", 2.5), "toFloat(properties.amount) <= 2.5"),
        (where("version", ">=", "7.4"), "toString(properties.version) >= '7.4'"),
        (where("path", "starts", "/a_b"), "toString(properties.path) LIKE '/a\\\\_b%'"),
        (where("path", "contains", "50%"), "toString(properties.path) ILIKE '%50\\\\%%'"),
        (
            where("path", "not contains", "a", "b"),
            "(toString(properties.path) NOT ILIKE '%a%' AND toString(properties.path) "
            "NOT ILIKE '%b%')",
        ),
        (where("hour", "=", 9, 10, of="time"), "toHour(timestamp) IN (9, 10)"),
        (where("weekday", "!=", 7, of="time"), "toDayOfWeek(timestamp) != 7"),
        (where("event", "=", "a", "b", of="column"), "event IN ('a', 'b')"),
        (where("key", "=", "acme", of="company"), "nullIf($group_0, '') = 'acme'"),
        (where("Staff", "=", of="cohort"), "person_id IN COHORT 'Staff'"),
        (
            where("cohort", "!=", "Staff", "Bots", of="cohort"),
            "(person_id NOT IN COHORT 'Staff' AND person_id NOT IN COHORT 'Bots')",
        ),
    ],
)
def test_what_posthogs_filters_cannot_say_exactly_is_a_filter_in_hogql(condition, written):
    assert typed(condition, OWNERS) == {"type": "hogql", "key": written}


def test_names_and_values_from_data_are_escaped():
    hostile = where("a b'] OR 1=1 --", "=", "x' OR '1'='1")
    assert hogql(hostile, OWNERS) == "properties['a b\\'] OR 1=1 --'] = 'x\\' OR \\'1\\'=\\'1'"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"operator": ">", "values": [1, 2]}, "> takes exactly one value"),
        ({"operator": ">", "values": [True]}, "> takes exactly one value"),
        ({"operator": "set", "values": [1]}, "set takes no value"),
        ({"operator": "="}, "= needs a value"),
        ({"of": "time", "values": [1]}, "of time there are only hour, weekday"),
        ({"of": "column", "values": [1]}, "of column there are only event, distinct_id"),
        ({"of": "cohort", "operator": "contains", "values": ["a"]}, "a cohort takes = or !="),
    ],
)
def test_a_condition_that_says_nothing_is_refused(fields, said):
    with pytest.raises(ValidationError, match=said):
        Where.model_validate({"property": "plan", **fields})


def test_a_group_type_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(InvalidArguments, match=r"no group type 'team'; there are: company, studio"):
        hogql(where("name", "=", "a", of="team"), OWNERS)


@pytest.mark.parametrize(
    ("split", "expected"),
    [
        (By(property="plan"), {"type": "event", "property": "plan"}),
        (
            By(property="seats", of="studio"),
            {"type": "group", "property": "seats", "group_type_index": 1},
        ),
        (
            By(property="key", of="company"),
            {"type": "hogql", "property": "nullIf($group_0, '')"},
        ),
        (By(property="hour", of="time"), {"type": "hogql", "property": "toHour(timestamp)"}),
        (By(property="event", of="column"), {"type": "hogql", "property": "event"}),
    ],
)
def test_a_breakdown_is_one_of_posthogs(split, expected):
    assert breakdown(split, OWNERS) == expected


def test_a_cohort_splits_into_its_members_and_the_others():
    staff = "if(person_id IN COHORT 'Staff', 'Staff', 'not Staff')"
    assert column(By(property="Staff", of="cohort"), OWNERS) == staff
