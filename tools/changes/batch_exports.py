"""Tools that propose scheduled exports: what PostHog writes elsewhere, and when.

PostHog takes the credentials of a destination from an integration that was made in its own pages;
none passes through here.
"""

import re
from datetime import date, datetime, time
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from tools.base import Args, tool
from tools.batch_exports import place
from tools.changes.change import Change, Difference, Request, Risk
from tools.changes.kinds import BACKFILL, BATCH_EXPORT, Stored
from tools.changes.propose import Wish, post, propose
from tools.changes.times import now_of, written
from tools.client import PostHog
from tools.errors import ChangeRefused, InvalidArguments
from tools.names import refuse_unknown
from tools.objects import named
from tools.wording import joined

BUCKET = ("bucket_name", "region", "prefix")
NEEDED = {
    "AwsS3": BUCKET,
    "S3Compatible": BUCKET,
    "BigQuery": ("dataset_id",),
    "Postgres": ("database",),
    "Snowflake": ("database", "warehouse", "schema"),
    "Redshift": ("database",),
    "Databricks": ("http_path", "catalog", "schema", "table_name"),
    "AzureBlob": ("container_name",),
    "FileDownload": (),
}
"""The destinations and what each must be told; FileDownload is the embedded project's own."""

SECRET = re.compile(r"secret|passw|token|private|credential|access_key|account_key|_key$", re.I)
ENDED = ("Cancelled", "Failed", "FailedRetryable", "Terminated", "TimedOut")

Destination = Literal[
    "AwsS3", "S3Compatible", "BigQuery", "Postgres", "Snowflake", "Redshift", "Databricks",
    "AzureBlob", "FileDownload",
]  # fmt: skip


class CreateBatchExport(Args):
    """Arguments of create_batch_export."""

    name: str = Field(min_length=1, max_length=400)
    """What it is to be called."""

    to: Destination
    """The kind of destination; FileDownload only in an embedded project."""

    config: dict[str, str | int | bool] = Field(default_factory=dict)
    """Where the rows go there, as PostHog names it: bucket_name, region, prefix; database …"""

    integration: int | None = None
    """Id of the integration in PostHog that signs in; credentials are never given here."""

    every: Literal["hour", "day", "week"] = "day"
    """How often."""

    model: Literal["events", "persons", "sessions"] = "events"
    """Which rows."""

    events: tuple[str, ...] = ()
    """Only events of these names; empty for all."""


class PauseBatchExport(Args):
    """Arguments of pause_batch_export."""

    name: str
    """The batch export's name or id."""

    paused: bool = True
    """false to let it run again."""


class BackfillBatchExport(Args):
    """Arguments of backfill_batch_export."""

    name: str
    """The batch export's name or id."""

    start: date
    """The first day, in the export's time zone."""

    end: date
    """The day after the last one."""


@tool("batch_export:write")
def create_batch_export(posthog: PostHog, args: CreateBatchExport) -> Change:
    """Propose that PostHog writes rows to a destination every hour, day or week."""
    _refuse_lacking(args)
    for body in posthog.pages(BATCH_EXPORT.route):
        if str(body.get("name")).strip().lower() == args.name.strip().lower():
            raise ChangeRefused(f"{args.name} is there already: take another name.")
    config: dict[str, Any] = dict(args.config)
    if args.to in ("AwsS3", "S3Compatible", "AzureBlob", "FileDownload"):
        config.setdefault("file_format", "JSONLines")
    if args.events:
        refuse_unknown(posthog, args.events)
        config["include_events"] = list(args.events)
    destination: dict[str, Any] = {"type": args.to, "config": config}
    fields = {"name": args.name, "model": args.model, "interval": args.every, "paused": False}
    signed = {"integration_id": args.integration} if args.integration is not None else {}
    # PostHog reads the integration back under another name than it is sent by.
    shown = {"integration": args.integration} if signed else {}
    rows = f"events {joined(args.events)}" if args.events else f"all {args.model}"
    wish = Wish(
        f"export {rows} to {place(destination)} every {args.every}",
        (
            Difference("batch export", "is not there", args.name),
            Difference("rows", "", f"{rows} with all their properties"),
            Difference("to", "", place(destination)),
            *[Difference(name, "", str(value)) for name, value in config.items()],
            *_signed(args.integration),
            Difference("every", "", args.every),
        ),
        post(BATCH_EXPORT, {**fields, "destination": {**destination, **signed}}),
        {**fields, "destination": {**destination, **shown}},
        Risk.HIGH,
        "rows leave PostHog for another place, again and again",
        "delete it; what was written stays where it is",
    )
    return propose(posthog, "create_batch_export", BATCH_EXPORT, None, wish, name=args.name)


