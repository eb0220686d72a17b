"""All events on one timeline: when each happened and what was true of the person then."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from tools.local.demo import clock
from tools.local.demo.apps import apps
from tools.local.demo.batch import Batch
from tools.local.demo.billing import billing
from tools.local.demo.browsing import SEARCH_GAP, browsing
from tools.local.demo.draw import Array, firsts
from tools.local.demo.flag_calls import flag_calls
from tools.local.demo.membership import membership
from tools.local.demo.people import IOS_APP, NEVER
from tools.local.demo.sales import sales
from tools.local.demo.supply import supply
from tools.local.demo.world import World

_LONGEST = 50 * clock.MINUTE
_PAUSE = {"$pageview": 45, "$pageleave": 4, "$autocapture": 7, "booking_completed": 12}


@dataclass(frozen=True)
class Timeline:
    """Every event in the order of time."""

    names: list[str]
    """Names of events; `event` holds positions in it."""
    event: Array
    moment: Array
    person: Array
    visit: Array
    path: Array
    studio: Array
    own: pa.Array
    identified: Array
    bookings: Array
    """Bookings of the person so far."""
    spent_usd: Array
    created: Array
    """First event of each person; one row a person."""

    def rows_of(self, name: str) -> Array:
        """Return a mask of the events of that name."""
        mask: Array = self.event == self.names.index(name)
        return mask


def timeline(world: World) -> Timeline:
    """Return the events of the world."""
    stories = (browsing, apps, membership, sales, billing, supply, flag_calls)
    batches = [batch for story in stories for batch in story(world) if len(batch.person)]
    names = sorted({batch.event for batch in batches} | {"$screen"})
    event = np.concatenate([np.full(len(one.person), names.index(one.event)) for one in batches])
    visit, order = _column(batches, "visit"), _column(batches, "order")
    in_app = (visit >= 0) & (world.sessions.platform[visit] >= IOS_APP)
    event = np.where(in_app & (event == names.index("$pageview")), names.index("$screen"), event)
    moment, path = _told(world, names, event, visit, order, _column(batches, "path"))
    kept = np.argsort(moment, kind="stable")
    gap = (event == names.index("class_searched")) & (
        moment // clock.DAY == SEARCH_GAP // clock.DAY
    )
    kept = kept[~gap[kept]]
    person, event, moment = _column(batches, "person")[kept], event[kept], moment[kept]
    booked = np.isin(event, [names.index("booked_class"), names.index("booking_completed")])
    return Timeline(
        names=names,
        event=event,
        moment=moment,
        person=person,
        visit=visit[kept],
        path=path[kept],
        studio=_column(batches, "studio")[kept],
        own=pa.concat_arrays([batch.own for batch in batches]).take(pa.array(kept)),
        identified=moment
        >= _identified(names, event, person, moment, len(world.population))[person],
        bookings=_so_far(person, booked),
        spent_usd=_so_far(person, _column(batches, "amount_usd")[kept]),
        created=_created(person, moment, len(world.population)),
    )


def _told(
    world: World, names: list[str], event: Array, visit: Array, order: Array, path: Array
) -> tuple[Array, Array]:
    """Return moment and page of each event, walking through each session in order."""
    moment, path = order.astype(np.int64), path.copy()
    rows = np.flatnonzero(visit >= 0)
    rows = rows[np.lexsort((order[rows], visit[rows]))]
    first = firsts(visit[rows])
    seconds = np.array([_PAUSE.get(name, 2.5) for name in names])[event[rows]]
    pause = (
        seconds * (0.15 + world.rng("pauses").exponential(0.85, len(rows))) * clock.SECOND
    ).astype(np.int64)
    passed = np.cumsum(np.where(first, 0, pause))
    begin = np.flatnonzero(first)[np.cumsum(first) - 1]
    walked = passed - passed[begin]
    limit = _LONGEST + (np.arange(len(rows)) - begin) * clock.SECOND
    moment[rows] = world.sessions.start[visit[rows]] + np.minimum(walked, limit)
    shown = np.maximum.accumulate(np.where((path[rows] >= 0) | first, np.arange(len(rows)), 0))
    path[rows] = path[rows][shown]
    return moment, path


def _identified(names: list[str], event: Array, person: Array, moment: Array, count: int) -> Array:
    since = np.full(count, NEVER)
    rows = event == names.index("$identify")
    since[person[rows]] = moment[rows]
    return since


def _so_far(person: Array, amount: Array) -> Array:
    """Return the running sum of each person's amounts."""
    order = np.argsort(person, kind="stable")
    total = np.cumsum(amount[order], dtype=np.float64)
    start = np.flatnonzero(firsts(person[order]))[np.cumsum(firsts(person[order])) - 1]
    running = np.empty(len(person))
    running[order] = total - total[start] + amount[order][start]
    return np.round(running, 2)


def _created(person: Array, moment: Array, count: int) -> Array:
    created = np.full(count, clock.NOW)
    seen, first = np.unique(person, return_index=True)
    created[seen] = moment[first]
    return created


def _column(batches: list[Batch], name: str) -> Array:
    column: Array = np.concatenate([getattr(batch, name) for batch in batches])
    return column
