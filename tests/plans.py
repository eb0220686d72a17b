"""Parts of plans about the studio, for tests."""

from dataclasses import replace
from datetime import datetime

from agent.planner.english.windows import Span
from agent.planner.plan import Breakdown, Filter, Property, Scope, Series

NOW = datetime(2026, 4, 15, 12, 30)
MARCH = Span(datetime(2026, 3, 1), datetime(2026, 4, 1), "March 2026")
FEBRUARY = Span(datetime(2026, 2, 1), datetime(2026, 3, 1), "February 2026")
QUARTER = Span(datetime(2026, 1, 1), datetime(2026, 4, 1), "Q1 2026")
LAST_30 = Span(datetime(2026, 3, 16), NOW, "the last 30 days", default=True, rolling=True)

IN_MARCH = "March 2026 (2026-03-01 to 2026-03-31)"
IN_FEBRUARY = "February 2026 (2026-02-01 to 2026-02-28)"
IN_QUARTER = "Q1 2026 (2026-01-01 to 2026-03-31)"

AMOUNT = Property("amount_usd", kind="Numeric")
CATEGORY = Property("category")
CITY = Property("city", "person")
PATH = Property("$pathname")
COMPANY = Property("key", "company")

COMPLETED = Series(("booking_completed",))
STARTED = Series(("booking_started",))
CANCELLED = Series(("booking_cancelled",))
SIGNED_UP = Series(("signed_up",))
VIEWED = Series(("$pageview",))
PEOPLE = replace(COMPLETED, math="unique")
REVENUE = replace(COMPLETED, math="sum", property=AMOUNT)
AVERAGE = replace(COMPLETED, math="avg", property=AMOUNT)
ANYBODY = Series((), "unique")

BY_CATEGORY = Breakdown(CATEGORY)
BY_CITY = Breakdown(CITY)


def scope(span: Span = MARCH, **more) -> Scope:
    """What is around a plan."""
    return Scope(span, **more)


def where(prop: Property, *values, operator="=") -> Filter:
    """A condition."""
    return Filter(prop, operator, values)
