"""Changes of what people save, from the call of a tool to what the project then holds."""

import json

import httpx
import pytest

from agent.writing.approval import Choice
from tests.writing_fixtures import desk
from tools.changes.change import Outcome, Risk
from tools.changes.kinds import page_of
from tools.errors import ChangeRefused, InvalidArguments, QueryRefused

NOVEMBER = {"date_from": "2026-11-01", "date_to": "2026-11-14"}
VIEWS = {"series": [{}], "interval": "day", **NOVEMBER}


@pytest.fixture
def at(tmp_path):
    with desk(tmp_path) as at:
        yield at


def known(at, kind, number):
    """An object as the project has it, deleted or not."""
    return at.project.home.meta.document(kind, str(number))


def saved(at, name="Views", **more):
    return at.do("save_insight", name=name, of="run_trends", arguments=VIEWS, **more)


def board(at, name="Growth"):
    return at.do("create_dashboard", name=name).object_id


def body(at):
    return json.loads(at.wire.sent[-1].content)


def test_the_query_of_an_answer_is_saved_as_posthog_saves_it(at):
    done = saved(at, description="Each day")
    assert (done.outcome, done.sentence) == (Outcome.APPLIED, "Made, and read back as approved.")
    sent = body(at)
    assert (sent["saved"], sent["query"]["kind"]) == (True, "InsightVizNode")
    assert sent["query"]["source"]["kind"] == "TrendsQuery"
    assert sent["query"]["source"]["dateRange"]["date_from"] == "2026-11-01T00:00:00"
    kept = known(at, "insight", done.object_id)
    assert (kept["name"], kept["description"], kept["saved"]) == ("Views", "Each day", True)
    page = page_of(done.change, done.now, done.object_id)
    assert page == f"/project/1/insights/{kept['short_id']}"
    (card,) = at.person.cards
    assert card.headline == "Save the insight Views"
    assert card.rows[1:] == (
        ("shows", "", "trend of any event per day"),
        ("period", "", "2026-11-01 00:00 up to 2026-11-14 23:59, whenever it is opened"),
    )
    assert card.typed == ""


@pytest.mark.parametrize(
    ("interval", "since", "until", "period", "said"),
    [
        (None, "2026-11-01", "2026-11-15T12:00", "-14d", "the last 14 days"),
        ("week", "2026-09-14", "2026-11-15T12:00", "-8w", "the last 8 weeks"),
        ("month", "2026-08-01", "2026-11-15T12:00", "-3m", "the last 3 months"),
        ("hour", "2026-11-14T06:00", "2026-11-15T06:30", "-24h", "the last 24 hours"),
    ],
)
def test_a_rolling_insight_ends_whenever_it_is_opened(at, interval, since, until, period, said):
    """PostHog itself goes back to the beginning of the first interval."""
    asked = {"series": [{}], "interval": interval, "date_from": since, "date_to": until}
    at.do("save_insight", name="Views", of="run_trends", arguments=asked, rolling=True)
    assert body(at)["query"]["source"]["dateRange"] == {"date_from": period}
    assert at.person.cards[0].rows[2] == ("period", "", said)


def test_a_rolling_retention_keeps_its_intervals(at):
    asked = {"start": {}, "back": {}, "period": "week", "intervals": 5}
    asked |= {"date_from": "2026-09-14", "date_to": "2026-10-18"}
    at.do("save_insight", name="Back", of="run_retention", arguments=asked, rolling=True)
    assert body(at)["query"]["source"]["dateRange"] == {"date_from": "-4w"}


def test_the_card_tells_what_the_query_is_split_by(at):
    by = [{"property": "plan", "of": "event"}, {"property": "city", "of": "person"}]
    at.do("save_insight", name="S", of="run_trends", arguments={"series": [{}], "breakdown": by})
    assert at.person.cards[0].rows[1][2] == "trend of any event by plan and city"


def test_hogql_is_saved_with_the_rows_that_were_told(at):
    asked = {"query": "SELECT event, count() FROM events GROUP BY event", "limit": 10}
    done = at.do("save_insight", name="SQL", of="run_hogql", arguments=asked)
    assert done.outcome is Outcome.APPLIED
    query = body(at)["query"]
    assert (query["kind"], query["source"]["kind"]) == ("DataVisualizationNode", "HogQLQuery")
    assert query["source"]["query"].endswith("LIMIT 10")
    with pytest.raises(InvalidArguments, match="can't be rolling"):
        at.do("save_insight", name="Other", of="run_hogql", arguments=asked, rolling=True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"series": []}, "at least 1 item"),
        ({"series": [{}], "kind": "DropTable"}, "Extra inputs"),
    ],
)
def test_what_can_not_be_asked_can_not_be_saved(at, arguments, said):
    with pytest.raises(InvalidArguments, match=said):
        at.do("save_insight", name="No", of="run_trends", arguments=arguments)
    assert at.wire.sent == []


