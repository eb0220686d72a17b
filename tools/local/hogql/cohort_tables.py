"""The members of cohorts as tables.

One table of ClickHouse holds those of every cohort. Of a static one all rows count; of another
those of the version that the cohort's own document names.
"""

from collections.abc import Callable, Iterator

from tools.kinds import Kind
from tools.local.hogql.context import Context
from tools.local.hogql.literals import literal
from tools.local.hogql.schema import Column, Link, Table

_ROWS = "(SELECT * FROM cohort_people WHERE {})"


def _cohorts(context: Context, *, static: bool) -> Iterator[dict[str, int]]:
    for cohort in context.objects("cohort"):
        if bool(cohort.get("is_static")) is static and not cohort.get("deleted"):
            yield {
                key: int(cohort[key]) for key in ("id", "version") if cohort.get(key) is not None
            }


def _dynamic(context: Context) -> str:
    found = [one for one in _cohorts(context, static=False) if "version" in one]
    pairs = ", ".join(f"({literal(one['id'])}, {literal(one['version'])})" for one in found)
    return _ROWS.format(f"(cohort_id, version) IN ({pairs})" if found else "0")


def _static(context: Context) -> str:
    ids = ", ".join(literal(one["id"]) for one in _cohorts(context, static=True))
    return _ROWS.format(f"cohort_id IN ({ids})" if ids else "0")


def _table(name: str, base: Callable[[Context], str]) -> Table:
    return Table(
        name,
        base,
        {"person_id": Column(Kind.UUID), "cohort_id": Column(Kind.INTEGER)},
        links={"person": Link("persons", "{t}.person_id = {j.id}")},
    )


COHORT_TABLES = (_table("cohort_people", _dynamic), _table("static_cohort_people", _static))
