"""The supply side and the customers with contracts: studios, their classes, companies."""

import unicodedata
from dataclasses import dataclass

import numpy as np

from tools.local.demo import clock
from tools.local.demo.draw import Array, choice, stream, zipf
from tools.local.demo.model import model

TIERS = ("team_starter", "team_growth", "enterprise", "trial")
TRIAL = TIERS.index("trial")
SIZES = ("1-50", "51-200", "201-1000", "1000+")
LEVELS = ("beginner", "intermediate", "advanced", "all")
_SEAT_USD = np.array([9, 8, 7, 0])
_SIZE_EDGES = (50, 200, 1000)


@dataclass(frozen=True)
class Companies:
    """The companies with a team plan or a trial of one."""

    names: list[str]
    keys: list[str]
    seats: Array
    tier: Array
    size: Array
    industry: Array
    csm: Array
    place: Array
    joined: Array
    mrr_usd: Array


@dataclass(frozen=True)
class Studios:
    """The studios."""

    names: list[str]
    keys: list[str]
    place: Array
    focus: Array
    pro: Array
    team_size: Array
    joined: Array


@dataclass(frozen=True)
class Classes:
    """The classes on sale; the weights say how often each is viewed and booked."""

    ids: list[str]
    studio: Array
    category: Array
    level: Array
    price_usd: Array
    minutes: Array
    capacity: Array
    published: Array
    viewed: Array
    booked: Array


def slug(name: str) -> str:
    """Return a name as a key of lower-case ASCII words."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return "-".join("".join(c if c.isalnum() else " " for c in plain.lower()).split())


def companies(scale: float, seed: int) -> Companies:
    """Return the companies; the last ones in are still on trial."""
    rng, words = stream(seed, "companies"), model()
    count = max(6, round(60 * scale))
    names = _names(rng, count, words.named_companies, words.company_first, words.company_second)
    seats = np.clip(rng.lognormal(3.6, 0.9, count), 6, 420).astype(np.int64)
    seats[0] = 240
    tier = np.searchsorted([30, 110], seats)
    day = np.sort(rng.integers(5, clock.DAYS - 60, count))
    day[0] = 40
    late = np.arange(count) >= count - max(2, round(count * 0.15))
    tier[late] = TRIAL
    day[late] = clock.DAYS - rng.integers(9, 30, late.sum())
    workforce = seats * rng.integers(1, 12, count)
    return Companies(
        names=names,
        keys=[slug(name) for name in names],
        seats=seats,
        tier=tier,
        size=np.searchsorted(_SIZE_EDGES, workforce),
        industry=choice(rng, np.ones(len(words.industries)), count),
        csm=choice(rng, np.ones(len(words.csms)), count),
        place=_places(rng, count),
        joined=clock.hours_of(rng, clock.FROM // clock.DAY + day),
        mrr_usd=seats * _SEAT_USD[tier],
    )


def studios(scale: float, seed: int) -> Studios:
    """Return the studios."""
    rng, words = stream(seed, "studios"), model()
    count = max(10, round(140 * scale))
    names = _names(rng, count, words.named_studios, words.studio_first, words.studio_second)
    joined = clock.FROM // clock.DAY - 240 + np.sort(rng.integers(0, 480, count))
    joined[0] = clock.FROM // clock.DAY - 120
    focus = choice(rng, zipf(len(words.categories), 0.6), count)
    focus[0] = words.categories.index("Yoga")
    return Studios(
        names=names,
        keys=[slug(name) for name in names],
        place=_places(rng, count),
        focus=focus,
        pro=rng.random(count) < 0.4,
        team_size=rng.integers(1, 25, count),
        joined=joined,
    )


def classes(hosts: Studios, seed: int) -> Classes:
    """Return ten classes a studio, most of them of the studio's focus."""
    rng = stream(seed, "classes")
    count = len(hosts.keys) * 10
    studio = np.repeat(np.arange(len(hosts.keys), dtype=np.int64), 10)
    other = choice(rng, np.ones(len(model().categories)), count)
    category = np.where(rng.random(count) < 0.7, hosts.focus[studio], other)
    viewed = zipf(count)[rng.permutation(count)]
    opened = np.maximum(hosts.joined[studio], clock.FROM // clock.DAY - 30)
    return Classes(
        ids=[f"cls_{number:04d}" for number in range(1, count + 1)],
        studio=studio,
        category=category,
        level=choice(rng, [4, 3, 2, 5], count),
        price_usd=np.round(rng.gamma(9, 2.1, count) * 2 + 6 + category % 3 * 4) / 2,
        minutes=np.array([30, 45, 60, 75, 90])[choice(rng, [2, 4, 6, 2, 1], count)],
        capacity=rng.integers(8, 31, count),
        published=opened + rng.integers(0, 60, count),
        viewed=viewed,
        booked=viewed * rng.choice([0.15, 0.8, 1.0, 1.4], count, p=[0.15, 0.3, 0.35, 0.2]),
    )


def _names(
    rng: np.random.Generator, count: int, named: list[str], first: list[str], second: list[str]
) -> list[str]:
    order = rng.permutation(len(first) * len(second))
    made = [
        f"{first[pair % len(first)]} {second[pair // len(first)]}{again}"
        for again in ("", *(f" {number}" for number in range(2, 2 + count // len(order))))
        for pair in order
    ]
    return [*named, *made][:count]


def _places(rng: np.random.Generator, count: int) -> Array:
    return choice(rng, [place[-1] for place in model().places], count)
