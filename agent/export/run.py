"""An export from its order to its manifest: counted first, fetched in parts, counted again.

The final name exists only when the parts have just the rows that were counted.
"""

import gc
import json
from collections.abc import Generator, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from agent.errors import SettingsError, reason
from agent.export.folder import (
    Folder,
    Order,
    Part,
    manifest_of,
    refuse_taken,
    sha256,
    total,
    write_whole,
)
from agent.export.formats import Shape, writer
from agent.export.receipt import receipt_of
from agent.journal import Journal, new_receipt
from tools.client import PostHog
from tools.errors import ServerFailed
from tools.exports.pages import counted, of_query, pages, shape, slices
from tools.exports.what import PAGE, What

AT_ONCE = 3
"""How many queries PostHog runs for one project side by side."""


@dataclass(frozen=True)
class Progress:
    """How far an export is."""

    rows: int
    of: int


@dataclass(frozen=True)
class Finished:
    """A file that is whole, and what its manifest says."""

    path: Path
    rows: int
    late: int
    """Rows that came for the same period while it was exported, which the file leaves out."""

    manifest: Mapping[str, Any]


def order(posthog: PostHog, what: What, form: str) -> Order:
    """Count what has to come, and fix it."""
    if what.kind == "query" and not what.columns:
        what = of_query(posthog, what)
    names, types = shape(posthog, what)
    place = {
        "project": posthog.project.name,
        "project_id": posthog.project.id,
        "host": posthog.host,
        "key_id": posthog.grants.key_id,
    }
    what = what.exact(types)
    found = tuple(slices(posthog, what))
    rows = sum(one.rows for one in found)
    if not what.keys and rows > PAGE:
        raise SettingsError(
            f"The query has {rows:,} rows, which PostHog returns {PAGE:,} at a time: name a column"
            " of it that is unique with --key."
        )
    if what.unsettled and rows >= PAGE:
        raise SettingsError(f"{rows:,} rows need more than one page. {what.unsettled}")
    if what.kind == "query" and what.keys and counted(posthog, what.doubled()):
        raise SettingsError(
            "The column of --key is not unique, or is empty in some rows: name another one."
        )
    columns = Shape(tuple(names), tuple(types))
    return Order(what, form, columns, found, place, _now(), new_receipt())


def export(
    posthog: PostHog, folder: Folder, journal: Journal, *, overwrite: bool = False
) -> Iterator[Progress | Finished]:
    """Fetch what is missing of an order, finish the file, and keep its receipt."""
    asked = folder.order()
    _same_place(posthog, asked)
    with folder.alone(), _uncollected():
        finished = _finished_before(folder, asked)
        if finished is None:
            refuse_taken(folder.output, overwrite=overwrite)
            finished = yield from _exported(posthog, folder, asked, overwrite=overwrite)
        journal.keep(receipt_of(folder.output, finished.manifest))
        folder.clear()
        yield finished


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the search for cycles: rows have none, and it would look through millions of them."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _finished_before(folder: Folder, asked: Order) -> Finished | None:
    """The file of this order if it has its name already: it died before it was tidied up."""
    try:
        manifest = json.loads(manifest_of(folder.output).read_text("utf-8"))
        ours = manifest["receipt"] == asked.receipt
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not ours or sha256(folder.output) != manifest["sha256"]:
        return None
    return Finished(folder.output, manifest["rows"], manifest["late_rows"], manifest)


def _exported(
    posthog: PostHog, folder: Folder, asked: Order, *, overwrite: bool
) -> Generator[Progress, None, Finished]:
    done = folder.done()
    yield Progress(total(list(done.values())), asked.rows)
    missing = [n for n in range(len(asked.slices)) if n not in done]
    for part in _fetched(posthog, folder, asked, missing):
        done[part.number] = part
        yield Progress(total(list(done.values())), asked.rows)
    return _finished(posthog, folder, asked, [done[n] for n in sorted(done)], overwrite=overwrite)