def test_hogql_that_may_not_be_sent_may_not_be_saved(at):
    with pytest.raises(QueryRefused):
        at.do("save_insight", name="No", of="run_hogql", arguments={"query": "DROP TABLE events"})
    assert at.wire.sent == []


def test_an_insight_is_saved_onto_a_dashboard(at):
    number = board(at)
    done = saved(at, dashboard="growth")
    assert known(at, "insight", done.object_id)["dashboards"] == [number]
    assert (
        at.person.cards[-1].headline == "Save the insight Views and put it on the dashboard Growth"
    )


def test_a_name_that_is_taken_is_refused(at):
    saved(at)
    board(at)
    with pytest.raises(ChangeRefused, match="The insight views is there already"):
        saved(at, name="views")
    with pytest.raises(ChangeRefused, match="The dashboard Growth is there already"):
        board(at)


def test_one_more_dashboard_drops_none(at):
    first, second, third = (board(at, name) for name in ("First", "Second", "Third"))
    insight = saved(at, dashboard="Third").object_id
    saved(at, name="Other", dashboard="First")
    done = at.do("add_to_dashboard", insight="Views", dashboard="First")
    assert done.sentence == "Made, and read back as approved."
    assert body(at) == {"dashboards": [first, third]}
    assert [len(known(at, "dashboard", n)["tiles"]) for n in (first, second, third)] == [2, 0, 1]
    assert at.person.cards[-1].rows == (("on dashboards", "Third", "Third and First"),)
    with pytest.raises(ChangeRefused, match="is so already"):
        at.do("add_to_dashboard", insight=str(insight), dashboard="First")
    assert at.gate.undo(done.change.id).outcome is Outcome.APPLIED
    assert [len(known(at, "dashboard", n)["tiles"]) for n in (first, second, third)] == [1, 0, 1]


def test_a_dashboard_that_somebody_added_meanwhile_is_not_dropped(at):
    board(at, "First"), board(at, "Second")
    insight = saved(at).object_id

    def somebody():
        posted = {"dashboards": [2]}
        httpx_patch(at, f"insights/{insight}/", posted)

    at.person.first = somebody
    done = at.do("add_to_dashboard", insight="Views", dashboard="First")
    assert (done.outcome, done.moved) == (Outcome.STALE, ("dashboards[0]",))
    assert known(at, "insight", insight)["dashboards"] == [2]


def httpx_patch(at, path, fields):
    """Somebody else's change, past the client that is tested."""
    with httpx.Client(transport=at.wire.inner, base_url="http://embedded") as other:
        headers = {"Authorization": f"Bearer {at.project.key}"}
        answer = other.patch(f"/api/projects/1/{path}", json=fields, headers=headers)
        assert answer.status_code == 200, answer.text


def test_a_deleted_insight_comes_back_with_its_tiles(at):
    number = board(at)
    insight = saved(at, dashboard="Growth").object_id
    done = at.do("delete_insight", insight="Views")
    assert done.sentence == "Made, and read back as approved."
    assert known(at, "insight", insight)["deleted"] is True
    assert at.person.cards[-1].notes[0] == "It is on Growth, where its tile goes with it."
    assert known(at, "dashboard", number)["tiles"] == []
    assert at.gate.undo(done.change.id).sentence == "Made, and read back as approved."
    assert known(at, "insight", insight)["deleted"] is False
    assert len(known(at, "dashboard", number)["tiles"]) == 1


@pytest.mark.parametrize(
    ("kind", "make", "delete", "field"),
    [
        ("insight", saved, "delete_insight", "insight"),
        ("dashboard", lambda at: at.do("create_dashboard", name="Views"), "delete_dashboard",
         "dashboard"),
        ("annotation", lambda at: at.do("annotate", content="Views", date="2026-11-12"),
         "delete_annotation", "annotation"),
    ],
)  # fmt: skip
def test_what_is_deleted_is_brought_back_by_its_id(at, kind, make, delete, field):
    number = make(at).object_id
    assert at.do(delete, **{field: "Views"}).outcome is Outcome.APPLIED
    assert known(at, kind, number)["deleted"] is True
    with pytest.raises(InvalidArguments, match="by its id alone"):
        at.do(delete, **{field: "Views"}, deleted=False)
    done = at.do(delete, **{field: str(number)}, deleted=False)
    assert done.sentence == "Made, and read back as approved."
    assert known(at, kind, number)["deleted"] is False
    with pytest.raises(ChangeRefused, match="is so already"):
        at.do(delete, **{field: str(number)}, deleted=False)


