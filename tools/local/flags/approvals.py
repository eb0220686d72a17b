"""Changes that wait for somebody's approval, where the project asks for it.

The fact `approval_policies` names the actions that are held: an action → "approval" or "deny".
"""

import uuid
from collections.abc import Mapping
from typing import Any

from tools.local.clock import stamp
from tools.local.flags.shown import redacted
from tools.local.meta import Meta
from tools.local.routes import Reply
from tools.local.routes_account import author

Document = dict[str, Any]
Stored = Mapping[str, Any]
FACT = "approval_policies"
KIND = "change_request"
ENABLE, DISABLE, UPDATE = "feature_flag.enable", "feature_flag.disable", "feature_flag.update"
_HELD = "This change requires approval. A change request has been created."
_PENDING = "A change request for this change is already pending."
_GUIDANCE = "Split the change so that each request falls under one policy."


def held(meta: Meta, before: Stored, after: Stored) -> Reply | None:
    """The answer to a change that is not made now; None when nothing holds it."""
    policies: Mapping[str, str] = meta.fact(FACT) or {}
    found = [action for action in _actions(before, after) if action in policies]
    if not found:
        return None
    if denied := [action for action in found if policies[action] == "deny"]:
        return Reply(_denied(denied[0]), 403)
    if len(found) > 1:
        return Reply(_conflicting(found), 400)
    return Reply(_requested(meta, found[0], redacted(before), redacted(after)), 409)


def _actions(before: Stored, after: Stored) -> list[str]:
    """What a change comes to; a flag that is new is switched on."""
    was, now = bool(before.get("active")), bool(after.get("active"))
    switched = [] if was == now else [ENABLE if now else DISABLE]
    rolled = before.get("filters") != after.get("filters")
    return [*switched, *([UPDATE] if rolled else [])]


def _denied(action: str) -> Document:
    said = f"This action is not allowed by approval policy: {action}"
    code, kind = "permission_denied", "authentication_error"
    return {"type": kind, "code": code, "detail": said, "attr": None}


def _conflicting(actions: list[str]) -> Document:
    return {
        "code": "policy_conflict",
        "error": "Several approval policies apply to this change.",
        "conflicting_policies": actions,
        "guidance": _GUIDANCE,
    }


def _requested(meta: Meta, action: str, before: Stored, after: Stored) -> Document:
    number = before.get("id")
    waiting = [
        body
        for body in meta.documents(KIND)
        if (body["action_key"], body["resource_id"], body["state"]) == (action, number, "pending")
    ]
    request = waiting[0] if waiting else _request(meta, action, before, after)
    said = _PENDING if waiting else _HELD
    return {
        "code": "change_request_pending" if waiting else "approval_required",
        "status": "approval_required",
        "detail": said,
        "message": said,
        "resource_type": "feature_flag",
        "resource_id": number,
        "change_request_id": request["id"],
        "change_request": request,
        "required_approvers": {"users": [author()["id"]], "roles": []},
    }


def _request(meta: Meta, action: str, before: Stored, after: Stored) -> Document:
    names = [name for name in after if before.get(name) != after[name] and name not in _OWN]
    request: Document = {
        "id": str(uuid.uuid4()),
        "action_key": action,
        "action_version": 1,
        "resource_type": "feature_flag",
        "resource_id": before.get("id"),
        "intent": {
            "current_state": {name: before.get(name) for name in names},
            "gated_changes": {name: after[name] for name in names},
        },
        "state": "pending",
        "created_by": author(),
        "created_at": stamp(meta.project),
        "approvals": [],
    }
    meta.put_documents({KIND: [request]})
    return request


_OWN = ("version", "updated_at", "last_modified_by", "created_at", "created_by")
