"""The iOS and Android apps: their versions, their starts, and signing in."""

from collections.abc import Iterator

import numpy as np

from tools.local.demo import clock
from tools.local.demo.batch import Batch, in_session, page
from tools.local.demo.draw import Array
from tools.local.demo.people import IOS_APP, METHODS
from tools.local.demo.text import pick
from tools.local.demo.world import World

VERSIONS = (
    ("7.0.0", "2025-08-04"), ("7.0.1", "2025-10-13"), ("7.1.0", "2025-12-01"),
    ("7.2.0", "2026-03-16"), ("7.2.1", "2026-05-04"), ("7.3.0", "2026-07-06"),
    ("7.3.1", "2026-09-14"), ("7.4.0", "2026-11-09T09:00:00"),
)  # fmt: skip
VERSION_NAMES = [name for name, _ in VERSIONS]


def apps(world: World) -> Iterator[Batch]:
    """Yield the starts of the apps and the sign-ins."""
    rng, sessions = world.rng("app"), world.sessions
    visit = np.flatnonzero(sessions.platform >= IOS_APP)
    version = app_version(world, visit)
    yield in_session(
        world, "app_opened", visit, 0.1, pick("app_version", VERSION_NAMES, version), path=page("/")
    )
    in_time = visit[np.lexsort((sessions.start[visit], sessions.person[visit]))]
    _, first = np.unique(sessions.person[in_time], return_index=True)
    new = in_time[first]
    yield in_session(
        world, "app_installed", new, 0.0,
        pick("app_version", VERSION_NAMES, app_version(world, new)),
        pick("store", ("app_store", "play"), sessions.platform[new] - IOS_APP), path=page("/"),
    )  # fmt: skip
    known = np.flatnonzero(sessions.start > world.population.signup[sessions.person] + clock.HOUR)
    share = np.where(sessions.platform[known] < IOS_APP, 0.3, 0.1)
    back = known[rng.random(len(known)) < share]
    method = world.population.method[sessions.person[back]]
    yield in_session(world, "logged_in", back, 2.0, pick("method", METHODS, method))


def app_version(world: World, visit: Array) -> Array:
    """Return the app version used in each session; 7.4.0 came out on iOS alone."""
    released = np.array([clock.at(day) for _, day in VERSIONS])
    usable = world.sessions.start[visit] - world.population.update_lag[world.sessions.person[visit]]
    newest = np.maximum(np.searchsorted(released, usable, side="right") - 1, 0)
    android = world.sessions.platform[visit] > IOS_APP
    return np.where(android, np.minimum(newest, len(VERSIONS) - 2), newest)
