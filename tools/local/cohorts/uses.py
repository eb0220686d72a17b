"""What refers to a cohort: flags, insights, other cohorts, the project's test accounts."""

from collections.abc import Iterator
from typing import Any

from tools.local.bodies import invalid
from tools.local.cohorts.criteria import flat
from tools.local.meta import Meta
from tools.local.objects import living
from tools.local.routes import whole

Document = dict[str, Any]
PAGE = 100
_NAMED = 5
LOOP = "Cohorts cannot reference other cohorts in a loop."


def used_in(meta: Meta, number: int) -> dict[str, Any]:
    """Everything that refers to a cohort, in PostHog's three blocks."""
    return {
        "feature_flags": _block(
            {"id": one["id"], "key": one["key"], "name": one.get("name")}
            for one in _flags(meta, number)
        ),
        "insights": _block(
            {"id": one["id"], "short_id": one.get("short_id"), "name": _name(one)}
            for one in _insights(meta, number)
        ),
        "cohorts": _block(
            {"id": one["id"], "name": _name(one)} for one in cohorts_using(meta, number)
        ),
    }


def refuse_if_used(meta: Meta, number: int, project: str) -> None:
    """Raise PostHog's refusal to delete a cohort that something relies on."""
    flags = [one for one in _flags(meta, number) if one.get("active")]
    if flags:
        names = ", ".join(str(one.get("name") or one["key"]) for one in flags)
        raise invalid(
            f"This cohort is used in {len(flags)} active feature flag(s): {names}. "
            "Please remove the cohort from these feature flags before deleting it."
        )
    if mentions(meta.fact("test_account_filters"), number):
        raise invalid(
            "This cohort is used in 'Filter out internal and test users' for 1 environment(s): "
            f"{project}. "
            "Please remove the cohort from these test account filters before deleting it."
        )
    if insights := list(_insights(meta, number)):
        raise invalid(
            f"This cohort is used in {len(insights)} insight(s): {_names(insights)}. "
            "Please remove the cohort from these insights before deleting it."
        )
    if cohorts := list(cohorts_using(meta, number)):
        raise invalid(
            f"This cohort is used as criteria in {len(cohorts)} other cohort(s): "
            f"{_names(cohorts)}. "
            "Please remove this cohort from those cohort definitions before deleting it."
        )


def refuse_a_loop(meta: Meta, cohort: Document) -> None:
    """Raise PostHog's refusal of a cohort that refers to itself, or to one that isn't there."""
    seen: set[int] = set()

    def visit(current: Document, path: frozenset[int]) -> None:
        for number in referred(current):
            if number in path:
                raise invalid(LOOP)
            other = meta.document("cohort", number)
            if other is None:
                raise invalid("Invalid Cohort ID in filter")
            if number not in seen:
                visit(other, path | {number})
            seen.add(number)

    visit(cohort, frozenset([cohort.get("id", 0)]))


def referred(cohort: Document) -> list[int]:
    """The cohorts among a cohort's criteria."""
    return [one["value"] for one in flat(cohort.get("filters")) if one.get("type") == "cohort"]


def cohorts_using(meta: Meta, number: int) -> Iterator[Document]:
    """The cohorts with this one among their criteria."""
    return (
        one for one in living(meta, "cohort") if one["id"] != number and number in referred(one)
    )


def refuse_events_in_flags(meta: Meta, cohort: Document) -> None:
    """Raise PostHog's refusal of criteria about events where a flag that is on needs the cohort."""
    if not any(flag.get("active") for flag in _flags(meta, cohort["id"])):
        return
    if _about_events(cohort):
        said = "Behavioral filters cannot be added to cohorts used in feature flags."
        raise invalid(said, code="behavioral_cohort_found", attr="filters")
    for number in referred(cohort):
        other = meta.document("cohort", number) or {}
        if not other.get("is_static") and _about_events(other):
            raise invalid(
                f"A cohort dependency ({other.get('name')}) has filters based on events. "
                "These cohorts can't be used in feature flags.",
                code="behavioral_cohort_found",
                attr="filters",
            )


def mentions(body: Any, number: int) -> bool:
    """Whether there is a filter for a cohort anywhere in an object."""
    if isinstance(body, list):
        return any(mentions(item, number) for item in body)
    if not isinstance(body, dict):
        return False
    if body.get("type") == "cohort" and number in _ids(body.get("value")):
        return True
    if body.get("breakdown_type") == "cohort" and number in _ids(body.get("breakdown")):
        return True
    return any(mentions(item, number) for item in body.values())


def _about_events(cohort: Document) -> bool:
    return any(one.get("type") == "behavioral" for one in flat(cohort.get("filters")))


def _flags(meta: Meta, number: int) -> Iterator[Document]:
    """Flags that refer to a cohort, or to one that is computed from it."""
    reached = {number}
    pending = [number]
    while pending:
        for one in cohorts_using(meta, pending.pop()):
            if one["id"] not in reached and not one.get("is_static"):
                reached.add(one["id"])
                pending.append(one["id"])
    return (
        flag
        for flag in living(meta, "feature_flag")
        if any(mentions(flag.get("filters"), one) for one in reached)
    )


def _insights(meta: Meta, number: int) -> Iterator[Document]:
    return (one for one in living(meta, "insight") if mentions(one.get("query"), number))


def _ids(value: Any) -> list[int]:
    listed = value if isinstance(value, list) else [value]
    return [found for one in listed if (found := whole(str(one))) is not None]


def _name(body: Document) -> str:
    return body.get("name") or body.get("derived_name") or "Unnamed"


def _names(bodies: list[Document]) -> str:
    named = ", ".join(_name(one) for one in bodies[:_NAMED])
    rest = len(bodies) - _NAMED
    return f"{named}, and {rest} more" if rest > 0 else named


def _block(rows: Iterator[dict[str, Any]]) -> dict[str, Any]:
    listed = list(rows)
    return {
        "results": listed[:PAGE],
        "total": len(listed),
        "has_more": len(listed) > PAGE,
    }
