"""An approved change is made: read again, sent once, read back.

PostHog's flags are not compare-and-swap: a stale version is refused only with `original_flag` and
only where the same field moved. So what counts is read right before, sent with both, and compared
after. A request whose answer is lost is never sent again; reading settles what became of it.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tools.changes.alike import COUNTERS, unlike
from tools.changes.change import Change, Done, Fields, Outcome, Request
from tools.changes.kinds import FLAG, Kind, Stored, fields_of, kind_of
from tools.changes.trail import edits, since
from tools.client import PostHog
from tools.errors import (
    Conflict,
    InvalidRequest,
    NotFound,
    OutcomeUnknown,
    PostHogError,
    TurnError,
)
from tools.wording import joined

OVERWRITTEN = (
    "Made, and it reads as approved; but somebody edited it in the same moment, and what they set "
    "may be lost: look at its activity in PostHog."
)
ON_ITS_WAY = 5.0
"""Seconds in which a request whose answer was given up has arrived or has not."""


def apply(posthog: PostHog, change: Change, sending: Callable[[], None]) -> Done:
    """Make the change; `sending` is called right before the request leaves, and may refuse."""
    kind = kind_of(change)
    found, moved = _now(posthog, kind, change)
    if moved:
        return _stale(change, found, moved)
    sending()
    try:
        answer = _sent(posthog, change, found)
    except OutcomeUnknown:
        return _settled_now(posthog, change)
    except Conflict as error:
        return _refused_by_state(posthog, change, error)
    except (PostHogError, TurnError) as error:
        return Done(change, Outcome.REFUSED, f"Nothing was changed: {error}")
    return _read_back(posthog, kind, change, answer.get("id", change.target.id))


def settle(posthog: PostHog, change: Change) -> Done:
    """What became of a change whose answer is not known, found out by reading alone.

    A request may still be on its way when its answer is given up: what looks as if it had not been
    made is looked at again after a while.
    """
    found = _settled(posthog, change)
    if found.outcome is Outcome.APPLIED:
        return found
    posthog.wait(ON_ITS_WAY)
    return _settled(posthog, change)


def _settled(posthog: PostHog, change: Change) -> Done:
    kind = kind_of(change)
    if change.makes:
        return _settled_making(posthog, kind, change)
    body = kind.read_back(posthog, _number(change), change.after)
    now, count = fields_of(change, body), _edits(posthog, kind, change)
    if body is not None and not unlike(change.after, now):
        return _applied(change, now, count)
    if body is not None and now == change.before and kind.at_once and not count:
        return Done(
            change, Outcome.REFUSED, "Nothing was changed: PostHog did not take it.", now=now
        )
    return _unknown(change, now)


def _now(posthog: PostHog, kind: Kind, change: Change) -> tuple[Stored | None, tuple[str, ...]]:
    """What there is now, and what of it is not as it was when the change was proposed."""
    if change.makes:
        taken = _name_is_taken(posthog, kind, change)
        return None, (f"{kind.name} {change.target.name}",) if taken else ()
    body = kind.read(posthog, _number(change))
    if body is None:
        return None, (f"{kind.name} {change.target.name}",)
    before, now = change.before or {}, kind.guarded(body)
    moved = unlike(before, now) or tuple(n for n in COUNTERS if before.get(n) != now.get(n))
    return body, moved or (("its activity",) if _edits(posthog, kind, change) else ())


def _edits(posthog: PostHog, kind: Kind, change: Change) -> int:
    """How often the object was edited since the change was proposed, as far as the log tells."""
    if change.last_edit is None:
        return 0
    return since(edits(posthog, kind, _number(change)), change.last_edit)


def _name_is_taken(posthog: PostHog, kind: Kind, change: Change) -> bool:
    return kind.named_once and any(
        str(body.get(kind.label)) == change.target.name
        for body in posthog.pages(kind.route, search=change.target.name[:200])
    )


def _sent(posthog: PostHog, change: Change, found: Stored | None) -> dict[str, Any]:
    """PostHog's answer; where it lacks the narrow route, the same is sent the older way."""
    try:
        return _send(posthog, change.request, found)
    except (NotFound, InvalidRequest) as error:
        if change.older is None or error.status not in (404, 405):
            raise
        return _send(posthog, change.older, found)


