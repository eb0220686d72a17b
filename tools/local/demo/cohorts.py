"""The members of the static cohorts."""

import numpy as np
import pyarrow as pa

from tools.local.demo import clock
from tools.local.demo.draw import Array
from tools.local.demo.origins import ORIGINS
from tools.local.demo.timeline import Timeline
from tools.local.demo.visits import SIGNUP
from tools.local.demo.world import World

BETA_TESTERS, NEW_YEAR = 6, 8


def cohort_rows(world: World, told: Timeline, origin: Array) -> pa.Table:
    """Return the table `cohort_people`."""
    beta = np.flatnonzero(world.flags.beta & ~world.population.internal)
    new_year = _new_year(world, told, origin)
    person = np.concatenate([beta, new_year])
    cohort = np.repeat([BETA_TESTERS, NEW_YEAR], [len(beta), len(new_year)])
    return pa.table(
        {
            "cohort_id": pa.array(cohort.astype(np.uint32)),
            "person_id": world.population.id.take(pa.array(person)),
            "version": pa.array(np.zeros(len(person), np.uint32)),
        }
    )


def _new_year(world: World, told: Timeline, origin: Array) -> Array:
    rows = np.flatnonzero(told.rows_of("signed_up"))
    begin, end = clock.at("2026-01-01"), clock.at("2026-02-01")
    rows = rows[(told.moment[rows] >= begin) & (told.moment[rows] < end)]
    campaign = [place for place, one in enumerate(ORIGINS) if one.campaign == "newyear26"]
    visit = told.visit[rows]
    came = np.isin(origin[visit], campaign) & (world.sessions.purpose[visit] == SIGNUP)
    person: Array = told.person[rows[came]]
    return person
