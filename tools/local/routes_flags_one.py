"""Routes about one feature flag: its status, its past, what it says of a person."""

import json
from typing import Any

from pydantic import BaseModel

from tools.local.activity_log import activity_page
from tools.local.bodies import invalid, not_found
from tools.local.flags.analysis import analysis
from tools.local.flags.dependencies import dependents
from tools.local.flags.evaluation import Evaluation
from tools.local.flags.flag import KIND, Flag
from tools.local.flags.history import at_version
from tools.local.flags.people import Asked, distinct_ids
from tools.local.flags.project import evaluation
from tools.local.flags.schedule import apply_due
from tools.local.flags.shown import Surroundings
from tools.local.flags.status import rollout, status
from tools.local.flags.writing import Document
from tools.local.objects import found, living
from tools.local.routes import Body, Call, Reply, Route, no_keys, read, whole
from tools.local.routes_account import author

MANY = "/api/projects/<project>/feature_flags/"
ONE = f"{MANY}<id>/"
_ONE_PROJECT = (
    "The embedded project has no other project to copy flags to: create the flag there instead."
)


class Tested(BaseModel):
    """Of whom a flag is asked."""

    distinct_id: str | None = None
    person_id: str | None = None
    timestamp: str | None = None
    groups: dict[str, Any] | None = None


def flag_status(call: Call) -> Body:
    """Whether a flag is still of use."""
    flag, around = _flag(call), Surroundings.of(call.home)
    said = status(flag, around.called.get(flag["key"]), around.now)
    return {
        "status": said.status,
        "reason": said.reason,
        "reason_states_rollout": said.states_rollout,
        "rollout": rollout(flag),
    }


def dependent_flags(call: Call) -> Body:
    """The flags whose conditions ask about this one."""
    names = {"id": None, "key": None, "name": ""}
    return [
        {name: body.get(name, default) for name, default in names.items()}
        for body in dependents(_flag(call), living(call.home.meta, KIND))
    ]


def version(call: Call) -> Body:
    """A flag as it was at one of its versions."""
    number = whole(call.arguments["version"])
    if number is None:
        said = f"Version {call.arguments['version']} not found for this feature flag."
        raise not_found(said)
    past = at_version(call.home.meta, _flag(call), number)
    extra = {name: past[name] for name in ("is_historical", "version_timestamp", "modified_by")}
    return {**Surroundings.of(call.home).show(past), **extra}


def test_evaluation(call: Call) -> Body | Reply:
    """What a flag says of one person, and why."""
    sent, body = read(Tested, call.request), _flag(call)
    if sent.timestamp:
        raise invalid(
            "The embedded project does not evaluate flags in the past: leave timestamp out.",
            attr="timestamp",
        )
    if bool(sent.distinct_id) == bool(sent.person_id):
        return Reply({"error": "Invalid parameters"}, 400)
    ids = [sent.distinct_id] if sent.distinct_id else distinct_ids(call.home, str(sent.person_id))
    if not ids:
        return Reply({"detail": f"Person not found for person_id: {sent.person_id}"}, 404)
    asked = evaluation(call.home, Asked(str(ids[0]), groups=sent.groups or {}))
    return _told(asked, Flag.of(body), sent.distinct_id)


def _told(asked: Evaluation, flag: Flag, distinct_id: str | None) -> Body:
    result = asked.result(flag)
    names = {str(one["key"]) for condition in flag.conditions for one in condition.filters}
    values = asked.subject.values
    return {
        "flag_key": flag.key,
        "result": result.value if flag.active else False,
        "reason": result.reason if flag.active else "flag_not_found",
        "reason_description": result.description if flag.active else None,
        "condition_index": result.condition,
        "payload": result.payload,
        "person_properties": {name: values[name] for name in sorted(names) if name in values},
        "evaluation_distinct_id": distinct_id,
        "conditions": analysis(asked, result) if flag.active else [],
    }


def evaluation_reasons(call: Call) -> Body:
    """What every flag says of one person, and why in a word."""
    args = call.request.args
    if not args.get("distinct_id"):
        raise invalid("This field is required.", code="required", attr="distinct_id")
    keys = _keys(args.getlist("flag_keys"))
    asked = evaluation(call.home, Asked(args["distinct_id"], groups=_groups(args.get("groups"))))
    disabled = {"reason": "disabled", "condition_index": None}
    off = [flag.key for flag in asked.flags.values() if not flag.active]
    return {
        **{
            result.flag.key: {
                "value": result.value,
                "evaluation": {
                    "reason": result.reason,
                    "condition_index": result.condition,
                    "description": result.description,
                },
            }
            for result in asked.results(keys)
        },
        **{
            key: {"value": False, "evaluation": disabled}
            for key in off
            if keys is None or key in keys
        },
    }


def my_flags(call: Call) -> Body:
    """Every flag, and what it says of the user who asks."""
    groups = _groups(call.request.args.get("groups"))
    asked = evaluation(call.home, Asked(author()["distinct_id"], groups=groups))
    values = {result.flag.key: result.value for result in asked.results()}
    around = Surroundings.of(call.home)
    return [
        {"feature_flag": around.show(body), "value": values.get(body["key"], False)}
        for body in living(call.home.meta, KIND)
    ]


def activity(call: Call) -> Body:
    """What happened to one flag, the latest first."""
    return activity_page(call, "FeatureFlag", _flag(call)["id"])


def remote_config(call: Call) -> Reply:
    """The payload of a remote configuration, decrypted; by id or by key."""
    name = call.arguments["id"]
    body = next(
        (
            body
            for body in living(call.home.meta, KIND)
            if (body["key"] if whole(name) is None else str(body["id"])) == name
        ),
        None,
    )
    if body is None or not body.get("is_remote_configuration"):
        raise not_found("Not found.")
    payload = (body["filters"].get("payloads") or {}).get("true")
    return Reply(json.dumps(payload or None).encode())


def copy_flags(call: Call) -> Body:
    """There is nowhere to copy to."""
    raise invalid(_ONE_PROJECT, attr="target_project_ids")


def _flag(call: Call) -> Document:
    apply_due(call.home.meta)
    return found(call.home.meta, KIND, call.arguments["id"])


def _keys(sent: list[str]) -> list[str] | None:
    return [key for text in sent for key in text.split(",") if key] or None


def _groups(text: str | None) -> dict[str, Any]:
    try:
        groups = json.loads(text) if text else {}
    except ValueError:
        groups = None
    if not isinstance(groups, dict):
        raise invalid("groups must be a JSON object of group types and keys.", attr="groups")
    return groups


READ = "feature_flag:read"
ROUTES = (
    Route("GET", f"{MANY}my_flags/", READ, my_flags),
    Route("GET", f"{MANY}evaluation_reasons/", READ, evaluation_reasons),
    Route("GET", f"{ONE}status/", READ, flag_status),
    Route("GET", f"{ONE}dependent_flags/", READ, dependent_flags),
    Route("GET", f"{ONE}versions/<version>/", READ, version),
    Route("POST", f"{ONE}test_evaluation/", READ, test_evaluation),
    Route("GET", f"{ONE}activity/", "activity_log:read", activity),
    Route("GET", f"{ONE}remote_config/", READ, remote_config),
    Route("POST", f"{ONE}create_static_cohort_for_flag/", None, no_keys),
    Route("POST", f"{ONE}dashboard/", None, no_keys),
    Route("POST", f"{ONE}enrich_usage_dashboard/", None, no_keys),
    Route(
        "POST",
        "/api/organizations/<organization>/feature_flags/copy_flags/",
        "feature_flag:write",
        copy_flags,
    ),
)
