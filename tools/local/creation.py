"""The demo project, made on first use: all of it or nothing."""

from collections.abc import Generator, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tools.local import demo, tables
from tools.local.ahead import ahead
from tools.local.definitions import forget, observe_events, observe_groups, observe_persons
from tools.local.import_sql import identifier
from tools.local.materialise import outdate
from tools.local.meta import Meta
from tools.local.progress import Creation
from tools.local.store import Store
from tools.local.turns import Turns


class Creator:
    """Fills an empty project from files, and the demo from its generator."""

    def __init__(self, folder: Path, meta: Meta, store: Store, filling: Turns) -> None:
        self._folder = folder
        self._meta = meta
        self._store = store
        self._filling = filling

    def demo(self, scale: float) -> Generator[Creation, None, None]:
        """Create the demo unless it is there; one that was interrupted is begun anew."""
        with self._filling:
            if self._meta.fact("demo") != "done":
                yield from self._create(scale)
            rows = int(self._store.read("SELECT count() FROM events", "TSV"))
        yield Creation(rows, done=True)

    def load(self, table: str, path: Path) -> None:
        """Add the rows of a Parquet file, in the columns of that table, and learn from them."""
        names = pq.read_schema(path).names
        with self._filling, self._store.file(path, "Parquet", tables.shape(table, names)) as source:
            outdate(self._meta)
            self._insert(table, source, names)
            self._observe(table, source)

    def _create(self, scale: float) -> Iterator[Creation]:
        self._meta.remember("loading", True)
        outdate(self._meta)
        for table in tables.NAMES:
            self._store.write(f"TRUNCATE TABLE {table}")
        forget(self._meta)
        rows = 0
        for table, batch in ahead(demo.generate(scale)):
            self._take(table, batch)
            rows += batch.num_rows if table == "events" else 0
            yield Creation(rows)
        self._describe()
        self._meta.remember("demo", "done")
        self._meta.remember("loading", False)

    def _describe(self) -> None:
        project = replace(
            self._meta.project,
            name=demo.PROJECT.name,
            timezone=demo.PROJECT.timezone,
            week_start=demo.PROJECT.week_start,
            now=datetime.fromisoformat(demo.PROJECT.now),
            group_types=demo.PROJECT.group_types,
        )
        self._meta.save_project(project)
        self._meta.remember("test_account_filters", demo.PROJECT.test_account_filters)
        self._meta.put_documents(demo.documents())

    def _take(self, table: str, batch: pa.Table) -> None:
        scratch = self._folder / "batch.arrow"
        with pa.OSFile(str(scratch), "wb") as file, pa.ipc.new_file(file, batch.schema) as writer:
            writer.write_table(batch)
        names = batch.schema.names
        try:
            with self._store.file(scratch, "Arrow", tables.shape(table, names)) as source:
                self._insert(table, source, names)
                self._observe(table, source)
        finally:
            scratch.unlink()

    def _insert(self, table: str, source: str, names: list[str]) -> None:
        columns = ", ".join(identifier(name) for name in names)
        self._store.write(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {source}")

    def _observe(self, table: str, source: str) -> None:
        learn: Any = {
            "events": observe_events,
            "persons": observe_persons,
            "groups": observe_groups,
        }.get(table)
        if learn:
            learn(self._meta, self._store, source)
