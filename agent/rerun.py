"""The calls behind an answer run again, and why they find something else now."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from agent.answer import Answer, Window
from agent.cells import one_line
from agent.errors import SettingsError
from agent.evidence import Evidence, Run, definitions, ran
from agent.version import version
from tools.errors import ToolError, TurnError
from tools.insights import DAY
from tools.literals import literal, moment
from tools.query import select
from tools.toolbox import Toolbox

SHOWN = 8
MOVING = ("now(", "today(", "yesterday(")
"""What makes a query of its own count from the moment it runs."""


@dataclass(frozen=True)
class Rerun:
    """What came of running an answer's calls again."""

    same: bool
    differences: tuple[str, ...]
    """What differs in the rows."""

    causes: tuple[str, ...]
    """Why, as far as it can be found out."""

    runs: tuple[Run, ...]

    def as_json(self) -> dict[str, Any]:
        """All of it but the rows, as JSON holds it."""
        runs = [{"name": run.name, "rows": len(run.rows), "hash": run.hash} for run in self.runs]
        return {
            "same": self.same,
            "differences": list(self.differences),
            "causes": list(self.causes),
            "runs": runs,
        }


def told(answer: Answer, found: Rerun) -> Iterator[str]:
    """What came of it, in lines."""
    count = sum(len(run.rows) for run in found.runs)
    if found.same:
        calls = len(found.runs)
        rows = f"{count:,} row{'s' * (count != 1)}"
        yield f"The same: {rows} of {calls} call{'s' * (calls != 1)}, as then."
    else:
        yield f"It differs from what {answer.receipt} found:"
    yield from (f"  {line}" for line in found.differences)
    yield from found.causes


def rerun(answer: Answer, evidence: Evidence | None, toolbox: Toolbox) -> Rerun:
    """Run the calls of an answer again, in the same absolute period and without a model."""
    if evidence is None:
        raise SettingsError(f"{answer.receipt} rests on no query that could be run again.")
    again = tuple(_again(run, toolbox) for run in evidence.runs)
    pairs = list(zip(evidence.runs, again, strict=True))
    differences = tuple(line for before, now in pairs for line in _differences(before, now))
    same = not differences
    causes = () if same else tuple(_causes(answer, evidence, toolbox)) or (UNEXPLAINED,)
    if not same or _elsewhere(answer, toolbox):
        causes = (*_elsewhere(answer, toolbox), *causes)
    return Rerun(same, differences, causes, again)


UNEXPLAINED = (
    "None of the causes that can be looked for explains it: events of the period may have been "
    "deleted, people merged, or properties of people changed since."
)


def _again(run: Run, toolbox: Toolbox) -> Run:
    return ran(run.name, run.arguments, toolbox.run(run.name, dict(run.arguments)))


def _differences(before: Run, now: Run) -> Iterator[str]:
    if before.columns != now.columns:
        yield (
            f"{before.name} had the columns {', '.join(before.columns)}, "
            f"and has now {', '.join(now.columns)}."
        )
        return
    measured = _measures(before, now)
    was, is_ = _keyed(before, measured), _keyed(now, measured)
    told = [*_moved(was, is_, before.columns, measured)]
    yield from told[:SHOWN]
    if len(told) > SHOWN:
        yield f"{len(told) - SHOWN} more rows differ."
    if not told and sorted(map(repr, before.rows)) != sorted(map(repr, now.rows)):
        yield f"{before.name} found {len(before.rows)} rows, and finds now {len(now.rows)}."
    if before.whole != now.whole:
        yield "It was all of the rows, and is now cut." if before.whole else "It is whole now."


def _measures(*runs: Run) -> tuple[int, ...]:
    """The columns that hold figures in all rows; a result without any has its last as one."""
    rows = [row for run in runs for row in run.rows]
    numeric = tuple(
        i
        for i in range(len(runs[0].columns))
        if rows and all(isinstance(row[i], int | float | None) for row in rows)
    )
    return numeric or (len(runs[0].columns) - 1,)


Keyed = Mapping[tuple[str, ...], list[tuple[Any, ...]]]


def _keyed(run: Run, measured: tuple[int, ...]) -> Keyed:
    found: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    for row in run.rows:
        key = tuple(str(value) for i, value in enumerate(row) if i not in measured)
        found.setdefault(key, []).append(tuple(row[i] for i in measured))
    return found


