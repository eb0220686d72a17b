"""Bookings, subscriptions, payments, refunds, gift cards, payouts."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from tools.local.demo import clock
from tools.local.demo.batch import Batch, booking_page, by_server, in_session, page
from tools.local.demo.bookings import GIFT_CARDS_FROM, METHODS
from tools.local.demo.draw import Array, choice
from tools.local.demo.fragments import booking_ids, of_class
from tools.local.demo.people import NEVER
from tools.local.demo.plans import PLANS, PLUS, REASONS
from tools.local.demo.text import number, pick, quoted, take
from tools.local.demo.visits import BROWSE, CANCEL, CHANGE, SUBSCRIBE, TRIAL, UNBOOK
from tools.local.demo.world import World

RENAMED = clock.at("2026-03-02")
DOUBLED_DAY = clock.at("2026-04-08")
KINDS = ("subscription", "booking", "gift_card")
ERRORS = ("card_declined", "insufficient_funds", "expired_card", "processing_error")
TOKEN_EXPIRED = "apple_token_expired"
_MONTH = 30 * clock.DAY


def money(world: World) -> Iterator[Batch]:
    """Yield the events that money follows from."""
    yield from _bookings(world)
    yield from _booking_ends(world)
    yield from _failed_bookings(world)
    yield from _subscriptions(world)
    yield from _renewals(world)
    yield from _gift_cards(world)
    yield from _studio_side(world)


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


def _subscriptions(world: World) -> Iterator[Batch]:
    subs, sessions = world.subscriptions, world.sessions
    purposes = (TRIAL, SUBSCRIBE, CHANGE, CANCEL)
    tried, begun, changed, ended = (np.flatnonzero(sessions.purpose == one) for one in purposes)
    yield in_session(
        world, "trial_started", tried, 8.6, pick("plan", PLANS, subs.plan[sessions.link[tried]])
    )
    yield in_session(world, "$pageview", np.concatenate([begun, ended]), 8.5, path=page("/billing"))
    row = sessions.link[begun]
    yield in_session(
        world, "subscription_started", begun, 8.6,
        pick("plan", PLANS, subs.plan[row]),
        pick("billing", ("monthly", "annual"), subs.annual[row].astype(int)),
        number("mrr_usd", subs.mrr_usd[row]),
        pick("from_trial", (False, True), (subs.trial[row] < NEVER).astype(int)),
    )  # fmt: skip
    due = subs.mrr_usd[row] * np.where(subs.annual[row], 12, 1)
    yield in_session(
        world, "payment_succeeded", begun, 8.7,
        pick("kind", KINDS, begun * 0), number("amount_usd", due), amount_usd=due,
    )  # fmt: skip
    row = sessions.link[changed]
    for name, moved in (
        ("upgraded", subs.plan[row] == PLUS),
        ("downgraded", subs.plan[row] != PLUS),
    ):
        some = row[moved]
        yield in_session(
            world, f"subscription_{name}", changed[moved], 8.6,
            pick("previous_plan", PLANS, subs.plan[some]),
            pick("new_plan", PLANS, subs.changed_plan[some]),
            number("mrr_delta_usd", subs.changed_mrr_usd[some] - subs.mrr_usd[some]),
        )  # fmt: skip
    row = sessions.link[ended]
    yield in_session(
        world, "subscription_cancelled", ended, 8.6,
        pick("plan", PLANS, subs.last_plan()[row]), pick("reason", REASONS, subs.reason[row]),
        number("mrr_usd", subs.last_mrr_usd()[row]),
        number("tenure_days", (subs.end[row] - subs.start[row]) // clock.DAY),
    )  # fmt: skip


def _renewals(world: World) -> Iterator[Batch]:
    rng, subs = world.rng("renewals"), world.subscriptions
    for period in range(1, 15):
        due = subs.start + period * np.where(subs.annual, 365 * clock.DAY, _MONTH)
        row = np.flatnonzero((subs.start < NEVER) & (due < np.minimum(subs.end, clock.NOW)))
        mrr = np.where(due[row] >= subs.change[row], subs.changed_mrr_usd[row], subs.mrr_usd[row])
        amount = mrr * np.where(subs.annual[row], 12, 1)
        fails = rng.random(len(row)) < 0.04
        again = due[row] + np.where(fails, 20 * clock.HOUR, 0)
        paid = np.flatnonzero(again < clock.NOW)
        kind = pick("kind", KINDS, row * 0)
        yield by_server(
            "payment_succeeded", subs.person[row[paid]], again[paid],
            kind.take(pa.array(paid)), number("amount_usd", amount[paid]), amount_usd=amount[paid],
        )  # fmt: skip
        yield by_server(
            "payment_failed", subs.person[row[fails]], due[row[fails]],
            kind.filter(pa.array(fails)), number("amount_usd", amount[fails]),
            pick("error_code", ERRORS, choice(rng, [3, 4, 4, 1], fails.sum())),
        )  # fmt: skip


def _gift_cards(world: World) -> Iterator[Batch]:
    rng, sessions = world.rng("gifts"), world.sessions
    member = sessions.start > world.population.signup[sessions.person]
    able = np.flatnonzero(
        member & (sessions.purpose == BROWSE) & (sessions.start >= GIFT_CARDS_FROM)
    )
    visit = able[rng.random(len(able)) < 0.012]
    visit = np.union1d(visit, able[sessions.start[able] < GIFT_CARDS_FROM + 20 * clock.HOUR][:2])
    amount = np.array([25, 50, 75, 100])[choice(rng, [4, 5, 1, 2], len(visit))]
    value = number("amount_usd", amount)
    yield in_session(world, "$pageview", visit, 8.8, path=page("/gift-cards"))
    yield in_session(world, "gift_card_purchased", visit, 8.9, value)
    yield in_session(
        world, "payment_succeeded", visit, 8.85, pick("kind", KINDS, visit * 0 + 2), value,
        amount_usd=amount,
    )  # fmt: skip


def _studio_side(world: World) -> Iterator[Batch]:
    rng, hosts, classes = world.rng("studio side"), world.hosts, world.on_sale
    owner = np.full(len(hosts.keys), -1)
    owners = np.flatnonzero(world.population.studio >= 0)
    owner[world.population.studio[owners]] = owners
    since = np.where(owner >= 0, world.population.signup[owner], NEVER)
    moment = np.maximum(
        classes.published * clock.DAY + 9 * clock.HOUR, since[classes.studio] + clock.HOUR
    )
    moment += rng.integers(0, 6 * clock.HOUR, len(moment))
    shown = np.flatnonzero(
        (owner[classes.studio] >= 0) & (moment < clock.NOW) & (moment >= clock.FROM)
    )
    yield by_server(
        "class_published", owner[classes.studio[shown]], moment[shown],
        of_class(world, shown, "class_id", "category", "capacity", "price_usd", "studio_id"),
        studio=classes.studio[shown],
    )  # fmt: skip
    week, studio, share = _payouts(world)
    paid = week * 7 * clock.DAY + clock.at("1970-01-05T06:00:00") + studio * clock.SECOND
    due = (owner[studio] >= 0) & (paid > since[studio]) & (paid < clock.NOW)
    yield by_server(
        "payout_completed", owner[studio[due]], paid[due], number("amount_usd", share[due]),
        take(quoted("studio_id", pa.array(hosts.keys)), studio[due]), studio=studio[due],
    )  # fmt: skip


def _payouts(world: World) -> tuple[Array, Array, Array]:
    """Return week, studio and amount: 80 % of the price of the classes of the week before."""
    booked, count = world.booked, len(world.hosts.keys)
    went = np.flatnonzero(booked.attended)
    week = (booked.class_date[went] - clock.at("1970-01-05")) // (7 * clock.DAY) + 1
    key = week * count + world.on_sale.studio[booked.cls[went]]
    keys, place = np.unique(key, return_inverse=True)
    cents = np.bincount(place, weights=world.on_sale.price_usd[booked.cls[went]] * 80)
    return keys // count, keys % count, np.round(cents) / 100
