"""Orders about saved work, experiments and later hours while changes can be proposed."""

from datetime import datetime, timedelta

import httpx
import pytest
from werkzeug.test import Client

from agent.loop import Agent
from agent.messages import Assistant, ToolCall, ToolResult, User
from agent.planner import Planner
from agent.planner.objects.ahead import ahead
from agent.planner.objects.before import Before
from agent.writing.approval import Choice
from tests.streams import NOW, Event, stream_project
from tests.writing_fixtures import Project, Wire, desk_of
from tools.local.definitions import observe_events
from tools.local.keys import create_key
from tools.local.server import Server
from tools.toolbox import Toolbox

ASKED = "sign_up per day last week"
VARIANTS = [{"key": key, "rollout_percentage": 50} for key in ("control", "test")]
FLAG = {"groups": [{"properties": [], "rollout_percentage": 100}],
        "multivariate": {"variants": VARIANTS}}  # fmt: skip


class Talk:
    """A person who talks to the planner with write mode on."""

    def __init__(self, at):
        self.at = at
        self.agent = Agent(Planner(), Toolbox(at.posthog, gate=at.gate))

    def say(self, *texts):
        """The answer to the last of some messages."""
        return [[*self.agent.ask(text)][-1] for text in texts][-1]

    def kept(self, kind):
        """The objects of a kind that were made, the latest last."""
        return self.at.project.home.meta.documents(kind)

    @property
    def card(self):
        return self.at.person.cards[-1]


@pytest.fixture
def talk(tmp_path):
    with stream_project(tmp_path / "server") as stream:
        events = [Event("sign_up", n, NOW - timedelta(days=n % 12)) for n in range(40)]
        stream.load([*events, *(Event("booked", n, NOW - timedelta(days=2)) for n in range(9))])
        observe_events(stream.home.meta, stream.home.store)
        server = Server(stream.home)
        project = Project(stream.home, create_key(stream.home.meta, ("*",), "test"), Client(server))
        at = desk_of(project, Wire(httpx.WSGITransport(app=server)), tmp_path / "home")
        at.gate.open()
        yield Talk(at)


def board(talk, name="Growth"):
    talk.say(f"create a dashboard called {name}")
    return talk.kept("dashboard")[-1]


def test_this_is_the_query_of_the_last_answer(talk):
    answer = talk.say(ASKED, "save this as an insight called Sign-ups a day")
    (insight,) = talk.kept("insight")
    assert insight["name"] == "Sign-ups a day"
    source = insight["query"]["source"]
    assert (source["kind"], source["interval"]) == ("TrendsQuery", "day")
    assert [one["event"] for one in source["series"]] == ["sign_up"]
    assert source["dateRange"]["date_from"] == "2026-03-23T00:00:00"
    assert answer.outcome == "answered"
    assert f"/project/1/insights/{insight['short_id']}" in answer.text
    assert answer.unmatched == ()


def test_a_period_that_ends_now_goes_on_to(talk):
    talk.say("sign_up per day for the last 7 days", "save that as 'Recent sign-ups'")
    (insight,) = talk.kept("insight")
    assert insight["query"]["source"]["dateRange"] == {"date_from": "-7d"}
    assert talk.card.rows[2][2] == "the last 7 days"


def test_a_follow_up_is_what_is_saved_then(talk):
    talk.say("sign_up last week", "and booked?", "keep this as an insight named Bookings")
    (insight,) = talk.kept("insight")
    assert [one["event"] for one in insight["query"]["source"]["series"]] == ["booked"]


@pytest.mark.parametrize(
    "order",
    [
        "save it as Sign-ups and add it to the Growth dashboard",
        "save this as an insight called 'Sign-ups' on the dashboard Growth",
        "please save that as Sign-ups to the dashboard “Growth”.",
    ],
)
def test_it_is_saved_onto_a_dashboard_at_once(talk, order):
    number = board(talk)["id"]
    talk.say(ASKED, order)
    (insight,) = talk.kept("insight")
    assert (insight["name"], insight["dashboards"]) == ("Sign-ups", [number])


