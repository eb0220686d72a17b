"""Routes about experiments: read, started, ended, and with their results.

They are made with a feature flag that has variants; the embedded project makes none itself.
"""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from tools.local.bodies import invalid
from tools.local.clock import clock, stamp, written
from tools.local.experiments.model import ExposureCriteria
from tools.local.objects import Document, Resource, Sent, log_change, routes, sought
from tools.local.routes import Body, Call, Route
from tools.local.saved_queries import answered

_OF_FLAG = (
    "id",
    "name",
    "key",
    "filters",
    "deleted",
    "active",
    "ensure_experience_continuity",
    "version",
    "evaluation_runtime",
    "bucketing_identifier",
)


class Changes(Sent):
    """What of an experiment can be changed."""

    name: str = Field(default="", min_length=1)
    description: str | None = None
    start_date: datetime | None = None
    end_date: datetime | None = None
    archived: bool = False
    conclusion: Literal["won", "lost", "inconclusive", "stopped_early", "invalid"] | None = None
    conclusion_comment: str | None = None
    metrics: list[dict[str, Any]] | None = None
    metrics_secondary: list[dict[str, Any]] | None = None
    exposure_criteria: ExposureCriteria | None = None
    deleted: bool | None = None


def launch(call: Call) -> Body:
    """Start an experiment now."""
    return _dated(call, "start_date", "Experiment has already been launched.")


def end(call: Call) -> Body:
    """End an experiment now."""
    return _dated(call, "end_date", "Experiment has already ended.")


def results(call: Call) -> Body:
    """How many were shown each variant, and how the variants do by every metric."""
    body = sought(EXPERIMENTS, call)
    if not body.get("start_date"):
        raise invalid("The experiment has not been launched: it has no results yet.")
    named = {"experiment_id": body["id"]}
    exposed = answered(call, {"kind": "ExperimentExposureQuery", **named}, "blocking")
    return {
        "exposures": dict(exposed),
        **{
            name: [
                dict(
                    answered(call, {"kind": "ExperimentQuery", **named, "metric": one}, "blocking")
                )
                for one in body.get(name) or []
            ]
            for name in ("metrics", "metrics_secondary")
        },
    }


def _show(call: Call, body: Document) -> Document:
    return {
        "id": body["id"],
        "name": body.get("name"),
        "description": body.get("description") or "",
        "start_date": body.get("start_date"),
        "end_date": body.get("end_date"),
        "status": _status(body),
        "feature_flag_key": body.get("feature_flag_key"),
        "feature_flag": _flag(call, body.get("feature_flag_key")),
        "holdout": None,
        "holdout_id": None,
        "exposure_cohort": None,
        "parameters": body.get("parameters") or {},
        "secondary_metrics": [],
        "saved_metrics": [],
        "filters": {},
        "archived": bool(body.get("archived")),
        "deleted": bool(body.get("deleted")),
        "created_by": body.get("created_by"),
        "created_at": body.get("created_at"),
        "updated_at": body.get("updated_at") or body.get("created_at"),
        "type": body.get("type") or "product",
        "exposure_criteria": body.get("exposure_criteria") or {},
        "metrics": body.get("metrics") or [],
        "metrics_secondary": body.get("metrics_secondary") or [],
        "stats_config": {"method": "bayesian"},
        "conclusion": body.get("conclusion"),
        "conclusion_comment": body.get("conclusion_comment"),
        "user_access_level": "manager",
    }


def _flag(call: Call, key: str | None) -> Document | None:
    flags = call.home.meta.documents("feature_flag")
    found = next((one for one in flags if one["key"] == key), None)
    if found is None:
        return None
    return {"team_id": call.project.id, **{name: found.get(name) for name in _OF_FLAG}}


def _status(body: Document) -> str:
    if not body.get("start_date"):
        return "draft"
    return "complete" if body.get("end_date") else "running"


def _choose(call: Call, every: list[Document]) -> list[Document]:
    args = call.request.args
    status = args.get("status", "all")
    flag = args.get("feature_flag_id")
    archived = args.get("archived", "false").lower() == "true"
    found = [
        one
        for one in every
        if status in ("all", _status(one))
        and bool(one.get("archived")) is archived
        and flag in (None, str((_flag(call, one.get("feature_flag_key")) or {}).get("id")))
    ]
    return sorted(found, key=lambda one: str(one.get("created_at")), reverse=True)


def _merge(call: Call, before: Document, sent: Document) -> Document:
    dates: Document = {
        name: written(sent[name]) if sent[name] else None
        for name in ("start_date", "end_date")
        if name in sent
    }
    after = {**before, **sent, **dates, "updated_at": stamp(call.project)}
    start, ended = after.get("start_date"), after.get("end_date")
    if ended and (not start or datetime.fromisoformat(ended) < datetime.fromisoformat(start)):
        raise invalid("End date must be after start date", attr="end_date")
    return after


def _dated(call: Call, name: str, already: str) -> Body:
    meta = call.home.meta
    with meta.transaction():
        before = sought(EXPERIMENTS, call)
        if before.get(name):
            raise invalid(already)
        after = _merge(call, before, {name: clock(call.project)})
        meta.put_documents({EXPERIMENTS.kind: [after]})
    log_change(call, EXPERIMENTS.noun, before, after)
    return _show(call, after)


EXPERIMENTS = Resource(
    kind="experiment",
    noun="Experiment",
    path="experiments",
    new=None,
    changes=Changes,
    show=_show,
    choose=_choose,
    merge=_merge,
    search=("name", "description"),
    refused={
        "holdout_id": "it has no holdouts",
        "saved_metrics_ids": "send the metrics themselves",
        "parameters": "change the variants of the feature flag",
        "stats_config": "results are Bayesian",
    },
)
_ONE = "/api/projects/<project>/experiments/<id>"
ROUTES = (
    *routes(EXPERIMENTS),
    Route("POST", f"{_ONE}/launch/", "experiment:write", launch),
    Route("POST", f"{_ONE}/end/", "experiment:write", end),
    Route("GET", f"{_ONE}/results/", "experiment:read", results),
)
