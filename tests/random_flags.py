"""Random flags, cohorts and persons, in the shapes PostHog's screens make."""

from random import Random
from typing import Any

GROUP_TYPES = ("company", "studio")
CREATED = "2026-01-01T00:00:00Z"
TEXTS = ("ann@acme.com", "Bob", "true", "False", "10", "2.5", "", "élan", "v1.2.3", "2026-03-01")
VALUES = {
    "email": ("ann@acme.com", "bob@studio.org", "", "ANN@ACME.COM"),
    "plan": ("free", "pro", "Pro", True, False, "true", "FALSE"),
    "age": (0, 17, 18, 18.5, "21", "old", -3, 1e16, 0.00001, True),
    "version": ("1.2.3", "v1.2.3", "1.10.0", "2.0.0", "0.3.1", "1.2"),
    "joined": ("2026-01-15", "2026-06-01T12:00:00Z", "2024-12-31T23:59:59+02:00"),
    "anything": (*TEXTS, 1, 2.0, ["a", "b"], {"k": 1}),
}
WANTED = {
    "exact": ("email", "plan", "age", "anything"),
    "is_not": ("email", "plan", "age", "anything"),
    "icontains": ("email", "plan", "anything"),
    "not_icontains": ("email", "anything"),
    "regex": ("email", "anything"),
    "not_regex": ("email",),
    "gt": ("age",),
    "gte": ("age",),
    "lt": ("age",),
    "lte": ("age",),
    "is_date_before": ("joined",),
    "is_date_after": ("joined",),
    "semver_eq": ("version",),
    "semver_neq": ("version",),
    "semver_gt": ("version",),
    "semver_lte": ("version",),
    "semver_tilde": ("version",),
    "semver_caret": ("version",),
    "semver_wildcard": ("version",),
    "is_set": ("email", "age"),
}
REGEXES = ("^ann", "@acme\\.com$", "[A-Z]+", "o{1,2}", "(ann|bob)@", "^$", ".*")
DATES = ("2026-03-01", "2026-01-15", "-30d", "-2y", "2025-01-01T00:00:00Z")
WILDCARDS = ("1.*", "1.2.*", "2.*")


def random_flags(rng: Random, count: int) -> list[dict[str, Any]]:
    """Flags in every shape; later ones may ask about earlier ones."""
    made: list[dict[str, Any]] = []
    for number in range(1, count + 1):
        made.append(_flag(rng, number, made))
    return made


def random_cohorts(rng: Random) -> list[dict[str, Any]]:
    """Cohorts of conditions on persons; the last one asks about the first."""
    found = [_cohort(number, [_filter(rng) for _ in range(2)]) for number in (1, 2, 3)]
    nested = {"key": "id", "type": "cohort", "value": 1, "negation": rng.random() < 0.5}
    return [*found, _cohort(4, [nested, {**_filter(rng), "negation": True}])]


def random_person(rng: Random, number: int) -> dict[str, Any]:
    """Somebody whose every property is known, so that both sides can decide."""
    groups = {name: f"{name}{rng.randint(1, 5)}" for name in GROUP_TYPES if rng.random() < 0.7}
    return {
        "distinct_id": f"person {number}",
        "person_properties": {name: rng.choice(known) for name, known in VALUES.items()},
        "groups": groups,
        "group_properties": {
            name: {one: rng.choice(known) for one, known in VALUES.items()} for name in groups
        },
        "device_id": f"device {number % 7}",
    }


