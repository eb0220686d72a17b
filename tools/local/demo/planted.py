"""The planted facts that change who books, pays and cancels; arrays are changed in place."""

import numpy as np

from tools.local.demo import clock
from tools.local.demo.draw import Array, firsts
from tools.local.demo.people import CHANNELS, IOS_APP, MOBILE_WEB, People
from tools.local.demo.visits import DECEMBER, JANUARY, Visits

EXPERIMENT = (clock.at("2026-06-01"), clock.at("2026-07-13"))
TOKEN_FAULT = (clock.at("2026-11-10"), clock.at("2026-11-12"))
BEFORE_FAULT = (clock.at("2026-10-27"), clock.at("2026-11-10"))
NEWEST_IOS = clock.at("2026-11-09T09:00:00")
_TOTAL = 0.9
"""What becomes of the share of sessions that book, from December to January."""


def january_lift(rng: np.random.Generator, sessions: Visits, able: Array, books: Array) -> None:
    """Make bookings per session rise in every channel from December to January."""
    lift = _lift(sessions, books)
    for channel in range(len(CHANNELS)):
        before = sessions.within(*DECEMBER) & (sessions.channel == channel)
        after = sessions.within(*JANUARY) & (sessions.channel == channel)
        sizes = max(1, before.sum()), max(1, after.sum())
        most = (after & able).sum() * 3 // 4 / lift / sizes[1] * sizes[0]
        _set(rng, books, before & able, min(books[before].sum(), int(most)))
        wanted = int(books[before].sum() / sizes[0] * lift * after.sum()) + 1
        _set(rng, books, after & able, wanted)


def _lift(sessions: Visits, books: Array) -> float:
    """Return how much every channel can rise while the shift between them lowers the total."""
    before, after = sessions.within(*DECEMBER), sessions.within(*JANUARY)
    seen = np.bincount(sessions.channel[before], minlength=len(CHANNELS))
    booked = np.bincount(sessions.channel[before & books], minlength=len(CHANNELS))
    rates = booked / np.maximum(seen, 1)
    shifted = rates[sessions.channel[after]].sum() / max(1, after.sum())
    shifted /= max(booked.sum(), 1) / max(seen.sum(), 1)
    return float(np.clip(_TOTAL / max(shifted, 0.01), 1.02, 1.1))


def conversions(
    rng: np.random.Generator, sessions: Visits, exposing: Array, books: Array, test: Array
) -> None:
    """Make the test arm of new-booking-flow book six points more often than control."""
    inside = sessions.within(*EXPERIMENT)
    rows = np.flatnonzero(inside & exposing)
    rows = rows[firsts(sessions.person[rows])]
    exposed = sessions.person[rows]
    natural = np.isin(exposed, sessions.person[inside & books])
    wanted = lifted(rng, natural, np.ones(len(exposed), dtype=bool), test[exposed], 0.06)
    books[inside & np.isin(sessions.person, exposed[~wanted])] = False
    books[rows[wanted & ~natural]] = True


def failures(
    rng: np.random.Generator, population: People, sessions: Visits, able: Array, fails: Array
) -> tuple[Array, Array]:
    """Return the failures by the expired token, and a mask of the sessions that cannot pay.

    Nine times the usual number comes out whole when a week's worth does: two weeks get a
    multiple of seven failures.
    """
    ios = on_ios(population, sessions)
    before = sessions.within(*BEFORE_FAULT) & ios & able
    usual = max(7, -(-int(fails[before].sum()) // 7) * 7)
    spare = rng.permutation(np.flatnonzero(before & (fails == 0)))
    fails[spare[: usual - fails[before].sum()]] = 1
    during = sessions.within(*TOKEN_FAULT)
    newest = sessions.start >= NEWEST_IOS + population.update_lag[sessions.person]
    around = sessions.within(TOKEN_FAULT[0] - clock.HOUR, TOKEN_FAULT[1])
    unable = around & able & (sessions.platform == IOS_APP) & newest
    fails[unable] = 0
    surplus = 9 * usual // 7 - fails[during & ios].sum()
    hit = np.flatnonzero(unable & during & (sessions.start < TOKEN_FAULT[1] - clock.HOUR))
    expired = np.zeros(len(sessions), dtype=np.int64)
    expired[hit] = np.bincount(np.arange(surplus) % len(hit), minlength=len(hit))
    fails += expired
    return expired, unable


def on_ios(population: People, sessions: Visits) -> Array:
    """Return a mask of the sessions on an iPhone, in the app or on the web."""
    on_phone = (sessions.platform == MOBILE_WEB) & population.iphone[sessions.person]
    ios: Array = (sessions.platform == IOS_APP) | on_phone
    return ios


def lifted(rng: np.random.Generator, natural: Array, able: Array, test: Array, gap: float) -> Array:
    """Choose persons so that the test arm's share is `gap` above control's."""
    chosen = natural & able
    for arm, half in ((0, -gap / 2), (1, gap / 2)):
        wanted = round((natural.mean() + half) * (test == arm).sum())
        _set(rng, chosen, able & (test == arm), wanted)
    return chosen


def _set(rng: np.random.Generator, mask: Array, able: Array, wanted: int) -> None:
    """Make exactly `wanted` of the able places true, keeping those that are."""
    places = np.flatnonzero(able)
    order = np.argsort(~mask[places] + rng.random(len(places)) / 2)
    mask[places] = False
    mask[places[order[:wanted]]] = True
