"""The sessions: when each person came, on what, through which channel, and what for."""

from dataclasses import dataclass, fields

import numpy as np

from tools.local.demo import clock
from tools.local.demo.draw import Array, choice, stream
from tools.local.demo.people import (
    BOT,
    CHANNELS,
    DESKTOP,
    HOLIDAY,
    IOS_APP,
    MEMBER,
    MOBILE_WEB,
    NEVER,
    NEW_YEAR,
    PAID_SOCIAL,
    VISITOR,
    People,
)
from tools.local.demo.plans import Plans

BROWSE, SIGNUP, TRIAL, SUBSCRIBE, CHANGE, CANCEL, UNBOOK, SCRAPE, FORCED = range(9)
DIRECT, EMAIL = CHANNELS.index("Direct"), CHANNELS.index("Email")
DECEMBER, JANUARY = (clock.at("2025-12-01"), clock.at("2026-01-01")), (
    clock.at("2026-01-01"),
    clock.at("2026-02-01"),
)  # fmt: skip
FORCED_VISITS = (
    (0, DESKTOP, "2026-10-02T17:20:00"),
    (0, DESKTOP, "2026-10-19T20:10:00"),
    (1, IOS_APP, "2026-11-10T08:15:00"),
    (2, IOS_APP, "2026-11-11T18:40:00"),
)
_RATES = np.array([3.6, 1.5, 0.55, 2.2])
_LIVES = np.array([500, 240, 150, 16])
_RETURNING = [44, 17, 7, 5, 4, 17, 6]


@dataclass(frozen=True)
class Visits:
    """One row a session."""

    person: Array
    start: Array
    purpose: Array
    platform: Array
    channel: Array
    link: Array
    """Position of the subscription or booking that the session is about, else -1."""

    def __len__(self) -> int:
        """Return how many sessions there are."""
        return len(self.person)

    def where(self, mask: Array) -> "Visits":
        """Return the sessions the mask or order chooses."""
        return Visits(**{field.name: getattr(self, field.name)[mask] for field in fields(self)})

    def within(self, begin: int, end: int) -> Array:
        """Return a mask of the sessions that start in that time."""
        return (self.start >= begin) & (self.start < end)

    def month(self) -> Array:
        """Return the month of each session, counted from 1970."""
        return self.start.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)


def together(*parts: Visits) -> Visits:
    """Return sessions one after the other."""
    return Visits(
        **{
            field.name: np.concatenate([getattr(part, field.name) for part in parts])
            for field in fields(Visits)
        }
    )


def visits(population: People, subscriptions: Plans, scale: float, seed: int) -> Visits:
    """Return all sessions but those that follow from a booking, by person and time."""
    rng = stream(seed, "visits")
    made = together(
        _arrivals(rng, population),
        _activity(rng, population, subscriptions, round(73_300 * scale)),
        _money(subscriptions, population),
        _forced(population),
    )
    made = _apart(made)
    made = together(made, _new_year(rng, population, made))
    return made.where(np.lexsort((made.start, made.person)))


def _arrivals(rng: np.random.Generator, population: People) -> Visits:
    members = np.flatnonzero(population.kind == MEMBER)
    early = members[population.first_visit[members] < population.signup[members]]
    strangers = np.flatnonzero((population.kind == VISITOR) | (population.kind == HOLIDAY))
    bots = np.flatnonzero(population.kind == BOT)
    again = strangers[rng.random(len(strangers)) < 0.22]
    later = population.first_visit[again] + rng.integers(clock.DAY, 9 * clock.DAY, len(again))
    again, later = again[later < clock.LATEST_START], later[later < clock.LATEST_START]
    in_app = np.where(
        rng.random(len(members)) < 0.35, population.platform[members], _web(population)[members]
    )
    return together(
        _rows(population, members, population.signup[members], SIGNUP, in_app),
        _rows(population, early, population.first_visit[early], BROWSE),
        _rows(population, strangers, population.first_visit[strangers], BROWSE),
        _rows(population, again, later, BROWSE),
        _rows(population, bots, population.first_visit[bots], SCRAPE, np.full(len(bots), DESKTOP)),
    )