def test_what_never_was_is_not_brought_back(at):
    done = at.do("delete_insight", insight="77", deleted=False)
    assert (done.outcome, done.sentence[:21]) == (Outcome.REFUSED, "Nothing was changed: ")


def test_an_insight_that_is_gone_is_not_changed(at):
    board(at)
    insight = saved(at).object_id
    at.person.first = lambda: httpx_patch(at, f"insights/{insight}/", {"deleted": True})
    done = at.do("add_to_dashboard", insight="Views", dashboard="Growth")
    assert (done.outcome, done.moved) == (Outcome.STALE, ("deleted",))


@pytest.mark.parametrize("tool", ["save_insight", "create_dashboard", "annotate"])
def test_what_was_made_is_deleted_by_undo(at, tool):
    done = {
        "save_insight": saved,
        "create_dashboard": lambda at: at.do("create_dashboard", name="Growth"),
        "annotate": lambda at: at.do("annotate", content="Released", date="2026-11-12"),
    }[tool](at)
    kind = done.change.target.kind
    undone = at.gate.undo(done.change.id)
    assert undone.sentence == "Made, and read back as approved."
    assert known(at, kind, done.object_id)["deleted"] is True


def test_what_somebody_changed_since_is_not_undone(at):
    done = saved(at)
    httpx_patch(at, f"insights/{done.object_id}/", {"description": "theirs"})
    with pytest.raises(ChangeRefused, match="Somebody changed description of Views"):
        at.gate.undo(done.change.id)


@pytest.mark.parametrize(
    ("date", "marker"),
    [("2026-11-12", "2026-11-12T00:00:00Z"), ("2026-11-12T09:30+02:00", "2026-11-12T07:30:00Z")],
)
def test_an_annotation_stands_on_every_chart(at, date, marker):
    done = at.do("annotate", content="Released 7.5", date=date)
    assert done.sentence == "Made, and read back as approved."
    kept = known(at, "annotation", done.object_id)
    assert (kept["content"], kept["date_marker"], kept["scope"]) == (
        "Released 7.5",
        marker,
        "project",
    )
    with pytest.raises(ChangeRefused, match="there already"):
        at.do("annotate", content="Released 7.5", date=date)


@pytest.mark.parametrize("date", ["Friday", "2026-13-01", "", "0001-01-01T00:00+14:00"])
def test_a_day_that_is_none_is_refused(at, date):
    with pytest.raises(InvalidArguments, match=r"is no day|too far away"):
        at.do("annotate", content="x", date=date)


def lost(request, served):
    """An answer that does not come back."""
    answer = served()
    if request.method in ("POST", "PATCH") and "/query/" not in request.url.path:
        raise httpx.ReadError("gone")
    return answer


@pytest.mark.parametrize("tool", ["save_insight", "delete_insight", "annotate", "create_dashboard"])
def test_a_lost_answer_is_settled_by_reading(at, tool):
    saved(at, name="Old")
    at.wire.fault = lost
    done = {
        "save_insight": saved,
        "delete_insight": lambda at: at.do("delete_insight", insight="Old"),
        "create_dashboard": lambda at: at.do("create_dashboard", name="Growth"),
        "annotate": lambda at: at.do("annotate", content="Released", date="2026-11-12"),
    }[tool](at)
    assert (done.outcome, done.sentence) == (Outcome.APPLIED, "Made, and read back as approved.")


def test_the_number_of_its_form_that_posthog_puts_into_a_query_is_no_difference(at):
    def upgraded(request, served):
        answer = served()
        if request.method == "GET" and request.url.path.endswith("/insights/1/"):
            shown = answer.json()
            shown["query"]["source"]["version"] = 2
            return httpx.Response(200, json=shown)
        return answer

    at.wire.fault = upgraded
    assert saved(at).sentence == "Made, and read back as approved."


def test_hostile_names_are_shown_as_what_they_are(at):
    at.person.choice = Choice.NO
    hostile = "Vi\u202eews \x1b[2J \u0456nsight"
    change = saved(at, name=hostile).change
    assert change.request.body["name"] == hostile
    (card,) = at.person.cards
    for text in (card.headline, *card.rows[0], *card.exactly):
        assert not {"\u202e", "\x1b", "\u0456"} & set(text)
    assert "\\u{202e}" in card.headline
    assert "\\u{456}" in card.headline
    assert change.risk is Risk.SMALL
