import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.streams import NOW, Event, events, stream_project
from tests.trends_by_hand import NULL
from tools.local.bodies import ApiError
from tools.local.hogql import HogQLError
from tools.local.queries.formula import Formula

LETTERS = st.sampled_from("ABC")
NUMBERS = st.integers(0, 99).map(str) | st.sampled_from(["0.5", ".25", "10.125"])
TEXTS = st.recursive(
    LETTERS | NUMBERS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", " - "]), inner).map("".join),
        inner.map("({})".format),
        inner.map("-{}".format),
    ),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    with stream_project(tmp_path_factory.mktemp("formulas")) as made:
        yield made


def in_python(text, values):
    """What Python makes of a formula; nought divides nothing."""
    try:
        return eval(text, {}, dict(zip("ABC", values, strict=True)))
    except ZeroDivisionError:
        return 0


@settings(max_examples=300)
@given(text=TEXTS, values=st.tuples(*[st.integers(0, 9)] * 3))
def test_a_formula_is_computed_as_arithmetic_is(text, values):
    found = Formula.read(text, 3).at(values)
    assert found == pytest.approx(in_python(text, values))


KNOWN = {
    "A+B*100": 201,
    "(A + B) * 100": 300,
    "a - b - 1": -2,
    "A/B/2": 0.25,
    "A / (B - 2)": 0,
    "--A": 1,
    "- (A) + + 2": 1,
    " .5 ": 0.5,
    "1" + "0" * 200 + "*1" + "0" * 150: 0,
}


@pytest.mark.parametrize(("text", "value"), KNOWN.items())
def test_a_formula_has_one_reading(text, value):
    assert Formula.read(text, 2).at([1, 2]) == value


WRONG = {
    "": "a value is missing at its end",
    "A+": "a value is missing at its end",
    "A B": "B is not expected",
    "AB": "A is not understood at 1",
    "C": "there is no series C",
    "(A": "a bracket is not closed",
    "A)": ") is not expected",
    "*A": "* is not expected",
    "A ** B": "* is not expected",
    "A % B": "% is not understood at 3",
    "__import__('os')": "_ is not understood at 1",
    "A.real": ". is not understood at 2",
    "é": "é is not understood at 1",
    "(" * 41 + "A" + ")" * 41: "it has more than 40 brackets and signs",
    "A+" * 300: "it is longer than 400 characters",
}


@pytest.mark.parametrize(("text", "reason"), WRONG.items(), ids=range(len(WRONG)))
def test_a_text_that_is_no_formula_is_refused_with_the_reason(text, reason):
    with pytest.raises(HogQLError) as refused:
        Formula.read(text, 2)
    assert reason in refused.value.message
    assert refused.value.message.endswith(": write one as (A + B) / 100.")


def node(event, **more):
    return {"kind": "EventsNode", "event": event, **more}


def asked(project, **query):
    series = [node("a"), node("b")]
    return project.ask("TrendsQuery", series=series, dateRange={"date_from": "-1d"}, **query)


@settings(max_examples=10)
@given(stream=st.lists(events(("a", "b"), days=2), max_size=20))
def test_formulas_are_of_the_series_day_by_day(project, stream):
    project.load(stream)
    plain = [one["data"] for one in asked(project)["results"]]
    body = asked(project, trendsFilter={"formulas": ["A-B", "A/B"]})
    minus, ratio = body["results"]
    assert minus["data"] == [a - b for a, b in zip(*plain, strict=True)]
    assert ratio["data"] == [a / b if b else 0 for a, b in zip(*plain, strict=True)]
    assert ratio["count"] == pytest.approx(sum(ratio["data"]))
    assert [one["label"] for one in body["results"]] == ["Formula (A-B)", "Formula (A/B)"]
    assert minus["action"] is None


def test_a_formula_can_have_a_name_and_be_of_totals(project):
    project.load([Event("a", 1, NOW), Event("a", 1, NOW), Event("b", 1, NOW)])
    named = {"formulaNodes": [{"formula": "A/B", "custom_name": "Rate"}], "display": "BoldNumber"}
    [result] = asked(project, trendsFilter=named)["results"]
    assert (result["label"], result["aggregated_value"]) == ("Rate", 2)
    assert (result["data"], result["count"]) == (None, 0)


def test_a_formula_is_computed_for_every_breakdown_value_of_any_series(project):
    project.load(
        [
            Event("a", 1, NOW, {"plan": "pro"}),
            Event("a", 1, NOW, {"plan": "pro"}),
            Event("b", 1, NOW, {"plan": "free"}),
            Event("b", 1, NOW),
        ]
    )
    body = asked(
        project, trendsFilter={"formula": "A + 3 * B"}, breakdownFilter={"breakdown": "plan"}
    )
    shown = [(one["breakdown_value"], one["data"]) for one in body["results"]]
    assert shown == [("free", [0, 3]), ("pro", [0, 2]), (NULL, [0, 3])]


def test_a_formula_is_compared_with_itself_before(project):
    project.load([Event("a", 1, NOW), Event("b", 1, NOW.replace(day=1))])
    body = asked(project, trendsFilter={"formula": "A+B"}, compareFilter={"compare": True})
    shown = [(one["compare_label"], one["data"]) for one in body["results"]]
    assert shown == [("current", [1, 1]), ("previous", [0, 0])]


def test_a_formula_over_too_few_series_is_refused(project):
    with pytest.raises(ApiError, match="there is no series C"):
        asked(project, trendsFilter={"formula": "A+C"})
