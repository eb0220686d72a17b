import httpx
import pytest

from tests.fakes import FakePostHog, OpenGate, envelope
from tools.errors import ChangeRefused, PostHogError, ScopeDenied, TurnError
from tools.scopes import INTERNAL, OBJECTS, READING, Grants
from tools.toolbox import TOOLS, Toolbox

PRO = {"property": "plan", "of": "person", "values": ["pro"]}
ARGUMENTS = {
    "run_hogql": {"query": "SELECT 1"},
    "find_names": {"words": ["plan"]},
    "property_values": {"property": "plan"},
    "find_values": {"texts": ["pro"]},
    "run_trends": {"series": [{}]},
    "run_funnel": {"steps": [{}, {}]},
    "get_flag": {"key": "new-page"},
    "flag_changes": {"key": "new-page"},
    "get_cohort": {"name": "Staff"},
    "get_experiment": {"name": "New page"},
    "get_person": {"name": "ann@shop.example"},
    "person_timeline": {"name": "ann@shop.example"},
    "get_batch_export": {"name": "Daily"},
    "create_flag": {"key": "new-page"},
    "switch_flag": {"key": "new-page", "on": True},
    "set_flag_rollout": {"key": "new-page", "percent": 5},
    "set_flag_condition": {"key": "new-page"},
    "remove_flag_condition": {"key": "new-page", "condition": 1},
    "set_flag_variants": {"key": "new-page", "variants": []},
    "set_flag_payload": {"key": "new-page", "payload": "1"},
    "archive_flag": {"key": "new-page"},
    "delete_flag": {"key": "new-page"},
    "create_cohort": {"name": "Pro", "any_of": [{"where": [PRO]}]},
    "create_static_cohort": {"name": "Named", "people": ["ann@shop.example"]},
    "update_cohort": {"name": "Staff", "any_of": [{"where": [PRO]}]},
    "add_to_cohort": {"name": "Staff", "people": ["ann@shop.example"]},
    "remove_from_cohort": {"name": "Staff", "person": "ann@shop.example"},
    "delete_cohort": {"name": "Staff"},
    "restore_cohort": {"id": 1},
    "restore_flag": {"id": 1},
    "copy_flag": {"key": "new-page", "project": 2},
    "schedule_flag_change": {"key": "new-page", "at": "2027-01-01", "on": False},
    "save_insight": {"name": "Views", "of": "run_trends", "arguments": {"series": [{}]}},
    "add_to_dashboard": {"insight": "Views", "dashboard": "Growth"},
    "create_dashboard": {"name": "Growth"},
    "delete_insight": {"insight": "Views"},
    "update_insight": {"insight": "Views", "new_name": "Sign-ups"},
    "update_dashboard": {"dashboard": "Growth", "new_name": "Growing"},
    "delete_dashboard": {"dashboard": "Growth"},
    "annotate": {"content": "Released", "date": "2026-11-12"},
    "delete_annotation": {"annotation": "Released"},
    "launch_experiment": {"experiment": "New page"},
    "end_experiment": {"experiment": "New page"},
    "ship_variant": {"experiment": "New page", "variant": "test"},
    "create_batch_export": {"name": "Hourly", "to": "FileDownload", "every": "hour"},
    "pause_batch_export": {"name": "Daily"},
    "backfill_batch_export": {"name": "Daily", "start": "2026-03-01", "end": "2026-03-03"},
}
"""What a call needs, where it needs anything."""

EVERYTHING = tuple(dict.fromkeys(scope for tool in TOOLS for scope in tool.scopes))


def keys_for(tool):
    """The kinds of keys, each with the scopes it carries and those the tool then lacks."""
    writes = tuple(scope.replace(":read", ":write") for scope in tool.scopes)
    reads = tuple(scope.replace(":write", ":read") for scope in tool.scopes)
    others = tuple(scope for scope in EVERYTHING if scope not in (*tool.scopes, *writes))
    return {
        "every scope": (("*",), ()),
        "exactly these": (tool.scopes, ()),
        "write where read is needed": (writes, ()),
        "the reading key": (READING, tuple(s for s in tool.scopes if s not in READING)),
        "read where write is needed": (reads, tuple(s for s in tool.scopes if s not in reads)),
        "none": ((), tool.scopes),
        "all but these": (others, tool.scopes),
        "another case": (tuple(s.upper() for s in tool.scopes), tool.scopes),
        "the object alone": (tuple(s.split(":")[0] for s in tool.scopes), tool.scopes),
        "the first alone": (tool.scopes[:1], tool.scopes[1:]),
    }


MATRIX = [
    pytest.param(tool, scopes, missing, id=f"{tool.name}-{kind}")
    for tool in TOOLS
    for kind, (scopes, missing) in keys_for(tool).items()
]


