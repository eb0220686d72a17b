"""The calls of feature flags, among them the exposures of the two experiments."""

from collections.abc import Iterator

import numpy as np

from tools.local.demo import clock
from tools.local.demo.batch import Batch, in_session
from tools.local.demo.catalogue import TIERS
from tools.local.demo.draw import Array
from tools.local.demo.people import ANDROID_APP, IOS_APP, ROLE_OWNER
from tools.local.demo.planted import EXPERIMENT
from tools.local.demo.text import pick
from tools.local.demo.visits import SCRAPE
from tools.local.demo.world import BOOKING_FLOW, RECOMMENDATIONS, World

BOOKING_FLOW_FROM = EXPERIMENT[0]
RECOMMENDATIONS_FROM = clock.at("2026-10-05")
APPLE_PAY_FROM = clock.at("2026-09-15")
BANNER_FROM = clock.at("2026-02-10")
BETA_FROM = clock.at("2026-08-03")
TEAM_FROM = clock.at("2026-04-13")
PUSH_FROM = clock.at("2025-11-03")
ANSWERS = (False, True)
_LLM_KEPT = 0.4
"""Exposures of llm that are not lost, over those of the smaller other variant."""


def flag_calls(world: World) -> Iterator[Batch]:
    """Yield the calls of every flag that is evaluated."""
    rng, sessions, flags = world.rng("flag calls"), world.sessions, world.flags
    company = world.population.company
    enterprise = (company >= 0) & (world.firms.tier[company] == TIERS.index("enterprise"))
    viewing = _padded(world, world.wanted.member & (world.wanted.views > 0))
    starting = _padded(world, world.wanted.starts)
    known = sessions.start > world.population.signup[sessions.person]
    shown = np.where(_lost(world, viewing), -1, flags.recommendations)
    owner = world.population.role == ROLE_OWNER
    beta = np.where(flags.beta, 1, np.where(owner, 0, -1))
    team = np.where(company >= 0, enterprise.astype(int), -1)
    everybody = np.ones(len(company), dtype=np.int64)
    iphone = sessions.platform == IOS_APP
    phone = iphone | (sessions.platform == ANDROID_APP)
    browsing = sessions.purpose != SCRAPE
    calls = (
        ("new-booking-flow", BOOKING_FLOW, flags.booking_flow, BOOKING_FLOW_FROM, viewing, 0.25),
        ("smart-recommendations", RECOMMENDATIONS, shown, RECOMMENDATIONS_FROM, viewing, 0.25),
        ("ios-apple-pay", ANSWERS, flags.apple_pay, APPLE_PAY_FROM, iphone & starting, 0.6),
        ("annual-plan-banner", ANSWERS, everybody, BANNER_FROM, browsing, 0.04),
        ("studio-insights-beta", ANSWERS, beta, BETA_FROM, known, 0.15),
        ("kill-switch-push", ANSWERS, everybody * 0, PUSH_FROM, phone, 0.06),
        ("team-dashboard", ANSWERS, team, TEAM_FROM, known, 0.1),
    )
    for key, values, value, since, where, share in calls:
        code = value[sessions.person]
        rows = np.flatnonzero(where & (code >= 0) & (sessions.start >= since))
        rows = rows[_first_or(rng, sessions.person[rows], share)]
        yield in_session(
            world, "$feature_flag_called", rows, 5.9,
            pick("$feature_flag", [key], rows * 0),
            pick("$feature_flag_response", values, code[rows]),
        )  # fmt: skip


def _first_or(rng: np.random.Generator, person: Array, share: float) -> Array:
    """Return a mask of each person's first row and a share of the rest."""
    mask = rng.random(len(person)) < share
    mask[np.unique(person, return_index=True)[1]] = True
    return mask


def _lost(world: World, viewing: Array) -> Array:
    """Return whose exposure to the llm variant is lost: the planted sample ratio mismatch."""
    seen = viewing & (world.sessions.start >= RECOMMENDATIONS_FROM)
    exposed = np.unique(world.sessions.person[seen])
    variant = world.flags.recommendations[exposed]
    llm = RECOMMENDATIONS.index("llm")
    kept = int(_LLM_KEPT * min((variant == other).sum() for other in range(llm)))
    lost = np.zeros(len(world.population), dtype=bool)
    lost[exposed[variant == llm][kept:]] = True
    return lost


def _padded(world: World, mask: Array) -> Array:
    return np.concatenate([mask, np.zeros(len(world.sessions) - len(mask), dtype=bool)])
