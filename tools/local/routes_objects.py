"""The routes of everything that people save, and of the rows that are objects themselves."""

from tools.local import (
    routes_actions,
    routes_activity_log,
    routes_annotations,
    routes_batch_export_runs,
    routes_batch_exports,
    routes_cohort_people,
    routes_cohorts,
    routes_dashboards,
    routes_events,
    routes_experiments,
    routes_exports,
    routes_file_downloads,
    routes_groups,
    routes_insight_variables,
    routes_insights,
    routes_persons,
)

ROUTES = (
    *routes_actions.ROUTES,
    *routes_activity_log.ROUTES,
    *routes_annotations.ROUTES,
    *routes_batch_exports.ROUTES,
    *routes_batch_export_runs.ROUTES,
    *routes_cohorts.ROUTES,
    *routes_cohort_people.ROUTES,
    *routes_dashboards.ROUTES,
    *routes_events.ROUTES,
    *routes_experiments.ROUTES,
    *routes_exports.ROUTES,
    *routes_file_downloads.ROUTES,
    *routes_groups.ROUTES,
    *routes_insights.ROUTES,
    *routes_insight_variables.ROUTES,
    *routes_persons.ROUTES,
)
