"""The tables beside the events: persons, their ids, groups, members of cohorts."""

import numpy as np
import pyarrow as pa

from tools.local.demo import clock
from tools.local.demo.catalogue import SIZES, TIERS
from tools.local.demo.draw import Array
from tools.local.demo.fragments import cities
from tools.local.demo.model import model
from tools.local.demo.origins import ORIGINS
from tools.local.demo.profiles import Profiles, person_properties
from tools.local.demo.text import braced, joined, number, pick, quoted
from tools.local.demo.timeline import Timeline
from tools.local.demo.visits import SIGNUP
from tools.local.demo.world import World

MILLISECONDS = pa.timestamp("ms", tz="UTC")
BETA_TESTERS, NEW_YEAR = 6, 8


def person_rows(world: World, told: Timeline, fragments: Profiles) -> pa.Table:
    """Return the table `persons`, as each person is now."""
    last = len(told.person) - 1 - np.unique(told.person[::-1], return_index=True)[1]
    person, known = told.person[last], told.identified[last]
    return pa.table(
        {
            "id": world.population.id.take(pa.array(person)),
            "created_at": pa.array(told.created[person] // 1000, MILLISECONDS),
            "properties": person_properties(world, told, fragments, last, known),
            "is_identified": pa.array(known.astype(np.uint8)),
            "is_deleted": pa.array(np.zeros(len(person), np.uint8)),
            "version": pa.array(np.ones(len(person), np.uint64)),
        }
    )


def distinct_id_rows(world: World, told: Timeline) -> pa.Table:
    """Return the table `person_distinct_ids`."""
    population = world.population
    known = np.unique(told.person[told.identified])
    person = np.concatenate([np.unique(told.person), known])
    anonymous = population.anonymous_id.take(pa.array(np.unique(told.person)))
    users = pa.array(population.user_ids()).take(pa.array(known))
    return _id_table(pa.concat_arrays([anonymous, users]), population.id.take(pa.array(person)))


def override_rows(world: World) -> pa.Table:
    """Return the table `person_distinct_id_overrides`: the merged persons."""
    merged = pa.array(world.population.merged)
    population = world.population
    table = _id_table(population.anonymous_id.filter(merged), population.id.filter(merged))
    return table.set_column(3, "version", pa.array(np.ones(len(table), np.int64)))


def group_rows(world: World) -> pa.Table:
    """Return the table `groups`: companies are group type 0, studios 1."""
    firms, hosts = world.firms, world.hosts
    count = len(firms.keys), len(hosts.keys)
    joined_at = np.concatenate([firms.joined, hosts.joined * clock.DAY]) // 1000
    return pa.table(
        {
            "index": pa.array(np.repeat([0, 1], count).astype(np.uint8)),
            "key": pa.array([*firms.keys, *hosts.keys]),
            "created_at": pa.array(joined_at, MILLISECONDS),
            "updated_at": pa.array(joined_at, MILLISECONDS),
            "properties": pa.concat_arrays([_companies(world), _studios(world)]),
        }
    )


def cohort_rows(world: World, told: Timeline, origin: Array) -> pa.Table:
    """Return the table `cohort_people`."""
    beta = np.flatnonzero(world.flags.beta & ~world.population.internal)
    new_year = _new_year(world, told, origin)
    person = np.concatenate([beta, new_year])
    cohort = np.repeat([BETA_TESTERS, NEW_YEAR], [len(beta), len(new_year)])
    return pa.table(
        {
            "cohort_id": pa.array(cohort.astype(np.uint32)),
            "person_id": world.population.id.take(pa.array(person)),
            "version": pa.array(np.zeros(len(person), np.uint32)),
        }
    )


def _new_year(world: World, told: Timeline, origin: Array) -> Array:
    rows = np.flatnonzero(told.rows_of("signed_up"))
    begin, end = clock.at("2026-01-01"), clock.at("2026-02-01")
    rows = rows[(told.moment[rows] >= begin) & (told.moment[rows] < end)]
    campaign = [place for place, one in enumerate(ORIGINS) if one.campaign == "newyear26"]
    visit = told.visit[rows]
    came = np.isin(origin[visit], campaign) & (world.sessions.purpose[visit] == SIGNUP)
    person: Array = told.person[rows[came]]
    return person


def _id_table(distinct_id: pa.Array, person_id: pa.Array) -> pa.Table:
    count = len(distinct_id)
    return pa.table(
        {
            "distinct_id": distinct_id,
            "person_id": person_id,
            "is_deleted": pa.array(np.zeros(count, np.uint8)),
            "version": pa.array(np.zeros(count, np.int64)),
        }
    )


def _companies(world: World) -> pa.Array:
    firms, places = world.firms, model().places
    every = np.arange(len(firms.keys))
    return braced(
        joined(
            pick("name", firms.names, every),
            pick("industry", model().industries, firms.industry),
            number("seats", firms.seats),
            pick("company_size", SIZES, firms.size),
            pick("plan", TIERS, firms.tier),
            number("arr_usd", firms.mrr_usd * 12),
            pick("country", [place[0] for place in places], firms.place),
            pick("csm", model().csms, firms.csm),
            quoted("trial_started_at", clock.iso(firms.joined)),
        )
    )


def _studios(world: World) -> pa.Array:
    hosts, places = world.hosts, model().places
    every = np.arange(len(hosts.keys))
    return braced(
        joined(
            pick("name", hosts.names, every),
            pick("city", cities(), hosts.place),
            pick("country", [place[0] for place in places], hosts.place),
            pick("category_focus", model().categories, hosts.focus),
            pick("plan", ("basic", "pro"), hosts.pro.astype(int)),
            number("team_size", hosts.team_size),
            quoted("joined_date", clock.iso(hosts.joined * clock.DAY, "D")),
        )
    )
