"""find_values on the demo: whole values, and words of domains and paths."""

from tests.demo_fixtures import run
from tools import values
from tools.values import FEW

AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36"
)
"""The browser of a month; its version counts the months."""


def found(tools, texts, words=()):
    return [tuple(row) for row in run(tools, "find_values", texts=texts, words=words).rows]


def test_a_whole_value_is_found_whatever_its_case(demo_tools):
    counts = {row[:4]: row[4] for row in found(demo_tools, ["ANDROID"])}
    assert counts["ANDROID", "event", "$os", "Android"] > 1_000


def test_a_word_of_a_domain_is_found_where_it_is_asked_for_as_a_word(demo_tools):
    assert found(demo_tools, ["duckduckgo"]) == []
    ((_, holder, name, value, _),) = found(demo_tools, ["duckduckgo"], ["duckduckgo"])
    assert (holder, name, value) == ("event", "$referring_domain", "duckduckgo.com")


def test_a_whole_value_is_wanted_before_words_of_others(demo_tools):
    rows = found(demo_tools, ["google"], ["google"])
    assert {row[3] for row in rows} == {"google"}


def test_of_many_values_with_a_word_a_few_are_told(demo_tools):
    rows = [row for row in found(demo_tools, ["classes"], ["classes"]) if row[2] == "$pathname"]
    assert len(rows) == 4
    assert all("/classes/" in row[3] for row in rows)


def test_all_words_must_stand_in_one_value(demo_tools):
    assert found(demo_tools, ["duckduckgo pricing"], ["duckduckgo pricing"]) == []


def test_each_spelling_of_a_text_gets_the_same_rows(demo_tools):
    rows = found(demo_tools, ["iOS", "ios"])
    of_one, of_other = ([row[1:] for row in rows if row[0] == text] for text in ("iOS", "ios"))
    assert of_one == of_other != []


def test_what_looks_like_hogql_is_only_a_text(demo_tools):
    assert found(demo_tools, ["it's", "{since}", '"', "a\\"], ["it's", "{needles}"]) == []


def test_of_many_events_the_latest_are_looked_through_before_those_before_them(demo_tools):
    project = run(demo_tools, "describe_project")
    period = (project.first_event, project.last_event, 8 * FEW)
    texts = ("7.3.1", AGENT.format(149), AGENT.format(141))
    rows = values.found(demo_tools.posthog, texts, (), period, ()).rows
    counts = {row[0]: row[4] for row in rows if row[1] == "event"}
    whole = {row[0]: row[4] for row in found(demo_tools, texts) if row[1] == "event"}
    latest, earlier, earliest = texts
    assert counts[latest] < whole[latest]
    assert counts[earlier] == whole[earlier]
    assert earliest in whole.keys() - counts.keys()
