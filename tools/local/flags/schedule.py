"""Changes of flags that wait for their hour.

They are made when the project's clock has reached it and somebody asks about flags.
"""

from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from tools.local.bodies import ApiError, invalid
from tools.local.clock import clock, stamp, written
from tools.local.flags.changes import changed_flag
from tools.local.flags.flag import KIND as FLAG
from tools.local.flags.store import keep
from tools.local.flags.writing import Document, SentFlag
from tools.local.meta import Meta, ProjectRow
from tools.local.routes_account import author

KIND = "scheduled_change"


class Payload(BaseModel):
    """What is to be done."""

    model_config = ConfigDict(extra="forbid")

    operation: Literal["update_status", "add_release_condition", "update_variants"]
    value: Any


class ScheduledChange(BaseModel):
    """A change and its hour."""

    model_config = ConfigDict(extra="ignore")

    record_id: str | int
    model_name: Literal["FeatureFlag"]
    payload: Payload
    scheduled_at: AwareDatetime
    is_recurring: bool = False
    recurrence_interval: str | None = None


def scheduled(meta: Meta, sent: ScheduledChange, project: ProjectRow) -> Document:
    """A new scheduled change as it is kept, or a refusal."""
    if sent.is_recurring or sent.recurrence_interval:
        said = "The embedded project does not repeat scheduled changes: schedule each of them."
        raise invalid(said, attr="is_recurring")
    if meta.document(FLAG, str(sent.record_id)) is None:
        raise invalid(f"Feature flag {sent.record_id} does not exist.", attr="record_id")
    _fields({"filters": {}}, sent.payload)
    return {
        "team_id": project.id,
        "record_id": str(sent.record_id),
        "model_name": sent.model_name,
        "payload": sent.payload.model_dump(),
        "scheduled_at": written(sent.scheduled_at),
        "executed_at": None,
        "failure_reason": None,
        "is_recurring": False,
        "recurrence_interval": None,
        "created_at": stamp(project),
        "created_by": author(),
        "updated_at": stamp(project),
    }


def apply_due(meta: Meta) -> None:
    """Make the changes whose hour has come, in the order of their hours."""
    if not any(_waits(body) for body in meta.documents(KIND)):
        return
    with meta.transaction():
        now = clock(meta.project)
        due = [body for body in meta.documents(KIND) if _waits(body) and _hour(body) <= now]
        for body in sorted(due, key=_hour):
            done = {"executed_at": stamp(meta.project), "failure_reason": _applied(meta, body)}
            meta.put_documents({KIND: [{**body, **done}]})


def _applied(meta: Meta, body: Document) -> str | None:
    """Make one change; why it could not be made, None when it was."""
    flag = meta.document(FLAG, body["record_id"])
    if flag is None:
        return "The feature flag does not exist any more."
    try:
        sent = SentFlag(**_fields(flag, Payload(**body["payload"])))
        keep(meta, flag, changed_flag(meta, flag, sent))
    except ApiError as error:
        return str(error)
    return None


def _fields(flag: Document, payload: Payload) -> Document:
    """The fields of a flag that a change sets."""
    value = payload.value
    if payload.operation == "update_status":
        if not isinstance(value, bool):
            raise invalid("update_status takes true or false.", attr="payload")
        return {"active": value}
    if not isinstance(value, dict):
        raise invalid(f"{payload.operation} takes an object.", attr="payload")
    filters = {"groups": [], **(flag.get("filters") or {})}
    if payload.operation == "add_release_condition":
        added = value.get("groups", [])
        if not isinstance(added, list):
            raise invalid("add_release_condition takes a list of groups.", attr="payload")
        return {"filters": {**filters, "groups": [*filters["groups"], *added]}}
    changed = {"multivariate": {"variants": value.get("variants", [])}}
    payloads = {"payloads": value["payloads"]} if "payloads" in value else {}
    return {"filters": {**filters, **changed, **payloads}}


def _waits(body: Document) -> bool:
    return not body["executed_at"]


def _hour(body: Document) -> datetime:
    return datetime.fromisoformat(body["scheduled_at"])
