"""Trials, subscriptions, their payments, and gift cards."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from tools.local.demo import clock
from tools.local.demo.batch import Batch, by_server, in_session, page
from tools.local.demo.bookings import GIFT_CARDS_FROM
from tools.local.demo.draw import choice
from tools.local.demo.people import NEVER
from tools.local.demo.plans import PLANS, PLUS, REASONS
from tools.local.demo.text import number, pick
from tools.local.demo.visits import BROWSE, CANCEL, CHANGE, SUBSCRIBE, TRIAL
from tools.local.demo.world import World

KINDS = ("subscription", "booking", "gift_card")
ERRORS = ("card_declined", "insufficient_funds", "expired_card", "processing_error")
_MONTH = 30 * clock.DAY


def billing(world: World) -> Iterator[Batch]:
    """Yield the events of plans and gift cards."""
    yield from _subscriptions(world)
    yield from _renewals(world)
    yield from _gift_cards(world)


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