def _activity(
    rng: np.random.Generator, population: People, subscriptions: Plans, target: int
) -> Visits:
    members = np.flatnonzero(population.kind == MEMBER)
    segment, begin = population.segment[members], population.signup[members]
    life = (rng.exponential(_LIVES[segment]) * clock.DAY).astype(np.int64)
    end = np.minimum(
        np.maximum(begin + life, _paying_until(population, subscriptions)[members]),
        clock.LATEST_START,
    )
    end = np.where(population.named[members] >= 0, clock.LATEST_START, end)
    mean = _RATES[segment] * rng.lognormal(0, 0.5, len(members)) * (end - begin) / (7 * clock.DAY)
    staff = population.internal[members]
    mean[~staff] *= target / mean[~staff].sum()
    count = rng.poisson(mean)
    count[staff] = round(0.024 * target / staff.sum())
    end[staff] = clock.LATEST_START
    person, rows = np.repeat(members, count), np.repeat(np.arange(len(members)), count)
    start = clock.moments(rng, begin[rows], end[rows])
    kept = (start > begin[rows] + clock.HOUR) & (start < clock.LATEST_START)
    person, start = person[kept], start[kept]
    channel = np.where(
        rng.random(len(person)) < 0.3,
        population.channel[person],
        choice(rng, _RETURNING, len(person)),
    )
    platform = np.where(
        rng.random(len(person)) < 0.8, population.platform[person], _web(population)[person]
    )
    return _rows(population, person, start, BROWSE, platform, channel)


def _money(subscriptions: Plans, population: People) -> Visits:
    moments = (subscriptions.trial, subscriptions.start, subscriptions.change, subscriptions.end)
    parts = []
    for purpose, moment in zip((TRIAL, SUBSCRIBE, CHANGE, CANCEL), moments, strict=True):
        link = np.flatnonzero(moment < NEVER)
        person = subscriptions.person[link]
        channel = np.full(len(link), EMAIL if purpose == SUBSCRIBE else DIRECT)
        rows = _rows(population, person, moment[link], purpose, _web(population)[person], channel)
        parts.append(
            Visits(rows.person, rows.start, rows.purpose, rows.platform, rows.channel, link)
        )
    return together(*parts)


def _forced(population: People) -> Visits:
    parts = []
    for who, platform, moment in FORCED_VISITS:
        person = np.flatnonzero(population.named == who)
        start = np.array([clock.at(moment)])
        parts.append(_rows(population, person, start, FORCED, np.array([platform])))
    return together(*parts)


def _new_year(rng: np.random.Generator, population: People, others: Visits) -> Visits:
    social = others.channel == PAID_SOCIAL
    before = (social & others.within(*DECEMBER) & (others.platform < IOS_APP)).sum()
    already = (social & others.within(*JANUARY) & (others.platform < IOS_APP)).sum()
    crowd = np.flatnonzero(population.kind == NEW_YEAR)
    person = np.resize(crowd, max(3 * before - already, len(crowd)))
    first = population.first_visit[person]
    start = np.where(np.arange(len(person)) < len(crowd), first, 0)
    again = start == 0
    start[again] = clock.moments(
        rng, first[again] + clock.HOUR, np.full(again.sum(), clock.at("2026-01-31"))
    )
    start = np.minimum(start, JANUARY[1] - 3 * clock.HOUR)
    return _rows(population, person, start, BROWSE, channel=np.full(len(person), PAID_SOCIAL))


def _rows(
    population: People,
    person: Array,
    start: Array,
    purpose: int,
    platform: Array | None = None,
    channel: Array | None = None,
) -> Visits:
    platform = _web(population)[person] if platform is None else platform
    channel = population.channel[person] if channel is None else channel
    channel = np.where(platform >= IOS_APP, DIRECT, channel)
    count = len(person)
    return Visits(person, start, np.full(count, purpose), platform, channel, np.full(count, -1))


def _apart(made: Visits) -> Visits:
    """Drop browsing sessions that would run into the person's session before or after."""
    made = made.where(np.lexsort((made.start, made.person)))
    near = (np.diff(made.start) < 70 * clock.MINUTE) & (np.diff(made.person) == 0)
    idle = made.purpose == BROWSE
    clash = np.zeros(len(made), dtype=bool)
    clash[:-1] |= near
    clash[1:] |= near & ~idle[:-1]
    return made.where(~(clash & idle))


def _web(population: People) -> Array:
    return np.where(population.platform == DESKTOP, DESKTOP, MOBILE_WEB)


def _paying_until(population: People, subscriptions: Plans) -> Array:
    until = np.zeros(len(population), dtype=np.int64)
    paying = subscriptions.start < NEVER
    until[subscriptions.person[paying]] = np.minimum(subscriptions.end[paying], clock.LATEST_START)
    return until
