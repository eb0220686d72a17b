"""Everything the events are told from: persons, plans, sessions, wishes, bookings."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tools.local.demo import clock
from tools.local.demo.bookings import Bookings, bookings, chosen_classes
from tools.local.demo.catalogue import Classes, Companies, Studios, classes, companies, studios
from tools.local.demo.draw import Array, firsts, stream
from tools.local.demo.flags import rolled_out, variant
from tools.local.demo.people import MEMBER, NEVER, ROLE_OWNER, People, people
from tools.local.demo.plans import Plans, plans
from tools.local.demo.visits import DIRECT, UNBOOK, Visits, together, visits
from tools.local.demo.wishes import Wishes, wishes

BOOKING_FLOW = ("control", "test")
RECOMMENDATIONS = ("control", "collab", "llm")
BETA_TESTERS = 41


@dataclass(frozen=True)
class Flags:
    """The value of each flag for each person: a variant's position, or 1 and 0; -1 for no value."""

    booking_flow: Array
    recommendations: Array
    apple_pay: Array
    beta: Array


@dataclass(frozen=True)
class World:
    """The demo's world of one scale and seed."""

    seed: int
    scale: float
    firms: Companies
    hosts: Studios
    on_sale: Classes
    population: People
    subscriptions: Plans
    sessions: Visits
    """The sessions by person and time, then those for cancelling a booking."""
    wanted: Wishes
    booked: Bookings
    flags: Flags

    def rng(self, name: str) -> np.random.Generator:
        """Return the random stream of that name."""
        return stream(self.seed, name)

    @cached_property
    def has_country(self) -> Array:
        """True for the 97 % of persons whose country is known, busy and calm ones alike."""
        busy = np.bincount(self.sessions.person, minlength=len(self.population))
        alike = np.argsort(busy, kind="stable")[::-1][: len(busy) // 33 * 33].reshape(-1, 33)
        apart = np.abs(busy[alike] - busy[alike].mean(axis=1, keepdims=True))
        typical = np.where(self.population.named[alike] >= 0, np.inf, apart).argmin(axis=1)
        known = np.ones(len(busy), dtype=bool)
        known[alike[np.arange(len(alike)), typical]] = False
        return known

    @cached_property
    def first_visit(self) -> Array:
        """Position of each person's first session, -1 for none."""
        first = np.full(len(self.population), -1)
        rows = np.arange(len(self.wanted.views))
        rows = rows[firsts(self.sessions.person[rows])]
        first[self.sessions.person[rows]] = rows
        return first

    @cached_property
    def focus(self) -> Array:
        """The class each session is about: the one booked, else one viewed."""
        cls = self.viewed_class(self.rng("focus"), np.arange(len(self.sessions)))
        cls[self.booked.visit] = self.booked.cls
        return cls

    def viewed_class(self, rng: np.random.Generator, visit: Array) -> Array:
        """Return a class that the person might look at in each of these sessions."""
        person, start = self.sessions.person[visit], self.sessions.start[visit]
        return chosen_classes(
            rng, self.population, self.on_sale, self.hosts, person, start, self.on_sale.viewed
        )

    def next_visit(self, person: Array, moment: Array) -> Array:
        """Return the position of each person's next browsing session, -1 for none."""
        count = len(self.wanted.views)
        keys = _keys(self.sessions.person[:count], self.sessions.start[:count])
        found = np.minimum(np.searchsorted(keys, _keys(person, moment)), count - 1)
        same = (self.sessions.person[found] == person) & (self.sessions.start[found] >= moment)
        return np.where(same, found, -1)


def world(scale: float, seed: int) -> World:
    """Return the world of that scale and seed."""
    firms, hosts = companies(scale, seed), studios(scale, seed)
    on_sale, population = classes(hosts, seed), people(scale, seed, firms, hosts)
    subscriptions = plans(population, firms, seed)
    sessions = visits(population, subscriptions, scale, seed)
    flags = _flags(population, sessions, seed)
    wanted = wishes(population, sessions, flags.booking_flow, seed)
    booked = bookings(
        population, subscriptions, sessions, wanted, on_sale, hosts, flags.booking_flow, seed
    )
    return World(
        seed=seed,
        scale=scale,
        firms=firms,
        hosts=hosts,
        on_sale=on_sale,
        population=population,
        subscriptions=subscriptions,
        sessions=together(sessions, _unbooking(population, booked)),
        wanted=wanted,
        booked=booked,
        flags=flags,
    )


def _flags(population: People, sessions: Visits, seed: int) -> Flags:
    ids = population.user_ids()
    members = (population.kind == MEMBER) & ~population.internal
    enrolled = members & rolled_out("smart-recommendations", ids, 20)
    busy = np.bincount(sessions.person, minlength=len(population))
    score = np.where(members, busy + 10**6 * (population.role == ROLE_OWNER), -1)
    beta = np.zeros(len(population), dtype=bool)
    beta[np.argsort(-score, kind="stable")[:BETA_TESTERS]] = True
    return Flags(
        booking_flow=np.where(members, variant("new-booking-flow", ids, [50, 50]), -1),
        recommendations=np.where(enrolled, variant("smart-recommendations", ids, [34, 33, 33]), -1),
        apple_pay=np.where(population.iphone, rolled_out("ios-apple-pay", ids, 25), 0),
        beta=beta | population.internal,
    )


def _unbooking(population: People, booked: Bookings) -> Visits:
    link = np.flatnonzero(booked.cancelled < NEVER)
    person, count = booked.person[link], len(link)
    return Visits(
        person=person,
        start=booked.cancelled[link],
        purpose=np.full(count, UNBOOK),
        platform=population.platform[person],
        channel=np.full(count, DIRECT),
        link=link,
    )


def _keys(person: Array, moment: Array) -> Array:
    seconds = np.minimum(moment - clock.FROM, 2**26 * clock.SECOND) // clock.SECOND
    keys: Array = (person << 27) + seconds
    return keys
