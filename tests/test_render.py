import io
import json
from dataclasses import replace

import pytest

from agent.answer import Answer, AnswerTable, Unmatched, Window
from agent.cells import column, one_line, safe
from agent.chart.letters import bar, line, sparkline
from agent.render import Terminal, as_json, period, show, write_csv
from agent.settings import EMBEDDED_HOST

ONE = Answer(
    question="How many people signed up last week?",
    outcome="answered",
    headline="182 people signed up last week.",
    tables=(AnswerTable(("people",), ((182,),)),),
    queries=("SELECT count(DISTINCT person_id)\nFROM events\nWHERE event = 'signed_up'",),
    window=Window("2026-11-02T00:00:00+00:00", "2026-11-09T00:00:00+00:00", "UTC"),
    project_id=1,
    project_name="Stretchwell",
    project_host=EMBEDDED_HOST,
    model="built-in planner",
    assumptions=("“signed up” is the event signed_up", "a person counts once"),
    receipt="r_7f3k2q",
    seconds=0.41,
)
BARE = replace(ONE, tables=(), queries=(), window=None, assumptions=(), receipt=None)


def shown(answer, *, width=80, encoding="utf-8", **options):
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, errors="replace")
    Terminal(file, width=width).print(show(answer, **options))
    file.flush()
    return "".join(f"{ln.rstrip()}\n" for ln in raw.getvalue().decode(encoding).splitlines())


def test_a_single_number_stands_in_the_headline_alone():
    assert (
        shown(ONE)
        == """\
182 people signed up last week.

Period   2026-11-02 to 2026-11-08 (UTC)
Assumed  “signed up” is the event signed_up
         a person counts once
Project  Stretchwell (embedded, on this machine)
Model    built-in planner, 0.4 s
Query    SELECT count(DISTINCT person_id)
         FROM events
         … --sql shows all of it
Receipt  r_7f3k2q
"""
    )


def test_sql_shows_the_whole_query():
    assert "Query    SELECT count(DISTINCT person_id)\n         FROM events\n" in shown(
        ONE, sql=True
    )
    assert "         WHERE event = 'signed_up'\n" in shown(ONE, sql=True)


def test_a_breakdown_is_a_table_with_bars():
    rows = (("Germany", 1250, 0.5), ("日本", 625, 0.25), (None, 5, 0.002))
    table = AnswerTable(("country", "people"), tuple(row[:2] for row in rows))
    assert (
        shown(replace(BARE, headline="By country.", tables=(table,)), width=60)
        == """\
By country.

country  people
Germany   1,250  ████████████████████████████████
日本        625  ████████████████
(none)        5  ▏
3 rows, all there are

Project  Stretchwell (embedded, on this machine)
Model    built-in planner, 0.4 s
"""
    )
    two = AnswerTable(("country", "people", "share"), rows)
    assert "Germany   1,250  0.5000\n" in shown(replace(BARE, tables=(two,)))


def test_retention_is_not_torn_apart_in_a_narrow_terminal():
    weeks = [f"week {n} %" for n in range(1, 11)]
    rows = tuple((name, 900 - n, *range(70, 60, -1)) for n, name in enumerate(("Spain", "Italy")))
    table = AnswerTable(("$geoip_country_name", "people", *weeks), rows)
    text = shown(replace(BARE, tables=(table,)), width=72)
    assert "$geoip_country_name week 1   2   3   4   5   6   7   8   9  10\n" in text
    assert "        Spain (900)     70  69  68" in text
    assert "week 10 %" in shown(replace(BARE, tables=(table,)), width=130)


def test_without_unicode_there_is_a_table_and_no_bars():
    table = AnswerTable(("country", "people"), (("Germany", 2), ("France", 1)))
    text = shown(replace(BARE, tables=(table,)), encoding="ascii")
    assert "country  people\nGermany       2\nFrance        1\n2 rows, all there are\n" in text


def test_a_table_can_be_asked_for_without_bars():
    table = AnswerTable(("country", "people"), (("Germany", 2), ("France", 1)))
    assert "█" not in shown(replace(BARE, tables=(table,)), chart=False)


def test_the_same_table_is_shown_once():
    table = AnswerTable(("country", "people"), (("Germany", 2), ("France", 1)))
    assert shown(replace(BARE, tables=(table, table))).count("2 rows, all there are") == 1


DAYS = tuple(f"2026-{month:02}-{day:02}T00:00:00Z" for month in (1, 2, 3) for day in range(1, 29))


def test_a_long_series_is_a_line_chart():
    table = AnswerTable(("day", "people"), tuple((day, i) for i, day in enumerate(DAYS)))
    lines = shown(replace(BARE, tables=(table,)), width=40).splitlines()
    assert (lines[2][:2], lines[9][:2]) == ("83", " 0")
    assert lines[2].endswith("⢀⣀⠤⠒⠉")
    assert lines[9][3] == "⣀"
    assert lines[10:12] == [
        "   2026-01-01                2026-03-28",
        "people: 84 rows; --csv writes all",
    ]


