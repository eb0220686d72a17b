"""The table `events`, batch by batch."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tools.local.demo.batch import PATHS, SCREENS
from tools.local.demo.draw import Array, stream
from tools.local.demo.people import IOS_APP
from tools.local.demo.plans import PLANS, plan_held
from tools.local.demo.profiles import Profiles, person_properties, profiles
from tools.local.demo.registers import MILLISECONDS
from tools.local.demo.shared import Shared, shared
from tools.local.demo.text import (
    braced,
    encoded,
    joined,
    pick,
    quoted,
    take,
    timed_uuids,
)
from tools.local.demo.timeline import Timeline
from tools.local.demo.world import World

LARGEST_BATCH = 50_000
_SITE = "https://stretchwell.example"
_MICROSECONDS = pa.timestamp("us", tz="UTC")
_SERVER = '"$lib":"posthog-python","$lib_version":"6.7.0"'


@dataclass(frozen=True)
class Writer:
    """Turns a timeline into rows."""

    world: World
    told: Timeline
    fragments: Profiles
    shared: Shared
    page: pa.Array
    screen: pa.Array
    groups: pa.Array

    def batches(self) -> Iterator[pa.Table]:
        """Yield the events in the order of time, never two months in one batch."""
        months = self.told.moment.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)
        edges = np.flatnonzero(np.diff(months, prepend=-1, append=-1))
        for begin, end in pairwise(edges.tolist()):
            for first in range(begin, end, LARGEST_BATCH):
                yield self._events(np.arange(first, min(end, first + LARGEST_BATCH)))

    def _events(self, rows: Array) -> pa.Table:
        told, population = self.told, self.world.population
        person, visit, moment = told.person[rows], told.visit[rows], told.moment[rows]
        known = told.identified[rows]
        stamp = pa.array(moment, _MICROSECONDS)
        member = pa.array(known)
        users = pa.array(population.user_ids()).take(pa.array(person))
        anonymous = population.anonymous_id.take(pa.array(person))
        former = pa.array(population.merged[person] & ~known)
        company = np.where(known, population.company[person], -1)
        rng = stream(self.world.seed, f"uuid {rows[0]}")
        return pa.table(
            {
                "uuid": timed_uuids(rng, moment),
                "event": pa.array(told.names).take(pa.array(told.event[rows])),
                "properties": self._properties(rows, company),
                "timestamp": stamp,
                "distinct_id": pc.if_else(member, users, anonymous),
                "person_id": pc.if_else(
                    former,
                    population.former_id.take(pa.array(person)),
                    population.id.take(pa.array(person)),
                ),
                "person_created_at": pa.array(told.created[person] // 1000, MILLISECONDS),
                "person_properties": person_properties(
                    self.world, told, self.fragments, rows, known
                ),
                "elements_chain": self._elements(rows),
                "created_at": stamp,
                "$session_id": _filled(take(self.shared.session_id, visit)),
                "$window_id": _filled(take(self.shared.window_id, visit)),
                "$group_0": _filled(take(pa.array(self.world.firms.keys), company)),
                "$group_1": _filled(take(pa.array(self.world.hosts.keys), told.studio[rows])),
                **{f"$group_{index}": pa.array([""] * len(rows)) for index in (2, 3, 4)},
            }
        )

    def _properties(self, rows: Array, company: Array) -> pa.Array:
        told = self.told
        person, visit, moment = told.person[rows], told.visit[rows], told.moment[rows]
        visits, place = np.unique(visit, return_inverse=True)
        if visits[0] < 0:
            visits, place = visits[1:], place - 1
        app = (visit >= 0) & (self.world.sessions.platform[visit] >= IOS_APP)
        paying = told.rows_of("payment_succeeded")[rows] | told.rows_of("payment_failed")[rows]
        plan = plan_held(self.world.subscriptions, self.world.population, person, moment)
        studio = told.studio[rows]
        both = (len(self.world.hosts.keys) + 1) * (company + 1) + studio + 1
        return braced(
            joined(
                told.own.take(pa.array(rows)),
                pick("plan", PLANS, np.where(paying, plan, -1)),
                take(self.page, np.where(app, -1, told.path[rows])),
                take(self.screen, np.where(app, told.path[rows], -1)),
                take(self.shared.properties(visits), place),
                _where_true(_SERVER, visit < 0),
                take(self.fragments.geography, person),
                take(self.groups, both),
            )
        )

    def _elements(self, rows: Array) -> pa.Array:
        clicks = self.told.rows_of("$autocapture")[rows]
        own = self.told.own.take(pa.array(rows[clicks]))
        text = pc.struct_field(pc.extract_regex(own, r'"\$el_text":"(?P<text>[^"]*)"'), "text")
        chain = pc.binary_join_element_wise(
            'button.btn:attr__class="btn"nth-child="1"nth-of-type="1"text="', text, '"', ""
        )
        codes = np.where(clicks, np.cumsum(clicks) - 1, -1)
        return _filled(take(chain, codes))


def writer(world: World, told: Timeline) -> Writer:
    """Return the writer of a timeline."""
    paths, screens = _pages(world)
    common = shared(world)
    return Writer(
        world=world,
        told=told,
        fragments=profiles(world, common.origin, common.device),
        shared=common,
        page=paths,
        screen=screens,
        groups=_groups(world),
    )


def _where_true(text: str, mask: Array) -> pa.Array:
    return take(pa.array([text]), np.where(mask, 0, -1))


def _pages(world: World) -> tuple[pa.Array, pa.Array]:
    paths, screens = list(PATHS), list(SCREENS)
    for one in world.on_sale.ids:
        paths += [f"/classes/{one}", f"/classes/{one}/book"]
        screens += ["Class", "Booking"]
    every = np.arange(len(paths))
    pages = joined(
        quoted("$current_url", pa.array([f"{_SITE}{path}" for path in paths])),
        quoted("$pathname", pa.array(paths)),
    )
    return pages, pick("$screen_name", screens, every)


def _groups(world: World) -> pa.Array:
    """Return `$groups` for every pair of company and studio, either of which may be absent."""
    table = [
        f'"$groups":{encoded({k: v for k, v in (("company", firm), ("studio", host)) if v})}'
        if firm or host
        else None
        for firm in (None, *world.firms.keys)
        for host in (None, *world.hosts.keys)
    ]
    return pa.array(table, pa.string())


def _filled(texts: pa.Array) -> pa.Array:
    return pc.fill_null(texts, "")
