"""Filters of flags against values, by tables after PostHog's flags service."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tools.local.flags.matching import meets, text, valid_regex
from tools.local.flags.moments import moment
from tools.local.flags.semver import version

NOW = datetime(2026, 3, 31, 12, tzinfo=ZoneInfo("America/New_York"))

MATCHES = [
    ("exact", "pro", "PRO", True),
    ("exact", ["free", "pro"], "Pro", True),
    ("exact", ["free"], "pro", False),
    ("exact", "true", True, True),
    ("exact", ["true"], "TRUE", True),
    ("exact", "false", "anything but true", True),
    ("exact", "false", "true", False),
    ("exact", [], True, True),
    ("exact", [], "pro", False),
    ("exact", "5", 5, True),
    ("exact", 5.0, "5.0", True),
    ("exact", 5, 5.0, False),
    ("exact", '["a","b"]', ["a", "b"], True),
    ("exact", '{"a":1,"b":null}', {"b": None, "a": 1}, True),
    ("exact", "ÉLAN", "élan", True),
    ("is_not", "pro", "free", True),
    ("is_not", ["pro", "free"], "free", False),
    ("icontains", "ACME", "ann@acme.com", True),
    ("icontains", "ÉLAN", "élan", False),
    ("icontains", "1", 213, True),
    ("not_icontains", "acme", "ann@acme.com", False),
    ("icontains_multi", ["x", "ACME"], "ann@acme.com", True),
    ("not_icontains_multi", ["x", "y"], "ann@acme.com", True),
    ("starts_with", "ANN", "ann@acme.com", True),
    ("not_starts_with", "bob", "ann@acme.com", True),
    ("ends_with", ".COM", "ann@acme.com", True),
    ("not_ends_with", ".com", "ann@acme.com", False),
    ("regex", r"^ann@.*\.com$", "ann@acme.com", True),
    ("regex", r"^ann$", "ann\n", False),
    ("regex", r"\d{3}", 1234, True),
    ("not_regex", r"^bob", "ann", True),
    ("regex", "(", "(", False),
    ("not_regex", "(", "anything", False),
    ("gt", "9", "10", True),
    ("gt", "9", 10.5, True),
    ("gte", "10", 10, True),
    ("lt", "10", "ten", False),
    ("lt", "10", True, False),
    ("lt", "10", None, False),
    ("lte", "1e3", "1000", True),
    ("min", "10", 10, True),
    ("max", "10", 11, False),
    ("gt", "x", 10, False),
    ("between", [1, 10], 10, True),
    ("not_between", [1, 10], 11, True),
    ("between", [10, 1], 5, False),
    ("not_between", [1, 10], "x", False),
    ("is_date_exact", "2026-03-01", "2026-03-01T05:00:00Z", True),
    ("is_date_before", "2026-03-01", "2026-03-01T04:59:59Z", True),
    ("is_date_after", "2026-03-01 09:30:00", "2026-03-01T14:30:01+00:00", True),
    ("is_date_after", "-7d", "2026-03-25", True),
    ("is_date_before", "7d", "2026-03-24T00:00:00", True),
    ("is_date_before", "-1m", "2026-02-28T16:59:59Z", True),
    ("is_date_before", "-1m", "2026-02-28T17:00:01Z", False),
    ("is_date_after", "2026-01-01", 1_774_000_000, True),
    ("is_date_after", "2026-01-01", "1774000000", True),
    ("is_date_before", "2026-01-01", "not a date", False),
    ("is_date_before", "not a date", "2026-01-01", False),
    ("is_date_after", "-10000d", "2026-01-01", False),
    ("is_date_after", "2026-01-01", True, False),
    ("semver_eq", "1.2.3", "v1.2.3", True),
    ("semver_eq", "1.2", "1.2.0", True),
    ("semver_eq", "3.8", "3.08", True),
    ("semver_neq", "1.2.3", "1.2.4", True),
    ("semver_gt", "1.9.0", "1.10.0", True),
    ("semver_gt", "1.0.0-alpha", "1.0.0", True),
    ("semver_gt", "1.0.0-alpha.2", "1.0.0-alpha.10", True),
    ("semver_gt", "1.0.0-2", "1.0.0-alpha", True),
    ("semver_lt", "1.0.0", "1.0.0-rc.1", True),
    ("semver_lte", "2.0.0", "2.0.0", True),
    ("semver_gte", "2.0.0", "1.9.9", False),
    ("semver_gt", "1.0.0", "not a version", False),
    ("semver_gt", "not a version", "1.0.0", False),
    ("semver_tilde", "1.2.3", "1.2.9", True),
    ("semver_tilde", "1.2.3", "1.3.0", False),
    ("semver_caret", "1.2.3", "1.9.0", True),
    ("semver_caret", "0.2.3", "0.3.0", False),
    ("semver_caret", "0.0.3", "0.0.3", True),
    ("semver_caret", "0.0.3", "0.0.4", False),
    ("semver_caret", "1.2.3", "1.3.0-beta", False),
    ("semver_caret", "1.2.3-beta.2", "1.2.3-beta.3", True),
    ("semver_wildcard", "1.*", "1.9.9", True),
    ("semver_wildcard", "1.2.*", "1.3.0", False),
    ("semver_wildcard", "1.*.3", "1.0.3", False),
    ("semver_wildcard", "*", "7.0.0", True),
    ("semver_wildcard", "3.08.*", "3.8.1", True),
    ("in", "1", "1", False),
    ("no_such_operator", "1", "1", False),
]


@pytest.mark.parametrize(("operator", "wanted", "found", "met"), MATCHES)
def test_a_value_meets_a_filter_as_in_the_flags_service(operator, wanted, found, met):
    asked = {"key": "k", "operator": operator, "value": wanted}
    assert meets(asked, {"k": found}, NOW) is met


MISSING = {
    "exact": False,
    "is_not": True,
    "icontains": False,
    "not_icontains": True,
    "not_icontains_multi": True,
    "regex": False,
    "not_regex": True,
    "not_starts_with": True,
    "not_ends_with": True,
    "gt": False,
    "lt": False,
    "between": False,
    "not_between": True,
    "is_date_before": False,
    "semver_neq": False,
    "is_set": False,
    "is_not_set": True,
}


@pytest.mark.parametrize(("operator", "met"), MISSING.items())
def test_a_property_that_is_not_there_meets_only_the_negative_filters(operator, met):
    assert meets({"key": "k", "operator": operator, "value": "1"}, {}, NOW) is met


def test_a_property_that_is_there_without_a_value_is_set():
    assert meets({"key": "k", "operator": "is_set"}, {"k": None}, NOW)
    assert not meets({"key": "k", "operator": "is_not_set"}, {"k": None}, NOW)
    assert meets({"key": "k", "value": "null"}, {"k": None}, NOW)


def test_a_filter_without_a_value_is_met_by_nothing():
    assert not meets({"key": "k", "operator": "is_not"}, {}, NOW)


NUMBERS = {
    1.0: "1.0",
    0.1: "0.1",
    1e15: "1000000000000000.0",
    1e16: "1e+16",
    1.5e-5: "0.000015",
    1e-5: "0.00001",
    2e-7: "2e-7",
    -3.0: "-3.0",
}


@pytest.mark.parametrize(("number", "written"), NUMBERS.items())
def test_a_number_is_compared_as_the_flags_service_writes_it(number, written):
    assert text(number) == written
    assert text([number]) == f"[{written}]"


def test_a_regular_expression_that_would_run_for_ever_elsewhere_is_decided():
    assert valid_regex("^(a+)+$")
    assert not valid_regex("(?=lookahead)")
    asked = {"key": "k", "operator": "regex", "value": "^(a+)+$"}
    assert not meets(asked, {"k": "a" * 5000 + "b"}, NOW)


def test_a_text_with_half_a_character_meets_no_regular_expression():
    assert not meets({"key": "k", "operator": "regex", "value": "."}, {"k": "\ud800"}, NOW)


def test_a_moment_without_a_zone_is_in_that_of_the_project():
    assert moment("2026-07-01", NOW) == datetime(2026, 7, 1, 4, tzinfo=UTC)
    assert moment("2026-07-01 00:00:00 UTC", NOW) == datetime(2026, 7, 1, tzinfo=UTC)
    assert moment("-36h", NOW) == NOW.astimezone(UTC) - timedelta(hours=36)
    assert moment("-2y", NOW).date().isoformat() == "2024-03-31"
    assert moment("-9999y", NOW) is None
    assert moment(1e300, NOW) is None


@pytest.mark.parametrize("written", ["", "x", "1.2.3.4", "1.-2.3", "1.2.3-", "1.2.3+é", "1..2"])
def test_what_is_no_version_has_no_order(written):
    assert version(written) is None
