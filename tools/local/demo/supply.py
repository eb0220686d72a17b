"""What studios do: put classes on sale and be paid."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from tools.local.demo import clock
from tools.local.demo.batch import Batch, by_server
from tools.local.demo.draw import Array
from tools.local.demo.fragments import of_class
from tools.local.demo.people import NEVER
from tools.local.demo.text import number, quoted, take
from tools.local.demo.world import World


def supply(world: World) -> Iterator[Batch]:
    """Yield the events of the studios."""
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
