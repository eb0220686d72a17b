"""What people save, served in one way whatever its kind: listed, shown, added, changed.

Objects are documents of the project's metadata. Nothing is destroyed: `deleted` hides an object,
and a DELETE is answered with 405, as PostHog does.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from pydantic import BaseModel, ConfigDict

from tools.local.activity_log import activity_page, log
from tools.local.bodies import invalid, not_found
from tools.local.clock import stamp
from tools.local.meta import Meta
from tools.local.routes import Body, Call, Reply, Route, page, read, whole
from tools.local.routes_account import author

Document = dict[str, Any]
MAX_SEARCH = 200
FOLDERS = "it has no folders"


class Sent(BaseModel):
    """The fields of an object that a request may set; others are read-only, as in PostHog."""

    model_config = ConfigDict(extra="allow")


def _read(model: type[Sent], call: Call) -> Sent:
    return read(model, call.request)


def _complete(call: Call, sent: Document) -> Document:
    return sent


def _tried(call: Call, before: Document, sent: Document) -> None:
    pass


def _merge(call: Call, before: Document, sent: Document) -> Document:
    return {**before, **sent}


def _written(call: Call, before: Document | None, after: Document, sent: Document) -> None:
    pass


def _choose(call: Call, found: list[Document]) -> list[Document]:
    return found


@dataclass(frozen=True)
class Resource:
    """One kind of object and what is particular about it."""

    kind: str
    """Of its documents, and of the scopes that keys need."""

    noun: str
    """PostHog's name of the kind, as the activity log has it."""

    path: str
    new: type[Sent] | None
    """None for what can't be made in the embedded project."""

    changes: type[Sent]
    show: Callable[[Call, Document], Document]
    """The object as a response has it."""

    complete: Callable[[Call, Document], Document] = _complete
    """What a new object has besides what was sent; may refuse it."""

    tried: Callable[[Call, Document, Document], None] = _tried
    """What takes time to look into before a change, while others may write; may refuse it."""

    merge: Callable[[Call, Document, Document], Document] = _merge
    """The object with a change made to it; may refuse the change."""

    written: Callable[[Call, Document | None, Document, Document], None] = _written
    """What follows once it is stored; what was sent comes last."""

    choose: Callable[[Call, list[Document]], list[Document]] = _choose
    """Those of a list that were asked for, in PostHog's order."""

    brief: Callable[[Call, Document], Document] | None = None
    """The object as a list shows it, where that differs."""

    find: Callable[[Meta, str], Document | None] | None = None
    """By another name than its id."""

    read: Callable[[type[Sent], Call], Sent] = _read
    search: Sequence[str] = ("name",)
    refused: Mapping[str, str] = field(default_factory=dict)
    """Fields of PostHog that would need what the embedded project has not, and what to do."""

    shows_deleted: bool = False
    """Whether an object that was deleted can still be looked up."""


def routes(resource: Resource) -> tuple[Route, ...]:
    """The list, the object, a new one, a change, and what was changed before."""
    many = f"/api/projects/<project>/{resource.path}/"
    one = f"{many}<id>/"
    reading, writing = f"{resource.kind}:read", f"{resource.kind}:write"
    made = Route("POST", many, writing, partial(_add, resource))
    return (
        Route("GET", many, reading, partial(_list, resource)),
        *([made] if resource.new else []),
        Route("GET", one, reading, partial(_retrieve, resource)),
        Route("PATCH", one, writing, partial(_change, resource)),
        Route("GET", f"{many}activity/", "activity_log:read", partial(_activity, resource)),
        Route("GET", f"{one}activity/", "activity_log:read", partial(_activity, resource)),
    )


def found(meta: Meta, kind: str, number: object) -> Document:
    """The object of that id, deleted or not; PostHog's 404 when there is none."""
    key = whole(str(number))
    body = None if key is None else meta.document(kind, key)
    if body is None:
        raise not_found("Not found.")
    return body


