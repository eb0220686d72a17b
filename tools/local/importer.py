"""Events from a file into a project: slice by slice, nothing twice, nothing dropped in silence."""

import json
import logging
import threading
from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TextIO

from tools.errors import LocalProjectError
from tools.local import import_sql
from tools.local.ahead import ahead
from tools.local.definitions import observe_events, observe_persons
from tools.local.files import Slice, slices
from tools.local.ingest_groups import Groups
from tools.local.materialise import outdate
from tools.local.meta import Meta
from tools.local.progress import Progress
from tools.local.store import Store
from tools.local.turns import Turns

log = logging.getLogger(__name__)


class Importer:
    """Imports into one project, one file at a time."""

    def __init__(self, folder: Path, meta: Meta, store: Store, filling: Turns) -> None:
        self._folder = folder
        self._meta = meta
        self._store = store
        self._filling = filling
        self._alone = threading.Lock()

    def run(self, path: Path, mapping: Mapping[str, str]) -> Generator[Progress, None, None]:
        """Import one file; yields after each slice, the last time when all of it is in.

        To stop reading is to stop the import: what is stored stays, and the next run completes it.
        Between two slices events that are sent meanwhile are stored.
        """
        _check(mapping)
        with self._alone:
            for statement in import_sql.SCHEMA:
                self._store.write(statement)
            progress = Progress()
            rejects = self._folder / "rejects" / f"{path.name}.rejected.jsonl"
            rejects.unlink(missing_ok=True)
            for part in ahead(slices(path)):
                with self._filling:
                    outdate(self._meta)
                    progress = self._take(part, mapping, progress, rejects)
                yield progress
            log.info("imported %s", progress)

    def _take(
        self, part: Slice, mapping: Mapping[str, str], before: Progress, rejects: Path
    ) -> Progress:
        for statement in import_sql.CLEAR:
            self._store.write(statement)
        self._stage(part, mapping)
        found, rejected, stored = self._one(import_sql.COUNTS)
        if rejected:
            self._report(rejects)
        with ThreadPoolExecutor(1) as beside:
            learnt = beside.submit(observe_events, self._meta, self._store, import_sql.GOOD_EVENTS)
            for statement in import_sql.store(self._group_types()):
                self._store.write(statement)
            learnt.result()
        observe_persons(self._meta, self._store, import_sql.CHANGED_PEOPLE)
        return Progress(
            rows=before.rows + found,
            stored=before.stored + stored,
            duplicates=before.duplicates + found - rejected - stored,
            rejected=before.rejected + rejected,
            bytes_read=part.bytes_read,
            bytes_total=part.bytes_total,
            rejects=str(rejects) if rejected else before.rejects,
        )

    def _stage(self, part: Slice, mapping: Mapping[str, str]) -> None:
        scratch = self._folder / "slice.lines"
        scratch.write_bytes(part.lines)
        try:
            with self._store.file(scratch, "LineAsString", "line String") as source:
                self._store.write(import_sql.lines(source, part.first))
        finally:
            scratch.unlink()
        self._store.write(import_sql.said(mapping))
        self._store.write(import_sql.rows(mapping, self._meta.project.timezone))
        self._store.write(import_sql.KNOWN)

    def _group_types(self) -> list[str]:
        """The project's types of groups, with those that this slice is the first to name."""
        groups = Groups(list(self._meta.project.group_types))
        for line in self._store.read(import_sql.GROUP_TYPES, "JSONCompactEachRow").splitlines():
            groups.index(json.loads(line)[0])
        groups.learn(self._meta)
        return groups.types

    def _report(self, rejects: Path) -> None:
        rejects.parent.mkdir(mode=0o700, exist_ok=True)
        raw = self._store.read(import_sql.REJECTED, "JSONCompactEachRow")
        with rejects.open("a", encoding="utf-8") as file:
            for line in raw.splitlines():
                _write(file, *json.loads(line))

    def _one(self, sql: str) -> list[int]:
        row: list[int] = json.loads(self._store.read(sql, "JSONCompactEachRow"))
        return row


def _write(file: TextIO, number: int, reason: str, text: str) -> None:
    found: dict[str, Any] = {"line": number, "reason": reason, "text": text}
    file.write(json.dumps(found, ensure_ascii=False) + "\n")


def _check(mapping: Mapping[str, str]) -> None:
    unknown = sorted(set(mapping) - set(import_sql.FIELDS))
    if unknown:
        raise LocalProjectError(
            f"{', '.join(unknown)} can't be mapped: map one of {', '.join(import_sql.FIELDS)}."
        )
