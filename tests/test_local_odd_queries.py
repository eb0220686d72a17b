"""Queries that nobody means: whatever they say, they are refused in words."""

import random
from typing import Literal, get_args, get_origin

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from tests.streams import NOW, VISITS, Event, stream_project
from tools.local.bodies import ApiError
from tools.local.queries import KINDS
from tools.local.queries.model import Entity

ROUNDS = 25
DATES = ("0001-01-01", "0001-01-01T00:00:00+23:00", "9999-12-31", "-99999y", "-99999d")
FILTERS = (
    {"key": "plan", "value": "pro", "type": "person"},
    {"key": "amount", "value": [1, 2], "operator": "between"},
    {"key": "when", "value": "0001-01-01", "operator": "is_date_before"},
    {"key": "id", "value": 1, "type": "cohort"},
    {"type": "OR", "values": [{"key": "x"}]},
)
VALUES = (
    *(None, True, False, 0, 1, -1, 2, 1000, 10**30, 1.5, "", "²", "abc", "1", "a\nb", "\x00"),
    *([], {}, ["²"], [1], [{}], list(FILTERS), {"date_from": "-30d"}, "day", "month", "hour"),
    *(
        "2026-04-01",
        "previous",
        "new",
        "cohort",
        "event",
        "hogql",
        "all",
        "count() DESC",
        ["event"],
    ),
    *({"compare": True}, {"breakdown": "plan"}, {"breakdown_type": "cohort", "breakdown": "²"}),
    *({"display": "BoldNumber"}, {"formula": "A/0"}, {"actionId": 1}, {"customEventName": "buy"}),
)
SERIES = [{"kind": "EventsNode", "event": "buy"}]
WEB = {"properties": []}
RETENTION = {"targetEntity": {"id": "buy"}, "returningEntity": {"id": "visit"}}
NEEDED = {
    "TrendsQuery": {"series": SERIES},
    "FunnelsQuery": {"series": [*SERIES, {"kind": "EventsNode", "event": "visit"}]},
    "StickinessQuery": {"series": SERIES},
    "LifecycleQuery": {"series": SERIES},
    "RetentionQuery": {"retentionFilter": RETENTION},
    "PathsQuery": {"pathsFilter": {"includeEventTypes": ["custom_event"]}},
    "WebOverviewQuery": WEB,
    "WebStatsTableQuery": {**WEB, "breakdownBy": "Page"},
    "EventsQuery": {"select": ["event"]},
    "GroupsQuery": {"group_type_index": 0},
    "HogQLQuery": {"query": "select event from events where {filters}"},
    "HogQLMetadata": {"query": "select 1"},
    "ActorsPropertyTaxonomyQuery": {"properties": ["plan"]},
    "EventTaxonomyQuery": {"event": "buy"},
}
TREND = {"kind": "TrendsQuery", "series": SERIES}
POINTS = ("InsightActorsQuery", "StickinessActorsQuery", "FunnelsActorsQuery")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    with stream_project(tmp_path_factory.mktemp("odd")) as opened:
        event = {"plan": "pro", "amount": 5}
        opened.load([Event(name, 1, NOW, event, VISITS[0], "acme") for name in ("buy", "visit")])
        yield opened


def refusal(project, kind, query):
    """Why a query is refused; nothing when it is answered."""
    refused = None
    try:
        project.ask(kind, **query)
    except ApiError as error:
        refused = error
    assert refused is None or refused.status < 500, (kind, query, refused)
    return str(refused or "")


def within(kind):
    """The models and the words that a field may hold."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [kind]
    if get_origin(kind) is Literal:
        return list(get_args(kind))
    return [part for one in get_args(kind) for part in within(one)]


def fits(kind, value):
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return False
    return True


def odd_value(pick, kind):
    """Most often one that the field's type allows."""
    known = within(kind)
    models = [one for one in known if isinstance(one, type)]
    if models and pick.random() < 0.8:
        made = odd(pick, models[0])
        return [made] if "list[" in str(kind) else made
    fitting = [one for one in (*VALUES, *known) if one not in models and fits(kind, one)]
    return pick.choice(fitting if fitting and pick.random() < 0.9 else VALUES)