def _same_place(posthog: PostHog, asked: Order) -> None:
    """Refuse to go on in another project than the one that the parts are of."""
    place = asked.place
    if (place["host"], place["project_id"]) != (posthog.host, posthog.project.id):
        raise SettingsError(
            f"The export was begun in {place['project']} ({place['project_id']}) on "
            f"{place['host']}: go on with that project, or export again without --resume."
        )


def _fetched(posthog: PostHog, folder: Folder, asked: Order, missing: list[int]) -> Iterator[Part]:
    """Parts as they come, up to three under way at once."""
    waiting = list(reversed(missing))
    running: set[Future[Part]] = set()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            while waiting or running:
                while waiting and len(running) < AT_ONCE:
                    running.add(pool.submit(_part, posthog, folder, asked, waiting.pop()))
                ended, running = wait(running, return_when=FIRST_COMPLETED)
                for one in ended:
                    yield one.result()
        finally:
            with posthog.pause.hurried():
                pool.shutdown(cancel_futures=True)


def _part(posthog: PostHog, folder: Folder, asked: Order, number: int) -> Part:
    """One part, with just the rows that its slice has; a slice that shrank is counted again."""
    part = asked.slices[number]
    temporary, rows = folder.path / f".{number:06}.tmp", 0
    for _ in range(3):
        write = writer(asked.form, asked.shape)
        rows = write.part(pages(posthog, asked.what, part), temporary)
        if rows == part.rows:
            return folder.keep(number, temporary, rows)
        part = replace(part, rows=counted(posthog, asked.what.counting(part.bounds)))
        if rows == part.rows:
            return folder.keep(number, temporary, rows)
    raise ServerFailed(
        f"PostHog returned {rows:,} rows where it counts {part.rows:,}: nothing was finished; "
        "--resume tries again."
    )


def _finished(
    posthog: PostHog, folder: Folder, asked: Order, parts: list[Part], *, overwrite: bool
) -> Finished:
    rows, now = total(parts), counted(posthog, asked.what.counting())
    if rows != now:
        raise ServerFailed(
            f"{rows:,} rows were exported, and PostHog counts {now:,} now: rows were deleted or "
            "added meanwhile. The parts are kept; export again for a file that is whole."
        )
    late = counted(posthog, asked.what.counting(late=True)) if asked.what.seen else 0
    temporary = folder.path / ".whole.tmp"
    files = [folder.file(part.number) for part in parts]
    writer(asked.form, asked.shape).whole(files, temporary, rows)
    manifest = _manifest(asked, parts, temporary, rows=rows, late=late)
    write_whole(manifest_of(folder.output), json.dumps(manifest, indent=1).encode())
    folder.finish(temporary, overwrite=overwrite)
    return Finished(folder.output, rows, late, manifest)


def _manifest(
    asked: Order, parts: list[Part], whole: Path, *, rows: int, late: int
) -> dict[str, Any]:
    what = asked.what
    return {
        "hogloop": version("hogloop"),
        "receipt": asked.receipt,
        **asked.place,
        "query": what.page(what.bounds, None, asked.rows),
        "period": [what.bounds.start, what.bounds.end] if what.bounds else None,
        "stored_until": what.seen,
        "columns": dict(zip(asked.shape.names, asked.shape.types, strict=True)),
        "format": asked.form,
        "rows": rows,
        "late_rows": late,
        "sha256": sha256(whole),
        "parts": [{"rows": part.rows, "sha256": part.sha256} for part in parts],
        "started": asked.started,
        "finished": _now(),
    }


def verify(path: Path) -> int:
    """The rows of a file that is as its manifest says, else `SettingsError` with the difference."""
    try:
        body = json.loads(manifest_of(path).read_text("utf-8"))
        wanted, rows = str(body["sha256"]), int(body["rows"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingsError(f"{path} has no manifest that can be read ({reason(error)}).") from None
    found = sha256(path)
    if found is None:
        raise SettingsError(f"{path} is not there.")
    if found != wanted:
        raise SettingsError(f"{path} is not as it was exported: its content has changed.")
    return rows


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
