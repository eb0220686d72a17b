"""Changes of cohorts from the call of a tool to what the project then holds."""

import json

import pytest

from agent.writing.approval import Choice
from tests.cohorts_fixtures import PEOPLE, PRO, club, mail, where
from tools.changes.change import Outcome, Risk
from tools.errors import ChangeRefused, InvalidArguments, QueryRefused

MADE = "Made, and read back as approved."


@pytest.fixture(scope="module")
def everybody(tmp_path_factory):
    with club(tmp_path_factory.mktemp("club")) as at:
        yield at


@pytest.fixture
def at(everybody):
    everybody.clear()
    return everybody


def did(event, **more):
    return {"did": [{"event": event, **more}]}


def test_a_new_cohort_is_made_of_people_by_what_they_are(at):
    done = at.do("create_cohort", name="Pros", any_of=[{"where": [where("plan", "pro")]}])
    assert (done.outcome, done.sentence) == (Outcome.APPLIED, MADE)
    method, path, body = at.sent()
    assert (method, path) == ("POST", "")
    assert body == {
        "name": "Pros",
        "description": "",
        "is_static": False,
        "filters": {
            "properties": {
                "type": "OR",
                "values": [{"type": "AND", "values": [{**PRO, "negation": False}]}],
            }
        },
    }
    assert at.cohort(done.object_id)["count"] == 10
    assert at.card.headline == "Create the dynamic cohort Pros"
    assert ("who is in it", "", "the person’s plan is pro") in at.card.rows
    assert at.card.notes[0] == "About 10 of 20 persons would be in it now."
    assert at.card.risk == "small: nothing uses it yet"


