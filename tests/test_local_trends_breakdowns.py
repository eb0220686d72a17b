from collections import Counter, defaultdict
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import trends_by_hand as hand
from tests.streams import NOW, VISITS, Event, events, person_id, stream_project
from tools.local.bodies import ApiError

PLANS = st.sampled_from([None, "", "free", "pro", "max", "gold"])
STREAMS = st.lists(
    events(
        ("a",),
        days=9,
        properties=st.fixed_dictionaries(
            {}, optional={"plan": PLANS, "amount": st.integers(-3, 12), "vip": st.booleans()}
        ),
        person_properties=st.fixed_dictionaries({}, optional={"plan": PLANS}),
        group=st.sampled_from(["", "acme"]),
    ),
    max_size=25,
)
TEN_DAYS = {"date_from": "-10d"}
DAYS = hand.ticks(NOW - timedelta(days=10), "day", "UTC")
FEW = settings(max_examples=10)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    with stream_project(tmp_path_factory.mktemp("breakdowns")) as made:
        yield made


def node(**more):
    return {"kind": "EventsNode", "event": "a", **more}


def asked(project, **query):
    series = query.pop("series", [node()])
    return project.ask("TrendsQuery", series=series, dateRange=TEN_DAYS, **query)


def split(stream, key, measure, limit):
    """Breakdown values with their series, the largest first, all others in one at the end."""
    parts = defaultdict(list)
    for event in stream:
        parts[hand.value(event, key)].append(event)
    lines = {name: hand.series(found, measure, "day", "UTC", DAYS) for name, found in parts.items()}
    shown = hand.largest({name: sum(line) for name, line in lines.items()}, limit)
    others = [line for name, line in lines.items() if name not in shown]
    rest = [sum(values) for values in zip(*others, strict=True)]
    return [(name, lines[name]) for name in shown] + ([(hand.OTHER, rest)] if others else [])


def shown(body):
    return [(one["breakdown_value"], one["data"]) for one in body["results"]]


@pytest.mark.parametrize("math", ["total", "dau", "sum"])
@FEW
@given(stream=STREAMS, limit=st.integers(1, 4))
def test_the_largest_values_are_shown_and_the_rest_is_other(project, math, stream, limit):
    project.load(stream)
    found = {"breakdown": "plan", "breakdown_type": "event", "breakdown_limit": limit}
    measured = [node(math=math, math_property="amount")]
    body = asked(project, series=measured, breakdownFilter=found)
    expected = split(stream, "plan", hand.MEASURES[math], limit)
    assert shown(body) == expected
    assert body["hasMore"] == any(name == hand.OTHER for name, _ in expected)
    assert [one["label"] for one in body["results"]] == [name for name, _ in expected]


@FEW
@given(stream=STREAMS)
def test_other_can_be_hidden_and_is_still_told(project, stream):
    project.load(stream)
    found = {"breakdown": "plan", "breakdown_limit": 1, "breakdown_hide_other_aggregation": True}
    body = asked(project, breakdownFilter=found)
    expected = split(stream, "plan", len, 1)
    assert shown(body) == [one for one in expected if one[0] != hand.OTHER]
    assert body["hasMore"] == (len(expected) > 1)


@FEW
@given(stream=STREAMS)
def test_people_active_in_a_week_are_split_and_ranked_by_their_sum(project, stream):
    project.load(stream)
    found = {"breakdown": "plan", "breakdown_limit": 2}
    body = asked(project, series=[node(math="weekly_active")], breakdownFilter=found)
    parts = defaultdict(list)
    for event in stream:
        parts[hand.value(event, "plan")].append(event)
    lines = {name: hand.active(group, 7, "UTC", DAYS) for name, group in parts.items()}
    largest = hand.largest({name: sum(line) for name, line in lines.items()}, 2)
    expected = [(name, lines[name]) for name in largest]
    others = [line for name, line in lines.items() if name not in largest]
    if others:
        expected.append((hand.OTHER, [sum(values) for values in zip(*others, strict=True)]))
    assert shown(body) == expected