def test_months_are_a_series_too():
    months = [f"{year}-{month:02}" for year in (2024, 2025, 2026) for month in range(1, 13)]
    table = AnswerTable(("month", "people"), tuple((month, 5) for month in months))
    lines = shown(replace(BARE, tables=(table,)), width=40).splitlines()
    assert lines[2] == "5 " + "⠉" * 37
    assert lines[10] == "  2024-01                       2026-12"


def test_a_long_series_by_name_is_one_sparkline_each():
    rows = tuple((day, name, i * n) for i, day in enumerate(DAYS[:8]) for name, n in NAMED)
    text = shown(replace(BARE, tables=(AnswerTable(("day", "browser", "people"), rows),)))
    assert "browser            last  peak\n(none)   ▁▂▃▄▅▆▇█    21    21\n" in text
    assert "3 of 3 from 2026-01-01 to 2026-01-08: 24 rows; --csv writes all" in text


NAMED = (("Chrome", 1), ("Firefox", 2), (None, 3))


def test_a_month_of_days_is_shown_whole():
    table = AnswerTable(("day", "n"), tuple((day, 1) for day in DAYS[:28]))
    assert "28 rows, all there are" in shown(replace(BARE, tables=(table,)))


CAPTIONS = {
    "all": ((3, True, None), "3 rows, all there are"),
    "one": ((1, True, None), "1 row, all there are"),
    "long": ((30, True, None), "the first 20 of 30 rows; --csv writes all"),
    "cut": ((30, False, None), "the first 20 rows only, there are more"),
    "cut, known": ((30, False, 1000), "the first 20 of 1,000 rows"),
}


@pytest.mark.parametrize(("table", "caption"), CAPTIONS.values(), ids=CAPTIONS)
def test_a_table_says_whether_it_is_whole(table, caption):
    rows, whole, total = table
    body = tuple((f"name {i}", i) for i in range(rows))
    text = shown(replace(BARE, tables=(AnswerTable(("a", "n"), body, whole, total),)))
    assert f"\n{caption}\n" in text


def test_a_question_back_has_numbered_choices():
    asked = replace(BARE, outcome="asked", headline="Which event?", choices=("a", "b"))
    assert shown(asked).startswith("Which event?\n  1. a\n  2. b\n\nProject")


def test_what_to_ask_next_comes_last():
    text = shown(replace(BARE, suggestions=("signups by country", "signups per week")))
    assert text.endswith("\n\nAsk next  signups by country\n          signups per week\n")


def test_a_language_models_text_does_not_repeat_the_headline():
    said = replace(BARE, headline="Up 5%.", text="Up 5%.\n\nMostly from Germany.")
    assert shown(said).startswith("Up 5%.\n\nMostly from Germany.\n\nProject")


HOSTILE = "\x1b]0;owned\x07\x1b[2J\u202eevil\u2066 [red]x[/red] :smile: \x9b31m\u200b\r\nnext\ttab"


def test_a_number_that_no_result_founds_is_marked_where_it_stands():
    marks = (Unmatched("headline", 14, 17, "14%"), Unmatched("text", 22, 23, "3"))
    text = "12 people, up 14%.\nOr 3 a day."
    answer = Answer("q", "answered", "12 people, up 14%.", text, unmatched=marks)
    seen = shown(answer)
    assert "12 people, up 14%[?].\n\nOr 3[?] a day." in seen
    assert seen.count("[?] marks a number that no result of this answer holds") == 1


def test_nothing_from_data_steers_the_terminal():
    table = AnswerTable((HOSTILE, "n"), ((HOSTILE, 1), ("b", 2)))
    text = shown(
        replace(
            ONE,
            headline=HOSTILE,
            text=HOSTILE,
            tables=(table,),
            assumptions=(HOSTILE,),
            choices=(HOSTILE,),
            suggestions=(HOSTILE,),
            queries=(HOSTILE,),
            project_name=HOSTILE,
            model=HOSTILE,
            window=Window(HOSTILE, HOSTILE, HOSTILE),
        )
    )
    assert not set(text) & set("\x1b\x07\x9b\u202e\u2066\u200b\r\t")
    assert "[red]x[/red] :smile:" in text


def test_a_very_long_value_does_not_flood_the_table():
    table = AnswerTable(("event", "events"), (("x" * 3000, 1), ("b", 2)))
    lines = shown(replace(ONE, tables=(table,))).splitlines()
    assert sum("xxx" in line for line in lines) <= 5
    assert any(line.split("  ")[0].endswith("x…") for line in lines)


