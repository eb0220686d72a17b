"""How a tool makes a proposal of what it read and what is wanted."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tools.changes.change import Change, Difference, Place, Request, Risk, Target
from tools.changes.kinds import Kind, Stored
from tools.changes.trail import edits
from tools.client import PostHog
from tools.errors import ChangeRefused
from tools.objects import person_name


@dataclass(frozen=True)
class Wish:
    """What a tool wants done, in words and as a request."""

    headline: str
    differences: Sequence[Difference]
    request: Request
    after: dict[str, Any]
    """The guarded fields it sets."""

    risk: Risk
    reason: str
    undo: str
    notes: Sequence[str] = ()
    older: Request | None = None
    step: float = 0.0


def propose(
    posthog: PostHog, tool: str, kind: Kind, body: Stored | None, wish: Wish, *, name: str = ""
) -> Change:
    """The proposal, or `ChangeRefused` when there is nothing to change."""
    before = kind.guarded(body) if body is not None else None
    if before is not None and all(before.get(k) == v for k, v in wish.after.items()):
        raise ChangeRefused(f"Nothing to change: {wish.headline} is so already.")
    project = posthog.project
    known = edits(posthog, kind, body["id"]) if body is not None else None
    return Change(
        tool=tool,
        place=Place(posthog.host, project.id, project.name, posthog.grants.key_id),
        target=Target(
            kind.name,
            name or str(body[kind.label] if body else ""),
            body["id"] if body is not None else None,
        ),
        headline=wish.headline,
        differences=tuple(wish.differences),
        request=wish.request,
        before=before,
        after=wish.after,
        risk=wish.risk,
        reason=wish.reason,
        undo=wish.undo,
        made_at=round(time.time(), 3),
        older=wish.older,
        notes=tuple(note for note in (*wish.notes, _last(kind, body)) if note),
        step=wish.step,
        last_edit=None if known is None else next(iter(known), ""),
    )


def patch(kind: Kind, body: Stored, fields: dict[str, Any]) -> Request:
    """The request that sets fields of an object."""
    return Request("PATCH", f"{kind.route}{body['id']}/", fields, (kind.scope,))


def post(kind: Kind, fields: dict[str, Any]) -> Request:
    """The request that makes an object."""
    return Request("POST", kind.route, fields, (kind.scope,))


def destroy(kind: Kind, body: Stored) -> Request:
    """The request that takes an object away for good."""
    path = f"{kind.route}{body['id']}/"
    if kind.cancelled:
        return Request("POST", f"{path}cancel/", {}, (kind.scope,))
    return Request("DELETE", path, {}, (kind.scope,))


def _last(kind: Kind, body: Stored | None) -> str:
    """Who changed the object last, as far as PostHog says."""
    if body is None:
        return ""
    who = person_name(body.get("last_modified_by") or body.get("created_by"))
    when = body.get("updated_at") or body.get("last_modified_at") or body.get("created_at")
    version = f", version {body['version']}" if kind.label == "key" and "version" in body else ""
    if not who and not when:
        return ""
    at = str(when)[:16].replace("T", " ") if when else "at an unknown time"
    return f"Last changed {at} by {who or 'unknown'}{version}."
