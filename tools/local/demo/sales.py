"""Bookings: how each begins, is paid for, and ends."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from tools.local.demo import clock
from tools.local.demo.batch import Batch, booking_page, by_server, in_session, page
from tools.local.demo.billing import ERRORS, KINDS
from tools.local.demo.bookings import METHODS
from tools.local.demo.draw import Array, choice
from tools.local.demo.fragments import booking_ids, of_class
from tools.local.demo.text import number, pick, quoted
from tools.local.demo.visits import UNBOOK
from tools.local.demo.world import World

RENAMED = clock.at("2026-03-02")
DOUBLED_DAY = clock.at("2026-04-08")
TOKEN_EXPIRED = "apple_token_expired"


def sales(world: World) -> Iterator[Batch]:
    """Yield the events of bookings."""
    yield from _bookings(world)
    yield from _booking_ends(world)
    yield from _failed_bookings(world)


def _bookings(world: World) -> Iterator[Batch]:
    wanted, booked = world.wanted, world.booked
    started = np.flatnonzero(wanted.starts)
    cls = world.focus[started]
    yield in_session(world, "$pageview", started, 7.5, path=booking_page(cls))
    yield in_session(
        world, "booking_started", started, 7.6,
        of_class(world, cls, "class_id", "category", "price_usd", "studio_id"),
        studio=world.on_sale.studio[cls],
    )  # fmt: skip
    price = world.on_sale.price_usd[booked.cls]
    paid = booked.paid()
    yield in_session(
        world, "payment_succeeded", booked.visit[paid], 7.8,
        pick("kind", KINDS, booked.visit[paid] * 0 + 1), number("amount_usd", price[paid]),
        amount_usd=price[paid],
    )  # fmt: skip
    yield from _named_bookings(world, price)
    yield in_session(world, "$pageview", booked.visit, 7.95, path=page("/booking/confirmed"))


def _named_bookings(world: World, price: Array) -> Iterator[Batch]:
    booked, start = world.booked, world.sessions.start[world.booked.visit]
    rows = np.arange(len(booked.visit))
    day = start // clock.DAY * clock.DAY == DOUBLED_DAY
    twice = rows[day][: max(1, round(day.sum() * 0.011))]
    for name, chosen in (
        ("booked_class", rows[start < RENAMED]),
        ("booking_completed", np.concatenate([rows[start >= RENAMED], twice])),
    ):
        amount = price[chosen]
        text = quoted("amount", pa.array([f"{one:.2f}" for one in amount]))
        cls = booked.cls[chosen]
        yield in_session(
            world, name, booked.visit[chosen], 7.9,
            quoted("booking_id", booking_ids(chosen)),
            of_class(world, cls, "class_id", "category", "studio_id"),
            text if name == "booked_class" else number("amount_usd", amount),
            pick("payment_method", METHODS, booked.method[chosen]),
            pick("is_first_booking", (False, True), booked.first[chosen].astype(int)),
            number("days_ahead", booked.days_ahead[chosen]),
            quoted("class_date", clock.iso(booked.class_date[chosen])),
            studio=world.on_sale.studio[cls],
        )  # fmt: skip


def _booking_ends(world: World) -> Iterator[Batch]:
    rng, booked = world.rng("ends"), world.booked
    visit = np.flatnonzero(world.sessions.purpose == UNBOOK)
    rows = world.sessions.link[visit]
    price = world.on_sale.price_usd[booked.cls[rows]]
    hours = (booked.class_date[rows] - booked.cancelled[rows]) // clock.HOUR
    refund = np.where((hours >= 12) & booked.paid()[rows], price, 0.0)
    reasons = ("schedule_conflict", "sick", "found_better_class", "too_far", "other")
    yield in_session(
        world, "booking_cancelled", visit, 8.0,
        quoted("booking_id", booking_ids(rows)),
        of_class(world, booked.cls[rows], "category", "studio_id"),
        pick("reason", reasons, choice(rng, [9, 5, 3, 2, 3], len(rows))),
        number("hours_before", hours), number("refunded_usd", refund),
        studio=world.on_sale.studio[booked.cls[rows]],
    )  # fmt: skip
    back = np.flatnonzero(refund > 0)
    sent = booked.cancelled[rows[back]] + rng.integers(clock.HOUR // 2, 3 * clock.HOUR, len(back))
    yield by_server(
        "refund_issued", booked.person[rows[back]], sent,
        number("amount_usd", refund[back]), pick("reason", ["booking_cancelled"], back * 0),
    )  # fmt: skip
    went = np.flatnonzero(booked.attended)
    cls = booked.cls[went]
    yield by_server(
        "class_attended", booked.person[went],
        booked.class_date[went] - rng.integers(0, 10 * clock.MINUTE, len(went)),
        quoted("booking_id", booking_ids(went)),
        of_class(world, cls, "class_id", "category", "studio_id", "duration_min", "city"),
        studio=world.on_sale.studio[cls],
    )  # fmt: skip


def _failed_bookings(world: World) -> Iterator[Batch]:
    rng, wanted = world.rng("failed"), world.wanted
    visit = np.repeat(np.arange(len(wanted.fails)), wanted.fails)
    token = wanted.token_expired[visit] > 0
    code = np.where(token, len(ERRORS), choice(rng, [5, 4, 2, 1], len(visit)))
    yield in_session(
        world, "payment_failed", visit, 7.7 + rng.random(len(visit)) / 100,
        pick("kind", KINDS, visit * 0 + 1),
        number("amount_usd", world.on_sale.price_usd[world.focus[visit]]),
        pick("error_code", (*ERRORS, TOKEN_EXPIRED), code),
    )  # fmt: skip
