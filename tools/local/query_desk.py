"""What the query route keeps between requests."""

from dataclasses import dataclass

from tools.local.query_cache import Cache
from tools.local.query_jobs import Jobs
from tools.local.query_limits import Turnstile
from tools.local.query_runs import Runs
from tools.local.store import Store


@dataclass(frozen=True)
class Desk:
    """The queries under way, those to be answered later, and the last answers."""

    runs: Runs
    jobs: Jobs
    cache: Cache
    turnstile: Turnstile

    def close(self) -> None:
        """End every query."""
        self.runs.stop_all()
        self.jobs.close()
        self.runs.close()


def open_desk(store: Store) -> Desk:
    """A desk without queries."""
    runs = Runs(store)
    return Desk(runs, Jobs(store, runs), Cache(), Turnstile())