def odd(pick, model):
    """A few fields of a model, with values that few mean."""
    fields = {name: field for name, field in model.model_fields.items() if name != "response"}
    some = pick.sample(sorted(fields), min(pick.randint(1, 3), len(fields)))
    names = [name for name, field in fields.items() if name in some or field.is_required()]
    made = {name: odd_value(pick, fields[name].annotation) for name in names}
    return made | ({"kind": "EventsNode"} if model is Entity else {})


@pytest.mark.parametrize("name", sorted(KINDS))
def test_no_query_makes_the_project_fail(project, name):
    pick = random.Random(name)
    for _ in range(ROUNDS):
        made = odd(pick, KINDS[name].model) | (NEEDED.get(name, {}) if pick.random() < 0.5 else {})
        if name in POINTS:
            kind = pick.choice(sorted(NEEDED))
            made["source"] = {**NEEDED[kind], **odd(pick, KINDS[kind].model), "kind": kind}
        refusal(project, name, {key: one for key, one in made.items() if key != "kind"})


@pytest.mark.parametrize("date", DATES)
@pytest.mark.parametrize(
    "name", [name for name in NEEDED if "dateRange" in KINDS[name].model.model_fields]
)
def test_dates_that_no_row_can_have_are_refused(project, name, date):
    for end in ("date_from", "date_to"):
        said = refusal(project, name, {**NEEDED[name], "dateRange": {end: date}})
        assert "is out of reach: dates are from 1900 to 2299." in said or "is no date" in said


WRONG = {
    "a cohort that is none": (
        "InsightActorsQuery",
        {
            "source": {**TREND, "breakdownFilter": {"breakdown_type": "cohort", "breakdown": [1]}},
            "day": "2026-04-01",
            "breakdown": "abc",
        },
        "abc is no cohort: break down by the id of one, or by all.",
    ),
    "a page of no rows": (
        "WebStatsTableQuery",
        {**NEEDED["WebStatsTableQuery"], "limit": 0},
        "WebStatsTableQuery: limit: Input should be greater than or equal to 1.",
    ),
    "a goal of nothing": (
        "WebOverviewQuery",
        {**WEB, "conversionGoal": {}},
        "A conversionGoal needs an actionId or a customEventName.",
    ),
    "a step of what has no steps": (
        "FunnelsActorsQuery",
        {"source": TREND, "funnelStep": 1},
        "The source of a FunnelsActorsQuery is a FunnelsQuery.",
    ),
    "an event's property of a person": (
        "ActorsQuery",
        {"properties": [{"key": "plan", "type": "event", "value": "pro"}]},
        "The 'event' property filter does not work in 'person' scope",
    ),
    "a field of HogQL that nobody knows": (
        "HogQLQuery",
        {"query": "select 1", "filter": {}},
        "HogQLQuery has the field filter, which the embedded project does not know.",
    ),
    "an offset beyond all numbers": (
        "HogQLQuery",
        {"query": f"select 1 limit 1 offset {10**30}"},
        "The value 1e30 of OFFSET expression is not representable as UInt64 or Int64 or Float64 "
        "in the range (0, 1).",
    ),
    "HogQL for another database": (
        "HogQLQuery",
        {"query": "select 1", "sendRawQuery": True},
        "HogQLQuery: sendRawQuery is not supported in the embedded project: leave it out.",
    ),
    "a result that fills the memory": (
        "RetentionQuery",
        {
            "dateRange": {"date_from": "2020-01-01"},
            "retentionFilter": {**RETENTION, "period": "Hour", "totalIntervals": 1000},
        },
        "The result has over 1,000,000 cells: look fewer intervals ahead, or at less time.",
    ),
}


@pytest.mark.parametrize(("kind", "query", "said"), WRONG.values(), ids=WRONG)
def test_what_would_be_answered_wrongly_is_refused(project, kind, query, said):
    assert refusal(project, kind, query) == said
