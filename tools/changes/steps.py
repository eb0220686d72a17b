"""By how much a rollout moves between two sets of filters of a flag."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Filters = Mapping[str, Any]
Condition = Mapping[str, Any]


def largest_step(before: Filters | None, after: Filters | None) -> float:
    """The largest move of a condition or a variant, in points; 0 where no filters are set.

    A condition that comes moves from 0, and so does one that asks for other people than before.
    """
    if after is None:
        return 0.0
    return max([*_conditions(before or {}, after), *_variants(before or {}, after)], default=0.0)


def switched_on(before: Filters | None, after: Filters) -> float:
    """Points by which a flag that is turned on or brought back moves; 0 where it isn't.

    Nobody had it, and from then on everyone has it whom its conditions reach.
    """
    if before is None:
        return 0.0
    was, will = (_on(one) for one in (before, {**before, **after}))
    return largest_step(None, before.get("filters")) if will and not was else 0.0


def whom(condition: Condition) -> Condition:
    """A condition without its share."""
    empty: tuple[Any, ...] = (None, [], "")
    return {k: v for k, v in condition.items() if k != "rollout_percentage" and v not in empty}


def exchanged(before: Filters, after: Filters) -> tuple[list[Condition], list[Condition]]:
    """The conditions that go and those that come, whatever their share."""
    old, new = before.get("groups") or [], after.get("groups") or []
    return _without(old, new), _without(new, old)


def rollout(condition: Condition) -> float:
    """The share of those who meet a condition; PostHog takes none for all of them."""
    found = condition.get("rollout_percentage")
    return 100.0 if found is None else float(found)


def _on(flag: Filters) -> bool:
    return bool(flag.get("active")) and not flag.get("deleted")


def _without(some: Sequence[Condition], others: Sequence[Condition]) -> list[Condition]:
    known = [whom(one) for one in others]
    return [one for one in some if whom(one) not in known]


def _conditions(before: Filters, after: Filters) -> Iterator[float]:
    old, new = list(before.get("groups") or []), list(after.get("groups") or [])
    gone, come = exchanged(before, after)
    yield from (rollout(one) for one in (*gone, *come))
    for one in new:
        same = [rollout(each) for each in old if whom(each) == whom(one)]
        if same:
            yield min(abs(rollout(one) - was) for was in same)


def _variants(before: Filters, after: Filters) -> Iterator[float]:
    old, new = _shares(before), _shares(after)
    if old:
        yield from (abs(new.get(key, 0.0) - old.get(key, 0.0)) for key in {*old, *new})


def _shares(filters: Filters) -> dict[str, float]:
    found = (filters.get("multivariate") or {}).get("variants") or []
    return {str(one.get("key")): rollout(one) for one in found}
