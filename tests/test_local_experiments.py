import math
from datetime import timedelta
from statistics import NormalDist

import pytest

from tests.objects_fixtures import NOW, Event, api, people

START = NOW - timedelta(days=10)
FLAG = {"$feature_flag": "flow"}
BOOKED = {"kind": "EventsNode", "event": "booked"}
METRIC = {"kind": "ExperimentMetric", "metric_type": "funnel", "series": [BOOKED]}
STEPS = {**METRIC, "series": [{"kind": "EventsNode", "event": "viewed"}, BOOKED]}
PAID = {
    "kind": "ExperimentMetric",
    "metric_type": "mean",
    "source": {"kind": "EventsNode", "event": "booked", "math": "sum", "math_property": "amount"},
}
EXPERIMENT = {
    "name": "Flow",
    "feature_flag_key": "flow",
    "start_date": START.isoformat(),
    "end_date": None,
    "parameters": {"feature_flag_variants": [{"key": "control"}, {"key": "test"}]},
    "metrics": [METRIC],
    "exposure_criteria": {},
    "created_at": "2026-03-20T00:00:00Z",
}


def shown(person, variant, at):
    return Event("$feature_flag_called", person, at, {**FLAG, "$feature_flag_response": variant})


def stream():
    """100 persons; an eighth of control books, a quarter of test, and some things don't count."""
    events = []
    for person in range(1, 101):
        variant, at = ("test", "control")[person % 2], START + timedelta(hours=person)
        events += [shown(person, variant, at), shown(person, variant, at + timedelta(hours=1))]
        events.append(Event("booked", person, at - timedelta(minutes=1), {"amount": 1000}))
        events.append(Event("viewed", person, at + timedelta(minutes=1)))
        if person % 16 in (1, 0, 8):
            later = at + timedelta(days=person % 4)
            events.append(Event("booked", person, later, {"amount": person}))
            events.append(Event("booked", person, later, {"amount": 1}))
    events += [shown(101, "control", START), shown(101, "test", NOW), Event("booked", 101, NOW)]
    events.append(shown(102, "control", START - timedelta(days=1)))
    events.append(shown(103, "purple", NOW))
    return events


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    with api(tmp_path_factory.mktemp("experiments")) as made:
        made.project.load(stream(), persons=people(1))
        made.home.meta.put_documents({"experiment": [{"id": 1, **EXPERIMENT}]})
        yield made


def results(ask, metric, **more):
    query = {"kind": "ExperimentQuery", "experiment_id": 1, "metric": {**metric, **more}}
    body = ask.post("query/", {"query": query})
    (test,) = body["variant_results"]
    return body["baseline"], test


def bookers(variant, within=None):
    """Persons of a variant who booked after they were shown it, with what they paid."""
    first, paid = {}, {}
    for event in stream():
        if event.event == "$feature_flag_called" and event.person <= 100:
            first.setdefault(event.person, (event.at, event.properties["$feature_flag_response"]))
    for event in stream():
        at, name = first.get(event.person, (NOW, ""))
        counts = event.event == "booked" and name == variant and event.at >= at
        if counts and (within is None or event.at <= at + within):
            paid[event.person] = paid.get(event.person, 0) + event.properties["amount"]
    return paid


def test_persons_are_counted_by_the_variant_they_were_shown(ask):
    body = ask.post("query/", {"query": {"kind": "ExperimentExposureQuery", "experiment_id": 1}})
    assert body["total_exposures"] == {"control": 50, "test": 50, "$multiple": 1}
    control = next(one for one in body["timeseries"] if one["variant"] == "control")
    assert (control["days"][0], control["days"][-1]) == ("2026-03-23", "2026-04-02")
    assert control["exposure_counts"][0] < control["exposure_counts"][-1] == 50
    assert control["exposure_counts"] == sorted(control["exposure_counts"])


def test_a_funnel_counts_those_who_did_it_after_they_were_shown_a_variant(ask):
    control, test = results(ask, METRIC)
    assert control["key"] == "control"
    assert control["number_of_samples"] == test["number_of_samples"] == 50
    assert control["sum"] == len(bookers("control"))
    assert (test["key"], test["sum"]) == ("test", len(bookers("test")))
    assert control["sum"] < test["sum"]


def test_steps_of_a_funnel_come_in_order(ask):
    control, test = results(ask, STEPS)
    viewed_first = [person for person in bookers("test") if person % 4]
    assert test["step_counts"] == [50, len(viewed_first)]
    assert control["step_counts"][0] == 50


def test_a_conversion_window_ends_after_the_exposure(ask):
    _, test = results(ask, METRIC, conversion_window=1, conversion_window_unit="hour")
    assert test["sum"] == len(bookers("test", timedelta(hours=1)))


def test_a_mean_counts_those_who_did_nothing_as_nought(ask):
    control, test = results(ask, PAID)
    for body, name in ((control, "control"), (test, "test")):
        paid = bookers(name).values()
        assert (body["sum"], body["sum_squares"]) == (sum(paid), sum(one**2 for one in paid))
        assert body["number_of_samples"] == 50


def test_the_chance_to_win_is_that_of_the_relative_difference(ask):
    control, test = results(ask, METRIC)
    low, high = (one["sum"] / 50 for one in (control, test))
    effect = (high - low) / low
    error = math.sqrt(high * (1 - high) / 50 / low**2 + low * (1 - low) / 50 * high**2 / low**4)
    assert test["chance_to_win"] == pytest.approx(NormalDist().cdf(effect / error))
    assert test["credible_interval"] == pytest.approx(
        [effect - 1.959964 * error, effect + 1.959964 * error], rel=1e-5
    )
    assert test["significant"] is (test["credible_interval"][0] > 0)


