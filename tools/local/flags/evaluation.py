"""What every flag says of one person, and why: PostHog's flags service in small.

After rust/feature-flags/src/flags/flag_matching.rs: enrollment first, then the holdout, then the
conditions in their order; of the conditions that fail, the nearest miss is the reason.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tools.local.flags.cohorts import CohortError
from tools.local.flags.flag import Condition, Flag
from tools.local.flags.hashing import holdout_place, place
from tools.local.flags.matching import meets
from tools.local.flags.subject import Subject

_NEARNESS = {"no_group_type": 1, "no_condition_match": 2, "out_of_rollout_bound": 3}
_SENTENCES = {
    "no_condition_match": "No matching condition set",
    "out_of_rollout_bound": "Out of rollout bound",
    "no_group_type": "No group type",
    "super_condition_value": "Super condition value",
    "holdout_condition_value": "Holdout condition value",
    "flag_disabled": "Feature flag is disabled",
    "missing_dependency": "Flag cannot be evaluated due to missing dependency",
}
_NOT_ASKED = " (group conditions were not evaluated because no group type was provided)"


@dataclass(frozen=True)
class Result:
    """What one flag says."""

    flag: Flag
    matches: bool
    reason: str
    variant: str | None = None
    condition: int | None = None
    """Which condition decided, counted from 0."""

    description: str | None = None
    failed: bool = False

    @property
    def value(self) -> bool | str:
        """The variant, else whether the flag is on."""
        return self.variant or self.matches

    @property
    def payload(self) -> str | None:
        """What is served with the value, as JSON text."""
        return self.flag.payloads.get(self.variant or "true") if self.matches else None


@dataclass(frozen=True)
class Evaluation:
    """All flags of a project, asked about one person; each is decided once."""

    flags: Mapping[str, Flag]
    """By key."""

    subject: Subject
    _decided: dict[str, Result] = field(default_factory=dict)

    def results(self, keys: Iterable[str] | None = None) -> list[Result]:
        """What the active flags say, or those of them that are named."""
        wanted = None if keys is None else set(keys)
        return [
            self.result(flag)
            for flag in self.flags.values()
            if flag.active and (wanted is None or flag.key in wanted)
        ]

    def result(self, flag: Flag, path: tuple[str, ...] = ()) -> Result:
        """What one flag says; the flags it depends on are asked first."""
        if flag.key not in self._decided:
            self._decided[flag.key] = self._decide(flag, path)
        return self._decided[flag.key]

    def _decide(self, flag: Flag, path: tuple[str, ...]) -> Result:
        if not flag.active:
            return _result(flag, False, "flag_disabled")
        if not self._dependencies_exist(flag, (*path, flag.key)):
            return _result(flag, False, "missing_dependency")
        try:
            return self._enrolled(flag) or self._held_out(flag) or self._conditions(flag)
        except CohortError as error:
            return Result(flag, False, error.code, description=str(error), failed=True)

    def _dependencies_exist(self, flag: Flag, path: tuple[str, ...]) -> bool:
        for name in flag.dependencies():
            other = self._named(name)
            if other is None or other.key in path:
                return False
            if self.result(other, path).reason == "missing_dependency":
                return False
        return True

    def _named(self, name: str) -> Flag | None:
        if name in self.flags:
            return self.flags[name]
        return next((flag for flag in self.flags.values() if str(flag.id) == name), None)

    def _enrolled(self, flag: Flag) -> Result | None:
        """Early access: people who chose for themselves."""
        values = self.subject.values
        if flag.enrollment:
            chosen = values.get(f"$feature_enrollment/{flag.key}")
            inside = chosen is True or chosen == "true"
            return None if chosen is None else _result(flag, inside, "super_condition_value", 0)
        wanted = flag.super_condition
        if wanted is None or not any(str(one["key"]) in values for one in wanted.filters):
            return None
        inside = self._met(flag, wanted) and self.rolled_out(flag, wanted)
        return _result(flag, inside, "super_condition_value", 0)

    def _held_out(self, flag: Flag) -> Result | None:
        if flag.holdout is None:
            return None
        number, share = flag.holdout
        identifier = self.subject.identifier(flag, flag.group)
        if not identifier or (share < 100 and holdout_place(identifier) > share / 100):
            return None
        description = _SENTENCES["holdout_condition_value"]
        return Result(
            flag, True, "holdout_condition_value", f"holdout-{number}", description=description
        )

    def _conditions(self, flag: Flag) -> Result:
        nearest, at, skipped = "", None, False
        for index, condition in enumerate(flag.conditions):
            outcome = self._outcome(flag, condition)
            if outcome == "condition_match":
                return self._matched(flag, condition, index)
            skipped = skipped or outcome == "no_group_type"
            if _NEARNESS[outcome] >= _NEARNESS.get(nearest, 0):
                nearest, at = outcome, index
            if flag.early_exit and outcome == "out_of_rollout_bound":
                break
        result = _result(flag, False, nearest or "no_condition_match", at)
        if nearest == "no_condition_match" and skipped:
            said = _SENTENCES[nearest] + _NOT_ASKED
            return Result(flag, False, nearest, condition=at, description=said)
        return result

    def _outcome(self, flag: Flag, condition: Condition) -> str:
        if condition.group is None and flag.by_device and not self.subject.device_id:
            return "out_of_rollout_bound"
        if condition.group is not None and condition.group not in self.subject.groups:
            return "no_group_type"
        if not self._met(flag, condition):
            return "no_condition_match"
        return "condition_match" if self.rolled_out(flag, condition) else "out_of_rollout_bound"

    def _met(self, flag: Flag, condition: Condition) -> bool:
        return all(self.holds(one, condition) for one in _cheapest_first(condition))

    def holds(self, wanted: Mapping[str, Any], condition: Condition) -> bool:
        """Whether one filter of a condition is met."""
        kind = wanted.get("type")
        if kind == "flag":
            return self._says(wanted)
        if kind == "cohort":
            return self.subject.membership.holds(wanted)
        values = self.subject.properties(wanted, condition.group)
        return meets(wanted, values, self.subject.now)

    def _says(self, wanted: Mapping[str, Any]) -> bool:
        """Whether another flag has the value a filter wants; any variant is true."""
        flag, value = self._named(str(wanted["key"])), wanted.get("value")
        if flag is None or wanted.get("operator") != "flag_evaluates_to":
            return False
        found = self.result(flag)
        if isinstance(value, bool):
            return not found.failed and found.matches == value
        return found.variant is not None and found.variant == value

    def rolled_out(self, flag: Flag, condition: Condition) -> bool:
        """Whether the person is in a condition's share."""
        if condition.rollout == 100:
            return True
        identifier = self.subject.identifier(flag, condition.group)
        return _placed(flag, identifier) <= condition.rollout / 100

    def _matched(self, flag: Flag, condition: Condition, index: int) -> Result:
        variant = condition.variant
        if variant not in dict(flag.variants):
            variant = _variant(flag, self.subject.identifier(flag, condition.group))
        said = f"Matched condition set {index + 1}"
        return Result(flag, True, "condition_match", variant, index, said)


def _result(flag: Flag, matches: bool, reason: str, condition: int | None = None) -> Result:
    return Result(flag, matches, reason, condition=condition, description=_SENTENCES[reason])


def _cheapest_first(condition: Condition) -> list[Mapping[str, Any]]:
    """Cohorts last: a property that fails spares them."""
    return sorted(condition.filters, key=lambda one: one.get("type") == "cohort")


def _variant(flag: Flag, identifier: str) -> str | None:
    at, upper = _placed(flag, identifier, "variant"), 0.0
    for key, share in flag.variants:
        upper += share / 100
        if at < upper:
            return key
    return None


def _placed(flag: Flag, identifier: str, salt: str = "") -> float:
    return place(flag.key, identifier, salt) if identifier else 0.0
