"""What an API key may do."""

from dataclasses import dataclass

INTERNAL = frozenset(
    {
        "clickhouse_test_cluster_perf",
        "interactive_run",
        "internal_run",
        "loop_context_internal",
        "mcp_builtin_agent",
        "signal_scout_internal",
        "signal_scout_report",
        "signal_scratchpad_internal",
    }
)
"""Objects that `*` does not reach (posthog/scopes.py, 2026)."""

READING = (
    "query:read",
    "project:read",
    "event_definition:read",
    "property_definition:read",
)
"""The least scopes that let hogloop answer questions."""

OBJECTS = (
    "feature_flag:read",
    "activity_log:read",
    "cohort:read",
    "experiment:read",
    "insight:read",
    "dashboard:read",
    "action:read",
    "annotation:read",
    "person:read",
    "batch_export:read",
)
"""What questions about flags, cohorts, experiments, saved work, single people and scheduled exports
need besides."""


@dataclass(frozen=True)
class Grants:
    """The scopes and projects one key carries; an empty project tuple means every project."""

    scopes: frozenset[str]
    projects: tuple[int, ...] = ()
    key_id: str = ""
    """The id of the key itself, which is no secret."""

    def covers(self, scope: str) -> bool:
        """Whether the key holds `scope`; writing an object implies reading it."""
        name, _, action = scope.partition(":")
        if scope in self.scopes or (action == "read" and f"{name}:write" in self.scopes):
            return True
        return "*" in self.scopes and name not in INTERNAL

    def missing(self, scopes: tuple[str, ...]) -> tuple[str, ...]:
        """Those of `scopes` the key lacks, in order."""
        return tuple(scope for scope in scopes if not self.covers(scope))

    def too_broad(self, project_id: int) -> str:
        """Why a key with these grants reaches further than changes in one project need; or ""."""
        if "*" in self.scopes:
            return "it has all scopes"
        if "approvals:write" in self.scopes:
            return "it can approve its own changes (approvals:write)"
        if self.projects != (project_id,):
            return "it is not limited to this project"
        return ""

    def reaches(self, project_id: int) -> bool:
        """Whether the key's own project list allows this project."""
        return not self.projects or project_id in self.projects
