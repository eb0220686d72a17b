"""The properties that all events of a session share."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from tools.local.demo.devices import device_fragments, devices
from tools.local.demo.draw import Array
from tools.local.demo.flag_calls import (
    ANSWERS,
    APPLE_PAY_FROM,
    BANNER_FROM,
    BOOKING_FLOW_FROM,
    RECOMMENDATIONS_FROM,
)
from tools.local.demo.model import model
from tools.local.demo.origins import ORIGINS, origins
from tools.local.demo.people import IOS_APP
from tools.local.demo.text import joined, pick, quoted, take, timed_uuids
from tools.local.demo.world import BOOKING_FLOW, RECOMMENDATIONS, World

_LIBRARIES = (
    '"$lib":"web","$lib_version":"1.290.0","$host":"stretchwell.example"',
    '"$lib":"posthog-ios","$lib_version":"3.31.0","$app_name":"Stretchwell"',
    '"$lib":"posthog-android","$lib_version":"3.23.0","$app_name":"Stretchwell"',
)


@dataclass(frozen=True)
class Shared:
    """What sessions came from and ran on, and their ids; one row a session."""

    world: World
    origin: Array
    device: Array
    session_id: pa.Array
    window_id: pa.Array

    def properties(self, visit: Array) -> pa.Array:
        """Return the fragments of each of these sessions."""
        platform = self.world.sessions.platform[visit]
        language = [place[4] for place in model().places]
        person = self.world.sessions.person[visit]
        spoken = np.where(platform < IOS_APP, self.world.population.place[person], -1)
        came = np.where(platform < IOS_APP, self.origin[visit], -1)
        return joined(
            quoted("$session_id", self.session_id.take(pa.array(visit))),
            take(pa.array(_LIBRARIES), np.maximum(platform - IOS_APP + 1, 0)),
            pick("$browser_language", language, spoken),
            pick("$referrer", [one.referrer for one in ORIGINS], came),
            pick("$referring_domain", [one.domain for one in ORIGINS], came),
            pick("utm_source", [one.source for one in ORIGINS], came),
            pick("utm_medium", [one.medium for one in ORIGINS], came),
            pick("utm_campaign", [one.campaign for one in ORIGINS], came),
            device_fragments(self.world, visit, self.device[visit]),
            *self._features(visit),
        )

    def _features(self, visit: Array) -> Iterator[pa.Array]:
        sessions, flags = self.world.sessions, self.world.flags
        person, start = sessions.person[visit], sessions.start[visit]
        known = start >= self.world.population.signup[person]
        for key, values, value, since in (
            ("new-booking-flow", BOOKING_FLOW, flags.booking_flow, BOOKING_FLOW_FROM),
            ("smart-recommendations", RECOMMENDATIONS, flags.recommendations, RECOMMENDATIONS_FROM),
            ("ios-apple-pay", ANSWERS, flags.apple_pay, APPLE_PAY_FROM),
        ):
            on = known & (start >= since)
            if key == "ios-apple-pay":
                on &= sessions.platform[visit] == IOS_APP
            yield pick(f"$feature/{key}", values, np.where(on, value[person], -1))
        banner = np.where(start >= BANNER_FROM, 0, -1)
        yield pick("$feature/annual-plan-banner", [True], banner)


def shared(world: World) -> Shared:
    """Return what the events of every session share."""
    start = world.sessions.start
    return Shared(
        world=world,
        origin=origins(world),
        device=devices(world),
        session_id=timed_uuids(world.rng("sessions"), start),
        window_id=timed_uuids(world.rng("windows"), start),
    )
