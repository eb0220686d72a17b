"""An export to Parquet, against ClickHouse writing the same rows itself, and a naive client."""

import resource
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from agent.export.folder import Folder
from agent.export.run import export, order
from agent.journal import Journal
from bench.measure import in_turns, line, load, note, title
from bench.projects import demo, scratch_home, stopped, taken_over
from tools.client import PostHog, unix_socket
from tools.exports.choices import events
from tools.exports.pages import ask
from tools.exports.what import PAGE, What
from tools.local.connect import LocalProject
from tools.local.import_sql import quoted

ROUNDS = 2
START, END = datetime(2025, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
COLUMNS = "toString(uuid) AS uuid, timestamp, event, person_id"
PEER, NAIVE, OURS = "ClickHouse: INTO OUTFILE … Parquet", "LIMIT and OFFSET", "hogloop export"


def main() -> None:
    """Print seconds, rows a second and the memory of the client."""
    with scratch_home() as home:
        project = demo(home)
        with closing(_client(project)) as posthog:
            what = events(posthog, [], START, END)
            numbers, rows = count(), []
            naive = in_turns({NAIVE: lambda: _naive(posthog, what)}, rounds=ROUNDS)
            ours = in_turns(
                {
                    OURS: lambda: rows.append(
                        _exported(posthog, what, home / f"{next(numbers)}.parquet")
                    )
                },
                rounds=ROUNDS,
            )
        with taken_over(stopped(project)) as opened:
            targets: Iterator[str] = (quoted(str(home / f"raw{n}.parquet")) for n in count())
            query = f"SELECT {COLUMNS} FROM events ORDER BY timestamp, uuid"
            raw = in_turns(
                {
                    PEER: lambda: opened.store.write(
                        f"INSERT INTO FUNCTION file({next(targets)}) {query}"
                    )
                },
                rounds=ROUNDS,
            )
        times = {**raw, **naive, **ours}
        title(f"Export of {rows[0]:,} events")
        for name in (PEER, NAIVE, OURS):
            line(name, times[name], times[PEER], unit="s")
        for name in (PEER, NAIVE, OURS):
            note(f"{name}, rows a second", f"{rows[0] / times[name].median:9,.0f}")
        note(
            "memory of the client",
            f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10:6,} MB",
        )
    load()


def _client(project: LocalProject) -> PostHog:
    return PostHog(
        host="http://embedded",
        key=project.key,
        project_id=project.project_id,
        transport=unix_socket(project.socket),
    )


def _exported(posthog: PostHog, what: What, path: Path) -> int:
    folder = Folder(path)
    folder.begin(order(posthog, what, "parquet"))
    *_, last = export(posthog, folder, Journal(path.with_name("journal.db")))
    return last.rows


def _naive(posthog: PostHog, what: What) -> int:
    """All rows, a page after the other by their number, kept nowhere."""
    found = 0
    while True:
        query = f"SELECT {COLUMNS} FROM events ORDER BY timestamp, uuid LIMIT {PAGE} OFFSET {found}"
        page = ask(posthog, query)["results"]
        found += len(page)
        if len(page) < PAGE:
            return found


if __name__ == "__main__":
    main()