@pytest.mark.parametrize(
    ("order", "name"),
    [
        ("save this as 'Sign-ups on the main dashboard'", "Sign-ups on the main dashboard"),
        ("save it as an insight called “Ann's sign-ups”", "Ann's sign-ups"),
        ("store that as a report named Sign-ups as of March!", "Sign-ups as of March"),
        ("keep this as Sign-ups", "Sign-ups"),
    ],
)
def test_an_insight_gets_the_name_that_is_said(talk, order, name):
    talk.say(ASKED, order)
    assert [one["name"] for one in talk.kept("insight")] == [name]


@pytest.mark.parametrize(
    "text", ["keep it to person p1", "save this as csv", "keep that week only"]
)
def test_what_only_sounds_like_it_saves_nothing(talk, text):
    talk.say(ASKED, text)
    assert talk.kept("insight") == []
    assert talk.at.person.cards == []


def test_without_a_name_the_question_is_proposed_as_one(talk):
    board(talk)
    answer = talk.say(ASKED, "add it to the dashboard Growth")
    assert (answer.outcome, talk.kept("insight")) == ("asked", [])
    answer = talk.say("1")
    (insight,) = talk.kept("insight")
    assert (insight["name"], len(insight["dashboards"])) == ("Sign_up per day last week", 1)


def test_it_is_the_insight_that_was_saved_last(talk):
    first, second = board(talk, "First"), board(talk, "Second")
    talk.say(ASKED, "save this as Sign-ups on the dashboard First")
    talk.say("add it to the Second dashboard")
    (insight,) = talk.kept("insight")
    assert insight["dashboards"] == [first["id"], second["id"]]
    assert talk.card.headline == "Put the insight Sign-ups on the dashboard Second"


def test_an_insight_that_is_named_is_put_on_a_dashboard(talk):
    number = board(talk)["id"]
    talk.say(ASKED, "save this as Sign-ups", "booked last week")
    talk.say("add the insight Sign-ups to the dashboard Growth")
    assert talk.kept("insight")[0]["dashboards"] == [number]


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ("add it to the dashboard Growth", "nothing was answered yet"),
        ("add revenue to the dashboard Growth", "no saved insight is called revenue"),
        ("save this as an insight called X", "ask for the figures first"),
    ],
)
def test_nothing_is_made_of_what_is_not_there(talk, order, said):
    board(talk)
    cards = len(talk.at.person.cards)
    assert said in talk.say(order).headline
    assert (len(talk.at.person.cards), talk.kept("insight")) == (cards, [])


def test_a_dashboard_that_is_not_there_is_refused_with_those_there_are(talk):
    board(talk)
    answer = talk.say(ASKED, "save this as Sign-ups on the dashboard Grwth")
    assert answer.outcome == "declined"
    assert "did you mean 'Growth'?" in answer.headline


@pytest.mark.parametrize(
    ("order", "name"),
    [
        ("create a dashboard Growth", "Growth"),
        ("make a dashboard called “Growth team”", "Growth team"),
        ("create a Mobile app dashboard", "Mobile app"),
        ("set up a dashboard for onboarding", "Onboarding"),
    ],
)
def test_a_dashboard_is_made_also_right_after_an_answer(talk, order, name):
    answer = talk.say(ASKED, order)
    (made,) = talk.kept("dashboard")
    assert made["name"] == name
    assert f"/project/1/dashboard/{made['id']}" in answer.text


def test_a_dashboard_without_a_name_is_asked_for_one(talk):
    assert talk.say("create a new dashboard").outcome == "asked"
    assert talk.kept("dashboard") == []


@pytest.mark.parametrize(
    ("order", "content", "marker"),
    [
        ("annotate 12 March: iOS 7.5 released", "iOS 7.5 released", "2026-03-12T00:00:00Z"),
        ("annotate yesterday: sale began", "sale began", "2026-04-01T00:00:00Z"),
        ("add an annotation 'Price rise' for today", "Price rise", "2026-04-02T00:00:00Z"),
        ("add an annotation for 2026-03-12: New logo.", "New logo", "2026-03-12T00:00:00Z"),
        ("annotate that the outage ended on 30 March", "outage ended", "2026-03-30T00:00:00Z"),
        ("annotate: everything is new", "everything is new", "2026-04-02T00:00:00Z"),
    ],
)  # fmt: skip
def test_a_day_is_annotated(talk, order, content, marker):
    talk.say(ASKED, order)
    (made,) = talk.kept("annotation")
    assert (made["content"], made["date_marker"]) == (content, marker)


