"""Conditions of workflows: figures decide, and what can't be judged says why."""

from datetime import UTC, datetime, timedelta

import pytest

from agent.answer import Answer, AnswerTable, Window
from agent.workflows.conditions import Result, Unjudged, holds, read_condition

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)


def weeks(*counts, first="2026-10-19", start=None, end="2026-11-15T12:00:00+00:00"):
    """Events per week, the last of which is not over."""
    began = datetime.fromisoformat(first)
    rows = tuple((f"{began + timedelta(weeks=n):%Y-%m-%d}", c) for n, c in enumerate(counts))
    table = AnswerTable(("week", "signups"), rows)
    return result(table, Window(start or f"{first}T00:00:00+00:00", end, "UTC"))


def result(table, window=None, queries=(), before=None):
    tables = (table,) if table else ()
    answer = Answer("q", "answered", "Down by 99 %!", tables=tables, window=window, queries=queries)
    return Result(answer, "now", before, NOW)


def compared(now, before, *spans):
    change = now - before
    table = AnswerTable(
        ("period", "dates", "signups", "change", "change %"),
        (("this", "…", now, change, 0.0), ("before", "…", before, None, None)),
    )
    queries = tuple({"dateRange": {"date_from": a, "date_to": b}} for a, b in spans)
    start, end = spans[0]
    return result(table, Window(f"{start}+00:00", f"{end}+00:00", "UTC"), queries)


WEEK = ("2026-11-02T00:00:00", "2026-11-09T00:00:00")
BEFORE = ("2026-10-26T00:00:00", "2026-11-02T00:00:00")
SO_FAR = ("2026-11-09T00:00:00", "2026-11-15T12:00:00")


def judged(text, found):
    return holds(read_condition(text), {"signups": found})


@pytest.mark.parametrize(
    ("text", "counts", "met"),
    [
        ("signups fell more than 20 %", (5, 100, 79, 1), True),
        ("signups fell more than 20 %", (5, 100, 80, 1), False),
        ("signups fell by more than 20%", (5, 100, 130, 1), False),
        ("signups rose more than 20 %", (5, 100, 121, 1), True),
        ("signups rose more than 20 %", (5, 100, 79, 500), False),
        ("signups moved more than 20 %", (5, 100, 79, 1), True),
        ("signups moved more than 21", (5, 100, 79, 1), False),
        ("signups fell more than 20.5", (5, 100, 79, 1), True),
        ("signups is above 1,000", (5, 100, 1001, 1), True),
        ("signups is below 1000", (5, 100, 1000, 1), False),
    ],
)
def test_a_series_is_judged_by_its_last_periods_that_are_over(text, counts, met):
    assert judged(text, weeks(*counts))[0] is met


def test_the_figures_are_told():
    assert judged("signups fell more than 20 %", weeks(1, 1000, 600, 7))[1] == (
        "from 1,000 to 600, -40.0 %"
    )


def test_a_series_that_ends_with_a_whole_period_is_judged_to_its_end():
    whole = weeks(1, 1, 100, 50, end="2026-11-16T00:00:00+00:00")
    assert not judged("signups fell more than 20 %", whole)[0], "the week is not over by the clock"
    earlier = weeks(1, 1, 100, 50, first="2026-10-12", end="2026-11-09T00:00:00+00:00")
    assert judged("signups fell more than 20 %", earlier)[0]


def test_a_first_period_of_which_only_a_part_was_counted_does_not_count():
    with pytest.raises(Unjudged, match="has to find one figure, a series"):
        judged("signups rose more than 20 %", weeks(3, 9, first="2026-11-02", start="2026-11-05"))
    cut = weeks(3, 100, 90, 1, start="2026-10-22T00:00:00+00:00")
    assert judged("signups fell more than 5 %", cut)[0]


def test_two_periods_compared_are_judged_by_both():
    assert judged("signups fell more than 20 %", compared(70, 100, WEEK, BEFORE))[0]
    assert not judged("signups fell more than 30 %", compared(70, 100, WEEK, BEFORE))[0]
    assert judged("signups is above 69", compared(70, 100, WEEK, BEFORE))[0]


def test_a_period_that_is_not_over_is_not_held_against_a_whole_one():
    with pytest.raises(Unjudged, match="the period is not over"):
        judged("signups fell more than 20 %", compared(70, 100, SO_FAR, WEEK))


def test_one_figure_is_judged_alone_and_moves_nowhere():
    one = result(AnswerTable(("people",), ((150,),)))
    assert judged("signups is above 149", one)[0]
    assert not judged("signups is above 150", one)[0]
    with pytest.raises(Unjudged, match="has to find one figure, a series"):
        judged("signups fell more than 20 %", one)


@pytest.mark.parametrize(
    "found",
    [
        result(None),
        result(AnswerTable(("plan", "people"), (("free", 3), ("pro", 4)))),
        result(AnswerTable(("people",), (("many",),))),
        result(AnswerTable(("people",), ((True,),))),
        result(AnswerTable(("people",), ((150,),), whole=False)),
        weeks(1, None, 3, 4),
    ],
)
def test_what_has_no_one_figure_is_not_judged(found):
    with pytest.raises(Unjudged, match="can't be judged"):
        judged("signups moved more than 1 %", found)
    with pytest.raises(Unjudged, match="can't be judged"):
        judged("signups is above 1", found if found.answer.tables else result(None))


def test_from_nothing_there_is_no_share():
    with pytest.raises(Unjudged, match="has no %"):
        judged("signups rose more than 20 %", weeks(1, 0, 50, 1))
    assert judged("signups rose more than 20", weeks(1, 0, 50, 1))[0]


def test_new_is_what_differs_from_what_was_sent_last():
    table = AnswerTable(("people",), ((1,),))
    assert judged("signups is new", result(table))[0]
    assert not judged("signups is new", result(table, before="now"))[0]
    assert judged("signups is new", result(table, before="then"))[0]


def test_rows_are_counted():
    assert judged("signups has rows", weeks(1))[0]
    assert judged("signups has no rows", result(None))[0]
    assert not judged("signups has rows", result(AnswerTable(("a",), ())))[0]


@pytest.mark.parametrize(
    "text",
    [
        "signups",
        "signups fell",
        "signups fell more than twenty %",
        "signups fell more than -20 %",
        "signups fell more than 20 % or not",
        "__import__('os').system('x')",
        "signups is",
        "",
    ],
)
def test_nothing_else_is_a_condition(text):
    with pytest.raises(Exception, match="is no condition: write"):
        read_condition(text)
