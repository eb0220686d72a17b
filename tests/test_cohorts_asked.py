"""Sentences about cohorts that become changes in write mode, and only words before."""

import pytest

from agent.loop import Agent
from agent.planner import Planner
from agent.writing.approval import Choice
from tests.cohorts_fixtures import PRO, club, mail
from tools.changes.change import Outcome
from tools.toolbox import Toolbox


@pytest.fixture(scope="module")
def everybody(tmp_path_factory):
    with club(tmp_path_factory.mktemp("club")) as at:
        yield at


@pytest.fixture
def at(everybody):
    everybody.clear()
    everybody.static("Beta testers", 1, 2)
    everybody.dynamic("Pros", PRO)
    everybody.at.wire.sent.clear()
    return everybody


def ask(at, question, *, write=True):
    at = at.at
    box = Toolbox(at.posthog, gate=at.gate) if write else Toolbox(at.posthog)
    *_, answer = Agent(Planner(), box).ask(question)
    return answer


SENTENCES = {
    "create a cohort of people on the pro plan": (
        "Create the dynamic cohort People on the pro plan",
        ("who is in it", "", "the person’s plan is pro"),
    ),
    "create a cohort called Buyers of people who bought at least 3 times in the last 7 days": (
        "Create the dynamic cohort Buyers",
        ("who is in it", "", "did bought at least 3 times in the last 7 days"),
    ),
    "make a cohort named Free riders: people on the free plan who did not buy in the last 5 days": (
        "Create the dynamic cohort Free riders",
        ("who is in it", "", "the person’s plan is free and did not do bought in the last 5 days"),
    ),
    "create a cohort 'Either' of people on the free plan or pro plan": (
        "Create the dynamic cohort Either",
        ("who is in it", "", "the person’s plan is free or pro"),
    ),
    f"make a static cohort 'Two' with {mail(1)} and {mail(3)}": (
        "Create the static cohort Two",
        (mail(3), "", "in it"),
    ),
    "create a static cohort 'Fixed' of people on the pro plan": (
        "Create the static cohort Fixed",
        ("query", "", "SELECT id FROM persons WHERE (properties.plan = 'pro')"),
    ),
    f"add {mail(3)} to the cohort Beta testers": (
        f"Add {mail(3)} to Beta testers",
        (mail(3), "not in it", "in it"),
    ),
    "put p4 and the user p5 in Beta testers": (
        "Add 2 people to Beta testers",
        ("p5", "not in it", "in it"),
    ),
    f"remove {mail(1)} from the cohort Beta testers": (
        f"Take {mail(1)} out of Beta testers",
        (mail(1), "in it", "not in it"),
    ),
    "take p2 out of Beta testers": (
        "Take p2 out of Beta testers",
        ("p2", "in it", "not in it"),
    ),
    "rename the cohort Pros to Beta testers two": (
        "Change the cohort Pros: call it Beta testers two",
        ("name", "Pros", "Beta testers two"),
    ),
    "change the description of the cohort Pros to 'who pay'": (
        "Change the cohort Pros: describe it otherwise",
        ("description", "", "who pay"),
    ),
    "delete the cohort Beta testers": (
        "Delete the cohort Beta testers",
        ("cohort", "is there", "deleted"),
    ),
}


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_becomes_a_change_that_a_person_decides(at, sentence):
    headline, row = SENTENCES[sentence]
    at.at.person.choice = Choice.NO
    answer = ask(at, sentence)
    assert (at.card.headline, row in at.card.rows) == (headline, True), at.card.rows
    assert "not approved" in answer.headline
    assert at.at.wire.sent == []
    at.at.person.choice = Choice.YES
    answer = ask(at, sentence)
    assert "made, and read back as approved" in answer.headline
    assert answer.unmatched == (), "the id of the change is no unfounded number"
    assert len(at.at.wire.sent) == 1


@pytest.mark.parametrize("sentence", SENTENCES)
def test_before_write_mode_a_sentence_is_only_answered(at, sentence):
    answer = ask(at, sentence, write=False)
    assert answer.outcome == "declined"
    assert "Nothing was c" in answer.headline
    assert (at.at.person.cards, at.at.wire.sent) == ([], [])


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("add the people on the pro plan to the cohort Beta testers", "Who should come into"),
        ("remove them from the cohort Beta testers", "Who should come out of"),
        (f"remove {mail(1)} from the cohort Nonesuch", "There is no cohort “Nonesuch”"),
        (f"remove {mail(1)} and p2 from the cohort Beta testers", "one at a time"),
        ("add p99 to the cohort Beta testers", "Nobody here is known as p99"),
        (f"add {mail(3)} to the cohort Pros", "Pros is dynamic"),
        (f"add {mail(1)} to the cohort Beta testers", "Nothing to change"),
        ("create a cohort of people who never bought", "can't be everybody but some"),
        ("create a cohort 'Pros' of people on the free plan", "exists already"),
        (f"create a static cohort 'X' with {mail(1)} and x@shop.example", "Nothing was created"),
        ("delete all cohorts", "No: "),
        ("restore the cohort Beta testers", "Which cohort should come back"),
    ],
)
def test_what_can_not_be_done_is_said_and_no_card_is_shown(at, sentence, said):
    answer = ask(at, sentence)
    assert answer.outcome == "declined"
    assert said in f"{answer.headline} {answer.text}"
    assert (at.at.person.cards, at.at.wire.sent) == ([], [])


def test_taking_somebody_out_is_never_read_as_deleting_the_cohort(at):
    for sentence in (
        f"delete {mail(1)} from Beta testers",
        "remove p2 from the cohort Beta testers",
    ):
        ask(at, sentence)
        assert at.card.headline.startswith("Take ")
    assert at.do("delete_cohort", name="Beta testers").outcome is Outcome.APPLIED


def test_another_number_of_times_is_one_change_of_the_rules(at):
    ask(
        at, "create a cohort called Buyers of people who bought at least 3 times in the last 7 days"
    )
    ask(at, "change Buyers to 5 or more instead of 3")
    assert at.card.rows == (
        (
            "who is in it",
            "did bought at least 3 times in the last 7 days",
            "did bought at least 5 times in the last 7 days",
        ),
    )


def test_a_deleted_cohort_comes_back_by_its_number(at):
    done = at.do("delete_cohort", name="Beta testers")
    number = done.object_id or done.change.target.id
    assert "made" in ask(at, f"restore the cohort {number}").headline
    assert at.cohort(number)["deleted"] is False
