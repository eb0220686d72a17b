"""The demo project: a made-up company with planted facts, the same for everybody."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools.local.demo.documents import documents

if TYPE_CHECKING:
    import pyarrow as pa


__all__ = ["EVENTS", "PROJECT", "DemoProject", "documents", "generate"]


@dataclass(frozen=True)
class DemoProject:
    """What the project of the demo is called and how it tells the time."""

    name: str
    timezone: str
    week_start: int
    """0 for Sunday, 1 for Monday."""
    now: str
    """The frozen clock of the demo."""
    group_types: tuple[str, ...]
    currency: str
    test_account_filters: tuple[dict[str, Any], ...]


PROJECT = DemoProject(
    name="Stretchwell",
    timezone="UTC",
    week_start=1,
    now="2026-11-15T12:00:00Z",
    group_types=("company", "studio"),
    currency="USD",
    test_account_filters=(
        {
            "key": "email",
            "value": "@stretchwell.example",
            "operator": "not_icontains",
            "type": "person",
        },
    ),
)
EVENTS = 900_000
"""About how many events there are at scale 1."""


def generate(scale: float = 1.0, seed: int = 20261115) -> Iterator[tuple[str, "pa.Table"]]:
    """Yield the demo's rows as table name and rows; the events come in the order of time."""
    from tools.local.demo import registers, rows, timeline, world

    made = world.world(scale, seed)
    told = timeline.timeline(made)
    writer = rows.writer(made, told)
    yield "groups", registers.group_rows(made)
    yield "persons", registers.person_rows(made, told, writer.fragments)
    yield "person_distinct_ids", registers.distinct_id_rows(made, told)
    yield "person_distinct_id_overrides", registers.override_rows(made)
    yield "cohort_people", registers.cohort_rows(made, told, writer.shared.origin)
    for batch in writer.batches():
        yield "events", batch
