"""Answers that are run again: the same, or other figures with their cause."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from agent.cli import app
from agent.errors import SettingsError
from agent.evidence import Evidence, Run
from agent.journal import Journal
from agent.loop import Agent
from agent.rerun import UNEXPLAINED, rerun, told
from agent.session import Session
from agent.version import version
from tests.capture_fixtures import send
from tests.fakes import FakePostHog, ScriptedModel, call, rows
from tests.local_fixtures import client, imported, write_lines
from tests.loopback import serving
from tools.client import PostHog, unix_socket
from tools.toolbox import Toolbox

LATE = "created_at >"
PLANS = "SELECT properties.plan AS plan, count() AS n FROM events GROUP BY plan ORDER BY plan"


def fake(*found, late=(), **options):
    answers = {LATE: rows(["event", "events"], *late), "count()": rows(["plan", "n"], *found)}
    return FakePostHog(answers=answers, **options)


@pytest.fixture
def kept(tmp_path):
    """An answer of a scripted model about some rows; gives it with its evidence."""

    def answered(*found, query=PLANS):
        posthog = fake(*found).client()
        agent = Agent(
            ScriptedModel(call("run_hogql", query=query), "Here they are."), Toolbox(posthog)
        )
        session = Session(agent, tmp_path, started=datetime.now(UTC), warn=pytest.fail)
        answer = session.ask("how many?", lambda message: None)
        session.close()
        posthog.close()
        return answer, Journal(tmp_path / "journal.db").evidence(answer.receipt)

    return answered


def again(answer, evidence, posthog):
    opened = posthog.client()
    found = rerun(answer, evidence, Toolbox(opened))
    opened.close()
    return found


def test_the_same_rows_are_the_same(kept):
    answer, evidence = kept(("free", 4), ("pro", 3))
    found = again(answer, evidence, fake(("free", 4), ("pro", 3)))
    assert (found.same, found.differences, found.causes) == (True, (), ())
    assert [*told(answer, found)] == ["The same: 2 rows of 1 call, as then."]
    assert found.runs[0].hash == evidence.runs[0].hash


def test_rows_in_another_order_are_the_same(kept):
    answer, evidence = kept(("free", 4), ("pro", 3))
    assert again(answer, evidence, fake(("pro", 3), ("free", 4))).same


def test_each_row_that_differs_is_named(kept):
    answer, evidence = kept(("free", 4), ("pro", 3), ("old", 1))
    found = again(answer, evidence, fake(("free", 5), ("pro", 3), ("new\x1b[1m", 2)))
    assert found.differences == (
        "free: n 4 → 5.",
        "old: 1 before, not there now.",
        "new[1m: not there before, 2 now.",
    )
    assert found.causes == (UNEXPLAINED,)


def test_late_events_are_found_and_named(kept):
    answer, evidence = kept(("free", 4))
    found = again(answer, evidence, fake(("free", 6), late=[("sign\x07up", 2)]))
    assert found.causes == ("Late events of the period, received since it was asked: 2 signup.",)


def test_another_version_and_zone_are_named(kept):
    answer, evidence = kept(("free", 4))
    old = replace(evidence, version="0.0.1", timezone="Europe/Oslo")
    found = again(answer, old, fake(("free", 5)))
    assert found.causes == (
        f"Other version: hogloop was 0.0.1 then and is {version()} now.",
        "Other zone: the project was in Europe/Oslo, now UTC.",
    )


def test_another_project_is_named_even_where_nothing_differs(kept):
    answer, evidence = kept(("free", 4))
    project = {"id": 9, "name": "Other", "timezone": "UTC"}
    found = again(answer, evidence, fake(("free", 4), project=project))
    assert found.same
    assert found.causes == (
        "Other project: the answer is of Shop (id 1, https://us.posthog.com), "
        "not Other (https://us.posthog.com).",
    )


def test_a_query_that_counts_from_now_is_said_to_move(kept):
    query = "SELECT properties.plan AS plan, count() AS n FROM events WHERE timestamp > now()"
    answer, evidence = kept(("free", 4), query=query)
    found = again(answer, evidence, fake(("free", 5)))
    assert found.causes[0].startswith("Moving period: the query counts from the moment it runs")


def test_an_answer_without_queries_cannot_be_run_again(kept):
    answer, _ = kept(("free", 4))
    with pytest.raises(SettingsError, match="rests on no query that could be run again"):
        again(answer, None, fake())


def test_a_receipt_keeps_what_an_answer_rests_on(kept):
    _, evidence = kept(("free", 4))
    (run,) = evidence.runs
    assert (run.name, run.columns, run.rows, run.whole) == (
        "run_hogql", ("plan", "n"), (("free", 4),), True,
    )  # fmt: skip
    assert Evidence.of_json(json.loads(json.dumps(evidence.as_json()))) == evidence
    assert run.hash != replace(run, rows=(("free", 5),)).hash


def test_the_command_ends_with_1_where_something_differs(kept, tmp_path):
    answer, _ = kept(("free", 4))
    for count, code in ((4, 0), (5, 1)):
        with serving(fake(("free", count))) as host:
            env = {
                "HOGLOOP_HOME": str(tmp_path),
                "POSTHOG_HOST": host,
                "POSTHOG_PERSONAL_API_KEY": "phx_" + "k" * 12,
            }
            done = CliRunner().invoke(app, ["rerun", answer.receipt, "--json"], env=env)
        assert done.exit_code == code, done.output
        body = json.loads(done.stdout)
        assert body["same"] == (code == 0)
        assert body["differences"] == ([] if code == 0 else ["free: n 4 → 5."])


@pytest.fixture
def live(new_project, tmp_path):
    """An embedded project with three purchases, and a client for it."""
    project = new_project()
    events = [
        {"event": "bought", "distinct_id": f"p{n}", "timestamp": f"2026-03-0{n + 1}T10:00:00Z",
         "properties": {"plan": "pro"}}
        for n in range(3)
    ]  # fmt: skip
    imported(project, write_lines(tmp_path / "events.jsonl", events))
    opened = PostHog(
        host="http://embedded", key=project.key, project_id=project.project_id,
        transport=unix_socket(project.socket),
    )  # fmt: skip
    yield project, opened
    opened.close()


def ask(opened, home, *replies):
    agent = Agent(ScriptedModel(*replies, "So it is."), Toolbox(opened))
    session = Session(agent, home, started=datetime.now(UTC), warn=pytest.fail)
    answer = session.ask("how many?", lambda message: None)
    session.close()
    return answer, Journal(home / "journal.db").evidence(answer.receipt)


TRENDS = call(
    "run_trends", series=[{"events": ["bought"]}], date_from="2026-03-01", interval="month"
)


def test_an_event_that_came_late_is_the_cause(live, tmp_path):
    project, opened = live
    answer, evidence = ask(opened, tmp_path, TRENDS)
    assert rerun(answer, evidence, Toolbox(opened)).same
    pinned = evidence.runs[0].arguments["date_to"]
    assert abs(datetime.fromisoformat(pinned) - datetime.now(UTC).replace(tzinfo=None)) < timedelta(
        minutes=1
    )
    late = {"event": "bought", "distinct_id": "p9", "timestamp": "2026-03-02T11:00:00Z",
            "uuid": str(uuid4())}  # fmt: skip
    send(project, late)
    found = rerun(answer, evidence, Toolbox(opened))
    assert found.differences == ("2026-03-01: bought 3 → 4.",)
    assert found.causes == ("Late events of the period, received since it was asked: 1 bought.",)


def test_a_cohort_that_means_something_else_is_the_cause(live, tmp_path):
    project, opened = live
    person = {"key": "plan", "type": "person", "value": ["x"], "operator": "exact"}
    filters = {"properties": {"type": "OR", "values": [{"type": "AND", "values": [person]}]}}
    with client(project) as http:
        made = http.post(
            "/api/projects/@current/cohorts/", json={"name": "Pros", "filters": filters}
        )
        assert made.status_code == 201, made.text
        count = "SELECT count() AS n FROM events WHERE person_id NOT IN COHORT 'Pros'"
        answer, evidence = ask(opened, tmp_path, call("run_hogql", query=count))
        assert [*evidence.definitions] == [f"cohort Pros (id {made.json()['id']})"]
        person |= {"operator": "is_not_set", "value": ""}
        sent = {"filters": filters}
        http.patch(f"/api/projects/@current/cohorts/{made.json()['id']}/", json=sent)
    found = rerun(answer, evidence, Toolbox(opened))
    assert not found.same
    assert found.causes == (
        f"Changed definition: cohort Pros (id {made.json()['id']}) means something else now.",
    )


def test_a_receipt_is_shown_with_its_conditions():
    from agent.receipts import conditions, rows

    where = [{"property": "plan", "operator": "=", "values": ["pro", "team"]}]
    run = Run("run_trends", {"series": [{"where": where}]}, ("n",), ((1,),), False, {})
    assert conditions(run) == "plan = pro, team"
    assert rows(run) == "1 row, cut, there are more"
    assert re.match("none", conditions(replace(run, arguments={})))
