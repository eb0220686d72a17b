"""Routes about actions: several events under one name."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from tools.local.bodies import invalid
from tools.local.objects import FOLDERS, Document, Resource, Sent, living, routes
from tools.local.routes import Call

Matching = Literal["contains", "regex", "exact"]


class Step(BaseModel):
    """One kind of event that counts."""

    model_config = ConfigDict(extra="forbid")

    event: str | None = None
    properties: list[dict[str, Any]] | None = None
    selector: str | None = None
    selector_regex: str | None = None
    tag_name: str | None = None
    text: str | None = None
    text_matching: Matching | None = None
    href: str | None = None
    href_matching: Matching | None = None
    url: str | None = None
    url_matching: Matching | None = None


class Changes(Sent):
    """What of an action can be changed."""

    name: str | None = None
    description: str | None = None
    tags: list[str] | None = None
    steps: list[Step] | None = None
    deleted: bool | None = None


class New(Changes):
    """A new action."""

    name: str


def _show(call: Call, body: Document) -> Document:
    return {
        "id": body["id"],
        "name": body.get("name"),
        "description": body.get("description") or "",
        "tags": body.get("tags") or [],
        "post_to_slack": False,
        "slack_message_format": "",
        "steps": [Step.model_validate(step).model_dump() for step in body.get("steps") or []],
        "created_at": body.get("created_at"),
        "created_by": body.get("created_by"),
        "deleted": bool(body.get("deleted")),
        "is_calculating": False,
        "last_calculated_at": body.get("created_at"),
        "team_id": call.project.id,
        "is_action": True,
        "bytecode_error": None,
        "pinned_at": None,
        "creation_context": None,
        "user_access_level": "manager",
    }


def _choose(call: Call, every: list[Document]) -> list[Document]:
    return sorted(every, key=lambda one: str(one.get("name")).lower())


def _complete(call: Call, sent: Document) -> Document:
    _check(call, sent, None)
    return {"description": "", "tags": [], "steps": [], **sent}


def _merge(call: Call, before: Document, sent: Document) -> Document:
    after = {**before, **sent}
    _check(call, after, before["id"])
    return after


def _check(call: Call, body: Document, own: int | None) -> None:
    for one in living(call.home.meta, "action"):
        if one["id"] != own and one.get("name") == body["name"] and not body.get("deleted"):
            said = f"This project already has an action with this name, ID {one['id']}"
            raise invalid(said, code="unique", attr="name")


ACTIONS = Resource(
    kind="action",
    noun="Action",
    path="actions",
    new=New,
    changes=Changes,
    show=_show,
    choose=_choose,
    complete=_complete,
    merge=_merge,
    search=("name", "description"),
    refused={
        "post_to_slack": "it has no Slack to post to",
        "pinned_at": "actions are not pinned here",
        "_create_in_folder": FOLDERS,
    },
)
ROUTES = routes(ACTIONS)
