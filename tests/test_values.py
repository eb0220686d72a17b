"""find_values on the demo: whole values, and words of domains and paths."""

from tests.demo_fixtures import run


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
