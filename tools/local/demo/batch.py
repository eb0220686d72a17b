"""Batches: many events of one name, before they have their moment and their common properties."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from tools.local.demo.draw import Array
from tools.local.demo.text import joined
from tools.local.demo.world import World

PATHS = (
    "/", "/search", "/pricing", "/signup", "/login", "/onboarding", "/billing",
    "/account/bookings", "/account/profile", "/account/plan", "/account/favourites",
    "/booking/confirmed", "/blog/morning-yoga", "/blog/five-hiit-myths", "/blog/team-wellness",
    "/gift-cards", "/ai-plan", "/studio/dashboard", "/support",
)  # fmt: skip
SCREENS = (
    "Home", "Search", "Plans", "Sign up", "Log in", "Onboarding", "Billing",
    "Bookings", "Profile", "My plan", "Favourites", "Booking confirmed", "Article", "Article",
    "Article", "Gift cards", "AI plan", "Studio", "Support",
)  # fmt: skip


@dataclass(frozen=True)
class Batch:
    """Events of one name; one row an event."""

    event: str
    person: Array
    visit: Array
    """Position of the session, -1 for events sent by our servers."""
    order: Array
    """Place in the session's sequence, or the moment for events of our servers."""
    own: pa.Array
    """Fragments of the event's own properties."""
    path: Array
    """Code of the page, -1 to stay on the page before."""
    studio: Array
    amount_usd: Array


def in_session(
    world: World,
    event: str,
    visit: Array,
    order: Array | float,
    *own: pa.Array,
    path: Array | int = -1,
    studio: Array | int = -1,
    amount_usd: Array | float = 0.0,
) -> Batch:
    """Return events that happen in sessions."""
    person = world.sessions.person[visit]
    return _batch(event, person, visit, order, own, path, studio, amount_usd)


def by_server(
    event: str,
    person: Array,
    moment: Array,
    *own: pa.Array,
    studio: Array | int = -1,
    amount_usd: Array | float = 0.0,
) -> Batch:
    """Return events that our servers send at that moment."""
    return _batch(event, person, np.full(len(person), -1), moment, own, -1, studio, amount_usd)


def class_page(cls: Array) -> Array:
    """Return the code of the page of each class."""
    return len(PATHS) + 2 * cls


def booking_page(cls: Array) -> Array:
    """Return the code of the booking form of each class."""
    return len(PATHS) + 2 * cls + 1


def page(path: str) -> int:
    """Return the code of a fixed page."""
    return PATHS.index(path)


def _batch(
    event: str,
    person: Array,
    visit: Array,
    order: Array | float,
    own: tuple[pa.Array, ...],
    path: Array | int,
    studio: Array | int,
    amount_usd: Array | float,
) -> Batch:
    count = len(person)
    return Batch(
        event=event,
        person=person,
        visit=visit,
        order=np.broadcast_to(np.asarray(order), count),
        own=joined(*own) if own else pa.nulls(count, pa.string()),
        path=np.broadcast_to(np.asarray(path), count),
        studio=np.broadcast_to(np.asarray(studio), count),
        amount_usd=np.broadcast_to(np.asarray(amount_usd), count),
    )
