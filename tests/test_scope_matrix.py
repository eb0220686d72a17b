"""Every tool with every kind of key, decided here and by the embedded project alike."""

from contextlib import suppress

import pytest

from tests.flags_fixtures import EVERYBODY
from tests.test_scopes import ARGUMENTS, PRO
from tests.writing_fixtures import desk
from tools.errors import (
    Forbidden,
    InvalidArguments,
    KeyRejected,
    ScopeDenied,
    ToolError,
    TurnError,
)
from tools.toolbox import TOOLS, Toolbox

GRANTABLE = [
    "action",
    "access_control",
    "account",
    "activity_log",
    "alert",
    "annotation",
    "approvals",
    "batch_export",
    "batch_import",
    "batch_import_support",
    "billing",
    "business_knowledge",
    "canvas",
    "cohort",
    "comment",
    "conversation",
    "customer_analytics",
    "customer_task",
    "customer_journey",
    "customer_profile_config",
    "data_catalog",
    "data_catalog_approval",
    "dashboard",
    "event_filter",
    "dashboard_template",
    "dataset",
    "early_access_feature",
    "endpoint",
    "engineering_analytics",
    "error_tracking",
    "evaluation",
    "element",
    "event_definition",
    "experiment",
    "experiment_holdout",
    "experiment_saved_metric",
    "export",
    "external_data_schema",
    "external_data_source",
    "feature_flag",
    "file_system",
    "file_system_shortcut",
    "group",
    "health_issue",
    "heatmap",
    "hog_flow",
    "hog_function",
    "ingestion_warning",
    "insight",
    "insight_variable",
    "integration",
    "legal_document",
    "link",
    "live_debugger",
    "llm_analytics",
    "ai_observability_clusters",
    "llm_gateway",
    "llm_playground",
    "llm_prompt",
    "llm_provider_key",
    "llm_skill",
    "logs",
    "loop",
    "marketing_analytics",
    "mcp_analytics",
    "metrics",
    "notebook",
    "organization",
    "organization_integration",
    "organization_member",
    "person",
    "plugin",
    "product_enablement",
    "product_tour",
    "project",
    "property_definition",
    "query",
    "query_performance",
    "replay_scanner",
    "review_hog",
    "revenue_analytics",
    "session_recording",
    "session_recording_playlist",
    "sharing_configuration",
    "signal_scout",
    "stamphog",
    "streamlit_app",
    "subscription",
    "survey",
    "tagger",
    "ticket",
    "task",
    "toolbar",
    "tracing",
    "field_note",
    "uploaded_media",
    "usage_metric",
    "user",
    "user_interview",
    "vision_action",
    "vision_alert",
    "visual_review",
    "warehouse_objects",
    "warehouse_table",
    "warehouse_view",
    "web_analytics",
    "webhook",
    "wizard_session",
]
"""The objects of posthog/scopes.py that a personal API key can be given (2026)."""

OBJECTS = tuple(dict.fromkeys(s.split(":")[0] for tool in TOOLS for s in tool.scopes))
SINGLE = tuple(f"{name}:{action}" for name in GRANTABLE for action in ("read", "write"))
FREE = {"type": "person", "key": "plan", "operator": "exact", "value": ["free"]}
EVERY = tuple(f"{name}:write" for name in OBJECTS)
COUNTED = {"kind": "InsightVizNode", "source": {"kind": "TrendsQuery", "series": []}}
VARIANTS = [{"key": key, "rollout_percentage": 50} for key in ("control", "test")]
TESTED = {**EVERYBODY, "multivariate": {"variants": VARIANTS}}


@pytest.fixture(scope="module")
def at(tmp_path_factory):
    with desk(tmp_path_factory.mktemp("matrix")) as at:
        group = EVERYBODY["groups"][0]
        at.project.made("new-page", {"groups": [group, group]})
        ann = at.project.add_person("ann@shop.example", {"email": "ann@shop.example"})
        metric = {"kind": "ExperimentMetric", "metric_type": "mean", "source": {"event": "a"}}
        running = {"id": 1, "name": "New page", "feature_flag_key": "new-page", "metrics": [metric]}
        running["start_date"] = "2026-01-01T00:00:00Z"
        cohorts = "/api/projects/@current/cohorts/"
        for name, people in (("Staff", [ann]), ("Empty", []), ("Gone", [])):
            body = {"name": name, "is_static": True, "_create_static_person_ids": people}
            _, made = at.project.post(cohorts, body)
        at.project.patch(f"{cohorts}{made['id']}/", {"deleted": True})
        rules = {"properties": {"type": "AND", "values": [FREE]}}
        at.project.post(cohorts, {"name": "Free", "filters": rules})
        draft = {"id": 2, "name": "Draft", "feature_flag_key": "tested", "metrics": [metric]}
        ended = {**running, **draft, "id": 3, "name": "Ended", "end_date": "2026-02-01T00:00:00Z"}
        board = {"id": 1, "name": "Growth", "tiles": []}
        views = {"id": 1, "name": "Views", "short_id": "abcdefgh", "query": COUNTED, "saved": True}
        noted = {"id": 1, "content": "Released", "scope": "project"}
        at.project.home.meta.put_documents(
            {
                "experiment": [running, draft, ended],
                "dashboard": [board],
                "insight": [views],
                "annotation": [noted],
            }
        )
        daily = {"name": "Daily", "interval": "day", "destination": {"type": "FileDownload"}}
        at.project.post("/api/projects/@current/batch_exports/", daily)
        at.project.made("tested", TESTED)
        at.project.patch(at.project.made("gone", EVERYBODY)["id"], {"deleted": True})
        yield at