def test_what_happened_is_asked_for(talk):
    assert talk.say("annotate 12 March").outcome == "asked"
    assert talk.kept("annotation") == []


def test_saved_things_are_deleted_and_undone(talk):
    board(talk)
    answer = talk.say("delete the dashboard Growth")
    assert talk.kept("dashboard")[0]["deleted"] is True
    change = answer.text.split("the change ")[1].split(";")[0]
    talk.at.gate.undo(change)
    assert talk.kept("dashboard")[0]["deleted"] is False


def test_what_was_deleted_comes_back_by_its_id(talk):
    tested(talk)
    talk.at.project.patch(1, {"deleted": True})
    board(talk)
    talk.say("delete the dashboard Growth")
    assert "found by its id alone" in talk.say("restore the dashboard Growth").headline
    talk.say("restore the dashboard 1", "bring back the flag with id 1")
    assert talk.kept("dashboard")[0]["deleted"] is False
    assert talk.at.flag(1)["deleted"] is False


def test_stale_flags_are_those_of_posthog_too(talk):
    """PostHog counts as stale what is at 100% for all and has been so for 30 days."""
    tested(talk)
    for key, months in (("old", 6), ("fresh", 0)):
        flag = talk.at.project.made(
            key, {"groups": [{"properties": [], "rollout_percentage": 100}]}
        )
        made = (NOW - timedelta(days=30 * months)).isoformat()
        kept = talk.at.project.home.meta.document("feature_flag", str(flag["id"]))
        old = {**kept, "created_at": made, "updated_at": made, "last_called_at": None}
        talk.at.project.home.meta.put_documents({"feature_flag": [old]})
    listed = talk.agent.toolbox.run("list_flags", {"stale": True}).rows
    assert [flag.key for flag in listed] == ["old"]
    for question in ("which flags can go?", "which flags can we get rid of?"):
        answer = talk.say(question)
        assert answer.headline == "1 of 3 feature flags is stale: old.", question


def test_the_query_that_is_kept_is_the_one_an_answer_rests_on():
    """A language model looks around first; the planner checks what it found afterwards."""
    look, typed = ToolCall("1", "run_hogql", {"query": "SELECT 1"}), ToolCall("2", "run_trends", {})
    last, wrong = ToolCall("3", "run_hogql", {"query": "SELECT 2"}), ToolCall("4", "run_funnel", "")

    def ran(*steps, failed=()):
        told = [ToolResult(call.id, call.name, "", error="E") for call in failed]
        turn = [User("how many?"), *(Assistant(tool_calls=calls) for calls in steps), *told]
        return Before.of([*turn, Assistant("5"), User("save this")]).run

    assert ran((look,), (last,)) == ("run_hogql", {"query": "SELECT 2"})
    assert ran((look,), (typed,), (last,)) == ("run_trends", {})
    assert ran((look,), (typed,), failed=(typed,)) == ("run_hogql", {"query": "SELECT 1"})
    assert ran((wrong,)) is None
    assert ran() is None


def tested(talk, **fields):
    """An experiment on a flag."""
    talk.at.project.made("new-page", FLAG)
    one = {"id": 1, "name": "New page test", "feature_flag_key": "new-page", **fields}
    talk.at.project.home.meta.put_documents({"experiment": [one]})


RUNNING = {"start_date": "2026-03-01T00:00:00Z"}
ENDED = {**RUNNING, "end_date": "2026-04-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("state", "order", "field"),
    [
        ({}, "launch the experiment New page test", "start_date"),
        (RUNNING, "end the experiment New page test", "end_date"),
        (RUNNING, "stop the New page test experiment as inconclusive", "end_date"),
    ],
)
def test_an_experiment_is_launched_and_ended(talk, state, order, field):
    tested(talk, **state)
    talk.say(ASKED, order)
    (one,) = talk.kept("experiment")
    assert one[field] == "2026-04-02T12:30:00Z"
    assert one.get("conclusion") == ("inconclusive" if "inconclusive" in order else None)
    assert talk.card.typed == "New page test"


