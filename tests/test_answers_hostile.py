"""Names and values that look like code are counted like any others."""

from collections import Counter
from dataclasses import replace

import pytest

from agent.planner.english.windows import everything
from agent.planner.plan import (
    Breakdown,
    Filter,
    Funnel,
    Lifecycle,
    Paths,
    Property,
    Retention,
    Scope,
    Segment,
    Series,
    Stickiness,
    Times,
    Trends,
)
from tests.local_fixtures import imported, write_lines
from tests.studio import NOW, Room
from tools.client import PostHog, unix_socket
from tools.local.connect import open_project, stop_worker
from tools.local.folder import create_project
from tools.toolbox import Toolbox

EVENT = "it's \"x\"\\'; DROP TABLE events -- {{7*7}} <b>"
OTHER = "emoji 🦔 `a`\nnext) OR (1=1"
NAME = "a'b\\ c.d `e` {f}"
VALUES = ("x' OR '1'='1", "100%_\\", "\x1b[31mred", "", "café 🦔")
STORED = {"100%_\\": "100%_\\\\", "\x1b[31mred": "\\u001B[31mred", "": None}
"""As PostHog reads them: it leaves JSON's escapes where they are."""

DAYS = 10
ROWS = [
    {
        "uuid": f"00000000-0000-4000-8000-{number:012}",
        "event": EVENT if number % 3 else OTHER,
        "distinct_id": f"p{number % 7}'",
        "timestamp": f"2026-04-{1 + number % DAYS:02}T{number % 24:02}:00:00+02:00",
        "properties": {NAME: VALUES[number % 5], "n'": number},
    }
    for number in range(60)
]
MINE = [row for row in ROWS if row["event"] == EVENT]
PROPERTY, NUMBER = Property(NAME), Property("n'", kind="Numeric")
ONE, TWO = Series((EVENT,)), Series((OTHER,))


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    home = tmp_path_factory.mktemp("hostile")
    create_project(home, "hostile", timezone="Europe/Berlin", now=NOW)
    project = open_project(home, "hostile")
    imported(project, write_lines(home / "events.jsonl", ROWS))
    posthog = PostHog(
        host="http://embedded",
        key=project.key,
        project_id=project.project_id,
        transport=unix_socket(project.socket),
    )
    yield Room(Toolbox(posthog))
    posthog.close()
    stop_worker(project)


def around(*filters, **more):
    return Scope(everything(), filters=filters, **more)


@pytest.mark.parametrize("value", [value for value in VALUES if value], ids=ascii)
@pytest.mark.parametrize("math", ["total", "median"])
def test_a_condition_on_a_hostile_value_counts_that_value_alone(room, value, math):
    one = replace(ONE, math=math, property=NUMBER if math == "median" else None)
    condition = Filter(PROPERTY, "=", (STORED.get(value, value),))
    draft = room.draft(Trends(around(condition), (one,)))
    expected = sum(row["properties"][NAME] == value for row in MINE)
    assert draft.tables[0].rows[0][-1] == expected


@pytest.mark.parametrize(
    ("operator", "text", "count"),
    [
        ("contains", "%_", sum("%_" in row["properties"][NAME] for row in MINE)),
        ("contains", "'1'='1", sum("'1'='1" in row["properties"][NAME] for row in MINE)),
        ("starts", "100%", sum(row["properties"][NAME].startswith("100%") for row in MINE)),
        ("not contains", "_\\", sum("_\\" not in row["properties"][NAME] for row in MINE)),
    ],
)
def test_wildcards_in_a_text_are_only_letters(room, operator, text, count):
    draft = room.draft(Trends(around(Filter(PROPERTY, operator, (text,))), (ONE,)))
    assert draft.tables[0].rows == ((count,),)


def test_every_kind_of_plan_takes_hostile_names(room):
    split = Breakdown(PROPERTY)
    plans = (
        Trends(around(breakdowns=(split,)), (ONE, TWO)),
        Trends(around(breakdowns=(split,), ascending=True, ranked=True), (ONE,)),
        Trends(around(interval="day"), (replace(ONE, math="first_time"),)),
        Trends(around(), (replace(ONE, math="unique", times=Times(">=", 2)),)),
        Funnel(around(breakdowns=(split,)), (TWO, ONE)),
        Retention(around(breakdowns=(split,)), TWO, ONE, "day"),
        Lifecycle(around(interval="day"), ONE),
        Stickiness(around(), ONE),
        Paths(around(Filter(PROPERTY, "!=", ("x",))), TWO, ONE),
        Segment(around(), (ONE,), (TWO,), listed=True),
    )
    for plan in plans:
        draft = room.draft(plan)
        assert draft.outcome == "answered", draft.headline
        assert all("\n" not in question for question in draft.suggestions)


def test_hostile_values_are_the_rows_of_a_breakdown(room):
    draft = room.draft(Trends(around(breakdowns=(Breakdown(PROPERTY),)), (ONE,)))
    counts = Counter(STORED.get(row["properties"][NAME], row["properties"][NAME]) for row in MINE)
    assert {row[0]: row[1] for row in draft.tables[0].rows} == counts