def test_one_line_has_no_line_breaks():
    assert one_line("a\nb\u2028c\td") == "a b c d"
    assert safe("a\nb\tc") == "a\nb c"


@pytest.mark.parametrize("width", [20, 40, 60, 100, 160])
def test_no_line_is_wider_than_the_terminal(width):
    rows = tuple((f"https://example.com/{'long/' * 20}", i, None) for i in range(40))
    table = AnswerTable(("a rather long name of a column", "n", "m"), rows)
    assert max(map(len, shown(replace(ONE, tables=(table,)), width=width).splitlines())) <= width


COLUMNS = {
    "integers": ("people", (1234567, None), ["1,234,567", "(none)"]),
    "years": ("year", (2026, 2025), ["2026", "2025"]),
    "small": ("share", (0.5, 1 / 3), ["0.5000", "0.3333"]),
    "middle": ("average", (12.345, 1), ["12.35", "1.00"]),
    "large": ("revenue", (1234567.891, 2.5), ["1,234,567.89", "2.50"]),
    "booleans": ("paid", (True, None), ["true", "(none)"]),
    "days": ("day", ("2026-11-02T00:00:00Z", "2026-11-03"), ["2026-11-02", "2026-11-03"]),
    "hours": ("hour", ("2026-11-02 13:00:00",), ["2026-11-02 13:00"]),
    "texts": ("name", ("2026-11-02", "x"), ["2026-11-02", "x"]),
    "lists": ("names", (["a", "b"],), ["['a', 'b']"]),
}


@pytest.mark.parametrize(("name", "values", "texts"), COLUMNS.values(), ids=COLUMNS)
def test_a_column_is_formatted_alike(name, values, texts):
    assert column(name, values) == texts


PERIODS = {
    "days": ("2026-11-02T00:00:00+00:00", "2026-11-09T00:00:00+00:00", "2026-11-02 to 2026-11-08"),
    "one day": ("2026-11-02T00:00:00+00:00", "2026-11-03T00:00:00+00:00", "2026-11-02"),
    "to the minute": (
        "2026-11-02T00:00:00+00:00",
        "2026-11-15T12:00:00+00:00",
        "2026-11-02 00:00 up to 2026-11-15 12:00",
    ),
    "from a day on": ("2026-11-02T00:00:00+00:00", None, "from 2026-11-02 on"),
    "up to a minute": (None, "2026-11-02T08:30:00+00:00", "up to 2026-11-02 08:30"),
    "something else": ("the start", "today", "the start up to today"),
}


@pytest.mark.parametrize(("start", "end", "words"), PERIODS.values(), ids=PERIODS)
def test_the_period_is_said_with_its_zone(start, end, words):
    assert period(Window(start, end, "UTC")) == f"{words} (UTC)"


def test_tokens_that_were_guessed_are_said_to_be_about_as_many():
    counted = replace(BARE, input_tokens=1_200, output_tokens=34)
    assert "Model    built-in planner, 0.4 s, 1,234 tokens\n" in shown(counted)
    guessed = replace(counted, tokens_estimated=True)
    assert "Model    built-in planner, 0.4 s, about 1,234 tokens\n" in shown(guessed)


def test_csv_guards_against_formulas_and_keeps_numbers():
    rows = (("=cmd()", -1, None), ("+1", 2.5, True), ("a,b\n\x1bc", 0, ["x"]), ("@x", 1, "-1"))
    file = io.StringIO()
    assert write_csv(replace(BARE, tables=(AnswerTable(("=a", "n", "m"), rows),)), file)
    assert file.getvalue() == (
        '\'=a,n,m\n\'=cmd(),-1,\n\'+1,2.5,True\n"a,b\nc",0,"[""x""]"\n\'@x,1,\'-1\n'
    )


def test_csv_of_an_answer_without_a_table_writes_nothing():
    file = io.StringIO()
    assert not write_csv(BARE, file)
    assert file.getvalue() == ""


def test_json_is_one_ascii_line_without_nan():
    text = as_json(replace(BARE, tables=(AnswerTable(("n",), ((float("nan"),), ("é\x9b",))),)))
    assert text.isascii()
    assert "\n" not in text
    assert json.loads(text)["tables"][0]["rows"] == [[None], ["é\x9b"]]


def test_bars_are_to_scale():
    assert [bar(value, 8, 1) for value in (8, 4, 0.1, 0, None)] == ["█", "▌", "▏", "", ""]


def test_a_sparkline_starts_at_zero_and_leaves_gaps():
    assert sparkline([0, None, 7], 3) == "▁ █"
    assert sparkline([-7, 0], 3) == "▁█"
    assert sparkline([1, 2, 3, 4], 3) == ""


def test_a_line_chart_breaks_at_a_missing_value():
    assert line([0, 1], 2, 1) == ["⡠⠊"]
    assert line([1, None, 1], 3, 1) == ["⠁⠀⠈"]
