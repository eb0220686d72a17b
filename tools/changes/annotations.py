"""Tools that propose annotations: what happened when, for every chart."""

import re

from pydantic import Field

from tools.base import Args, tool
from tools.changes.change import Change, Difference, Risk
from tools.changes.kinds import ANNOTATION
from tools.changes.propose import Wish, post, propose
from tools.changes.saved_away import away, brought_back
from tools.changes.times import instant, said, written
from tools.client import PostHog
from tools.errors import ChangeRefused
from tools.objects import named

LINK_CODE = re.compile(r"hogloop-[2-9a-z]{10}\b", re.IGNORECASE)
"""What connects a Slack account with whoever writes it into PostHog."""


class Annotate(Args):
    """Arguments of annotate."""

    content: str = Field(min_length=1, max_length=8_192)
    """What happened."""

    date: str
    """The day or the moment in the project's time zone, as 2026-11-12 or 2026-11-12T09:30."""


class DeleteAnnotation(Args):
    """Arguments of delete_annotation."""

    annotation: str
    """The annotation's text or id."""

    deleted: bool = True
    """false to bring a deleted one back, by its id."""


@tool("annotation:write")
def annotate(posthog: PostHog, args: Annotate) -> Change:
    """Propose an annotation that all charts of the project show at a day or a moment."""
    if LINK_CODE.search(args.content):
        # Written with this key, it would make its reader the key's owner.
        raise ChangeRefused("A code of /hogloop link is written in PostHog by yourself alone.")
    at = instant(posthog, args.date)
    fields = {"content": args.content, "date_marker": written(at), "scope": "project"}
    for body in posthog.pages(ANNOTATION.route, search=args.content[:200]):
        if fields.items() <= ANNOTATION.guarded(body).items():
            raise ChangeRefused(f"The annotation is there already (id {body['id']}).")
    wish = Wish(
        f"annotate {said(posthog, at)}: {args.content}",
        (
            Difference("annotation", "is not there", args.content),
            Difference("at", "", said(posthog, at)),
            Difference("on", "", "every chart of the project"),
        ),
        post(ANNOTATION, {**fields, "creation_type": "USR"}),
        fields,
        Risk.SMALL,
        "it changes no number",
        "delete it again",
    )
    return propose(posthog, "annotate", ANNOTATION, None, wish, name=args.content)


@tool("annotation:write")
def delete_annotation(posthog: PostHog, args: DeleteAnnotation) -> Change:
    """Propose to delete an annotation, or to bring a deleted one back."""
    if not args.deleted:
        return brought_back(posthog, "delete_annotation", ANNOTATION, args.annotation)
    found = named(posthog, ANNOTATION.route, args.annotation, ANNOTATION.label, search=True)
    body = ANNOTATION.read(posthog, found["id"]) or found
    return away(posthog, "delete_annotation", ANNOTATION, body, str(body["content"]))
