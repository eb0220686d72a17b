"""Persons, their ids and groups as rows, and person properties as JSON fragments."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from tools.local.demo import clock
from tools.local.demo.browsing import VERSION_NAMES, VERSIONS
from tools.local.demo.catalogue import SIZES, TIERS, slug
from tools.local.demo.devices import DEVICES
from tools.local.demo.draw import Array, some
from tools.local.demo.fragments import cities
from tools.local.demo.model import model
from tools.local.demo.origins import ORIGINS
from tools.local.demo.people import AGES, CHANNELS, IOS_APP, METHODS, NAMED, ROLES
from tools.local.demo.plans import PLANS, plan_held
from tools.local.demo.text import braced, joined, number, pick, quoted, take
from tools.local.demo.timeline import Timeline
from tools.local.demo.world import World

MILLISECONDS = pa.timestamp("ms", tz="UTC")


@dataclass(frozen=True)
class Profiles:
    """The fragments of person properties that do not change with time; one row a person."""

    visitor: pa.Array
    """What is known before sign-up."""
    member: pa.Array
    """What is known after it."""
    geography: pa.Array
    """$geoip_ properties of the person's events."""


def profiles(world: World, origin: Array, device: Array) -> Profiles:
    """Return the fragments of everybody."""
    population, first = world.population, world.first_visit
    where = np.where(world.has_country, population.place, -1)
    places = model().places
    seen = np.where(first >= 0, first, 0)
    systems = [one.os for one in DEVICES]
    visitor = joined(
        pick("initial_channel", CHANNELS, world.sessions.channel[seen]),
        pick("initial_utm_source", [one.source for one in ORIGINS], origin[seen]),
        pick("initial_utm_campaign", [one.campaign for one in ORIGINS], origin[seen]),
        pick("$os", systems, _usual_system(world, device)),
        pick("country", [place[0] for place in places], where),
        pick("city", cities(), where),
    )
    return Profiles(visitor, joined(visitor, _account(world)), _geography(where))


def person_properties(
    world: World, told: Timeline, fragments: Profiles, rows: Array, known: Array
) -> pa.Array:
    """Return the person properties as they were at each of these events."""
    person, moment = told.person[rows], told.moment[rows]
    plan = plan_held(world.subscriptions, world.population, person, moment)
    released = np.array([clock.at(day) for _, day in VERSIONS])
    newest = (
        np.searchsorted(released, moment - world.population.update_lag[person], side="right") - 1
    )
    newest = np.minimum(newest, len(VERSIONS) - 2 + world.population.iphone[person])
    in_app = known & (world.population.platform[person] >= IOS_APP)
    return braced(
        joined(
            take(fragments.visitor, np.where(known, -1, person)),
            take(fragments.member, np.where(known, person, -1)),
            pick("plan", PLANS, np.where(known, plan, -1)),
            pick("app_version", VERSION_NAMES, np.where(in_app, np.maximum(newest, 0), -1)),
            _number_if(known, "lifetime_bookings", told.bookings[rows].astype(np.int64)),
            _number_if(known, "lifetime_value_usd", told.spent_usd[rows]),
        )
    )


def person_rows(world: World, told: Timeline, fragments: Profiles) -> pa.Table:
    """Return the table `persons`, as each person is now."""
    last = len(told.person) - 1 - np.unique(told.person[::-1], return_index=True)[1]
    person = told.person[last]
    return pa.table(
        {
            "id": world.population.id.take(pa.array(person)),
            "created_at": pa.array(told.created[person] // 1000, MILLISECONDS),
            "properties": _now(world, told, fragments, last),
            "is_identified": pa.array(told.identified[last].astype(np.uint8)),
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


def company_domains(world: World) -> list[str]:
    """Return the mail domain of each company."""
    return [f"{key}.example" for key in world.firms.keys]


def _now(world: World, told: Timeline, fragments: Profiles, last: Array) -> pa.Array:
    known = told.identified[last]
    return person_properties(world, told, fragments, last, known)


def _number_if(mask: Array, key: str, values: Array) -> pa.Array:
    rows = np.flatnonzero(mask)
    codes = np.full(len(mask), -1)
    codes[rows] = np.arange(len(rows))
    return take(number(key, values[rows]), codes)


def _account(world: World) -> pa.Array:
    population, rng = world.population, world.rng("accounts")
    count, words = len(population), model()
    names = [
        (str(first), str(last))
        for first, last in zip(
            rng.choice(words.first_names, count), rng.choice(words.last_names, count), strict=True
        )
    ]
    named = np.flatnonzero(population.named >= 0)
    full = [f"{first} {last}" for first, last in names]
    mails = _mails(world, names)
    for person in named:
        full[person], mails[person], _ = NAMED[population.named[person]]
    every = np.arange(count)
    return joined(
        pick("email", mails, every),
        pick("name", full, every),
        pick("role", ROLES, population.role),
        quoted("signup_date", clock.iso(np.minimum(population.signup, clock.NOW), "D")),
        pick("signup_method", METHODS, population.method),
        pick("age_band", AGES, population.age),
        pick("interests", _interests(world), every),
        pick("is_internal", (False, True), population.internal.astype(int)),
        _number_if(population.nps >= 0, "nps_score", population.nps),
        pick("company_id", world.firms.keys, population.company),
    )


def _mails(world: World, names: list[tuple[str, str]]) -> list[str]:
    population, domains = world.population, company_domains(world)
    hosts = [f"{key}.example" for key in world.hosts.keys]
    mails = []
    for place, (first, last) in enumerate(names):
        domain = ("example.com", "example.org", "example.net")[place % 3]
        domain = domains[population.company[place]] if population.company[place] >= 0 else domain
        domain = hosts[population.studio[place]] if population.studio[place] >= 0 else domain
        domain = "stretchwell.example" if population.internal[place] else domain
        mails.append(f"{slug(first)}.{slug(last.replace(chr(39), ''))}{place + 1}@{domain}")
    return mails


def _interests(world: World) -> list[str | None]:
    categories, rng = model().categories, world.rng("interests")
    wanted = rng.random((len(world.population), len(categories))) < 0.22
    told = some(rng, len(wanted), round(len(wanted) * 0.85))
    return [
        ",".join(category for category, yes in zip(categories, row, strict=True) if yes) or None
        if answers
        else None
        for row, answers in zip(wanted.tolist(), told, strict=True)
    ]


def _usual_system(world: World, device: Array) -> Array:
    usual = np.zeros(len(world.population), dtype=np.int64)
    usual[world.sessions.person] = device
    on_platform = world.sessions.platform == world.population.platform[world.sessions.person]
    usual[world.sessions.person[on_platform]] = device[on_platform]
    return usual


def _geography(where: Array) -> pa.Array:
    table = [
        joined(
            pick("$geoip_country_name", [country], np.zeros(1, np.int64)),
            pick("$geoip_country_code", [code], np.zeros(1, np.int64)),
            pick("$geoip_city_name", [city], np.zeros(1, np.int64)),
            pick("$geoip_subdivision_1_name", [region], np.zeros(1, np.int64)),
        )[0].as_py()
        for country, code, city, region, _, _ in model().places
    ]
    return take(pa.array(table, pa.string()), where)


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
