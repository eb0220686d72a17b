"""What members want in each session."""

from dataclasses import dataclass

import numpy as np

from tools.local.demo.draw import Array, stream
from tools.local.demo.people import People
from tools.local.demo.planted import (
    conversions,
    failures,
    january_lift,
)
from tools.local.demo.visits import BROWSE, FORCED, SIGNUP, Visits

_BOOKS = np.array([0.36, 0.34, 0.3, 0.13, 0.26, 0.42, 0.34])
_EAGER = np.array([1.25, 1.1, 0.85, 0.6])


@dataclass(frozen=True)
class Wishes:
    """What happens in each session; one row a session."""

    member: Array
    """True where the person has an account by the end of the session."""
    views: Array
    starts: Array
    books: Array
    fails: Array
    """How many payments fail."""
    token_expired: Array
    """How many of those because of the planted fault."""


def wishes(population: People, sessions: Visits, test: Array, seed: int) -> Wishes:
    """Return what happens in each session; `test` is each person's arm, -1 for none."""
    rng = stream(seed, "wishes")
    count = len(sessions)
    member = sessions.start >= population.signup[sessions.person]
    able = member & np.isin(sessions.purpose, (BROWSE, SIGNUP, FORCED))
    eager = _EAGER[population.segment[sessions.person]] * np.where(
        sessions.purpose == SIGNUP, 0.5, 1
    )
    books = able & (rng.random(count) < _BOOKS[sessions.channel] * eager)
    books |= sessions.purpose == FORCED
    january_lift(rng, sessions, able, books)
    curious = np.isin(sessions.purpose, (BROWSE, SIGNUP, FORCED)) & (rng.random(count) < 0.6)
    views = np.where(curious | books, 1 + rng.poisson(0.7, count), 0)
    conversions(rng, sessions, member & (views > 0) & (test[sessions.person] >= 0), books, test)
    starts = books | (able & (views > 0) & (rng.random(count) < 0.17))
    fails = (starts & (rng.random(count) < np.where(books, 0.03, 0.2))).astype(np.int64)
    expired, unable = failures(rng, population, sessions, able, fails)
    return Wishes(
        member=member,
        views=np.maximum(views, fails > 0),
        starts=(starts & ~unable) | (fails > 0),
        books=books & ~unable,
        fails=fails,
        token_expired=expired,
    )
