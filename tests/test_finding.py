import pytest

from tests.fakes import FakePostHog, rows
from tools.errors import QueryRefused
from tools.toolbox import Toolbox

EVENTS = [
    {"name": "signed_up", "description": "A person made an account."},
    {"name": "bookingCompleted", "description": "A class was booked."},
    {"name": "$pageview"},
]
PROPERTIES = [
    {"name": "plan", "property_type": "String"},
    {"name": "amount_usd"},
    {"name": "plan", "kind": "person"},
]


def box_of(**options):
    fake = FakePostHog(
        events=EVENTS,
        properties=PROPERTIES,
        answers={"min(timestamp)": rows(["a", "b", "n"], [None, None, 0]), "": rows(["n"])},
        **options,
    )
    return Toolbox(fake.client()), fake


def found(*words):
    return box_of()[0].run("find_names", {"words": list(words)})


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("signup", "signed_up"),
        ("signups", "signed_up"),
        ("sign-ups", "signed_up"),
        ("account", "signed_up"),
        ("bookings", "bookingCompleted"),
        ("pageveiws", "$pageview"),
        ("completed booking", "bookingCompleted"),
        ("pageviews", "$pageview"),
        ("amounts", "amount_usd"),
    ],
)
def test_a_name_is_found_by_its_words_in_any_form(word, name):
    assert found(word).rows[0]["name"] == name


def test_words_that_fit_nothing_are_told():
    names = found("signup", "submarine")
    assert names.unfound == ("submarine",)
    assert "Nothing is called like 'submarine'" in names.for_model()


def test_a_name_counts_more_than_a_description():
    assert [row["name"] for row in found("booking", "account").rows][:2] == [
        "bookingCompleted",
        "signed_up",
    ]


def hogql(where):
    return "run_hogql", {"query": f"SELECT count() FROM events WHERE {where}"}


def trends(**more):
    return "run_trends", {"series": [{"events": ["signed_up"]}], **more}


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (hogql("properties.pln = 'x'"), "property 'pln': did you mean 'plan'"),
        (hogql("properties['pln'] = 'x'"), "property 'pln': did you mean 'plan'"),
        (hogql("person.properties.pln = 'x'"), "No person has a property 'pln'"),
        (trends(breakdown=[{"property": "pln"}]), "property 'pln': did you mean 'plan'"),
        (
            trends(where=[{"property": "amount", "operator": ">", "values": [3]}]),
            "did you mean 'amount_usd'",
        ),
        (
            ("run_trends", {"series": [{"math": "sum", "property": "zzzz"}]}),
            "'zzzz': look for it with find_names",
        ),
    ],
)
def test_a_property_that_nothing_has_is_refused_before_anything_is_sent(asked, told):
    box, fake = box_of()
    with pytest.raises(QueryRefused, match=told):
        box.run(*asked)
    assert fake.asked() == []


@pytest.mark.parametrize(
    "where",
    [
        "properties.plan = 'nobody'",
        "person.properties.plan = 'x'",
        "properties.$virt_x = '1'",
        "properties.$group_0 = 'x'",
        "properties.$groups.company = 'x'",
    ],
)
def test_properties_that_there_are_may_be_asked_whatever_their_value(where):
    box, fake = box_of()
    box.run(*hogql(where))
    assert fake.queries()


def test_of_a_key_that_may_not_read_properties_nothing_is_refused():
    box, fake = box_of(scopes=("query:read", "project:read", "event_definition:read"))
    box.run(*hogql("properties.pln = 'x'"))
    assert fake.queries()
