"""Fragments that several events share: those of a class and of a booking."""

import pyarrow as pa

from tools.local.demo.catalogue import LEVELS
from tools.local.demo.draw import Array
from tools.local.demo.model import model
from tools.local.demo.text import joined, number, pick, quoted, take
from tools.local.demo.world import World


def of_class(world: World, cls: Array, *names: str) -> pa.Array:
    """Return the named properties of each class."""
    classes = world.on_sale
    known = {
        "class_id": lambda: quoted("class_id", pa.array(classes.ids)),
        "category": lambda: pick("category", model().categories, classes.category),
        "level": lambda: pick("level", LEVELS, classes.level),
        "price_usd": lambda: number("price_usd", classes.price_usd),
        "studio_id": lambda: pick("studio_id", world.hosts.keys, classes.studio),
        "duration_min": lambda: number("duration_min", classes.minutes),
        "capacity": lambda: number("capacity", classes.capacity),
        "city": lambda: pick("city", cities(), world.hosts.place[classes.studio]),
    }
    table = joined(*(known[name]() for name in names))
    return take(table, cls)


def cities() -> list[str]:
    """Return the city of each place."""
    return [place[2] for place in model().places]


def booking_ids(rows: Array) -> pa.Array:
    """Return the id of each booking."""
    return pa.array([f"bk_{row:06d}" for row in rows + 1])
