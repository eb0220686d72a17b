"""Conditions of flags, cohorts and actions in plain words."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

Stored = Mapping[str, Any]

OPERATORS = {
    "exact": "is",
    "is_not": "is not",
    "icontains": "contains",
    "not_icontains": "does not contain",
    "icontains_multi": "contains",
    "not_icontains_multi": "does not contain",
    "regex": "matches",
    "not_regex": "does not match",
    "gt": "is over",
    "gte": "is at least",
    "lt": "is under",
    "lte": "is at most",
    "min": "is at least",
    "max": "is at most",
    "is_set": "is set",
    "is_not_set": "is not set",
    "is_date_exact": "is on",
    "is_date_before": "is before",
    "is_date_after": "is after",
    "semver_eq": "is version",
    "semver_gt": "is a version over",
    "semver_gte": "is a version of at least",
    "semver_lt": "is a version under",
    "semver_lte": "is a version of at most",
    "flag_evaluates_to": "is",
}
TIMES = {"gte": "at least ", "lte": "at most ", "gt": "more than ", "lt": "fewer than "}
UNITS = {"d": "day", "w": "week", "m": "month", "y": "year", "h": "hour"}


def every(filters: Sequence[Stored], groups: Sequence[str] = ()) -> str:
    """Conditions that must all hold, in words; "" for none."""
    return " and ".join(one(found, groups) for found in filters)


def one(found: Stored, groups: Sequence[str] = ()) -> str:
    """One condition on a property, a cohort or another flag."""
    kind, operator = found.get("type"), str(found.get("operator") or "exact")
    if kind == "cohort":
        inside = operator != "not_in" and not found.get("negation")
        name = found.get("cohort_name") or f"cohort {found.get('value')}"
        return f"{'in' if inside else 'not in'} the cohort {name}"
    holder = {"person": "the person’s ", "group": f"the {_group(found, groups)}’s "}
    name = f"{holder.get(str(kind), '')}{found.get('key')}"
    name = f"the flag {found.get('key')}" if kind == "flag" else name
    said = OPERATORS.get(operator, operator)
    negated = "not: " if found.get("negation") else ""
    if operator in ("is_set", "is_not_set"):
        return f"{negated}{name} {said}"
    return f"{negated}{name} {said} {values(found.get('value'))}"


def values(value: Any) -> str:
    """One value, or several joined by "or"."""
    many = value if isinstance(value, list | tuple) else [value]
    said = [str(one).lower() if isinstance(one, bool) else str(one) for one in many]
    return " or ".join(said) if said else "nothing"


def criteria(stored: Any) -> str:
    """The criteria of a dynamic cohort; "" when there are none."""
    inner = stored.get("properties", stored) if isinstance(stored, dict) else {}
    return _criterion(inner) if isinstance(inner, dict) and inner else ""


def steps(found: Sequence[Stored]) -> str:
    """What an action stands for."""
    return " or ".join(_step(one) for one in found)


def joined(words: Sequence[str], last: str = "and") -> str:
    """A list as people write it: a, b and c."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def percent(share: float) -> str:
    """A percentage without needless digits."""
    return f"{share:.2f}".rstrip("0").rstrip(".") + " %"


def _group(found: Stored, groups: Sequence[str]) -> str:
    index = found.get("group_type_index")
    known = isinstance(index, int) and index < len(groups)
    return groups[index] if known and isinstance(index, int) else f"group {index}"


def _criterion(found: Stored) -> str:
    if "values" in found and found.get("type") in ("AND", "OR"):
        inner = [_criterion(part) for part in found["values"]]
        mixed = len(inner) > 1
        word = " and " if found["type"] == "AND" else " or "
        parts = [f"({part})" if mixed and " or " in part else part for part in inner if part]
        return word.join(parts)
    return _behaved(found) if found.get("type") == "behavioral" else one(found)


def _behaved(found: Stored) -> str:
    """What somebody did, how often and when."""
    name = f"{_event(found, '')}{_with(found.get('event_filters') or ())}"
    did = f"{'did not do' if found.get('negation') else 'did'} {name}"
    when, kind = _when(found), str(found.get("value"))
    soon = f"{found.get('seq_time_value')} {found.get('seq_time_interval')}s"
    times = f"{TIMES.get(str(found.get('operator')), '')}{found.get('operator_value')} times"
    periods = f"{found.get('total_periods')} periods of {found.get('time_value')}"
    said = {
        "performed_event": f"{did} {when}",
        "performed_event_first_time": f"{did} for the first time {when}",
        "performed_event_multiple": f"{did} {times} {when}",
        "performed_event_sequence": f"{did} {when} and then {_event(found, 'seq_')} within {soon}",
        "performed_event_regularly": f"{did} {times} in at least {found.get('min_periods')} "
        f"of the last {periods} {found.get('time_interval')}s",
        "stopped_performing_event": f"{did} {when} but not in the last {soon}",
        "restarted_performing_event": f"{did} again in the last {soon} after a break",
    }
    return said.get(kind, f"{kind.replace('_', ' ')} {name} {when}").strip()


def _event(found: Stored, lead: str) -> str:
    name = found.get("seq_event" if lead else "key")
    kind = found.get(f"{lead}event_type")
    return f"action {name}" if kind == "actions" else str(name)


def _with(filters: Sequence[Stored]) -> str:
    return f" (where {every(filters)})" if filters else ""


def _when(found: Stored) -> str:
    since, until = found.get("explicit_datetime"), found.get("explicit_datetime_to")
    if since:
        rolling = re.fullmatch(r"-(\d+)([hdwmy])", str(since))
        if rolling and not until:
            return _last(int(rolling[1]), UNITS[rolling[2]])
        return f"from {since} to {until}" if until else f"since {since}"
    count, unit = found.get("time_value"), found.get("time_interval")
    return _last(int(count), str(unit)) if count and unit else "at any time"


def _last(count: int, unit: str) -> str:
    return f"in the last {count} {unit}{'' if count == 1 else 's'}"


def _step(found: Stored) -> str:
    """One way in which an action happens."""
    event = found.get("event")
    tests = [every(found.get("properties") or ())] if found.get("properties") else []
    tests += [
        f"{name.replace('_', ' ')} is {found[name]}"
        for name in ("url", "text", "href", "selector", "tag_name")
        if found.get(name)
    ]
    return f"{event or 'any event'}{' where ' if tests else ''}{' and '.join(tests)}"
