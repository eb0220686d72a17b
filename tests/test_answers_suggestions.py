from dataclasses import replace

import pytest

from agent.planner.plan import (
    Funnel,
    Lifecycle,
    Paths,
    Recurring,
    Reply,
    Retention,
    Segment,
    Series,
    Sessions,
    Stickiness,
    Trends,
)
from agent.planner.reading.reader import read
from tests.plans import (
    ANYBODY,
    AVERAGE,
    BY_CITY,
    COMPLETED,
    LAST_30,
    MARCH,
    SIGNED_UP,
    STARTED,
    VIEWED,
    scope,
)

ROLLING = replace(LAST_30, default=False)
PLANS = {
    "a count": Trends(scope(), (COMPLETED,)),
    "a count of a rolling period": Trends(scope(ROLLING), (COMPLETED,)),
    "a development": Trends(scope(LAST_30, interval="day"), (COMPLETED,)),
    "an average": Trends(scope(), (AVERAGE,)),
    "anybody": Trends(scope(), (ANYBODY,)),
    "page views by city": Trends(scope(breakdowns=(BY_CITY,)), (VIEWED,)),
    "a funnel": Funnel(scope(MARCH), (STARTED, COMPLETED)),
    "a time to convert": Funnel(scope(LAST_30), (STARTED, COMPLETED), report="median_time"),
    "retention": Retention(scope(LAST_30), SIGNED_UP, Series()),
    "a lifecycle": Lifecycle(scope(MARCH, interval="week"), COMPLETED),
    "stickiness": Stickiness(scope(MARCH), COMPLETED),
    "paths": Paths(scope(MARCH), STARTED),
    "sessions": Sessions(scope(MARCH), ("duration",)),
    "bounces": Sessions(scope(LAST_30), ("bounce",)),
    "recurring revenue": Recurring(scope(LAST_30)),
    "people": Segment(scope(MARCH), (STARTED,), (COMPLETED,)),
    "people who never did": Segment(scope(LAST_30), (), (COMPLETED,)),
}


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_what_to_ask_next_works_when_it_is_asked(studio, plan):
    suggestions = studio.draft(plan).suggestions
    assert 1 <= len(suggestions) <= 3
    for question in suggestions:
        found = studio.think(lambda world, asked=question: read(asked, world))
        assert not isinstance(found, Reply), f"{question}: {found}"
        assert studio.draft(found).outcome == "answered", question
