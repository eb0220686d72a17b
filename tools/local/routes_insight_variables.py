"""Routes about the variables of saved queries."""

import re
import uuid
from typing import Any, Literal

from tools.local.bodies import invalid
from tools.local.meta import Meta
from tools.local.objects import Document, Resource, Sent, living, routes, sought
from tools.local.routes import Call, Reply, Route

KIND = "insight_variable"
_PLAIN = re.compile(r"[^A-Za-z0-9 _]")


class Changes(Sent):
    """What of a variable can be changed; its name in queries follows from its first name."""

    name: str | None = None
    default_value: Any = None
    values: list[Any] | None = None


class New(Changes):
    """A new variable."""

    name: str
    type: Literal["String", "Number", "Boolean", "List", "Date"]


def delete(call: Call) -> Reply:
    """Forget a variable."""
    call.home.meta.remove_document(KIND, sought(VARIABLES, call)["id"])
    return Reply(None, 204)


def _show(call: Call, body: Document) -> Document:
    shown = ("id", "name", "type", "default_value", "created_by", "created_at", "code_name")
    return {**{name: body.get(name) for name in shown}, "values": body.get("values")}


def _complete(call: Call, sent: Document) -> Document:
    code_name = _PLAIN.sub("", sent["name"]).replace(" ", "_").lower()
    if any(one["code_name"] == code_name for one in living(call.home.meta, KIND)):
        raise invalid("Variable with this code name already exists.", attr="name")
    return {**sent, "id": str(uuid.uuid4()), "code_name": code_name}


def _find(meta: Meta, name: str) -> Document | None:
    return meta.document(KIND, name)


VARIABLES = Resource(
    kind=KIND,
    noun="InsightVariable",
    path="insight_variables",
    new=New,
    changes=Changes,
    show=_show,
    complete=_complete,
    find=_find,
)
ROUTES = (
    *routes(VARIABLES),
    Route("DELETE", "/api/projects/<project>/insight_variables/<id>/", f"{KIND}:write", delete),
)