@FEW
@given(stream=STREAMS)
def test_totals_are_split_with_those_without_a_value_by_their_size(project, stream):
    project.load(stream)
    body = asked(
        project,
        breakdownFilter={"breakdown": "plan", "breakdown_limit": 2},
        trendsFilter={"display": "ActionsPie"},
    )
    counts = Counter(hand.value(event, "plan") for event in stream)
    largest = sorted(counts, key=lambda name: (-counts[name], name))[:2]
    expected = {name: counts[name] for name in largest}
    if rest := sum(counts.values()) - sum(expected.values()):
        expected[hand.OTHER] = rest
    values = {one["breakdown_value"]: one["aggregated_value"] for one in body["results"]}
    assert values == expected


@FEW
@given(stream=STREAMS)
def test_several_breakdowns_make_lists_of_values(project, stream):
    project.load(stream)
    found = [{"property": "plan", "type": "event"}, {"property": "vip", "type": "event"}]
    body = asked(project, breakdownFilter={"breakdowns": found})
    truths = {None: hand.NULL, True: "true", False: "false"}
    counts = Counter(
        (hand.value(event, "plan"), truths[event.properties.get("vip")]) for event in stream
    )
    assert {tuple(one["breakdown_value"]): one["count"] for one in body["results"]} == counts
    assert [one["label"] for one in body["results"]] == [
        "::".join(one["breakdown_value"]) for one in body["results"]
    ]


OWNERS = {
    "of the person": (
        {"breakdown": "plan", "breakdown_type": "person"},
        lambda event: event.person_properties.get("plan") or hand.NULL,
    ),
    "in HogQL": (
        {"breakdown": "upper(properties.plan)", "breakdown_type": "hogql"},
        lambda event: (event.properties.get("plan") or "").upper() or hand.NULL,
    ),
    "of the event itself": (
        {"breakdown": "$group_0", "breakdown_type": "event_metadata"},
        lambda event: event.group or hand.NULL,
    ),
}


@pytest.mark.parametrize(("found", "value"), OWNERS.values(), ids=OWNERS)
@FEW
@given(stream=STREAMS)
def test_values_can_be_of_others_than_the_event(project, found, value, stream):
    project.load(stream)
    body = asked(project, breakdownFilter=found)
    expected = Counter(value(event) for event in stream)
    assert {one["breakdown_value"]: one["count"] for one in body["results"]} == expected


def test_groups_and_sessions_have_values_too(project):
    company = {"index": 0, "key": "acme", "properties": '{"size": "big"}'}
    project.load(
        [
            Event("a", 1, NOW, {"utm_source": "news"}, session=VISITS[0], group="acme"),
            Event("a", 2, NOW, session=VISITS[1]),
        ],
        groups=[{**company, "created_at": "2026-01-01", "updated_at": "2026-01-01"}],
    )
    by_group = {"breakdown": "size", "breakdown_type": "group", "breakdown_group_type_index": 0}
    by_session = {"breakdown": "$entry_utm_source", "breakdown_type": "session"}
    for found, value in ((by_group, "big"), (by_session, "news")):
        body = asked(project, breakdownFilter=found, trendsFilter={"display": "BoldNumber"})
        values = {one["breakdown_value"]: one["aggregated_value"] for one in body["results"]}
        assert values == {value: 1, hand.NULL: 1}


@FEW
@given(stream=STREAMS, bins=st.integers(1, 4))
def test_numbers_are_put_into_ranges_of_equal_width(project, stream, bins):
    project.load(stream)
    found = {"breakdown": "amount", "breakdown_histogram_bin_count": bins}
    body = asked(project, breakdownFilter=found)
    amounts = hand.numbers(stream)
    width = (max(amounts) - min(amounts)) / bins if amounts else 0
    expected = Counter()
    for amount in amounts:
        place = min(int((amount - min(amounts)) / width + 1e-9), bins - 1) if width else bins - 1
        expected[place] += 1
    counted = Counter()
    for one in body["results"]:
        if one["breakdown_value"] == hand.NULL:
            assert one["count"] == len(stream) - len(amounts)
            continue
        low = float(one["breakdown_value"][1:-1].split(",")[0])
        place = round((low - min(amounts)) / width) if width else bins - 1
        counted[place] += int(one["count"])
    assert counted == expected


