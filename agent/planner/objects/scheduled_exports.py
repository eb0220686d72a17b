"""Exports that PostHog makes by itself: which there are, and requests to change them."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from agent.answer import Draft
from agent.planner.english.dates import find
from agent.planner.objects import lookups, telling
from agent.planner.objects.asked import Asked
from agent.planner.objects.deeds import OFF, deed
from agent.planner.world import Request, World
from tools.batch_exports import BatchExport, Run
from tools.changes.batch_exports import NEEDED
from tools.wording import joined

DESTINATIONS = {
    "s3": "AwsS3", "aws": "AwsS3", "r2": "S3Compatible", "minio": "S3Compatible",
    "bigquery": "BigQuery", "snowflake": "Snowflake", "postgres": "Postgres",
    "postgresql": "Postgres", "redshift": "Redshift", "databricks": "Databricks",
    "azure": "AzureBlob",
}  # fmt: skip
SAID = {
    "bucket": "bucket_name", "region": "region", "prefix": "prefix", "database": "database",
    "warehouse": "warehouse", "schema": "schema", "dataset": "dataset_id", "table": "table_name",
    "container": "container_name", "catalog": "catalog",
}  # fmt: skip
PLACE = re.compile(
    rf"\b({'|'.join(SAID)})\s+(?:called\s+|named\s+|[=:]\s*)?[\"'“‘]?([\w./-]+)", re.IGNORECASE
)
INTEGRATION = re.compile(r"\bintegration\s+(?:id\s+|number\s+|#)?(\d+)\b", re.IGNORECASE)
HOW_OFTEN = {"hour": "hour|hourly", "week": "week|weekly|monday|sunday", "day": "day|daily|night"}
KINDS = ("events", "persons", "sessions")


def scheduled_export(asked: Asked, world: World) -> Draft | None:
    """The answer to what is said about batch exports, None when something else is meant."""
    if asked.says("batch.metric"):
        return None
    if asked.opens("batch.make") and asked.says("write.every") and _destination(asked):
        return _made(asked, world)
    about = asked.says("batch.noun")
    if asked.says("batch.backfill") and (about or asked.has("export|exports")):
        return _backfilled(asked, world)
    if asked.opens("batch.pause", "batch.resume") and asked.has("export|exports"):
        return _switched(asked, world, paused=asked.opens("batch.pause"))
    return _listed(asked, world) if about else None


def _listed(asked: Asked, world: World) -> Draft:
    every = lookups.batch_exports(world)
    if not every:
        return telling.answered(
            "No export is scheduled.",
            "“Export events to S3 every day” proposes one; `hogloop export` writes a file now.",
        )
    found = _named(asked, every)
    if len(found) == 1:
        (one,) = lookups.batch_export(world, found[0].id)
        return _watched(one, world)
    rows = [(one.name, one.model, one.to, one.every, _state(one, world)) for one in found or every]
    count = telling.many(len(rows), "export")
    return telling.answered(
        f"{count} {'is' if len(rows) == 1 else 'are'} scheduled.",
        tables=[telling.table(("export", "rows", "to", "every", "state"), rows)],
    )


def _watched(one: BatchExport, world: World) -> Draft:
    backfills = [(b.start, b.end, b.status, b.ended, b.runs) for b in one.backfills]
    tables = [telling.table(("interval", "state", "rows", "error"), _runs(one.runs, world))]
    tables += [telling.table(("from", "up to", "backfill", "ended", "runs"), backfills)]
    return telling.answered(
        f"{one.name} writes {one.model} to {one.to} every {one.every}: {_state(one, world)}.",
        "" if one.runs else "It has not run yet.",
        tables=[table for table in tables if table.rows],
    )


def _runs(runs: Sequence[Run], world: World) -> list[tuple[Any, ...]]:
    return [(telling.at(one.start, world), one.status, one.rows, one.error) for one in runs]


def _switched(asked: Asked, world: World, *, paused: bool) -> Draft:
    found = _one(asked, world)
    if isinstance(found, Draft):
        return found
    verb = "paused" if paused else "run again"
    call = ("pause_batch_export", {"name": found.id, "paused": paused})
    return _done(call, world, f"The export {found.name} would be {verb}.")


def _backfilled(asked: Asked, world: World) -> Draft:
    found, spans = _one(asked, world), find(asked.every, world.clock)
    if isinstance(found, Draft):
        return found
    span = spans[0].span if spans else None
    if span is None or span.start is None:
        return telling.asks(f"Which days of {found.name} are to be written again?")
    start = span.start.date()
    end = min(span.end or world.clock.now, world.clock.now).date()
    days = {"start": start.isoformat(), "end": max(end, start + timedelta(days=1)).isoformat()}
    call = ("backfill_batch_export", {"name": found.id, **days})
    said = f"{found.name} would be written again from {days['start']} up to {days['end']}."
    return _done(call, world, said)


def _made(asked: Asked, world: World) -> Draft:
    to = _destination(asked)
    told = {SAID[name.lower()]: value for name, value in PLACE.findall(asked.text)}
    every = next((one for one, words in HOW_OFTEN.items() if asked.has(words)), "day")
    model = next((one for one in KINDS if asked.has(one)), "events")
    number = INTEGRATION.search(asked.text)
    lacking = [name.replace("_", " ") for name in NEEDED[to] if name not in told]
    lacking += [] if number else ["the id of the integration in PostHog that signs in"]
    if lacking:
        kept = next((word for word, name in SAID.items() if name == NEEDED[to][0]), "database")
        return telling.asks(
            f"To export {model} to {to} every {every}, {joined(lacking)} "
            f"{'is' if len(lacking) == 1 else 'are'} needed: what is it?",
            f"Say all of it in one sentence, as in “… {kept} NAME … integration 12”. Passwords and"
            " keys are not taken: PostHog has them in the integration (Settings → Integrations).",
        )
    name = asked.quoted[0] if asked.quoted else f"{model} to {to} every {every}"
    arguments = {"name": name, "to": to, "config": told, "every": every, "model": model}
    call = ("create_batch_export", {**arguments, "integration": int(number[1]) if number else None})
    return _done(call, world, f"PostHog would export {model} to {to} every {every}.")


def _done(call: Request, world: World, said: str) -> Draft:
    return deed(call, world) or telling.declined(f"{said} Nothing was changed: {OFF}.")


def _one(asked: Asked, world: World) -> BatchExport | Draft:
    """The export that is meant, or what to say where that is not clear."""
    every = lookups.batch_exports(world)
    found = _named(asked, every) or (every if len(every) == 1 else ())
    if len(found) == 1:
        return found[0]
    if not every:
        return telling.answered("No export is scheduled.")
    return telling.asks(f"Which export: {joined([one.name for one in found or every])}?")


def _named(asked: Asked, every: Sequence[BatchExport]) -> list[BatchExport]:
    """The exports whose name is said, else those to the destination that is said."""
    text, to = asked.text.lower(), _destination(asked)
    by_name = [one for one in every if one.name and one.name.lower() in text]
    longest = max((len(one.name) for one in by_name), default=0)
    return [one for one in by_name if len(one.name) == longest] or [
        one for one in every if to and (one.to.startswith(to) or (to == "AwsS3" and "S3" in one.to))
    ]


def _destination(asked: Asked) -> str:
    said = [DESTINATIONS[one.word] for one in asked.every if one.word in DESTINATIONS]
    return said[0] if said else ""


def _state(one: BatchExport, world: World) -> str:
    if one.paused:
        return "paused"
    if not one.runs:
        return "not run yet"
    last = one.runs[0]
    return f"last run {telling.at(last.start, world)} {last.status}"