@pytest.mark.parametrize(("tool", "scopes", "missing"), MATRIX)
def test_a_tool_is_offered_if_and_only_if_the_key_holds_its_scopes(tool, scopes, missing):
    box = Toolbox(FakePostHog(scopes=scopes).client(), gate=OpenGate())
    assert (tool in box.offered()) is (not missing)
    assert (tool in box.withheld()) is bool(missing)
    assert (tool.name in [schema["name"] for schema in box.schemas()]) is (not missing)


@pytest.mark.parametrize(("tool", "scopes", "missing"), [row for row in MATRIX if row.values[2]])
def test_a_tool_without_its_scopes_refuses_by_their_names_and_sends_nothing(tool, scopes, missing):
    fake = FakePostHog(scopes=scopes)
    box = Toolbox(fake.client(), gate=OpenGate())
    before = len(fake.requests)
    with pytest.raises(ScopeDenied) as caught:
        box.run(tool.name, ARGUMENTS.get(tool.name, {}))
    named = " and ".join(missing)
    assert caught.value.missing == missing
    assert str(caught.value) == (
        f"{tool.name} needs the scope {named}, which this API key lacks: "
        f"make a key with {named} under Settings → Personal API keys."
    )
    assert len(fake.requests) == before


@pytest.mark.parametrize("tool", [tool for tool in TOOLS if tool.writes], ids=lambda t: t.name)
def test_what_changes_something_is_neither_offered_nor_run_while_hogloop_only_reads(tool):
    fake = FakePostHog()
    box = Toolbox(fake.client())
    assert tool not in box.offered()
    with pytest.raises(ChangeRefused, match="only reads"):
        box.run(tool.name, ARGUMENTS[tool.name])
    assert {request.method for request in fake.requests} == {"GET"}
    assert len(fake.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        envelope(401, "authentication_failed", "invalid."),
        envelope(403, "permission_denied", "no"),
        envelope(404, "not_found", "no"),
        envelope(500, "error", "no"),
        envelope(429, "throttled", "no"),
        httpx.Response(302, headers={"location": "https://elsewhere.example/"}),
        httpx.Response(200, content=b"<html>"),
        httpx.Response(200, json=["*"]),
        httpx.Response(200, json={"scopes": "*"}),
        httpx.ConnectError("no"),
        httpx.ReadTimeout("no"),
    ],
    ids=lambda answer: str(getattr(answer, "status_code", type(answer).__name__)),
)
def test_a_key_that_can_not_be_looked_up_gets_no_tools_at_all(answer):
    def asked(request):
        if isinstance(answer, Exception):
            raise answer
        return answer

    fake = FakePostHog(instead=asked)
    with pytest.raises((TurnError, PostHogError)):
        Toolbox(fake.client())
    assert {request.url.path for request in fake.requests} == {"/api/personal_api_keys/@current/"}


@pytest.mark.parametrize(
    ("scopes", "scope", "held"),
    [
        (("query:read",), "query:read", True),
        (("query:write",), "query:read", True),
        (("query:read",), "query:write", False),
        (("query:read",), "query", False),
        (("*",), "feature_flag:write", True),
        (("*",), "internal_run:read", False),
        (("internal_run:read",), "internal_run:read", True),
        (("query:*",), "query:read", False),
        (("insight:read",), "query:read", False),
        ((), "query:read", False),
    ],
)
def test_write_implies_read_and_a_star_everything_that_is_not_internal(scopes, scope, held):
    assert Grants(frozenset(scopes)).covers(scope) is held


@pytest.mark.parametrize("name", sorted(INTERNAL))
def test_a_star_reaches_no_internal_object(name):
    assert Grants(frozenset({"*"})).missing((f"{name}:read",)) == (f"{name}:read",)


@pytest.mark.parametrize(
    ("projects", "reached"), [((), True), ((1,), True), ((2, 1), True), ((2,), False)]
)
def test_an_empty_list_of_projects_means_every_project(projects, reached):
    assert Grants(frozenset(), projects).reaches(1) is reached


def test_the_reading_key_reaches_every_tool_that_counts():
    grants = Grants(frozenset(READING))
    reading = [tool for tool in TOOLS if not tool.writes]
    beyond = {scope for tool in reading for scope in grants.missing(tool.scopes)}
    assert beyond == set(OBJECTS)
    assert not grants.missing(tuple(scope for scope in EVERYTHING if scope.startswith("query")))


def test_every_tool_reads_with_the_reading_scopes_and_those_of_objects():
    grants = Grants(frozenset({*READING, *OBJECTS}))
    assert [tool.name for tool in TOOLS if not tool.writes and grants.missing(tool.scopes)] == []
