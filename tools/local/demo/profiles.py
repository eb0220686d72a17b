"""Person properties as JSON fragments: what is known of everybody at any moment."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from tools.local.demo import clock
from tools.local.demo.accounts import accounts
from tools.local.demo.apps import VERSION_NAMES, VERSIONS
from tools.local.demo.devices import DEVICES
from tools.local.demo.draw import Array
from tools.local.demo.fragments import cities
from tools.local.demo.model import model
from tools.local.demo.origins import ORIGINS
from tools.local.demo.people import CHANNELS, IOS_APP
from tools.local.demo.plans import PLANS, plan_held
from tools.local.demo.text import braced, joined, number_if, pick, take
from tools.local.demo.timeline import Timeline
from tools.local.demo.world import World


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
    return Profiles(visitor, joined(visitor, accounts(world)), _geography(where))


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
            number_if(known, "lifetime_bookings", told.bookings[rows].astype(np.int64)),
            number_if(known, "lifetime_value_usd", told.spent_usd[rows]),
        )
    )


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
