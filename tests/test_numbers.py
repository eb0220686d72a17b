import time
from datetime import date, timedelta

import pytest

from agent.answer import AnswerTable
from agent.messages import ToolResult
from agent.numbers import unmatched
from agent.numbers.mentions import mentions
from agent.numbers.outputs import objects, results
from agent.numbers.results import Result
from tests.numbers_cases import FILES, cases
from tools.insights import InsightTable

BOUND = 0.02


def missing(text, columns, rows, said=()):
    return [one.text for one in unmatched(text, [Result(columns, rows)], said)]


@pytest.fixture(scope="module")
def judged():
    """Honest answers with what is marked in them, and corrupted ones in which nothing more is."""
    honest, corrupted = {}, {}
    for case in (case for name in FILES for case in cases(name)):
        honest[case.id] = case.missing(case.text)
        for i, (kind, text) in enumerate(case.corrupted()):
            marked = case.missing(text)
            new = len(marked) > len(honest[case.id]) or set(marked) - set(honest[case.id])
            corrupted[case.id, i, kind, text] = bool(new)
    return honest, corrupted


def test_there_are_enough_answers_of_both_kinds(judged):
    honest, corrupted = judged
    by_hand = [key for key in corrupted if key[2] == "by hand"]
    assert (len(honest) >= 150, len(by_hand) >= 300, len(corrupted) >= 900) == (True,) * 3


def test_honest_answers_are_left_alone(judged):
    false = {name: marked for name, marked in judged[0].items() if marked}
    assert len(false) <= BOUND * len(judged[0]), false


def test_corrupted_answers_are_marked(judged):
    missed = [key for key, marked in judged[1].items() if not marked]
    assert len(missed) <= BOUND * len(judged[1]), missed


def test_answers_over_results_that_were_really_given_are_marked_no_more_than_before():
    """Harder than the others: these bounds only ever go down."""
    given = cases("given.jsonl")
    marked = {one.id: found for one in given if (found := one.missing(one.text))}
    changed = [(one, text) for one in given for _, text in one.corrupted()]
    missed = [
        text for one, text in changed if not set(one.missing(text)) - set(marked.get(one.id, ()))
    ]
    assert len(marked) <= 20, marked
    assert len(missed) <= 14, missed


@pytest.mark.parametrize(
    ("text", "low", "high", "kind"),
    [
        ("1,204", 1203.5, 1204.5, "plain"),
        ("about 1.2k", 1150, 1250, "plain"),
        ("twelve hundred", 1150, 1250, "plain"),
        ("one in four", 0.2375, 0.2625, "part"),
        ("12.5%", 12.45, 12.55, "percent"),
        ("48.210,50", 48210.495, 48210.505, "plain"),
        ("1 min 23 s", 82.5, 83.5, "duration"),
        ("2.35bn", 2.345e9, 2.355e9, "plain"),
        ("doubled", 1.9, 2.1, "times"),
    ],
)
def test_a_number_leaves_open_what_its_digits_do(text, low, high, kind):
    (one,) = mentions(text)
    assert one.kind == kind
    assert one.readings[0] == pytest.approx((low, high), rel=1e-6)


def test_a_number_of_another_row_is_none_of_its_own():
    rows = (("Chrome", 120), ("Safari", 95))
    assert missing("Chrome had 120, Safari 95.", ("browser", "people"), rows) == []
    assert missing("Chrome had 95, Safari 120.", ("browser", "people"), rows) == ["95", "120"]


def test_a_change_has_the_direction_of_its_cells():
    rows = (("2026-10-01", 40), ("2026-11-01", 50))
    assert missing("October to November: up 25%.", ("month", "orders"), rows) == []
    assert missing("October to November: down 25%.", ("month", "orders"), rows) == ["25%"]


def test_numbers_of_the_question_may_be_repeated():
    assert missing("1 person paid more than 500.", ("people",), ((1,),), ["paid over 500?"]) == []


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("Without Chrome 2,216 people came.", []),
        ("Without Chrome 2,261 people came.", ["2,261"]),
        ("Without Edge 2,216 people came.", ["2,216"]),
        ("For every 100 people of Edge there were 4,213 of Chrome.", []),
    ],
)
def test_rows_that_belong_together_may_be_added_up(text, marked):
    rows = (("Chrome", 4213), ("Safari", 1604), ("Edge", 612))
    assert missing(text, ("browser", "people who came"), rows) == marked


def test_retention_may_be_told_in_shares():
    table = InsightTable(("cohort", "size", "week 1"), (("2026-10-05", 646, 92),), True, {}, "")
    found = results([ToolResult("1", "run_retention", "", table)])
    assert not unmatched("Of 646 people 14.2% were back in week 1.", found)
    assert unmatched("Of 646 people 24.2% were back in week 1.", found)


def test_where_nothing_was_measured_every_number_is_marked():
    assert [one.text for one in unmatched("12 people.", [])] == ["12"]


def test_the_level_of_an_interval_is_that_of_its_column():
    columns = ("variant", "difference_percent", "low_95_percent", "high_95_percent")
    rows = (("control", None, None, None), ("test", 8.94, 2.41, 15.38))
    text = "test is +8.9% better, {}% {} +2.4% to +15.4%."
    assert not missing(text.format(95, "confidence interval"), columns, rows)
    assert missing(text.format(99, "CI"), columns, rows) == ["99%"]


def test_words_that_code_wrote_may_take_a_number_from_any_row():
    found = [Result(("browser", "people"), (("Chrome", 120), ("Safari", 95)))]
    assert unmatched("Safari leads Chrome: 120 to 95.", found, coded=True) == []
    assert [one.text for one in unmatched("Safari: 77.", found, coded=True)] == ["77"]


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("18, usually 2.8: a rise of 555 %.", []),
        ("18, usually 2.8: a rise of 585 %.", ["585 %"]),
    ],
)
def test_what_code_worked_out_follows_from_what_it_rounded(text, marked):
    result = Result(("day", "errors", "usual"), (("2026-11-14", 18, 2.75), ("2026-11-13", 11, 3.5)))
    found = unmatched(text, [result], ["within 14 days"], coded=True)
    assert [one.text for one in found] == marked


def test_objects_that_tools_read_are_results_by_their_fields():
    text = '<data>\n[{"key": "new-home", "rollout": 25, "by": {"name": "Ann"}}]\n</data>'
    flags = ToolResult("1", "list_flags", text, object())
    assert objects([flags])[0].rows == (("new-home", 25),)
    assert results([flags], [AnswerTable(("n",), ((1,),))])[0].rows == ((1,),)


def test_four_times_the_rows_cost_no_more_than_eight_times_as_much():
    text = "On 3 August 2026 there were 1,014 views and 2 orders."
    best = {}
    for size in (100, 400):
        days = [date(2026, 8, 1) + timedelta(n) for n in range(size)]
        rows = tuple((str(day), 1000 + 7 * n % 311, n) for n, day in enumerate(days))
        took = []
        for _ in range(30):
            fresh = [Result(("day", "views", "orders"), rows)]
            start = time.perf_counter()
            assert unmatched(text, fresh) == []
            took.append(time.perf_counter() - start)
        best[size] = min(took)
    assert best[400] <= 8 * best[100]