@pytest.mark.parametrize(
    ("groups", "words", "numbers"),
    [
        ([did("bought", days=7)], "did bought in the last 7 days", range(1, PEOPLE)),
        (
            [did("bought", days=7, at_least=5)],
            "did bought at least 5 times in the last 7 days",
            range(5, PEOPLE),
        ),
        (
            [did("bought", days=30, at_most=3)],
            "did bought at most 3 times in the last 30 days",
            range(1, 4),
        ),
        (
            [did("bought", days=30, at_least=3, at_most=4)],
            "did bought at least 3 times in the last 30 days and "
            "did bought at most 4 times in the last 30 days",
            (3, 4),
        ),
        (
            [did("bought", days=30, at_least=4, at_most=4)],
            "did bought 4 times in the last 30 days",
            (4,),
        ),
        (
            [did("joined", days=25, first=True)],
            "did joined for the first time in the last 25 days",
            (0, 1, 2),
        ),
        (
            [did("bought", days=None, where=[where("amount", 17, of="event", operator=">")])],
            "did bought (where amount is over 17) in the last 10 years",
            (18, 19),
        ),
        (
            [{"where": [where("plan", "pro")], **did("joined", days=100, never=True)}],
            "the person’s plan is pro and did not do joined in the last 100 days",
            (11, 13, 15, 17, 19),
        ),
        (
            [{"where": [where("age", 3, operator="<")]}, {"where": [where("email", mail(9))]}],
            "the person’s age is under 3 or the person’s email is p9@shop.example",
            (0, 1, 2, 9),
        ),
        (
            [{"where": [where("age", operator="set"), where("plan", "pro", operator="!=")]}],
            "the person’s age is set and the person’s plan is not pro",
            range(0, PEOPLE, 2),
        ),
        (
            [{"where": [where("email", "P1", operator="contains")]}],
            "the person’s email contains P1",
            (1, *range(10, PEOPLE)),
        ),
        (
            [{"where": [where("", "First", "Last", of="cohort")]}],
            "in the cohort First or in the cohort Last",
            (0, 1, 18, 19),
        ),
        (
            [{"where": [where("plan", "free"), where("First", of="cohort", operator="!=")]}],
            "the person’s plan is free and not in the cohort First",
            range(2, PEOPLE, 2),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_rules_are_told_counted_and_found_alike(at, groups, words, numbers):
    """The card's count is that of the cohort that PostHog then calculates, person by person."""
    at.static("First", 0, 1)
    at.static("Last", 18, 19)
    done = at.do("create_cohort", name="Some", any_of=groups)
    assert done.sentence == MADE
    assert dict((row[0], row[2]) for row in at.card.rows)["who is in it"] == words
    assert at.card.notes[0] == f"About {len(numbers)} of 20 persons would be in it now."
    at.cohort(done.object_id)
    assert at.members(done.object_id) == set(numbers)


def test_a_card_tells_the_overlap_with_the_largest_cohorts(at):
    for name, numbers in (("Ten", range(10)), ("Four", range(4)), ("Two", (0, 1)), ("One", (19,))):
        at.static(name, *numbers)
    at.do("create_cohort", name="Pros", any_of=[{"where": [where("plan", "pro")]}])
    assert at.card.notes[1] == (
        "It would share 5 with Ten (of 10), 2 with Four (of 4) and 1 with Two (of 2), "
        "the largest cohorts there are."
    )


def test_a_cohort_of_what_people_did_is_no_use_to_flags_and_the_card_says_so(at):
    at.do("create_cohort", name="Buyers", any_of=[did("bought", at_most=3)])
    notes = " ".join(at.card.notes)
    assert "No flag can use it, because it asks what people did" in notes
    assert "means once at least" in notes
    at.do(
        "create_cohort",
        name="Buyers too",
        any_of=[{"where": [where("Buyers", of="cohort")]}],
    )
    assert "No flag can use it" in " ".join(at.card.notes)
    at.do("create_cohort", name="Pros", any_of=[{"where": [where("plan", "pro")]}])
    assert "No flag can use it" not in " ".join(at.card.notes)


@pytest.mark.parametrize(
    ("groups", "error", "said"),
    [
        ([], InvalidArguments, "needs a rule"),
        ([{}], InvalidArguments, "needs a rule"),
        ([did("bought", never=True)], InvalidArguments, "can't be everybody but some"),
        ([did("bought", never=True, at_least=2)], InvalidArguments, "exclude each other"),
        ([did("bought", at_least=3, at_most=2)], InvalidArguments, "at_least is more"),
        ([did("bought", days=0)], InvalidArguments, "days"),
        ([did("bougt")], QueryRefused, "did you mean 'bought'"),
        ([{"where": [where("plan", "pro", of="event")]}], InvalidArguments, "a person's own"),
        ([{"where": [where("age", "1", operator="starts")]}], InvalidArguments, "use contains"),
        ([{"where": [where("Nobody", of="cohort")]}], InvalidArguments, "There is no 'Nobody'"),
    ],
)
def test_rules_that_no_cohort_can_have_are_refused(at, groups, error, said):
    with pytest.raises(error, match=said):
        at.do("create_cohort", name="Some", any_of=groups)
    assert at.at.wire.sent == []


@pytest.mark.parametrize("name", ["Pros", " pros ", "", "x" * 401])
def test_a_name_is_taken_once_and_can_be_read(at, name):
    at.static("Pros", 1)
    with pytest.raises((ChangeRefused, InvalidArguments)):
        at.do("create_cohort", name=name, any_of=[{"where": [where("plan", "pro")]}])
    assert at.at.wire.sent == []


def test_a_static_cohort_is_made_of_people_by_any_of_their_names(at):
    done = at.do(
        "create_static_cohort", name="Named", people=["P3@shop.example", "p4", at.ids[5], "p4"]
    )
    assert done.sentence == MADE
    assert at.members(done.object_id) == {3, 4, 5}
    assert at.sent()[2]["_create_static_person_ids"] == at.of((3, 4, 5))
    assert ("P3@shop.example", "", "in it") in at.card.rows
    assert f"members.{at.ids[4]}: null → true" in at.card.exactly


def test_people_who_are_not_here_are_named_and_nothing_is_made(at):
    with pytest.raises(InvalidArguments, match=r"Nobody here is known as x@shop\.example or p77"):
        at.do("create_static_cohort", name="Named", people=[mail(1), "x@shop.example", "p77"])
    at.add("twin", email=mail(1))
    with pytest.raises(InvalidArguments, match=r"2 persons have p1@shop\.example"):
        at.do("create_static_cohort", name="Named", people=[mail(1)])
    assert at.at.wire.sent == []


def test_a_static_cohort_is_filled_by_a_query(at):
    query = "SELECT DISTINCT person_id FROM events WHERE event = 'bought' -- buyers\n;"
    done = at.do("create_static_cohort", name="Buyers", query=query)
    assert done.sentence == MADE
    assert ("query", "", query.replace("\n", "\\u{a}")) in at.card.rows
    assert at.card.notes[0] == "About 19 of 20 persons would be in it now."
    at.cohort(done.object_id)
    assert at.members(done.object_id) == set(range(1, PEOPLE))


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({}, InvalidArguments),
        ({"people": ["p1"], "query": "SELECT person_id FROM events"}, InvalidArguments),
        ({"query": "SELECT event FROM events"}, InvalidArguments),
        ({"query": "DROP TABLE events"}, QueryRefused),
        ({"query": "SELECT person_id FROM system.users"}, QueryRefused),
    ],
)
def test_a_static_cohort_needs_people_or_a_query_that_only_reads(at, arguments, error):
    with pytest.raises(error):
        at.do("create_static_cohort", name="Named", **arguments)
    assert at.at.wire.sent == []


def test_a_cohort_gets_another_name_and_other_rules(at):
    made = at.dynamic("Pros", PRO)
    done = at.do("update_cohort", name="pros", new_name="Free riders", description="They don't pay")
    assert done.sentence == MADE
    assert at.sent() == (
        "PATCH",
        f"{made['id']}/",
        {"name": "Free riders", "description": "They don't pay"},
    )
    assert at.card.risk.startswith("small")
    done = at.do(
        "update_cohort", name="Free riders", any_of=[{"where": [where("age", 4, operator="<")]}]
    )
    assert done.sentence == MADE
    assert at.card.rows == (
        ("who is in it", "the person’s plan is pro", "the person’s age is under 4"),
    )
    assert at.card.notes[:2] == (
        "Free riders has 10 people now.",
        "About 4 of 20 persons would be in it now.",
    )
    assert at.cohort(made["id"])["count"] == 4


def test_nothing_is_proposed_where_nothing_would_change(at):
    at.dynamic("Pros", PRO)
    named = at.static("Named", 1)
    with pytest.raises(ChangeRefused, match="Nothing to change"):
        at.do("update_cohort", name="Pros", new_name="Pros")
    with pytest.raises(ChangeRefused, match="is so already"):
        at.do("add_to_cohort", name="Named", people=["p1"])
    with pytest.raises(ChangeRefused, match="is so already"):
        at.do("remove_from_cohort", name="Named", person="p2")
    with pytest.raises(ChangeRefused, match="is so already"):
        at.do("restore_cohort", id=named["id"])
    with pytest.raises(InvalidArguments, match="There is no cohort 9999"):
        at.do("restore_cohort", id=9999)
    assert at.at.person.cards == []


def test_members_and_rules_belong_to_their_own_kind_of_cohort(at):
    at.dynamic("Pros", PRO)
    at.static("Named", 1)
    with pytest.raises(ChangeRefused, match="Pros is dynamic"):
        at.do("add_to_cohort", name="Pros", people=["p1"])
    with pytest.raises(ChangeRefused, match="Named is static"):
        at.do("update_cohort", name="Named", any_of=[{"where": [where("plan", "pro")]}])


def test_people_come_into_a_static_cohort_and_go(at):
    made = at.static("Named", 1, 2)
    done = at.do("add_to_cohort", name="Named", people=[mail(2), mail(3), "p4"])
    assert done.sentence == MADE
    assert at.sent() == (
        "PATCH",
        f"{made['id']}/add_persons_to_static_cohort/",
        {"person_ids": at.of((3, 4))},
    )
    assert at.members(made["id"]) == {1, 2, 3, 4}
    assert at.card.rows == ((mail(3), "not in it", "in it"), ("p4", "not in it", "in it"))
    assert at.card.exactly == tuple(f"members.{one}: false → true" for one in at.of((3, 4)))
    assert "In it already: p2@shop.example." in at.card.notes
    done = at.do("remove_from_cohort", name="Named", person="p1")
    assert done.sentence == MADE
    assert at.sent() == (
        "PATCH",
        f"{made['id']}/remove_person_from_static_cohort/",
        {"person_id": at.ids[1]},
    )
    assert at.members(made["id"]) == {2, 3, 4}


def test_a_card_of_many_people_counts_those_it_does_not_name_and_lists_all_exactly(at):
    at.static("Empty")
    extra = [at.add(f"more{n}") for n in range(5)]
    people = [*(f"p{n}" for n in range(PEOPLE)), *(f"more{n}" for n in range(5))]
    at.do("add_to_cohort", name="Empty", people=people)
    assert at.card.rows[-1] == ("and 5 more", "not in it", "in it")
    assert len(at.card.exactly) == 25
    assert all(any(one in line for line in at.card.exactly) for one in extra)
    with pytest.raises(InvalidArguments, match="1 to 1,000 people"):
        at.do("add_to_cohort", name="Empty", people=[f"x{n}" for n in range(1001)])


def test_a_cohort_that_is_used_is_not_deleted_and_says_by_what(at):
    named = at.static("Named", 1)
    at.flagged("new-page", named["id"])
    at.dynamic("Inner", {"type": "cohort", "key": "id", "value": named["id"]})
    with pytest.raises(
        ChangeRefused, match="The flag new-page and the cohort Inner use the cohort Named"
    ):
        at.do("delete_cohort", name="Named")
    assert at.at.wire.sent == []


def test_a_cohort_is_deleted_and_brought_back(at):
    named = at.static("Named", 1, 2)
    assert at.do("delete_cohort", name="Named").sentence == MADE
    assert at.sent() == ("PATCH", f"{named['id']}/", {"deleted": True})
    assert at.cohort(named["id"])["deleted"] is True
    assert at.do("restore_cohort", id=named["id"]).sentence == MADE
    assert at.cohort(named["id"])["deleted"] is False
    assert at.members(named["id"]) == {1, 2}


def risk_of(at, tool, **arguments):
    at.at.person.choice = Choice.NO
    change = at.do(tool, **arguments).change
    return change.risk, change.reason


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("add_to_cohort", {"name": "Named", "people": ["p5"]}),
        ("remove_from_cohort", {"name": "Named", "person": "p1"}),
        ("update_cohort", {"name": "Pros", "any_of": [{"where": [where("plan", "free")]}]}),
    ],
)
def test_who_is_in_a_cohort_that_flags_use_is_risky(at, tool, arguments):
    made = {"Named": at.static("Named", 1), "Pros": at.dynamic("Pros", PRO)}[arguments["name"]]
    assert risk_of(at, tool, **arguments)[0] < Risk.HIGH
    at.flagged("new-page", made["id"])
    assert risk_of(at, tool, **arguments) == (Risk.HIGH, "others get the flag new-page")
    assert at.card.typed == arguments["name"]
    assert "Used by the flag new-page: a change of it is felt there." in at.card.notes
    renamed = risk_of(at, "update_cohort", name=arguments["name"], new_name="Other")
    assert renamed[0] is Risk.SMALL


def test_a_flag_keeps_a_cohort_from_asking_what_people_did(at):
    at.flagged("new-page", at.dynamic("Pros", PRO)["id"])
    with pytest.raises(ChangeRefused, match="flags can't use a cohort that asks what people did"):
        at.do("update_cohort", name="Pros", any_of=[did("bought")])


def test_hostile_names_show_as_codes_and_are_not_what_is_typed(at):
    name = "Sta\u202eff \x1b]0;x\x07"
    made = at.static(name, 1)
    at.flagged("new-page", made["id"])
    assert at.do("add_to_cohort", name=str(made["id"]), people=["p2"]).sentence == MADE
    shown = json.dumps([at.card.headline, at.card.rows, at.card.exactly, at.card.notes])
    for sign in ("\u202e", "\x1b", "\x07"):
        assert json.dumps(sign).strip('"') not in shown
    assert "Sta\\u{202e}ff \\u{1b}]0;x\\u{7}" in at.card.headline
    assert at.card.typed == at.card.id
