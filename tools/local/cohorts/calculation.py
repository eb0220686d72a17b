"""Calculates cohorts: in the background when they are made or edited, and again after a day."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tools.local.bodies import ApiError
from tools.local.clock import clock
from tools.local.cohorts import table
from tools.local.cohorts.criteria import any_given, flat, read_criteria
from tools.local.cohorts.members import members
from tools.local.dates import DateError
from tools.local.failures import StoreError
from tools.local.hogql import HogQLError, compile_tree
from tools.local.hogql.kinds import Node
from tools.local.home import Home
from tools.local.objects import found
from tools.local.queries.reader import Reader

Document = dict[str, Any]
HISTORY = "cohort_calculation"
_DAY = timedelta(hours=24)
_EVERYBODY = 1_000_000_000
_FAILURES = (HogQLError, DateError, StoreError, ApiError)


def start(home: Home, *cohorts: int) -> None:
    """Calculate those that need it, beside everything else; without ids all of them."""
    _beside(home, lambda: fresh(home, *cohorts))


def fill(home: Home, cohort: int, people: Callable[[], Node]) -> None:
    """Add those a query finds to a static cohort, beside everything else."""
    _beside(home, lambda: _filled(home, cohort, people))


def fresh(home: Home, *cohorts: int) -> None:
    """Calculate those that need it, and wait for it; without ids all of them."""
    known = {one["id"]: one for one in home.meta.documents("cohort")}
    for number in _in_order(cohorts or tuple(known), known):
        if is_due(known[number], clock(home.meta.project)):
            _calculate(home, number)


def fresh_for(home: Home, asked: object) -> None:
    """Before a query is answered: calculate the cohorts, if it speaks of any."""
    accounts = home.meta.fact("test_account_filters")
    if "cohort" in json.dumps([asked, accounts]).lower():
        fresh(home)


def is_due(cohort: Document, now: datetime) -> bool:
    """Whether the members of a cohort are not known, or known since more than a day."""
    if cohort.get("is_static") or cohort.get("deleted") or not any_given(cohort.get("filters")):
        return False
    last = cohort.get("_attempted_at") or cohort.get("last_calculation")
    if last is None or cohort.get("is_calculating") or cohort.get("_edited"):
        return True
    unknown = cohort.get("count") is None and not cohort.get("errors_calculating")
    return unknown or now - datetime.fromisoformat(last) > _DAY


def _beside(home: Home, work: Callable[[], None]) -> None:
    def run() -> None:
        try:
            work()
        finally:
            home.activity.end()

    home.activity.begin()
    threading.Thread(target=run, daemon=True).start()


def _calculate(home: Home, number: int) -> None:
    with home.calculating:
        cohort = home.meta.document("cohort", number)
        if cohort is None or not is_due(cohort, clock(home.meta.project)):
            return
        version = max(cohort.get("pending_version") or 0, cohort.get("version") or 0) + 1
        _note(home, number, is_calculating=True, pending_version=version, _edited=False)

        def work() -> int:
            tree = members(read_criteria(cohort["filters"]), Reader.of(home))
            table.put(home.store, number, version, _sql(home, tree))
            return table.count(home.store, number, version)

        if _told(home, cohort, work, version=version):
            # A query that was compiled a moment ago still reads the version before.
            table.forget(home.store, number, version - 1)


def _filled(home: Home, number: int, people: Callable[[], Node]) -> None:
    def work() -> int:
        table.put(home.store, number, table.STATIC, _sql(home, people()))
        return table.count(home.store, number, table.STATIC)

    with home.calculating:
        _told(home, found(home.meta, "cohort", number), work)


def mark(home: Home, number: int) -> None:
    """Say that a cohort is being filled."""
    _note(home, number, is_calculating=True)


def counted(home: Home, number: int) -> Document:
    """Write down how many are in a static cohort now."""
    people = table.count(home.store, number, table.STATIC)
    at = _text(clock(home.meta.project))
    _note(home, number, count=people, last_calculation=at, is_calculating=False)
    return found(home.meta, "cohort", number)


def _told(home: Home, cohort: Document, work: Callable[[], int], **done: Any) -> bool:
    """Do the work and write down how it went; whether it went well."""
    began, start = _text(clock(home.meta.project)), time.monotonic()
    people: int | None = None
    said: str | None = None
    try:
        people = work()
    except _FAILURES as error:
        said = str(error)
    ended = _text(clock(home.meta.project))
    if said is None:
        done |= {"count": people, "errors_calculating": 0, "last_calculation": ended}
    else:
        done = {"errors_calculating": (cohort.get("errors_calculating") or 0) + 1}
    done |= {"is_calculating": False, "last_error_message": said, "_attempted_at": ended}
    home.meta.add_document(
        HISTORY,
        {
            "cohort": cohort["id"],
            "filters": cohort.get("filters") or {},
            "count": people,
            "started_at": began,
            "finished_at": ended,
            "error": said,
            "duration_seconds": round(time.monotonic() - start, 3),
        },
    )
    _note(home, cohort["id"], **done)
    return said is None


def _note(home: Home, number: int, **facts: Any) -> None:
    """Change some fields of a cohort and leave what others changed meanwhile."""
    with home.meta.transaction():
        cohort = home.meta.document("cohort", number)
        if cohort is not None:
            home.meta.put_documents({"cohort": [{**cohort, **facts}]})


def _in_order(wanted: tuple[int, ...], known: dict[int, Document]) -> Iterator[int]:
    """The cohorts after all those they refer to."""
    done: set[int] = set()

    def visit(number: int) -> Iterator[int]:
        if number in done or number not in known:
            return
        done.add(number)
        if not known[number].get("is_static"):
            for criterion in flat(known[number].get("filters")):
                if criterion.get("type") == "cohort":
                    yield from visit(criterion.get("value", -1))
        yield number

    for number in wanted:
        yield from visit(number)


def _sql(home: Home, tree: Node) -> str:
    reader = Reader.of(home)
    whole = replace(reader.context, default_limit=_EVERYBODY, max_limit=_EVERYBODY)
    return compile_tree(tree, whole).sql


def _text(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