def test_an_experiment_waits_for_its_name_to_be_typed(talk):
    tested(talk, **RUNNING)
    talk.at.person.types = False
    assert "Nothing was changed" in talk.say("end the experiment New page test").headline
    assert talk.kept("experiment")[0].get("end_date") is None


@pytest.mark.parametrize(("state", "made"), [(RUNNING, False), (ENDED, True)])
def test_a_variant_is_shipped(talk, state, made):
    tested(talk, **state)
    answer = talk.say("ship the test variant of the experiment New page test")
    variants = talk.at.flag(1)["filters"]["multivariate"]["variants"]
    shares = [variant["rollout_percentage"] for variant in variants]
    assert shares == ([0, 100] if made else [50, 50])
    assert made or "end it first" in answer.headline


@pytest.mark.parametrize(
    ("order", "on", "at"),
    [
        ("schedule new-page to be turned off on Friday", False, "2026-04-03T00:00:00Z"),
        ("turn off new-page tomorrow at 9am", False, "2026-04-03T09:00:00Z"),
        ("schedule new-page to be enabled on 4 May at 17:30", True, "2026-05-04T17:30:00Z"),
        ("turn new-page off in 3 days", False, "2026-04-05T12:30:00Z"),
    ],
)
def test_a_flag_is_switched_at_a_later_hour(talk, order, on, at):
    tested(talk)
    talk.say(ASKED, order)
    (one,) = talk.kept("scheduled_change")
    assert (one["payload"]["value"], one["scheduled_at"]) == (on, at)
    assert talk.at.flag(1)["active"] is True


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ("schedule new-page to be turned off", "When should new-page change?"),
        ("turn off new-page every Friday", "once, not again and again"),
        ("roll out new-page to 50% on Friday", "not another rollout"),
        ("turn off new-page on 1999-01-01", "is past"),
    ],
)
def test_what_can_not_be_scheduled_is_said(talk, order, said):
    tested(talk)
    assert said in talk.say(order).headline
    assert (talk.kept("scheduled_change"), talk.at.flag(1)["active"]) == ([], True)


def test_what_is_not_approved_is_not_made(talk):
    talk.at.person.choice = Choice.NO
    answer = talk.say(ASKED, "save this as Sign-ups")
    assert "not approved, nothing was changed" in answer.headline
    assert "/insights/" not in answer.text
    assert talk.kept("insight") == []


def test_while_hogloop_only_reads_it_says_what_it_would_do(talk):
    talk.at.gate.mode.close()
    for order in ("save this as Sign-ups", "annotate yesterday: sale", "create a dashboard Growth"):
        answer = talk.say(ASKED, order)
        assert (answer.outcome, "until you let it propose changes" in answer.headline) == (
            "declined", True
        )  # fmt: skip
    assert talk.at.wire.sent == []


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("on Friday", "2026-04-03T00:00"),
        ("on Thursday", "2026-04-09T00:00"),
        ("next Monday at 9:30", "2026-04-06T09:30"),
        ("tomorrow at noon", "2026-04-03T12:00"),
        ("tonight at 11pm", "2026-04-02T23:00"),
        ("at 12:00", "2026-04-03T12:00"),
        ("in two weeks", "2026-04-16T12:30"),
        ("on 1 April", "2027-04-01T00:00"),
        ("on Apr 5th at 12am", "2026-04-05T00:00"),
        ("on 2026-05-01T08:00", "2026-05-01T08:00"),
        ("on 31 February", None),
        ("at 27:00", None),
        ("now", None),
        ("for 5% of users", None),
    ],
)
def test_hours_that_are_to_come(text, at):
    now = datetime(2026, 4, 2, 12, 30)
    assert ahead(f"turn off x {text}", now) == (at and datetime.fromisoformat(at))