@tool("batch_export:write")
def pause_batch_export(posthog: PostHog, args: PauseBatchExport) -> Change:
    """Propose to pause a batch export, or to let it run again."""
    body = _found(posthog, args.name)
    verb, word = ("pause", "pause") if args.paused else ("resume", "unpause")
    wish = Wish(
        f"{verb} the batch export {body['name']}",
        (Difference("runs", _state(bool(body.get("paused"))), _state(args.paused)),),
        Request("POST", f"{BATCH_EXPORT.route}{body['id']}/{word}/", {}, (BATCH_EXPORT.scope,)),
        {"paused": args.paused},
        Risk.NORMAL,
        "intervals that pass meanwhile need a backfill" if args.paused else "reversible",
        "let it run again" if args.paused else "pause it again",
        (f"It writes to {place(body.get('destination') or {})} every {body.get('interval')}.",),
    )
    return propose(posthog, "pause_batch_export", BATCH_EXPORT, body, wish)


@tool("batch_export:write")
def backfill_batch_export(posthog: PostHog, args: BackfillBatchExport) -> Change:
    """Propose that a batch export writes the intervals of some past days, again if it did."""
    body = _found(posthog, args.name)
    start, end = (_begins(body, day) for day in (args.start, args.end))
    if start >= end:
        raise InvalidArguments("The backfill ends before it begins: exchange its two days.")
    if end > now_of(posthog):
        raise InvalidArguments(f"{args.end} is not past yet: end with an earlier day.")
    fields = {"start_at": written(start), "end_at": written(end)}
    route = f"{BATCH_EXPORT.route}{body['id']}/{BACKFILL.route}"
    for one in posthog.pages(route):
        if one.get("status") not in ENDED and fields.items() <= BACKFILL.guarded(one).items():
            raise ChangeRefused(f"These days were backfilled already (backfill {one['id']}).")
    # PostHog wants days where the interval is one, and instants where it is shorter.
    days = {"start_at": args.start.isoformat(), "end_at": args.end.isoformat()}
    sent = days if body.get("interval") in ("day", "week") else fields
    wish = Wish(
        f"backfill {body['name']} from {args.start} up to {args.end}",
        (
            Difference("written again", "", f"from {fields['start_at']} up to {fields['end_at']}"),
            Difference("to", "", place(body.get("destination") or {})),
        ),
        Request("POST", route, sent, (BACKFILL.scope,)),
        fields,
        Risk.HIGH,
        "what was written before is written again, so that a table may hold rows twice",
        "cancel the runs that have not ended",
    )
    name = f"{body['name']} {args.start} to {args.end}"
    return propose(posthog, "backfill_batch_export", BACKFILL, None, wish, name=name)


def _refuse_lacking(args: CreateBatchExport) -> None:
    """Refuse credentials, and a destination of which something is not said."""
    if told := [name for name in args.config if SECRET.search(name)]:
        raise InvalidArguments(
            f"Credentials are not taken here ({joined(told)}): make an integration in PostHog "
            "under Settings → Integrations, and give its id."
        )
    lacking = [name for name in NEEDED[args.to] if not str(args.config.get(name, "")).strip()]
    if args.integration is None and args.to != "FileDownload":
        lacking.append("the id of the integration that signs in")
    if lacking:
        raise InvalidArguments(f"An export to {args.to} needs {joined(lacking)}.")


def _found(posthog: PostHog, name: str) -> Stored:
    found = named(posthog, BATCH_EXPORT.route, name, "name")
    return BATCH_EXPORT.read(posthog, found["id"]) or found


def _begins(body: Stored, day: date) -> datetime:
    """When a day begins for an export, by its own zone and hour."""
    zone = ZoneInfo(str(body.get("timezone") or "UTC"))
    daily = body.get("interval") in ("day", "week")
    return datetime.combine(day, time(int(body.get("offset_hour") or 0) if daily else 0), zone)


def _signed(integration: int | None) -> list[Difference]:
    if integration is None:
        return []
    return [Difference("signs in by", "", f"integration {integration} of PostHog")]


def _state(paused: bool) -> str:
    return "paused" if paused else "at each interval"
