"""The members of cohorts.

One table of ClickHouse holds those of every cohort; the rows of the version that the cohort's own
document names are its members now.
"""

from functools import partial

from tools.kinds import Kind
from tools.local.hogql.context import Context
from tools.local.hogql.literals import literal
from tools.local.hogql.schema import Column, Link, Table

_NONE = "(SELECT * FROM cohort_people WHERE 0)"


def _current(context: Context, *, static: bool) -> str:
    """The rows of all cohorts of one sort that count."""
    versions = [
        f"({literal(int(cohort['id']))}, {literal(int(cohort['version']))})"
        for cohort in context.objects("cohort")
        if bool(cohort.get("is_static")) is static
        and not cohort.get("deleted")
        and cohort.get("version") is not None
    ]
    if not versions:
        return _NONE
    return f"(SELECT * FROM cohort_people WHERE (cohort_id, version) IN ({', '.join(versions)}))"


def _table(name: str, *, static: bool) -> Table:
    return Table(
        name,
        partial(_current, static=static),
        {"person_id": Column(Kind.UUID), "cohort_id": Column(Kind.INTEGER)},
        links={"person": Link("persons", "{t}.person_id = {j.id}")},
    )


COHORT_TABLES = (
    _table("cohort_people", static=False),
    _table("static_cohort_people", static=True),
)
