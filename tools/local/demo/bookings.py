"""The bookings that come of what members want."""

from dataclasses import dataclass

import numpy as np

from tools.local.demo import clock
from tools.local.demo.catalogue import Classes, Studios
from tools.local.demo.draw import Array, choice, firsts, stream
from tools.local.demo.people import NEVER, People
from tools.local.demo.plans import FREE, PLUS, Plans, plan_held
from tools.local.demo.planted import (
    EXPERIMENT,
    lifted,
)
from tools.local.demo.visits import Visits
from tools.local.demo.wishes import Wishes

METHODS = ("card", "apple_pay", "credit", "gift_card")
CARD, APPLE_PAY, CREDIT, GIFT_CARD = range(4)
GIFT_CARDS_FROM = clock.at("2026-05-11")


@dataclass(frozen=True)
class Bookings:
    """The bookings; one row each."""

    visit: Array
    person: Array
    cls: Array
    method: Array
    first: Array
    days_ahead: Array
    class_date: Array
    cancelled: Array
    """When it is cancelled, else NEVER."""
    attended: Array

    def paid(self) -> Array:
        """Return a mask of the bookings that money was taken for."""
        return self.method <= APPLE_PAY


def bookings(
    population: People,
    subscriptions: Plans,
    sessions: Visits,
    wanted: Wishes,
    on_sale: Classes,
    hosts: Studios,
    test: Array,
    seed: int,
) -> Bookings:
    """Return the bookings in the order of their sessions."""
    rng = stream(seed, "bookings")
    visit = np.flatnonzero(wanted.books)
    person, start = sessions.person[visit], sessions.start[visit]
    cls = _chosen(rng, population, on_sale, hosts, person, start)
    ahead = 1 + choice(rng, [30, 22, 14, 9, 7, 6, 5, 3, 2, 1, 1], len(visit))
    day = start // clock.DAY + ahead
    date = clock.hours_of(rng, day) // (30 * clock.MINUTE) * 30 * clock.MINUTE
    date = np.maximum(date, day * clock.DAY + 6 * clock.HOUR)
    plan = plan_held(subscriptions, population, person, start)
    cancel = start + 2 * clock.HOUR
    cancel += (rng.random(len(visit)) * (date - cancel - clock.HOUR)).astype(np.int64)
    gone = (rng.random(len(visit)) < 0.085) & (cancel < clock.LATEST_START)
    gone = _cancellations(rng, sessions, wanted, test, (person, start, cancel), gone)
    over = date + on_sale.minutes[cls] * clock.MINUTE < clock.NOW
    return Bookings(
        visit=visit,
        person=person,
        cls=cls,
        method=_methods(rng, population, plan, person, start),
        first=firsts(person),
        days_ahead=ahead,
        class_date=date,
        cancelled=np.where(gone, cancel, NEVER),
        attended=~gone & over & (rng.random(len(visit)) < 0.94),
    )


def chosen_classes(
    rng: np.random.Generator,
    population: People,
    on_sale: Classes,
    hosts: Studios,
    person: Array,
    start: Array,
    weights: Array,
) -> Array:
    """Return a class in each person's city that is on sale at that time."""
    place, day = population.place[person], start // clock.DAY
    cls = np.zeros(len(person), dtype=np.int64)
    by_age = np.argsort(on_sale.published, kind="stable")
    for one in np.unique(place):
        rows = np.flatnonzero(place == one)
        local = by_age[hosts.place[on_sale.studio[by_age]] == one]
        for choices in (by_age, local):
            ready = np.searchsorted(on_sale.published[choices], day[rows], side="right")
            rows, ready = rows[ready > 0], ready[ready > 0]
            edges = np.cumsum(weights[choices])
            drawn = rng.random(len(rows)) * edges[ready - 1]
            cls[rows] = choices[np.searchsorted(edges, drawn, side="right")]
    return cls


def _chosen(
    rng: np.random.Generator,
    population: People,
    on_sale: Classes,
    hosts: Studios,
    person: Array,
    start: Array,
) -> Array:
    args = (rng, population, on_sale, hosts)
    cls = chosen_classes(*args, person, start, on_sale.booked)
    everybody = np.arange(len(population))
    since = np.minimum(population.signup, clock.NOW)
    usual = chosen_classes(*args, everybody, since, on_sale.booked)
    return np.where(rng.random(len(person)) < 0.45, usual[person], cls)


def _methods(
    rng: np.random.Generator, population: People, plan: Array, person: Array, start: Array
) -> Array:
    count = len(person)
    apple = population.iphone[person] & (rng.random(count) < 0.5)
    method = np.where(apple, APPLE_PAY, CARD)
    method[(start >= GIFT_CARDS_FROM) & (rng.random(count) < 0.05)] = GIFT_CARD
    method[(plan > PLUS) | ((plan == PLUS) & (rng.random(count) < 0.35))] = CREDIT
    method[(plan == FREE) & (rng.random(count) < 0.02)] = CREDIT
    return method


def _cancellations(
    rng: np.random.Generator,
    sessions: Visits,
    wanted: Wishes,
    test: Array,
    booked: tuple[Array, Array, Array],
    gone: Array,
) -> Array:
    """Return who cancels, with the experiment's guardrail planted."""
    person, start, cancel = booked
    inside = sessions.within(*EXPERIMENT) & wanted.member & (wanted.views > 0)
    exposed = np.unique(sessions.person[inside & (test[sessions.person] >= 0)])
    counted = (cancel >= EXPERIMENT[0]) & (cancel < EXPERIMENT[1]) & np.isin(person, exposed)
    possible = counted & (start >= EXPERIMENT[0])
    natural = np.isin(exposed, person[gone & possible])
    able = np.isin(exposed, person[possible])
    cancels = exposed[lifted(rng, natural, able, test[exposed], 0.015)]
    rows = np.flatnonzero(possible & np.isin(person, cancels))
    gone = gone & ~counted
    gone[rows[firsts(person[rows])]] = True
    return gone