ASKED = {
    **ARGUMENTS,
    "create_flag": {"key": "another"},
    "switch_flag": {"key": "new-page", "on": False},
    "update_cohort": {"name": "Free", "any_of": [{"where": [PRO]}]},
    "add_to_cohort": {"name": "Empty", "people": ["ann@shop.example"]},
    "delete_cohort": {"name": "Free"},
    "restore_cohort": {"id": 3},
    "restore_flag": {"id": 3},
    "save_insight": {**ARGUMENTS["save_insight"], "name": "More views", "dashboard": "Growth"},
    "create_dashboard": {"name": "Another"},
    "annotate": {"content": "Another", "date": "2026-11-12"},
    "launch_experiment": {"experiment": "Draft"},
    "ship_variant": {"experiment": "Ended", "variant": "test"},
}
"""What the embedded project has something to say about."""


def reached(at, *scopes):
    """A toolbox with a key of some scopes, whose client keeps no scope from being sent."""
    other = at.keyed(*scopes)
    return Toolbox(other.posthog, gate=at.gate), other.posthog


def test_every_tool_is_decided_alike_for_every_single_scope(at, tally):
    """9 of 10 cells are refusals: none of them sends a request."""
    cells = 0
    for scope in (*SINGLE, "*"):
        box, posthog = reached(at, scope)
        assert posthog.grants.scopes == {scope}
        asked = len(at.wire.seen)
        for tool in TOOLS:
            cells += 1
            missing = [one for one in tool.scopes if not covered(scope, one)]
            if not missing:
                continue
            with pytest.raises(ScopeDenied) as caught:
                box.run(tool.name, ARGUMENTS.get(tool.name, {}))
            assert list(caught.value.missing) == missing
        assert len(at.wire.seen) == asked, scope
    tally(f"{cells:,} cells of tools and keys, decided before anything is sent")


def covered(held, wanted):
    """PostHog's rule, written down once more."""
    name, action = wanted.split(":")
    return held in ("*", wanted, f"{name}:write") if action == "read" else held in ("*", wanted)


HERE = [tool for tool in TOOLS if tool.name != "copy_flag"]
"""Tools that ask an embedded project; what a copy asks of it, test_changes_copies.py asks."""


@pytest.mark.parametrize("tool", HERE, ids=lambda tool: tool.name)
def test_the_embedded_project_refuses_what_we_refuse(at, tool):
    """Without each scope that a tool names, the server itself refuses one of its requests."""
    for scope in tool.scopes:
        held = tuple(one for one in EVERY if one.split(":")[0] != scope.split(":")[0])
        if scope.endswith(":write"):
            held = (*held, scope.replace(":write", ":read"))
        refused = forbidden(at, tool, held)
        assert refused, f"{tool.name} does not need {scope}"
        assert all(scope in one for one in refused), refused


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_the_embedded_project_allows_what_we_allow(at, tool):
    """With just the scopes that a tool names, it is not refused."""
    _, posthog = reached(at, *tool.scopes)
    with suppress(InvalidArguments):
        arguments = tool.parse(ASKED.get(tool.name, {}))
        try:
            tool.function(posthog, arguments)
        except Forbidden as error:
            pytest.fail(f"{tool.name}: {error}")
        except ToolError:
            pass


def forbidden(at, tool, held):
    """What the server says against a tool's requests, all of them sent."""
    _, posthog = reached(at, *held)
    at.wire.refusals.clear()
    with suppress(ToolError, TurnError):
        change = tool.function(posthog, tool.parse(ASKED.get(tool.name, {})))
        if tool.writes:
            request = change.request
            posthog._request(
                request.method, f"/api/projects/1/{request.path}", json=dict(request.body)
            )
    return list(at.wire.refusals)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
@pytest.mark.parametrize("kind", ["revoked", "another project", "no scopes at all"])
def test_a_key_that_is_no_good_runs_nothing(at, tool, kind):
    if kind == "revoked":
        other = at.keyed("*")
        meta = at.project.home.meta
        with meta.transaction() as db:
            db.execute("DELETE FROM keys WHERE label = 'test'")
    else:
        other = at.keyed(*((), ("*",))[kind == "another project"], teams=(99,))
    at.wire.sent.clear()
    with pytest.raises((KeyRejected, ToolError)):
        Toolbox(other.posthog, gate=at.gate).run(tool.name, ASKED.get(tool.name, {}))
    assert at.wire.sent == []
