"""WebOverviewQuery and WebStatsTableQuery against visits put together in plain Python."""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from statistics import mean

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.streams import NOW, Event, events, stream_project
from tools.local.bodies import ApiError

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
A_DAY = timedelta(days=1)
PAGES = ("$pageview", "$screen")
HERE = "context.columns."
DIRECT = {"$referring_domain": "$direct", "$geoip_country_code": "DE"}
KEYS = ("$pathname", "$current_url", "$referring_domain", "utm_source", "$browser")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    with stream_project(tmp_path_factory.mktemp("web")) as made:
        made.place("UTC")
        with made.home.meta.transaction() as db:
            rows = [("event", -1, name, "s", 1) for name in KEYS]
            db.executemany(
                "INSERT OR IGNORE INTO property_definitions VALUES (?, ?, ?, ?, ?)", rows
            )
        yield made


def page(person, at, path, session, **properties):
    url = f"https://x.org{path}"
    known = {"$pathname": path, "$current_url": url, **properties}
    return Event("$pageview", person, at, known, session=session)


def visits(stream):
    """The events of each visit, first to last."""
    found = defaultdict(list)
    for event in sorted(stream, key=lambda event: event.at):
        if event.session:
            found[event.session].append(event)
    return found.values()


def bounced(visit):
    acts = [event for event in visit if event.event in (*PAGES, "$autocapture")]
    if not acts:
        return None
    return len(acts) == 1 and visit[-1].at - visit[0].at < 10 * SECOND


def within(event, first, last):
    return first <= (NOW.date() - event.at.date()).days <= last


def seconds(visit):
    return int((visit[-1].at - visit[0].at).total_seconds())


PAGED = st.lists(
    events(
        ("$pageview", "$screen", "$autocapture", "other"),
        days=4,
        people=3,
        session=st.sampled_from(["", "s1", "s2", "s3", "s4"]),
    ),
    max_size=20,
)
CLOSE = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@CLOSE
@given(stream=PAGED)
def test_the_numbers_of_a_site_are_those_of_its_visits(project, stream):
    # A visit belongs to one person: who has come last is taken to have come all the time.
    owner = {event.session: event.person for event in stream}
    stream = [Event(e.event, owner[e.session], e.at, session=e.session) for e in stream]
    project.load(stream)
    body = project.ask(
        "WebOverviewQuery",
        properties=[],
        dateRange={"date_from": "-1d", "date_to": "dStart"},
        compareFilter={"compare": True},
    )
    for name, first, last in (("value", 0, 1), ("previous", 2, 3)):
        found = {item["key"]: item[name] for item in body["results"]}
        counted = [
            (visit, seen)
            for visit in visits(stream)
            if (seen := [e for e in visit if e.event in PAGES and within(e, 0, 3)])
            and within(visit[0], first, last)
        ]
        assert found["visitors"] == len({visit[0].person for visit, _ in counted})
        assert found["views"] == sum(len(seen) for _, seen in counted)
        assert found["sessions"] == len(counted)
        lengths = [seconds(visit) for visit, _ in counted]
        assert found["session duration"] == (pytest.approx(mean(lengths)) if lengths else None)
        rates = [bounced(visit) * 100 for visit, _ in counted]
        assert found["bounce rate"] == (pytest.approx(mean(rates)) if rates else None)


def test_an_overview_says_how_it_has_changed(project):
    project.load(
        [page(1, NOW - 8 * A_DAY, "/a", "old"), page(2, NOW - 8 * A_DAY, "/a", "old2")]
        + [page(number, NOW, "/a", f"new{number}") for number in range(3)]
    )
    dates = {"date_from": "-6d"}
    alone = project.ask("WebOverviewQuery", properties=[], dateRange=dates)
    assert alone["results"][0] == {
        "key": "visitors",
        "kind": "unit",
        "isIncreaseBad": None,
        "value": 3,
        "previous": None,
        "changeFromPreviousPct": None,
    }
    assert (alone["dateFrom"], alone["dateTo"]) == ("2026-03-27 00:00:00", "2026-04-02 23:59:59")
    both = project.ask(
        "WebOverviewQuery", properties=[], dateRange=dates, compareFilter={"compare": True}
    )
    assert both["results"][0]["previous"] == 2
    assert both["results"][0]["changeFromPreviousPct"] == 50
    assert both["results"][4]["isIncreaseBad"] is True


def test_conversions_are_counted_in_place_of_views(project):
    project.load(
        [
            page(1, NOW, "/a", "s1"),
            page(2, NOW, "/a", "s2"),
            Event("buy", 2, NOW + MINUTE, session="s2"),
            Event("buy", 2, NOW + 2 * MINUTE, session="s2"),
        ]
    )
    goal = {"customEventName": "buy"}
    body = project.ask("WebOverviewQuery", properties=[], conversionGoal=goal)
    assert [(item["key"], item["value"]) for item in body["results"]] == [
        ("visitors", 2),
        ("total conversions", 2),
        ("unique conversions", 1),
        ("conversion rate", 50),
    ]
    table = project.ask(
        "WebStatsTableQuery", properties=[], conversionGoal=goal, breakdownBy="InitialPage"
    )
    assert table["columns"][1:5] == [
        HERE + name
        for name in ("visitors", "total_conversions", "unique_conversions", "conversion_rate")
    ]
    assert table["results"][0][:5] == ["/a", [2, None], [2, None], [1, None], [0.5, None]]


@pytest.fixture
def site(project):
    project.load(
        [
            page(1, NOW, "/home", "s1", **DIRECT, **{"$browser": "Firefox"}),
            page(1, NOW + MINUTE, "/buy", "s1", **{"$browser": "Firefox"}),
            page(2, NOW, "/home", "s2", utm_source="news", **{"$browser_language": "en-US"}),
            page(2, NOW - 10 * A_DAY, "/home", "s3", **{"$browser": "Safari"}),
            page(3, NOW, "/buy", "s4", **{"$referring_domain": "www.google.com"}),
        ]
    )
    return project