def test_the_last_range_reaches_over_the_largest_number(project):
    project.load([Event("a", 1, NOW, {"amount": amount}) for amount in (0, 4, 9.5, 10)])
    found = {"breakdown": "amount", "breakdown_histogram_bin_count": 2}
    assert [(value, sum(data)) for value, data in shown(asked(project, breakdownFilter=found))] == [
        ("[0,5]", 2),
        ("[5,10.01]", 2),
    ]


def test_urls_are_alike_without_what_stands_at_their_end(project):
    urls = ("https://x.io/a", "https://x.io/a/", "https://x.io/a/?#", "/")
    project.load([Event("a", 1, NOW, {"$current_url": url}) for url in urls])
    found = {"breakdown": "$current_url", "breakdown_normalize_url": True}
    body = asked(project, breakdownFilter=found)
    assert [one["breakdown_value"] for one in body["results"]] == ["https://x.io/a", "/"]
    assert [one["count"] for one in body["results"]] == [3, 1]


def test_several_series_name_themselves_before_the_value(project):
    project.load([Event("a", 1, NOW, {"plan": "pro"})])
    body = asked(project, series=[node(), node()], breakdownFilter={"breakdown": "plan"})
    assert [one["label"] for one in body["results"]] == ["a - pro", "a - pro"]
    assert [one["action"]["order"] for one in body["results"]] == [0, 1]


def test_cohorts_are_named_and_all_users_beside_them(project):
    project.load([Event("a", 1, NOW), Event("a", 2, NOW), Event("a", 2, NOW)])
    project.home.meta.put_documents(
        {"cohort": [{"id": 7, "name": "Buyers", "is_static": True, "deleted": False}]}
    )
    project.home.store.write(
        f"INSERT INTO cohort_people VALUES (7, '{person_id(2)}', 0), (7, '{person_id(9)}', 0)"
    )
    found = {"breakdown": [7, "all"], "breakdown_type": "cohort"}
    body = asked(project, breakdownFilter=found)
    listed = [(one["label"], one["breakdown_value"], one["count"]) for one in body["results"]]
    assert listed == [("a - Buyers", 7, 2), ("a - all users", "all", 3)]


def test_more_values_than_can_be_shown_are_refused(project):
    project.load([Event("a", 1, NOW, {"plan": str(number)}) for number in range(30)])
    found = {"breakdown": "plan", "breakdown_limit": 30}
    asking = {"interval": "minute", "breakdownFilter": found, "dateRange": {"date_from": "-25d"}}
    with pytest.raises(ApiError, match="over 1,000,000 values: ask for longer intervals"):
        project.ask("TrendsQuery", series=[node()], **asking)


REFUSED = {
    "a kind of breakdown there is not": (
        {"breakdown": "x", "breakdown_type": "data_warehouse"},
        "Breakdowns of type data_warehouse are not supported in the embedded project.",
    ),
    "several in the old way": (
        {"breakdown": ["x", "y"]},
        "Only cohorts are listed in breakdown: write several as breakdowns.",
    ),
    "a group of no type": (
        {"breakdown": "x", "breakdown_type": "group"},
        "A breakdown by a group needs a group_type_index from 0 to 4.",
    ),
    "no cohort": (
        {"breakdown": "buyers", "breakdown_type": "cohort"},
        "buyers is no cohort: break down by the id of one, or by all.",
    ),
    "no bins": (
        {"breakdown": "x", "breakdown_histogram_bin_count": 0},
        "histogram_bin_count is a number from 1 to 500.",
    ),
}


@pytest.mark.parametrize(("found", "said"), REFUSED.values(), ids=REFUSED)
def test_a_breakdown_that_is_not_understood_is_refused(project, found, said):
    with pytest.raises(ApiError) as refused:
        asked(project, breakdownFilter=found)
    assert refused.value.body["detail"] == said
