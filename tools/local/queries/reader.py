"""What a typed query reads with: HogQL over the project, whole, with the project's clock."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tools.local.context import query_context
from tools.local.dates import Interval, Window, window
from tools.local.hogql import Context, HogQLError, compile_tree, nodes
from tools.local.hogql.filters import Filters
from tools.local.hogql.kinds import Node
from tools.local.home import Home
from tools.local.queries.model import DateRange
from tools.local.query_runs import Run
from tools.local.results import read_result

MAX_ROWS = 99_000
_TOO_MANY = f"The result has more than {MAX_ROWS:,} points: take longer intervals or less time."


@dataclass(frozen=True)
class Reader:
    """One request's view of the project."""

    home: Home
    context: Context
    plain: Context
    """The project for a query that a person wrote: with PostHog's limits of rows."""

    now: datetime
    """The project's clock, aware, in its time zone."""

    run: Run = field(default_factory=Run)
    """The query these statements are of."""

    ran: list[Node] = field(default_factory=list)
    """The queries of so far, for the answer to show."""

    @classmethod
    def of(cls, home: Home, run: Run | None = None) -> "Reader":
        """The project as it is at this moment."""
        run = run or Run()
        context = query_context(home, run.covers)
        zone = ZoneInfo(context.timezone)
        now = (context.now or datetime.now(UTC)).astimezone(zone)
        whole = replace(context, now=now, default_limit=MAX_ROWS, max_limit=MAX_ROWS)
        return cls(home, whole, context, now, run)

    def rows(self, tree: Node) -> list[list[Any]]:
        """Every row of a query built from nodes, as JSON has them."""
        return self.table(tree)[0]

    def table(self, tree: Node) -> tuple[list[list[Any]], list[str]]:
        """The same rows, and the ClickHouse type of each column."""
        compiled = compile_tree(tree, self.context)
        self.ran.append(tree)
        rows, types = read_result(self.read(compiled.sql))
        if len(rows) > compiled.limit:
            raise HogQLError(_TOO_MANY)
        return rows, [kind for _, kind in types]

    def read(self, sql: str) -> bytes:
        """The answer of ClickHouse to printed SQL."""
        return self.home.store.read(self.run.statement(sql))

    def window(self, dates: DateRange | None, interval: Interval = "day") -> Window:
        """The window of a query's date range."""
        dates = dates or DateRange()
        return window(
            dates.date_from,
            dates.date_to,
            now=self.now,
            interval=interval,
            week_start=self.context.week_start,
            earliest=self.earliest,
            exact=bool(dates.explicitDate),
        )

    def earliest(self) -> datetime:
        """The project's first event; a week ago when there is none."""
        sql = "SELECT min(timestamp), count() FROM events"
        (first, count) = read_result(self.read(sql))[0][0]
        at = datetime.fromisoformat(first) if count else self.now
        return at.astimezone(self.now.tzinfo)

    def filters(self, scope: str = "event") -> Filters:
        """How property filters are read, in rows of this kind."""
        return Filters(self.now, scope)

    def test_accounts(self) -> Node:
        """The project's own filters for test accounts, as one condition."""
        return self.filters().all_of(self.home.meta.fact("test_account_filters"))

    def moment(self, at: datetime) -> Node:
        """An instant as a node, exact to the microsecond."""
        # In UTC: where clocks are put back, a local time is there twice.
        text = at.astimezone(UTC).isoformat(timespec="microseconds")
        return nodes.call("toDateTime", nodes.constant(text))

    def during(self, span: Window, subject: Node | None = None) -> Node:
        """Whether an event lies in a window."""
        at = subject or nodes.field("timestamp")
        return nodes.all_of(
            [
                nodes.compare(">=", at, self.moment(span.start)),
                nodes.compare("<=", at, self.moment(span.end)),
            ]
        )