def sought(resource: Resource, call: Call) -> Document:
    """The object that the path names, deleted or not."""
    name, meta = call.arguments["id"], call.home.meta
    named = resource.find(meta, name) if resource.find else None
    return named or found(meta, resource.kind, name)


def living(meta: Meta, kind: str) -> list[Document]:
    """The objects of a kind that are not deleted."""
    return [body for body in meta.documents(kind) if not body.get("deleted")]


def truth(call: Call, name: str) -> bool | None:
    """A yes or no in the query string; None when it isn't there."""
    value = call.request.args.get(name)
    return None if value is None else value.lower() in ("true", "1", "yes", "")


def _list(resource: Resource, call: Call) -> Body:
    wanted = _matching(resource, call, living(call.home.meta, resource.kind))
    body = dict(page(call.request, resource.choose(call, wanted)))
    show = resource.brief or resource.show
    body["results"] = [show(call, one) for one in body["results"]]
    return body


def _matching(resource: Resource, call: Call, every: list[Document]) -> list[Document]:
    text = call.request.args.get("search", "").strip().lower()
    if len(text) > MAX_SEARCH:
        said = f"Search query must be {MAX_SEARCH} characters or fewer."
        raise invalid(said, attr="search")
    return [
        one
        for one in every
        if not text or any(text in str(one.get(name) or "").lower() for name in resource.search)
    ]


def _retrieve(resource: Resource, call: Call) -> Body:
    body = sought(resource, call)
    if body.get("deleted") and not resource.shows_deleted:
        raise not_found("Not found.")
    return resource.show(call, body)


def _add(resource: Resource, call: Call) -> Reply:
    made = add(resource, call, _sent(resource.new or Sent, resource, call))
    return Reply(resource.show(call, made), 201)


def add(resource: Resource, call: Call, sent: Document) -> Document:
    """Store a new object."""
    meta = call.home.meta
    body = {"deleted": False, **_kept(resource.complete(call, sent))}
    signed = {**body, "created_by": author(), "created_at": stamp(call.project)}
    with meta.transaction():
        made = meta.add_document(resource.kind, signed)
        log(meta, resource.noun, made["id"], "created", None, made, author())
    resource.written(call, None, made, sent)
    return meta.document(resource.kind, made["id"]) or made


def _change(resource: Resource, call: Call) -> Body:
    sent = _sent(resource.changes, resource, call)
    meta = call.home.meta
    kept = _kept(sent)
    resource.tried(call, sought(resource, call), kept)
    with meta.transaction():
        before = sought(resource, call)
        after = resource.merge(call, before, kept)
        meta.put_documents({resource.kind: [after]})
        log_change(call, resource.noun, before, after)
    resource.written(call, before, after, sent)
    return resource.show(call, meta.document(resource.kind, after["id"]) or after)


def log_change(call: Call, noun: str, before: Document, after: Document) -> None:
    """Note in the activity log what was changed, deleted or brought back."""
    gone, was_gone = bool(after.get("deleted")), bool(before.get("deleted"))
    done = "updated" if gone == was_gone else "deleted" if gone else "restored"
    log(call.home.meta, noun, after["id"], done, _kept(before), _kept(after), author())


def _activity(resource: Resource, call: Call) -> Body:
    one = sought(resource, call)["id"] if "id" in call.arguments else None
    return activity_page(call, resource.noun, one)


def _kept(body: Document) -> Document:
    """An object without what is ours alone or tells only how to make it: names with `_` first."""
    return {name: value for name, value in body.items() if not name.startswith("_")}


def _sent(model: type[Sent], resource: Resource, call: Call) -> Document:
    """The fields that were sent and may be, or a refusal that names one we can't act on."""
    body = resource.read(model, call)
    for name, instead in resource.refused.items():
        if (body.model_extra or {}).get(name):
            raise invalid(f"The embedded project does not take {name}: {instead}.", attr=name)
    known = set(model.model_fields)
    return body.model_dump(include=known, exclude_unset=True, by_alias=True)