def _flag(rng: Random, number: int, others: list[dict[str, Any]]) -> dict[str, Any]:
    group = rng.choice([None, None, None, 0, 1])
    variants = rng.choice([None, None, ("control", "test"), ("control", "test", "third")])
    filters: dict[str, Any] = {
        "groups": [_condition(rng, group, variants, others) for _ in range(rng.randint(1, 3))],
        "aggregation_group_type_index": group,
        "multivariate": _variants(rng, variants),
        "payloads": {},
    }
    if rng.random() < 0.15:
        filters["holdout"] = {"id": 7, "exclusion_percentage": rng.choice([0, 10, 50, 100])}
    if rng.random() < 0.2:
        filters["early_exit"] = True
    return {
        "id": number,
        "key": f"flag-{number}",
        "filters": filters,
        "active": rng.random() < 0.9,
        "deleted": False,
        "version": 1,
        "created_at": CREATED,
        "bucketing_identifier": "device_id" if rng.random() < 0.15 else None,
    }


def _variants(rng: Random, names: tuple[str, ...] | None) -> dict[str, Any] | None:
    if names is None:
        return None
    shares = {2: rng.choice([(50, 50), (100, 0), (33.3, 66.7)]), 3: (20, 30, 50)}[len(names)]
    pairs = zip(names, shares, strict=True)
    return {"variants": [{"key": name, "rollout_percentage": share} for name, share in pairs]}


def _condition(
    rng: Random,
    group: int | None,
    variants: tuple[str, ...] | None,
    others: list[dict[str, Any]],
) -> dict[str, Any]:
    # The SDK takes a group flag that a person flag depends on for one about persons.
    personal = [one for one in others if one["filters"]["aggregation_group_type_index"] is None]
    filters = [_filter(rng) for _ in range(rng.choice([0, 0, 1, 1, 2]))]
    if group is not None:
        filters = [{**one, "type": "group", "group_type_index": group} for one in filters]
    elif rng.random() < 0.25:
        operator = rng.choice(["in", "not_in"])
        cohort = {"key": "id", "type": "cohort", "operator": operator, "value": rng.randint(1, 4)}
        filters.append(cohort)
    elif personal and rng.random() < 0.3:
        filters.append(_dependency(rng, personal))
    condition: dict[str, Any] = {
        "properties": filters,
        "rollout_percentage": rng.choice([None, 0, 10, 50, 80, 100]),
        "variant": rng.choice([None, None, *(variants or ()), "gone"]),
    }
    if group is None and rng.random() < 0.15:
        condition["aggregation_group_type_index"] = None
    return condition


def _dependency(rng: Random, others: list[dict[str, Any]]) -> dict[str, Any]:
    other = rng.choice(others)
    found = other["filters"]["multivariate"]
    values = [True, False, *(one["key"] for one in (found or {"variants": []})["variants"])]
    return {
        "key": str(other["id"]),
        "type": "flag",
        "operator": "flag_evaluates_to",
        "value": rng.choice(values),
    }


def _filter(rng: Random) -> dict[str, Any]:
    operator = rng.choice(list(WANTED))
    key = rng.choice(WANTED[operator])
    found = {"key": key, "type": "person", "operator": operator}
    return found if operator == "is_set" else {**found, "value": _value(rng, operator, key)}


def _value(rng: Random, operator: str, key: str) -> Any:
    fixed = {
        "regex": REGEXES,
        "not_regex": REGEXES,
        "is_date_before": DATES,
        "is_date_after": DATES,
        "semver_wildcard": WILDCARDS,
    }
    if operator in fixed:
        return rng.choice(fixed[operator])
    if operator in ("gt", "gte", "lt", "lte"):
        return rng.choice(["18", "0", "21.0", "1e16"])
    if operator in ("exact", "is_not") and rng.random() < 0.5:
        return [rng.choice(VALUES[key]) for _ in range(rng.randint(0, 3))]
    value = rng.choice(VALUES[key])
    return str(value) if "contains" in operator else value


def _cohort(number: int, filters: list[dict[str, Any]]) -> dict[str, Any]:
    inner = {"type": "AND" if number % 2 else "OR", "values": filters}
    return {
        "id": number,
        "name": f"Cohort {number}",
        "filters": {"properties": {"type": "OR", "values": [inner]}},
        "is_static": False,
        "deleted": False,
        "created_at": CREATED,
    }
