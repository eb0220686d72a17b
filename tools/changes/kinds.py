"""The kinds of objects that can be changed: where they are, and which of their fields count.

A field counts when a person can change it. What PostHog counts or works out by itself, such as the
size of a cohort or when a flag was last called, moves without anybody having changed anything.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tools.changes.change import Change, Fields, differing
from tools.client import PostHog
from tools.errors import NotFound

Stored = Mapping[str, Any]
COUNTERS = frozenset({"version"})
"""Fields that move with every change."""


@dataclass(frozen=True)
class Kind:
    """One kind of object."""

    name: str
    """As people say it: feature flag."""

    route: str
    """Its list under the project."""

    scope: str
    """What changing it needs."""

    fields: tuple[str, ...]
    """Those that people change."""

    label: str = "name"
    """The field that people know it by."""

    page: str = ""
    """Its page in PostHog, under /project/ID/."""

    named_once: bool = False
    """Whether PostHog takes each name only once."""

    def guarded(self, body: Stored) -> dict[str, Any]:
        """The fields that count, as they were read."""
        return {name: _plain(body[name]) for name in self.fields if name in body}

    def read(self, posthog: PostHog, number: int | str) -> Stored | None:
        """The object as it is; None when it is not there any more."""
        try:
            return posthog.read(f"{self.route}{number}/")
        except NotFound:
            return None

    def made_by(self, posthog: PostHog, change: Change) -> Iterator[Stored]:
        """Objects that may have come of a change that makes one: they are as it wanted."""
        for body in posthog.pages(self.route, search=change.target.name[:200]):
            if not unlike(change.after, self.guarded(body)):
                yield body


def _plain(value: Any) -> Any:
    """A value without what PostHog only adds when it shows it."""
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items() if name != "cohort_name"}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


FLAG = Kind(
    "feature flag",
    "feature_flags/",
    "feature_flag:write",
    (
        "key", "name", "filters", "active", "archived", "deleted", "tags", "version",
        "ensure_experience_continuity", "is_remote_configuration", "has_encrypted_payloads",
        "evaluation_runtime", "bucketing_identifier",
    ),
    label="key",
    page="feature_flags",
    named_once=True,
)  # fmt: skip
COHORT = Kind(
    "cohort",
    "cohorts/",
    "cohort:write",
    ("name", "description", "filters", "query", "is_static", "deleted"),
    page="cohorts",
)
INSIGHT = Kind(
    "insight",
    "insights/",
    "insight:write",
    ("name", "description", "query", "dashboards", "tags", "favorited", "saved", "deleted"),
    page="insights",
)
DASHBOARD = Kind(
    "dashboard",
    "dashboards/",
    "dashboard:write",
    ("name", "description", "pinned", "tags", "deleted"),
    page="dashboard",
)
ANNOTATION = Kind(
    "annotation",
    "annotations/",
    "annotation:write",
    ("content", "date_marker", "scope", "dashboard_item", "deleted"),
    label="content",
    page="data-management/annotations",
)
EXPERIMENT = Kind(
    "experiment",
    "experiments/",
    "experiment:write",
    (
        "name", "description", "start_date", "end_date", "archived", "deleted", "conclusion",
        "conclusion_comment", "feature_flag_key", "parameters", "metrics", "metrics_secondary",
    ),
    page="experiments",
)  # fmt: skip
KINDS = {kind.name: kind for kind in (FLAG, COHORT, INSIGHT, DASHBOARD, ANNOTATION, EXPERIMENT)}


def kind_of(change: Change) -> Kind:
    """The kind of a change's target."""
    return KINDS[change.target.kind]


def fields_of(change: Change, body: Stored | None) -> Fields:
    """The guarded fields of what was read."""
    return kind_of(change).guarded(body) if body is not None else {}


def unlike(wanted: Fields, now: Fields) -> tuple[str, ...]:
    """The paths at which what was read is not as wanted; counters move by themselves."""
    found: list[str] = []
    for name, value in wanted.items():
        if name not in COUNTERS:
            found += [
                path for path, _, _ in differing(_known(value, now.get(name)), now.get(name), name)
            ]
    return tuple(found)


def _known(wanted: Any, now: Any) -> Any:
    """What is wanted, with the empty fields that PostHog adds to objects it stores."""
    if isinstance(wanted, Mapping) and isinstance(now, Mapping):
        added = {k: v for k, v in now.items() if k not in wanted and v in (None, [], {}, "")}
        return {**{k: _known(v, now.get(k)) for k, v in wanted.items()}, **added}
    if isinstance(wanted, list) and isinstance(now, list) and len(wanted) == len(now):
        return [_known(*pair) for pair in zip(wanted, now, strict=True)]
    return wanted
