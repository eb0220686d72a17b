import pytest

from agent.numbers import unfounded


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("37 people signed up last week.", [37]),
        ("There were 1,204 orders.", [1204]),
        ("There were 1 204 orders.", [1204]),
        ("About 1.2k orders.", [1204]),
        ("Revenue was $1.24 million.", [1_238_000.5]),
        ("The mean is 483.01.", [483.0149]),
        ("12.5% converted.", [0.1251]),
        ("12.5 percent converted.", [12.5]),
        ("Sign-ups grew by 25%, from 40 to 50.", [40, 50]),
        ("They fell by 10.", [50, 40]),
        ("Together 90.", [50, 40]),
        ("37 people from 2 to 8 March 2026.", [37]),
        ("37 people, March 2 to March 8, 2026 (UTC).", [37]),
        ("37 people in 2026, since 2026-03-02 00:00:00, over the last 30 days.", [37]),
        ("In February 2026 the top 5 had 37.", [37]),
        ("Event `order_2` came 37 times.", [37]),
        ("The plan is called Basic 3: 37 people.", ["Basic 3", 37]),
        ("Nothing was found.", []),
    ],
)
def test_a_number_that_stands_in_a_result_is_founded(text, cells):
    assert unfounded(text, cells, ())[0] == []


@pytest.mark.parametrize(
    ("text", "cells", "missing", "all_of_them"),
    [
        ("1,100 sign-ups were created.", [0], ["1,100"], True),
        ("12 people.", [], ["12"], True),
        ("38 people.", [37], ["38"], True),
        ("37 people, up 14%.", [37], ["14%"], False),
        ("1.3k orders.", [1204], ["1.3k"], True),
        ("483.02 on average.", [483.0149], ["483.02"], True),
        ("12 of 37 people.", [37], ["12"], False),
    ],
)
def test_a_number_that_stands_in_no_result_is_named(text, cells, missing, all_of_them):
    assert unfounded(text, cells, ()) == (missing, all_of_them)


def test_numbers_of_the_question_and_the_query_may_be_repeated():
    assert unfounded("1 person paid more than 500.", [1], ["who paid over 500?"]) == ([], False)


def test_a_large_table_grounds_its_cells_but_no_arithmetic():
    cells = list(range(1000, 1100))
    assert unfounded("1,050 and 2,050.", cells, ())[0] == ["2,050"]