TABLES = {
    "Page": [["/home", 2, 2], ["/buy", 2, 2]],
    "InitialPage": [["/home", 2, 3], ["/buy", 1, 1]],
    "ExitPage": [["/buy", 2, 3], ["/home", 1, 1]],
    "Browser": [["Firefox", 1, 2]],
    "Country": [["DE", 1, 1]],
    "InitialUTMSource": [[None, 2, 3], ["news", 1, 1]],
    "InitialReferringDomain": [["www.google.com", 1, 1], ["$direct", 1, 2]],
    "InitialChannelType": [["Direct", 1, 2], ["Organic Search", 1, 1], ["Unknown", 1, 1]],
    "Language": [["en-US", 1, 1]],
    "City": [],
    "InitialUTMSourceMediumCampaign": [
        ["referrer:$direct / (none) / (none)", 1, 2],
        ["news / (none) / (none)", 1, 1],
        ["referrer:www.google.com / (none) / (none)", 1, 1],
    ],
}


@pytest.mark.parametrize("name", TABLES)
def test_a_site_is_split_by_what_posthog_splits_it_by(site, name):
    body = site.ask("WebStatsTableQuery", properties=[], breakdownBy=name)
    found = [[value, visitors[0], views[0]] for value, visitors, views, *_ in body["results"]]
    assert sorted(found, key=repr) == sorted(TABLES[name], key=repr)
    counts = [row[1:] for row in found]
    assert counts == sorted(counts, reverse=True)
    assert body["columns"] == [
        HERE + one
        for one in ("breakdown_value", "visitors", "views", "ui_fill_fraction", "cross_sell")
    ]


def test_pages_have_the_bounces_of_the_visits_that_began_there(site):
    body = site.ask(
        "WebStatsTableQuery",
        properties=[],
        breakdownBy="Page",
        includeBounceRate=True,
        dateRange={"date_from": "-12d"},
        compareFilter={"compare": True},
        orderBy=["Views", "ASC"],
    )
    assert body["columns"][3] == HERE + "bounce_rate"
    found = {row[0]: row[1:] for row in body["results"]}
    assert found["/home"][:3] == [[2, 0], [3, 0], [pytest.approx(2 / 3), None]]
    assert found["/buy"][:3] == [[2, 0], [2, 0], [1, None]]
    assert [row[0] for row in body["results"]] == ["/buy", "/home"]
    assert found["/home"][3] == pytest.approx(3 / 5)


def test_filters_choose_events_and_pages_are_paged(site):
    chrome = [{"key": "$browser", "value": "Firefox", "type": "event"}]
    body = site.ask("WebStatsTableQuery", properties=chrome, breakdownBy="Page", limit=1)
    assert (len(body["results"]), body["hasMore"]) == (1, True)
    body = site.ask("WebOverviewQuery", properties=chrome)
    assert body["results"][1]["value"] == 2


def test_filters_choose_people_in_both(project):
    away = replace(page(1, NOW, "/a", "one"), person_properties={"email": "me@away.example"})
    home = replace(page(2, NOW, "/a", "two"), person_properties={"email": "me@home.example"})
    project.load([away, home])
    people = [{"key": "email", "value": "@home", "operator": "not_icontains", "type": "person"}]
    body = project.ask("WebOverviewQuery", properties=people)
    assert [item["value"] for item in body["results"][:3]] == [1, 1, 1]
    body = project.ask("WebStatsTableQuery", properties=people, breakdownBy="Page")
    assert [row[1][0] for row in body["results"]] == [1]


WRONG = {
    "includeRevenue is not supported in the embedded project: leave": {"includeRevenue": True},
    "includeScrollDepth is not supported in the embedded project": {"includeScrollDepth": True},
    "breakdownBy": {"breakdownBy": "FrustrationMetrics"},
    "Clicks": {"orderBy": ["Clicks", "DESC"]},
    "samplingFactor is not supported": {"samplingFactor": 0.1},
    "sampling is not supported": {"sampling": {"enabled": True}},
}


@pytest.mark.parametrize("said", WRONG)
def test_what_is_not_done_is_refused_by_name(project, said):
    with pytest.raises(ApiError, match=said):
        project.ask("WebStatsTableQuery", properties=[], **{"breakdownBy": "Page", **WRONG[said]})


def test_a_query_that_wants_everything_counted_may_say_so(project):
    project.load([page("a", NOW, "/", "s1")])
    for more in ({"samplingFactor": 1}, {"sampling": {"enabled": False}}):
        body = project.ask("WebOverviewQuery", properties=[], **more)
        assert body["results"][1]["value"] == 1
        assert body["samplingRate"] == {"numerator": 1, "denominator": None}


def test_a_range_ends_in_whole_seconds(project):
    last = (NOW - A_DAY).replace(hour=23, minute=59, second=59, microsecond=0)
    inside = [last - A_DAY + timedelta(microseconds=1), last]
    seen = [*inside, last + timedelta(microseconds=1)]
    project.load([page("a", at, "/", f"s{place}") for place, at in enumerate(seen)])
    dates = {"date_from": f"{inside[0]:%Y-%m-%d}", "date_to": f"{last:%Y-%m-%d}"}
    asked = {"properties": [], "dateRange": dates}
    views = project.ask("WebOverviewQuery", **asked)["results"][1]
    pages = project.ask("WebStatsTableQuery", breakdownBy="Page", **asked)["results"]
    assert (views["value"], pages[0][2][0]) == (2, 2)
