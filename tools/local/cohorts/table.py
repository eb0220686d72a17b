"""The rows of `cohort_people`: written, counted and removed."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from tools.local.hogql.literals import string
from tools.local.store import Store

STATIC = 0
"""The version of every row of a static cohort."""

_SLICE = 500
_SETTINGS = "SETTINGS transform_null_in = 1, max_execution_time = 600"


def put(store: Store, cohort: int, version: int, people: str) -> None:
    """Add the persons that compiled SQL finds in its column `person_id`."""
    store.write_beside(
        f"INSERT INTO cohort_people (cohort_id, person_id, version) "
        f"SELECT {cohort:d}, person_id, {version:d} FROM ({people}) "
        f"WHERE person_id NOT IN (SELECT person_id FROM cohort_people "
        f"WHERE cohort_id = {cohort:d} AND version = {version:d}) {_SETTINGS}"
    )


def count(store: Store, cohort: int, version: int) -> int:
    """How many persons one version of a cohort has."""
    sql = (
        "SELECT uniqExact(person_id) FROM cohort_people "
        f"WHERE cohort_id = {cohort:d} AND version = {version:d}"
    )
    return int(store.read(sql, "TSV"))


def forget(store: Store, cohort: int, below: int) -> None:
    """Remove the versions of a dynamic cohort that came before one."""
    store.write(f"DELETE FROM cohort_people WHERE cohort_id = {cohort:d} AND version < {below:d}")


def copy(store: Store, cohort: int, version: int, into: int) -> None:
    """Put one version of a cohort into a static one."""
    rows = f"cohort_people WHERE cohort_id = {cohort:d} AND version = {version:d}"
    put(store, into, STATIC, f"SELECT person_id FROM {rows}")


def remove(store: Store, cohort: int, person: UUID) -> None:
    """Take one person out of a static cohort."""
    store.write(
        f"DELETE FROM cohort_people WHERE cohort_id = {cohort:d} AND person_id = toUUID('{person}')"
    )


def by_id(store: Store, cohort: int, people: Sequence[UUID]) -> None:
    """Add persons to a static cohort; those who don't exist are left out."""
    for some in _slices([f"toUUID('{person}')" for person in people]):
        _add(store, cohort, f"SELECT id AS person_id FROM {_LIVING} AND id IN ({some})")


def by_distinct_id(store: Store, cohort: int, ids: Sequence[str]) -> None:
    """Add the persons behind distinct ids to a static cohort."""
    for some in _slices([string(one) for one in ids]):
        _add(
            store,
            cohort,
            "SELECT DISTINCT person_id FROM person_distinct_ids FINAL "
            f"WHERE is_deleted = 0 AND distinct_id IN ({some})",
        )


def by_email(store: Store, cohort: int, emails: Sequence[str], key: str) -> None:
    """Add the persons with these addresses, in that property, to a static cohort."""
    for some in _slices([string(one) for one in emails]):
        address = f"JSONExtractString(properties, {string(key)})"
        _add(store, cohort, f"SELECT id AS person_id FROM {_LIVING} AND {address} IN ({some})")


_LIVING = "persons FINAL WHERE is_deleted = 0"


def _add(store: Store, cohort: int, people: str) -> None:
    put(store, cohort, STATIC, people)


def _slices(values: list[str]) -> Iterator[str]:
    for start in range(0, len(values), _SLICE):
        yield ", ".join(values[start : start + _SLICE])
