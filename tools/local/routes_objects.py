"""The routes of everything that people save, and of the rows that are objects themselves."""

from tools.local import routes_cohort_people, routes_cohorts

ROUTES = (
    *routes_cohorts.ROUTES,
    *routes_cohort_people.ROUTES,
)