def test_too_few_persons_give_no_chance(ask):
    later = {**EXPERIMENT, "start_date": (NOW - timedelta(days=7)).isoformat()}
    ask.home.meta.put_documents({"experiment": [{"id": 2, **later}]})
    query = {"kind": "ExperimentQuery", "experiment_id": 2, "metric": METRIC}
    body = ask.post("query/", {"query": query})
    assert "not-enough-exposures" in body["baseline"]["validation_failures"]
    (test,) = body["variant_results"]
    assert (test["chance_to_win"], test["credible_interval"], test["significant"]) == (None,) * 3


def test_what_is_missing_for_a_chance_is_named_as_posthog_names_it(ask):
    never = {"kind": "EventsNode", "event": "never"}
    control, test = results(ask, METRIC, series=[BOOKED, never])
    few = ["not-enough-metric-data"]
    assert control["validation_failures"] == [*few, "baseline-mean-is-zero"]
    assert (test["validation_failures"], test["significant"]) == (few, None)
    control, test = results(ask, PAID, source={**PAID["source"], "event": "never"})
    assert control["validation_failures"] == ["baseline-mean-is-zero"]
    assert (test["validation_failures"], test["chance_to_win"]) == ([], None)


def test_a_control_below_nought_has_no_relative_difference(ask):
    lost = {**PAID["source"], "event": "refunded"}
    refunds = [Event("refunded", one, NOW, {"amount": -5}) for one in range(1, 101)]
    ask.project.load([*stream(), *refunds], persons=people(1))
    try:
        query = {"kind": "ExperimentQuery", "experiment_id": 1, "metric": {**PAID, "source": lost}}
        said = ask.refused("POST", "query/", {"query": query})
    finally:
        ask.project.load(stream(), persons=people(1))
    assert said == (400, "Control mean must be positive for relative difference calculation.")


def test_the_variants_are_those_of_the_flag_and_control_is_what_they_are_compared_with(ask):
    keys = [{"key": key, "rollout_percentage": 50} for key in ("test", "control")]
    flag = {"id": 1, "key": "turned", "filters": {"groups": [], "multivariate": {"variants": keys}}}
    turned = {**EXPERIMENT, "feature_flag_key": "turned"}
    ask.home.meta.put_documents({"experiment": [{"id": 5, **turned}], "feature_flag": [flag]})
    query = {"kind": "ExperimentQuery", "experiment_id": 5, "metric": METRIC}
    body = ask.post("query/", {"query": query})
    assert body["baseline"]["key"] == "control"
    assert [one["key"] for one in body["variant_results"]] == ["test"]


def test_exposures_are_counted_until_the_end_that_is_asked_for(ask):
    end = START + timedelta(hours=10, minutes=30)
    query = {"kind": "ExperimentExposureQuery", "experiment_id": 1, "end_date": end.isoformat()}
    body = ask.post("query/", {"query": query})
    assert body["total_exposures"] == {"control": 6, "test": 5}
    assert body["date_range"]["date_from"] == START.isoformat()


def test_results_come_with_exposures_and_every_metric(ask):
    body = ask.get("experiments/1/results/")
    assert body["exposures"]["total_exposures"]["control"] == 50
    assert [one["baseline"]["key"] for one in body["metrics"]] == ["control"]


def test_an_experiment_is_started_and_ended(ask):
    draft = {**EXPERIMENT, "start_date": None}
    ask.home.meta.put_documents({"experiment": [{"id": 3, **draft}]})
    path = "experiments/3/"
    assert ask.get(path)["status"] == "draft"
    said = (400, "The experiment has not been launched: it has no results yet.")
    assert ask.refused("GET", f"{path}results/") == said
    assert ask.post(f"{path}launch/", {})["start_date"] == "2026-04-02T12:30:00Z"
    said = (400, "Experiment has already been launched.")
    assert ask.refused("POST", f"{path}launch/") == said
    early = {"end_date": "2026-01-01T00:00:00Z"}
    assert ask.refused("PATCH", path, early) == (400, "End date must be after start date")
    ended = ask.patch(path, {"end_date": "2026-04-03T00:00:00Z", "conclusion": "won"})
    assert (ended["status"], ended["conclusion"]) == ("complete", "won")
    running = [one["id"] for one in ask.get("experiments/?status=running")["results"]]
    assert 3 not in running


def test_experiments_are_not_made_here(ask):
    assert ask.refused("POST", "experiments/", {})[0] == 405


REFUSED = {
    "another experiment": ({"experiment_id": 9}, "There is no experiment with the id 9."),
    "the exposures of another flag": (
        {"kind": "ExperimentExposureQuery", "feature_flag": {"key": "other"}, "metric": None},
        "The experiment is on the feature flag flow: leave feature_flag out.",
    ),
    "no steps": (
        {"metric": {**METRIC, "series": []}},
        "A funnel metric needs a series of at least one event.",
    ),
    "another math": (
        {"metric": {**PAID, "source": {**BOOKED, "math": "hogql"}}},
        "The math hogql is not supported for experiments.",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_can_not_be_computed_is_refused(ask, name):
    more, sentence = REFUSED[name]
    query = {"kind": "ExperimentQuery", "experiment_id": 1, "metric": METRIC, **more}
    query = {name: value for name, value in query.items() if value is not None}
    assert ask.refused("POST", "query/", {"query": query}) == (400, sentence)
