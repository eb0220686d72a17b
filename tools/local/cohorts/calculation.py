"""Calculates cohorts: in the background when they are made or edited, and again after a day."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tools.local.bodies import ApiError
from tools.local.clock import clock, stamp
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
_FAILURES = (HogQLError, DateError, ApiError)


def start(home: Home, *cohorts: int) -> None:
    """Calculate those that need it, beside everything else; without ids all of them."""
    home.background.start(f"cohorts {cohorts}", lambda: fresh(home, *cohorts))


def fill(home: Home, cohort: int, people: Callable[[], Node]) -> None:
    """Add those a query finds to a static cohort, beside everything else."""
    home.background.start(f"filling {cohort}", lambda: _filled(home, cohort, people))


def fresh(home: Home, *cohorts: int) -> None:
    """Calculate those that need it, and wait for it; without ids all of them."""
    with home.calculating:
        while cohort := _claimed(home, cohorts):
            _calculate(home, cohort)


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


def _claimed(home: Home, cohorts: tuple[int, ...]) -> Document | None:
    """The next that needs it, after all those it is made from.

    Whoever edits a cohort marks it before those made from it. So one that is claimed while those
    it is made from need nothing is marked again by any later edit.
    """
    with home.meta.transaction():
        known = {one["id"]: one for one in home.meta.documents("cohort")}
        now = clock(home.meta.project)
        ordered = _in_order(cohorts or tuple(known), known)
        number = next((one for one in ordered if is_due(known[one], now)), None)
        if number is None:
            return None
        cohort = known[number]
        version = max(cohort.get("pending_version") or 0, cohort.get("version") or 0) + 1
        return _note(home, number, is_calculating=True, pending_version=version, _edited=False)


def _calculate(home: Home, cohort: Document) -> None:
    number, version = cohort["id"], cohort["pending_version"]

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


def mark_edited(home: Home, number: int) -> None:
    """Say that a cohort must be calculated again."""
    _note(home, number, _edited=True)


def counted(home: Home, number: int) -> Document:
    """Write down how many are in a static cohort now."""
    people = table.count(home.store, number, table.STATIC)
    at = stamp(home.meta.project)
    return _note(home, number, count=people, last_calculation=at, is_calculating=False)


def _told(home: Home, cohort: Document, work: Callable[[], int], **done: Any) -> bool:
    """Do the work and write down how it went; whether it went well."""
    began, start = stamp(home.meta.project), time.monotonic()
    people: int | None = None
    said: str | None = None
    try:
        people = work()
    except StoreError as error:
        # What follows in ClickHouse's text is its own plan of the query.
        said = str(error).partition(". ")[0] + "."
    except _FAILURES as error:
        said = str(error)
    ended = stamp(home.meta.project)
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


def _note(home: Home, number: int, **facts: Any) -> Document:
    """Change some fields of a cohort and leave what others changed meanwhile."""
    with home.meta.transaction():
        cohort = {**found(home.meta, "cohort", number), **facts}
        home.meta.put_documents({"cohort": [cohort]})
    return cohort


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