def _moved(
    was: Keyed, now: Keyed, columns: tuple[str, ...], measured: tuple[int, ...]
) -> Iterator[str]:
    names = [columns[i] for i in measured]
    for key in dict.fromkeys((*was, *now)):
        before, after = was.get(key, []), now.get(key, [])
        if sorted(before, key=repr) == sorted(after, key=repr):
            continue
        label = one_line(", ".join(key)) or "All"
        if len(before) != 1 or len(after) != 1:
            yield f"{label}: {_rows(before)} before, {_rows(after)} now."
            continue
        parts = [
            f"{one_line(name)} {old} → {new}"
            for name, old, new in zip(names, before[0], after[0], strict=True)
            if old != new
        ]
        yield f"{label}: {', '.join(parts)}."


def _rows(rows: list[tuple[Any, ...]]) -> str:
    if len(rows) == 1:
        return " and ".join(one_line(value) for value in rows[0])
    return f"{len(rows)} rows" if rows else "not there"


def _elsewhere(answer: Answer, toolbox: Toolbox) -> tuple[str, ...]:
    project, host = toolbox.project, toolbox.posthog.host
    if (project.id, host) == (answer.project_id, answer.project_host):
        return ()
    was = f"{one_line(answer.project_name)} (id {answer.project_id}, {answer.project_host})"
    return (f"Other project: the answer is of {was}, not {one_line(project.name)} ({host}).",)


def _causes(answer: Answer, evidence: Evidence, toolbox: Toolbox) -> Iterator[str]:
    if evidence.version != version():
        yield f"Other version: hogloop was {evidence.version} then and is {version()} now."
    if evidence.timezone != toolbox.project.timezone:
        yield f"Other zone: the project was in {evidence.timezone}, now {toolbox.project.timezone}."
    yield from _redefined(evidence, toolbox)
    for run in evidence.runs:
        if isinstance(run.query, str) and any(word in run.query.lower() for word in MOVING):
            yield "Moving period: the query counts from the moment it runs, which can't be pinned."
    if not _elsewhere(answer, toolbox):
        yield from _late(answer, evidence, toolbox)


def _redefined(evidence: Evidence, toolbox: Toolbox) -> Iterator[str]:
    """Cohorts and actions that mean something else now."""
    now = definitions(toolbox.posthog, [run.query for run in evidence.runs])
    for label, meaning in evidence.definitions.items():
        if label not in now:
            yield f"Changed definition: {one_line(label)} has another name or is gone."
        elif now[label] != meaning:
            yield f"Changed definition: {one_line(label)} means something else now."


def _late(answer: Answer, evidence: Evidence, toolbox: Toolbox) -> Iterator[str]:
    """Events of the period that PostHog received after the question was asked."""
    zone = ZoneInfo(toolbox.project.timezone)
    asked = datetime.fromisoformat(evidence.made_at) - timedelta(seconds=answer.seconds)
    for start, end in dict.fromkeys(_periods(answer.window, evidence)):
        since = _local(asked, zone).isoformat(" ", "milliseconds")
        bounds = [f"created_at > toDateTime64({literal(since)}, 3)"]
        bounds += [f"timestamp >= {moment(_local(start, zone))}"] if start else []
        bounds += [f"timestamp < {moment(_local(end, zone))}"] if end else []
        query = (
            f"SELECT event, count() AS events FROM events WHERE {' AND '.join(bounds)} "
            "GROUP BY event ORDER BY events DESC, event"
        )
        with suppress(ToolError, TurnError):
            if rows := select(toolbox.posthog, query, SHOWN).rows:
                named = ", ".join(f"{count} {one_line(event)}" for event, count in rows)
                yield f"Late events of the period, received since it was asked: {named}."


def _periods(
    window: Window | None, evidence: Evidence
) -> Iterator[tuple[datetime | None, datetime | None]]:
    """The periods of the calls; those of a query of its own are the answer's."""
    for run in evidence.runs:
        if "date_to" in run.arguments:
            yield _start(run.arguments.get("date_from")), _end(run.arguments["date_to"])
        else:
            yield (_start(window.start), _start(window.end)) if window else (None, None)


def _start(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _end(date_to: str) -> datetime:
    """The moment before which a period ends; its last day counts as a whole."""
    whole = timedelta(days=1) if len(date_to) == DAY else timedelta()
    return datetime.fromisoformat(date_to) + whole


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None) if at.tzinfo else at