def _send(posthog: PostHog, request: Request, found: Stored | None) -> dict[str, Any]:
    """Send the approved body, with what lets PostHog refuse it when somebody was faster."""
    body = dict(request.body)
    if found is not None and request.method == "PATCH" and request.path.startswith(FLAG.route):
        body |= {"version": found.get("version"), "original_flag": dict(found)}
    return posthog.change(request.method, request.path, body, request.scopes)


def _read_back(posthog: PostHog, kind: Kind, change: Change, number: Any) -> Done:
    if number is None:
        return settle(posthog, change)
    try:
        body = kind.read_back(posthog, number, change.after)
        count = _edits(posthog, kind, change)
    except (PostHogError, TurnError):
        body, count = None, 0
    return replace(_applied(change, fields_of(change, body), count), object_id=number)


def _settled_now(posthog: PostHog, change: Change) -> Done:
    """What became of it; where it can't be read now, the next start finds out."""
    try:
        return settle(posthog, change)
    except (PostHogError, TurnError) as error:
        said = f"PostHog's answer was lost; the next start finds out what became of it. {error}"
        return Done(change, Outcome.SENDING, said)


def _settled_making(posthog: PostHog, kind: Kind, change: Change) -> Done:
    found = list(kind.made_by(posthog, change))
    if len(found) == 1:
        return replace(_applied(change, kind.guarded(found[0])), object_id=found[0].get("id"))
    if not found and kind.named_once and not _name_is_taken(posthog, kind, change):
        return Done(change, Outcome.REFUSED, "Nothing was made: PostHog did not take it.")
    return _unknown(change, {})


def _refused_by_state(posthog: PostHog, change: Change, error: Conflict) -> Done:
    """409 means that somebody was faster, or that PostHog's own approvers are asked."""
    if error.request_id:
        said = (
            f"Not changed yet: PostHog asks its own approvers (request {error.request_id}). "
            "They decide in PostHog under Approvals."
        )
        return Done(change, Outcome.WAITING, said, request_id=error.request_id)
    if change.makes:
        return _stale(change, None, (f"{change.target.kind} {change.target.name}",))
    body = kind_of(change).read(posthog, _number(change))
    now = fields_of(change, body)
    return _stale(change, body, unlike(change.before or {}, now) or ("PostHog's own version",))


def _applied(change: Change, now: Fields, count: int = 0) -> Done:
    """What was approved is so; what else moved at the same time is told.

    `count` is how often the object was edited since the proposal, once by this change itself.
    """
    wrong = unlike(change.after, now) if now else ()
    before = {k: v for k, v in (change.before or {}).items() if k not in change.after}
    others = unlike(before, now) if now and not change.makes else ()
    if wrong:
        said = f"Made, but {joined(wrong)} reads otherwise than was approved: look at it."
        return Done(change, Outcome.APPLIED, said, wrong, now)
    if not now:
        return Done(change, Outcome.APPLIED, "Made; it could not be read back.", (), now)
    if others:
        said = f"Made. At the same time somebody changed {joined(others)}."
        return Done(change, Outcome.APPLIED, said, others, now)
    saves = now.get("version", 0) - (change.before or {}).get("version", now.get("version", 0))
    if max(count, saves) > 1:
        return Done(change, Outcome.APPLIED, OVERWRITTEN, ("its activity",), now)
    return Done(change, Outcome.APPLIED, "Made, and read back as approved.", (), now)


def _stale(change: Change, body: Stored | None, moved: tuple[str, ...]) -> Done:
    said = f"Not changed: {joined(moved)} moved since this was proposed. Ask for it again."
    return Done(change, Outcome.STALE, said, moved, fields_of(change, body))


def _unknown(change: Change, now: Fields) -> Done:
    said = (
        "PostHog's answer was lost, and reading does not tell whether it was made: "
        f"look at the {change.target.kind} {change.target.name} in PostHog. It is not sent again."
    )
    return Done(change, Outcome.UNKNOWN, said, (), now)


def _number(change: Change) -> int | str:
    if change.target.id is None:
        raise ValueError("a change of an object that has no id")
    return change.target.id
