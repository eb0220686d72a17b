import json
import math
from dataclasses import asdict
from datetime import date, timedelta

import pytest

from agent.answer import Answer, AnswerTable, Unmatched, Window
from agent.chart.picture import picture, svg, write_picture
from agent.chart.shapes import chart_of
from agent.chart.vega import vega_lite
from agent.errors import SettingsError
from agent.settings import EMBEDDED_HOST

WINDOW = Window("2026-11-01T00:00:00+00:00", "2026-11-15T12:00:00+00:00", "UTC")
DAYS = [str(date(2026, 11, 1) + timedelta(days=n)) for n in range(15)]
HOSTILE = "\x1b[2J<script>alert(1)</script>\u202e https://evil.example/x.png\n{signal: now()}"


def answer(columns, rows, *, whole=True, window=WINDOW, headline="What came of it (2026-11-01)."):
    table = AnswerTable(tuple(columns), tuple(map(tuple, rows)), whole)
    return Answer(
        "?",
        "answered",
        headline,
        tables=(table,),
        window=window,
        project_id=1,
        project_name="Shop",
        project_host=EMBEDDED_HOST,
        receipt="r_7f3k2q",
    )


MONTHS = [(f"2026-{month:02}", plan, 100 * month) for month in (9, 10, 11) for plan in "ab"]
PAIRS = [(browser, country, 10) for browser in ("Safari", "Chrome") for country in ("DE", "FR")]
STEPS = [(1, "signed_up", 607, 100.0, None), (2, "paid", 209, 34.43, 34.43)]
SPLIT = [(plan, n, event, 9 // n, 1.0) for plan in ("a", "b") for n, event in ((1, "x"), (2, "y"))]
COHORTS = [("2026-11-02", 73, 58.9, 60.2), ("2026-11-09", 117, 58.1, None)]
CELLS = {
    "a series": answer(["day", "people"], [(day, n) for n, day in enumerate(DAYS)]),
    "one point": answer(["day", "people"], [(DAYS[0], 12)]),
    "gaps": answer(["day", "n"], [(day, None if n == 4 else n) for n, day in enumerate(DAYS)]),
    "a quotient": answer(
        ["week", "orders", "people", "percent"],
        [("2026-11-02", 5, 50, 10.0), ("2026-11-09", 6, 50, 12.0)],
    ),
    "two periods": answer(
        ["day", "this week", "day before", "last week", "change", "change %"],
        [(DAYS[0], 4, "2026-10-25", 5, -1, -20.0), (DAYS[1], 6, "2026-10-26", 5, 1, 20.0)],
    ),
    "lines by name": answer(["month", "plan", "total amount_usd of paid"], MONTHS),
    "a life": answer(
        ["day", "new", "returning", "resurrecting", "dormant"], [(DAYS[0], 1, 2, 3, 4)]
    ),
    "bars": answer(["country", "people", "% of all"], [("DE", 5, 50.0), (None, 5, 50.0)]),
    "bars below zero": answer(["country", "change_usd"], [("DE", 5), ("FR", -7.5)]),
    "weekdays": answer(["day of the week", "n"], [("Monday", 3), ("Tuesday", 5)]),
    "numbers in order": answer(["days", "people", "% of people"], [(1, 9, 90.0), (2, 1, 10.0)]),
    "two names": answer(["browser", "country", "people"], PAIRS),
    "two names, cut": answer(["browser", "country", "people"], PAIRS, whole=False),
    "a funnel": answer(["step", "event", "people", "% of first", "% of previous"], STEPS),
    "a funnel, split": answer(["plan", "step", "event", "people", "% of first"], SPLIT),
    "retention": answer(["cohort", "size", "week 1 %", "week 2 %"], COHORTS),
    "hostile": answer([HOSTILE, HOSTILE], [(HOSTILE, 1), (HOSTILE + "!", 2)], headline=HOSTILE),
    "no numbers an axis can hold": answer(["a", "n"], [("x", math.nan), ("y", math.inf), ("z", 1)]),
}
NOTHING = {
    "one number": answer(["people"], [(5,)]),
    "words alone": answer(["event", "description"], [("a", "b")]),
    "no rows": answer(["day", "n"], []),
}


def test_the_kind_of_a_chart_follows_from_the_shape_of_its_data(golden):
    lines = []
    for name, one in CELLS.items():
        chart = chart_of(one)
        lines += [f"{name}: {chart and chart.kind}"]
        lines += [f"  {field}: {value}" for field, value in asdict(chart).items() if value]
    golden("charts.txt", "\n".join(lines) + "\n")


KINDS = ("a series", "a life", "bars below zero", "two names", "a funnel", "retention")


def test_a_chart_is_one_vega_lite_specification(golden):
    specs = {name: vega_lite(chart_of(CELLS[name])) for name in KINDS}
    for spec in specs.values():
        del spec["config"]
    golden("charts.json", json.dumps(specs, indent=1, ensure_ascii=False) + "\n")


@pytest.mark.parametrize("name", CELLS)
def test_every_chart_is_drawn_without_a_complaint(name, capfd):
    drawn = svg(chart_of(CELLS[name]))
    assert capfd.readouterr() == ("", "")
    assert "Source: PostHog, Shop (embedded), receipt r_7f3k2q" in drawn
    assert "2026-11-01 00:00 up to 2026-11-15 12:00 (UTC)" in drawn


def test_nothing_from_data_does_anything_in_a_picture():
    drawn = svg(chart_of(CELLS["hostile"]))
    active = ("<script", "href", "<image", "\x1b", "\u202e")
    assert [part for part in active if part in drawn] == []
    assert "&lt;script" in drawn


@pytest.mark.parametrize("name", NOTHING)
def test_what_has_no_shape_has_no_picture(name):
    assert picture(NOTHING[name]) is None


def test_a_picture_is_a_png():
    assert picture(CELLS["bars"]).startswith(b"\x89PNG")


def test_ten_thousand_points_are_one_line():
    hours = [(f"{date(2026, 1, 1) + timedelta(days=n)}", n % 7) for n in range(10_000)]
    assert svg(chart_of(answer(["day", "n"], hours))).count("<path") < 100


def test_a_period_that_is_over_is_not_marked():
    over = Window("2026-11-01T00:00:00+00:00", "2026-11-16T00:00:00+00:00", "UTC")
    rows = [(day, n) for n, day in enumerate(DAYS)]
    assert chart_of(answer(["day", "n"], rows)).unfinished
    assert not chart_of(answer(["day", "n"], rows, window=over)).unfinished


def test_a_number_that_nothing_founds_is_marked_in_the_title():
    one = Answer(
        "?", "answered", "Up 14%.", tables=CELLS["bars"].tables,
        unmatched=(Unmatched("headline", 3, 6, "14%"),),
    )  # fmt: skip
    assert chart_of(one).title == "Up 14%[?]."


OTHER_KINDS = {
    ("a series", "bar"): "bar",
    ("bars", "line"): None,
    ("lines by name", "stacked"): "stacked",
    ("a series", "stacked"): None,
    ("a funnel", "bar"): None,
    ("retention", "heat"): "heat",
}


@pytest.mark.parametrize(("asked", "kind"), OTHER_KINDS.items(), ids=str)
def test_another_kind_is_drawn_where_it_would_not_mislead(asked, kind):
    name, wanted = asked
    chart = chart_of(CELLS[name], wanted)
    assert (chart and chart.kind) == kind


def test_a_picture_is_written_by_the_end_of_its_name(tmp_path):
    write_picture(CELLS["bars"], tmp_path / "a.svg")
    write_picture(CELLS["bars"], tmp_path / "a.PNG")
    assert (tmp_path / "a.svg").read_text().startswith("<svg")
    assert (tmp_path / "a.PNG").read_bytes().startswith(b"\x89PNG")


REFUSED = {
    "no picture": (CELLS["bars"], "a.gif", "a.gif is no picture: name a file that ends in"),
    "there already": (CELLS["bars"], "there.png", "is there already: name another file."),
    "nothing to show": (NOTHING["one number"], "a.png", "has no rows that a chart could show."),
    "no folder": (CELLS["bars"], "no/a.png", "can't be written (No such file or directory)"),
}


@pytest.mark.parametrize(("one", "name", "said"), REFUSED.values(), ids=REFUSED)
def test_a_picture_that_can_not_be_is_refused_in_a_sentence(one, name, said, tmp_path):
    (tmp_path / "there.png").write_text("mine")
    with pytest.raises(SettingsError) as refused:
        write_picture(one, tmp_path / name)
    assert said in str(refused.value)
    assert (tmp_path / "there.png").read_text() == "mine"
