"""The kinds of objects that can be changed: where they are, and which of their fields count.

A field counts when a person can change it. What PostHog counts or works out by itself, such as the
size of a cohort or when a flag was last called, moves without anybody having changed anything.

Who is in a static cohort is no field of it. A change of members has a field `members` that says of
each person it is about, and of nobody else, whether they are in it; it is read with a query.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from tools.changes.alike import unlike, without
from tools.changes.change import Change, Fields
from tools.client import PostHog
from tools.errors import NotFound
from tools.literals import literal
from tools.query import select

Stored = Mapping[str, Any]
ADDED = frozenset({"cohort_name", "bytecode", "bytecode_error", "conditionHash"})
"""What PostHog adds to filters when it keeps or shows them."""

PATIENCE = 5
"""How often members are read until they are as they should be."""


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
    """Whether each name is taken only once, by PostHog or by hogloop."""

    unordered: tuple[str, ...] = ()
    """Fields that are lists whose order says nothing."""

    hides_deleted: bool = False
    """Whether PostHog answers for a deleted one as if it had never been."""

    destroyed: bool = False
    """Whether deleting is for good, with a request of its own."""

    cancelled: bool = False
    """Whether taking it away means to cancel it."""

    within: bool = False
    """Whether it belongs to another object, whose route its own goes on from."""

    ignored: frozenset[str] = ADDED
    """Names within fields that do not count."""

    address: str = "id"
    """The field that its page is named by."""

    @property
    def at_once(self) -> bool:
        """Whether reading tells right away what was written."""
        return True

    def about(self, change: Change) -> Self:
        """The kind as it is read for one change."""
        copied = change.request.body.get("target_project_ids")
        whose = change.request.path.partition(self.route)[0] if self.within else ""
        whose = f"/api/projects/{copied[0]}/" if copied else whose
        return replace(self, route=f"{whose}{self.route}")

    def guarded(self, body: Stored) -> dict[str, Any]:
        """The fields that count, as they were read."""
        found = {n: without(body[n], self.ignored) for n in self.fields if n in body}
        return found | {name: sorted(found[name] or ()) for name in self.unordered if name in found}

    def read(self, posthog: PostHog, number: int | str) -> Stored | None:
        """The object as it is; None when it is not there any more."""
        try:
            body = posthog.read(f"{self.route}{number}/")
            gone = {"deleted": body.get("status") == "Cancelled"} if self.cancelled else {}
            return {**body, **gone}
        except NotFound:
            return {"id": number, "deleted": True} if self.hides_deleted else None

    def read_back(self, posthog: PostHog, number: int | str, wanted: Fields) -> Stored | None:
        """The object after a change."""
        return self.read(posthog, number)

    def made_by(self, posthog: PostHog, change: Change) -> Iterator[Stored]:
        """Objects that may have come of a change that makes one: they are as it wanted."""
        for body in posthog.pages(self.route, search=change.target.name[:200]):
            ended = self.cancelled and body.get("status") == "Cancelled"
            if not ended and not unlike(change.after, self.guarded(body)):
                yield body


@dataclass(frozen=True)
class CohortKind(Kind):
    """Cohorts, whose members PostHog keeps apart and takes a moment to show as they were set."""

    people: tuple[str, ...] = ()
    """Ids of the persons whose membership counts."""

    def of(self, people: Iterable[str]) -> Self:
        """The same, with these people."""
        return replace(self, people=tuple(people))

    def about(self, change: Change) -> Self:
        """Cohorts with the people that a change is about."""
        return self.of(change.after.get("members") or ())

    @property
    def at_once(self) -> bool:
        """Whether nobody's membership counts."""
        return not self.people

    def read(self, posthog: PostHog, number: int | str) -> Stored | None:
        """The cohort, and which of the people are in it."""
        body = super().read(posthog, number)
        return self._whole(posthog, body) if body is not None else None

    def read_back(self, posthog: PostHog, number: int | str, wanted: Fields) -> Stored | None:
        """The cohort once its members read as wanted, or as they read in the end."""
        body = self.read(posthog, number)
        for _ in range(PATIENCE if self.people else 0):
            if body is None or not unlike(wanted, self.guarded(body)):
                break
            posthog.wait(1.0)
            body = self.read(posthog, number)
        return body

    def made_by(self, posthog: PostHog, change: Change) -> Iterator[Stored]:
        """The cohorts that are as wanted, whoever is in them yet."""
        wanted = {name: one for name, one in change.after.items() if name != "members"}
        for body in posthog.pages(self.route, search=change.target.name[:200]):
            if not unlike(wanted, self.guarded(body)):
                yield self._whole(posthog, body)

    def _whole(self, posthog: PostHog, body: Stored) -> Stored:
        if not self.people:
            return body
        found = select(
            posthog,
            "SELECT DISTINCT toString(person_id) FROM static_cohort_people WHERE cohort_id = "
            f"{int(body['id'])} AND person_id IN ({', '.join(map(literal, self.people))})",
            len(self.people),
        )
        inside = {str(row[0]) for row in found.rows}
        return {**body, "members": {one: one in inside for one in self.people}}


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
COHORT = CohortKind(
    "cohort",
    "cohorts/",
    "cohort:write",
    ("name", "description", "filters", "query", "is_static", "deleted", "members"),
    page="cohorts",
    named_once=True,
)
INSIGHT = Kind(
    "insight",
    "insights/",
    "insight:write",
    (
        "name", "description", "query", "dashboards", "tags", "favorited", "saved", "deleted",
        "short_id",
    ),
    page="insights",
    unordered=("dashboards", "tags"),
    hides_deleted=True,
    ignored=frozenset({"version"}),
    address="short_id",
)  # fmt: skip
DASHBOARD = Kind(
    "dashboard",
    "dashboards/",
    "dashboard:write",
    ("name", "description", "pinned", "tags", "deleted"),
    page="dashboard",
    unordered=("tags",),
    hides_deleted=True,
)
ANNOTATION = Kind(
    "annotation",
    "annotations/",
    "annotation:write",
    ("content", "date_marker", "scope", "dashboard_item", "deleted"),
    label="content",
    page="data-management/annotations",
    hides_deleted=True,
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
SCHEDULED = Kind(
    "scheduled change",
    "scheduled_changes/",
    "feature_flag:write",
    ("record_id", "model_name", "payload", "scheduled_at", "executed_at", "deleted"),
    hides_deleted=True,
    destroyed=True,
)
BATCH_EXPORT = Kind(
    "batch export",
    "batch_exports/",
    "batch_export:write",
    ("name", "model", "interval", "destination", "paused", "start_at", "end_at", "deleted"),
    page="pipeline/batch-exports",
    named_once=True,
    hides_deleted=True,
    destroyed=True,
)
BACKFILL = Kind(
    "backfill",
    "backfills/",
    "batch_export:write",
    ("start_at", "end_at", "deleted"),
    destroyed=True,
    cancelled=True,
    within=True,
)
COPIED = replace(
    FLAG, name="copy of a feature flag", fields=("key", "active", "deleted"), page="", within=True
)
KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        *(FLAG, COHORT, INSIGHT, DASHBOARD, ANNOTATION, EXPERIMENT, SCHEDULED),
        *(BATCH_EXPORT, BACKFILL, COPIED),
    )
}


def kind_of(change: Change) -> Kind:
    """The kind of a change's target, as the change has to read it."""
    return KINDS[change.target.kind].about(change)


def fields_of(change: Change, body: Stored | None) -> Fields:
    """The guarded fields of what was read; a deletion that hides its object left it as it was."""
    if body is None:
        return {}
    if is_hidden(body) and change.after.get("deleted"):
        return {**(change.before or {}), **change.after}
    return kind_of(change).guarded(body)


def is_hidden(body: Stored) -> bool:
    """Whether of an object no more is known than that it is not shown."""
    return set(body) == {"id", "deleted"}


def page_of(change: Change, now: Fields, number: int | str | None) -> str:
    """The path of an object's page on the host, "" where it has none."""
    kind = kind_of(change)
    name = number if kind.address == "id" else now.get(kind.address)
    if not kind.page or not name or now.get("deleted"):
        return ""
    return f"/project/{change.place.project_id}/{kind.page}/{name}"
