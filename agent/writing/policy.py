"""The policy for changes: a file of rules that forbid; none loosens what the code asks for.

Rules are read in this order, and the first that speaks decides: read only, projects, protected,
deny, freeze, largest step, irreversible, second person. A rule that is not known stops the start.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator

from agent.errors import SettingsError
from agent.rules import read_rules
from agent.spending import Daily
from tools.changes.change import Change, Risk
from tools.changes.steps import largest_step, switched_on
from tools.toolbox import TOOLS

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class _Rules(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Match(_Rules):
    """Which changes a rule is about: names with * for any letters."""

    tool: str = "*"
    target: str = "*"
    reason: str = ""

    def fits(self, tool: str, target: str) -> bool:
        """Whether a change is one of them."""
        return fnmatchcase(tool, self.tool) and fnmatchcase(target, self.target)


class Freeze(Match):
    """Hours in which nothing that it is about may be changed; `to` may be on the next day."""

    days: tuple[str, ...] = DAYS
    since: time = Field(default=time(0, 0), alias="from")
    until: time = Field(default=time.max, alias="to")

    @field_validator("days")
    @classmethod
    def _known(cls, days: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := [day for day in days if day not in DAYS]:
            raise ValueError(f"{wrong[0]!r} is no day; days are {', '.join(DAYS)}")
        return days

    @field_validator("since", "until")
    @classmethod
    def _local(cls, at: time) -> time:
        if at.tzinfo:
            raise ValueError("hours are those of the project's time zone: write none behind them")
        return at

    def holds(self, now: datetime) -> bool:
        """Whether it is one of its hours."""
        if self.since <= self.until:
            return self._begins(now) and self.since <= now.time() <= self.until
        late = self._begins(now) and now.time() >= self.since
        return late or (self._begins(now - timedelta(days=1)) and now.time() <= self.until)

    def _begins(self, day: datetime) -> bool:
        return DAYS[day.weekday()] in self.days


class Second(Match):
    """Which changes another person than the asker has to approve."""

    by: tuple[str, ...] = ()
    """Who that may be; empty for everyone who may approve."""


class Policy(_Rules):
    """Every rule of `policy.toml`."""

    read_only: bool = False
    projects: tuple[int, ...] = ()
    """Where changes are allowed; empty for every project that the key reaches."""

    protected: tuple[str, ...] = ()
    """Names of objects that are never changed."""

    max_step: float | None = None
    """Points by which a rollout may move at once."""

    allow_irreversible: bool = False
    trusted_keys: tuple[str, ...] = ()
    """Ids of keys that may change things although they reach further than needed."""

    copy_to: tuple[int, ...] = ()
    """Projects that flags may be copied to; none without this rule."""

    deny: tuple[Match, ...] = ()
    freeze: tuple[Freeze, ...] = ()
    second_person: tuple[Second, ...] = ()
    """Changes that another person than the asker has to approve."""

    approvers: tuple[str, ...] = ()
    """Who may approve at all; empty for everyone who can."""

    people: dict[str, tuple[str, ...]] = {}
    """Other names of a person: of a user of another machine, or of one in Slack."""

    daily: Daily = Daily()
    """What one person may spend in a day with a language model."""

    allow: tuple[Match, ...] = ()
    """Changes that `--yes` may make without a person."""

    def person(self, name: str) -> str:
        """Whom a name belongs to; a name that is not listed is a person of its own."""
        found = (one for one, names in self.people.items() if name in names)
        return next(found, name)

    def one_of(self, name: str, names: tuple[str, ...]) -> bool:
        """Whether somebody is among some people, by whichever of their names; all are in none."""
        return not names or self.person(name) in map(self.person, names)


@dataclass(frozen=True)
class Verdict:
    """What the policy says of a change."""

    kind: Literal["deny", "ask", "second person"]
    reason: str
    unattended: bool = False
    """Whether `--yes` may make it."""

    by: tuple[str, ...] = ()
    """Who may approve it; empty for everyone who can."""


@dataclass(frozen=True)
class Case:
    """What a verdict depends on."""

    tool: str
    target: str
    project_id: int
    step: float = 0.0
    """Points by which the rollout moves."""

    risk: Risk = Risk.NORMAL
    copied_to: tuple[int, ...] = ()
    later: datetime | None = None
    """When PostHog makes it, where that is not now."""

    @classmethod
    def of(cls, change: Change) -> "Case":
        """The case of a change."""
        payload = change.after.get("payload") or {}
        later = payload.get("value")
        after = later if isinstance(later, dict) else change.after.get("filters")
        step = largest_step((change.before or {}).get("filters"), after)
        at = change.after.get("scheduled_at") if not change.after.get("deleted") else None
        return cls(
            change.tool,
            change.target.name,
            change.place.project_id,
            max(step, change.step, switched_on(change.before, change.after)),
            change.risk,
            tuple(change.request.body.get("target_project_ids") or ()),
            datetime.fromisoformat(at) if at else None,
        )


def load_policy(path: Path) -> Policy:
    """The policy in a file; no file is no rule, an unknown rule is an error."""
    return read_rules(path, Policy)


def judge(policy: Policy, case: Case, now: datetime) -> Verdict:
    """What the policy says, by the first rule that speaks."""
    if denied := _denied(policy, case, now):
        return Verdict("deny", denied)
    for rule in policy.second_person:
        if rule.fits(case.tool, case.target):
            why = rule.reason or "the policy asks for a second person"
            return Verdict("second person", why, by=rule.by or policy.approvers)
    unattended = any(rule.fits(case.tool, case.target) for rule in policy.allow)
    unattended = unattended and case.risk < Risk.HIGH
    return Verdict("ask", "no rule speaks against it", unattended, policy.approvers)


def _denied(policy: Policy, case: Case, now: datetime) -> str:
    """Why a change is not allowed, or ""."""
    return next(filter(None, (rule(policy, case, now) for rule in RULES)), "")


def _read_only(policy: Policy, case: Case, now: datetime) -> str:
    return "the policy is read_only" if policy.read_only else ""


def _elsewhere(policy: Policy, case: Case, now: datetime) -> str:
    known = not policy.projects or case.project_id in policy.projects
    return "" if known else f"the policy allows no changes in project {case.project_id}"


def _protected(policy: Policy, case: Case, now: datetime) -> str:
    held = [name for name in policy.protected if fnmatchcase(case.target, name)]
    return f"{case.target} is protected ({held[0]})" if held else ""


def _forbidden(policy: Policy, case: Case, now: datetime) -> str:
    for rule in policy.deny:
        if rule.fits(case.tool, case.target):
            return rule.reason or f"the policy denies {rule.tool} on {rule.target}"
    return ""


def _frozen(policy: Policy, case: Case, now: datetime) -> str:
    """A freeze holds for the moment of asking, and for the hour of what is made later."""
    later = case.later.astimezone(now.tzinfo) if case.later else None
    for rule in policy.freeze:
        if not rule.fits(case.tool, case.target):
            continue
        if rule.holds(now):
            return rule.reason or f"nothing may be changed until {rule.until:%H:%M} (freeze)"
        if later is not None and rule.holds(later):
            why = f"{later:%a %Y-%m-%d %H:%M} is in a freeze, which lasts to {rule.until:%H:%M}"
            return rule.reason or why
    return ""


def _copied(policy: Policy, case: Case, now: datetime) -> str:
    wrong = [one for one in case.copied_to if one not in policy.copy_to]
    return f"the policy names no project {wrong[0]} in copy_to" if wrong else ""


def _too_far(policy: Policy, case: Case, now: datetime) -> str:
    most = policy.max_step
    if most is None or case.step <= most:
        return ""
    return f"the rollout would move by {case.step:g} points, and the policy allows {most:g} at once"


def _final(policy: Policy, case: Case, now: datetime) -> str:
    refused = case.risk is Risk.FINAL and not policy.allow_irreversible
    return "it can't be taken back (allow_irreversible)" if refused else ""


RULES = (_read_only, _elsewhere, _copied, _protected, _forbidden, _frozen, _too_far, _final)
"""What can deny a change, in the order in which it is asked."""


def named(tool: str) -> str:
    """The name of a tool that changes something, or `SettingsError` naming those there are."""
    known = [one.name for one in TOOLS if one.writes]
    if tool not in (*known, "undo"):
        raise SettingsError(f"There is no change {tool!r}; there are {', '.join(known)}, undo.")
    return tool


def local_now(timezone: str) -> datetime:
    """Now in the project's zone, in which freezes are meant."""
    return datetime.now(ZoneInfo(timezone))


def shown(policy: Policy) -> dict[str, Any]:
    """The rules that are set, for people."""
    return policy.model_dump(exclude_defaults=True, by_alias=True, mode="json")
